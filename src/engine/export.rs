//! A checkpoint's word as a file that other programs read, with where it comes from; and its negative word or a second
//! one, where they were learned with it, each as a file of its own beside it. Words of single pictures stay in the run.
//!
//! It needs no model and no device: the checkpoint holds the vectors and the run's manifest says the rest.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use crate::context::JobContext;
use crate::model_hash;
use base::{Error, FileKind, Result, units};
use format::embedding::{
    self, EmbeddingFormat, Key, LearnedWord, PictureReceipt, Provenance, Receipt, SecondVectors, rights, role,
};
use inversion::{blend, methods};
use project::{Author, Checkpoint, Concept, DataDir, PictureRecord, RunFolder, RunManifest, WordStart};

/// The words of a checkpoint: the one that was learned and, if the run has one, its negative word.
pub fn words(
    manifest: &RunManifest,
    checkpoint: &Checkpoint,
    likeness: f64,
) -> (LearnedWord, Option<LearnedWord>) {
    let rows = manifest.rows(checkpoint.shape[0]);
    let used = methods::of(&manifest.settings).active(checkpoint.step, rows.word.len());
    let mut learned = word(manifest, (checkpoint, rows.word.start..used), &manifest.concept, likeness);
    if rows.negative.is_empty() {
        return (learned, None);
    }
    let (name, negative) = (&manifest.concept.word, manifest.concept.negative_word());
    let concept = Concept { word: negative.clone(), ..manifest.concept.clone() };
    let mut other = word(manifest, (checkpoint, rows.negative), &concept, likeness);
    role::write(&mut learned.metadata, false, &negative);
    role::write(&mut other.metadata, true, name);
    (learned, Some(other))
}

/// The word that was learned together with the first, if there is one.
pub fn second(manifest: &RunManifest, checkpoint: &Checkpoint, likeness: f64) -> Option<LearnedWord> {
    let rows = manifest.rows(checkpoint.shape[0]).second;
    let mut plain = manifest.clone();
    plain.settings.start = WordStart::Token;
    manifest.second().map(|concept| word(&plain, (checkpoint, rows), &concept, likeness))
}

/// Some rows of a checkpoint as the word of a concept.
fn word(
    manifest: &RunManifest,
    (checkpoint, rows): (&Checkpoint, Range<usize>),
    concept: &Concept,
    likeness: f64,
) -> LearnedWord {
    let start = &manifest.settings.start;
    let provenance = Provenance {
        architecture: manifest.family.architecture().into(),
        base_model: manifest.model.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default(),
        base_model_fingerprint: manifest.model_fingerprint.clone(),
        base_model_sha256: sha256(manifest),
        lineage: manifest.lineage,
        velocity: manifest.velocity,
        initial_word: concept.initial_word.clone(),
        start: if *start == WordStart::Token { String::new() } else { start.to_string() },
        steps: checkpoint.step,
        likeness: Some(likeness).filter(|part| *part < 1.0),
    };
    let mut metadata = provenance.metadata();
    rights::write(&mut metadata, &manifest.rights());
    receipt(manifest, concept, &provenance).write(&mut metadata);
    let width = checkpoint.shape[1];
    // That all of them are there was asked when the checkpoint was read.
    let values = &checkpoint.vectors[rows.start * width..rows.end * width];
    let (vectors, shape, second) = apart(values, [rows.len(), width], &manifest.widths);
    LearnedWord { token: Some(concept.word.clone()), vectors, shape, second, metadata }
}

/// What a word was made of, as its run remembers it.
fn receipt(manifest: &RunManifest, concept: &Concept, provenance: &Provenance) -> Receipt {
    let picture = |record: &PictureRecord| PictureReceipt {
        sha256: record.sha256.clone(),
        rights: record.entry.rights.name().to_owned(),
        from: record.entry.rights_from.clone(),
        marks: record.marks.clone(),
        despite_mark: record.entry.despite_mark.clone(),
    };
    // Every word of a run was learned beside the others, from the pictures of all.
    let pictures = manifest.pictures.iter().chain(&manifest.second_pictures);
    let Author { name: author, licence } = manifest.author.clone();
    let began = UNIX_EPOCH.checked_add(Duration::from_secs(manifest.created)).unwrap_or(UNIX_EPOCH);
    Receipt {
        word: concept.word.clone(),
        model: provenance.base_model.clone(),
        model_fingerprint: provenance.base_model_fingerprint.clone(),
        model_sha256: provenance.base_model_sha256.clone(),
        pictures: pictures.filter(|record| record.entry.enabled).map(picture).collect(),
        parts: Vec::new(),
        steps: provenance.steps,
        likeness: provenance.likeness,
        method: manifest.settings.method.name().to_owned(),
        learned: units::iso8601(began),
        author,
        licence,
        permitted_by: manifest.permitted_by.clone(),
        program: manifest.program.clone(),
    }
}

/// Signs a word with the key of a data folder. A word without a signature is a word all the same: see [`tell_unsigned`].
pub fn sign(word: &mut LearnedWord, home: &DataDir) {
    if let Ok(key) = Key::of(home) {
        key.sign(word);
    }
}

/// Says why the words that a job makes will not be signed, if that is so.
pub(crate) fn tell_unsigned(context: &JobContext<'_>) {
    if let Err(fault) = Key::of(&DataDir::usual()) {
        context.warn(format!("Words are saved without a signature: {fault}"));
    }
}

/// The files that [`write()`] makes.
pub fn files(path: &Path, manifest: &RunManifest, format: EmbeddingFormat) -> Vec<PathBuf> {
    let two_encoders = manifest.widths.len() > 1;
    let words = std::iter::once(path.to_path_buf()).chain(files_beside(path, manifest));
    words.flat_map(|path| embedding::files_of(&path, two_encoders, format)).collect()
}

