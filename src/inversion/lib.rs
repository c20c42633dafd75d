//! The method: textual inversion (Gal et al. 2022, <https://arxiv.org/abs/2208.01618>), from cached latents to one
//! learning step. Everything is frozen but the k x d parameters of the word. It knows no files, threads or windows,
//! and it draws all chance from (seed, step), so a run can be continued from its state alone.
//!
//! Read `learner` first: its `step` is the method in one screen. `methods` are the other ways that the paper compares it
//! with.

pub mod adapters;
mod batch;
mod carry_over;
mod clip_word;
mod context;
mod diagnostics;
mod directional;
mod latent_cache;
mod learner;
mod leaves;
pub mod methods;
mod mix;
mod null_text;
pub mod objective;
mod optimizer;
mod refined;
mod replay;
mod sparse_mix;
mod timesteps;
mod tuner;
mod vectors;
mod whole;

pub use batch::BatchSampler;
pub use carry_over::{carry_over, moved, same_table};
pub use clip_word::ClipWord;
pub use context::{ContextPair, ContextTerm};
pub use diagnostics::{NormRange, spread, stuck};
pub use latent_cache::{CachedPosterior, EncodedImage, encode};
pub use learner::{Learner, LearnerState, StepOutcome};
pub use leaves::Leaves;
pub use mix::mix;
pub use null_text::{Guided, NullText, NullTexts};
pub use objective::{Batch, Objective};
pub use optimizer::AdamW;
pub use refined::{FirstPictures, NegativeWord, Refined};
pub use sparse_mix::{SparseMix, sparse_mix};
pub use timesteps::Timesteps;
pub use tuner::{Parts, TunedModel, Tuner, TunerOutcome, TunerState};
pub use vectors::{Vectors, blend};
pub use whole::{Visits, Whole, WholeLayer};
