//! What is on this computer already: models and words in other programs' folders, and in those the artist named.
//!
//! Files stay where they are. It shows what the search told and reports what the person wants.

use base::units;
use egui::{Align, Label, Layout, RichText, Ui};

use crate::action::{Action, System};
use crate::commands::UiCommand;
use crate::state::{AppState, Discovery};
use crate::widgets::controls;
use crate::{icons, theme};
use disk::message::{DiscoveryTask, Found, Kind, Origin, SearchProgress, Task};
use project::{Family, Precision};

/// Programs, in the order in which what is theirs is shown.
const PROGRAMS: [Origin; 7] = [
    Origin::Folder,
    Origin::Downloads,
    Origin::A1111,
    Origin::ComfyUi,
    Origin::InvokeAi,
    Origin::StabilityMatrix,
    Origin::HuggingFace,
];

pub(super) fn ui(ui: &mut Ui, state: &AppState, actions: &mut Vec<Action>) {
    let discovery = &state.discovery;
    controls::wide_card(ui, |ui| {
        header(ui, discovery, actions);
        folders(ui, discovery, actions);
        for program in PROGRAMS {
            let mut found: Vec<&Found> =
                discovery.found.iter().filter(|found| found.program == program).collect();
            if found.is_empty() {
                continue;
            }
            found.sort_by_key(|found| (found.kind, found.fault.is_some(), found.name.to_lowercase()));
            ui.add_space(theme::GAP);
            let title = format!("{} ({})", program.name(), found.len());
            ui.label(controls::title(title));
            for found in found {
                ui.push_id(&found.path, |ui| row(ui, state, found, actions));
            }
        }
    });
}

fn header(ui: &mut Ui, discovery: &Discovery, actions: &mut Vec<Action>) {
    ui.horizontal(|ui| {
        ui.label(controls::title(t!("find-title")));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let command =
                if discovery.running.is_some() { UiCommand::StopFinding } else { UiCommand::FindModels };
            controls::command(ui, command, actions);
            controls::command(ui, UiCommand::WatchFolder, actions);
        });
    });
    match (&discovery.running, &discovery.summary) {
        (Some(looking), _) => {
            ui.horizontal(|ui| {
                ui.spinner();
                let SearchProgress { folder, looked, found } = looking;
                let text = t!("find-looking", found = found, looked = looked, folder = folder.display());
                let text = controls::quiet(ui, text);
                ui.add(Label::new(text).truncate());
            });
        }
        (None, Some(summary)) => {
            let mut text = t!("find-found", count = summary.found);
            if summary.unreadable > 0 {
                text += &t!("find-unreadable", count = summary.unreadable);
            }
            if summary.cut_short {
                text += t!("find-cut-short");
            }
            controls::note(ui, &text);
            for note in &summary.notes {
                controls::warning(ui, note);
            }
        }
        (None, None) => {
            controls::note(ui, t!("find-what"));
        }
    }
}

fn folders(ui: &mut Ui, discovery: &Discovery, actions: &mut Vec<Action>) {
    for folder in &discovery.folders {
        controls::from_right(ui, |ui| {
            let name = t!("find-forget.name", folder = folder.display());
            let forget = controls::icon_button(ui, icons::CLOSE, &name);
            let wanted = || Task::Discovery(DiscoveryTask::ForgetFolder(folder.clone()));
            controls::reports(forget, t!("find-forget.tip"), actions, wanted);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let text = controls::quiet(ui, format!("{}  {}", icons::FOLDER, folder.display()));
                ui.add(Label::new(text).truncate());
            });
        });
    }
}

