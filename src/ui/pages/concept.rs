//! The Concept page: the pictures to learn from, what is decided about each, and the word they will become.
//!
//! Edits go to a copy of the draft and are reported whole; the page keeps only which picture is open. Dropped
//! files are taken in by the window itself.

mod outlines;
mod picture;
mod remarks;
mod rights;
mod word;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use egui::{
    Align, Align2, Button, CentralPanel, Frame, Key, KeyboardShortcut, Layout, Modifiers, Panel, Rect,
    RichText, ScrollArea, Stroke, StrokeKind, TextStyle, Ui, vec2,
};

use crate::action::Action;
use crate::commands::UiCommand;
use crate::icons;
use crate::state::AppState;
use crate::texture::Shared;
use crate::theme::{self, FAR, GAP, NEAR, ROUND};
use crate::widgets::picture_card::{card, card_size};
use crate::widgets::{controls, damaged};
use disk::message::{Collection, ConceptPicture, DraftCard, Task};
use picture::PictureDetail;
use project::{ConceptKind, Draft, PictureEntry};
use remarks::{remark, twins};
use starter::SAMPLES;

/// Pictures by their files.
type Views<'a> = HashMap<&'a Path, &'a ConceptPicture>;

#[derive(Debug, Default)]
pub struct ConceptPage {
    open: Option<PathBuf>,
    /// The open picture, while it is looked at again.
    asked: Option<PathBuf>,
    detail: PictureDetail,
}

impl ConceptPage {
    pub fn ui(&mut self, ui: &mut Ui, state: &AppState, shared: &mut Shared) {
        let Some(before) = &state.draft else {
            let frame = Frame::central_panel(ui.style()).inner_margin(theme::PAGE_MARGIN);
            CentralPanel::default().frame(frame).show(ui, |ui| {
                header(ui, state, None, &mut shared.actions);
                welcome(ui, &mut shared.actions);
            });
            return;
        };
        let mut draft = before.clone();
        let first = shared.actions.len();
        side(ui, state, &mut draft, &mut shared.actions);
        let frame = Frame::central_panel(ui.style()).inner_margin(theme::PAGE_MARGIN);
        CentralPanel::default().frame(frame).show(ui, |ui| {
            header(ui, state, Some(&draft), &mut shared.actions);
            if draft.entries.is_empty() {
                self.open = None;
                self.detail.leave();
                welcome(ui, &mut shared.actions);
            } else {
                self.pictures(ui, state, shared, &mut draft);
            }
        });
        // The edit first: the others are about the draft as it is now.
        if draft != *before {
            shared.actions.insert(first, Action::EditDraft(Box::new(draft)));
        }
    }

    /// The pictures, and below them the one that is open.
    fn pictures(&mut self, ui: &mut Ui, state: &AppState, shared: &mut Shared, draft: &mut Draft) {
        let views: Views<'_> = state.views.iter().map(|view| (view.entry.path.as_path(), view)).collect();
        let own = state.model_card().map_or(0, |card| card.size);
        let size = draft.settings.resolution.unwrap_or(own);

        let Draft { entries, settings, .. } = draft;
        let open = entries.iter_mut().find(|entry| Some(&entry.path) == self.open.as_ref());
        if let Some(entry) = open {
            let most = (ui.available_height() - card_size().y * 0.6).max(160.0);
            let height = (ui.available_height() * 0.58).clamp(160.0, 560.0).min(most);
            let frame = Frame::new().inner_margin(vec2(0.0, GAP));
            let panel = Panel::bottom("concept detail").exact_size(height).frame(frame);
            let stays = panel.show(ui, |ui| {
                let view = views.get(entry.path.as_path()).copied();
                let let_go = view.is_some_and(ConceptPicture::is_let_go);
                if let_go && self.asked.as_ref() != Some(&entry.path) {
                    shared.actions.push(Action::Disk(Task::View(entry.clone())));
                }
                self.asked = let_go.then(|| entry.path.clone());
                self.detail.ui(ui, state, shared, view.filter(|_| !let_go), entry, settings)
            });
            if !stays.inner {
                self.open = None;
            }
            if let Some((rights, from)) = self.detail.for_all.take() {
                entries.iter_mut().for_each(|entry| {
                    entry.rights = rights;
                    entry.rights_from.clone_from(&from);
                });
            }
        } else {
            self.open = None;
            self.detail.leave();
        }
        let area = ui.available_rect_before_wrap();
        self.grid(ui, state, shared, &views, entries, size);
        if dragging(ui) {
            highlight(ui, area);
        }
    }

