//! What every reader of a safetensors file needs: its table of contents, its faults in words, its numbers in 32 bits.
//!
//! The `safetensors` library checks the places of the tensors against the file; this translates its findings for
//! people and never repeats text from the file, which may be anything. Only of the metadata is anything taken: other
//! programs put numbers and whole tables where the format has text.

use std::cell::Cell;
use std::collections::{BTreeMap, HashSet};
use std::fmt::Formatter;
use std::sync::LazyLock;

use safetensors::tensor::{Metadata, TensorInfo};
use safetensors::{Dtype, SafeTensorError};
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// The longest table of contents, in bytes, as the library has it.
const LONGEST: usize = 100_000_000;
/// The longest name of a tensor, in bytes: sentences tell it. Real ones are not a third as long.
pub(super) const LONGEST_NAME: usize = 512;

const UNREADABLE: &str = "its table of contents is not readable, so it is damaged or not a safetensors file";

/// Entries of the metadata that name a word: a number is no name.
const NAMES: [&str; 2] = ["pseudoword.token", "modelspec.trigger_phrase"];

/// What a safetensors file says it holds.
pub(super) struct Contents {
    /// Where the numbers begin.
    pub data: usize,
    /// The tensors; their places are counted from there.
    pub tensors: Vec<(String, TensorInfo)>,
    /// What it says of itself, as text by key: tables and numbers as JSON.
    pub metadata: BTreeMap<String, String>,
}

/// Reads the table of contents of the safetensors file `bytes` and checks it against the file.
/// The fault is the middle of a sentence about the file.
pub(super) fn read_header(bytes: &[u8]) -> Result<Contents, String> {
    use SafeTensorError as E;

    let fault = |error| header_fault(&error, bytes);
    let length = bytes.first_chunk().ok_or(E::HeaderTooSmall).map_err(fault)?;
    let length = usize::try_from(u64::from_le_bytes(*length)).ok().filter(|length| *length <= LONGEST);
    let data = length.ok_or(E::HeaderTooLarge).map_err(fault)? + size_of::<u64>();
    let text = bytes.get(size_of::<u64>()..data).ok_or(E::InvalidHeaderLength).map_err(fault)?;
    let mut parser = serde_json::Deserializer::from_slice(text);
    let table = parser.deserialize_map(Table).and_then(|table| parser.end().map(|()| table));
    let (mut tensors, metadata) = table.map_err(|error| fault(E::InvalidHeaderDeserialization(error)))?;
    if tensors.iter().any(|(name, _)| name.len() > LONGEST_NAME) {
        return Err(UNREADABLE.into());
    }
    // Programs differ in which of the two they take.
    let mut seen = HashSet::new();
    if !tensors.iter().all(|(name, _)| seen.insert(name.as_str())) {
        return Err("its table of contents gives a name twice, so it is damaged".into());
    }
    tensors.sort_by_key(|(_, info)| info.data_offsets);
    let checked = Metadata::new(None, tensors.clone()).map_err(fault)?;
    if data.checked_add(checked.data_len()) != Some(bytes.len()) {
        return Err(fault(E::MetadataIncompleteBuffer));
    }
    Ok(Contents { data, tensors, metadata })
}

/// The whole table of contents.
struct Table;

impl<'de> Visitor<'de> for Table {
    type Value = (Vec<(String, TensorInfo)>, BTreeMap<String, String>);

    fn expecting(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a table of contents")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut tensors, mut metadata) = (Vec::new(), BTreeMap::new());
        while let Some(name) = map.next_key::<String>()? {
            if name == "__metadata__" {
                let left = Cell::new(MOST_VALUES);
                metadata.extend(as_text(map.next_value_seed(Loose { deeper: DEEPEST, left: &left })?));
            } else {
                tensors.push((name, map.next_value()?));
            }
        }
        Ok((tensors, metadata))
    }
}

/// Tables within tables that are kept; of those that lie deeper nothing is.
const DEEPEST: usize = 16;
/// The most values in them, each of which takes many times its room in the file.
const MOST_VALUES: usize = 1 << 20;

/// A value of any kind, with so many tables within each other, and as long as some values are left.
#[derive(Clone, Copy)]
struct Loose<'a> {
    deeper: usize,
    left: &'a Cell<usize>,
}

