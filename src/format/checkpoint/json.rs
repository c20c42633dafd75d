//! The JSON files of a model folder, as Python writes them.
//!
//! Python also writes `-Infinity`, `Infinity` and `NaN`, which are not JSON; nothing else that is not JSON is
//! taken.

use std::path::Path;

use serde_json::Value;

use super::DOWNLOAD;
use base::{Error, FileKind, Result};

/// No configuration or index of a published model comes near this many bytes.
const LARGEST: u64 = 64 << 20;

/// A JSON file of a model. The numbers that only Python writes (published scheduler configurations carry
/// `-Infinity`) are read as null, that is, as not given.
pub(crate) fn read_json(path: &Path) -> Result<Value> {
    let bytes = read_bounded(path, LARGEST)?;
    let fault = |error| format!("it is not readable as JSON ({error})");
    serde_json::from_slice(&bytes)
        .or_else(|error| serde_json::from_slice(&without_python_numbers(&bytes)).map_err(|_| error))
        .map_err(|error| Error::file(FileKind::Model, path, fault(error), DOWNLOAD))
}

/// A JSON file that has to be a table of settings.
pub(super) fn read_table(path: &Path) -> Result<Value> {
    let config = read_json(path)?;
    let fault = || Error::file(FileKind::Model, path, "it is not a table of settings", DOWNLOAD);
    if config.is_object() { Ok(config) } else { Err(fault()) }
}

/// A whole file of text, if it is not longer than any such file should be.
pub(super) fn read_bounded(path: &Path, largest: u64) -> Result<Vec<u8>> {
    let failed = |source| Error::read(path, source);
    let length = std::fs::metadata(path).map_err(failed)?.len();
    if length > largest {
        let fault = format!("it is {length} bytes long, far too long for a file of settings");
        return Err(Error::file(FileKind::Model, path, fault, DOWNLOAD));
    }
    std::fs::read(path).map_err(failed)
}

fn without_python_numbers(json: &[u8]) -> Vec<u8> {
    let mut clean = Vec::with_capacity(json.len());
    let (mut rest, mut quoted) = (json, false);
    while let Some((&byte, after)) = rest.split_first() {
        let number = [&b"-Infinity"[..], b"Infinity", b"NaN"].into_iter().find(|word| rest.starts_with(word));
        match number {
            Some(word) if !quoted => {
                clean.extend(b"null");
                rest = &rest[word.len()..];
                continue;
            }
            _ => {}
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
    fn the_numbers_of_python_are_no_obstacle() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("scheduler_config.json");
        std::fs::write(&path, r#"{"a": -Infinity, "b": [NaN, Infinity], "say \"NaN": "NaN \\", "c": 1}"#)
            .unwrap();
        let expected = serde_json::json!({ "a": null, "b": [null, null], "say \"NaN": "NaN \\", "c": 1 });
        assert_eq!(read_json(&path).unwrap(), expected);
        std::fs::write(&path, r#"{"a": NaN"#).unwrap();
        assert!(read_json(&path).is_err());
        std::fs::write(&path, "[]").unwrap();
        assert!(read_table(&path).unwrap_err().to_string().contains("not a table"));
        assert!(read_bounded(&path, 1).unwrap_err().to_string().contains("2 bytes"));
    }
}
