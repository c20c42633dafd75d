//! UniPC (Zhao et al. 2023), diffusers' `UniPCMultistepScheduler` with order 2, `bh2`, predicting clean
//! latents.
//!
//! Each call of the network first corrects the step that led to it and then predicts the next one, which
//! gains an order of accuracy at no cost. Other orders, `bh1` and switching the corrector off are not
//! offered.

use super::{Sampler, spacing::SigmaSchedule};
use crate::{NoiseLevel, PredictionType, Schedule, weighted_sum};
use project::SigmaSpacing;

/// The UniPC sampler.
#[derive(Debug, Clone)]
pub struct UniPc {
    sigma_schedule: SigmaSchedule,
    prediction_type: PredictionType,
    last: Option<Last>,
}

/// What the corrector must know of the step before.
#[derive(Debug, Clone)]
struct Last {
    /// The (corrected) latents the step started from.
    sample: Vec<f32>,
    /// The clean latents predicted there.
    original: Vec<f32>,
    /// The clean latents predicted one step earlier, when the step was of order 2.
    earlier: Option<Vec<f32>>,
    /// The latents it gave.
    next: Vec<f32>,
}

/// Coefficients of one step between two noise levels (equations 3 and 9 of the paper, for clean latents).
struct Stride {
    /// Factor of the latents.
    kept: f64,
    /// Factor of the predicted clean latents.
    gained: f64,
    /// Minus the length of the step in lambda.
    length: f64,
}

impl UniPc {
    /// `steps` steps with normal or Karras sigmas.
    pub fn new(schedule: &Schedule, steps: usize, sigma_spacing: SigmaSpacing) -> Self {
        let sigma_schedule =
            SigmaSchedule::solver(schedule, steps, sigma_spacing, Some(f64::round_ties_even));
        Self { sigma_schedule, prediction_type: schedule.config.prediction_type, last: None }
    }

    fn level(&self, index: usize) -> NoiseLevel {
        NoiseLevel::from_sigma(self.sigma_schedule.sigmas[index])
    }

    fn stride(&self, from: usize) -> Stride {
        let (before, after) = (self.level(from), self.level(from + 1));
        let length = before.lambda() - after.lambda();
        Stride { kept: after.noise / before.noise, gained: -after.signal * length.exp_m1(), length }
    }

    /// Where the step before the one from `from` lies, in units of the latter: negative.
    fn earlier_at(&self, from: usize, stride: &Stride) -> f64 {
        (self.level(from - 1).lambda() - self.level(from).lambda()) / -stride.length
    }

    /// UniC: the latents at `index`, recomputed now that the network has been asked there.
    fn corrected(&self, index: usize, last: &Last, original: &[f32]) -> Vec<f32> {
        let from = index - 1;
        let stride = self.stride(from);
        let Stride { kept, gained, length } = stride;
        match &last.earlier {
            None => {
                let half = 0.5 * gained;
                weighted_sum([(kept, &last.sample), (gained - half, &last.original), (half, original)])
            }
            Some(earlier) => {
                // Two conditions of order for the weights of the differences to the earlier and the new
                // prediction.
                let growth = length.exp_m1();
                let first = (growth / length - 1.0) / growth;
                let second = ((growth / length - 1.0) / length - 0.5) * 2.0 / growth;
                let at = self.earlier_at(from, &stride);
                let back = (first - second) / (1.0 - at);
                let (old, new) = (gained * back / at, gained * (first - back));
                weighted_sum([
                    (kept, &last.sample),
                    (gained - old - new, &last.original),
                    (old, earlier),
                    (new, original),
                ])
            }
        }
    }
}

impl Sampler for UniPc {
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
        let last = self.last.take();
        let sample = match &last {
            // What was changed since is no longer where the step led.
            Some(last) if last.next == sample => self.corrected(index, last, &original),
            _ => sample.to_vec(),
        };
        let stride = self.stride(index);
        let final_step = index + 1 == self.sigma_schedule.timesteps.len();
        let earlier = last.map(|last| last.original).filter(|_| !final_step);
        // UniP: of order 2 where there is an earlier prediction, with the weight 1/2 the paper proves
        // sufficient.
        let next = match &earlier {
            Some(earlier) => {
                let slope = 0.5 * stride.gained / self.earlier_at(index, &stride);
                weighted_sum([(stride.kept, &sample), (stride.gained - slope, &original), (slope, earlier)])
            }
            None => weighted_sum([(stride.kept, &sample), (stride.gained, &original)]),
        };
        self.last = Some(Last { sample, original, earlier, next: next.clone() });
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SchedulerConfig;

    #[test]
    fn latents_that_were_changed_between_two_steps_are_taken_as_they_are() {
        let schedule = Schedule::new(&SchedulerConfig::stable_diffusion(PredictionType::Epsilon));
        let mut sampler = UniPc::new(&schedule, 6, SigmaSpacing::Normal);
        let mut sample = sampler.step(0, &[0.5, 0.5], &[2.0, 2.0], None);
        sample[0] += 1.0;
        sampler.step(1, &[0.1, 0.1], &sample, None);
        assert_eq!(sampler.last.unwrap().sample, sample);
    }

    #[test]
    fn an_unchanged_prediction_needs_no_correction() {
        let schedule = Schedule::new(&SchedulerConfig::stable_diffusion(PredictionType::Epsilon));
        let mut sampler = UniPc::new(&schedule, 6, SigmaSpacing::Normal);
        // With every prediction of the clean latents equal, corrector and predictor agree on a straight path.
        let clean = vec![0.5, -1.0];
        let mut sample = vec![2.0, 3.0];
        for index in 0..5 {
            let level = sampler.level(index);
            let prediction =
                weighted_sum([(1.0 / level.noise, &sample), (-level.signal / level.noise, &clean)]);
            let next = sampler.step(index, &prediction, &sample, None);
            let kept = sampler.last.as_ref().unwrap();
            assert!(kept.sample.iter().zip(&sample).all(|(a, b)| (a - b).abs() < 1e-5), "{index}");
            assert_eq!(kept.earlier.is_some(), index > 0);
            sample = next;
        }
    }
}
