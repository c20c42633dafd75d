//! The pictures drawn before: a search over what they were drawn with, as a strip or as a wall.
//!
//! It looks anew only when the question or the pictures have changed, and reads no file.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use egui::{Sense, TextEdit, Ui};

use crate::state::AppState;
use crate::texture::Shared;
use crate::widgets::controls;
use crate::widgets::gallery::{self, file_name};
use crate::widgets::tile::Tile;
use crate::{icons, theme};
use disk::message::PictureTexts;
use disk::search::Terms;

/// Side of a picture on the wall.
const SIDE: f32 = theme::CARD * 1.25;

#[derive(Default)]
pub(super) struct History {
    typed: String,
    /// The pictures that fit, and what they were looked for with.
    found: Vec<PathBuf>,
    of: Option<Of>,
    /// Whether all of them are shown in place of the one that is large.
    pub(super) wall: bool,
}

/// What an answer depends on: what was typed, how many pictures there are, the newest of them, and what all say.
#[derive(PartialEq)]
struct Of(String, usize, Option<PathBuf>, Arc<PictureTexts>);

impl History {
    /// The pictures that fit, newest first.
    fn pictures<'a>(&'a mut self, state: &'a AppState) -> &'a [PathBuf] {
        let terms = Terms::of(&self.typed);
        if terms.is_empty() {
            return &state.gallery;
        }
        let (pictures, texts) = (&state.gallery, &state.library.texts);
        let same = self.of.as_ref().is_some_and(|of| {
            (&of.0, of.1, of.2.as_ref()) == (&self.typed, pictures.len(), pictures.first())
                && Arc::ptr_eq(&of.3, texts)
        });
        if !same {
            let fitting: HashSet<&Path> = texts.found(&terms).into_iter().collect();
            self.found = pictures.iter().filter(|path| fitting.contains(path.as_path())).cloned().collect();
            self.of = Some(Of(self.typed.clone(), pictures.len(), pictures.first().cloned(), texts.clone()));
        }
        &self.found
    }

    /// What stands above the strip.
    pub(super) fn header(&mut self, ui: &mut Ui, state: &AppState) {
        ui.horizontal(|ui| {
            let all = state.gallery.len();
            let found = self.pictures(state).len();
            let told = if found < all { format!("{found} of {all}") } else { all.to_string() };
            controls::note(ui, &format!("Drawn before, newest first ({told})"));
            let field = TextEdit::singleline(&mut self.typed).hint_text("Search prompts");
            let field = ui.add(field.desired_width(220.0).char_limit(200));
            let hint = "Show only pictures drawn with this in their prompt, model, sampler or seed; a word behind a minus \
                        leaves those out";
            field.accessible_name("Search drawn pictures").on_hover_text(hint);
            let text = format!("{}  All at once", icons::GRID);
            let wall = ui.selectable_label(self.wall, text).accessible_name("All at once");
            if wall.on_hover_text("Show the pictures side by side; click one to see it large").clicked() {
                self.wall = !self.wall;
            }
        });
    }

    /// The strip; gives the picture that was clicked.
    pub(super) fn strip(&mut self, ui: &mut Ui, state: &AppState, shared: &mut Shared) -> Option<PathBuf> {
        let chosen = state.shown.as_ref().map(|shown| shown.path.as_path());
        gallery::strip(ui, shared, self.pictures(state), &state.thumbnails, chosen)
    }

    /// All of them side by side; gives the picture that was clicked. Only the rows in view are laid out.
    pub(super) fn wall(&mut self, ui: &mut Ui, state: &AppState, shared: &mut Shared) -> Option<PathBuf> {
        ui.spacing_mut().item_spacing = egui::Vec2::splat(theme::NEAR);
        let width = ui.available_width() - ui.spacing().scroll.bar_width - theme::NEAR;
        let columns = (((width + theme::NEAR) / (SIDE + theme::NEAR)).floor() as usize).max(1);
        let chosen = state.shown.as_ref().map(|shown| shown.path.as_path());
        let pictures = self.pictures(state);
        if pictures.is_empty() {
            controls::note(ui, "No picture was drawn with that. Type less to see more.");
        }
        let mut clicked = None;
        let area = egui::ScrollArea::vertical().id_salt("gallery-wall").auto_shrink([false, false]);
        area.show_rows(ui, SIDE, pictures.len().div_ceil(columns), |ui, rows| {
            for row in rows {
                ui.horizontal(|ui| {
                    for path in pictures.iter().skip(row * columns).take(columns) {
                        let name = format!("Large {}", file_name(path));
                        let marked = chosen == Some(path.as_path());
                        let tile =
                            Tile { picture: Some(path), name: &name, mark: None, chosen: marked, side: SIDE };
                        if tile.ui(ui, state, shared, Sense::click()).clicked() {
                            clicked = Some(path.clone());
                        }
                    }
                });
            }
        });
        clicked
    }
}
