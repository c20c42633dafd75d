//! A text-to-image model on the disk: what it is, where its parts are, which one it is.
//!
//! A model is a folder in diffusers' layout or one file with everything in it; both answer the same questions
//! in diffusers' terms, so that nothing above this module needs to know which it was. Only plain text-to-image
//! models of the four families are accepted; anything else is refused by its name.

mod convert;
mod detect;
mod fingerprint;
mod folder;
mod model_files;
mod original;
mod prediction;
mod published;
mod single;
mod tensor_groups;
mod unet_layout;
mod vae_file;

pub use self::convert::convert_to_safetensors;
pub use self::fingerprint::{fingerprint_of, stored_precision};
pub use self::model_files::{BundledVocabulary, ModelFiles, TokenizerFiles};
pub(crate) use self::original::original_unet_names;
pub use self::published::published_config;
