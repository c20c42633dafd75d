//! The methods that can be compared: names for settings of learning, and the baselines that learn nothing.
//!
//! A method is a text as a settings file has it, laid over the recipe; a line more is a method more. What the settings do
//! is said where they are, and nothing here knows how anything is learned.

use base::{Error, Result};

use super::concept::ConceptKind;
use super::going_on;
use super::named_enum::named_enum;
use super::settings::{LearnSettings, Preset};

/// Names of methods, each with its settings as a settings file has them. `preset` says over which recipe they are laid;
/// without it that is the default one.
pub const METHODS: &[(&str, &str)] = &[
    ("single", ""),
    ("paper", "preset = 'paper'"),
    ("paper-high", "preset = 'paper-high'"),
    ("paper-low", "preset = 'paper-low'"),
    ("extended-2", "preset = 'paper'\nmethod = 'extended'\nvectors = 2"),
    ("extended-3", "preset = 'paper'\nmethod = 'extended'\nvectors = 3"),
    ("progressive", "preset = 'paper'\nmethod = 'progressive'"),
    ("regularised", "preset = 'paper'\nmethod = 'regularised'"),
    ("per-image", "preset = 'paper'\nmethod = 'per-image'"),
    ("captions", "preset = 'paper'\nmethod = 'captions'"),
    ("free", "optimizer = 'adamw'"),
    ("vectors-2", "vectors = 2"),
    ("vectors-3", "vectors = 3"),
    ("clip-start", "start = 'clip'"),
    ("cross-start", "start = 'cross'\nnorm_pull = 0.0"),
    ("late-steps", "timesteps = [500, 900]"),
    ("min-snr", "loss_weighting = 'min-snr'"),
    ("context", "refine.context_weight = 1.5e-4"),
    ("negative", "refine.negative_vectors = 2"),
    ("masks", "suggest_masks = true"),
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
    let Some((name, text)) = METHODS.iter().find(|(known, _)| *known == name) else {
        let known =
            METHODS.iter().map(|(known, _)| *known).chain(Baseline::ALL.iter().map(|known| known.name()));
        let known = known.collect::<Vec<_>>().join(", ");
        return Err(Error::input(format!("“{name}” is no method"), format!("Choose among: {known}.")));
    };
    let fault = |error: String| Error::Internal(format!("the settings of the method {name}: {error}"));
    let typed: toml::Table = toml::from_str(text).map_err(|e| fault(e.to_string()))?;
    let preset = typed.get("preset").and_then(toml::Value::as_str).map(str::parse).transpose()?;
    let recipe = LearnSettings::preset(preset.unwrap_or(Preset::Default), kind);
    Ok(LearnSettings { preview_every: 0, ..going_on::lay_over(&recipe, typed, false)? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Optimizer, WordStart};

    #[test]
    fn every_method_has_a_name_of_its_own_and_settings_that_can_be_used() {
        let mut names = std::collections::HashSet::new();
        for (name, _) in METHODS {
            assert!(names.insert(*name) && name.parse::<Baseline>().is_err(), "{name}");
            method(name, ConceptKind::Object).unwrap().validate().unwrap();
        }
        let of = |name| method(name, ConceptKind::Style).unwrap();
        let paper =
            LearnSettings { preview_every: 0, ..LearnSettings::preset(Preset::Paper, ConceptKind::Style) };
        assert_eq!(of("paper"), paper);
        assert_eq!(of("free").optimizer, Optimizer::AdamW);
        assert_eq!((of("clip-start").start, of("vectors-3").vectors), (WordStart::Clip, Some(3)));
        assert_eq!(of("context").refine.context_weight, 1.5e-4);
        let said = method("papre", ConceptKind::Object).unwrap_err().to_string();
        assert!(
            said.contains("papre") && said.contains("vectors-2") && said.contains("image-only"),
            "{said}"
        );
    }
}
