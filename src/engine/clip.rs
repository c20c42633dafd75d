//! Pictures and texts in the space of a CLIP, which judges likeness and obedience.
//!
//! Pictures go through it in batches, so that any number needs no more memory.

use std::path::{Path, PathBuf};

use image::{Rgb, RgbImage};

use base::Result;
use inversion::objective::read;
use model::ClipModel;
use project::PictureEntry;
use project::evaluation::PromptSet;
use project::picture::learned_square;

/// Most images that go through CLIP together: more take memory and no less time.
pub(crate) const BATCH: usize = 16;
/// What stands around the part of an image that was learned: CLIP's own mean, which says least to it.
pub(crate) const AROUND: Rgb<u8> = Rgb([123, 117, 104]);

/// The CLIP that a model brings along, if it does, and the prompts that it knows.
pub(crate) fn beside(model: &Path) -> Option<(PathBuf, PromptSet)> {
    let folder = model.join("clip");
    folder.is_dir().then_some((folder, PromptSet::Starter))
}

/// The vectors of images, of any number: they go through CLIP in batches.
pub(crate) fn embed(clip: &ClipModel, pictures: &[RgbImage]) -> Result<Vec<Vec<f32>>> {
    let mut vectors = Vec::new();
    for batch in pictures.chunks(BATCH) {
        vectors.extend(rows(clip, batch.len(), read(clip.embed_images(batch))?));
    }
    Ok(vectors)
}

/// The vectors of texts.
pub(crate) fn embed_texts(clip: &ClipModel, texts: &[String]) -> Result<Vec<Vec<f32>>> {
    Ok(rows(clip, texts.len(), read(clip.embed_texts(texts))?))
}

/// The vector of a picture as it is learned: its square, and with `use_mask` only what its mask leaves.
pub(crate) fn embed_learned(clip: &ClipModel, entry: &PictureEntry, use_mask: bool) -> Result<Vec<Vec<f32>>> {
    embed(clip, &[learned_square(entry, use_mask.then_some(AROUND))?])
}

pub(crate) fn rows(clip: &ClipModel, count: usize, values: Vec<f32>) -> Vec<Vec<f32>> {
    debug_assert_eq!(values.len(), count * clip.width());
    values.chunks(clip.width()).map(<[f32]>::to_vec).collect()
}
