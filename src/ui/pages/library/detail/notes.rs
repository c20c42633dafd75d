//! What the artist notes of a word: favourite, rating, tags, collections, words of their own, and its picture.
//!
//! Every change is reported at once; lists are typed with commas. Nothing of it goes into the word's own file.

use egui::{ComboBox, TextEdit, Ui};

use crate::action::{Action, System};
use crate::dialog::Question;
use crate::icons;
use crate::state::AppState;
use crate::widgets::controls::{self, Named};
use disk::message::{LibraryTask, Task, WordCard, WordNotes};
use project::typed;

/// The best rating.
const BEST: u8 = 5;

/// The lists as they are typed.
#[derive(Default)]
pub(super) struct NotesFields {
    tags: String,
    collections: String,
}

impl NotesFields {
    pub(super) fn ui(&mut self, ui: &mut Ui, card: &WordCard, actions: &mut Vec<Action>) {
        let mut notes = card.kept.notes.clone();
        ui.label(controls::title(t!("library-notes-title")));
        ui.horizontal(|ui| {
            controls::tick(ui, &mut notes.favourite, named!("library-notes-favourite"));
            rating(ui, &mut notes);
        });
        if card.is_foreign() {
            let mut kind = card.kind;
            ui.horizontal(|ui| super::kinds(ui, &mut kind));
            if kind != card.kind {
                notes.kind = Some(kind);
            }
        }
        list(ui, named!("library-notes-tags"), &mut self.tags, &mut notes.tags);
        list(ui, named!("library-notes-collections"), &mut self.collections, &mut notes.collections);
        let field = TextEdit::multiline(&mut notes.text).desired_rows(2).char_limit(10_000);
        controls::field(ui, named!("library-notes-text"), field.desired_width(f32::INFINITY));
        if notes != card.kept.notes {
            let (content, before) = (card.kept.content.clone(), card.kept.notes.clone());
            let note = LibraryTask::Note { content, before, notes, number: 0 };
            actions.push(Action::Disk(Task::Library(note)));
        }
    }
}

/// `Not rated`, `4 of 5`.
pub(super) fn rating_name(rating: u8) -> String {
    if rating == 0 {
        t!("library-notes-not-rated").into()
    } else {
        t!("library-notes-rating-of", rating = u32::from(rating), best = u32::from(BEST))
    }
}

fn rating(ui: &mut Ui, notes: &mut WordNotes) {
    let label = ui.label(t!("library-notes-rating"));
    let list = ComboBox::from_id_salt("word-rating").width(90.0).selected_text(rating_name(notes.rating));
    let shown = list.show_ui(ui, |ui| {
        for rating in 0..=BEST {
            ui.selectable_value(&mut notes.rating, rating, rating_name(rating));
        }
    });
    shown.response.labelled_by(label.id).on_hover_text(t!("library-notes-rating.tip"));
}

/// A list typed with commas.
fn list(ui: &mut Ui, (name, hint): Named<'_>, typed: &mut String, list: &mut Vec<String>) {
    // Another word is shown, or it was noted elsewhere.
    if parts(typed) != *list {
        *typed = list.join(", ");
    }
    let field = TextEdit::singleline(typed).char_limit(1000).desired_width(f32::INFINITY);
    let field = controls::field(ui, (name, hint), field);
    // A list that was noted elsewhere may have entries with commas in them.
    if field.changed() {
        *list = parts(typed);
    }
}

fn parts(text: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for part in typed::entries_of_any(text) {
        if !parts.iter().any(|known| known.eq_ignore_ascii_case(part)) {
            parts.push(part.to_owned());
        }
    }
    parts
}

/// The picture by which the word is shown.
pub(super) fn picture(ui: &mut Ui, state: &AppState, card: &WordCard, actions: &mut Vec<Action>) {
    let content = || card.kept.content.clone();
    let choose = |from| Action::Disk(Task::Library(LibraryTask::ChoosePicture { content: content(), from }));
    ui.horizontal_wrapped(|ui| {
        let wanted = || System::Ask(Question::WordPicture(content()));
        controls::offer(ui, icons::IMAGE, named!("library-notes-picture"), actions, wanted);
        let shown = state.shown.as_ref();
        let drawn = controls::button(ui, shown.is_some(), icons::BRUSH, t!("library-notes-drawn"));
        let drawn = drawn.on_hover_text(t!("library-notes-drawn.tip"));
        let drawn = drawn.on_disabled_hover_text(t!("library-notes-drawn.disabled"));
        if let Some(shown) = shown.filter(|_| drawn.clicked()) {
            actions.push(choose(Some(shown.path.clone())));
        }
        let name = card.picture.as_ref().and_then(|path| path.file_stem());
        if name.is_some_and(|name| name.to_string_lossy().starts_with(&card.kept.content)) {
            controls::offer(ui, icons::UNDO, named!("library-notes-own-picture"), actions, || choose(None));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_typed_with_commas() {
        assert_eq!(parts(" cat,  big cat ,, Cat,"), ["cat", "big cat"]);
        assert_eq!(parts("猫、赤い家，cat; dog；，"), ["猫", "赤い家", "cat", "dog"]);
        assert!(parts(" , ").is_empty());
        assert_eq!((rating_name(0), rating_name(4)), ("Not rated".to_owned(), "4 of 5".to_owned()));
    }
}
