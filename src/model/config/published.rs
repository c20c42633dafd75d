//! The configurations of the published models, for measuring without a download.
//!
//! Only what differs from the libraries' defaults is written here; files are always read by their own
//! configuration.

use super::{ClipTextConfig, PerBlock, TEXT_TIME, UNetConfig, VaeConfig};

impl UNetConfig {
    /// Stable Diffusion 1.5's U-Net: diffusers' defaults with a 768-wide context.
    pub fn sd15() -> Self {
        Self { cross_attention_dim: 768, ..Self::default() }
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
