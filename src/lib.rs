//! Pseudoword teaches a frozen text-to-image model a new word from three to five pictures: textual inversion
//! (Gal et al. 2022, <https://arxiv.org/abs/2208.01618>), natively, on any GPU.
//!
//! # The map
//!
//! Each floor may use the floors below it and never one above; `tests/architecture.rs` checks that.
//!
//! | floor | module | what lives there |
//! | --- | --- | --- |
//! | 0 | [`error`], [`atomic`] | sentences for people; writing a file whole or not at all |
//! | 1 | [`project`] | plain data: the word, the pictures, the sentences, the settings, the run folder |
//! | 2 | [`format`](mod@format), [`text`] | bytes to named tensors and learned words; text to tokens |
//! | 4 | [`model`] | the networks as burn modules, sized by `config.json`, named as diffusers names them |
//! | 5 | [`diffusion`], [`inversion`], [`evaluate`], [`starter`] | schedules and samplers; **the method**; scores; the starter's toy world |
//! | 6 | [`engine`], [`desk`] | one thread that owns the device, the models and the jobs; some that work on the artist's files |
//! | 6 | [`finding`], [`fetching`] | the models of other programs on this computer; the only place that knows a network |
//! | 7 | [`cli`], [`ui`] | the command line; the window |
//!
//! Floor 3 is kept for compute kernels. Between the engine and whoever watches it there is one enum each way
//! ([`engine::message`]); no tensor passes there, and the engine knows no window. The window talks to the disk in
//! the same way ([`desk::message`]): its state is a fold over both streams ([`ui::state`]), its panels report what
//! the person wants ([`ui::action`]), and one place acts ([`ui::app`]).
//!
//! # The life of one training step
//!
//! 1. [`inversion::batch`] draws, from (seed, step) alone: pictures in shuffled rounds, mirrored or not, a
//!    sentence for each, a timestep, and noise. The latents are sampled from the cached posterior of the
//!    picture, `z0 = scale * (mean + std * n)`; the autoencoder is long gone.
//! 2. [`inversion::objective`] looks up the frozen rows of the sentence's tokens, puts the learned vectors
//!    among them ([`model::embeddings`]), and runs the text encoder: the context.
//! 3. The noisy latents are `z_t = sqrt(abar) z0 + sqrt(1 - abar) eps`, computed in f64 on the host
//!    ([`diffusion::schedule`]).
//! 4. The U-Net predicts the noise (or the velocity) in the precision asked for; the loss is the mean squared
//!    error in f32, weighted by the mask if there is one.
//! 5. The backward pass starts at the loss and ends at the k x d numbers of the word. Everything else is a
//!    constant and gets neither gradient nor optimiser state.
//! 6. [`inversion::learner`] clips the gradient, takes an AdamW step on the host, pulls the norm towards the
//!    vocabulary's, and goes back to the last good word if a number is not finite. [`engine`] reports, saves
//!    a checkpoint and draws previews when they are due.

pub mod atomic;
pub mod cli;
pub mod desk;
pub mod diffusion;
pub mod engine;
pub mod error;
pub mod evaluate;
pub mod fetching;
pub mod finding;
pub mod format;
pub mod inversion;
pub mod model;
pub mod project;
pub mod starter;
pub mod text;
pub mod ui;

pub use error::{Error, FileKind, Result};
