//! What was drawn into the picture: a strip from the picture as it came to the newest result, and one of them beside what it
//! was made of.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use egui::{ScrollArea, Ui};
use image::RgbImage;

use crate::action::{Action, System};
use crate::dialog::Question;
use crate::editing::{EditAction, OpenPicture};
use crate::icons;
use crate::state::{AppState, Job, JobKind};
use crate::texture::Shared;
use crate::widgets::controls;
use crate::widgets::gallery::{self, file_name};
use crate::widgets::picture_view::{Content, PictureView};
use disk::message::Task;

#[derive(Default)]
pub struct History {
    view: PictureView,
    /// What is being looked at, in full size.
    held: Vec<(PathBuf, Arc<RgbImage>)>,
    /// What of it was asked for last and is not there yet.
    asked: Option<PathBuf>,
}

impl History {
    /// The strip, and above it what is being drawn or what can be done with the result that is shown.
    pub fn ui(&mut self, ui: &mut Ui, state: &AppState, shared: &mut Shared, open: &OpenPicture) {
        let results: Vec<PathBuf> = open.results.iter().flatten().cloned().collect();
        let drawing = state.jobs.iter().any(|job| draws_into(job, open));
        let text = match results.len() {
            _ if drawing => t!("edit-history-drawing").to_owned(),
            0 => t!("edit-history-none").to_owned(),
            1 => t!("edit-history-one").to_owned(),
            count => t!("edit-history-many", count = count),
        };
        controls::note(ui, &text);
        buttons(ui, shared, open, drawing);
        let all: Vec<PathBuf> = std::iter::once(open.source()).chain(results.into_iter().rev()).collect();
        let chosen = open.shown.clone().unwrap_or_else(|| open.base());
        if let Some(path) = gallery::strip(ui, shared, &all, &state.thumbnails, Some(&chosen)) {
            let shown = Some(path).filter(|path| *path != open.base());
            shared.actions.push(Action::Edit(EditAction::Show(shown)));
        }
    }

    /// Gets hold of these pictures, one after the other, and lets go of others: large ones do not fit beside one another
    /// among those that the window keeps.
    fn hold(&mut self, state: &AppState, shared: &mut Shared, wanted: &[&Path]) {
        self.held.retain(|(path, _)| wanted.contains(&path.as_path()));
        for path in wanted {
            if self.held.iter().any(|(held, _)| held == path) {
                continue;
            }
            match state.full(path) {
                Some(picture) => self.held.push((path.to_path_buf(), Arc::clone(picture))),
                None => {
                    if self.asked.as_deref() != Some(*path) {
                        self.asked = Some(path.to_path_buf());
                        shared.actions.push(Action::Disk(Task::OpenPreview(path.to_path_buf())));
                    }
                    return;
                }
            }
        }
        self.asked = None;
    }

    /// A result beside the picture that it was made of, with the line between them.
    pub fn compare(
        &mut self,
        ui: &mut Ui,
        state: &AppState,
        shared: &mut Shared,
        open: &OpenPicture,
        result: &Path,
    ) {
        let before = open.before(result).filter(|before| *before != open.base());
        let wanted: Vec<&Path> = std::iter::once(result).chain(before.as_deref()).collect();
        self.hold(state, shared, &wanted);
        let held =
            |path: &Path| self.held.iter().find(|(known, _)| known == path).map(|(_, picture)| picture);
        let second = held(result);
        let first = match &before {
            Some(before) => held(before).or(second),
            None => Some(&open.picture),
        };
        let Some(first) = first else {
            ui.label(t!("edit-opening"));
            return;
        };
        let name = t!("edit-beside.name", picture = open.edited.name, result = file_name(result));
        let content = Content { first, second, name: &name };
        let size = ui.available_size();
        self.view.ui(ui, shared, &content, size);
    }
}

/// Whether a job draws into this picture.
pub fn draws_into(job: &Job, open: &OpenPicture) -> bool {
    matches!(&job.kind, JobKind::Edit { folder, .. } if *folder == open.folder)
}

/// What can be done with the result that is shown, or with the picture.
fn buttons(ui: &mut Ui, shared: &mut Shared, open: &OpenPicture, drawing: bool) {
    let mut offers: Vec<(&str, &str, &str, Action)> = Vec::new();
    let edit = Action::Edit;
    if open.shown.is_some() || open.watching && drawing {
        let hint = t!("edit-paint-on.tip");
        offers.push((icons::BRUSH, t!("edit-paint-on"), hint, edit(EditAction::Show(None))));
    }
    if drawing && !open.watching {
        let hint = t!("edit-watch.tip");
        offers.push((icons::EYE, t!("edit-watch"), hint, edit(EditAction::Watch)));
    }
    if let Some(shown) = &open.shown {
        let hint = t!("edit-keep.tip");
        offers.push((icons::CHECK, t!("edit-keep"), hint, edit(EditAction::Keep(shown.clone()))));
        let hint = t!("edit-go-on.tip");
        offers.push((icons::RIGHT, t!("edit-go-on"), hint, edit(EditAction::GoOn(shown.clone()))));
        let hint = t!("edit-save-copy.tip");
        let copy = Action::System(System::Ask(Question::CopyPicture(shown.clone())));
        offers.push((icons::SAVE, t!("edit-save-copy"), hint, copy));
    } else if open.base() != open.source() {
        let hint = t!("edit-original.tip");
        offers.push((icons::UNDO, t!("edit-original"), hint, edit(EditAction::GoOn(open.source()))));
    }
    let of = open.shown.clone().unwrap_or_else(|| open.base());
    if let Some(step) = open.results.iter().position(|results| results.contains(&of)) {
        let hint = t!("edit-as-drawn.tip");
        offers.push((icons::UNDO, t!("edit-as-drawn"), hint, edit(EditAction::BackTo(step))));
    }
    let hint = t!("edit-show-file.tip");
    offers.push((icons::FOLDER, t!("edit-show-file"), hint, Action::System(System::Reveal(of))));
    // One line, so that the strip below stays where it is; in a small window it scrolls.
    ScrollArea::horizontal().id_salt("edit-offers").auto_shrink([false, true]).show(ui, |ui| {
        ui.horizontal(|ui| {
            // A line is there even when it is empty, so that nothing moves.
            ui.set_min_height(ui.spacing().interact_size.y);
            for (icon, name, hint, action) in offers {
                if controls::button(ui, true, icon, name).on_hover_text(hint).clicked() {
                    shared.actions.push(action);
                }
            }
            if open.best.is_some() && open.best == open.shown {
                controls::note(ui, t!("edit-best"));
            }
        });
    });
}
