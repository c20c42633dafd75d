//! Scores of a learned word: does it look like the pictures, and does it still obey the prompt?
//!
//! The paper's two figures (section 5.1), computed with any CLIP on pictures that somebody else has drawn. It
//! knows no device job and no files; the engine feeds it.

pub mod metrics;
