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
    /// Name and licence as they are typed, once they are known.
    typed: Option<[String; 2]>,
    /// The files of certificate and key as they are typed, once they are known.
    files: Option<[String; 2]>,
}

impl RightsPanel {
    pub(super) fn ui(&mut self, ui: &mut Ui, state: &AppState, actions: &mut Vec<Action>) {
        if !std::mem::replace(&mut self.asked, true) {
            actions.extend([author_task(None), credentials_task(None)]);
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

    fn credentials(
        &mut self,
        ui: &mut Ui,
        settings: &CredentialSettings,
        fault: Option<&str>,
        actions: &mut Vec<Action>,
    ) {
        let mut signs = !settings.off;
        if controls::tick(ui, &mut signs, named!("library-rights-sign")).changed() {
            actions.push(credentials_task(Some(CredentialSettings { off: !signs, ..settings.clone() })));
        }
        if settings.off {
            controls::note(ui, t!("library-rights-sign-off"));
        }
        if let Some(fault) = fault {
            controls::warning(ui, &t!("library-rights-sign-fault", fault = said(fault)));
        }
        let known = || {
            [&settings.certificate, &settings.key]
                .map(|path| path.as_ref().map(|path| path.display().to_string()).unwrap_or_default())
        };
        let typed = self.files.get_or_insert_with(known);
        let fields = [
            (
                t!("library-rights-certificate"),
                "/home/ann/certificate.pem",
                t!("library-rights-certificate.tip"),
            ),
            (t!("library-rights-secret"), "/home/ann/certificate.key", t!("library-rights-secret.tip")),
        ];
        let header = CollapsingHeader::new(t!("library-rights-advanced")).id_salt("credentials-advanced");
        let left = header.show(ui, |ui| text_fields(ui, fields, typed)).body_returned == Some(true);
        if left && *typed != known() {
            let file = |text: &String| Some(text.trim()).filter(|text| !text.is_empty()).map(PathBuf::from);
            let [certificate, key] = typed.each_ref().map(file);
            let said = CredentialSettings { off: settings.off, certificate, key };
            actions.push(credentials_task(Some(said)));
        }
    }

    fn author(&mut self, ui: &mut Ui, author: &Author, actions: &mut Vec<Action>) {
        let known = || [&author.name, &author.licence].map(|text| text.clone().unwrap_or_default());
        let typed = self.typed.get_or_insert_with(known);
        let fields = [
            (t!("library-rights-name"), t!("library-rights-name.hint"), t!("library-rights-name.tip")),
            (t!("library-rights-licence"), "CC-BY-4.0", t!("library-rights-licence.tip")),
        ];
        if text_fields(ui, fields, typed) && *typed != known() {
            let [name, licence] = typed.clone().map(|text| Some(text).filter(|text| !text.trim().is_empty()));
            actions.push(author_task(Some(Author { name, licence })));
        }
    }
}

fn author_task(author: Option<Author>) -> Action {
    Action::Disk(Task::Library(LibraryTask::Author(author)))
}

fn credentials_task(settings: Option<CredentialSettings>) -> Action {
    Action::Disk(Task::Library(LibraryTask::Credentials(settings)))
}

/// Lines to type in, each with its name, an example and what it does; whether one of them was left.
fn text_fields(
    ui: &mut Ui,
    fields: [(&'static str, &'static str, &'static str); 2],
    typed: &mut [String; 2],
) -> bool {
    let mut left = false;
    for ((name, example, tip), text) in fields.into_iter().zip(typed) {
        ui.horizontal(|ui| {
            let label = ui.label(name);
            let field = TextEdit::singleline(text).char_limit(LONGEST).hint_text(example).desired_width(WIDE);
            left |= ui.add(field).labelled_by(label.id).on_hover_text(tip).lost_focus();
        });
    }
    left
}
