//! The brush that says which part of a picture is learned: white is learned, black is left out.
//!
//! What is painted here is only shown until the brush is lifted; then it is asked to be saved, whole. A mask
//! that leaves nothing to learn is never asked to be saved. A mask that was suggested is one to go on from, and can be
//! taken back like a stroke.

use std::path::PathBuf;
use std::sync::Arc;

use egui::{CursorIcon, Rect, RichText, Role, Sense, Slider, Stroke, Ui, Vec2, WidgetInfo, vec2};
use image::{GrayImage, Luma};

use super::controls;
use crate::action::Action;
use crate::icons;
use crate::theme;
use disk::message::{ConceptPicture, Task};
use project::mask::{brushed, cover, reach};

const LEARN: u8 = 255;
const LEAVE: u8 = 0;
/// So many changes can be taken back.
const TAKEN_BACK: usize = 32;

#[derive(Debug)]
pub struct MaskBrush {
    path: PathBuf,
    /// In the size of the view's picture; `None` while all of it is learned.
    mask: Option<Arc<GrayImage>>,
    /// Width of the brush in parts of a hundred of the picture's shorter side.
    width: f32,
    erase: bool,
    /// Where the brush was last, in pixels of the mask.
    last: Option<Vec2>,
    /// What the mask was before each of the last changes.
    before: Vec<Option<Arc<GrayImage>>>,
    /// The suggestion for the picture, and that which was taken up last.
    offered: Option<Arc<GrayImage>>,
    taken: Option<Arc<GrayImage>>,
    /// Whether a suggestion is being looked for.
    looking: bool,
}

impl Default for MaskBrush {
    fn default() -> Self {
        let (path, before, width) = (PathBuf::new(), Vec::new(), 12.0);
        let (mask, last, offered, taken, erase, looking) = (None, None, None, None, false, false);
        Self { path, mask, width, erase, last, before, offered, taken, looking }
    }
}

impl MaskBrush {
    /// Is told what is suggested for the picture, and whether that is being looked for.
    pub fn offer(&mut self, suggested: Option<&Arc<GrayImage>>, looking: bool) {
        self.offered = suggested.cloned();
        self.looking = looking;
    }

    /// Takes up the mask of a picture, unless it is the one painted on already, and what is newly suggested for it.
    pub fn follow(&mut self, view: &ConceptPicture) {
        if self.path != view.entry.path {
            self.path.clone_from(&view.entry.path);
            let size = view.picture.as_ref().map(|picture| picture.dimensions());
            self.mask = view.mask.clone().filter(|mask| Some(mask.dimensions()) == size);
            self.last = None;
            self.before.clear();
        }
        let same = |a: &Arc<GrayImage>, b: &Arc<GrayImage>| Arc::ptr_eq(a, b);
        let known = |new: &Arc<GrayImage>| self.taken.as_ref().is_some_and(|taken| same(taken, new));
        if let Some(new) = self.offered.take_if(|new| !known(new)) {
            self.taken = Some(Arc::clone(&new));
            let size = view.picture.as_ref().map(|picture| picture.dimensions());
            if size == Some(new.dimensions()) && self.mask.as_ref() != Some(&new) {
                self.remember();
                self.mask = Some(new);
            }
        }
    }

    /// Remembers the mask before it changes.
    fn remember(&mut self) {
        self.before.push(self.mask.clone());
        let surplus = self.before.len().saturating_sub(TAKEN_BACK);
        self.before.drain(..surplus);
    }

    /// Asks for the mask to be saved as it is now, unless nothing would be learned.
    fn save(&self) -> Option<Action> {
        let save = || Action::Disk(Task::SaveMask { path: self.path.clone(), mask: self.mask.clone() });
        (!self.empty()).then(save)
    }

    /// Forgets what was painted; the saved mask is taken up again when it is next asked for.
    pub fn leave(&mut self) {
        self.path = PathBuf::new();
        self.mask = None;
        self.last = None;
    }

    pub fn mask(&self) -> Option<&Arc<GrayImage>> {
        self.mask.as_ref()
    }

    /// Whether nothing is left to learn.
    fn empty(&self) -> bool {
        self.mask.as_ref().is_some_and(|mask| mask.as_raw().iter().all(|&value| value == LEAVE))
    }

