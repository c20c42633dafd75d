//! The jobs that run or wait, in their order, each with a way out, and what can be done with all of them.
//!
//! A click belongs to the job it was meant for: where the list has moved on meanwhile, it does nothing.

use egui::{Align, Button, Label, Layout, ProgressBar, RichText, ScrollArea, Ui};

use super::controls;
use crate::action::Action;
use crate::commands::UiCommand;
use crate::state::{AppState, Job};
use crate::{icons, theme};
use base::units;
use engine::message::Command;
use text::prompt::shortened;

/// Letters of a job's label in the name of a button.
const NAME: usize = 40;

/// Shows jobs within a height.
pub fn show(ui: &mut Ui, salt: &str, jobs: &[&Job], height: f32, actions: &mut Vec<Action>) {
    let row = ui.spacing().interact_size.y + theme::NEAR;
    let area = ScrollArea::vertical().id_salt(salt).max_height(height).auto_shrink([false, true]);
    area.show_rows(ui, row, jobs.len(), |ui, shown| {
        for place in shown {
            let before = place.checked_sub(1).map(|before| jobs[before]);
            entry(ui, jobs[place], before.is_some_and(|before| !before.begun), row, actions);
        }
    });
}

fn entry(ui: &mut Ui, job: &Job, movable: bool, height: f32, actions: &mut Vec<Action>) {
    // All in a place of its own, whatever is above it: see the file's header.
    let size = egui::vec2(ui.available_width(), height);
    let id = egui::Id::unique(("job", job.id, ui.scope_id()));
    let builder = egui::UiBuilder::new().scope_id(id).layout(Layout::top_down(Align::Min));
    let (rect, _) = ui.allocate_exact_size(size, egui::Sense::hover());
    ui.scope_builder(builder.max_rect(rect), |ui| {
        ui.with_layout(Layout::right_to_left(Align::Min), |ui| {
            let name = shortened(&job.label, NAME);
            let cancel = ui.add(Button::new(format!("{} Cancel", icons::CLOSE)));
            let hint = "Take this job away; what it has made is kept";
            if cancel.accessible_name(format!("Cancel {name}")).on_hover_text(hint).clicked() {
                actions.push(Action::Engine(Command::Stop(job.id)));
            }
            if movable && !job.begun {
                let earlier = ui.button("Earlier").accessible_name(format!("Earlier: {name}"));
                if earlier.on_hover_text("Let this job change places with the one before it").clicked() {
                    actions.push(Action::Engine(Command::MoveUp(job.id)));
                }
            }
            ui.with_layout(Layout::top_down(Align::Min), |ui| {
                ui.add(Label::new(RichText::new(text(job)).small()).truncate());
                if let Some((done, of)) = job.progress.filter(|_| job.begun) {
                    let bar = ProgressBar::new(done as f32 / of.max(1) as f32).desired_height(theme::NEAR);
                    ui.add(bar.fill(theme::tokens(ui).accent)).on_hover_text(format!("{done} of {of}"));
                }
            });
        });
    });
}

/// "Drawing: a cat, 3 pictures, drawing, 4 min left".
fn text(job: &Job) -> String {
    let pictures = match job.pictures_left() {
        0 | 1 => String::new(),
        count => format!("{count} pictures"),
    };
    let doing = if job.begun { job.doing.as_str() } else { "waits" };
    let left = job.seconds_left().filter(|left| job.begun && *left > 0.0);
    let left = left.map_or_else(String::new, |left| format!("{} left", units::short_duration(left)));
    let parts = [job.label.as_str(), &pictures, doing, &left];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

/// How much there is to do, and the buttons for all that waits.
pub fn totals(ui: &mut Ui, state: &AppState, actions: &mut Vec<Action>) {
    let ahead = state.work_ahead();
    if ahead.jobs == 0 && !state.held {
        return;
    }
    let count = |count: usize, one: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        count => Some(format!("{count} {one}s")),
    };
    let left = ahead.seconds.filter(|seconds| *seconds > 0.0);
    let left = left.map(|seconds| format!("about {} left", units::short_duration(seconds)));
    let held = state.held.then(|| "held".to_owned());
    let parts = [count(ahead.jobs, "job"), count(ahead.pictures, "picture"), left, held];
    controls::note(ui, &parts.into_iter().flatten().collect::<Vec<_>>().join(", "));
    ui.horizontal_wrapped(|ui| {
        let (icon, name, hint) = if state.held {
            (icons::PLAY, "Let them begin", "Begin the jobs that wait, one after another")
        } else {
            (
                icons::PAUSE,
                "Hold what waits",
                "Begin no other job after the one that runs, until you let them",
            )
        };
        if controls::button(ui, true, icon, name).on_hover_text(hint).clicked() {
            actions.push(Action::Engine(Command::HoldQueue(!state.held)));
        }
        if state.jobs.iter().filter(|job| !job.begun).count() > 1 {
            let hint = "Take every job away that has not begun";
            if controls::button(ui, true, icons::CLOSE, "Clear what waits").on_hover_text(hint).clicked() {
                actions.push(Action::Engine(Command::ClearQueue));
            }
        }
    });
}

/// What broke off when the device was lost, and the ways to go on or not.
pub fn broken_off(ui: &mut Ui, state: &AppState, actions: &mut Vec<Action>) {
    let Some(first) = state.broken_off.first() else { return };
    let more = match state.broken_off.len() - 1 {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    controls::warning(ui, &format!("Broken off: {}{more}", first.label));
    ui.horizontal_wrapped(|ui| {
        let there = state.engine_gone.is_none();
        let hint = "Go on where the device was lost; what is drawn already is not drawn again";
        let go_on = controls::button(ui, there, icons::PLAY, "Go on with it").on_hover_text(hint);
        if go_on.on_disabled_hover_text("Start the engine again first").clicked() {
            actions.push(Action::Command(UiCommand::GoOn));
        }
        let hint = "Let it be; what is drawn already stays";
        if controls::button(ui, true, icons::CLOSE, "Let it be").on_hover_text(hint).clicked() {
            actions.push(Action::ForgetBrokenOff);
        }
    });
}
