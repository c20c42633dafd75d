//! What a file really is when it is none of what was asked for: a web page saved as a model, Git LFS's note, half a
//! download, an archive around the file, a format of another program. A refusal can then name it and say what to do.
//!
//! It is asked once a reader has refused a file and lets none in. Only the beginning is looked at; nothing is unpacked,
//! nothing followed, and no text of the file is repeated.

mod pictures;

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::{Error, FileKind};
use pictures::is_svg;
pub use pictures::{FILM, foreign_picture};

/// How much of a file's beginning tells what it is, in bytes.
pub const START: u64 = 4096;

/// Something else than what was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stranger {
    /// What it is, as the middle of a sentence about the file.
    pub fault: String,
    /// What to do about it: a full sentence.
    pub remedy: &'static str,
}

/// Whether a name is one that browsers and download programs give to what has not come to its end.
pub fn is_unfinished(name: &Path) -> bool {
    let ending = name.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    UNFINISHED.split(' ').any(|known| known == ending)
}

/// Endings of such names.
const UNFINISHED: &str = "part partial crdownload download opdownload aria2 incomplete fdmdownload filepart dtapart idm !ut !qb xltd";

/// What such a file is for its reader, once that has refused it; reads its beginning.
pub fn refusal(kind: FileKind, path: &Path) -> Option<Error> {
    let mut start = Vec::new();
    File::open(path).ok()?.take(START).read_to_end(&mut start).ok()?;
    let Stranger { fault, remedy } = named(kind, path, &start)?;
    Some(Error::file(kind, path, fault, remedy))
}

/// What a file is by its first bytes, else by its name. `kind` is what it should have been.
pub fn named(kind: FileKind, path: &Path, start: &[u8]) -> Option<Stranger> {
    of(kind, start).or_else(|| unfinished(path))
}

/// What a file is by its first bytes.
pub fn of(kind: FileKind, start: &[u8]) -> Option<Stranger> {
    let stranger = |fault: &str, remedy| Some(Stranger { fault: fault.to_owned(), remedy });
    if let Some(text) = text(start) {
        return of_text(kind, &text);
    }
    if start.len() >= 64 && start.iter().all(|byte| *byte == 0) {
        return stranger(
            "it begins with nothing but zeros, so its download or copy was never finished",
            AGAIN,
        );
    }
    if let Some(archive) = archive(start) {
        return stranger(
            &format!("it is {archive}, in which the file may be"),
            "Unpack it, and choose the file inside.",
        );
    }
    let what = match kind {
        FileKind::Picture => match foreign_picture(start) {
            Some(what) => return stranger(&format!("it is {what}, which cannot be read"), choose(kind)),
            None => tensors(start).or_else(|| other(start)),
        },
        // Cards are read; what is wrong with one says its reader.
        FileKind::Embedding if start.starts_with(PNG) || is_webp(start) => None,
        _ => other(start).or_else(|| picture(start)),
    };
    stranger(&format!("it is {}", what?), choose(kind))
}

const AGAIN: &str = "Download or copy it again, complete.";

fn choose(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Model => {
            "Choose the model as a .safetensors or .ckpt file, or as a folder in diffusers' layout."
        }
        FileKind::Embedding => "Choose the file of a learned word: .safetensors, .pt, .bin, or a PNG card.",
        FileKind::Picture => "Choose a picture, or save this one as PNG or JPEG.",
        FileKind::Settings | FileKind::Run => "Check that it is the right file.",
    }
}

/// A download that has not come to its end, by its own name or by what lies beside it.
fn unfinished(path: &Path) -> Option<Stranger> {
    let ending = path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let fault = if is_unfinished(path) {
        format!("its ending .{ending} says that its download has not come to its end")
    } else {
        let beside = |ending: &&str| {
            let mut name = path.file_name().unwrap_or_default().to_owned();
            name.push(format!(".{ending}"));
            path.with_file_name(name).is_file()
        };
        let ending = UNFINISHED.split(' ').find(beside)?;
        let name: PathBuf = path.file_name()?.into();
        format!("its download has not come to its end: {}.{ending} lies beside it", name.display())
    };
    Some(Stranger { fault, remedy: "Let the download finish, or start it again." })
}

/// The beginning as text in lower case; `None` if it is none.
fn text(start: &[u8]) -> Option<String> {
    let wide = |from: fn([u8; 2]) -> u16| {
        let units = start[2..].as_chunks::<2>().0.iter().map(|pair| from(*pair));
        char::decode_utf16(units).map(|part| part.unwrap_or(char::REPLACEMENT_CHARACTER)).collect::<String>()
    };
    let text = match start {
        [0xFF, 0xFE, ..] => wide(u16::from_le_bytes),
        [0xFE, 0xFF, ..] => wide(u16::from_be_bytes),
        _ => {
            let bytes = start.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(start);
            // Pages come in other encodings too, and the beginning may end within a letter.
            String::from_utf8_lossy(bytes).into_owned()
        }
    };
    let strange = |part: char| part.is_control() && !part.is_whitespace();
    let plain = !text.trim().is_empty() && !text.chars().any(strange);
    plain.then(|| text.trim_start().to_lowercase())
}

