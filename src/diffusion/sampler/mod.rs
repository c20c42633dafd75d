//! Samplers: from pure noise to clean latents in a few calls of the network, one method (and its variants) per
//! file behind one trait.
//!
//! Each reproduces the diffusers class (or the k-diffusion function) it names, fed with the model's
//! `scheduler_config.json`, to the last digits a 32-bit float holds. A sampler only does arithmetic: the caller runs the
//! network and draws the noise, at most once for each call. It refuses step counts it has no meaning for.

mod ddim;
mod dpmpp;
mod euler;
mod in_sigmas;
mod lcm;
mod lms;
mod pndm;
mod spacing;
mod two_calls;
mod unipc;

pub(crate) use ddim::Ddim;
use dpmpp::{Variant, dpmpp};
use euler::euler;
use lcm::Lcm;
use lms::lms;
use pndm::Pndm;
use two_calls::{Method, two_calls};
use unipc::unipc;

use super::{Schedule, SchedulerConfig};
use base::{Error, Result};
use project::{SamplerKind, SigmaSpacing};

/// A method of walking from noise to clean latents.
///
/// Start with unit noise times [`init_noise_sigma`](Self::init_noise_sigma). For every index of
/// [`timesteps`](Self::timesteps), in order, give the network the [`scale_model_input`](Self::scale_model_input) of
/// the latents and the timestep, and its (guided) prediction to [`step`](Self::step). Latents may hold any number of
/// images; slices handed to one sampler all have the same length, and methods panic when they do not.
pub trait Sampler: Send {
    /// The timestep the network is conditioned on at each of its calls, falling; whole numbers except for methods whose
    /// latents count in sigmas.
    fn timesteps(&self) -> &[f64];

    /// How many calls of the network make a step, other than the last step, which is always one: `n` steps of 2 calls are
    /// `2 n - 1` of them. What is called a step's index below is that of a call.
    fn calls_per_step(&self) -> usize {
        1
    }

    /// Noise to signal of the latents before each step and after the last one, for methods that count in
    /// sigmas.
    fn sigmas(&self) -> Option<&[f64]> {
        None
    }

    /// What clean latents, and what unit noise, is multiplied by to be as noisy as the latents before step `index`: to
    /// begin there with an image, or to put one back on the way.
    fn mixture(&self, index: usize) -> [f64; 2];

    /// What unit noise is multiplied by before the first step.
    fn init_noise_sigma(&self) -> f64 {
        1.0
    }

    /// The latents as the network wants them before step `index`.
    fn scale_model_input(&self, _index: usize, sample: &[f32]) -> Vec<f32> {
        sample.to_vec()
    }

    /// Whether [`step`](Self::step) must be given fresh unit noise at this index.
    fn needs_noise(&self, _index: usize) -> bool {
        false
    }

    /// The clean latents the network currently believes in, for previews while sampling.
    fn predicted_original(&self, index: usize, prediction: &[f32], sample: &[f32]) -> Vec<f32>;

    /// The latents after step `index`. `prediction` is the network's output for
    /// `scale_model_input(index, sample)`.
    ///
    /// Methods that remember earlier predictions start plainly when the first index they see is not 0.
    ///
    /// # Panics
    /// When `index` is beyond the timesteps, or when noise is needed and missing.
    fn step(&mut self, index: usize, prediction: &[f32], sample: &[f32], noise: Option<&[f32]>) -> Vec<f32>;
}

