//! Pictures drawn before: listed, read with their settings, copied.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use image::RgbImage;

use super::Reply;
use super::kept_index::Stamp;
use super::message::{Answer, DrawnPicture};
use base::atomic::write_atomic;
use base::{Error, Result};
use engine::model_hash;
use format::GenerateInfo;
use format::credentials::ContentCredentials;
use format::infotext::parse_parameters;
use format::png_info::{read_parameters, to_png};
use models::named_files::named_files;
use project::DataDir;
use project::picture::open_picture;

/// How many are listed.
const MOST: usize = 100_000;

pub(super) fn list(home: &DataDir) -> Result<Vec<Answer>> {
    Ok(vec![Answer::Pictures(drawn(home).into_iter().map(|(path, _)| path).collect())])
}

/// The pictures drawn before, newest first, with size and time.
pub(super) fn drawn(home: &DataDir) -> Vec<(PathBuf, Stamp)> {
    let listing = fs::read_dir(home.pictures()).into_iter().flatten().flatten();
    let png = |path: &PathBuf| path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("png"));
    let paths = listing.map(|entry| entry.path()).filter(png);
    let stamp = |path: PathBuf| {
        let stamp = fs::metadata(&path).map(|data| Stamp::of(&data)).unwrap_or_default();
        (path, stamp)
    };
    let mut pictures: Vec<(PathBuf, Stamp)> = paths.map(stamp).collect();
    pictures.sort_by(|(a, at), (b, bt)| (bt.seconds(), b).cmp(&(at.seconds(), a)));
    pictures.truncate(MOST);
    pictures
}

pub(super) fn open(home: &DataDir, path: PathBuf, reply: &Reply) -> Result<Vec<Answer>> {
    let picture = Arc::new(open_picture(&path)?.into_rgb8());
    let png = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("png"));
    // Other programs' pictures may carry none, or something else: that is no reason not to show them.
    let parameters = if png { read_parameters(&path).unwrap_or_default() } else { None };
    let info = parameters.map(|text| parse_parameters(&text)).filter(|info| info.steps > 0);
    let named = info.as_ref().map(|info| files_of(home, &path, info, reply));
    let credentials = ContentCredentials::of(&path);
    let credentials = credentials.map_or_else(|| "none".to_owned(), |said| said.describe());
    let credentials = Answer::Credentials(path.clone(), credentials);
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
