//! What a file or folder is, by its name and header: a model or a word, of which family, in which numbers.
//!
//! It only decides which reader to ask; what a file is, the readers themselves say, so that nothing is listed that
//! cannot be opened. Of a model they read no more than its table of contents, and they run nothing.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::places::{Holds, Origin};
use base::Result;
use format::checkpoint::{ModelFiles, stored_precision};
use format::embedding::{self, LARGEST_WORD, LearnedWord};
use format::{Weights, png_info};
use project::{Checkpoint, Family, Lineage, Precision};

/// Model or word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A whole model: a single file or a folder in diffusers' layout.
    Model,
    /// A learned word.
    Embedding,
}

/// A model or word that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Found {
    /// Its file or folder, where its owner keeps it.
    #[serde(serialize_with = "base::as_text::path")]
    pub path: PathBuf,
    /// What to call it.
    pub name: String,
    /// Whose it is.
    pub program: Origin,
    /// Model or word.
    pub kind: Kind,
    /// Which family it belongs to; `None` if that cannot be told from its header.
    pub family: Option<Family>,
    /// The number format of most of its numbers, if it says.
    pub precision: Option<Precision>,
    /// Its size on the disk; of a folder, that of the weights that would be used.
    pub bytes: u64,
    /// From which model of Stable Diffusion XL it was made, or the model a word was learned on, if it says.
    pub lineage: Option<Lineage>,
    /// Why it cannot be used, as a sentence.
    pub fault: Option<String>,
}

impl Found {
    /// Something of which only its name is known so far.
    fn named(path: &Path, kind: Kind) -> Self {
        let name = if path.is_dir() { path.file_name() } else { path.file_stem() };
        Self {
            path: path.to_path_buf(),
            name: name.unwrap_or_default().to_string_lossy().into_owned(),
            program: Origin::Folder,
            kind,
            family: None,
            precision: None,
            bytes: 0,
            lineage: None,
            fault: None,
        }
    }
}

/// No file of learned words has more tensors.
const MOST_TENSORS: usize = 64;

/// Recognises a model by its names and header alone, and a word, which is small, by reading it; `None` for anything
/// else, which is not listed.
pub fn recognise(path: &Path, holds: Holds) -> Option<Found> {
    if path.is_dir() {
        return path.join("model_index.json").is_file().then(|| model(path));
    }
    let bytes = path.metadata().map_or(0, |data| data.len());
    let ending = path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let found = match ending.as_str() {
        "safetensors" => match Weights::open_file(path) {
            Ok(tensors) => contents(path, &tensors, holds, bytes)?,
            Err(_) if holds == Holds::Embeddings => word_file(path),
            Err(fault) => Found { fault: Some(fault.to_string()), ..Found::named(path, Kind::Model) },
        },
        "ckpt" => model(path),
        "pt" | "bin" | "pti" if holds == Holds::Embeddings && (1..=LARGEST_WORD).contains(&bytes) => {
            word_file(path)
        }
        "png" if holds == Holds::Embeddings && is_card(path) => word_file(path),
        _ => return None,
    };
    Some(Found { bytes, ..found })
}

/// A model, as its reader takes it.
fn model(path: &Path) -> Found {
    let named = Found::named(path, Kind::Model);
    let told = |files: ModelFiles| -> Result<Found> {
        let (family, bytes) = (Some(files.family()), files.file_bytes()?);
        Ok(Found { family, bytes, precision: files.precision()?, lineage: files.lineage(), ..named.clone() })
    };
    let told = ModelFiles::open(path).and_then(told);
    told.unwrap_or_else(|fault| Found { fault: Some(fault.to_string()), ..named })
}

/// A file of learned words, as its reader takes it.
fn word_file(path: &Path) -> Found {
    let (word, fault) = match embedding::read_all(path) {
        Ok(words) => (words.into_iter().next(), None),
        Err(fault) => (None, Some(fault.to_string())),
    };
    let (family, lineage) =
        (word.as_ref().and_then(LearnedWord::family), word.as_ref().and_then(LearnedWord::lineage));
    Found { family, lineage, fault, ..Found::named(path, Kind::Embedding) }
}

/// What a file of tensors is. Names tell only which reader to ask.
fn contents(path: &Path, tensors: &Weights, holds: Holds, bytes: u64) -> Option<Found> {
    // What a run goes on from is for nothing else.
    if Checkpoint::is_in(tensors.metadata()) {
        return None;
    }
    // Adapters, autoencoders, control networks and single parts are no models of their own.
    let added = |name: &str| name.contains("lora") || name.contains("hada_");
    // What lies beside a whole U-Net was saved along with it.
    let whole = tensors.names().any(|name| {
        let place = format::names::unwrapped(name);
        place.contains("model.diffusion_model.") && place.ends_with(".weight") && !added(name)
    });
    let adapter = !whole && tensors.names().any(added);
    let large = ["double_blocks.", "joint_blocks.", "model.diffusion_model", "transformer_blocks."];
    if whole || !adapter && tensors.names().any(|name| large.iter().any(|start| name.starts_with(start))) {
        return Some(model(path));
    }
    if bytes <= LARGEST_WORD && (1..=MOST_TENSORS).contains(&tensors.names().count()) {
        let found = word_file(path);
        let usual = ["emb_params", "emp_params", "clip_l", "clip_g"];
        let meant = holds == Holds::Embeddings || usual.iter().any(|name| tensors.contains(name));
        if found.fault.is_none() || meant {
            let first = tensors.names().next().and_then(|name| tensors.dtype(name).ok());
            return Some(Found { precision: first.and_then(stored_precision), ..found });
        }
    }
    None
}

/// Whether a PNG carries a word in a text chunk, as A1111's cards do. Its pixels are not looked at.
fn is_card(path: &Path) -> bool {
    File::open(path).is_ok_and(|file| png_info::has_text(BufReader::new(file), "sd-ti-embedding"))
}
