//! By what right the pictures of a concept are used, asked once for all of them, and who answers for pictures that are
//! marked against learning.
//!
//! Nothing is guessed: what nobody says stays unsaid. A single picture may be told apart where it is open.

use std::path::PathBuf;

use egui::{ComboBox, RichText, TextEdit, Ui};

use crate::state::AppState;
use crate::widgets::controls;
use project::{Draft, PictureEntry, Rights};

/// The question, and the reason that is wanted where pictures are marked.
pub(super) fn of_all(ui: &mut Ui, state: &AppState, draft: &mut Draft) {
    let Some(first) = draft.entries.first() else { return };
    let said = |entry: &PictureEntry| (entry.rights, entry.rights_from.clone());
    let (rights, mut from) = said(first);
    let alike = draft.entries.iter().all(|entry| said(entry) == (rights, from.clone()));
    let (before, from_before) = (alike.then_some(rights), from.clone());
    let mut chosen = before;
    let label = ui.label(RichText::new(t!("rights-whose")).strong());
    let text = if alike { right(rights).0 } else { t!("rights-mixed") };
    let list = ComboBox::from_id_salt("concept rights").width(200.0).selected_text(text);
    let shown = list.show_ui(ui, |ui| {
        for &choice in Rights::ALL {
            let (text, tip) = right(choice);
            ui.selectable_value(&mut chosen, Some(choice), text).on_hover_text(tip);
        }
    });
    shown.response.labelled_by(label.id).on_hover_text(t!("rights-whose.tip"));
    if alike {
        from_whom(ui, rights, &mut from, t!("rights-all"));
    }
    if let Some(rights) = chosen.filter(|_| chosen != before || from != from_before) {
        for entry in &mut draft.entries {
            (entry.rights, entry.rights_from) = (rights, from.clone().filter(|_| whom(rights).is_some()));
        }
    }
    answer(ui, state, draft);
}

/// Why pictures may be learned from that are marked against it; one reason for all that are switched on.
fn answer(ui: &mut Ui, state: &AppState, draft: &mut Draft) {
    let is_marked = |entry: &&PictureEntry| {
        entry.enabled && state.view(&entry.path).is_some_and(|view| !view.notes.marks.is_empty())
    };
    let marked: Vec<PathBuf> =
        draft.entries.iter().filter(is_marked).map(|entry| entry.path.clone()).collect();
    let mut own = draft.entries.iter_mut().filter(|entry| marked.contains(&entry.path));
    let Some(first) = own.next() else { return };
    controls::warning(ui, &t!("rights-marked", count = marked.len()));
    let mut reason = first.despite_mark.clone().unwrap_or_default();
    let field =
        TextEdit::singleline(&mut reason).id_salt("concept despite mark").desired_width(f32::INFINITY);
    if controls::field(ui, named!("rights-why"), field.hint_text(t!("rights-why.hint"))).changed() {
        let said = Some(reason).filter(|reason| !reason.trim().is_empty());
        first.despite_mark.clone_from(&said);
        own.for_each(|entry| entry.despite_mark.clone_from(&said));
    }
}

/// From whom a right is, where it is from somebody; `of` says which pictures are meant.
pub(super) fn from_whom(ui: &mut Ui, rights: Rights, from: &mut Option<String>, of: &str) {
    let Some((name, tip)) = whom(rights) else { return };
    let mut text = from.clone().unwrap_or_default();
    let field = TextEdit::singleline(&mut text).id_salt((of, "from whom")).desired_width(f32::INFINITY);
    if controls::field(ui, (format!("{of} {name}"), tip), field).changed() {
        *from = Some(text).filter(|text| !text.trim().is_empty());
    }
}

fn whom(rights: Rights) -> Option<(&'static str, &'static str)> {
    match rights {
        Rights::Licensed => Some(named!("rights-licensed-from")),
        Rights::Consent => Some(named!("rights-consent-of")),
        Rights::Unknown | Rights::Own | Rights::PublicDomain | Rights::Other => None,
    }
}

/// A right in an artist's words, and what it means.
pub(super) fn right(rights: Rights) -> (&'static str, &'static str) {
    match rights {
        Rights::Unknown => named!("rights-unknown"),
        Rights::Own => named!("rights-own"),
        Rights::Licensed => named!("rights-licensed"),
        Rights::PublicDomain => named!("rights-public"),
        Rights::Consent => named!("rights-consent"),
        Rights::Other => named!("rights-other"),
    }
}
