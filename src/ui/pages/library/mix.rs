//! Mixing words: which go in and how much of each, what comes out in two pictures, and saving it as a word of its own.
//!
//! What was decided is in the state; here is only what is being typed. It mixes nothing itself. The length is that of
//! its three parts: the words, the pictures, the saving.

use egui::{self, CollapsingHeader, DragValue, Label, Slider, TextEdit, Ui, vec2};

use crate::action::Action;
use crate::language::floors;
use crate::language::sentences::said;
use crate::mixing::{MixAction, MixDraft};
use crate::state::AppState;
use crate::texture::Shared;
use crate::widgets::controls;
use crate::widgets::gallery::{Fit, paint};
use crate::{icons, theme};
use disk::message::WordCard;
use project::Family;
use project::mix::{Ingredient, MixLength, MixOperation, Source};

/// What is being typed, until it is taken.
#[derive(Default)]
pub(super) struct MixPanel {
    sentence: String,
    words: String,
    keep: String,
    /// What was reported in this frame, if anything was.
    reported: Option<MixDraft>,
}

impl MixPanel {
    /// The mix as it is after this frame.
    pub(super) fn draft(&self, state: &AppState) -> MixDraft {
        self.reported.clone().unwrap_or_else(|| state.mixing.draft.clone())
    }

    /// What is still to be reported when it is closed from outside, before its fields are drawn to be left.
    pub(super) fn rest(&self, state: &AppState) -> Option<Action> {
        let sentence = self.typed().unwrap_or(&state.mixing.draft.sentence);
        let draft = Box::new(MixDraft { sentence: sentence.to_owned(), ..state.mixing.draft.clone() });
        (*draft != state.mixing.draft).then_some(Action::Mix(MixAction::Edit { draft, moving: false }))
    }

    /// The sentence as it is typed, if one is.
    fn typed(&self) -> Option<&str> {
        Some(self.sentence.as_str()).filter(|text| !text.trim().is_empty())
    }

