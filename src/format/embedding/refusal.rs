//! Why a file is not read as a learned word.

use std::collections::BTreeMap;
use std::path::Path;

use base::{FileKind, stranger};

use crate::kinds;
use crate::tensors::Stored;

const REMEDY: &str = "Choose the file of a learned word: .safetensors, .pt, .bin, or a PNG card.";

/// Why a file is not read: the middle of a sentence about it, and what to do.
pub(super) struct Refusal {
    pub(super) fault: String,
    pub(super) remedy: &'static str,
}

impl Refusal {
    /// A file that is something else altogether, or that has not come whole; `start` is its beginning.
    pub(super) fn of_stranger(path: &Path, start: &[u8]) -> Option<Self> {
        let start = &start[..start.len().min(stranger::START as usize)];
        let found = stranger::named(FileKind::Embedding, path, start)?;
        Some(Self { fault: found.fault, remedy: found.remedy })
    }

    /// A file of tensors that is an addition to a model, a part of one, or a model.
    pub(super) fn of_names(names: &[&str]) -> Option<Self> {
        if let Some(kind) = kinds::of_names(names) {
            return Some(Self { fault: format!("it is {}", kind.what), remedy: kind.remedy });
        }
        let model = names.iter().any(|name| name.contains("diffusion_model."));
        model.then(|| "it is a model, not a learned word".into())
    }

    pub(super) fn of_kind(tensors: &BTreeMap<String, Stored>) -> Option<Self> {
        Self::of_names(&tensors.keys().map(String::as_str).collect::<Vec<_>>())
    }

    /// Whether it warns of what the file would do.
    pub(super) fn is_warning(&self) -> bool {
        self.fault.contains("asks to run")
    }
}

impl<T: Into<String>> From<T> for Refusal {
    fn from(fault: T) -> Self {
        let fault = fault.into();
        let says = |what: &str| fault.contains(what);
        let remedy = match () {
            () if says("asks to run") => {
                "Do not open it anywhere: get the word from a source you trust, best as .safetensors."
            }
            () if says("cut off") || says("damaged") => "Download or copy it again.",
            () => REMEDY,
        };
        Self { fault, remedy }
    }
}
