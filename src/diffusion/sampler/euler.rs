//! Euler's method on the probability-flow equation (Karras et al. 2022, algorithm 2 without churn),
//! diffusers' `EulerDiscreteScheduler`.
//!
//! Fresh noise ("churn") is not offered; for that there is Crowson's "ancestral" sampling, diffusers'
//! `EulerAncestralDiscreteScheduler`, here with the spacings of the Euler sampler, which diffusers does not offer for it.

use super::in_sigmas::{InSigmas, Rule, Step, down_and_up};
use super::{required, spacing::SigmaSchedule};
use crate::{Schedule, weighted_sum};
use project::SigmaSpacing;

/// The Euler sampler, or Euler ancestral: each step goes a little further down than asked and noise brings it back up,
/// so images keep changing as steps are added.
#[derive(Debug, Clone)]
pub(super) struct Euler {
    ancestral: bool,
}

/// `steps` steps, spaced as asked for.
pub(super) fn euler(
    schedule: &Schedule,
    steps: usize,
    sigma_spacing: SigmaSpacing,
    ancestral: bool,
) -> InSigmas<Euler> {
    InSigmas::new(schedule, SigmaSchedule::euler(schedule, steps, sigma_spacing), Euler { ancestral })
}

impl Euler {
    /// The sigma a step goes down to, and the deviation of the noise that brings an ancestral one back up.
    fn down_and_up(&self, sigmas: &[f64], index: usize) -> (f64, f64) {
        let (from, to) = (sigmas[index], sigmas[index + 1]);
        if self.ancestral { down_and_up(from, to) } else { (to, 0.0) }
    }
}

impl Rule for Euler {
    fn needs_noise(&self, sigmas: &[f64], index: usize) -> bool {
        self.down_and_up(sigmas, index).1 > 0.0
    }

    fn step(&mut self, Step { sigmas, index, original, sample, noise }: Step<'_>) -> Vec<f32> {
        let (down, up) = self.down_and_up(sigmas, index);
        // A straight line through the predicted clean latents.
        let kept = down / sigmas[index];
        let lowered = weighted_sum([(kept, sample), (1.0 - kept, &original)]);
        if up > 0.0 { weighted_sum([(1.0, &lowered), (up, required(noise))]) } else { lowered }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Sampler as _;
    use super::*;
    use crate::{PredictionType, SchedulerConfig};

    #[test]
    fn the_last_step_arrives_at_the_predicted_latents() {
        for prediction_type in [PredictionType::Epsilon, PredictionType::VPrediction] {
            let schedule = Schedule::new(&SchedulerConfig::stable_diffusion(prediction_type));
            let mut euler = euler(&schedule, 5, SigmaSpacing::Karras, false);
            let (prediction, sample) = ([0.5, -1.0], [2.0, 3.0]);
            let original = euler.predicted_original(4, &prediction, &sample);
            assert_eq!(euler.step(4, &prediction, &sample, None), original);
        }
    }

    #[test]
    fn only_an_ancestral_step_needs_noise_and_not_the_last() {
        let schedule = Schedule::new(&SchedulerConfig::stable_diffusion(PredictionType::Epsilon));
        for index in 0..10 {
            let ancestral = euler(&schedule, 10, SigmaSpacing::Normal, true);
            assert_eq!(ancestral.needs_noise(index), index < 9);
            assert!(!euler(&schedule, 10, SigmaSpacing::Normal, false).needs_noise(index));
        }
    }
}
