//! The `config.json` files of a model's parts, read into plain structs.
//!
//! Every size in the networks comes from here, so that a tiny test model and an 860-million-parameter one are
//! the same code. Keys that old published files leave out take diffusers' defaults; a value that this program
//! has no code for is refused by name rather than ignored.

use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, FileKind, Result};

/// One number for all blocks, or one per block: diffusers writes both.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
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

    fn fits(&self, blocks: usize) -> bool {
        matches!(self, Self::Same(value) if *value > 0)
            || matches!(self, Self::Each(values) if values.len() == blocks && values.iter().all(|v| *v > 0))
    }
}

/// What SDXL's U-Net is told besides the text: the pooled text and the sizes of the picture.
const TEXT_TIME: &str = "text_time";

/// How many numbers say how large a picture is: original height and width, top and left of the crop, target
/// height and width (SDXL paper, section 2.2).
pub const SIZES: usize = 6;

/// `UNet2DConditionModel`'s configuration
/// (<https://huggingface.co/stable-diffusion-v1-5/stable-diffusion-v1-5/blob/main/unet/config.json>).
#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields are diffusers' own keys, documented there")]
pub struct UNetConfig {
    pub act_fn: String,
    pub addition_embed_type: Option<String>,
    pub addition_time_embed_dim: Option<usize>,
    pub attention_head_dim: PerBlock,
    pub block_out_channels: Vec<usize>,
    pub center_input_sample: bool,
    pub class_embed_type: Option<String>,
    pub cross_attention_dim: usize,
    pub down_block_types: Vec<String>,
    pub downsample_padding: usize,
    pub dual_cross_attention: bool,
    pub flip_sin_to_cos: bool,
    pub freq_shift: f64,
    pub in_channels: usize,
    pub layers_per_block: PerBlock,
    pub mid_block_scale_factor: f64,
    pub mid_block_type: String,
    pub norm_eps: f64,
    pub norm_num_groups: usize,
    pub num_attention_heads: Option<PerBlock>,
    pub only_cross_attention: bool,
    pub out_channels: usize,
    pub projection_class_embeddings_input_dim: Option<usize>,
    pub resnet_time_scale_shift: String,
    pub sample_size: usize,
    pub transformer_layers_per_block: PerBlock,
    pub up_block_types: Vec<String>,
    pub upcast_attention: bool,
    pub use_linear_projection: bool,
}

impl Default for UNetConfig {
    fn default() -> Self {
        let down = ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"];
        let up = ["UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"];
        Self {
            act_fn: "silu".into(),
            addition_embed_type: None,
            addition_time_embed_dim: None,
            attention_head_dim: PerBlock::Same(8),
            block_out_channels: vec![320, 640, 1280, 1280],
            center_input_sample: false,
            class_embed_type: None,
            cross_attention_dim: 1280,
            down_block_types: down.map(String::from).to_vec(),
            downsample_padding: 1,
            dual_cross_attention: false,
            flip_sin_to_cos: true,
            freq_shift: 0.0,
            in_channels: 4,
            layers_per_block: PerBlock::Same(2),
            mid_block_scale_factor: 1.0,
            mid_block_type: "UNetMidBlock2DCrossAttn".into(),
            norm_eps: 1e-5,
            norm_num_groups: 32,
            num_attention_heads: None,
            only_cross_attention: false,
            out_channels: 4,
            projection_class_embeddings_input_dim: None,
            resnet_time_scale_shift: "default".into(),
            sample_size: 64,
            transformer_layers_per_block: PerBlock::Same(1),
            up_block_types: up.map(String::from).to_vec(),
            upcast_attention: false,
            use_linear_projection: false,
        }
    }
}

impl UNetConfig {
    /// Stable Diffusion 1.5's U-Net: diffusers' defaults with a 768-wide context.
    pub fn sd15() -> Self {
        Self { cross_attention_dim: 768, ..Self::default() }
    }

    /// Number of attention heads of down block `block` (the last one also counts for the middle block).
    ///
    /// diffusers' `attention_head_dim` is, despite its name, the number of heads unless
    /// `num_attention_heads` is given.
    pub fn heads(&self, block: usize) -> usize {
        self.num_attention_heads.as_ref().unwrap_or(&self.attention_head_dim).get(block)
    }

    /// Stable Diffusion 2's U-Net (<https://huggingface.co/stabilityai/stable-diffusion-2/blob/main/unet/config.json>).
    pub fn sd2() -> Self {
        Self {
            attention_head_dim: PerBlock::Each(vec![5, 10, 20, 20]),
            cross_attention_dim: 1024,
            sample_size: 96,
            upcast_attention: true,
            use_linear_projection: true,
            ..Self::default()
        }
    }

