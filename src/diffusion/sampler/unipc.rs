//! UniPC (Zhao et al. 2023), diffusers' `UniPCMultistepScheduler` with order 2, `bh2`, predicting clean
//! latents.
//!
//! Each call of the network first corrects the step that led to it and then predicts the next one, which
//! gains an order of accuracy at no cost. Other orders, `bh1` and switching the corrector off are not
//! offered.

use super::in_sigmas::{InSigmas, Rule, Step};
use super::spacing::SigmaSchedule;
use crate::{NoiseLevel, Schedule, weighted_sum};
use project::SigmaSpacing;

/// The UniPC sampler.
#[derive(Debug, Clone)]
pub(super) struct UniPc {
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

/// `steps` steps with normal or Karras sigmas.
pub(super) fn unipc(schedule: &Schedule, steps: usize, sigma_spacing: SigmaSpacing) -> InSigmas<UniPc> {
    let sigma_schedule = SigmaSchedule::solver(schedule, steps, sigma_spacing, Some(f64::round_ties_even));
    InSigmas::new(schedule, sigma_schedule, UniPc { last: None })
}

impl Stride {
    /// That of the step from an index.
    fn new(sigmas: &[f64], from: usize) -> Self {
        let [before, after] = [from, from + 1].map(|index| NoiseLevel::from_sigma(sigmas[index]));
        let length = before.lambda() - after.lambda();
        Self { kept: after.noise / before.noise, gained: -after.signal * length.exp_m1(), length }
    }

    /// Where the step before the one from `from` lies, in units of the latter, which this is: negative.
    fn earlier_at(&self, sigmas: &[f64], from: usize) -> f64 {
        let lambda = |index: usize| NoiseLevel::from_sigma(sigmas[index]).lambda();
        (lambda(from - 1) - lambda(from)) / -self.length
    }
}

impl Last {
    /// UniC: the latents at `index`, recomputed now that the network has been asked there.
    fn corrected(&self, sigmas: &[f64], index: usize, original: &[f32]) -> Vec<f32> {
        let from = index - 1;
        let stride = Stride::new(sigmas, from);
        let Stride { kept, gained, length } = stride;
        match &self.earlier {
            None => {
                let half = 0.5 * gained;
                weighted_sum([(kept, &self.sample), (gained - half, &self.original), (half, original)])
            }
            Some(earlier) => {
                // Two conditions of order for the weights of the differences to the earlier and the new
                // prediction.
                let growth = length.exp_m1();
                let first = (growth / length - 1.0) / growth;
                let second = ((growth / length - 1.0) / length - 0.5) * 2.0 / growth;
                let at = stride.earlier_at(sigmas, from);
                let back = (first - second) / (1.0 - at);
                let (old, new) = (gained * back / at, gained * (first - back));
                weighted_sum([
                    (kept, &self.sample),
                    (gained - old - new, &self.original),
                    (old, earlier),
                    (new, original),
                ])
            }
        }
    }
}

impl Rule for UniPc {
    const IS_UNIT: bool = true;

    fn step(&mut self, Step { sigmas, index, original, sample, .. }: Step<'_>) -> Vec<f32> {
        let last = self.last.take();
        let sample = match &last {
            // What was changed since is no longer where the step led.
            Some(last) if last.next == sample => last.corrected(sigmas, index, &original),
            _ => sample.to_vec(),
        };
        let stride = Stride::new(sigmas, index);
        let final_step = index + 2 == sigmas.len();
        let earlier = last.map(|last| last.original).filter(|_| !final_step);
        // UniP: of order 2 where there is an earlier prediction, with the weight 1/2 the paper proves
        // sufficient.
        let next = match &earlier {
            Some(earlier) => {
                let slope = 0.5 * stride.gained / stride.earlier_at(sigmas, index);
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
    use super::super::Sampler as _;
    use super::*;
    use crate::{PredictionType, SchedulerConfig};

    #[test]
    fn latents_that_were_changed_between_two_steps_are_taken_as_they_are() {
        let schedule = Schedule::new(&SchedulerConfig::stable_diffusion(PredictionType::Epsilon));
        let mut sampler = unipc(&schedule, 6, SigmaSpacing::Normal);
        let mut sample = sampler.step(0, &[0.5, 0.5], &[2.0, 2.0], None);
        sample[0] += 1.0;
        sampler.step(1, &[0.1, 0.1], &sample, None);
        assert_eq!(sampler.rule.last.unwrap().sample, sample);
    }

    #[test]
    fn an_unchanged_prediction_needs_no_correction() {
        let schedule = Schedule::new(&SchedulerConfig::stable_diffusion(PredictionType::Epsilon));
        let mut sampler = unipc(&schedule, 6, SigmaSpacing::Normal);
        // With every prediction of the clean latents equal, corrector and predictor agree on a straight path.
        let clean = vec![0.5, -1.0];
        let mut sample = vec![2.0, 3.0];
        for index in 0..5 {
            let level = NoiseLevel::from_sigma(sampler.sigmas().unwrap()[index]);
            let prediction =
                weighted_sum([(1.0 / level.noise, &sample), (-level.signal / level.noise, &clean)]);
            let next = sampler.step(index, &prediction, &sample, None);
            let kept = sampler.rule.last.as_ref().unwrap();
            assert!(kept.sample.iter().zip(&sample).all(|(a, b)| (a - b).abs() < 1e-5), "{index}");
            assert_eq!(kept.earlier.is_some(), index > 0);
            sample = next;
        }
    }
}
