//! DDIM walked both ways: the deterministic step between two noise levels, and the steps from a picture's latents to the
//! noise that the sampler draws them from, in both published forms.
//!
//! With the noise `e` that the network finds in `x`, a step from the level `ab` to the level `ab'` is
//! `x' = sqrt(ab') x0 + sqrt(1 - ab') e`, where `x0 = (x - sqrt(1 - ab) e) / sqrt(ab)` (Song et al. 2021, equation 12
//! without chance); it is linear in `x` and in the prediction, so it is two factors. The sampler falls in noise;
//! inversion rises, and has to ask the network at the time before the step or behind it, which is all that the forms
//! differ in. The network is never called here.

use super::sampler::{self, Ddim};
use super::{NoiseLevel, PredictionType, Schedule, SchedulerConfig, weighted_sum};
use base::Result;
use project::{InversionForm, SamplerKind, SigmaSpacing};

/// A deterministic step from one noise level to another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DdimStep {
    /// The timestep that the network is told.
    pub time: f64,
    from: NoiseLevel,
    to: NoiseLevel,
    prediction_type: PredictionType,
}

impl DdimStep {
    /// What the latents and the network's prediction for them are multiplied by: the sum is the step's result.
    pub fn factors(&self) -> [f64; 2] {
        let Self { from, to, .. } = self;
        match self.prediction_type {
            PredictionType::Epsilon => {
                let signal = to.signal / from.divisor();
                [signal, to.noise - signal * from.noise]
            }
            PredictionType::VPrediction => [
                to.signal * from.signal + to.noise * from.noise,
                to.noise * from.signal - to.signal * from.noise,
            ],
        }
    }

    /// The latents behind the step. `prediction` is the network's, for `sample` at [`Self::time`].
    ///
    /// # Panics
    /// When the two differ in length.
    pub fn apply(&self, sample: &[f32], prediction: &[f32]) -> Vec<f32> {
        let [of_sample, of_prediction] = self.factors();
        weighted_sum([(of_sample, sample), (of_prediction, prediction)])
    }
}

/// The steps of the sampler DDIM, from noise to a picture.
///
/// # Errors
/// [`base::Error::Input`] when the model cannot take so many.
pub fn falling(steps: usize, config: &SchedulerConfig) -> Result<Vec<DdimStep>> {
    // For its refusals.
    sampler::build(SamplerKind::Ddim, SigmaSpacing::Normal, 0.0, steps, config)?;
    let ddim = Ddim::new(Schedule::new(config), steps, 0.0);
    let step = |(index, time): (usize, &f64)| {
        let (from, to) = ddim.alphas(index);
        step(*time, [from, to], config.prediction_type)
    };
    Ok(sampler::Sampler::timesteps(&ddim).iter().enumerate().map(step).collect())
}

/// The steps from a picture to the noise from which [`falling`] draws it, as long as the network finds about the same
/// noise at both ends of each.
///
/// - [`InversionForm::Diffusers`]: every step of [`falling`] with its levels exchanged, from the last to the first. The
///   network is told the time that the step leads to. The picture counts as having the noise that the sampler ends with.
///   A velocity is read there by the level that the step comes from, as diffusers reads it, and so not quite as it was
///   meant: with models that predict it a picture hardly comes back.
/// - [`InversionForm::Ddim`]: from each time of [`falling`] to the next higher, one step less. The network is told the
///   time that the step comes from. The picture counts as having the noise of the lowest time. The published
///   `x + sqrt(ab') ((1 / sqrt(ab) - 1 / sqrt(ab')) x + (sqrt(1 / ab' - 1) - sqrt(1 / ab - 1)) e)` is the same step.
///
/// # Errors
/// As [`falling`].
pub fn rising(form: InversionForm, steps: usize, config: &SchedulerConfig) -> Result<Vec<DdimStep>> {
    let mut steps = falling(steps, config)?;
    steps.reverse();
    Ok(match form {
        InversionForm::Diffusers => {
            let back = |step: &DdimStep| DdimStep { from: step.to, to: step.from, ..*step };
            steps.iter().map(back).collect()
        }
        InversionForm::Ddim => {
            let next = |pair: &[DdimStep]| DdimStep { to: pair[1].from, ..pair[0] };
            steps.windows(2).map(next).collect()
        }
    })
}

