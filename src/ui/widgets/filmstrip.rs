//! The previews of a run along its steps: one column for each step, one row for each prompt.
//!
//! Two steps are chosen in it, A and B, by clicks or with the arrow keys. Only what is visible is drawn. The
//! length is that of its tests.

use super::compare_slider::crisp;
use crate::recent::Thumbnails;
use crate::state::LatentPreview;
use crate::texture::Shared;
use crate::theme::{self, Tokens};
use disk::message::PreviewPicture;

/// Sides of a picture in the strip: in a low window, which is to show the curve below as well, and in others.
const CELLS: [f32; 2] = [theme::CARD * 0.575, theme::CARD * 0.75];
/// The height of a low window.
const LOW: f32 = 900.0;
/// Height of the labels above the columns.
const LABEL: f32 = theme::FAR;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Place {
    #[default]
    A,
    B,
}

#[derive(Default)]
pub struct Filmstrip {
    a: Option<u64>,
    b: Option<u64>,
    prompt: usize,
    /// Which of the two was chosen last: the arrow keys move it, the next click chooses the other.
    last: Option<Place>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair {
    /// Step of the left picture.
    pub a: u64,
    /// Step of the right picture.
    pub b: u64,
    pub prompt: usize,
}

struct Table {
    steps: Vec<u64>,
    rows: usize,
    cell: f32,
}

impl Table {
    fn new(previews: &[PreviewPicture], latent_preview: Option<&LatentPreview>, cell: f32) -> Self {
        let mut steps: Vec<u64> = previews.iter().map(|preview| preview.step).collect();
        steps.sort_unstable();
        steps.dedup();
        let rows = previews.iter().map(|preview| preview.index + 1).max().unwrap_or(0);
        Self {
            steps,
            rows: rows.max(latent_preview.map_or(0, |latent_preview| latent_preview.index + 1)),
            cell,
        }
    }

    /// The column of the picture being drawn: that of the last step while it lacks this row, else a new one.
    fn sketched(&self, previews: &[PreviewPicture], row: usize) -> usize {
        let Some(&last) = self.steps.last() else { return 0 };
        let there = previews.iter().any(|preview| (preview.step, preview.index) == (last, row));
        self.steps.len() - usize::from(!there)
    }

    /// From one picture to the next.
    fn pitch(&self) -> f32 {
        self.cell + theme::NEAR
    }
}

impl Filmstrip {
    /// Forgets what was chosen, because another run is shown.
    pub fn forget(&mut self) {
        *self = Self::default();
    }

    /// The two steps to compare: those chosen, else the first and the newest. `None` if there is no picture.
    pub fn pair(&self, previews: &[PreviewPicture]) -> Option<Pair> {
        let there = |step: &u64| previews.iter().any(|preview| preview.step == *step);
        let a = self.a.filter(there).or(previews.iter().map(|preview| preview.step).min())?;
        let b = self.b.filter(there).or(previews.iter().map(|preview| preview.step).max())?;
        let rows = previews.iter().map(|preview| preview.index).max()?;
        Some(Pair { a, b, prompt: self.prompt.min(rows) })
    }

    /// Chooses the preview nearest to a step as A.
    pub fn choose(&mut self, previews: &[PreviewPicture], step: u64) {
        let nearest = previews.iter().map(|preview| preview.step).min_by_key(|known| known.abs_diff(step));
        self.a = nearest.or(self.a);
        self.last = Some(Place::A);
    }

