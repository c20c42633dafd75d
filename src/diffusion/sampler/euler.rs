//! Euler's method on the probability-flow equation (Karras et al. 2022, algorithm 2 without churn),
//! diffusers' `EulerDiscreteScheduler`.
//!
//! Latents are counted as signal plus sigma times noise, so they start large and the network sees them scaled
//! down. Fresh noise ("churn") is not offered; Euler ancestral is the method for that.

use super::{Sampler, spacing::SigmaSchedule};
use crate::{NoiseLevel, PredictionType, Schedule, TimestepSpacing, weighted_sum};
use project::SigmaSpacing;

/// The Euler sampler.
#[derive(Debug, Clone)]
pub struct Euler {
    sigma_schedule: SigmaSchedule,
    init_noise_sigma: f64,
    prediction_type: PredictionType,
}

impl Euler {
    /// `steps` steps with normal or Karras sigmas.
    pub fn new(schedule: &Schedule, steps: usize, sigma_spacing: SigmaSpacing) -> Self {
        let sigma_schedule = SigmaSchedule::euler(schedule, steps, sigma_spacing);
        let most = sigma_schedule.sigmas.iter().copied().fold(0.0, f64::max);
        // A leading spacing starts below the noisiest timestep, where the latents still hold some signal.
        let init_noise_sigma = match schedule.config.timestep_spacing {
            Some(TimestepSpacing::Leading) => most.hypot(1.0),
            _ => most,
        };
        Self { sigma_schedule, init_noise_sigma, prediction_type: schedule.config.prediction_type }
    }

    /// Sigma before and after a step.
    pub(super) fn sigmas_around(&self, index: usize) -> (f64, f64) {
        (self.sigma_schedule.sigmas[index], self.sigma_schedule.sigmas[index + 1])
    }

    /// The latents at sigma `to`, from those at the sigma of `index`, in a straight line through the
    /// predicted clean latents.
    pub(super) fn step_to(&self, index: usize, to: f64, prediction: &[f32], sample: &[f32]) -> Vec<f32> {
        let kept = to / self.sigma_schedule.sigmas[index];
        let original = self.predicted_original(index, prediction, sample);
        weighted_sum([(kept, sample), (1.0 - kept, &original)])
    }
}

impl Sampler for Euler {
    fn timesteps(&self) -> &[f64] {
        &self.sigma_schedule.timesteps
    }

    fn sigmas(&self) -> Option<&[f64]> {
        Some(&self.sigma_schedule.sigmas)
    }

    fn init_noise_sigma(&self) -> f64 {
        self.init_noise_sigma
    }

    fn scale_model_input(&self, index: usize, sample: &[f32]) -> Vec<f32> {
        weighted_sum([(1.0 / self.sigma_schedule.sigmas[index].hypot(1.0), sample)])
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

    fn step(&mut self, index: usize, prediction: &[f32], sample: &[f32], _noise: Option<&[f32]>) -> Vec<f32> {
        self.step_to(index, self.sigmas_around(index).1, prediction, sample)
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
            let mut euler = Euler::new(&schedule, 5, SigmaSpacing::Karras);
            let (prediction, sample) = ([0.5, -1.0], [2.0, 3.0]);
            let original = euler.predicted_original(4, &prediction, &sample);
            assert_eq!(euler.step(4, &prediction, &sample, None), original);
        }
    }

    #[test]
    fn the_network_sees_latents_of_unit_scale() {
        let mut config = SchedulerConfig::stable_diffusion(PredictionType::Epsilon);
        config.timestep_spacing = Some(TimestepSpacing::Leading);
        let euler = Euler::new(&Schedule::new(&config), 10, SigmaSpacing::Normal);
        let input = euler.scale_model_input(0, &[euler.init_noise_sigma() as f32]);
        assert!((input[0] - 1.0).abs() < 1e-6, "{input:?}");
    }
}
