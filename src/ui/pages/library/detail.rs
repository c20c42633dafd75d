//! One word of the library: its name, what it is, where it comes from, and what can be done with it.
//!
//! The name is edited here until it is sent off; everything else is reported at once. The length
//! is that of all that can be done with a word.

use std::path::{Path, PathBuf};

use egui::{self, CollapsingHeader, ComboBox, Key, Label, RichText, TextEdit, Ui, vec2};

use crate::action::{Action, System};
use crate::editing::EditAction;
use crate::state::AppState;
use crate::texture::Shared;
use crate::widgets::gallery::file_name;
use crate::widgets::{controls, word_card};
use crate::{icons, theme};
use disk::message::{Task, WordCard};
use format::embedding::Signed;
use project::{Concept, ConceptKind, Rights};

mod export;
mod notes;

#[derive(Default)]
pub(super) struct Detail {
    /// The word whose name is in `name`.
    of: Option<PathBuf>,
    name: String,
    /// Whether the next click deletes.
    armed: bool,
    /// The name asked for; the word's file may be called otherwise when it comes back.
    renamed: Option<String>,
    notes: notes::NotesFields,
}

impl Detail {
    /// Where the chosen word has gone, if its file has another name since it was renamed.
    pub(super) fn follow(&mut self, selected: Option<&Path>, words: &[WordCard]) -> Option<PathBuf> {
        let renamed = self.renamed.as_deref()?;
        let card = words.iter().find(|card| card.word == renamed)?;
        // The old file may still be listed while the new list is on its way.
        let gone = selected.is_some_and(|path| words.iter().all(|card| card.path != path));
        let same = selected == Some(card.path.as_path());
        if !gone && !same {
            return None;
        }
        self.renamed = None;
        gone.then(|| card.path.clone())
    }

    /// Shows the word; false once it is to be closed.
    pub(super) fn ui(&mut self, ui: &mut Ui, state: &AppState, shared: &mut Shared, card: &WordCard) -> bool {
        if self.of.as_ref() != Some(&card.path) {
            self.of = Some(card.path.clone());
            self.name.clone_from(&card.word);
            self.armed = false;
        }
        let mut stay = true;
        let area = egui::ScrollArea::vertical().id_salt("library-word").auto_shrink([false, false]);
        area.show(ui, |ui| {
            // What a field takes back was typed for this word and for no other.
            ui.push_id(&card.path, |ui| {
                stay = header(ui, state, shared, card);
                ui.add_space(theme::NEAR);
                use_it(ui, state, card, &mut shared.actions);
                // A warning that comes above, once the model is known, must take the keyboard from no field.
                controls::steady(ui, "library-word", |ui| {
                    if card.is_foreign() {
                        foreign(ui, card, &mut shared.actions);
                    } else {
                        self.file(ui, card, &mut shared.actions);
                        ui.add_space(theme::GAP);
                        self.rename(ui, state, card, &mut shared.actions);
                        ui.add_space(theme::NEAR);
                        describe(ui, card, &mut shared.actions);
                    }
                    ui.add_space(theme::GAP);
                    self.notes.ui(ui, card, &mut shared.actions);
                    notes::picture(ui, state, card, &mut shared.actions);
                    ui.add_space(theme::GAP);
                });
                facts(ui, card);
                receipt(ui, card);
                twins(ui, state, card);
                ui.add_space(theme::GAP);
                export::ui(ui, card, &mut shared.actions);
            });
        });
        stay
    }

    fn file(&mut self, ui: &mut Ui, card: &WordCard, actions: &mut Vec<Action>) {
        ui.horizontal_wrapped(|ui| {
            let wanted = || Task::DuplicateWord(card.path.clone());
            controls::offer(ui, icons::COPY, named!("library-detail-duplicate"), actions, wanted);
            let wanted = || System::Reveal(card.path.clone());
            controls::offer(ui, icons::FOLDER, named!("library-detail-show"), actions, wanted);
            if let Some(picture) = &card.picture {
                let wanted = || EditAction::Open(picture.clone());
                controls::offer(ui, icons::PENCIL, named!("library-detail-edit-picture"), actions, wanted);
            }
            let (text, colour) = match self.armed {
                true => (t!("library-detail-delete-armed"), theme::tokens(ui).error),
                false => (t!("library-detail-delete"), ui.visuals().text_color()),
            };
            let label = RichText::new(format!("{}  {text}", icons::TRASH)).color(colour);
            let delete = ui.add(egui::Button::new(label)).accessible_name(text);
            let delete = delete.on_hover_text(t!("library-detail-delete.tip"));
            if delete.clicked() {
                if self.armed {
                    actions.push(Action::Disk(Task::TrashWord(card.path.clone())));
                }
                self.armed = !self.armed;
            } else if delete.clicked_elsewhere() {
                self.armed = false;
            }
        });
    }