/// What lies in place of a file whose reader wanted text: a note, a page, a link or a server's message.
pub fn in_place(start: &[u8]) -> Option<Stranger> {
    in_place_of(&text(start)?)
}

fn of_text(kind: FileKind, text: &str) -> Option<Stranger> {
    let stranger = |fault: &str| Some(Stranger { fault: fault.to_owned(), remedy: choose(kind) });
    let begins = |starts: &[&str]| starts.iter().any(|start| text.starts_with(start));
    if is_svg(text) {
        return stranger("it is an SVG drawing, which cannot be read");
    }
    if let Some(found) = in_place_of(text) {
        return Some(found);
    }
    if begins(&["#!", "import ", "from "]) {
        return stranger("it is the text of a program");
    }
    let json = begins(&["{", "["]) && text.contains('"');
    stranger(if json { "it is a text file (JSON)" } else { "it is a text file" })
}

fn in_place_of(text: &str) -> Option<Stranger> {
    let stranger = |fault: &str, remedy| Some(Stranger { fault: fault.to_owned(), remedy });
    let begins = |starts: &[&str]| starts.iter().any(|start| text.starts_with(start));
    let says = |parts: &[&str]| parts.iter().any(|part| text.contains(part));
    if begins(&["version https://git-lfs", "version https://hawser"]) {
        return stranger(
            "it is only the note that Git leaves in place of a large file (a Git LFS pointer)",
            "Fetch the file itself with “git lfs pull”, or download it from its page.",
        );
    }
    if begins(&["/annex/objects", "../.git/annex", ".git/annex"]) {
        return stranger(
            "it is only the note that git-annex leaves in place of a large file",
            "Fetch the file itself with “git annex get”, or download it from its page.",
        );
    }
    if begins(&["<!doctype html", "<html", "<head", "<body", "<script"])
        || (begins(&["<!--", "<?xml", "<!doctype", "<meta", "<title"]) && says(&["<html", "<head", "<title"]))
    {
        return stranger(
            "it is a web page that was saved in place of the file",
            "Open its page in a browser, log in if it asks you to, and use its own download button.",
        );
    }
    if begins(&["[internetshortcut]", "[desktop entry]", "magnet:?", "http://", "https://"])
        || (begins(&["<?xml", "<plist"]) && says(&["<key>url</key>"]))
    {
        return stranger(
            "it is only a link to where the file can be had",
            "Follow the link, and download the file itself.",
        );
    }
    let torrent = ["8:announce", "13:announce", "7:comment", "10:created by", "13:creation date", "4:info"];
    if text.strip_prefix('d').is_some_and(|rest| torrent.iter().any(|key| rest.starts_with(key))) {
        return stranger(
            "it is a torrent, a list of where the file can be had",
            "Open it with a program for torrents, and choose the file that this fetches.",
        );
    }
    server_message(text)
}

/// What a server says in place of a file that it does not give: a few words, JSON or XML.
fn server_message(text: &str) -> Option<Stranger> {
    let says = |parts: &[&str]| parts.iter().any(|part| text.contains(part));
    let structured = (text.starts_with('{')
        && says(&["\"error\"", "\"errors\"", "\"statuscode\"", "\"detail\"", "\"message\""]))
        || (text.starts_with('<') && says(&["<error>", "<code>"]));
    // Longer texts, and words on many lines, are about something else.
    let few = text.lines().filter(|line| !line.trim().is_empty()).count() <= 3;
    if text.len() > if structured { 3000 } else { 600 } || !(structured || few) {
        return None;
    }
    let any = |parts: &str| parts.split('|').any(|part| text.contains(part));
    let restricted = "restricted|gated|unauthori|authenticat|forbidden|access denied|accessdenied|log in|logged in|login|\
                      credentials|invalid username|api key|permission|has expired";
    let missing = "not found|nosuchkey|no such key|does not exist|no longer available";
    let busy = "rate limit|too many requests|internal server error|bad gateway|service unavailable|timed out|timeout";
    let stranger = |fault: &str, remedy| Some(Stranger { fault: fault.to_owned(), remedy });
    if any(restricted) {
        let remedy =
            "Open its page in a browser, log in, accept its terms if it has any, and download it again.";
        return stranger(
            "it is a server's message that the file is not given to everybody, saved in its place",
            remedy,
        );
    }
    if any(missing) {
        let fault = "it is a server's message that there is no such file, saved in its place";
        return stranger(fault, "Check the address, and download the file again.");
    }
    if structured || any(busy) {
        let fault = "it is a server's error message, saved in place of the file";
        return stranger(fault, "Download the file again, best with the download button of its page.");
    }
    None
}