    /// SDXL's U-Net: three widths, transformers of depth 2 and 10, text and sizes added to the time
    /// (<https://huggingface.co/stabilityai/stable-diffusion-xl-base-1.0/blob/main/unet/config.json>).
    pub fn sdxl() -> Self {
        let crossing = "CrossAttnDownBlock2D".to_owned();
        Self {
            addition_embed_type: Some(TEXT_TIME.into()),
            addition_time_embed_dim: Some(256),
            attention_head_dim: PerBlock::Each(vec![5, 10, 20]),
            block_out_channels: vec![320, 640, 1280],
            cross_attention_dim: 2048,
            down_block_types: vec!["DownBlock2D".into(), crossing.clone(), crossing],
            projection_class_embeddings_input_dim: Some(2816),
            sample_size: 128,
            transformer_layers_per_block: PerBlock::Each(vec![1, 2, 10]),
            up_block_types: ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"]
                .map(String::from)
                .to_vec(),
            use_linear_projection: true,
            ..Self::default()
        }
    }

    /// Width of the pooled text and of the sinusoids of each of the six sizes, in a model that is told both (SDXL).
    pub fn added_widths(&self) -> Option<[usize; 2]> {
        self.addition_embed_type.as_ref()?;
        let size = self.addition_time_embed_dim?;
        let pooled = self.projection_class_embeddings_input_dim?.checked_sub(SIZES * size)?;
        Some([pooled, size])
    }

    /// Width of the time embedding.
    pub fn time_embed_dim(&self) -> usize {
        self.block_out_channels.first().copied().unwrap_or(0) * 4
    }
}

/// `AutoencoderKL`'s configuration
/// (<https://huggingface.co/stable-diffusion-v1-5/stable-diffusion-v1-5/blob/main/vae/config.json>).
#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields are diffusers' own keys, documented there")]
pub struct VaeConfig {
    pub act_fn: String,
    pub block_out_channels: Vec<usize>,
    pub down_block_types: Vec<String>,
    pub in_channels: usize,
    pub latent_channels: usize,
    pub layers_per_block: usize,
    pub mid_block_add_attention: bool,
    pub norm_num_groups: usize,
    pub out_channels: usize,
    pub sample_size: usize,
    pub scaling_factor: f64,
    pub shift_factor: Option<f64>,
    pub up_block_types: Vec<String>,
    pub use_post_quant_conv: bool,
    pub use_quant_conv: bool,
}

impl Default for VaeConfig {
    fn default() -> Self {
        Self {
            act_fn: "silu".into(),
            block_out_channels: vec![64],
            down_block_types: vec!["DownEncoderBlock2D".into()],
            in_channels: 3,
            latent_channels: 4,
            layers_per_block: 1,
            mid_block_add_attention: true,
            norm_num_groups: 32,
            out_channels: 3,
            sample_size: 32,
            scaling_factor: 0.18215,
            shift_factor: None,
            up_block_types: vec!["UpDecoderBlock2D".into()],
            use_post_quant_conv: true,
            use_quant_conv: true,
        }
    }
}

impl VaeConfig {
    /// Stable Diffusion 1.5's autoencoder.
    pub fn sd15() -> Self {
        Self {
            block_out_channels: vec![128, 256, 512, 512],
            down_block_types: vec!["DownEncoderBlock2D".into(); 4],
            up_block_types: vec!["UpDecoderBlock2D".into(); 4],
            layers_per_block: 2,
            sample_size: 512,
            ..Self::default()
        }
    }

    /// How many picture pixels one latent spans along each axis (8 for Stable Diffusion).
    pub fn downsampling(&self) -> usize {
        1 << (self.block_out_channels.len().max(1) - 1)
    }
}

/// `CLIPTextModel`'s configuration
/// (<https://huggingface.co/stable-diffusion-v1-5/stable-diffusion-v1-5/blob/main/text_encoder/config.json>).
#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields are transformers' own keys, documented there")]
pub struct ClipTextConfig {
    pub eos_token_id: Option<u32>,
    pub hidden_act: String,
    pub hidden_size: usize,
    pub intermediate_size: usize,
    pub layer_norm_eps: f64,
    pub max_position_embeddings: usize,
    pub num_attention_heads: usize,
    pub num_hidden_layers: usize,
    pub projection_dim: usize,
    pub vocab_size: usize,
}

impl Default for ClipTextConfig {
    fn default() -> Self {
        Self {
            eos_token_id: Some(49407),
            hidden_act: "quick_gelu".into(),
            hidden_size: 512,
            intermediate_size: 2048,
            layer_norm_eps: 1e-5,
            max_position_embeddings: 77,
            num_attention_heads: 8,
            num_hidden_layers: 12,
            projection_dim: 512,
            vocab_size: 49408,
        }
    }
}

