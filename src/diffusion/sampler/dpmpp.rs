//! DPM-Solver++ over several steps (Lu et al. 2022): DPM++ 2M, as diffusers' `DPMSolverMultistepScheduler` with
//! `dpmsolver++`, order 2, midpoint; DPM++ 2M SDE, the same with `sde-dpmsolver++`; and DPM++ 3M SDE, as
//! `sample_dpmpp_3m_sde` of k-diffusion.
//!
//! They extrapolate the predicted clean latents from the last predictions, which makes 20 to 25 steps enough. The first
//! and the last step are of first order. Diffusers' own third order with noise is not followed: its second difference
//! does not vanish with the length of the step.

use std::collections::VecDeque;

use super::in_sigmas::{InSigmas, Rule, Step};
use super::{required, spacing::SigmaSchedule};
use crate::{BetaSchedule, NoiseLevel, Schedule, sum_of};
use project::SigmaSpacing;

/// Which of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Variant {
    /// DPM++ 2M: of second order, without fresh noise.
    Second,
    /// DPM++ 2M SDE: of second order, with fresh noise in each step.
    SecondSde,
    /// DPM++ 3M SDE: of third order, with fresh noise in each step.
    ThirdSde,
}

/// A DPM++ sampler that remembers.
#[derive(Debug, Clone)]
pub(super) struct DpmPp {
    variant: Variant,
    /// The clean latents predicted at up to two steps before, the newest first.
    past: VecDeque<Vec<f32>>,
}

/// `steps` steps, spaced as asked for.
pub(super) fn dpmpp(
    schedule: &Schedule,
    steps: usize,
    sigma_spacing: SigmaSpacing,
    variant: Variant,
) -> InSigmas<DpmPp> {
    // Diffusers rounds Karras times, except on cosine schedules, where turning them into integers cuts them off;
    // k-diffusion leaves them as they are.
    let whole: Option<fn(f64) -> f64> = match (variant, schedule.config.beta_schedule) {
        (Variant::ThirdSde, _) => None,
        (_, BetaSchedule::Cosine) => Some(f64::floor),
        (_, BetaSchedule::Linear | BetaSchedule::ScaledLinear) => Some(f64::round_ties_even),
    };
    let sigma_schedule = SigmaSchedule::solver(schedule, steps, sigma_spacing, whole);
    InSigmas::new(schedule, sigma_schedule, DpmPp { variant, past: VecDeque::new() })
}

/// The noise level before a step and after it, and the length of the step in lambda.
fn ends(sigmas: &[f64], index: usize) -> (NoiseLevel, NoiseLevel, f64) {
    let [from, to] = [index, index + 1].map(|index| NoiseLevel::from_sigma(sigmas[index]));
    (from, to, to.lambda() - from.lambda())
}

fn is_last(sigmas: &[f64], index: usize) -> bool {
    index + 2 == sigmas.len()
}

impl DpmPp {
    fn is_noisy(&self) -> bool {
        self.variant != Variant::Second
    }

    /// What the newest prediction and those before are multiplied by, given the factor that they add up to.
    fn shares(&self, sigmas: &[f64], index: usize, gained: f64) -> [f64; 3] {
        let (_, to, stride) = ends(sigmas, index);
        let order = if self.variant == Variant::ThirdSde { 3 } else { 2 };
        let known = if is_last(sigmas, index) { 0 } else { self.past.len().min(order - 1) };
        let ratio = |age: usize| ends(sigmas, index - age).2 / stride;
        // What the first and the second difference quotient are multiplied by.
        let (first, second) = match (self.variant, known) {
            (_, 0) => return [gained, 0.0, 0.0],
            (Variant::Second | Variant::SecondSde, _) => (0.5 * gained / ratio(1), 0.0),
            (Variant::ThirdSde, _) => {
                let span = 2.0 * stride;
                let signal = to.signal;
                let phi_2 = (-span).exp_m1() / span + 1.0;
                if known == 1 {
                    (signal * phi_2 / ratio(1), 0.0)
                } else {
                    let phi_3 = phi_2 / span - 0.5;
                    let (near, far) = (ratio(1), ratio(2));
                    let bent = (phi_3 - phi_2 * near) / (near + far);
                    (signal * (phi_2 - bent) / near, signal * bent / far)
                }
            }
        };
        [gained + first, second - first, -second]
    }
}

