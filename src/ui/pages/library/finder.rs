//! Finding words of the library: what is typed, which are shown, in which order.
//!
//! It looks anew only when the words or the question have changed, so that a frame costs no search.

use egui::{ComboBox, TextEdit, Ui};

use crate::state::AppState;
use crate::theme;
use crate::widgets::controls::{self, Named};
use disk::search::{WordOrder, WordQuery, WordsShown};
use project::Family;

#[derive(Default)]
pub(super) struct Finder {
    query: WordQuery,
    /// The places of the words that fit, and what they were looked for with.
    found: Vec<usize>,
    of: Option<(u64, WordQuery)>,
}

impl Finder {
    /// The places of the words that fit, in their order.
    pub(super) fn found(&mut self, state: &AppState) -> &[usize] {
        let now = (state.library.version, &self.query);
        if self.of.as_ref().is_none_or(|(version, query)| (*version, query) != now) {
            self.found = state.library.search.found(&state.words, &self.query);
            self.of = Some((state.library.version, self.query.clone()));
        }
        &self.found
    }

    pub(super) fn ui(&mut self, ui: &mut Ui, state: &AppState) {
        ui.horizontal_wrapped(|ui| {
            let field = TextEdit::singleline(&mut self.query.typed).hint_text(t!("library-finder-find.hint"));
            controls::field(ui, named!("library-finder-find"), field.desired_width(220.0).char_limit(200));
            self.shown(ui, state);
            self.family(ui);
            choose(
                ui,
                named!("library-finder-order"),
                &mut self.query.order,
                &WordOrder::ALL.map(|order| (order, order_name(order).to_owned())),
            );
            let (found, all) = (self.found(state).len(), state.words.len());
            if found < all {
                controls::note(ui, &t!("library-finder-count", found = found, all = all));
                let clear =
                    ui.button(t!("library-finder-show-all")).on_hover_text(t!("library-finder-show-all.tip"));
                if clear.clicked() {
                    self.query = WordQuery { order: self.query.order, ..WordQuery::default() };
                }
            }
        });
        ui.add_space(theme::NEAR);
    }

    fn shown(&mut self, ui: &mut Ui, state: &AppState) {
        let search = &state.library.search;
        let mut choices = vec![
            (WordsShown::All, t!("library-finder-all").to_owned()),
            (WordsShown::Favourites, t!("library-finder-favourites").to_owned()),
            (WordsShown::Own, t!("library-finder-own").to_owned()),
            (WordsShown::Foreign, t!("library-finder-foreign").to_owned()),
        ];
        if search.has_twins() || self.query.shown == WordsShown::Twins {
            choices.push((WordsShown::Twins, t!("library-finder-twins").to_owned()));
        }
        let collections = search.collections().iter();
        choices.extend(collections.map(|name| (WordsShown::Collection(name.clone()), name.clone())));
        // One that has lost its last word is still what is shown.
        if let WordsShown::Collection(name) = &self.query.shown
            && !search.collections().contains(name)
        {
            choices.push((self.query.shown.clone(), name.clone()));
        }
        choose(ui, named!("library-finder-shown"), &mut self.query.shown, &choices);
    }

    fn family(&mut self, ui: &mut Ui) {
        let families = Family::ALL.into_iter().map(|family| (Some(family), family.name().to_owned()));
        let choices: Vec<_> =
            std::iter::once((None, t!("library-finder-any-model").to_owned())).chain(families).collect();
        choose(ui, named!("library-finder-family"), &mut self.query.family, &choices);
    }
}

/// What an order is called.
fn order_name(order: WordOrder) -> &'static str {
    match order {
        WordOrder::Name => t!("library-order-name"),
        WordOrder::Newest => t!("library-order-newest"),
        WordOrder::Rating => t!("library-order-rating"),
        WordOrder::Base => t!("library-order-base"),
        WordOrder::Vectors => t!("library-order-vectors"),
    }
}

/// A list of which one is chosen.
fn choose<T: PartialEq + Clone>(
    ui: &mut Ui,
    (name, hint): Named<'_>,
    value: &mut T,
    choices: &[(T, String)],
) {
    let chosen = choices.iter().find(|(choice, _)| choice == value);
    let text = chosen.map(|(_, text)| text.clone()).unwrap_or_default();
    let label = ui.label(name);
    let list = ComboBox::from_id_salt(("library", name)).width(130.0).selected_text(text);
    let shown = list.show_ui(ui, |ui| {
        for (choice, text) in choices {
            ui.selectable_value(value, choice.clone(), text);
        }
    });
    shown.response.labelled_by(label.id).on_hover_text(hint);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_called_as_they_call_themselves() {
        for order in WordOrder::ALL {
            assert_eq!(order_name(order), order.label());
        }
    }
}
