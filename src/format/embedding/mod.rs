//! Learned words as files: one entry for reading, one for writing, one file of code per container.
//!
//! A file is recognised by what it contains, never by its name. Containers that can run code when opened, or
//! that are not read yet, are declined with a sentence that says what they are.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::SystemTime;

use sha2::{Digest as _, Sha256};

use super::hex;
use crate::error::{Error, FileKind, Result};

mod provenance;
mod safetensors;

pub use provenance::Provenance;

/// The most vectors a word may have: the places between begin and end token of a prompt.
pub const MAX_VECTORS: usize = 75;

/// The largest file that is read as a learned word, in bytes; real ones have a few thousand.
const MAX_BYTES: u64 = 64 << 20;

const REMEDY: &str = "Choose the .safetensors file of a word learned on a Stable Diffusion model.";

/// The result of textual inversion: the vectors a new word stands for.
#[derive(Debug, Clone, PartialEq)]
pub struct LearnedWord {
    /// The word as it is written in prompts, such as `<cat-toy>`; `None` if the file does not say.
    pub token: Option<String>,
    /// The vectors one after another: `shape[0] * shape[1]` finite numbers.
    pub vectors: Vec<f32>,
    /// The vectors for the second text encoder of Stable Diffusion XL, as many as in `vectors`.
    pub second: Option<SecondVectors>,
    /// The number of vectors (1 to [`MAX_VECTORS`]) and their width (768 for Stable Diffusion 1, 1024 for 2).
    pub shape: [usize; 2],
    /// Where the word comes from, in the keys of the safetensors header; see [`Provenance`].
    pub metadata: BTreeMap<String, String>,
}

/// A word's vectors for a second text encoder.
#[derive(Debug, Clone, PartialEq)]
pub struct SecondVectors {
    /// The vectors one after another.
    pub values: Vec<f32>,
    /// Their number and their width.
    pub shape: [usize; 2],
}

/// How a learned word is laid out in a file. Both are safetensors; other programs differ in which they read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EmbeddingFormat {
    /// One tensor `emb_params`: read by AUTOMATIC1111, ComfyUI, InvokeAI and kohya's scripts.
    #[default]
    EmbParams,
    /// One tensor named like the word: read by diffusers without further arguments; not by InvokeAI.
    Diffusers,
}

/// Reads a learned word.
///
/// The word's token is taken from the metadata (`pseudoword.token`, then `modelspec.trigger_phrase` if that
/// is a single word), else from the tensor's name if that is one, else from the file name, unless that is a
/// script's default such as `learned_embeds`.
///
/// # Errors
/// The file cannot be read, is damaged, is of a kind that is not read yet, or does not hold 1 to
/// [`MAX_VECTORS`] vectors of finite numbers.
pub fn read(path: &Path) -> Result<LearnedWord> {
    let length = std::fs::metadata(path).map_err(|source| Error::read(path, source))?.len();
    let refuse = |fault: String| Error::file(FileKind::Embedding, path, fault, REMEDY);
    if length > MAX_BYTES {
        return Err(refuse(format!("with {} MiB it is too large for a learned word", length >> 20)));
    }
    let bytes = std::fs::read(path).map_err(|source| Error::read(path, source))?;
    let word = match Container::of(&bytes) {
        Container::Safetensors => safetensors::read(&bytes),
        Container::Declined(kind) => Err(format!("it is {kind}, which cannot be read yet")),
        Container::Unknown if path.extension().is_some_and(|end| end.eq_ignore_ascii_case("safetensors")) => {
            safetensors::read(&bytes)
        }
        Container::Unknown if bytes.is_empty() => Err("the file is empty".into()),
        Container::Unknown => Err("it is not a learned word, or it is damaged".into()),
    };
    let mut word = word.and_then(|word| word.fault().map_or(Ok(word), Err)).map_err(refuse)?;
    word.token = word.token.or_else(|| token_from_name(path));
    Ok(word)
}

