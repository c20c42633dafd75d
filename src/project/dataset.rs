//! The pictures to learn from: files and folders, and what the artist decided about each picture in them.
//!
//! Opening only lists; pictures are decoded by [`prepare`](super::picture::prepare). It never changes or
//! moves a picture; decisions go to a file `dataset.toml` beside them.

mod faults;
mod listing;
mod permission;

use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::files::{read_or_set_aside, read_toml, sha256_file, write_toml};
use super::picture::upright_dimensions;
use super::picture_entry::{Crop, PictureEntry, Rights};
use base::units::counted;
use base::{Error, FileKind, Result, places};
pub use faults::{ENOUGH, refusal, with_at_least, with_each};
pub use listing::{ENDINGS, Role, caption_files, left_out, mask_among, masks_in};
pub use permission::Permission;

/// The file with the artist's decisions, beside the pictures.
pub(super) const DATASET_FILE: &str = "dataset.toml";
/// More pictures than this make a word harder to combine without making it more alike (arXiv 2208.01618,
/// appendix B).
const MANY_PICTURES: usize = 8;

/// Pictures to learn from; those of one folder in natural order of their names (2 before 10).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Dataset {
    /// Where the pictures lie, or the first of several places.
    pub folder: PathBuf,
    /// At least one.
    pub entries: Vec<PictureEntry>,
    /// What lies there and cannot be read; [`left_out`] says so.
    pub left_out: Vec<PathBuf>,
    /// Why pictures have no caption whose caption cannot be read: for whoever wants captions.
    pub unread_captions: Vec<String>,
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
    file: String,
    #[serde(default = "yes")]
    enabled: bool,
    caption: Option<String>,
    #[serde(default = "yes")]
    allow_flip: bool,
    #[serde(default)]
    rights: Rights,
    rights_from: Option<String>,
    despite_mark: Option<String>,
    #[serde(default)]
    crop: Crop,
}

fn yes() -> bool {
    true
}

impl Dataset {
    /// Lists the pictures of a folder (not of folders inside it) with their captions, masks and
    /// `dataset.toml`. Hidden files and masks are left out. Nothing is decoded.
    pub fn open(folder: &Path) -> Result<Self> {
        Self::gather(&[folder.to_path_buf()])
    }

    /// The pictures of a folder, which may be none.
    pub(super) fn list(folder: &Path) -> Result<Self> {
        let [pictures, left_out] = listing::list(folder)?;
        let mut dataset = Self { folder: folder.to_path_buf(), left_out, ..Self::default() };
        let masks = masks_in(folder);
        pictures.into_iter().for_each(|path| dataset.add(path, &masks));
        dataset.apply_settings(folder)?;
        Ok(dataset)
    }

    /// The pictures of folders, and files, in this order and each once. A file that was named takes part whatever was
    /// decided about it before; captions and masks among the files are passed over.
    pub fn gather(places: &[PathBuf]) -> Result<Self> {
        let mut all = Self::default();
        for place in places {
            places::expect_plain(FileKind::Picture, place)?;
            let mut found = if place.is_file() { Self::of_file(place)? } else { Self::list(place)? };
            all.entries.append(&mut found.entries);
            all.left_out.append(&mut found.left_out);
            all.unread_captions.append(&mut found.unread_captions);
        }
        let first = places.first().map(PathBuf::as_path).unwrap_or(Path::new("."));
        all.folder = if first.is_file() { first.parent().unwrap_or(first) } else { first }.to_path_buf();
        let mut seen = HashSet::new();
        let mut once = |path: &Path| seen.insert(path.canonicalize().unwrap_or_else(|_| path.to_path_buf()));
        all.entries.retain(|entry| once(&entry.path));
        all.left_out.retain(|path| once(path));
        if all.entries.is_empty() {
            return Err(nothing_in(first, places.len() > 1, &all.left_out));
        }
        Ok(all)
    }

