//! What the header of a learned word says about its origin.
//!
//! Programs ignore these entries when they load the vectors, so they can be generous: the names of the
//! ModelSpec standard where it has one, kohya's `ss_` names where those are read, our own otherwise.

use std::collections::BTreeMap;
use std::time::SystemTime;

use super::word::{CONTAINER, LearnedWord, REMARK};
use crate::lineage::LINEAGE;
use base::units;
use project::{Family, Lineage};

pub(super) const TOKEN: &str = "pseudoword.token";
const FINGERPRINT: &str = "pseudoword.base_model_fingerprint";
pub(super) const TRIGGER: &str = "modelspec.trigger_phrase";

/// Where a learned word comes from.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Provenance {
    /// ModelSpec's name of the kind of model, such as `stable-diffusion-v1`.
    pub architecture: String,
    /// The base model's name, for people.
    pub base_model: String,
    /// The base model's fingerprint, [`ModelFiles::fingerprint`](crate::ModelFiles::fingerprint).
    pub base_model_fingerprint: String,
    /// SHA-256 of the base model's file, in hexadecimal, where it is one file and its hash is known.
    pub base_model_sha256: Option<String>,
    /// From which model of Stable Diffusion XL the base model was made, where it says.
    pub lineage: Option<Lineage>,
    /// Whether the base model predicts the velocity instead of the noise.
    pub velocity: bool,
    /// What the word meant before learning.
    pub initial_word: String,
    /// What its vectors were before learning, where that was not the initial word's own.
    pub start: String,
    /// How many optimiser steps it was learned for.
    pub steps: u64,
    /// How much of what was learned is kept, from 0 up to 1, where it is not all of it.
    pub likeness: Option<f64>,
}

impl Provenance {
    /// The entries for [`LearnedWord::metadata`](super::LearnedWord::metadata); empty fields are left out.
    pub fn metadata(&self) -> BTreeMap<String, String> {
        let architecture = match self.architecture.as_str() {
            "" => String::new(),
            model => format!("{model}/textual-inversion"),
        };
        let sha256 = self.base_model_sha256.as_deref().unwrap_or_default();
        let entries = [
            ("modelspec.architecture", architecture),
            ("ss_sd_model_name", self.base_model.clone()),
            // As kohya's scripts and AUTOMATIC1111 call the file's hash and the beginning of it.
            ("ss_new_sd_model_hash", sha256.to_owned()),
            ("sd_checkpoint", sha256.get(..10).unwrap_or_default().to_owned()),
            (FINGERPRINT, self.base_model_fingerprint.clone()),
            (LINEAGE, self.lineage.map(|lineage| lineage.name().to_owned()).unwrap_or_default()),
            ("modelspec.prediction_type", if self.velocity { "v" } else { "" }.to_owned()),
            ("pseudoword.initial_word", self.initial_word.clone()),
            ("pseudoword.start", self.start.clone()),
            ("ss_steps", self.steps.to_string()),
            ("pseudoword.likeness", self.likeness.map(|part| part.to_string()).unwrap_or_default()),
        ];
        let given = entries.into_iter().filter(|(_, value)| !value.is_empty());
        given.map(|(key, value)| (key.to_owned(), value)).collect()
    }
}

/// The name and the fingerprint of the model in a word's metadata; empty where it does not say.
pub(super) fn model(metadata: &BTreeMap<String, String>) -> [String; 2] {
    ["ss_sd_model_name", FINGERPRINT].map(|key| metadata.get(key).cloned().unwrap_or_default())
}

/// What several words say alike of the model they were learned on.
pub fn common(words: &[&LearnedWord]) -> BTreeMap<String, String> {
    const KEYS: [&str; 7] = [
        "modelspec.architecture",
        "ss_sd_model_name",
        "ss_new_sd_model_hash",
        "sd_checkpoint",
        FINGERPRINT,
        LINEAGE,
        "modelspec.prediction_type",
    ];
    let Some((first, others)) = words.split_first() else { return BTreeMap::new() };
    let alike = |key: &&str| {
        let said = first.metadata.get(*key)?;
        let same = others.iter().all(|other| other.metadata.get(*key) == Some(said));
        same.then(|| ((*key).to_owned(), said.clone()))
    };
    KEYS.iter().filter_map(alike).collect()
}

/// Adds what every saved word should say, keeping entries that are there already. What reading adds is taken
/// out again.
pub(super) fn complete(metadata: &mut BTreeMap<String, String>, word: &LearnedWord, now: SystemTime) {
    [CONTAINER, REMARK].iter().for_each(|key| drop(metadata.remove(*key)));
    // What earlier versions called a hash is none that other programs know.
    if let Some(fingerprint) = metadata.remove("pseudoword.base_model_hash") {
        metadata.entry(FINGERPRINT.to_owned()).or_insert(fingerprint);
    }
    let family = word.family();
    if let Some(family) = family {
        let known = metadata.get("modelspec.architecture").and_then(|text| Family::from_architecture(text));
        // A header that contradicts the vectors would mislead everybody after us.
        if known != Some(family) {
            metadata.remove("modelspec.architecture");
        }
    }
    let mut add = |key: &str, value: &str| {
        metadata.entry(key.to_owned()).or_insert_with(|| value.to_owned());
    };
    add("format", "pt");
    add("modelspec.sai_model_spec", "1.0.0");
    if let Some(family) = family {
        add("modelspec.architecture", &format!("{}/textual-inversion", family.architecture()));
    }
    add("modelspec.implementation", "diffusers");
    add("modelspec.date", &units::iso8601(now));
    add("pseudoword.version", env!("CARGO_PKG_VERSION"));
    if let Some(token) = &word.token {
        add("modelspec.title", token);
        // The token may have been changed since the file was read, so these two follow it.
        metadata.insert(TRIGGER.to_owned(), token.to_owned());
        metadata.insert(TOKEN.to_owned(), token.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn what_words_say_alike_of_their_model_is_kept() {
        let word = |name: &str, lineage: &str| {
            let entries = [
                ("ss_sd_model_name", name),
                (LINEAGE, lineage),
                ("ss_steps", "9"),
                ("modelspec.title", "toy"),
            ];
            let metadata = entries.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
            LearnedWord { metadata, ..LearnedWord::default() }
        };
        let (one, other) = (word("mine", "pony"), word("theirs", "pony"));
        assert_eq!(common(&[&one, &other]), [(LINEAGE.to_owned(), "pony".to_owned())].into());
        assert_eq!(common(&[&one, &LearnedWord::default()]).len(), 0);
        assert_eq!(common(&[&one]).len(), 2);
    }

    #[test]
    fn what_is_known_is_kept() {
        let origin = Provenance {
            architecture: "stable-diffusion-v2-768-v".into(),
            steps: 7,
            ..Provenance::default()
        };
        let mut metadata = origin.metadata();
        assert_eq!(metadata.len(), 2);
        let word = LearnedWord {
            token: Some("<toy>".into()),
            vectors: vec![0.0; 4],
            shape: [1, 4],
            metadata: metadata.clone(),
            ..LearnedWord::default()
        };
        metadata.insert(CONTAINER.to_owned(), "a test".to_owned());
        complete(&mut metadata, &word, UNIX_EPOCH);
        assert!(!metadata.contains_key(CONTAINER));
        assert_eq!(metadata["modelspec.architecture"], "stable-diffusion-v2-768-v/textual-inversion");
        assert_eq!((metadata["ss_steps"].as_str(), metadata[TRIGGER].as_str()), ("7", "<toy>"));
    }
}
