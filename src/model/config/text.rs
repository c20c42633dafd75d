//! The configurations of the text encoders: CLIP and OpenCLIP, and the encoder of latent diffusion.
//!
//! As for the other parts, missing keys take the libraries' defaults and what there is no code for is refused.

use serde::Deserialize;

use super::{DEEPEST, PartConfig, WIDEST, first_unsupported};

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

/// Most tokens of a vocabulary.
const MOST_TOKENS: usize = 1 << 24;

impl PartConfig for ClipTextConfig {
    fn supported(&self) -> Result<(), String> {
        let checks = [
            (["quick_gelu", "gelu"].contains(&self.hidden_act.as_str()), "another hidden_act"),
            (self.num_hidden_layers > 0, "no layers"),
            (self.num_hidden_layers <= DEEPEST, "more than 64 layers"),
            (self.vocab_size <= MOST_TOKENS, "a vocabulary beyond 16 million"),
            (
                [self.hidden_size, self.intermediate_size, self.projection_dim, self.max_position_embeddings]
                    .iter()
                    .all(|width| *width <= WIDEST),
                "widths beyond 65536",
            ),
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
            (
                sizes.iter().all(|size| *size <= WIDEST) && self.encoder_layers <= DEEPEST,
                "widths beyond 65536 or more than 64 layers",
            ),
            (self.encoder_attention_heads <= WIDEST, "more than 65536 attention heads"),
            (self.vocab_size <= MOST_TOKENS, "a vocabulary beyond 16 million"),
            (self.encoder_attention_heads > 0, "no attention heads"),
            (self.vocab_size > 0 && self.max_position_embeddings > 0, "a vocabulary or a window of nothing"),
        ];
        first_unsupported(&checks)
    }
}
