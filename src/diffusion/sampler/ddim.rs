//! DDIM (Song et al. 2021), diffusers' `DDIMScheduler`: deterministic, or with fresh noise when eta is above
//! 0. At eta 1 it is DDPM (Ho et al. 2020), diffusers' `DDPMScheduler`.
//!
//! The plainest sampler and the one whose steps can be walked backwards. It never clips the predicted
//! latents.

use super::{Sampler, required, spacing};
use crate::{NoiseLevel, Schedule, TimestepSpacing, weighted_sum};

/// The DDIM sampler.
#[derive(Debug, Clone)]
pub struct Ddim {
    schedule: Schedule,
    timesteps: Vec<f64>,
    /// How many timesteps a step spans; without it, as many as there are to the next one.
    stride: Option<usize>,
    eta: f64,
}

impl Ddim {
    /// `steps` steps (1 to the number of training timesteps); `eta` from 0 (deterministic) to 1 (as noisy as
    /// DDPM).
    pub fn new(schedule: Schedule, steps: usize, eta: f64) -> Self {
        let spacing = schedule.config.timestep_spacing.unwrap_or(TimestepSpacing::Leading);
        let timesteps = spacing::timesteps(&schedule, spacing, steps);
        let timesteps = timesteps.into_iter().map(f64::round_ties_even).collect();
        let stride = Some(schedule.num_train_timesteps() / steps);
        Self { schedule, timesteps, stride, eta }
    }

    /// The same as DDPM has it: the posterior of equation 7 of Ho et al. 2020 over several timesteps at once, with its own
    /// ("fixed small") variance; the last step always ends clean.
    pub fn ddpm(mut schedule: Schedule, steps: usize) -> Self {
        schedule.config.set_alpha_to_one = Some(true);
        Self { stride: None, ..Self::new(schedule, steps, 1.0) }
    }

    /// `abar` before and after a step. DDIM's step always spans `stride` timesteps, whatever the spacing, and
    /// ends clean (or at timestep 0's level, where the model says so) when it leaves the schedule.
    pub(crate) fn alphas(&self, index: usize) -> (f64, f64) {
        let t = self.timesteps[index] as usize;
        let next = self.timesteps.get(index + 1).map(|next| *next as usize);
        let after = match self.stride.map_or(next, |stride| t.checked_sub(stride)) {
            Some(t) => self.schedule.alphas_cumprod[t],
            None if self.schedule.config.set_alpha_to_one.unwrap_or(true) => 1.0,
            None => self.schedule.alphas_cumprod[0],
        };
        (self.schedule.alphas_cumprod[t], after)
    }

    /// Standard deviation of the noise a step adds (equation 16).
    fn deviation(&self, index: usize) -> f64 {
        let (before, after) = self.alphas(index);
        self.eta * ((1.0 - after) / (1.0 - before) * (1.0 - before / after)).max(0.0).sqrt()
    }
}

impl Sampler for Ddim {
    fn timesteps(&self) -> &[f64] {
        &self.timesteps
    }

    fn mixture(&self, index: usize) -> [f64; 2] {
        NoiseLevel::from_alpha_cumprod(self.alphas(index).0).factors()
    }

    fn needs_noise(&self, index: usize) -> bool {
        self.deviation(index) > 0.0
    }

    fn predicted_original(&self, index: usize, prediction: &[f32], sample: &[f32]) -> Vec<f32> {
        let level = NoiseLevel::from_alpha_cumprod(self.alphas(index).0);
        self.schedule.config.prediction_type.original(level, prediction, sample)
    }

    fn step(&mut self, index: usize, prediction: &[f32], sample: &[f32], noise: Option<&[f32]>) -> Vec<f32> {
        let (before, after) = self.alphas(index);
        let deviation = self.deviation(index);
        let level = NoiseLevel::from_alpha_cumprod(before);
        let original = self.predicted_original(index, prediction, sample);
        let epsilon = self.schedule.config.prediction_type.epsilon(level, prediction, sample);
        // Equation 12: the predicted latents, the direction back to the sample, and fresh noise.
        let direction = (1.0 - after - deviation * deviation).max(0.0).sqrt();
        let terms = [(after.sqrt(), &original[..]), (direction, &epsilon[..])];
        if deviation > 0.0 {
            weighted_sum([terms[0], terms[1], (deviation, required(noise))])
        } else {
            weighted_sum(terms)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{PredictionType, SchedulerConfig};

    #[test]
    fn the_last_step_ends_where_the_model_says() {
        let mut config = SchedulerConfig::stable_diffusion(PredictionType::Epsilon);
        let kept = Ddim::new(Schedule::new(&config), 10, 0.0).alphas(9).1;
        assert!((kept - 0.99915).abs() < 1e-9);
        config.set_alpha_to_one = None;
        assert_eq!(Ddim::new(Schedule::new(&config), 10, 0.0).alphas(9).1, 1.0);
    }

    #[test]
    fn noise_is_only_asked_for_when_eta_is_above_0() {
        let schedule = Schedule::new(&SchedulerConfig::stable_diffusion(PredictionType::Epsilon));
        assert!((0..10).all(|index| !Ddim::new(schedule.clone(), 10, 0.0).needs_noise(index)));
        assert!((0..10).all(|index| Ddim::new(schedule.clone(), 10, 0.7).needs_noise(index)));
    }
}
