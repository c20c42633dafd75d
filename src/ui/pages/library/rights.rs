//! About rights: whose name and licence go into words made here, by which key they and pictures are signed, and in plain
//! words what all this can do and what it cannot.
//!
//! It judges nobody; what is typed is kept once the field is left.

use std::path::PathBuf;

use egui::{CollapsingHeader, ScrollArea, TextEdit, Ui};

use crate::action::Action;
use crate::language::sentences::said;
use crate::state::AppState;
use crate::theme;
use crate::widgets::controls;
use disk::message::{LibraryTask, Task};
use project::{Author, CredentialSettings};

/// Height before it scrolls, so that the words below keep their room.
const HEIGHT: f32 = 260.0;
/// Most letters of what is typed, and the width of its line.
const LONGEST: usize = 1000;
const WIDE: f32 = 260.0;

/// What there is to know, a title and its sentences.
fn about() -> [(&'static str, &'static str); 6] {
    [
        (t!("library-about-word"), t!("library-about-word.what")),
        (t!("library-about-style"), t!("library-about-style.what")),
        (t!("library-about-marks"), t!("library-about-marks.what")),
        (t!("library-about-receipt"), t!("library-about-receipt.what")),
        (t!("library-about-signature"), t!("library-about-signature.what")),
        (t!("library-about-credentials"), t!("library-about-credentials.what")),
    ]
}

#[derive(Default)]
pub(super) struct RightsPanel {
    asked: bool,
    /// Name and licence.
    who: Typed,
    /// The files of certificate and key.
    files: Typed,
}

impl RightsPanel {
    pub(super) fn ui(&mut self, ui: &mut Ui, state: &AppState, actions: &mut Vec<Action>) {
        if !std::mem::replace(&mut self.asked, true) {
            actions.extend([author_task(None), credentials_task(None)].map(Action::Disk));
        }
        controls::wide_card(ui, |ui| {
            let area = ScrollArea::vertical().id_salt("library-rights").max_height(HEIGHT);
            area.auto_shrink([false, true]).show(ui, |ui| {
                if let Some((author, key)) = &state.library.author {
                    self.author(ui, author, actions);
                    controls::note(ui, &t!("library-rights-key", key = key))
                        .on_hover_text(t!("library-rights-key.tip"));
                }
                if let Some((settings, fault)) = &state.library.credentials {
                    self.credentials(ui, settings, fault.as_deref(), actions);
                }
                for (title, text) in about() {
                    ui.add_space(theme::NEAR);
                    ui.label(controls::title(title));
                    controls::note(ui, text);
                }
            });
        });
        ui.add_space(theme::NEAR);
    }

    /// What was typed and is to be kept, though no field was left.
    pub(super) fn unkept(&mut self, state: &AppState) -> Vec<Task> {
        let author = self.who.take().map(author_of);
        let known = state.library.credentials.as_ref();
        let files = known.and_then(|(settings, _)| Some(with_files(settings, self.files.take()?)));
        let files = files.map(|settings| credentials_task(Some(settings)));
        author.map(|author| author_task(Some(author))).into_iter().chain(files).collect()
    }

    fn credentials(
        &mut self,
        ui: &mut Ui,
        settings: &CredentialSettings,
        fault: Option<&str>,
        actions: &mut Vec<Action>,
    ) {
        let mut signs = !settings.off;
        let ticked = controls::tick(ui, &mut signs, named!("library-rights-sign")).changed();
        if settings.off {
            controls::note(ui, t!("library-rights-sign-off"));
        }
        if let Some(fault) = fault {
            controls::warning(ui, &t!("library-rights-sign-fault", fault = said(fault)));
        }
        let files = [&settings.certificate, &settings.key];
        let named = |file: &PathBuf| file.display().to_string();
        self.files.follow(files.map(|file| file.as_ref().map(named).unwrap_or_default()));
        let fields = [
            (
                t!("library-rights-certificate"),
                "/home/ann/certificate.pem",
                t!("library-rights-certificate.tip"),
            ),
            (t!("library-rights-secret"), "/home/ann/certificate.key", t!("library-rights-secret.tip")),
        ];
        let header = CollapsingHeader::new(t!("library-rights-advanced")).id_salt("credentials-advanced");
        let typed = header.show(ui, |ui| self.files.ui(ui, fields)).body_returned.flatten();
        // Together: the box may be ticked by the very press by which a field is left.
        if ticked || typed.is_some() {
            let settings = CredentialSettings { off: !signs, ..settings.clone() };
            let settings = match typed {
                Some(typed) => with_files(&settings, typed),
                None => settings,
            };
            actions.push(Action::Disk(credentials_task(Some(settings))));
        }
    }

