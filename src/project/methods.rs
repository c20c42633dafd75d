//! The methods that can be compared: names for settings of learning, and the baselines that learn nothing.
//!
//! A method is a text as a settings file has it, laid over the recipe; a line more is a method more. What the settings do
//! is said where they are, and nothing here knows how anything is learned.

use std::path::Path;

use base::{Error, Result};

use super::comparison::Method;
use super::concept::ConceptKind;
use super::going_on;
use super::named_enum::named_enum;
use super::settings::{LearnSettings, Preset};

/// Names of methods, each with its settings as a settings file has them, and with what it is. `preset` says over which
/// recipe they are laid; without it that is the default one.
pub const METHODS: &[(&str, &str, &str)] = &[
    ("single", "", "The recipe of this program: a few hundred steps that grow smaller"),
    ("paper", "preset = 'paper'", "The published method: 5000 strong steps"),
    (
        "paper-high",
        "preset = 'paper-high'",
        "The published method with four times its rate: nearer, harder to combine",
    ),
    (
        "paper-low",
        "preset = 'paper-low'",
        "The published method with a fiftieth of its rate: freer, less alike",
    ),
    (
        "extended-2",
        "preset = 'paper'\nmethod = 'extended'\nvectors = 2",
        "As published, with two vectors from the first step on",
    ),
    (
        "extended-3",
        "preset = 'paper'\nmethod = 'extended'\nvectors = 3",
        "As published, with three vectors from the first step on",
    ),
    (
        "progressive",
        "preset = 'paper'\nmethod = 'progressive'",
        "As published, with a vector more after 2000 and after 4000 steps",
    ),
    (
        "regularised",
        "preset = 'paper'\nmethod = 'regularised'",
        "As published, held near the word it began as",
    ),
    (
        "per-image",
        "preset = 'paper'\nmethod = 'per-image'",
        "As published, with a word for each picture beside it, dropped in the end",
    ),
    (
        "captions",
        "preset = 'paper'\nmethod = 'captions'",
        "As published, with your own sentence for each picture",
    ),
    (
        "turning",
        "optimizer = 'directional'",
        "The recipe, but the word only turns and stays as loud as usual words",
    ),
    ("vectors-2", "vectors = 2", "The recipe with two vectors"),
    ("vectors-3", "vectors = 3", "The recipe with three vectors"),
    ("clip-start", "start = 'clip'", "The recipe, beginning as what CLIP sees in the pictures"),
    (
        "cross-start",
        "start = 'cross'\nnorm_pull = 0.0",
        "The recipe, beginning as what the model makes of the first word",
    ),
    ("late-steps", "timesteps = [500, 900]", "The recipe, learning from noisy pictures alone"),
    (
        "min-snr",
        "loss_weighting = 'min-snr'",
        "The recipe, with errors in nearly clean pictures counting less",
    ),
    ("context", "refine.context_weight = 1.5e-4", "The recipe, keeping what the rest of a sentence means"),
    ("negative", "refine.negative_vectors = 2", "The recipe, with a negative word learned beside it"),
    ("masks", "suggest_masks = true", "The recipe, learning only what a suggested outline holds"),
];

named_enum! {
    /// What a method is compared with: nothing is learned for it.
    pub enum Baseline as "baseline" {
        /// The concept's own pictures, each compared with the others.
        ImageOnly = "image-only",
        /// The prompts with nothing in the word's place.
        PromptOnly = "prompt-only",
        /// What the word starts out meaning, in its place.
        InitialWord = "initial-word",
        /// Short descriptions by people, in the word's place.
        CaptionsShort = "captions-short",
        /// Long descriptions by people, in the word's place.
        CaptionsLong = "captions-long",
        /// The word that CLIP alone finds for the pictures.
        ClipWord = "clip-word",
    }
}

