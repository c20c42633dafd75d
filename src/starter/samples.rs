//! The sample concepts that come with the program: four things and one style that the starter model has never
//! seen, a few pictures each.
//!
//! The pictures lie in `assets/samples` and were drawn by `assets/recipe/world`, where a test compares the two. What
//! can be learned from them is the business of the evaluation.

use project::{Concept, ConceptKind};

/// A concept to try the program with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// The folder of its pictures, and its name on the command line.
    pub name: &'static str,
    /// The word it is to be learned as.
    pub word: &'static str,
    /// What the word starts out meaning.
    pub initial_word: &'static str,
    /// Thing or style.
    pub kind: ConceptKind,
}

/// All samples, the one to begin with first.
pub const SAMPLES: &[Sample] = &[
    sample("tea-time-mug", "<tea-time-mug>", "mug", ConceptKind::Object),
    sample("circus-cat", "<circus-cat>", "cat", ConceptKind::Object),
    sample("garden-robot", "<garden-robot>", "robot", ConceptKind::Object),
    sample("regatta-boat", "<regatta-boat>", "boat", ConceptKind::Object),
    sample("soft-wash", "<soft-wash>", "painting", ConceptKind::Style),
];

const fn sample(
    name: &'static str,
    word: &'static str,
    initial_word: &'static str,
    kind: ConceptKind,
) -> Sample {
    Sample { name, word, initial_word, kind }
}

impl Sample {
    /// The sample of that name.
    pub fn find(name: &str) -> Option<&'static Self> {
        SAMPLES.iter().find(|sample| sample.name == name)
    }

    /// What there is to be learned.
    pub fn concept(&self) -> Concept {
        Concept { word: self.word.into(), initial_word: self.initial_word.into(), kind: self.kind }
    }
}