    /// Paints on a picture shown in `shown`; a action when the brush is lifted.
    pub fn paint(&mut self, ui: &Ui, shown: Rect, view: &ConceptPicture, name: &str) -> Option<Action> {
        let (width, height) = view.picture.as_ref()?.dimensions();
        let scale = vec2(width as f32 / shown.width().max(1.0), height as f32 / shown.height().max(1.0));
        let radius = (width.min(height) as f32 * self.width / 200.0).max(0.5);
        let id = ui.make_persistent_id("mask brush");
        let mut response = ui.interact(shown, id, Sense::drag());
        response = response.on_hover_and_drag_cursor(CursorIcon::Crosshair);
        response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, t!("brush-mask.name", name = name)));

        if response.dragged()
            && let Some(place) = response.interact_pointer_pos()
        {
            let at = (place - shown.min) * scale;
            let value = if self.erase { LEAVE } else { LEARN };
            // The first stroke decides: painting begins with nothing learned, erasing with everything.
            let ground = LEARN - value;
            if self.last.is_none() {
                self.remember();
            }
            let fresh = || Arc::new(GrayImage::from_pixel(width, height, Luma([ground])));
            let mask = Arc::make_mut(self.mask.get_or_insert_with(fresh));
            stroke(mask, [self.last.unwrap_or(at), at], radius, value);
            self.last = Some(at);
        }
        let response = response.on_hover_text(t!("brush-mask.tip"));
        if let Some(place) = response.hover_pos() {
            let edge = Stroke::new(1.5, theme::tokens(ui).accent);
            ui.painter_at(shown).circle_stroke(place, radius / scale.x.max(f32::EPSILON), edge);
        }
        if !response.drag_stopped() {
            return None;
        }
        self.last = None;
        self.save()
    }

    /// The brush's knobs; a action if all of the picture is to be learned.
    pub fn controls(&mut self, ui: &mut Ui, view: &ConceptPicture) -> Option<Action> {
        let tokens = theme::tokens(ui);
        let mut action = None;
        ui.horizontal_wrapped(|ui| {
            controls::choice(ui, &mut self.erase, false, icons::BRUSH, named!("brush-paint"));
            controls::choice(ui, &mut self.erase, true, icons::MINUS, named!("brush-erase"));
        });
        ui.horizontal_wrapped(|ui| {
            let width = Slider::new(&mut self.width, 2.0..=60.0).suffix(" %").fixed_decimals(0);
            controls::field(ui, named!("brush-width"), width);
        });
        ui.horizontal_wrapped(|ui| {
            let suggest = controls::button(ui, !self.looking, icons::SPARKLE, t!("brush-suggest"));
            let tip = t!("brush-suggest.tip");
            let suggest = suggest.on_hover_text(tip).on_disabled_hover_text(t!("brush-suggest.disabled"));
            if suggest.clicked() {
                action = Some(Action::SuggestOutlines(vec![self.path.clone()]));
            }
            let undo = controls::button(ui, !self.before.is_empty(), icons::UNDO, t!("brush-undo"));
            let undo = undo.on_hover_text(t!("brush-undo.tip"));
            if undo.on_disabled_hover_text(t!("brush-undo.disabled")).clicked()
                && let Some(before) = self.before.pop()
            {
                self.mask = before;
                action = self.save();
            }
        });
        ui.horizontal_wrapped(|ui| {
            let clear = ui
                .button(format!("{} {}", icons::CLOSE, t!("brush-clear")))
                .accessible_name(t!("brush-clear"));
            let clear = clear.on_hover_text(t!("brush-clear.tip"));
            if clear.clicked()
                && let Some((width, height)) = view.picture.as_ref().map(|picture| picture.dimensions())
            {
                self.remember();
                self.mask = Some(Arc::new(GrayImage::from_pixel(width, height, Luma([LEAVE]))));
                self.erase = false;
            }
            let all =
                ui.button(format!("{} {}", icons::FIT, t!("brush-all"))).accessible_name(t!("brush-all"));
            if all.on_hover_text(t!("brush-all.tip")).clicked() {
                self.remember();
                self.mask = None;
                action = self.save();
            }
        });
        let (text, colour) = match &self.mask {
            None => (t!("brush-whole"), tokens.quiet),
            Some(_) if self.empty() => (t!("brush-nothing"), tokens.warning),
            Some(_) => (t!("brush-part"), tokens.quiet),
        };
        ui.label(RichText::new(text).small().color(colour));
        action
    }
}

/// Paints a line with a round brush.
fn stroke(mask: &mut GrayImage, ends: [Vec2; 2], radius: f32, value: u8) {
    let (width, height) = mask.dimensions();
    let ends = ends.map(|end| [end.x, end.y]);
    let [left, top, right, bottom] = reach(ends, radius);
    let span = |from: i64, to: i64, length: u32| {
        let clip = |at: i64| at.clamp(0, length.into()) as u32;
        clip(from)..clip(to)
    };
    for y in span(top, bottom, height) {
        for x in span(left, right, width) {
            let cover = cover([x as f32 + 0.5, y as f32 + 0.5], ends, radius);
            let Luma([old]) = *mask.get_pixel(x, y);
            mask.put_pixel(x, y, Luma([brushed(old, cover, value == LEARN)]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stroke_has_no_gaps_and_may_leave_the_picture() {
        let mut mask = GrayImage::from_pixel(64, 32, Luma([LEAVE]));
        stroke(&mut mask, [vec2(-20.0, 16.0), vec2(90.0, 16.0)], 4.0, LEARN);
        assert!((0..64).all(|x| mask.get_pixel(x, 16).0 == [LEARN]));
        assert!((0..64).all(|x| mask.get_pixel(x, 4).0 == [LEAVE]));
        stroke(&mut mask, [vec2(32.0, 16.0); 2], 40.0, LEAVE);
        assert!(mask.as_raw().iter().all(|&value| value == LEAVE));
    }
}
