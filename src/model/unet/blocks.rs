//! The down, middle and up blocks of the U-Net, one layer callable at a time.
//!
//! The same structs serve the blocks with and without cross-attention: without it the list of attentions is empty.
//! Shapes are `[batch, height, width, channels]`; the time embedding has been through SiLU already.

use burn::module::Module;
use burn::tensor::Tensor;

use crate::attention::{AttentionMap, Transformer2d, TransformerShape};
use crate::config::UNetConfig;
use crate::layers::{Layer, ResnetBlock2d, ResnetShape, Visit};
use crate::source::Loader;
use base::Result;
use kernels::Conv2d;

/// Residual blocks, and behind each its transformer where there is one; all of `UNetMidBlock2DCrossAttn`.
#[derive(Module, Debug)]
pub struct Layers {
    pub(super) resnets: Vec<ResnetBlock2d>,
    attentions: Vec<Transformer2d>,
}

/// `CrossAttnDownBlock2D`, `DownBlock2D`, `CrossAttnUpBlock2D` or `UpBlock2D`. `resampler` is the checkpoint's
/// `downsamplers.0.conv` or `upsamplers.0.conv`.
#[derive(Module, Debug)]
pub struct Block {
    pub(super) layers: Layers,
    pub(super) resampler: Option<Conv2d>,
}

impl Layers {
    /// As many residual blocks and transformers as `counts` says, of the width of down block `block`; `input` gives the
    /// width that enters a residual block.
    pub(super) fn load(
        loader: &mut Loader<'_>,
        config: &UNetConfig,
        block: usize,
        counts: [usize; 2],
        input: impl Fn(usize) -> usize,
    ) -> Result<Self> {
        let (output, groups) = (config.block_out_channels[block], config.norm_num_groups);
        let resnet = |layer, loader: &mut Loader<'_>| {
            let (input, time) = (input(layer), Some(config.time_embed_dim()));
            ResnetBlock2d::load(loader, ResnetShape { input, output, time, groups, epsilon: config.norm_eps })
        };
        let transformer = TransformerShape {
            width: output,
            context: config.cross_attention_dim,
            heads: config.heads(block),
            depth: config.transformer_layers_per_block.get(block),
            groups,
            upcast: config.upcast_attention,
        };
        Ok(Self {
            resnets: loader.list("resnets", counts[0], resnet)?,
            attentions: loader
                .list("attentions", counts[1], |_, loader| Transformer2d::load(loader, transformer))?,
        })
    }

    /// Gives `visit` each layer; names are below `place`.
    pub(super) fn each(&mut self, place: &str, visit: &mut Visit<'_>) {
        for (index, resnet) in self.resnets.iter_mut().enumerate() {
            resnet.layers(&format!("{place}.resnets.{index}"), visit);
        }
        for (index, attention) in self.attentions.iter_mut().enumerate() {
            attention.layers(&format!("{place}.attentions.{index}"), visit);
        }
    }

    pub(super) fn forward(
        &self,
        layer: usize,
        hidden: Tensor<4>,
        time: &Tensor<2>,
        context: &Tensor<3>,
        seen: Option<&mut Vec<AttentionMap>>,
    ) -> Tensor<4> {
        let hidden = self.resnets[layer].forward(hidden, Some(time));
        match self.attentions.get(layer) {
            Some(attention) => attention.forward(hidden, context, seen),
            None => hidden,
        }
    }
}

impl Block {
    pub(super) fn load_down(loader: &mut Loader<'_>, config: &UNetConfig, block: usize) -> Result<Self> {
        let widths = &config.block_out_channels;
        let (before, width) = (widths[block.saturating_sub(1)], widths[block]);
        let layers = config.layers_per_block.get(block);
        let crossing = config.down_block_types[block] == "CrossAttnDownBlock2D";
        let counts = [layers, if crossing { layers } else { 0 }];
        let input = |layer| if layer == 0 { before } else { width };
        Ok(Self {
            layers: Layers::load(loader, config, block, counts, input)?,
            resampler: (block + 1 < widths.len())
                .then(|| loader.conv("downsamplers.0.conv", [width, width], 3, 2, [1; 4], true))
                .transpose()?,
        })
    }

    pub(super) fn load_up(loader: &mut Loader<'_>, config: &UNetConfig, block: usize) -> Result<Self> {
        let widths = &config.block_out_channels;
        // Up blocks run through the widths of the down blocks backwards.
        let last = widths.len() - 1;
        let mirrored = last - block;
        let width = widths[mirrored];
        let previous = widths[(mirrored + 1).min(last)];
        let skipped = widths[mirrored.saturating_sub(1)];
        let layers = config.layers_per_block.get(mirrored) + 1;
        let crossing = config.up_block_types[block] == "CrossAttnUpBlock2D";
        let counts = [layers, if crossing { layers } else { 0 }];
        let input = |layer| {
            let from_below = if layer == 0 { previous } else { width };
            let from_skip = if layer + 1 == layers { skipped } else { width };
            from_below + from_skip
        };
        Ok(Self {
            layers: Layers::load(loader, config, mirrored, counts, input)?,
            resampler: (block < last)
                .then(|| loader.conv3x3("upsamplers.0.conv", width, width))
                .transpose()?,
        })
    }

    /// Gives `visit` each layer; names are below `place`, and `resampler` is what diffusers calls that.
    pub(super) fn each(&mut self, place: &str, resampler: &str, visit: &mut Visit<'_>) {
        self.layers.each(place, visit);
        if let Some(conv) = &mut self.resampler {
            visit(format!("{place}.{resampler}.0.conv"), Layer::Conv(conv));
        }
    }

    pub(super) fn resample(&self, hidden: Tensor<4>) -> Tensor<4> {
        match &self.resampler {
            Some(conv) => conv.forward(hidden),
            None => hidden,
        }
    }
}
