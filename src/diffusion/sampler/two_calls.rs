//! Samplers that ask the network twice in each step: once where it begins, once on the way, and then take the step with
//! what they learned. Heun, DPM2, DPM2 ancestral and DPM++ SDE are diffusers' `HeunDiscreteScheduler`,
//! `KDPM2DiscreteScheduler`, `KDPM2AncestralDiscreteScheduler` and `DPMSolverSDEScheduler`; all, with DPM++ 2S ancestral,
//! are those of k-diffusion's `sampling.py`.
//!
//! `n` steps take `2 n - 1` calls: the last step goes straight to what the network believes in. Noise is used at most
//! once a call, so that it can be numbered by the call: DPM2 ancestral and DPM++ 2S ancestral add theirs at the second
//! call of each step but the last, DPM++ SDE at both. The churn of Heun and DPM2 is not offered.

use super::in_sigmas::{InSigmas, Rule, Step, down_and_up};
use super::{required, spacing::SigmaSchedule};
use crate::{Schedule, sum_of, weighted_sum};
use project::SigmaSpacing;

/// Which of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    /// The mean of the slopes at both ends (Karras et al. 2022, algorithm 1).
    Heun,
    /// The slope in the middle.
    Dpm2,
    /// The slope in the middle of a step that goes further down; noise brings it back up.
    Dpm2Ancestral,
    /// The clean latents believed in in the middle of such a step.
    DpmPp2sAncestral,
    /// The same on a noisy way: there is fresh noise in the middle too.
    DpmPpSde,
}

/// The rule, and what it knows of the step under way.
#[derive(Debug, Clone)]
pub(super) struct TwoCalls {
    method: Method,
    begun: Option<Begun>,
}

/// What is known after the first call of a step.
#[derive(Debug, Clone)]
struct Begun {
    sample: Vec<f32>,
    original: Vec<f32>,
    /// What was used of fresh noise, if any was.
    noise: Option<Vec<f32>>,
}

/// `steps` steps, spaced as asked for.
pub(super) fn two_calls(
    schedule: &Schedule,
    steps: usize,
    sigma_spacing: SigmaSpacing,
    method: Method,
) -> InSigmas<TwoCalls> {
    let ends = SigmaSchedule::euler(schedule, steps, sigma_spacing);
    let calls = match method {
        Method::Dpm2 | Method::DpmPpSde => ends.with_middles(schedule),
        // An ancestral step from a sigma `a` to `b` goes down to `b * b / a`, and the middle of that is `b`.
        Method::Heun | Method::Dpm2Ancestral | Method::DpmPp2sAncestral => ends.with_ends_twice(),
    };
    InSigmas::new(schedule, calls, TwoCalls { method, begun: None })
}

impl TwoCalls {
    /// Where the step of a call begins and where it ends.
    fn ends(sigmas: &[f64], index: usize) -> (f64, f64) {
        let first = index - index % 2;
        (sigmas[first], sigmas.get(first + 2).copied().unwrap_or(0.0))
    }

    /// The sigma that a call goes down to, and the deviation of the noise that brings it back up.
    fn down_and_up(&self, sigmas: &[f64], index: usize) -> (f64, f64) {
        let (from, to) = Self::ends(sigmas, index);
        let is_second = index % 2 == 1;
        let to = if is_second { to } else { sigmas[index + 1] };
        match self.method {
            Method::DpmPpSde => down_and_up(from, to),
            Method::Dpm2Ancestral | Method::DpmPp2sAncestral if is_second => down_and_up(from, to),
            _ => (to, 0.0),
        }
    }
}

impl Rule for TwoCalls {
    fn calls_per_step(&self) -> usize {
        2
    }

    fn needs_noise(&self, sigmas: &[f64], index: usize) -> bool {
        self.down_and_up(sigmas, index).1 > 0.0
    }