    /// Shows the strip; returns the step that was chosen just now.
    pub fn ui(
        &mut self,
        ui: &mut egui::Ui,
        previews: &[PreviewPicture],
        latent_preview: Option<&LatentPreview>,
        copies: &Thumbnails,
        shared: &mut Shared,
    ) -> Option<u64> {
        let low = ui.ctx().content_rect().height() < LOW;
        let table = Table::new(previews, latent_preview, CELLS[usize::from(!low)]);
        let pitch = table.pitch();
        let pair = self.pair(previews);
        let sketched = latent_preview.map(|latent_preview| table.sketched(previews, latent_preview.index));
        let apart = sketched.is_some_and(|column| column == table.steps.len());
        let columns = table.steps.len() + usize::from(apart);
        // The label of the picture being drawn is longer than a column is wide.
        let tail = if apart { 2.0 * theme::FAR } else { 0.0 };
        let size = egui::vec2(columns as f32 * pitch + tail, LABEL + table.rows as f32 * pitch);
        let area = egui::ScrollArea::horizontal().id_salt("filmstrip").auto_shrink([false, true]);
        let shown = area.stick_to_right(true).show_viewport(ui, |ui, viewport| {
            let (rect, _) = ui.allocate_exact_size(size, egui::Sense::hover());
            let strip = Strip { table: &table, previews, copies, pair, origin: rect.min };
            let mut hit = None;
            for column in 0..table.steps.len() {
                let left = column as f32 * pitch;
                let visible = left < viewport.max.x && left + pitch > viewport.min.x;
                if visible || strip.chosen(column) {
                    strip.label(ui, column);
                    for row in 0..table.rows {
                        hit = strip.cell(ui, column, row, shared).or(hit);
                    }
                }
            }
            if let (Some(latent_preview), Some(column)) = (latent_preview, sketched) {
                strip.latent_preview(ui, latent_preview, column, shared);
            }
            hit.and_then(|hit| self.answer(ui, &strip, hit))
        });
        shown.inner
    }

    /// Does what a click or an arrow key asks for.
    fn answer(&mut self, ui: &egui::Ui, strip: &Strip<'_>, hit: Hit) -> Option<u64> {
        let (steps, rows) = (&strip.table.steps, strip.table.rows);
        let (column, row, place) = match hit {
            Hit::Click { column, row, shift } => {
                let step = *steps.get(column)?;
                let second = self.last == Some(Place::A) && self.a.is_some_and(|a| a != step);
                (column, row, if shift || second { Place::B } else { Place::A })
            }
            Hit::Keys { column, row, right, down } => {
                let to = |from: usize, by: isize, count: usize| {
                    from.saturating_add_signed(by).min(count.saturating_sub(1))
                };
                let (column, row) = (to(column, right, steps.len()), to(row, down, rows));
                let id = strip.id(ui, column, row);
                ui.memory_mut(|memory| memory.request_focus(id));
                ui.scroll_to_rect(strip.rect(column, row), None);
                (column, row, self.last.unwrap_or_default())
            }
        };
        let step = *steps.get(column)?;
        self.prompt = row;
        self.last = Some(place);
        match place {
            Place::A => self.a = Some(step),
            Place::B => self.b = Some(step),
        }
        Some(step)
    }
}

/// What happened to a picture of the strip.
#[derive(Debug, Clone, Copy)]
enum Hit {
    Click { column: usize, row: usize, shift: bool },
    Keys { column: usize, row: usize, right: isize, down: isize },
}

/// The strip in one frame.
struct Strip<'a> {
    table: &'a Table,
    previews: &'a [PreviewPicture],
    copies: &'a Thumbnails,
    pair: Option<Pair>,
    origin: egui::Pos2,
}

