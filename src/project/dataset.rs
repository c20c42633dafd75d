//! The pictures to learn from: a folder, and what the artist decided about each picture in it.
//!
//! Opening only lists; pictures are decoded by [`prepare`](super::picture::prepare). It never changes or
//! moves a picture; decisions go to a file `dataset.toml` beside them.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::files::{natural_order, read_or_set_aside, read_toml, sha256_file, write_toml};
use super::picture::upright_dimensions;
use super::picture_entry::{Crop, PictureEntry, Rights};
use base::{Error, FileKind, Result, text_file};

/// Formats that can be read, by their usual file-name endings.
const ENDINGS: [&str; 8] = ["png", "jpg", "jpeg", "webp", "bmp", "gif", "tiff", "tif"];
/// Picture formats that artists have but that must be converted first.
const FOREIGN: [&str; 11] = ["heic", "heif", "avif", "psd", "kra", "xcf", "svg", "dng", "cr2", "nef", "jxl"];
/// The file with the artist's decisions, beside the pictures.
pub(super) const DATASET_FILE: &str = "dataset.toml";
/// More pictures than this make a word harder to combine without making it more alike (arXiv 2208.01618,
/// appendix B).
const MANY_PICTURES: usize = 8;

/// The pictures of one folder, in natural order of their names (2 before 10).
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    /// Where the pictures lie.
    pub folder: PathBuf,
    /// At least one.
    pub entries: Vec<PictureEntry>,
}

/// `dataset.toml`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    picture: Vec<ImageSettings>,
}

/// One picture in `dataset.toml`, named by its file name.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ImageSettings {
    file: PathBuf,
    #[serde(default = "yes")]
    enabled: bool,
    caption: Option<String>,
    #[serde(default = "yes")]
    allow_flip: bool,
    #[serde(default = "unknown")]
    rights: Rights,
    #[serde(default)]
    crop: Crop,
}

fn yes() -> bool {
    true
}

fn unknown() -> Rights {
    Rights::Unknown
}

impl Dataset {
    /// Lists the pictures of a folder (not of folders inside it) with their captions, masks and
    /// `dataset.toml`. Hidden files and masks are left out. Nothing is decoded.
    pub fn open(folder: &Path) -> Result<Self> {
        let mut files = Vec::new();
        let listing = fs::read_dir(folder).map_err(|e| match e.kind() {
            io::ErrorKind::NotFound => {
                let remedy = "Choose the folder that holds the pictures.";
                Error::file(FileKind::Picture, folder, "there is no such folder", remedy)
            }
            _ => Error::read(folder, e),
        })?;
        for entry in listing {
            let path = entry.map_err(|e| Error::read(folder, e))?.path();
            let hidden = path.file_name().is_some_and(|n| n.as_encoded_bytes().starts_with(b"."));
            if !hidden && path.is_file() {
                files.push(path);
            }
        }
        files
            .sort_by(|a, b| natural_order(&a.to_string_lossy(), &b.to_string_lossy()).then_with(|| a.cmp(b)));

        let mut entries = Vec::new();
        for path in files.iter().filter(|p| is_picture(p)) {
            let mut entry = PictureEntry::new(path.clone());
            entry.caption = sidecar_caption(path)?;
            entry.mask = Some(path.with_extension("mask.png")).filter(|mask| mask.is_file());
            entries.push(entry);
        }
        if entries.is_empty() {
            let foreign = files.iter().find(|p| has_ending(p, &FOREIGN)).and_then(|p| p.file_name());
            let (fault, start) = match foreign.map(OsStr::to_string_lossy) {
                None => {
                    ("there is no picture in this folder".to_owned(), "Put three to five pictures in it,")
                }
                Some(name) => {
                    let which = format!("the pictures in this folder (such as {name})");
                    (format!("{which} are in a format that cannot be read"), "Save them")
                }
            };
            let remedy = format!("{start} as PNG, JPEG, WebP, BMP, GIF or TIFF.");
            return Err(Error::file(FileKind::Picture, folder, fault, remedy));
        }
        let mut dataset = Self { folder: folder.to_path_buf(), entries };
        dataset.apply_settings()?;
        Ok(dataset)
    }

