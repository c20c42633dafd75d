//! About words' rights: whose name and licence go into words made here, by which key they are signed, and in plain words
//! what all this can do and what it cannot.
//!
//! It judges nobody; what is typed is kept once the field is left.

use egui::{ScrollArea, TextEdit, Ui};

use crate::action::Action;
use crate::state::AppState;
use crate::theme;
use crate::widgets::controls;
use disk::message::{LibraryTask, Task};
use project::Author;

/// Height before it scrolls, so that the words below keep their room.
const HEIGHT: f32 = 260.0;

/// What there is to know, a title and its sentences.
const ABOUT: [(&str, &str); 5] = [
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
];

#[derive(Default)]
pub(super) struct RightsPanel {
    asked: bool,
    /// Name and licence as they are typed, once they are known.
    typed: Option<[String; 2]>,
}

impl RightsPanel {
    pub(super) fn ui(&mut self, ui: &mut Ui, state: &AppState, actions: &mut Vec<Action>) {
        if !std::mem::replace(&mut self.asked, true) {
            actions.push(author_task(None));
        }
        controls::wide_card(ui, |ui| {
            let area = ScrollArea::vertical().id_salt("library-rights").max_height(HEIGHT);
            area.auto_shrink([false, true]).show(ui, |ui| {
                if let Some((author, key)) = &state.library.author {
                    self.author(ui, author, actions);
                    controls::note(ui, &format!("Words learned here are signed by the key {key}"))
                        .on_hover_text("Give this to people who want to know that a word is yours; the secret part stays here");
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
        let mut left = false;
        for ((name, example, tip), text) in fields.into_iter().zip(typed.iter_mut()) {
            ui.horizontal(|ui| {
                let label = ui.label(name);
                let field =
                    TextEdit::singleline(text).char_limit(200).hint_text(example).desired_width(260.0);
                left |= ui.add(field).labelled_by(label.id).on_hover_text(tip).lost_focus();
            });
        }
        if left && *typed != known() {
            let [name, licence] = typed.clone().map(|text| Some(text).filter(|text| !text.trim().is_empty()));
            actions.push(author_task(Some(Author { name, licence })));
        }
    }
}

fn author_task(author: Option<Author>) -> Action {
    Action::Disk(Task::Library(LibraryTask::Author(author)))
}
