//! The ways of learning a word that the paper compares (section 5), each one in a file of its own: what a step draws, which
//! vectors it moves, and what is added to its loss.
//!
//! All of them share the step itself (`learner`), the table of vectors and the checkpoint; a method holds no state, so
//! that a run goes on from its step alone. What is not said here is as in the paper's own method.

mod captions;
mod extended;
mod per_image;
mod progressive;
mod regularised;
mod single;
mod two_concept;

use std::fmt::Debug;
use std::sync::Arc;

use diffusion::StepRandom;
use project::settings::MAX_VECTORS;
use project::{LearnSettings, Method as Name};

pub use two_concept::{Composition, PASTED, compositions};

/// A way of learning a word. Steps are counted from 1, and a word after `step` steps is what step `step` made.
pub trait Method: Debug + Send + Sync {
    /// How many vectors the word has, where so many are asked for and its initial word has so many tokens.
    fn vectors(&self, asked: Option<usize>, tokens: usize) -> usize {
        asked.unwrap_or(tokens).clamp(1, MAX_VECTORS)
    }

    /// How many of the word's vectors step `step` is learned with, which are the first ones.
    fn active(&self, step: u64, vectors: usize) -> usize {
        let _ = step;
        vectors
    }

    /// Whether a picture's caption is its sentence, where that is `asked` for or not.
    fn captions(&self, asked: bool) -> bool {
        asked
    }

    /// Whether the next picture of a step is one that was put together of two.
    fn pastes(&self, random: &mut StepRandom) -> bool {
        let _ = random;
        false
    }

    /// From which of a picture's lists of sentences step `step` draws.
    fn list(&self, step: u64, random: &mut StepRandom) -> usize {
        let _ = random;
        self.measured(step)
    }

    /// The list that the word after `step` steps is measured with.
    fn measured(&self, step: u64) -> usize {
        let _ = step;
        0
    }

    /// Whether step `step` leaves a row of the table, and what the optimiser knows of it, as they are; `touched` if it has a
    /// gradient.
    fn rests(&self, step: u64, row: usize, touched: bool) -> bool {
        let _ = (step, row, touched);
        false
    }

    /// What is added to the loss, and its gradient with respect to the word, both `[vectors, width]` row-major like `start`.
    fn penalty(&self, word: &[f32], start: &[f32], vectors: usize) -> Option<(f64, Vec<f32>)> {
        let _ = (word, start, vectors);
        None
    }
}

/// The method that settings name, which were checked.
pub fn of(settings: &LearnSettings) -> Arc<dyn Method> {
    match settings.method {
        Name::Single => Arc::new(single::Single),
        Name::Extended => Arc::new(extended::Extended),
        // A list that cannot be read was refused.
        Name::Progressive => {
            Arc::new(progressive::Progressive { growth: settings.methods.growth().unwrap_or_default() })
        }
        Name::Regularised => Arc::new(regularised::Regularised { weight: settings.methods.regularisation }),
        Name::PerImage => Arc::new(per_image::PerImage),
        Name::Captions => Arc::new(captions::Captions),
        Name::TwoConcept => Arc::new(two_concept::TwoConcept),
    }
}
