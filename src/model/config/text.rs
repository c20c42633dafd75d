//! The configurations of the text encoders: CLIP and OpenCLIP, and the encoder of latent diffusion.
//!
//! As for the other parts, missing keys take the libraries' defaults and what there is no code for is refused.

use serde::Deserialize;

use super::{DEEPEST, PartConfig, WIDEST, first_unsupported};
use base::with_defaults;

with_defaults! {
    /// `CLIPTextModel`'s configuration
    /// (<https://huggingface.co/stable-diffusion-v1-5/stable-diffusion-v1-5/blob/main/text_encoder/config.json>).
    #[derive(Debug, Clone, Deserialize)]
    #[serde(default)]
    #[expect(missing_docs, reason = "the fields are transformers' own keys, documented there")]
    pub struct ClipTextConfig {
        pub eos_token_id: Option<u32> = Some(49407),
        pub hidden_act: String = "quick_gelu".into(),
        pub hidden_size: usize = 512,
        pub intermediate_size: usize = 2048,
        pub layer_norm_eps: f64 = 1e-5,
        pub max_position_embeddings: usize = 77,
        pub num_attention_heads: usize = 8,
        pub num_hidden_layers: usize = 12,
        pub projection_dim: usize = 512,
        pub vocab_size: usize = 49408,
    }
}

with_defaults! {
    /// `LDMBertModel`'s configuration
    /// (<https://huggingface.co/CompVis/ldm-text2im-large-256/blob/main/bert/config.json>).
    #[derive(Debug, Clone, Deserialize)]
    #[serde(default)]
    #[expect(missing_docs, reason = "the fields are diffusers' own keys, documented there")]
    pub struct LdmBertConfig {
        pub activation_function: String = "gelu".into(),
        pub d_model: usize = 1280,
        pub encoder_attention_heads: usize = 8,
        pub encoder_ffn_dim: usize = 5120,
        pub encoder_layers: usize = 32,
        pub head_dim: usize = 64,
        pub max_position_embeddings: usize = 77,
        pub vocab_size: usize = 30522,
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
