//! A search over what the pictures drawn before were drawn with.
//!
//! It looks anew only when the question or the pictures have changed, and reads no file.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use egui::{TextEdit, Ui};

use crate::state::AppState;
use disk::message::PictureTexts;
use disk::search::Terms;

#[derive(Default)]
pub struct PictureFinder {
    typed: String,
    /// The pictures that fit; all of them if nothing is looked for.
    found: Option<Vec<PathBuf>>,
    /// What an answer depends on: what was typed, which pictures there are, and what they say.
    of: Option<(String, u64, Arc<PictureTexts>)>,
    turn: u64,
}

impl PictureFinder {
    /// The pictures that fit, newest first.
    pub fn pictures<'a>(&'a mut self, state: &'a AppState) -> &'a [PathBuf] {
        let (version, texts) = (state.seeing.version, &state.library.texts);
        let same = self.of.as_ref().is_some_and(|(typed, seen, said)| {
            (typed, *seen) == (&self.typed, version) && Arc::ptr_eq(said, texts)
        });
        if !same {
            self.turn += 1;
            let terms = Terms::of(&self.typed);
            self.found = (!terms.is_empty()).then(|| {
                let fitting: HashSet<&Path> = texts.found(&terms).into_iter().collect();
                state.gallery.iter().filter(|path| fitting.contains(path.as_path())).cloned().collect()
            });
            self.of = Some((self.typed.clone(), version, texts.clone()));
        }
        self.found.as_deref().unwrap_or(&state.gallery)
    }

    /// Another number whenever the last answer can differ from the one before.
    pub fn turn(&self) -> u64 {
        self.turn
    }

    /// "3 of 12", or "12" if all are found.
    pub fn counted(&mut self, state: &AppState) -> String {
        let (found, all) = (self.pictures(state).len(), state.gallery.len());
        if found < all { t!("finder-found", found = found, all = all) } else { all.to_string() }
    }

    /// The field for what is looked for.
    pub fn field(&mut self, ui: &mut Ui, width: f32) {
        let field = TextEdit::singleline(&mut self.typed).hint_text(t!("finder-field.hint"));
        let field = ui.add(field.desired_width(width).char_limit(200));
        let hint = t!("finder-field.tip");
        field.accessible_name(t!("finder-field.name")).on_hover_text(hint);
    }
}