    fn rename(&mut self, ui: &mut Ui, state: &AppState, card: &WordCard, actions: &mut Vec<Action>) {
        let label = ui.label(controls::title(t!("library-detail-name")));
        let fault = self.fault(state, card);
        let ready = self.name != card.word && fault.is_none();
        let mut send = false;
        ui.horizontal(|ui| {
            let width = (ui.available_width() - 110.0).max(120.0);
            let field = ui.add(TextEdit::singleline(&mut self.name).char_limit(80).desired_width(width));
            let field = field.labelled_by(label.id).on_hover_text(t!("library-detail-name.tip"));
            send = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
            let button = controls::button(ui, ready, icons::PENCIL, t!("library-detail-rename"));
            let button = button.on_hover_text(t!("library-detail-rename.tip"));
            send |= button.on_disabled_hover_text(t!("library-detail-rename.disabled")).clicked();
        });
        if let Some(fault) = fault.filter(|_| self.name != card.word) {
            controls::warning(ui, &fault);
        }
        if send && ready {
            self.renamed = Some(self.name.clone());
            actions.push(Action::Disk(Task::RenameWord { path: card.path.clone(), word: self.name.clone() }));
        }
    }

    fn fault(&self, state: &AppState, card: &WordCard) -> Option<String> {
        let concept = Concept { kind: card.kind, ..Concept::of(&self.name) };
        if let Err(error) = concept.validate() {
            return Some(error.to_string());
        }
        let taken = state.words.iter().any(|other| other.path != card.path && other.word == self.name);
        taken.then(|| t!("library-detail-name-taken", name = self.name))
    }
}

fn header(ui: &mut Ui, state: &AppState, shared: &mut Shared, card: &WordCard) -> bool {
    let mut stay = true;
    ui.horizontal_top(|ui| {
        let (frame, _) = ui.allocate_exact_size(vec2(88.0, 88.0), egui::Sense::hover());
        word_card::picture(ui, shared, &state.thumbnails, card, frame);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Min), |ui| {
            let close = controls::icon_button(ui, icons::CLOSE, t!("library-detail-close.name"));
            stay = !close.on_hover_text(t!("library-detail-close.tip")).clicked();
            ui.with_layout(egui::Layout::top_down(egui::Align::Min), |ui| {
                ui.add(Label::new(controls::title(card.word.as_str())).wrap());
                let line =
                    format!("{} · {}", word_card::kind_name(card.kind), word_card::vectors(card.vectors));
                let line = controls::quiet(ui, line);
                ui.label(line);
            });
        });
    });
    stay
}

fn use_it(ui: &mut Ui, state: &AppState, card: &WordCard, actions: &mut Vec<Action>) {
    let why = state.misfit(card);
    let button = controls::main_button(ui, why.is_none(), icons::BRUSH, t!("library-detail-use"));
    if button
        .on_hover_text(match card.negative {
            true => t!("library-detail-use.negative"),
            false => t!("library-detail-use.tip"),
        })
        .on_disabled_hover_text(why.as_deref().unwrap_or_default())
        .clicked()
    {
        actions.push(Action::ComposeWith(card.path.clone()));
    }
    let edit = controls::button(ui, why.is_none(), icons::PENCIL, t!("library-detail-use-edit"));
    let edit = edit.on_hover_text(match card.negative {
        true => t!("library-detail-use-edit.negative"),
        false => t!("library-detail-use-edit.tip"),
    });
    if edit.on_disabled_hover_text(why.as_deref().unwrap_or_default()).clicked() {
        actions.push(Action::Edit(EditAction::With(card.path.clone())));
    }
    if let Some(why) = why {
        controls::warning(ui, &why);
    } else if let Some(note) = state.lineage_note(card) {
        controls::note(ui, &note);
    }
}

/// What can be done with a word that lies in a folder of another program.
fn foreign(ui: &mut Ui, card: &WordCard, actions: &mut Vec<Action>) {
    ui.horizontal_wrapped(|ui| {
        let wanted = || Task::ImportWords(vec![card.path.clone()]);
        controls::offer(ui, icons::DOWNLOAD, named!("library-detail-bring-in"), actions, wanted);
        let wanted = || System::Reveal(card.path.clone());
        controls::offer(ui, icons::FOLDER, named!("library-detail-show"), actions, wanted);
    });
    controls::note(ui, t!("library-detail-foreign"));
}

/// Where else the same numbers lie.
fn twins(ui: &mut Ui, state: &AppState, card: &WordCard) {
    /// So many are named.
    const NAMED: usize = 8;
    if state.library.search.twins(card) < 2 {
        return;
    }
    let same = |other: &&WordCard| other.kept.content == card.kept.content && other.path != card.path;
    ui.label(controls::title(t!("library-detail-twins")));
    for other in state.words.iter().filter(same).take(NAMED) {
        controls::note(ui, &format!("{}: {}", other.word, other.path.display()));
    }
}

/// Whether a word is a thing or a style.
fn kinds(ui: &mut Ui, kind: &mut ConceptKind) {
    for &choice in ConceptKind::ALL {
        let hint = match choice {
            ConceptKind::Object => t!("library-detail-thing.tip"),
            ConceptKind::Style => t!("library-detail-style.tip"),
        };
        ui.selectable_value(kind, choice, word_card::kind_name(choice)).on_hover_text(hint);
    }
}

