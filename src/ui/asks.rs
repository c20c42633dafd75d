//! What the window asks of the disk by itself: what was open, pictures not seen yet, tokens of words and prompts.

use std::path::PathBuf;

use super::app::App;
use disk::message::{DiscoveryTask, DownloadTask, Task};

impl App {
    /// Asks the disk for everything the pages show.
    pub(super) fn open_as_left(&mut self) {
        self.state.model_path.clone_from(&self.memory.model);
        let models = self.memory.models.clone().into_iter().chain(self.memory.model.clone()).map(Task::Model);
        let draft = self.memory.draft.clone().map_or(Task::NewDraft, Task::OpenDraft);
        self.disk.ask(Task::Discovery(DiscoveryTask::ListFolders));
        self.disk.ask(Task::Download(DownloadTask::List));
        let lists = [Task::ListDrafts, Task::ListRuns, Task::ListWords, Task::ListPictures];
        for task in [Task::Starter, draft].into_iter().chain(models).chain(lists) {
            self.disk.ask(task);
        }
    }

    /// Asks for the pictures of the concept that were not looked at yet.
    pub(super) fn look_at_pictures(&mut self) {
        let Some(draft) = &self.state.draft else { return };
        // The views of other concepts are gone from the state, so they must be asked for again.
        let same = |path: &PathBuf, mask: &Option<PathBuf>| {
            draft.entries.iter().any(|entry| entry.path == *path && entry.mask == *mask)
        };
        self.viewed.retain(|(path, mask)| same(path, mask));
        for entry in &draft.entries {
            let key = (entry.path.clone(), entry.mask.clone());
            if self.viewed.insert(key) {
                self.disk.ask(Task::View(entry.clone()));
            }
        }
    }

    /// Asks what the text encoder sees of the word.
    pub(super) fn ask_for_tokens(&self) {
        if let (Some(draft), Some(model)) = (&self.state.draft, &self.state.model_path) {
            self.disk.ask(Task::Tokens { model: model.clone(), concept: draft.concept.clone() });
        }
    }

    /// Asks how long the prompt is.
    pub(super) fn count_tokens(&self) {
        let Some(model) = self.state.model_path.clone() else { return };
        let words = self.state.fitting_words().map(|word| (word.word.clone(), word.vectors)).collect();
        self.disk.ask(Task::Count { model, prompt: self.state.compose.settings.prompt.clone(), words });
    }
}
