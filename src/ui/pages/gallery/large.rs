//! One picture of the gallery in all the room there is, or two of them: one behind the other with a divider, or side by
//! side.
//!
//! It reads no file: what is not there in full size is asked for once, and its small copy stands in.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use egui::{Key, Modifiers, Ui, vec2};
use image::RgbImage;

use crate::action::Action;
use crate::state::AppState;
use crate::texture::Shared;
use crate::widgets::controls;
use crate::widgets::gallery::file_name;
use crate::widgets::picture_view::{Content, PictureView};
use crate::{icons, theme};
use disk::message::Task;

#[derive(Default)]
pub(super) struct Large {
    /// One or two; none while the wall is shown.
    shown: Vec<Shown>,
    /// Both are looked at in the same way, so that the same part is seen of each.
    view: PictureView,
    /// Whether two lie side by side.
    beside: bool,
}

struct Shown {
    path: PathBuf,
    /// Kept here, since two large ones can be more than the window keeps for all.
    full: Option<Arc<RgbImage>>,
    asked: bool,
}

impl Large {
    pub fn open(&mut self, paths: Vec<PathBuf>) {
        self.shown = paths.into_iter().take(2).map(|path| Shown { path, full: None, asked: false }).collect();
        self.view.fit();
    }

    pub fn is_open(&self) -> bool {
        !self.shown.is_empty()
    }

    /// The picture that is shown, or the first of two.
    pub fn first(&self) -> Option<&PathBuf> {
        self.shown.first().map(|shown| &shown.path)
    }

    /// Closes when what is shown is not there any more.
    pub fn keep(&mut self, there: impl Fn(&PathBuf) -> bool) {
        if !self.shown.iter().all(|shown| there(&shown.path)) {
            self.shown.clear();
        }
    }

    /// Shows it; gives the picture to which the arrows went, if the keys are `free` for that.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        state: &AppState,
        shared: &mut Shared,
        (pictures, free): (&[PathBuf], bool),
    ) -> Option<PathBuf> {
        let other = ui.horizontal_wrapped(|ui| self.header(ui, pictures, free)).inner;
        if let Some(path) = &other {
            self.open(vec![path.clone()]);
        }
        let found: Vec<Option<Arc<RgbImage>>> =
            self.shown.iter_mut().map(|shown| shown.picture(state, shared)).collect();
        let names: Vec<String> = self.shown.iter().map(|shown| file_name(&shown.path)).collect();
        let size = ui.available_size();
        match (found.as_slice(), names.as_slice()) {
            ([Some(one)], [name]) => {
                self.view.ui(ui, shared, &Content { first: one, second: None, name }, size);
            }
            ([Some(first), Some(second)], [a, b]) if self.beside => {
                let size = vec2((size.x - theme::NEAR) / 2.0, size.y);
                ui.horizontal(|ui| {
                    ui.spacing_mut().item_spacing.x = theme::NEAR;
                    for (first, name) in [(first, a), (second, b)] {
                        self.view.ui(ui, shared, &Content { first, second: None, name }, size);
                    }
                });
            }
            ([Some(first), second], [a, b]) => {
                let name = t!("gallery-two", a = a, b = b);
                let content = Content { first, second: second.as_ref(), name: &name };
                self.view.ui(ui, shared, &content, size);
            }
            ([], _) => {}
            _ => _ = controls::note(ui, t!("gallery-read-large")),
        }
        other
    }

    /// The buttons above; the picture that is wanted in place of the one shown.
    fn header(&mut self, ui: &mut Ui, pictures: &[PathBuf], free: bool) -> Option<PathBuf> {
        let pressed = |ui: &Ui, key: Key| free && ui.input_mut(|i| i.consume_key(Modifiers::NONE, key));
        let back = controls::button(ui, true, icons::GRID, t!("gallery-to-all"));
        if back.on_hover_text(t!("gallery-to-all.tip")).clicked() || pressed(ui, Key::Escape) {
            self.shown.clear();
        }
        match self.shown.as_slice() {
            [one] => {
                let place = place(pictures, &one.path)?;
                let mut to = None;
                for (name, key, arrow, hint, other) in [
                    (
                        t!("gallery-previous"),
                        Key::PageUp,
                        Key::ArrowLeft,
                        t!("gallery-previous.tip"),
                        place.checked_sub(1),
                    ),
                    (
                        t!("gallery-next"),
                        Key::PageDown,
                        Key::ArrowRight,
                        t!("gallery-next.tip"),
                        Some(place + 1),
                    ),
                ] {
                    let other = other.and_then(|place| pictures.get(place));
                    let button = ui.add_enabled(other.is_some(), egui::Button::new(name)).on_hover_text(hint);
                    let button = button.on_disabled_hover_text(t!("gallery-next.disabled"));
                    // The arrows move a picture that was enlarged, if they were given to it.
                    let arrow = ui.memory(|memory| memory.focused().is_none()) && pressed(ui, arrow);
                    if button.clicked() || pressed(ui, key) || arrow {
                        to = other.cloned();
                    }
                }
                controls::note(ui, &t!("gallery-place", place = place + 1, all = pictures.len()));
                to
            }
            [_, _] => {
                controls::choice(ui, &mut self.beside, false, icons::SPLIT, named!("gallery-over"));
                controls::choice(ui, &mut self.beside, true, icons::IMAGES, named!("gallery-beside"));
                None
            }
            _ => None,
        }
    }
}

impl Shown {
    fn picture(&mut self, state: &AppState, shared: &mut Shared) -> Option<Arc<RgbImage>> {
        if self.full.is_none() {
            self.full = state.full(&self.path).cloned();
        }
        if self.full.is_none() && !std::mem::replace(&mut self.asked, true) {
            shared.actions.push(Action::Disk(Task::OpenPreview(self.path.clone())));
        }
        let copy = shared.thumbnail(&state.thumbnails, &self.path);
        self.full.clone().or_else(|| copy.cloned())
    }
}

/// Where a picture stands among others. Names are compared as they are written, which is quick enough for every frame.
fn place(pictures: &[PathBuf], path: &Path) -> Option<usize> {
    pictures.iter().position(|picture| picture.as_os_str() == path.as_os_str())
}
