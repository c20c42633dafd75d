//! The linear multistep method of order 4 (Adams and Bashforth) in sigmas: diffusers' `LMSDiscreteScheduler`, after
//! Crowson's `sample_lms`.
//!
//! It lays a polynomial through the slopes of the last four steps and integrates it over the next one. Its first steps
//! are of lower order. Other orders are not offered.

use std::collections::VecDeque;

use super::in_sigmas::{InSigmas, Rule, Step};
use super::spacing::SigmaSchedule;
use crate::{Schedule, sum_of, weighted_sum};
use project::SigmaSpacing;

/// How many slopes are used.
const ORDER: usize = 4;

/// The LMS sampler.
#[derive(Debug, Clone, Default)]
pub(super) struct Lms {
    /// The slopes `(sample - original) / sigma` of the last steps, the newest first.
    slopes: VecDeque<Vec<f32>>,
}

/// `steps` steps, spaced as asked for.
pub(super) fn lms(schedule: &Schedule, steps: usize, sigma_spacing: SigmaSpacing) -> InSigmas<Lms> {
    InSigmas::new(schedule, SigmaSchedule::euler(schedule, steps, sigma_spacing), Lms::default())
}

/// What the slope of `age` steps ago is multiplied by in the step from `index`, if `count` are known: the integral of its
/// Lagrange polynomial.
fn share(sigmas: &[f64], index: usize, count: usize, age: usize) -> f64 {
    let polynomial = |at: f64| -> f64 {
        let others = (0..count).filter(|other| *other != age).map(|other| sigmas[index - other]);
        others.map(|other| (at - other) / (sigmas[index - age] - other)).product()
    };
    let (middle, half) =
        (0.5 * (sigmas[index] + sigmas[index + 1]), 0.5 * (sigmas[index + 1] - sigmas[index]));
    // Gauss and Legendre's rule of two points, which is exact up to degree 3.
    let off = half / 3f64.sqrt();
    half * (polynomial(middle - off) + polynomial(middle + off))
}

impl Rule for Lms {
    fn step(&mut self, Step { sigmas, index, original, sample, .. }: Step<'_>) -> Vec<f32> {
        let scale = 1.0 / sigmas[index];
        let count = (self.slopes.len() + 1).min(ORDER);
        // The newest slope is taken apart, because of large sigmas little is left when it is added.
        let own = share(sigmas, index, count, 0) * scale;
        let mut terms = vec![(1.0 + own, sample), (-own, &original[..])];
        let older = self.slopes.iter().zip(1..count);
        terms.extend(older.map(|(slope, age)| (share(sigmas, index, count, age), &slope[..])));
        let next = sum_of(&terms);
        self.slopes.push_front(weighted_sum([(scale, sample), (-scale, &original)]));
        self.slopes.truncate(ORDER - 1);
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evenly_spaced_steps_have_the_coefficients_of_adams_and_bashforth() {
        let sigmas = [4.0, 3.0, 2.0, 1.0, 0.0];
        for (index, wanted) in [
            (0, &[-1.0][..]),
            (1, &[-3.0 / 2.0, 1.0 / 2.0]),
            (2, &[-23.0 / 12.0, 16.0 / 12.0, -5.0 / 12.0]),
            (3, &[-55.0 / 24.0, 59.0 / 24.0, -37.0 / 24.0, 9.0 / 24.0]),
        ] {
            for (age, wanted) in wanted.iter().enumerate() {
                let share = share(&sigmas, index, index + 1, age);
                assert!((share - wanted).abs() < 1e-12, "{index} {age}: {share}");
            }
        }
    }
}
