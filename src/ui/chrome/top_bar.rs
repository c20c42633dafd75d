//! The bar at the top: the model, the device, the queue, and how many faults stay.

use egui::{self, Align, Layout, RichText, Ui};

use super::notices::Notices;
use crate::action::Action;
use crate::commands::UiCommand;
use crate::state::{AppState, Job};
use crate::widgets::{controls, job_list};
use crate::{icons, theme};

/// Height of the list of jobs; it scrolls beyond.
const HEIGHT: f32 = 360.0;

pub fn show(ui: &mut Ui, state: &AppState, notices: &mut Notices, actions: &mut Vec<Action>) {
    egui::Panel::top("top").exact_size(44.0).show(ui, |ui| {
        ui.horizontal_centered(|ui| {
            ui.add_space(theme::NEAR);
            let model = state
                .model_card()
                .map_or_else(|| t!("top-model-none").to_owned(), |card| model_name(state, &card.name));
            let text = format!("{}  {model}", icons::CUBE);
            let button = ui.button(text).accessible_name(t!("top-model.name", model = model));
            controls::reports(button, t!("top-model.tip"), actions, || UiCommand::GoModels);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.add_space(theme::NEAR);
                queue(ui, state, actions);
                notices.number(ui, state);
                if state.engine_gone.is_some() {
                    let command = UiCommand::RestartEngine;
                    controls::on_press(ui.button(command.text()), command, actions);
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| device(ui, state));
            });
        });
    });
}

/// What computes, as much of it as there is room for.
fn device(ui: &mut Ui, state: &AppState) {
    let tokens = theme::tokens(ui);
    let text = device_text(state);
    let icon = if state.device.as_ref().is_some_and(|d| d.api != "cpu") { icons::GPU } else { icons::CPU };
    let colour = if state.engine_gone.is_some() { tokens.error } else { tokens.quiet };
    let label = egui::Label::new(RichText::new(format!("{icon}  {text}")).color(colour)).truncate();
    ui.add(label).on_hover_text(text);
}

/// The starter is named for what it is.
fn model_name(state: &AppState, name: &str) -> String {
    if state.model_path.is_some() && state.model_path == state.starter {
        t!("chrome-starter-model").to_owned()
    } else {
        name.to_owned()
    }
}

fn device_text(state: &AppState) -> String {
    if let Some(gone) = state.engine_obstacle() {
        return gone;
    }
    let Some(device) = &state.device else { return t!("top-device-looking").to_owned() };
    let memory = device.memory.map_or_else(String::new, |bytes| format!(", {:.0} GB", bytes as f64 / 1e9));
    match (device.api.as_str(), device.software) {
        ("remote", _) => format!("{} ({}, {})", device.name, device.kind, device.driver),
        ("cpu", _) => t!("top-device-cpu", name = device.name, memory = memory),
        (_, true) => t!("top-device-software", name = device.name, memory = memory),
        (api, false) => format!("{} ({api}{memory})", device.name),
    }
}

fn queue(ui: &mut Ui, state: &AppState, actions: &mut Vec<Action>) {
    let waiting = state.jobs.len();
    let text = match (waiting, state.broken_off.len()) {
        (0, 0) => t!("top-queue-idle").to_owned(),
        (0, _) => t!("top-queue-broken-off").to_owned(),
        (count, _) => t!("top-queue-jobs", count = count),
    };
    let text = if state.held { t!("top-queue-held", text = text) } else { text };
    let menu = ui.menu_button(format!("{}  {text}", icons::QUEUE), |ui| {
        ui.set_width(420.0);
        if state.jobs.is_empty() {
            ui.label(t!("top-queue-empty"));
        }
        job_list::broken_off(ui, state, actions);
        let jobs: Vec<&Job> = state.jobs.iter().collect();
        job_list::show(ui, "all-jobs", &jobs, HEIGHT, actions);
        job_list::totals(ui, state, actions);
    });
    let hint = t!("top-queue.tip");
    menu.response.accessible_name(text).on_hover_text(hint);
}
