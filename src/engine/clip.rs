//! What CLIP sees: pictures, cut and masked as learning sees them, and texts, as vectors of one space.
//!
//! Scores, judgements on the way, suggestions and the start of a word all look at pictures by this. They go through it in
//! batches, so that any number needs no more memory.

use std::path::{Path, PathBuf};

use image::{Rgb, RgbImage};

use super::context::JobContext;
use base::{Error, FileKind, Result};
use inversion::objective::read;
use model::ClipModel;
use project::PictureEntry;
use project::dataset::with_each;
use project::evaluation::PromptSet;

/// Most images that go through CLIP together: more take memory and no less time.
pub const BATCH: usize = 16;
/// What stands around the part of an image that was learned: CLIP's own mean, which says least to it.
pub const AROUND: Rgb<u8> = Rgb([123, 117, 104]);

/// The CLIP that a model brings along, if it does, and the prompts that it knows.
pub(crate) fn beside(model: &Path) -> Option<(PathBuf, PromptSet)> {
    let folder = model.join("clip");
    folder.is_dir().then_some((folder, PromptSet::Starter))
}

/// The folder of the CLIP that was named, or of the model's own.
pub fn folder(named: Option<&Path>, model: &Path) -> Result<PathBuf> {
    let folder = named.map_or_else(|| model.join("clip"), Path::to_path_buf);
    if folder.join("config.json").is_file() {
        return Ok(folder);
    }
    let remedy = "Get one with `pseudoword fetch clip`, and name its folder as the CLIP.";
    Err(Error::file(FileKind::Model, &folder, "there is no CLIP here (no config.json)", remedy))
}

/// The vectors of pictures, each as `square` gives it; `place` is what they were asked from. One at a time: photos are
/// large.
pub fn seen<'a>(
    clip: &ClipModel,
    entries: impl Iterator<Item = &'a PictureEntry>,
    place: &Path,
    context: &mut JobContext<'_>,
    square: impl Fn(&PictureEntry) -> Result<RgbImage>,
) -> Result<Vec<Vec<f32>>> {
    let (vectors, unusable) = with_each(entries, place, |entry| {
        context.check()?;
        embed(clip, &[square(entry)?])
    })?;
    if let Some(said) = unusable {
        context.warn(said);
    }
    if vectors.is_empty() {
        let remedy = "Switch at least one picture on.";
        let fault = "all its pictures are switched off";
        return Err(Error::file(FileKind::Picture, place, fault, remedy));
    }
    Ok(vectors.into_iter().flatten().collect())
}

/// The vectors of images, of any number: they go through CLIP in batches.
pub fn embed(clip: &ClipModel, pictures: &[RgbImage]) -> Result<Vec<Vec<f32>>> {
    let mut vectors = Vec::new();
    for batch in pictures.chunks(BATCH) {
        let values = kernels::awake(|| read(clip.embed_images(batch)))?;
        vectors.extend(rows(clip, batch.len(), values));
    }
    Ok(vectors)
}

/// The vectors of texts.
pub(crate) fn embed_texts(clip: &ClipModel, texts: &[String]) -> Result<Vec<Vec<f32>>> {
    Ok(rows(clip, texts.len(), read(clip.embed_texts(texts))?))
}

/// Values read back, row by row.
pub fn rows(clip: &ClipModel, count: usize, values: Vec<f32>) -> Vec<Vec<f32>> {
    debug_assert_eq!(values.len(), count * clip.width());
    values.chunks(clip.width()).map(<[f32]>::to_vec).collect()
}
