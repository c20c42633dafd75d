//! Paths below a folder, in documents of that folder: written with `/` on every system, and read with `\` too, which
//! Windows wrote there before. So a folder that was made on one system opens on any other.
//!
//! No name that is given in such a folder holds either sign. What leads out of it stays as it is, for whoever refuses it.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// One path, one or none, or several.
pub trait Paths {
    /// The same with `/` between their parts.
    fn slashed(&self) -> Self;
}

impl Paths for PathBuf {
    fn slashed(&self) -> Self {
        slashed(self)
    }
}

impl<P: Paths> Paths for Option<P> {
    fn slashed(&self) -> Self {
        self.as_ref().map(P::slashed)
    }
}

impl<P: Paths> Paths for Vec<P> {
    fn slashed(&self) -> Self {
        self.iter().map(P::slashed).collect()
    }
}

/// A path with `/` between its parts, if it is below a folder.
pub fn slashed(path: &Path) -> PathBuf {
    match path.to_str() {
        Some(text) if !path.is_absolute() => text.replace('\\', "/").into(),
        _ => path.to_path_buf(),
    }
}

/// Writes paths, for `#[serde(with = "below")]`.
pub fn serialize<P: Paths + Serialize, S: Serializer>(paths: &P, to: S) -> Result<S::Ok, S::Error> {
    paths.slashed().serialize(to)
}

/// Reads them.
pub fn deserialize<'de, P: Paths + Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<P, D::Error> {
    P::deserialize(from).map(|paths| paths.slashed())
}
