//! What a file or folder is, by its name and header: a model or a word, of which family, in which numbers.
//!
//! Tested keys are those of the programs that wrote the files; LDM is told from the SDXL refiner first, because
//! both have contexts of 1280 numbers. What a header does not tell is asked of the readers themselves, which read of a
//! model no more than its table of contents and run nothing.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::header::Header;
use super::{Holds, Kind};
use crate::error::{Error, FileKind};
use crate::format::checkpoint::ModelFiles;
use crate::format::embedding::{self, LearnedWord};
use crate::project::{Family, Precision};

/// What was recognised.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recognition {
    /// Model or word; `None` for anything else, which is not listed.
    pub kind: Option<Kind>,
    /// The family, if it can be told.
    pub family: Option<Family>,
    /// The number format of most of its numbers.
    pub precision: Option<Precision>,
    /// Its size on the disk.
    pub bytes: u64,
    /// Why it cannot be used, as a sentence.
    pub fault: Option<String>,
}

/// How a search learns what lies at a path, in a place that holds something.
pub type Recognise = dyn Fn(&Path, Holds) -> Recognition;

/// No learned word is larger, in bytes.
const LARGEST_WORD: u64 = 64 << 20;
const MODEL_REMEDY: &str = "Choose a Stable Diffusion 1, 2 or XL model, or the latent diffusion model.";

/// Recognises by names and headers alone.
pub fn recognise(path: &Path, holds: Holds) -> Recognition {
    if path.is_dir() {
        return folder(path);
    }
    let bytes = path.metadata().map_or(0, |data| data.len());
    let ending = path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    match ending.as_str() {
        "safetensors" => match Header::read(path) {
            Ok(header) => {
                Recognition { bytes, precision: header.precision(), ..contents(path, &header, bytes) }
            }
            Err(fault) => {
                let (kind, file) = match holds {
                    Holds::Embeddings => (Kind::Embedding, FileKind::Embedding),
                    _ => (Kind::Model, FileKind::Model),
                };
                let fault = Error::file(file, path, fault, "Download it again, complete.").to_string();
                Recognition { kind: Some(kind), bytes, fault: Some(fault), ..Recognition::default() }
            }
        },
        "ckpt" => Recognition { bytes, ..model_file(path) },
        "pt" | "bin" if holds == Holds::Embeddings && (1..=LARGEST_WORD).contains(&bytes) => {
            Recognition { bytes, ..word_file(path) }
        }
        "png" if holds == Holds::Embeddings && is_card(path) => Recognition { bytes, ..word_file(path) },
        _ => Recognition::default(),
    }
}

/// A model in one file, as its reader takes it.
fn model_file(path: &Path) -> Recognition {
    let (family, fault) = match ModelFiles::open(path) {
        Ok(files) => (Some(files.family()), None),
        Err(fault) => (None, Some(fault.to_string())),
    };
    Recognition { kind: Some(Kind::Model), family, fault, ..Recognition::default() }
}

/// A file of learned words, as its reader takes it.
fn word_file(path: &Path) -> Recognition {
    let (family, fault) = match embedding::read_all(path) {
        Ok(words) => (words.first().and_then(LearnedWord::family), None),
        Err(fault) => (None, Some(fault.to_string())),
    };
    Recognition { kind: Some(Kind::Embedding), family, fault, ..Recognition::default() }
}

/// Kind, family and fault by the tensors of a file.
fn contents(path: &Path, header: &Header, bytes: u64) -> Recognition {
    let model = |family: Option<Family>, fault: Option<&str>| {
        let fault = fault.map(|fault| Error::file(FileKind::Model, path, fault, MODEL_REMEDY).to_string());
        Recognition { kind: Some(Kind::Model), family, fault, ..Recognition::default() }
    };
    if header.any("model.diffusion_model.") {
        let width = |block: &str| {
            let name = format!(
                "model.diffusion_model.input_blocks.{block}.1.transformer_blocks.0.attn2.to_k.weight"
            );
            header.shape(&name).and_then(|shape| shape.get(1)).copied()
        };
        let channels =
            header.shape("model.diffusion_model.input_blocks.0.0.weight").and_then(|shape| shape.get(1));
        let bert = header.any("cond_stage_model.transformer.token_emb.");
        let family = match width("1").or(width("2")).or(width("4")) {
            _ if bert => Some(Family::Ldm),
            Some(768) => Some(Family::Sd1),
            Some(1024) => Some(Family::Sd2),
            Some(2048) => Some(Family::Sdxl),
            Some(1280) => {
                return model(
                    None,
                    Some("it is the refiner of Stable Diffusion XL, which draws from no prompt of its own"),
                );
            }
            // Unusual sizes: the reader knows whether there are configurations to go by.
            _ => return model_file(path),
        };
        return match channels {
            Some(4) | None => model(family, None),
            Some(9) => model(family, Some("it is an inpainting model, which also wants a mask")),
            Some(_) => model(family, Some("it is a model that also wants a picture to start from")),
        };
    }
    if let Some(family) = word(header, bytes) {
        return Recognition { kind: Some(Kind::Embedding), family, ..Recognition::default() };
    }
    // Adapters, autoencoders, control networks and single parts are no models of their own.
    let adapter = header.tensors().any(|(name, _)| name.contains("lora") || name.contains("hada_"));
    let large = ["double_blocks.", "joint_blocks.", "model.diffusion_model", "transformer_blocks."];
    if !adapter && large.iter().any(|prefix| header.any(prefix)) {
        return model(None, Some("it is a kind of model that words cannot be learned on here"));
    }
    Recognition::default()
}

