//! About rights: whose name and licence go into words made here, by which key they and pictures are signed, and in plain
//! words what all this can do and what it cannot.
//!
//! It judges nobody; what is typed is kept once the field is left.

use std::path::PathBuf;

use egui::{CollapsingHeader, ScrollArea, TextEdit, Ui};

use crate::action::Action;
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
const ABOUT: [(&str, &str); 6] = [
    (
        "What a word can and cannot be",
        "A word of a few vectors points at something that the model can draw already. It is good at colours, textures, shapes \
         and manners, and weak at faces and exact likeness: a portrait will look related, seldom the same.",
    ),
    (
        "A style belongs to someone",
        "The law protects single pictures more than manners, but a living artist's manner is their livelihood. Ask before you \
         learn it, say whose it is, and do not pass drawings off as theirs.",
    ),
    (
        "Rights and marks",
        "What you say of your pictures goes into the word. Marks that forbid learning (C2PA and CAWG, IPTC, TDMRep, “noai”) stop \
         it until you say why you may. A picture without a mark is not free for that: many programs throw marks away.",
    ),
    (
        "The receipt",
        "Each word learned here says in its file from which model and pictures, how, when and by whom. Pictures are named by \
         hashes: who has the picture can tell, and nobody can make the picture from it. It says what people said. Nobody \
         checked it, and whoever wants to can take it out.",
    ),
    (
        "The signature",
        "It tells whether word and receipt are as their signer left them. It does not tell who that is: compare the key with \
         one that you were given by a way you trust. Files for other programs that hold no text carry neither.",
    ),
    (
        "Content credentials",
        "Pictures drawn or edited here say in their files, signed (C2PA), that a model made them, by which program and of \
         which picture. It shows whether a file was changed since. Whoever wants to can take it out, and many sites do: a \
         picture without it may be drawn all the same. This device signs all your pictures by one certificate, which does not \
         say who you are but tells that they belong together; one from an authority carries your name.",
    ),
];

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
                    controls::note(ui, &format!("Words learned here are signed by the key {key}"))
                        .on_hover_text("Give this to people who want to know that a word is yours; the secret part stays here");
                }
                if let Some((settings, fault)) = &state.library.credentials {
                    self.credentials(ui, settings, fault.as_deref(), actions);
                }
                for (title, text) in ABOUT {
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
        let tip = "The pictures you draw from now on say in their files that a model made them and whether they were changed \
            since; other programs and sites show it";
        if ui.checkbox(&mut signs, "Sign pictures with content credentials").on_hover_text(tip).changed() {
            actions.push(credentials_task(Some(CredentialSettings { off: !signs, ..settings.clone() })));
        }
        if settings.off {
            controls::note(ui, "Switched off: pictures are saved without content credentials");
        }
        if let Some(fault) = fault {
            controls::warning(ui, &format!("Pictures are saved without content credentials: {fault}"));
        }
        let known = || {
            [&settings.certificate, &settings.key]
                .map(|path| path.as_ref().map(|path| path.display().to_string()).unwrap_or_default())
        };
        let typed = self.files.get_or_insert_with(known);
        let fields = [
            (
                "Your certificate",
                "/home/ann/certificate.pem",
                "A file from an authority with your name (PEM): your pictures are signed by it instead of this device's",
            ),
            (
                "Its key",
                "/home/ann/certificate.key",
                "The secret file that belongs to it (PEM, PKCS #8, no password); it stays where it is",
            ),
        ];
        let header = CollapsingHeader::new("Advanced").id_salt("credentials-advanced");
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
            (
                "Your name",
                "Ann Smith",
                "Goes into the words you learn from now on, for everybody to read; may stay empty",
            ),
            (
                "Licence of your words",
                "CC-BY-4.0",
                "What others may do with the words you learn from now on; may stay empty",
            ),
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