/// Writes a learned word, whole or not at all.
///
/// The metadata go into the safetensors header, completed by what every such file should say: title, trigger
/// phrase, architecture, date and format version (see [`Provenance`] for the rest).
///
/// # Errors
/// The vectors are not usable, the word has no token but the format needs one, or the disk refuses.
pub fn write(path: &Path, word: &LearnedWord, format: EmbeddingFormat) -> Result<()> {
    if let Some(fault) = word.fault() {
        let remedy = "Choose an earlier checkpoint of the run.";
        return Err(Error::Numbers {
            fault: format!("The word cannot be saved: {fault}"),
            remedy: remedy.into(),
        });
    }
    let name = match (format, &word.token) {
        (EmbeddingFormat::EmbParams, _) => "emb_params",
        // The header keeps this one name for itself.
        (EmbeddingFormat::Diffusers, Some(token)) if token != "__metadata__" => token,
        (EmbeddingFormat::Diffusers, _) => {
            let remedy = "Give it one, for example <cat-toy>, or save it in the usual format.";
            return Err(Error::input("The diffusers format needs a name for the word", remedy));
        }
    };
    let mut metadata = word.metadata.clone();
    provenance::complete(&mut metadata, word.token.as_deref(), SystemTime::now());
    safetensors::write(path, name, word, &metadata)
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
    /// Refuses a word made for a text encoder of another width than `width`; `path` is named in the sentence.
    ///
    /// # Errors
    /// The widths differ.
    pub fn expect_widths(&self, widths: &[usize], path: &Path) -> Result<()> {
        let width = widths[0];
        let own = self.shape[1];
        if own == width {
            return Ok(());
        }
        let family = |width| match width {
            768 => " (Stable Diffusion 1)",
            1024 => " (Stable Diffusion 2)",
            _ => "",
        };
        let fault = format!(
            "its vectors have {own} numbers{}, but this model needs {width}{}",
            family(own),
            family(width)
        );
        Err(Error::file(FileKind::Embedding, path, fault, "Open the model the word was learned on."))
    }

    /// What makes the vectors unusable, if anything does.
    fn fault(&self) -> Option<String> {
        let [count, width] = self.shape;
        if count == 0 || width == 0 {
            return Some("it holds no vectors".into());
        }
        if count > MAX_VECTORS {
            return Some(format!(
                "it holds {count} vectors, more than the {MAX_VECTORS} that fit into a prompt"
            ));
        }
        if count.checked_mul(width) != Some(self.vectors.len()) {
            return Some(format!("it holds {} numbers instead of {count} times {width}", self.vectors.len()));
        }
        let wild = self.vectors.iter().filter(|number| !number.is_finite()).count();
        (wild > 0)
            .then(|| format!("{wild} of its numbers are infinite or not numbers, so learning had failed"))
    }
}

/// What a file is, by its first bytes.
enum Container {
    Safetensors,
    Declined(&'static str),
    Unknown,
}

impl Container {
    fn of(bytes: &[u8]) -> Self {
        // First, because the length that opens a safetensors file may look like another format's signature.
        if bytes.first_chunk().is_some_and(|&length| u64::from_le_bytes(length) < bytes.len() as u64)
            && bytes.get(8) == Some(&b'{')
        {
            return Self::Safetensors;
        }
        match bytes {
            [b'P', b'K', 3, 4, ..] => Self::Declined("a PyTorch file (.pt, .bin)"),
            [0x80, 2..=5, ..] => Self::Declined("an old PyTorch file (.pt, .bin)"),
            [0x89, b'P', b'N', b'G', ..] => Self::Declined("a picture that may carry a learned word"),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => {
                Self::Declined("a picture that may carry a learned word")
            }
            _ => Self::Unknown,
        }
    }
}

/// A token made from a file's name, unless the name is one that scripts give to every file.
fn token_from_name(path: &Path) -> Option<String> {
    let stem = path.file_stem()?.to_string_lossy();
    let generic = ["learned_embeds", "model", "embedding", "embeddings"];
    let base = stem.split("-steps-").next().unwrap_or(&stem);
    (!generic.contains(&base) && !stem.is_empty()).then(|| stem.into_owned())
}