/// The sampler a person chose, for `steps` steps on a model with this schedule.
///
/// `spacing` is ignored by methods that [know only their own](SamplerKind::has_spacings). `eta` (0 to 1) is how
/// much fresh noise DDIM adds per step; the other methods ignore it.
///
/// # Errors
/// [`Error::Input`] when the step count is 0 or more than the model or the method has, or when `eta` is
/// outside 0 to 1.
pub fn build(
    kind: SamplerKind,
    spacing: SigmaSpacing,
    eta: f64,
    steps: usize,
    config: &SchedulerConfig,
) -> Result<Box<dyn Sampler>> {
    if !(0.0..=1.0).contains(&eta) {
        return Err(Error::input(format!("Eta is {eta}"), "Choose a value from 0 (no fresh noise) to 1."));
    }
    let too_many = |most: usize| {
        Error::input(
            format!("The sampler {kind} cannot take {steps} steps on this model"),
            format!("Choose a number of steps from 1 to about {most}."),
        )
    };
    let train = config.num_train_timesteps;
    let most = if kind == SamplerKind::Lcm { config.original_inference_steps.min(train) } else { train };
    if steps == 0 || steps > most {
        return Err(too_many(most));
    }
    let schedule = Schedule::new(config);
    let past = |variant| Box::new(dpmpp(&schedule, steps, spacing, variant));
    let twice = |method| Box::new(two_calls(&schedule, steps, spacing, method));
    let sampler: Box<dyn Sampler> = match kind {
        SamplerKind::Ddim => Box::new(Ddim::new(schedule, steps, eta)),
        SamplerKind::Ddpm => Box::new(Ddim::ddpm(schedule, steps)),
        SamplerKind::Pndm => Box::new(Pndm::new(config, steps)),
        SamplerKind::Euler => Box::new(euler(&schedule, steps, spacing, false)),
        SamplerKind::EulerAncestral => Box::new(euler(&schedule, steps, spacing, true)),
        SamplerKind::Heun => twice(Method::Heun),
        SamplerKind::Dpm2 => twice(Method::Dpm2),
        SamplerKind::Dpm2Ancestral => twice(Method::Dpm2Ancestral),
        SamplerKind::DpmPp2sAncestral => twice(Method::DpmPp2sAncestral),
        SamplerKind::DpmPpSde => twice(Method::DpmPpSde),
        SamplerKind::DpmPp2m => past(Variant::Second),
        SamplerKind::DpmPp2mSde => past(Variant::SecondSde),
        SamplerKind::DpmPp3mSde => past(Variant::ThirdSde),
        SamplerKind::Lms => Box::new(lms(&schedule, steps, spacing)),
        SamplerKind::UniPc => Box::new(unipc(&schedule, steps, spacing)),
        SamplerKind::Lcm => Box::new(Lcm::new(schedule, steps)),
    };
    // `steps_offset` can push the noisiest step of a very fine leading spacing past the end of the schedule.
    let last = (train - 1) as f64;
    if sampler.timesteps().iter().all(|t| (0.0..=last).contains(t)) {
        Ok(sampler)
    } else {
        Err(too_many(train / 2))
    }
}

