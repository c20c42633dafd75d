//! A picture in a square of any size, to be clicked or dragged, with a mark in its corner.
//!
//! It shows the small copy of the picture and reads nothing; what a click means is said where it is used.

use std::path::Path;

use egui::{
    Align2, FontId, Response, Role, Sense, Stroke, StrokeKind, TextStyle, Ui, Vec2, WidgetInfo, vec2,
};

use crate::state::AppState;
use crate::texture::Shared;
use crate::theme;
use crate::widgets::gallery::{Fit, paint};

/// What a tile shows.
pub struct Tile<'a> {
    /// The picture's file; `None` for an empty place.
    pub picture: Option<&'a Path>,
    /// What it is called for those who do not see it.
    pub name: &'a str,
    /// A few signs in the corner.
    pub mark: Option<&'a str>,
    /// Whether it is the chosen one of several.
    pub chosen: bool,
    pub side: f32,
}

impl Tile<'_> {
    pub fn ui(&self, ui: &mut Ui, state: &AppState, shared: &mut Shared, sense: Sense) -> Response {
        let tokens = theme::tokens(ui);
        let (rect, response) = ui.allocate_exact_size(Vec2::splat(self.side), sense);
        let (enabled, name, chosen) = (ui.is_enabled(), self.name.to_owned(), self.chosen);
        let role = if sense.senses_click() { Role::Button } else { Role::Image };
        response.widget_info(move || match role {
            Role::Button => WidgetInfo::selected(role, enabled, chosen, &name),
            _ => WidgetInfo::labeled(role, enabled, &name),
        });
        if !ui.is_rect_visible(rect) {
            return response;
        }
        ui.painter().rect_filled(rect, theme::ROUND, tokens.card);
        if let Some(picture) = self.picture.and_then(|path| shared.thumbnail(&state.thumbnails, path)) {
            paint(ui, shared, picture, rect, Fit::Contain);
        }
        let edge = if self.chosen || response.has_focus() {
            Stroke::new(2.0, tokens.accent)
        } else if response.hovered() && sense.senses_click() {
            Stroke::new(1.0, tokens.accent)
        } else {
            Stroke::new(1.0, tokens.edge)
        };
        ui.painter().rect_stroke(rect, theme::ROUND, edge, StrokeKind::Inside);
        if let Some(mark) = self.mark {
            let font: FontId = TextStyle::Button.resolve(ui.style());
            let galley = ui.painter().layout_no_wrap(mark.to_owned(), font, tokens.on_accent);
            let size = galley.size() + vec2(2.0 * theme::NEAR, theme::NEAR);
            let corner = egui::Rect::from_min_size(rect.min + Vec2::splat(theme::NEAR), size);
            ui.painter().rect_filled(corner, theme::ROUND, tokens.accent);
            let place = Align2::CENTER_CENTER.align_size_within_rect(galley.size(), corner);
            ui.painter().galley(place.min, galley, tokens.on_accent);
        }
        response
    }
}
