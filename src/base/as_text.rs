//! Paths as scripts are told of them: text, with a sign in place of what is none. JSON knows nothing else, and one path that
//! cannot be written would take with it all that is said beside it. What is read again keeps its paths as they are.

use std::path::{Path, PathBuf};

use serde::Serializer;

/// Writes a path, for `#[serde(serialize_with = "base::as_text::path")]`.
pub fn path<S: Serializer>(path: &Path, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&path.to_string_lossy())
}

/// Writes one or none.
pub fn maybe_path<S: Serializer>(path: &Option<PathBuf>, to: S) -> Result<S::Ok, S::Error> {
    match path {
        Some(path) => to.serialize_some(&path.to_string_lossy()),
        None => to.serialize_none(),
    }
}

#[cfg(test)]
mod tests {
    #[cfg(unix)]
    #[test]
    fn what_is_no_text_takes_nothing_with_it() {
        use super::*;
        use std::os::unix::ffi::OsStrExt as _;

        #[derive(serde::Serialize)]
        struct Told {
            #[serde(serialize_with = "path")]
            one: PathBuf,
            #[serde(serialize_with = "maybe_path")]
            other: Option<PathBuf>,
            #[serde(serialize_with = "maybe_path")]
            none: Option<PathBuf>,
        }
        let odd = PathBuf::from(std::ffi::OsStr::from_bytes(b"odd \xff.png"));
        let told = Told { one: odd.clone(), other: Some(odd), none: None };
        let named = "odd \u{fffd}.png";
        let expected = serde_json::json!({"one": named, "other": named, "none": null});
        assert_eq!(serde_json::to_value(told).unwrap(), expected);
    }
}