/// The settings of a method, without previews, which nobody looks at.
///
/// # Errors
/// [`Error::Input`] if there is no method of that name; the sentence lists all.
pub fn method(name: &str, kind: ConceptKind) -> Result<LearnSettings> {
    let Some((name, text, _)) = METHODS.iter().find(|(known, ..)| *known == name) else {
        let known =
            METHODS.iter().map(|(known, ..)| *known).chain(Baseline::ALL.iter().map(|known| known.name()));
        let known = known.collect::<Vec<_>>().join(", ");
        return Err(Error::input(format!("“{name}” is no method"), format!("Choose among: {known}.")));
    };
    let fault = |error: String| Error::Internal(format!("the settings of the method {name}: {error}"));
    let typed: toml::Table = toml::from_str(text).map_err(|e| fault(e.to_string()))?;
    let preset = typed.get("preset").and_then(toml::Value::as_str).map(str::parse).transpose()?;
    let recipe = LearnSettings::preset(preset.unwrap_or(Preset::Default), kind);
    Ok(LearnSettings { preview_every: 0, ..going_on::lay_over(&recipe, typed, false)? })
}

/// Methods and baselines by their names, each once; `settings` gives those of a method. All are judged on the way by this
/// `clip`, unless another is named: a method that CLIP helps to begin would else alone have its best step chosen so.
///
/// # Errors
/// What `settings` says of a name.
pub fn choose<'n>(
    names: impl IntoIterator<Item = &'n str>,
    clip: &Path,
    settings: impl Fn(&str) -> Result<LearnSettings>,
) -> Result<(Vec<Method>, Vec<Baseline>)> {
    let (mut methods, mut baselines) = (Vec::new(), Vec::new());
    for name in names.into_iter().map(str::trim).filter(|name| !name.is_empty()) {
        if let Ok(baseline) = name.parse::<Baseline>() {
            if !baselines.contains(&baseline) {
                baselines.push(baseline);
            }
        } else if !methods.iter().any(|known: &Method| known.name == name) {
            let settings = settings(name)?;
            let clip = settings.clip.clone().or_else(|| Some(clip.to_path_buf()));
            methods.push(Method {
                name: name.to_owned(),
                settings: LearnSettings { seed: 0, clip, ..settings },
            });
        }
    }
    Ok((methods, baselines))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Optimizer, WordStart};

    #[test]
    fn every_method_has_a_name_of_its_own_and_settings_that_can_be_used() {
        let mut names = std::collections::HashSet::new();
        for (name, _, help) in METHODS {
            assert!(names.insert(*name) && name.parse::<Baseline>().is_err(), "{name}");
            assert!(!help.is_empty() && !help.ends_with('.'), "{name}");
            method(name, ConceptKind::Object).unwrap().validate().unwrap();
        }
        let of = |name| method(name, ConceptKind::Style).unwrap();
        let paper =
            LearnSettings { preview_every: 0, ..LearnSettings::preset(Preset::Paper, ConceptKind::Style) };
        assert_eq!(of("paper"), paper);
        assert_eq!(of("turning").optimizer, Optimizer::Directional);
        assert_eq!((of("clip-start").start, of("vectors-3").vectors), (WordStart::Clip, Some(3)));
        assert_eq!(of("context").refine.context_weight, 1.5e-4);
        let said = method("papre", ConceptKind::Object).unwrap_err().to_string();
        assert!(
            said.contains("papre") && said.contains("vectors-2") && said.contains("image-only"),
            "{said}"
        );
    }

    #[test]
    fn names_are_chosen_once_and_all_have_one_judge() {
        let names = ["single", " clip-start", "image-only", "single", "", "image-only"];
        let (methods, baselines) =
            choose(names, Path::new("/clip"), |name| method(name, ConceptKind::Object)).unwrap();
        let found: Vec<_> =
            methods.iter().map(|method| (method.name.as_str(), method.settings.clip.as_deref())).collect();
        let clip = Some(Path::new("/clip"));
        assert_eq!(found, [("single", clip), ("clip-start", clip)]);
        assert_eq!(baselines, [Baseline::ImageOnly]);
        assert!(choose(["singel"], Path::new("/clip"), |name| method(name, ConceptKind::Object)).is_err());
    }
}
