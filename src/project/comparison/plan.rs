//! What is compared and how: concepts, methods, baselines and the settings of the scores, as one document beside the
//! points.
//!
//! A comparison can go on another day and with more methods, but never under other settings: points that were found
//! differently would stand side by side. It knows what there is to do, and does nothing.

use std::path::{Path, PathBuf};

use base::{Error, FileKind, Result};
use serde::{Deserialize, Serialize};

use crate::concept::Concept;
use crate::dataset::Permission;
use crate::evaluation::EvaluateSettings;
use crate::files::{read_toml, write_toml};
use crate::methods::Baseline;
use crate::options::within;
use crate::settings::LearnSettings;

/// The file of the plan, in the folder of the comparison.
const PLAN: &str = "compare.toml";

/// What is compared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The model.
    pub model: PathBuf,
    /// The folder of the CLIP that judges.
    pub clip: PathBuf,
    /// The first seed.
    pub seed: u64,
    /// Seeds in all, each one more than the one before.
    pub seeds: u64,
    /// Why pictures may be learned from although they are marked against it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub despite_mark: Option<String>,
    /// Each method learns once from so many of the first pictures; empty for once from all.
    pub set_sizes: Vec<usize>,
    /// What is scored without learning.
    pub baselines: Vec<Baseline>,
    /// How pictures are drawn and judged, the same for all.
    pub evaluate: EvaluateSettings,
    /// What is learned.
    pub methods: Vec<Method>,
    /// From what.
    pub concepts: Vec<ComparedConcept>,
}

/// A method by its name and its settings. The seed in them means nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Method {
    /// Its name.
    pub name: String,
    /// How it learns.
    pub settings: LearnSettings,
}

/// A concept that all methods learn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ComparedConcept {
    /// Its name in the points.
    pub name: String,
    /// Its pictures: files and folders.
    pub images: Vec<PathBuf>,
    /// Short descriptions of it by people.
    pub captions_short: Vec<String>,
    /// Long ones.
    pub captions_long: Vec<String>,
    /// The word.
    pub concept: Concept,
}

/// One point to find.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// The place of its concept.
    pub concept: usize,
    /// What stands in the word's place.
    pub subject: Compared,
    /// Its seed.
    pub seed: u64,
}

/// What a point is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compared {
    /// A baseline.
    Baseline(Baseline),
    /// The method at this place, from all pictures or from so many of the first.
    Method(usize, Option<usize>),
}

/// What files and folders of a comparison are called after a concept, a method or a seed, as any system takes it.
pub fn place_of(name: &str) -> String {
    Concept::of(&name.replace(' ', "-")).file_stem()
}

impl ComparedConcept {
    /// A concept of the pictures in a folder, without captions.
    pub fn new(name: impl Into<String>, images: PathBuf, concept: Concept) -> Self {
        let (name, images) = (name.into(), vec![images]);
        Self { name, images, captions_short: Vec::new(), captions_long: Vec::new(), concept }
    }
}

impl Plan {
    /// Reads the plan of a comparison, to go on with it.
    ///
    /// # Errors
    /// If there is none in the folder, or it cannot be read.
    pub fn load(folder: &Path) -> Result<Self> {
        read_toml(FileKind::Run, &folder.join(PLAN))
    }

    /// What is said of all pictures that are learned from.
    pub fn permission(&self) -> Permission {
        Permission { despite_mark: self.despite_mark.clone(), ..Permission::default() }
    }

    /// Checks what can be checked without a model.
    ///
    /// # Errors
    /// [`Error::Input`] for what cannot be used, or if there is nothing to do.
    pub fn validate(&self) -> Result<()> {
        within("seeds", self.seeds, 1, 1000)?;
        within("seed", self.seed, 0, u64::from(u32::MAX))?;
        self.evaluate.validate()?;
        self.methods.iter().try_for_each(|method| method.settings.validate())?;
        self.set_sizes.iter().try_for_each(|size| within("set_sizes", *size, 1, 10_000))?;
        if self.concepts.is_empty() || self.methods.is_empty() && self.baselines.is_empty() {
            return Err(Error::input("There is nothing to compare", "Name a concept and a method."));
        }
        for (index, concept) in self.concepts.iter().enumerate() {
            concept.concept.validate()?;
            // Disks of some systems do not tell small letters from large ones.
            let place = |concept: &ComparedConcept| place_of(&concept.name).to_lowercase();
            if self.concepts[..index].iter().any(|other| place(other) == place(concept)) {
                let fault = format!("Two concepts are called {}", concept.name);
                return Err(Error::input(fault, "Give the folder of one of them another name."));
            }
            for (baseline, captions) in [
                (Baseline::CaptionsShort, &concept.captions_short),
                (Baseline::CaptionsLong, &concept.captions_long),
            ] {
                if self.baselines.contains(&baseline) && captions.is_empty() {
                    let fault = format!("There are no captions of {} for {baseline}", concept.name);
                    return Err(Error::input(fault, format!("Name a file of them with --{baseline}.")));
                }
            }
        }
        Ok(())
    }

