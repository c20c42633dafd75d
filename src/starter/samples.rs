//! The sample concepts that come with the program: four things and one style that the starter model has never
//! seen, a few pictures each.
//!
//! The pictures lie in `assets/samples` and were drawn by `assets/recipe/world`, where a test compares the two. What
//! can be learned from them is the business of the evaluation.

use project::{Concept, ConceptKind};

/// A concept to try the program with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// The folder of its pictures, and its name on the command line; in angle brackets, the word it is learned as.
    pub name: &'static str,
    /// What the word starts out meaning.
    pub initial_word: &'static str,
    /// Thing or style.
    pub kind: ConceptKind,
}

/// All samples, the one to begin with first.
pub const SAMPLES: &[Sample] = &[
    Sample { name: "tea-time-mug", initial_word: "mug", kind: ConceptKind::Object },
    Sample { name: "circus-cat", initial_word: "cat", kind: ConceptKind::Object },
    Sample { name: "garden-robot", initial_word: "robot", kind: ConceptKind::Object },
    Sample { name: "regatta-boat", initial_word: "boat", kind: ConceptKind::Object },
    Sample { name: "soft-wash", initial_word: "painting", kind: ConceptKind::Style },
];

impl Sample {
    /// The sample of that name.
    pub fn find(name: &str) -> Option<&'static Self> {
        SAMPLES.iter().find(|sample| sample.name == name)
    }

    /// What there is to be learned.
    pub fn concept(&self) -> Concept {
        Concept { word: format!("<{}>", self.name), initial_word: self.initial_word.into(), kind: self.kind }
    }
}
