//! A comparison as the window asks for it: names and folders, made into the plan that the engine follows.
//!
//! The same plan as `pseudoword compare` makes of the same choices, so that either goes on with what the other began. It
//! learns and draws nothing.

#![expect(missing_docs, reason = "a field is what it is called; comments say the rest")]

use std::path::PathBuf;

use base::Result;
use project::comparison::{ComparedConcept, Plan};
use project::evaluation::{EvaluateSettings, PromptSet};
use project::methods::{choose, method};
use project::{ConceptKind, DataDir, Draft, LearnSettings};
use starter::{Sample, bundle};

/// What is to be compared.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Wanted {
    /// The folder of the comparison.
    pub out: PathBuf,
    pub model: PathBuf,
    /// The folder of the CLIP that judges.
    pub clip: PathBuf,
    pub samples: Vec<&'static Sample>,
    /// Folders of the window's concepts.
    pub concepts: Vec<PathBuf>,
    /// Names of methods and baselines.
    pub methods: Vec<String>,
    /// Steps of every method; `None` for those of each.
    pub steps: Option<u64>,
    pub seeds: u64,
    /// Learn from so many of the first pictures each time; empty for once from all.
    pub set_sizes: Vec<usize>,
    /// Pictures that are drawn for each prompt.
    pub count: usize,
    /// Steps in which they are drawn.
    pub draw_steps: usize,
}

/// The plan for it.
pub(super) fn plan(home: &DataDir, wanted: &Wanted) -> Result<Plan> {
    let mut concepts = Vec::new();
    for sample in &wanted.samples {
        concepts.push(ComparedConcept::new(sample.name, bundle::pictures(home, sample)?, sample.concept()));
    }
    for folder in &wanted.concepts {
        let name = folder.file_name().unwrap_or(folder.as_os_str()).to_string_lossy();
        concepts.push(ComparedConcept::new(name, folder.clone(), Draft::open(folder)?.concept));
    }
    let kind = concepts.first().map_or(ConceptKind::Object, |concept| concept.concept.kind);
    let settings = |name: &str| {
        let own = method(name, kind)?;
        Ok(LearnSettings { steps: wanted.steps.unwrap_or(own.steps), ..own })
    };
    let (methods, baselines) = choose(wanted.methods.iter().map(String::as_str), &wanted.clip, settings)?;
    let own = wanted.clip == wanted.model.join("clip");
    let common = LearnSettings::default();
    let plan = Plan {
        model: wanted.model.clone(),
        clip: wanted.clip.clone(),
        seed: 0,
        seeds: wanted.seeds,
        despite_mark: None,
        set_sizes: wanted.set_sizes.clone(),
        baselines,
        evaluate: EvaluateSettings {
            prompts: if own { PromptSet::Starter } else { PromptSet::Core },
            count: wanted.count,
            steps: wanted.draw_steps,
            clip_skip: Some(common.clip_skip),
            use_masks: Some(common.use_masks),
            ..EvaluateSettings::default()
        },
        methods,
        concepts,
    };
    plan.validate()?;
    Ok(plan)
}

#[cfg(test)]
mod tests {
    use super::*;
    use project::Concept;
    use project::methods::Baseline;

    #[test]
    fn names_and_folders_become_a_plan() {
        let place = tempfile::tempdir().unwrap();
        let home = DataDir::at(place.path().to_path_buf());
        let concept = Concept { word: "<cup>".into(), initial_word: "cup".into(), kind: ConceptKind::Object };
        let draft = Draft::create(&home.concepts(), concept.clone()).unwrap();
        let wanted = Wanted {
            out: "/out".into(),
            model: "/model".into(),
            clip: "/model/clip".into(),
            concepts: vec![draft.folder.clone()],
            methods: vec!["paper".into(), "image-only".into(), "single".into()],
            steps: Some(7),
            seeds: 2,
            set_sizes: vec![1, 3],
            count: 4,
            draw_steps: 5,
            ..Wanted::default()
        };
        let made = plan(&home, &wanted).unwrap();
        let names: Vec<&str> = made.methods.iter().map(|method| method.name.as_str()).collect();
        assert_eq!((names, made.baselines.as_slice()), (vec!["paper", "single"], &[Baseline::ImageOnly][..]));
        assert!(made.methods.iter().all(|method| method.settings.steps == 7));
        assert_eq!((made.concepts[0].name.as_str(), &made.concepts[0].concept), ("cup", &concept));
        assert_eq!((made.evaluate.prompts, made.evaluate.count), (PromptSet::Starter, 4));
        // Two seeds of two methods from one and from three pictures, and what needs no learning once.
        assert_eq!(made.tasks(&[5]).len(), 2 * 2 * 2 + 1);
        let own = plan(&home, &Wanted { steps: None, ..wanted.clone() }).unwrap();
        assert_eq!([own.methods[0].settings.steps, own.methods[1].settings.steps], [5000, 400]);
        assert!(
            plan(&home, &Wanted { concepts: Vec::new(), ..wanted }).is_err(),
            "there is nothing to learn"
        );
    }
}
