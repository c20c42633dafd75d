//! Where a picture lies in its view: fitting, zooming about a point, and panning within bounds. Pure numbers, so that a
//! test can hold every rule; nothing is drawn here.

use egui::{Pos2, Rect, Vec2, vec2};

/// Screen pixels for one of the picture's at the closest, unless it takes more to fill the view.
pub const CLOSEST: f32 = 32.0;
/// Above this many screen pixels for one of the picture's, pixels are drawn as squares.
pub const CRISP: f32 = 2.0;
/// The farthest: half the size that fits.
const FARTHEST: f32 = -1.0;

/// How a picture lies in its view.
///
/// Zoom and pan are kept relative to the view, so that a picture which comes in at another size, or a window that
/// is made larger, shows the same part.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// The view, in points.
    pub view: Rect,
    /// The picture's size in its own pixels.
    pub picture: Vec2,
    /// Screen pixels in a point.
    pub pixels_per_point: f32,
    /// How often the fitting size is doubled; 0 fits.
    pub zoom: f32,
    /// From the picture's middle to the view's, in parts of the picture's size.
    pub pan: Vec2,
}

impl Place {
    /// Points for one of the picture's pixels when it just fits.
    pub fn fit(&self) -> f32 {
        let room = self.view.size().max(Vec2::splat(1.0)) / self.picture.max(Vec2::splat(1.0));
        room.x.min(room.y)
    }

    /// Points for one of the picture's pixels.
    pub fn scale(&self) -> f32 {
        self.fit() * self.zoom.exp2()
    }

    /// Screen pixels for one of the picture's.
    pub fn pixels(&self) -> f32 {
        self.scale() * self.pixels_per_point
    }

    /// The picture's size on the screen, in points.
    pub fn shown(&self) -> Vec2 {
        self.picture.max(Vec2::splat(1.0)) * self.scale()
    }

    /// Where the whole picture lies on the screen; parts may be beyond the view.
    pub fn rect(&self) -> Rect {
        let shown = self.shown();
        Rect::from_center_size(self.view.center() - self.pan * shown, shown)
    }

    /// As [`Self::rect`], moved by less than a screen pixel so that at whole multiples of the picture's size its
    /// pixels fall on the screen's.
    pub fn aligned_rect(&self) -> Rect {
        let rect = self.rect();
        let pixels = self.pixels();
        if (pixels - pixels.round()).abs() > 1e-3 {
            return rect;
        }
        let snapped = (rect.min.to_vec2() * self.pixels_per_point).round() / self.pixels_per_point;
        rect.translate(snapped - rect.min.to_vec2())
    }

    /// Within bounds: not too close, not too far, and no gap at a side while the picture is wider than the view.
    pub fn clamped(mut self) -> Self {
        let closest = (CLOSEST / (self.fit() * self.pixels_per_point)).log2().max(0.0);
        self.zoom = if self.zoom.is_finite() { self.zoom.clamp(FARTHEST, closest) } else { 0.0 };
        let shown = self.shown();
        let limit = ((shown - self.view.size()) / (2.0 * shown)).max(Vec2::ZERO);
        let held = |pan: f32, limit: f32| if pan.is_finite() { pan.clamp(-limit, limit) } else { 0.0 };
        self.pan = vec2(held(self.pan.x, limit.x), held(self.pan.y, limit.y));
        self
    }

    /// Closer by `steps` doublings, with what lies under `about` staying there as far as the bounds allow.
    pub fn zoomed(self, steps: f32, about: Pos2) -> Self {
        let from_middle = about - self.view.center();
        let mut closer = Self { zoom: self.zoom + steps, ..self }.clamped();
        let fixed = from_middle / self.shown() + self.pan;
        closer.pan = fixed - from_middle / closer.shown();
        closer.clamped()
    }

    /// The picture moved over the screen by so many points.
    pub fn panned(self, by: Vec2) -> Self {
        Self { pan: self.pan - by / self.shown(), ..self }.clamped()
    }
}

#[cfg(test)]
mod tests {
    use egui::pos2;

    use super::*;

    fn place(width: f32, height: f32) -> Place {
        let view = Rect::from_min_size(pos2(100.0, 50.0), vec2(400.0, 300.0));
        Place { view, picture: vec2(width, height), pixels_per_point: 2.0, zoom: 0.0, pan: Vec2::ZERO }
    }

    #[test]
    fn a_picture_fits_and_is_in_the_middle() {
        let wide = place(800.0, 200.0).clamped();
        assert_eq!(wide.fit(), 0.5);
        assert_eq!(wide.pixels(), 1.0);
        assert_eq!(wide.rect(), Rect::from_min_size(pos2(100.0, 150.0), vec2(400.0, 100.0)));
        let small = place(30.0, 30.0).clamped();
        assert_eq!(small.rect(), Rect::from_min_size(pos2(150.0, 50.0), vec2(300.0, 300.0)));
    }

    #[test]
    fn zooming_keeps_what_is_under_the_pointer() {
        let pointer = pos2(180.0, 120.0);
        let before = place(512.0, 512.0).zoomed(1.0, pos2(300.0, 200.0));
        // In the picture's own pixels.
        let under = |place: &Place| (pointer - place.rect().min) / place.scale();
        let after = before.zoomed(1.5, pointer);
        let moved = (under(&after) - under(&before)).length();
        assert!(moved < 1e-2, "{:?} became {:?}", under(&before), under(&after));
        assert!((after.scale() / before.scale() - 1.5f32.exp2()).abs() < 1e-4);
    }

    #[test]
    fn zoom_ends_at_half_the_fit_and_at_32_pixels() {
        let middle = pos2(300.0, 200.0);
        assert_eq!(place(512.0, 512.0).zoomed(-9.0, middle).zoom, -1.0);
        assert!((place(512.0, 512.0).zoomed(99.0, middle).pixels() - CLOSEST).abs() < 1e-2);
        // A tiny picture fills the view though that takes more.
        let tiny = place(8.0, 8.0).zoomed(5.0, middle);
        assert_eq!(tiny.zoom, 0.0);
        assert_eq!(tiny.pixels(), 75.0);
    }

    #[test]
    fn panning_leaves_no_gap() {
        let closer = place(400.0, 300.0).zoomed(1.0, pos2(300.0, 200.0)).panned(vec2(9e3, -9e3));
        assert!((closer.rect().left() - closer.view.left()).abs() < 1e-2);
        assert!((closer.rect().bottom() - closer.view.bottom()).abs() < 1e-2);
        // One that fits does not move.
        assert_eq!(place(400.0, 300.0).panned(vec2(50.0, 50.0)).pan.length(), 0.0);
    }

    #[test]
    fn whole_multiples_fall_on_screen_pixels() {
        let mut place = place(399.0, 299.0);
        place.zoom = (0.5 / place.fit()).log2();
        let rect = place.aligned_rect();
        for edge in [rect.left(), rect.top()] {
            assert!((edge * 2.0 - (edge * 2.0).round()).abs() < 1e-3, "{rect:?}");
        }
        assert!((rect.min - place.rect().min).length() < 0.5);
    }

    #[test]
    fn what_is_not_a_number_goes_back_to_the_fit() {
        let mut broken = place(512.0, 512.0);
        (broken.zoom, broken.pan) = (f32::NAN, vec2(f32::INFINITY, 0.0));
        assert_eq!(broken.clamped(), place(512.0, 512.0));
    }
}