fn describe(ui: &mut Ui, card: &WordCard, actions: &mut Vec<Action>) {
    let (mut kind, mut rights) = (card.kind, card.rights);
    ui.label(controls::title(t!("library-detail-what")));
    ui.horizontal_wrapped(|ui| kinds(ui, &mut kind));
    ui.horizontal(|ui| {
        let label = ui.label(t!("library-detail-rights"));
        let list = ComboBox::from_id_salt("library-rights").width(170.0);
        let list = list.selected_text(word_card::rights_name(rights));
        let shown = list.show_ui(ui, |ui| {
            for &choice in Rights::ALL {
                ui.selectable_value(&mut rights, choice, word_card::rights_name(choice));
            }
        });
        shown.response.labelled_by(label.id).on_hover_text(t!("library-detail-rights.tip"));
    });
    // Of words that were learned together their run decided.
    if card.partner.is_none() {
        let mut negative = card.negative;
        if controls::tick(ui, &mut negative, named!("library-detail-negative")).changed() {
            actions.push(Action::Disk(Task::MarkNegative { path: card.path.clone(), negative }));
        }
    }
    // What was not changed may be another by now.
    let rights = Some(rights).filter(|rights| *rights != card.rights);
    let kind = Some(kind).filter(|kind| *kind != card.kind);
    if rights.is_some() || kind.is_some() {
        actions.push(Action::Disk(Task::DescribeWord { path: card.path.clone(), rights, kind }));
    }
}

/// How a signature stands.
fn signature(signed: &Signed) -> String {
    match signed {
        Signed::No => t!("library-detail-signature-none").to_owned(),
        Signed::Intact(key) => t!("library-detail-signature-intact", key = key),
        Signed::Changed(_) => t!("library-detail-signature-changed").to_owned(),
    }
}

/// How the word's signature stands, and what its maker says of it.
fn receipt(ui: &mut Ui, card: &WordCard) {
    let signature = signature(&card.kept.signed);
    let line = match card.kept.signed {
        Signed::Changed(_) => controls::warning(ui, &signature),
        Signed::No | Signed::Intact(_) => controls::note(ui, &signature),
    };
    line.on_hover_text(t!("library-detail-signature.tip"));
    if card.kept.receipt.is_empty() {
        return;
    }
    let shown = CollapsingHeader::new(t!("library-detail-receipt"))
        .id_salt("library-receipt")
        .show_unindented(ui, |ui| {
            for (name, value) in &card.kept.receipt {
                controls::note(ui, &format!("{name}: {value}"));
            }
        });
    let tip = t!("library-detail-receipt.tip");
    shown.header_response.on_hover_text(tip);
}

fn facts(ui: &mut Ui, card: &WordCard) {
    ui.label(controls::title(t!("library-detail-origin")));
    let known =
        |text: &str| if text.is_empty() { t!("library-detail-unknown").to_owned() } else { text.to_owned() };
    controls::fact(ui, t!("library-detail-model"), &known(&card.model));
    if let Some(file) = &card.model_file {
        controls::fact(ui, t!("library-detail-model-file"), file);
    }
    if let Some(recipe) = &card.recipe {
        controls::fact(ui, t!("library-detail-recipe"), recipe);
    } else {
        controls::fact(ui, t!("library-detail-start"), &known(&card.initial_word));
        controls::fact(
            ui,
            t!("library-detail-steps"),
            &card.steps.map_or_else(|| known(""), |steps| steps.to_string()),
        );
    }
    if let Some(partner) = &card.partner {
        let what =
            if card.negative { t!("library-detail-left-out-of") } else { t!("library-detail-leaves-out") };
        controls::fact(ui, what, partner);
    }
    if let Some(family) = card.family {
        let lineage = card.lineage.map(|lineage| format!(", {}", lineage.label())).unwrap_or_default();
        controls::fact(ui, t!("library-detail-family"), &format!("{}{lineage}", family.name()));
    }
    let widths: Vec<String> = card.widths.iter().map(usize::to_string).collect();
    controls::fact(
        ui,
        t!("library-detail-vectors"),
        &t!("library-detail-vectors.what", vectors = card.vectors, numbers = widths.join(t!("library-and"))),
    );
    controls::fact(ui, t!("library-detail-norm"), &format!("{:.3}", card.norm));
    controls::fact(ui, t!("library-detail-file"), &file_name(&card.path));
    if let Some(folder) = card.path.parent().filter(|_| card.is_foreign()) {
        controls::fact(ui, t!("library-detail-folder"), &folder.display().to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_told_as_it_tells_itself() {
        let key = || "ab12".to_owned();
        for signed in [Signed::No, Signed::Intact(key()), Signed::Changed(key())] {
            assert_eq!(signature(&signed), format!("Signature: {}", signed.describe()));
        }
    }
}
