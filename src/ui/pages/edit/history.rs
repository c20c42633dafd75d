//! What was drawn into the picture: a strip from the picture as it came to the newest result, and one of them beside what it
//! was made of.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use egui::{ProgressBar, Role, Sense, Ui, Vec2, WidgetInfo};
use image::RgbImage;

use crate::action::{Action, System};
use crate::commands::UiCommand;
use crate::dialog::Question;
use crate::editing::{EditAction, OpenPicture};
use crate::state::{AppState, JobKind};
use crate::texture::Shared;
use crate::widgets::controls;
use crate::widgets::gallery::{self, Fit, file_name, paint};
use crate::widgets::picture_view::{Content, PictureView};
use crate::{icons, theme};
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
        growing(ui, state, shared, open);
        buttons(ui, shared, open);
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
            ui.label("The picture is being opened.");
            return;
        };
        let name = format!("{} and {}", open.edited.name, file_name(result));
        let content = Content { first, second, name: &name };
        let size = ui.available_size();
        self.view.ui(ui, shared, &content, size);
    }
}

/// The result as it grows.
fn growing(ui: &mut Ui, state: &AppState, shared: &mut Shared, open: &OpenPicture) {
    let job = state
        .jobs
        .iter()
        .find(|job| job.begun && matches!(&job.kind, JobKind::Edit { folder, .. } if *folder == open.folder));
    let Some(job) = job else {
        let text = match open.results.iter().flatten().count() {
            0 => "Every result is kept here, with its mask and its settings".to_owned(),
            count => format!("The picture as it came, then {count} results, newest first"),
        };
        controls::note(ui, &text);
        return;
    };
    ui.horizontal(|ui| {
        let latents = state.latent_preview.as_ref().filter(|latents| latents.job == job.id);
        if let Some(latents) = latents {
            let side = ui.spacing().interact_size.y;
            let (rect, response) = ui.allocate_exact_size(Vec2::splat(side), Sense::hover());
            response.widget_info(|| WidgetInfo::labeled(Role::Image, true, "The result being drawn"));
            paint(ui, shared, &latents.picture, rect, Fit::Contain);
            let of = job.kind.pictures();
            let (step, steps) = (latents.step, latents.steps);
            ui.label(format!("Drawing {} of {of}: step {step} of {steps}", latents.index + 1));
        } else {
            ui.label(if job.doing.is_empty() { "Drawing" } else { job.doing.as_str() });
        }
        controls::command(ui, UiCommand::Skip, &mut shared.actions);
        let (done, of) = job.progress.unwrap_or((0, 1));
        let bar = ProgressBar::new(done as f32 / of.max(1) as f32).desired_height(theme::NEAR);
        ui.add(bar.fill(theme::tokens(ui).accent)).on_hover_text("How far the results have come");
    });
}

/// What can be done with the result that is shown, or with the picture.
fn buttons(ui: &mut Ui, shared: &mut Shared, open: &OpenPicture) {
    let mut offers: Vec<(&str, &str, &str, Action)> = Vec::new();
    let edit = |action: EditAction| Action::Edit(action);
    if let Some(shown) = &open.shown {
        offers.push((
            icons::BRUSH,
            "Paint on",
            "Go back to the picture and its mask",
            edit(EditAction::Show(None)),
        ));
        let hint = "Copy this result to the pictures you drew, where Compose shows them";
        offers.push((icons::CHECK, "Keep this one", hint, edit(EditAction::Keep(shown.clone()))));
        let hint = "Edit this result next, with an empty mask; you can come back to the picture as it was";
        offers.push((icons::RIGHT, "Go on from this one", hint, edit(EditAction::GoOn(shown.clone()))));
        let hint = "Save a copy of the result where you like; its settings stay inside";
        let copy = Action::System(System::Ask(Question::CopyPicture(shown.clone())));
        offers.push((icons::SAVE, "Save a copy…", hint, copy));
    } else if open.base() != open.source() {
        let hint = "Edit the picture as it came; results stay in the strip";
        offers.push((icons::UNDO, "Back to the original", hint, edit(EditAction::GoOn(open.source()))));
    }
    let of = open.shown.clone().unwrap_or_else(|| open.base());
    if let Some(step) = open.results.iter().position(|results| results.contains(&of)) {
        let hint = "Take back the picture, the mask and all settings that this result was drawn with";
        offers.push((icons::UNDO, "As it was drawn", hint, edit(EditAction::BackTo(step))));
    }
    ui.horizontal(|ui| {
        // A line is there even when it is empty, so that nothing moves.
        ui.set_min_height(ui.spacing().interact_size.y);
        for (icon, name, hint, action) in offers {
            if controls::button(ui, true, icon, name).on_hover_text(hint).clicked() {
                shared.actions.push(action);
            }
        }
        if open.best.is_some() && open.best == open.shown {
            controls::note(ui, "The best of them, by CLIP");
        }
    });
}
