//! Words side by side: which words, which prompts, how many seeds, the grid as it is drawn, and the words' scores.
//!
//! The settings are those of Compose, and so is the grid; here it is only asked for and looked at. Of a long library only
//! the rows in view are laid out.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use egui::{DragValue, Label, ScrollArea, TextEdit, Ui};

use super::look::{column, press, words};
use super::scores;
use crate::action::{Action, Grid, GridWord};
use crate::language::{self, Language};
use crate::pages::compose::grids;
use crate::state::AppState;
use crate::texture::Shared;
use crate::widgets::controls;
use crate::widgets::large_picture::LargePicture;
use crate::word_library::LibraryNames;
use crate::{icons, theme};

/// Most pictures at once.
const MOST: usize = 64;
/// Most seeds.
const SEEDS: usize = 8;
/// Height of the list of words.
const LIST: f32 = 260.0;

pub struct PicturesTab {
    chosen: BTreeSet<GridWord>,
    /// What words are looked for by.
    filter: String,
    listed: Listed,
    /// A line each.
    prompts: String,
    seeds: usize,
    /// Pictures of each prompt that a word is scored by.
    judged: usize,
    large: LargePicture,
}

impl Default for PicturesTab {
    fn default() -> Self {
        let prompts = ["a photo of {}", "a photo of {} on the beach"].join("\n");
        let (chosen, filter, large) = (BTreeSet::new(), String::new(), LargePicture::default());
        Self { chosen, filter, listed: Listed::default(), prompts, seeds: 2, judged: 8, large }
    }
}

impl PicturesTab {
    pub fn ui(&mut self, ui: &mut Ui, state: &AppState, shared: &mut Shared) {
        column(ui, "compare-pictures", |ui| self.column(ui, state, &mut shared.actions));
        let margin = egui::Frame::NONE.inner_margin(theme::MARGIN);
        egui::CentralPanel::no_frame().frame(margin).show(ui, |ui| self.grid(ui, state, shared));
    }

    fn column(&mut self, ui: &mut Ui, state: &AppState, actions: &mut Vec<Action>) {
        self.words(ui, state);
        ui.add_space(theme::NEAR);
        let field = TextEdit::multiline(&mut self.prompts).desired_rows(3).desired_width(f32::INFINITY);
        let name = controls::title(t!("compare-words-prompts"));
        controls::field(ui, (name, t!("compare-words-prompts.tip")), field);
        ui.horizontal(|ui| {
            let field = DragValue::new(&mut self.seeds).range(1..=SEEDS).speed(0.05);
            controls::field(ui, named!("compare-words-seeds"), field);
        });
        controls::note(ui, t!("compare-words-rest"));
        ui.add_space(theme::NEAR);
        self.button(ui, state, actions);
        scores::ask(ui, state, &self.chosen, &mut self.judged, actions);
    }

    /// The words there are: the run's as it was at its steps, and the library's.
    fn words(&mut self, ui: &mut Ui, state: &AppState) {
        ui.label(controls::title(t!("compare-words-words")));
        let field = TextEdit::singleline(&mut self.filter)
            .hint_text(t!("compare-look-find.hint"))
            .desired_width(f32::INFINITY);
        ui.add(field)
            .accessible_name(t!("compare-look-find.name"))
            .on_hover_text(t!("compare-words-find.tip"));
        self.listed.follow(state, &self.filter.trim().to_lowercase(), &mut self.chosen);
        let Listed { shown, none, .. } = &self.listed;
        if *none {
            controls::note(ui, t!("compare-words-no-word"));
        }
        let height = ui.spacing().interact_size.y;
        let list =
            ScrollArea::vertical().id_salt("compare-words").max_height(LIST).auto_shrink([false, true]);
        list.show_rows(ui, height, shown.len(), |ui, rows| {
            for (word, name) in shown.get(rows).unwrap_or_default() {
                let mut chosen = self.chosen.contains(word);
                let row = ui.checkbox(&mut chosen, name.as_str());
                if row.on_hover_text(t!("compare-words-word.tip")).changed() {
                    if chosen {
                        self.chosen.insert(word.clone());
                    } else {
                        self.chosen.remove(word);
                    }
                }
            }
        });
    }

    fn button(&mut self, ui: &mut Ui, state: &AppState, actions: &mut Vec<Action>) {
        let prompts: Vec<String> = self.prompts.lines().map(str::trim).map(str::to_owned).collect();
        let prompts: Vec<String> = prompts.into_iter().filter(|prompt| !prompt.is_empty()).collect();
        let count = self.chosen.len() * prompts.len() * self.seeds;
        let obstacle = state.engine_obstacle().or_else(|| state.model_obstacle()).or_else(|| {
            let lacks = prompts.iter().find(|prompt| !prompt.contains("{}"));
            if self.chosen.is_empty() {
                Some(t!("compare-words-choose").into())
            } else if prompts.is_empty() {
                Some(t!("compare-words-no-prompt").into())
            } else if let Some(prompt) = lacks {
                Some(t!("compare-look-no-place", prompt = prompt))
            } else {
                (count > MOST).then(|| t!("compare-words-too-many", count = count, most = MOST))
            }
        });
        let text = t!("compare-words-draw", count = count);
        if press(ui, icons::BRUSH, (&text, t!("compare-words-draw.tip")), obstacle) {
            let (words, seeds) = (self.chosen.iter().cloned().collect(), self.seeds);
            self.large.shown = None;
            actions.push(Action::DrawGrid(Grid::WordsPrompts { words, prompts, seeds }));
        }
    }