/// The family of a learned word, if it can be told; `None` if the file is no word.
fn word(header: &Header, bytes: u64) -> Option<Option<Family>> {
    let tensors: Vec<(&str, &[u64])> = header.tensors().collect();
    if bytes > LARGEST_WORD || tensors.is_empty() || tensors.len() > 64 {
        return None;
    }
    let named = |name: &str| tensors.iter().find(|(known, _)| *known == name).map(|(_, shape)| *shape);
    let declared = || Family::from_architecture(header.architecture.as_deref()?);
    if named("clip_l").is_some() && named("clip_g").is_some() {
        return Some(Some(Family::Sdxl));
    }
    let usual = ["emb_params", "emp_params", "clip_l", "clip_g"].iter().find_map(|name| named(name));
    let inside = || tensors.iter().find(|(name, _)| name.starts_with("string_to_param"));
    let single = || tensors.first().filter(|_| tensors.len() == 1);
    let shape = usual.or_else(|| inside().or_else(single).map(|(_, shape)| *shape))?;
    let (width, vectors) = match shape {
        [width] => (*width, 1),
        [vectors, width] => (*width, *vectors),
        _ => return None,
    };
    let known = Family::ALL.iter().any(|family| family.widths().iter().any(|&w| w as u64 == width));
    if usual.is_none() && !(known && vectors <= 512) {
        return None;
    }
    // A width of 1280 alone is half a word of SDXL or one of LDM.
    let by_width = match width {
        768 => Some(Family::Sd1),
        1024 => Some(Family::Sd2),
        _ => None,
    };
    Some(declared().or(by_width))
}

/// A model in diffusers' layout.
fn folder(path: &Path) -> Recognition {
    let Some(index) = small_json(&path.join("model_index.json")) else { return Recognition::default() };
    let class = index.get("_class_name").and_then(Value::as_str).unwrap_or_default();
    let unet = small_json(&path.join("unet/config.json")).unwrap_or_default();
    let family = match (class, unet.get("cross_attention_dim").and_then(Value::as_u64)) {
        (class, _) if class.starts_with("StableDiffusionXL") => Some(Family::Sdxl),
        (class, _) if class.starts_with("LDMTextToImage") => Some(Family::Ldm),
        (class, Some(768)) if class.starts_with("StableDiffusion") => Some(Family::Sd1),
        (class, Some(1024)) if class.starts_with("StableDiffusion") => Some(Family::Sd2),
        _ => None,
    };
    let mut bytes = 0;
    let mut precision = None;
    for part in index.as_object().into_iter().flatten().map(|(part, _)| part) {
        // The checker of pictures is not part of what draws them.
        if part.starts_with('_') || part.contains(['/', '\\']) || part == "safety_checker" {
            continue;
        }
        let files = weights(&path.join(part));
        bytes += files.iter().map(|file| file.metadata().map_or(0, |data| data.len())).sum::<u64>();
        if part == "unet" {
            let first = files.first().filter(|file| file.extension().is_some_and(|end| end == "safetensors"));
            precision = first.and_then(|file| Header::read(file).ok()).and_then(|header| header.precision());
        }
    }
    let opened = model_file(path);
    Recognition { family: family.or(opened.family), precision, bytes, ..opened }
}

/// The files that hold a part's weights: the plain ones, else those of half precision, else pickled ones.
fn weights(part: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(part).into_iter().flatten().flatten().take(1000);
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    paths.sort();
    let group = |keep: &dyn Fn(&str) -> bool| -> Vec<PathBuf> {
        let name = |path: &PathBuf| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        paths.iter().filter(|path| keep(&name(path))).cloned().collect()
    };
    let variant = |name: &str| name.contains(".fp16") || name.contains(".non_ema") || name.contains(".bf16");
    [
        group(&|name| name.ends_with(".safetensors") && !variant(name)),
        group(&|name| name.ends_with(".safetensors") && name.contains(".fp16")),
        group(&|name| name.ends_with(".safetensors")),
        group(&|name| name.ends_with(".bin") && !variant(name)),
    ]
    .into_iter()
    .find(|files| !files.is_empty())
    .unwrap_or_default()
}

/// A JSON file of at most 1 MiB.
fn small_json(path: &Path) -> Option<Value> {
    use std::io::Read as _;

    let mut bytes = Vec::new();
    std::fs::File::open(path).ok()?.take(1 << 20).read_to_end(&mut bytes).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// Whether a PNG carries a word in a text chunk, as A1111's cards do. Only the heads of chunks are read.
fn is_card(path: &Path) -> bool {
    use std::io::{Read as _, Seek as _, SeekFrom};

    const KEY: &[u8; 16] = b"sd-ti-embedding\0";
    let walk = || -> std::io::Result<bool> {
        let mut file = std::fs::File::open(path)?;
        let mut signature = [0; 8];
        file.read_exact(&mut signature)?;
        if signature != *b"\x89PNG\r\n\x1a\n" {
            return Ok(false);
        }
        for _ in 0..10_000 {
            let mut head = [0; 8];
            file.read_exact(&mut head)?;
            let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]);
            match &head[4..] {
                b"IEND" => return Ok(false),
                b"tEXt" if length >= 16 => {
                    let mut key = [0; 16];
                    file.read_exact(&mut key)?;
                    if &key == KEY {
                        return Ok(true);
                    }
                    file.seek(SeekFrom::Current(i64::from(length) + 4 - 16))?;
                }
                _ => {
                    file.seek(SeekFrom::Current(i64::from(length) + 4))?;
                }
            }
        }
        Ok(false)
    };
    walk().unwrap_or(false)
}
