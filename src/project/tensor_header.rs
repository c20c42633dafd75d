//! How a safetensors file begins, put together here.
//!
//! The library writes what a header says besides the tensors in random order, and the same content should make the same
//! file: programs know files by their hash. It writes no file itself.

use std::collections::BTreeMap;

use safetensors::tensor::Dtype;
use serde_json::{Map, Value, json};

/// The length of the table of contents and the table, for tensors of these names, types, shapes and lengths in bytes,
/// which follow in this order.
pub fn tensor_header<'a>(
    tensors: impl Iterator<Item = (&'a str, Dtype, &'a [usize], usize)>,
    metadata: &BTreeMap<String, String>,
) -> Vec<u8> {
    let mut table = Map::from_iter([("__metadata__".to_owned(), json!(metadata))]);
    let mut at = 0;
    for (name, dtype, shape, length) in tensors {
        let end = at + length;
        table.insert(name.to_owned(), json!({ "dtype": dtype, "shape": shape, "data_offsets": [at, end] }));
        at = end;
    }
    let mut text = Value::Object(table).to_string();
    // Readers map the numbers into memory, so they begin at a multiple of eight bytes.
    text.extend(std::iter::repeat_n(' ', text.len().next_multiple_of(8) - text.len()));
    [&(text.len() as u64).to_le_bytes()[..], text.as_bytes()].concat()
}