    /// The cards; only those in sight are laid out.
    fn grid(
        &mut self,
        ui: &mut Ui,
        state: &AppState,
        shared: &mut Shared,
        views: &Views<'_>,
        entries: &mut [PictureEntry],
        size: u32,
    ) {
        let twins = twins(views, entries);
        ui.spacing_mut().item_spacing = vec2(GAP, GAP);
        let card_size = card_size();
        let across = (ui.available_width() / (card_size.x + GAP)).floor().max(1.0) as usize;
        let rows = entries.len().div_ceil(across);
        let scroll = ScrollArea::vertical().id_salt("concept pictures").auto_shrink(false);
        scroll.show_rows(ui, card_size.y, rows, |ui, visible| {
            let first = visible.start * across;
            let shown = entries.iter_mut().skip(first).take(visible.len() * across).collect::<Vec<_>>();
            let mut shown = shown.into_iter().peekable();
            while shown.peek().is_some() {
                ui.horizontal_top(|ui| {
                    for entry in shown.by_ref().take(across) {
                        let view = views.get(entry.path.as_path()).copied();
                        let remark = view.and_then(|view| remark(entry, view, size, &twins));
                        // Of many pictures only the last are kept large; a card can do without.
                        let small = view.filter(|view| view.is_let_go()).map(|view| {
                            let copy = shared.thumbnail(&state.thumbnails, &entry.path).cloned();
                            ConceptPicture { picture: copy, ..view.clone() }
                        });
                        let view = small.as_ref().or(view);
                        let open = self.open.as_ref() == Some(&entry.path);
                        let card = card(ui, shared, view, entry, remark.as_ref(), open);
                        if card.clicked() {
                            self.open = Some(entry.path.clone()).filter(|_| !open);
                        }
                    }
                });
            }
        });
    }
}

/// The word and the settings beside the pictures.
fn side(ui: &mut Ui, state: &AppState, draft: &mut Draft, actions: &mut Vec<Action>) {
    let width = if ui.available_width() > 1200.0 { 372.0 } else { 336.0 };
    let frame = Frame::side_top_panel(ui.style()).inner_margin(theme::MARGIN);
    let side = Panel::right("concept side").resizable(false).exact_size(width).frame(frame);
    side.show(ui, |ui| {
        let frame = Frame::new().inner_margin(vec2(0.0, NEAR));
        let bottom = Panel::bottom("concept learn").frame(frame).show_separator_line(false);
        bottom.show(ui, |ui| word::learn(ui, state, actions));
        ScrollArea::vertical().id_salt("concept fields").auto_shrink(false).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = NEAR;
            word::fields(ui, state, draft, actions);
        });
    });
}

/// The line above the pictures.
fn header(ui: &mut Ui, state: &AppState, draft: Option<&Draft>, actions: &mut Vec<Action>) {
    let narrow = theme::is_narrow(ui);
    ui.horizontal(|ui| {
        ui.heading(t!("concept-pictures"));
        if let Some(draft) = draft.filter(|draft| !draft.entries.is_empty()) {
            let on = draft.entries.iter().filter(|entry| entry.enabled).count();
            let text = t!("concept-switched-on", on = on, all = draft.entries.len());
            ui.label(RichText::new(text).color(theme::tokens(ui).quiet));
        }
        if !narrow {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| begun(ui, state, draft, actions));
        }
    });
    if narrow {
        begun(ui, state, draft, actions);
    }
    if let Some(draft) = draft.filter(|draft| !draft.entries.is_empty()) {
        ui.horizontal_wrapped(|ui| {
            buttons(ui, actions);
            outlines::for_all(ui, state, draft, actions);
            ui.label(RichText::new(paste(ui)).small().color(theme::tokens(ui).quiet));
        });
    }
    ui.add_space(NEAR);
}

/// The list of the concepts begun, behind a button.
fn begun(ui: &mut Ui, state: &AppState, draft: Option<&Draft>, actions: &mut Vec<Action>) {
    let menu = ui.menu_button(format!("{} {}", icons::FOLDER, t!("concept-begun")), |ui| {
        concepts(ui, state, draft, actions);
    });
    let menu = menu.response.accessible_name(t!("concept-begun"));
    menu.on_hover_text(t!("concept-begun.tip"));
}

