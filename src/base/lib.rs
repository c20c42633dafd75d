//! What every floor stands on: the one error type, whose every variant is a sentence for a person, and writing a
//! file whole or not at all. It knows nothing of pictures, words or models.

pub mod atomic;
mod error;

pub use error::{Error, FileKind, Result};
