//! What can be done with any picture: a copy of it, its settings used again, its file shown, a part of it changed.
//!
//! Only buttons; what they do is an action.

use std::path::Path;
use std::sync::Arc;

use egui::Ui;
use image::RgbImage;

use crate::action::{Action, System};
use crate::dialog::Question;
use crate::editing::EditAction;
use crate::icons;
use crate::widgets::controls;

/// Shows the buttons one after the other; a picture that was not read yet cannot be put on the clipboard.
pub fn ui(ui: &mut Ui, path: &Path, picture: Option<&Arc<RgbImage>>, actions: &mut Vec<Action>) {
    let mut offer = |icon: &str, name: &str, hint: &str, action: Action| {
        if controls::button(ui, true, icon, name).on_hover_text(hint).clicked() {
            actions.push(action);
        }
    };
    let own = || path.to_path_buf();
    let hint = "Save a copy of the picture where you like; its settings stay inside";
    offer(icons::SAVE, "Save a copy…", hint, Action::System(System::Ask(Question::CopyPicture(own()))));
    if let Some(picture) = picture {
        let hint = "Put the picture on the clipboard, to paste it into another program";
        offer(icons::COPY, "Copy", hint, Action::System(System::CopyPicture(Arc::clone(picture))));
    }
    let hint = "Take over the prompt, the seed and everything else this picture was drawn with";
    offer(icons::UNDO, "Use its settings", hint, Action::RestoreSettings(own()));
    let hint = "Show the picture in your file manager";
    offer(icons::FOLDER, "Show file", hint, Action::System(System::Reveal(own())));
    let hint = "Change a part of this picture, or all of it a little";
    offer(icons::PENCIL, "Edit this picture", hint, Action::Edit(EditAction::Open(own())));
}