/// The noise a step said it needs.
fn required(noise: Option<&[f32]>) -> &[f32] {
    match noise {
        Some(noise) => noise,
        None => panic!("this step needs noise: ask needs_noise() first"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{PredictionType, TimestepSpacing, weighted_sum};

    /// A network that always believes in the same clean latents, whatever the noise.
    fn certain_network([signal, noise]: [f64; 2], input: &[f32], clean: &[f32]) -> Vec<f32> {
        let [signal, noise] = [signal, noise].map(|part| part / signal.hypot(noise));
        weighted_sum([(1.0 / noise, input), (-signal / noise, clean)])
    }

    #[test]
    fn every_sampler_reaches_the_clean_latents_a_certain_network_believes_in() {
        let mut config = SchedulerConfig::stable_diffusion(PredictionType::Epsilon);
        config.set_alpha_to_one = Some(true);
        config.timestep_spacing = Some(TimestepSpacing::Trailing);
        let clean = [1.0, -2.0, 0.5];
        for &kind in SamplerKind::ALL {
            let mut sampler = build(kind, SigmaSpacing::Normal, 0.0, 20, &config).unwrap();
            let scale = sampler.init_noise_sigma() as f32;
            let mut sample: Vec<f32> = [0.3, -1.2, 0.8].iter().map(|x| x * scale).collect();
            for index in 0..sampler.timesteps().len() {
                let input = sampler.scale_model_input(index, &sample);
                let prediction = certain_network(sampler.mixture(index), &input, &clean);
                let believed = sampler.predicted_original(index, &prediction, &sample);
                assert!(
                    believed.iter().zip(clean).all(|(b, z)| (b - z).abs() < 2e-3),
                    "{kind:?}: {believed:?}"
                );
                let noise = sampler.needs_noise(index).then_some([0.1f32, -0.4, 0.7]);
                sample = sampler.step(index, &prediction, &sample, noise.as_ref().map(|noise| &noise[..]));
            }
            // LCM keeps a little of the input (its boundary condition), PNDM extrapolates.
            let worst = sample.iter().zip(clean).map(|(x, z)| (x - z).abs()).fold(0.0, f32::max);
            println!("{kind:?}: {worst:e}");
            assert!(worst < 0.02, "{kind:?} ended at {sample:?}");
        }
    }

    #[test]
    fn impossible_requests_are_refused_in_words() {
        let config = SchedulerConfig::stable_diffusion(PredictionType::Epsilon);
        let refused = |kind, eta, steps| match build(kind, SigmaSpacing::Normal, eta, steps, &config) {
            Ok(_) => panic!("{kind:?} with {steps} steps was not refused"),
            Err(error) => error.to_string(),
        };
        for &kind in SamplerKind::ALL {
            assert!(refused(kind, 0.0, 0).contains("0 steps"));
            assert!(refused(kind, 0.0, 1001).contains("1001 steps"));
        }
        assert!(refused(SamplerKind::Lcm, 0.0, 51).contains("from 1 to about 50"));
        // 1000 leading steps with an offset of 1 would start at timestep 1000 of 0..=999.
        assert!(refused(SamplerKind::Ddim, 0.0, 1000).contains("1000 steps"));
        assert!(refused(SamplerKind::Ddim, f64::NAN, 10).contains("Eta"));
    }

    #[test]
    fn every_step_count_gives_falling_timesteps_and_finite_latents() {
        let config = SchedulerConfig::stable_diffusion(PredictionType::Epsilon);
        for &kind in SamplerKind::ALL {
            for steps in [1, 2, 3, 4, 7, 15, 30, 50] {
                for &spacing in SigmaSpacing::ALL {
                    let mut sampler = build(kind, spacing, 0.5, steps, &config).unwrap();
                    let normal = build(kind, SigmaSpacing::Normal, 0.5, steps, &config).unwrap();
                    // Two or fewer steps have no room to be spaced differently in time.
                    let same = sampler.timesteps() == normal.timesteps();
                    let karras = spacing == SigmaSpacing::Karras && kind.has_spacings();
                    assert!(!karras || !same || steps <= 2, "{kind:?} {spacing:?} {steps}");
                    assert!(kind.has_spacings() || same, "{kind:?} {spacing:?} {steps}");
                    assert!(sampler.timesteps().is_sorted_by(|a, b| a >= b), "{kind:?} {steps}");
                    let mut sample = vec![0.5f32, -0.5];
                    for index in 0..sampler.timesteps().len() {
                        sample = sampler.step(index, &[0.1, 0.2], &sample, Some(&[1.0, -1.0]));
                    }
                    assert!(sample.iter().all(|x| x.is_finite()), "{kind:?} {spacing:?} {steps}: {sample:?}");
                }
            }
        }
    }

    #[test]
    fn an_image_that_was_noised_for_a_step_is_found_again() {
        for prediction_type in [PredictionType::Epsilon, PredictionType::VPrediction] {
            let config = SchedulerConfig::stable_diffusion(prediction_type);
            let (clean, noise) = ([1.0, -2.0, 0.5], [0.3, -1.2, 0.8]);
            for &kind in SamplerKind::ALL {
                let sampler = build(kind, SigmaSpacing::Karras, 0.0, 20, &config).unwrap();
                for index in [0, 7, 19] {
                    let sample = crate::blended::noised(sampler.mixture(index), &clean, &noise);
                    let input = sampler.scale_model_input(index, &sample);
                    // The network sees signal and noise whose squares add up to 1.
                    let [signal, level] = sampler.mixture(index);
                    let [signal, level] = [signal, level].map(|part| part / signal.hypot(level));
                    let seen = crate::blended::noised([signal, level], &clean, &noise);
                    assert!(input.iter().zip(&seen).all(|(a, b)| (a - b).abs() < 1e-5), "{kind:?} {index}");
                    let target = match prediction_type {
                        PredictionType::Epsilon => noise.to_vec(),
                        PredictionType::VPrediction => weighted_sum([(signal, &noise), (-level, &clean)]),
                    };
                    let found = sampler.predicted_original(index, &target, &sample);
                    let worst = found.iter().zip(clean).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                    assert!(worst < 1e-4, "{kind:?} {index}: {found:?}");
                }
            }
        }
    }

    #[test]
    fn samplers_may_start_in_the_middle() {
        let config = SchedulerConfig::stable_diffusion(PredictionType::VPrediction);
        for &kind in SamplerKind::ALL {
            for start in 1..5 {
                let mut sampler = build(kind, SigmaSpacing::Normal, 0.0, 8, &config).unwrap();
                let mut sample = vec![0.5f32, -0.5];
                for index in start..sampler.timesteps().len() {
                    sample = sampler.step(index, &[0.1, 0.2], &sample, Some(&[1.0, -1.0]));
                }
                assert!(sample.iter().all(|x| x.is_finite()), "{kind:?} from {start}: {sample:?}");
            }
        }
    }
}
