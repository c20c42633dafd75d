//! The picture view: a picture fitted into its place, zoomed with wheel, pinch and keys, panned by dragging, with
//! another one behind a divider. It shows; it never changes a picture.

pub mod place;
mod plain;

use std::sync::Arc;

use eframe::egui_wgpu::Callback;
use egui::{
    Align, Align2, Button, CornerRadius, CursorIcon, EventFilter, Id, Key, Layout, Modifiers, Painter, Pos2,
    Rect, Response, Role, Sense, Shape, Stroke, StrokeKind, TextStyle, Ui, UiBuilder, Vec2, WidgetInfo, pos2,
    vec2,
};
use image::RgbImage;

use self::place::{CRISP, Place};
use super::picture_paint::Scene;
use crate::texture::Shared;
use crate::{icons, theme};

/// Doublings of the size for a point of the wheel's travel.
const WHEEL: f32 = 1.0 / 140.0;
/// Doublings for a key press.
const KEY_ZOOM: f32 = 0.5;
/// Points that an arrow key moves the picture.
const KEY_PAN: f32 = 48.0;
/// Part of the view's width that a key moves the divider.
const KEY_DIVIDER: f32 = 0.05;
/// Half the width in points in which the divider can be taken hold of.
const GRIP: f32 = 9.0;
/// Narrower views show no words over the picture.
const WIDTH_FOR_TEXT: f32 = 220.0;

const ARROWS: EventFilter =
    EventFilter { tab: false, horizontal_arrows: true, vertical_arrows: true, escape: false };

/// What a view shows.
#[derive(Debug, Clone, Copy)]
pub struct Content<'a> {
    /// The picture, called A where there are two.
    pub first: &'a Arc<RgbImage>,
    /// Another one, called B, shown right of a divider and stretched to the size of the first.
    pub second: Option<&'a Arc<RgbImage>>,
    /// What it is, for those who cannot see it and for tests.
    pub name: &'a str,
}

/// How a picture is looked at.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct PictureView {
    /// How often the size that fits is doubled; 0 fits.
    pub zoom: f32,
    /// From the picture's middle to the view's, in parts of the picture's size.
    pub pan: Vec2,
    /// From the view's middle to the divider, in parts of the view's width: -0.5 to 0.5.
    pub divider: f32,
    /// Whether a magnified picture is drawn smoothly instead of as square pixels.
    pub smooth: bool,
}

impl PictureView {
    /// Shows the whole picture, as large as it fits.
    pub fn fit(&mut self) {
        (self.zoom, self.pan) = (0.0, Vec2::ZERO);
    }

    /// Shows a picture in so much room.
    pub fn ui(&mut self, ui: &mut Ui, shared: &mut Shared, content: &Content<'_>, size: Vec2) -> Response {
        self.ui_under(ui, shared, content, size, |_, _, place| place)
    }

