//! A picture with the square that is learned from it: how it is shown, and the editor that moves the square.
//!
//! Squares are counted in parts of the shorter side, as they are kept. Nothing here changes a file; what was
//! chosen is handed back.

use std::sync::Arc;

use egui::{
    self, CursorIcon, EventFilter, Key, Pos2, Rect, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo,
    pos2, vec2,
};
use image::GrayImage;

use crate::texture::Shared;
use crate::theme;
use disk::message::ConceptPicture;
use project::Crop;

/// The smallest square that can be chosen, in parts of the shorter side.
pub const SMALLEST: f64 = 0.05;
/// Pictures up to this many pixels on a side are enlarged with square pixels.
const TINY: u32 = 128;
/// Width of the edge of a square that is only shown.
const SMALL_EDGE: f32 = 1.5;
/// How near to a corner, in points, a pull takes the corner.
const REACH: f32 = 14.0;

/// A square in parts of the shorter side of an upright picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Square {
    /// Distance from the left edge.
    pub left: f64,
    /// Distance from the top edge.
    pub top: f64,
    pub side: f64,
}

/// Width and height of a picture in parts of its shorter side.
fn extent((width, height): (u32, u32)) -> (f64, f64) {
    let shorter = f64::from(width.min(height).max(1));
    (f64::from(width.max(1)) / shorter, f64::from(height.max(1)) / shorter)
}

impl Square {
    /// The square that a decision means in a picture of `size` pixels.
    pub fn of(crop: Crop, size: (u32, u32)) -> Self {
        let (across, down) = extent(size);
        let square = match crop {
            Crop::Centre => Self { left: (across - 1.0) / 2.0, top: (down - 1.0) / 2.0, side: 1.0 },
            Crop::Chosen { left, top, side } => Self { left, top, side },
        };
        square.within(size)
    }

    /// The decision that means this square.
    pub fn crop(self) -> Crop {
        Crop::Chosen { left: self.left, top: self.top, side: self.side }
    }

    /// The nearest square that lies inside of the picture.
    fn within(self, size: (u32, u32)) -> Self {
        let (across, down) = extent(size);
        let side = self.side.clamp(SMALLEST, 1.0);
        let place = |start: f64, length: f64| start.min(length - side).max(0.0);
        Self { left: place(self.left, across), top: place(self.top, down), side }
    }

    pub fn moved(self, [right, down]: [f64; 2], size: (u32, u32)) -> Self {
        Self { left: self.left + right, top: self.top + down, ..self }.within(size)
    }

    /// The square with another side, around the same middle as far as there is room.
    pub fn sized(self, side: f64, size: (u32, u32)) -> Self {
        let side = side.clamp(SMALLEST, 1.0);
        let grown = (side - self.side) / 2.0;
        Self { left: self.left - grown, top: self.top - grown, side }.within(size)
    }

    /// The square with one corner pulled; the corner across from it stays.
    fn pulled(self, corner: Corner, [right, down]: [f64; 2], size: (u32, u32)) -> Self {
        let (across, deep) = extent(size);
        let outward = |positive: bool, by: f64| if positive { by } else { -by };
        let grown = (outward(corner.right, right) + outward(corner.bottom, down)) / 2.0;
        let room = |positive: bool, start: f64, length: f64| {
            if positive { length - start } else { start + self.side }
        };
        let most = room(corner.right, self.left, across).min(room(corner.bottom, self.top, deep)).min(1.0);
        let side = (self.side + grown).max(SMALLEST).min(most);
        let place = |positive: bool, start: f64| if positive { start } else { start + self.side - side };
        Self { left: place(corner.right, self.left), top: place(corner.bottom, self.top), side }
    }

