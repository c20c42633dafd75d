//! The time of a diffusion step as a vector: sinusoids, then a small network.
//!
//! The sinusoids are computed in f64 on the CPU, so they are the same on every device. Source: diffusers'
//! `get_timestep_embedding` and `TimestepEmbedding`.

use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::activation::silu;
use burn::tensor::{DType, Device, Tensor, TensorData};

use crate::error::Result;
use crate::model::config::UNetConfig;
use crate::model::source::Loader;

/// `TimestepEmbedding`: linear, SiLU, linear.
#[derive(Module, Debug)]
pub struct TimestepEmbedding {
    linear_1: Linear,
    linear_2: Linear,
}

impl TimestepEmbedding {
    pub(super) fn load(loader: &mut Loader<'_>, config: &UNetConfig) -> Result<Self> {
        let (input, output) = (config.block_out_channels[0], config.time_embed_dim());
        let mut loader = loader.child("time_embedding");
        Ok(Self {
            linear_1: loader.linear("linear_1", input, output, true)?,
            linear_2: loader.linear("linear_2", output, output, true)?,
        })
    }

    /// `timesteps` (one per row) to `[batch, time_embed_dim]`.
    pub(super) fn forward(
        &self,
        timesteps: &[f64],
        config: &UNetConfig,
        device: &Device,
        dtype: DType,
    ) -> Tensor<2> {
        let width = config.block_out_channels[0];
        let values = sinusoids(timesteps, width, config.flip_sin_to_cos, config.freq_shift);
        let data = TensorData::new(values, [timesteps.len(), width]).convert_dtype(dtype);
        let embedding = Tensor::from_data(data, (device, dtype));
        self.linear_2.forward(silu(self.linear_1.forward(embedding)))
    }
}

/// Rows of sines and cosines of `t` at `width / 2` frequencies from 1 down to 1/10000.
fn sinusoids(timesteps: &[f64], width: usize, cosines_first: bool, shift: f64) -> Vec<f32> {
    let half = width / 2;
    let frequency = |i: usize| (-(10000.0_f64.ln()) * i as f64 / (half as f64 - shift)).exp();
    let mut values = Vec::with_capacity(timesteps.len() * width);
    for t in timesteps {
        for sine in [!cosines_first, cosines_first] {
            let wave = |i| if sine { (t * frequency(i)).sin() } else { (t * frequency(i)).cos() };
            values.extend((0..half).map(|i| wave(i) as f32));
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sinusoids_start_with_the_cosines_of_stable_diffusion() {
        let values = sinusoids(&[2.0], 4, true, 0.0);
        let expected = [2.0_f64.cos(), 0.02_f64.cos(), 2.0_f64.sin(), 0.02_f64.sin()].map(|v| v as f32);
        assert_eq!(values, expected);
        assert_eq!(sinusoids(&[2.0], 4, false, 0.0)[..2], expected[2..]);
    }
}
