//! A picture of a concept as a card: small, with its square, a switch and one line that says what is wrong.
//!
//! It changes nothing but the switch; opening the picture is left to whoever shows the card.

use egui::{
    Align, Align2, Layout, Rect, Response, RichText, Role, Sense, Stroke, StrokeKind, TextStyle,
    TextWrapMode, Ui, UiBuilder, Vec2, WidgetInfo, pos2, vec2,
};

use super::crop::paint_view;
use super::gallery::file_name;
use crate::icons;
use crate::texture::Shared;
use crate::theme::{self, CARD, NEAR, ROUND};
use disk::message::ConceptPicture;
use project::PictureEntry;

/// Margin inside of a card.
const INSIDE: f32 = 10.0;
/// Height of the two lines of text below the picture of a card.
const LINES: f32 = 44.0;

/// A line below a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    pub text: String,
    /// Whether the picture cannot be used as it is.
    pub error: bool,
}

pub fn card_size() -> Vec2 {
    vec2(CARD + 2.0 * INSIDE, CARD + 2.0 * INSIDE + NEAR + LINES)
}

/// A picture as a card that can be switched off and opened; tells about clicks on the card.
pub fn card(
    ui: &mut Ui,
    shared: &mut Shared,
    view: Option<&ConceptPicture>,
    entry: &mut PictureEntry,
    remark: Option<&Remark>,
    open: bool,
) -> Response {
    let tokens = theme::tokens(ui);
    let name = file_name(&entry.path);
    let (_, rect) = ui.allocate_space(card_size());
    let id = ui.make_persistent_id(("picture card", &entry.path));
    let response = ui.interact(rect, id, Sense::click());
    response
        .widget_info(|| WidgetInfo::selected(Role::Button, true, open, t!("card-picture.name", name = name)));
    if !ui.is_rect_visible(rect) {
        return response;
    }

    let (width, colour) = match (open || response.has_focus(), response.hovered()) {
        (true, _) => (2.0, tokens.accent),
        (false, true) => (1.0, tokens.accent),
        (false, false) => (1.0, tokens.edge),
    };
    ui.painter().rect(rect, ROUND, tokens.card, Stroke::new(width, colour), StrokeKind::Inside);
    let space = Rect::from_min_size(rect.min + Vec2::splat(INSIDE), Vec2::splat(CARD));
    let shown = view.and_then(|view| {
        let fresh = view.mask.as_ref().filter(|_| entry.mask == view.entry.mask);
        paint_view(ui, shared, view, fresh, Some(entry.crop), space)
    });
    match shown {
        Some(shown) if !entry.enabled => {
            ui.painter().rect_filled(shown, 0.0, tokens.veil);
        }
        Some(_) => {}
        None => {
            let (text, colour) = match view {
                Some(view) if !view.is_let_go() => (icons::ERROR, tokens.error),
                _ => (icons::IMAGE, tokens.faint),
            };
            let font = TextStyle::Heading.resolve(ui.style());
            ui.painter().text(space.center(), Align2::CENTER_CENTER, text, font, colour);
        }
    }

    let text = Rect::from_min_max(pos2(space.left(), space.bottom() + NEAR), rect.max - Vec2::splat(INSIDE));
    let below = UiBuilder::new().id_salt(("picture card text", &entry.path)).max_rect(text);
    let mut below = ui.new_child(below.layout(Layout::top_down(Align::Min)));
    below.spacing_mut().item_spacing = vec2(4.0, 2.0);
    below.spacing_mut().interact_size.y = 20.0;
    below.style_mut().wrap_mode = Some(TextWrapMode::Truncate);
    below
        .checkbox(&mut entry.enabled, RichText::new(&name).small())
        .on_hover_text(t!("card-enabled.tip", name = name));
    if let Some(remark) = remark {
        let (icon, colour) =
            if remark.error { (icons::ERROR, tokens.error) } else { (icons::WARNING, tokens.warning) };
        let text = RichText::new(format!("{icon} {}", remark.text)).small().color(colour);
        below.label(text).on_hover_text(&remark.text);
    }
    response.on_hover_text(t!("card-picture.tip"))
}
