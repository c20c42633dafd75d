//! Which files are pictures to learn from, which are pictures that must be converted first, and what lies beside them.
//!
//! A picture is one by its content; only where that says nothing does its name speak for it. Nothing is decoded.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::files::{inside, natural_order};
use crate::picture::content::Content;
use base::{Error, FileKind, Result, stranger, text_file};

/// How the names of pictures that can be read end; the others are read as well, by their content.
pub const ENDINGS: [&str; 15] = [
    "png", "apng", "jpg", "jpeg", "jpe", "jfif", "jif", "pjpeg", "pjp", "webp", "bmp", "dib", "gif", "tiff",
    "tif",
];
/// Raw photos, which often look like TIFFs from within.
const RAW: [&str; 25] = [
    "dng", "cr2", "cr3", "crw", "nef", "nrw", "arw", "srf", "sr2", "raf", "orf", "rw2", "raw", "pef", "3fr",
    "iiq", "rwl", "srw", "x3f", "erf", "mrw", "kdc", "dcr", "mef", "mos",
];
/// Films, from which stills can be taken.
const FILMS: [&str; 16] = [
    "mp4", "mov", "m4v", "avi", "mkv", "webm", "mpg", "mpeg", "3gp", "wmv", "mts", "m2ts", "flv", "ogv",
    "qt", "insv",
];
/// Other pictures that artists have but that must be converted first.
const FOREIGN: [&str; 32] = [
    "heic",
    "heif",
    "hif",
    "avif",
    "jxl",
    "jp2",
    "j2k",
    "jxr",
    "wdp",
    "psd",
    "psb",
    "kra",
    "xcf",
    "svg",
    "svgz",
    "eps",
    "clip",
    "sai",
    "sai2",
    "procreate",
    "afphoto",
    "exr",
    "hdr",
    "tga",
    "dds",
    "pcx",
    "ppm",
    "pgm",
    "pbm",
    "qoi",
    "ico",
    "insp",
];
/// What lies beside pictures and is none, though some of it looks like one: captions, notes, small copies, backups.
const BESIDE: [&str; 15] = [
    "txt", "caption", "json", "xmp", "aae", "toml", "csv", "db", "ini", "thm", "url", "html", "md", "zip",
    "npz",
];

/// What a file is to a dataset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A picture, or what is called one.
    Picture,
    /// A picture or a film in a format that cannot be read.
    Foreign,
    /// A caption, a mask, a note of the system: what belongs to pictures and is none.
    Companion,
    /// Something else.
    Other,
}

impl Role {
    /// Looks at a file.
    pub fn of(path: &Path) -> Self {
        let name = path.file_name().unwrap_or_default().as_encoded_bytes();
        let copy = name.ends_with(b"_original") || name.ends_with(b"~") || has_ending(path, &["thm"]);
        if name.starts_with(b".") || is_mask(path) || copy {
            return Self::Companion;
        }
        match Content::of(path).unwrap_or(Content::Other) {
            Content::Picture(image::ImageFormat::Tiff) if has_ending(path, &RAW) => Self::Foreign,
            Content::Picture(_) => Self::Picture,
            // What is called a picture and is none is told to whoever wants it read.
            _ if has_ending(path, &ENDINGS) => Self::Picture,
            Content::Foreign(_) => Self::Foreign,
            _ if [&RAW[..], &FOREIGN, &FILMS].iter().any(|endings| has_ending(path, endings)) => {
                Self::Foreign
            }
            _ if has_ending(path, &BESIDE) => Self::Companion,
            _ => Self::Other,
        }
    }
}

fn has_ending(path: &Path, endings: &[&str]) -> bool {
    path.extension()
        .and_then(OsStr::to_str)
        .is_some_and(|e| endings.iter().any(|x| x.eq_ignore_ascii_case(e)))
}

/// What a file is a mask of by its name, `NAME.mask.png`: the stem of a picture's name, or all of it. In any letter
/// case, with any ending that can be read.
fn masked(path: &Path) -> Option<&OsStr> {
    let stem = Path::new(path.file_stem().filter(|_| has_ending(path, &ENDINGS))?);
    stem.file_stem().filter(|_| has_ending(stem, &["mask"]))
}

/// Whether a picture is called so, with or without its ending.
fn is_called(picture: &Path, name: &OsStr, exactly: bool) -> bool {
    let folded = |text: &OsStr| text.to_string_lossy().to_lowercase();
    let same = |own: &OsStr| own == name || !exactly && folded(own) == folded(name);
    [picture.file_stem(), picture.file_name()].into_iter().flatten().any(same)
}

/// Whether a picture called so lies in the folder of `beside`, which does not count itself.
fn lies_beside(beside: &Path, name: &OsStr, exactly: bool) -> bool {
    let folder = beside.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let is_picture = |path: &Path| {
        [&ENDINGS[..], &RAW, &FOREIGN, &FILMS].iter().any(|endings| has_ending(path, endings))
            || matches!(Content::of(path), Ok(Content::Picture(_)))
    };
    // The usual one at once, because a folder with many masks would be listed as often.
    let usual = ["png", "jpg", "jpeg", "webp"].map(|ending| {
        let mut usual = name.to_owned();
        usual.push(format!(".{ending}"));
        folder.join(usual)
    });
    let mut all = usual.into_iter().chain(std::iter::once_with(|| inside(folder)).flatten());
    all.any(|path| is_called(&path, name, exactly) && path != beside && path.is_file() && is_picture(&path))
}

