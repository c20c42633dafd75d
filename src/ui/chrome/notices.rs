//! Sentences for the person, which come and go above the bottom bar. Faults stay until they are dismissed; once they were
//! read they are only a number in the top bar, so that they lie over nothing. Of more than two only the newest is there
//! until the others are asked for.

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
/// Width of what a notice says.
const WIDTH: f32 = 300.0;
/// Where the column ends in the rooms that have one on the left with the button that draws below: the rail and the column.
const COLUMN: f32 = navigation::WIDTH + compose::COLUMN;

#[derive(Default)]
pub struct Notices {
    /// When and in which room each was first shown, or shown again.
    shown: HashMap<(u64, u32), (f64, Page)>,
    /// Whether the faults before the newest were asked for.
    all: bool,
}

impl Notices {
    /// How many faults were read and stay, if any were; a press shows them again.
    pub fn number(&mut self, ui: &mut Ui, state: &AppState) {
        let now = ui.input(|i| i.time);
        let read: Vec<&Notice> =
            state.notices.iter().filter(|notice| self.is_read(notice, state.page, now)).collect();
        let Some(worst) = read.iter().map(|notice| notice.severity).max() else { return };
        let (icon, colour) = looks(ui, worst);
        let text = t!("notice-read", count = read.len());
        let button = ui.button(RichText::new(format!("{icon}  {text}")).color(colour)).accessible_name(text);
        if button.on_hover_text(t!("notice-read.tip")).clicked() {
            self.show_again(&read, state.page, now);
        }
    }

    /// Shows these from now on, as if they had just come.
    fn show_again(&mut self, notices: &[&Notice], room: Page, now: f64) {
        self.shown.extend(notices.iter().map(|notice| ((notice.id, notice.times), (now, room))));
        self.all = true;
    }

    /// Whether a fault has had its time. Whoever goes to another room has seen it.
    fn is_read(&self, notice: &Notice, page: Page, now: f64) -> bool {
        let shown = self.shown.get(&(notice.id, notice.times));
        let fault = notice.severity != Severity::Info;
        fault && shown.is_some_and(|(since, room)| now - since >= READ || *room != page)
    }

    /// Shows what there is to say; notes go by themselves.
    pub fn ui(&mut self, ctx: &egui::Context, state: &AppState, actions: &mut Vec<Action>) {
        let now = ctx.input(|i| i.time);
        self.shown.retain(|(id, _), _| state.notices.iter().any(|notice| notice.id == *id));
        let unread: Vec<&Notice> =
            state.notices.iter().filter(|notice| !self.is_read(notice, state.page, now)).collect();
        let faults: Vec<&Notice> =
            unread.iter().copied().filter(|notice| notice.severity != Severity::Info).collect();
        let before = faults.len().saturating_sub(1);
        self.all &= before >= MOST;
        let newest = faults.last().map(|fault| fault.id).filter(|_| before >= MOST && !self.all);
        // In the middle, beside a column on the left: the buttons that start something stand at the sides.
        let aside = match state.page {
            Page::Compose | Page::Edit => COLUMN / 2.0,
            _ => theme::FAR,
        };
        egui::Area::new(egui::Id::unique("notices"))
            .anchor(egui::Align2::CENTER_BOTTOM, [aside, -58.0])
            .order(egui::Order::Foreground)
            .show(ctx, |ui| {
                ui.set_max_width(WIDTH + 100.0);
                if before >= MOST && others(ui, before, self.all) {
                    match self.all {
                        true => self.all = false,
                        false => self.show_again(&faults, state.page, now),
                    }
                }
                for notice in unread {
                    let passing = notice.severity == Severity::Info;
                    let shown = self.shown.entry((notice.id, notice.times));
                    let (since, _) = *shown.or_insert((now, state.page));
                    let left = if passing { NOTE } else { READ } - (now - since);
                    if passing && left < 0.0 {
                        actions.push(Action::Dismiss(notice.id));
                    }
                    ctx.request_repaint_after_secs(left.max(0.1) as f32);
                    if !passing && newest.is_some_and(|newest| newest != notice.id) {
                        continue;
                    }
                    let (icon, colour) = looks(ui, notice.severity);
                    egui::Frame::popup(&ui.style().clone()).inner_margin(theme::MARGIN).show(ui, |ui| {
                        ui.horizontal_top(|ui| {
                            ui.label(RichText::new(icon).color(colour).size(18.0));
                            ui.vertical(|ui| {
                                ui.set_width(WIDTH);
                                ui.add(egui::Label::new(text(notice)).wrap());
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

/// The icon of a notice, and its colour.
fn looks(ui: &Ui, severity: Severity) -> (&'static str, egui::Color32) {
    let tokens = theme::tokens(ui);
    match severity {
        Severity::Info => (icons::INFO, tokens.good),
        Severity::Warning => (icons::WARNING, tokens.warning),
        Severity::Error => (icons::ERROR, tokens.error),
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

/// What a notice says.
fn text(notice: &Notice) -> String {
    let times = match notice.times {
        1 => String::new(),
        times => t!("notice-times", times = times),
    };
    format!("{}{times}", said(&notice.text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_that_were_read_lie_over_nothing_and_come_back_when_they_are_asked_for() {
        let ctx = egui::Context::default();
        theme::install(&ctx);
        let mut notices = Notices::default();
        let mut state = AppState::default();
        // Whether each of these is on the screen: the sentence, and the number of those that were read.
        let shown = |notices: &mut Notices, state: &AppState, time: f64| {
            let mut actions = Vec::new();
            let mut output = egui::FullOutput::default();
            // The first frame of a size measures it.
            for part in 0..3 {
                let time = Some(time + f64::from(part) * 0.01);
                let screen = egui::Rect::from_min_size(egui::Pos2::ZERO, egui::vec2(960.0, 600.0));
                let input = egui::RawInput { time, screen_rect: Some(screen), ..Default::default() };
                output = ctx.run_ui(input, |ui| {
                    notices.number(ui, state);
                    notices.ui(ui.ctx(), state, &mut actions);
                });
            }
            assert!(actions.is_empty(), "it stays");
            let says = |wanted: &str| {
                output.shapes.iter().any(|clipped| match &clipped.shape {
                    egui::Shape::Text(shape) => shape.galley.text().contains(wanted),
                    _ => false,
                })
            };
            [says("The disk is full"), says("1 message")]
        };
        state.notify(Severity::Error, "The disk is full and nothing can be written to it.");
        assert_eq!(shown(&mut notices, &state, 1.0), [true, false]);
        assert_eq!(shown(&mut notices, &state, 19.0), [true, false]);
        assert_eq!(shown(&mut notices, &state, 22.0), [false, true]);
        state.notify(Severity::Error, "The disk is full and nothing can be written to it.");
        assert_eq!(shown(&mut notices, &state, 23.0), [true, false], "what comes again is news");
        state.page = Page::Learn;
        assert_eq!(shown(&mut notices, &state, 24.0), [false, true]);
        notices.show_again(&[&state.notices[0]], state.page, 25.0);
        assert_eq!(shown(&mut notices, &state, 40.0), [true, false]);
        assert_eq!(shown(&mut notices, &state, 46.0), [false, true]);
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
        state.notify(Severity::Warning, "It cannot be written. ".repeat(6));
        let shown = area(&mut notices, &state);
        assert!(shown.left() >= COLUMN && shown.right() <= 960.0, "{shown:?}");
        assert!(!notices.all, "who has few faults again sees the next many as one");
    }
}
