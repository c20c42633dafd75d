//! Sentences for the person, which come and go above the bottom bar. Faults stay until they are dismissed, in one line each
//! once they were read, so that they lie over little of the room.

use std::collections::HashMap;

use egui::{self, RichText, Ui};

use crate::action::Action;
use crate::language::sentences::said;
use crate::state::{AppState, Notice, Page, Severity};
use crate::widgets::controls;
use crate::{icons, theme};

/// How long a note stays, in seconds.
const NOTE: f64 = 8.0;
/// How long a fault takes to be read, in seconds.
const READ: f64 = 20.0;

#[derive(Default)]
pub struct Notices {
    /// When and in which room each was first shown, or unfolded.
    shown: HashMap<(u64, u32), (f64, Page)>,
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
                    let shown = self.shown.entry((notice.id, notice.times)).or_insert((now, state.page));
                    let (since, room) = *shown;
                    let passing = notice.severity == Severity::Info;
                    let left = if passing { NOTE } else { READ } - (now - since);
                    if passing && left < 0.0 {
                        actions.push(Action::Dismiss(notice.id));
                    }
                    if passing || left > 0.0 {
                        ctx.request_repaint_after_secs(left.max(0.1) as f32);
                    }
                    // Whoever goes to another room has seen it.
                    let folded = !passing && (left < 0.0 || room != state.page);
                    let tokens = theme::tokens(ui);
                    let (icon, colour) = match notice.severity {
                        Severity::Info => (icons::INFO, tokens.good),
                        Severity::Warning => (icons::WARNING, tokens.warning),
                        Severity::Error => (icons::ERROR, tokens.error),
                    };
                    let margin = if folded { egui::Margin::same(2) } else { theme::MARGIN };
                    egui::Frame::popup(&ui.style().clone()).inner_margin(margin).show(ui, |ui| {
                        ui.horizontal_top(|ui| {
                            ui.label(RichText::new(icon).color(colour).size(18.0));
                            ui.vertical(|ui| {
                                ui.set_width(340.0);
                                if text(ui, notice, folded) {
                                    *shown = (now, state.page);
                                }
                            });
                            let close = ui.button(icons::CLOSE).accessible_name(t!("notice-dismiss.name"));
                            let wanted = || Action::Dismiss(notice.id);
                            controls::reports(close, t!("notice-dismiss.tip"), actions, wanted);
                        });
                    });
                }
            });
    }
}

/// What a notice says, whole or in one line; whether that was pressed.
fn text(ui: &mut Ui, notice: &Notice, folded: bool) -> bool {
    let times = match notice.times {
        1 => String::new(),
        times => t!("notice-times", times = times),
    };
    let text = format!("{}{times}", said(&notice.text));
    if folded {
        return ui.add(egui::Button::new(&text).frame(false).truncate()).on_hover_text(text).clicked();
    }
    ui.add(egui::Label::new(text).wrap());
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_that_were_read_lie_over_little_of_the_room() {
        let ctx = egui::Context::default();
        theme::install(&ctx);
        let mut notices = Notices::default();
        let mut state = AppState::default();
        state.notify(Severity::Error, "The disk is full and nothing can be written to it. ".repeat(6));
        let mut height = |state: &AppState, time: f64| {
            let screen = egui::Rect::from_min_size(egui::Pos2::ZERO, egui::vec2(960.0, 600.0));
            let mut actions = Vec::new();
            // The first frame of a size measures it.
            for part in 0..3 {
                let time = Some(time + f64::from(part) * 0.01);
                let input = egui::RawInput { time, screen_rect: Some(screen), ..Default::default() };
                let _ = ctx.run_ui(input, |ui| notices.ui(ui.ctx(), state, &mut actions));
            }
            assert!(actions.is_empty(), "it stays");
            let area = ctx.memory(|memory| memory.area_rect(egui::Id::unique("notices")));
            area.map(|area| area.height()).unwrap()
        };
        let whole = height(&state, 1.0);
        assert_eq!(height(&state, 19.0), whole);
        let line = height(&state, 22.0);
        assert!(whole > 2.0 * line, "{whole}, {line}");
        state.notify(Severity::Error, "The disk is full and nothing can be written to it. ".repeat(6));
        assert!(height(&state, 23.0) > 2.0 * line, "what comes again is news");
        state.page = Page::Learn;
        assert_eq!(height(&state, 24.0), line);
    }
}