impl Loose<'_> {
    /// The same for what lies in it.
    fn inner(self) -> Option<Self> {
        Some(Self { deeper: self.deeper.checked_sub(1)?, ..self })
    }
}

impl<'de> DeserializeSeed<'de> for Loose<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        let left = self.left.get().checked_sub(1).ok_or_else(|| D::Error::custom("too many"))?;
        self.left.set(left);
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Loose<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("anything")
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let Some(inner) = self.inner() else {
            while items.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(Value::Null);
        };
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            list.push(item);
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let Some(inner) = self.inner() else {
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            return Ok(Value::Null);
        };
        let mut table = serde_json::Map::new();
        while let Some(name) = map.next_key::<String>()? {
            table.insert(name, map.next_value_seed(inner)?);
        }
        Ok(table.into())
    }
}

/// What a file says of itself as text by key; tables as JSON, of which recipes of merges are read.
fn as_text(metadata: Value) -> BTreeMap<String, String> {
    let Value::Object(entries) = metadata else { return BTreeMap::new() };
    let text = |(key, value): (String, Value)| match value {
        Value::Null => None,
        Value::String(text) => Some((key, text)),
        _ if NAMES.contains(&key.as_str()) => None,
        other => Some((key, other.to_string())),
    };
    entries.into_iter().filter_map(text).collect()
}

/// What is wrong with a safetensors file, as the middle of a sentence.
fn header_fault(error: &SafeTensorError, bytes: &[u8]) -> String {
    use SafeTensorError as E;

    let length = bytes.len();
    match error {
        E::HeaderTooSmall if length == 0 => "the file is empty".into(),
        E::HeaderTooSmall => format!("the file is only {length} bytes long"),
        E::InvalidHeaderLength | E::HeaderTooLarge => {
            format!("it is not a safetensors file, or it was cut off after {length} bytes")
        }
        E::InvalidHeader(_) | E::InvalidHeaderDeserialization(_) | E::JsonError(_) => UNREADABLE.into(),
        E::MetadataIncompleteBuffer => {
            format!(
                "its {length} bytes are not what its table of contents says, so it was cut off or damaged"
            )
        }
        _ => "its table of contents contradicts itself, so it is damaged".into(),
    }
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
        Dtype::F8_E4M3 => Some(bytes.iter().map(|&number| E4M3[usize::from(number)]).collect()),
        Dtype::F8_E5M2 => Some(each(bytes, |[number]| half::f16::from_le_bytes([0, number]).to_f32())),
        _ => None,
    }
}

/// The first of little-endian numbers, floats or whole ones; `None` if there is none, and for other types.
pub(super) fn first_number(dtype: Dtype, bytes: &[u8]) -> Option<f64> {
    match dtype {
        Dtype::I64 => bytes.first_chunk().map(|number| i64::from_le_bytes(*number) as f64),
        Dtype::I32 => bytes.first_chunk().map(|number| i32::from_le_bytes(*number).into()),
        Dtype::I16 => bytes.first_chunk().map(|number| i16::from_le_bytes(*number).into()),
        Dtype::U8 => bytes.first().map(|number| (*number).into()),
        _ => decode_floats(dtype, bytes.get(..dtype.bitsize() / 8)?)?.first().map(|number| (*number).into()),
    }
}

/// Whether numbers are of a type that weights were squeezed into. Wider whole numbers are counters and positions.
pub(super) fn quantised(dtype: Dtype) -> bool {
    decode_floats(dtype, &[]).is_none() && dtype.bitsize() <= 8 && dtype != Dtype::BOOL
}

/// The numbers of 8 bits with 4 of exponent and 3 of mantissa (<https://arxiv.org/abs/2209.05433>, table 1): they give
/// up infinity for a larger range and have one pattern, with either sign, that is no number.
static E4M3: LazyLock<[f32; 256]> = LazyLock::new(|| {
    std::array::from_fn(|bits| {
        let (sign, exponent, mantissa) = (bits >> 7, (bits >> 3 & 15) as i32, (bits & 7) as f32);
        let size = match (exponent, bits & 7) {
            (15, 7) => f32::NAN,
            (0, _) => mantissa * 2_f32.powi(-9),
            _ => (8.0 + mantissa) * 2_f32.powi(exponent - 10),
        };
        if sign == 1 { -size } else { size }
    })
});

