//! PNDM's linear multistep method (Liu et al. 2022), also called PLMS; diffusers' `PNDMScheduler`.
//!
//! It fits a polynomial through the last four predictions. The Runge-Kutta steps of the paper are always
//! skipped, as in every Stable Diffusion pipeline; instead the second timestep is visited twice, so `n` steps
//! take `n + 1` calls.

use std::collections::VecDeque;

use super::{Sampler, spacing};
use crate::{NoiseLevel, Schedule, SchedulerConfig, TimestepSpacing, weighted_sum};

/// The PNDM (PLMS) sampler.
#[derive(Debug, Clone)]
pub struct Pndm {
    schedule: Schedule,
    timesteps: Vec<f64>,
    stride: usize,
    /// Up to four predictions, the newest first.
    history: VecDeque<Vec<f32>>,
    /// The latents before the first step, to which the second call goes back.
    start: Option<Vec<f32>>,
}

impl Pndm {
    /// `steps` steps, 1 to the number of training timesteps; one more call of the network from 2 steps up.
    pub fn new(config: &SchedulerConfig, steps: usize) -> Self {
        // This method divides by the signal, so diffusers gives it no schedule that ends in pure noise.
        let schedule = Schedule::new(&SchedulerConfig { rescale_betas_zero_snr: false, ..config.clone() });
        let spacing = config.timestep_spacing.unwrap_or(TimestepSpacing::Leading);
        let mut timesteps: Vec<f64> =
            spacing::timesteps(&schedule, spacing, steps).into_iter().map(f64::round_ties_even).collect();
        if let Some(&second) = timesteps.get(1) {
            timesteps.insert(1, second);
        }
        let stride = schedule.num_train_timesteps() / steps;
        Self { schedule, timesteps, stride, history: VecDeque::new(), start: None }
    }

    /// Moves the latents from timestep `from` down by one stride along a noise prediction (equation 9).
    fn transfer(&self, from: usize, prediction: &[f32], sample: &[f32]) -> Vec<f32> {
        let config = &self.schedule.config;
        let before = self.schedule.alphas_cumprod[from];
        let after = match from.checked_sub(self.stride) {
            Some(t) => self.schedule.alphas_cumprod[t],
            None if config.set_alpha_to_one.unwrap_or(false) => 1.0,
            None => self.schedule.alphas_cumprod[0],
        };
        let epsilon =
            config.prediction_type.epsilon(NoiseLevel::from_alpha_cumprod(before), prediction, sample);
        let divisor = before * (1.0 - after).sqrt() + (before * (1.0 - before) * after).sqrt();
        weighted_sum([((after / before).sqrt(), sample), ((before - after) / divisor, &epsilon)])
    }

    /// The prediction extrapolated from the history (equation 12 and its beginnings of lower order).
    fn extrapolated(&self) -> Vec<f32> {
        let past = |age: usize| &self.history[age][..];
        match self.history.len() {
            0 => Vec::new(),
            1 => past(0).to_vec(),
            2 => weighted_sum([(1.5, past(0)), (-0.5, past(1))]),
            3 => weighted_sum([(23.0 / 12.0, past(0)), (-16.0 / 12.0, past(1)), (5.0 / 12.0, past(2))]),
            _ => weighted_sum([
                (55.0 / 24.0, past(0)),
                (-59.0 / 24.0, past(1)),
                (37.0 / 24.0, past(2)),
                (-9.0 / 24.0, past(3)),
            ]),
        }
    }
}

impl Sampler for Pndm {
    fn timesteps(&self) -> &[f64] {
        &self.timesteps
    }

    fn mixture(&self, index: usize) -> [f64; 2] {
        self.schedule.level(self.timesteps[index] as usize).factors()
    }

    fn predicted_original(&self, index: usize, prediction: &[f32], sample: &[f32]) -> Vec<f32> {
        let level = self.schedule.level(self.timesteps[index] as usize);
        self.schedule.config.prediction_type.original(level, prediction, sample)
    }

    fn step(&mut self, index: usize, prediction: &[f32], sample: &[f32], _noise: Option<&[f32]>) -> Vec<f32> {
        let t = self.timesteps[index] as usize;
        if index == 1 {
            // The second timestep's first visit only improves the first step: Heun's method.
            return match (self.start.take(), self.history.front()) {
                (Some(start), Some(first)) => {
                    let mean = weighted_sum([(0.5, prediction), (0.5, first)]);
                    let from = (t + self.stride).min(self.schedule.num_train_timesteps() - 1);
                    self.transfer(from, &mean, &start)
                }
                // Started in the middle: there is no first step to improve.
                _ => sample.to_vec(),
            };
        }
        if index == 0 {
            self.start = Some(sample.to_vec());
        }
        self.history.push_front(prediction.to_vec());
        self.history.truncate(4);
        self.transfer(t, &self.extrapolated(), sample)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PredictionType;

    #[test]
    fn the_second_timestep_is_visited_twice() {
        let config = SchedulerConfig::stable_diffusion(PredictionType::Epsilon);
        assert_eq!(Pndm::new(&config, 4).timesteps(), [751.0, 501.0, 501.0, 251.0, 1.0]);
        assert_eq!(Pndm::new(&config, 1).timesteps(), [1.0]);
    }

    #[test]
    fn constant_predictions_extrapolate_to_themselves() {
        let mut pndm = Pndm::new(&SchedulerConfig::stable_diffusion(PredictionType::Epsilon), 10);
        for _ in 0..5 {
            pndm.history.push_front(vec![0.75, -2.0]);
            assert_eq!(pndm.extrapolated(), [0.75, -2.0]);
        }
    }
}
