//! A run that goes on with other settings: which of them can change, from which step on, and what each part of it was
//! learned with.
//!
//! What is asked is done or named: nothing that was asked is dropped without a reason for a person to read. The length is
//! that of what can be asked.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::concept::ConceptKind;
use super::dataset::{Permission, mask_among, masks_in};
use super::files::sha256_file;
use super::lr::LearningRate;
use super::manifest::RunManifest;
use super::method::Method;
use super::method_settings::MethodSettings;
use super::numbers::Precision;
use super::picture_entry::PictureEntry;
use super::refinements::Refinements;
use super::settings::{LearnSettings, Preset};
use base::units::counted;
use base::{Error, Result};

/// What is asked of a run that goes on; what is not asked stays as it is.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Continuation {
    /// Steps in all.
    pub steps: Option<u64>,
    /// All settings from here on, if any was changed.
    pub settings: Option<LearnSettings>,
    /// Another recipe, which a run cannot take.
    pub preset: Option<Preset>,
    /// The word, which a run cannot change.
    pub word: Option<String>,
    /// What it starts as, which a run cannot change.
    pub initial_word: Option<String>,
    /// Thing or style, which a run cannot change.
    pub kind: Option<ConceptKind>,
    /// The model, which a run cannot change; it may have moved.
    pub model: Option<PathBuf>,
    /// The pictures, which a run cannot change; they may have moved.
    pub pictures: Option<Vec<PathBuf>>,
    /// By what right the pictures are used and who learns the word, which a run cannot change.
    pub permission: Permission,
}

/// The settings of a part of a run that other settings followed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    /// Its last step.
    pub until: u64,
    /// What it was learned with.
    pub settings: LearnSettings,
}

impl RunManifest {
    /// Takes what is asked of a run that goes on after `step` steps with a word of so many vectors; gives what is
    /// not taken and what changes, as sentences.
    ///
    /// # Errors
    /// [`Error::Input`] if a setting is out of range.
    pub fn go_on(&mut self, asked: Continuation, step: u64, vectors: Option<usize>) -> Result<Vec<String>> {
        let vectors = vectors.map(|all| self.rows(all).word.len());
        let mut notes = self.not_taken(&asked, vectors);
        notes.extend(asked.pictures.as_deref().and_then(|given| self.find_pictures(given)));
        let old = &self.settings;
        let mut new = asked.settings.unwrap_or_else(|| old.clone());
        new.steps = asked.steps.unwrap_or(new.steps);
        (new.vectors, new.seed, new.preset) = (old.vectors, old.seed, old.preset);
        (new.embedded_captions, new.suggest_masks) = (old.embedded_captions, old.suggest_masks);
        new.start = old.start.clone();
        new.clip = if self.clip_is_gone() { new.clip } else { old.clip.clone() };
        new.method = old.method;
        new.methods = MethodSettings { regularisation: new.methods.regularisation, ..old.methods.clone() };
        new.use_captions |= new.method == Method::Captions;
        new.refine = self.refine(&new, step);
        // A run that nobody wants otherwise goes on in the numbers it began in.
        new.precision = if new.precision == Precision::Auto { old.precision } else { new.precision };
        new.validate()?;
        let (rate, asked_for) = self.rate(&new, step)?;
        let said = if asked_for { rate.clone() } else { old.learning_rate.clone() };
        // That the pictures have grown is no change that anybody asked for.
        let Refinements { first_resolution, .. } = old.refine;
        let refine = Refinements { first_resolution, ..new.refine };
        let changes = changes(old, &LearnSettings { learning_rate: said, refine, ..new.clone() });
        new.learning_rate = rate;
        let other = changes.iter().any(|change| !change.starts_with("steps "));
        let taken = counted(step, "step");
        if new.steps < step {
            notes.push(format!(
                "--steps {} is not taken: the run has taken {taken} already, so it ends there.",
                new.steps
            ));
            new.steps = step;
        }
        if other && new.steps == step {
            notes.push(format!("Nothing changes: the run ends after {taken}. Ask for more with --steps."));
            new = LearnSettings { steps: step, ..old.clone() };
        } else if other {
            notes.push(format!("From step {} on: {}.", step + 1, changes.join(", ")));
        }
        if measured_by(old) != measured_by(&new) {
            self.initial_loss = None;
            let changed = step > 0 && new.fixed_noise_every > 0;
            notes.extend(changed.then(|| {
                "The held-out loss is measured otherwise from here on: compare it only with itself."
                    .to_owned()
            }));
        }
        self.take(new, step);
        Ok(notes)
    }