impl ClipTextConfig {
    /// Stable Diffusion 1.5's text encoder, CLIP ViT-L/14.
    pub fn sd15() -> Self {
        Self { hidden_size: 768, intermediate_size: 3072, num_attention_heads: 12, ..Self::default() }
    }

    /// Stable Diffusion 2's text encoder, OpenCLIP ViT-H/14 without its last layer
    /// (<https://huggingface.co/stabilityai/stable-diffusion-2/blob/main/text_encoder/config.json>).
    pub fn sd2() -> Self {
        Self {
            hidden_act: "gelu".into(),
            hidden_size: 1024,
            intermediate_size: 4096,
            num_attention_heads: 16,
            num_hidden_layers: 23,
            ..Self::default()
        }
    }

    /// SDXL's second text encoder, OpenCLIP ViT-bigG/14
    /// (<https://huggingface.co/stabilityai/stable-diffusion-xl-base-1.0/blob/main/text_encoder_2/config.json>).
    pub fn sdxl_2() -> Self {
        Self {
            eos_token_id: Some(2),
            hidden_act: "gelu".into(),
            hidden_size: 1280,
            intermediate_size: 5120,
            num_attention_heads: 20,
            num_hidden_layers: 32,
            projection_dim: 1280,
            ..Self::default()
        }
    }
}

/// `LDMBertModel`'s configuration
/// (<https://huggingface.co/CompVis/ldm-text2im-large-256/blob/main/bert/config.json>).
#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields are diffusers' own keys, documented there")]
pub struct LdmBertConfig {
    pub activation_function: String,
    pub d_model: usize,
    pub encoder_attention_heads: usize,
    pub encoder_ffn_dim: usize,
    pub encoder_layers: usize,
    pub head_dim: usize,
    pub max_position_embeddings: usize,
    pub vocab_size: usize,
}

impl Default for LdmBertConfig {
    fn default() -> Self {
        Self {
            activation_function: "gelu".into(),
            d_model: 1280,
            encoder_attention_heads: 8,
            encoder_ffn_dim: 5120,
            encoder_layers: 32,
            head_dim: 64,
            max_position_embeddings: 77,
            vocab_size: 30522,
        }
    }
}

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
    fn read(json: serde_json::Value, folder: &Path) -> Result<Self> {
        let path = folder.join("config.json");
        let remedy = "Use the configuration that was published with the model.";
        let config: Self = serde_json::from_value(json).map_err(|e| {
            Error::file(FileKind::Model, &path, format!("it cannot be understood ({e})"), remedy)
        })?;
        let unsupported = |fault| Error::file(FileKind::Model, &path, fault, "Choose another model.");
        config.supported().map_err(unsupported)?;
        Ok(config)
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
            (self.out_channels == self.in_channels, "out_channels other than in_channels"),
            ((1..=512).contains(&self.sample_size), "a sample_size beyond 1 to 512"),
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
            (self.act_fn == "silu" || self.act_fn == "swish", "act_fn other than silu"),
            (all(&self.down_block_types, "DownEncoderBlock2D"), "blocks other than DownEncoderBlock2D"),
            (all(&self.up_block_types, "UpDecoderBlock2D"), "blocks other than UpDecoderBlock2D"),
            (self.mid_block_add_attention, "a middle block without attention"),
            (self.shift_factor.unwrap_or(0.0) == 0.0, "a shift_factor"),
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

impl PartConfig for ClipTextConfig {
    fn supported(&self) -> Result<(), String> {
        let checks = [
            (["quick_gelu", "gelu"].contains(&self.hidden_act.as_str()), "another hidden_act"),
            (self.num_hidden_layers > 0, "no layers"),
            (self.hidden_size > 0 && self.intermediate_size > 0, "a hidden_size or intermediate_size of 0"),
            (self.vocab_size > 0 && self.max_position_embeddings > 0, "a vocabulary or a window of nothing"),
            (self.layer_norm_eps > 0.0, "a layer_norm_eps that is not above 0"),
            (
                self.num_attention_heads > 0 && self.hidden_size.is_multiple_of(self.num_attention_heads),
                "heads that do not divide hidden_size",
            ),
        ];
        first_unsupported(&checks)
    }
}

impl PartConfig for LdmBertConfig {
    fn supported(&self) -> Result<(), String> {
        let sizes = [self.d_model, self.encoder_ffn_dim, self.encoder_layers, self.head_dim];
        let checks = [
            (self.activation_function == "gelu", "another activation_function"),
            (sizes.iter().all(|size| *size > 0), "a size of 0"),
            (self.encoder_attention_heads > 0, "no attention heads"),
            (self.vocab_size > 0 && self.max_position_embeddings > 0, "a vocabulary or a window of nothing"),
        ];
        first_unsupported(&checks)
    }
}

#[cfg(test)]
mod tests;
