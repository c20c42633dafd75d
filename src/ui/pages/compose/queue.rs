//! The drawings that wait or run, each with a way out.

use egui::{Align, Layout, ProgressBar, RichText};

use crate::action::Action;
use crate::state::{AppState, Job, JobKind};
use crate::widgets::controls;
use crate::{icons, theme};
use engine::message::Command;

/// Jobs shown; a grid can have dozens.
const SHOWN: usize = 4;

pub fn ui(ui: &mut egui::Ui, state: &AppState, actions: &mut Vec<Action>) {
    let drawing = |job: &&Job| matches!(job.kind, JobKind::Draw { .. } | JobKind::Cell { .. });
    let jobs: Vec<&Job> = state.jobs.iter().filter(drawing).collect();
    for job in jobs.iter().take(SHOWN) {
        entry(ui, job, actions);
    }
    if jobs.len() > SHOWN {
        controls::note(ui, &format!("and {} more", jobs.len() - SHOWN));
    }
    if jobs.len() > 1 {
        let hint = "End every drawing, waiting or running; finished pictures are kept";
        if controls::button(ui, true, icons::CLOSE, "Cancel all").on_hover_text(hint).clicked() {
            actions.extend(jobs.iter().map(|job| Action::Engine(Command::Stop(job.id))));
        }
    }
}

fn entry(ui: &mut egui::Ui, job: &Job, actions: &mut Vec<Action>) {
    ui.push_id(job.id, |ui| {
        ui.horizontal(|ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let hint = "End this drawing; finished pictures are kept";
                let cancel = ui.button(format!("{} Cancel", icons::CLOSE)).on_hover_text(hint);
                if cancel.accessible_name(format!("Cancel {}", job.label)).clicked() {
                    actions.push(Action::Engine(Command::Stop(job.id)));
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    ui.add(egui::Label::new(RichText::new(job.label.as_str()).small()).truncate());
                });
            });
        });
        if let Some((done, of)) = job.progress {
            let bar = ProgressBar::new(done as f32 / of.max(1) as f32).desired_height(theme::NEAR);
            ui.add(bar.fill(theme::tokens(ui).accent)).on_hover_text(format!("{done} of {of} steps"));
        } else if !job.begun {
            controls::note(ui, "waiting");
        } else if !job.doing.is_empty() {
            controls::note(ui, &job.doing);
        }
    });
}
