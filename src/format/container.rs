//! What every reader of a safetensors file needs: its faults in words, its numbers in 32 bits.
//!
//! The `safetensors` library checks the table of contents against the file; this translates its findings for
//! people and never repeats text from the file, which may be anything.

use std::collections::{BTreeMap, HashSet};

use safetensors::{Dtype, SafeTensorError};
use serde::Deserializer as _;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value, json};

/// What is wrong with a safetensors file, as the middle of a sentence.
pub(super) fn header_fault(error: &SafeTensorError, bytes: &[u8]) -> String {
    use SafeTensorError as E;

    let length = bytes.len();
    if bytes.starts_with(b"version https://git-lfs") {
        return "it is only the note that Git leaves in place of a large file (a Git LFS pointer)".into();
    }
    match error {
        E::HeaderTooSmall if length == 0 => "the file is empty".into(),
        E::HeaderTooSmall => format!("the file is only {length} bytes long"),
        E::InvalidHeaderLength | E::HeaderTooLarge => {
            format!("it is not a safetensors file, or it was cut off after {length} bytes")
        }
        E::InvalidHeader(_) | E::InvalidHeaderDeserialization(_) | E::JsonError(_) => {
            "its table of contents is not readable, so it is damaged or not a safetensors file".into()
        }
        E::MetadataIncompleteBuffer => {
            format!(
                "its {length} bytes are not what its table of contents says, so it was cut off or damaged"
            )
        }
        _ => "its table of contents contradicts itself, so it is damaged".into(),
    }
}

/// Refuses a table of contents that gives a name twice: programs differ in which of the two they take. The library takes
/// one without a word. `header` is its text.
pub(super) fn refuse_repeated_names(header: &[u8]) -> Result<(), String> {
    struct Names;

    impl<'de> Visitor<'de> for Names {
        type Value = bool;

        fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            formatter.write_str("a table of contents")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
            let (mut seen, mut repeated) = (HashSet::new(), false);
            while let Some((name, _)) = map.next_entry::<String, IgnoredAny>()? {
                repeated |= !seen.insert(name);
            }
            Ok(repeated)
        }
    }

    match serde_json::Deserializer::from_slice(header).deserialize_map(Names) {
        Ok(true) => Err("its table of contents gives a name twice, so it is damaged".into()),
        // Whatever else may be wrong with it was found before.
        _ => Ok(()),
    }
}

/// How a safetensors file begins: the length of its table of contents and the table, for tensors of these names,
/// types, shapes and lengths in bytes, which follow in this order.
///
/// It is put together here because the library writes the metadata in random order, and the same word should make
/// the same file: other programs know it by its hash.
pub(super) fn header<'a>(
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

/// Little-endian floats of any common width as 32-bit ones; `None` for other types.
pub(super) fn decode_floats(dtype: Dtype, bytes: &[u8]) -> Option<Vec<f32>> {
    fn each<const N: usize>(bytes: &[u8], read: impl Fn([u8; N]) -> f32) -> Vec<f32> {
        bytes.as_chunks::<N>().0.iter().map(|&number| read(number)).collect()
    }
    match dtype {
        Dtype::F32 => Some(each(bytes, f32::from_le_bytes)),
        Dtype::F16 => Some(each(bytes, |number| half::f16::from_le_bytes(number).to_f32())),
        Dtype::BF16 => Some(each(bytes, |number| half::bf16::from_le_bytes(number).to_f32())),
        Dtype::F64 => Some(each(bytes, |number| f64::from_le_bytes(number) as f32)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_given_twice_is_noticed() {
        assert!(refuse_repeated_names(br#"{"a": {"x": 1, "b": 2}, "b": [1]}"#).is_ok());
        assert!(refuse_repeated_names(br#"{"a": {}, "b": {}, "a": {}}"#).is_err());
    }

    #[test]
    fn every_float_type_is_read() {
        let value = -1.5f32;
        let half = half::f16::from_f32(value).to_le_bytes();
        let brain = half::bf16::from_f32(value).to_le_bytes();
        assert_eq!(decode_floats(Dtype::F32, &value.to_le_bytes()), Some(vec![value]));
        assert_eq!(decode_floats(Dtype::F16, &half), Some(vec![value]));
        assert_eq!(decode_floats(Dtype::BF16, &[brain, brain].concat()), Some(vec![value; 2]));
        assert_eq!(decode_floats(Dtype::F64, &f64::from(value).to_le_bytes()), Some(vec![value]));
        assert_eq!(decode_floats(Dtype::I64, &[0; 8]), None);
    }
}
