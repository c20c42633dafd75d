//! How a word was mixed from others, as its file says it.
//!
//! A line of JSON in the header, which other programs ignore. What cannot be read is no recipe.

use std::collections::BTreeMap;

use super::word::LearnedWord;
use project::mix::Recipe;

const RECIPE: &str = "pseudoword.recipe";

/// Says in a file's metadata how its word was mixed.
pub fn write(metadata: &mut BTreeMap<String, String>, recipe: &Recipe) {
    if let Ok(text) = serde_json::to_string(recipe) {
        metadata.insert(RECIPE.into(), text);
    }
}

impl LearnedWord {
    /// How it was mixed, if it was and the file says so.
    pub fn recipe(&self) -> Option<Recipe> {
        self.metadata.get(RECIPE).and_then(|text| serde_json::from_str(text).ok())
    }
}
