//! How the window's state changes with what the engine and the disk say and with what the person wants, and what is to
//! be done elsewhere because of it.
//!
//! Pure: no file is read, no clock and no device, so that the same stream always gives the same state and the same
//! effects.

mod actions;
mod compare;
mod compare_jobs;
mod disk;
mod drawings;
mod dropped;
mod edits;
mod engine;
mod gallery;
mod grids;
mod jobs;
mod mix;
mod outlines;
mod requests;

use std::path::Path;

use crate::action::{Action, Effect};
use crate::editing::Editing;
use crate::persistence::Persisted;
use crate::state::AppState;
use ::disk::message::Answer;
use ::engine::message::{Event, JobId};
use project::DataDir;

/// What an action may need to know that is not in the state.
pub struct Outside<'a> {
    pub home: &'a DataDir,
    /// A seed that was not used before.
    pub seed: u64,
    pub selected_word: Option<&'a Path>,
    /// The job that the person saw running, or about to, when they pressed.
    pub seen: Option<JobId>,
}

/// One change of the state, and what is to be done because of it.
struct Update<'a> {
    state: &'a mut AppState,
    effects: Vec<Effect>,
}

impl AppState {
    fn update(&mut self, change: impl FnOnce(&mut Update<'_>)) -> Vec<Effect> {
        let mut update = Update { state: self, effects: Vec::new() };
        change(&mut update);
        update.let_go_of_nothing();
        update.resume_interrupted();
        update.follow_word();
        update.state.follow_names();
        update.state.shorten_prompts();
        update.effects
    }

    /// Everything as it was left.
    pub fn open_as_left(left: &Persisted) -> (Self, Vec<Effect>) {
        let mut state = Self {
            page: left.page,
            compose: left.compose.clone(),
            editing: Editing { draft: left.edit.clone(), ..Editing::default() },
            model_path: left.model.clone(),
            known_models: left.models.clone(),
            interrupted: left.interrupted.clone(),
            ..Self::default()
        };
        let effects = state.update(|update| update.open_as_left(left));
        (state, effects)
    }

    pub fn apply(&mut self, event: Event) -> Vec<Effect> {
        self.update(|update| update.event(event))
    }

    pub fn answer(&mut self, answer: Answer) -> Vec<Effect> {
        self.update(|update| update.answer(answer))
    }

    /// Does what the person wants, as far as the state can.
    pub fn act(&mut self, action: Action, outside: &Outside<'_>) -> Vec<Effect> {
        self.update(|update| update.act(action, outside))
    }
}

#[cfg(test)]
mod tests;