    /// All points to find, for concepts of so many pictures: seed by seed, so that the first soon has all.
    pub fn tasks(&self, pictures: &[usize]) -> Vec<Task> {
        let mut tasks = Vec::new();
        for seed in self.seed..self.seed + self.seeds {
            for (concept, &pictures) in pictures.iter().enumerate() {
                // Nothing of the pictures themselves comes by chance.
                let again = |baseline: &Baseline| *baseline == Baseline::ImageOnly && seed > self.seed;
                let baselines = self.baselines.iter().filter(|baseline| !again(baseline));
                let sizes: Vec<Option<usize>> = match self.set_sizes.as_slice() {
                    [] => vec![None],
                    sizes => sizes.iter().filter(|size| **size <= pictures).map(|size| Some(*size)).collect(),
                };
                let methods = (0..self.methods.len())
                    .flat_map(|method| sizes.iter().map(move |size| Compared::Method(method, *size)));
                let subjects = baselines.map(|baseline| Compared::Baseline(*baseline)).chain(methods);
                tasks.extend(subjects.map(|subject| Task { concept, subject, seed }));
            }
        }
        tasks
    }

    /// What a point's method is called.
    pub fn name(&self, subject: Compared) -> String {
        match subject {
            Compared::Baseline(baseline) => baseline.name().to_owned(),
            Compared::Method(method, size) => {
                let name = self.methods.get(method).map_or("", |method| &method.name);
                size.map_or_else(|| name.to_owned(), |size| format!("{name} n={size}"))
            }
        }
    }

    /// Keeps the plan in the folder of its comparison, together with what was compared there before.
    ///
    /// # Errors
    /// [`Error::Input`] if that was done under other settings; if a file cannot be read or written.
    pub fn keep(&self, folder: &Path) -> Result<()> {
        let path = folder.join(PLAN);
        let mut all = self.clone();
        if path.is_file() {
            let before: Self = read_toml(FileKind::Run, &path)?;
            if let Some(what) = self.conflict(&before) {
                let fault = format!("{} holds a comparison with {what}", folder.display());
                let remedy = "Give the settings that it was begun with, or choose another folder.";
                return Err(Error::input(fault, remedy));
            }
            all.despite_mark = all.despite_mark.or(before.despite_mark);
            let methods = before.methods.into_iter();
            all.methods.extend(methods.filter(|old| !self.methods.iter().any(|new| new.name == old.name)));
            let concepts = before.concepts.into_iter();
            all.concepts.extend(concepts.filter(|old| !self.concepts.iter().any(|new| new.name == old.name)));
        }
        write_toml(FileKind::Run, &path, &all)
    }

