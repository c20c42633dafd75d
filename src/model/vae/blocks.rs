//! The blocks of the autoencoder: down, middle with one attention, and up.
//!
//! Shapes are `[batch, height, width, channels]`. There is no time embedding here and only one attention
//! head, as in every published Stable Diffusion autoencoder.

use burn::module::Module;
use burn::tensor::Tensor;

use crate::attention::{Attention, AttentionShape};
use crate::config::VaeConfig;
use crate::layers::{Layer, ResnetBlock2d, ResnetShape, Visit};
use crate::source::Loader;
use base::Result;
use kernels::{Conv2d, GroupNorm, upsample_nearest};

/// `DownEncoderBlock2D` or, if it doubles the image, `UpDecoderBlock2D`. `resampler` is the checkpoint's
/// `downsamplers.0.conv` or `upsamplers.0.conv`.
#[derive(Module, Debug)]
pub struct Block {
    resnets: Vec<ResnetBlock2d>,
    resampler: Option<Conv2d>,
    doubles: bool,
}

/// `UNetMidBlock2D` of the autoencoder: residual block, self-attention, residual block.
#[derive(Module, Debug)]
pub struct MidBlock {
    resnets: Vec<ResnetBlock2d>,
    attentions: Vec<SpatialAttention>,
}

/// diffusers' `Attention` with a group norm and a residual connection, over the pixels of an image.
#[derive(Module, Debug)]
struct SpatialAttention {
    group_norm: GroupNorm,
    attention: Attention,
}

fn load_resnets(
    loader: &mut Loader<'_>,
    config: &VaeConfig,
    count: usize,
    input: usize,
    output: usize,
) -> Result<Vec<ResnetBlock2d>> {
    loader.list("resnets", count, |layer, loader| {
        let (input, groups) = (if layer == 0 { input } else { output }, config.norm_num_groups);
        ResnetBlock2d::load(loader, ResnetShape { input, output, time: None, groups, epsilon: 1e-6 })
    })
}

impl Block {
    pub(super) fn load_down(loader: &mut Loader<'_>, config: &VaeConfig, block: usize) -> Result<Self> {
        let widths = &config.block_out_channels;
        let (input, output) = (widths[block.saturating_sub(1)], widths[block]);
        Ok(Self {
            resnets: load_resnets(loader, config, config.layers_per_block, input, output)?,
            // The encoder pads only on the right and at the bottom before it halves the image.
            resampler: (block + 1 < widths.len())
                .then(|| loader.conv("downsamplers.0.conv", [output, output], 3, 2, [0, 0, 1, 1], true))
                .transpose()?,
            doubles: false,
        })
    }

    pub(super) fn load_up(loader: &mut Loader<'_>, config: &VaeConfig, block: usize) -> Result<Self> {
        let widths = &config.block_out_channels;
        let last = widths.len() - 1;
        let (input, output) = (widths[(last - block + 1).min(last)], widths[last - block]);
        Ok(Self {
            resnets: load_resnets(loader, config, config.layers_per_block + 1, input, output)?,
            resampler: (block < last)
                .then(|| loader.conv3x3("upsamplers.0.conv", output, output))
                .transpose()?,
            doubles: true,
        })
    }

    /// Gives `visit` each layer of a block on the way up; names are below `place`.
    pub(super) fn each_up(&mut self, place: &str, visit: &mut Visit<'_>) {
        for (index, resnet) in self.resnets.iter_mut().enumerate() {
            resnet.layers(&format!("{place}.resnets.{index}"), visit);
        }
        if let Some(conv) = &mut self.resampler {
            visit(format!("{place}.upsamplers.0.conv"), Layer::Conv(conv));
        }
    }

    pub(super) fn forward(&self, hidden: Tensor<4>) -> Tensor<4> {
        let hidden = self.resnets.iter().fold(hidden, |hidden, resnet| resnet.forward(hidden, None));
        let [_, height, width, _] = hidden.dims();
        match &self.resampler {
            Some(conv) if self.doubles => conv.forward(upsample_nearest(hidden, [2 * height, 2 * width])),
            Some(conv) => conv.forward(hidden),
            None => hidden,
        }
    }
}

impl MidBlock {
    pub(super) fn load(loader: &mut Loader<'_>, config: &VaeConfig, width: usize) -> Result<Self> {
        Ok(Self {
            resnets: load_resnets(loader, config, 2, width, width)?,
            attentions: loader.list("attentions", 1, |_, loader| {
                let shape =
                    AttentionShape { query: width, context: width, heads: 1, bias: true, upcast: false };
                Ok(SpatialAttention {
                    group_norm: loader.group_norm("group_norm", config.norm_num_groups, width, 1e-6)?,
                    attention: Attention::load(loader, shape)?,
                })
            })?,
        })
    }

    /// Gives `visit` each layer; names are below `place`.
    pub(super) fn each(&mut self, place: &str, visit: &mut Visit<'_>) {
        for (index, resnet) in self.resnets.iter_mut().enumerate() {
            resnet.layers(&format!("{place}.resnets.{index}"), visit);
        }
        for (index, SpatialAttention { group_norm, attention }) in self.attentions.iter_mut().enumerate() {
            visit(format!("{place}.attentions.{index}.group_norm"), Layer::GroupNorm(group_norm));
            attention.layers(&format!("{place}.attentions.{index}"), visit);
        }
    }

    pub(super) fn forward(&self, hidden: Tensor<4>) -> Tensor<4> {
        let hidden = self.resnets[0].forward(hidden, None);
        let hidden = self.attentions.iter().fold(hidden, |hidden, attention| attention.forward(hidden));
        self.resnets[1].forward(hidden, None)
    }
}

impl SpatialAttention {
    fn forward(&self, hidden: Tensor<4>) -> Tensor<4> {
        let [batch, height, width, channels] = hidden.dims();
        let to_tokens = |picture: Tensor<4>| picture.reshape([batch, height * width, channels]);
        let tokens = to_tokens(self.group_norm.forward(hidden.clone()));
        let out = self.attention.forward_onto(tokens, None, to_tokens(hidden));
        out.reshape([batch, height, width, channels])
    }
}
