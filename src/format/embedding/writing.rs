//! Learned words to files: the layouts of [`EmbeddingFormat`], whole or not at all.
//!
//! Numbers are written as 32-bit floats and nothing is lost. What a program would misread is refused: a word
//! without a name where the name is the key, a word of two parts where there is place for one.

use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use image::RgbImage;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::layout::EmbeddingFormat;
use super::sdxl_pair::second_file;
use super::word::LearnedWord;
use super::{card, pickled, provenance, safetensors};
use base::atomic::write_atomic;
use base::{Error, Result};
use project::sharing;

/// The files that [`write()`] makes for a word: `path`, and for diffusers' layout of a word for Stable Diffusion XL
/// a second one beside it.
pub fn files(path: &Path, word: &LearnedWord, format: EmbeddingFormat) -> Vec<PathBuf> {
    files_of(path, word.second.is_some(), format)
}

/// [`files`] of a word for one text encoder or for two.
pub fn files_of(path: &Path, two_encoders: bool, format: EmbeddingFormat) -> Vec<PathBuf> {
    let two = format == EmbeddingFormat::Diffusers && two_encoders;
    std::iter::once(path.to_path_buf()).chain(two.then(|| second_file(path))).collect()
}

/// Writes a learned word, each of its [`files`] whole or not at all.
///
/// In safetensors files the metadata go into the header, completed by what every such file should say: title,
/// trigger phrase, architecture, date and format version (see [`Provenance`](super::Provenance) for the rest).
pub fn write(path: &Path, word: &LearnedWord, format: EmbeddingFormat) -> Result<()> {
    if format == EmbeddingFormat::PngCard {
        return write_card(path, word, None);
    }
    check(word, format)?;
    let mut metadata = word.metadata.clone();
    provenance::complete(&mut metadata, word, SystemTime::now());
    let first = (word.vectors.as_slice(), word.shape);
    let second = word.second.as_ref().map(|second| (second.values.as_slice(), second.shape));
    match (format, second) {
        (EmbeddingFormat::Diffusers, _) => {
            let name = word.token.as_deref().unwrap_or_default();
            let one = |(values, shape)| safetensors::encode(&[(name, values, shape)], &metadata);
            // The second first: with the first alone the word would look like one of another family.
            if let Some(second) = second {
                write_atomic(&second_file(path), &one(second))?;
            }
            write_atomic(path, &one(first))
        }
        (EmbeddingFormat::EmbParams | EmbeddingFormat::OneTrainer, Some(second)) => {
            let tensors = [("clip_l", first.0, first.1), ("clip_g", second.0, second.1)];
            write_atomic(path, &safetensors::encode(&tensors, &metadata))
        }
        (EmbeddingFormat::EmbParams, None) => {
            write_atomic(path, &safetensors::encode(&[("emb_params", first.0, first.1)], &metadata))
        }
        (EmbeddingFormat::OneTrainer, None) => {
            write_atomic(path, &safetensors::encode(&[("emp_params", first.0, first.1)], &metadata))
        }
        _ => {
            let (pickle, storages) = pickled::encode(word, &name(path, word), format);
            write_atomic(path, &archive(&pickle, &storages).map_err(|source| Error::write(path, source))?)
        }
    }
}

/// Writes a learned word as a PNG card that shows `picture`, or without one a pattern made of the word.
pub fn write_card(path: &Path, word: &LearnedWord, picture: Option<&RgbImage>) -> Result<()> {
    check(word, EmbeddingFormat::PngCard)?;
    let picture = picture.filter(|picture| picture.width() > 0 && picture.height() > 0);
    let drawn = picture.cloned().unwrap_or_else(|| card::portrait(word));
    // Flat pictures make long stripes; this is the shape of the cards that programs draw.
    let drawn = match drawn.dimensions() {
        (width, height) if height < 256 || width.max(height) > 2048 => {
            let side = if height < 256 { 256 } else { 1024 };
            let width = (u64::from(width) * side / u64::from(height)).clamp(16, 2048) as u32;
            image::imageops::resize(&drawn, width, side as u32, image::imageops::FilterType::Triangle)
        }
        _ => drawn,
    };
    let bytes = card::encode(word, &name(path, word), &drawn).map_err(|source| Error::write(path, source))?;
    write_atomic(path, &bytes)
}

fn check(word: &LearnedWord, format: EmbeddingFormat) -> Result<()> {
    if let Some(fault) = word.fault() {
        let fault = format!("The word cannot be saved: {fault}");
        return Err(Error::Numbers(fault, "Choose an earlier checkpoint of the run.".into()));
    }
    if word.second.is_some() && !format.holds_two_encoders() {
        let fault = format!("The layout {} has no place for a word of Stable Diffusion XL", format.name());
        return Err(Error::input(fault, "Choose emb-params, diffusers or onetrainer."));
    }
    // The header keeps this one name for itself.
    let named = word.token.as_deref().is_some_and(|token| !token.is_empty() && token != "__metadata__");
    if format == EmbeddingFormat::Diffusers && !named {
        let remedy = "Give it one, for example <cat-toy>, or save it in the usual format.";
        return Err(Error::input("The diffusers format needs a name for the word", remedy));
    }
    Ok(())
}

/// The name by which programs know a word whose file says one.
fn name(path: &Path, word: &LearnedWord) -> String {
    match &word.token {
        Some(token) => sharing::file_stem(token),
        None => path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
    }
}

/// A zip archive as PyTorch writes it, with no more in it than AUTOMATIC1111 allows.
fn archive(pickle: &[u8], storages: &[Vec<u8>]) -> std::io::Result<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    // A fixed date, so that the same word makes the same file.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::DEFAULT);
    let mut add = |name: String, bytes: &[u8]| -> std::io::Result<()> {
        zip.start_file(name, options)?;
        zip.write_all(bytes)
    };
    add("archive/data.pkl".into(), pickle)?;
    for (index, storage) in storages.iter().enumerate() {
        add(format!("archive/data/{index}"), storage)?;
    }
    add("archive/version".into(), b"3\n")?;
    Ok(zip.finish()?.into_inner())
}
