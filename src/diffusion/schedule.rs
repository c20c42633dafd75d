//! The noise schedule: how strongly signal and noise are mixed at every training timestep.
//!
//! It is computed in 64-bit floats as the original latent-diffusion code does, adds noise to clean latents
//! for learning, gives the target the network should predict, and turns predictions into clean latents or
//! noise. It knows nothing of sampling steps; those are the samplers' business.

use std::f64::consts::FRAC_PI_2;

use super::{
    config::{BetaSchedule, PredictionType, SchedulerConfig},
    weighted_sum,
};

/// Taken instead of a signal of exactly 0 where it must be divided by: `sqrt(2^-24)`, which diffusers puts in
/// the place of pure noise. Cosine schedules have smaller signals of their own, which are left alone.
const MIN_SIGNAL: f64 = 1.0 / 4096.0;

/// A mixture `signal * z0 + noise * eps` with `signal^2 + noise^2 = 1`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct NoiseLevel {
    /// Factor of the clean latents, `sqrt(abar)`.
    pub(crate) signal: f64,
    /// Factor of the noise, `sqrt(1 - abar)`.
    pub(crate) noise: f64,
}

impl NoiseLevel {
    /// From the cumulative product of alphas, 0 (pure noise) to 1 (clean).
    pub(crate) fn from_alpha_cumprod(alpha_cumprod: f64) -> Self {
        Self { signal: alpha_cumprod.sqrt(), noise: (1.0 - alpha_cumprod).sqrt() }
    }

    /// From the ratio of noise to signal, 0 (clean) upwards, as Karras et al. 2022 count.
    pub(crate) fn from_sigma(sigma: f64) -> Self {
        let signal = 1.0 / sigma.hypot(1.0);
        Self { signal, noise: sigma * signal }
    }

    /// The signal where it is divided by.
    pub(crate) fn divisor(self) -> f64 {
        if self.signal == 0.0 { MIN_SIGNAL } else { self.signal }
    }

    /// Signal, then noise.
    pub(crate) fn factors(self) -> [f64; 2] {
        [self.signal, self.noise]
    }

    /// `ln(signal / noise)`, the lambda of DPM-Solver (Lu et al. 2022); infinite for clean latents.
    pub(crate) fn lambda(self) -> f64 {
        self.signal.ln() - self.noise.ln()
    }
}

impl PredictionType {
    /// What a network would say of a sample that it sees to be these clean latents, with noise by this
    /// [mixture](super::sampler::Sampler::mixture).
    ///
    /// # Panics
    /// When the slices differ in length.
    pub fn of_known(self, [signal, noise]: [f64; 2], clean: &[f32], sample: &[f32]) -> Vec<f32> {
        // Without noise there is none to be told.
        let noise = noise.max(1e-12);
        let epsilon = [(1.0 / noise, sample), (-signal / noise, clean)];
        match self {
            Self::Epsilon => weighted_sum(epsilon),
            Self::VPrediction => {
                let [alpha, sigma] = [signal, noise].map(|part| part / signal.hypot(noise));
                let [sample, known] = epsilon.map(|(weight, values)| (alpha * weight, values));
                weighted_sum([sample, (known.0 - sigma, known.1)])
            }
        }
    }

    /// The clean latents a prediction stands for, given the noisy latents it was made from and their noise
    /// level.
    pub(crate) fn original(self, level: NoiseLevel, prediction: &[f32], sample: &[f32]) -> Vec<f32> {
        let NoiseLevel { signal, noise } = level;
        match self {
            Self::Epsilon => {
                let divisor = level.divisor();
                weighted_sum([(1.0 / divisor, sample), (-noise / divisor, prediction)])
            }
            Self::VPrediction => weighted_sum([(signal, sample), (-noise, prediction)]),
        }
    }

    /// As [`Self::original`], for noisy latents that are counted as signal plus `sigma` times noise.
    pub(crate) fn original_in_sigmas(self, sigma: f64, prediction: &[f32], sample: &[f32]) -> Vec<f32> {
        match self {
            Self::Epsilon => weighted_sum([(1.0, sample), (-sigma, prediction)]),
            Self::VPrediction => {
                let NoiseLevel { signal, noise } = NoiseLevel::from_sigma(sigma);
                weighted_sum([(signal * signal, sample), (-noise, prediction)])
            }
        }
    }

    /// The noise a prediction stands for, given the noisy latents it was made from and their noise level.
    pub(crate) fn epsilon(self, level: NoiseLevel, prediction: &[f32], sample: &[f32]) -> Vec<f32> {
        match self {
            Self::Epsilon => prediction.to_vec(),
            Self::VPrediction => weighted_sum([(level.signal, prediction), (level.noise, sample)]),
        }
    }
}

