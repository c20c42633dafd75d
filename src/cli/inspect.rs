//! `pseudoword inspect`: what a file or folder is, in a few lines.
//!
//! Headers and configurations only; no network is loaded and nothing is changed.

use std::fmt::Write as _;
use std::path::Path;

use crate::desk::models;
use crate::error::{Error, FileKind, Result};
use crate::format::{embedding, png_info};
use crate::model::embeddings::norm;
use crate::project::RunFolder;

/// Describes whatever is at `path`.
///
/// # Errors
/// [`Error::File`] or [`Error::Io`] if it is nothing this program knows.
pub fn describe(path: &Path) -> Result<String> {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let mut line = |label: &str, value: &dyn std::fmt::Display| {
        let _ = writeln!(text, "{label:14} {value}");
    };
    if super::holds_run(path) {
        run(path, &mut line)?;
    } else if path.is_dir() {
        model(path, &mut line)?;
    } else if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("png")) {
        match png_info::read_parameters(path)? {
            Some(parameters) => line("picture", &parameters),
            None => {
                let fault = "the picture carries no generation settings";
                return Err(Error::file(
                    FileKind::Picture,
                    path,
                    fault,
                    "Choose a picture made by such a program.",
                ));
            }
        }
    } else {
        word(path, &mut line)?;
    }
    Ok(text)
}

type Line<'a> = dyn FnMut(&str, &dyn std::fmt::Display) + 'a;

fn run(path: &Path, line: &mut Line<'_>) -> Result<()> {
    let folder = RunFolder::open(path)?;
    let manifest = folder.manifest()?;
    let status = folder.status()?;
    let concept = &manifest.concept;
    line("run", &path.display());
    line("word", &format!("{} ({}, started as “{}”)", concept.word, concept.kind, concept.initial_word));
    let steps = manifest.settings.steps;
    line("state", &format!("{} after {} of {steps} steps", status.state, status.step));
    if let Some(message) = status.message {
        line("", &message);
    }
    line("model", &manifest.model.display());
    line("pictures", &manifest.pictures.len());
    let checkpoints = folder.checkpoints()?;
    let span = checkpoints.first().zip(checkpoints.last());
    line(
        "checkpoints",
        &span.map_or("none".into(), |(a, b)| format!("{}, steps {a} to {b}", checkpoints.len())),
    );
    if let Some(row) = folder.losses()?.last() {
        line("last step", &format!("mean loss {:.5}, vector length {:.3}", row.mean_loss, row.norm));
    }
    Ok(())
}

fn model(path: &Path, line: &mut Line<'_>) -> Result<()> {
    models::facts(path)?.lines.iter().for_each(|(label, value)| line(label, value));
    Ok(())
}

fn word(path: &Path, line: &mut Line<'_>) -> Result<()> {
    let word = embedding::read(path)?;
    line("learned word", &word.token.as_deref().unwrap_or("(the file does not say)"));
    line("vectors", &format!("{} of {} numbers", word.shape[0], word.shape[1]));
    let lengths: Vec<String> =
        word.vectors.chunks(word.shape[1]).map(|v| format!("{:.3}", norm(v))).collect();
    line("length", &lengths.join(", "));
    for (key, value) in &word.metadata {
        line(key, value);
    }
    Ok(())
}