/// Whether a file is a mask. What is called so without a picture beside it is a picture: a photo of a gas mask.
fn is_mask(path: &Path) -> bool {
    has_ending(path, &["mask"]) || masked(path).is_some_and(|name| lies_beside(path, name, false))
}

/// The files of a folder that are called like masks.
pub fn masks_in(folder: &Path) -> Vec<PathBuf> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let mut masks: Vec<PathBuf> = inside(folder).filter(|path| masked(path).is_some()).collect();
    masks.sort();
    masks
}

/// The mask of a picture: the usual name before all others, then those that differ least from it. A mask in other
/// letter case that fits another picture better is that one's.
pub fn mask_among(masks: &[PathBuf], picture: &Path) -> Option<PathBuf> {
    let usual = picture.with_extension("mask.png");
    if usual.is_file() {
        return Some(usual);
    }
    let fits = |exactly: bool| {
        let of = |mask: &&PathBuf| {
            masked(mask).is_some_and(|name| {
                is_called(picture, name, exactly) && (exactly || !lies_beside(mask, name, true))
            })
        };
        masks.iter().find(|mask| mask.is_file() && mask.as_path() != picture && of(mask)).cloned()
    };
    fits(true).or_else(|| fits(false))
}

/// The pictures of a folder and those left out, each in natural order of their names (2 before 10).
pub(super) fn list(folder: &Path) -> Result<[Vec<PathBuf>; 2]> {
    let listing = fs::read_dir(folder).map_err(|e| match e.kind() {
        io::ErrorKind::NotFound => {
            let remedy = "Choose pictures, or the folder that holds them.";
            Error::file(FileKind::Picture, folder, "there is no such folder or file", remedy)
        }
        _ => Error::read(folder, e),
    })?;
    let mut files = Vec::new();
    for entry in listing {
        let path = entry.map_err(|e| Error::read(folder, e))?.path();
        if path.is_file() {
            files.push(path);
        }
    }
    files.sort_by(|a, b| natural_order(&a.to_string_lossy(), &b.to_string_lossy()).then_with(|| a.cmp(b)));
    let [mut pictures, mut foreign] = [Vec::new(), Vec::new()];
    for path in files {
        match Role::of(&path) {
            Role::Picture => pictures.push(path),
            Role::Foreign => foreign.push(path),
            Role::Companion | Role::Other => {}
        }
    }
    Ok([pictures, foreign])
}

/// The first folder inside this one that holds a picture.
pub(super) fn folder_of_pictures(folder: &Path) -> Option<PathBuf> {
    let hidden = |path: &Path| path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    let picture = |path: PathBuf| path.is_file() && Role::of(&path) == Role::Picture;
    inside(folder).filter(|path| path.is_dir() && !hidden(path) && inside(path).any(picture)).min()
}

/// Whether a file is a film, by its content, else by its name.
pub(super) fn is_film(path: &Path) -> bool {
    match Content::of(path) {
        Ok(Content::Foreign(what)) => what == stranger::FILM,
        _ => has_ending(path, &FILMS),
    }
}

/// Says once which files were left out because they must be converted first; one of each kind by name. `None` if
/// there are none.
pub fn left_out(files: &[PathBuf]) -> Option<String> {
    let (films, pictures): (Vec<_>, Vec<_>) = files.iter().partition(|path| is_film(path));
    let said = [(pictures, "picture", ""), (films, "film", "frames of ")];
    let said: Vec<String> =
        said.iter().filter_map(|(files, what, how)| left_out_of(files, what, how)).collect();
    (!said.is_empty()).then(|| said.join(" "))
}

/// The same of files of one kind.
fn left_out_of(files: &[&PathBuf], what: &str, how: &str) -> Option<String> {
    const NAMED: usize = 4;
    let ending = |path: &Path| path.extension().unwrap_or_default().to_ascii_lowercase();
    let name = |path: &&PathBuf| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut seen = HashSet::new();
    let mut parts: Vec<String> =
        files.iter().filter(|path| seen.insert(ending(path))).take(NAMED).map(name).collect();
    let more = files.len() - parts.len();
    if more > 0 {
        parts.push(format!("{more} more"));
    }
    let last = parts.pop()?;
    let names = if parts.is_empty() { last } else { format!("{} and {last}", parts.join(", ")) };
    Some(match files.len() {
        1 => format!("1 {what} was left out: {names}; save {how}it as JPEG."),
        count => format!("{count} {what}s were left out: {names}; save {how}them as JPEG."),
    })
}

/// Where captions may lie beside a picture, in the order in which they are looked for: `NAME.txt`, `NAME.caption`, and
/// with the picture's ending before these; then the same with an ending in capitals, as some systems have written it.
pub fn caption_files(picture: &Path) -> [PathBuf; 8] {
    let alone = |ending: &str| picture.with_extension(ending);
    let behind = |ending: &str| picture.with_added_extension(ending);
    [
        alone("txt"),
        alone("caption"),
        behind("txt"),
        behind("caption"),
        alone("TXT"),
        alone("CAPTION"),
        behind("TXT"),
        behind("CAPTION"),
    ]
}

/// The caption beside a picture, on one line; `None` if there is none or all are empty.
pub(super) fn caption(picture: &Path) -> Result<Option<String>> {
    for path in caption_files(picture).iter().filter(|path| path.is_file()) {
        let text = text_file::read(FileKind::Settings, path)?;
        let caption = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if !caption.is_empty() {
            return Ok(Some(caption));
        }
    }
    Ok(None)
}
