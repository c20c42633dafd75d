//! The Library page: every learned and imported word as a card, and beside them what can be done with the chosen
//! one.
//!
//! It lays out only the rows in view, so that hundreds of words stay quick, and changes no file itself.

use std::path::{Path, PathBuf};

use egui::{self, RichText, Ui};

use crate::action::Action;
use crate::commands::UiCommand;
use crate::mixing::MixAction;
use crate::state::AppState;
use crate::texture::Shared;
use crate::widgets::{controls, damaged, word_card};
use crate::word_library::fits;
use crate::{icons, theme};
use detail::Detail;
use disk::message::{Collection, Task};
use finder::Finder;

mod detail;
mod finder;
mod folders;
mod mix;
mod rights;

/// The page and what is being looked at in it.
#[derive(Default)]
pub struct LibraryPage {
    selected: Option<PathBuf>,
    detail: Detail,
    /// What is being typed for a mix, while words are mixed.
    mix: Option<mix::MixPanel>,
    finder: Finder,
    /// Whether the folders of other programs are shown.
    folders: bool,
    /// What words' rights are, while that is read.
    rights: Option<rights::RightsPanel>,
}

impl LibraryPage {
    pub fn selected(&self) -> Option<&Path> {
        self.selected.as_deref()
    }

    /// What was typed and is to be kept, where no field is drawn any more to be left: each is told once.
    pub fn unkept(&mut self, state: &AppState) -> Vec<Task> {
        self.rights.as_mut().map(|rights| rights.unkept(state)).unwrap_or_default()
    }

    pub fn ui(&mut self, ui: &mut Ui, state: &AppState, shared: &mut Shared) {
        let frame = egui::Frame::NONE.inner_margin(theme::PAGE_MARGIN);
        egui::CentralPanel::default().frame(frame).show(ui, |ui| self.page(ui, state, shared));
    }

    fn page(&mut self, ui: &mut Ui, state: &AppState, shared: &mut Shared) {
        if let Some(path) = self.detail.follow(self.selected.as_deref(), &state.words) {
            self.selected = Some(path);
        }
        self.header(ui, state, &mut shared.actions);
        ui.add_space(theme::NEAR);
        if self.folders {
            folders::ui(ui, state, &mut shared.actions);
        }
        if let Some(rights) = &mut self.rights {
            rights.ui(ui, state, &mut shared.actions);
        }
        damaged::list(ui, state.damaged(Collection::Words), Task::TrashWord, &mut shared.actions);
        if state.words.is_empty() {
            empty(ui, &mut shared.actions);
            return;
        }
        // Before the word beside it, so that Tab comes here first.
        self.finder.ui(ui, state);
        let selected = self.selected.as_ref();
        let frame = controls::card(ui).inner_margin(egui::Margin::same(14));
        let panel = egui::Panel::right("library-word")
            .exact_size(360.0)
            .resizable(false)
            .show_separator_line(false)
            .frame(frame);
        if let Some(mix) = &mut self.mix {
            if !panel.show(ui, |ui| mix.ui(ui, state, shared)).inner {
                self.mix = None;
            }
        } else if let Some(card) = state.words.iter().find(|card| Some(&card.path) == selected) {
            let stay = panel.show(ui, |ui| self.detail.ui(ui, state, shared, card)).inner;
            if !stay {
                self.selected = None;
            }
        }
        egui::CentralPanel::no_frame().show(ui, |ui| self.cards(ui, state, shared));
    }