    /// The same with something over the picture, which is told where it lies and may move it; the view's own buttons lie
    /// above that.
    pub fn ui_under(
        &mut self,
        ui: &mut Ui,
        shared: &mut Shared,
        content: &Content<'_>,
        size: Vec2,
        over: impl FnOnce(&mut Ui, &mut Shared, Place) -> Place,
    ) -> Response {
        let (view, response) = ui.allocate_exact_size(size.max(vec2(1.0, 1.0)), Sense::click_and_drag());
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, content.name));
        let (width, height) = content.first.dimensions();
        let place = Place {
            view,
            picture: vec2(width as f32, height as f32),
            pixels_per_point: ui.pixels_per_point(),
            zoom: self.zoom,
            pan: self.pan,
        };
        let place = self.look(ui, &response, place.clamped(), content.second.is_some());
        (self.zoom, self.pan) = (place.zoom, place.pan);
        let divider = content.second.map(|_| self.slide(ui, view, response.id));
        if ui.is_rect_visible(view) {
            self.paint(ui, shared, content, &place, divider, response.id);
        }
        let place = over(ui, shared, place).clamped();
        (self.zoom, self.pan) = (place.zoom, place.pan);
        if ui.is_rect_visible(view) {
            if view.width() >= WIDTH_FOR_TEXT {
                let painter = ui.painter_at(view);
                let percent = place.pixels() * 100.0;
                tag(ui, &painter, Align2::LEFT_BOTTOM, view, &format!("{percent:.0} % · {width} × {height}"));
            }
            // The frame comes last, over the picture's edge.
            let tokens = theme::tokens(ui);
            let edge = if response.has_focus() { tokens.accent } else { tokens.edge };
            let corners = CornerRadius::same(theme::ROUND);
            ui.painter().rect_stroke(view, corners, Stroke::new(1.0, edge), StrokeKind::Inside);
        }
        if view.width() >= WIDTH_FOR_TEXT {
            self.buttons(ui, &place, response.id);
        }
        response
    }

    /// Zoom and pan after what wheel, pointer and keys did.
    fn look(&mut self, ui: &Ui, response: &Response, mut place: Place, two: bool) -> Place {
        if response.clicked() || response.drag_started() {
            response.request_focus();
        }
        if response.dragged() {
            place = place.panned(response.drag_delta());
        }
        let pointer = ui.input(|input| input.pointer.hover_pos());
        if let Some(pointer) = pointer.filter(|_| ui.is_enabled() && ui.rect_contains_pointer(place.view)) {
            let steps = ui.input_mut(|input| {
                // Taken, so that a list around the view does not scroll as well.
                let wheel = std::mem::take(&mut input.smooth_scroll_delta);
                (wheel.x + wheel.y) * WHEEL + input.zoom_delta().max(0.01).log2()
            });
            if steps != 0.0 {
                place = place.zoomed(steps, pointer);
            }
        }
        if response.has_focus() {
            ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, ARROWS));
            place = self.keys(ui, place, two);
        }
        if response.double_clicked() {
            place = fitted(place);
        }
        place
    }

    fn keys(&mut self, ui: &Ui, mut place: Place, two: bool) -> Place {
        let pressed = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
        if two {
            for (key, step) in [(Key::ArrowLeft, -KEY_DIVIDER), (Key::ArrowRight, KEY_DIVIDER)] {
                if pressed(Modifiers::ALT, key) {
                    self.divider += step;
                }
            }
        }
        let middle = place.view.center();
        for (key, steps) in [(Key::Plus, KEY_ZOOM), (Key::Equals, KEY_ZOOM), (Key::Minus, -KEY_ZOOM)] {
            if pressed(Modifiers::NONE, key) {
                place = place.zoomed(steps, middle);
            }
        }
        let ways = [
            (Key::ArrowLeft, vec2(KEY_PAN, 0.0)),
            (Key::ArrowRight, vec2(-KEY_PAN, 0.0)),
            (Key::ArrowUp, vec2(0.0, KEY_PAN)),
            (Key::ArrowDown, vec2(0.0, -KEY_PAN)),
        ];
        for (key, way) in ways {
            if pressed(Modifiers::NONE, key) {
                place = place.panned(way);
            }
        }
        if pressed(Modifiers::NONE, Key::Num0) { fitted(place) } else { place }
    }

    /// Lets the divider be moved; where it stands on the screen.
    fn slide(&mut self, ui: &Ui, view: Rect, id: Id) -> f32 {
        let stands = |divider: f32| view.center().x + divider * view.width();
        let grip = Rect::from_center_size(
            pos2(stands(self.divider), view.center().y),
            vec2(2.0 * GRIP, view.height()),
        );
        let response = ui
            .interact(grip.intersect(view), id.with("divider"), Sense::drag())
            .on_hover_and_drag_cursor(CursorIcon::ResizeHorizontal)
            .on_hover_text(t!("view-divider.tip"));
        if let Some(pointer) = response.interact_pointer_pos().filter(|_| response.dragged()) {
            self.divider = (pointer.x - view.center().x) / view.width();
        }
        if response.has_focus() {
            ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, ARROWS));
            for (key, step) in [(Key::ArrowLeft, -KEY_DIVIDER), (Key::ArrowRight, KEY_DIVIDER)] {
                if ui.input_mut(|input| input.consume_key(Modifiers::NONE, key)) {
                    self.divider += step;
                }
            }
        }
        self.divider = if self.divider.is_finite() { self.divider.clamp(-0.5, 0.5) } else { 0.0 };
        let share = f64::from(self.divider) + 0.5;
        response.widget_info(|| WidgetInfo::slider(true, share, t!("view-divider.name")));
        stands(self.divider)
    }

    fn paint(
        &self,
        ui: &Ui,
        shared: &mut Shared,
        content: &Content<'_>,
        place: &Place,
        divider: Option<f32>,
        id: Id,
    ) {
        let (view, visuals) = (place.view, ui.visuals());
        let full = |size: (u32, u32)| size.0 > 0 && size.1 > 0;
        if !full(content.first.dimensions()) {
            return;
        }
        let second = content.second.filter(|second| full(second.dimensions()));
        let scene = Scene {
            id: id.value(),
            first: Arc::clone(content.first),
            second: second.map(Arc::clone),
            view,
            picture: place.aligned_rect(),
            divider: divider.filter(|_| second.is_some()),
            crisp: !self.smooth && place.pixels() > CRISP,
            ground: [visuals.extreme_bg_color, visuals.panel_fill],
            rounding: f32::from(theme::ROUND),
        };
        if shared.shaders {
            ui.painter().add(Callback::new_paint_callback(view, scene));
        } else {
            plain::paint(ui, &mut shared.textures, &scene);
        }
        if let Some(at) = divider {
            paint_divider(ui, view, at);
        }
    }

    /// Small buttons over the picture, when there is something to undo or to choose.
    fn buttons(&mut self, ui: &mut Ui, place: &Place, id: Id) {
        let magnified = place.pixels() > CRISP;
        let moved = self.zoom.abs() > 1e-3 || self.pan.abs().max_elem() > 1e-4;
        let corner = place.view.shrink(theme::NEAR);
        let strip = corner
            .with_min_y(corner.bottom() - ui.spacing().interact_size.y)
            .with_min_x(place.view.center().x);
        let layout = Layout::right_to_left(Align::Max);
        let mut over =
            ui.new_child(UiBuilder::new().id_salt(id.with("buttons")).max_rect(strip).layout(layout));
        // Made even when it stays empty, so that the names of what follows the view do not change.
        if !magnified && !moved {
            return;
        }
        let ground = over.painter().add(Shape::Noop);
        if magnified {
            let button = over
                .add(Button::selectable(self.smooth, t!("view-smooth")).small())
                .on_hover_text(t!("view-smooth.tip"));
            if button.clicked() {
                self.smooth = !self.smooth;
            }
        }
        if moved {
            let button = over.add(Button::new(format!("{} {}", icons::FIT, t!("view-fit"))).small());
            if button.on_hover_text(t!("view-fit.tip")).clicked() {
                self.fit();
            }
        }
        let rect = over.min_rect().expand(2.0);
        over.painter().set(ground, Shape::rect_filled(rect, CornerRadius::same(6), theme::tokens(ui).card));
    }
}

