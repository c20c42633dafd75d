//! Learned words in safetensors files, of every layout.
//!
//! The table of contents is checked by the `safetensors` library; what its names mean is decided in
//! [`super::entries`].

use std::borrow::Cow;
use std::collections::BTreeMap;

use safetensors::Dtype;
use safetensors::tensor::TensorInfo;

use super::entries::{self, BUNDLE, Entry};
use super::refusal::Refusal;
use super::word::{LearnedWord, REMARK};
use crate::container::read_header;
use project::tensor_header;

pub(super) fn read(bytes: &[u8]) -> Result<Vec<LearnedWord>, Refusal> {
    let (entries, metadata) = open(bytes)?;
    entries::words(entries, &metadata, "a safetensors file")
}

/// Reads the words that a large file, a LoRA, carries.
pub(super) fn read_bundled(bytes: &[u8]) -> Result<Vec<LearnedWord>, Refusal> {
    let (mut entries, metadata) = open(bytes)?;
    if !entries.iter().any(|entry| entry.name.starts_with(BUNDLE)) {
        let names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
        let large = || format!("with {} MiB it is too large for a learned word", bytes.len() >> 20).into();
        return Err(Refusal::of_names(&names).unwrap_or_else(large));
    }
    entries.retain(|entry| entry.name.starts_with(BUNDLE));
    entries::words(entries, &metadata, "a safetensors file")
}

fn open(bytes: &[u8]) -> Result<(Vec<Entry<'_>>, BTreeMap<String, String>), Refusal> {
    let mut contents = read_header(bytes)?;
    // What is odd about a file is said by who reads it.
    contents.metadata.remove(REMARK);
    let entry = |(name, info): (String, TensorInfo)| {
        let (start, end) = info.data_offsets;
        // The places were checked.
        let bytes = Cow::Borrowed(&bytes[contents.data + start..contents.data + end]);
        Entry { name, dtype: info.dtype, shape: info.shape, bytes }
    };
    Ok((contents.tensors.into_iter().map(entry).collect(), contents.metadata))
}

/// A file with these tensors in 32-bit floats.
pub(super) fn encode(tensors: &[(&str, &[f32], [usize; 2])], metadata: &BTreeMap<String, String>) -> Vec<u8> {
    let layout =
        tensors.iter().map(|(name, values, shape)| (*name, Dtype::F32, &shape[..], size_of_val(*values)));
    let mut out = tensor_header(layout, metadata);
    out.extend(tensors.iter().flat_map(|(_, values, _)| *values).flat_map(|number| number.to_le_bytes()));
    out
}