fn archive(start: &[u8]) -> Option<&'static str> {
    let begins = |magic: &[u8]| start.starts_with(magic);
    // PyTorch's own files are archives as well, and begin with their description.
    let pickle = start.windows(8).any(|part| part == b"data.pkl");
    Some(match () {
        () if (begins(b"PK\x03\x04") || begins(b"PK\x05\x06")) && !pickle => "an archive (zip)",
        () if begins(b"7z\xBC\xAF\x27\x1C") => "an archive (7z)",
        () if begins(b"Rar!\x1A\x07") => "an archive (rar)",
        () if begins(b"\x1F\x8B") => "a compressed file (gzip)",
        () if begins(b"\xFD7zXZ\0") => "a compressed file (xz)",
        () if begins(b"\x28\xB5\x2F\xFD") => "a compressed file (zstd)",
        () if begins(b"BZh") => "a compressed file (bzip2)",
        () if begins(b"MSCF\0") => "an archive (cab)",
        () if start.get(257..262) == Some(b"ustar") => "an archive (tar)",
        () => return None,
    })
}

/// Files of models and words, for those who asked for a picture.
fn tensors(start: &[u8]) -> Option<&'static str> {
    let length = start.first_chunk().map(|length| u64::from_le_bytes(*length));
    if start.get(8) == Some(&b'{') && length.is_some_and(|length| length < 1 << 32) {
        return Some("a file of numbers (safetensors): a model, a learned word or an addition to a model");
    }
    let torch = start.starts_with(b"PK") || matches!(start, [0x80, 0..=5, ..]);
    torch.then_some("a file of PyTorch's: a model, a learned word or an addition to a model")
}

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

fn is_webp(start: &[u8]) -> bool {
    start.starts_with(b"RIFF") && start.get(8..12) == Some(b"WEBP")
}

fn picture(start: &[u8]) -> Option<&'static str> {
    let begins = |magic: &[u8]| start.starts_with(magic);
    Some(match () {
        () if begins(PNG) => "a picture (PNG)",
        () if begins(b"\xFF\xD8\xFF") => "a picture (JPEG)",
        () if begins(b"GIF8") => "a picture (GIF)",
        () if is_webp(start) => "a picture (WebP)",
        () if begins(b"II*\0") || begins(b"MM\0*") => "a picture (TIFF)",
        () => return foreign_picture(start),
    })
}

/// Formats of other programs.
fn other(start: &[u8]) -> Option<&'static str> {
    let begins = |magic: &[u8]| start.starts_with(magic);
    let at = |place: usize, magic: &[u8]| start.get(place..place + magic.len()) == Some(magic);
    Some(match () {
        () if begins(b"GGUF") || begins(b"ggml") || begins(b"lmgg") || begins(b"tjgg") => {
            "a GGUF file, whose numbers are made too coarse to learn a word on, for another program"
        }
        () if is_onnx(start) => {
            "an ONNX file, a network prepared for another program, which cannot be learned on"
        }
        () if begins(b"\x89HDF\r\n\x1a\n") => "an HDF5 file (Keras), which is not read here",
        () if begins(b"\x93NUMPY") => "a file of NumPy's (.npy), which is not read here",
        () if at(4, b"TFL3") => "a TensorFlow Lite file, a network prepared for phones",
        () if begins(b"ptrt") || begins(b"ftrt") => {
            "a TensorRT engine, a network prepared for one graphics card"
        }
        () if begins(b"%PDF") => "a PDF document",
        () if begins(b"MZ") || begins(b"\x7FELF") || begins(b"\xCF\xFA\xED\xFE") => "a program",
        () if begins(b"SQLite format 3") => "a database",
        () if (begins(b"RIFF") && at(8, b"WAVE")) || begins(b"OggS") || begins(b"ID3") || begins(b"fLaC") => {
            "a sound"
        }
        () => return None,
    })
}

/// An ONNX file is a message of which the first field is a small version and the next the name of who wrote it.
fn is_onnx(start: &[u8]) -> bool {
    let [8, 1..=20, 0x12, length, rest @ ..] = start else { return false };
    let name = rest.get(..usize::from(*length)).unwrap_or_default();
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b" ._-/+".contains(byte);
    (2..64).contains(&name.len()) && name.iter().all(plain)
}

#[cfg(test)]
mod tests;
