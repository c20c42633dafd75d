//! Ranges of numbers along the sides of a figure, with round numbers written beside them.
//!
//! It plots nothing.

use super::scene::{Anchor, Scene, Shape};
use super::{BLACK, PALE, TEXT};
use project::evaluation::Score;

/// Beyond the scores an axis shows so many times as much as lies between them, and no less than the second.
const AROUND: [f64; 2] = [2.0, 0.1];

/// Title, grid and numbers.
pub fn axes(scene: &mut Scene, title: &str, [across, up]: [&Axis; 2], [right_name, up_name]: [&str; 2]) {
    let [[left, right], [bottom, top]] = [across.pixels, up.pixels];
    let text = |at, anchor, text: String| Shape::text(at, TEXT, BLACK, anchor, text);
    scene.add(Shape::text([left, 24.0], TEXT * 1.2, BLACK, Anchor::Start, title.to_owned()));
    for &tick in &across.ticks {
        let x = across.place(tick);
        scene.add(Shape::Line { from: [x, bottom], to: [x, top], width: 1.0, ink: PALE });
        scene.add(text([x, bottom + 20.0], Anchor::Middle, across.number(tick)));
    }
    for &tick in &up.ticks {
        let y = up.place(tick);
        scene.add(Shape::Line { from: [left, y], to: [right, y], width: 1.0, ink: PALE });
        scene.add(text([left - 8.0, y + TEXT * 0.35], Anchor::End, up.number(tick)));
    }
    let line = |from, to| Shape::Line { from, to, width: 1.0, ink: BLACK };
    scene.add(line([left, bottom], [right, bottom]));
    scene.add(line([left, bottom], [left, top]));
    scene.add(text([left, top - 12.0], Anchor::Start, up_name.to_owned()));
    scene.add(text([right, bottom + 44.0], Anchor::End, right_name.to_owned()));
}

/// A range of numbers along a line of pixels.
pub struct Axis {
    range: [f64; 2],
    pixels: [f64; 2],
    /// The numbers that are written beside it, and with how many decimals.
    pub ticks: Vec<f64>,
    decimals: usize,
}

impl Axis {
    /// One that holds all these scores with their intervals, and some space. Of intervals beside which the scores would lie
    /// in a heap, as those of two points are, it holds what is around the scores.
    pub fn of(scores: impl Iterator<Item = Score>, pixels: [f64; 2]) -> Self {
        let scores: Vec<Score> = scores.collect();
        let [least, most] = around(scores.iter().map(|score| score.mean));
        let [low, high] = span(scores.iter().flat_map(|score| [score.low, score.mean, score.high]));
        let (low, high) = (low.max(least), high.min(most));
        let (low, high) = if low <= high { (low, high) } else { (0.0, 1.0) };
        let space = ((high - low) * 0.08).max(0.005);
        let range = [low - space, high + space];
        let rough = (range[1] - range[0]) / 5.0;
        let power = 10_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power).into_iter().find(|step| *step >= rough);
        let step = step.unwrap_or(rough);
        let [first, last] = [(range[0] / step).ceil(), (range[1] / step).floor()];
        let ticks = (first as i64..=last as i64).map(|count| count as f64 * step).collect();
        let decimals = (-step.log10().floor()).max(0.0) as usize;
        Self { range, pixels, ticks, decimals }
    }

    /// One of these whole numbers, each of them written.
    pub fn of_counts(counts: impl Iterator<Item = usize>, pixels: [f64; 2]) -> Self {
        let mut ticks: Vec<f64> = counts.map(|count| count as f64).collect();
        ticks.sort_by(f64::total_cmp);
        ticks.dedup();
        let scores = ticks.iter().map(|&mean| Score { mean, low: mean, high: mean, count: 1 });
        Self { ticks: ticks.clone(), decimals: 0, ..Self::of(scores, pixels) }
    }

    /// Where a number lies; one beyond the range, at its end.
    pub fn place(&self, value: f64) -> f64 {
        let [low, high] = self.range;
        let part = (value.clamp(low, high) - low) / (high - low);
        self.pixels[0] + part * (self.pixels[1] - self.pixels[0])
    }

    fn number(&self, tick: f64) -> String {
        format!("{tick:.*}", self.decimals)
    }
}

/// What of an axis there is room for beside marks at these places.
pub fn around(places: impl Iterator<Item = f64>) -> [f64; 2] {
    let [least, most] = span(places);
    let around = (AROUND[0] * (most - least)).max(AROUND[1]);
    [least - around, most + around]
}

/// The least and the most of numbers.
fn span(numbers: impl Iterator<Item = f64>) -> [f64; 2] {
    numbers.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], one| [low.min(one), high.max(one)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axes_have_round_numbers() {
        let score = |mean: f64| Score { mean, low: mean, high: mean, count: 1 };
        let axis = Axis::of([score(0.52), score(0.81)].into_iter(), [100.0, 500.0]);
        let ticks: Vec<String> = axis.ticks.iter().map(|tick| axis.number(*tick)).collect();
        assert_eq!(ticks, ["0.5", "0.6", "0.7", "0.8"]);
        assert!(axis.place(0.52) > 100.0 && axis.place(0.81) < 500.0);
        let ticks = Axis::of([score(0.3)].into_iter(), [0.0, 1.0]).ticks.len();
        assert!((2..=6).contains(&ticks), "{ticks}");
    }

    #[test]
    fn wide_intervals_leave_the_scores_apart() {
        let score = |mean: f64| Score { mean, low: mean - 1.2, high: mean + 0.3, count: 2 };
        let axis = Axis::of([score(0.70), score(0.72)].into_iter(), [100.0, 500.0]);
        assert!(axis.place(0.72) - axis.place(0.70) > 20.0);
        assert_eq!((axis.place(-0.5), axis.place(1.0)), (100.0, 500.0));
        let none = Axis::of(std::iter::empty(), [0.0, 1.0]);
        assert!(none.place(0.0) > 0.0 && none.place(1.0) < 1.0);
    }
}
