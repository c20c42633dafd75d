//! What the curves of a run say: which step made the best word, whether it is learned, and whether something is going
//! wrong.
//!
//! Pure arithmetic on the rows of a run. Where pictures were judged by CLIP they decide; the loss on fixed noise hardly
//! changes while a word gets better or worse, and says only that nothing moves any more.

use serde::{Deserialize, Serialize};

use super::losses::LossRow;

/// Obedience below this part of the initial word's is paid for with likeness.
const OBEYS: f64 = 0.97;
/// How much likeness an obedience that is too low by one costs.
const PRICE: f64 = 2.0;
/// Values this close are alike: the spread of a mean over a few pictures. Of alike steps the first is the best one, since it
/// is closest to what the word began as.
const ALIKE: f64 = 0.01;
/// Judgements in a row that bring nothing better, after which a run may end.
const PATIENCE: usize = 3;
/// How many times the longest usual vector's length a word may have before it drowns its sentence. On the starter model,
/// words of up to two and a half times obey as well as those of usual length.
const TOO_LONG: f64 = 4.0;
/// What is left of what prompts bring about when a word only copies its pictures.
const DISOBEYS: f64 = 0.5;
/// By how much more than the first word's they are then alike to the background.
const BACKGROUND: f64 = 0.05;
/// DVAR's window in steps and its threshold (Voronov et al. 2023, <https://arxiv.org/abs/2302.04841>, the released
/// configuration for textual inversion).
const WINDOW: u64 = 310;
const VARIANCE: f64 = 0.15;

/// What CLIP says of pictures drawn with a word: means of cosines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// Likeness to the pictures that it is learned from: the lower of those of two sentences.
    pub image: f64,
    /// Obedience to other prompts.
    pub text: f64,
    /// By how much they are more alike to what is around the thing in those pictures than to the thing.
    pub background: f64,
    /// How much a prompt changes what is drawn: by how much closer the pictures are to their own prompts than to each
    /// other's. A word that copies its pictures brings it to nothing, and one that only looks unlike a photo does not.
    #[serde(default)]
    pub effect: Option<f64>,
}

/// The step that made the best word, and why.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Best {
    /// The step.
    pub step: u64,
    /// Why, as a sentence.
    pub reason: String,
}

/// Judged steps with what each is worth: its likeness, less where prompts bring about less than they did with the word it
/// began as (where that is not known: where it obeys worse), and the steps beside it have a part in that.
fn worth(rows: &[LossRow], initial: Option<Scores>) -> Vec<(u64, f64)> {
    let judged: Vec<(u64, f64)> = rows
        .iter()
        .filter_map(|row| {
            let (image, text) = (row.image_score?, row.text_score?);
            let missing = initial.map_or(0.0, |first| {
                let [first, now] = match first.effect.zip(row.prompt_effect) {
                    Some((first, now)) => [first, now],
                    None => [first.text, text],
                };
                (OBEYS * first - now).max(0.0)
            });
            Some((row.step, image - PRICE * missing))
        })
        .collect();
    // A step counts twice: with equal parts the first and the last, whose only neighbour may be the best, would be as good.
    let smooth = |at: usize| {
        let beside = &judged[at.saturating_sub(1)..(at + 2).min(judged.len())];
        let sum: f64 = beside.iter().map(|(_, worth)| worth).sum();
        (sum + judged[at].1) / (beside.len() + 1) as f64
    };
    judged.iter().enumerate().map(|(at, (step, _))| (*step, smooth(at))).collect()
}

/// The best of the steps whose pictures were judged; of those that were not, the one with the lowest loss on what was
/// kept out; `None` where nothing was measured.
pub fn best(rows: &[LossRow], initial: Option<Scores>) -> Option<Best> {
    let worth = worth(rows, initial);
    if let Some(most) = worth.iter().map(|(_, worth)| *worth).reduce(f64::max) {
        let step = worth.iter().find(|(_, worth)| *worth >= most - ALIKE)?.0;
        let row = rows.iter().find(|row| row.step == step)?;
        let reason = format!(
            "its pictures are the most like yours while they obey (likeness {:.2}, obedience {:.2})",
            row.image_score?, row.text_score?
        );
        return Some(Best { step, reason });
    }
    let held_out =
        rows.iter().filter_map(|row| Some((row.step, row.held_out_loss.filter(|l| l.is_finite())?)));
    let (step, loss) = held_out.min_by(|a, b| a.1.total_cmp(&b.1))?;
    Some(Best { step, reason: format!("it explains what was kept out best (loss {loss:.4})") })
}