    /// Where it lies on a picture shown in `picture`.
    pub fn on_screen(self, picture: Rect) -> Rect {
        let scale = f64::from(picture.width().min(picture.height()));
        let place = |parts: f64| (parts * scale) as f32;
        let min = picture.min + vec2(place(self.left), place(self.top));
        Rect::from_min_size(min, Vec2::splat(place(self.side)))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Corner {
    right: bool,
    bottom: bool,
}

impl Corner {
    /// The corner within reach of a place.
    fn at(square: Rect, place: Pos2) -> Option<Self> {
        let near = |edge: f32, at: f32| (edge - at).abs() <= REACH;
        let right = near(square.right(), place.x);
        let bottom = near(square.bottom(), place.y);
        let reached = (right || near(square.left(), place.x)) && (bottom || near(square.top(), place.y));
        reached.then_some(Self { right, bottom })
    }
}

/// The largest place for a picture of `size` in the middle of `space`.
fn fit((width, height): (u32, u32), space: Rect) -> Rect {
    let size = vec2(width.max(1) as f32, height.max(1) as f32);
    let scale = (space.width() / size.x).min(space.height() / size.y).max(0.0);
    Rect::from_center_size(space.center(), size * scale)
}

/// Draws a picture in the middle of `space`, what is not learned dimmed, and tells where it lies; nothing if it
/// could not be read.
pub fn paint_view(
    ui: &Ui,
    shared: &mut Shared,
    view: &ConceptPicture,
    mask: Option<&Arc<GrayImage>>,
    crop: Option<Crop>,
    space: Rect,
) -> Option<Rect> {
    let picture = view.picture.as_ref()?;
    let tokens = theme::tokens(ui);
    let shown = fit(view.size, space);
    let crisp = view.size.0.max(view.size.1) <= TINY;
    let texture = shared.textures.picture(ui.ctx(), picture, crisp);
    egui::Image::from_texture(&texture).paint_at(ui, shown);
    if let Some(mask) = mask {
        let texture = shared.textures.mask(ui.ctx(), mask, tokens.veil);
        egui::Image::from_texture(&texture).paint_at(ui, shown);
    }
    if let Some(crop) = crop {
        paint_square(ui, shown, Square::of(crop, view.size).on_screen(shown), SMALL_EDGE);
    }
    Some(shown)
}

/// Dims what lies outside of the square and draws its edge.
fn paint_square(ui: &Ui, picture: Rect, square: Rect, width: f32) {
    let tokens = theme::tokens(ui);
    let painter = ui.painter();
    let bands = [
        Rect::from_min_max(picture.min, pos2(picture.right(), square.top())),
        Rect::from_min_max(pos2(picture.left(), square.bottom()), picture.max),
        Rect::from_min_max(pos2(picture.left(), square.top()), square.left_bottom()),
        Rect::from_min_max(square.right_top(), pos2(picture.right(), square.bottom())),
    ];
    for band in bands.into_iter().filter(|band| band.is_positive()) {
        painter.rect_filled(band, 0.0, tokens.veil);
    }
    // Where all of the picture is learned, an edge would only be noise; while it is moved there is always one.
    if width > SMALL_EDGE || !square.expand(1.0).contains_rect(picture) {
        painter.rect_stroke(square, 0.0, Stroke::new(width, tokens.accent), StrokeKind::Inside);
    }
}

/// Moves and resizes the square on a large picture.
#[derive(Debug, Default)]
pub struct CropEditor {
    grip: Option<Grip>,
}

/// A pull that has begun.
#[derive(Debug, Clone, Copy)]
struct Grip {
    /// The corner pulled; `None` moves the whole square.
    corner: Option<Corner>,
    from: Square,
    origin: Pos2,
}

impl CropEditor {
    /// Lets the square on a picture shown in `picture` be moved; the new square if it was.
    pub fn ui(&mut self, ui: &Ui, picture: Rect, size: (u32, u32), crop: Crop, name: &str) -> Option<Crop> {
        let square = Square::of(crop, size);
        let shown = square.on_screen(picture);
        let id = ui.make_persistent_id("crop editor");
        let mut response = ui.interact(picture, id, Sense::click_and_drag());
        let corner = response.hover_pos().and_then(|place| Corner::at(shown, place));
        response = response.on_hover_and_drag_cursor(match self.grip.map_or(corner, |grip| grip.corner) {
            None => CursorIcon::Move,
            Some(corner) if corner.right == corner.bottom => CursorIcon::ResizeNwSe,
            Some(_) => CursorIcon::ResizeNeSw,
        });
        if response.clicked() || response.drag_started() {
            response.request_focus();
        }
        if response.drag_started() {
            let origin = ui.input(|input| input.pointer.press_origin()).or(response.interact_pointer_pos());
            self.grip = origin.map(|origin| Grip { corner: Corner::at(shown, origin), from: square, origin });
        }
        let mut new = square;
        if response.dragged()
            && let (Some(grip), Some(place)) = (self.grip, response.interact_pointer_pos())
        {
            let scale = f64::from(picture.width().min(picture.height()).max(1.0));
            let by = place - grip.origin;
            let by = [f64::from(by.x) / scale, f64::from(by.y) / scale];
            new = match grip.corner {
                Some(corner) => grip.from.pulled(corner, by, size),
                None => grip.from.moved(by, size),
            };
        }
        if response.drag_stopped() {
            self.grip = None;
        }
        if response.has_focus() {
            let arrows =
                EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
            ui.memory_mut(|memory| memory.set_focus_lock_filter(id, arrows));
            let (by, larger) = keys(ui);
            new = new.moved(by, size);
            if larger != 0.0 {
                new = new.sized(new.side + larger, size);
            }
        }
        if new != square {
            response.mark_changed();
        }
        response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, t!("crop-square.name", name = name)));
        let width = if response.has_focus() { 3.0 } else { 2.0 };
        response.on_hover_text(t!("crop-square.tip"));
        paint_square(ui, picture, new.on_screen(picture), width);
        (new != square).then(|| new.crop())
    }
}

/// How far the arrow keys move and plus and minus resize, in parts of the shorter side.
fn keys(ui: &Ui) -> ([f64; 2], f64) {
    ui.input(|input| {
        let step = if input.modifiers.shift { 0.05 } else { 0.01 };
        let pressed = |key: Key| input.num_presses(key) as f64 * step;
        let right = pressed(Key::ArrowRight) - pressed(Key::ArrowLeft);
        let down = pressed(Key::ArrowDown) - pressed(Key::ArrowUp);
        ([right, down], pressed(Key::Plus) + pressed(Key::Equals) - pressed(Key::Minus))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: (u32, u32) = (800, 400);

    #[test]
    fn squares_stay_inside_of_the_picture() {
        let middle = Square::of(Crop::Centre, SIZE);
        assert_eq!(middle, Square { left: 0.5, top: 0.0, side: 1.0 });
        let far = [[9.0, 9.0], [-9.0, -9.0]].map(|by| middle.sized(0.3, SIZE).moved(by, SIZE));
        let corner = Corner { right: true, bottom: true };
        let pulled = Square { left: 1.5, top: 0.2, side: 0.3 }.pulled(corner, [5.0, 5.0], SIZE);
        assert!((pulled.side - 0.5).abs() < 1e-9, "{pulled:?}");
        for square in far.into_iter().chain([pulled, middle.pulled(corner, [-5.0, 0.0], SIZE)]) {
            assert!(square.crop().square(SIZE.0, SIZE.1).is_some(), "{square:?}");
        }
    }
}
