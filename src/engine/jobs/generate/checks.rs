//! What is refused of a drawing before anything is loaded, and what is said of its prompts and words although they are
//! drawn. Nothing here loads a model.

use std::path::{Path, PathBuf};

use super::enlarge;
use crate::context::JobContext;
use crate::draw::LoadedWords;
use crate::message::GenerateRequest;
use crate::preflight::Preflight;
use base::units::counted;
use base::{Result, places};
use format::embedding;
use model::Pipeline;
use project::{GenerateSettings, Lineage};
use text::prompt::Prompt;

/// Refuses what the model's configuration is enough to refuse; the words are not looked at yet.
pub(in crate::jobs) fn preflight(request: &GenerateRequest) -> Result<Preflight> {
    preflight_with(request, Preflight::of)
}

/// The same with another way to recognise the model.
pub(super) fn preflight_with(
    request: &GenerateRequest,
    recognise: impl FnOnce(&Path) -> Result<Preflight>,
) -> Result<Preflight> {
    let settings = &request.settings;
    settings.validate()?;
    request.out.as_deref().map_or(Ok(()), places::expect_folder)?;
    let preflight = recognise(&request.model)?;
    preflight.clip_skip(settings.clip_skip)?;
    preflight.size(settings.width, settings.height)?;
    preflight.sampler(settings.sampler, settings.spacing, settings.eta, settings.steps)?;
    preflight.loras(&settings.loras)?;
    Ok(preflight)
}

/// Says where a word and the model come from different lineages.
pub(in crate::jobs) fn warn_of_lineage(model: &Pipeline, files: &[PathBuf], context: &JobContext<'_>) {
    let lineage = model.files.lineage();
    if lineage.is_none() {
        return;
    }
    for word in files.iter().filter_map(|file| embedding::read_all(file).ok()).flatten() {
        let name = word.token.as_deref().unwrap_or("The word");
        if let Some(caution) = Lineage::caution(name, word.lineage(), lineage) {
            context.warn_once(caution);
        }
    }
}

pub(super) fn warn_of_prompt(
    words: &LoadedWords,
    settings: &GenerateSettings,
    guidance: f64,
    context: &JobContext<'_>,
) {
    let prompts = [words.prompt(&settings.prompt), words.negative_prompt(&settings.negative_prompt)];
    let steps = [settings.steps, enlarge::steps(settings)];
    for (prompt, called) in prompts.iter().zip(["prompt", "negative prompt"]) {
        warn_of_text(words, prompt, called, steps, context);
    }
    if guidance == 1.0 && prompts[0].parts() == [1.0] && !settings.negative_prompt.trim().is_empty() {
        context.warn_once("At a guidance of 1 the negative prompt does nothing. Choose a higher one.");
    }
    for note in words.notes(&prompts) {
        context.warn_once(note);
    }
}

/// Says what of a prompt is lost in so many steps of the two passes, and what of it may mean something else than it seems
/// to.
pub(in crate::jobs) fn warn_of_text(
    words: &LoadedWords,
    prompt: &Prompt<'_>,
    called: &str,
    steps: [usize; 2],
    context: &JobContext<'_>,
) {
    let (_, dropped) = words.count(prompt, steps);
    if dropped > 0 {
        let dropped = counted(dropped as u64, "token");
        context.warn_once(format!("The {called} is too long: its end is left out, {dropped}."));
    }
    let notes = prompt.notes_of(steps, |word| words.knows(word));
    notes.into_iter().for_each(|note| context.warn_once(note));
}
