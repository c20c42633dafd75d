//! What the samplers share that count in sigmas, noise to signal. The latents of most are signal plus sigma times noise
//! (Karras et al. 2022), as k-diffusion and diffusers' classes after it have them: they start large, and the network sees
//! them scaled down. Those of solvers in lambda are the network's own.
//!
//! How a step is made is a [`Rule`]; none of them sees the network's own prediction, only the clean latents it stands for.

use super::{Sampler, spacing::SigmaSchedule};
use crate::{NoiseLevel, PredictionType, Schedule, TimestepSpacing, weighted_sum};

/// What a rule knows of a step; `sigmas` are those at each call, and the last one, 0.
pub(super) struct Step<'a> {
    pub sigmas: &'a [f64],
    pub index: usize,
    /// The clean latents that the network believes in.
    pub original: Vec<f32>,
    pub sample: &'a [f32],
    pub noise: Option<&'a [f32]>,
}

/// How latents in sigmas get from one call of the network to the next.
pub(super) trait Rule: Send {
    /// Whether signal and noise keep a variance of 1, as the network sees them.
    const IS_UNIT: bool = false;

    /// As [`Sampler::calls_per_step`].
    fn calls_per_step(&self) -> usize {
        1
    }

    /// As [`Sampler::needs_noise`]; the sigmas are those of [`Step`].
    fn needs_noise(&self, _sigmas: &[f64], _index: usize) -> bool {
        false
    }

    /// As [`Sampler::step`].
    fn step(&mut self, step: Step<'_>) -> Vec<f32>;
}

/// A sampler in sigmas.
#[derive(Debug, Clone)]
pub(super) struct InSigmas<R> {
    sigma_schedule: SigmaSchedule,
    init_noise_sigma: f64,
    prediction_type: PredictionType,
    pub rule: R,
}

impl<R: Rule> InSigmas<R> {
    /// With these calls.
    pub fn new(schedule: &Schedule, sigma_schedule: SigmaSchedule, rule: R) -> Self {
        let most = sigma_schedule.sigmas.iter().copied().fold(0.0, f64::max);
        // A leading spacing starts below the noisiest timestep, where the latents still hold some signal.
        let init_noise_sigma = match schedule.config.timestep_spacing {
            _ if R::IS_UNIT => 1.0,
            Some(TimestepSpacing::Leading) => most.hypot(1.0),
            _ => most,
        };
        Self { sigma_schedule, init_noise_sigma, prediction_type: schedule.config.prediction_type, rule }
    }
}

impl<R: Rule> Sampler for InSigmas<R> {
    fn timesteps(&self) -> &[f64] {
        &self.sigma_schedule.timesteps
    }

    fn calls_per_step(&self) -> usize {
        self.rule.calls_per_step()
    }

    fn sigmas(&self) -> Option<&[f64]> {
        Some(&self.sigma_schedule.sigmas)
    }

    fn mixture(&self, index: usize) -> [f64; 2] {
        let sigma = self.sigma_schedule.sigmas[index];
        if R::IS_UNIT { NoiseLevel::from_sigma(sigma).factors() } else { [1.0, sigma] }
    }

    fn init_noise_sigma(&self) -> f64 {
        self.init_noise_sigma
    }

    fn scale_model_input(&self, index: usize, sample: &[f32]) -> Vec<f32> {
        if R::IS_UNIT {
            return sample.to_vec();
        }
        weighted_sum([(1.0 / self.sigma_schedule.sigmas[index].hypot(1.0), sample)])
    }

    fn needs_noise(&self, index: usize) -> bool {
        self.rule.needs_noise(&self.sigma_schedule.sigmas, index)
    }

    fn predicted_original(&self, index: usize, prediction: &[f32], sample: &[f32]) -> Vec<f32> {
        let sigma = self.sigma_schedule.sigmas[index];
        if R::IS_UNIT {
            self.prediction_type.original(NoiseLevel::from_sigma(sigma), prediction, sample)
        } else {
            self.prediction_type.original_in_sigmas(sigma, prediction, sample)
        }
    }

    fn step(&mut self, index: usize, prediction: &[f32], sample: &[f32], noise: Option<&[f32]>) -> Vec<f32> {
        let original = self.predicted_original(index, prediction, sample);
        self.rule.step(Step { sigmas: &self.sigma_schedule.sigmas, index, original, sample, noise })
    }
}

/// The sigma that an ancestral step goes down to, further than asked, and the deviation of the noise that brings it back
/// up.
pub(super) fn down_and_up(from: f64, to: f64) -> (f64, f64) {
    // At the top of a zero-SNR schedule sigma squared is huge, so the ratio is formed first.
    let ratio = to / from;
    (to * ratio, to * (1.0 - ratio * ratio).max(0.0).sqrt())
}

#[cfg(test)]
mod tests {
    use super::super::euler::euler;
    use super::*;
    use crate::SchedulerConfig;
    use project::SigmaSpacing;

    #[test]
    fn the_network_sees_latents_of_unit_scale() {
        let mut config = SchedulerConfig::stable_diffusion(PredictionType::Epsilon);
        config.timestep_spacing = Some(TimestepSpacing::Leading);
        let euler = euler(&Schedule::new(&config), 10, SigmaSpacing::Normal, false);
        let input = euler.scale_model_input(0, &[euler.init_noise_sigma() as f32]);
        assert!((input[0] - 1.0).abs() < 1e-6, "{input:?}");
    }

    #[test]
    fn noise_makes_up_for_the_extra_descent() {
        for (from, to) in [(14.6, 7.0), (0.1, 0.03), (4096.0, 20.0), (0.03, 0.0)] {
            let (down, up) = down_and_up(from, to);
            assert!((down.hypot(up) - to).abs() < 1e-12 && down <= to);
        }
    }
}
