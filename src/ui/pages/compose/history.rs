//! The pictures drawn before: a search over what they were drawn with, as a strip or as a wall.
//!
//! It reads no file.

use std::path::{Path, PathBuf};

use egui::{Label, TextStyle, Ui};

use crate::state::AppState;
use crate::texture::Shared;
use crate::widgets::controls;
use crate::widgets::gallery::{self, Wall};
use crate::widgets::picture_finder::PictureFinder;
use crate::{icons, theme};

/// Smallest and largest width of the field for what is looked for.
const FIELD: [f32; 2] = [90.0, 220.0];

#[derive(Default)]
pub(super) struct History {
    finder: PictureFinder,
    /// Whether all of them are shown in place of the one that is large.
    pub(super) wall: bool,
}

impl History {
    /// What stands above the strip; whether all of them are shown now that were not, or not any more.
    pub(super) fn header(&mut self, ui: &mut Ui, state: &AppState) -> bool {
        let shown = ui.horizontal(|ui| {
            let text = format!("{}  {}", icons::GRID, t!("history-wall"));
            // The button has its width; the field takes what is left of the rest, and the words what is left by the field.
            let font = TextStyle::Button.resolve(ui.style());
            let button = ui.painter().layout_no_wrap(text.clone(), font, ui.visuals().text_color());
            let spacing = ui.spacing();
            let behind = button.size().x.ceil()
                + 2.0 * spacing.button_padding.x
                + spacing.item_spacing.x
                + theme::NEAR;
            let told = self.finder.counted(state);
            let told = controls::quiet(ui, t!("history-told", told = told));
            let room = ui.available_width() - behind - FIELD[0] - ui.spacing().item_spacing.x;
            ui.scope(|ui| {
                ui.set_max_width(room.max(0.0));
                ui.add(Label::new(told).truncate());
            });
            let room = ui.available_width() - behind;
            self.finder.field(ui, room.clamp(FIELD[0], FIELD[1]));
            let wall = ui.selectable_label(self.wall, text).accessible_name(t!("history-wall"));
            let pressed = wall.on_hover_text(t!("history-wall.tip")).clicked();
            self.wall ^= pressed;
            pressed
        });
        shown.inner
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
