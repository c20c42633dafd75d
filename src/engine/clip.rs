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
use project::dataset::with_each;
use project::evaluation::PromptSet;
use project::{PictureEntry, RunManifest};

/// Most images that go through CLIP together: more take memory and no less time.
pub const BATCH: usize = 16;
/// What stands around the part of an image that was learned: CLIP's own mean, which says least to it.
pub const AROUND: Rgb<u8> = Rgb([123, 117, 104]);

/// Where a model has a CLIP of its own, if it has one.
fn own(model: &Path) -> PathBuf {
    model.join("clip")
}

/// Whether a model brings a CLIP along.
pub(crate) fn is_beside(model: &Path) -> bool {
    own(model).is_dir()
}

/// Whether a folder is that of the CLIP that a model brings along, however it was named.
pub(crate) fn is_own(clip: &Path, model: &Path) -> bool {
    let real = |folder: &Path| folder.canonicalize().unwrap_or_else(|_| folder.to_path_buf());
    is_beside(model) && real(&own(model)) == real(clip)
}

/// The CLIP that judges a run, whether it is there now or not, and the prompts to judge by; none where nothing is judged. It
/// is the one that the settings name, else the model's own, if it had one when the run began.
pub(crate) fn judging(run: &RunManifest) -> Option<(PathBuf, PromptSet)> {
    let RunManifest { settings, model, own_clip, .. } = run;
    match &settings.clip {
        _ if settings.score_every == 0 => None,
        // The model's own judges with the sentences that the model knows, however it was named.
        Some(named) if is_own(named, model) => Some((named.clone(), PromptSet::Starter)),
        Some(named) => Some((named.clone(), PromptSet::Core)),
        None => own_clip.unwrap_or_else(|| is_beside(model)).then(|| (own(model), PromptSet::Starter)),
    }
}

/// The folder of the CLIP that was named, or of the model's own.
pub fn folder(named: Option<&Path>, model: &Path) -> Result<PathBuf> {
    let folder = named.map_or_else(|| own(model), Path::to_path_buf);
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
    context.warn_all(unusable);
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

/// The same of pictures that were drawn one after another, which may be hundreds.
///
/// # Errors
/// [`Error::Cancelled`] once the job is to end, which is asked before each batch.
pub(crate) fn embed_all(
    clip: &ClipModel,
    pictures: &[RgbImage],
    context: &mut JobContext<'_>,
) -> Result<Vec<Vec<f32>>> {
    let mut vectors = Vec::new();
    for batch in pictures.chunks(BATCH) {
        context.check()?;
        vectors.extend(embed(clip, batch)?);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Command;
    use crate::queue::test_queue;
    use crate::session::tests::{golden, session};

    #[test]
    fn a_models_own_clip_is_known_however_it_is_named() {
        let place = tempfile::tempdir().unwrap();
        let (model, other) = (place.path().join("model"), place.path().join("clip"));
        std::fs::create_dir_all(&other).unwrap();
        std::fs::create_dir_all(&model).unwrap();
        assert!(!is_own(&model.join("clip"), &model), "it has none");
        std::fs::create_dir(model.join("clip")).unwrap();
        assert!(is_own(&model.join("clip"), &model) && is_own(&model.join("../model/clip"), &model));
        assert!(!is_own(&other, &model) && !is_own(&model.join("../clip"), &model));
    }

    #[test]
    fn many_pictures_are_left_between_two_batches() {
        let folder = golden().with_file_name("clip");
        let clip = ClipModel::open(&folder, &session().device.device, &mut || Ok(())).unwrap();
        let pictures = vec![RgbImage::new(32, 32); BATCH + 1];
        let (mut queue, commands, _events) = test_queue();
        let mut context = JobContext::new(1, &mut queue);
        let all = embed_all(&clip, &pictures, &mut context).unwrap();
        assert_eq!((all.len(), &all[BATCH]), (BATCH + 1, &embed(&clip, &pictures[..1]).unwrap()[0]));
        commands.send(Command::Stop(1)).unwrap();
        assert!(matches!(embed_all(&clip, &pictures, &mut context), Err(Error::Cancelled)));
    }
}
