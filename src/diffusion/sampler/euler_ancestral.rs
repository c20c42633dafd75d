//! Euler's method with fresh noise after every step (Crowson's "ancestral" sampling), diffusers'
//! `EulerAncestralDiscreteScheduler`.
//!
//! Each step goes a little further down than asked and noise brings it back up, so images keep changing as
//! steps are added. Its Karras spacing is the one of the Euler sampler, which diffusers does not offer here.

use super::{Euler, Sampler, required};
use crate::{Schedule, weighted_sum};
use project::SigmaSpacing;

/// The Euler ancestral sampler.
#[derive(Debug, Clone)]
pub struct EulerAncestral {
    euler: Euler,
}

impl EulerAncestral {
    /// `steps` steps with normal or Karras sigmas.
    pub fn new(schedule: &Schedule, steps: usize, sigma_spacing: SigmaSpacing) -> Self {
        Self { euler: Euler::new(schedule, steps, sigma_spacing) }
    }

    /// The sigma a step goes down to, and the deviation of the noise that brings it back up.
    fn down_and_up(&self, index: usize) -> (f64, f64) {
        let (from, to) = self.euler.sigmas_around(index);
        // At the top of a zero-SNR schedule sigma squared is huge, so the ratio is formed first.
        let ratio = to / from;
        (to * ratio, to * (1.0 - ratio * ratio).max(0.0).sqrt())
    }
}

impl Sampler for EulerAncestral {
    fn timesteps(&self) -> &[f64] {
        self.euler.timesteps()
    }

    fn sigmas(&self) -> Option<&[f64]> {
        self.euler.sigmas()
    }

    fn init_noise_sigma(&self) -> f64 {
        self.euler.init_noise_sigma()
    }

    fn scale_model_input(&self, index: usize, sample: &[f32]) -> Vec<f32> {
        self.euler.scale_model_input(index, sample)
    }

    fn needs_noise(&self, index: usize) -> bool {
        self.down_and_up(index).1 > 0.0
    }

    fn predicted_original(&self, index: usize, prediction: &[f32], sample: &[f32]) -> Vec<f32> {
        self.euler.predicted_original(index, prediction, sample)
    }

    fn step(&mut self, index: usize, prediction: &[f32], sample: &[f32], noise: Option<&[f32]>) -> Vec<f32> {
        let (down, up) = self.down_and_up(index);
        let lowered = self.euler.step_to(index, down, prediction, sample);
        if up > 0.0 { weighted_sum([(1.0, &lowered), (up, required(noise))]) } else { lowered }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{PredictionType, SchedulerConfig};

    #[test]
    fn noise_makes_up_for_the_extra_descent() {
        let schedule = Schedule::new(&SchedulerConfig::stable_diffusion(PredictionType::Epsilon));
        let sampler = EulerAncestral::new(&schedule, 10, SigmaSpacing::Normal);
        for index in 0..10 {
            let (down, up) = sampler.down_and_up(index);
            let target = sampler.euler.sigmas_around(index).1;
            assert!((down.hypot(up) - target).abs() < 1e-12);
            assert_eq!(sampler.needs_noise(index), index < 9);
        }
    }
}
