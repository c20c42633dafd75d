//! The `config.json` files of a model's parts, read into plain structs.
//!
//! Every size in the networks comes from here, so that a tiny test model and an 860-million-parameter one are
//! the same code. Keys that old published files leave out take diffusers' defaults; a value that this program
//! has no code for is refused by name rather than ignored. Its length is that of what has to be refused.

mod text;

use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

pub use self::text::{ClipTextConfig, LdmBertConfig};
use base::{Error, FileKind, Result, with_defaults};

/// One value for all blocks, or one per block: diffusers writes both.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged, expecting = "it must be a whole number, or one for each block")]
pub enum PerBlock {
    /// The same for every block.
    Same(usize),
    /// One value per down block, in order.
    Each(Vec<usize>),
}

impl PerBlock {
    /// The value for down block `index`; the last one stands for the middle block.
    pub fn get(&self, index: usize) -> usize {
        match self {
            Self::Same(value) => *value,
            Self::Each(values) => values.get(index).or(values.last()).copied().unwrap_or(1),
        }
    }

    fn most(&self) -> usize {
        match self {
            Self::Same(value) => *value,
            Self::Each(values) => values.iter().max().copied().unwrap_or(0),
        }
    }

    fn fits(&self, blocks: usize) -> bool {
        matches!(self, Self::Same(value) if *value > 0)
            || matches!(self, Self::Each(values) if values.len() == blocks && values.iter().all(|v| *v > 0))
    }
}

/// What SDXL's U-Net is conditioned on besides the text: the pooled text and the sizes of the image.
const TEXT_TIME: &str = "text_time";

/// How many values say how large an image is: original height and width, top and left of the crop, target
/// height and width (SDXL paper, section 2.2).
pub const SIZES: usize = 6;

const DOWN: [&str; 4] =
    ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"];
const UP: [&str; 4] = ["UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"];

with_defaults! {
    /// `UNet2DConditionModel`'s configuration
    /// (<https://huggingface.co/stable-diffusion-v1-5/stable-diffusion-v1-5/blob/main/unet/config.json>).
    #[derive(Debug, Clone, PartialEq, Deserialize)]
    #[serde(default)]
    #[expect(missing_docs, reason = "the fields are diffusers' own keys, documented there")]
    pub struct UNetConfig {
        pub act_fn: String = "silu".into(),
        pub addition_embed_type: Option<String> = None,
        pub addition_time_embed_dim: Option<usize> = None,
        pub attention_head_dim: PerBlock = PerBlock::Same(8),
        pub block_out_channels: Vec<usize> = vec![320, 640, 1280, 1280],
        pub center_input_sample: bool = false,
        pub class_embed_type: Option<String> = None,
        pub cross_attention_dim: usize = 1280,
        pub down_block_types: Vec<String> = DOWN.map(String::from).to_vec(),
        pub downsample_padding: usize = 1,
        pub dual_cross_attention: bool = false,
        pub flip_sin_to_cos: bool = true,
        pub freq_shift: f64 = 0.0,
        pub in_channels: usize = 4,
        pub layers_per_block: PerBlock = PerBlock::Same(2),
        pub mid_block_scale_factor: f64 = 1.0,
        pub mid_block_type: String = "UNetMidBlock2DCrossAttn".into(),
        pub norm_eps: f64 = 1e-5,
        pub norm_num_groups: usize = 32,
        pub num_attention_heads: Option<PerBlock> = None,
        pub only_cross_attention: bool = false,
        pub out_channels: usize = 4,
        pub projection_class_embeddings_input_dim: Option<usize> = None,
        pub resnet_time_scale_shift: String = "default".into(),
        pub sample_size: Option<PerBlock> = None,
        pub transformer_layers_per_block: PerBlock = PerBlock::Same(1),
        pub up_block_types: Vec<String> = UP.map(String::from).to_vec(),
        pub upcast_attention: bool = false,
    }
}

impl UNetConfig {
    /// Number of attention heads of down block `block` (the last one also counts for the middle block).
    ///
    /// diffusers' `attention_head_dim` is, despite its name, the number of heads unless
    /// `num_attention_heads` is given.
    pub(crate) fn heads(&self, block: usize) -> usize {
        self.num_attention_heads.as_ref().unwrap_or(&self.attention_head_dim).get(block)
    }

    /// Width of the pooled text and of the sinusoids of each of the six sizes, in a model conditioned on both (SDXL).
    pub(crate) fn added_widths(&self) -> Option<[usize; 2]> {
        self.addition_embed_type.as_ref()?;
        let size = self.addition_time_embed_dim?;
        let pooled = self.projection_class_embeddings_input_dim?.checked_sub(SIZES * size)?;
        Some([pooled, size])
    }

