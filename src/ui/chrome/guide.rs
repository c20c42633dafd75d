//! The first steps: three of them, on pictures that come with the program, and then one line at the top that tells
//! the next step until a word is ready to draw with.
//!
//! It stands in nobody's way: it can be skipped at once, closed at any time, and it changes nothing by itself.

use egui::{self, Context, FontId, Label, Sense, Ui, vec2};

use crate::action::Action;
use crate::commands::UiCommand;
use crate::language::floors::duration;
use crate::state::{AppState, JobKind};
use crate::widgets::controls;
use crate::{icons, theme};
use disk::message::Task;
use starter::SAMPLES;

/// The guide and whether it goes on in the line at the top.
#[derive(Default)]
pub struct Guide {
    pub open: bool,
    hinting: bool,
}

#[derive(Debug, Clone, PartialEq)]
enum Next {
    /// The concept is being opened.
    Wait,
    /// Something stands in the way of learning.
    Mend(String),
    Learn,
    /// A word is being learned; how long still, in seconds.
    Watch(Option<f64>),
    Draw,
    Done,
}

impl Next {
    fn of(state: &AppState) -> Self {
        if let Some(job) = state.jobs.iter().find(|job| job.kind == JobKind::Learn) {
            return Self::Watch(job.seconds_left());
        }
        if state.jobs.iter().any(|job| matches!(job.kind, JobKind::Draw { .. })) {
            return Self::Done;
        }
        let Some(draft) = &state.draft else { return Self::Wait };
        if !draft.concept.word.is_empty() && state.words.iter().any(|card| card.word == draft.concept.word) {
            return Self::Draw;
        }
        state.obstacles().into_iter().next().map_or(Self::Learn, Self::Mend)
    }

    fn text(&self) -> String {
        match self {
            Self::Wait => t!("guide-wait").into(),
            Self::Mend(obstacle) => obstacle.clone(),
            Self::Learn => t!("guide-learn-now").into(),
            Self::Watch(None) => t!("guide-watch").into(),
            Self::Watch(Some(seconds)) => t!("guide-watch-time", time = duration(*seconds)),
            Self::Draw => t!("guide-draw-now").into(),
            Self::Done => String::new(),
        }
    }

    /// The button beside the text, if there is something to press.
    fn command(&self) -> Option<UiCommand> {
        match self {
            Self::Learn => Some(UiCommand::Learn),
            Self::Watch(_) => Some(UiCommand::GoLearn),
            Self::Draw => Some(UiCommand::GoCompose),
            Self::Wait | Self::Mend(_) | Self::Done => None,
        }
    }
}

impl Guide {
    pub fn ui(&mut self, ctx: &Context, state: &AppState, actions: &mut Vec<Action>) {
        if !self.open {
            return;
        }
        let modal = egui::Modal::new(egui::Id::unique("guide")).frame(controls::dialog(ctx));
        let shown = modal.show(ctx, |ui| {
            ui.set_width(520.0);
            self.steps(ui, state, actions)
        });
        if shown.inner || shown.should_close() {
            self.open = false;
        }
    }

    /// Whether the dialog is to be closed.
    fn steps(&mut self, ui: &mut Ui, state: &AppState, actions: &mut Vec<Action>) -> bool {
        let mut close = false;
        ui.heading(t!("guide-title"));
        ui.add(Label::new(t!("guide-what")).wrap());
        ui.add_space(theme::GAP);
        step(ui, 1, t!("guide-pictures"), t!("guide-pictures.what"), |ui| {
            let start = controls::main_button(ui, true, icons::IMAGES, t!("guide-start"));
            // Enter is enough at first start.
            if ui.memory(|memory| memory.focused().is_none()) {
                start.request_focus();
            }
            if start.on_hover_text(t!("guide-start.tip")).clicked() {
                actions.push(Action::Disk(Task::OpenSample(&SAMPLES[0])));
                actions.push(Action::Command(UiCommand::GoConcept));
                self.hinting = true;
                close = true;
            }
        });
        let ready = state.obstacles().is_empty() && !state.learning();
        step(ui, 2, t!("guide-learn"), t!("guide-learn.what"), |ui| {
            let command = UiCommand::Learn;
            let learn = controls::button(ui, ready, command.icon(), t!("guide-learn-it"));
            let learn = learn.on_disabled_hover_text(t!("guide-learn-it.disabled"));
            if learn.on_hover_text(command.tooltip()).clicked() {
                actions.push(Action::Command(command));
                self.hinting = true;
                close = true;
            }
        });
        step(ui, 3, t!("guide-draw"), t!("guide-draw.what"), |ui| {
            let command = UiCommand::GoCompose;
            if controls::pressed(ui, command.icon(), (t!("guide-go"), command.tooltip())) {
                actions.push(Action::Command(command));
                self.hinting = false;
                close = true;
            }
        });
        ui.add_space(theme::GAP);
        ui.vertical_centered(|ui| {
            let skip = ui.button(t!("guide-skip"));
            if skip.on_hover_text(t!("guide-skip.tip")).clicked() {
                self.hinting = false;
                close = true;
            }
        });
        close
    }

