//! Reading people's text files and writing files that are either whole or untouched.
//!
//! Every document of this floor is written through [`write_atomic`], so that a kill, a full disk or an
//! unplugged drive never leaves half a file. Nothing here keeps a file open between calls.

use std::cmp::Ordering;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

use base::atomic::{self, UNFINISHED};
use base::{Error, FileKind, Result};

/// Text files longer than this many bytes are refused: captions, templates and settings are short.
const MAX_TEXT_BYTES: u64 = 4 << 20;

/// Reads a text file as people's editors write them: UTF-8 with or without a byte order mark, or UTF-16 with
/// one.
///
/// # Errors
/// [`Error::Io`] if it cannot be read; [`Error::File`] of `kind` if it is longer than 4 MiB or in another
/// encoding.
pub fn read_text(kind: FileKind, path: &Path) -> Result<String> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|e| Error::read(path, e))?;
    file.take(MAX_TEXT_BYTES + 1).read_to_end(&mut bytes).map_err(|e| Error::read(path, e))?;
    if bytes.len() as u64 > MAX_TEXT_BYTES {
        return Err(Error::file(
            kind,
            path,
            "this text is longer than 4 MiB",
            "Check that it is the right file.",
        ));
    }
    let utf16 = |from: fn([u8; 2]) -> u16| -> Option<String> {
        let (pairs, rest) = bytes[2..].as_chunks::<2>();
        let units = pairs.iter().map(|&pair| from(pair));
        rest.is_empty().then(|| char::decode_utf16(units).collect::<Result<_, _>>().ok()).flatten()
    };
    let text = match bytes.as_slice() {
        [0xFF, 0xFE, ..] => utf16(u16::from_le_bytes),
        [0xFE, 0xFF, ..] => utf16(u16::from_be_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] => str::from_utf8(rest).ok().map(str::to_owned),
        all => str::from_utf8(all).ok().map(str::to_owned),
    };
    text.ok_or_else(|| {
        Error::file(
            kind,
            path,
            "this is not text in UTF-8 or UTF-16",
            "Save it again as UTF-8 (“Unicode”) text.",
        )
    })
}

/// Reads a TOML document.
///
/// # Errors
/// As [`read_text`]; and [`Error::File`] of `kind` naming the line where the document is wrong.
pub fn read_toml<T: DeserializeOwned>(kind: FileKind, path: &Path) -> Result<T> {
    let text = read_text(kind, path)?;
    toml::from_str(&text)
        .map_err(|e| Error::file(kind, path, describe(&text, &e), "Correct it with a text editor."))
}

/// Writes a TOML document with [`write_atomic`].
///
/// # Errors
/// [`Error::Io`] if it cannot be written; [`Error::File`] of `kind` if a value has no form in TOML (a file
/// name that is not Unicode).
pub fn write_toml<T: Serialize>(kind: FileKind, path: &Path, value: &T) -> Result<()> {
    let text = toml::to_string(value).map_err(|e| {
        let fault = format!("cannot be written as TOML: {}", first_line(&e.to_string()));
        Error::file(kind, path, fault, "Give every file and folder a name in Unicode.")
    })?;
    write_atomic(path, text.as_bytes())
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

/// Replaces a file by `bytes` in one instant: after a crash at any moment it holds the old or the new
/// content, whole.
///
/// The bytes go to an unfinished file beside it, reach the disk, and take its name; then the folder's entry
/// reaches the disk. The folder must exist: it is not created, because a drive that was unplugged must not be
/// imitated on another.
///
/// # Errors
/// [`Error::Io`]; the old content is then untouched and the call may be repeated.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<()> {
    atomic::write_atomic(path, |file| file.write_all(bytes))
}

/// Removes what [`write_atomic`] left in a folder when its process was killed. Call it only where no other
/// process writes. What cannot be removed is left: it does no harm.
pub fn remove_unfinished(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        if name.to_str().is_some_and(|n| n.starts_with(UNFINISHED[0]) && n.ends_with(UNFINISHED[1])) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Lower-case hexadecimal SHA-256 of bytes.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Lower-case hexadecimal SHA-256 of a file's content, read in pieces.
///
/// # Errors
/// [`Error::Io`] if it cannot be read.
pub fn sha256_file(path: &Path) -> Result<String> {
    let mut hasher = Sha256::new();
    let mut piece = vec![0; 1 << 20];
    let mut file = File::open(path).map_err(|e| Error::read(path, e))?;
    loop {
        match file.read(&mut piece) {
            Ok(0) => return Ok(hex(&hasher.finalize())),
            Ok(n) => hasher.update(&piece[..n]),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(Error::read(path, e)),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
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
    fn text_is_read_in_every_encoding_editors_write() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("猫.txt");
        let want = "a photo of {}, 灰色のベッド 🐈";
        let utf16: Vec<u16> = want.encode_utf16().collect();
        let le: Vec<u8> =
            [0xFF, 0xFE].into_iter().chain(utf16.iter().flat_map(|u| u.to_le_bytes())).collect();
        let be: Vec<u8> =
            [0xFE, 0xFF].into_iter().chain(utf16.iter().flat_map(|u| u.to_be_bytes())).collect();
        let marked = [b"\xEF\xBB\xBF", want.as_bytes()].concat();
        for bytes in [want.as_bytes(), &marked, &le, &be] {
            fs::write(&path, bytes).unwrap();
            assert_eq!(read_text(FileKind::Settings, &path).unwrap(), want);
        }
        for bytes in [&b"caf\xE9"[..], &le[..le.len() - 1]] {
            fs::write(&path, bytes).unwrap();
            let error = read_text(FileKind::Settings, &path).unwrap_err();
            assert!(error.to_string().contains("猫.txt"), "{error}");
        }
    }

    #[test]
    fn a_file_is_replaced_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("文書.toml");
        write_atomic(&path, b"old").unwrap();
        write_atomic(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no unfinished file stays");

        let gone = folder.path().join("gone/文書.toml");
        let error = write_atomic(&gone, b"x").unwrap_err();
        assert!(matches!(error, Error::Io { .. }));
        assert!(!gone.parent().unwrap().exists(), "a vanished folder is not imitated");

        fs::write(folder.path().join(".pseudoword-abc.tmp"), b"half").unwrap();
        remove_unfinished(folder.path());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

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
    fn names_are_compared_as_people_do() {
        let mut names = ["b", "a10", "a2", "A1", "a02b", "", "10", "9", "猫2", "猫10"];
        names.sort_by(|a, b| natural_order(a, b));
        assert_eq!(names, ["", "9", "10", "A1", "a2", "a02b", "a10", "b", "猫2", "猫10"]);
    }
}
