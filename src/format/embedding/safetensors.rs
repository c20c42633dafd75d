//! Learned words in safetensors files, of every layout.
//!
//! The table of contents is checked by the `safetensors` library; what its names mean is decided in
//! [`super::entries`].

use std::borrow::Cow;
use std::collections::BTreeMap;

use safetensors::SafeTensors;
use serde_json::{Map, Value, json};

use super::entries::{self, BUNDLE, Entry};
use super::refusal::Refusal;
use super::word::LearnedWord;
use crate::container::{header_fault, refuse_repeated_names};

/// Reads the words in `bytes`.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<LearnedWord>, Refusal> {
    let (entries, metadata) = open(bytes)?;
    entries::words(entries, &metadata, "a safetensors file")
}

/// Reads the words that a large file, a LoRA, carries.
pub(super) fn read_bundled(bytes: &[u8]) -> Result<Vec<LearnedWord>, Refusal> {
    let (mut entries, metadata) = open(bytes)?;
    if !entries.iter().any(|entry| entry.name.starts_with(BUNDLE)) {
        return Err(format!("with {} MiB it is too large for a learned word", bytes.len() >> 20).into());
    }
    entries.retain(|entry| entry.name.starts_with(BUNDLE));
    entries::words(entries, &metadata, "a safetensors file")
}

fn open(bytes: &[u8]) -> Result<(Vec<Entry<'_>>, BTreeMap<String, String>), Refusal> {
    let (length, header) = SafeTensors::read_metadata(bytes).map_err(|error| header_fault(&error, bytes))?;
    refuse_repeated_names(&bytes[size_of::<u64>()..size_of::<u64>() + length])?;
    let file = SafeTensors::deserialize(bytes).map_err(|error| header_fault(&error, bytes))?;
    let mut entries = Vec::new();
    for (name, view) in file.iter() {
        let (dtype, shape) = (view.dtype(), view.shape().to_vec());
        entries.push(Entry { name: name.to_owned(), dtype, shape, bytes: Cow::Borrowed(view.data()) });
    }
    Ok((entries, header.metadata().clone().unwrap_or_default().into_iter().collect()))
}

/// A file with these tensors in 32-bit floats.
///
/// The header is put together here because the library writes the metadata in random order, and the same word
/// should make the same file: other programs know it by its hash.
pub(super) fn encode(tensors: &[(&str, &[f32], [usize; 2])], metadata: &BTreeMap<String, String>) -> Vec<u8> {
    let mut data: Vec<u8> = Vec::new();
    let mut header = Map::from_iter([("__metadata__".to_owned(), json!(metadata))]);
    for (name, values, shape) in tensors {
        let start = data.len();
        data.extend(values.iter().flat_map(|number| number.to_le_bytes()));
        let tensor = json!({ "dtype": "F32", "shape": shape, "data_offsets": [start, data.len()] });
        header.insert((*name).to_owned(), tensor);
    }
    let mut header = Value::Object(header).to_string();
    // Readers map the numbers into memory, so they begin at a multiple of eight bytes.
    header.extend(std::iter::repeat_n(' ', header.len().next_multiple_of(8) - header.len()));
    let mut out = (header.len() as u64).to_le_bytes().to_vec();
    out.extend_from_slice(header.as_bytes());
    out.extend_from_slice(&data);
    out
}
