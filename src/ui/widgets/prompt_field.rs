//! The field in which a prompt is written: learned words stand out, unknown ones are underlined, a list offers
//! words while one is typed, and Ctrl with the arrows changes the weight of the word under the cursor.
//!
//! What the text means is decided in `text::prompt`; this only shows it and turns keys into edits.

use std::sync::Arc;

use egui::text::{CCursor, CCursorRange, LayoutJob};
use egui::{
    CompletionPopup, Galley, Image, Key, Modifiers, RectAlign, Suggestion, TextEdit, TextFormat, TextStyle,
};

use super::super::recent::Thumbnails;
use super::super::texture::Shared;
use super::super::theme;
use super::parsed::parsed;
use crate::state::LONGEST;
use crate::under_way::UnderWay;
use disk::message::WordCard;
use project::ConceptKind;
use text::prompt::{SpanKind, WordNames, adjust_weight, completion, shortened};

/// How much one press of an arrow changes a weight.
const STEP: f64 = 0.1;
/// Side of a word's picture in the list of words.
const PICTURE: f32 = 24.0;
/// Height of the list of words before it scrolls.
const LIST: f32 = 220.0;
/// Characters of a word that the list shows.
const SHOWN: usize = 28;
/// Most words that the list offers: thousands of them with their pictures would take longer than a frame may, and each
/// letter typed leaves fewer.
const OFFERED: usize = 200;

pub struct PromptField<'a> {
    /// Tells it from other fields.
    pub salt: &'a str,
    pub label: egui::Id,
    /// What it says while empty.
    pub hint: &'a str,
    pub tooltip: &'a str,
    /// Lines it has room for before it grows.
    pub rows: usize,
    pub words: &'a [&'a WordCard],
    /// The one of them that is being learned.
    pub under_way: Option<&'a UnderWay>,
    /// Where their pictures are.
    pub copies: &'a Thumbnails,
}

impl PromptField<'_> {
    /// Shows the field and edits `text`; the answer says whether it changed. Words that were learned for negative prompts
    /// are known but not offered.
    pub fn show(&self, ui: &mut egui::Ui, shared: &mut Shared, text: &mut String) -> egui::Response {
        self.show_offering(ui, shared, text, &offered(self.words, false))
    }

    /// The same for a negative prompt: words that were learned for those are offered as well, and first.
    pub fn show_negative(&self, ui: &mut egui::Ui, shared: &mut Shared, text: &mut String) -> egui::Response {
        self.show_offering(ui, shared, text, &offered(self.words, true))
    }

    fn show_offering(
        &self,
        ui: &mut egui::Ui,
        shared: &mut Shared,
        text: &mut String,
        names: &[&str],
    ) -> egui::Response {
        let id = ui.make_persistent_id(self.salt);
        let known: Vec<&[String]> = self.words.iter().map(|card| card.names.as_slice()).collect();
        let weighted = adjust(ui, id, text, &known);
        let context = ui.ctx().clone();
        let mut layouter = |ui: &egui::Ui, buffer: &dyn egui::TextBuffer, width: f32| {
            layout(ui, buffer.as_str(), &known, width)
        };
        let edit = TextEdit::multiline(text)
            .desired_rows(self.rows)
            .desired_width(f32::INFINITY)
            .char_limit(LONGEST)
            .hint_text(self.hint.to_owned())
            .layouter(&mut layouter);
        let popup = CompletionPopup::new(id).align(RectAlign::BOTTOM_START).max_height(LIST);
        let output = popup.show(ui, edit, |query| {
            let begin = byte_of(query.text, query.word_range.start.0);
            let cursor = byte_of(query.text, query.word_range.end.0);
            let found = completion(query.text, cursor, names).filter(|found| found.start >= begin);
            let Some(found) = found else { return Vec::new() };
            // The list replaces everything back to the last space, so what stands before the `<` is put back.
            let before = &query.text[begin..found.start];
            let suggest = |word: String| self.suggestion(&context, shared, before, &word);
            found.choices.into_iter().take(OFFERED).map(suggest).collect()
        });
        let mut response = output.text_edit.response.response.labelled_by(self.label);
        if weighted || output.accepted.is_some() {
            response.mark_changed();
        }
        if output.is_open { response } else { response.on_hover_text(self.tooltip) }
    }

    fn suggestion(
        &self,
        context: &egui::Context,
        shared: &mut Shared,
        before: &str,
        word: &str,
    ) -> Suggestion {
        let suggestion = Suggestion::new(format!("{before}{word}"));
        let name = shortened(word, SHOWN);
        let Some(card) = self.words.iter().find(|card| card.word == word) else {
            return suggestion.content(name);
        };
        let kind = match card.kind {
            _ if card.negative => t!("completion-left-out"),
            ConceptKind::Object => t!("completion-thing"),
            ConceptKind::Style => t!("completion-style"),
        };
        let picture = card.picture.as_ref().and_then(|path| shared.thumbnail(self.copies, path));
        let suggestion = match picture {
            Some(picture) => {
                let texture = shared.textures.picture(context, picture, false);
                let image = Image::from_texture((texture.id(), texture.size_vec2()));
                suggestion.content((image.fit_to_exact_size(egui::Vec2::splat(PICTURE)), name))
            }
            None => suggestion.content(name),
        };
        match self.under_way.filter(|own| own.card.word == word) {
            Some(own) => {
                suggestion.description(t!("completion-learning", kind = kind, standing = own.standing()))
            }
            None => suggestion.description(kind),
        }
    }
}

