//! Sentences for the person, which come and go above the bottom bar.

use std::collections::HashMap;

use egui::{self, RichText};

use crate::action::Action;
use crate::language::sentences::said;
use crate::state::{AppState, Severity};
use crate::widgets::controls;
use crate::{icons, theme};

/// How long a note stays, in seconds.
const NOTE: f64 = 8.0;

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
                            let times = match notice.times {
                                1 => String::new(),
                                times => t!("notice-times", times = times),
                            };
                            ui.vertical(|ui| {
                                ui.set_width(340.0);
                                ui.add(egui::Label::new(format!("{}{times}", said(&notice.text))).wrap());
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
