//! What a run does beside the published method, as the learner needs it: all of it optional, and nothing by itself.
//!
//! What is drawn and computed for each stands in the places that draw and compute; here they are only held together.

use super::batch::BatchSampler;
use super::context::ContextTerm;

/// What goes beyond the published method.
#[derive(Debug, Clone, Default)]
pub struct Refined {
    /// Keeps the rest of a sentence as it was.
    pub context: Option<ContextTerm>,
    /// A word that is learned with the other for the negative prompt.
    pub negative: Option<NegativeWord>,
    /// Smaller pictures in the first steps.
    pub first: Option<FirstPictures>,
    /// How many of the table's rows, from the first on, are the word's, where others are learned beside it.
    pub vectors: Option<usize>,
}

/// The negative word, whose vectors are the last rows of the table. The prediction is `n + g (p - n)`, where `p` is made
/// with a picture's sentence and `n` with the negative word alone (the idea of DreamArtist, arXiv 2211.11337).
#[derive(Debug, Clone, PartialEq)]
pub struct NegativeWord {
    /// The padded ids of the negative prompt, a context length for each text encoder.
    pub ids: Vec<u32>,
    /// The guidance `g`.
    pub guidance: f64,
}

/// The pictures of the first steps.
#[derive(Debug, Clone)]
pub struct FirstPictures {
    /// Draws from them.
    pub sampler: BatchSampler,
    /// The step up to which they are drawn from.
    pub until: u64,
    /// Their width and height in pixels.
    pub side: u32,
}
