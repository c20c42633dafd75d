//! A word of the library as a card: its picture and, in a few lines, where it comes from.
//!
//! Always the same size, so that a long list can be laid out row by row; what does not fit is cut short and told
//! in full when the pointer rests on it.

use egui::text::{LayoutJob, TextWrapping};
use egui::{self, Color32, FontId, Pos2, Rect, Stroke, StrokeKind, TextStyle, Ui, pos2, vec2};

use super::gallery::{Fit, paint};
use crate::recent::Thumbnails;
use crate::texture::Shared;
use crate::{icons, theme};
use disk::message::WordCard;
use project::{ConceptKind, Rights};

pub const WIDTH: f32 = 176.0;
pub const HEIGHT: f32 = 290.0;

const INSET: f32 = 10.0;

pub fn kind_name(kind: ConceptKind) -> &'static str {
    match kind {
        ConceptKind::Object => t!("wordcard-thing"),
        ConceptKind::Style => t!("wordcard-style"),
    }
}

pub fn rights_name(rights: Rights) -> &'static str {
    match rights {
        Rights::Unknown => t!("wordcard-rights-unknown"),
        Rights::Own => t!("wordcard-rights-own"),
        Rights::Licensed => t!("wordcard-rights-licensed"),
        Rights::PublicDomain => t!("wordcard-rights-public"),
        Rights::Consent => t!("wordcard-rights-consent"),
        Rights::Other => t!("wordcard-rights-other"),
    }
}

/// `1 vector`, `3 vectors`.
pub fn vectors(count: usize) -> String {
    t!("wordcard-vectors", count = count)
}

/// What marks a negative word among the others.
pub fn left_out(card: &WordCard) -> &'static str {
    if card.negative { t!("wordcard-left-out") } else { "" }
}

/// The lines below the word, from what is known of it.
fn lines(card: &WordCard) -> [String; 5] {
    let model = if card.model.is_empty() { t!("wordcard-no-model") } else { card.model.as_str() };
    let lineage = card.lineage.map(|lineage| format!(" · {}", lineage.label())).unwrap_or_default();
    let start = match (&card.recipe, card.initial_word.as_str()) {
        (Some(recipe), _) => t!("wordcard-mixed", recipe = recipe),
        (None, "") => t!("wordcard-no-start").to_owned(),
        (None, word) => t!("wordcard-start", word = word),
    };
    let steps = match (card.steps, &card.recipe) {
        (Some(steps), _) => t!("wordcard-steps", steps = steps),
        (None, Some(_)) => t!("wordcard-not-learned").to_owned(),
        (None, None) => t!("wordcard-no-steps").to_owned(),
    };
    [
        format!("{}{} · {}", kind_name(card.kind), left_out(card), vectors(card.vectors)),
        format!("{model}{lineage}"),
        start,
        t!("wordcard-norm", steps = steps, norm = format!("{:.2}", card.norm)),
        rights_name(card.rights).to_owned(),
    ]
}

/// Shows the card, with whether it is chosen and how many words have its numbers; clicked, it wants to be chosen.
pub fn word_card(
    ui: &mut Ui,
    shared: &mut Shared,
    copies: &Thumbnails,
    card: &WordCard,
    (selected, twins): (bool, usize),
) -> egui::Response {
    let (rect, response) = ui.allocate_exact_size(vec2(WIDTH, HEIGHT), egui::Sense::click());
    let enabled = ui.is_enabled();
    response.widget_info(|| {
        egui::WidgetInfo::selected(
            egui::Role::Button,
            enabled,
            selected,
            t!("wordcard-word.name", word = card.word),
        )
    });
    if ui.is_rect_visible(rect) {
        let tokens = theme::tokens(ui);
        let lit = response.hovered() || response.has_focus();
        let edge = match (selected, lit) {
            (true, _) => Stroke::new(2.0, tokens.accent),
            (false, true) => Stroke::new(1.0, tokens.accent),
            (false, false) => Stroke::new(1.0, tokens.edge),
        };
        ui.painter().rect(rect, theme::ROUND, tokens.card, edge, StrokeKind::Inside);
        let inner = rect.shrink(INSET);
        let frame = Rect::from_min_size(inner.min, egui::Vec2::splat(inner.width()));
        picture(ui, shared, copies, card, frame);
        if let Some(family) = card.family {
            badge(ui, frame, family.badge(), false);
        }
        let mark = mark(card, twins);
        if !mark.is_empty() {
            badge(ui, frame, &mark, true);
        }
        let text = ui.visuals().text_color();
        let mut at = pos2(inner.left(), frame.bottom() + theme::NEAR);
        let title = FontId::new(15.0, theme::heading_family());
        at.y += line(ui, at, inner.width(), &card.word, title, text) + 2.0;
        let small = TextStyle::Small.resolve(ui.style());
        for words in lines(card) {
            at.y += line(ui, at, inner.width(), &words, small.clone(), tokens.quiet);
        }
    }
    response.on_hover_cursor(egui::CursorIcon::PointingHand).on_hover_ui(|ui| {
        ui.set_max_width(ui.spacing().tooltip_width);
        ui.label(card.word.as_str());
        for words in lines(card) {
            ui.small(words);
        }
    })
}

