//! The arithmetic of rankings: mean ranks, strengths after Bradley and Terry, Kendall's rank correlation, and intervals by
//! the bootstrap, of few rankings by the jackknife.
//!
//! Everything is on plain numbers and repeatable: chance comes from a fixed seed.

use crate::evaluation::{FEW, Score, student};
use crate::random::Random;

/// How often rankings are drawn anew with replacement for an interval.
const RESAMPLES: usize = 1000;
/// Where one always comes before another, strengths go towards zero without end; here it ends.
const ITERATIONS: usize = 500;
/// Strengths that change by less are found.
const CLOSE: f64 = 1e-10;

/// How often each of `count` items, by number, came before each other in rankings, the best first: a row for the one
/// before.
pub(super) fn wins(rankings: &[&[usize]], count: usize) -> Vec<Vec<f64>> {
    let mut wins = vec![vec![0.0; count]; count];
    for ranking in rankings {
        for (place, &before) in ranking.iter().enumerate() {
            for &after in ranking.get(place + 1..).unwrap_or_default() {
                wins[before][after] += 1.0;
            }
        }
    }
    wins
}

/// Strengths by which one item comes before another in `p / (p + q)` of the cases, most likely given how often it did;
/// they add up to 1. Found by minorisation and maximisation (Hunter 2004, doi 10.1214/aos/1079120141). An item that
/// never came first has none.
pub fn bradley_terry(wins: &[Vec<f64>]) -> Vec<f64> {
    let count = wins.len();
    let mut strengths = vec![1.0 / count.max(1) as f64; count];
    for _ in 0..ITERATIONS {
        let better = |item: usize| {
            let (mut won, mut expected) = (0.0, 0.0);
            for other in (0..count).filter(|&other| other != item) {
                let met = wins[item][other] + wins[other][item];
                if met > 0.0 {
                    won += wins[item][other];
                    expected += met / (strengths[item] + strengths[other]);
                }
            }
            if won > 0.0 { won / expected } else { 0.0 }
        };
        let mut next: Vec<f64> = (0..count).map(better).collect();
        let sum: f64 = next.iter().sum();
        if sum <= 0.0 {
            return strengths;
        }
        next.iter_mut().for_each(|strength| *strength /= sum);
        let moved = next.iter().zip(&strengths).map(|(new, old)| (new - old).abs()).fold(0.0, f64::max);
        strengths = next;
        if moved < CLOSE {
            break;
        }
    }
    strengths
}

/// Kendall's rank correlation of two figures of the same things, tau-b: 1 if they order them alike, -1 if the other way
/// round. `None` where one of them orders nothing.
pub fn kendall(one: &[f64], other: &[f64]) -> Option<f64> {
    let (mut sum, mut pairs) = (0.0, [0.0; 2]);
    let sign = |difference: f64| if difference == 0.0 { 0.0 } else { difference.signum() };
    for i in 0..one.len().min(other.len()) {
        for j in 0..i {
            let signs = [sign(one[i] - one[j]), sign(other[i] - other[j])];
            sum += signs[0] * signs[1];
            pairs = [pairs[0] + signs[0].abs(), pairs[1] + signs[1].abs()];
        }
    }
    let root = (pairs[0] * pairs[1]).sqrt();
    (root > 0.0).then(|| sum / root)
}

/// Figures of samples, which lie within a range, with their 95 % intervals: `figures` gives them for a choice of `count`
/// samples by number, of which some may come twice. What is not a number in a sample is left out of its interval.
pub(super) fn intervals(
    count: usize,
    range: [f64; 2],
    figures: impl Fn(&[usize]) -> Vec<f64>,
) -> Vec<[f64; 3]> {
    let all: Vec<usize> = (0..count).collect();
    let means = figures(&all);
    if (2..=FEW).contains(&count) {
        return jackknife(&all, range, &means, figures);
    }
    let mut random = Random(1);
    let mut drawn: Vec<Vec<f64>> = vec![Vec::with_capacity(RESAMPLES); means.len()];
    for _ in 0..RESAMPLES {
        let sample: Vec<usize> = all.iter().map(|_| random.below(count)).collect();
        for (drawn, figure) in drawn.iter_mut().zip(figures(&sample)) {
            drawn.extend(figure.is_finite().then_some(figure));
        }
    }
    let interval = |(mean, mut drawn): (f64, Vec<f64>)| {
        drawn.sort_by(f64::total_cmp);
        let last = drawn.len().saturating_sub(1) as f64;
        let at = |part: f64| drawn.get((last * part).round() as usize).copied().unwrap_or(mean);
        [mean, at(0.025), at(0.975)]
    };
    means.into_iter().zip(drawn).map(interval).collect()
}

