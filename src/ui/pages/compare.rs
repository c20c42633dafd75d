//! The Compare page: words side by side in the same prompts and seeds, methods by their scores, and what people say who do
//! not know which is which.
//!
//! It keeps only what is about looking; what is drawn, read and answered is the reducer's.

mod board;
mod marks;
mod methods;
mod pictures;
mod plot;
mod study;

use egui::{Frame, Ui};

use crate::state::AppState;
use crate::texture::Shared;
use crate::widgets::controls;
use crate::{icons, theme};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Tab {
    #[default]
    Pictures,
    Methods,
    Study,
}

/// The page and what is being looked at in it.
#[derive(Default)]
pub struct ComparePage {
    tab: Tab,
    pictures: pictures::PicturesTab,
    methods: methods::MethodsTab,
    study: study::StudyTab,
}

impl ComparePage {
    pub fn ui(&mut self, ui: &mut Ui, state: &AppState, shared: &mut Shared) {
        let frame = Frame::NONE.inner_margin(theme::PAGE_MARGIN);
        egui::CentralPanel::default().frame(frame).show(ui, |ui| {
            ui.horizontal(|ui| {
                ui.heading("Compare");
                ui.add_space(theme::GAP);
                let tab = &mut self.tab;
                let hint = "Draw the same prompts and seeds with several words, side by side";
                controls::choice(ui, tab, Tab::Pictures, icons::GRID, "Pictures", hint);
                let hint = "How alike and how obedient the words of several methods are, by CLIP's scores";
                controls::choice(ui, tab, Tab::Methods, icons::CHART, "Methods", hint);
                let hint = "Let people rank pictures without knowing which method drew them";
                controls::choice(ui, tab, Tab::Study, icons::EYE, "Study", hint);
            });
            ui.add_space(theme::NEAR);
            match self.tab {
                Tab::Pictures => self.pictures.ui(ui, state, shared),
                Tab::Methods => self.methods.ui(ui, state, shared),
                Tab::Study => self.study.ui(ui, state, shared),
            }
        });
    }
}
