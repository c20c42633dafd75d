//! The menus that put a prompt together: how it opens, which thing, which style.
//!
//! What is chosen is read from the prompt itself, so the menus and the text never disagree.

use egui::{ComboBox, RichText};

use super::{MENU, row, table};
use crate::action::Action;
use crate::commands::UiCommand;
use crate::state::{AppState, ComposeDraft};
use crate::under_way::UnderWay;
use crate::widgets::controls;
use crate::widgets::parsed::parsed;
use disk::message::WordCard;
use project::ConceptKind;
use text::prompt::{PromptParts, recompose, shortened};

/// How a prompt can open.
const OPENINGS: [&str; 5] =
    ["a photo of", "a painting of", "a drawing of", "an oil painting of", "a pencil sketch of"];
/// Characters of a word that a menu shows.
const SHOWN: usize = 24;

/// Words that a menu lists: of thousands the field for the prompt offers those that fit what is typed.
pub(in crate::pages) const LISTED: usize = 200;

/// Shows the menus; a choice rewrites the prompt.
pub fn ui(ui: &mut egui::Ui, state: &AppState, draft: &mut ComposeDraft, actions: &mut Vec<Action>) {
    let words: Vec<&WordCard> = state.fitting_words().collect();
    if words.is_empty() {
        missing(ui, state, actions);
        return;
    }
    let of = |kind: ConceptKind| -> Vec<&str> {
        let of_kind = words.iter().filter(|card| card.kind == kind && !card.negative);
        of_kind.map(|card| card.word.as_str()).take(LISTED).collect()
    };
    let others = |kind: ConceptKind| -> Vec<(&str, String)> {
        let of_kind = state.words.iter().filter(|card| card.kind == kind && !card.negative);
        of_kind.filter_map(|card| Some((card.word.as_str(), state.misfit(card)?))).take(LISTED).collect()
    };
    let (things, styles) = (of(ConceptKind::Object), of(ConceptKind::Style));
    let (opening, prompt) = (draft.opening.clone(), draft.settings.prompt.clone());
    let names: Vec<&[String]> = words.iter().map(|card| card.names.as_slice()).collect();
    let parsed = parsed(ui.ctx(), &prompt, &names);
    let mentioned = parsed.mentioned.iter();
    let mentions: Vec<_> = mentioned
        .filter_map(|(word, place)| Some((*words.get(*word)?, prompt.get(place.clone())?)))
        .collect();
    let first = |kind: ConceptKind| mentions.iter().find(|(card, _)| card.kind == kind && !card.negative);
    let named = [ConceptKind::Object, ConceptKind::Style].map(first);
    let [content, style] = named.map(|found| found.map(|(_, written)| *written));
    let old = PromptParts { opening: &opening, content, style };
    let mut begin = Some(old.opening).filter(|opening| !opening.is_empty());
    let [mut content, mut style] = named.map(|found| found.map(|(card, _)| card.word.as_str()));
    table(ui, "composer", |ui| {
        let own = state.usable_under_way();
        let hint = t!("composer-opening.tip");
        menu(ui, [t!("composer-opening"), hint, t!("composer-nothing")], &OPENINGS, &[], None, &mut begin);
        let hint = t!("composer-thing.tip");
        menu(
            ui,
            [t!("composer-thing"), hint, t!("composer-nothing")],
            &things,
            &others(ConceptKind::Object),
            own,
            &mut content,
        );
        let hint = t!("composer-style.tip");
        menu(
            ui,
            [t!("composer-style"), hint, t!("composer-none")],
            &styles,
            &others(ConceptKind::Style),
            own,
            &mut style,
        );
    });
    // A word that stays stays as it is written.
    let [content, style] = [(content, named[0]), (style, named[1])].map(|(chosen, found)| {
        let kept = found.filter(|(card, _)| Some(card.word.as_str()) == chosen).map(|(_, written)| *written);
        kept.or(chosen)
    });
    let new = PromptParts { opening: begin.unwrap_or_default(), content, style };
    if new != old {
        draft.settings.prompt = recompose(&prompt, old, new);
        draft.opening = new.opening.to_owned();
    }
}

/// What a menu calls a word: of the one that is being learned also how far it is.
fn called(word: &str, own: Option<&UnderWay>) -> String {
    match own.filter(|own| own.card.word == word) {
        Some(own) => format!("{} ({})", shortened(word, SHOWN), own.standing()),
        None => shortened(word, SHOWN),
    }
}

/// A menu of `[name, hint, what no choice is called]`; `others` cannot be chosen, for the reasons given. `own` is the word
/// that is being learned.
fn menu<'a>(
    ui: &mut egui::Ui,
    [name, hint, nothing]: [&str; 3],
    choices: &[&'a str],
    others: &[(&str, String)],
    own: Option<&UnderWay>,
    chosen: &mut Option<&'a str>,
) {
    let shown = chosen.map_or_else(|| nothing.to_owned(), |word| called(word, own));
    row(ui, (name, hint), |ui| {
        let menu = ComboBox::from_id_salt(name).width(MENU).truncate().selected_text(shown);
        let answer = menu.show_ui(ui, |ui| {
            ui.selectable_value(chosen, None, nothing).on_hover_text(t!("composer-leave-out.tip"));
            for &choice in choices {
                ui.selectable_value(chosen, Some(choice), called(choice, own)).on_hover_text(choice);
            }
            for (other, why) in others {
                let text = egui::Button::selectable(false, shortened(other, SHOWN));
                ui.add_enabled(false, text).on_disabled_hover_text(why);
            }
        });
        answer.response.accessible_name(name).on_hover_text(hint);
    });
}

/// Says where words come from.
fn missing(ui: &mut egui::Ui, state: &AppState, actions: &mut Vec<Action>) {
    controls::card(ui).show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        if state.words.is_empty() {
            ui.label(RichText::new(t!("composer-no-words")).strong());
            controls::note(ui, t!("composer-no-words.what"));
        } else {
            ui.label(RichText::new(t!("composer-no-fit")).strong());
            controls::note(ui, t!("composer-no-fit.what"));
        }
        let button = controls::button(ui, true, UiCommand::GoConcept.icon(), t!("composer-teach"));
        controls::on_press(button, UiCommand::GoConcept, actions);
    });
}
