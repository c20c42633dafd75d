//! The bar at the bottom: the running job.

use egui::{self, Align, Label, Layout, RichText, Ui};

use crate::action::Action;
use crate::commands::UiCommand;
use crate::state::{AppState, Job, JobKind};
use crate::widgets::controls;
use crate::{icons, theme};
use base::units;
use engine::message::Command;

pub fn show(ui: &mut Ui, state: &AppState, actions: &mut Vec<Action>) {
    let Some(job) = state.running().or(state.jobs.first()) else { return };
    egui::Panel::bottom("bottom").exact_size(46.0).show(ui, |ui| {
        ui.horizontal_centered(|ui| {
            ui.add_space(theme::NEAR);
            let size = egui::vec2(220.0, 20.0);
            ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
                ui.set_min_width(size.x);
                ui.add(Label::new(&job.label).truncate());
            });
            let fraction = job.progress.map_or(0.0, |(done, of)| done as f32 / of.max(1) as f32);
            let bar = egui::ProgressBar::new(fraction).desired_width(260.0).text(progress_text(job));
            ui.add(bar).on_hover_text(if job.begun {
                "How far the running job is"
            } else {
                "It has not begun"
            });
            ui.add(Label::new(RichText::new(doing_text(job)).color(theme::tokens(ui).quiet)).truncate());
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.add_space(theme::NEAR);
                if !job.begun {
                    return waiting(ui, state.held, actions);
                }
                let stop = UiCommand::Stop;
                let button = ui.button(format!("{} {}", stop.icon(), stop.text()));
                controls::on_press(button.accessible_name("Stop the job"), stop, actions);
                let (icon, name) = if job.paused { (icons::PLAY, "Resume") } else { (icons::PAUSE, "Pause") };
                let button = ui.button(format!("{icon} {name}")).accessible_name(format!("{name} the job"));
                controls::on_press(button, UiCommand::PauseResume, actions);
            });
        });
    });
}

/// What can be done with a job that has not begun: there is nothing to pause and nothing to keep.
fn waiting(ui: &mut Ui, held: bool, actions: &mut Vec<Action>) {
    let cancel = ui.button(format!("{} Cancel", icons::CLOSE)).accessible_name("Cancel the waiting job");
    if cancel.on_hover_text("Take this job away; it has not begun").clicked() {
        actions.push(Action::Command(UiCommand::Stop));
    }
    if held {
        let begin = ui.button(format!("{} Let them begin", icons::PLAY));
        let begin = begin.accessible_name("Let the waiting jobs begin");
        if begin.on_hover_text("Begin the jobs that wait, one after another").clicked() {
            actions.push(Action::Engine(Command::HoldQueue(false)));
        }
    }
}

fn progress_text(job: &Job) -> String {
    match job.progress {
        _ if !job.begun => "waits".to_owned(),
        Some((done, of)) => format!("{done} of {of}"),
        None => String::new(),
    }
}

/// "learning, 3.2 steps/s, 4 min left".
fn doing_text(job: &Job) -> String {
    let mut parts = vec![if job.paused { "paused".to_owned() } else { job.doing.clone() }];
    // A point of a comparison is no step.
    let each = job.seconds_each.filter(|_| !matches!(job.kind, JobKind::Compare(_)));
    if let Some(seconds) = each.filter(|seconds| *seconds > 0.0) {
        parts.push(if seconds < 1.0 {
            format!("{:.1} steps/s", 1.0 / seconds)
        } else {
            format!("{seconds:.1} s a step")
        });
    }
    parts.extend(job.seconds_left().map(|left| format!("{} left", units::short_duration(left))));
    parts.retain(|part| !part.is_empty());
    parts.join(", ")
}
