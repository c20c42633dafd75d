//! What is asked of the disk without anybody's wish: what was open, pictures not seen yet, tokens of words and prompts.

use std::path::PathBuf;

use super::Update;
use crate::persistence::Persisted;
use crate::under_way::UnderWay;
use disk::message::{DiscoveryTask, DownloadTask, EditTask, LibraryTask, Task};
use project::{GenerateSettings, PictureEntry};

/// So many pictures of a concept are asked for at once.
const AT_ONCE: usize = 4;

impl Update<'_> {
    /// Asks for everything the pages show.
    pub(super) fn open_as_left(&mut self, left: &Persisted) {
        self.disk(Task::Library(LibraryTask::Watch));
        self.disk(Task::Discovery(DiscoveryTask::ListFolders));
        self.disk(Task::Download(DownloadTask::List));
        self.disk(Task::Starter);
        self.disk(left.draft.clone().map_or(Task::NewDraft, Task::OpenDraft));
        if let Some(folder) = left.edited.clone() {
            self.disk(Task::Edit(EditTask::Reopen(folder)));
        }
        left.models.iter().chain(&left.model).for_each(|path| self.disk(Task::Model(path.clone())));
        for task in [Task::ListDrafts, Task::ListRuns, Task::ListWords, Task::ListPictures] {
            self.disk(task);
        }
    }

    /// Asks for the pictures of the concept that were not looked at yet.
    pub(super) fn inspect_pictures(&mut self) {
        let Some(draft) = &self.state.draft else { return };
        // The views of other concepts are gone from the state, so they must be asked for again.
        let same = |path: &PathBuf, mask: &Option<PathBuf>| {
            draft.entries.iter().any(|entry| entry.path == *path && entry.mask == *mask)
        };
        self.state.inspected.retain(|(path, mask)| same(path, mask));
        self.inspect_next();
    }

    /// Asks for the next of them, and for the others when these have come: hundreds would let all else wait that is to be
    /// read, and those of a concept that is left meanwhile need not be looked at.
    pub(super) fn inspect_next(&mut self) {
        let Some(draft) = &self.state.draft else { return };
        let named = |entry: &PictureEntry| (entry.path.clone(), entry.mask.clone());
        let new = draft.entries.iter().filter(|entry| !self.state.inspected.contains(&named(entry)));
        let room = AT_ONCE.saturating_sub(self.state.inspecting.len());
        for entry in new.take(room).cloned().collect::<Vec<_>>() {
            self.state.inspected.insert(named(&entry));
            self.state.inspecting.insert(entry.path.clone());
            self.disk(Task::View(entry));
        }
    }

    /// Keeps up with the word that is being learned, with which can be drawn meanwhile.
    pub(super) fn follow_word(&mut self) {
        let own = self.state.find_under_way();
        let named = |own: &Option<UnderWay>| own.as_ref().map(|own| own.card.path.clone());
        let other = named(&own) != named(&self.state.under_way);
        self.state.under_way = own;
        if other {
            self.count_tokens();
        }
    }

    /// The model in use, if its tokenizer can be asked: its card says what is wrong with it, once, and of one that was just
    /// opened for the first time nobody knows yet.
    fn readable_model(&self) -> Option<PathBuf> {
        let faulty = self.state.model_card().is_some_and(|card| card.fault.is_some());
        let path = self.state.model_path.as_ref().filter(|path| !self.state.unread_models.contains(path));
        path.filter(|_| !faulty).cloned()
    }

    /// Asks what the text encoder sees of the word.
    pub(super) fn ask_for_tokens(&mut self) {
        let Some(model) = self.readable_model() else { return };
        if let Some(draft) = &self.state.draft {
            let concept = draft.concept.clone();
            self.disk(Task::Tokens { model, concept });
        }
    }

    /// Counts again where prompts or steps are others than before.
    pub(super) fn count_if_changed(&mut self, old: &GenerateSettings) {
        let new = &self.state.drawing().settings;
        let prompts = [&old.prompt, &old.negative_prompt] != [&new.prompt, &new.negative_prompt];
        if prompts || old.steps != new.steps {
            self.count_tokens();
        }
    }

    /// Counts again where the prompts of this page are others than those that were counted.
    pub(super) fn recount(&mut self) {
        let prompt = &self.state.drawing().settings.prompt;
        if self.state.counts.as_ref().is_some_and(|counts| counts[0].prompt != *prompt) {
            self.count_tokens();
        }
    }

    pub(super) fn count_tokens(&mut self) {
        self.state.shorten_prompts();
        let Some(model) = self.readable_model() else { return };
        let words = self.state.fitting_words().map(|word| (word.names.clone(), word.vectors)).collect();
        let settings = &self.state.drawing().settings;
        let prompts = [settings.prompt.clone(), settings.negative_prompt.clone()];
        self.disk(Task::Count { model, prompts, steps: settings.steps, words });
    }
}
