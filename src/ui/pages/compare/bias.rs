//! What pictures of a learned word show, beside those of the known word and those it was learned from: pictures that nobody
//! chose, and how many of them show what (figure 8 of the paper).
//!
//! The engine counts. No share stands here without its interval and without saying who counted.

use std::path::PathBuf;
use std::slice;

use egui::{RichText, ScrollArea, Ui};

use super::look::{self, Row};
use crate::action::{Action, System};
use crate::comparing::{BiasWish, CompareAction};
use crate::dialog::Question;
use crate::pages::advanced::rows::line;
use crate::state::{AppState, JobKind};
use crate::texture::Shared;
use crate::widgets::controls;
use crate::widgets::gallery::file_name;
use crate::widgets::large_picture::LargePicture;
use crate::{icons, theme};
use disk::message::{CompareTask, OpenReport, Task};
use project::meaning::{Attribute, BiasReport, PictureSet, STARTER_ATTRIBUTES, Share, read_attributes};

/// Height of the list of earlier reports.
const EARLIER: f32 = 300.0;

#[derive(Default)]
pub struct BiasTab {
    wish: BiasWish,
    large: LargePicture,
}

impl BiasTab {
    pub fn ui(&mut self, ui: &mut Ui, state: &AppState, shared: &mut Shared) {
        look::column(ui, "compare-bias", |ui| self.column(ui, state, &mut shared.actions));
        let margin = egui::Frame::NONE.inner_margin(theme::MARGIN);
        egui::CentralPanel::no_frame().frame(margin).show(ui, |ui| {
            look::jobs(ui, state, "bias-jobs", |kind| matches!(kind, JobKind::Count(_)), &mut shared.actions);
            match &state.comparing.bias {
                Some(open) => self.report(ui, state, shared, open),
                None => _ = controls::note(ui, t!("bias-nothing")),
            }
        });
    }

    fn column(&mut self, ui: &mut Ui, state: &AppState, actions: &mut Vec<Action>) {
        let wish = &mut self.wish;
        look::word(ui, state, named!("bias-word"), &mut wish.word, None);
        line(ui, named!("bias-known"), &mut wish.known);
        let card = look::words(state).find(|card| Some(&card.path) == wish.word.as_ref());
        let began = card.map_or("", |card| card.initial_word.as_str());
        if wish.known.trim().is_empty() && !began.is_empty() {
            controls::note(ui, &t!("bias-began", began = began));
        }
        line(ui, named!("bias-sentence"), &mut wish.prompt);
        line(ui, named!("bias-look-for"), &mut wish.attributes);
        let own = state
            .clip()
            .is_some_and(|clip| state.model_path.as_ref().is_some_and(|model| *clip == model.join("clip")));
        controls::note(
            ui,
            &match own {
                true => t!("bias-left-empty", attributes = STARTER_ATTRIBUTES.replace(',', ", ")),
                false => t!("bias-example").to_owned(),
            },
        );
        look::settings(ui, &mut wish.settings);
        ui.add_space(theme::NEAR);
        let typed = wish.attributes.trim();
        let obstacle = look::obstacle(state, &wish.prompt).or_else(|| {
            if wish.word.is_none() {
                Some(t!("bias-no-word").into())
            } else if state.clip().is_none() {
                Some(t!("bias-no-clip").into())
            } else if wish.known.trim().is_empty() && began.is_empty() {
                Some(t!("bias-no-known").into())
            } else if typed.is_empty() && !own {
                Some(t!("bias-no-attributes").into())
            } else {
                let read = if typed.is_empty() { Ok(Vec::new()) } else { read_attributes(typed) };
                read.err().map(|error| error.to_string())
            }
        });
        if look::press(ui, icons::BRUSH, named!("bias-count"), obstacle) {
            self.large.shown = None;
            actions.push(Action::Compare(CompareAction::Count(Box::new(wish.clone()))));
        }
        open_report(ui, &state.comparing.reports[0], actions);
    }