/// DVAR's rule: the loss on fixed noise varies no more in its last steps than in a small part of all.
pub fn converged(rows: &[LossRow]) -> bool {
    let points: Vec<(u64, f64)> = rows
        .iter()
        .filter_map(|row| Some((row.step, row.fixed_noise_loss.filter(|loss| loss.is_finite())?)))
        .collect();
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return false };
    if last.0 < first.0 + WINDOW {
        return false;
    }
    let newest: Vec<f64> =
        points.iter().filter(|(step, _)| step + WINDOW > last.0).map(|(_, loss)| *loss).collect();
    let all: Vec<f64> = points.iter().map(|(_, loss)| *loss).collect();
    newest.len() > 1 && variance(&newest) < VARIANCE * variance(&all)
}

fn variance(values: &[f64]) -> f64 {
    let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
    values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len().max(1) as f64
}

/// Why a run may end now, as a sentence. Only what was measured after `since` counts, so that a run that is told to go on
/// does.
pub fn finished(rows: &[LossRow], initial: Option<Scores>, since: u64) -> Option<String> {
    let last = rows.last()?;
    let judged: Vec<u64> = rows.iter().filter(|row| row.image_score.is_some()).map(|row| row.step).collect();
    if !judged.is_empty() {
        let best = best(rows, initial)?;
        let after = judged.iter().filter(|step| **step > best.step.max(since)).count();
        // A word that is no better than the one it began as is not learned.
        let likeness = rows.iter().find(|row| row.step == best.step)?.image_score?;
        let learned = initial.is_none_or(|first| likeness > first.image + ALIKE);
        return (learned && after >= PATIENCE && judged.last() == Some(&last.step)).then(|| {
            format!(
                "The pictures have not come closer to yours since step {}: the word is learned.",
                best.step
            )
        });
    }
    let later: Vec<LossRow> = rows.iter().filter(|row| row.step > since).copied().collect();
    (converged(rows) && later.iter().filter(|row| row.fixed_noise_loss.is_some()).count() > 1)
        .then(|| format!("The word has hardly changed anything for {WINDOW} steps: it is learned."))
        .filter(|_| since == 0 || last.step >= since + WINDOW)
}

/// What is going wrong at the newest row, as a sentence; `longest` is the length that few words of the vocabulary exceed.
pub fn alarms(rows: &[LossRow], initial: Option<Scores>, longest: f64) -> Vec<(Alarm, String)> {
    let Some(row) = rows.last() else { return Vec::new() };
    let mut found = Vec::new();
    if longest > 0.0 && row.norm > TOO_LONG * longest {
        let times = row.norm / longest;
        let text = format!(
            "The word has grown {times:.0} times as long as the longest usual ones and drowns the rest of its sentence. \
             Learn with the turning movement (--optimizer directional), or a slower rate."
        );
        found.push((Alarm::Norm, text));
    }
    let (Some(first), Some(image)) = (initial, row.image_score) else { return found };
    let nearer = image - first.image;
    if row.background_score.is_some_and(|background| background > first.background + BACKGROUND) {
        let text = "Its pictures come closer to what is around your thing than to the thing itself. Use pictures with \
                    different surroundings, or masks.";
        found.push((Alarm::Background, text.into()));
    }
    let heeds = first.effect.zip(row.prompt_effect).is_none_or(|(first, now)| now >= DISOBEYS * first);
    if nearer > ALIKE && !heeds {
        let text = "It draws your pictures again whatever else is asked: likeness rises while obedience falls. Take an \
                    earlier step, fewer vectors, or fewer steps.";
        found.push((Alarm::Copies, text.into()));
    }
    found
}

