//! Bytes to named tensors and back: model folders, learned words, generation settings inside pictures.
//!
//! Everything that comes from outside is read here, by content and not by file name, and refused with a
//! sentence when it is not what it should be. No device and no model is needed, and no file can run code.

pub mod checkpoint;
mod container;
pub mod credentials;
mod damage;
pub mod embedding;
pub mod grid_file;
pub mod infotext;
mod kinds;
mod lineage;
pub mod lora;
pub mod names;
pub mod pickle;
pub mod png_info;
mod stored;
mod tensors;
pub mod torch;
mod variant;
mod weights;

pub use checkpoint::{BundledVocabulary, ModelFiles, TokenizerFiles};
pub use embedding::{LearnedWord, SecondVectors};
pub use infotext::{GenerateInfo, parse_parameters};
pub use png_info::{read_parameters, read_prompt};
pub use safetensors::Dtype;
pub use weights::{Weights, transpose};

#[cfg(test)]
fn golden(name: &str) -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden").join(name)
}
