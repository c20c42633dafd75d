//! Where dropped files belong, once the disk has said what they are: it depends on the page that they were dropped on.
//!
//! Another page or concept may be open by then.

use std::path::PathBuf;

use super::Update;
use crate::dialog::Question;
use crate::state::{DroppedOn, Page};
use disk::message::{DiscoveryTask, Dropped, LibraryTask, Task};
use project::comparison::COMPARISON;

impl Update<'_> {
    /// Remembers where these are dropped until the disk has said what they are.
    pub(super) fn drop_here(&mut self, files: &[PathBuf]) {
        let (page, concept) = (self.state.page, self.concept());
        self.state.dropped.push_back(DroppedOn { files: files.to_vec(), page, concept });
    }

    /// Where these were dropped. The disk answers in the order in which it is asked: what was before them does not come.
    fn dropped_on(&mut self, files: &[PathBuf]) -> DroppedOn {
        let place = self.state.dropped.iter().position(|dropped| dropped.files == files);
        self.state.dropped.drain(..place.unwrap_or(0));
        let known = place.and_then(|_| self.state.dropped.pop_front());
        known.unwrap_or_else(|| DroppedOn { page: self.state.page, ..DroppedOn::default() })
    }

    /// What was dropped says where it belongs: words, a model, settings to take over, or pictures to learn from.
    pub(super) fn take_dropped(&mut self, dropped: Dropped) {
        let Dropped { files, tensors, models, others, folder, holds_tensors, settings } = dropped;
        let DroppedOn { page, concept, .. } = self.dropped_on(&files);
        if !tensors.is_empty() {
            let (files, concept) = (tensors.clone(), concept.clone());
            self.state.dropped.push_back(DroppedOn { files, page, concept });
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
            Page::Compose if settings || ends(&["png"]) => self.restore_from(first),
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
                let concept = concept.or_else(|| self.concept());
                self.disk(Task::AddPictures { concept, files: others });
            }
        }
    }

    /// What the disk found among dropped files: a model is used, words come into the library.
    pub(super) fn take_sorted(
        &mut self,
        files: &[PathBuf],
        models: Vec<PathBuf>,
        words: Vec<PathBuf>,
        loras: Vec<PathBuf>,
    ) {
        let page = self.dropped_on(files).page;
        if !loras.is_empty() {
            self.add_loras(page, loras);
        }
        if let Some(model) = models.into_iter().next() {
            self.state.page = Page::Models;
            self.use_model(model);
        } else if !words.is_empty() {
            self.state.page = Page::Library;
        }
        if !words.is_empty() {
            self.disk(Task::ImportWords(words));
        }
    }
}