    fn cards(&mut self, ui: &mut Ui, state: &AppState, shared: &mut Shared) {
        ui.spacing_mut().item_spacing = egui::Vec2::splat(theme::GAP);
        // The bar that scrolls takes its place at the right.
        let width = ui.available_width() - ui.spacing().scroll.bar_width - theme::GAP;
        let columns = (((width + theme::GAP) / (word_card::WIDTH + theme::GAP)).floor() as usize).max(1);
        let found = self.finder.found(state);
        if found.is_empty() {
            controls::note(ui, t!("library-none-fits"));
        }
        let rows = found.len().div_ceil(columns);
        let area = egui::ScrollArea::vertical().id_salt("library-cards").auto_shrink([false, false]);
        area.show_rows(ui, word_card::HEIGHT, rows, |ui, range| {
            for row in range {
                ui.horizontal(|ui| {
                    let places = found.iter().skip(row * columns).take(columns);
                    for card in places.filter_map(|place| state.words.get(*place)) {
                        let selected = match self.mix {
                            Some(_) => state.mixing.draft.has(&card.path),
                            None => self.selected.as_ref() == Some(&card.path),
                        };
                        let twins = state.library.search.twins(card);
                        let response =
                            word_card::word_card(ui, shared, &state.thumbnails, card, (selected, twins));
                        if let Some(mix) = &self.mix {
                            if response.clicked() {
                                let mut draft = Box::new(mix.draft(state));
                                draft.toggle(&card.path);
                                shared.actions.push(Action::Mix(MixAction::Edit { draft, moving: false }));
                            }
                            continue;
                        }
                        if response.clicked() {
                            self.selected = Some(card.path.clone());
                        }
                        if response.double_clicked() && fits(card, state.model_card()) {
                            shared.actions.push(Action::ComposeWith(card.path.clone()));
                        }
                    }
                });
            }
        });
    }

    fn header(&mut self, ui: &mut Ui, state: &AppState, actions: &mut Vec<Action>) {
        let narrow = theme::is_narrow(ui);
        ui.horizontal(|ui| {
            ui.heading(t!("library-title"));
            let count = match state.words.len() {
                0 => String::new(),
                count => t!("library-count", count = count),
            };
            let count = controls::quiet(ui, count);
            ui.label(count);
            if !narrow {
                let right = egui::Layout::right_to_left(egui::Align::Center);
                ui.with_layout(right, |ui| self.buttons(ui, state, actions));
            }
        });
        if narrow {
            ui.horizontal_wrapped(|ui| self.buttons(ui, state, actions));
        }
    }

    fn buttons(&mut self, ui: &mut Ui, state: &AppState, actions: &mut Vec<Action>) {
        if !state.words.is_empty() {
            controls::command(ui, UiCommand::ImportWord, actions);
            let text = RichText::new(format!("{}  {}", icons::SHAPES, t!("library-mix")));
            let button =
                ui.add(egui::Button::selectable(self.mix.is_some(), text)).accessible_name(t!("library-mix"));
            let tip = t!("library-mix.tip");
            if button.on_hover_text(tip).clicked() {
                actions.extend(self.mix.as_ref().and_then(|mix| mix.rest(state)));
                let opened = self.mix.is_none().then(mix::MixPanel::default);
                self.mix = opened;
            }
        }
        let text = format!("{}  {}", icons::FOLDER, t!("library-folders"));
        let folders = ui.selectable_label(self.folders, text).accessible_name(t!("library-folders"));
        let hint = t!("library-folders.tip");
        if folders.on_hover_text(hint).clicked() {
            self.folders = !self.folders;
        }
        let text = format!("{}  {}", icons::INFO, t!("library-rights"));
        let about = ui.selectable_label(self.rights.is_some(), text);
        let about = about.accessible_name(t!("library-rights"));
        let hint = t!("library-rights.tip");
        if about.on_hover_text(hint).clicked() {
            actions.extend(self.unkept(state).into_iter().map(Action::Disk));
            let opened = self.rights.is_none().then(rights::RightsPanel::default);
            self.rights = opened;
        }
    }
}

/// Where words come from.
fn empty(ui: &mut Ui, actions: &mut Vec<Action>) {
    let colour = theme::tokens(ui).faint;
    ui.vertical_centered(|ui| {
        ui.add_space((ui.available_height() * 0.22).max(theme::FAR));
        ui.label(RichText::new(icons::BOOKS).size(48.0).color(colour));
        ui.add_space(theme::NEAR);
        ui.label(controls::title(t!("library-empty")));
        ui.scope(|ui| {
            ui.set_max_width(460.0);
            ui.label(t!("library-empty.what"));
        });
        ui.add_space(theme::GAP);
        let go = controls::main_button(ui, true, icons::IMAGES, t!("library-go-concept"));
        controls::on_press(go, UiCommand::GoConcept, actions);
        controls::command(ui, UiCommand::ImportWord, actions);
    });
}
