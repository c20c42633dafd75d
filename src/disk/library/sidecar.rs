//! The note beside a word of the library: what the word's own file cannot say.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use base::{FileKind, Result};
use project::files::{read_toml, write_toml};
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
    /// SHA-256 of the file it was brought in from, by which pictures know it.
    pub(super) original: Option<String>,
}

impl Default for Sidecar {
    fn default() -> Self {
        Self { kind: ConceptKind::Object, rights: Rights::Unknown, run: None, began: None, original: None }
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
