//! Euler's method on the probability-flow equation (Karras et al. 2022, algorithm 2 without churn),
//! diffusers' `EulerDiscreteScheduler`.
//!
//! Latents are counted as signal plus sigma times noise, so they start large and the network sees them scaled
//! down. Fresh noise ("churn") is not offered; for that there is Crowson's "ancestral" sampling, diffusers'
//! `EulerAncestralDiscreteScheduler`, here with the Karras spacing of the Euler sampler, which diffusers does not
//! offer for it.

use super::{Sampler, required, spacing::SigmaSchedule};
use crate::{NoiseLevel, PredictionType, Schedule, TimestepSpacing, weighted_sum};
use project::SigmaSpacing;

/// The Euler sampler, or Euler ancestral: each step goes a little further down than asked and noise brings it back up,
/// so images keep changing as steps are added.
#[derive(Debug, Clone)]
pub struct Euler {
    sigma_schedule: SigmaSchedule,
    init_noise_sigma: f64,
    prediction_type: PredictionType,
    ancestral: bool,
}

impl Euler {
    /// `steps` steps with normal or Karras sigmas.
    pub fn new(schedule: &Schedule, steps: usize, sigma_spacing: SigmaSpacing, ancestral: bool) -> Self {
        let sigma_schedule = SigmaSchedule::euler(schedule, steps, sigma_spacing);
        let most = sigma_schedule.sigmas.iter().copied().fold(0.0, f64::max);
        // A leading spacing starts below the noisiest timestep, where the latents still hold some signal.
        let init_noise_sigma = match schedule.config.timestep_spacing {
            Some(TimestepSpacing::Leading) => most.hypot(1.0),
            _ => most,
        };
        Self { sigma_schedule, init_noise_sigma, prediction_type: schedule.config.prediction_type, ancestral }
    }

    /// The sigma a step goes down to, and the deviation of the noise that brings an ancestral one back up.
    fn down_and_up(&self, index: usize) -> (f64, f64) {
        let (from, to) = (self.sigma_schedule.sigmas[index], self.sigma_schedule.sigmas[index + 1]);
        if !self.ancestral {
            return (to, 0.0);
        }
        // At the top of a zero-SNR schedule sigma squared is huge, so the ratio is formed first.
        let ratio = to / from;
        (to * ratio, to * (1.0 - ratio * ratio).max(0.0).sqrt())
    }
}

impl Sampler for Euler {
    fn timesteps(&self) -> &[f64] {
        &self.sigma_schedule.timesteps
    }

    fn sigmas(&self) -> Option<&[f64]> {
        Some(&self.sigma_schedule.sigmas)
    }

    fn mixture(&self, index: usize) -> [f64; 2] {
        [1.0, self.sigma_schedule.sigmas[index]]
    }

    fn init_noise_sigma(&self) -> f64 {
        self.init_noise_sigma
    }

    fn scale_model_input(&self, index: usize, sample: &[f32]) -> Vec<f32> {
        weighted_sum([(1.0 / self.sigma_schedule.sigmas[index].hypot(1.0), sample)])
    }

    fn needs_noise(&self, index: usize) -> bool {
        self.down_and_up(index).1 > 0.0
    }

    fn predicted_original(&self, index: usize, prediction: &[f32], sample: &[f32]) -> Vec<f32> {
        let sigma = self.sigma_schedule.sigmas[index];
        match self.prediction_type {
            PredictionType::Epsilon => weighted_sum([(1.0, sample), (-sigma, prediction)]),
            PredictionType::VPrediction => {
                let NoiseLevel { signal, noise } = NoiseLevel::from_sigma(sigma);
                weighted_sum([(signal * signal, sample), (-noise, prediction)])
            }
        }
    }

    fn step(&mut self, index: usize, prediction: &[f32], sample: &[f32], noise: Option<&[f32]>) -> Vec<f32> {
        let (down, up) = self.down_and_up(index);
        // A straight line through the predicted clean latents.
        let kept = down / self.sigma_schedule.sigmas[index];
        let original = self.predicted_original(index, prediction, sample);
        let lowered = weighted_sum([(kept, sample), (1.0 - kept, &original)]);
        if up > 0.0 { weighted_sum([(1.0, &lowered), (up, required(noise))]) } else { lowered }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SchedulerConfig;

    #[test]
    fn the_last_step_arrives_at_the_predicted_latents() {
        for prediction_type in [PredictionType::Epsilon, PredictionType::VPrediction] {
            let schedule = Schedule::new(&SchedulerConfig::stable_diffusion(prediction_type));
            let mut euler = Euler::new(&schedule, 5, SigmaSpacing::Karras, false);
            let (prediction, sample) = ([0.5, -1.0], [2.0, 3.0]);
            let original = euler.predicted_original(4, &prediction, &sample);
            assert_eq!(euler.step(4, &prediction, &sample, None), original);
        }
    }

    #[test]
    fn the_network_sees_latents_of_unit_scale() {
        let mut config = SchedulerConfig::stable_diffusion(PredictionType::Epsilon);
        config.timestep_spacing = Some(TimestepSpacing::Leading);
        let euler = Euler::new(&Schedule::new(&config), 10, SigmaSpacing::Normal, false);
        let input = euler.scale_model_input(0, &[euler.init_noise_sigma() as f32]);
        assert!((input[0] - 1.0).abs() < 1e-6, "{input:?}");
    }

    #[test]
    fn noise_makes_up_for_the_extra_descent() {
        let schedule = Schedule::new(&SchedulerConfig::stable_diffusion(PredictionType::Epsilon));
        let sampler = Euler::new(&schedule, 10, SigmaSpacing::Normal, true);
        for index in 0..10 {
            let (down, up) = sampler.down_and_up(index);
            let target = sampler.sigma_schedule.sigmas[index + 1];
            assert!((down.hypot(up) - target).abs() < 1e-12);
            assert_eq!(sampler.needs_noise(index), index < 9);
        }
    }
}
