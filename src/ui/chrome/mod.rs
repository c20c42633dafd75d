//! What surrounds the pages and lies over them, and what the window needs only to be drawn.
//!
//! Nothing here is kept: a window that is opened again begins with all of it anew.

mod about;
mod curve_picture;
mod guide;
mod navigation;
mod notices;
mod palette;
mod shutdown;
mod status_bar;
mod title;
mod top_bar;

use std::path::Path;

use egui::{Context, Ui};

use crate::action::Action;
use crate::commands::UiCommand;
use crate::device_lost::DeviceLost;
use crate::language::LanguageChoice;
use crate::pages::{compare, compose, concept, edit, gallery, learn, library, models};
use crate::state::{AppState, Page};
use crate::texture::Shared;
use crate::widgets::controls;
use disk::message::Task;

/// The window without what it shows.
#[derive(Default)]
pub(crate) struct Chrome {
    concept: concept::ConceptPage,
    learn: learn::LearnPage,
    compose: compose::ComposePage,
    library: library::LibraryPage,
    compare: compare::ComparePage,
    edit: edit::EditPage,
    gallery: gallery::GalleryPage,
    palette: palette::Palette,
    about: about::About,
    pub guide: guide::Guide,
    notices: notices::Notices,
    pub shutdown: shutdown::Shutdown,
    pub curve_picture: curve_picture::CurvePicture,
    shared: Shared,
    pub device_lost: DeviceLost,
    pub title: title::WindowTitle,
    focused: bool,
}

impl Chrome {
    /// Draws with the window's own shaders if there are any; the guide is shown where it was not seen.
    pub fn new(shaders: bool, device_lost: DeviceLost, guided: bool) -> Self {
        let mut chrome = Self { device_lost, focused: true, ..Self::default() };
        chrome.shared.shaders = shaders;
        chrome.guide.open = !guided;
        chrome
    }

    pub fn selected_word(&self) -> Option<&Path> {
        self.library.selected()
    }

    /// What was typed on a page and is to be kept, where its fields are not drawn any more to be left.
    pub fn unkept(&mut self, state: &AppState) -> Vec<Task> {
        self.library.unkept(state)
    }

    /// Whether the list of commands is open.
    pub fn lists_commands(&self) -> bool {
        self.palette.open
    }

    /// Whether the window has come to the front since the last look.
    pub fn refocused(&mut self, ctx: &Context) -> bool {
        let focused = ctx.input(|i| i.viewport().focused).unwrap_or(true);
        let before = std::mem::replace(&mut self.focused, focused);
        focused && !before
    }

    /// Shows or hides what lies over the page.
    pub fn toggle(&mut self, command: UiCommand) {
        match command {
            UiCommand::Palette => self.palette.open = !self.palette.open,
            UiCommand::ShowGuide => self.guide.open = true,
            UiCommand::About => self.about.open = true,
            _ => {}
        }
    }

    pub fn ui(
        &mut self,
        ui: &mut Ui,
        state: &AppState,
        (home, language): (&Path, LanguageChoice),
        actions: &mut Vec<Action>,
    ) {
        let ctx = ui.ctx().clone();
        top_bar::show(ui, state, &mut self.notices, actions);
        let room = status_bar::room(ui, state);
        navigation::show(ui, state, actions);
        self.guide.hint(ui, state, actions);
        // Each page brings its own margin.
        let frame = egui::Frame::central_panel(&ui.style().clone()).inner_margin(0);
        egui::CentralPanel::default().frame(frame).show(ui, |ui| {
            controls::steady(ui, state.page, |ui| self.page(ui, state, actions));
        });
        if let Some(room) = room {
            status_bar::show(ui, &room, state, actions);
        }
        self.notices.ui(&ctx, state, actions);
        self.palette.ui(&ctx, actions);
        self.about.ui(&ctx, home, language, actions);
        self.guide.ui(&ctx, state, actions);
    }

    fn page(&mut self, ui: &mut Ui, state: &AppState, actions: &mut Vec<Action>) {
        let shared = &mut self.shared;
        match state.page {
            Page::Concept => self.concept.ui(ui, state, shared),
            Page::Learn => self.learn.ui(ui, state, shared),
            Page::Compose => self.compose.ui(ui, state, shared),
            Page::Library => self.library.ui(ui, state, shared),
            Page::Edit => self.edit.ui(ui, state, shared),
            Page::Gallery => self.gallery.ui(ui, state, shared),
            Page::Compare => self.compare.ui(ui, state, shared),
            Page::Models => models::show(ui, state, &mut shared.actions),
        }
        shared.tell_in_view(&state.thumbnails);
        actions.append(&mut shared.actions);
        // A page that is left by a key is not drawn once more.
        if state.page != Page::Library {
            actions.extend(self.unkept(state).into_iter().map(Action::Disk));
        }
    }
}
