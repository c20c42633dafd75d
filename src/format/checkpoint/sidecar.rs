//! The files that lie beside a single-file model and belong to it: `NAME.yaml`, `NAME.vae.safetensors`, `NAME.config`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// A neighbour of the file: the same name with another ending.
pub(super) fn sidecar(path: &Path, ending: &str) -> PathBuf {
    let mut name: OsString = path.file_stem().unwrap_or_default().to_owned();
    name.push(".");
    name.push(ending);
    path.with_file_name(name)
}