    /// The side of the latents it was made for: the smaller one where height and width are given, and where nothing is
    /// what diffusers takes (128 for SDXL, else 64).
    pub fn side(&self) -> usize {
        match (&self.sample_size, &self.addition_embed_type) {
            (Some(PerBlock::Same(side)), _) => *side,
            (Some(PerBlock::Each(sides)), _) => sides.iter().min().copied().unwrap_or(0),
            (None, Some(_)) => 128,
            (None, None) => 64,
        }
    }

    /// Width of the time embedding.
    pub(crate) fn time_embed_dim(&self) -> usize {
        self.block_out_channels.first().copied().unwrap_or(0) * 4
    }
}

with_defaults! {
    /// `AutoencoderKL`'s configuration
    /// (<https://huggingface.co/stable-diffusion-v1-5/stable-diffusion-v1-5/blob/main/vae/config.json>).
    #[derive(Debug, Clone, PartialEq, Deserialize)]
    #[serde(default)]
    #[expect(missing_docs, reason = "the fields are diffusers' own keys, documented there")]
    pub struct VaeConfig {
        pub act_fn: String = "silu".into(),
        pub block_out_channels: Vec<usize> = vec![64],
        pub down_block_types: Vec<String> = vec!["DownEncoderBlock2D".into()],
        pub in_channels: usize = 3,
        pub latent_channels: usize = 4,
        pub latents_mean: Option<Vec<f64>> = None,
        pub latents_std: Option<Vec<f64>> = None,
        pub layers_per_block: usize = 1,
        pub mid_block_add_attention: bool = true,
        pub norm_num_groups: usize = 32,
        pub out_channels: usize = 3,
        pub scaling_factor: f64 = 0.18215,
        pub shift_factor: Option<f64> = None,
        pub up_block_types: Vec<String> = vec!["UpDecoderBlock2D".into()],
        pub use_post_quant_conv: bool = true,
        pub use_quant_conv: bool = true,
    }
}

impl VaeConfig {
    /// How many image pixels one latent spans along each axis (8 for Stable Diffusion).
    pub fn downsampling(&self) -> usize {
        1 << (self.block_out_channels.len().max(1) - 1)
    }
}

/// Largest width of a layer, and most layers in a row: far beyond every published model, and few enough to be reckoned
/// with.
const WIDEST: usize = 1 << 16;
const DEEPEST: usize = 64;

fn groups_fit(groups: usize, widths: &[usize]) -> bool {
    groups > 0 && widths.iter().all(|width| *width > 0 && width.is_multiple_of(groups))
}

pub(super) fn first_unsupported(checks: &[(bool, &str)]) -> Result<(), String> {
    match checks.iter().find(|(fine, _)| !fine) {
        Some((_, what)) => Err(format!("it asks for {what}, which this program cannot do")),
        None => Ok(()),
    }
}

/// A configuration that knows what it cannot express.
pub trait PartConfig: DeserializeOwned {
    /// Says in a phrase what this program has no code for.
    fn supported(&self) -> Result<(), String>;

    /// Reads the configuration of the part in `folder`; an unsupported or malformed file is
    /// [`Error::File`] naming `folder/config.json`.
    fn read(mut json: Value, folder: &Path) -> Result<Self> {
        let path = folder.join("config.json");
        // What is null was not given, except for a middle block: that one is not there.
        if let Some(keys) = json.as_object_mut() {
            keys.retain(|key, value| !value.is_null() || key == "mid_block_type");
            keys.values_mut().for_each(make_whole);
        }
        let remedy = "Use the configuration that was published with the model.";
        let config: Self = serde_json::from_value(json.clone()).map_err(|e| {
            // Every key may be missing, so that the one at fault is refused alone as well.
            let alone = |(key, value): &(&String, &Value)| {
                serde_json::from_value::<Self>(serde_json::json!({ *key: value })).is_err()
            };
            let key = json.as_object().into_iter().flatten().find(alone);
            let key = key.map(|(key, _)| format!("{key}: ")).unwrap_or_default();
            Error::file(FileKind::Model, &path, format!("it cannot be understood ({key}{e})"), remedy)
        })?;
        let unsupported = |fault| Error::file(FileKind::Model, &path, fault, "Choose another model.");
        config.supported().map_err(unsupported)?;
        Ok(config)
    }
}

/// Takes whole numbers that were written with a point, `8.0`, for whole ones.
fn make_whole(value: &mut Value) {
    if let Some(items) = value.as_array_mut() {
        items.iter_mut().for_each(make_whole);
    }
    let whole =
        value.as_f64().filter(|number| value.is_f64() && number.fract() == 0.0 && number.abs() < 9e15);
    if let Some(number) = whole {
        *value = (number as i64).into();
    }
}

