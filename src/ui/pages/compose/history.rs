//! The pictures drawn before: a search over what they were drawn with, as a strip or as a wall.
//!
//! It reads no file.

use std::path::{Path, PathBuf};

use egui::Ui;

use crate::icons;
use crate::state::AppState;
use crate::texture::Shared;
use crate::widgets::controls;
use crate::widgets::gallery::{self, Wall};
use crate::widgets::picture_finder::PictureFinder;

#[derive(Default)]
pub(super) struct History {
    finder: PictureFinder,
    /// Whether all of them are shown in place of the one that is large.
    pub(super) wall: bool,
}

impl History {
    /// What stands above the strip.
    pub(super) fn header(&mut self, ui: &mut Ui, state: &AppState) {
        ui.horizontal(|ui| {
            let told = self.finder.counted(state);
            controls::note(ui, &t!("history-told", told = told));
            self.finder.field(ui, 220.0);
            let text = format!("{}  {}", icons::GRID, t!("history-wall"));
            let wall = ui.selectable_label(self.wall, text).accessible_name(t!("history-wall"));
            if wall.on_hover_text(t!("history-wall.tip")).clicked() {
                self.wall = !self.wall;
            }
        });
    }

    /// The strip; gives the picture that was clicked.
    pub(super) fn strip(&mut self, ui: &mut Ui, state: &AppState, shared: &mut Shared) -> Option<PathBuf> {
        let chosen = state.shown.as_ref().map(|shown| shown.path.as_path());
        gallery::strip(ui, shared, self.finder.pictures(state), &state.thumbnails, chosen)
    }

    /// All of them side by side; gives the picture that was clicked.
    pub(super) fn wall(&mut self, ui: &mut Ui, state: &AppState, shared: &mut Shared) -> Option<PathBuf> {
        let shown = state.shown.as_ref().map(|shown| shown.path.as_path());
        let pictures = self.finder.pictures(state);
        if pictures.is_empty() {
            controls::note(ui, t!("history-none"));
        }
        let wall = Wall {
            salt: "gallery-wall",
            pictures,
            called: t!("history-large"),
            hint: t!("history-large.tip"),
            chosen: &|path: &Path| shown == Some(path),
            mark: &|_: &Path| None,
        };
        wall.ui(ui, state, shared).map(|pressed| pressed.path)
    }
}
