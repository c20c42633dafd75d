//! Where the vocabulary of a model's text encoder is: with the model, or with the program.

use std::path::PathBuf;

/// Where the vocabulary of a text encoder comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenizerFiles {
    /// A folder of tokenizer files in the layout of transformers.
    Folder(PathBuf),
    /// The model brings none; the published one of its family is meant.
    Bundled(BundledVocabulary),
}

/// A published vocabulary that the program carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BundledVocabulary {
    /// CLIP's, padded with `<|endoftext|>`: Stable Diffusion 1, the first encoder of XL.
    ClipL,
    /// CLIP's, padded with `!`: Stable Diffusion 2, the second encoder of XL.
    OpenClip,
    /// BERT's, uncased: Latent Diffusion.
    Bert,
}