    /// Shows what is being mixed; false once it is to be closed.
    pub(super) fn ui(&mut self, ui: &mut Ui, state: &AppState, shared: &mut Shared) -> bool {
        let mut draft = state.mixing.draft.clone();
        let (mut stay, first) = (true, shared.actions.len());
        let area = egui::ScrollArea::vertical().id_salt("library-mix").auto_shrink([false, false]);
        area.show(ui, |ui| {
            ui.horizontal(|ui| {
                ui.label(controls::title(t!("mixing-title")));
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    let close = controls::icon_button(ui, icons::CLOSE, t!("mixing-close.name"));
                    stay = !close.on_hover_text(t!("mixing-close.tip")).clicked();
                });
            });
            controls::note(ui, t!("mixing-what"));
            operation(ui, &mut draft);
            ui.add_space(theme::NEAR);
            ingredients(ui, state, &mut draft);
            self.plain_words(ui, &mut draft);
            amount(ui, &mut draft);
            self.more(ui, state, &mut draft);
            ui.add_space(theme::GAP);
            self.preview(ui, state, shared, &mut draft);
            ui.add_space(theme::GAP);
            save(ui, state, shared, &mut draft);
        });
        let moving = ui.input(|input| input.pointer.any_down());
        let changed = draft != state.mixing.draft || (state.mixing.moving && !moving) || state.mix_is_due();
        self.reported = changed.then_some(draft);
        // The edit first: the others are about the mix as it is now.
        if let Some(draft) = self.reported.clone().map(Box::new) {
            shared.actions.insert(first, Action::Mix(MixAction::Edit { draft, moving }));
        }
        stay
    }

    /// Words that the model knows, as something that goes in.
    fn plain_words(&mut self, ui: &mut Ui, draft: &mut MixDraft) {
        ui.horizontal(|ui| {
            let width = (ui.available_width() - 90.0).max(120.0);
            let field = TextEdit::singleline(&mut self.words).char_limit(200).desired_width(width);
            let field = ui.add(field.hint_text(t!("mixing-plain.hint")));
            let field = field.accessible_name(t!("mixing-plain.name"));
            let field = field.on_hover_text(t!("mixing-plain.tip"));
            let ready = !self.words.trim().is_empty();
            let button = controls::button(ui, ready, icons::PLUS, t!("mixing-add"));
            let button = button.on_hover_text(t!("mixing-add.tip"));
            let button = button.on_disabled_hover_text(t!("mixing-add.disabled"));
            let entered = field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
            if ready && (button.clicked() || entered) {
                let words = std::mem::take(&mut self.words).trim().to_owned();
                draft.settings.ingredients.push(Ingredient::of(Source::Sentence(words)));
            }
        });
    }

    /// What is not needed every day.
    fn more(&mut self, ui: &mut Ui, state: &AppState, draft: &mut MixDraft) {
        let shown = CollapsingHeader::new(t!("mixing-more")).id_salt("mix-more").show(ui, |ui| {
            let settings = &mut draft.settings;
            fewer(ui, &mut settings.vectors);
            length(ui, state, &mut settings.length);
            let label = ui.label(t!("mixing-keep"));
            if numbers(&self.keep) != settings.keep {
                let kept: Vec<String> = settings.keep.iter().map(usize::to_string).collect();
                self.keep = kept.join(", ");
            }
            let field = ui
                .add(TextEdit::singleline(&mut self.keep).char_limit(200).hint_text(t!("mixing-keep.hint")));
            let tip = t!("mixing-keep.tip");
            field.labelled_by(label.id).on_hover_text(tip);
            settings.keep = numbers(&self.keep);
            if state.model_card().is_some_and(|model| model.family == Some(Family::Sdxl)) {
                controls::tick(ui, &mut settings.convert, named!("mixing-convert"));
            }
        });
        shown.header_response.on_hover_text(t!("mixing-more.tip"));
    }

    /// What it looks like, from the same two seeds every time.
    fn preview(&mut self, ui: &mut Ui, state: &AppState, shared: &mut Shared, draft: &mut MixDraft) {
        let (pictures, lengths) = state.mix_seen();
        let side = ((ui.available_width() - theme::NEAR) / 2.0).floor().max(40.0);
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = theme::NEAR;
            for index in 0..2 {
                let (rect, response) = ui.allocate_exact_size(vec2(side, side), egui::Sense::hover());
                ui.painter().rect_filled(rect, theme::ROUND, ui.visuals().extreme_bg_color);
                if let Some(picture) = pictures.get(index) {
                    paint(ui, shared, picture, rect, Fit::Contain);
                }
                response
                    .on_hover_text(t!("mixing-preview.tip"))
                    .accessible_name(t!("mixing-preview.name", number = index + 1));
            }
        });
        let drawing = state.mix_is_drawn();
        let note = match (lengths, drawing) {
            (_, true) => t!("mixing-drawing").to_owned(),
            (Some([own, usual]), false) => {
                let own = listed(own);
                t!("mixing-lengths", own = own, usual = listed(usual))
            }
            (None, false) => t!("mixing-none-drawn").to_owned(),
        };
        controls::note(ui, &note);
        let label = ui.label(t!("mixing-sentence"));
        let field =
            ui.add(TextEdit::singleline(&mut self.sentence).char_limit(400).hint_text(&draft.sentence));
        let field = field.labelled_by(label.id);
        let field = field.on_hover_text(t!("mixing-sentence.tip"));
        // Not while it is typed: each letter would be drawn. Also where nobody saw it left, as when the page was.
        if let Some(typed) = self.typed().filter(|_| !field.has_focus()) {
            typed.clone_into(&mut draft.sentence);
        }
        // What is typed counts here, or the button would not take the press by which the field is left.
        let seen = self.typed().unwrap_or(&draft.sentence).contains("{}") || state.mixes_negative();
        let unseen = (!seen).then_some(t!("mixing-unseen"));
        unseen.into_iter().for_each(|why| _ = controls::warning(ui, why));
        ui.horizontal(|ui| {
            controls::tick(ui, &mut draft.live, named!("mixing-live"));
            let draw = controls::button(ui, !drawing && unseen.is_none(), icons::BRUSH, t!("mixing-draw"));
            let draw = draw.on_hover_text(t!("mixing-draw.tip"));
            if draw.on_disabled_hover_text(unseen.unwrap_or(t!("mixing-draw.disabled"))).clicked() {
                shared.actions.push(Action::Mix(MixAction::Draw));
            }
        });
    }
}

