//! One picture of many, shown large in their place until the person goes back.
//!
//! It reads no file: a picture that is not there in full size is asked for once, and its small copy stands in.

use std::path::{Path, PathBuf};

use egui::{Key, Modifiers, Ui};

use crate::action::Action;
use crate::state::AppState;
use crate::texture::Shared;
use crate::widgets::controls;
use crate::widgets::gallery::file_name;
use crate::widgets::picture_view::{Content, PictureView};
use crate::{icons, input};
use disk::message::Task;

#[derive(Default)]
pub struct LargePicture {
    /// The picture that is shown.
    pub shown: Option<PathBuf>,
    view: PictureView,
    /// The one that was asked for.
    asked: Option<PathBuf>,
}

impl LargePicture {
    /// Lets go of a picture that lies elsewhere: another report is open now.
    pub fn keep_below(&mut self, folder: &Path) {
        self.shown.take_if(|path| !path.starts_with(folder));
    }

    /// Shows the picture in all the room there is, if there is one; whether there is. `back` is what the button says.
    pub fn ui(&mut self, ui: &mut Ui, state: &AppState, shared: &mut Shared, back: &str) -> bool {
        let Some(path) = self.shown.clone() else { return false };
        let button = controls::button(ui, true, icons::UNDO, back).on_hover_text(t!("large-back.tip"));
        let escape = || ui.input_mut(|i| i.consume_key(Modifiers::NONE, Key::Escape));
        if button.clicked() || (input::keys_are_free(ui.ctx()) && escape()) {
            (self.shown, self.asked) = (None, None);
            self.view.fit();
            return true;
        }
        let full = state.full(&path);
        // One that is written anew is read again.
        self.asked.take_if(|_| full.is_some());
        if full.is_none() && self.asked.as_ref() != Some(&path) {
            self.asked = Some(path.clone());
            shared.actions.push(Action::Disk(Task::OpenPreview(path.clone())));
        }
        let copy = shared.thumbnail(&state.thumbnails, &path);
        if let Some(first) = full.or(copy) {
            let content = Content { first, second: None, name: &file_name(&path) };
            let size = ui.available_size();
            self.view.ui(ui, shared, &content, size);
        }
        true
    }
}