/// The tables of a model's noise schedule, one entry per training timestep.
#[derive(Debug, Clone)]
pub struct Schedule {
    /// Variance of the noise added at each timestep.
    pub betas: Vec<f64>,
    /// `abar`: the product of `1 - beta` up to and including each timestep, falling from nearly 1 to nearly
    /// 0.
    pub alphas_cumprod: Vec<f64>,
    /// What the tables were computed from.
    pub config: SchedulerConfig,
}

impl Schedule {
    /// The tables of a model's schedule.
    pub fn new(config: &SchedulerConfig) -> Self {
        let mut betas = betas(config);
        if config.rescale_betas_zero_snr {
            betas = rescale_zero_terminal_snr(&betas);
        }
        let alphas_cumprod = cumulative_product(&betas);
        Self { betas, alphas_cumprod, config: config.clone() }
    }

    /// Number of training timesteps.
    pub fn num_train_timesteps(&self) -> usize {
        self.alphas_cumprod.len()
    }

    /// The mixture of signal and noise at a timestep.
    pub(crate) fn level(&self, t: usize) -> NoiseLevel {
        NoiseLevel::from_alpha_cumprod(self.alphas_cumprod[t])
    }

    /// Noisy latents `sqrt(abar) * z0 + sqrt(1 - abar) * noise` (the forward process, equation 4 of Ho et al.
    /// 2020).
    ///
    /// `z0` and `noise` hold one row per entry of `timesteps`, all of the same length.
    ///
    /// # Panics
    /// When the slices do not divide into as many equal rows as there are timesteps.
    pub fn add_noise(&self, z0: &[f32], noise: &[f32], timesteps: &[usize]) -> Vec<f32> {
        per_row(z0, noise, timesteps, |z0, noise, t| {
            let level = self.level(t);
            weighted_sum([(level.signal, z0), (level.noise, noise)])
        })
    }

    /// What the network should predict from [`add_noise`](Self::add_noise)'s result: the noise itself, or the
    /// velocity `sqrt(abar) * noise - sqrt(1 - abar) * z0` where the model predicts that (`get_velocity` in
    /// diffusers).
    ///
    /// # Panics
    /// As [`add_noise`](Self::add_noise).
    pub fn target(&self, z0: &[f32], noise: &[f32], timesteps: &[usize]) -> Vec<f32> {
        per_row(z0, noise, timesteps, |z0, noise, t| {
            let level = self.level(t);
            match self.config.prediction_type {
                PredictionType::Epsilon => noise.to_vec(),
                PredictionType::VPrediction => weighted_sum([(level.signal, noise), (-level.noise, z0)]),
            }
        })
    }
}

fn per_row(
    z0: &[f32],
    noise: &[f32],
    timesteps: &[usize],
    row: impl Fn(&[f32], &[f32], usize) -> Vec<f32>,
) -> Vec<f32> {
    let rows = timesteps.len().max(1);
    assert!(
        z0.len() == noise.len() && z0.len().is_multiple_of(rows),
        "latents do not divide into {rows} rows"
    );
    let length = (z0.len() / rows).max(1);
    let pairs = z0.chunks(length).zip(noise.chunks(length));
    pairs.zip(timesteps).flat_map(|((z0, noise), &t)| row(z0, noise, t)).collect()
}

fn betas(config: &SchedulerConfig) -> Vec<f64> {
    let SchedulerConfig { num_train_timesteps: count, beta_start: start, beta_end: end, .. } = *config;
    if let Some(betas) = &config.trained_betas {
        return betas.clone();
    }
    match config.beta_schedule {
        BetaSchedule::Linear => linspace(start, end, count),
        BetaSchedule::ScaledLinear => {
            linspace(start.sqrt(), end.sqrt(), count).into_iter().map(|root| root * root).collect()
        }
        BetaSchedule::Cosine => {
            let alpha_bar = |time: f64| ((time + 0.008) / 1.008 * FRAC_PI_2).cos().powi(2);
            let time = |step: usize| step as f64 / count as f64;
            (0..count).map(|t| (1.0 - alpha_bar(time(t + 1)) / alpha_bar(time(t))).min(0.999)).collect()
        }
    }
}

/// `count` numbers from `start` to `end`, both included; just `start` for a count of 1.
pub(super) fn linspace(start: f64, end: f64, count: usize) -> Vec<f64> {
    let last = count.saturating_sub(1);
    let step = (end - start) / last.max(1) as f64;
    (0..count).map(|i| if i == last && last > 0 { end } else { start + i as f64 * step }).collect()
}

