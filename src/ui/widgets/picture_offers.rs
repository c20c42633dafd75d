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
    let hint = t!("offer-save.tip");
    offer(icons::SAVE, t!("offer-save"), hint, Action::System(System::Ask(Question::CopyPicture(own()))));
    if let Some(picture) = picture {
        let hint = t!("offer-copy.tip");
        offer(icons::COPY, t!("offer-copy"), hint, Action::System(System::CopyPicture(Arc::clone(picture))));
    }
    let hint = t!("offer-settings.tip");
    offer(icons::UNDO, t!("offer-settings"), hint, Action::RestoreSettings(own()));
    let hint = t!("offer-show.tip");
    offer(icons::FOLDER, t!("offer-show"), hint, Action::System(System::Reveal(own())));
    let hint = t!("offer-edit.tip");
    offer(icons::PENCIL, t!("offer-edit"), hint, Action::Edit(EditAction::Open(own())));
}
