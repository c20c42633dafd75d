//! Lays a mask over a picture, in the accent's colour: a texture for each tile that is painted, in view and not yet on the
//! card as it is now. It is as fine as it is seen: of a large picture that is shown small little is brought to the card.

use std::collections::HashMap;

use egui::{Color32, ColorImage, Rect, TextureHandle, TextureOptions, Ui, pos2, vec2};

use crate::theme;
use project::mask::{Mask, TILE, Tile};

/// How much of the picture the mask hides.
const OPACITY: f32 = 0.5;

/// Most pixels of a side that are shown as one.
const COARSEST: f32 = 16.0;

/// What of a tile is on the card: the colour, and how many pixels each way are shown as one.
type Look = (Color32, usize);

/// The tiles on the card.
#[derive(Default)]
pub struct MaskOverlay {
    /// By their places: what they show, and how.
    held: HashMap<usize, (Tile, Look, TextureHandle)>,
}

impl MaskOverlay {
    /// Paints the mask of a picture that lies in `shown`, as far as it is in `view`.
    pub fn paint(&mut self, ui: &Ui, mask: &Mask, shown: Rect, view: Rect) {
        let colour = theme::tokens(ui).accent.gamma_multiply(OPACITY);
        let painter = ui.painter_at(view);
        let scale = shown.width() / mask.size()[0].max(1) as f32;
        let look = (colour, coarseness(scale * ui.pixels_per_point()));
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
                    let side = |length: f32| length as usize;
                    let texture = self.texture(ui, place, tile, (bytes, [side(width), side(height)]), look);
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
        (bytes, sides): (&[u8], [usize; 2]),
        look: Look,
    ) -> &TextureHandle {
        let image = || {
            let (colour, step) = look;
            let shades: Vec<Color32> =
                (0..=255_u8).map(|v| colour.gamma_multiply(f32::from(v) / 255.0)).collect();
            let pixels = coarse(bytes, sides, step).iter().map(|value| shades[usize::from(*value)]).collect();
            ColorImage::new([TILE as usize / step; 2], pixels)
        };
        let fresh = || ui.ctx().load_texture("mask tile", image(), TextureOptions::LINEAR);
        let held = self.held.entry(place).or_insert_with(|| (tile.clone(), look, fresh()));
        if !held.0.is_same(tile) || held.1 != look {
            held.2.set(image(), TextureOptions::LINEAR);
            (held.0, held.1) = (tile.clone(), look);
        }
        &held.2
    }
}

/// How many pixels of a side can be shown as one where a pixel takes so many of the screen's: a power of two.
fn coarseness(scale: f32) -> usize {
    let pixels = (1.0 / scale).clamp(1.0, COARSEST);
    1 << pixels.log2() as usize
}

/// The most of each so many pixels each way, of what of a tile lies in the picture: a thin line stays in sight.
fn coarse(bytes: &[u8], [width, height]: [usize; 2], step: usize) -> Vec<u8> {
    let side = TILE as usize / step;
    let mut most = vec![0; side * side];
    for (row, line) in bytes.chunks(TILE as usize).take(height).enumerate() {
        let shown = most[row / step * side..].iter_mut();
        for (shown, pixels) in shown.zip(line[..width].chunks(step)) {
            *shown = pixels.iter().fold(*shown, |most, value| (*value).max(most));
        }
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_small_is_shown_coarsely_and_nothing_thin_is_lost() {
        for (scale, step) in [(2.0, 1), (1.0, 1), (0.6, 1), (0.5, 2), (0.26, 2), (0.125, 8), (0.001, 16)] {
            assert_eq!(coarseness(scale), step, "{scale}");
        }
        assert_eq!([f32::NAN, f32::INFINITY, 0.0].map(coarseness), [1, 1, 16]);
        let mut bytes = vec![0; (TILE * TILE) as usize];
        // A pixel in the sixth row, and one beyond the picture.
        (bytes[5 * 256 + 9], bytes[5 * 256 + 30]) = (200, 255);
        let shown = coarse(&bytes, [25, 7], 4);
        assert_eq!(shown.len(), 64 * 64);
        let painted: Vec<(usize, u8)> =
            shown.into_iter().enumerate().filter(|(_, value)| *value > 0).collect();
        assert_eq!(painted, [(64 + 2, 200)]);
        assert_eq!(coarse(&bytes, [256, 256], 1), bytes);
    }
}
