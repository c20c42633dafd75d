//! JSON files of models and other programs, as Python writes them.
//!
//! Python also writes `-Infinity`, `Infinity` and `NaN`, which are not JSON (published scheduler configurations carry
//! them). They are read as null, that is, as not given; nothing else that is not JSON is taken.

use std::path::Path;

use serde::de::DeserializeOwned;

use crate::{Error, FileKind, Result, stranger, text_file};

/// No configuration, index or vocabulary of a published model comes near this many bytes.
const LARGEST: u64 = 64 << 20;

/// Reads a JSON file of a model; `remedy` is what to do about a damaged one.
pub fn read<T: DeserializeOwned>(path: &Path, remedy: &str) -> Result<T> {
    let bytes = text_file::read_bytes(FileKind::Model, path, LARGEST)?;
    let fault = |error| format!("it is not readable as JSON ({error})");
    from_slice(&bytes).map_err(|error| match stranger::in_place(bytes.get(..4096).unwrap_or(&bytes)) {
        Some(found) => Error::file(FileKind::Model, path, found.fault, found.remedy),
        None => Error::file(FileKind::Model, path, fault(error), remedy),
    })
}

/// Parses JSON.
pub fn from_slice<T: DeserializeOwned>(json: &[u8]) -> serde_json::Result<T> {
    match serde_json::from_slice(json) {
        Err(error) if error.is_syntax() => serde_json::from_slice(&without_python_numbers(json)),
        strict => strict,
    }
}

fn without_python_numbers(json: &[u8]) -> Vec<u8> {
    let mut clean = Vec::with_capacity(json.len());
    let (mut rest, mut quoted) = (json, false);
    while let Some((&byte, after)) = rest.split_first() {
        let number = [&b"-Infinity"[..], b"Infinity", b"NaN"].into_iter().find(|word| rest.starts_with(word));
        if let Some(word) = number.filter(|_| !quoted) {
            clean.extend(b"null");
            rest = &rest[word.len()..];
            continue;
        }
        clean.push(byte);
        rest = after;
        if quoted && byte == b'\\' {
            clean.extend(rest.first());
            rest = rest.get(1..).unwrap_or_default();
        }
        quoted ^= byte == b'"';
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_in_place_of_a_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.json");
        for (text, expected) in [("<!doctype html><html>", "web page"), ("{\"a\": ", "not readable as JSON")]
        {
            std::fs::write(&path, text).unwrap();
            let sentence = read::<serde_json::Value>(&path, "Do that.").unwrap_err().to_string();
            assert!(sentence.contains(expected) && sentence.contains("config.json"), "{sentence}");
        }
    }

    #[test]
    fn the_numbers_of_python_are_no_obstacle() {
        let read = |text: &str| from_slice::<serde_json::Value>(text.as_bytes());
        let text =
            r#"{"a": -Infinity, "b": [NaN, Infinity], "say \"NaN": "NaN \\", "c": "é \" NaN", "d": 1}"#;
        let plain = serde_json::json!({
            "a": null, "b": [null, null], "say \"NaN": "NaN \\", "c": "é \" NaN", "d": 1
        });
        assert_eq!(read(text).unwrap(), plain);
        for broken in [r#"{"a": NaN"#, "{'a': 1}", "", "nan"] {
            assert!(read(broken).is_err(), "{broken}");
        }
    }
}
