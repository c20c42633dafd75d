//! Pictures drawn before: listed with their folders, read with their settings, copied.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use image::RgbImage;

use super::Reply;
use super::gallery;
use super::kept_index::Stamp;
use super::message::{Answer, DrawnPicture};
use base::atomic::write_atomic;
use base::{Error, Result};
use engine::model_hash;
use format::GenerateInfo;
use format::credentials::ContentCredentials;
use format::infotext::parse_parameters;
use format::png_info::{read_settings, to_png};
use models::named_files::named_files;
use project::DataDir;
use project::picture::open_picture;

/// How many are listed.
const MOST: usize = 100_000;
/// How many folders are looked into.
const FOLDERS: usize = 1000;

/// Pictures, and the folders in which they lie.
pub(super) struct Drawn {
    /// Newest first, with size and time.
    pub pictures: Vec<(PathBuf, Stamp)>,
    /// That of all pictures first, each as it was before it was looked into; `None` if it was not there.
    pub folders: Vec<(PathBuf, Option<Stamp>)>,
}

/// The pictures drawn before, then their folders and the favourites among them.
pub(super) fn list(home: &DataDir) -> Result<Vec<Answer>> {
    let Drawn { pictures, folders } = drawn(home);
    let pictures = Answer::Pictures(pictures.into_iter().map(|(path, _)| path).collect());
    let folders = folders.into_iter().map(|(folder, _)| folder).collect();
    Ok(std::iter::once(pictures).chain(gallery::listed(home, folders)).collect())
}

/// The pictures drawn before, with those in folders that the artist made.
pub(super) fn drawn(home: &DataDir) -> Drawn {
    let (mut pictures, mut folders) = (Vec::new(), Vec::new());
    let mut waiting = vec![home.pictures()];
    while let Some(folder) = waiting.pop() {
        let before = stamp(&folder);
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            // Among them the `._NAME` beside each file, where macOS writes to a disk of another system.
            if entry.file_name().as_encoded_bytes().starts_with(b".") {
                continue;
            }
            let path = entry.path();
            // Links are not followed: they can lead in a circle.
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                if folders.len() + waiting.len() < FOLDERS {
                    waiting.push(path);
                }
            } else if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("png")) {
                let stamp = stamp(&path).unwrap_or_default();
                pictures.push((path, stamp));
            }
        }
        folders.push((folder, before));
    }
    pictures.sort_by(|(a, at), (b, bt)| (bt.seconds(), b).cmp(&(at.seconds(), a)));
    pictures.truncate(MOST);
    Drawn { pictures, folders }
}

/// How a file or folder looks; `None` if it is not there.
pub(super) fn stamp(path: &Path) -> Option<Stamp> {
    fs::metadata(path).ok().map(|data| Stamp::of(&data))
}

pub(super) fn open(home: &DataDir, path: PathBuf, reply: &Reply) -> Result<Vec<Answer>> {
    let picture = Arc::new(open_picture(&path)?.into_rgb8());
    // Other programs' pictures may carry none, or something else: that is no reason not to show them.
    let parameters = read_settings(&path).unwrap_or_default();
    let info = parameters.map(|text| parse_parameters(&text)).filter(|info| info.steps > 0);
    let named = info.as_ref().map(|info| files_of(home, &path, info, reply));
    let credentials = Answer::Credentials(path.clone(), ContentCredentials::of(&path));
    let drawn = Answer::Picture(Box::new(DrawnPicture { path, picture, info }));
    Ok(std::iter::once(drawn).chain(named).chain([credentials]).collect())
}

/// The files that a picture names. Where a model is called like its own but its hash is not known, that is computed on a
/// thread of its own, and told then.
fn files_of(home: &DataDir, picture: &Path, info: &GenerateInfo, reply: &Reply) -> Answer {
    let (mut files, unknown) = named_files(info, home);
    for model in &unknown {
        let (home, picture, info, reply) = (home.clone(), picture.to_path_buf(), info.clone(), reply.clone());
        model_hash::begin(model, move || {
            reply.send(Answer::NamedFiles(picture, named_files(&info, &home).0));
        });
    }
    // What was told meanwhile must not be taken back.
    if unknown.iter().any(|model| model_hash::known(model).is_some()) {
        files = named_files(info, home).0;
    }
    Answer::NamedFiles(picture.to_path_buf(), files)
}

pub(super) fn copy(from: &Path, to: PathBuf) -> Result<Vec<Answer>> {
    let bytes = fs::read(from).map_err(|e| Error::read(from, e))?;
    write_atomic(&to, &bytes)?;
    Ok(vec![Answer::Written(to)])
}

pub(super) fn write(picture: &RgbImage, to: PathBuf) -> Result<Vec<Answer>> {
    write_atomic(&to, &to_png(picture)?)?;
    Ok(vec![Answer::Written(to)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_files_are_no_pictures() {
        let folder = tempfile::tempdir().unwrap();
        let home = DataDir::at(folder.path().to_path_buf());
        fs::create_dir_all(home.pictures().join(".hidden")).unwrap();
        for name in ["1.png", "._1.png", ".hidden/2.png"] {
            fs::write(home.pictures().join(name), b"x").unwrap();
        }
        let found: Vec<PathBuf> = drawn(&home).pictures.into_iter().map(|(path, _)| path).collect();
        assert_eq!(found, [home.pictures().join("1.png")]);
    }
}
