//! TOML and JSON documents, hashes of files, and the order of their names.
//!
//! Every document is written whole or not at all, so that a kill, a full disk or an unplugged drive never leaves half
//! a file. Nothing here keeps a file open between calls.

use std::cmp::Ordering;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

use base::atomic::write_atomic;
use base::{Error, FileKind, Result, aside, text_file};

/// Reads a TOML document.
pub fn read_toml<T: DeserializeOwned>(kind: FileKind, path: &Path) -> Result<T> {
    let text = text_file::read(kind, path)?;
    toml::from_str(&text)
        .map_err(|e| Error::file(kind, path, describe(&text, &e), "Correct it with a text editor."))
}

/// Reads a TOML document that says in `version` which version of its form it has; one that says none has the first.
///
/// # Errors
/// [`aside::newer`] if that is above `known`; those of [`read_toml`].
pub fn read_known<T: DeserializeOwned>(kind: FileKind, path: &Path, known: u32) -> Result<T> {
    let document: toml::Table = read_toml(kind, path)?;
    let version = document.get("version").and_then(toml::Value::as_integer).unwrap_or_default();
    if version > i64::from(known) { Err(aside::newer(kind, path)) } else { read_toml(kind, path) }
}

/// Reads a TOML document that this program keeps. One that cannot be read is set aside, so that it is not lost when
/// the next is written, and the sentence says so; none at all is nothing to speak of.
pub fn read_or_set_aside<T: DeserializeOwned>(kind: FileKind, path: &Path) -> (Option<T>, Option<String>) {
    or_set_aside(read_toml(kind, path), path)
}

/// The same for what was read from `path` in a way of its own. What a newer version wrote stays, and that is said once.
pub fn or_set_aside<T>(read: Result<T>, path: &Path) -> (Option<T>, Option<String>) {
    match read {
        Ok(document) => (Some(document), None),
        Err(Error::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => (None, None),
        Err(fault) if aside::is_newer(&fault) => (None, aside::is_news(path).then(|| fault.to_string())),
        Err(fault) => (None, Some(aside::sentence(&fault, &aside::set_aside(path)))),
    }
}

/// Reads a TOML document of which each value may be missing. Those that cannot be read are passed over; their keys.
pub fn read_what_can_be<T: DeserializeOwned>(kind: FileKind, path: &Path) -> Result<(T, Vec<String>)> {
    let mut document: toml::Table = read_toml(kind, path)?;
    let mut unread = Vec::new();
    take_out_unreadable::<T>(&mut document, &mut Vec::new(), &mut unread);
    match document.try_into() {
        Ok(read) => Ok((read, unread)),
        // Not one value by itself.
        Err(_) => Ok((read_toml(kind, path)?, Vec::new())),
    }
}

/// Takes out the values of a table that cannot be read each by itself; `place` is where the table stands.
fn take_out_unreadable<T: DeserializeOwned>(
    table: &mut toml::Table,
    place: &mut Vec<String>,
    unread: &mut Vec<String>,
) {
    let reads = |place: &[String], value: &toml::Value| {
        let alone = place.iter().rev().fold(value.clone(), |value, key| {
            toml::Value::Table(toml::Table::from_iter([(key.clone(), value)]))
        });
        alone.try_into::<T>().is_ok()
    };
    table.retain(|key, value| {
        place.push(key.to_owned());
        let mut good = reads(place, value);
        if !good {
            match value {
                toml::Value::Table(inner) => take_out_unreadable::<T>(inner, place, unread),
                _ => unread.push(key.to_owned()),
            }
            good = value.is_table() && reads(place, value);
        }
        place.pop();
        good
    });
}

/// A value as a TOML document that is to be written to that path.
pub fn to_toml<T: Serialize>(kind: FileKind, path: &Path, value: &T) -> Result<String> {
    toml::to_string(value).map_err(|e| {
        let fault = format!("cannot be written as TOML: {}", first_line(&e.to_string()));
        Error::file(kind, path, fault, "Give every file and folder a name in Unicode.")
    })
}

/// Writes a TOML document with [`write_atomic`].
pub fn write_toml<T: Serialize>(kind: FileKind, path: &Path, value: &T) -> Result<()> {
    write_atomic(path, to_toml(kind, path, value)?.as_bytes())
}

/// Writes a JSON document with [`write_atomic`].
pub fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<()> {
    let text = serde_json::to_vec_pretty(value).map_err(|e| Error::Internal(e.to_string()))?;
    write_atomic(path, &text)
}

/// What is wrong with a TOML text and on which line, on one line.
pub(crate) fn describe(text: &str, error: &toml::de::Error) -> String {
    let message = first_line(error.message());
    match error.span() {
        Some(span) => {
            let line = 1 + text.get(..span.start).map_or(0, |before| before.matches('\n').count());
            format!("line {line}: {message}")
        }
        None => message,
    }
}

/// The first line of a message, without a final full stop.
fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().trim_end_matches('.').to_owned()
}

