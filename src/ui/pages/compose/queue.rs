//! The drawings that wait or run, above the button that asks for them.

use egui::Ui;

use crate::action::Action;
use crate::state::{AppState, Job};
use crate::widgets::{controls, job_list};
use crate::{icons, theme};
use engine::message::Command;

/// Height of the list; it scrolls beyond.
const HEIGHT: f32 = theme::CARD;

pub fn ui(ui: &mut Ui, state: &AppState, actions: &mut Vec<Action>) {
    job_list::broken_off(ui, state, actions);
    let jobs: Vec<&Job> = state.jobs.iter().filter(|job| job.kind.pictures() > 0).collect();
    if jobs.is_empty() {
        return;
    }
    job_list::show(ui, "compose-queue", &jobs, HEIGHT, actions);
    job_list::totals(ui, state, actions);
    if jobs.len() > 1 {
        let hint = t!("compose-cancel-all.tip");
        if controls::button(ui, true, icons::CLOSE, t!("compose-cancel-all")).on_hover_text(hint).clicked() {
            actions.extend(jobs.iter().map(|job| Action::Engine(Command::Stop(job.id))));
        }
    }
}
