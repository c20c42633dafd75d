//! Pictures that cannot be used: all are named, and the others are used if enough of them remain.

use std::path::Path;

use crate::PictureEntry;
use base::{Error, FileKind, Result};

/// With so many pictures a word can be learned: the paper's own least.
pub const ENOUGH: usize = 3;

/// Does something with every picture. Those it fails for are named: in a note if three or more others remain, else in
/// the error. `place` is what the pictures were asked from.
pub fn with_each<'a, T>(
    entries: impl IntoIterator<Item = &'a PictureEntry>,
    place: &Path,
    work: impl FnMut(&PictureEntry) -> Result<T>,
) -> Result<(Vec<T>, Option<String>)> {
    with_at_least(ENOUGH, entries, place, work)
}

/// The same where `least` pictures are enough.
pub fn with_at_least<'a, T>(
    least: usize,
    entries: impl IntoIterator<Item = &'a PictureEntry>,
    place: &Path,
    mut work: impl FnMut(&PictureEntry) -> Result<T>,
) -> Result<(Vec<T>, Option<String>)> {
    let (mut done, mut faults) = (Vec::new(), Vec::new());
    for entry in entries {
        match work(entry) {
            Ok(one) => done.push(one),
            Err(error @ (Error::File { .. } | Error::Io { .. })) => faults.push((entry, error)),
            Err(error) => return Err(error),
        }
    }
    let of = done.len() + faults.len();
    if done.len() >= least || faults.is_empty() {
        let are = if faults.len() == 1 { "is" } else { "are" };
        let said = || {
            format!(
                "{} of {of} pictures cannot be used and {are} left out: {}.",
                faults.len(),
                named(&faults)
            )
        };
        let said = (!faults.is_empty()).then(said);
        return Ok((done, said));
    }
    Err(refusal(faults, of, place))
}

/// The error that names all pictures of `of` that cannot be used. A single one has its own.
pub fn refusal(mut faults: Vec<(&PictureEntry, Error)>, of: usize, place: &Path) -> Error {
    if faults.len() == 1 {
        return faults.remove(0).1;
    }
    let fault = format!("{} of {of} pictures cannot be used: {}", faults.len(), named(&faults));
    let remedy = "Save them again from their originals, or remove them.";
    Error::file(FileKind::Picture, place, fault, remedy)
}

/// The name of the file at fault: the picture, or its mask.
fn culprit(entry: &PictureEntry, error: &Error) -> String {
    let path = match error {
        Error::File { path, .. } | Error::Io { path, .. } if entry.mask.as_ref() == Some(path) => path,
        _ => &entry.path,
    };
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Each picture by its name, with what is wrong with it.
fn named(faults: &[(&PictureEntry, Error)]) -> String {
    let one = |(entry, error): &(&PictureEntry, Error)| {
        let fault = match error {
            Error::File { fault, .. } | Error::Io { fault, .. } => fault.clone(),
            other => other.to_string(),
        };
        format!("{} ({fault})", culprit(entry, error))
    };
    faults.iter().map(one).collect::<Vec<_>>().join(", ")
}
