//! The down, middle and up blocks of the U-Net, one layer callable at a time.
//!
//! One struct serves the blocks with and without cross-attention: without it the list of attentions is empty.
//! Shapes are `[batch, channels, height, width]`; the time embedding has been through SiLU already.

use burn::module::Module;
use burn::nn::conv::Conv2d;
use burn::tensor::Tensor;

use crate::attention::{Transformer2d, TransformerShape};
use crate::config::UNetConfig;
use crate::layers::{ResnetBlock2d, ResnetShape, upsample_nearest};
use crate::source::Loader;
use base::Result;

/// `CrossAttnDownBlock2D` or `DownBlock2D`. `downsampler` is the checkpoint's `downsamplers.0.conv`.
#[derive(Module, Debug)]
pub struct DownBlock {
    resnets: Vec<ResnetBlock2d>,
    attentions: Vec<Transformer2d>,
    downsampler: Option<Conv2d>,
}

/// `UNetMidBlock2DCrossAttn`: residual block, then transformer and residual block.
#[derive(Module, Debug)]
pub struct MidBlock {
    resnets: Vec<ResnetBlock2d>,
    attentions: Vec<Transformer2d>,
}

/// `CrossAttnUpBlock2D` or `UpBlock2D`. `upsampler` is the checkpoint's `upsamplers.0.conv`.
#[derive(Module, Debug)]
pub struct UpBlock {
    resnets: Vec<ResnetBlock2d>,
    attentions: Vec<Transformer2d>,
    upsampler: Option<Conv2d>,
}

fn resnet(config: &UNetConfig, input: usize, output: usize) -> ResnetShape {
    let time = Some(config.time_embed_dim());
    ResnetShape { input, output, time, groups: config.norm_num_groups, epsilon: config.norm_eps }
}

/// The transformer of width `block_out_channels[block]`, counting blocks downwards.
fn transformer(config: &UNetConfig, block: usize) -> TransformerShape {
    TransformerShape {
        width: config.block_out_channels[block],
        context: config.cross_attention_dim,
        heads: config.heads(block),
        depth: config.transformer_layers_per_block.get(block),
        groups: config.norm_num_groups,
        linear: config.use_linear_projection,
        upcast: config.upcast_attention,
    }
}

fn load_transformers(
    loader: &mut Loader<'_>,
    config: &UNetConfig,
    block: usize,
    count: usize,
) -> Result<Vec<Transformer2d>> {
    let shape = transformer(config, block);
    loader.list("attentions", count, |_, loader| Transformer2d::load(loader, shape))
}

impl DownBlock {
    pub(super) fn load(loader: &mut Loader<'_>, config: &UNetConfig, block: usize) -> Result<Self> {
        let widths = &config.block_out_channels;
        let (input, output) = (widths[block.saturating_sub(1)], widths[block]);
        let layers = config.layers_per_block.get(block);
        let crossing = config.down_block_types[block] == "CrossAttnDownBlock2D";
        Ok(Self {
            resnets: loader.list("resnets", layers, |layer, loader| {
                ResnetBlock2d::load(loader, resnet(config, if layer == 0 { input } else { output }, output))
            })?,
            attentions: load_transformers(loader, config, block, if crossing { layers } else { 0 })?,
            downsampler: (block + 1 < widths.len())
                .then(|| loader.conv("downsamplers.0.conv", [output, output], 3, 2, [1; 4]))
                .transpose()?,
        })
    }

    pub(super) fn layers(&self) -> usize {
        self.resnets.len()
    }

    pub(super) fn has_downsampler(&self) -> bool {
        self.downsampler.is_some()
    }

    pub(super) fn layer(
        &self,
        layer: usize,
        hidden: Tensor<4>,
        time: &Tensor<2>,
        context: &Tensor<3>,
    ) -> Tensor<4> {
        layer_forward(&self.resnets, &self.attentions, layer, hidden, time, context)
    }

    pub(super) fn downsample(&self, hidden: Tensor<4>) -> Tensor<4> {
        match &self.downsampler {
            Some(conv) => conv.forward(hidden),
            None => hidden,
        }
    }
}

impl MidBlock {
    pub(super) fn load(loader: &mut Loader<'_>, config: &UNetConfig, width: usize) -> Result<Self> {
        let last = config.block_out_channels.len() - 1;
        Ok(Self {
            resnets: loader
                .list("resnets", 2, |_, loader| ResnetBlock2d::load(loader, resnet(config, width, width)))?,
            attentions: load_transformers(loader, config, last, 1)?,
        })
    }

    pub(super) fn forward(&self, hidden: Tensor<4>, time: &Tensor<2>, context: &Tensor<3>) -> Tensor<4> {
        let hidden = layer_forward(&self.resnets, &self.attentions, 0, hidden, time, context);
        self.resnets[1].forward(hidden, Some(time))
    }
}

impl UpBlock {
    pub(super) fn load(loader: &mut Loader<'_>, config: &UNetConfig, block: usize) -> Result<Self> {
        let widths = &config.block_out_channels;
        // Up blocks run through the widths of the down blocks backwards.
        let last = widths.len() - 1;
        let mirrored = last - block;
        let output = widths[mirrored];
        let previous = widths[(mirrored + 1).min(last)];
        let skipped = widths[mirrored.saturating_sub(1)];
        let layers = config.layers_per_block.get(mirrored) + 1;
        let crossing = config.up_block_types[block] == "CrossAttnUpBlock2D";
        Ok(Self {
            resnets: loader.list("resnets", layers, |layer, loader| {
                let from_below = if layer == 0 { previous } else { output };
                let from_skip = if layer + 1 == layers { skipped } else { output };
                ResnetBlock2d::load(loader, resnet(config, from_below + from_skip, output))
            })?,
            attentions: load_transformers(loader, config, mirrored, if crossing { layers } else { 0 })?,
            upsampler: (block < last)
                .then(|| loader.conv3x3("upsamplers.0.conv", output, output))
                .transpose()?,
        })
    }

    pub(super) fn layers(&self) -> usize {
        self.resnets.len()
    }

    pub(super) fn has_upsampler(&self) -> bool {
        self.upsampler.is_some()
    }

    pub(super) fn layer(
        &self,
        layer: usize,
        joined: Tensor<4>,
        time: &Tensor<2>,
        context: &Tensor<3>,
    ) -> Tensor<4> {
        layer_forward(&self.resnets, &self.attentions, layer, joined, time, context)
    }

    pub(super) fn upsample(&self, hidden: Tensor<4>, target: [usize; 2]) -> Tensor<4> {
        match &self.upsampler {
            Some(conv) => conv.forward(upsample_nearest(hidden, target)),
            None => hidden,
        }
    }
}

fn layer_forward(
    resnets: &[ResnetBlock2d],
    attentions: &[Transformer2d],
    layer: usize,
    hidden: Tensor<4>,
    time: &Tensor<2>,
    context: &Tensor<3>,
) -> Tensor<4> {
    let hidden = resnets[layer].forward(hidden, Some(time));
    match attentions.get(layer) {
        Some(attention) => attention.forward(hidden, context),
        None => hidden,
    }
}
