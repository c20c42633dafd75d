//! AdamW for the few thousand parameters of a word (Loshchilov & Hutter 2019, as in PyTorch's `AdamW`).
//!
//! It runs on the host: the whole state is kilobytes, is written into every checkpoint, and must give the
//! same bits after a restart. Only the word's own rows decay, as if the optimiser held the whole token table
//! and all other rows were put back after each step.

use project::AdamW as Settings;

/// Optimiser state: the running moments of the gradient.
#[derive(Debug, Clone, PartialEq)]
pub struct AdamW {
    /// Running mean of the gradient.
    pub first_moment: Vec<f32>,
    /// Running mean of its square.
    pub second_moment: Vec<f32>,
    /// Steps taken so far, for the bias correction.
    pub steps: u64,
}

impl AdamW {
    /// A fresh state for `len` parameters.
    pub fn new(len: usize) -> Self {
        Self { first_moment: vec![0.0; len], second_moment: vec![0.0; len], steps: 0 }
    }

    /// Takes one step of size `lr` along `gradient`.
    pub fn step(&mut self, values: &mut [f32], gradient: &[f32], lr: f64, settings: &Settings) {
        self.steps += 1;
        let Settings { beta1, beta2, epsilon, weight_decay } = *settings;
        let exponent = i32::try_from(self.steps).unwrap_or(i32::MAX);
        let correction1 = 1.0 - beta1.powi(exponent);
        let correction2 = (1.0 - beta2.powi(exponent)).sqrt();
        let moments = self.first_moment.iter_mut().zip(&mut self.second_moment);
        for ((value, gradient), (first, second)) in values.iter_mut().zip(gradient).zip(moments) {
            let gradient = f64::from(*gradient);
            *first = (beta1 * f64::from(*first) + (1.0 - beta1) * gradient) as f32;
            *second = (beta2 * f64::from(*second) + (1.0 - beta2) * gradient * gradient) as f32;
            let decayed = f64::from(*value) * (1.0 - lr * weight_decay);
            let denominator = f64::from(*second).sqrt() / correction2 + epsilon;
            *value = (decayed - lr / correction1 * f64::from(*first) / denominator) as f32;
        }
    }
}

/// Scales `gradient` down to the Euclidean norm `limit` if it is longer; gives the norm it had.
pub(crate) fn clip_norm(gradient: &mut [f32], limit: Option<f64>) -> f64 {
    let norm = gradient.iter().map(|g| f64::from(*g).powi(2)).sum::<f64>().sqrt();
    if let Some(limit) = limit.filter(|limit| norm > *limit) {
        gradient.iter_mut().for_each(|g| *g = (f64::from(*g) * limit / norm) as f32);
    }
    norm
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_step_has_the_size_of_the_rate() {
        // With bias correction the first step is lr * sign(gradient), whatever the gradient's size.
        let settings = Settings { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.0 };
        let mut values = [1.0, -1.0];
        AdamW::new(2).step(&mut values, &[1e-3, -20.0], 0.1, &settings);
        assert!((values[0] - 0.9).abs() < 1e-5 && (values[1] + 0.9).abs() < 1e-5, "{values:?}");
    }

    #[test]
    fn decay_works_without_a_gradient() {
        let settings = Settings { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.01 };
        let mut values = [2.0];
        AdamW::new(1).step(&mut values, &[0.0], 0.1, &settings);
        assert!((values[0] - 1.998).abs() < 1e-6);
    }

    #[test]
    fn clipping_keeps_the_direction() {
        let mut gradient = [3.0, 4.0];
        assert_eq!(clip_norm(&mut gradient, Some(1.0)), 5.0);
        assert!((gradient[0] - 0.6).abs() < 1e-6 && (gradient[1] - 0.8).abs() < 1e-6);
        assert_eq!(clip_norm(&mut gradient, None).round(), 1.0);
    }
}
