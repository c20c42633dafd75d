//! Human captions: every picture is learned with the sentence that a person wrote of it, with the word in it (the authors'
//! module `personalized_detailed_text`, which was never released as source).
//!
//! A caption without the word gets it in front, and a picture without a caption is learned with the usual sentences:
//! `project::template` and the job see to both.

use super::Method;

/// Sentences by a person.
#[derive(Debug)]
pub(super) struct Captions;

impl Method for Captions {
    fn captions(&self, _asked: bool) -> bool {
        true
    }
}
