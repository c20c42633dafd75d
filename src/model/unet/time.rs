//! The time of a diffusion step as a vector: sinusoids, then a small network; in SDXL the sizes of the image too.
//!
//! The sinusoids are computed in f64 on the CPU, so they are the same on every device. Source: diffusers'
//! `get_timestep_embedding` and `TimestepEmbedding`.

use burn::module::Module;
use burn::tensor::{DType, Device, Tensor, TensorData};

use super::Added;
use crate::config::{SIZES, UNetConfig};
use crate::layers::{Layer, Visit};
use crate::source::Loader;
use base::Result;
use kernels::{Linear, silu};

/// `TimestepEmbedding`: linear, SiLU, linear.
#[derive(Module, Debug)]
pub struct TimestepEmbedding {
    linear_1: Linear,
    linear_2: Linear,
}

impl TimestepEmbedding {
    /// The network called `name`, from `input` features to the width of the time embedding.
    pub(super) fn load(
        loader: &mut Loader<'_>,
        name: &str,
        input: usize,
        config: &UNetConfig,
    ) -> Result<Self> {
        let output = config.time_embed_dim();
        let mut loader = loader.child(name);
        Ok(Self {
            linear_1: loader.linear("linear_1", input, output, true)?,
            linear_2: loader.linear("linear_2", output, output, true)?,
        })
    }

    /// Gives `visit` both layers; names are below `place`.
    pub(super) fn layers(&mut self, place: &str, visit: &mut Visit<'_>) {
        visit(format!("{place}.linear_1"), Layer::Linear(&mut self.linear_1));
        visit(format!("{place}.linear_2"), Layer::Linear(&mut self.linear_2));
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
        self.embed(Tensor::from_data(data, (device, dtype)))
    }

    /// `added` (pooled texts and sizes, one of each per row) to `[batch, time_embed_dim]`, with `width` sinusoids for
    /// each size.
    pub(super) fn forward_added(&self, added: &Added, width: usize, config: &UNetConfig) -> Tensor<2> {
        let sizes: Vec<f64> = added.sizes.iter().flatten().copied().collect();
        let values = sinusoids(&sizes, width, config.flip_sin_to_cos, config.freq_shift);
        let (device, dtype) = (added.pooled.device(), added.pooled.dtype());
        let data = TensorData::new(values, [added.sizes.len(), SIZES * width]).convert_dtype(dtype);
        let sizes = Tensor::from_data(data, (&device, dtype));
        self.embed(Tensor::cat(vec![added.pooled.clone(), sizes], 1))
    }

    fn embed(&self, input: Tensor<2>) -> Tensor<2> {
        self.linear_2.forward(silu(self.linear_1.forward(input)))
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
