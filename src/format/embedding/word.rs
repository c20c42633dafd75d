//! A learned word: its vectors, for which text encoders they are, and what makes them unusable.
//!
//! Plain data, whatever file it came from.

use std::collections::BTreeMap;
use std::path::Path;

use super::entries::is_name;
use crate::lineage;
use base::{Error, FileKind, Result};
use project::{Family, Lineage};

/// The most vectors a word may have: the places between begin and end token of a prompt.
pub const MAX_VECTORS: usize = 75;

/// The result of textual inversion: the vectors a new word stands for.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LearnedWord {
    /// The word as it is written in prompts, such as `<cat-toy>`; `None` if the file does not say.
    pub token: Option<String>,
    /// The vectors one after another: `shape[0] * shape[1]` finite numbers.
    pub vectors: Vec<f32>,
    /// The number of vectors (1 to [`MAX_VECTORS`]) and their width (768 for Stable Diffusion 1, 1024 for 2).
    pub shape: [usize; 2],
    /// SDXL: the vectors for the second text encoder (clip_g), as many as in `vectors`.
    pub second: Option<SecondVectors>,
    /// Where the word comes from, in the keys of the safetensors header; see
    /// [`Provenance`](super::Provenance). What reading adds is not written again.
    pub metadata: BTreeMap<String, String>,
}

/// The vectors of a word for the second text encoder of Stable Diffusion XL.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SecondVectors {
    /// The vectors one after another: `shape[0] * shape[1]` finite numbers.
    pub values: Vec<f32>,
    /// The number of vectors and their width (1280).
    pub shape: [usize; 2],
}

/// The entry of [`LearnedWord::metadata`] that says what kind of file a word was read from.
pub(super) const CONTAINER: &str = "pseudoword.container";
/// The entry of [`LearnedWord::metadata`] that keeps what the word was called elsewhere, one name a line.
pub const NAMES: &str = "pseudoword.names";
/// The entry of [`LearnedWord::metadata`] that says what is odd about the file.
pub(super) const REMARK: &str = "pseudoword.remark";

impl LearnedWord {
    /// A word of one vector, of which nothing more is known.
    pub fn new(token: &str, vector: Vec<f32>) -> Self {
        Self { token: Some(token.into()), shape: [1, vector.len()], vectors: vector, ..Self::default() }
    }

    /// What the word, read from the file `path`, is called: by itself, by files it came from, and by this file, if that
    /// holds no other or the word's own name says nothing. A sign such as the star that old files have is no name.
    pub fn names(&self, path: &Path, alone: bool) -> Vec<String> {
        let says =
            |name: &&str| is_name(name) && (name.chars().any(char::is_alphanumeric) || name.starts_with('<'));
        let kept = self.metadata.get(NAMES).filter(|_| alone);
        let kept = kept.map(|names| names.lines().take(16)).into_iter().flatten();
        let mut names: Vec<String> = Vec::new();
        for name in self.token.as_deref().into_iter().chain(kept).filter(says) {
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        let stem = stem.filter(|stem| (alone || names.is_empty()) && !names.contains(stem));
        names.extend(stem);
        names
    }

    /// The family of models it was learned on: what the metadata say, else what its vectors tell; `None` if
    /// neither does.
    pub fn family(&self) -> Option<Family> {
        let widths = self.widths();
        let said =
            self.metadata.get("modelspec.architecture").and_then(|text| Family::from_architecture(text));
        // A word of two parts is for two encoders, whatever the header says.
        let said = said.filter(|family| family.widths().len() == widths.len());
        said.or_else(|| {
            let known = Family::ALL.into_iter().find(|family| family.widths() == widths);
            known.or(self.second.as_ref().map(|_| Family::Sdxl))
        })
    }

    /// From which model of Stable Diffusion XL its own was made, if the header says.
    pub fn lineage(&self) -> Option<Lineage> {
        (self.family() == Some(Family::Sdxl)).then(|| lineage::of_word(&self.metadata)).flatten()
    }

    /// How wide the vectors are, for each text encoder.
    pub fn widths(&self) -> Vec<usize> {
        let second = self.second.as_ref().map(|second| second.shape[1]);
        std::iter::once(self.shape[1]).chain(second).collect()
    }

    /// Refuses a word made for text encoders of other widths than `widths`; `path` is named in the sentence.
    pub fn expect_widths(&self, widths: &[usize], path: &Path) -> Result<()> {
        let own = self.widths();
        if own == widths {
            return Ok(());
        }
        let told = |widths: &[usize], family: Option<Family>| {
            let numbers: Vec<String> = widths.iter().map(usize::to_string).collect();
            let family = family.map(|family| format!(" ({})", family.name())).unwrap_or_default();
            format!("{}{family}", numbers.join(" and "))
        };
        let needed = Family::ALL.into_iter().find(|family| family.widths() == widths);
        let fault = format!(
            "its vectors have {} numbers, but this model needs {}",
            told(&own, self.family()),
            told(widths, needed)
        );
        Err(Error::file(FileKind::Embedding, path, fault, "Open the model the word was learned on."))
    }

    /// What makes the vectors unusable, if anything does.
    pub(super) fn fault(&self) -> Option<String> {
        let first = fault_of(&self.vectors, self.shape);
        let Some(second) = &self.second else { return first };
        first.or_else(|| fault_of(&second.values, second.shape)).or_else(|| {
            (second.shape[0] != self.shape[0]).then(|| {
                let [one, two] = [self.shape[0], second.shape[0]];
                format!("it holds {one} vectors for the first text encoder and {two} for the second")
            })
        })
    }
}

pub(super) fn too_many(count: usize) -> String {
    format!("it holds {count} vectors, more than the {MAX_VECTORS} that fit into a prompt")
}

fn fault_of(vectors: &[f32], [count, width]: [usize; 2]) -> Option<String> {
    if count == 0 || width == 0 {
        return Some("it holds no vectors".into());
    }
    if count > MAX_VECTORS {
        return Some(too_many(count));
    }
    if count.checked_mul(width) != Some(vectors.len()) {
        return Some(format!("it holds {} numbers instead of {count} times {width}", vectors.len()));
    }
    let wild = vectors.iter().filter(|number| !number.is_finite()).count();
    (wild > 0).then(|| format!("{wild} of its numbers are infinite or not numbers, so learning had failed"))
}
