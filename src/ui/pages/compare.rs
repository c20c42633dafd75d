//! The Compare page: words side by side in the same prompts and seeds, methods by their scores, what pictures of a word show
//! and what it means, and what people say who do not know which is which.
//!
//! It keeps only what is about looking; what is drawn, read and answered is the reducer's.

mod bias;
mod board;
mod look;
mod marks;
mod meaning;
mod methods;
mod pictures;
mod plot;
mod scores;
mod start;
mod study;

use egui::{Frame, Ui};

use crate::action::Action;
use crate::comparing::{CompareAction, CompareTab};
use crate::state::AppState;
use crate::texture::Shared;
use crate::widgets::controls;
use crate::{icons, theme};

/// The page and what is being looked at in it.
#[derive(Default)]
pub struct ComparePage {
    pictures: pictures::PicturesTab,
    methods: methods::MethodsTab,
    bias: bias::BiasTab,
    meaning: meaning::MeaningTab,
    study: study::StudyTab,
}

impl ComparePage {
    pub fn ui(&mut self, ui: &mut Ui, state: &AppState, shared: &mut Shared) {
        let frame = Frame::NONE.inner_margin(theme::PAGE_MARGIN);
        let mut tab = state.comparing.tab;
        egui::CentralPanel::default().frame(frame).show(ui, |ui| {
            ui.horizontal(|ui| {
                ui.heading("Compare");
                ui.add_space(theme::GAP);
                let tab = &mut tab;
                let hint = "Draw the same prompts and seeds with several words, side by side";
                controls::choice(ui, tab, CompareTab::Pictures, icons::GRID, "Pictures", hint);
                let hint = "How alike and how obedient the words of several methods are, by CLIP's scores";
                controls::choice(ui, tab, CompareTab::Methods, icons::CHART, "Methods", hint);
                let hint = "See what pictures of a learned word show beside those of a known word, none of them chosen";
                controls::choice(ui, tab, CompareTab::Bias, icons::SPLIT, "Bias", hint);
                let hint = "Find out what a word means to the model, and where in a picture it is looked for";
                controls::choice(ui, tab, CompareTab::Meaning, icons::SPARKLE, "Meaning", hint);
                let hint = "Let people rank pictures without knowing which method drew them";
                controls::choice(ui, tab, CompareTab::Study, icons::EYE, "Study", hint);
            });
            ui.add_space(theme::NEAR);
            match state.comparing.tab {
                CompareTab::Pictures => self.pictures.ui(ui, state, shared),
                CompareTab::Methods => self.methods.ui(ui, state, shared),
                CompareTab::Bias => self.bias.ui(ui, state, shared),
                CompareTab::Meaning => self.meaning.ui(ui, state, shared),
                CompareTab::Study => self.study.ui(ui, state, shared),
            }
        });
        if tab != state.comparing.tab {
            shared.actions.push(Action::Compare(CompareAction::Show(tab)));
        }
    }
}