    /// Reads `dataset.toml`, if there is one. Pictures it names that are gone are passed over.
    fn apply_settings(&mut self) -> Result<()> {
        let path = self.folder.join(DATASET_FILE);
        if !path.is_file() {
            return Ok(());
        }
        let document: Document = read_toml(FileKind::Settings, &path)?;
        for settings in document.picture {
            let named = |e: &&mut PictureEntry| e.path.file_name() == Some(settings.file.as_os_str());
            if let Some(entry) = self.entries.iter_mut().find(named) {
                entry.enabled = settings.enabled;
                entry.caption = settings.caption.or(entry.caption.take()).filter(|c| !c.is_empty());
                entry.allow_flip = settings.allow_flip;
                entry.rights = settings.rights;
                entry.crop = settings.crop;
            }
        }
        Ok(())
    }

    /// Writes the decisions to `dataset.toml`, atomically. A caption is written where it differs from its
    /// text file.
    pub fn save(&self) -> Result<()> {
        let mut picture = Vec::new();
        for entry in &self.entries {
            let same = sidecar_caption(&entry.path)? == entry.caption;
            picture.push(ImageSettings {
                file: entry.path.file_name().unwrap_or_default().into(),
                enabled: entry.enabled,
                // Empty: the text file's caption was taken away.
                caption: if same { None } else { Some(entry.caption.clone().unwrap_or_default()) },
                allow_flip: entry.allow_flip,
                rights: entry.rights,
                crop: entry.crop,
            });
        }
        write_toml(FileKind::Settings, &self.folder.join(DATASET_FILE), &Document { picture })
    }

    /// The pictures that take part.
    pub fn enabled(&self) -> impl Iterator<Item = &PictureEntry> {
        self.entries.iter().filter(|e| e.enabled)
    }

    /// What an experienced friend would remark, one sentence each: no or too many pictures, squares smaller
    /// than `resolution` pixels, and the same file twice. Pictures that cannot be read are left to
    /// [`prepare`](super::picture::prepare).
    pub fn warnings(&self, resolution: u32) -> Vec<String> {
        let mut warnings = Vec::new();
        let count = self.enabled().count();
        if count == 0 {
            warnings.push("No picture is switched on: there is nothing to learn from.".to_owned());
        }
        if count > MANY_PICTURES {
            warnings.push(format!(
                "{count} pictures are many: about five different views make a word that is easiest to use."
            ));
        }
        let mut seen: HashMap<String, &PictureEntry> = HashMap::new();
        for entry in self.enabled() {
            let square = upright_dimensions(&entry.path).ok().and_then(|(w, h)| entry.crop.square(w, h));
            if let Some((_, _, side)) = square.filter(|s| s.2 < resolution) {
                let name = entry.name();
                warnings.push(format!(
                    "{name} has only {side} pixels where {resolution} are learned; it will look soft."
                ));
            }
            if let Ok(hash) = sha256_file(&entry.path) {
                match seen.get(&hash) {
                    Some(first) => {
                        warnings.push(format!("{} is the same picture as {}.", entry.name(), first.name()));
                    }
                    None => _ = seen.insert(hash, entry),
                }
            }
        }
        warnings
    }
}

/// Keeps a `dataset.toml` that cannot be read beside its place; the sentence about it.
pub(super) fn set_damaged_aside(folder: &Path) -> Option<String> {
    read_or_set_aside::<Document>(FileKind::Settings, &folder.join(DATASET_FILE)).1
}

/// The text of `NAME.txt` beside a picture, on one line; `None` if there is none or it is empty.
fn sidecar_caption(picture: &Path) -> Result<Option<String>> {
    let path = picture.with_extension("txt");
    if !path.is_file() {
        return Ok(None);
    }
    let text = text_file::read(FileKind::Settings, &path)?;
    let caption = text.split_whitespace().collect::<Vec<_>>().join(" ");
    Ok(Some(caption).filter(|c| !c.is_empty()))
}

fn has_ending(path: &Path, endings: &[&str]) -> bool {
    path.extension()
        .and_then(OsStr::to_str)
        .is_some_and(|e| endings.iter().any(|x| x.eq_ignore_ascii_case(e)))
}

/// Whether a file is a picture to learn from, by its name.
pub fn is_picture(path: &Path) -> bool {
    let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    !hidden && has_ending(path, &ENDINGS) && !is_mask(path)
}

/// Whether a picture file is a mask (`NAME.mask.png`).
fn is_mask(path: &Path) -> bool {
    path.file_stem().is_some_and(|stem| has_ending(Path::new(stem), &["mask"]))
}

#[cfg(test)]
mod tests;
