//! Text files that people and other programs wrote: in any encoding that editors use, and never longer than such
//! files are.
//!
//! A file is read whole or refused; only [`read_start`] cuts, for files of which the beginning is enough.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use crate::{Error, FileKind, Result};

/// Captions, templates and settings are shorter than this many bytes.
const LARGEST: u64 = 4 << 20;

/// Reads a text file as people's editors write them: UTF-8 with or without a byte order mark, or UTF-16 with one.
pub fn read(kind: FileKind, path: &Path) -> Result<String> {
    decode(read_bytes(kind, path, LARGEST)?).ok_or_else(|| {
        let remedy = "Save it again as UTF-8 (“Unicode”) text.";
        Error::file(kind, path, "it is not text in UTF-8 or UTF-16", remedy)
    })
}

/// The lines of a text file that say something, without spaces around; those that begin with `#` do not.
pub fn lines(kind: FileKind, path: &Path) -> Result<Vec<String>> {
    let text = read(kind, path)?;
    let said = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    Ok(said.map(str::to_owned).collect())
}

/// Reads a file of at most `largest` bytes.
pub fn read_bytes(kind: FileKind, path: &Path, largest: u64) -> Result<Vec<u8>> {
    let failed = |source| Error::read(path, source);
    let file = File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    file.take(largest + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > largest {
        // How long it is, a pipe does not say.
        let fault = format!("it is longer than {largest} bytes, far too long for a file of its kind");
        return Err(Error::file(kind, path, fault, "Check that it is the right file."));
    }
    Ok(bytes)
}

/// The first `most` bytes of a file as text, with signs in place of what is none; empty if there is no such file.
pub fn read_start(path: &Path, most: u64) -> String {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes));
    if read.is_ok() { String::from_utf8_lossy(&bytes).into_owned() } else { String::new() }
}

fn decode(bytes: Vec<u8>) -> Option<String> {
    let utf16 = |from: fn([u8; 2]) -> u16| -> Option<String> {
        let (pairs, rest) = bytes[2..].as_chunks::<2>();
        let units = pairs.iter().map(|&pair| from(pair));
        rest.is_empty().then(|| char::decode_utf16(units).collect::<Result<_, _>>().ok()).flatten()
    };
    match bytes.as_slice() {
        [0xFF, 0xFE, ..] => utf16(u16::from_le_bytes),
        [0xFE, 0xFF, ..] => utf16(u16::from_be_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] => str::from_utf8(rest).ok().map(str::to_owned),
        _ => String::from_utf8(bytes).ok(),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

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
            assert_eq!(read(FileKind::Settings, &path).unwrap(), want);
        }
        for bytes in [&b"caf\xE9"[..], &le[..le.len() - 1]] {
            fs::write(&path, bytes).unwrap();
            let error = read(FileKind::Settings, &path).unwrap_err();
            assert!(error.to_string().contains("猫.txt"), "{error}");
        }
    }

    #[test]
    fn what_is_too_long_is_refused_by_its_length() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.json");
        fs::write(&path, "[]").unwrap();
        assert_eq!(read_bytes(FileKind::Model, &path, 2).unwrap(), b"[]");
        let too_long = |path: &Path| {
            let error = read_bytes(FileKind::Model, path, 1).unwrap_err().to_string();
            assert!(error.contains("longer than 1 bytes") && error.contains("far too long"), "{error}");
        };
        too_long(&path);
        if cfg!(target_os = "linux") {
            too_long(Path::new("/dev/zero"));
        }
        assert_eq!((read_start(&path, 1).as_str(), read_start(folder.path(), 9).as_str()), ("[", ""));
    }
}