    /// The step after which the held-out loss was measured as it is now: what was measured before is no comparison.
    pub fn measured_since(&self) -> u64 {
        let now = measured_by(&self.settings);
        let other = self.earlier.iter().rev().find(|stage| measured_by(&stage.settings) != now);
        other.map_or(0, |stage| stage.until)
    }

    /// Whether the CLIP that judges is no longer where it was, so that it can be named where it is now.
    fn clip_is_gone(&self) -> bool {
        self.settings.clip.as_ref().is_some_and(|clip| !clip.exists())
    }

    /// What was asked and cannot be, with the reason.
    fn not_taken(&self, asked: &Continuation, vectors: Option<usize>) -> Vec<String> {
        let mut notes = Vec::new();
        let mut refuse = |option: &str, wanted: &dyn std::fmt::Display, why: String| {
            notes.push(format!("--{option} {wanted} is not taken: {why}"));
        };
        let concept = &self.concept;
        if let Some(word) = asked.word.as_ref().filter(|word| **word != concept.word) {
            let why = format!("this run learns {}. For another word begin a run of its own.", concept.word);
            refuse("word", word, why);
        }
        if let Some(word) = asked.initial_word.as_ref().filter(|word| **word != concept.initial_word) {
            refuse("init", word, format!("the word has begun as “{}” already.", concept.initial_word));
        }
        if let Some(kind) = asked.kind.filter(|kind| *kind != concept.kind) {
            refuse("kind", &kind, format!("the run was begun with --kind {}.", concept.kind));
        }
        if let Some(model) = asked.model.as_ref().filter(|model| real(model) != real(&self.model)) {
            let why =
                format!("a word goes on only with the model it was begun on, {}.", self.model.display());
            refuse("model", &model.display(), why);
        }
        notes.extend(asked.permission.other_than(self).into_iter().map(|option| {
            format!("{option} is not taken: the run keeps the rights, author and licence it was begun with.")
        }));
        let Some(settings) = &asked.settings else { return notes };
        if settings.vectors != self.settings.vectors
            && let Some(wanted) = settings.vectors.filter(|wanted| Some(*wanted) != vectors)
        {
            let own =
                vectors.or(self.settings.vectors).map_or("its own number".into(), |own| own.to_string());
            notes.push(format!("--vectors {wanted} is not taken: the word keeps the vectors it has, {own}."));
        }
        if settings.start != self.settings.start {
            let own = &self.settings.start;
            notes.push(format!("Another start is not taken: the word has begun already, from its {own}."));
        }
        if settings.clip != self.settings.clip && !self.clip_is_gone() {
            notes.push("--clip is not taken: scores of two CLIPs cannot be compared with each other.".into());
        }
        if settings.seed != self.settings.seed {
            let (wanted, own) = (settings.seed, self.settings.seed);
            notes.push(format!(
                "--seed {wanted} is not taken: what the run draws goes on from the seed it was begun with, {own}."
            ));
        }
        if settings.embedded_captions && !self.settings.embedded_captions {
            let text = "--embedded-captions is not taken: the pictures keep the captions that the run was begun with.";
            notes.push(text.into());
        }
        if settings.suggest_masks && !self.settings.suggest_masks {
            let text =
                "--suggest-masks is not taken: the pictures keep the masks that the run was begun with.";
            notes.push(text.into());
        }
        if settings.method != self.settings.method {
            let (wanted, own) = (settings.method, self.settings.method);
            notes.push(format!("--method {wanted} is not taken: the run was begun with --method {own}."));
        }
        let regularisation = settings.methods.regularisation;
        if settings.methods != (MethodSettings { regularisation, ..self.settings.methods.clone() }) {
            let text = "--add-vector-at and --with-images, --with-word, --with-init are not taken: the run keeps what it \
                        was begun with.";
            notes.push(text.into());
        }
        let negative = self.settings.refine.negative_vectors;
        if settings.refine.negative_vectors != negative {
            let wanted = settings.refine.negative_vectors;
            notes.push(format!(
                "--negative-vectors {wanted} is not taken: the word keeps the negative vectors it was begun with, \
                 {negative}."
            ));
        }
        let growth =
            |settings: &LearnSettings| (settings.refine.first_resolution, settings.refine.first_part);
        let begun = self.earlier.first().map_or(&self.settings, |stage| &stage.settings);
        if ![growth(&self.settings), growth(begun)].contains(&growth(settings)) {
            let text = "--first-resolution and --first-part are not taken: the pictures grow as the run was begun with.";
            notes.push(text.into());
        }
        if let Some(preset) = asked.preset.filter(|preset| *preset != self.settings.preset) {
            notes.push(format!(
                "--preset {preset} is not taken: a recipe is for a whole run. Give the settings you want one by one."
            ));
        }
        notes
    }

