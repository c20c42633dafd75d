//! The job of scoring a learned word beside its baselines.
//!
//! It draws the same prompts with the same seeds for the word and for what else may stand in its place: what it started
//! as, nothing, a person's caption, the word that CLIP finds alone. All are compared with the concept's own images, cut
//! and masked as they were learned, by CLIP (paper sections 5.1 and 5.2). It learns nothing and writes nothing.

mod pictures;
mod scorer;
mod subject;

use std::path::PathBuf;

use super::look::run_beside;
use crate::context::JobContext;
use crate::export::negative_beside;
use crate::message::{EvaluateRequest, JobSummary};
use crate::preflight::Preflight;
use crate::session::Session;
use base::{Error, Result};
use format::embedding::{self, LearnedWord};
use model::ClipModel;
use project::evaluation::{EvaluateSettings, EvaluationReport};
use project::{Concept, ConceptKind, Dataset, Draft, NumberFormat, RunManifest, SamplerKind, SigmaSpacing};

use self::pictures::{concept_images, outside_pictures};
pub use self::pictures::{concept_vectors, learned_entries};
pub use self::scorer::{Scorer, Tally};
pub use self::subject::Subject;

/// Key of the initial word in the header of a word's file.
pub(super) const INITIAL_WORD: &str = "pseudoword.initial_word";

pub fn run(
    request: &EvaluateRequest,
    session: &mut Session,
    context: &mut JobContext<'_>,
) -> Result<JobSummary> {
    request.settings.validate()?;
    let [short, long] = request.settings.captions()?;
    let prompts = request.settings.prompt_list()?;
    let preflight = Preflight::of(&request.model)?;
    preflight.size(request.settings.size, request.settings.size)?;
    preflight.sampler(SamplerKind::Ddim, SigmaSpacing::Normal, 0.0, request.settings.steps)?;
    preflight.words(std::slice::from_ref(&request.word))?;
    let held = embedding::read_all(&request.word)?;
    let first = held.first();
    let (settings, run) = as_learned(request, first.and_then(|word| word.token.as_deref()));
    preflight.clip_skip(settings.clip_skip.unwrap_or(1))?;
    let initial_word = first.and_then(|word| word.metadata.get(INITIAL_WORD).cloned());
    let concept = settings.clip_word.then(|| concept_of(request, run.as_ref(), initial_word.as_ref()));
    let concept = concept.transpose()?;
    Dataset::gather(&request.images)?;
    let clip = ClipModel::open(&request.clip, &session.device.device, &mut || context.check())?;
    let images = concept_images(request, &settings, run.as_ref(), &clip, context)?;
    let device = session.device.clone();
    let model = session.load(&request.model, settings.numbers(), context)?;
    let guidance = Some(settings.guidance(&model.defaults()));
    let NumberFormat { precision, weights } = model.numbers;
    let settings = EvaluateSettings { guidance, precision, weights, ..settings };

    let mut subjects = Subject::learned(model, &word_files(request, &held), context)?;
    let every: Vec<String> = subjects.iter().flat_map(|subject| subject.says.clone()).collect();
    for (name, captions) in [("short captions", short), ("long captions", long)] {
        if !captions.is_empty() {
            subjects.push(Subject::plain(model, name, captions)?);
        }
    }
    if let Some(concept) = &concept {
        subjects.push(Subject::clip_word(model, &clip, &images, concept, context)?);
    }
    if let Some(initial) = &initial_word {
        subjects.push(Subject::plain(model, "initial word only", vec![initial.clone()])?);
    }
    subjects.push(Subject::plain(model, "prompt only", vec![String::new()])?);

    let scorer = Scorer::new(model, &device, &clip, &settings, prompts)?;
    // Before anything is drawn, so that what is wrong with them is soon known.
    let look = |folder| outside_pictures(folder, scorer.prompts(), &clip, context);
    let outside = settings.pictures.as_deref().map(look).transpose()?;
    let mut tally = Tally::new(subjects.len() * scorer.pictures());
    let mut report = Vec::new();
    for subject in &subjects {
        report.push(scorer.judge(settings.seed, model, subject, &images, &mut tally, context)?.scores);
    }
    report.push(scorer.image_only("image only", &images));
    report.extend(outside.map(|outside| scorer.outside("outside pictures", &images, &outside)));
    let (word, pictures) = (every.join(", "), images.len());
    let report = EvaluationReport { word, initial_word, pictures, settings, subjects: report };
    Ok(JobSummary::Evaluated { report })
}

/// The file of the word, and that of its negative word beside it, where it has one.
fn word_files(request: &EvaluateRequest, held: &[LearnedWord]) -> Vec<PathBuf> {
    let beside = negative_beside(&request.word);
    let its_own = || embedding::read(&beside).is_ok_and(|word| word.is_negative());
    let negative = !held.iter().any(LearnedWord::is_negative) && beside.is_file() && its_own();
    [request.word.clone()].into_iter().chain(negative.then_some(beside)).collect()
}

/// The concept for which CLIP is to find a word: what the run says, else what the word's file and the folder of the
/// pictures say.
fn concept_of(
    request: &EvaluateRequest,
    run: Option<&RunManifest>,
    initial_word: Option<&String>,
) -> Result<Concept> {
    if let Some(run) = run {
        return Ok(run.concept.clone());
    }
    let draft = request.images.iter().find_map(|place| Draft::open(place).ok()).map(|draft| draft.concept);
    let kind = draft.as_ref().map_or(ConceptKind::Object, |concept| concept.kind);
    let initial_word = initial_word.cloned().or(draft.map(|concept| concept.initial_word));
    let initial_word = initial_word.filter(|word| !word.trim().is_empty()).ok_or_else(|| {
        let fault = "The word does not say what it began as, so CLIP has nothing to begin from";
        Error::input(fault, "Leave out --clip-word, or name the run that learned the word.")
    })?;
    Ok(Concept { word: "<clip-word>".into(), initial_word, kind })
}

/// The settings with what was not asked for as the word was learned: in the run whose folder it lies in, else as the
/// concept whose pictures are given says. The run goes along.
fn as_learned(request: &EvaluateRequest, word: Option<&str>) -> (EvaluateSettings, Option<RunManifest>) {
    let run = run_beside(&request.word, word);
    let concept =
        || request.images.iter().find_map(|place| Draft::open(place).ok()).map(|draft| draft.settings);
    let learned = run.as_ref().map(|run| run.settings.clone()).or_else(concept).unwrap_or_default();
    let clip_skip = request.settings.clip_skip.unwrap_or(learned.clip_skip);
    let use_masks = request.settings.use_masks.unwrap_or(learned.use_masks);
    let (clip_skip, use_masks) = (Some(clip_skip), Some(use_masks));
    (EvaluateSettings { clip_skip, use_masks, ..request.settings.clone() }, run)
}

#[cfg(test)]
mod tests;
