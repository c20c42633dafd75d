//! What a model is, by its configuration and the headers of its weights.
//!
//! Nothing is loaded and nothing copied; what cannot be used is said with its reason.

use std::collections::BTreeSet;
use std::path::Path;

use super::message::ModelCard;
use crate::error::Result;
use crate::format::checkpoint::ModelFiles;
use crate::model::config::{ClipTextConfig, PartConfig as _, UNetConfig, VaeConfig};

/// What was recognised of the model in a folder.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelFacts {
    /// Label and value, in the order in which to show them.
    pub lines: Vec<(String, String)>,
    /// Numbers in a word's vector.
    pub width: usize,
    /// The side in pixels it was made for.
    pub size: u32,
    /// Bytes of its weights.
    pub bytes: u64,
    /// Numbers in its weights.
    pub numbers: u64,
    /// Cells of the latents of a picture of its own size.
    pub cells: u64,
}

/// Reads what a model is.
///
/// # Errors
/// As [`ModelFiles::open`] and its configurations.
pub fn facts(path: &Path) -> Result<ModelFacts> {
    let folder = ModelFiles::open(path)?;
    let unet = UNetConfig::read(folder.config("unet")?, &folder.part_path("unet"))?;
    let vae = VaeConfig::read(folder.config("vae")?, &folder.part_path("vae"))?;
    let text = ClipTextConfig::read(folder.config("text_encoder")?, &folder.part_path("text_encoder"))?;
    let size = unet.sample_size * vae.downsampling();
    let mut lines = vec![
        ("model".to_owned(), format!("{} ({})", folder.name(), folder.class_name())),
        ("made for".to_owned(), format!("{size} pixels")),
        ("vectors of".to_owned(), format!("{} numbers", text.hidden_size)),
    ];
    let (mut bytes, mut all) = (0, 0);
    // A single file holds several parts.
    let mut counted = BTreeSet::new();
    for part in ["text_encoder", "unet", "vae"] {
        let weights = folder.weights(part, false)?;
        let new = weights.files().filter(|(path, _)| counted.insert(path.to_path_buf()));
        bytes += new.map(|(_, file)| file.len() as u64).sum::<u64>();
        let floats: Vec<&str> = weights.names().filter(|name| weights.is_float(name)).collect();
        let mut numbers = 0_usize;
        for name in &floats {
            numbers += weights.shape(name)?.iter().product::<usize>();
        }
        all += numbers as u64;
        let kind = floats.first().map(|name| weights.dtype(name)).transpose()?;
        let kind = kind.map_or_else(String::new, |kind| format!(" in {kind:?}"));
        lines.push((part.to_owned(), format!("{numbers} numbers in {} tensors{kind}", floats.len())));
    }
    let cells = (unet.sample_size * unet.sample_size) as u64;
    lines.push(("identity".to_owned(), folder.hash()?));
    Ok(ModelFacts {
        lines,
        width: text.hidden_size,
        size: u32::try_from(size).unwrap_or(0),
        bytes,
        numbers: all,
        cells,
    })
}

/// The card of whatever is at `path`.
pub(super) fn card(path: &Path) -> ModelCard {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let blank = ModelCard {
        path: path.to_path_buf(),
        name,
        facts: Vec::new(),
        fault: None,
        bytes: 0,
        numbers: 0,
        cells: 0,
        width: 0,
        size: 0,
    };
    match facts(path) {
        Ok(facts) => ModelCard {
            facts: facts.lines,
            bytes: facts.bytes,
            numbers: facts.numbers,
            cells: facts.cells,
            width: facts.width,
            size: facts.size,
            ..blank
        },
        Err(error) => ModelCard { fault: Some(error.to_string()), ..blank },
    }
}
