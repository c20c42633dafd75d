//! One entry for reading a learned word, whatever file it is in.
//!
//! A file is recognised by what it contains, never by its name. What is no word, or only half of one, is refused
//! with a sentence that says what it is.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use image::RgbImage;

use super::refusal::Refusal;
use super::word::LearnedWord;
use super::{card, pickled, safetensors, sdxl_pair};
use crate::tensors::{TensorFile, map_file};
use base::{Error, FileKind, Result};
use project::files::sha256;

/// The largest file that is read as a learned word, in bytes; real ones have a few thousand. Only a LoRA that
/// carries words may be larger, of which no more than those is looked at.
pub const LARGEST_WORD: u64 = 64 << 20;

const UNKNOWN: &str = "it is not a learned word, or it is damaged";

/// Reads the learned word of a file that holds one.
///
/// The word's token is taken from the metadata (`pseudoword.token`, then `modelspec.trigger_phrase` if that
/// is a single word), else from the tensor's name if that is one, else from the name that the program gave it,
/// else from the file name, unless that is a script's default such as `learned_embeds`.
/// Refused are several words (they are named), half of one (the missing half is), and vectors that are not 1 to
/// [`MAX_VECTORS`](super::MAX_VECTORS) of finite numbers.
pub fn read(path: &Path) -> Result<LearnedWord> {
    read_named(path, None)
}

/// Reads one word of a file, by its name if there are several.
/// Fails as [`read`] does.
pub fn read_named(path: &Path, name: Option<&str>) -> Result<LearnedWord> {
    let mut words = read_all(path)?;
    let named = |word: &LearnedWord| word.token.as_deref().unwrap_or("(no name)").to_owned();
    let list: Vec<String> = words.iter().take(8).map(|word| format!("“{}”", named(word))).collect();
    let more = if words.len() > list.len() { ", …" } else { "" };
    let list = format!("{}{more}", list.join(", "));
    let Some(name) = name else {
        if words.len() == 1 {
            return Ok(words.swap_remove(0));
        }
        let fault = format!("it holds {} words ({list})", words.len());
        let remedy =
            "Choose one with --word NAME, or import the file into the library, which takes them all.";
        return Err(Error::file(FileKind::Embedding, path, fault, remedy));
    };
    let found = words.iter().position(|word| word.token.as_deref() == Some(name));
    found.map(|index| words.swap_remove(index)).ok_or_else(|| {
        let fault = format!("it holds no word “{}”", name.escape_debug());
        Error::file(FileKind::Embedding, path, fault, format!("It holds {list}: choose one of these."))
    })
}

/// Reads every learned word of a file, at least one. The two files that diffusers writes for a word of Stable
/// Diffusion XL are read together, whichever is named, if they lie in one folder.
pub fn read_all(path: &Path) -> Result<Vec<LearnedWord>> {
    read_every(path, None)
}

/// Reads every learned word of a file, and the identity that AUTOMATIC1111 writes as `TI hashes`: the first 12 digits of
/// the SHA-256 of the bytes that were read.
pub fn read_hashed(path: &Path) -> Result<(Vec<LearnedWord>, String)> {
    let mut hash = String::new();
    let words = read_every(path, Some(&mut hash))?;
    Ok((words, hash))
}

fn read_every(path: &Path, hash: Option<&mut String>) -> Result<Vec<LearnedWord>> {
    let refuse = |refusal: Refusal| Error::file(FileKind::Embedding, path, refusal.fault, refusal.remedy);
    let mut words = load(path, hash)?.map_err(refuse)?;
    sdxl_pair::complete(path, &mut words, |path| load(path, None).ok()?.ok());
    words.iter().try_for_each(check).map_err(refuse)?;
    if let [word] = words.as_mut_slice() {
        word.token = word.token.take().or_else(|| token_from_name(path));
    }
    Ok(words)
}

/// Reads every learned word of a file's bytes; see [`read_all`].
/// The fault is the middle of a sentence about the file.
pub fn read_bytes(bytes: &[u8]) -> Result<Vec<LearnedWord>, String> {
    checked(
        decode(bytes)
            .unwrap_or_else(|| Err(Refusal::of_stranger(Path::new(""), bytes).unwrap_or(UNKNOWN.into()))),
    )
}