/// The words to offer in a prompt, or in a negative one: those that were learned for that are offered nowhere else, and
/// there first.
pub(crate) fn offered<'a>(words: &[&'a WordCard], negative: bool) -> Vec<&'a str> {
    let (left_out, others): (Vec<&WordCard>, Vec<&WordCard>) = words.iter().partition(|card| card.negative);
    let first = if negative { left_out } else { Vec::new() };
    first.into_iter().chain(others).map(|card| card.word.as_str()).collect()
}

/// Takes Ctrl with an arrow before the field sees it, and changes a weight.
fn adjust(ui: &egui::Ui, id: egui::Id, text: &mut String, names: &[&[String]]) -> bool {
    if !ui.memory(|memory| memory.has_focus(id)) {
        return false;
    }
    let (up, down) = ui.input_mut(|input| {
        let up = input.count_and_consume_key(Modifiers::COMMAND, Key::ArrowUp);
        (up, input.count_and_consume_key(Modifiers::COMMAND, Key::ArrowDown))
    });
    if up == down {
        return false;
    }
    let Some(mut state) = TextEdit::load_state(ui.ctx(), id) else { return false };
    let Some(cursor) = state.cursor.char_range() else { return false };
    let chosen = cursor.as_sorted_char_range();
    let chosen = byte_of(text, chosen.start.0)..byte_of(text, chosen.end.0);
    let names = WordNames::new(names.iter().copied());
    let (new, chosen) = adjust_weight(text, chosen, STEP * (up as f64 - down as f64), &names);
    if new == *text {
        return false;
    }
    let character = |byte: usize| CCursor::new(new[..byte].chars().count());
    state.cursor.set_char_range(Some(CCursorRange::two(character(chosen.start), character(chosen.end))));
    TextEdit::store_state(ui.ctx(), id, state);
    *text = new;
    true
}

/// The byte at which a character begins; the end of the text for characters behind it.
fn byte_of(text: &str, character: usize) -> usize {
    text.char_indices().nth(character).map_or(text.len(), |(byte, _)| byte)
}

/// The text in its colours, broken into lines.
fn layout(ui: &egui::Ui, text: &str, names: &[&[String]], width: f32) -> Arc<Galley> {
    let tokens = theme::tokens(ui);
    let font = TextStyle::Body.resolve(ui.style());
    let line = ui.fonts_mut(|fonts| fonts.row_height(&font)) + ui.spacing().extra_text_line_spacing;
    let plain = TextFormat { line_height: Some(line), ..TextFormat::simple(font, ui.visuals().text_color()) };
    let mut job = LayoutJob { keep_trailing_whitespace: true, ..LayoutJob::default() };
    job.wrap.max_width = width;
    if text.is_empty() {
        job.append("", 0.0, plain.clone());
    }
    // egui keeps what was laid out for as long as it is shown; what it is laid out from is kept by `parsed`.
    let parsed = parsed(ui.ctx(), text, names);
    for (span, kind) in parsed.spans.iter().filter(|(span, _)| !span.is_empty()) {
        let mut format = plain.clone();
        match kind {
            SpanKind::Plain => {}
            SpanKind::Known => format.color = tokens.accent,
            SpanKind::Sign => format.color = tokens.quiet,
            SpanKind::Unknown => format.underline = egui::Stroke::new(1.0, tokens.error),
        }
        job.append(&text[span.clone()], 0.0, format);
    }
    ui.fonts_mut(|fonts| fonts.layout_job(job))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::PathBuf;

    use super::*;
    use crate::action::Action;

    #[test]
    fn of_thousands_of_words_a_part_is_offered_and_any_is_found() {
        let called = |number: usize| WordCard {
            word: format!("<toy-{number}>"),
            picture: Some(format!("/words/{number}.png").into()),
            ..WordCard::default()
        };
        let cards: Vec<WordCard> = (0..5000).map(called).collect();
        let words: Vec<&WordCard> = cards.iter().collect();
        let ctx = egui::Context::default();
        theme::install(&ctx);
        let (mut shared, copies) = (Shared::default(), Thumbnails::default());
        // The pictures that the list asks for.
        let mut asked = |typed: &str| -> BTreeSet<PathBuf> {
            let mut text = typed.to_owned();
            let field = PromptField {
                salt: "prompt",
                label: egui::Id::unique("label"),
                hint: "",
                tooltip: "",
                rows: 1,
                words: &words,
                under_way: None,
                copies: &copies,
            };
            let input = egui::RawInput::default();
            drop(ctx.run_ui(input, |ui| _ = field.show(ui, &mut shared, &mut text)));
            shared.tell_in_view(&copies);
            let wanted = shared.actions.drain(..).filter_map(|action| match action {
                Action::Want(pictures) => Some(pictures),
                _ => None,
            });
            wanted.flatten().collect()
        };
        assert_eq!(asked("a <").len(), OFFERED);
        assert_eq!(asked("a <toy-4999"), BTreeSet::from([PathBuf::from("/words/4999.png")]));
    }
}
