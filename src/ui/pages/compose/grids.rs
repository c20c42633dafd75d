//! Grids of small pictures that differ in one thing by row and in the seed by column: how they are asked for, and
//! how they look while they fill.

use std::sync::Arc;

use egui::{
    CollapsingHeader, Label, Rect, RichText, Role, Sense, Stroke, StrokeKind, TextEdit, Ui, Vec2, WidgetInfo,
};
use image::RgbImage;
use project::grid::GridKind;

use super::{MENU, number, row, settings, table};
use crate::action::{Action, Grid};
use crate::language::sentences::said;
use crate::state::{AppState, GridForm, GridView, JobKind};
use crate::texture::Shared;
use crate::widgets::controls;
use crate::widgets::gallery::{Fit, paint};
use crate::widgets::parsed::parsed;
use crate::{icons, theme};

/// Smallest and largest side of a cell.
const CELL: [f32; 2] = [104.0, 256.0];
/// Width of the labels before the rows.
const LABEL: f32 = 84.0;
/// Height of the labels above the columns.
const LINE: f32 = 20.0;

/// How large the next grid will be.
pub struct GridChoice {
    seeds: usize,
    weights: usize,
}

impl Default for GridChoice {
    fn default() -> Self {
        Self { seeds: 3, weights: 5 }
    }
}

/// Shows what grids can be drawn; `obstacle` is why nothing can be drawn now.
pub fn choose(
    ui: &mut Ui,
    state: &AppState,
    (choice, form): (&mut GridChoice, &mut GridForm),
    obstacle: Option<&str>,
    actions: &mut Vec<Action>,
) {
    let header =
        CollapsingHeader::new(t!("compose-grid")).id_salt("compose-grid").show_unindented(ui, |ui| {
            controls::note(ui, t!("grid-what"));
            table(ui, "compose-grid-size", |ui| {
                number(ui, named!("grid-seeds"), &mut choice.seeds, 1..=10, 0.05);
                number(ui, named!("grid-weights"), &mut choice.weights, 2..=10, 0.05);
            });
            let prompt = &state.compose.settings.prompt;
            let seeds = choice.seeds;

            let names: Vec<&[String]> = state.fitting_words().map(|card| card.names.as_slice()).collect();
            let mentions = !parsed(ui.ctx(), prompt, &names).mentioned.is_empty();
            let lacks = (!mentions).then_some(t!("grid-weight-seed.disabled"));
            let hint = t!("grid-weight-seed.tip");
            let reason = obstacle.or(lacks);
            grid_button(
                ui,
                t!("grid-weight-seed"),
                Grid::of_weights(choice.weights, seeds),
                hint,
                reason,
                actions,
            );
            let run = state.run.folder();
            sides(ui, form, obstacle, actions);
            let Some(grid) = run.and_then(|run| Grid::of_steps(run, &state.run.checkpoints, seeds)) else {
                return;
            };
            let name = state.run.word().map(|word| [word.to_owned()]);
            let names: Vec<&[String]> = name.iter().map(|name| &name[..]).collect();
            let mentions = !parsed(ui.ctx(), prompt, &names).mentioned.is_empty();
            let lacks = (!mentions).then_some(t!("grid-step-seed.disabled"));
            let hint = t!("grid-step-seed.tip");
            let reason = obstacle.or(lacks);
            grid_button(ui, t!("grid-step-seed"), grid, hint, reason, actions);
        });
    header.header_response.on_hover_text(t!("compose-grid.tip"));
}

/// A grid of any two sides.
fn sides(ui: &mut Ui, form: &mut GridForm, obstacle: Option<&str>, actions: &mut Vec<Action>) {
    controls::note(ui, t!("grid-sides"));
    table(ui, "compose-grid-sides", |ui| {
        side(ui, t!("grid-down"), &mut form.down, &mut form.down_values);
        side(ui, t!("grid-across"), &mut form.across, &mut form.across_values);
    });
    let plan = form.plan();
    let fault = plan.as_ref().err().map(|error| said(&error.to_string()).into_owned());
    let reason = obstacle.or(fault.as_deref());
    let grid = plan.as_ref().ok().map(|plan| Grid::Plan(plan.clone()));
    let hint = t!("grid-draw.tip");
    match grid {
        Some(grid) => grid_button(ui, t!("grid-draw"), grid, hint, reason, actions),
        None => {
            let button = controls::button(ui, false, icons::GRID, t!("grid-draw"));
            button.on_disabled_hover_text(reason.unwrap_or_default());
            controls::note(ui, reason.unwrap_or_default());
        }
    }
}

