//! The Models page: what computes here, and the models that learn and draw, with what was recognised of each.
//!
//! It opens and forgets nothing itself, and a model that cannot be used is shown with the reason, not hidden.

mod devices;
mod find;
mod get;
mod machines;

use std::path::Path;

use base::units;
use egui::{self, Align, Label, Layout, RichText, Ui};

use crate::action::{Action, System};
use crate::commands::UiCommand;
use crate::dialog::Question;
use crate::language::sentences::said;
use crate::state::{AppState, Job, JobKind};
use crate::widgets::controls;
use crate::{icons, theme};
use disk::message::{ModelCard, Task};
use engine::message::DeviceInfo;

/// Widest a card becomes; longer lines are hard to read.
const WIDEST: f32 = 820.0;

pub fn show(ui: &mut Ui, state: &AppState, actions: &mut Vec<Action>) {
    let frame = egui::Frame::NONE.inner_margin(theme::PAGE_MARGIN);
    egui::CentralPanel::default().frame(frame).show(ui, |ui| page(ui, state, actions));
}

fn page(ui: &mut Ui, state: &AppState, actions: &mut Vec<Action>) {
    let area = egui::ScrollArea::vertical().id_salt("models").auto_shrink([false, false]);
    area.show(ui, |ui| {
        ui.set_max_width(WIDEST.min(ui.available_width() - theme::GAP).max(0.0));
        ui.spacing_mut().item_spacing.y = theme::NEAR;
        header(ui, actions);
        ui.add_space(theme::GAP);
        device(ui, state, actions);
        if let Some(job) = state.jobs.iter().find(|job| job.kind == JobKind::Open) {
            ui.add_space(theme::GAP);
            opening(ui, job);
        }
        if state.starter.is_none() {
            ui.add_space(theme::GAP);
            controls::note(ui, t!("models-unpacking"));
        }
        for card in in_order(&state.models, state.starter.as_deref()) {
            ui.add_space(theme::GAP);
            ui.push_id(&card.path, |ui| model(ui, state, card, actions));
        }
        ui.add_space(theme::GAP);
        find::ui(ui, state, actions);
        ui.add_space(theme::GAP);
        get::ui(ui, state, actions);
        ui.add_space(theme::FAR);
    });
}

/// The starter model first, the others as they were opened.
fn in_order<'a>(models: &'a [ModelCard], starter: Option<&Path>) -> Vec<&'a ModelCard> {
    let mut cards: Vec<_> = models.iter().collect();
    cards.sort_by_key(|card| Some(card.path.as_path()) != starter);
    cards
}

fn header(ui: &mut Ui, actions: &mut Vec<Action>) {
    ui.horizontal(|ui| {
        ui.heading(t!("models-title"));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let file = UiCommand::OpenModelFile;
            let open = controls::main_button(ui, true, file.icon(), file.text());
            controls::on_press(open, file, actions);
            controls::command(ui, UiCommand::OpenModel, actions);
        });
    });
    controls::note(ui, t!("models-what"));
}

/// What an interface to the graphics card is called.
fn api_name(api: &str) -> &str {
    match api {
        "vulkan" => "Vulkan",
        "metal" => "Metal",
        "dx12" => "Direct3D 12",
        "gl" => "OpenGL",
        "cpu" => t!("models-api-none"),
        "remote" => t!("models-api-remote"),
        other => other,
    }
}

/// What to expect of a device that is no graphics card; `None` for one that is.
fn slow(device: &DeviceInfo) -> Option<&'static str> {
    if device.is_remote() {
        let text = t!("models-slow-remote");
        return device.software.then_some(text);
    }
    if device.software {
        return Some(t!("models-slow-software"));
    }
    let text = t!("models-slow-cpu");
    (device.api == "cpu").then_some(text)
}

fn device(ui: &mut Ui, state: &AppState, actions: &mut Vec<Action>) {
    controls::wide_card(ui, |ui| {
        let Some(device) = &state.device else {
            match &state.engine_gone {
                Some(why) => controls::error(ui, why),
                None => controls::note(ui, t!("models-looking")),
            };
            devices::choose(ui, state, actions);
            machines::ui(ui, state, actions);
            return;
        };
        let software = device.software || device.api == "cpu";
        let icon = if software { icons::CPU } else { icons::GPU };
        ui.add(Label::new(controls::title(format!("{icon}  {}", device.name))).truncate());
        controls::fact(ui, t!("models-device-kind"), &device.kind);
        controls::fact(ui, t!("models-device-interface"), api_name(&device.api));
        if let Some(memory) = device.memory {
            controls::fact(ui, t!("models-device-memory"), &units::bytes(memory));
        }
        if !device.driver.is_empty() {
            controls::fact(ui, t!("models-device-driver"), &device.driver);
        }
        if let Some(text) = slow(device) {
            controls::warning(ui, text);
        }
        if let Some(why) = &state.engine_gone {
            controls::error(ui, why);
        }
        devices::choose(ui, state, actions);
        machines::ui(ui, state, actions);
        devices::advanced(ui, state, actions);
    });
}

