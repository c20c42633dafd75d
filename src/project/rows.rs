//! Whose the vectors of a run are: those of its word come first, then those that are learned together with it.
//!
//! One table holds them all, in checkpoints and while learning, so that each goes on bit for bit with the others. How
//! many a run has follows from its settings and its pictures.

use std::ops::Range;

use super::concept::Concept;
use super::manifest::RunManifest;
use super::method::Method;

/// Rows of a run's table, one range behind the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows {
    /// The word's.
    pub word: Range<usize>,
    /// Those of the word that is learned together with it, as many.
    pub second: Range<usize>,
    /// One for each picture, in their order, where every picture has a word of its own.
    pub pictures: Range<usize>,
    /// The negative word's.
    pub negative: Range<usize>,
}

impl RunManifest {
    /// Whose the rows of a table with `all` of them are.
    pub fn rows(&self, all: usize) -> Rows {
        let negatives = self.settings.refine.negative_vectors.min(all);
        let pictures = match self.settings.method {
            Method::PerImage => self.pictures.len().min(all - negatives),
            _ => 0,
        };
        let own = all - negatives - pictures;
        let word = if self.settings.method == Method::TwoConcept { own / 2 } else { own };
        let behind = own + pictures;
        Rows { word: 0..word, second: word..own, pictures: own..behind, negative: behind..all }
    }

    /// What is wrong with a table of `[rows, width]`, if it is none of this run's: rows that its word or the words
    /// beside it need and that are not there, or vectors of another width.
    pub fn misfit(&self, [all, width]: [usize; 2]) -> Option<String> {
        let method = self.settings.method;
        let word = match method {
            Method::Progressive => 1 + self.settings.methods.growth().map_or(0, |steps| steps.len()),
            Method::Extended => self.settings.vectors.unwrap_or(2).max(2),
            _ => self.settings.vectors.unwrap_or(1),
        };
        let own = if method == Method::TwoConcept { 2 * word } else { word };
        let pictures = if method == Method::PerImage { self.pictures.len() } else { 0 };
        let least = own + pictures + self.settings.refine.negative_vectors;
        let expected: usize = self.widths.iter().sum();
        match () {
            () if all < least => {
                Some(format!("it holds too few vectors, {all} where run.toml says {least} at least"))
            }
            () if expected > 0 && expected != width => Some(format!(
                "its vectors are {width} numbers wide, and those of the model in run.toml are {expected}"
            )),
            () => None,
        }
    }

    /// The word that is learned together with the first, if there is one.
    pub fn second(&self) -> Option<Concept> {
        self.settings.second(self.concept.kind)
    }
}