    fn report(&mut self, ui: &mut Ui, state: &AppState, shared: &mut Shared, open: &OpenReport<BiasReport>) {
        self.large.keep_below(&open.folder);
        if self.large.ui(ui, state, shared, t!("bias-back")) {
            return;
        }
        let report = &open.report;
        ui.horizontal(|ui| {
            ui.label(controls::title(t!("bias-title", word = report.word, known = report.known)));
            show_folder(ui, open, &mut shared.actions);
        });
        controls::warning(ui, &report.caution);
        ScrollArea::vertical().id_salt("bias-report").auto_shrink([false, false]).show(ui, |ui| {
            let names: Vec<String> = report.sets.iter().map(named).collect();
            let rows: Vec<Row<'_>> =
                report.sets.iter().zip(&names).map(|(set, name)| row(set, name)).collect();
            look::rows(ui, (state, shared), &open.folder, (&rows, &[]), &mut self.large);
            for (number, group) in report.groups.iter().enumerate() {
                ui.add_space(theme::NEAR);
                controls::wide_card(ui, |ui| table(ui, number, report, group));
            }
            controls::note(ui, t!("bias-shares"));
        });
    }
}

/// What a set of pictures shows, as the report calls it.
fn shown(set: &PictureSet) -> &str {
    match set.name.as_str() {
        "known word" => t!("bias-set-known"),
        "learned word" => t!("bias-set-learned"),
        "pictures learned from" => t!("bias-set-pictures"),
        other => other,
    }
}

/// "known word, all 16 of “a photo of a robot”".
fn named(set: &PictureSet) -> String {
    match &set.prompt {
        Some(prompt) => t!("bias-all-of", set = shown(set), count = set.count, prompt = prompt),
        None => t!("bias-all", set = shown(set), count = set.count),
    }
}

/// The pictures of a set; of an older report, in which they have no files of their own, the sheet of all.
fn row<'a>(set: &'a PictureSet, name: &'a str) -> Row<'a> {
    let whole = set.pictures.is_empty();
    Row { name, pictures: if whole { slice::from_ref(&set.sheet) } else { &set.pictures } }
}

/// The shares of a group of attributes, a column for each set of pictures.
fn table(ui: &mut Ui, number: usize, report: &BiasReport, group: &[Attribute]) {
    let spacing = egui::vec2(theme::FAR, 2.0);
    let grid = egui::Grid::new(("bias-table", number)).num_columns(1 + report.sets.len());
    grid.spacing(spacing).striped(true).show(ui, |ui| {
        for name in std::iter::once(t!("bias-shows")).chain(report.sets.iter().map(shown)) {
            let name = controls::quiet(ui, name);
            ui.label(name);
        }
        ui.end_row();
        for attribute in group {
            let hint = t!("bias-attribute.tip", sentence = attribute.sentence);
            ui.label(RichText::new(&attribute.name).strong()).on_hover_text(hint);
            for share in &attribute.shares {
                let hint = t!("bias-share.tip", share = format!("{:.0}", 100.0 * share.probability));
                ui.label(percent(share)).on_hover_text(hint);
            }
            ui.end_row();
        }
    });
}

/// A share with its interval.
fn percent(share: &Share) -> String {
    let [share, low, high] = [share.share, share.low, share.high].map(|part| format!("{:.0}", 100.0 * part));
    t!("compare-share", share = share, low = low, high = high)
}

/// The ways to reports of another day: those that were made here, and any folder.
pub(super) fn open_report(ui: &mut Ui, earlier: &[PathBuf], actions: &mut Vec<Action>) {
    if !earlier.is_empty() {
        let menu = ui.menu_button(t!("compare-report-earlier"), |ui| {
            ScrollArea::vertical().max_height(EARLIER).show(ui, |ui| {
                for folder in earlier {
                    let entry = ui.button(file_name(folder));
                    if entry.on_hover_text(t!("compare-report-again.tip")).clicked() {
                        let (folder, known) = (folder.clone(), None);
                        actions.push(Action::Disk(Task::Compare(CompareTask::Open { folder, known })));
                        ui.close();
                    }
                }
            });
        });
        menu.response.on_hover_text(t!("compare-report-earlier.tip"));
    }
    let wanted = || System::Ask(Question::Report);
    controls::offer(ui, icons::FOLDER, named!("compare-report-open"), actions, wanted);
}

/// The way to the files of a report.
pub(super) fn show_folder<R>(ui: &mut Ui, open: &OpenReport<R>, actions: &mut Vec<Action>) {
    if controls::pressed(ui, icons::EYE, (t!("compare-show-folder"), t!("compare-report-show-folder.tip"))) {
        actions.push(Action::System(System::Reveal(open.folder.clone())));
    }
}
