//! What a curve says, in one plain sentence: still learning, learned, or better before.
//!
//! Pure arithmetic on the rows of a run. It judges only what was measured; what a picture is worth stays with
//! the artist.

use crate::language::sentences::said;
use project::LossRow;
use project::verdict::Best;

/// Over how many steps a curve is judged.
const WINDOW: u64 = 200;
/// Part of the loss that counts as measuring error, for examples of fixed noise, and for the mean
/// of the steps, which are not.
const NOISE: [f64; 2] = [0.003, 0.03];
/// How many times the measuring error a flat stretch may span.
const FLAT: f64 = 3.0;
/// How many times the measuring error a rise must exceed.
const RISE: f64 = 4.0;
/// Cosine to its start above which a word is still the word it began as.
const UNMOVED: f64 = 0.97;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trend {
    Young,
    Falling,
    /// The loss stays, and the word has moved.
    Settled,
    /// The loss stays, and the word is what it was.
    Unmoved,
    Rising,
    /// The loss is a little worse than it was, which may mean nothing.
    Unclear,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Convergence {
    pub trend: Trend,
    pub text: String,
    /// An earlier step that may be better.
    pub better: Option<u64>,
}

/// Judges a run of so many steps in all by its rows, in the order of steps; `None` before the first.
///
/// In the first half of a run, while the rate is high, a flat curve means little.
///
/// Where pictures were judged, they say which step is the best, and the curve says nothing.
pub fn assess(rows: &[LossRow], steps: u64, best: Option<&Best>) -> Option<Convergence> {
    let newest = rows.last()?;
    if let Some(found) = best.and_then(|best| judged(rows, best)) {
        return Some(found);
    }
    let fixed_noise = fixed_noise(rows);
    let measured = !fixed_noise.is_empty();
    let points = if measured { fixed_noise } else { means(rows) };
    let (&first, &last) = (points.first()?, points.last()?);
    if last.0 - first.0 < WINDOW {
        return Some(say(Trend::Young, t!("trend-young").into()));
    }
    let what = if measured { t!("trend-fixed-noise") } else { t!("trend-mean") };
    let noise = if measured { NOISE[0] } else { NOISE[1] };
    let best = points.iter().copied().min_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or(last);
    let error = noise * best.1;

    let since_best = points.iter().filter(|point| point.0 > best.0).count();
    if measured && since_best >= 2 && last.1 - best.1 > RISE * error {
        let text = t!("trend-rising", step = best.0);
        return Some(Convergence { trend: Trend::Rising, text, better: Some(best.0) });
    }
    if let Some(since) = flat_since(&points, FLAT * error) {
        let length = last.0 - since;
        return Some(if newest.cosine_to_initial > UNMOVED {
            say(Trend::Unmoved, t!("trend-unmoved", length = length))
        } else if 2 * last.0 < steps {
            say(Trend::Unclear, t!("trend-flat").into())
        } else {
            say(Trend::Settled, t!("trend-learned", length = length))
        });
    }
    let before = points.iter().rev().find(|point| point.0 + WINDOW <= last.0).copied().unwrap_or(first);
    let steps = last.0 - before.0;
    let fall = (before.1 - last.1) / before.1;
    Some(if fall > noise {
        let text = t!("trend-falling", what = what, part = percent(fall), steps = steps);
        say(Trend::Falling, text)
    } else if fall < -noise {
        say(Trend::Unclear, t!("trend-worse").into())
    } else if 2 * last.0 < steps {
        say(Trend::Unclear, t!("trend-flat").into())
    } else {
        say(Trend::Settled, t!("trend-nearly", what = what, steps = steps))
    })
}

/// What the judged pictures say; `None` if none were.
fn judged(rows: &[LossRow], best: &Best) -> Option<Convergence> {
    let newest = rows.iter().rev().find(|row| row.image_score.is_some())?;
    let later = rows.iter().filter(|row| row.image_score.is_some() && row.step > best.step).count();
    if later == 0 {
        let text = t!(
            "trend-better",
            step = newest.step,
            likeness = format!("{:.2}", newest.image_score?),
            obedience = format!("{:.2}", newest.text_score?)
        );
        return Some(say(Trend::Falling, text));
    }
    let text = t!("trend-best", step = best.step, reason = said(&best.reason));
    let trend = if later > 2 { Trend::Settled } else { Trend::Unclear };
    Some(Convergence { trend, text, better: Some(best.step) })
}

fn say(trend: Trend, text: String) -> Convergence {
    Convergence { trend, text, better: None }
}

/// Steps and losses on fixed noise.
fn fixed_noise(rows: &[LossRow]) -> Vec<(u64, f64)> {
    let points = rows.iter().filter_map(|row| Some((row.step, row.fixed_noise_loss?)));
    points.filter(|point| usable(point.1)).collect()
}

/// Steps and mean losses, some twenty of them with the newest among them; none while the mean is young.
fn means(rows: &[LossRow]) -> Vec<(u64, f64)> {
    let stride = (rows.len() / 20).max(10);
    let points = rows.iter().rev().step_by(stride).map(|row| (row.step, row.mean_loss));
    let mut points: Vec<_> = points.filter(|point| usable(point.1)).collect();
    points.reverse();
    points
}

fn usable(loss: f64) -> bool {
    loss.is_finite() && loss > 0.0
}

/// Since which step all points lie within a band, if that is long enough to mean something.
fn flat_since(points: &[(u64, f64)], band: f64) -> Option<u64> {
    let last = points.last()?;
    let (mut low, mut high, mut since, mut count) = (last.1, last.1, last.0, 0);
    for point in points.iter().rev() {
        (low, high) = (low.min(point.1), high.max(point.1));
        if high - low > band {
            break;
        }
        since = point.0;
        count += 1;
    }
    (count >= 3 && last.0 - since >= WINDOW).then_some(since)
}

fn percent(part: f64) -> String {
    let percent = 100.0 * part;
    if percent < 1.0 { t!("trend-less").into() } else { format!("{percent:.0} %") }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows 1 to `steps`; the loss on fixed noise is measured every 100.
    fn rows(steps: u64, cosine: f64, loss: impl Fn(u64) -> f64) -> Vec<LossRow> {
        let row = |step: u64| LossRow {
            step,
            loss: loss(step),
            mean_loss: loss(step),
            fixed_noise_loss: step.is_multiple_of(100).then(|| loss(step)),
            cosine_to_initial: cosine,
            ..LossRow::default()
        };
        (1..=steps).map(row).collect()
    }

    fn without_fixed_noise(mut rows: Vec<LossRow>) -> Vec<LossRow> {
        rows.iter_mut().for_each(|row| row.fixed_noise_loss = None);
        rows
    }

    /// At its last step.
    fn judge(rows: &[LossRow]) -> Option<Convergence> {
        assess(rows, rows.last().map_or(0, |row| row.step), None)
    }

    #[test]
    fn nothing_is_said_before_the_first_step_and_little_soon_after() {
        assert_eq!(judge(&[]), None);
        let young = judge(&rows(150, 0.9, |_| 0.2)).unwrap();
        assert_eq!(young.trend, Trend::Young);
        assert_eq!(judge(&without_fixed_noise(rows(5, 0.9, |_| 0.2))).unwrap().trend, Trend::Young);
    }

    #[test]
    fn a_falling_curve_is_still_learning() {
        let found = judge(&rows(600, 0.8, |step| 0.3 - 0.0001 * step as f64)).unwrap();
        assert_eq!(found.trend, Trend::Falling);
        assert_eq!(found.text, "Still learning: loss on fixed noise fell 8 % in the last 200 steps.");
        assert_eq!(judge(&rows(300, 0.8, |step| 0.3 - 0.0001 * step as f64)).unwrap().trend, Trend::Falling);
    }

    #[test]
    fn a_flat_curve_is_learned_if_the_word_moved() {
        let curve = |step: u64| 0.1 + 0.1 * (-(step as f64) / 80.0).exp();
        let found = judge(&rows(1000, 0.6, curve)).unwrap();
        assert_eq!(found.trend, Trend::Settled);
        assert!(found.text.contains("it is learned"), "{}", found.text);
        assert_eq!(judge(&rows(1000, 0.99, |_| 0.2)).unwrap().trend, Trend::Unmoved);
    }

    #[test]
    fn a_rising_curve_names_its_best_step() {
        let found = judge(&rows(1000, 0.6, |step| 0.1 + 0.00002 * step.abs_diff(400) as f64)).unwrap();
        assert_eq!((found.trend, found.better), (Trend::Rising, Some(400)));
        assert!(found.text.contains("step 400"), "{}", found.text);
    }

    #[test]
    fn without_fixed_noise_losses_the_mean_is_judged_and_never_said_to_rise() {
        let falling = without_fixed_noise(rows(600, 0.8, |step| 0.3 - 0.0003 * step as f64));
        let found = judge(&falling).unwrap();
        assert_eq!(found.trend, Trend::Falling);
        assert!(found.text.contains("the mean loss"), "{}", found.text);
        let rising = without_fixed_noise(rows(600, 0.8, |step| 0.1 + 0.0003 * step as f64));
        assert_eq!(judge(&rising).unwrap().trend, Trend::Unclear);
    }

    #[test]
    fn broken_numbers_are_passed_over() {
        let mut broken = rows(600, 0.8, |step| 0.2 - 0.0001 * step as f64);
        broken[299].fixed_noise_loss = Some(f64::NAN);
        assert_eq!(judge(&broken).unwrap().trend, Trend::Falling);
        let all = without_fixed_noise(rows(50, 0.8, |_| f64::NAN));
        assert_eq!(judge(&all), None);
    }

    #[test]
    fn judged_pictures_have_the_last_word() {
        let mut rows = rows(600, 0.6, |_| 0.2);
        for step in [100, 200, 300, 400, 500_usize] {
            (rows[step - 1].image_score, rows[step - 1].text_score) = (Some(0.8), Some(0.3));
        }
        let best = |step| Best { step, reason: "its pictures are the most like yours".into() };
        let found = assess(&rows, 1000, Some(&best(500))).unwrap();
        assert_eq!((found.trend, found.better), (Trend::Falling, None));
        assert!(found.text.contains("likeness 0.80, obedience 0.30"), "{}", found.text);
        let found = assess(&rows, 1000, Some(&best(400))).unwrap();
        assert_eq!((found.trend, found.better), (Trend::Unclear, Some(400)));
        assert_eq!(assess(&rows, 1000, Some(&best(100))).unwrap().trend, Trend::Settled);
    }

    #[test]
    fn a_flat_curve_means_little_while_the_rate_is_high() {
        let early = rows(400, 0.6, |_| 0.2);
        assert_eq!(assess(&early, 1000, None).unwrap().trend, Trend::Unclear);
        assert_eq!(assess(&early, 500, None).unwrap().trend, Trend::Settled);
    }
}