/// The concepts begun, newest first, and a new one.
fn concepts(ui: &mut Ui, state: &AppState, draft: Option<&Draft>, actions: &mut Vec<Action>) {
    ui.set_width(340.0);
    let command = UiCommand::NewConcept;
    let new = ui.button(format!("{} {}", command.icon(), command.text())).accessible_name(command.text());
    if new.on_hover_text(command.hint(ui.ctx())).clicked() {
        actions.push(Action::Command(command));
        ui.close();
    }
    ui.separator();
    if state.drafts.is_empty() {
        ui.label(RichText::new(t!("concept-no-others")).color(theme::tokens(ui).quiet));
    }
    ScrollArea::vertical().id_salt("concepts begun").max_height(320.0).show(ui, |ui| {
        for DraftCard { folder, word, pictures, .. } in &state.drafts {
            let word = if word.is_empty() { t!("concept-no-word") } else { word.as_str() };
            let open = draft.is_some_and(|draft| draft.folder == *folder);
            controls::from_right(ui, |ui| {
                let away = ui.add(Button::new(icons::TRASH).frame(false));
                let away = away.accessible_name(t!("concept-delete.name", word = word));
                let tip = t!("concept-delete.tip");
                if away.on_hover_text(tip).clicked() {
                    actions.push(Action::Disk(Task::TrashDraft(folder.clone())));
                    ui.close();
                }
                let text = t!("concept-entry", word = word, pictures = pictures);
                let size = vec2(ui.available_width(), ui.spacing().interact_size.y);
                let choice = ui.add_sized(size, Button::selectable(open, text).truncate());
                if choice.on_hover_text(t!("concept-open.tip")).clicked() {
                    actions.push(Action::Disk(Task::OpenDraft(folder.clone())));
                    ui.close();
                }
            });
        }
        damaged::list(ui, state.damaged(Collection::Concepts), Task::TrashDraft, actions);
    });
}

fn buttons(ui: &mut Ui, actions: &mut Vec<Action>) {
    for command in [UiCommand::AddPictures, UiCommand::AddFolder] {
        let button =
            ui.button(format!("{} {}", command.icon(), command.text())).accessible_name(command.text());
        controls::on_press(button, command, actions);
    }
}

fn paste(ui: &Ui) -> String {
    let keys = ui.ctx().format_shortcut(&KeyboardShortcut::new(Modifiers::COMMAND, Key::V));
    format!("{} {}", icons::CLIPBOARD, t!("concept-paste", keys = keys))
}

/// Whether files are held over the window.
fn dragging(ui: &Ui) -> bool {
    ui.input(|input| !input.raw.hovered_files.is_empty())
}

fn highlight(ui: &Ui, area: Rect) {
    let tokens = theme::tokens(ui);
    ui.painter().rect(area, ROUND, tokens.veil, Stroke::new(2.0, tokens.accent), StrokeKind::Inside);
    let font = TextStyle::Heading.resolve(ui.style());
    let text = Rect::from_center_size(area.center(), vec2(260.0, 64.0));
    ui.painter().rect_filled(text, ROUND, tokens.card);
    ui.painter().text(area.center(), Align2::CENTER_CENTER, t!("concept-drop"), font, tokens.accent);
}

/// The page without pictures: where to drop them, and the samples.
fn welcome(ui: &mut Ui, actions: &mut Vec<Action>) {
    let tokens = theme::tokens(ui);
    let dragging = dragging(ui);
    let (edge, colour) = if dragging { (2.0, tokens.accent) } else { (1.0, tokens.edge) };
    ScrollArea::vertical().id_salt("concept welcome").auto_shrink(false).show(ui, |ui| {
        let zone = Frame::new().fill(tokens.card).stroke(Stroke::new(edge, colour)).corner_radius(ROUND);
        zone.inner_margin(FAR).show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.vertical_centered(|ui| {
                ui.add_space(FAR);
                let icon = if dragging { tokens.accent } else { tokens.quiet };
                ui.label(RichText::new(icons::IMAGES).size(56.0).color(icon));
                ui.heading(t!("concept-welcome"));
                let text = t!("concept-welcome-views");
                ui.label(RichText::new(text).color(tokens.quiet));
                ui.add_space(GAP);
                buttons(ui, actions);
                ui.label(RichText::new(paste(ui)).small().color(tokens.quiet));
                ui.add_space(FAR);
            });
        });
        ui.add_space(GAP);
        ui.label(RichText::new(t!("concept-samples")).strong());
        ui.horizontal_wrapped(|ui| {
            for sample in SAMPLES {
                let (icon, tip) = match sample.kind {
                    ConceptKind::Object => {
                        (icons::SHAPES, t!("concept-sample-object.tip", thing = sample.initial_word))
                    }
                    ConceptKind::Style => (icons::PALETTE, t!("concept-sample-style.tip").to_owned()),
                };
                let text = t!("concept-sample", name = sample.name);
                let button = ui.button(format!("{icon} {text}")).accessible_name(text);
                controls::reports(button, tip, actions, || Task::OpenSample(sample));
            }
        });
        ui.add_space(GAP);
    });
}
