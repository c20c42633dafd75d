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
use project::evaluation::Score;

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
                ui.heading(t!("compare-title"));
                ui.add_space(theme::GAP);
                let tab = &mut tab;
                controls::choice(ui, tab, CompareTab::Pictures, icons::GRID, named!("compare-pictures"));
                controls::choice(ui, tab, CompareTab::Methods, icons::CHART, named!("compare-methods"));
                controls::choice(ui, tab, CompareTab::Bias, icons::SPLIT, named!("compare-bias"));
                controls::choice(ui, tab, CompareTab::Meaning, icons::SPARKLE, named!("compare-meaning"));
                controls::choice(ui, tab, CompareTab::Study, icons::EYE, named!("compare-study"));
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

/// A mean, and in brackets the ends of its interval if it has one, with so many decimals.
fn figure(figures: [f64; 3], decimals: usize) -> String {
    let [mean, low, high] = figures.map(|figure| format!("{figure:.decimals$}"));
    if figures[1] >= figures[2] {
        return mean;
    }
    t!("compare-figure", mean = mean, low = low, high = high)
}

/// A score with its interval.
fn scored(score: &Score) -> String {
    figure([score.mean, score.low, score.high], 3)
}
