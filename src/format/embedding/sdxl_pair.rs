//! The two halves of a word for Stable Diffusion XL when they are two files, and half a word alone.
//!
//! diffusers' script writes `learned_embeds.safetensors` and `learned_embeds_2.safetensors` with the same key.
//! They belong together if key and number of vectors agree and the widths do not; nothing else is guessed.

use std::path::{Path, PathBuf};

use super::refusal::Refusal;
use super::word::{CONTAINER, LearnedWord, SecondVectors};
use project::Family;

const REMEDY: &str = "Put both files that the script wrote (learned_embeds and learned_embeds_2) into one folder, \
                      or choose a file that holds clip_l and clip_g.";

pub(super) fn missing_second() -> Refusal {
    let fault =
        "it is the first half (clip_l) of a word for Stable Diffusion XL; the second (clip_g) is missing";
    Refusal { fault: fault.into(), remedy: REMEDY }
}

pub(super) fn missing_first() -> Refusal {
    let fault =
        "it is the second half (clip_g) of a word for Stable Diffusion XL; the first (clip_l) is missing";
    Refusal { fault: fault.into(), remedy: REMEDY }
}

/// Why a word is only half of one, if it is: 1280 numbers are what the second encoder of Stable Diffusion XL
/// takes, and the paper's own model, whose files say so.
pub(super) fn half(word: &LearnedWord) -> Option<Refusal> {
    let original = word.metadata.get(CONTAINER).is_some_and(|kind| kind.contains("string_to_param"));
    let said = word.metadata.get("modelspec.architecture").and_then(|text| Family::from_architecture(text));
    let other = word.second.is_some() || word.shape[1] != 1280 || original || said == Some(Family::Ldm);
    (!other).then(missing_first)
}

/// Adds to the words of a file the halves that lie in the file beside it, which `load` reads.
pub(super) fn complete(
    path: &Path,
    words: &mut [LearnedWord],
    load: impl Fn(&Path) -> Option<Vec<LearnedWord>>,
) {
    let neighbour = |path: &Path| path.is_file().then(|| load(path)).flatten();
    if words.iter().any(|word| word.second.is_some() || word.token.is_none() || !is_diffusers(word)) {
        return;
    }
    let second = second_file(path);
    if let Some(others) = neighbour(&second) {
        words.iter_mut().for_each(|word| join(word, &others, false));
    } else if let Some(first) = first_file(path)
        && let Some(others) = neighbour(&first)
    {
        words.iter_mut().for_each(|word| join(word, &others, true));
    }
}

fn is_diffusers(word: &LearnedWord) -> bool {
    word.metadata.get(CONTAINER).is_some_and(|kind| kind.starts_with("diffusers"))
}

/// The file for the second encoder beside `path`, with `_2` in its name as diffusers has it.
pub(super) fn second_file(path: &Path) -> PathBuf {
    renamed(path, |base| Some(format!("{base}_2"))).unwrap_or_else(|| path.to_path_buf())
}

/// The file for the first encoder, if `path` is named like one for the second.
fn first_file(path: &Path) -> Option<PathBuf> {
    renamed(path, |base| base.strip_suffix("_2").map(str::to_owned))
}

/// A neighbour of `path` with another name before `-steps-N` and the ending.
fn renamed(path: &Path, rename: impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
    let stem = path.file_stem()?.to_string_lossy();
    let (base, steps) = stem.split_at(stem.find("-steps-").unwrap_or(stem.len()));
    let end = path.extension().map(|end| format!(".{}", end.to_string_lossy())).unwrap_or_default();
    Some(path.with_file_name(format!("{}{steps}{end}", rename(base)?)))
}

/// Joins a word with its other half, which comes first if `before`.
fn join(word: &mut LearnedWord, others: &[LearnedWord], before: bool) {
    let fits = |other: &&LearnedWord| {
        other.token == word.token
            && other.second.is_none()
            && is_diffusers(other)
            && other.shape[0] == word.shape[0]
            && other.shape[1] != word.shape[1]
    };
    let Some(other) = others.iter().find(fits).cloned() else { return };
    let (mut first, second) = if before { (other, word.clone()) } else { (word.clone(), other) };
    first.second = Some(SecondVectors { values: second.vectors, shape: second.shape });
    first.metadata.insert(CONTAINER.to_owned(), "diffusers' layout in two files".to_owned());
    *word = first;
}
