//! What a model is, by its configuration and the headers of its weights.
//!
//! Nothing is loaded and nothing copied; what cannot be used is said with its reason.

use std::path::{Path, PathBuf};

use super::message::{Answer, ModelCard};
use ::models::discovery::{Holds, Kind, recognise};
use base::Result;
use format::checkpoint::ModelFiles;
use model::config::{ClipTextConfig, LdmBertConfig, PartConfig as _, UNetConfig, VaeConfig};
use project::Family;

/// What was recognised of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelFacts {
    /// Label and value, in the order in which to show them.
    pub lines: Vec<(String, String)>,
    /// Its family.
    pub family: Family,
    /// Numbers in a word's vector, in all text encoders together.
    pub width: usize,
    /// The side in pixels it was made for.
    pub size: u32,
    /// The guidance it draws best at, if it says so.
    pub guidance: Option<f64>,
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
    let files = ModelFiles::open(path)?;
    let unet = UNetConfig::read(files.config("unet")?, &files.part_path("unet"))?;
    let vae = VaeConfig::read(files.config("vae")?, &files.part_path("vae"))?;
    let encoders: &[&str] = match files.family() {
        Family::Sdxl => &["text_encoder", "text_encoder_2"],
        _ => &["text_encoder"],
    };
    let widths = encoders.iter().map(|part| width(&files, part)).collect::<Result<Vec<_>>>()?;
    let size = unet.sample_size * vae.downsampling();
    let each: Vec<String> = widths.iter().map(ToString::to_string).collect();
    let mut lines = vec![
        ("model".to_owned(), format!("{} ({})", files.name(), files.family().name())),
        ("made for".to_owned(), format!("{size} pixels")),
        ("vectors of".to_owned(), format!("{} numbers", each.join(" + "))),
    ];
    let (mut bytes, mut all) = (0, 0);
    let mut counted = std::collections::BTreeSet::new();
    for part in encoders.iter().copied().chain(["unet", "vae"]) {
        let weights = files.weights(part, false)?;
        // The parts of a single file share it.
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
    lines.push(("identity".to_owned(), files.hash()?));
    Ok(ModelFacts {
        lines,
        family: files.family(),
        width: widths.iter().sum(),
        size: u32::try_from(size).unwrap_or(0),
        guidance: files.guidance(),
        bytes,
        numbers: all,
        cells: (unet.sample_size * unet.sample_size) as u64,
    })
}

/// How wide a word's vector is in a text encoder.
fn width(files: &ModelFiles, part: &str) -> Result<usize> {
    let (config, path) = (files.config(part)?, files.part_path(part));
    Ok(match files.family() {
        Family::Ldm => LdmBertConfig::read(config, &path)?.d_model,
        _ => ClipTextConfig::read(config, &path)?.hidden_size,
    })
}

/// No learned word is larger, in bytes.
const WORD: u64 = 64 << 20;

/// Tells models from words by what is in the files.
pub(super) fn sort(files: Vec<PathBuf>) -> Answer {
    // A small file that is damaged is more likely a word.
    let model = |path: &PathBuf| {
        let found = recognise(path, Holds::Anything);
        found.kind == Some(Kind::Model) && (found.fault.is_none() || found.bytes > WORD)
    };
    let (models, words) = files.into_iter().partition(model);
    Answer::Sorted { models, words }
}

/// The card of whatever is at `path`.
pub(super) fn card(path: &Path) -> ModelCard {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let blank = ModelCard {
        path: path.to_path_buf(),
        name,
        facts: Vec::new(),
        fault: None,
        family: None,
        bytes: 0,
        numbers: 0,
        cells: 0,
        width: 0,
        size: 0,
        guidance: None,
    };
    match facts(path) {
        Ok(facts) => ModelCard {
            facts: facts.lines,
            family: Some(facts.family),
            bytes: facts.bytes,
            numbers: facts.numbers,
            cells: facts.cells,
            width: facts.width,
            size: facts.size,
            guidance: facts.guidance,
            ..blank
        },
        Err(error) => ModelCard { fault: Some(error.to_string()), ..blank },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use project::ModelDefaults;

    #[test]
    fn the_starter_model_says_what_it_draws_best_at() {
        let starter = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/starter");
        assert_eq!(card(&starter).defaults(), ModelDefaults { size: 64, guidance: Some(4.0) });
    }
}