    fn of_file(path: &Path) -> Result<Self> {
        let folder = path.parent().unwrap_or(path).to_path_buf();
        let mut dataset = Self { folder, ..Self::default() };
        match Role::of(path) {
            Role::Picture => {
                dataset.add(path.to_path_buf(), &masks_in(&dataset.folder));
                dataset.apply_settings(&dataset.folder.clone())?;
                dataset.entries.iter_mut().for_each(|entry| entry.enabled = true);
            }
            Role::Foreign => dataset.left_out.push(path.to_path_buf()),
            Role::Companion | Role::Other => {}
        }
        Ok(dataset)
    }

    /// Adds a picture with what lies beside it. A caption that cannot be read costs only itself.
    fn add(&mut self, path: PathBuf, masks: &[PathBuf]) {
        let caption = listing::caption(&path).unwrap_or_else(|error| {
            self.unread_captions.push(error.to_string());
            None
        });
        let mask = mask_among(masks, &path);
        self.entries.push(PictureEntry { caption, mask, ..PictureEntry::new(path) });
    }

    /// Reads a folder's `dataset.toml`, if there is one. Pictures it names that are gone are passed over.
    fn apply_settings(&mut self, folder: &Path) -> Result<()> {
        let path = folder.join(DATASET_FILE);
        if self.entries.is_empty() || !path.is_file() {
            return Ok(());
        }
        let document: Document = read_toml(FileKind::Settings, &path)?;
        for settings in document.picture {
            let named = |e: &&mut PictureEntry| e.name() == settings.file;
            if let Some(entry) = self.entries.iter_mut().find(named) {
                entry.enabled = settings.enabled;
                entry.caption = settings.caption.or(entry.caption.take()).filter(|c| !c.is_empty());
                entry.allow_flip = settings.allow_flip;
                entry.rights = settings.rights;
                entry.rights_from = settings.rights_from;
                entry.despite_mark = settings.despite_mark;
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
            let same = listing::caption(&entry.path).ok().flatten() == entry.caption;
            picture.push(ImageSettings {
                // A name that is no Unicode has signs in place of what cannot be written.
                file: entry.name().into_owned(),
                enabled: entry.enabled,
                // Empty: the text file's caption was taken away.
                caption: if same { None } else { Some(entry.caption.clone().unwrap_or_default()) },
                allow_flip: entry.allow_flip,
                rights: entry.rights,
                rights_from: entry.rights_from.clone(),
                despite_mark: entry.despite_mark.clone(),
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
            let Ok((width, height)) = upright_dimensions(&entry.path) else { continue };
            let square = entry.crop.square(width, height);
            if let Some((_, _, side)) = square.filter(|s| s.2 < resolution) {
                let name = entry.name();
                let side = counted(u64::from(side), "pixel");
                warnings.push(format!(
                    "{name} has only {side} where {resolution} are learned; it will look soft."
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

/// The refusal of places without a picture that can be read.
fn nothing_in(place: &Path, several: bool, left_out: &[PathBuf]) -> Error {
    let here = if several { "here or in the other places" } else { "in this folder" };
    let foreign = left_out.first().and_then(|path| path.file_name()).map(OsStr::to_string_lossy);
    if foreign.is_none()
        && let Some(within) = listing::folder_of_pictures(place)
    {
        let name = within.file_name().unwrap_or_default().to_string_lossy();
        let fault = format!("there is no picture {here}, only in folders inside it, such as {name}");
        return Error::file(
            FileKind::Picture,
            place,
            fault,
            "Choose that folder: those inside are not looked into.",
        );
    }
    let (fault, start) = match foreign {
        None if place.is_file() && !several => {
            ("this is not a picture".to_owned(), "Choose one that is saved")
        }
        None => (format!("there is no picture {here}"), "Put three to five pictures in it,"),
        Some(name) if place.is_file() && !several => match listing::is_film(place) {
            true => (format!("{name} is a film"), "Save frames of it"),
            false => (format!("{name} is in a format that cannot be read"), "Save it"),
        },
        Some(name) if left_out.iter().all(|path| listing::is_film(path)) => {
            (format!("there is no picture {here}, only films (such as {name})"), "Save frames of them")
        }
        Some(name) => {
            (format!("the pictures {here} (such as {name}) are in a format that cannot be read"), "Save them")
        }
    };
    Error::file(FileKind::Picture, place, fault, format!("{start} as PNG, JPEG, WebP, BMP, GIF or TIFF."))
}

#[cfg(test)]
mod tests;