    fn author(&mut self, ui: &mut Ui, known: &Author, actions: &mut Vec<Action>) {
        self.who.follow([&known.name, &known.licence].map(|text| text.clone().unwrap_or_default()));
        let fields = [
            (t!("library-rights-name"), t!("library-rights-name.hint"), t!("library-rights-name.tip")),
            (t!("library-rights-licence"), "CC-BY-4.0", t!("library-rights-licence.tip")),
        ];
        if let Some(typed) = self.who.ui(ui, fields) {
            actions.push(Action::Disk(author_task(Some(author_of(typed)))));
        }
    }
}

/// A line to type in: its name, an example and what it does.
type Field = (&'static str, &'static str, &'static str);

/// Two lines to type in, and what is kept of them.
#[derive(Default)]
struct Typed {
    lines: [String; 2],
    /// What is kept, or was given away to be.
    kept: [String; 2],
    /// What the disk told last.
    told: [String; 2],
}

impl Typed {
    /// Takes in what the disk tells; what was typed meanwhile stays.
    fn follow(&mut self, told: [String; 2]) {
        if self.told == told {
            return;
        }
        if self.lines == self.kept {
            self.lines.clone_from(&told);
        }
        self.kept.clone_from(&told);
        self.told = told;
    }

    /// Gives what was typed away to be kept, once.
    fn take(&mut self) -> Option<[String; 2]> {
        let new = self.lines != self.kept;
        self.kept.clone_from(&self.lines);
        new.then(|| self.lines.clone())
    }

    /// The lines; gives what is to be kept, once one is left with another text in it.
    fn ui(&mut self, ui: &mut Ui, fields: [Field; 2]) -> Option<[String; 2]> {
        let mut left = false;
        let lines = self.lines.iter_mut().zip(&self.kept);
        for ((name, example, tip), (text, kept)) in fields.into_iter().zip(lines) {
            ui.horizontal(|ui| {
                let label = ui.label(name);
                let field =
                    TextEdit::singleline(text).char_limit(LONGEST).hint_text(example).desired_width(WIDE);
                let field = ui.add(field).labelled_by(label.id).on_hover_text(tip);
                // Nobody need have seen it being left: another page may have been open then.
                left |= !field.has_focus() && *text != *kept;
            });
        }
        if left { self.take() } else { None }
    }
}

/// What was typed of who makes words.
fn author_of(typed: [String; 2]) -> Author {
    let [name, licence] = typed.map(|text| Some(text).filter(|text| !text.trim().is_empty()));
    Author { name, licence }
}

/// The settings with the files that were typed.
fn with_files(settings: &CredentialSettings, typed: [String; 2]) -> CredentialSettings {
    let file = |text: String| Some(text.trim()).filter(|text| !text.is_empty()).map(PathBuf::from);
    let [certificate, key] = typed.map(file);
    CredentialSettings { off: settings.off, certificate, key }
}

fn author_task(author: Option<Author>) -> Task {
    Task::Library(LibraryTask::Author(author))
}

fn credentials_task(settings: Option<CredentialSettings>) -> Task {
    Task::Library(LibraryTask::Credentials(settings))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_given_away_once_and_stays_whatever_is_told() {
        let lines = |name: &str| [name.to_owned(), String::new()];
        let mut typed = Typed::default();
        typed.follow(lines("Ann"));
        assert_eq!((typed.lines.clone(), typed.take()), (lines("Ann"), None), "nobody has typed");
        typed.lines = lines(" Bo ");
        typed.follow(lines("Ann"));
        assert_eq!((typed.take(), typed.take()), (Some(lines(" Bo ")), None));
        // As it was kept.
        typed.follow(lines("Bo"));
        assert_eq!(typed.lines, lines("Bo"));
        // Another window has kept another name while one is being typed here.
        typed.lines = lines("Cy");
        typed.follow(lines("Di"));
        assert_eq!(typed.take(), Some(lines("Cy")));
    }
}