    fn step(&mut self, Step { sigmas, index, original, sample, noise }: Step<'_>) -> Vec<f32> {
        let (from, to) = Self::ends(sigmas, index);
        let (down, up) = self.down_and_up(sigmas, index);
        let noise = (up > 0.0).then(|| required(noise));
        if index.is_multiple_of(2) {
            let kept = down / from;
            let mut terms = vec![(kept, sample), (1.0 - kept, &original[..])];
            terms.extend(noise.map(|noise| (up, noise)));
            let next = sum_of(&terms);
            let noise = noise.map(<[f32]>::to_vec);
            self.begun = Some(Begun { sample: sample.to_vec(), original, noise });
            return next;
        }
        let middle = sigmas[index];
        let Some(begun) = self.begun.take() else {
            // Started in the middle of a step: the rest of it is a straight line.
            let kept = sigmas[index + 1] / middle;
            return weighted_sum([(kept, sample), (1.0 - kept, &original)]);
        };
        let noise = noise.map(|fresh| match &begun.noise {
            // Both are parts of one random walk down the sigmas: the noise of the whole step is made of both.
            Some(before) => {
                let share = (from - middle) / (from - to);
                weighted_sum([(share.sqrt(), before), ((1.0 - share).sqrt(), fresh)])
            }
            None => fresh.to_vec(),
        });
        let mut terms = match self.method {
            Method::Heun => {
                let half = 0.5 * (to - from);
                let (start, end) = (half / from, half / middle);
                vec![
                    (1.0 + start, &begun.sample[..]),
                    (-start, &begun.original[..]),
                    (end, sample),
                    (-end, &original[..]),
                ]
            }
            Method::Dpm2 | Method::Dpm2Ancestral => {
                let slope = (down - from) / middle;
                vec![(1.0, &begun.sample[..]), (slope, sample), (-slope, &original[..])]
            }
            Method::DpmPp2sAncestral | Method::DpmPpSde => {
                let kept = down / from;
                vec![(kept, &begun.sample[..]), (1.0 - kept, &original[..])]
            }
        };
        terms.extend(noise.as_ref().map(|noise| (up, &noise[..])));
        sum_of(&terms)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Sampler as _;
    use super::*;
    use crate::{PredictionType, SchedulerConfig};

    const ALL: [Method; 5] =
        [Method::Heun, Method::Dpm2, Method::Dpm2Ancestral, Method::DpmPp2sAncestral, Method::DpmPpSde];

    fn schedule() -> Schedule {
        Schedule::new(&SchedulerConfig::stable_diffusion(PredictionType::Epsilon))
    }

    #[test]
    fn the_last_step_is_one_call_to_the_predicted_latents() {
        for method in ALL {
            let mut sampler = two_calls(&schedule(), 4, SigmaSpacing::Karras, method);
            assert_eq!((sampler.timesteps().len(), sampler.calls_per_step()), (7, 2));
            let sigmas = sampler.sigmas().unwrap();
            assert!(sigmas.is_sorted_by(|a, b| a >= b) && sigmas.len() == 8 && sigmas[7] == 0.0);
            let (prediction, sample) = ([0.5, -1.0], [2.0, 3.0]);
            let original = sampler.predicted_original(6, &prediction, &sample);
            assert_eq!(sampler.step(6, &prediction, &sample, None), original);
        }
    }

    #[test]
    fn noise_is_used_where_it_is_said_to_be() {
        for (method, wanted) in [
            (Method::Heun, [false; 5]),
            (Method::Dpm2, [false; 5]),
            (Method::Dpm2Ancestral, [false, true, false, true, false]),
            (Method::DpmPp2sAncestral, [false, true, false, true, false]),
            (Method::DpmPpSde, [true, true, true, true, false]),
        ] {
            let sampler = two_calls(&schedule(), 3, SigmaSpacing::Normal, method);
            assert_eq!([0, 1, 2, 3, 4].map(|index| sampler.needs_noise(index)), wanted, "{method:?}");
        }
    }

    #[test]
    fn the_middle_is_geometric_in_sigma() {
        let ends = SigmaSchedule::euler(&schedule(), 3, SigmaSpacing::Exponential).sigmas;
        let sampler = two_calls(&schedule(), 3, SigmaSpacing::Exponential, Method::Dpm2);
        let sigmas = sampler.sigmas().unwrap();
        assert_eq!([sigmas[0], sigmas[2], sigmas[4], sigmas[5]], ends[..]);
        assert!((sigmas[1] * sigmas[1] / (ends[0] * ends[1]) - 1.0).abs() < 1e-12);
        assert!(sampler.timesteps().is_sorted_by(|a, b| a > b));
    }
}