/// Reads the learned word in the pixels of a picture, whatever file that came from.
pub fn read_picture(picture: &RgbImage) -> Result<Vec<LearnedWord>, String> {
    checked(card::read_picture(picture, "a picture (pixels)"))
}

fn checked(words: Result<Vec<LearnedWord>, Refusal>) -> Result<Vec<LearnedWord>, String> {
    let checked = words.and_then(|words| words.iter().try_for_each(check).map(|()| words));
    checked.map_err(|refusal| refusal.fault)
}

/// The words of a file as they are in it, not yet checked. Who wants its hash gets it too.
fn load(path: &Path, hash: Option<&mut String>) -> Result<Result<Vec<LearnedWord>, Refusal>> {
    let trouble = |source| Error::read(path, source);
    let note = |bytes: &[u8]| hash.map_or((), |hash| sha256(bytes)[..12].clone_into(hash));
    if path.is_dir() {
        let model = path.join("model_index.json").is_file();
        let what =
            if model { "it is a model's folder, not a learned word" } else { "it is a folder, not a file" };
        return Ok(Err(what.into()));
    }
    let mut file = File::open(path).map_err(trouble)?;
    let length = file.metadata().map_err(trouble)?.len();
    let mut bytes = Vec::new();
    file.by_ref().take(LARGEST_WORD.min(4096)).read_to_end(&mut bytes).map_err(trouble)?;
    if length > LARGEST_WORD {
        if is_safetensors(&bytes, length) {
            let map = map_file(path)?;
            note(&map);
            return Ok(safetensors::read_bundled(&map));
        }
        let large = || format!("with {} MiB it is too large for a learned word", length >> 20).into();
        let pickled = || Refusal::of_kind(&TensorFile::open(path).ok()?.tensors);
        return Ok(Err(Refusal::of_stranger(path, &bytes).or_else(pickled).unwrap_or_else(large)));
    }
    file.take(LARGEST_WORD).read_to_end(&mut bytes).map_err(trouble)?;
    note(&bytes);
    let named_so = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("safetensors"));
    let unknown = || if named_so { safetensors::read(&bytes) } else { Err(UNKNOWN.into()) };
    let read = decode(&bytes).unwrap_or_else(unknown);
    Ok(read.map_err(|refusal| match Refusal::of_stranger(path, &bytes) {
        // What a file wants to run is more than what it is called.
        Some(stranger) if !refusal.is_warning() => stranger,
        _ => refusal,
    }))
}

/// The words in a file's bytes; `None` if nothing better is known about these than that they are no word.
fn decode(bytes: &[u8]) -> Option<Result<Vec<LearnedWord>, Refusal>> {
    // First, because the length that opens a safetensors file may look like another format's signature.
    if is_safetensors(bytes, bytes.len() as u64) {
        return Some(safetensors::read(bytes));
    }
    match bytes {
        [b'P', b'K', 3, 4, ..] | [0x80, 0..=5, ..] => Some(pickled::read(bytes)),
        [0x89, b'P', b'N', b'G', ..] => Some(card::read_png(bytes)),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(card::read_webp(bytes)),
        [] => Some(Err("the file is empty".into())),
        [b'R', b'I', b'F', b'F', ..] => Some(Err(UNKNOWN.into())),
        _ => None,
    }
}

fn is_safetensors(bytes: &[u8], length: u64) -> bool {
    bytes.first_chunk().is_some_and(|&header| u64::from_le_bytes(header) < length)
        && bytes.get(8) == Some(&b'{')
}

fn check(word: &LearnedWord) -> Result<(), Refusal> {
    match word.fault() {
        Some(fault) => Err(fault.into()),
        None => sdxl_pair::half(word).map_or(Ok(()), Err),
    }
}

/// A token made from a file's name, unless the name is one that scripts give to every file.
fn token_from_name(path: &Path) -> Option<String> {
    let stem = path.file_stem()?.to_string_lossy();
    let generic = ["learned_embeds", "learned_embeds_2", "model", "embedding", "embeddings"];
    let base = stem.split("-steps-").next().unwrap_or(&stem);
    (!generic.contains(&base) && !stem.is_empty()).then(|| stem.into_owned())
}