/// Student's intervals of figures, by how much each sample moves them (Miller 1974, doi 10.1093/biomet/61.1.1). That of a
/// mean is the one of its samples.
fn jackknife(
    all: &[usize],
    range: [f64; 2],
    means: &[f64],
    figures: impl Fn(&[usize]) -> Vec<f64>,
) -> Vec<[f64; 3]> {
    let count = all.len() as f64;
    let rest = |one: &usize| all.iter().copied().filter(|other| other != one).collect::<Vec<_>>();
    let without: Vec<Vec<f64>> = all.iter().map(|one| figures(&rest(one))).collect();
    let interval = |(place, &mean): (usize, &f64)| {
        let middle = without.iter().map(|figures| figures[place]).sum::<f64>() / count;
        let moved = |figures: &Vec<f64>| mean + (count - 1.0) * (middle - figures[place]);
        let moved: Vec<f64> = without.iter().map(moved).collect();
        let [low, high] = student(&moved, range).unwrap_or([mean; 2]);
        [mean, low.min(mean), high.max(mean)]
    };
    means.iter().enumerate().map(interval).collect()
}

/// The mean of figures within a range, as a score.
pub(super) fn mean_score(figures: &[f64], range: [f64; 2]) -> Score {
    let mean = |chosen: &[usize]| {
        vec![chosen.iter().map(|&place| figures[place]).sum::<f64>() / chosen.len() as f64]
    };
    score(intervals(figures.len(), range, mean)[0], figures.len())
}

/// One of the figures of [`intervals`] as a score of so many.
pub(super) fn score([mean, low, high]: [f64; 3], count: usize) -> Score {
    Score { mean, low, high, count }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len());
        for (one, other) in found.iter().zip(expected) {
            assert!((one - other).abs() < 1e-6, "{found:?} is not {expected:?}");
        }
    }

    #[test]
    fn three_to_one_are_strengths_of_three_to_one() {
        let rankings: [&[usize]; 4] = [&[0, 1], &[0, 1], &[1, 0], &[0, 1]];
        near(&bradley_terry(&wins(&rankings, 2)), &[0.75, 0.25]);
    }

    #[test]
    fn strengths_are_those_that_the_counts_were_made_of() {
        // Strengths of 4, 2 and 1: of 6, 5 and 3 meetings 4/6, 4/5 and 2/3 are won.
        let wins = [[0.0, 4.0, 4.0], [2.0, 0.0, 2.0], [1.0, 1.0, 0.0]].map(Vec::from);
        near(&bradley_terry(&wins), &[4.0 / 7.0, 2.0 / 7.0, 1.0 / 7.0]);
        // Who never wins has no strength, and who never met anybody neither.
        near(&bradley_terry(&[vec![0.0, 3.0], vec![0.0, 0.0]]), &[1.0, 0.0]);
        let alone = [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]].map(Vec::from);
        near(&bradley_terry(&alone), &[0.5, 0.5, 0.0]);
        assert!(bradley_terry(&[]).is_empty());
    }

    #[test]
    fn rank_correlation_counts_pairs() {
        // Of six pairs five stand alike and one the other way round.
        near(&[kendall(&[1.0, 2.0, 3.0, 4.0], &[10.0, 20.0, 40.0, 30.0]).unwrap()], &[4.0 / 6.0]);
        // A tie in one of them: two of three pairs, by the root of 3 * 2.
        near(&[kendall(&[1.0, 2.0, 3.0], &[1.0, 2.0, 2.0]).unwrap()], &[2.0 / 6.0_f64.sqrt()]);
        assert_eq!(kendall(&[1.0, 2.0], &[2.0, 1.0]), Some(-1.0));
        assert_eq!(kendall(&[1.0, 1.0], &[2.0, 1.0]), None);
    }

    #[test]
    fn intervals_hold_the_mean_and_are_the_same_again() {
        let values: Vec<f64> = (0..100).map(|i| f64::from(i % 2)).collect();
        let mean = |sample: &[usize]| {
            vec![sample.iter().map(|&i| values[i]).sum::<f64>() / sample.len() as f64, f64::NAN]
        };
        let found = intervals(100, [0.0, 1.0], mean);
        let [mean_value, low, high] = found[0];
        // The standard error of a fair coin thrown a hundred times is 0.05.
        assert!((mean_value - 0.5).abs() < 1e-12);
        assert!((low - 0.4).abs() < 0.03 && (high - 0.6).abs() < 0.03, "{low} {high}");
        assert_eq!(intervals(100, [0.0, 1.0], mean)[0], found[0]);
    }

    #[test]
    fn few_samples_have_students_interval() {
        let wide = [-100.0, 100.0];
        // The standard error of 1, 2 and 3 is 1 / sqrt(3), and 4.303 of it hold 95 % of the means of three.
        let Score { mean, low, high, count } = mean_score(&[1.0, 2.0, 3.0], wide);
        near(&[mean, low, high], &[2.0, -0.484_338_2, 4.484_338_2]);
        assert_eq!(count, 3);
        let two = mean_score(&[1.0, 2.0], [1.0, 5.0]);
        assert_eq!((two.mean, two.interval()), (1.5, Some([1.0, 5.0])), "no place is better than the first");
        assert_eq!(mean_score(&[2.0], wide).interval(), None);
        // The square of the mean is 4, and 6.25, 4 and 2.25 without one of them.
        let values = [1.0_f64, 2.0, 3.0];
        let square = |chosen: &[usize]| {
            vec![(chosen.iter().map(|&i| values[i]).sum::<f64>() / chosen.len() as f64).powi(2)]
        };
        near(&intervals(3, wide, square)[0], &[4.0, 4.0 - 9.963_197_7, 4.0 + 9.963_197_7]);
    }
}