/// The numbers in a text, whatever stands between them.
fn numbers(text: &str) -> Vec<usize> {
    text.split(|sign: char| !sign.is_ascii_digit()).filter_map(|part| part.parse().ok()).collect()
}

fn listed(lengths: &[f64]) -> String {
    lengths.iter().map(|length| format!("{length:.2}")).collect::<Vec<_>>().join(t!("library-and"))
}

fn operation(ui: &mut Ui, draft: &mut MixDraft) {
    ui.horizontal_wrapped(|ui| {
        for &way in MixOperation::ALL {
            let choice = ui.selectable_value(&mut draft.settings.operation, way, floors::label(way));
            if choice.on_hover_text(floors::about(way)).clicked() && way == MixOperation::Slerp {
                draft.settings.amount = draft.settings.amount.clamp(0.0, 1.0);
            }
        }
    });
    controls::note(ui, &t!("mixing-is", what = floors::about(draft.settings.operation)));
}

/// What a word does at its place.
fn part_of(operation: MixOperation, place: usize) -> &'static str {
    match (operation, place) {
        (MixOperation::Slerp, 0) => t!("mixing-from"),
        (MixOperation::Slerp, 1) => t!("mixing-to"),
        (MixOperation::Nudge, 0) => t!("mixing-moved"),
        (MixOperation::Nudge, 1) => t!("mixing-towards"),
        (MixOperation::Nudge, 2) => t!("mixing-away"),
        (MixOperation::Difference, 1..) => t!("mixing-without"),
        _ => "",
    }
}

/// What goes in, one below the other: each with its name on a line of its own, so that it can be read.
fn ingredients(ui: &mut Ui, state: &AppState, draft: &mut MixDraft) {
    let operation = draft.settings.operation;
    let (mut up, mut out) = (None, None);
    for (place, part) in draft.settings.ingredients.iter_mut().enumerate() {
        let (name, card) = match &part.source {
            Source::Word(path) => {
                let card = state.words.iter().find(|card| card.path == *path);
                (card.map_or_else(|| path.display().to_string(), |card| card.word.clone()), card)
            }
            Source::Sentence(text) => (format!("“{text}”"), None),
        };
        ui.horizontal(|ui| {
            let role = part_of(operation, place);
            if !role.is_empty() {
                let role = controls::quiet(ui, role);
                ui.label(role);
            }
            let label = ui.add(Label::new(name.as_str()).truncate());
            label.on_hover_text(card.map_or_else(|| name.clone(), told));
        });
        ui.horizontal(|ui| {
            let close = controls::icon_button(ui, icons::CLOSE, &t!("mixing-remove.name", name = name));
            if close.on_hover_text(t!("mixing-remove.tip")).clicked() {
                out = Some(place);
            }
            if place > 0 {
                let button =
                    ui.small_button(t!("mixing-up")).accessible_name(t!("mixing-up.name", name = name));
                if button.on_hover_text(t!("mixing-up.tip")).clicked() {
                    up = Some(place);
                }
            }
            if operation.weighs() {
                let slider = Slider::new(&mut part.weight, -2.0..=2.0).fixed_decimals(2);
                let slider = ui.add(slider).accessible_name(t!("mixing-weight.name", name = name));
                slider.on_hover_text(t!("mixing-weight.tip"));
            }
        });
        ui.add_space(theme::NEAR);
    }
    if let Some(place) = up {
        draft.settings.ingredients.swap(place - 1, place);
    }
    if let Some(place) = out {
        draft.settings.ingredients.remove(place);
    }
}

fn told(card: &WordCard) -> String {
    t!(
        "mixing-told",
        word = card.word,
        vectors = crate::widgets::word_card::vectors(card.vectors),
        length = format!("{:.2}", card.norm)
    )
}

