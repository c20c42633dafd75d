//! The arithmetic of diffusion: how much noise there is at each timestep, and how to walk back from noise to
//! an image.
//!
//! Latents are small (a 512-pixel image has 16,384 values), so everything here works on plain slices on the
//! CPU, with every coefficient in 64-bit floats: the result is the same on every device and can be tested
//! without a network. It never calls the network and never draws a random number on its own; callers hand both in.

pub mod blended;
pub mod config;
pub mod guidance;
pub mod invert;
mod noise;
pub mod sampler;
mod schedule;

pub use config::{PredictionType, SchedulerConfig};
pub use noise::{Noise, StepRandom, between};
pub use schedule::Schedule;

use config::{BetaSchedule, TimestepSpacing};
use schedule::NoiseLevel;

/// `sum of weight * vector`, accumulated in 64-bit floats and rounded once. Panics when the vectors differ in length,
/// which is a defect of the caller.
fn weighted_sum<const N: usize>(terms: [(f64, &[f32]); N]) -> Vec<f32> {
    sum_of(&terms)
}

/// The same for any number of terms.
fn sum_of(terms: &[(f64, &[f32])]) -> Vec<f32> {
    let length = terms.first().map_or(0, |(_, vector)| vector.len());
    assert!(terms.iter().all(|(_, vector)| vector.len() == length), "vectors of different length");
    (0..length)
        .map(|i| terms.iter().map(|(weight, vector)| weight * f64::from(vector[i])).sum::<f64>() as f32)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weighted_sum_adds_scaled_vectors() {
        assert_eq!(weighted_sum([(2.0, &[1.0, -1.0]), (0.5, &[4.0, 8.0])]), [4.0, 2.0]);
    }

    #[test]
    #[should_panic(expected = "different length")]
    fn weighted_sum_refuses_unequal_lengths() {
        weighted_sum([(1.0, &[1.0, 2.0]), (1.0, &[1.0])]);
    }
}