impl PartConfig for UNetConfig {
    fn supported(&self) -> Result<(), String> {
        let blocks = self.block_out_channels.len();
        if blocks == 0 || self.down_block_types.len() != blocks || self.up_block_types.len() != blocks {
            return Err("block_out_channels, down_block_types and up_block_types differ in length".into());
        }
        let known = |types: &[String], known: [&str; 2]| types.iter().all(|t| known.contains(&t.as_str()));
        let heads = self.num_attention_heads.as_ref().unwrap_or(&self.attention_head_dim);
        let checks = [
            (self.act_fn == "silu" || self.act_fn == "swish", "act_fn other than silu"),
            (
                self.addition_embed_type.as_ref().is_none_or(|kind| kind == TEXT_TIME),
                "addition_embed_type other than text_time",
            ),
            (
                self.addition_embed_type.is_none()
                    || self
                        .added_widths()
                        .is_some_and(|[pooled, size]| pooled > 0 && size > 0 && size % 2 == 0),
                "sizes that do not fit projection_class_embeddings_input_dim",
            ),
            (self.class_embed_type.is_none(), "class_embed_type"),
            (!self.center_input_sample, "center_input_sample"),
            (!self.dual_cross_attention, "dual_cross_attention"),
            (!self.only_cross_attention, "only_cross_attention"),
            (self.mid_block_scale_factor == 1.0, "mid_block_scale_factor other than 1"),
            (self.downsample_padding == 1, "downsample_padding other than 1"),
            (self.resnet_time_scale_shift == "default", "resnet_time_scale_shift other than default"),
            (self.mid_block_type == "UNetMidBlock2DCrossAttn", "another mid_block_type"),
            (known(&self.down_block_types, ["CrossAttnDownBlock2D", "DownBlock2D"]), "an unknown down block"),
            (known(&self.up_block_types, ["CrossAttnUpBlock2D", "UpBlock2D"]), "an unknown up block"),
            (heads.fits(blocks), "attention_head_dim for other blocks"),
            (self.layers_per_block.fits(blocks), "layers_per_block for other blocks"),
            (self.transformer_layers_per_block.fits(blocks), "transformer_layers_per_block for other blocks"),
            (self.cross_attention_dim > 0, "a cross_attention_dim of 0"),
            (
                [
                    self.cross_attention_dim,
                    self.in_channels,
                    self.added_widths().map_or(0, |[pooled, _]| pooled),
                ]
                .iter()
                .chain(&self.block_out_channels)
                .all(|width| *width <= WIDEST),
                "widths beyond 65536",
            ),
            (
                [blocks, self.layers_per_block.most(), self.transformer_layers_per_block.most()]
                    .iter()
                    .all(|count| *count <= DEEPEST),
                "more than 64 blocks or layers",
            ),
            // Inpainting models read a mask and a second picture besides.
            (
                self.out_channels == self.in_channels || 2 * self.out_channels + 1 == self.in_channels,
                "out_channels other than in_channels",
            ),
            ((1..=512).contains(&self.side()), "a sample_size beyond 1 to 512"),
            (self.norm_eps > 0.0, "a norm_eps that is not above 0"),
            (self.block_out_channels[0].is_multiple_of(2), "an odd first width"),
            (
                groups_fit(self.norm_num_groups, &self.block_out_channels),
                "norm_num_groups that do not divide",
            ),
            (
                (0..blocks).all(|b| self.block_out_channels[b].is_multiple_of(self.heads(b))),
                "heads that divide no width",
            ),
        ];
        first_unsupported(&checks)
    }
}

impl PartConfig for VaeConfig {
    fn supported(&self) -> Result<(), String> {
        let blocks = self.block_out_channels.len();
        let all = |types: &[String], name: &str| types.len() == blocks && types.iter().all(|t| t == name);
        let checks = [
            ((1..=6).contains(&blocks), "a number of blocks beyond 1 to 6"),
            (self.in_channels == 3 && self.out_channels == 3, "pictures of other than 3 channels"),
            (self.latent_channels > 0, "latent_channels of 0"),
            (
                self.latent_channels <= WIDEST
                    && self.block_out_channels.iter().all(|width| *width <= WIDEST),
                "widths beyond 65536",
            ),
            (self.layers_per_block <= DEEPEST, "more than 64 layers per block"),
            (self.act_fn == "silu" || self.act_fn == "swish", "act_fn other than silu"),
            (all(&self.down_block_types, "DownEncoderBlock2D"), "blocks other than DownEncoderBlock2D"),
            (all(&self.up_block_types, "UpDecoderBlock2D"), "blocks other than UpDecoderBlock2D"),
            (self.mid_block_add_attention, "a middle block without attention"),
            (self.shift_factor.unwrap_or(0.0) == 0.0, "a shift_factor"),
            // Playground 2.5: every channel of the latents with a scale of its own.
            (self.latents_mean.is_none() && self.latents_std.is_none(), "latents_mean or latents_std"),
            (self.use_quant_conv && self.use_post_quant_conv, "a missing quant_conv"),
            (self.scaling_factor > 0.0, "a scaling_factor of 0"),
            (self.layers_per_block > 0, "no layers per block"),
            (
                groups_fit(self.norm_num_groups, &self.block_out_channels),
                "norm_num_groups that do not divide",
            ),
        ];
        first_unsupported(&checks)
    }
}

#[cfg(test)]
mod tests;
