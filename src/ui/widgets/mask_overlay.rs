//! Lays a mask over a picture, in the accent's colour: a texture for each tile that is painted, in view and not yet on the
//! card as it is now.

use std::collections::HashMap;

use egui::{Color32, ColorImage, Rect, TextureHandle, TextureOptions, Ui, pos2, vec2};

use crate::theme;
use project::mask::{Mask, TILE, Tile};

/// How much of the picture the mask hides.
const OPACITY: f32 = 0.5;

/// The tiles on the card.
#[derive(Default)]
pub struct MaskOverlay {
    /// By their places: what they show, and in which colour.
    held: HashMap<usize, (Tile, Color32, TextureHandle)>,
}

impl MaskOverlay {
    /// Paints the mask of a picture that lies in `shown`, as far as it is in `view`.
    pub fn paint(&mut self, ui: &Ui, mask: &Mask, shown: Rect, view: Rect) {
        let colour = theme::tokens(ui).accent.gamma_multiply(OPACITY);
        let painter = ui.painter_at(view);
        let scale = shown.width() / mask.size()[0].max(1) as f32;
        for (place, tile) in mask.tiles().iter().enumerate() {
            let [left, top, width, height] = mask.place(place).map(|length| length as f32);
            let rect = Rect::from_min_size(shown.min + vec2(left, top) * scale, vec2(width, height) * scale);
            match tile {
                Tile::Plain(value) => {
                    self.held.remove(&place);
                    if *value > 0 && view.intersects(rect) {
                        painter.rect_filled(rect, 0.0, colour.gamma_multiply(f32::from(*value) / 255.0));
                    }
                }
                Tile::Painted(bytes) if view.intersects(rect) => {
                    let texture = self.texture(ui, place, tile, bytes, colour);
                    let uv = pos2(width / TILE as f32, height / TILE as f32);
                    painter.image(texture.id(), rect, Rect::from_min_max(pos2(0.0, 0.0), uv), Color32::WHITE);
                }
                Tile::Painted(_) => {}
            }
        }
        self.held.retain(|place, _| *place < mask.tiles().len());
    }

    fn texture(
        &mut self,
        ui: &Ui,
        place: usize,
        tile: &Tile,
        bytes: &[u8],
        colour: Color32,
    ) -> &TextureHandle {
        let image = || {
            let shades: Vec<Color32> =
                (0..=255_u8).map(|v| colour.gamma_multiply(f32::from(v) / 255.0)).collect();
            let pixels = bytes.iter().map(|value| shades[usize::from(*value)]).collect();
            ColorImage::new([TILE as usize; 2], pixels)
        };
        let fresh = || ui.ctx().load_texture("mask tile", image(), TextureOptions::LINEAR);
        let held = self.held.entry(place).or_insert_with(|| (tile.clone(), colour, fresh()));
        if !held.0.is_same(tile) || held.1 != colour {
            held.2.set(image(), TextureOptions::LINEAR);
            (held.0, held.1) = (tile.clone(), colour);
        }
        &held.2
    }
}
