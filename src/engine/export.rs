//! A checkpoint's word as a file that other programs read, with where it comes from.
//!
//! It needs no model and no device: the checkpoint holds the vectors and the run's manifest says the rest.

use std::path::Path;

use crate::model_hash;
use base::{Result, units};
use format::embedding::{self, EmbeddingFormat, LearnedWord, Provenance, SecondVectors, rights};
use project::{Checkpoint, RunManifest, WordStart};

/// Writes a checkpoint's word.
///
/// # Errors
/// As [`embedding::write`].
pub fn write(
    path: &Path,
    manifest: &RunManifest,
    checkpoint: &Checkpoint,
    format: EmbeddingFormat,
) -> Result<()> {
    let start = &manifest.settings.start;
    let provenance = Provenance {
        architecture: manifest.family.architecture().into(),
        base_model: manifest.model.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default(),
        base_model_fingerprint: manifest.model_fingerprint.clone(),
        base_model_sha256: sha256(manifest),
        lineage: manifest.lineage,
        velocity: manifest.velocity,
        initial_word: manifest.concept.initial_word.clone(),
        start: if *start == WordStart::Token { String::new() } else { start.to_string() },
        steps: checkpoint.step,
    };
    let (vectors, shape, second) = apart(checkpoint, &manifest.widths);
    let mut metadata = provenance.metadata();
    rights::write(&mut metadata, &manifest.rights());
    let word = LearnedWord { token: Some(manifest.concept.word.clone()), vectors, shape, second, metadata };
    embedding::write(path, &word, format)
}

/// The hash of the file that a run's model is, where it is known and the file has not changed since the run began.
fn sha256(manifest: &RunManifest) -> Option<String> {
    let changed = manifest.model.metadata().ok()?.modified().ok()?;
    (units::unix_seconds(changed) <= manifest.created).then(|| model_hash::known(&manifest.model)).flatten()
}

/// The vectors of a checkpoint taken apart by text encoder.
fn apart(checkpoint: &Checkpoint, widths: &[usize]) -> (Vec<f32>, [usize; 2], Option<SecondVectors>) {
    let [count, width] = checkpoint.shape;
    let &[first, second] = widths else { return (checkpoint.vectors.clone(), checkpoint.shape, None) };
    if first + second != width {
        return (checkpoint.vectors.clone(), checkpoint.shape, None);
    }
    let part = |from: usize, to: usize| -> Vec<f32> {
        checkpoint.vectors.chunks_exact(width.max(1)).flat_map(|row| row[from..to].iter().copied()).collect()
    };
    let other = SecondVectors { values: part(first, width), shape: [count, second] };
    (part(0, first), [count, first], Some(other))
}
