//! Where to search, and what could not be understood on the way there.
//!
//! A settings file of another program that cannot be understood is named in a note and does not stop the rest.

use std::path::{Path, PathBuf};

use serde::Serialize;

use base::{Error, FileKind, json, text_file};

/// Whose folder something lies in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// AUTOMATIC1111's web interface, Forge and their relatives.
    A1111,
    /// ComfyUI: cloned, portable or its desktop application.
    ComfyUi,
    /// InvokeAI.
    InvokeAi,
    /// The library that StabilityMatrix shares among programs.
    StabilityMatrix,
    /// The cache of Hugging Face's libraries.
    HuggingFace,
    /// Models that this program downloaded.
    Downloads,
    /// A folder that the artist named.
    Folder,
}

impl Origin {
    /// The name people know it by.
    pub fn name(self) -> &'static str {
        match self {
            Self::A1111 => "A1111 / Forge",
            Self::ComfyUi => "ComfyUI",
            Self::InvokeAi => "InvokeAI",
            Self::StabilityMatrix => "StabilityMatrix",
            Self::HuggingFace => "Hugging Face cache",
            Self::Downloads => "Downloads",
            Self::Folder => "Your folder",
        }
    }
}

/// What a folder is for, as the program it belongs to uses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Holds {
    /// Models.
    Models,
    /// Learned words.
    Embeddings,
    /// Whatever; what lies there is told by its content.
    Anything,
}

/// A folder to search, or one thing known by its path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The folder, file or model folder.
    pub path: PathBuf,
    /// Whose it is.
    pub program: Origin,
    /// What it is for.
    pub holds: Holds,
    /// Whether `path` itself is the model or word; if not, it is searched.
    pub exact: bool,
    /// What its owner calls it, if that is not the file's name.
    pub name: Option<String>,
}

impl Place {
    /// A folder that may hold anything.
    pub fn folder(path: PathBuf, program: Origin) -> Self {
        Self { path, program, holds: Holds::Anything, exact: false, name: None }
    }
}

/// Where to search, and what could not be understood on the way.
#[derive(Debug, Clone, Default)]
pub struct Places {
    /// The places, each once.
    pub places: Vec<Place>,
    /// Sentences about settings that could not be read.
    pub notes: Vec<String>,
}

impl Places {
    pub(super) fn add(&mut self, path: PathBuf, program: Origin, holds: Holds) {
        self.put(Place { path, program, holds, exact: false, name: None });
    }

    pub(super) fn exact(&mut self, path: PathBuf, program: Origin, holds: Holds, name: Option<String>) {
        self.put(Place { path, program, holds, exact: true, name });
    }

    fn put(&mut self, place: Place) {
        let known = self.places.iter().any(|old| (&old.path, old.holds) == (&place.path, place.holds));
        if !known && place.path.exists() {
            self.places.push(place);
        }
    }

    pub(super) fn note(&mut self, path: &Path, fault: &str) {
        let note = format!("{}: {fault}. Models that only it names are not listed.", path.display());
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// The text of a settings file; `None` if there is none, or if it is not text, which is noted.
    pub(super) fn text(&mut self, path: &Path) -> Option<String> {
        if !path.is_file() {
            return None;
        }
        let text = text_file::read(FileKind::Settings, path);
        text.map_err(|error| match error {
            Error::File { fault, .. } => self.note(path, &fault),
            other => self.note(path, &format!("it cannot be read ({other})")),
        })
        .ok()
    }

    /// A settings file in JSON; `None` as for [`Places::text`].
    pub(super) fn json(&mut self, path: &Path) -> Option<serde_json::Value> {
        let text = self.text(path)?;
        let parsed = json::from_slice(text.as_bytes());
        parsed.map_err(|_| self.note(path, "it is not readable as JSON")).ok()
    }

    /// A settings file in YAML; `None` as for [`Places::text`].
    pub(super) fn yaml(&mut self, path: &Path) -> Option<serde_json::Value> {
        let text = self.text(path)?;
        // Settings are short and name little twice; what repeats itself without end is stopped early.
        let options = serde_saphyr::options! {
            budget: serde_saphyr::budget! {
                max_nodes: 20_000, max_events: 60_000, max_aliases: 100, max_depth: 16, flow_nesting_limit: 16,
            },
            alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: 10_000 },
            with_snippet: false,
        };
        let parsed = serde_saphyr::from_str_with_options(&text, options);
        parsed.map_err(|_| self.note(path, "it is not readable as YAML")).ok()
    }
}
