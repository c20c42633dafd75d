//! The numbers in the networks around the U-Net, counted from their configurations.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::unet::{conv, linear, resnet};
use super::{ModelSizes, width};
use crate::conditioner::{Conditioner, TextEncoder};
use crate::config::{ClipTextConfig, LdmBertConfig, PartConfig as _, UNetConfig, VaeConfig};
use base::Result;
use format::ModelFiles;
use format::checkpoint::published_config;
use project::{Family, NumberFormat, Precision, WeightFormat};

/// Sizes of a text encoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextSizes {
    /// Width of a token.
    pub width: usize,
    /// Width of queries, keys and values.
    pub attention: usize,
    /// Width of the network in each layer.
    pub inner: usize,
    /// Layers.
    pub layers: usize,
    /// Tokens of a text.
    pub positions: usize,
    /// Tokens that it knows.
    pub vocabulary: usize,
    /// Whether queries, keys and values have a bias.
    pub biased: bool,
    /// Width of the one vector that it makes of a text, or 0.
    pub projection: usize,
}

impl TextSizes {
    /// Those of CLIP, with its projection if it has one.
    pub fn clip(config: &ClipTextConfig, projecting: bool) -> Self {
        Self {
            width: config.hidden_size,
            attention: config.hidden_size,
            inner: config.intermediate_size,
            layers: config.num_hidden_layers,
            positions: config.max_position_embeddings,
            vocabulary: config.vocab_size,
            biased: true,
            projection: if projecting { config.projection_dim } else { 0 },
        }
    }

    /// Those of latent diffusion's encoder.
    pub fn bert(config: &LdmBertConfig) -> Self {
        Self {
            width: config.d_model,
            attention: config.encoder_attention_heads * config.head_dim,
            inner: config.encoder_ffn_dim,
            layers: config.encoder_layers,
            positions: config.max_position_embeddings,
            vocabulary: config.vocab_size,
            biased: false,
            projection: 0,
        }
    }

    /// Numbers in its table of tokens, which stays with the processor.
    pub fn table(&self) -> usize {
        self.vocabulary * self.width
    }

    /// Numbers in the rest of it.
    pub fn weights(&self) -> usize {
        let Self { width, attention, inner, .. } = *self;
        let biases = if self.biased { 3 * attention } else { 0 };
        let layer = 3 * width * attention + biases + linear(attention, width) + linear(width, inner);
        let layer = layer + linear(inner, width) + 4 * width;
        self.layers * layer + self.positions * width + 2 * width + self.projection * width
    }

    /// Numbers that its graph keeps of one text: the inputs of the norms and of the activation, and query, key and value.
    pub(super) fn kept(&self) -> usize {
        self.positions * self.layers * (2 * self.width + 3 * self.attention + self.inner)
    }
}

impl ModelSizes {
    /// Those of a model that is not loaded.
    ///
    /// # Errors
    /// As those of its configurations.
    pub fn read(files: &ModelFiles) -> Result<Self> {
        let sizes = Self::of(files.family(), |part| files.config(part), |part| files.part_path(part))?;
        sizes.kept_as(files)
    }

    /// The same, as files keep them.
    pub(crate) fn kept_as(mut self, files: &ModelFiles) -> Result<Self> {
        let encoders = ["text_encoder", "text_encoder_2"];
        self.halves = true;
        for part in encoders.iter().take(self.text.len()).chain(&["unet"]) {
            self.halves &= files.weights(part, false)?.are_halves();
        }
        Ok(self)
    }

    /// Those of a family as it was published.
    ///
    /// # Errors
    /// None that a published configuration gives.
    pub fn published(family: Family) -> Result<Self> {
        Self::of(family, |part| published_config(family, part), |part| Path::new(part).to_path_buf())
    }

    /// Those of networks that are loaded, from files in 32 bits.
    pub fn loaded(conditioner: &Conditioner, unet: &UNetConfig, vae: &VaeConfig) -> Self {
        let last = conditioner.encoders.len() - 1;
        let encoders = conditioner.encoders.iter().enumerate();
        let text = encoders.map(|(at, encoder)| match encoder {
            TextEncoder::Clip(model) => TextSizes::clip(&model.config, conditioner.pools && at == last),
            TextEncoder::Bert(model) => TextSizes::bert(&model.config),
        });
        Self { unet: unet.clone(), vae: vae.clone(), text: text.collect(), halves: false }
    }

    /// Numbers in the text encoders and the U-Net, as their files have them: how a device lays them out does not count.
    pub fn parameters(conditioner: &Conditioner, unet: &UNetConfig) -> usize {
        let sizes = Self::loaded(conditioner, unet, &VaeConfig::default());
        sizes.text.iter().map(|text| text.table() + text.weights()).sum::<usize>() + sizes.unet_weights()
    }

