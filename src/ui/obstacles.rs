//! What stands in the way of learning, each in a sentence with its remedy.

use std::collections::HashMap;

use crate::state::AppState;
use crate::widgets::gallery::file_name;
use project::WordStart;
use project::dataset::ENOUGH;

pub const NO_PROMPT: &str = "The prompt is empty: choose a thing or a style, or write what you want to see.";

impl AppState {
    /// What stands in the way of learning, one sentence with its remedy each.
    pub fn obstacles(&self) -> Vec<String> {
        let Some(draft) = &self.draft else {
            return vec!["There is no concept yet: drop in pictures, or pick a sample.".into()];
        };
        let mut found = Vec::new();
        let enabled: Vec<_> = draft.entries.iter().filter(|entry| entry.enabled).collect();
        if draft.entries.is_empty() {
            found.push("There are no pictures yet: drop in three to five of the same thing or style.".into());
        } else if enabled.is_empty() {
            found.push("No picture is switched on: switch on three to five.".into());
        }
        let views: HashMap<_, _> = self.views.iter().map(|view| (view.entry.path.as_path(), view)).collect();
        // The name is enough: a concept's pictures lie in one folder.
        let faults = enabled.iter().filter_map(|entry| {
            let fault = views.get(entry.path.as_path())?.fault.as_ref()?;
            Some(fault.replace(&entry.path.display().to_string(), &file_name(&entry.path)))
        });
        let faults: Vec<String> = faults.collect();
        // Learning leaves the others out, and says so, as long as enough are left.
        if enabled.len() - faults.len() < ENOUGH {
            found.extend(faults.into_iter().map(|fault| format!("{fault} Or switch the picture off.")));
        }
        let silent = |reason: &str| reason.trim().is_empty();
        let unanswered = enabled.iter().filter(|entry| {
            let marked = views.get(entry.path.as_path()).is_some_and(|view| !view.notes.marks.is_empty());
            marked && entry.despite_mark.as_deref().is_none_or(silent)
        });
        match unanswered.count() {
            0 => {}
            count => {
                let are =
                    if count == 1 { "1 picture is".to_owned() } else { format!("{count} pictures are") };
                found.push(format!(
                    "{are} marked against learning: switch off what you have no right to, or say on record why you may, \
                     under “Whose pictures are these?”."
                ));
            }
        }
        if let Err(error) = draft.concept.validate() {
            found.push(error.to_string());
        }
        if self.tokens.as_ref().is_some_and(|report| report.exists && report.word == draft.concept.word) {
            let word = draft.concept.word.trim_matches(['<', '>']);
            found.push(format!(
                "The model knows the word {word} already: choose one that nobody uses, like <{word}-1>."
            ));
        }
        if let Err(error) = draft.settings.validate() {
            found.push(error.to_string());
        }
        if draft.settings.start == WordStart::Clip && draft.settings.clip.is_none() && self.clip().is_none() {
            found.push(
                "There is no CLIP to find where the word begins: download one in Models, or let it begin as its word, \
                 under Advanced."
                    .into(),
            );
        }
        found.extend(self.model_obstacle());
        found.extend(self.engine_obstacle());
        found
    }

    /// Why the model in use can neither learn nor draw.
    pub fn model_obstacle(&self) -> Option<String> {
        match &self.model_path {
            None => Some("The starter model is still being unpacked.".into()),
            Some(_) => self.model_card()?.fault.clone(),
        }
    }

    pub fn engine_obstacle(&self) -> Option<String> {
        self.engine_gone.as_ref().map(|gone| format!("Nothing can compute: {gone}"))
    }
}
