//! Something of the artist's that cannot be read: what is wrong with it, and the two things that can be done.
//!
//! Nothing is left out of a list in silence, and nothing is mended here: the file stays as it is until the person
//! decides.

use std::path::PathBuf;

use egui::{self, Ui};

use super::controls;
use super::gallery::file_name;
use crate::action::{Action, System};
use crate::{icons, theme};
use disk::message::{Damaged, Task};

/// Shows what is damaged, each with its fault; `trash` makes the task that moves one to the trash.
pub fn list<'a>(
    ui: &mut Ui,
    damaged: impl Iterator<Item = &'a Damaged>,
    trash: impl Fn(PathBuf) -> Task,
    actions: &mut Vec<Action>,
) {
    for damaged in damaged {
        ui.push_id(&damaged.path, |ui| entry(ui, damaged, &trash, actions));
    }
}

fn entry(ui: &mut Ui, damaged: &Damaged, trash: &impl Fn(PathBuf) -> Task, actions: &mut Vec<Action>) {
    let tokens = theme::tokens(ui);
    let name = file_name(&damaged.path);
    controls::card(ui).stroke(egui::Stroke::new(1.0, tokens.error)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        let title = egui::RichText::new(format!("{}  {}", icons::ERROR, t!("damaged-title", name = name)));
        ui.add(egui::Label::new(title.color(tokens.error)).wrap());
        controls::note(ui, &damaged.fault);
        ui.horizontal_wrapped(|ui| {
            let show = controls::button(ui, true, icons::FOLDER, t!("damaged-show"));
            let show = show.accessible_name(t!("damaged-show.name", name = name));
            controls::reports(show, t!("damaged-show.tip"), actions, || System::Reveal(damaged.path.clone()));
            let away = controls::button(ui, true, icons::TRASH, t!("damaged-away"));
            let away = away.accessible_name(t!("damaged-away.name", name = name));
            controls::reports(away, t!("damaged-away.tip"), actions, || trash(damaged.path.clone()));
        });
    });
    ui.add_space(theme::NEAR);
}
