//! What is known of the pictures that are chosen, and what can be done with them.
//!
//! All settings are shown as the text that other programs read, too. It changes nothing itself.

use std::path::{Path, PathBuf};

use egui::{Label, RichText, ScrollArea, TextStyle, Ui};

use super::groups::folder_name;
use super::selection::Selection;
use crate::action::{Action, System};
use crate::icons;
use crate::state::AppState;
use crate::texture::Shared;
use crate::theme;
use crate::widgets::controls;
use crate::widgets::gallery::file_name;
use crate::widgets::{named_files, picture_offers};
use disk::message::{GalleryTask, LibraryTask, Task, WordCard};

/// Height of the settings before they scroll.
const SETTINGS: f32 = 260.0;

#[derive(Default)]
pub(super) struct Detail {
    /// The picture whose settings were asked for, which pictures there were then, and the one that was shown.
    asked: Option<(PathBuf, u64, Option<PathBuf>)>,
}

/// What is wanted of the page itself.
pub(super) enum Wish {
    Compare,
    Large,
}

impl Detail {
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        state: &AppState,
        shared: &mut Shared,
        (selection, pictures): (&Selection, &[PathBuf]),
    ) -> Option<Wish> {
        let mut wish = None;
        ScrollArea::vertical().id_salt("gallery-chosen").auto_shrink([false, false]).show(ui, |ui| {
            match selection.one() {
                Some(path) => {
                    ui.add(Label::new(controls::title(file_name(path))).truncate());
                    if controls::pressed(ui, icons::FIT, named!("gallery-large")) {
                        wish = Some(Wish::Large);
                    }
                }
                None => {
                    ui.label(controls::title(t!("gallery-chosen", count = selection.len())));
                    let two = selection.len() == 2;
                    let named = named!("gallery-compare");
                    if controls::able(ui, two, icons::SPLIT, named, t!("gallery-compare.disabled")) {
                        wish = Some(Wish::Compare);
                    }
                }
            }
            // Above what is read: when that comes they stay where they are, and a list that is open stays open.
            favourite(ui, state, (selection, pictures), &mut shared.actions);
            move_to(ui, state, (selection, pictures), &mut shared.actions);
            let wanted = || to_bin(selection, pictures);
            controls::offer(ui, icons::TRASH, named!("gallery-bin"), &mut shared.actions, wanted);
            if let Some(path) = selection.one() {
                ui.add_space(theme::NEAR);
                self.one(ui, state, shared, path);
            }
        });
        wish
    }

    fn one(&mut self, ui: &mut Ui, state: &AppState, shared: &mut Shared, path: &Path) {
        let shown = state.shown.as_ref().filter(|shown| shown.path == path);
        // Other rooms show pictures in its place: it is asked for again once they have.
        let in_view = state.shown.as_ref().map(|shown| shown.path.clone());
        let now = Some((path.to_path_buf(), state.seeing.version, in_view));
        if shown.is_some_and(|shown| shown.info.is_some()) {
            self.asked = None;
        } else if self.asked != now {
            self.asked = now;
            shared.actions.push(Action::Disk(Task::OpenPicture(path.to_path_buf())));
        }
        let Some(shown) = shown else {
            controls::note(ui, t!("gallery-read"));
            return;
        };
        controls::fact(
            ui,
            t!("gallery-size"),
            &format!("{} × {}", shown.picture.width(), shown.picture.height()),
        );
        let top = state.seeing.folders.first().map(PathBuf::as_path);
        let folder = path.parent().zip(top).map(|(folder, top)| folder_name(folder, top));
        controls::fact(ui, t!("gallery-folder"), &folder.unwrap_or_default());
        match &shown.info {
            Some(info) => {
                let text = info.to_parameters();
                let area = ScrollArea::vertical().id_salt("gallery-settings").max_height(SETTINGS);
                area.show(ui, |ui| {
                    let text = RichText::new(text.as_str()).text_style(TextStyle::Small);
                    ui.add(Label::new(text).wrap().selectable(true));
                });
                named_files::ui(ui, state, path);
                if controls::pressed(ui, icons::CLIPBOARD, named!("gallery-copy-settings")) {
                    shared.actions.push(Action::System(System::Copy(text)));
                }
            }
            None => _ = controls::note(ui, t!("gallery-no-settings")),
        }
        ui.horizontal_wrapped(|ui| {
            picture_offers::ui(ui, path, Some(&shown.picture), &mut shared.actions);
            let wanted = || System::Copy(path.display().to_string());
            controls::offer(ui, icons::COPY, named!("gallery-copy-path"), &mut shared.actions, wanted);
        });
        let named = shown.info.iter().flat_map(|info| &info.ti_hashes);
        for card in named.filter_map(|(name, _)| word_called(state, name)) {
            if controls::pressed(
                ui,
                icons::IMAGE,
                (&t!("gallery-picture-of", word = card.word), t!("gallery-picture-of.tip")),
            ) {
                let (content, from) = (card.kept.content.clone(), Some(path.to_path_buf()));
                let task = LibraryTask::ChoosePicture { content, from };
                shared.actions.push(Action::Disk(Task::Library(task)));
            }
        }
    }
}

/// The word of the library that a picture calls so.
fn word_called<'a>(state: &'a AppState, name: &str) -> Option<&'a WordCard> {
    let wanted = name.trim_matches(['<', '>']);
    let same = |known: &String| known.trim_matches(['<', '>']).eq_ignore_ascii_case(wanted);
    state.words.iter().find(|card| card.names.iter().any(same))
}

fn favourite(
    ui: &mut Ui,
    state: &AppState,
    (selection, pictures): (&Selection, &[PathBuf]),
    actions: &mut Vec<Action>,
) {
    let before = selection.are_all(|path| state.seeing.favourites.contains(path));
    let mut favourite = before;
    controls::tick(ui, &mut favourite, named!("gallery-favourite"));
    if favourite != before {
        actions.push(favour(selection, pictures, favourite));
    }
}

/// A list of folders, into one of which what is chosen goes.
fn move_to(
    ui: &mut Ui,
    state: &AppState,
    (selection, pictures): (&Selection, &[PathBuf]),
    actions: &mut Vec<Action>,
) {
    let top = state.seeing.folders.first();
    let menu = ui.menu_button(format!("{}  {}", icons::FOLDER, t!("gallery-move")), |ui| {
        ScrollArea::vertical().max_height(4.0 * theme::CARD).show(ui, |ui| {
            for folder in &state.seeing.folders {
                let name = top.map(|top| folder_name(folder, top)).unwrap_or_default();
                let into =
                    ui.button(name.as_str()).accessible_name(t!("gallery-move-into.name", name = name));
                if into.on_hover_text(t!("gallery-move-into.tip")).clicked() {
                    let pictures = selection.in_order(pictures);
                    let task = GalleryTask::Move { pictures, folder: folder.clone() };
                    actions.push(Action::Disk(Task::Gallery(task)));
                    ui.close();
                }
            }
        });
    });
    let hint = t!("gallery-move.tip");
    menu.response.accessible_name(t!("gallery-move")).on_hover_text(hint);
}

/// Moves what is chosen to the trash.
pub(super) fn to_bin(selection: &Selection, pictures: &[PathBuf]) -> Action {
    Action::Disk(Task::Gallery(GalleryTask::Bin(selection.in_order(pictures))))
}

/// Says whether what is chosen are favourites.
pub(super) fn favour(selection: &Selection, pictures: &[PathBuf], favourite: bool) -> Action {
    let pictures = selection.in_order(pictures);
    Action::Disk(Task::Gallery(GalleryTask::Favour { pictures, favourite }))
}
