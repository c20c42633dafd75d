//! What surrounds the pages: the rail, the bar that names model and device, the bar with the running job, and the
//! sentences that come and go.

use std::collections::HashMap;

use egui::{self, Align, Layout, RichText, Ui};

use super::super::action::{Action, UiCommand};
use super::super::state::{AppState, Job, Page, Severity};
use super::super::{icons, theme};

/// How long a note stays, in seconds.
const NOTE: f64 = 8.0;

/// The left rail: one button for each page, in the order of the work; there is a place for more below them.
pub fn rail(ui: &mut Ui, page: Page, state: &AppState, actions: &mut Vec<Action>) {
    egui::Panel::left("rail").exact_size(92.0).resizable(false).show(ui, |ui| {
        ui.add_space(theme::GAP);
        ui.vertical_centered_justified(|ui| {
            for other in Page::ALL {
                let command = UiCommand::to_page(other);
                let busy = other == Page::Learn && state.run.job.is_some();
                if rail_button(ui, command, page == other, busy)
                    .on_hover_text(command.hint(ui.ctx()))
                    .clicked()
                {
                    actions.push(Action::Command(command));
                }
            }
        });
        ui.with_layout(Layout::bottom_up(Align::Center), |ui| {
            ui.add_space(theme::NEAR);
            for command in [UiCommand::About, UiCommand::ToggleTheme, UiCommand::Palette] {
                icon_button(ui, command, actions);
            }
        });
    });
}

/// The icon above the name; a page where something runs has a dot.
fn rail_button(ui: &mut Ui, command: UiCommand, chosen: bool, busy: bool) -> egui::Response {
    let (rect, response) = ui.allocate_exact_size(egui::vec2(80.0, 58.0), egui::Sense::click());
    response.widget_info(|| {
        egui::WidgetInfo::selected(egui::Role::Button, true, chosen, format!("{} room", command.text()))
    });
    let visuals = ui.style().interact_selectable(&response, chosen);
    let painter = ui.painter();
    if chosen || response.hovered() || response.has_focus() {
        painter.rect(
            rect,
            f32::from(theme::ROUND),
            visuals.weak_bg_fill,
            visuals.bg_stroke,
            egui::StrokeKind::Inside,
        );
    }
    let colour = visuals.text_color();
    let text = |at: egui::Vec2, text: &str, size: f32| {
        let font = egui::FontId::proportional(size);
        painter.text(rect.center() + at, egui::Align2::CENTER_CENTER, text, font, colour);
    };
    text(egui::vec2(0.0, -10.0), command.icon(), 23.0);
    text(egui::vec2(0.0, 15.0), command.text(), 12.5);
    if busy {
        painter.circle_filled(rect.center() + egui::vec2(18.0, -18.0), 4.0, theme::tokens(ui).accent);
    }
    response
}

/// A button that shows only its icon, with its name for those who cannot see it.
pub fn icon_button(ui: &mut Ui, command: UiCommand, actions: &mut Vec<Action>) {
    let button = ui.add(egui::Button::new(RichText::new(command.icon()).size(18.0)).frame(false));
    let enabled = button.enabled();
    button.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, enabled, command.text()));
    if button.on_hover_text(command.hint(ui.ctx())).clicked() {
        actions.push(Action::Command(command));
    }
}

