//! Learned words in safetensors files: `emb_params` (AUTOMATIC1111, kohya), OneTrainer's `emp_params`, and
//! diffusers' layout, where the only tensor is named like the word.
//!
//! Files that hold something else for a text encoder (a pair for Stable Diffusion XL, one vector per layer,
//! several words, vectors for the encoder's output) are told apart and refused by name.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;

use safetensors::SafeTensors;
use serde_json::{Map, Value, json};

use super::LearnedWord;
use super::provenance::{TOKEN, TRIGGER};
use crate::atomic::write_atomic;
use crate::error::Result;
use crate::format::container::{decode_floats, header_fault};

/// Tensor names that say how a file is laid out and nothing about the word.
const LAYOUT_NAMES: [&str; 3] = ["emb_params", "emp_params", "clip_l"];

/// Reads the word in `bytes`; its token is `None` if neither metadata nor tensor name give one. The fault is
/// the middle of a sentence about the file.
pub(super) fn read(bytes: &[u8]) -> Result<LearnedWord, String> {
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(|error| header_fault(&error, bytes))?;
    let file = SafeTensors::deserialize(bytes).map_err(|error| header_fault(&error, bytes))?;
    let mut names = file.names();
    names.sort_unstable();
    let name = match names.as_slice() {
        [] => return Err("it holds no vectors".into()),
        [only] if !matches!(*only, "clip_g" | "emp_params_out") && !only.starts_with("bundle_emb.") => *only,
        several => return Err(unsupported(several)),
    };
    let tensor = file.tensor(name).map_err(|error| header_fault(&error, bytes))?;
    let shape = match *tensor.shape() {
        [width] => [1, width],
        [count, width] => [count, width],
        ref other => return Err(format!("its tensor has {} axes instead of one or two", other.len())),
    };
    let vectors = decode_floats(tensor.dtype(), tensor.data())
        .ok_or_else(|| format!("its numbers are of type {}, not floating-point", tensor.dtype()))?;
    let metadata: BTreeMap<_, _> = header.metadata().clone().unwrap_or_default().into_iter().collect();
    let named = |key| metadata.get(key).filter(|text| is_word(text)).cloned();
    let from_tensor = || (!LAYOUT_NAMES.contains(&name) && is_word(name)).then(|| name.to_owned());
    let token = named(TOKEN).or_else(|| named(TRIGGER)).or_else(from_tensor);
    Ok(LearnedWord { token, vectors, shape, second: None, metadata })
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && !text.chars().any(|part| part.is_whitespace() || part.is_control())
}

fn unsupported(names: &[&str]) -> String {
    let has = |name: &str| names.contains(&name);
    if has("clip_g") {
        return "it is a word for Stable Diffusion XL (clip_l and clip_g), which is not supported yet".into();
    }
    if has("emp_params_out") {
        return "it holds vectors for the output of the text encoder, which are not supported".into();
    }
    if has("MID") && has("IN01") {
        return "it holds one vector for every layer of the U-Net (extended inversion), which is not supported yet".into();
    }
    if names.iter().any(|name| name.starts_with("bundle_emb.") || name.contains("lora_")) {
        return "it is a LoRA file, not a learned word".into();
    }
    format!("it holds {} tensors, and a learned word has one", names.len())
}

/// Writes `word` as the tensor `name`, in 32-bit floats.
///
/// The header is put together here because the library writes the metadata in random order, and the same word
/// should make the same file: other programs know it by its hash.
pub(super) fn write(
    path: &Path,
    name: &str,
    word: &LearnedWord,
    metadata: &BTreeMap<String, String>,
) -> Result<()> {
    let data: Vec<u8> = word.vectors.iter().flat_map(|number| number.to_le_bytes()).collect();
    let tensor = json!({ "dtype": "F32", "shape": word.shape, "data_offsets": [0, data.len()] });
    let header = Map::from_iter([("__metadata__".to_owned(), json!(metadata)), (name.to_owned(), tensor)]);
    let mut header = Value::Object(header).to_string();
    // Readers map the numbers into memory, so they begin at a multiple of eight bytes.
    header.extend(std::iter::repeat_n(' ', header.len().next_multiple_of(8) - header.len()));
    write_atomic(path, |file| {
        file.write_all(&(header.len() as u64).to_le_bytes())?;
        file.write_all(header.as_bytes())?;
        file.write_all(&data)
    })
}