#[cfg(test)]
mod tests {
    use super::*;

    /// A file with this table of contents and so many zeros.
    fn file(table: &str, numbers: usize) -> Vec<u8> {
        [&(table.len() as u64).to_le_bytes()[..], table.as_bytes(), &vec![0; numbers]].concat()
    }

    #[test]
    fn metadata_of_any_kind_is_taken_and_places_are_not() {
        let x = r#""x": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}"#;
        let table = format!(
            r#"{{"__metadata__": {{"a": "猫", "step": 5, "rate": 0.5, "on": true, "none": null,
            "deep": {{"a": {{}}}}, "list": [1, [2]]}}, {x}}}"#
        );
        let contents = read_header(&file(&table, 8)).unwrap();
        let expected = [
            ("a", "猫"),
            ("deep", r#"{"a":{}}"#),
            ("list", "[1,[2]]"),
            ("on", "true"),
            ("rate", "0.5"),
            ("step", "5"),
        ];
        assert!(contents.metadata.iter().map(|(a, b)| (a.as_str(), b.as_str())).eq(expected));
        assert_eq!((contents.data, contents.tensors[0].1.data_offsets), (8 + table.len(), (0, 8)));
        let deep = "[".repeat(500) + &"]".repeat(500);
        for odd in ["null", "[]", "7", &deep, &format!(r#"{{"a": {deep}}}"#)] {
            assert!(read_header(&file(&format!(r#"{{"__metadata__": {odd}, {x}}}"#), 8)).is_ok(), "{odd}");
        }
        let y = |from, to| {
            format!(r#"{{{x}, "y": {{"dtype": "F32", "shape": [1], "data_offsets": [{from}, {to}]}}}}"#)
        };
        assert!(read_header(&file(&y(8, 12), 12)).is_ok());
        for (from, to, length, expected) in [
            (8, 12, 11, "cut off"),
            (8, 12, 13, "cut off"),
            (4, 8, 8, "contradicts"),
            (12, 16, 16, "contradicts"),
            (8, 16, 16, "contradicts"),
        ] {
            let fault = read_header(&file(&y(from, to), length)).err().unwrap();
            assert!(fault.contains(expected), "{from} {to} {length}: {fault}");
        }
        let twice = read_header(&file(&format!("{{{x}, {x}}}"), 8)).err().unwrap();
        assert!(twice.contains("twice"), "{twice}");
        let named = |length: usize| format!("{{{}}}", x.replacen('x', &"x".repeat(length), 1));
        assert!(read_header(&file(&named(LONGEST_NAME), 8)).is_ok());
        let many = |count: usize| format!(r#"{{"__metadata__": {{"a": [0{}]}}, {x}}}"#, ",0".repeat(count));
        assert!(read_header(&file(&many(1000), 8)).is_ok());
        for (table, expected) in [
            (named(LONGEST_NAME + 1), "not readable"),
            (many(MOST_VALUES), "not readable"),
            (format!("{{{x}}} x"), "not readable"),
            (format!(r#"{{"__metadata__": {{"a": }}, {x}}}"#), "not readable"),
        ] {
            let fault = read_header(&file(&table, 8)).err().unwrap();
            assert!(fault.contains(expected), "{fault}");
        }
    }

    #[test]
    fn numbers_of_8_bits_are_the_published_ones() {
        let one = |dtype, bits: u8| decode_floats(dtype, &[bits]).unwrap()[0];
        for (bits, value) in
            [(0x00, 0.0), (0x01, 0.001_953_125), (0x08, 0.015_625), (0x38, 1.0), (0xbc, -1.5), (0x7e, 448.0)]
        {
            assert_eq!(one(Dtype::F8_E4M3, bits), value, "{bits:#x}");
        }
        assert!(one(Dtype::F8_E4M3, 0x7f).is_nan() && one(Dtype::F8_E4M3, 0xff).is_nan());
        for (bits, value) in [(0x01, 2_f32.powi(-16)), (0x3c, 1.0), (0xbe, -1.5), (0x7b, 57344.0)] {
            assert_eq!(one(Dtype::F8_E5M2, bits), value, "{bits:#x}");
        }
        assert!(one(Dtype::F8_E5M2, 0x7c).is_infinite() && one(Dtype::F8_E5M2, 0x7e).is_nan());
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
