//! The bar at the bottom: the running job.
//!
//! Its room is kept free before the page is laid out, and filled after it, so that Tab comes to the page first: nobody is to
//! stop a run by three presses and Enter.

use egui::{self, Align, Id, Label, Layout, Rect, RichText, Ui, UiBuilder, vec2};

use crate::action::Action;
use crate::commands::UiCommand;
use crate::language::floors::short_duration;
use crate::language::sentences::said;
use crate::state::{AppState, Job, JobKind};
use crate::widgets::controls;
use crate::{icons, theme};
use engine::message::Command;

const HEIGHT: f32 = 46.0;
/// Widths of the job's name, of how far it is, and of both with what is being done, where there is room for all.
const NAME: f32 = 220.0;
const BAR: f32 = 260.0;
const TOLD: f32 = 740.0;

/// The room kept free for the bar.
pub struct Room {
    rect: Rect,
    /// What the bar is part of for those who do not see it.
    pane: Id,
}

/// A button of the bar.
struct Offer {
    text: String,
    name: &'static str,
    tip: String,
    wanted: Action,
}

/// Keeps the room free, if there is anything to show.
pub fn room(ui: &mut Ui, state: &AppState) -> Option<Room> {
    shown(state)?;
    let panel = egui::Panel::bottom("bottom").exact_size(HEIGHT);
    Some(panel.show(ui, |ui| Room { rect: ui.max_rect(), pane: ui.unique_id() }).inner)
}

/// Fills the room.
pub fn show(ui: &mut Ui, room: &Room, state: &AppState, actions: &mut Vec<Action>) {
    let Some(job) = shown(state) else { return };
    let bar = UiBuilder::new().scope_id(Id::unique("status-bar")).accessibility_parent(room.pane);
    let bar = bar.max_rect(room.rect).layout(Layout::left_to_right(Align::Center));
    let ui = &mut ui.new_child(bar);
    ui.add_space(theme::NEAR);
    let offers = offers(ui, job, state.held);
    // The buttons have their width whatever is told beside them.
    let gap = ui.spacing().item_spacing.x;
    let buttons: f32 = offers.iter().map(|offer| width(ui, &offer.text) + gap).sum();
    let size = vec2((ui.available_width() - buttons - theme::NEAR).max(0.0), ui.available_height());
    ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
        ui.set_width(size.x);
        told(ui, job);
    });
    for Offer { text, name, tip, wanted } in offers {
        controls::reports(ui.button(text).accessible_name(name), tip, actions, || wanted);
    }
}

/// The job that the bar is about.
fn shown(state: &AppState) -> Option<&Job> {
    state.running().or(state.jobs.first())
}

/// How wide a button is.
fn width(ui: &Ui, text: &str) -> f32 {
    let font = egui::TextStyle::Button.resolve(ui.style());
    let text = ui.painter().layout_no_wrap(text.to_owned(), font, ui.visuals().text_color());
    text.size().x.ceil() + 2.0 * ui.spacing().button_padding.x
}

/// What it is, how far it is and what is being done; all of it shorter where there is little room.
fn told(ui: &mut Ui, job: &Job) {
    let part = (ui.available_width() / TOLD).min(1.0);
    let size = vec2(NAME * part, 20.0);
    ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
        ui.set_min_width(size.x);
        ui.add(Label::new(&job.label).truncate());
    });
    let fraction = job.progress.map_or(0.0, |(done, of)| done as f32 / of.max(1) as f32);
    let bar = egui::ProgressBar::new(fraction).desired_width(BAR * part).text(progress_text(job));
    ui.add(bar).on_hover_text(if job.begun {
        t!("status-bar-running.tip")
    } else {
        t!("status-bar-waiting.tip")
    });
    ui.add(Label::new(RichText::new(doing_text(job)).color(theme::tokens(ui).quiet)).truncate());
}

/// What can be done with the job, in the order of Tab: what ends it comes last. One that has not begun has nothing to pause
/// and nothing to keep.
fn offers(ui: &Ui, job: &Job, held: bool) -> Vec<Offer> {
    let mut offers = Vec::new();
    let mut offer = |icon: &str, text: &str, name: &'static str, tip: String, wanted: Action| {
        offers.push(Offer { text: format!("{icon} {text}"), name, tip, wanted });
    };
    let hint = |command: UiCommand| command.hint(ui.ctx());
    let (pause, stop) = (UiCommand::PauseResume, UiCommand::Stop);
    if job.begun {
        let (icon, text, name) = match job.paused {
            true => (icons::PLAY, t!("status-resume"), t!("status-resume.name")),
            false => (icons::PAUSE, t!("status-pause"), t!("status-pause.name")),
        };
        offer(icon, text, name, hint(pause), pause.into());
        offer(stop.icon(), stop.text(), t!("status-stop.name"), hint(stop), stop.into());
    } else {
        if held {
            let (name, tip) = (t!("status-begin.name"), t!("status-begin.tip").to_owned());
            offer(icons::PLAY, t!("status-begin"), name, tip, Command::HoldQueue(false).into());
        }
        let (name, tip) = (t!("status-cancel.name"), t!("status-cancel.tip").to_owned());
        offer(icons::CLOSE, t!("status-cancel"), name, tip, stop.into());
    }
    offers
}

fn progress_text(job: &Job) -> String {
    match job.progress {
        _ if !job.begun => t!("status-waits").to_owned(),
        Some((done, of)) => t!("status-progress", done = done, of = of),
        None => String::new(),
    }
}

/// "learning, 3.2 steps/s, 4 min left".
fn doing_text(job: &Job) -> String {
    let mut parts =
        vec![if job.paused { t!("status-paused").to_owned() } else { said(&job.doing).into_owned() }];
    // A point of a comparison is no step.
    let each = job.seconds_each.filter(|_| !matches!(job.kind, JobKind::Compare(_)));
    if let Some(seconds) = each.filter(|seconds| *seconds > 0.0) {
        parts.push(if seconds < 1.0 {
            t!("status-steps-a-second", rate = format!("{:.1}", 1.0 / seconds))
        } else {
            t!("status-seconds-a-step", seconds = format!("{seconds:.1}"))
        });
    }
    parts.extend(job.seconds_left().map(|left| t!("status-left", time = short_duration(left))));
    parts.retain(|part| !part.is_empty());
    parts.join(", ")
}
