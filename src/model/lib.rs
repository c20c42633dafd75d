//! The networks of the model families as burn modules, sized by their `config.json` and named as diffusers
//! names them. Weights are constants on a plain device; only a learned vector that flows in carries a
//! gradient.

mod attention;
pub mod card;
mod clip;
mod clip_vision;
pub mod conditioner;
pub mod config;
pub mod embeddings;
mod layers;
mod ldm_bert;
pub mod memory;
mod merge;
pub mod pipeline;
mod source;
mod tables;
mod tiny_decoder;
pub mod unet;
mod vae;

pub use attention::AttentionMap;
pub use clip::ClipTextModel;
pub use clip_vision::ClipModel;
pub use conditioner::Conditioner;
pub use kernels::{Adapter, Learned};
pub use layers::Layer;
pub use ldm_bert::LdmBertModel;
pub use pipeline::{Pipeline, Stored};
pub use source::{Interrupt, Loader, ParameterSource, RandomSource};
pub use tables::{token_rows, token_tables};
pub use tiny_decoder::TinyDecoder;
pub use unet::UNet2dConditionModel;
pub use vae::AutoencoderKl;
