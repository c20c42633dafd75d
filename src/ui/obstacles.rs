//! What stands in the way of learning, each in a sentence with its remedy.

use std::collections::HashMap;
use std::ops::Deref;

use crate::language::sentences::said;
use crate::state::AppState;
use crate::widgets::gallery::file_name;
use project::WordStart;
use project::dataset::ENOUGH;

/// What is said where there is no prompt: a text, in the language of the window at that moment.
pub const NO_PROMPT: NoPrompt = NoPrompt;

pub struct NoPrompt;

impl Deref for NoPrompt {
    type Target = str;

    fn deref(&self) -> &str {
        t!("obstacle-no-prompt")
    }
}

impl From<NoPrompt> for String {
    fn from(text: NoPrompt) -> Self {
        text.to_owned()
    }
}

impl AppState {
    /// What stands in the way of learning, one sentence with its remedy each.
    pub fn obstacles(&self) -> Vec<String> {
        let Some(draft) = &self.draft else {
            return vec![t!("obstacle-no-concept").into()];
        };
        let mut found = Vec::new();
        let enabled: Vec<_> = draft.entries.iter().filter(|entry| entry.enabled).collect();
        if draft.entries.is_empty() {
            found.push(t!("obstacle-no-pictures").into());
        } else if enabled.is_empty() {
            found.push(t!("obstacle-none-on").into());
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
            found.extend(faults.into_iter().map(|fault| t!("obstacle-fault", fault = said(&fault))));
        }
        let silent = |reason: &str| reason.trim().is_empty();
        let unanswered = enabled.iter().filter(|entry| {
            let marked = views.get(entry.path.as_path()).is_some_and(|view| !view.notes.marks.is_empty());
            marked && entry.despite_mark.as_deref().is_none_or(silent)
        });
        match unanswered.count() {
            0 => {}
            count => found.push(t!("obstacle-marked", count = count)),
        }
        if let Err(error) = draft.concept.validate() {
            found.push(error.to_string());
        }
        if self.tokens.as_ref().is_some_and(|report| report.exists && report.word == draft.concept.word) {
            let word = draft.concept.word.trim_matches(['<', '>']);
            found.push(t!("obstacle-known-word", word = word));
        }
        if let Err(error) = draft.settings.validate() {
            found.push(error.to_string());
        }
        if draft.settings.start == WordStart::Clip && draft.settings.clip.is_none() && self.clip().is_none() {
            found.push(t!("obstacle-no-clip").into());
        }
        found.extend(self.model_obstacle());
        found.extend(self.engine_obstacle());
        found.iter().map(|obstacle| said(obstacle).into_owned()).collect()
    }

    /// Why the model in use can neither learn nor draw.
    pub fn model_obstacle(&self) -> Option<String> {
        match &self.model_path {
            None if self.starter_missed => Some(t!("obstacle-no-starter").into()),
            None => Some(t!("obstacle-unpacking").into()),
            Some(_) => self.model_card()?.fault.as_deref().map(|fault| said(fault).into_owned()),
        }
    }

    pub fn engine_obstacle(&self) -> Option<String> {
        self.engine_gone.as_ref().map(|gone| t!("obstacle-engine", gone = said(gone)))
    }
}
