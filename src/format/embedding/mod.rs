//! Learned words as files: one entry for reading, one for writing, one file of code per container.
//!
//! A file is recognised by what it contains, never by its name. Nothing in a file is ever run, and what is no
//! word, or only half of one, is refused with a sentence that says what it is.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use image::RgbImage;
use sha2::{Digest as _, Sha256};

use super::hex;
use super::tensors::map_file;
use base::{Error, FileKind, Result};
use project::family::Family;

mod card;
mod entries;
mod layout;
mod pair;
mod pickled;
mod pixels;
mod provenance;
pub mod rights;
mod safetensors;
mod verdict;
mod writing;

pub use layout::{EmbeddingFormat, Reader, Reads};
pub use pixels::encode as hide;
pub use provenance::Provenance;
pub use writing::{files, write, write_card};

/// The most vectors a word may have: the places between begin and end token of a prompt.
pub const MAX_VECTORS: usize = 75;

/// The largest file that is read as a learned word, in bytes; real ones have a few thousand. Only a LoRA that
/// carries words may be larger, of which no more than those is looked at.
const MAX_BYTES: u64 = 64 << 20;

const REMEDY: &str = "Choose the file of a learned word: .safetensors, .pt, .bin, or a PNG card.";

/// The result of textual inversion: the vectors a new word stands for.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LearnedWord {
    /// The word as it is written in prompts, such as `<cat-toy>`; `None` if the file does not say.
    pub token: Option<String>,
    /// The vectors one after another: `shape[0] * shape[1]` finite numbers.
    pub vectors: Vec<f32>,
    /// The number of vectors (1 to [`MAX_VECTORS`]) and their width (768 for Stable Diffusion 1, 1024 for 2).
    pub shape: [usize; 2],
    /// SDXL: the vectors for the second text encoder (clip_g), as many as in `vectors`.
    pub second: Option<SecondVectors>,
    /// Where the word comes from, in the keys of the safetensors header; see [`Provenance`]. What reading adds,
    /// [`CONTAINER`] and [`REMARK`], is not written again.
    pub metadata: BTreeMap<String, String>,
}

/// The vectors of a word for the second text encoder of Stable Diffusion XL.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SecondVectors {
    /// The vectors one after another: `shape[0] * shape[1]` finite numbers.
    pub values: Vec<f32>,
    /// The number of vectors and their width (1280).
    pub shape: [usize; 2],
}

/// The entry of [`LearnedWord::metadata`] that says what kind of file a word was read from.
pub const CONTAINER: &str = "pseudoword.container";
/// The entry of [`LearnedWord::metadata`] that says what is odd about the file.
pub const REMARK: &str = "pseudoword.remark";