    fn of(
        family: Family,
        config: impl Fn(&str) -> Result<Value>,
        path: impl Fn(&str) -> PathBuf,
    ) -> Result<Self> {
        let clip = |part: &str| -> Result<TextSizes> {
            let config = ClipTextConfig::read(config(part)?, &path(part))?;
            Ok(TextSizes::clip(&config, part == "text_encoder_2"))
        };
        let bert = |part: &str| {
            LdmBertConfig::read(config(part)?, &path(part)).map(|config| TextSizes::bert(&config))
        };
        let unet = UNetConfig::read(config("unet")?, &path("unet"))?;
        let vae = VaeConfig::read(config("vae")?, &path("vae"))?;
        let text = match family {
            Family::Sd1 | Family::Sd2 => vec![clip("text_encoder")?],
            Family::Sdxl => vec![clip("text_encoder")?, clip("text_encoder_2")?],
            Family::Ldm => vec![bert("text_encoder")?],
        };
        Ok(Self { unet, vae, text, halves: false })
    }

    /// Bytes of so many weights that are kept in full.
    pub fn kept(&self, weights: usize, precision: Precision, card: bool) -> u64 {
        let precision = if self.halves && !card { Precision::F16 } else { precision };
        (weights as u64).saturating_mul(width(precision))
    }

    /// Bytes of the U-Net.
    pub(super) fn kept_of_unet(&self, numbers: NumberFormat, card: bool) -> u64 {
        let weights = self.unet_weights();
        match numbers.weights {
            WeightFormat::Full => self.kept(weights, numbers.precision, card),
            // A fiftieth is for the scales, each of which serves some hundred numbers, and for what stays in full.
            WeightFormat::EightBit => (weights + weights / 50) as u64,
        }
    }

    /// Numbers in the U-Net.
    pub fn unet_weights(&self) -> usize {
        self.unet.weights()
    }

    /// Numbers in the autoencoder.
    pub fn vae_weights(&self) -> usize {
        let config = &self.vae;
        let (widths, latent) = (&config.block_out_channels, config.latent_channels);
        let (first, last, blocks) = (widths[0], widths[widths.len() - 1], widths.len());
        let down = |at: usize| {
            let output = widths[at];
            resnet(widths[at.saturating_sub(1)], output, 0)
                + (config.layers_per_block - 1) * resnet(output, output, 0)
                + if at + 1 < blocks { conv(output, output) } else { 0 }
        };
        let encoder = conv(config.in_channels, first) + (0..blocks).map(down).sum::<usize>() + middle(last);
        let encoder = encoder + 2 * last + conv(last, 2 * latent) + linear(2 * latent, 2 * latent);
        encoder + self.decoder_weights(blocks) + linear(latent, latent)
    }

    /// Numbers in the last `blocks` of the autoencoder's decoder and in what comes after them; in all of it if it has no more.
    pub fn decoder_weights(&self, blocks: usize) -> usize {
        let config = &self.vae;
        let (widths, count) = (&config.block_out_channels, config.block_out_channels.len());
        let (first, last, begin) = (widths[0], widths[count - 1], count.saturating_sub(blocks));
        let head = if begin == 0 { conv(config.latent_channels, last) + middle(last) } else { 0 };
        let up = |at: usize| {
            let [input, output] = self.up_widths(at);
            resnet(input, output, 0)
                + config.layers_per_block * resnet(output, output, 0)
                + if at + 1 < count { conv(output, output) } else { 0 }
        };
        head + (begin..count).map(up).sum::<usize>() + 2 * first + conv(first, config.out_channels)
    }

    /// Numbers that plain operations keep of a picture of so many pixels on the way through that part of the decoder.
    pub(super) fn kept_of_decoder(&self, pixels: usize, blocks: usize) -> usize {
        let (widths, count) = (&self.vae.block_out_channels, self.vae.block_out_channels.len());
        let (first, last, begin) = (widths[0], widths[count - 1], count.saturating_sub(blocks));
        let area = |at: usize| pixels >> (2 * (count - 1 - at));
        // Two residual blocks, and an attention with its norm, three projections and what they give.
        let head = if begin == 0 { (2 * 2 * OF_NORM_AND_LAYER + 12) * last * area(0) } else { 0 };
        let up = |at: usize| {
            let [input, output] = self.up_widths(at);
            let blocks = (input + output + 2 * self.vae.layers_per_block * output) * area(at);
            let resampled = if at + 1 < count { 2 * output * area(at + 1) } else { 0 };
            OF_NORM_AND_LAYER * blocks + resampled
        };
        head + (begin..count).map(up).sum::<usize>() + OF_NORM_AND_LAYER * first * pixels
    }

    /// Channels that enter block `at` of the decoder, and that leave it.
    fn up_widths(&self, at: usize) -> [usize; 2] {
        let widths = &self.vae.block_out_channels;
        let last = widths.len() - 1;
        [widths[(widths.len() - at).min(last)], widths[last - at]]
    }
}

/// Of each number that enters a norm, SiLU and the layer behind them, what plain operations keep.
const OF_NORM_AND_LAYER: usize = 6;

/// Numbers in the middle of the encoder, or of the decoder.
fn middle(width: usize) -> usize {
    2 * resnet(width, width, 0) + 2 * width + 4 * linear(width, width)
}
