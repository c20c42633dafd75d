//! The method: textual inversion (Gal et al. 2022, <https://arxiv.org/abs/2208.01618>), from cached images
//! to one learning step. Everything is frozen but the k x d numbers of the word. It knows no files, threads
//! or windows, and it draws all chance from (seed, step), so a run can be continued from its numbers alone.
//!
//! Read `learner` first: its `step` is the method in one screen.

pub mod batch;
pub mod health;
pub mod learner;
pub mod objective;
pub mod optimizer;
pub mod pictures;
pub mod vectors;

pub use learner::{Learner, LearnerState, StepOutcome};
pub use objective::{Batch, Objective};
pub use vectors::Vectors;
