//! The networks of the model families as burn modules, sized by their `config.json` and named as diffusers
//! names them. Weights are constants on a plain device; only a learned vector that flows in carries a
//! gradient.

pub mod attention;
pub mod card;
pub mod clip;
pub mod clip_vision;
pub mod conditioner;
pub mod config;
pub mod embeddings;
pub mod layers;
pub mod ldm_bert;
pub mod pipeline;
pub mod source;
pub mod unet;
pub mod vae;

pub use clip::ClipTextModel;
pub use conditioner::Conditioner;
pub use ldm_bert::LdmBertModel;
pub use pipeline::Pipeline;
pub use unet::UNet2dConditionModel;
pub use vae::AutoencoderKl;