/// Why a file is not read: the middle of a sentence about it, and what to do.
pub(super) struct Refusal {
    fault: String,
    remedy: &'static str,
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

/// Reads the learned word of a file that holds one.
///
/// The word's token is taken from the metadata (`pseudoword.token`, then `modelspec.trigger_phrase` if that
/// is a single word), else from the tensor's name if that is one, else from the name that the program gave it,
/// else from the file name, unless that is a script's default such as `learned_embeds`.
///
/// # Errors
/// The file cannot be read, is damaged, holds several words (they are named) or half of one (the missing half
/// is), or does not hold 1 to [`MAX_VECTORS`] vectors of finite numbers.
pub fn read(path: &Path) -> Result<LearnedWord> {
    read_named(path, None)
}

/// Reads one word of a file, by its name if there are several.
///
/// # Errors
/// As [`read`], or no word of the file has that name.
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
///
/// # Errors
/// As [`read`], except for several words.
pub fn read_all(path: &Path) -> Result<Vec<LearnedWord>> {
    let refuse = |refusal: Refusal| Error::file(FileKind::Embedding, path, refusal.fault, refusal.remedy);
    let mut words = load(path)?.map_err(refuse)?;
    pair::complete(path, &mut words);
    words.iter().try_for_each(check).map_err(refuse)?;
    if let [word] = words.as_mut_slice() {
        word.token = word.token.take().or_else(|| token_from_name(path));
    }
    Ok(words)
}

/// Reads every learned word of a file's bytes; see [`read_all`].
///
/// # Errors
/// As [`read_all`]; the fault is the middle of a sentence about the file.
pub fn read_bytes(bytes: &[u8]) -> Result<Vec<LearnedWord>, String> {
    let words = decode(bytes).map_err(|refusal| refusal.fault)?;
    words.iter().try_for_each(check).map_err(|refusal| refusal.fault)?;
    Ok(words)
}

/// Reads the learned word in the pixels of a picture, whatever file that came from.
///
/// # Errors
/// As [`read_bytes`].
pub fn read_picture(picture: &RgbImage) -> Result<Vec<LearnedWord>, String> {
    let words = card::read_picture(picture, "a picture (pixels)").map_err(|refusal| refusal.fault)?;
    words.iter().try_for_each(check).map_err(|refusal| refusal.fault)?;
    Ok(words)
}

/// The words of a file as they are in it, not yet checked.
fn load(path: &Path) -> Result<Result<Vec<LearnedWord>, Refusal>> {
    let trouble = |source| Error::read(path, source);
    let mut file = File::open(path).map_err(trouble)?;
    let length = file.metadata().map_err(trouble)?.len();
    let mut bytes = Vec::new();
    file.by_ref().take(MAX_BYTES.min(4096)).read_to_end(&mut bytes).map_err(trouble)?;
    if length > MAX_BYTES {
        if is_safetensors(&bytes, length) {
            return Ok(safetensors::read_bundled(&map_file(path)?));
        }
        return Ok(Err(format!("with {} MiB it is too large for a learned word", length >> 20).into()));
    }
    file.take(MAX_BYTES).read_to_end(&mut bytes).map_err(trouble)?;
    let named_so = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("safetensors"));
    Ok(if named_so && is_unknown(&bytes) { safetensors::read(&bytes) } else { decode(&bytes) })
}

fn decode(bytes: &[u8]) -> Result<Vec<LearnedWord>, Refusal> {
    // First, because the length that opens a safetensors file may look like another format's signature.
    if is_safetensors(bytes, bytes.len() as u64) {
        return safetensors::read(bytes);
    }
    match bytes {
        [] => Err("the file is empty".into()),
        [b'P', b'K', 3, 4, ..] | [0x80, 0..=5, ..] => pickled::read(bytes),
        [0x89, b'P', b'N', b'G', ..] => card::read_png(bytes),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => card::read_webp(bytes),
        _ => Err("it is not a learned word, or it is damaged".into()),
    }
}

fn is_safetensors(bytes: &[u8], length: u64) -> bool {
    bytes.first_chunk().is_some_and(|&header| u64::from_le_bytes(header) < length)
        && bytes.get(8) == Some(&b'{')
}

/// Whether [`decode`] knows nothing better about the bytes than that they are no word.
fn is_unknown(bytes: &[u8]) -> bool {
    !is_safetensors(bytes, bytes.len() as u64)
        && !matches!(bytes, [b'P', b'K', 3, 4, ..] | [0x80, 0..=5, ..] | [0x89, b'P', b'N', b'G', ..])
        && !bytes.starts_with(b"RIFF")
}

/// Refuses a word that cannot be used.
fn check(word: &LearnedWord) -> Result<(), Refusal> {
    match word.fault() {
        Some(fault) => Err(fault.into()),
        None => pair::half(word).map_or(Ok(()), Err),
    }
}

/// The identity that AUTOMATIC1111 writes as `TI hashes`: the first 12 digits of the file's SHA-256.
///
/// # Errors
/// The file cannot be read.
pub fn file_hash(path: &Path) -> Result<String> {
    let bytes = std::fs::read(path).map_err(|source| Error::read(path, source))?;
    Ok(hex(&Sha256::digest(&bytes)[..6]))
}

