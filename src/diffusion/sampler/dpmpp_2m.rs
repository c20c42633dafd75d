//! DPM-Solver++(2M) (Lu et al. 2022), diffusers' `DPMSolverMultistepScheduler` with `dpmsolver++`, order 2,
//! midpoint.
//!
//! It extrapolates the predicted clean latents from the last two predictions, which makes 20 to 25 steps
//! enough. The first and the last step are of first order; the stochastic variants and order 3 are not
//! offered.

use super::{Sampler, spacing::SigmaSchedule};
use crate::{BetaSchedule, NoiseLevel, PredictionType, Schedule, weighted_sum};
use project::SigmaSpacing;

/// The DPM++ 2M sampler.
#[derive(Debug, Clone)]
pub struct DpmPp2m {
    sigma_schedule: SigmaSchedule,
    prediction_type: PredictionType,
    /// The clean latents predicted at the previous step.
    previous: Option<Vec<f32>>,
}

impl DpmPp2m {
    /// `steps` steps with normal or Karras sigmas.
    pub fn new(schedule: &Schedule, steps: usize, sigma_spacing: SigmaSpacing) -> Self {
        // Diffusers rounds Karras times, except on cosine schedules, where turning them into integers cuts
        // them off.
        let whole = match schedule.config.beta_schedule {
            BetaSchedule::Cosine => f64::floor,
            BetaSchedule::Linear | BetaSchedule::ScaledLinear => f64::round_ties_even,
        };
        let sigma_schedule = SigmaSchedule::solver(schedule, steps, sigma_spacing, whole);
        Self { sigma_schedule, prediction_type: schedule.config.prediction_type, previous: None }
    }

    fn level(&self, index: usize) -> NoiseLevel {
        NoiseLevel::from_sigma(self.sigma_schedule.sigmas[index])
    }
}

impl Sampler for DpmPp2m {
    fn timesteps(&self) -> &[f64] {
        &self.sigma_schedule.timesteps
    }

    fn sigmas(&self) -> Option<&[f64]> {
        Some(&self.sigma_schedule.sigmas)
    }

    fn mixture(&self, index: usize) -> [f64; 2] {
        self.level(index).factors()
    }

    fn predicted_original(&self, index: usize, prediction: &[f32], sample: &[f32]) -> Vec<f32> {
        self.prediction_type.original(self.level(index), prediction, sample)
    }

    fn step(&mut self, index: usize, prediction: &[f32], sample: &[f32], _noise: Option<&[f32]>) -> Vec<f32> {
        let original = self.predicted_original(index, prediction, sample);
        let (from, to) = (self.level(index), self.level(index + 1));
        let stride = to.lambda() - from.lambda();
        let kept = to.noise / from.noise;
        let gained = -to.signal * (-stride).exp_m1();
        let last = index + 1 == self.sigma_schedule.timesteps.len();
        let next = match self.previous.take() {
            Some(previous) if !last => {
                let ratio = (from.lambda() - self.level(index - 1).lambda()) / stride;
                let slope = 0.5 * gained / ratio;
                weighted_sum([(kept, sample), (gained + slope, &original), (-slope, &previous)])
            }
            _ => weighted_sum([(kept, sample), (gained, &original)]),
        };
        self.previous = Some(original);
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SchedulerConfig;

    #[test]
    fn the_last_step_arrives_at_the_predicted_latents() {
        let schedule = Schedule::new(&SchedulerConfig::stable_diffusion(PredictionType::VPrediction));
        let mut sampler = DpmPp2m::new(&schedule, 3, SigmaSpacing::Karras);
        let (prediction, mut sample) = ([0.5, -1.0], vec![2.0, 3.0]);
        for index in 0..2 {
            sample = sampler.step(index, &prediction, &sample, None);
        }
        let original = sampler.predicted_original(2, &prediction, &sample);
        assert_eq!(sampler.step(2, &prediction, &sample, None), original);
    }

    #[test]
    fn karras_times_are_whole() {
        let schedule = Schedule::new(&SchedulerConfig::stable_diffusion(PredictionType::Epsilon));
        let sampler = DpmPp2m::new(&schedule, 25, SigmaSpacing::Karras);
        assert!(sampler.timesteps().iter().all(|t| t.fract() == 0.0));
    }
}
