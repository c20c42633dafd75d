//! What comes inside the program: a small model, and the sample concepts to try it with.
//!
//! How both were made is written down in `assets/recipe`; nothing here draws or trains, or knows a network.

pub mod bundle;
mod samples;

pub use samples::{SAMPLES, Sample};