impl Strip<'_> {
    fn rect(&self, column: usize, row: usize) -> egui::Rect {
        let pitch = self.table.pitch();
        let corner = egui::vec2(column as f32 * pitch, LABEL + row as f32 * pitch);
        egui::Rect::from_min_size(self.origin + corner, egui::Vec2::splat(self.table.cell))
    }

    fn id(&self, ui: &egui::Ui, column: usize, row: usize) -> egui::Id {
        ui.make_persistent_id(("preview", self.step(column), row))
    }

    fn step(&self, column: usize) -> u64 {
        self.table.steps.get(column).copied().unwrap_or_default()
    }

    fn chosen(&self, column: usize) -> bool {
        self.pair.is_some_and(|pair| [pair.a, pair.b].contains(&self.step(column)))
    }

    /// The letters of a step, with the colour of the first.
    fn letters(&self, column: usize, tokens: &Tokens) -> Option<(&'static str, egui::Color32)> {
        let (pair, step) = (self.pair?, self.step(column));
        match (pair.a == step, pair.b == step) {
            (true, true) => Some(("A B", tokens.accent)),
            (true, false) => Some(("A", tokens.accent)),
            (false, true) => Some(("B", tokens.held_out)),
            (false, false) => None,
        }
    }

    fn label(&self, ui: &egui::Ui, column: usize) {
        let tokens = theme::tokens(ui);
        let font = egui::TextStyle::Small.resolve(ui.style());
        let place = self.origin + egui::vec2(column as f32 * self.table.pitch(), LABEL / 2.0);
        let mut room = self.table.cell;
        if let Some((letters, colour)) = self.letters(column, &tokens) {
            let end = place + egui::vec2(self.table.cell, 0.0);
            let taken = ui.painter().text(end, egui::Align2::RIGHT_CENTER, letters, font.clone(), colour);
            room -= taken.width() + theme::NEAR;
        }
        let step = self.step(column);
        let text = t!("filmstrip-step", step = step);
        let width = ui.painter().layout_no_wrap(text.clone(), font.clone(), tokens.quiet).size().x;
        // Under a letter nothing could be read; what the number counts is said by the others.
        let text = if width > room { step.to_string() } else { text };
        ui.painter().text(place, egui::Align2::LEFT_CENTER, text, font, tokens.quiet);
    }

    fn cell(&self, ui: &egui::Ui, column: usize, row: usize, shared: &mut Shared) -> Option<Hit> {
        let (rect, id, step) = (self.rect(column, row), self.id(ui, column, row), self.step(column));
        let found = self.previews.iter().find(|preview| (preview.step, preview.index) == (step, row));
        let tokens = theme::tokens(ui);
        let Some(preview) = found else {
            ui.painter().rect_filled(rect, theme::ROUND, tokens.edge);
            return None;
        };
        let response = ui.interact(rect, id, egui::Sense::click());
        let chosen = self.chosen(column);
        let name = t!("filmstrip-preview.name", step = step, prompt = row + 1);
        response.widget_info(|| egui::WidgetInfo::selected(egui::Role::Button, true, chosen, &name));
        if ui.is_rect_visible(rect) {
            match shared.thumbnail(self.copies, &preview.path) {
                Some(picture) => {
                    let texture = shared.textures.picture(ui.ctx(), picture, crisp(picture));
                    egui::Image::new(&texture).corner_radius(theme::ROUND).paint_at(ui, rect);
                }
                None => _ = ui.painter().rect_filled(rect, theme::ROUND, tokens.edge),
            }
            let edge = match self.letters(column, &tokens) {
                _ if response.has_focus() => Some(egui::Stroke::new(3.0, tokens.accent)),
                Some((_, colour)) => Some(egui::Stroke::new(2.0, colour)),
                None if response.hovered() => Some(egui::Stroke::new(1.0, tokens.quiet)),
                None => None,
            };
            if let Some(stroke) = edge {
                ui.painter().rect_stroke(rect, theme::ROUND, stroke, egui::StrokeKind::Outside);
            }
        }
        let hit = self.hit(ui, &response, column, row);
        response.on_hover_text(t!("filmstrip-preview.tip"));
        hit
    }

    fn hit(&self, ui: &egui::Ui, response: &egui::Response, column: usize, row: usize) -> Option<Hit> {
        if response.clicked() {
            response.request_focus();
            return Some(Hit::Click { column, row, shift: ui.input(|input| input.modifiers.shift) });
        }
        if !response.has_focus() {
            return None;
        }
        let filter =
            egui::EventFilter { horizontal_arrows: true, vertical_arrows: true, ..Default::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
        let (right, down) = ui.input(|input| {
            let count = |key| input.num_presses(key) as isize;
            let right = count(egui::Key::ArrowRight) - count(egui::Key::ArrowLeft);
            (right, count(egui::Key::ArrowDown) - count(egui::Key::ArrowUp))
        });
        (right != 0 || down != 0).then_some(Hit::Keys { column, row, right, down })
    }

    /// The picture being drawn.
    fn latent_preview(
        &self,
        ui: &egui::Ui,
        latent_preview: &LatentPreview,
        column: usize,
        shared: &mut Shared,
    ) {
        let (rect, tokens) = (self.rect(column, latent_preview.index), theme::tokens(ui));
        let font = egui::TextStyle::Small.resolve(ui.style());
        let text = t!("filmstrip-drawing", step = latent_preview.step, of = latent_preview.steps);
        // A column of its own has no label yet.
        if column == self.table.steps.len() {
            let place = self.origin + egui::vec2(column as f32 * self.table.pitch(), LABEL / 2.0);
            ui.painter().text(place, egui::Align2::LEFT_CENTER, &text, font, tokens.quiet);
        }
        let texture = shared.textures.picture(ui.ctx(), &latent_preview.picture, true);
        egui::Image::new(&texture).corner_radius(theme::ROUND).paint_at(ui, rect);
        let stroke = egui::Stroke::new(1.0, tokens.accent);
        ui.painter().rect_stroke(rect, theme::ROUND, stroke, egui::StrokeKind::Outside);
        let response = ui.interact(rect, ui.make_persistent_id("sketch"), egui::Sense::hover());
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, &text));
        response.on_hover_text(t!("filmstrip-drawing.tip"));
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::language::{Language, speak};

    fn previews(steps: &[u64]) -> Vec<PreviewPicture> {
        steps.iter().map(|&step| PreviewPicture { step, index: 0, path: PathBuf::new() }).collect()
    }

    #[test]
    fn first_and_newest_are_compared_until_others_are_chosen() {
        let mut strip = Filmstrip::default();
        assert_eq!(strip.pair(&[]), None);
        let pictures = previews(&[0, 200, 400]);
        assert_eq!(strip.pair(&pictures), Some(Pair { a: 0, b: 400, prompt: 0 }));
        strip.choose(&pictures, 190);
        assert_eq!(strip.pair(&pictures), Some(Pair { a: 200, b: 400, prompt: 0 }));
        assert_eq!(strip.pair(&previews(&[0, 400])), Some(Pair { a: 0, b: 400, prompt: 0 }));
        strip.forget();
        assert_eq!(strip.pair(&pictures), Some(Pair { a: 0, b: 400, prompt: 0 }));
    }

    #[test]
    fn a_sketch_stands_where_its_picture_will_be() {
        let mut pictures = previews(&[0, 50]);
        let column =
            |pictures: &[PreviewPicture], row| Table::new(pictures, None, 1.0).sketched(pictures, row);
        assert_eq!((column(&[], 0), column(&pictures, 0), column(&pictures, 1)), (0, 2, 1));
        pictures.push(PreviewPicture { step: 50, index: 1, path: PathBuf::new() });
        assert_eq!((column(&pictures, 0), column(&pictures, 1)), (2, 2));
    }

    #[test]
    fn no_label_lies_over_another_in_any_language() {
        for (language, last) in
            [(Language::Japanese, 100), (Language::English, 100), (Language::English, 123_456)]
        {
            speak(language);
            let ctx = egui::Context::default();
            theme::install(&ctx);
            let (mut strip, mut shared) = (Filmstrip::default(), Shared::default());
            let (pictures, copies) = (previews(&[0, last - 1, last]), Thumbnails::default());
            let screen = egui::Rect::from_min_size(egui::Pos2::ZERO, egui::vec2(960.0, 600.0));
            let input = egui::RawInput { screen_rect: Some(screen), ..Default::default() };
            let output = ctx.run_ui(input, |ui| {
                strip.ui(ui, &pictures, None, &copies, &mut shared);
            });
            let texts: Vec<egui::Rect> = output
                .shapes
                .iter()
                .filter(|clipped| matches!(clipped.shape, egui::Shape::Text(_)))
                .map(|clipped| clipped.shape.visual_bounding_rect())
                .collect();
            // Three steps and the letters of two of them.
            assert_eq!(texts.len(), 5, "{texts:?}");
            for (place, text) in texts.iter().enumerate() {
                let over = texts[place + 1..].iter().find(|other| other.intersects(*text));
                assert_eq!(over, None, "{language:?}, {last}: {text:?}");
            }
        }
    }
}