/// What marks a word among the others: a favourite, its rating, that it is there more than once.
fn mark(card: &WordCard, twins: usize) -> String {
    let notes = &card.kept.notes;
    let favourite = notes.favourite.then(|| t!("wordcard-favourite").to_owned());
    let rating = (notes.rating > 0).then(|| format!("{}/5", notes.rating));
    let twins = (twins > 1).then(|| t!("wordcard-twins", twins = twins));
    [favourite, rating, twins].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// A few letters in a corner of the picture: above at the right, or below at the left.
fn badge(ui: &Ui, frame: Rect, text: &str, below: bool) {
    let tokens = theme::tokens(ui);
    let font = TextStyle::Small.resolve(ui.style());
    let galley = ui.painter().layout_no_wrap(text.to_owned(), font, tokens.on_accent);
    let size = galley.size() + vec2(10.0, 4.0);
    let corner = match below {
        true => frame.left_bottom() + vec2(4.0, -size.y - 4.0),
        false => frame.right_top() + vec2(-size.x - 4.0, 4.0),
    };
    let place = Rect::from_min_size(corner, size);
    ui.painter().rect_filled(place, theme::ROUND, tokens.accent);
    ui.painter().galley(place.min + vec2(5.0, 2.0), galley, tokens.on_accent);
}

/// The picture of a word in a square, its middle if it is not square itself; a sign of its kind if it has none.
pub fn picture(ui: &Ui, shared: &mut Shared, copies: &Thumbnails, card: &WordCard, frame: Rect) {
    let tokens = theme::tokens(ui);
    ui.painter().rect_filled(frame, theme::ROUND, ui.visuals().extreme_bg_color);
    let Some(picture) = card.picture.as_ref().and_then(|path| shared.thumbnail(copies, path)) else {
        let icon = match card.kind {
            ConceptKind::Object => icons::SHAPES,
            ConceptKind::Style => icons::PALETTE,
        };
        let font = FontId::proportional(frame.width() * 0.3);
        ui.painter().text(frame.center(), egui::Align2::CENTER_CENTER, icon, font, tokens.faint);
        return;
    };
    paint(ui, shared, picture, frame, Fit::Cover);
}

/// Paints one line, cut short where it does not fit, and tells its height.
fn line(ui: &Ui, at: Pos2, width: f32, words: &str, font: FontId, colour: Color32) -> f32 {
    let mut job = LayoutJob::simple_singleline(words.to_owned(), font, colour);
    job.wrap = TextWrapping::truncate_at_width(width);
    let galley = ui.painter().layout_job(job);
    let height = galley.size().y;
    ui.painter().galley(at, galley, colour);
    height
}

#[cfg(test)]
mod tests {
    use super::*;
    use project::{Family, Lineage};

    fn card() -> WordCard {
        WordCard {
            path: "cat-toy.safetensors".into(),
            word: "<cat-toy>".into(),
            names: vec!["<cat-toy>".into()],
            family: Some(Family::Sd1),
            vectors: 2,
            width: 768,
            widths: vec![768],
            norm: 0.406,
            lineage: Some(Lineage::Pony),
            initial_word: "toy".into(),
            rights: Rights::Own,
            ..WordCard::default()
        }
    }

    #[test]
    fn a_card_is_marked_by_what_was_noted_of_it() {
        let mut card = card();
        assert_eq!(mark(&card, 1), "");
        (card.kept.notes.favourite, card.kept.notes.rating) = (true, 4);
        assert_eq!(mark(&card, 2), "favourite · 4/5 · 2 alike");
    }

    #[test]
    fn what_is_not_known_is_said() {
        let card = card();
        let text = lines(&card).join("; ");
        let expected = "Thing · 2 vectors; model not known · Pony; started as “toy”; steps not known · norm 0.41; My own work";
        assert_eq!(text, expected);
        let mixed = lines(&WordCard { recipe: Some("<a> + <b>".into()), ..card });
        assert_eq!(
            (mixed[2].as_str(), mixed[3].as_str()),
            ("mixed: <a> + <b>", "not learned itself · norm 0.41")
        );
    }
}
