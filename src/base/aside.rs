//! What a person wrote or decided and that cannot be read any more is kept beside its place before something new is
//! written there.
//!
//! It gets a name of its own, `NAME.damaged-1`; nothing is deleted, and nothing that was kept before is replaced. What a newer
//! version wrote keeps its name, and nothing is written there.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::atomic::write_new_with;
use crate::{Error, FileKind, Result};

/// Gives a file the first free name among `NAME.damaged-1`, `NAME.damaged-2`, ...; tells which.
pub fn set_aside(path: &Path) -> Result<PathBuf> {
    let to = free(path);
    fs::rename(path, &to).map_err(|e| Error::write(&to, e))?;
    Ok(to)
}

/// Copies a file to such a name, whole or not at all: what of it can be read goes on being used.
pub fn copy_aside(path: &Path) -> Result<PathBuf> {
    let to = free(path);
    let mut file = File::open(path).map_err(|e| Error::read(path, e))?;
    write_new_with(&to, |copy| io::copy(&mut file, copy).map(drop))?;
    Ok(to)
}

/// What to tell about a file that was kept: what was wrong with it, where it is, and what can be done.
pub fn sentence(fault: &Error, kept: &Result<PathBuf>) -> String {
    match (fault, kept) {
        (Error::File { path, fault, .. }, Ok(kept)) => {
            let name = kept.file_name().unwrap_or_default().to_string_lossy();
            format!(
                "{}: {fault}. It is kept beside as {name}; correct it in a text editor and give it its name back, or \
                 delete it.",
                path.display()
            )
        }
        (_, Ok(kept)) => format!("{fault} It is kept as {}.", kept.display()),
        (_, Err(error)) => format!("{fault} It could not be kept beside its place: {error}"),
    }
}

/// What is wrong with a file of a newer version.
const NEWER: &str = "it was written by a newer version of Pseudoword";

/// The refusal of a file of ours that a newer version of this program wrote: it is neither set aside nor written over, so that
/// the newer version finds it.
pub fn newer(kind: FileKind, path: &Path) -> Error {
    let remedy = "It stays as it is: use that version, or move the file elsewhere and begin a new one.";
    Error::file(kind, path, NEWER, remedy)
}

/// Whether that is what is wrong.
pub fn is_newer(fault: &Error) -> bool {
    matches!(fault, Error::File { fault, .. } if fault == NEWER)
}

/// Whether nothing was told of a file that stays as it is, which is looked at again and again.
pub fn is_news(path: &Path) -> bool {
    static TOLD: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
    TOLD.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_path_buf())
}

fn free(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default();
    let numbered = |n: u32| {
        let mut name = name.to_owned();
        name.push(format!(".damaged-{n}"));
        path.with_file_name(name)
    };
    // A link that leads nowhere takes its name too.
    let mut names = (1..=u32::MAX).map(numbered);
    names.find(|path| path.symlink_metadata().is_err()).unwrap_or_else(|| numbered(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_was_kept_before_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ä note.toml");
        for content in ["one", "two", "three"] {
            fs::write(&path, content).unwrap();
            assert_eq!(copy_aside(&path).is_ok(), path.exists());
            set_aside(&path).unwrap();
            assert!(!path.exists());
        }
        let kept =
            |n: u32| fs::read_to_string(folder.path().join(format!("ä note.toml.damaged-{n}"))).unwrap();
        assert_eq!([1, 2, 3, 4, 5, 6].map(kept), ["one", "one", "two", "two", "three", "three"]);
        assert!(set_aside(&path).is_err(), "there is nothing to keep");
    }

    /// The memory of a process is a file whose first byte cannot be read: a copy of it breaks off.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_copy_that_breaks_off_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("loss.csv");
        std::os::unix::fs::symlink("/proc/self/mem", &path).unwrap();
        copy_aside(&path).unwrap_err();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
