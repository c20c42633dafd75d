//! The list of runs: what was learned, how far it came and when.
//!
//! Only the visible rows are laid out.

use std::path::PathBuf;
use std::time::SystemTime;

use egui::Ui;

use super::words;
use crate::action::Action;
use crate::icons;
use crate::language::floors;
use crate::state::{AppState, RunView};
use crate::texture::Shared;
use crate::theme;
use crate::widgets::compare_slider::crisp;
use crate::widgets::{controls, damaged};
use base::units;
use disk::message::{Collection, RunCard, Task};

const ROW: f32 = 112.0;
const PICTURE: f32 = 52.0;

/// What the list remembers: which run is about to be deleted.
#[derive(Default)]
pub(super) struct RunList {
    confirm: Option<PathBuf>,
}

impl RunList {
    pub fn ui(&mut self, ui: &mut Ui, state: &AppState, shared: &mut Shared) {
        ui.label(controls::title(t!("learn-runs")));
        damaged::list(ui, state.damaged(Collection::Runs), Task::TrashRun, &mut shared.actions);
        let now = units::unix_seconds(SystemTime::now());
        let area = egui::ScrollArea::vertical().id_salt("runs").auto_shrink([false, false]);
        area.show_rows(ui, ROW, state.runs.len(), |ui, range| {
            for card in state.runs.get(range).unwrap_or_default() {
                self.row(ui, card, state, now, shared);
            }
        });
    }

    fn row(&mut self, ui: &mut Ui, card: &RunCard, state: &AppState, now: u64, shared: &mut Shared) {
        let tokens = theme::tokens(ui);
        let shown = state.run.folder() == Some(card.folder.as_path());
        // The page stays with the word that is being learned.
        let held = state.run.job.is_some() && !shown;
        let live = shown && state.run.job.is_some();
        let sense = if held { egui::Sense::hover() } else { egui::Sense::click() };
        let size = egui::vec2(ui.available_width(), ROW);
        let (rect, response) = ui.allocate_exact_size(size, sense);
        let name = t!("learn-run.name", word = card.concept.word);
        response.widget_info(|| egui::WidgetInfo::selected(egui::Role::Button, !held, shown, &name));
        if !ui.is_rect_visible(rect) {
            return;
        }
        let fill = if shown { ui.visuals().selection.bg_fill } else { tokens.card };
        let focus = (response.hovered() && !held) || response.has_focus() || shown;
        let edge = if focus { tokens.accent } else { tokens.edge };
        let stroke = egui::Stroke::new(1.0, edge);
        ui.painter().rect(rect, theme::ROUND, fill, stroke, egui::StrokeKind::Inside);
        let response = response.on_hover_text(if held { t!("learn-run.held") } else { t!("learn-run.tip") });
        if response.clicked() && !shown {
            shared.actions.push(Action::Disk(Task::OpenRun(card.folder.clone())));
        }
        let inside = egui::UiBuilder::new()
            .max_rect(rect.shrink(theme::NEAR + 2.0))
            .layout(egui::Layout::top_down(egui::Align::Min))
            .id_salt(&card.folder);
        let mut inside = ui.new_child(inside);
        describe(&mut inside, card, state, live.then_some(&state.run), now, shared);
        self.buttons(&mut inside, card, live, &mut shared.actions);
    }

    fn buttons(&mut self, ui: &mut Ui, card: &RunCard, live: bool, actions: &mut Vec<Action>) {
        ui.horizontal(|ui| {
            if card.can_resume() && !live {
                let resume = small(ui, icons::PLAY, t!("learn-run-resume"), true)
                    .accessible_name(t!("learn-run-resume.name"));
                let resume = resume.on_hover_text(t!("learn-run-resume.tip"));
                if resume.clicked() {
                    actions.push(Action::Continue { run: card.folder.clone(), asked: Box::default() });
                }
            }
            let sure = self.confirm.as_ref() == Some(&card.folder);
            let text = if sure { t!("learn-delete-sure") } else { t!("learn-delete") };
            let delete = small(ui, icons::TRASH, text, !live && !card.locked);
            let delete = delete
                .on_hover_text(t!("learn-delete.tip"))
                .on_disabled_hover_text(t!("learn-delete.disabled"));
            if delete.clicked() {
                self.confirm = (!sure).then(|| card.folder.clone());
                if sure {
                    actions.push(Action::Disk(Task::TrashRun(card.folder.clone())));
                }
            } else if sure && delete.clicked_elsewhere() {
                self.confirm = None;
            }
        });
    }
}

fn small(ui: &mut Ui, icon: &str, text: &str, enabled: bool) -> egui::Response {
    let label = egui::RichText::new(format!("{icon} {text}")).small();
    ui.add_enabled(enabled, egui::Button::new(label).small()).accessible_name(text)
}

/// Picture, word, steps and state.
fn describe(
    ui: &mut Ui,
    card: &RunCard,
    state: &AppState,
    live: Option<&RunView>,
    now: u64,
    shared: &mut Shared,
) {
    let tokens = theme::tokens(ui);
    // Labels that can be selected would take the clicks of the row.
    let line = |ui: &mut Ui, text: egui::RichText| {
        ui.add(egui::Label::new(text).truncate().selectable(false));
    };
    let quiet = |text: String| egui::RichText::new(text).small().color(tokens.quiet);
    let step = live.and_then(|run| run.last.as_ref()).map_or(card.step, |last| last.step);
    let steps = live.and_then(|run| run.info.as_ref()).map_or(card.steps, |info| info.steps);
    let standing = match live {
        Some(_) => t!("learn-now").to_owned(),
        None => {
            t!("learn-standing-ago", standing = words::standing(card), when = floors::ago(card.created, now))
        }
    };
    // While it is being learned, its newest picture.
    let newest =
        live.and_then(|run| run.previews.iter().filter(|preview| preview.index == 0).max_by_key(|p| p.step));
    ui.horizontal_top(|ui| {
        let (rect, _) = ui.allocate_exact_size(egui::Vec2::splat(PICTURE), egui::Sense::hover());
        let newest = newest.and_then(|preview| shared.thumbnail(&state.thumbnails, &preview.path));
        match newest.or(card.picture.as_ref()) {
            Some(picture) => {
                let texture = shared.textures.picture(ui.ctx(), picture, crisp(picture));
                egui::Image::new(&texture).corner_radius(theme::ROUND).paint_at(ui, rect);
            }
            None => {
                ui.painter().rect_filled(rect, theme::ROUND, tokens.edge);
                let font = egui::TextStyle::Heading.resolve(ui.style());
                let centre = egui::Align2::CENTER_CENTER;
                ui.painter().text(rect.center(), centre, icons::CHART, font, tokens.quiet);
            }
        }
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            line(ui, egui::RichText::new(&card.concept.word).strong());
            line(ui, quiet(t!("learn-step-of", step = step, steps = steps)));
            line(ui, quiet(standing));
        });
    });
}