/// The top bar: the model, the device, the queue.
pub fn top(ui: &mut Ui, state: &AppState, actions: &mut Vec<Action>) {
    egui::Panel::top("top").exact_size(44.0).show(ui, |ui| {
        ui.horizontal_centered(|ui| {
            ui.add_space(theme::NEAR);
            let model = state
                .model_card()
                .map_or_else(|| "No model yet".to_owned(), |card| model_name(state, &card.name));
            let text = format!("{}  {model}", icons::CUBE);
            let button = ui.button(text).accessible_name(format!("Model: {model}"));
            if button.on_hover_text("The model that learns and draws. Choose another in Models.").clicked() {
                actions.push(Action::Command(UiCommand::GoModels));
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.add_space(theme::NEAR);
                queue(ui, state, actions);
                if state.engine_gone.is_some() {
                    let command = UiCommand::RestartEngine;
                    if ui.button(command.text()).on_hover_text(command.tooltip()).clicked() {
                        actions.push(Action::Command(command));
                    }
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
        "Starter model".to_owned()
    } else {
        name.to_owned()
    }
}

fn device_text(state: &AppState) -> String {
    if let Some(gone) = &state.engine_gone {
        return format!("Nothing can compute: {gone}");
    }
    let Some(device) = &state.device else { return "Looking for a graphics card…".to_owned() };
    let memory = device.memory.map_or_else(String::new, |bytes| format!(", {:.0} GB", bytes as f64 / 1e9));
    match (device.api.as_str(), device.software) {
        ("cpu", _) => format!("{} (processor{memory}; slower than a graphics card)", device.name),
        (_, true) => format!("{} (a graphics card imitated in software{memory}: slow)", device.name),
        (api, false) => format!("{} ({api}{memory})", device.name),
    }
}

fn queue(ui: &mut Ui, state: &AppState, actions: &mut Vec<Action>) {
    let waiting = state.jobs.len();
    let text = match waiting {
        0 => "Nothing to do".to_owned(),
        1 => "1 job".to_owned(),
        n => format!("{n} jobs"),
    };
    let menu = ui.menu_button(format!("{}  {text}", icons::QUEUE), |ui| {
        ui.set_min_width(320.0);
        if state.jobs.is_empty() {
            ui.label("What you ask for waits here until the one before it is done.");
        }
        for job in &state.jobs {
            ui.horizontal(|ui| {
                if ui.button("Cancel").on_hover_text("Take this job away; what it has made is kept").clicked()
                {
                    actions.push(Action::Cancel(job.id));
                }
                let doing = if job.begun { job.doing.as_str() } else { "waits" };
                ui.add(egui::Label::new(format!("{} – {doing}", job.label)).truncate());
            });
        }
    });
    let hint = "What is being worked on and what waits for it; each can be cancelled";
    menu.response.accessible_name(text).on_hover_text(hint);
}

/// The bottom bar: the running job.
pub fn bottom(ui: &mut Ui, state: &AppState, actions: &mut Vec<Action>) {
    let Some(job) = state.running().or(state.jobs.first()) else { return };
    egui::Panel::bottom("bottom").exact_size(46.0).show(ui, |ui| {
        ui.horizontal_centered(|ui| {
            ui.add_space(theme::NEAR);
            let size = egui::vec2(220.0, 20.0);
            ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
                ui.set_min_width(size.x);
                ui.add(egui::Label::new(&job.label).truncate());
            });
            let fraction = job.progress.map_or(0.0, |(done, of)| done as f32 / of.max(1) as f32);
            let bar = egui::ProgressBar::new(fraction).desired_width(260.0).text(progress_text(job));
            let bar = ui.add(bar);
            bar.on_hover_text("How far the running job is");
            ui.add(
                egui::Label::new(RichText::new(doing_text(job)).color(theme::tokens(ui).quiet)).truncate(),
            );
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.add_space(theme::NEAR);
                let stop = UiCommand::Stop;
                let button = ui.button(format!("{} {}", stop.icon(), stop.text()));
                if button.accessible_name("Stop the job").on_hover_text(stop.hint(ui.ctx())).clicked() {
                    actions.push(Action::Command(stop));
                }
                let (icon, name) = if job.paused { (icons::PLAY, "Resume") } else { (icons::PAUSE, "Pause") };
                let hint = UiCommand::PauseResume.hint(ui.ctx());
                let button = ui.button(format!("{icon} {name}")).accessible_name(format!("{name} the job"));
                if button.on_hover_text(hint).clicked() {
                    actions.push(Action::Command(UiCommand::PauseResume));
                }
            });
        });
    });
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
    if let Some(seconds) = job.seconds_each.filter(|seconds| *seconds > 0.0) {
        parts.push(if seconds < 1.0 {
            format!("{:.1} steps/s", 1.0 / seconds)
        } else {
            format!("{seconds:.1} s a step")
        });
    }
    parts.extend(job.seconds_left().map(|left| format!("{} left", duration(left))));
    parts.retain(|part| !part.is_empty());
    parts.join(", ")
}

/// A length of time in words: "40 s", "5 min", "2 h 10 min".
pub fn duration(seconds: f64) -> String {
    let seconds = seconds.max(0.0).round() as u64;
    match seconds {
        0..90 => format!("{seconds} s"),
        90..5400 => format!("{} min", (seconds + 30) / 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// Sentences above the bottom bar.
#[derive(Default)]
pub struct Notices {
    /// When each was first shown.
    shown: HashMap<(u64, u32), f64>,
}

impl Notices {
    /// Shows what there is to say; notes go by themselves.
    pub fn ui(&mut self, ctx: &egui::Context, state: &AppState, actions: &mut Vec<Action>) {
        let now = ctx.input(|i| i.time);
        self.shown.retain(|(id, _), _| state.notices.iter().any(|notice| notice.id == *id));
        egui::Area::new(egui::Id::unique("notices"))
            // In the middle: the buttons that start something stand at the sides.
            .anchor(egui::Align2::CENTER_BOTTOM, [theme::FAR, -58.0])
            .order(egui::Order::Foreground)
            .show(ctx, |ui| {
                ui.set_max_width(440.0);
                for notice in &state.notices {
                    let since = *self.shown.entry((notice.id, notice.times)).or_insert(now);
                    if notice.severity == Severity::Info {
                        if now - since > NOTE {
                            actions.push(Action::Dismiss(notice.id));
                        }
                        ctx.request_repaint_after_secs((NOTE - (now - since)).max(0.1) as f32);
                    }
                    let tokens = theme::tokens(ui);
                    let (icon, colour) = match notice.severity {
                        Severity::Info => (icons::INFO, tokens.good),
                        Severity::Warning => (icons::WARNING, tokens.warning),
                        Severity::Error => (icons::ERROR, tokens.error),
                    };
                    egui::Frame::popup(&ui.style().clone()).inner_margin(theme::MARGIN).show(ui, |ui| {
                        ui.horizontal_top(|ui| {
                            ui.label(RichText::new(icon).color(colour).size(18.0));
                            let times = if notice.times > 1 {
                                format!(" ({} times)", notice.times)
                            } else {
                                String::new()
                            };
                            ui.vertical(|ui| {
                                ui.set_width(340.0);
                                ui.add(egui::Label::new(format!("{}{times}", notice.text)).wrap());
                            });
                            let close = ui.button(icons::CLOSE);
                            close.widget_info(|| {
                                egui::WidgetInfo::labeled(egui::Role::Button, true, "Dismiss")
                            });
                            if close.on_hover_text("Take this message away").clicked() {
                                actions.push(Action::Dismiss(notice.id));
                            }
                        });
                    });
                }
            });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_said_as_people_do() {
        let said = [(0.4, "0 s"), (40.0, "40 s"), (300.0, "5 min"), (7800.0, "2 h 10 min")];
        said.into_iter().for_each(|(seconds, text)| assert_eq!(duration(seconds), text));
    }
}
