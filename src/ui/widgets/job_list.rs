//! The jobs that run or wait, in their order, each with a way out, and what can be done with all of them.
//!
//! A click belongs to the job it was meant for: where the list has moved on meanwhile, it does nothing.

use egui::{Align, Button, Label, Layout, ProgressBar, RichText, ScrollArea, Ui};

use super::controls;
use crate::action::Action;
use crate::commands::UiCommand;
use crate::language::floors;
use crate::language::sentences::said;
use crate::state::{AppState, Job};
use crate::{icons, theme};
use engine::message::Command;
use text::prompt::shortened;

/// Letters of a job's label in the name of a button.
const NAME: usize = 40;
/// Letters of the label of a job that broke off: all of a long prompt would push out of the window what can be done then.
const TOLD: usize = 120;

/// Shows jobs within a height.
pub fn show(ui: &mut Ui, salt: &str, jobs: &[&Job], height: f32, actions: &mut Vec<Action>) {
    let row = ui.spacing().interact_size.y + theme::NEAR;
    let area = ScrollArea::vertical().id_salt(salt).max_height(height).auto_shrink([false, true]);
    area.show_rows(ui, row, jobs.len(), |ui, shown| {
        for place in shown {
            let before = place.checked_sub(1).map(|before| jobs[before]);
            entry(ui, jobs[place], before.is_some_and(|before| !before.begun), row, actions);
        }
    });
}

fn entry(ui: &mut Ui, job: &Job, movable: bool, height: f32, actions: &mut Vec<Action>) {
    // All in a place of its own, whatever is above it: see the file's header.
    let size = egui::vec2(ui.available_width(), height);
    let id = egui::Id::unique(("job", job.id, ui.scope_id()));
    let builder = egui::UiBuilder::new().scope_id(id).layout(Layout::top_down(Align::Min));
    let (rect, _) = ui.allocate_exact_size(size, egui::Sense::hover());
    ui.scope_builder(builder.max_rect(rect), |ui| {
        ui.with_layout(Layout::right_to_left(Align::Min), |ui| {
            let name = shortened(&job.label, NAME);
            let cancel = ui.add(Button::new(format!("{} {}", icons::CLOSE, t!("jobs-cancel"))));
            let hint = t!("jobs-cancel.tip");
            if cancel.accessible_name(t!("jobs-cancel.name", name = name)).on_hover_text(hint).clicked() {
                actions.push(Action::Engine(Command::Stop(job.id)));
            }
            if movable && !job.begun {
                let earlier =
                    ui.button(t!("jobs-earlier")).accessible_name(t!("jobs-earlier.name", name = name));
                controls::reports(earlier, t!("jobs-earlier.tip"), actions, || Command::MoveUp(job.id));
            }
            ui.with_layout(Layout::top_down(Align::Min), |ui| {
                ui.add(Label::new(RichText::new(text(job)).small()).truncate());
                if let Some((done, of)) = job.progress.filter(|_| job.begun) {
                    let bar = ProgressBar::new(done as f32 / of.max(1) as f32).desired_height(theme::NEAR);
                    ui.add(bar.fill(theme::tokens(ui).accent)).on_hover_text(t!(
                        "jobs-progress.tip",
                        done = done,
                        of = of
                    ));
                }
            });
        });
    });
}

/// "Drawing: a cat, 3 pictures, drawing, 4 min left".
fn text(job: &Job) -> String {
    let pictures = match job.pictures_left() {
        0 | 1 => String::new(),
        count => t!("jobs-pictures", count = count),
    };
    let doing = if job.begun { said(&job.doing) } else { t!("jobs-waits").into() };
    let left = job.seconds_left().filter(|left| job.begun && *left > 0.0);
    let left = left.map_or_else(String::new, |left| t!("jobs-left", time = floors::short_duration(left)));
    let parts = [job.label.as_str(), &pictures, &doing, &left];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(t!("jobs-comma"))
}

/// How much there is to do, and the buttons for all that waits.
pub fn totals(ui: &mut Ui, state: &AppState, actions: &mut Vec<Action>) {
    let ahead = state.work_ahead();
    if ahead.jobs == 0 && !state.held {
        return;
    }
    let jobs = (ahead.jobs > 0).then(|| t!("jobs-count", count = ahead.jobs));
    let pictures = (ahead.pictures > 0).then(|| t!("jobs-pictures", count = ahead.pictures));
    let left = ahead.seconds.filter(|seconds| *seconds > 0.0);
    let left = left.map(|seconds| t!("jobs-about-left", time = floors::short_duration(seconds)));
    let held = state.held.then(|| t!("jobs-held").to_owned());
    let parts = [jobs, pictures, left, held];
    controls::note(ui, &parts.into_iter().flatten().collect::<Vec<_>>().join(t!("jobs-comma")));
    let waiting = state.jobs.iter().filter(|job| !job.begun).count();
    if waiting == 0 && !state.held {
        return;
    }
    ui.horizontal_wrapped(|ui| {
        let (icon, name, hint) = if state.held {
            (icons::PLAY, t!("jobs-begin"), t!("jobs-begin.tip"))
        } else {
            (icons::PAUSE, t!("jobs-hold"), t!("jobs-hold.tip"))
        };
        if controls::button(ui, true, icon, name).on_hover_text(hint).clicked() {
            actions.push(Action::Engine(Command::HoldQueue(!state.held)));
        }
        if waiting > 1 {
            let hint = t!("jobs-clear.tip");
            if controls::button(ui, true, icons::CLOSE, t!("jobs-clear")).on_hover_text(hint).clicked() {
                actions.push(Action::Engine(Command::ClearQueue));
            }
        }
    });
}

/// What broke off when the device was lost, and the ways to go on or not.
pub fn broken_off(ui: &mut Ui, state: &AppState, actions: &mut Vec<Action>) {
    let Some(first) = state.broken_off.first() else { return };
    let label = shortened(&first.label, TOLD);
    let text = match state.broken_off.len() - 1 {
        0 => t!("jobs-broken", label = label),
        more => t!("jobs-broken-more", label = label, more = more),
    };
    controls::warning(ui, &text);
    ui.horizontal_wrapped(|ui| {
        let there = state.engine_gone.is_none();
        let hint = t!("jobs-go-on.tip");
        let go_on = controls::button(ui, there, icons::PLAY, t!("jobs-go-on")).on_hover_text(hint);
        if go_on.on_disabled_hover_text(t!("jobs-go-on.disabled")).clicked() {
            actions.push(Action::Command(UiCommand::GoOn));
        }
        let hint = t!("jobs-forget.tip");
        if controls::button(ui, true, icons::CLOSE, t!("jobs-forget")).on_hover_text(hint).clicked() {
            actions.push(Action::ForgetBrokenOff);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::JobKind;
    use crate::work_ahead::{Again, BrokenOff};

    #[test]
    fn a_long_prompt_that_broke_off_leaves_room_for_what_can_be_done() {
        let ctx = egui::Context::default();
        theme::install(&ctx);
        let (kind, label) = (JobKind::Draw { count: 1 }, "a tree in the rain, ".repeat(150));
        let broken = BrokenOff { kind, label, again: Again::Run("/run".into()) };
        let state = AppState { broken_off: vec![broken], ..AppState::default() };
        let mut height = 0.0;
        drop(ctx.run_ui(egui::RawInput::default(), |ui| {
            ui.set_max_width(360.0);
            let shown = ui.scope(|ui| broken_off(ui, &state, &mut Vec::new()));
            height = shown.response.rect.height();
        }));
        assert!((20.0..200.0).contains(&height), "{height}");
    }
}