impl Rule for DpmPp {
    const IS_UNIT: bool = true;

    fn needs_noise(&self, sigmas: &[f64], index: usize) -> bool {
        self.is_noisy() && !is_last(sigmas, index)
    }

    fn step(&mut self, Step { sigmas, index, original, sample, noise }: Step<'_>) -> Vec<f32> {
        let (from, to, stride) = ends(sigmas, index);
        // With noise, the step goes twice as far and is brought back up.
        let (kept, span) = if self.is_noisy() { ((-stride).exp(), 2.0 * stride) } else { (1.0, stride) };
        let kept = to.noise / from.noise * kept;
        let shares = self.shares(sigmas, index, -to.signal * (-span).exp_m1());
        let predictions = std::iter::once(&original).chain(&self.past);
        let mut terms = vec![(kept, sample)];
        terms.extend(shares.into_iter().zip(predictions.map(Vec::as_slice)));
        if self.needs_noise(sigmas, index) {
            terms.push((to.noise * (-(-2.0 * stride).exp_m1()).sqrt(), required(noise)));
        }
        let next = sum_of(&terms);
        self.past.push_front(original);
        self.past.truncate(2);
        next
    }
}

#[cfg(test)]
mod tests {
    use super::super::Sampler as _;
    use super::*;
    use crate::{PredictionType, SchedulerConfig};

    const ALL: [Variant; 3] = [Variant::Second, Variant::SecondSde, Variant::ThirdSde];

    #[test]
    fn the_last_step_arrives_at_the_predicted_latents() {
        let schedule = Schedule::new(&SchedulerConfig::stable_diffusion(PredictionType::VPrediction));
        for variant in ALL {
            let mut sampler = dpmpp(&schedule, 4, SigmaSpacing::Karras, variant);
            let (prediction, mut sample) = ([0.5, -1.0], vec![2.0, 3.0]);
            for index in 0..3 {
                assert_eq!(sampler.needs_noise(index), variant != Variant::Second);
                sample = sampler.step(index, &prediction, &sample, Some(&[0.25, -0.5]));
            }
            let original = sampler.predicted_original(3, &prediction, &sample);
            assert_eq!(sampler.step(3, &prediction, &sample, None), original);
        }
    }

    #[test]
    fn times_are_whole_where_diffusers_is_followed() {
        let schedule = Schedule::new(&SchedulerConfig::stable_diffusion(PredictionType::Epsilon));
        for variant in ALL {
            for (spacing, steps) in [(SigmaSpacing::Exponential, 6), (SigmaSpacing::Karras, 25)] {
                let sampler = dpmpp(&schedule, steps, spacing, variant);
                let whole = sampler.timesteps().iter().all(|time| time.fract() == 0.0);
                assert_eq!(whole, variant != Variant::ThirdSde, "{variant:?}: {:?}", sampler.timesteps());
            }
        }
    }

    #[test]
    fn what_predictions_are_multiplied_by_adds_up_to_what_is_gained() {
        let schedule = Schedule::new(&SchedulerConfig::stable_diffusion(PredictionType::Epsilon));
        for variant in ALL {
            let mut sampler = dpmpp(&schedule, 6, SigmaSpacing::Karras, variant);
            for index in 0..6 {
                let sum: f64 = sampler.rule.shares(sampler.sigmas().unwrap(), index, 0.75).iter().sum();
                assert!((sum - 0.75).abs() < 1e-12, "{variant:?} {index}: {sum}");
                sampler.step(index, &[0.1], &[1.0], Some(&[0.0]));
            }
        }
    }
}