/// A checkpoint whose word is `likeness` of the way from what it began as to what was learned, from 0 to 1; see
/// [`inversion::blend`].
///
/// # Errors
/// [`base::Error::File`] if the run did not keep what it began with, or that is of another shape.
pub fn towards_start(folder: &RunFolder, checkpoint: Checkpoint, likeness: f64) -> Result<Checkpoint> {
    if likeness >= 1.0 {
        return Ok(checkpoint);
    }
    let refuse = |fault: &str| {
        let remedy = "Go on with the run for a step, or take the word as it was learned.";
        Error::file(FileKind::Run, folder.path(), fault, remedy)
    };
    let start = folder.start()?.ok_or_else(|| refuse("it does not say what its word began as"))?;
    if start.shape != checkpoint.shape {
        return Err(refuse("what its word began as is of another shape"));
    }
    let widths = folder.manifest()?.widths;
    let widths = if widths.is_empty() { vec![checkpoint.shape[1]] } else { widths };
    let vectors = blend(&start.vectors, &checkpoint.vectors, &widths, likeness.max(0.0));
    Ok(Checkpoint { vectors, ..checkpoint })
}

/// Where the other words of a run are written if its word is at `path`: its negative word and the second one, if it has
/// them.
pub fn files_beside(path: &Path, manifest: &RunManifest) -> Vec<PathBuf> {
    let negative = (manifest.settings.refine.negative_vectors > 0).then(|| negative_beside(path));
    let second = manifest.second().map(|second| second_beside(path, &second));
    negative.into_iter().chain(second).collect()
}

/// Where a second word is written: its name is that of the file, as other programs want it, unless the first has that.
fn second_beside(path: &Path, second: &Concept) -> PathBuf {
    let ending = path.extension().map(|ending| format!(".{}", ending.to_string_lossy())).unwrap_or_default();
    let named = |number: &str| path.with_file_name(format!("{}{number}{ending}", second.file_stem()));
    // Some disks make no difference between capitals and other letters.
    let folded = |path: &Path| path.to_string_lossy().to_lowercase();
    let negative = negative_beside(path);
    let taken =
        |other: &PathBuf| [path, negative.as_path()].into_iter().any(|own| folded(own) == folded(other));
    Some(named("")).filter(|other| !taken(other)).unwrap_or_else(|| named("-2"))
}

/// Where the negative word of the word at `path` is written: `cat-toy-neg.safetensors`.
pub fn negative_beside(path: &Path) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let ending = path.extension().map(|ending| format!(".{}", ending.to_string_lossy())).unwrap_or_default();
    path.with_file_name(format!("{stem}-neg{ending}"))
}

/// Writes a checkpoint's word, and the other words of its run beside it, each signed.
///
/// # Errors
/// As [`embedding::write`].
pub fn write(
    path: &Path,
    manifest: &RunManifest,
    checkpoint: &Checkpoint,
    likeness: f64,
    format: EmbeddingFormat,
) -> Result<()> {
    let write = |path: &Path, mut word: LearnedWord| {
        sign(&mut word, &DataDir::usual());
        embedding::write(path, &word, format)
    };
    let (word, negative) = words(manifest, checkpoint, likeness);
    if let Some(negative) = negative {
        write(&negative_beside(path), negative)?;
    }
    if let (Some(concept), Some(second)) = (manifest.second(), second(manifest, checkpoint, likeness)) {
        write(&second_beside(path, &concept), second)?;
    }
    write(path, word)
}

/// Writes the readable receipt of a checkpoint's word beside the word's file `path`, and gives its place.
///
/// # Errors
/// [`base::Error::Io`] if it cannot be written.
pub fn write_receipt(
    path: &Path,
    manifest: &RunManifest,
    checkpoint: &Checkpoint,
    likeness: f64,
) -> Result<PathBuf> {
    let (mut word, _) = words(manifest, checkpoint, likeness);
    sign(&mut word, &DataDir::usual());
    let to = embedding::receipt_file(path);
    embedding::write_receipt(&to, &word)?;
    Ok(to)
}

/// The hash of the file that a run's model is, where it is known and the file has not changed since the run began.
fn sha256(manifest: &RunManifest) -> Option<String> {
    let changed = manifest.model.metadata().ok()?.modified().ok()?;
    (units::unix_seconds(changed) <= manifest.created).then(|| model_hash::known(&manifest.model)).flatten()
}

/// Vectors taken apart by text encoder.
pub(crate) fn apart(
    rows: &[f32],
    [count, width]: [usize; 2],
    widths: &[usize],
) -> (Vec<f32>, [usize; 2], Option<SecondVectors>) {
    let &[first, second] = widths else { return (rows.to_vec(), [count, width], None) };
    if first + second != width {
        return (rows.to_vec(), [count, width], None);
    }
    let part = |from: usize, to: usize| -> Vec<f32> {
        rows.chunks_exact(width.max(1)).flat_map(|row| row[from..to].iter().copied()).collect()
    };
    let other = SecondVectors { values: part(first, width), shape: [count, second] };
    (part(0, first), [count, first], Some(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_word_has_a_file_of_its_own_also_where_capitals_make_no_difference() {
        for (path, word, beside) in [
            ("words/dog.pt", "<cat>", "words/cat.pt"),
            ("words/cat.pt", "<cat>", "words/cat-2.pt"),
            ("words/Cat.pt", "<cat>", "words/cat-2.pt"),
            ("words/dog.pt", "<Dog-neg>", "words/Dog-neg-2.pt"),
        ] {
            assert_eq!(second_beside(Path::new(path), &Concept::of(word)), Path::new(beside), "{path}");
        }
    }
}