impl LearnedWord {
    /// The family of models it was learned on: what the metadata say, else what its vectors tell; `None` if
    /// neither does.
    pub fn family(&self) -> Option<Family> {
        let widths = self.widths();
        let said =
            self.metadata.get("modelspec.architecture").and_then(|text| Family::from_architecture(text));
        // A word of two parts is for two encoders, whatever the header says.
        let said = said.filter(|family| family.widths().len() == widths.len());
        said.or_else(|| {
            let known = Family::ALL.into_iter().find(|family| family.widths() == widths);
            known.or(self.second.as_ref().map(|_| Family::Sdxl))
        })
    }

    /// How wide the vectors are, for each text encoder.
    pub fn widths(&self) -> Vec<usize> {
        let second = self.second.as_ref().map(|second| second.shape[1]);
        std::iter::once(self.shape[1]).chain(second).collect()
    }

    /// Refuses a word made for text encoders of other widths than `widths`; `path` is named in the sentence.
    ///
    /// # Errors
    /// The widths differ.
    pub fn expect_widths(&self, widths: &[usize], path: &Path) -> Result<()> {
        let own = self.widths();
        if own == widths {
            return Ok(());
        }
        let told = |widths: &[usize], family: Option<Family>| {
            let numbers: Vec<String> = widths.iter().map(usize::to_string).collect();
            let family = family.map(|family| format!(" ({})", family.name())).unwrap_or_default();
            format!("{}{family}", numbers.join(" and "))
        };
        let needed = Family::ALL.into_iter().find(|family| family.widths() == widths);
        let fault = format!(
            "its vectors have {} numbers, but this model needs {}",
            told(&own, self.family()),
            told(widths, needed)
        );
        Err(Error::file(FileKind::Embedding, path, fault, "Open the model the word was learned on."))
    }

    /// What makes the vectors unusable, if anything does.
    fn fault(&self) -> Option<String> {
        let first = fault_of(&self.vectors, self.shape);
        let Some(second) = &self.second else { return first };
        first.or_else(|| fault_of(&second.values, second.shape)).or_else(|| {
            (second.shape[0] != self.shape[0]).then(|| {
                let [one, two] = [self.shape[0], second.shape[0]];
                format!("it holds {one} vectors for the first text encoder and {two} for the second")
            })
        })
    }
}

fn fault_of(vectors: &[f32], [count, width]: [usize; 2]) -> Option<String> {
    if count == 0 || width == 0 {
        return Some("it holds no vectors".into());
    }
    if count > MAX_VECTORS {
        return Some(format!("it holds {count} vectors, more than the {MAX_VECTORS} that fit into a prompt"));
    }
    if count.checked_mul(width) != Some(vectors.len()) {
        return Some(format!("it holds {} numbers instead of {count} times {width}", vectors.len()));
    }
    let wild = vectors.iter().filter(|number| !number.is_finite()).count();
    (wild > 0).then(|| format!("{wild} of its numbers are infinite or not numbers, so learning had failed"))
}

/// A token made from a file's name, unless the name is one that scripts give to every file.
fn token_from_name(path: &Path) -> Option<String> {
    let stem = path.file_stem()?.to_string_lossy();
    let generic = ["learned_embeds", "learned_embeds_2", "model", "embedding", "embeddings"];
    let base = stem.split("-steps-").next().unwrap_or(&stem);
    (!generic.contains(&base) && !stem.is_empty()).then(|| stem.into_owned())
}

/// A neighbour of `path` with `_2` in its name, as diffusers calls the file for the second text encoder.
fn second_file(path: &Path) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let (base, steps) = stem.split_at(stem.find("-steps-").unwrap_or(stem.len()));
    let end = path.extension().map(|end| format!(".{}", end.to_string_lossy())).unwrap_or_default();
    path.with_file_name(format!("{base}_2{steps}{end}"))
}
