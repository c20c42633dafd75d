//! What is said of a model's file that is damaged, and the reading of its tables of settings.

use std::path::Path;

use serde_json::Value;

use base::{Error, FileKind, Result, json};

pub(super) const DOWNLOAD: &str = "Download the model again, complete.";

pub(super) fn damaged(path: &Path, fault: impl Into<String>) -> Error {
    Error::file(FileKind::Model, path, fault, DOWNLOAD)
}

/// A JSON file of a model that has to be a table of settings.
pub(super) fn read_table(path: &Path) -> Result<Value> {
    let config: Value = json::read(path, DOWNLOAD)?;
    if config.is_object() { Ok(config) } else { Err(damaged(path, "it is not a table of settings")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_of_settings_is_told_from_other_json() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("scheduler_config.json");
        std::fs::write(&path, r#"{"a": -Infinity}"#).unwrap();
        assert!(read_table(&path).unwrap()["a"].is_null());
        std::fs::write(&path, "[]").unwrap();
        assert!(read_table(&path).unwrap_err().to_string().contains("not a table"));
    }
}
