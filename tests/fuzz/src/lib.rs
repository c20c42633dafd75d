//! The parsers of Pseudoword, and what they stand on, as a crate without networks, engine and window.
#![allow(dead_code, missing_docs, reason = "taken as they are from the crate they belong to")]

#[path = "../../../src/atomic.rs"]
pub mod atomic;
#[path = "../../../src/error.rs"]
pub mod error;
#[path = "../../../src/format/mod.rs"]
pub mod format;
#[path = "../../../src/project/mod.rs"]
pub mod project;

pub use error::{Error, FileKind, Result};