    /// The grid that was drawn last.
    fn grid(&mut self, ui: &mut Ui, state: &AppState, shared: &mut Shared) {
        if self.large.shown.is_none() {
            scores::show(ui, state, &mut shared.actions);
        }
        let Some(grid) = &state.grid else {
            controls::note(ui, t!("compare-words-nothing"));
            return;
        };
        if self.large.ui(ui, state, shared, t!("compare-words-back")) {
            return;
        }
        let done = grid.cells.iter().flatten().count();
        ui.add(Label::new(controls::quiet(
            ui,
            t!("compare-words-drawn", done = done, all = grid.cells.len()),
        )));
        if let Some(place) = grids::show(ui, state, shared, grid) {
            self.large.shown = grid.cells.get(place).cloned().flatten();
        }
    }
}

/// The words as they are listed, put together anew only when the library, the model, the run or the filter changes.
#[derive(Default)]
struct Listed {
    of: Option<ListOf>,
    /// Those that the filter lets through.
    shown: Vec<(GridWord, String)>,
    /// Whether there are none at all.
    none: bool,
}

/// What a list depends on: the names of the library, the run with its word and its steps, the filter, the language.
struct ListOf {
    names: Arc<LibraryNames>,
    run: Option<PathBuf>,
    word: Option<String>,
    steps: Vec<u64>,
    filter: String,
    language: Language,
}

impl ListOf {
    fn same(&self, state: &AppState, filter: &str) -> bool {
        let run = &state.run;
        let of_run = (self.run.as_deref(), self.word.as_deref(), self.steps.as_slice());
        let names = Arc::ptr_eq(&self.names, &state.library.names) && self.language == language::spoken();
        names && of_run == (run.folder(), run.word(), run.checkpoints.as_slice()) && self.filter == filter
    }
}

impl Listed {
    /// Keeps up with the state; what is not there any more is not chosen any more.
    fn follow(&mut self, state: &AppState, filter: &str, chosen: &mut BTreeSet<GridWord>) {
        if self.of.as_ref().is_some_and(|of| of.same(state, filter)) {
            return;
        }
        self.of = Some(ListOf {
            names: state.library.names.clone(),
            run: state.run.folder().map(Path::to_path_buf),
            word: state.run.word().map(str::to_owned),
            steps: state.run.checkpoints.clone(),
            filter: filter.to_owned(),
            language: language::spoken(),
        });
        self.shown = there(state);
        self.none = self.shown.is_empty();
        chosen.retain(|word| self.shown.iter().any(|(known, _)| known == word));
        if !filter.is_empty() {
            self.shown.retain(|(_, name)| name.to_lowercase().contains(filter));
        }
    }
}

/// The words that can be drawn with the model in use, by what they are called.
fn there(state: &AppState) -> Vec<(GridWord, String)> {
    let mut there = Vec::new();
    if let (Some(run), Some(word)) = (state.run.folder(), state.run.word()) {
        for &step in &state.run.checkpoints {
            there.push((
                GridWord::Step { run: run.to_path_buf(), step },
                t!("compare-words-at-step", word = word, step = step),
            ));
        }
    }
    there.extend(words(state).map(|card| (GridWord::Library(card.path.clone()), card.word.clone())));
    there
}

#[cfg(test)]
mod tests {
    use super::*;
    use disk::message::{Answer, WordCard};

    #[test]
    fn words_are_listed_anew_only_when_something_changes() {
        let card = |name: &str| WordCard {
            path: format!("/words/{name}.safetensors").into(),
            word: name.to_owned(),
            names: vec![name.to_owned()],
            ..WordCard::default()
        };
        let mut state = AppState::default();
        let (mut listed, mut chosen) = (Listed::default(), BTreeSet::new());
        listed.follow(&state, "", &mut chosen);
        assert!(listed.none);
        state.answer(Answer::Words(vec![card("<Cat>"), card("<dog>")]));
        listed.follow(&state, "", &mut chosen);
        assert!(!listed.none && listed.shown.len() == 2);
        chosen.extend(listed.shown.iter().map(|(word, _)| word.clone()));
        let place = listed.shown.as_ptr();
        listed.follow(&state, "", &mut chosen);
        assert_eq!(listed.shown.as_ptr(), place, "nothing has changed");
        language::speak(Language::Japanese);
        listed.follow(&state, "", &mut chosen);
        assert!(listed.of.as_ref().is_some_and(|of| of.language == Language::Japanese));
        language::speak(Language::English);
        listed.follow(&state, "cat", &mut chosen);
        assert_eq!((listed.shown.len(), chosen.len()), (1, 2), "what is hidden stays chosen");
        state.answer(Answer::Words(vec![card("<dog>")]));
        listed.follow(&state, "cat", &mut chosen);
        assert_eq!((listed.shown.len(), listed.none, chosen.len()), (0, false, 1));
    }
}