    /// What differs so that points of both cannot stand side by side.
    fn conflict(&self, before: &Self) -> Option<String> {
        let method = |new: &&Method| before.methods.iter().any(|old| old.name == new.name && old != *new);
        let concept = |new: &&ComparedConcept| {
            before.concepts.iter().any(|old| {
                let same = (&old.images, &old.concept) == (&new.images, &new.concept);
                let captions = |of: &ComparedConcept| [of.captions_short.clone(), of.captions_long.clone()];
                let captions = captions(old)
                    .iter()
                    .zip(&captions(new))
                    .all(|(old, new)| old.is_empty() || new.is_empty() || old == new);
                old.name == new.name && !(same && captions)
            })
        };
        match () {
            () if self.model != before.model => Some(format!("the model {}", before.model.display())),
            () if self.clip != before.clip => Some(format!("the CLIP {}", before.clip.display())),
            () if self.evaluate != before.evaluate => Some("other settings for the scores".into()),
            () => {
                let methods = self.methods.iter().find(method);
                let methods = methods.map(|method| format!("other settings of the method {}", method.name));
                methods.or_else(|| {
                    let found = self.concepts.iter().find(concept);
                    found.map(|concept| format!("another concept or other captions called {}", concept.name))
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ConceptKind;
    use crate::methods::method;

    fn plan() -> Plan {
        let concept = |name: &str| {
            let kind = ConceptKind::Object;
            let concept = Concept { word: "<x>".into(), initial_word: "cat".into(), kind };
            ComparedConcept::new(name, name.into(), concept)
        };
        let of =
            |name: &str| Method { name: name.into(), settings: method(name, ConceptKind::Object).unwrap() };
        Plan {
            model: "model".into(),
            clip: "clip".into(),
            seed: 3,
            seeds: 2,
            despite_mark: None,
            set_sizes: Vec::new(),
            baselines: vec![Baseline::ImageOnly, Baseline::PromptOnly],
            evaluate: EvaluateSettings::default(),
            methods: vec![of("single"), of("paper")],
            concepts: vec![concept("cat"), concept("cup")],
        }
    }

    #[test]
    fn all_is_done_seed_by_seed_and_pictures_once() {
        let plan = plan();
        plan.validate().unwrap();
        let tasks = plan.tasks(&[5, 2]);
        assert_eq!(tasks.len(), 2 * 4 + 2 * 3);
        assert!(tasks.is_sorted_by_key(|task| (task.seed, task.concept)));
        let names: Vec<String> = tasks[..4].iter().map(|task| plan.name(task.subject)).collect();
        assert_eq!(names, ["image-only", "prompt-only", "single", "paper"]);
        assert_eq!(plan.name(tasks[8].subject), "prompt-only");
        let sized = Plan { set_sizes: vec![1, 2, 5], baselines: Vec::new(), seeds: 1, ..plan };
        let names: Vec<String> = sized.tasks(&[5, 2]).iter().map(|task| sized.name(task.subject)).collect();
        let expected = ["single n=1", "single n=2", "single n=5", "paper n=1", "paper n=2", "paper n=5"];
        assert_eq!(names[..6], expected);
        assert_eq!(names[6..], ["single n=1", "single n=2", "paper n=1", "paper n=2"]);
    }

    #[test]
    fn a_comparison_takes_more_methods_and_no_other_settings() {
        let folder = tempfile::tempdir().unwrap();
        let first = Plan { methods: plan().methods[..1].to_vec(), ..plan() };
        first.keep(folder.path()).unwrap();
        let second = Plan { methods: plan().methods[1..].to_vec(), ..plan() };
        second.keep(folder.path()).unwrap();
        let kept: Plan = read_toml(FileKind::Run, &folder.path().join(PLAN)).unwrap();
        assert_eq!(kept.methods.len(), 2);
        first.keep(folder.path()).unwrap();
        let allowed = Plan { despite_mark: Some("she agreed".into()), ..first.clone() };
        allowed.keep(folder.path()).unwrap();
        first.keep(folder.path()).unwrap();
        assert_eq!(Plan::load(folder.path()).unwrap().despite_mark, allowed.despite_mark, "it was said once");
        type Change = fn(&mut Plan);
        let changes: [(&str, Change); 4] = [
            ("method single", |plan| plan.methods[0].settings.steps = 7),
            ("for the scores", |plan| plan.evaluate.count = 3),
            ("called cup", |plan| plan.concepts[1].concept.initial_word = "cup".into()),
            ("the model model", |plan| plan.model = "other".into()),
        ];
        for (what, change) in changes {
            let mut other = first.clone();
            change(&mut other);
            let said = other.keep(folder.path()).unwrap_err().to_string();
            assert!(said.contains(what), "{said}");
        }
        // Also where only a disk would take one name for the other.
        for (name, other) in [("cat", "cat"), ("tea cup", "Tea-Cup")] {
            let mut same = first.clone();
            (same.concepts[0].name, same.concepts[1].name) = (name.into(), other.into());
            let said = same.validate().unwrap_err().to_string();
            assert!(said.contains(&format!("Two concepts are called {other}")), "{said}");
        }
        let mut captions = first.clone();
        captions.baselines.push(Baseline::CaptionsLong);
        let said = captions.validate().unwrap_err().to_string();
        assert!(said.contains("captions-long") && said.contains("cat"), "{said}");
    }
}
