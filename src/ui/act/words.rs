//! What is done with words: exported, put into the prompt.

use std::path::Path;

use super::super::app::App;
use super::super::dialog::Question;
use super::super::state::{Page, Severity};
use format::embedding::EmbeddingFormat;
use project::ConceptKind;
use project::prompt::compose;

impl App {
    /// Exports the word that is chosen in the library, else that of the concept, else the first.
    pub(super) fn export_chosen(&mut self, ctx: &egui::Context) {
        let concept = self.state.draft.as_ref().map(|draft| draft.concept.word.as_str());
        let words = &self.state.words;
        let chosen = self.pages.library.selected().filter(|path| words.iter().any(|word| word.path == *path));
        let named = words.iter().find(|word| Some(word.word.as_str()) == concept).or(words.first());
        match chosen.map(Path::to_path_buf).or(named.map(|word| word.path.clone())) {
            Some(path) => {
                self.page = Page::Library;
                self.ask(Question::ExportWord(path, EmbeddingFormat::EmbParams), ctx);
            }
            None => self.state.notify(Severity::Warning, "There is no word to export yet: learn one first."),
        }
    }

    pub(super) fn compose_with(&mut self, path: &Path) {
        if let Some(card) = self.state.words.iter().find(|word| word.path == path) {
            let (kind, word) = (card.kind, card.word.clone());
            let prompt = &mut self.state.compose.settings.prompt;
            if !prompt.trim().is_empty() && !prompt.contains(&word) {
                prompt.push_str(match kind {
                    ConceptKind::Object => ", ",
                    ConceptKind::Style => " in the style of ",
                });
                prompt.push_str(&word);
            }
            self.put_into_prompt(path, kind, &word);
            self.count_tokens();
        }
        self.page = Page::Compose;
    }

    /// Puts a word into the prompt if that is empty.
    pub(crate) fn put_into_prompt(&mut self, path: &Path, kind: ConceptKind, word: &str) {
        if !self.state.compose.settings.prompt.trim().is_empty() || !path.is_file() {
            return;
        }
        let (thing, style) = match kind {
            ConceptKind::Object => (Some(word), None),
            ConceptKind::Style => (None, Some(word)),
        };
        self.state.compose.settings.prompt = compose(&self.state.compose.opening, thing, style);
        self.count_tokens();
    }
}