fn step(time: f64, levels: [f64; 2], prediction_type: PredictionType) -> DdimStep {
    let [from, to] = levels.map(NoiseLevel::from_alpha_cumprod);
    DdimStep { time, from, to, prediction_type }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TimestepSpacing;
    use crate::sampler::Sampler as _;

    fn configs() -> Vec<SchedulerConfig> {
        let mut configs = Vec::new();
        for prediction in [PredictionType::Epsilon, PredictionType::VPrediction] {
            let plain = SchedulerConfig::stable_diffusion(prediction);
            for spacing in [TimestepSpacing::Leading, TimestepSpacing::Trailing, TimestepSpacing::Linspace] {
                configs.push(SchedulerConfig { timestep_spacing: Some(spacing), ..plain.clone() });
            }
            configs.push(SchedulerConfig { set_alpha_to_one: Some(true), ..plain });
        }
        configs
    }

    #[test]
    fn falling_is_the_sampler() {
        let (sample, prediction) = ([0.5f32, -1.5, 0.25], [1.0f32, 0.125, -0.75]);
        for config in configs() {
            let mut sampler = Ddim::new(Schedule::new(&config), 7, 0.0);
            for (index, step) in falling(7, &config).unwrap().iter().enumerate() {
                assert_eq!(step.time, sampler.timesteps()[index]);
                let want = sampler.step(index, &prediction, &sample, None);
                let got = step.apply(&sample, &prediction);
                assert!(got.iter().zip(&want).all(|(a, b)| (a - b).abs() < 1e-6), "{got:?} {want:?}");
            }
        }
    }

    /// A network that finds the same noise everywhere.
    fn certain_network(step: &DdimStep, sample: &[f32]) -> Vec<f32> {
        let (noise, NoiseLevel { signal, noise: factor }) = ([0.5f32, 0.125, -0.75], step.from);
        match step.prediction_type {
            PredictionType::Epsilon => noise.to_vec(),
            PredictionType::VPrediction => {
                weighted_sum([(1.0 / signal, &noise[..]), (-factor / signal, sample)])
            }
        }
    }

    #[test]
    fn what_finds_the_same_noise_everywhere_is_inverted_exactly() {
        let picture = vec![0.5f32, -1.5, 0.25];
        for config in configs() {
            let walk = |steps: &[DdimStep], from: Vec<f32>| {
                let take =
                    |sample: Vec<f32>, step: &DdimStep| step.apply(&sample, &certain_network(step, &sample));
                steps.iter().fold(from, take)
            };
            let down = falling(20, &config).unwrap();
            let noise = walk(&rising(InversionForm::Diffusers, 20, &config).unwrap(), picture.clone());
            let back = walk(&down, noise);
            // In the other form the last step begins where the picture was put. With the times of a linspace the
            // sampler's steps do not end where the next begins.
            let noise = walk(&rising(InversionForm::Ddim, 20, &config).unwrap(), picture.clone());
            let other = walk(&down[..19], noise);
            let meets = config.timestep_spacing != Some(TimestepSpacing::Linspace);
            for got in std::iter::once(back).chain(meets.then_some(other)) {
                assert!(got.iter().zip(&picture).all(|(a, b)| (a - b).abs() < 1e-4), "{got:?}");
            }
        }
    }

    #[test]
    fn the_forms_ask_the_network_at_the_end_and_at_the_beginning_of_a_step() {
        let config = SchedulerConfig::stable_diffusion(PredictionType::Epsilon);
        let times = |form| rising(form, 4, &config).unwrap().iter().map(|s| s.time).collect::<Vec<_>>();
        assert_eq!(times(InversionForm::Diffusers), [1.0, 251.0, 501.0, 751.0]);
        assert_eq!(times(InversionForm::Ddim), [1.0, 251.0, 501.0]);
        // The published formula, term by term.
        let schedule = Schedule::new(&config);
        let (ab, next) = (schedule.alphas_cumprod[251], schedule.alphas_cumprod[501]);
        let (x, e) = (0.75, -0.5);
        let change = (1.0 / ab.sqrt() - 1.0 / next.sqrt()) * x
            + ((1.0 / next - 1.0).sqrt() - (1.0 / ab - 1.0).sqrt()) * e;
        let want = x + next.sqrt() * change;
        let got = rising(InversionForm::Ddim, 4, &config).unwrap()[1].apply(&[x as f32], &[e as f32])[0];
        assert!((f64::from(got) - want).abs() < 1e-6, "{got} {want}");
        assert!(rising(InversionForm::Ddim, 0, &config).is_err());
    }

    #[test]
    fn pure_noise_is_walked_to_and_from_with_finite_numbers() {
        for prediction in [PredictionType::Epsilon, PredictionType::VPrediction] {
            let config = SchedulerConfig {
                rescale_betas_zero_snr: true,
                timestep_spacing: Some(TimestepSpacing::Trailing),
                ..SchedulerConfig::stable_diffusion(prediction)
            };
            let both = falling(5, &config).unwrap();
            for form in [InversionForm::Diffusers, InversionForm::Ddim] {
                let all = rising(form, 5, &config).unwrap();
                assert!(all.iter().chain(&both).flat_map(DdimStep::factors).all(f64::is_finite), "{form}");
            }
        }
    }
}
