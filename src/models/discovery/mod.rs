//! Finding the models and words that are on this computer already, in the folders of other programs and in those
//! the artist names.
//!
//! Where to look is a function of an [`Environment`] alone, so that the rules of every system are tested on any.
//! Of models only names and headers are read, and of words no more than they hold; nothing is copied, nothing is
//! written, not even beside another program's database, and every walk has an end.

pub mod environment;
mod places;
mod programs;
pub mod recognise;
mod search;
pub mod watch;

use std::path::PathBuf;

use serde::Serialize;

pub use environment::{Environment, Os};
pub use places::{Places, places};
pub use recognise::{Recognise, Recognition, recognise};
pub use search::{Limits, Step, Summary, search};
pub use watch::Watched;

use project::{Family, Precision};

/// Whose folder something lies in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Program {
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

impl Program {
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

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A whole model: a single file or a folder in diffusers' layout.
    Model,
    /// A learned word.
    Embedding,
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
    pub program: Program,
    /// What it is for.
    pub holds: Holds,
    /// Whether `path` itself is the model or word; if not, it is searched.
    pub exact: bool,
    /// What its owner calls it, if that is not the file's name.
    pub name: Option<String>,
}

/// A model or word that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Found {
    /// Its file or folder, where its owner keeps it.
    pub path: PathBuf,
    /// What to call it.
    pub name: String,
    /// Whose it is.
    pub program: Program,
    /// Model or word.
    pub kind: Kind,
    /// Which family it belongs to; `None` if that cannot be told from its header.
    pub family: Option<Family>,
    /// The number format of most of its numbers, if it says.
    pub precision: Option<Precision>,
    /// Its size on the disk; of a folder, that of the weights that would be used.
    pub bytes: u64,
    /// Why it cannot be used, as a sentence.
    pub fault: Option<String>,
}

#[cfg(test)]
mod tests;
