//! The picture with the mask on it, painted by pointer or by keys: arrows move the brush, the space bar paints.
//!
//! What the hand does becomes changes of the mask; none is made here.

use egui::{
    CursorIcon, EventFilter, Key, Modifiers, PointerButton, Pos2, Rect, Response, Role, Sense, Stroke, Ui,
};
use egui::{Vec2, WidgetInfo, vec2};

use super::tools::{Hand, Tool};
use crate::action::Action;
use crate::editing::{EditAction, OpenPicture};
use crate::texture::Shared;
use crate::widgets::mask_overlay::MaskOverlay;
use crate::widgets::picture_view::place::Place;
use crate::widgets::picture_view::{Content, PictureView};
use crate::{input, theme};
use project::mask::MaskChange;

/// Doublings of the size for a key press.
const KEY_ZOOM: f32 = 0.5;
/// How much wider or narrower a key makes the brush.
const WIDER: f32 = 1.25;
const KEYS: EventFilter =
    EventFilter { tab: false, horizontal_arrows: true, vertical_arrows: true, escape: false };

#[derive(Default)]
pub struct Canvas {
    pub hand: Hand,
    view: PictureView,
    overlay: MaskOverlay,
    /// Where the brush stands that is moved by keys, in pixels of the picture.
    cursor: Option<[f32; 2]>,
    /// What the pointer went over since it was pressed, or the keys marked: of a rectangle the first corner and the last
    /// place.
    path: Vec<[f32; 2]>,
}

/// What the tool does between two places or around a path.
fn change(hand: &Hand, path: &[[f32; 2]]) -> Option<MaskChange> {
    let (first, last, add) = (*path.first()?, *path.last()?, hand.adds());
    Some(match hand.tool {
        Tool::Brush | Tool::Eraser => {
            MaskChange::Stroke { points: path.to_vec(), radius: hand.size / 2.0, add }
        }
        Tool::Lasso => MaskChange::Lasso { points: path.to_vec(), add },
        Tool::Rectangle => MaskChange::Rectangle { corners: [first, last], add },
        Tool::Fill => MaskChange::Fill { at: last.map(|at| at.max(0.0) as u32), add },
        Tool::Hand => return None,
    })
}

impl Canvas {
    /// Shows the picture in all the room there is.
    pub fn ui(&mut self, ui: &mut Ui, shared: &mut Shared, open: &OpenPicture) {
        let size = ui.available_size();
        let content = Content { first: &open.picture, second: None, name: &open.edited.name };
        let mut wanted = Vec::new();
        let mut view = std::mem::take(&mut self.view);
        view.ui_under(ui, shared, &content, size, |ui, _, place| self.over(ui, open, place, &mut wanted));
        self.view = view;
        shared.actions.extend(wanted.into_iter().map(Action::Edit));
    }