fn cumulative_product(betas: &[f64]) -> Vec<f64> {
    let products = betas.iter().scan(1.0, |product, beta| {
        *product *= 1.0 - beta;
        Some(*product)
    });
    products.collect()
}

/// Shifts and scales `sqrt(abar)` so that it keeps its first value and ends at exactly 0 (algorithm 1 of Lin
/// et al. 2023, "Common Diffusion Noise Schedules and Sample Steps are Flawed").
fn rescale_zero_terminal_snr(betas: &[f64]) -> Vec<f64> {
    let roots: Vec<f64> = cumulative_product(betas).into_iter().map(f64::sqrt).collect();
    let (Some(&first), Some(&last)) = (roots.first(), roots.last()) else { return Vec::new() };
    let scale = first / (first - last);
    let products: Vec<f64> = roots.into_iter().map(|root| ((root - last) * scale).powi(2)).collect();
    let before = std::iter::once(&1.0).chain(&products);
    products.iter().zip(before).map(|(product, before)| 1.0 - product / before).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(got: &[f32], want: &[f32]) {
        let worst = got.iter().zip(want).map(|(g, w)| (g - w).abs()).fold(0.0, f32::max);
        assert!(got.len() == want.len() && worst < 1e-5, "{got:?} is not {want:?}");
    }

    #[test]
    fn stable_diffusion_has_its_published_constants() {
        let schedule = Schedule::new(&SchedulerConfig::stable_diffusion(PredictionType::Epsilon));
        for (t, want) in
            [(0, 0.99915), (1, 0.998296), (500, 0.276333), (900, 0.014_151_1), (999, 0.004_660_10)]
        {
            let got = schedule.alphas_cumprod[t];
            assert!((got / want - 1.0).abs() < 4e-6, "abar[{t}] is {got}");
        }
        let NoiseLevel { signal, noise } = schedule.level(999);
        assert!((noise / signal - 14.6146).abs() < 1e-4);
    }

    #[test]
    fn zero_snr_keeps_the_first_value_and_ends_in_pure_noise() {
        let mut config = SchedulerConfig::stable_diffusion(PredictionType::VPrediction);
        let plain = Schedule::new(&config);
        config.rescale_betas_zero_snr = true;
        let zero = Schedule::new(&config);
        assert!((zero.alphas_cumprod[0] - plain.alphas_cumprod[0]).abs() < 1e-12);
        assert_eq!((zero.alphas_cumprod[999], zero.betas[999]), (0.0, 1.0));
        assert!(zero.alphas_cumprod.is_sorted_by(|a, b| a > b));
    }

    #[test]
    fn cosine_betas_are_capped() {
        let config = SchedulerConfig {
            beta_schedule: BetaSchedule::Cosine,
            ..SchedulerConfig::stable_diffusion(PredictionType::Epsilon)
        };
        let schedule = Schedule::new(&config);
        assert_eq!(schedule.betas[999], 0.999);
        assert!((schedule.betas[0] - 4.128_422e-5).abs() < 1e-10, "{}", schedule.betas[0]);
    }

    #[test]
    fn predictions_give_back_what_was_mixed_row_by_row() {
        let (z0, noise) = ([1.0, -2.0, 0.5, 3.0], [0.25, 1.5, -1.0, 0.75]);
        for prediction_type in [PredictionType::Epsilon, PredictionType::VPrediction] {
            let schedule = Schedule::new(&SchedulerConfig::stable_diffusion(prediction_type));
            let timesteps = [10, 600];
            let noisy = schedule.add_noise(&z0, &noise, &timesteps);
            let target = schedule.target(&z0, &noise, &timesteps);
            for (row, t) in [(0..2, 10), (2..4, 600)] {
                let level = schedule.level(t);
                close(
                    &prediction_type.original(level, &target[row.clone()], &noisy[row.clone()]),
                    &z0[row.clone()],
                );
                close(
                    &prediction_type.epsilon(level, &target[row.clone()], &noisy[row.clone()]),
                    &noise[row],
                );
            }
        }
    }

    #[test]
    fn noise_level_is_the_same_from_sigma_and_from_alpha() {
        let (a, b) = (NoiseLevel::from_alpha_cumprod(0.2), NoiseLevel::from_sigma(2.0));
        assert!((a.signal - b.signal).abs() < 1e-15 && (a.noise - b.noise).abs() < 1e-15);
        assert!((a.lambda() + 2f64.ln()).abs() < 1e-15);
        assert_eq!(NoiseLevel::from_sigma(0.0).lambda(), f64::INFINITY);
    }
}
