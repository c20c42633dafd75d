//! What a file or folder is, by its name and header: a model or a word, of which family, in which numbers.
//!
//! It only decides which reader to ask; what a file is, the readers themselves say, so that nothing is listed that
//! cannot be opened. Of a model they read no more than its table of contents, and they run nothing.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use serde::Serialize;

use super::places::Holds;
use base::Result;
use format::checkpoint::{ModelFiles, stored_precision};
use format::embedding::{self, LearnedWord};
use format::{Weights, png_info};
use project::{Family, Precision};

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A whole model: a single file or a folder in diffusers' layout.
    Model,
    /// A learned word.
    Embedding,
}

/// What was recognised.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recognition {
    /// Model or word; `None` for anything else, which is not listed.
    pub kind: Option<Kind>,
    /// The family, if it can be told.
    pub family: Option<Family>,
    /// The number format of most of its numbers.
    pub precision: Option<Precision>,
    /// Its size on the disk.
    pub bytes: u64,
    /// Why it cannot be used, as a sentence.
    pub fault: Option<String>,
}

/// How a search learns what lies at a path, in a place that holds something.
pub type Recognise = dyn Fn(&Path, Holds) -> Recognition;

/// No learned word is larger, in bytes.
const LARGEST_WORD: u64 = 64 << 20;
/// No file of learned words has more tensors.
const MOST_TENSORS: usize = 64;

/// Recognises a model by its names and header alone, and a word, which is small, by reading it.
pub fn recognise(path: &Path, holds: Holds) -> Recognition {
    if path.is_dir() {
        let named = path.join("model_index.json").is_file();
        return if named { model(path) } else { Recognition::default() };
    }
    let bytes = path.metadata().map_or(0, |data| data.len());
    let ending = path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    match ending.as_str() {
        "safetensors" => match Weights::open_file(path) {
            Ok(tensors) => Recognition { bytes, ..contents(path, &tensors, holds, bytes) },
            Err(_) if holds == Holds::Embeddings => Recognition { bytes, ..word_file(path) },
            Err(fault) => Recognition {
                kind: Some(Kind::Model),
                bytes,
                fault: Some(fault.to_string()),
                ..Recognition::default()
            },
        },
        "ckpt" => Recognition { bytes, ..model(path) },
        "pt" | "bin" if holds == Holds::Embeddings && (1..=LARGEST_WORD).contains(&bytes) => {
            Recognition { bytes, ..word_file(path) }
        }
        "png" if holds == Holds::Embeddings && is_card(path) => Recognition { bytes, ..word_file(path) },
        _ => Recognition::default(),
    }
}

/// A model, as its reader takes it.
fn model(path: &Path) -> Recognition {
    let blank = Recognition { kind: Some(Kind::Model), ..Recognition::default() };
    let told = |files: ModelFiles| -> Result<Recognition> {
        let (family, bytes) = (Some(files.family()), files.file_bytes()?);
        Ok(Recognition { family, bytes, precision: files.precision()?, ..blank.clone() })
    };
    match ModelFiles::open(path).and_then(told) {
        Ok(found) => found,
        Err(fault) => Recognition { fault: Some(fault.to_string()), ..blank },
    }
}

/// A file of learned words, as its reader takes it.
fn word_file(path: &Path) -> Recognition {
    let (family, fault) = match embedding::read_all(path) {
        Ok(words) => (words.first().and_then(LearnedWord::family), None),
        Err(fault) => (None, Some(fault.to_string())),
    };
    Recognition { kind: Some(Kind::Embedding), family, fault, ..Recognition::default() }
}

/// What a file of tensors is. Names tell only which reader to ask.
fn contents(path: &Path, tensors: &Weights, holds: Holds, bytes: u64) -> Recognition {
    // Adapters, autoencoders, control networks and single parts are no models of their own.
    let adapter = tensors.names().any(|name| name.contains("lora") || name.contains("hada_"));
    let large = ["double_blocks.", "joint_blocks.", "model.diffusion_model", "transformer_blocks."];
    if !adapter && tensors.names().any(|name| large.iter().any(|start| name.starts_with(start))) {
        return model(path);
    }
    if bytes <= LARGEST_WORD && (1..=MOST_TENSORS).contains(&tensors.names().count()) {
        let found = word_file(path);
        let usual = ["emb_params", "emp_params", "clip_l", "clip_g"];
        let meant = holds == Holds::Embeddings || usual.iter().any(|name| tensors.contains(name));
        if found.fault.is_none() || meant {
            let first = tensors.names().next().and_then(|name| tensors.dtype(name).ok());
            return Recognition { precision: first.and_then(stored_precision), ..found };
        }
    }
    Recognition::default()
}

/// Whether a PNG carries a word in a text chunk, as A1111's cards do. Its pixels are not looked at.
fn is_card(path: &Path) -> bool {
    File::open(path).is_ok_and(|file| png_info::has_text(BufReader::new(file), "sd-ti-embedding"))
}