/// Lower-case hexadecimal SHA-256 of bytes.
pub fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// Lower-case hexadecimal SHA-256 of a file's content.
pub fn sha256_file(path: &Path) -> Result<String> {
    Ok(sha256_until(path, &|| false)?.unwrap_or_default())
}

/// Lower-case hexadecimal SHA-256 of a file's content, read in pieces; `None` if `stop` said so before the end.
pub fn sha256_until(path: &Path, stop: &dyn Fn() -> bool) -> Result<Option<String>> {
    let mut hasher = Sha256::new();
    let mut piece = vec![0; 1 << 20];
    let mut file = File::open(path).map_err(|e| Error::read(path, e))?;
    loop {
        if stop() {
            return Ok(None);
        }
        match file.read(&mut piece) {
            Ok(0) => return Ok(Some(hex::encode(hasher.finalize()))),
            Ok(n) => hasher.update(&piece[..n]),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(Error::read(path, e)),
        }
    }
}

/// What lies in a folder; nothing where it cannot be read.
pub fn inside(folder: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path())
}

/// Compares names as people do: runs of digits by their number, letters without regard to case.
pub fn natural_order(a: &str, b: &str) -> Ordering {
    /// Cuts a leading run of digits off, without its leading zeros.
    fn number(text: &str) -> Option<(&str, &str)> {
        let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        (end > 0).then(|| (text[..end].trim_start_matches('0'), &text[end..]))
    }
    let (mut a, mut b) = (a, b);
    loop {
        if let (Some((x, rest_a)), Some((y, rest_b))) = (number(a), number(b)) {
            let order = x.len().cmp(&y.len()).then_with(|| x.cmp(y));
            if order.is_ne() {
                return order;
            }
            (a, b) = (rest_a, rest_b);
            continue;
        }
        let (mut chars_a, mut chars_b) = (a.chars(), b.chars());
        match (chars_a.next(), chars_b.next()) {
            (Some(x), Some(y)) => {
                let order = x.to_lowercase().cmp(y.to_lowercase());
                if order.is_ne() {
                    return order;
                }
                (a, b) = (chars_a.as_str(), chars_b.as_str());
            }
            (x, y) => return x.is_some().cmp(&y.is_some()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_the_published_ones() {
        // FIPS 180-2, appendix B.1.
        let want = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256(b"abc"), want);
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), b"abc").unwrap();
        assert_eq!(sha256_file(file.path()).unwrap(), want);
    }

    #[test]
    fn what_cannot_be_read_is_set_aside_and_said_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("note.toml");
        let read = || read_or_set_aside::<std::collections::BTreeMap<String, u8>>(FileKind::Settings, &path);
        assert_eq!(read(), (None, None), "there is none yet");
        fs::write(&path, "a = 1\nb = = 2").unwrap();
        let (document, said) = read();
        let said = said.unwrap();
        assert!(
            document.is_none() && said.contains("line 2") && said.contains("note.toml.damaged-1"),
            "{said}"
        );
        assert_eq!(read(), (None, None), "it is said once");
        assert_eq!(fs::read(folder.path().join("note.toml.damaged-1")).unwrap(), b"a = 1\nb = = 2");
        fs::write(&path, "a = 1").unwrap();
        assert_eq!(read().0.unwrap()["a"], 1);
    }

    #[test]
    fn what_a_newer_version_wrote_stays_and_is_said_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list.toml");
        let read = || {
            let read = read_known::<std::collections::BTreeMap<String, u8>>(FileKind::Settings, &path, 1);
            or_set_aside(read, &path)
        };
        fs::write(&path, "version = 1\na = 1").unwrap();
        assert_eq!(read().0.unwrap()["a"], 1);
        fs::write(&path, "version = 2\na = 'of another kind'").unwrap();
        let (document, said) = read();
        assert!(document.is_none() && said.unwrap().contains("newer version"));
        assert_eq!(read(), (None, None), "it is said once");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "it is where it was");
        fs::write(&path, "a = 'damaged'").unwrap();
        assert!(read().1.unwrap().contains("list.toml.damaged-1"));
    }

    #[test]
    fn names_are_compared_as_people_do() {
        let mut names = ["b", "a10", "a2", "A1", "a02b", "", "10", "9", "猫2", "猫10"];
        names.sort_by(|a, b| natural_order(a, b));
        assert_eq!(names, ["", "9", "10", "A1", "a2", "a02b", "a10", "b", "猫2", "猫10"]);
    }
}
