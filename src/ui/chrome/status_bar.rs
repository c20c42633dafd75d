//! The bar at the bottom: the running job.

use egui::{self, Align, Label, Layout, RichText, Ui};

use crate::action::Action;
use crate::commands::UiCommand;
use crate::language::floors::short_duration;
use crate::language::sentences::said;
use crate::state::{AppState, Job, JobKind};
use crate::widgets::controls;
use crate::{icons, theme};
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
                t!("status-bar-running.tip")
            } else {
                t!("status-bar-waiting.tip")
            });
            ui.add(Label::new(RichText::new(doing_text(job)).color(theme::tokens(ui).quiet)).truncate());
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.add_space(theme::NEAR);
                if !job.begun {
                    return waiting(ui, state.held, actions);
                }
                let stop = UiCommand::Stop;
                let button = ui.button(format!("{} {}", stop.icon(), stop.text()));
                controls::on_press(button.accessible_name(t!("status-stop.name")), stop, actions);
                let (icon, text, name) = match job.paused {
                    true => (icons::PLAY, t!("status-resume"), t!("status-resume.name")),
                    false => (icons::PAUSE, t!("status-pause"), t!("status-pause.name")),
                };
                let button = ui.button(format!("{icon} {text}")).accessible_name(name);
                controls::on_press(button, UiCommand::PauseResume, actions);
            });
        });
    });
}

/// What can be done with a job that has not begun: there is nothing to pause and nothing to keep.
fn waiting(ui: &mut Ui, held: bool, actions: &mut Vec<Action>) {
    let cancel = ui
        .button(format!("{} {}", icons::CLOSE, t!("status-cancel")))
        .accessible_name(t!("status-cancel.name"));
    controls::reports(cancel, t!("status-cancel.tip"), actions, || UiCommand::Stop);
    if held {
        let begin = ui.button(format!("{} {}", icons::PLAY, t!("status-begin")));
        let begin = begin.accessible_name(t!("status-begin.name"));
        controls::reports(begin, t!("status-begin.tip"), actions, || Command::HoldQueue(false));
    }
}

fn progress_text(job: &Job) -> String {
    match job.progress {
        _ if !job.begun => t!("status-waits").to_owned(),
        Some((done, of)) => t!("status-progress", done = done, of = of),
        None => String::new(),
    }
}

/// "learning, 3.2 steps/s, 4 min left".
fn doing_text(job: &Job) -> String {
    let mut parts =
        vec![if job.paused { t!("status-paused").to_owned() } else { said(&job.doing).into_owned() }];
    // A point of a comparison is no step.
    let each = job.seconds_each.filter(|_| !matches!(job.kind, JobKind::Compare(_)));
    if let Some(seconds) = each.filter(|seconds| *seconds > 0.0) {
        parts.push(if seconds < 1.0 {
            t!("status-steps-a-second", rate = format!("{:.1}", 1.0 / seconds))
        } else {
            t!("status-seconds-a-step", seconds = format!("{seconds:.1}"))
        });
    }
    parts.extend(job.seconds_left().map(|left| t!("status-left", time = short_duration(left))));
    parts.retain(|part| !part.is_empty());
    parts.join(", ")
}
