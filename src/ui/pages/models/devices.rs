//! Choosing the device that computes, from those the system has.
//!
//! They are looked for only when the list is opened. What cannot be used is not offered.

use egui::Ui;

use crate::action::Action;
use crate::icons;
use crate::state::AppState;
use base::units;
use engine::message::{Command, DeviceChoice, DeviceInfo};

pub(super) fn choose(ui: &mut Ui, state: &AppState, actions: &mut Vec<Action>) {
    let menu = ui.menu_button(format!("{}  Choose another…", icons::GPU), |ui| list(ui, state, actions));
    let hint = "Compute on another graphics card, or on the processor; the choice is remembered";
    menu.response.accessible_name("Choose another device").on_hover_text(hint);
}

fn list(ui: &mut Ui, state: &AppState, actions: &mut Vec<Action>) {
    if state.devices.is_none() && state.engine_gone.is_none() {
        actions.push(Action::Engine(Command::ListDevices));
    }
    ui.set_min_width(320.0);
    let mut offer = |now: bool, text: &str, hint: &str, choice: DeviceChoice| {
        if ui.selectable_label(now, text).on_hover_text(hint).clicked() {
            actions.push(Action::UseDevice(choice));
        }
    };
    offer(false, "The best there is", "Take the best graphics card, else the processor", DeviceChoice::Auto);
    let used = state.device.as_ref().map(|device| device.choice);
    for device in state.devices.iter().flatten().filter(|device| usable(device)) {
        let hint = "Compute on this card from the next job on";
        offer(used == Some(device.choice), &name(device), hint, device.choice);
    }
    let hint = "Compute on the processor from the next job on: slower, but it always works";
    offer(used == Some(DeviceChoice::Cpu), "The processor", hint, DeviceChoice::Cpu);
}

/// Drivers that imitate a card on the processor are slower than the processor itself.
fn usable(device: &DeviceInfo) -> bool {
    !device.software && device.choice != DeviceChoice::Cpu
}

/// "Imagined card (vulkan:1, 8.0 GB)".
fn name(device: &DeviceInfo) -> String {
    let memory = device.memory.map_or_else(String::new, |bytes| format!(", {}", units::bytes(bytes)));
    format!("{} ({}{memory})", device.name, device.choice)
}