    fn over(&mut self, ui: &Ui, open: &OpenPicture, mut place: Place, wanted: &mut Vec<EditAction>) -> Place {
        let shown = place.aligned_rect();
        self.overlay.paint(ui, open.mask.mask(), shown, place.view);
        let free = ui.memory(|memory| memory.focused().is_none()) && input::keys_are_free(ui.ctx());
        let id = ui.make_persistent_id("edit canvas");
        // The hand leaves the pointer to the picture below; the keys stay here.
        let room = if self.hand.tool == Tool::Hand {
            Rect::from_min_size(place.view.min, Vec2::ZERO)
        } else {
            place.view
        };
        let response = ui.interact(room, id, Sense::drag()).on_hover_and_drag_cursor(CursorIcon::Crosshair);
        response.widget_info(|| {
            WidgetInfo::labeled(Role::Canvas, true, t!("edit-canvas.name", name = open.edited.name))
        });
        if response.dragged_by(PointerButton::Middle) {
            place = place.panned(response.drag_delta());
        } else {
            self.point(&response, &place, wanted);
        }
        if response.has_focus() {
            ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, KEYS));
            place = self.keys(ui, open, place, wanted);
        }
        if response.has_focus() || free {
            undo_keys(ui, wanted);
            self.tool_keys(ui);
        }
        if !response.has_focus() && !response.dragged() {
            self.path.clear();
        }
        self.paint(ui, &response, &place);
        response.on_hover_text(t!("edit-canvas.tip"));
        place
    }

    fn point(&mut self, response: &Response, place: &Place, wanted: &mut Vec<EditAction>) {
        let strokes = matches!(self.hand.tool, Tool::Brush | Tool::Eraser);
        // To egui it is no drag if no frame came between press and release.
        let tapped = response.contains_pointer()
            && !response.drag_stopped()
            && response.ctx.input(|input| input.pointer.primary_clicked());
        if tapped || response.drag_started_by(PointerButton::Primary) {
            response.request_focus();
            self.path.clear();
        }
        if (tapped || response.dragged_by(PointerButton::Primary))
            && let Some(pointer) = response.ctx.pointer_interact_pos()
        {
            let at = pixel(place, pointer);
            self.cursor = Some(at);
            let known = self.path.len();
            match self.hand.tool {
                Tool::Rectangle => {
                    self.path.truncate(1);
                    self.path.push(at);
                }
                Tool::Fill if !self.path.is_empty() => {}
                _ if self.path.last() == Some(&at) => {}
                _ => self.path.push(at),
            }
            if strokes
                && self.path.len() > known
                && let Some(change) = change(&self.hand, &self.path)
            {
                wanted.push(EditAction::Paint(change));
                // The next part goes on from here.
                self.path.drain(..self.path.len() - 1);
            }
        }
        if (tapped || response.drag_stopped()) && !self.path.is_empty() {
            match change(&self.hand, &self.path).filter(|_| !strokes) {
                Some(change) => wanted.push(EditAction::Change(change)),
                None => wanted.push(EditAction::EndStroke),
            }
            self.path.clear();
        }
    }

    /// The keys that choose a tool and its size.
    fn tool_keys(&mut self, ui: &Ui) {
        let count = |key| ui.input_mut(|input| input.count_and_consume_key(Modifiers::NONE, key)) as f32;
        for (tool, key, ..) in Tool::ALL {
            if count(key) > 0.0 {
                self.hand.tool = tool;
                self.path.clear();
            }
        }
        let wider = count(Key::CloseBracket) - count(Key::OpenBracket);
        if wider != 0.0 {
            self.hand.resize((self.hand.size * WIDER.powf(wider)).round());
        }
    }

    fn keys(&mut self, ui: &Ui, open: &OpenPicture, mut place: Place, wanted: &mut Vec<EditAction>) -> Place {
        let count = |modifiers, key| ui.input_mut(|input| input.count_and_consume_key(modifiers, key)) as f32;
        let pressed = |key| count(Modifiers::NONE, key) > 0.0;
        let middle = [open.picture.width() as f32 / 2.0, open.picture.height() as f32 / 2.0];
        let mut at = self.cursor.unwrap_or(middle);
        for (modifiers, step) in [(Modifiers::SHIFT, 1.0), (Modifiers::NONE, (self.hand.size / 4.0).ceil())] {
            at[0] += step * (count(modifiers, Key::ArrowRight) - count(modifiers, Key::ArrowLeft));
            at[1] += step * (count(modifiers, Key::ArrowDown) - count(modifiers, Key::ArrowUp));
        }
        let at = [at[0].clamp(0.0, 2.0 * middle[0]), at[1].clamp(0.0, 2.0 * middle[1])];
        let from = self.cursor.replace(at).unwrap_or(at);
        let on_screen = place.rect().min + Vec2::from(at) * place.scale();
        if from != at && !place.view.contains(on_screen) {
            place = place.panned(place.view.center() - on_screen);
        }
        let space = pressed(Key::Space);
        let led = from != at && ui.input(|input| input.key_down(Key::Space));
        match self.hand.tool {
            Tool::Brush | Tool::Eraser if led => {
                wanted.extend(change(&self.hand, &[from, at]).map(EditAction::Change));
            }
            Tool::Brush | Tool::Eraser | Tool::Fill if space => {
                wanted.extend(change(&self.hand, &[at]).map(EditAction::Change));
            }
            Tool::Rectangle | Tool::Lasso if space => self.path.push(at),
            _ => {}
        }
        let done = match self.hand.tool {
            // One that the pointer draws ends when it lets go.
            Tool::Rectangle => space && self.path.len() > 1,
            Tool::Lasso => pressed(Key::Enter),
            _ => false,
        };
        if done {
            wanted.extend(change(&self.hand, &self.path).map(EditAction::Change));
            self.path.clear();
        }
        let closer = count(Modifiers::NONE, Key::Plus) + count(Modifiers::NONE, Key::Equals);
        let closer = closer - count(Modifiers::NONE, Key::Minus);
        if closer != 0.0 {
            place = place.zoomed(closer * KEY_ZOOM, place.rect().min + Vec2::from(at) * place.scale());
        }
        if pressed(Key::Num0) {
            (place.zoom, place.pan) = (0.0, Vec2::ZERO);
        }
        place
    }

    /// The brush where it is, and the path so far.
    fn paint(&self, ui: &Ui, response: &Response, place: &Place) {
        let painter = ui.painter_at(place.view);
        let edge = Stroke::new(1.5, theme::tokens(ui).accent);
        let on_screen = |at: [f32; 2]| place.rect().min + Vec2::from(at) * place.scale();
        let keyed = self.cursor.filter(|_| response.has_focus()).map(on_screen);
        for at in [response.hover_pos(), keyed].into_iter().flatten() {
            match self.hand.tool {
                Tool::Brush | Tool::Eraser => {
                    _ = painter.circle_stroke(at, self.hand.size / 2.0 * place.scale(), edge);
                }
                _ => {
                    painter.line_segment([at - vec2(6.0, 0.0), at + vec2(6.0, 0.0)], edge);
                    painter.line_segment([at - vec2(0.0, 6.0), at + vec2(0.0, 6.0)], edge);
                }
            }
        }
        let path: Vec<Pos2> = self.path.iter().copied().map(on_screen).collect();
        match (self.hand.tool, path.as_slice()) {
            (Tool::Rectangle, [first, rest @ ..]) => {
                if let Some(last) = rest.last().copied().or(keyed) {
                    let rect = Rect::from_two_pos(*first, last);
                    painter.rect_stroke(rect, 0.0, edge, egui::StrokeKind::Middle);
                }
            }
            (Tool::Lasso, _) => _ = painter.line(path, edge),
            _ => {}
        }
    }
}