fn row(ui: &mut Ui, state: &AppState, found: &Found, actions: &mut Vec<Action>) {
    let known = state.models.iter().any(|card| card.path == found.path);
    controls::from_right(ui, |ui| {
        let in_use = found.kind == Kind::Model && state.model_path.as_ref() == Some(&found.path);
        let path = found.path.clone();
        let (icon, verb, name, tip, action) = match found.kind {
            Kind::Model => {
                let tip = t!("find-use.tip");
                let name = t!("get-use.name", name = found.name);
                (icons::CHECK, t!("models-use"), name, tip, Action::UseModel(path))
            }
            Kind::Embedding => {
                let action = Action::Disk(Task::ImportWords(vec![path]));
                let name = t!("find-bring-in.name", name = found.name);
                (icons::DOWNLOAD, t!("find-bring-in"), name, t!("find-bring-in.tip"), action)
            }
        };
        let (text, why) = match in_use {
            true => (t!("find-in-use"), t!("find-in-use.disabled")),
            false => (verb, t!("find-fault.disabled")),
        };
        let take = controls::button(ui, found.fault.is_none() && !in_use, icon, text);
        let take = take.accessible_name(name).on_hover_text(tip);
        if take.on_disabled_hover_text(why).clicked() {
            actions.push(action);
        }
        let show = controls::icon_button(ui, icons::FOLDER, &t!("find-show.name", name = found.name));
        controls::reports(show, t!("find-show.tip"), actions, || System::Reveal(found.path.clone()));
        if let Some((text, good)) = fits(state, found) {
            let tokens = theme::tokens(ui);
            let colour = if good { tokens.good } else { tokens.warning };
            ui.label(RichText::new(text).small().color(colour));
        }
        let size = controls::quiet(ui, facts(found));
        ui.label(size);
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            badge(ui, found.family);
            let text = if known { RichText::new(&found.name).strong() } else { RichText::new(&found.name) };
            ui.add(Label::new(text).truncate()).on_hover_text(found.path.display().to_string());
        });
    });
    if let Some(fault) = &found.fault {
        controls::warning(ui, fault);
    }
}

/// `word · 16 bits · 2.1 GB`.
fn facts(found: &Found) -> String {
    let kind = match found.kind {
        Kind::Model => t!("find-kind-model"),
        Kind::Embedding => t!("find-kind-word"),
    };
    let precision = match found.precision {
        Some(Precision::F32) => format!(" · {}", t!("find-32-bits")),
        Some(Precision::F16 | Precision::Bf16) => format!(" · {}", t!("find-16-bits")),
        Some(Precision::Auto) | None => String::new(),
    };
    let lineage = found.lineage.map(|lineage| format!(" · {}", lineage.label())).unwrap_or_default();
    format!("{kind}{lineage}{precision} · {}", units::bytes(found.bytes))
}

/// The family in a few letters on a ground of its own; `?` if it cannot be told from the header.
pub fn badge(ui: &mut Ui, family: Option<Family>) {
    let tokens = theme::tokens(ui);
    let (text, told) = match family {
        Some(family) => (family.badge(), family.name()),
        None => ("?", t!("find-family-unknown.tip")),
    };
    let text = RichText::new(format!(" {text} ")).small().strong().color(tokens.on_accent);
    let ground = if family.is_some() { tokens.accent } else { tokens.faint };
    ui.add(Label::new(text.background_color(ground)).extend()).on_hover_text(told);
}

/// Whether a model fits into the memory of the device, as far as both are known; and whether that is good news.
fn fits(state: &AppState, found: &Found) -> Option<(&'static str, bool)> {
    /// What drawing needs beside the model, in parts of the model.
    const BESIDE: f64 = 1.2;
    let memory = state.device.as_ref()?.memory? as f64;
    if found.kind != Kind::Model || found.fault.is_some() || found.bytes == 0 {
        return None;
    }
    let each = match found.precision {
        Some(Precision::F16 | Precision::Bf16) => 2.0,
        _ => 4.0,
    };
    let numbers = found.bytes as f64 / each;
    Some(if numbers * 4.0 * BESIDE <= memory {
        (t!("find-fits"), true)
    } else if numbers * 2.0 * BESIDE <= memory {
        (t!("find-fits-half"), true)
    } else {
        (t!("find-too-large"), false)
    })
}