fn opening(ui: &mut Ui, job: &Job) {
    ui.horizontal(|ui| {
        ui.label(icons::CLOCK);
        let text = if job.doing.is_empty() { job.label.as_str().into() } else { said(&job.doing) };
        ui.add(Label::new(text).truncate());
    });
}

fn model(ui: &mut Ui, state: &AppState, card: &ModelCard, actions: &mut Vec<Action>) {
    let tokens = theme::tokens(ui);
    let in_use = state.model_path.as_ref() == Some(&card.path);
    let starter = state.starter.as_ref() == Some(&card.path);
    let frame = match in_use {
        true => controls::card(ui).stroke(egui::Stroke::new(2.0, tokens.accent)),
        false => controls::card(ui),
    };
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        controls::from_right(ui, |ui| {
            buttons(ui, card, in_use, starter, actions);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                if in_use {
                    let mark = RichText::new(format!("{} {}", icons::CHECK, t!("models-in-use-mark")))
                        .small()
                        .color(tokens.accent);
                    ui.label(mark);
                }
                if card.family.is_some() {
                    find::badge(ui, card.family);
                }
                let name = if starter { t!("models-starter") } else { card.name.as_str() };
                ui.add(Label::new(controls::title(name)).truncate());
            });
        });
        if starter {
            controls::note(ui, t!("models-starter-note"));
        }
        if let Some(fault) = &card.fault {
            controls::error(ui, fault);
        }
        for (name, value) in &card.facts {
            controls::fact(ui, &label(name), value);
        }
        if card.bytes > 0 {
            controls::fact(ui, t!("models-on-disk"), &units::bytes(card.bytes));
        }
        controls::fact(ui, t!("models-where"), &card.path.display().to_string());
        convert(ui, state, card, actions);
    });
}

/// The name of a fact as a label: `text_encoder` is “Text encoder”.
fn label(name: &str) -> String {
    let name = name.replace('_', " ");
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// What can be made of a pickled file.
fn convert(ui: &mut Ui, state: &AppState, card: &ModelCard, actions: &mut Vec<Action>) {
    if card.path.extension().is_none_or(|ending| !ending.eq_ignore_ascii_case("ckpt")) {
        return;
    }
    match &state.converting {
        Some((path, fraction)) if *path == card.path => {
            ui.horizontal(|ui| {
                ui.add(egui::ProgressBar::new(*fraction).desired_width(260.0).show_percentage())
                    .on_hover_text(t!("models-converted.tip"));
                let stop = controls::button(ui, true, icons::CLOSE, t!("models-cancel"));
                let stop = stop.accessible_name(t!("models-cancel-conversion.name"));
                controls::reports(stop, t!("models-cancel-conversion.tip"), actions, || Task::StopConverting);
            });
        }
        _ => {
            let turn = controls::button(ui, state.converting.is_none(), icons::REPEAT, t!("models-convert"));
            let tip = t!("models-convert.tip");
            let turn = turn.on_hover_text(tip);
            if turn.on_disabled_hover_text(t!("models-convert.disabled")).clicked() {
                actions.push(Action::System(System::Ask(Question::ConvertModel(card.path.clone()))));
            }
        }
    }
}

fn buttons(ui: &mut Ui, card: &ModelCard, in_use: bool, starter: bool, actions: &mut Vec<Action>) {
    if !starter {
        let wanted = || Action::ForgetModel(card.path.clone());
        controls::offer(ui, icons::CLOSE, named!("models-forget"), actions, wanted);
    }
    let wanted = || System::Reveal(card.path.clone());
    controls::offer(ui, icons::FOLDER, named!("models-show-folder"), actions, wanted);
    if !in_use {
        let named = named!("models-use");
        if controls::able(ui, card.fault.is_none(), icons::CHECK, named, t!("models-use.disabled")) {
            actions.push(Action::UseModel(card.path.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_starter_comes_first_and_the_others_keep_their_order() {
        let card = |name: &str| ModelCard { path: name.into(), name: name.into(), ..ModelCard::default() };
        let models = [card("b"), card("a"), card("starter")];
        let names = |starter: Option<&str>| -> Vec<String> {
            in_order(&models, starter.map(Path::new)).iter().map(|card| card.name.clone()).collect()
        };
        assert_eq!(names(Some("starter")), ["starter", "b", "a"]);
        assert_eq!(names(None), ["b", "a", "starter"]);
    }

    #[test]
    fn slow_devices_are_told_plainly() {
        let device = |api: &str, software| DeviceInfo { api: api.into(), software, ..DeviceInfo::default() };
        assert_eq!((slow(&device("vulkan", false)), slow(&device("remote", false))), (None, None));
        assert!(slow(&device("remote", true)).is_some_and(|text| text.contains("That machine")));
        assert!(slow(&device("vulkan", true)).is_some_and(|text| text.contains("imitates")));
        assert!(slow(&device("cpu", false)).is_some_and(|text| text.contains("processor")));
    }
}