/// A place on the screen in pixels of the picture.
fn pixel(place: &Place, at: Pos2) -> [f32; 2] {
    let from = (at - place.aligned_rect().min) / place.scale();
    [from.x, from.y]
}

fn undo_keys(ui: &Ui, wanted: &mut Vec<EditAction>) {
    let pressed = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
    if pressed(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z) || pressed(Modifiers::COMMAND, Key::Y) {
        wanted.push(EditAction::Redo);
    } else if pressed(Modifiers::COMMAND, Key::Z) {
        wanted.push(EditAction::Undo);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools_become_changes() {
        let mut hand = Hand { size: 8.0, ..Hand::default() };
        let path = [[1.0, 2.0], [5.0, 6.0]];
        let Some(MaskChange::Stroke { points, radius, add: true }) = change(&hand, &path) else { panic!() };
        assert_eq!((points, radius), (path.to_vec(), 4.0));
        hand.tool = Tool::Eraser;
        assert!(matches!(change(&hand, &path), Some(MaskChange::Stroke { add: false, .. })));
        (hand.tool, hand.wipe) = (Tool::Rectangle, true);
        assert_eq!(change(&hand, &path), Some(MaskChange::Rectangle { corners: path, add: false }));
        hand.tool = Tool::Fill;
        assert_eq!(change(&hand, &path[..1]), Some(MaskChange::Fill { at: [1, 2], add: false }));
        hand.tool = Tool::Hand;
        assert_eq!(change(&hand, &path), None);
        assert_eq!(change(&Hand::default(), &[]), None);
    }
}