/// The place that shows the whole picture.
fn fitted(place: Place) -> Place {
    Place { zoom: 0.0, pan: Vec2::ZERO, ..place }
}

/// The divider with its knob and the names of the two sides.
fn paint_divider(ui: &Ui, view: Rect, at: f32) {
    let tokens = theme::tokens(ui);
    let painter = ui.painter_at(view);
    painter.vline(at, view.y_range(), Stroke::new(4.0, tokens.card));
    painter.vline(at, view.y_range(), Stroke::new(2.0, tokens.accent));
    let knob = Pos2::new(at, view.center().y);
    painter.circle(knob, GRIP, tokens.accent, Stroke::new(1.5, tokens.card));
    let font = TextStyle::Small.resolve(ui.style());
    painter.text(knob, Align2::CENTER_CENTER, icons::SPLIT, font, tokens.on_accent);
    let (left, right) = view.split_left_right_at_x(at);
    tag(ui, &painter.with_clip_rect(left), Align2::LEFT_TOP, view, "A");
    tag(ui, &painter.with_clip_rect(right), Align2::RIGHT_TOP, view, "B");
}

/// A few words in a corner of the view, readable over any picture.
fn tag(ui: &Ui, painter: &Painter, corner: Align2, view: Rect, text: &str) {
    let font = TextStyle::Small.resolve(ui.style());
    let galley = painter.layout_no_wrap(text.to_owned(), font, ui.visuals().text_color());
    let room = view.shrink(theme::NEAR);
    let rect = corner.anchor_size(corner.pos_in_rect(&room), galley.size() + vec2(12.0, 6.0));
    painter.rect_filled(rect, CornerRadius::same(6), theme::tokens(ui).card.gamma_multiply(0.85));
    painter.galley(rect.min + vec2(6.0, 3.0), galley, ui.visuals().text_color());
}
