//! Two pictures in one place with a divider between them, to see what changed.
//!
//! The divider is dragged or moved with the arrow keys. Where the pictures come from is not known here.

use std::sync::Arc;

use image::RgbImage;

use crate::texture::Shared;
use crate::theme;

/// How far one press of an arrow key moves the divider.
const PRESS: f32 = 0.05;
/// Pictures narrower than this are shown with square pixels.
const SMALL: u32 = 256;

/// Where the divider is, from 0 (left) to 1 (right).
pub struct CompareSlider {
    divider: f32,
}

impl Default for CompareSlider {
    fn default() -> Self {
        Self { divider: 0.5 }
    }
}

#[derive(Clone, Copy)]
pub struct Side<'a> {
    pub picture: &'a Arc<RgbImage>,
    /// Its name, such as "step 200".
    pub name: &'a str,
}

/// Whether a picture is so small that its pixels should stay square.
pub fn crisp(picture: &RgbImage) -> bool {
    picture.width() < SMALL
}

impl CompareSlider {
    /// Shows two pictures, the left one to the left of the divider, as large as fits into a square of `side`.
    pub fn ui(
        &mut self,
        ui: &mut egui::Ui,
        shared: &mut Shared,
        left: Side<'_>,
        right: Side<'_>,
        side: f32,
    ) -> egui::Response {
        let tokens = theme::tokens(ui);
        let under = shared.textures.picture(ui.ctx(), right.picture, crisp(right.picture));
        let over = shared.textures.picture(ui.ctx(), left.picture, crisp(left.picture));
        let pixels = over.size_vec2();
        let size = pixels * (side / pixels.x.max(pixels.y).max(1.0));
        let (rect, mut response) = ui.allocate_exact_size(size, egui::Sense::click_and_drag());

        let before = self.divider;
        self.point(&response, rect);
        self.keys(ui, &response);
        if self.divider != before {
            response.mark_changed();
        }
        let divider = self.divider;
        let name = t!("slider-compare.name", left = left.name, right = right.name);
        let value = f64::from(divider * 100.0);
        response.widget_info(|| egui::WidgetInfo::slider(true, value, &name));

        if ui.is_rect_visible(rect) {
            let x = rect.left() + divider * rect.width();
            let shown = egui::Rect::from_min_max(rect.min, egui::pos2(x, rect.max.y));
            let uv = egui::Rect::from_min_max(egui::Pos2::ZERO, egui::pos2(divider, 1.0));
            egui::Image::new(&under).paint_at(ui, rect);
            if divider > 0.0 {
                egui::Image::new(&over).uv(uv).paint_at(ui, shown);
            }
            let strong = response.hovered() || response.dragged() || response.has_focus();
            let width = if strong { 3.0 } else { 2.0 };
            let middle = egui::pos2(x, rect.center().y);
            ui.painter().vline(x, rect.y_range(), egui::Stroke::new(width, tokens.accent));
            let ring = egui::Stroke::new(1.0, tokens.on_accent);
            ui.painter().circle(middle, theme::NEAR + width, tokens.accent, ring);
            if response.has_focus() {
                let stroke = egui::Stroke::new(2.0, tokens.accent);
                ui.painter().rect_stroke(rect, 0.0, stroke, egui::StrokeKind::Outside);
            }
        }
        response.on_hover_cursor(egui::CursorIcon::ResizeHorizontal).on_hover_text(t!("slider-compare.tip"))
    }

    fn point(&mut self, response: &egui::Response, rect: egui::Rect) {
        if response.clicked() || response.drag_started() {
            response.request_focus();
        }
        if response.double_clicked() {
            self.divider = 0.5;
        } else if (response.dragged() || response.clicked())
            && let Some(place) = response.interact_pointer_pos()
        {
            self.divider = ((place.x - rect.left()) / rect.width().max(1.0)).clamp(0.0, 1.0);
        }
    }

    fn keys(&mut self, ui: &egui::Ui, response: &egui::Response) {
        if !response.has_focus() {
            return;
        }
        let filter = egui::EventFilter { horizontal_arrows: true, ..Default::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
        let presses = ui.input(|input| {
            let count = |key| input.num_presses(key) as f32;
            count(egui::Key::ArrowRight) - count(egui::Key::ArrowLeft)
        });
        self.divider = (self.divider + presses * PRESS).clamp(0.0, 1.0);
    }
}
