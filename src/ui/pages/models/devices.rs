//! Choosing the device that computes, from those the system has, and measuring how it does that fastest.
//!
//! Devices are looked for only when the list is opened. What cannot be used is not offered.

use egui::{CollapsingHeader, ProgressBar, Ui};

use crate::action::Action;
use crate::icons;
use crate::state::{AppState, JobKind};
use crate::theme;
use crate::widgets::controls;
use base::units;
use engine::message::{Command, DeviceChoice, DeviceInfo};

pub(super) fn choose(ui: &mut Ui, state: &AppState, actions: &mut Vec<Action>) {
    let menu =
        ui.menu_button(format!("{}  {}", icons::GPU, t!("devices-choose")), |ui| list(ui, state, actions));
    let hint = t!("devices-choose.tip");
    menu.response.accessible_name(t!("devices-choose.name")).on_hover_text(hint);
}

/// Measuring the device, and how far that is; another machine's is measured there alone.
pub(super) fn advanced(ui: &mut Ui, state: &AppState, actions: &mut Vec<Action>) {
    let measuring = state.jobs.iter().find(|job| job.kind == JobKind::Measure);
    let elsewhere = state.device.as_ref().is_some_and(DeviceInfo::is_remote);
    let header = CollapsingHeader::new(t!("devices-advanced")).id_salt("device advanced");
    header.open(measuring.map(|_| true)).show_unindented(ui, |ui| {
        let Some(job) = measuring else {
            if elsewhere {
                controls::note(ui, t!("devices-measure-there"));
                return;
            }
            let hint = t!("devices-measure.tip");
            let press = controls::button(ui, state.model_path.is_some(), icons::GPU, t!("devices-measure"));
            if press.on_hover_text(hint).on_disabled_hover_text(t!("devices-measure.disabled")).clicked() {
                actions.push(Action::MeasureDevice);
            }
            return;
        };
        ui.horizontal(|ui| {
            let (done, of) = job.progress.unwrap_or((0, 1));
            let fraction = done as f32 / of.max(1) as f32;
            let doing = if job.begun { job.doing.as_str() } else { t!("devices-waits") };
            ui.add(ProgressBar::new(fraction).desired_width(260.0).fill(theme::tokens(ui).accent));
            controls::note(ui, doing);
            let stop = controls::icon_button(ui, icons::CLOSE, t!("devices-stop.name"));
            controls::reports(stop, t!("devices-stop.tip"), actions, || Command::Stop(job.id));
        });
    });
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
    offer(false, t!("devices-best"), t!("devices-best.tip"), DeviceChoice::Auto);
    let used = state.device.as_ref().map(|device| device.choice);
    for device in state.devices.iter().flatten().filter(|device| usable(device)) {
        let hint = t!("devices-card.tip");
        offer(used == Some(device.choice), &name(device), hint, device.choice);
    }
    let hint = t!("devices-cpu.tip");
    offer(used == Some(DeviceChoice::Cpu), t!("devices-cpu"), hint, DeviceChoice::Cpu);
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
