//! Sentences for the person, which come and go above the bottom bar. Faults stay until they are dismissed, in one line each
//! once they were read, so that they lie over little of the room. Of more than two only the newest is there until the others
//! are asked for.

use std::collections::HashMap;

use egui::{self, RichText, Ui};

use super::navigation;
use crate::action::Action;
use crate::language::sentences::said;
use crate::pages::compose;
use crate::state::{AppState, Notice, Page, Severity};
use crate::widgets::controls;
use crate::{icons, theme};

/// How long a note stays, in seconds.
const NOTE: f64 = 8.0;
/// How long a fault takes to be read, in seconds.
const READ: f64 = 20.0;
/// So many faults are shown side by side.
const MOST: usize = 2;
/// Widths of what a notice says: whole, and in one line.
const WIDTHS: [f32; 2] = [300.0, 260.0];
/// Where the column ends in the rooms that have one on the left with the button that draws below: the rail and the column.
const COLUMN: f32 = navigation::WIDTH + compose::COLUMN;

#[derive(Default)]
pub struct Notices {
    /// When and in which room each was first shown, or unfolded.
    shown: HashMap<(u64, u32), (f64, Page)>,
    /// Whether the faults before the newest were asked for.
    all: bool,
}

impl Notices {
    /// Shows what there is to say; notes go by themselves.
    pub fn ui(&mut self, ctx: &egui::Context, state: &AppState, actions: &mut Vec<Action>) {
        let now = ctx.input(|i| i.time);
        self.shown.retain(|(id, _), _| state.notices.iter().any(|notice| notice.id == *id));
        let mut faults = state.notices.iter().filter(|notice| notice.severity != Severity::Info);
        let before = faults.clone().count().saturating_sub(1);
        self.all &= before >= MOST;
        let newest = faults.next_back().map(|fault| fault.id).filter(|_| before >= MOST && !self.all);
        // In the middle, beside a column on the left: the buttons that start something stand at the sides.
        let aside = match state.page {
            Page::Compose | Page::Edit => COLUMN / 2.0,
            _ => theme::FAR,
        };
        egui::Area::new(egui::Id::unique("notices"))
            .anchor(egui::Align2::CENTER_BOTTOM, [aside, -58.0])
            .order(egui::Order::Foreground)
            .show(ctx, |ui| {
                ui.set_max_width(WIDTHS[0] + 100.0);
                if before >= MOST && others(ui, before, self.all) {
                    self.all = !self.all;
                }
                for notice in &state.notices {
                    if notice.severity != Severity::Info && newest.is_some_and(|newest| newest != notice.id) {
                        continue;
                    }
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
                                ui.set_width(WIDTHS[usize::from(folded)]);
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

/// The line for the faults before the newest; whether it was pressed.
fn others(ui: &mut Ui, before: usize, all: bool) -> bool {
    let (text, tip) = match all {
        true => (t!("notice-fewer").to_owned(), t!("notice-fewer.tip")),
        false => (t!("notice-more", count = before), t!("notice-more.tip")),
    };
    let frame = egui::Frame::popup(&ui.style().clone()).inner_margin(egui::Margin::same(2));
    let shown = frame.show(ui, |ui| ui.add(egui::Button::new(text).frame(false)));
    shown.inner.on_hover_text(tip).clicked()
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

    #[test]
    fn many_faults_are_one_until_the_others_are_asked_for() {
        let ctx = egui::Context::default();
        theme::install(&ctx);
        let mut notices = Notices::default();
        let mut state = AppState::default();
        let area = |notices: &mut Notices, state: &AppState| {
            let screen = egui::Rect::from_min_size(egui::Pos2::ZERO, egui::vec2(960.0, 600.0));
            // The first frame of a size measures it.
            for _ in 0..3 {
                let input = egui::RawInput { screen_rect: Some(screen), ..Default::default() };
                let _ = ctx.run_ui(input, |ui| notices.ui(ui.ctx(), state, &mut Vec::new()));
            }
            ctx.memory(|memory| memory.area_rect(egui::Id::unique("notices"))).unwrap()
        };
        let mut heights = Vec::new();
        for place in 0..4 {
            state.notify(Severity::Warning, format!("{place}: {}", "It cannot be read. ".repeat(6)));
            heights.push(area(&mut notices, &state).height());
        }
        assert!(heights[1] > 1.5 * heights[0], "two are side by side: {heights:?}");
        assert!(heights[2] < heights[1] && heights[3] <= heights[2], "{heights:?}");
        notices.all = true;
        assert!(area(&mut notices, &state).height() > 2.0 * heights[1], "the others can be seen");
        // Nothing lies over the column that draws.
        state.page = Page::Compose;
        let shown = area(&mut notices, &state);
        assert!(shown.left() >= COLUMN && shown.right() <= 960.0, "{shown:?}");
        state.notices.truncate(2);
        area(&mut notices, &state);
        assert!(!notices.all, "who has few faults again sees the next many as one");
    }
}