    /// Takes those of the run's own pictures that are gone from where they are now, which their content tells; what is
    /// not taken, and why.
    fn find_pictures(&mut self, given: &[PathBuf]) -> Option<String> {
        let places: Vec<PathBuf> = given.iter().map(|path| real(path)).collect();
        let own: Vec<PathBuf> = self.pictures.iter().map(|picture| real(&picture.entry.path)).collect();
        let others = given.iter().zip(&places).filter(|(_, place)| !own.contains(place));
        let mut others: Vec<_> = others.map(|(path, _)| (path, sha256_file(path).ok())).collect();
        let (mut found, mut missing, mut unnamed) = (Vec::new(), Vec::new(), 0);
        for ((index, picture), place) in self.pictures.iter().enumerate().zip(&own) {
            let same = |hash: &Option<String>| hash.as_ref() == Some(&picture.sha256);
            if places.contains(place) || place.try_exists().unwrap_or(true) {
                unnamed += usize::from(!places.contains(place));
            } else if let Some(at) = others.iter().position(|(_, hash)| same(hash)) {
                found.push((index, moved(&picture.entry, others.remove(at).0)));
            } else {
                missing.push(picture.entry.name());
            }
        }
        let pictures = counted(own.len() as u64, "picture");
        let keeps = format!("the run keeps the {pictures} it was begun with");
        let own_run = "For other pictures begin a run of its own.";
        if let Some(first) = missing.first() {
            let more = missing.len() - 1;
            let first = if more > 0 { format!("{first} and {more} more are") } else { format!("{first} is") };
            return Some(format!(
                "--images is not taken: {keeps}, and {first} not among these as when it began. {own_run}"
            ));
        }
        let none = found.is_empty();
        found.into_iter().for_each(|(index, entry)| self.pictures[index].entry = entry);
        let part = if none { "" } else { " for the others" };
        (unnamed > 0 || !others.is_empty())
            .then(|| format!("--images is not taken{part}: {keeps}. {own_run}"))
    }

    /// What goes beyond the method from here on. The negative word keeps its vectors. The pictures grow as the run was
    /// begun with, and once they are large they stay so, however many steps are added.
    fn refine(&self, new: &LearnSettings, step: u64) -> Refinements {
        let old = &self.settings;
        let Refinements { negative_vectors, first_resolution, first_part, .. } = old.refine;
        let grown = new.steps != old.steps && step >= old.first_steps();
        let fits = |first: &u32| !grown && new.resolution.is_none_or(|side| *first <= side);
        let first_resolution = first_resolution.filter(fits);
        Refinements { negative_vectors, first_resolution, first_part, ..new.refine }
    }

    /// The learning rate from here on, and whether another was asked for. Where none was and the end moves, a falling
    /// one falls on from where it is, instead of leaping back up.
    fn rate(&self, new: &LearnSettings, step: u64) -> Result<(LearningRate, bool)> {
        let old = &self.settings;
        let LearningRate::Cosine { start, end, .. } = new.learning_rate else {
            return Ok((new.learning_rate.clone(), new.learning_rate != old.learning_rate));
        };
        let falls = |rate: &LearningRate| match rate {
            LearningRate::Cosine { start: s, end: e, .. } => (*s, *e) == (start, end),
            _ => false,
        };
        // A command given again after a kill names the rate that the run was begun with, which fell on since.
        let begun = self.earlier.first().map_or(&old.learning_rate, |stage| &stage.settings.learning_rate);
        let fell_on =
            matches!(old.learning_rate, LearningRate::Cosine { end: e, since: 1.., .. } if e == end);
        if !(falls(&old.learning_rate) || fell_on && falls(begun)) {
            return Ok((LearningRate::Cosine { start, end, since: step }, true));
        }
        if old.steps == new.steps || step == 0 {
            return Ok((old.learning_rate.clone(), false));
        }
        let start = old.learning_rate.parse()?.at(step, old.steps);
        Ok((LearningRate::Cosine { start, end, since: step }, false))
    }

