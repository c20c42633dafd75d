//! `AutoencoderKL`: images to latents and back.
//!
//! Encoding gives the posterior's mean and standard deviation, which learning caches once per image;
//! sampling from it happens outside. Images are `[batch, 3, height, width]` in -1 to 1, latents eight times
//! smaller.

mod blocks;

use burn::module::Module;
use burn::tensor::{DType, Device, Tensor};

use self::blocks::{Block, MidBlock};
use super::config::VaeConfig;
use super::layers::{Layer, channels_first, channels_last};
use super::source::Loader;
use base::Result;
use kernels::{Conv2d, GroupNorm};

/// The autoencoder. Fields carry diffusers' names.
#[derive(Module, Debug)]
pub struct AutoencoderKl {
    encoder: Encoder,
    quant_conv: Conv2d,
    post_quant_conv: Conv2d,
    decoder: Decoder,
    /// The sizes it was built with.
    #[module(skip)]
    pub config: VaeConfig,
    /// Precision of the weights and of the intermediate results.
    #[module(skip)]
    pub dtype: DType,
}

#[derive(Module, Debug)]
struct Encoder {
    conv_in: Conv2d,
    down_blocks: Vec<Block>,
    mid_block: MidBlock,
    conv_norm_out: GroupNorm,
    conv_out: Conv2d,
}

#[derive(Module, Debug)]
struct Decoder {
    conv_in: Conv2d,
    mid_block: MidBlock,
    up_blocks: Vec<Block>,
    conv_norm_out: GroupNorm,
    conv_out: Conv2d,
}

/// The posterior of an image's latents, before scaling: independent normal distributions.
#[derive(Debug, Clone)]
pub struct DiagonalGaussianDistribution {
    /// `[batch, latent_channels, height, width]`.
    pub mean: Tensor<4>,
    /// Logarithm of the variance, clamped to -30..20 as diffusers does; same shape.
    pub logvar: Tensor<4>,
}

impl DiagonalGaussianDistribution {
    /// Standard deviation, same shape as the mean.
    pub fn std(&self) -> Tensor<4> {
        (self.logvar.clone() * 0.5).exp()
    }
}

impl AutoencoderKl {
    /// Builds the network at the loader's place.
    pub fn load(loader: &mut Loader<'_>, config: &VaeConfig) -> Result<Self> {
        let latent = config.latent_channels;
        Ok(Self {
            encoder: Encoder::load(&mut loader.child("encoder"), config)?,
            quant_conv: loader.conv1x1("quant_conv", 2 * latent, 2 * latent)?,
            post_quant_conv: loader.conv1x1("post_quant_conv", latent, latent)?,
            decoder: Decoder::load(&mut loader.child("decoder"), config)?,
            config: config.clone(),
            dtype: loader.dtype,
        })
    }

    /// Device of the weights.
    pub fn device(&self) -> Device {
        self.quant_conv.device()
    }

    /// How many blocks its decoder has.
    pub fn decoder_blocks(&self) -> usize {
        self.decoder.up_blocks.len()
    }

    /// Gives `visit` the layers of the decoder's last `blocks` and of what comes after them, each with the name that diffusers
    /// has for it; of all of the decoder if it has no more blocks.
    pub fn decoder_layers(&mut self, blocks: usize, visit: &mut dyn FnMut(String, Layer<'_>)) {
        let Decoder { conv_in, mid_block, up_blocks, conv_norm_out, conv_out } = &mut self.decoder;
        let first = up_blocks.len().saturating_sub(blocks);
        if first == 0 {
            visit("decoder.conv_in".into(), Layer::Conv(conv_in));
            mid_block.each("decoder.mid_block", visit);
        }
        for (index, block) in up_blocks.iter_mut().enumerate().skip(first) {
            block.each_up(&format!("decoder.up_blocks.{index}"), visit);
        }
        visit("decoder.conv_norm_out".into(), Layer::GroupNorm(conv_norm_out));
        visit("decoder.conv_out".into(), Layer::Conv(conv_out));
    }

    /// The posterior of each image, unscaled.
    ///
    /// # Shapes
    /// - `images`: `[batch, 3, height, width]` in -1 to 1
    pub fn encode(&self, images: Tensor<4>) -> DiagonalGaussianDistribution {
        let moments = channels_first(self.quant_conv.forward(self.encoder.forward(channels_last(images))));
        let [batch, _, height, width] = moments.dims();
        let latent = self.config.latent_channels;
        let part = |from: usize| moments.clone().slice([0..batch, from..from + latent, 0..height, 0..width]);
        DiagonalGaussianDistribution { mean: part(0), logvar: part(latent).clamp(-30.0, 20.0) }
    }

    /// The images of scaled latents (as the U-Net sees them); values may leave -1 to 1.
    ///
    /// # Shapes
    /// - `latents`: `[batch, latent_channels, height, width]`
    /// - output: `[batch, 3, 8 height, 8 width]`
    pub fn decode(&self, latents: Tensor<4>) -> Tensor<4> {
        let latents = channels_last(latents / self.config.scaling_factor);
        channels_first(self.decoder.forward(self.post_quant_conv.forward(latents)))
    }
}

impl Encoder {
    fn load(loader: &mut Loader<'_>, config: &VaeConfig) -> Result<Self> {
        let widths = &config.block_out_channels;
        let last = widths[widths.len() - 1];
        let block = |index, loader: &mut Loader<'_>| Block::load_down(loader, config, index);
        Ok(Self {
            conv_in: loader.conv3x3("conv_in", config.in_channels, widths[0])?,
            down_blocks: loader.list("down_blocks", widths.len(), block)?,
            mid_block: MidBlock::load(&mut loader.child("mid_block"), config, last)?,
            conv_norm_out: loader.group_norm("conv_norm_out", config.norm_num_groups, last, 1e-6)?,
            conv_out: loader.conv3x3("conv_out", last, 2 * config.latent_channels)?,
        })
    }

    fn forward(&self, images: Tensor<4>) -> Tensor<4> {
        let hidden = self.conv_in.forward(images);
        let hidden = self.down_blocks.iter().fold(hidden, |hidden, block| block.forward(hidden));
        let hidden = self.mid_block.forward(hidden);
        self.conv_out.forward(self.conv_norm_out.forward_silu(hidden))
    }
}

impl Decoder {
    fn load(loader: &mut Loader<'_>, config: &VaeConfig) -> Result<Self> {
        let widths = &config.block_out_channels;
        let last = widths[widths.len() - 1];
        let block = |index, loader: &mut Loader<'_>| Block::load_up(loader, config, index);
        Ok(Self {
            conv_in: loader.conv3x3("conv_in", config.latent_channels, last)?,
            mid_block: MidBlock::load(&mut loader.child("mid_block"), config, last)?,
            up_blocks: loader.list("up_blocks", widths.len(), block)?,
            conv_norm_out: loader.group_norm("conv_norm_out", config.norm_num_groups, widths[0], 1e-6)?,
            conv_out: loader.conv3x3("conv_out", widths[0], config.out_channels)?,
        })
    }

    fn forward(&self, latents: Tensor<4>) -> Tensor<4> {
        let hidden = self.mid_block.forward(self.conv_in.forward(latents));
        let hidden = self.up_blocks.iter().fold(hidden, |hidden, block| block.forward(hidden));
        self.conv_out.forward(self.conv_norm_out.forward_silu(hidden))
    }
}
