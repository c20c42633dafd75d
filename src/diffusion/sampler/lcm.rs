//! Latent consistency sampling (Luo et al. 2023), diffusers' `LCMScheduler`: 1 to 8 steps on a distilled
//! model.
//!
//! Every step jumps to clean latents and noises them again for the next one. On a model that was not
//! distilled for it the images are blurred; the method cannot tell, so it does not refuse.

use super::{Sampler, required};
use crate::{Schedule, weighted_sum};

/// Standard deviation of the data in the boundary condition, as in the consistency models paper.
const SIGMA_DATA: f64 = 0.5;

/// The LCM sampler.
#[derive(Debug, Clone)]
pub struct Lcm {
    schedule: Schedule,
    timesteps: Vec<f64>,
}

impl Lcm {
    /// `steps` steps, from 1 to the configuration's `original_inference_steps`.
    pub fn new(schedule: Schedule, steps: usize) -> Self {
        let origin = schedule.config.original_inference_steps;
        let stride = schedule.num_train_timesteps() / origin.max(1);
        let share = origin as f64 / steps as f64;
        // The steps are spread over the timesteps the model was distilled on, which end each of `origin`
        // strides.
        let timesteps = (0..steps).map(|i| (i as f64 * share).floor() as usize);
        let timesteps = timesteps.map(|skipped| ((origin - skipped) * stride) as f64 - 1.0).collect();
        Self { schedule, timesteps }
    }

    /// The consistency function (equation 9): nearly the predicted clean latents, and the sample itself at
    /// time 0.
    fn denoised(&self, index: usize, prediction: &[f32], sample: &[f32]) -> Vec<f32> {
        let time = self.timesteps[index] * self.schedule.config.timestep_scaling;
        let divisor = time.hypot(SIGMA_DATA);
        let original = self.predicted_original(index, prediction, sample);
        weighted_sum([(time / divisor, &original), ((SIGMA_DATA / divisor).powi(2), sample)])
    }
}

impl Sampler for Lcm {
    fn timesteps(&self) -> &[f64] {
        &self.timesteps
    }

    fn mixture(&self, index: usize) -> [f64; 2] {
        self.schedule.level(self.timesteps[index] as usize).factors()
    }

    fn needs_noise(&self, index: usize) -> bool {
        index + 1 < self.timesteps.len()
    }

    fn predicted_original(&self, index: usize, prediction: &[f32], sample: &[f32]) -> Vec<f32> {
        let level = self.schedule.level(self.timesteps[index] as usize);
        self.schedule.config.prediction_type.original(level, prediction, sample)
    }

    fn step(&mut self, index: usize, prediction: &[f32], sample: &[f32], noise: Option<&[f32]>) -> Vec<f32> {
        let denoised = self.denoised(index, prediction, sample);
        match self.timesteps.get(index + 1) {
            Some(&next) => {
                let level = self.schedule.level(next as usize);
                weighted_sum([(level.signal, &denoised), (level.noise, required(noise))])
            }
            None => denoised,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{PredictionType, SchedulerConfig};

    #[test]
    fn steps_lie_on_the_distilled_timesteps() {
        let schedule = Schedule::new(&SchedulerConfig::stable_diffusion(PredictionType::Epsilon));
        assert_eq!(Lcm::new(schedule.clone(), 4).timesteps(), [999.0, 759.0, 499.0, 259.0]);
        assert_eq!(Lcm::new(schedule.clone(), 1).timesteps(), [999.0]);
        assert_eq!(Lcm::new(schedule, 50).timesteps()[49], 19.0);
    }

    #[test]
    fn noise_is_not_used_after_the_last_step() {
        let schedule = Schedule::new(&SchedulerConfig::stable_diffusion(PredictionType::Epsilon));
        let mut sampler = Lcm::new(schedule, 2);
        assert!(sampler.needs_noise(0) && !sampler.needs_noise(1));
        let (prediction, sample) = ([0.5], [1.0]);
        let original = sampler.predicted_original(1, &prediction, &sample);
        let last = sampler.step(1, &prediction, &sample, None);
        assert!((last[0] - original[0]).abs() < 1e-6);
    }
}
