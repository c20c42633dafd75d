//! What every reader of a safetensors file needs: its faults in words, its numbers in 32 bits.
//!
//! The `safetensors` library checks the table of contents against the file; this translates its findings for
//! people and never repeats text from the file, which may be anything.

use std::collections::{BTreeMap, HashSet};

use safetensors::{Dtype, SafeTensorError};
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer as _};
use serde_json::Value;

/// What is wrong with a safetensors file, as the middle of a sentence.
pub(super) fn header_fault(error: &SafeTensorError, bytes: &[u8]) -> String {
    use SafeTensorError as E;

    let length = bytes.len();
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

/// What the header of a file says besides its tensors, as text by key; empty for what is no safetensors file.
/// Some tools write numbers or tables where the format has text.
pub(super) fn metadata(file: &[u8]) -> BTreeMap<String, String> {
    #[derive(Default, Deserialize)]
    struct Table {
        #[serde(rename = "__metadata__", default)]
        metadata: BTreeMap<String, Value>,
    }
    let header = || {
        let length = usize::try_from(u64::from_le_bytes(*file.first_chunk()?)).ok()?;
        file.get(size_of::<u64>()..)?.get(..length)
    };
    let table = header().and_then(|header| serde_json::from_slice::<Table>(header).ok()).unwrap_or_default();
    let text = |value: Value| match value {
        Value::String(text) => text,
        other => other.to_string(),
    };
    table.metadata.into_iter().map(|(key, value)| (key, text(value))).collect()
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
    fn what_a_header_says_is_read_as_text() {
        let header = br#"{"__metadata__": {"a": "b", "n": 3, "t": {"x": null}}, "w": {"dtype": "F32"}}"#;
        let file = [&(header.len() as u64).to_le_bytes()[..], header, &[0; 4]].concat();
        let found = metadata(&file);
        assert_eq!(
            (found["a"].as_str(), found["n"].as_str(), found["t"].as_str()),
            ("b", "3", r#"{"x":null}"#)
        );
        for none in [&b""[..], b"PK\x03\x04\0\0\0\0", &[255; 16], &file[..20]] {
            assert!(metadata(none).is_empty());
        }
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