/// How far, where that is asked.
fn amount(ui: &mut Ui, draft: &mut MixDraft) {
    let (range, name, tip) = match draft.settings.operation {
        MixOperation::Slerp => {
            let tip = t!("mixing-along.tip");
            (0.0..=1.0, t!("mixing-along"), tip)
        }
        MixOperation::Nudge => {
            let tip = t!("mixing-far.tip");
            (-2.0..=2.0, t!("mixing-far"), tip)
        }
        _ => return,
    };
    let slider = Slider::new(&mut draft.settings.amount, range).fixed_decimals(2).text(name);
    ui.add(slider).on_hover_text(tip).accessible_name(name);
}

/// How many vectors each word has before it is mixed.
fn fewer(ui: &mut Ui, vectors: &mut Option<usize>) {
    let tip = t!("mixing-fewer.tip");
    ui.horizontal(|ui| {
        let mut fewer = vectors.is_some();
        if ui.checkbox(&mut fewer, t!("mixing-fewer")).on_hover_text(tip).changed() {
            *vectors = fewer.then_some(1);
        }
        if let Some(count) = vectors {
            let field = ui.add(DragValue::new(count).range(1..=75).speed(0.05));
            field.accessible_name(t!("mixing-fewer.name")).on_hover_text(tip);
        }
    });
}

fn length(ui: &mut Ui, state: &AppState, length: &mut MixLength) {
    ui.label(t!("mixing-length")).on_hover_text(t!("mixing-length.tip"));
    ui.horizontal_wrapped(|ui| {
        let tip = t!("mixing-as-mixed.tip");
        ui.selectable_value(length, MixLength::AsMixed, t!("mixing-as-mixed")).on_hover_text(tip);
        let tip = t!("mixing-usual.tip");
        ui.selectable_value(length, MixLength::Usual, t!("mixing-usual")).on_hover_text(tip);
        let encoders =
            if state.model_card().is_some_and(|model| model.family == Some(Family::Sdxl)) { 2 } else { 1 };
        let set = matches!(length, MixLength::Set(_));
        let tip = t!("mixing-set.tip");
        if ui.selectable_label(set, t!("mixing-set")).on_hover_text(tip).clicked() && !set {
            let known = state.mix_seen().1.map(|[own, _]| own.clone()).unwrap_or_default();
            *length = MixLength::Set(known);
        }
        if let MixLength::Set(lengths) = length {
            // Another model may have been chosen since.
            lengths.resize(encoders, 0.4);
            for (own, name) in lengths.iter_mut().zip([t!("mixing-set.first"), t!("mixing-set.second")]) {
                let value = DragValue::new(own).range(0.01..=100.0).speed(0.01).fixed_decimals(2);
                let value = ui.add(value).accessible_name(name);
                value.on_hover_text(t!("mixing-set.value"));
            }
        }
    });
}

/// Its name, and what ends the work on it.
fn save(ui: &mut Ui, state: &AppState, shared: &mut Shared, draft: &mut MixDraft) {
    let called = state.mixing.draft.called(state);
    let field = TextEdit::singleline(&mut draft.name).char_limit(80).hint_text(called.as_str());
    controls::field(ui, (controls::title(t!("mixing-name")), t!("mixing-name.tip")), field);
    let fault = state.mix_fault();
    if let Some(fault) = fault.as_ref().filter(|_| !draft.settings.ingredients.is_empty()) {
        controls::warning(ui, fault);
    }
    ui.horizontal_wrapped(|ui| {
        let save = controls::main_button(ui, fault.is_none(), icons::SAVE, t!("mixing-save"));
        let save = save.on_hover_text(t!("mixing-save.tip"));
        if save.on_disabled_hover_text(said(&fault.unwrap_or_default())).clicked() {
            shared.actions.push(Action::Mix(MixAction::Save));
        }
        let named = named!("mixing-undo");
        if controls::able(ui, !state.mixing.past.is_empty(), icons::UNDO, named, t!("mixing-undo.disabled")) {
            shared.actions.push(Action::Mix(MixAction::Undo));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_however_they_are_parted() {
        assert_eq!(numbers("3, 1 and2"), [3, 1, 2]);
        assert!(numbers("all").is_empty());
    }
}
