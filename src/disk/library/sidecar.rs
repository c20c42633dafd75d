//! The note beside a word of the library: what the word's own file cannot say.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::message::Answer;
use base::{FileKind, Result};
use project::files::{read_or_set_aside, read_toml, write_toml};
use project::{ConceptKind, Rights};

/// `NAME.toml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Sidecar {
    pub(super) kind: ConceptKind,
    pub(super) rights: Rights,
    /// The run it was learned in, and when that began: another run may get the same folder later.
    pub(super) run: Option<PathBuf>,
    pub(super) began: Option<u64>,
    /// Whether it is the second of two words that were learned together.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) second: bool,
    /// SHA-256 of the file it was brought in from, by which pictures know it.
    pub(super) original: Option<String>,
}

impl Default for Sidecar {
    fn default() -> Self {
        let (kind, rights) = (ConceptKind::Object, Rights::Unknown);
        Self { kind, rights, run: None, began: None, second: false, original: None }
    }
}

impl Sidecar {
    pub(super) fn read(word: &Path) -> Self {
        read_toml(FileKind::Settings, &word.with_extension("toml")).unwrap_or_default()
    }

    pub(super) fn write(&self, word: &Path) -> Result<()> {
        write_toml(FileKind::Settings, &word.with_extension("toml"), self)
    }
}

/// Keeps the notes of these words that cannot be read beside their places; what to say of them.
pub(super) fn set_damaged_aside(words: Vec<PathBuf>) -> Option<Answer> {
    let note =
        |word: PathBuf| read_or_set_aside::<Sidecar>(FileKind::Settings, &word.with_extension("toml")).1;
    let said: Vec<String> = words.into_iter().filter_map(note).collect();
    let (first, rest) = said.split_first()?;
    let others = match rest.len() {
        0 => String::new(),
        count => format!(" In the same way: notes of other words of the library, {count} in all."),
    };
    Some(Answer::Refused(format!("{first}{others}")))
}
