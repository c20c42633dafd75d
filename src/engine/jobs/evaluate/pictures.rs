//! What is compared: the concept's pictures as they were learned, and pictures that other programs drew.
//!
//! A run's own decisions about its pictures are taken where the pictures are the same, so that masks that were suggested
//! count as those that were painted do. Pictures go through CLIP one at a time: photos are large.

use std::path::{Path, PathBuf};

use image::Rgb;

use crate::clip::{AROUND, seen};
use crate::context::JobContext;
use crate::message::EvaluateRequest;
use base::Result;
use model::ClipModel;
use project::dataset::left_out;
use project::evaluation::EvaluateSettings;
use project::files::sha256_file;
use project::picture::learned_square;
use project::{Dataset, PictureEntry, PictureRecord, RunManifest};

/// The vectors of the concept's images, cut and masked as learning saw them.
pub fn concept_images(
    request: &EvaluateRequest,
    settings: &EvaluateSettings,
    run: Option<&RunManifest>,
    clip: &ClipModel,
    context: &mut JobContext<'_>,
) -> Result<Vec<Vec<f32>>> {
    let dataset = Dataset::gather(&request.images)?;
    context.warn_all(left_out(&dataset.left_out));
    let records = run.map(|run| run.pictures.as_slice()).unwrap_or_default();
    let entries = learned_entries(&dataset, records);
    let around = settings.use_masks.unwrap_or(true).then_some(AROUND);
    concept_vectors(clip, &entries, &dataset.folder, around, context)
}

/// The vectors of pictures that lie in `place`, with `around` where their masks leave something out.
pub fn concept_vectors(
    clip: &ClipModel,
    entries: &[PictureEntry],
    place: &Path,
    around: Option<Rgb<u8>>,
    context: &mut JobContext<'_>,
) -> Result<Vec<Vec<f32>>> {
    seen(clip, entries.iter(), place, context, |entry| learned_square(entry, around))
}

/// The pictures that take part, each with what was decided about it in the run of these records, if it is one of them: at
/// the same place, else of the same content.
pub fn learned_entries(dataset: &Dataset, records: &[PictureRecord]) -> Vec<PictureEntry> {
    let real = |path: &Path| path.canonicalize().or_else(|_| std::path::absolute(path)).unwrap_or_default();
    let known: Vec<PathBuf> = records.iter().map(|record| real(&record.entry.path)).collect();
    let as_known = |entry: &PictureEntry| {
        let place = real(&entry.path);
        let there = known.iter().position(|path| *path == place);
        let same = || {
            let hash = sha256_file(&entry.path).ok()?;
            records.iter().position(|record| record.sha256 == hash)
        };
        let found = if records.is_empty() { None } else { there.or_else(same) };
        let Some(record) = found.and_then(|found| records.get(found)) else { return entry.clone() };
        // A mask that was painted moves with its picture.
        let mask = match &record.entry.mask {
            Some(mask) if mask.is_file() => Some(mask.clone()),
            Some(_) => entry.mask.clone(),
            None => None,
        };
        PictureEntry { path: entry.path.clone(), mask, ..record.entry.clone() }
    };
    dataset.enabled().map(as_known).collect()
}

/// The vectors of pictures that were drawn elsewhere.
pub struct Outside {
    /// Those that are to look like the concept.
    pub alike: Vec<Vec<f32>>,
    /// For each prompt those that are to obey it; none where there is no folder of its number.
    pub obeying: Vec<Vec<Vec<f32>>>,
}

/// Pictures of a folder: its own are to look like the concept, those in folders called `1`, `2`, … to obey the prompt of
/// that number.
///
/// # Errors
/// If there are none at all, or if one cannot be read.
pub fn outside_pictures(
    folder: &Path,
    prompts: usize,
    clip: &ClipModel,
    context: &mut JobContext<'_>,
) -> Result<Outside> {
    let mut vectors = |folder: &Path| -> Result<Vec<Vec<f32>>> {
        let dataset = Dataset::gather(&[folder.to_path_buf()])?;
        context.warn_all(left_out(&dataset.left_out));
        seen(clip, dataset.enabled(), folder, context, |entry| learned_square(entry, None))
    };
    let numbered: Vec<PathBuf> = (1..=prompts).map(|number| folder.join(number.to_string())).collect();
    let obeying =
        numbered.iter().map(|folder| if folder.is_dir() { vectors(folder) } else { Ok(Vec::new()) });
    let obeying = obeying.collect::<Result<Vec<_>>>()?;
    let alike = match vectors(folder) {
        // Whoever has pictures of prompts alone is judged by those.
        Err(base::Error::File { .. }) if obeying.iter().any(|drawn| !drawn.is_empty()) => Vec::new(),
        found => found?,
    };
    Ok(Outside { alike, obeying })
}