/// What can go wrong. That a word does not move is told elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alarm {
    /// It grows longer than any word.
    Norm,
    /// It is its pictures, and obeys no more.
    Copies,
    /// It is what is around the thing.
    Background,
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Option<Scores> = Some(Scores { image: 0.5, text: 0.3, background: 0.0, effect: Some(0.3) });

    #[test]
    fn each_failing_has_its_alarm_and_a_good_word_has_none() {
        let row = |image, text, background, norm| LossRow {
            image_score: Some(image),
            text_score: Some(text),
            background_score: Some(background),
            prompt_effect: Some(text),
            norm,
            ..LossRow::default()
        };
        for (row, expected) in [
            (row(0.8, 0.3, -0.1, 0.4), &[][..]),
            (row(0.8, 0.28, 0.04, 1.9), &[]),
            (row(0.8, 0.3, 0.0, 2.1), &[Alarm::Norm]),
            (row(0.8, 0.1, 0.0, 0.4), &[Alarm::Copies]),
            (row(0.8, 0.1, 0.0, 2.1), &[Alarm::Norm, Alarm::Copies]),
            (row(0.55, 0.3, 0.1, 0.4), &[Alarm::Background]),
            (row(0.45, 0.1, 0.0, 0.4), &[]),
            (LossRow { prompt_effect: None, ..row(0.8, 0.1, 0.0, 0.4) }, &[]),
            (LossRow { norm: 0.4, ..LossRow::default() }, &[]),
        ] {
            let found: Vec<Alarm> = alarms(&[row], FIRST, 0.5).into_iter().map(|(alarm, _)| alarm).collect();
            assert_eq!(found, expected, "{row:?}");
        }
    }

    fn judged(scores: &[(f64, f64)]) -> Vec<LossRow> {
        let row = |(at, (image, text)): (usize, &(f64, f64))| LossRow {
            step: 50 * (at as u64 + 1),
            image_score: Some(*image),
            text_score: Some(*text),
            ..LossRow::default()
        };
        scores.iter().enumerate().map(row).collect()
    }

    #[test]
    fn the_best_word_is_like_its_pictures_and_obeys() {
        let rows = judged(&[(0.6, 0.30), (0.8, 0.30), (0.85, 0.30), (0.85, 0.30), (0.7, 0.30), (0.6, 0.30)]);
        assert_eq!(best(&rows, FIRST).unwrap().step, 150);
        // More likeness for much less obedience is no bargain.
        let rows = judged(&[(0.7, 0.30), (0.7, 0.29), (0.75, 0.2), (0.8, 0.1), (0.9, 0.1)]);
        assert!(best(&rows, FIRST).unwrap().step <= 100);
        // A single lucky judgement is not the best one.
        let rows = judged(&[(0.6, 0.3), (0.82, 0.3), (0.6, 0.3), (0.75, 0.3), (0.76, 0.3), (0.75, 0.3)]);
        assert_eq!(best(&rows, FIRST).unwrap().step, 250);
        assert_eq!(best(&[], FIRST), None);
    }

    #[test]
    fn of_few_judgements_the_best_is_found_wherever_it_stands() {
        for (likeness, at) in [
            (&[0.5, 0.8][..], 2),
            (&[0.8, 0.5], 1),
            (&[0.5, 0.8, 0.5], 2),
            (&[0.5, 0.6, 0.8], 3),
            (&[0.5, 0.8, 0.5, 0.5], 2),
            (&[0.7], 1),
        ] {
            let rows = judged(&likeness.iter().map(|likeness| (*likeness, 0.3)).collect::<Vec<_>>());
            assert_eq!(best(&rows, FIRST).unwrap().step, 50 * at, "{likeness:?}");
        }
    }

    #[test]
    fn without_pictures_the_loss_on_what_was_kept_out_decides() {
        let row = |step, held_out_loss| LossRow { step, held_out_loss, ..LossRow::default() };
        let rows =
            [row(1, None), row(2, Some(0.3)), row(3, Some(0.2)), row(4, Some(0.25)), row(5, Some(f64::NAN))];
        assert_eq!(best(&rows, None).unwrap().step, 3);
    }

    #[test]
    fn a_run_ends_when_nothing_gets_better_and_goes_on_when_told_to() {
        let rising: Vec<(f64, f64)> = (0..8).map(|at| (0.5 + 0.04 * f64::from(at), 0.3)).collect();
        assert_eq!(finished(&judged(&rising), FIRST, 0), None);
        let flat = [&rising[..], &[(0.78, 0.3), (0.77, 0.3), (0.78, 0.3), (0.78, 0.3), (0.77, 0.3)]].concat();
        let rows = judged(&flat);
        assert!(finished(&rows, FIRST, 0).unwrap().contains("since step"));
        assert_eq!(finished(&rows, FIRST, 600), None, "it was told to go on");
        let unmoved = judged(&[(0.5, 0.3); 9]);
        assert_eq!(finished(&unmoved, FIRST, 0), None, "nothing is learned yet");
    }

    #[test]
    fn a_curve_that_fell_and_lies_still_has_converged() {
        let rows = |loss: &dyn Fn(u64) -> f64| -> Vec<LossRow> {
            let row = |step| LossRow { step, fixed_noise_loss: Some(loss(step)), ..LossRow::default() };
            (1..=70).map(|i| row(10 * i)).collect()
        };
        let fell = rows(&|step| 0.2 + 0.1 * (-(step as f64) / 60.0).exp());
        assert!(converged(&fell) && finished(&fell, None, 0).is_some());
        assert!(!converged(&rows(&|step| 0.5 - 0.0005 * step as f64)), "it still falls");
        assert!(!converged(&fell[..20]), "too early to tell");
        assert_eq!(finished(&fell, None, 690), None);
    }
}
