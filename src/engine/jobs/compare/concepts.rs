//! The concepts of a comparison: their pictures, and which of them cannot be learned from.
//!
//! A concept that cannot be used is named with its fault; only where all are so is there nothing to compare.

use std::path::PathBuf;

use super::super::evaluate::learned_entries;
use crate::clip::AROUND;
use crate::context::JobContext;
use base::{Error, FileKind, Result};
use project::comparison::{ComparedConcept, Plan};
use project::dataset::left_out;
use project::methods::Baseline;
use project::{Dataset, PictureEntry};

/// The concepts that can be used with their pictures, and the names of the others with what is wrong with them.
type Gathered = (Vec<ComparedConcept>, Vec<Seen>, Vec<(String, Error)>);

/// Gathers the pictures of all concepts.
///
/// # Errors
/// The first fault, if no concept can be used.
pub fn gather_all(plan: &Plan, context: &JobContext<'_>) -> Result<Gathered> {
    let (mut usable, mut pictures, mut refused) = (Vec::new(), Vec::new(), Vec::new());
    for concept in &plan.concepts {
        match gather(concept, plan, context) {
            Ok(seen) => {
                usable.push(concept.clone());
                pictures.push(seen);
            }
            Err(error) if is_of_one(&error, true) => refused.push((concept.name.clone(), error)),
            Err(error) => return Err(error),
        }
    }
    match usable.is_empty() && !refused.is_empty() {
        true => Err(refused.swap_remove(0).1),
        false => Ok((usable, pictures, refused)),
    }
}

/// Whether a fault is one of a concept or a method, so that the others can be gone on with. What cannot be read is one
/// where `pictures` were being looked at; elsewhere the disk may be full.
pub fn is_of_one(error: &Error, pictures: bool) -> bool {
    match error {
        Error::Numbers(..) | Error::Input(..) => true,
        Error::Io { .. } => pictures,
        Error::File { kind, .. } => *kind != FileKind::Model,
        _ => false,
    }
}

/// A concept's pictures as all are compared with them: whole, cut and masked as their folder says, whatever a method
/// looked for by itself.
pub struct Seen {
    pub entries: Vec<PictureEntry>,
    /// The colour around what is learned, where masks are used.
    pub around: Option<image::Rgb<u8>>,
    pub place: PathBuf,
    /// What CLIP makes of them, once it was asked.
    pub vectors: Vec<Vec<f32>>,
}

/// The concepts that can be used, and their pictures.
pub fn usable(plan: &Plan) -> (Vec<ComparedConcept>, Vec<Vec<PictureEntry>>) {
    let pictures = |concept: &ComparedConcept| {
        let dataset = permitted(concept, plan).ok()?;
        Some((concept.clone(), learned_entries(&dataset, &[])))
    };
    plan.concepts.iter().filter_map(pictures).unzip()
}

fn permitted(concept: &ComparedConcept, plan: &Plan) -> Result<Dataset> {
    let dataset = Dataset::gather(&concept.images)?;
    if !plan.methods.is_empty() || plan.baselines.contains(&Baseline::ClipWord) {
        dataset.expect_permitted(&plan.permission())?;
    }
    Ok(dataset)
}

fn gather(concept: &ComparedConcept, plan: &Plan, context: &JobContext<'_>) -> Result<Seen> {
    let dataset = permitted(concept, plan)?;
    context.warn_all(left_out(&dataset.left_out));
    let entries = learned_entries(&dataset, &[]);
    let beyond = plan.set_sizes.iter().filter(|size| **size > entries.len()).map(usize::to_string);
    let beyond = beyond.collect::<Vec<_>>().join(", ");
    if !beyond.is_empty() {
        let (name, count) = (&concept.name, entries.len());
        context.warn(format!("{name} has {count} pictures, and is not learned from {beyond} of them."));
    }
    let around = plan.evaluate.use_masks.unwrap_or(true).then_some(AROUND);
    Ok(Seen { entries, around, place: dataset.folder, vectors: Vec::new() })
}
