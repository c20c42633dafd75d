//! A word that was mixed from others comes into the library: as any file does, with what is known of it besides.

use std::path::Path;

use image::{DynamicImage, RgbImage};

use super::{PICTURE, Sidecar, import, list, small, word_files};
use crate::message::Answer;
use base::Result;
use base::atomic::write_atomic;
use format::png_info::to_png;
use project::{ConceptKind, DataDir};

/// Brings the word in under a name of its own, and says what it is and what it draws.
pub(crate) fn add(
    home: &DataDir,
    file: &Path,
    kind: ConceptKind,
    picture: Option<&RgbImage>,
) -> Result<Vec<Answer>> {
    let before = word_files(home);
    let said = import(home, &[file.to_path_buf()])?;
    let Some(path) = word_files(home).into_iter().find(|path| !before.contains(path)) else {
        return Ok(said);
    };
    // Nobody but the library knows the file it came from.
    Sidecar { kind, original: None, ..Sidecar::read(&path) }.write(&path)?;
    if let Some(picture) = picture {
        let picture = small(DynamicImage::from(picture.clone()), PICTURE);
        write_atomic(&path.with_extension("png"), &to_png(&picture)?)?;
    }
    let mut answers = list(home)?;
    answers.extend(said.into_iter().filter(|answer| matches!(answer, Answer::Note(_) | Answer::Refused(_))));
    Ok(answers)
}