/// What changes along a side, and to what.
fn side(ui: &mut Ui, name: &str, kind: &mut GridKind, values: &mut String) {
    let kinds = GridKind::ALL.iter().copied().map(settings::named);
    settings::choice(ui, (name, t!("grid-side.tip")), true, kind, kinds);
    let example = kind.example().replace(" or ", t!("grid-or"));
    let hint = t!("grid-values.tip", example = example);
    row(ui, ("", &hint), |ui| {
        let field = TextEdit::singleline(values).char_limit(2000).desired_width(MENU).hint_text(example);
        ui.add(field).accessible_name(t!("grid-values.name", name = name)).on_hover_text(&hint);
    });
}

fn grid_button(
    ui: &mut Ui,
    name: &str,
    grid: Grid,
    hint: &str,
    reason: Option<&str>,
    actions: &mut Vec<Action>,
) {
    let told = t!("grid-pictures", hint = hint, pictures = grid.pictures());
    if controls::able(ui, reason.is_none(), icons::GRID, (name, &told), reason.unwrap_or_default()) {
        actions.push(Action::DrawGrid(grid));
    }
}

/// Shows a grid; gives the cell that was clicked, if there is a picture in it.
pub fn show(ui: &mut Ui, state: &AppState, shared: &mut Shared, grid: &GridView) -> Option<usize> {
    let mut large = None;
    let live = live(state, grid);
    let columns = grid.columns.len().max(1);
    let space = ui.available_size() - egui::vec2(LABEL + theme::FAR, LINE + theme::GAP);
    // All of it in view, if that leaves something to be seen.
    let counts = egui::vec2(columns as f32, grid.rows.len().max(1) as f32);
    let side = ((space / counts).min_elem() - theme::NEAR).clamp(CELL[0], CELL[1]);
    egui::ScrollArea::both().id_salt("compose-grid-cells").auto_shrink([false, false]).show(ui, |ui| {
        ui.spacing_mut().item_spacing = Vec2::splat(theme::NEAR);
        ui.horizontal(|ui| {
            label(ui, "", egui::vec2(LABEL, LINE));
            for column in &grid.columns {
                label(ui, column, egui::vec2(side, LINE));
            }
        });
        for (row, name) in grid.rows.iter().enumerate() {
            ui.horizontal(|ui| {
                label(ui, name, egui::vec2(LABEL, side));
                for (column, above) in grid.columns.iter().enumerate() {
                    let place = row * columns + column;
                    let drawn = grid.cells.get(place).and_then(Option::as_ref);
                    let picture = drawn.and_then(|path| shared.thumbnail(&state.thumbnails, path));
                    let growing = live.filter(|(cell, _)| *cell == [row, column]).map(|(_, picture)| picture);
                    let name = format!("{name}, {above}");
                    let clicked = cell(ui, shared, picture.or(growing), &name, side);
                    if clicked && drawn.is_some() {
                        large = Some(place);
                    }
                }
            });
        }
    });
    large
}

/// The cell that is being drawn, and what there is of it.
fn live<'a>(state: &'a AppState, grid: &GridView) -> Option<([usize; 2], &'a Arc<RgbImage>)> {
    let latent_preview = state.latent_preview.as_ref()?;
    let job = state.jobs.iter().find(|job| job.id == latent_preview.job)?;
    match &job.kind {
        JobKind::Grid { id, columns, .. } if *id == grid.id => {
            let (place, across) = (latent_preview.index, columns.len().max(1));
            Some(([place / across, place % across], &latent_preview.picture))
        }
        _ => None,
    }
}

fn label(ui: &mut Ui, text: &str, size: Vec2) {
    ui.add_sized(size, Label::new(RichText::new(text).small()).truncate());
}

fn cell(ui: &mut Ui, shared: &mut Shared, picture: Option<&Arc<RgbImage>>, name: &str, side: f32) -> bool {
    let tokens = theme::tokens(ui);
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(side), Sense::click());
    let enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, name));
    if ui.is_rect_visible(rect) {
        match picture {
            Some(picture) => paint(ui, shared, picture, rect, Fit::Contain),
            None => placeholder(ui, rect),
        }
        if response.hovered() || response.has_focus() {
            let edge = Stroke::new(1.0, tokens.accent);
            ui.painter().rect_stroke(rect, theme::ROUND, edge, StrokeKind::Inside);
        }
    }
    let hint = if picture.is_some() { t!("grid-cell.tip") } else { t!("grid-cell.empty") };
    response.on_hover_text(format!("{name}\n{hint}")).clicked()
}

fn placeholder(ui: &Ui, rect: Rect) {
    let tokens = theme::tokens(ui);
    ui.painter().rect_filled(rect, theme::ROUND, tokens.card);
    ui.painter().rect_stroke(rect, theme::ROUND, Stroke::new(1.0, tokens.edge), StrokeKind::Inside);
}
