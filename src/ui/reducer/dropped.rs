//! Where dropped files belong, once the disk has said what they are: it depends on the page that is open.

use super::Update;
use crate::dialog::Question;
use crate::state::Page;
use disk::message::{DiscoveryTask, Dropped, LibraryTask, Task};
use project::comparison::COMPARISON;

impl Update<'_> {
    /// What was dropped says where it belongs: words, a model, settings to take over, or pictures to learn from.
    pub(super) fn take_dropped(&mut self, dropped: Dropped) {
        let Dropped { tensors, models, others, folder, holds_tensors } = dropped;
        let page = self.state.page;
        if !tensors.is_empty() {
            self.disk(Task::Sort(tensors));
        }
        if let Some(model) = models.into_iter().next() {
            self.use_model(model);
            self.state.page = Page::Models;
        }
        let Some(first) = others.first().cloned() else { return };
        let ends = |wanted: &[&str]| {
            let ending = first.extension().unwrap_or_default();
            wanted.iter().any(|known| ending.eq_ignore_ascii_case(known))
        };
        match page {
            Page::Compose if ends(&["png"]) => self.restore_from(first),
            Page::Compose if ends(&["txt", "csv", "toml"]) => self.read_drawings(first),
            Page::Edit if !folder => self.open_to_edit(first),
            // A picture can carry a word, and in the library that is what is meant.
            Page::Library if ends(&["png", "webp"]) => self.disk(Task::ImportWords(others)),
            Page::Compare if folder || ends(&["json"]) => {
                let answers = !folder && !first.ends_with(COMPARISON);
                let study = self.state.comparing.study_folder().filter(|_| answers);
                let question = study.map_or(Question::Comparison, Question::StudyAnswers);
                self.chosen_for_compare(question, others);
            }
            // Words are looked at where they lie.
            Page::Library if holds_tensors => self.disk(Task::Library(LibraryTask::AddFolder(first))),
            // In the Models page a folder is one to look into.
            Page::Models if folder => self.disk(Task::Discovery(DiscoveryTask::WatchFolder(first))),
            _ => {
                self.state.page = Page::Concept;
                self.add_pictures(others);
            }
        }
    }
}