    /// Shows the next step in one line at the top, until there is none or it is closed.
    pub fn hint(&mut self, ui: &mut Ui, state: &AppState, actions: &mut Vec<Action>) {
        if self.open || !self.hinting {
            return;
        }
        let next = Next::of(state);
        if next == Next::Done {
            self.hinting = false;
            return;
        }
        let tokens = theme::tokens(ui);
        let frame = egui::Frame::new().fill(tokens.card).inner_margin(egui::Margin::symmetric(14, 6));
        let panel = egui::Panel::top("guide-hint").resizable(false).frame(frame);
        panel.show(ui, |ui| {
            ui.horizontal(|ui| self.line(ui, &next, actions));
        });
    }

    fn line(&mut self, ui: &mut Ui, next: &Next, actions: &mut Vec<Action>) {
        let accent = theme::tokens(ui).accent;
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let close = controls::icon_button(ui, icons::CLOSE, t!("guide-close.name"));
            if close.on_hover_text(t!("guide-close.tip")).clicked() {
                self.hinting = false;
            }
            if let Some(command) = next.command() {
                let name = t!("guide-now.name", command = command.text());
                let press =
                    ui.button(format!("{}  {}", command.icon(), command.text())).accessible_name(name);
                if press.on_hover_text(command.hint(ui.ctx())).clicked() {
                    actions.push(Action::Command(command));
                    // Where it leads, the rest explains itself.
                    self.hinting &= *next != Next::Draw;
                }
            }
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                ui.colored_label(accent, icons::SPARKLE);
                ui.add(Label::new(next.text()).truncate());
            });
        });
    }
}

/// One of the three steps: its number, what it is about, and its button.
fn step(ui: &mut Ui, number: usize, name: &str, text: &str, press: impl FnOnce(&mut Ui)) {
    let tokens = theme::tokens(ui);
    controls::wide_card(ui, |ui| {
        ui.horizontal(|ui| {
            let (circle, _) = ui.allocate_exact_size(vec2(28.0, 28.0), Sense::hover());
            ui.painter().circle_stroke(circle.center(), 13.0, egui::Stroke::new(1.5, tokens.accent));
            let font = FontId::new(14.0, theme::heading_family());
            ui.painter().text(circle.center(), egui::Align2::CENTER_CENTER, number, font, tokens.accent);
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                press(ui);
                ui.with_layout(egui::Layout::top_down(egui::Align::Min), |ui| {
                    ui.label(controls::title(name));
                    controls::note(ui, text);
                });
            });
        });
    });
    ui.add_space(theme::NEAR);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_step_follows_the_work() {
        let mut state = AppState::default();
        assert_eq!(Next::of(&state), Next::Wait);
        state.draft = Some(project::Draft {
            folder: "mug".into(),
            concept: project::Draft::blank(),
            settings: project::LearnSettings::default(),
            entries: Vec::new(),
        });
        assert!(matches!(Next::of(&state), Next::Mend(_)));
        state.submitted(1, JobKind::Learn, "Learning".into());
        assert_eq!(Next::of(&state), Next::Watch(None));
        state.jobs[0].progress = Some((100, 400));
        state.jobs[0].seconds_each = Some(0.5);
        assert_eq!(Next::of(&state).text(), "Watch it learn, about 3 minutes.");
        assert_eq!(Next::of(&state).command(), Some(UiCommand::GoLearn));
        state.jobs.clear();
        state.submitted(2, JobKind::Draw { count: 1 }, "Drawing".into());
        assert_eq!(Next::of(&state), Next::Done);
    }
}
