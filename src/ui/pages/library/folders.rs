//! The folders of other programs in which words are looked at where they lie: listed, added, taken off.
//!
//! Nothing in them is ever changed, and it is said so; adding one copies nothing.

use std::path::{Path, PathBuf};

use egui::{Align, Label, Layout, ScrollArea, Ui};

use crate::action::{Action, System};
use crate::dialog::Question;
use crate::language::sentences::said;
use crate::state::AppState;
use crate::widgets::controls;
use crate::{icons, theme};
use disk::message::{LibraryTask, Origin, Task, WordFolder};

/// Height of the list before it scrolls.
const LIST: f32 = 160.0;
/// Files that are no words are named in a tooltip, up to so many.
const NAMED: usize = 8;

pub(super) fn ui(ui: &mut Ui, state: &AppState, actions: &mut Vec<Action>) {
    controls::wide_card(ui, |ui| {
        let library = &state.library;
        ui.horizontal_wrapped(|ui| {
            ui.label(controls::title(t!("library-folders-title")));
            let wanted = || System::Ask(Question::WordFolder);
            controls::offer(ui, icons::PLUS, named!("library-folders-add"), actions, wanted);
            let text =
                if library.looking { t!("library-folders-looking") } else { t!("library-folders-find") };
            let find = controls::button(ui, !library.looking, icons::SPARKLE, text);
            let hint = t!("library-folders-find.tip");
            if find.on_hover_text(hint).on_disabled_hover_text(t!("library-folders-find.disabled")).clicked()
            {
                actions.push(library_task(LibraryTask::FindFolders));
            }
        });
        controls::note(ui, t!("library-folders-what"));
        // The words below keep their room, however many folders there are.
        let list =
            ScrollArea::vertical().id_salt("library-folders").max_height(LIST).auto_shrink([false, true]);
        list.show(ui, |ui| {
            for folder in &library.folders {
                watched(ui, folder, actions);
            }
            if let Some(found) = &library.suggested {
                suggested(ui, found, actions);
            }
        });
    });
    ui.add_space(theme::NEAR);
}

fn library_task(task: LibraryTask) -> Action {
    Action::Disk(Task::Library(task))
}

/// Folders of other programs that were found and are not watched yet.
fn suggested(ui: &mut Ui, found: &[(PathBuf, Origin)], actions: &mut Vec<Action>) {
    if found.is_empty() {
        controls::note(ui, t!("library-folders-none-found"));
    }
    for (path, program) in found {
        let name = t!("library-folders-watch.name", folder = path.display());
        row(ui, path, program.name(), |ui| {
            let watch =
                controls::button(ui, true, icons::PLUS, t!("library-folders-watch")).accessible_name(name);
            let wanted = || library_task(LibraryTask::AddFolder(path.clone()));
            controls::reports(watch, t!("library-folders-watch.tip"), actions, wanted);
        });
    }
}

fn watched(ui: &mut Ui, folder: &WordFolder, actions: &mut Vec<Action>) {
    let path: &PathBuf = &folder.path;
    let (told, why) = facts(folder);
    let shown = row(ui, path, &told, |ui| {
        let name = t!("library-folders-remove.name", folder = path.display());
        let remove = controls::icon_button(ui, icons::CLOSE, &name);
        let wanted = || library_task(LibraryTask::RemoveFolder(path.clone()));
        controls::reports(remove, t!("library-folders-remove.tip"), actions, wanted);
    });
    if !why.is_empty() {
        shown.on_hover_text(said(&why));
    }
}

/// `12 words, 2 other files`, and what is said of those.
fn facts(folder: &WordFolder) -> (String, String) {
    if !folder.there {
        return (t!("library-folders-gone").into(), t!("library-folders-gone.tip").into());
    }
    let mut told = t!("library-folders-words", count = folder.words);
    if !folder.strangers.is_empty() {
        told += &t!("library-folders-strangers", count = folder.strangers.len());
    }
    if folder.more {
        told += t!("library-folders-too-large");
    }
    let more = t!("library-folders-too-large.tip");
    let mut why: Vec<&str> = folder.more.then_some(more).into_iter().collect();
    why.extend(folder.strangers.iter().take(NAMED).map(String::as_str));
    why.extend((folder.strangers.len() > NAMED).then_some("…"));
    (told, why.join("\n"))
}

fn row(ui: &mut Ui, path: &Path, told: &str, button: impl FnOnce(&mut Ui)) -> egui::Response {
    controls::from_right(ui, |ui| {
        button(ui);
        let told = controls::quiet(ui, told);
        let response = ui.label(told);
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            let text = controls::quiet(ui, format!("{}  {}", icons::FOLDER, path.display()));
            ui.add(Label::new(text).truncate());
        });
        response
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_tells_what_it_holds() {
        let folder = WordFolder { there: true, words: 12, ..WordFolder::default() };
        assert_eq!(facts(&folder), ("12 words".to_owned(), String::new()));
        let strangers = vec!["a.pt: no word.".to_owned(), "b.pt: no word.".to_owned()];
        let (told, why) = facts(&WordFolder { words: 1, strangers, ..folder.clone() });
        assert_eq!(told, "1 word, 2 files that are none");
        assert_eq!(why, "a.pt: no word.\nb.pt: no word.");
        let (told, why) = facts(&WordFolder { more: true, ..folder.clone() });
        assert!(
            told == "12 words, too large to look through" && why.contains("not all were looked at"),
            "{told}: {why}"
        );
        assert_eq!(facts(&WordFolder { there: false, ..folder }).0, "not there now");
    }
}