    /// Learns with these settings after `step` steps, and keeps what the steps before were learned with.
    fn take(&mut self, new: LearnSettings, step: u64) {
        // The newest checkpoints may be damaged, so that steps of an earlier part are taken anew.
        let in_force = self.earlier.iter().find(|stage| stage.until >= step).map(|stage| &stage.settings);
        let before = in_force.unwrap_or(&self.settings).clone();
        self.earlier.retain(|stage| stage.until < step);
        if step > 0 && before != new {
            self.earlier.push(Stage { until: step, settings: before });
        }
        self.settings = new;
    }
}

/// What the held-out loss depends on, with all else as usual.
fn measured_by(settings: &LearnSettings) -> LearnSettings {
    LearnSettings {
        fixed_noise_size: settings.fixed_noise_size,
        keep_one_out: settings.keep_one_out,
        timesteps: settings.timesteps,
        precision: settings.precision,
        weights: settings.weights,
        templates: settings.templates.clone(),
        full_stop: settings.full_stop,
        use_captions: settings.use_captions,
        use_masks: settings.use_masks,
        resolution: settings.resolution,
        clip_skip: settings.clip_skip,
        refine: guided(&settings.refine),
        ..LearnSettings::default()
    }
}

/// The part of it that a prediction depends on.
fn guided(refine: &Refinements) -> Refinements {
    let usual = Refinements::default();
    match *refine {
        Refinements { negative_vectors: 0, .. } => usual,
        Refinements { negative_vectors, negative_guidance, .. } => {
            Refinements { negative_vectors, negative_guidance, ..usual }
        }
    }
}

/// A path without links, if it leads somewhere.
fn real(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf())
}

/// The same picture where it was moved to, with the mask beside it there.
fn moved(entry: &PictureEntry, path: &Path) -> PictureEntry {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let beside = || mask_among(&masks_in(path.parent().unwrap_or(&path)), &path);
    // One that was suggested lies with the run.
    let own = |mask: &Path| mask.parent() != entry.path.parent();
    // A mask that is not there any more is missed by whoever reads it.
    let mask = entry.mask.as_ref().map(|mask| match own(mask) {
        true => mask.clone(),
        false => beside().unwrap_or_else(|| mask.clone()),
    });
    PictureEntry { mask, path, ..entry.clone() }
}

fn table(settings: &LearnSettings) -> Result<toml::Table> {
    toml::Table::try_from(settings).map_err(|e| Error::Internal(format!("settings are no table ({e})")))
}

/// Settings with those of a file in their place.
pub(super) fn lay_over(
    settings: &LearnSettings,
    mut typed: toml::Table,
    begun: bool,
) -> Result<LearnSettings> {
    // A seed that was to be drawn at random was drawn when the run began.
    let meant =
        |key: &str, value: &mut toml::Value| !begun || key != "seed" || value.as_integer() != Some(-1);
    typed.retain(meant);
    let mut all = table(settings)?;
    for (key, value) in typed {
        match (all.get_mut(&key), value) {
            // A rate is one value however it is written.
            (Some(toml::Value::Table(old)), toml::Value::Table(mut new)) if key != "learning_rate" => {
                new.retain(meant);
                old.extend(new);
            }
            (_, value) => drop(all.insert(key, value)),
        }
    }
    all.try_into().map_err(|e| Error::Internal(format!("settings do not fit together ({e})")))
}

/// The settings that differ, each as `name value`.
fn changes(old: &LearnSettings, new: &LearnSettings) -> Vec<String> {
    let (Ok(mut before), Ok(mut after)) = (table(old), table(new)) else { return Vec::new() };
    for table in [&mut before, &mut after] {
        for part in ["refine", "methods"] {
            if let Some(toml::Value::Table(part)) = table.remove(part) {
                table.extend(part);
            }
        }
    }
    let keys: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let changed = keys.into_iter().filter(|key| before.get(*key) != after.get(*key));
    let say = |key: &String| match (key.as_str(), after.get(key)) {
        ("learning_rate", _) => format!("learning rate {}", new.learning_rate),
        ("preview", _) => "previews drawn otherwise".into(),
        (_, Some(toml::Value::String(text))) => format!("{} {text}", key.replace('_', " ")),
        (_, Some(value)) => format!("{} {}", key.replace('_', " "), value.to_string().replace('\n', " ")),
        (_, None) => format!("{} by itself", key.replace('_', " ")),
    };
    changed.map(say).collect()
}

#[cfg(test)]
mod tests;
