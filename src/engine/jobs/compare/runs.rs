//! The runs of a comparison: where each lies, and what is still to be learned of it, also where several devices learn.
//!
//! What cannot be learned from is passed over: whoever scores the others says so.

use std::path::{Path, PathBuf};

use super::concepts::usable;
use super::{RUNS, file_name};
use crate::message::{CompareRequest, LearnRequest, LearnStart};
use base::{Claim, Error, Result, places};
use project::comparison::{CLAIM, COMPARISON, Compared, Comparison, Plan, Task};
use project::{LearnSettings, PictureEntry, RunFolder, RunState};

/// The run of a method on a concept.
pub struct LearnedHere {
    pub out: PathBuf,
    pub word: PathBuf,
    /// What is still to be learned of it, if anything is.
    pub rest: Option<LearnRequest>,
}

impl LearnedHere {
    /// That of a task in the folder of the comparison, of a method and so many of the pictures, or all.
    pub fn of(
        folder: &Path,
        plan: &Plan,
        task: &Task,
        (method, size): (usize, Option<usize>),
        entries: &[PictureEntry],
    ) -> Self {
        let concept = &plan.concepts[task.concept];
        let name = plan.name(task.subject);
        let parts = [&concept.name, &name, &format!("seed-{}", task.seed)].map(|part| file_name(part));
        let out = parts.iter().fold(folder.join(RUNS), |folder, part| folder.join(part));
        let word = out.join(format!("{}.safetensors", concept.concept.file_stem()));
        let run = RunFolder::open(&out).ok();
        let ended = |run: &RunFolder| run.status().is_ok_and(|status| status.state == RunState::Finished);
        if run.as_ref().is_some_and(ended) && word.is_file() {
            return Self { out, word, rest: None };
        }
        let start = match run {
            Some(_) => LearnStart::Resume(Box::default()),
            None => LearnStart::New {
                model: plan.model.clone(),
                images: match size {
                    None => concept.images.clone(),
                    Some(size) => entries.iter().take(size).map(|entry| entry.path.clone()).collect(),
                },
                concept: concept.concept.clone(),
                settings: Box::new(LearnSettings {
                    seed: task.seed,
                    ..plan.methods[method].settings.clone()
                }),
                permission: Box::new(plan.permission()),
            },
        };
        Self { word, rest: Some(LearnRequest { out: out.clone(), start }), out }
    }
}

/// What several devices can learn of a comparison before one of them does the rest of it.
pub struct Shared {
    /// What each run is called, and what is to be learned of it.
    pub runs: Vec<(String, LearnRequest)>,
    _alone: Claim,
}

/// What is still to be learned for a comparison, of which the folder is held as long as this lives.
///
/// # Errors
/// As the comparison itself, where it cannot begin.
pub fn shared(request: &CompareRequest) -> Result<Shared> {
    let CompareRequest { out, plan } = request;
    plan.validate()?;
    places::expect_folder(out)?;
    let (usable, concepts) = usable(plan);
    std::fs::create_dir_all(out).map_err(|e| Error::write(out, e))?;
    let alone = Claim::take(out, CLAIM, "comparing")?;
    plan.keep(out)?;
    let plan = &Plan { concepts: usable, ..plan.clone() };
    let there = out.join(COMPARISON).is_file();
    let known = if there { Comparison::load(out)? } else { Comparison::default() };
    let counts: Vec<usize> = concepts.iter().map(Vec::len).collect();
    let run = |task: &Task| {
        let Compared::Method(method, size) = task.subject else { return None };
        let (concept, name) = (&plan.concepts[task.concept].name, plan.name(task.subject));
        if known.point(concept, &name, task.seed).is_some() {
            return None;
        }
        let rest = LearnedHere::of(out, plan, task, (method, size), &concepts[task.concept]).rest?;
        Some((format!("{name} on {concept}"), rest))
    };
    let runs = plan.tasks(&counts).iter().filter_map(run).collect();
    Ok(Shared { runs, _alone: alone })
}
