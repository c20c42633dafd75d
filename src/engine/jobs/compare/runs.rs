//! The runs of a comparison: where each lies, and what is still to be learned of it, also where several devices learn.
//!
//! What cannot be learned from is passed over: whoever scores the others says so.

use std::path::{Path, PathBuf};

use super::concepts::usable;
use super::{RUNS, preflight};
use crate::message::{CompareRequest, LearnRequest, LearnStart};
use base::places::make_folder;
use base::{Claim, Result};
use project::comparison::{CLAIM, COMPARISON, Compared, Comparison, Plan, Task, place_of};
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
        let parts = [&concept.name, &name, &format!("seed-{}", task.seed)].map(|part| place_of(part));
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
    preflight(request)?;
    let CompareRequest { out, plan } = request;
    let (usable, concepts) = usable(plan);
    make_folder(out)?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::tests::golden;
    use project::Concept;
    use project::comparison::ComparedConcept;
    use project::evaluation::EvaluateSettings;
    use project::methods::Baseline;

    #[test]
    fn what_the_comparison_would_refuse_is_refused_before_anything_is_learned() {
        let place = tempfile::tempdir().unwrap();
        let plan = Plan {
            model: golden(),
            clip: place.path().into(),
            seed: 0,
            seeds: 1,
            despite_mark: None,
            set_sizes: Vec::new(),
            baselines: vec![Baseline::ImageOnly],
            evaluate: EvaluateSettings { clip_skip: Some(9), ..EvaluateSettings::default() },
            methods: Vec::new(),
            concepts: vec![ComparedConcept::new("cup", place.path().into(), Concept::of("cup"))],
        };
        let request = CompareRequest { out: place.path().join("out"), plan };
        // The text encoder of the small model has three layers.
        let refused = shared(&request).err().unwrap();
        assert!(refused.exit_code() == 2 && !request.out.exists(), "{refused}");
    }
}
