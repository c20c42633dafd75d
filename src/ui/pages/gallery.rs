//! The Gallery page: everything drawn, sorted into groups, large, two beside each other, with all that is known of each.
//!
//! It keeps only what is about looking: how it is sorted, what is chosen. A picture cannot be dragged out into another
//! program: the window's libraries (winit 0.30, egui 0.37) take files that are dropped, and offer none; the systems' own ways
//! (OLE, `NSDraggingSource`, `wl_data_source`) would need unsafe code for each. The nearest there is stands beside the
//! picture: it is put on the clipboard as a picture or as a path, copied where one likes, or shown in the file manager, from
//! where it can be dragged. The length is that of its tests.

mod detail;
mod groups;
mod large;
mod selection;

use std::path::PathBuf;
use std::sync::Arc;

use egui::{Button, ComboBox, Frame, Key, Modifiers, ScrollArea, TextEdit, Ui};

use crate::action::Action;
use crate::language::{self, Language};
use crate::state::AppState;
use crate::texture::Shared;
use crate::widgets::controls;
use crate::widgets::gallery::{Pressed, Wall};
use crate::widgets::picture_finder::PictureFinder;
use crate::{icons, input, theme};
use detail::{Detail, Wish};
use disk::message::{GalleryTask, Task};
use groups::{Group, Sorting, folder_name, groups};
use large::Large;
use selection::Selection;

/// Width of the column with the groups.
const COLUMN: f32 = 230.0;
/// Width of what is known of the chosen ones.
const DETAIL: f32 = 290.0;

#[derive(Default)]
pub struct GalleryPage {
    finder: PictureFinder,
    sorting: Sorting,
    groups: Vec<Group>,
    /// What the groups depend on: the answer of the finder, how they are sorted and in which language, the words.
    of: Option<(u64, Sorting, Language, u64)>,
    /// The name of the group that is shown; where there is none of that name, the first is.
    group: String,
    /// What the folder that is shown will be called, once that is done.
    renamed: Option<String>,
    selection: Selection,
    /// Whether a press adds to what is chosen, as with Ctrl.
    several: bool,
    detail: Detail,
    large: Large,
    /// The name of a folder as it is typed.
    name: String,
}

impl GalleryPage {
    pub fn ui(&mut self, ui: &mut Ui, state: &AppState, shared: &mut Shared) {
        self.follow(state);
        // Before a list that is open takes Escape for itself.
        let free = input::keys_are_free(ui.ctx());
        let margin = Frame::new().inner_margin(theme::MARGIN);
        let column = egui::Panel::left("gallery-column").exact_size(COLUMN).resizable(false).frame(margin);
        column.show(ui, |ui| self.column(ui, state, &mut shared.actions));
        let pictures = self.chosen_group().map(|group| group.pictures.clone()).unwrap_or_default();
        if free {
            self.keys(ui, state, &pictures, &mut shared.actions);
        }
        if self.selection.len() > 0 {
            let panel =
                egui::Panel::right("gallery-detail").exact_size(DETAIL).resizable(false).frame(margin);
            let chosen = (&self.selection, pictures.as_slice());
            let wish = panel.show(ui, |ui| self.detail.ui(ui, state, shared, chosen)).inner;
            if let Some(Wish::Compare | Wish::Large) = wish {
                self.large.open(self.selection.in_order(&pictures));
            }
        }
        egui::CentralPanel::no_frame().frame(margin).show(ui, |ui| {
            if self.large.is_open() {
                if let Some(path) = self.large.ui(ui, state, shared, (&pictures, free)) {
                    self.selection.only(&path);
                }
                return;
            }
            self.header(ui, state, &pictures, &mut shared.actions);
            self.wall(ui, state, shared, &pictures);
        });
    }

    /// Sorts anew if anything has changed, and lets go of what is gone.
    fn follow(&mut self, state: &AppState) {
        self.finder.pictures(state);
        let of = (self.finder.turn(), self.sorting, language::spoken(), state.library.version);
        if self.of == Some(of) {
            return;
        }
        let (seeing, texts) = (&state.seeing, &state.library.texts);
        self.groups = groups(self.sorting, self.finder.pictures(state), texts, seeing, &state.words);
        self.of = Some(of);
        self.stay();
        let pictures = self.chosen_group().map(|group| group.pictures.clone()).unwrap_or_default();
        self.selection.keep(&pictures);
        let groups = &self.groups;
        self.large.keep(|path| groups.iter().any(|group| group.pictures.contains(path)));
    }

    /// Stays in the group that is shown, though another may be the first by now, and with the picture that is looked at:
    /// what was just drawn goes to another group when it has been read.
    fn stay(&mut self) {
        let there = |name: &String| self.groups.iter().any(|group| group.name == *name);
        // If it was refused, the old name stays.
        if !there(&self.group)
            && let Some(name) = self.renamed.take_if(|name| there(name))
        {
            self.group = name;
        }
        let looked_at = self.large.first().or(self.selection.last());
        let holds = |group: &&Group| looked_at.is_some_and(|path| group.pictures.contains(path));
        let shown = self.groups.iter().find(|group| group.name == self.group);
        let with_it = shown.filter(holds).or(self.groups.iter().find(holds));
        let group = with_it.or(shown).or(self.groups.first());
        self.group = group.map(|group| group.name.clone()).unwrap_or_default();
    }

    fn chosen_group(&self) -> Option<&Group> {
        self.groups.iter().find(|group| group.name == self.group).or(self.groups.first())
    }

    /// How it is sorted, and the groups.
    fn column(&mut self, ui: &mut Ui, state: &AppState, actions: &mut Vec<Action>) {
        self.finder.field(ui, COLUMN);
        let before = self.sorting;
        let label = ui.label(t!("gallery-sorted"));
        let list =
            ComboBox::from_id_salt("gallery-sorting").width(COLUMN - 24.0).selected_text(self.sorting.name());
        let list = list.show_ui(ui, |ui| {
            for (sorting, name, hint) in Sorting::all() {
                ui.selectable_value(&mut self.sorting, sorting, name).on_hover_text(hint);
            }
        });
        let hint = t!("gallery-sorted.tip");
        list.response.labelled_by(label.id).on_hover_text(hint);
        if before != self.sorting {
            self.choose(String::new());
            self.follow(state);
        }
        ui.add_space(theme::NEAR);
        let below = if self.sorting == Sorting::Folders { 5.0 * theme::FAR } else { 0.0 };
        let height = (ui.available_height() - below).max(theme::CARD);
        let shown = self.chosen_group().map(|group| group.name.clone()).unwrap_or_default();
        let (row, mut chosen) = (ui.spacing().interact_size.y, None);
        let area =
            ScrollArea::vertical().id_salt("gallery-groups").auto_shrink([false, false]).max_height(height);
        area.show_rows(ui, row, self.groups.len(), |ui, rows| {
            for group in self.groups.iter().take(rows.end).skip(rows.start) {
                let (name, count) = (&group.name, group.pictures.len());
                let button = Button::selectable(*name == shown, format!("{name} ({count})")).truncate();
                let button = ui.add_sized([ui.available_width(), row], button).accessible_name(name);
                let hint = t!("gallery-show-group", name = name, count = count);
                if button.on_hover_text(hint).clicked() {
                    chosen = Some(name.clone());
                }
            }
        });
        if let Some(name) = chosen {
            self.choose(name);
        }
        if self.sorting == Sorting::Folders {
            self.folder(ui, actions);
        }
    }

    /// Shows another group, of which nothing is chosen.
    fn choose(&mut self, group: String) {
        (self.group, self.renamed) = (group, None);
        self.selection.clear();
        self.large.open(Vec::new());
    }

    /// A new folder in the one that is shown, another name for that, or its way to the trash.
    fn folder(&mut self, ui: &mut Ui, actions: &mut Vec<Action>) {
        let top = self.groups.first().and_then(|group| group.folder.clone());
        let Some(within) = self.chosen_group().and_then(|group| group.folder.clone()) else { return };
        let own = top.as_ref() != Some(&within);
        let field = TextEdit::singleline(&mut self.name).hint_text(t!("gallery-folder-name")).char_limit(80);
        let field = ui.add(field.desired_width(f32::INFINITY)).accessible_name(t!("gallery-folder-name"));
        field.on_hover_text(t!("gallery-folder-name.tip"));
        let named = !self.name.trim().is_empty();
        let mut wanted = None;
        ui.horizontal_wrapped(|ui| {
            let told = named!("gallery-new-folder");
            if controls::able(ui, named, icons::PLUS, told, t!("gallery-new-folder.disabled")) {
                wanted = Some(GalleryTask::NewFolder { within: within.clone(), name: self.name.clone() });
            }
            let told = named!("gallery-rename");
            if controls::able(ui, named && own, icons::PENCIL, told, t!("gallery-rename.disabled")) {
                wanted = Some(GalleryTask::RenameFolder { folder: within.clone(), name: self.name.clone() });
            }
            let told = named!("gallery-bin-folder");
            if controls::able(ui, own, icons::TRASH, told, t!("gallery-bin-folder.disabled")) {
                wanted = Some(GalleryTask::Bin(vec![within.clone()]));
            }
        });
        if let Some(task) = wanted {
            self.renamed = match (&task, &top) {
                (GalleryTask::RenameFolder { folder, name }, Some(top)) => {
                    Some(folder_name(&folder.with_file_name(name.trim()), top))
                }
                _ => None,
            };
            self.name.clear();
            actions.push(Action::Disk(Task::Gallery(task)));
        }
    }

    /// What is shown, and what concerns all of it.
    fn header(&mut self, ui: &mut Ui, state: &AppState, pictures: &[PathBuf], actions: &mut Vec<Action>) {
        ui.horizontal_wrapped(|ui| {
            let name = self.chosen_group().map(|group| group.name.clone()).unwrap_or_default();
            ui.label(controls::title(name));
            controls::note(ui, &t!("gallery-counted", shown = pictures.len(), all = state.gallery.len()));
            let text = format!("{}  {}", icons::CHECK, t!("gallery-several"));
            let several = ui.selectable_label(self.several, text).accessible_name(t!("gallery-several"));
            let hint = t!("gallery-several.tip");
            if several.on_hover_text(hint).clicked() {
                self.several = !self.several;
            }
            let all = ui.add_enabled(!pictures.is_empty(), Button::new(t!("gallery-all")));
            let all = all.on_hover_text(t!("gallery-all.tip"));
            if all.on_disabled_hover_text(t!("gallery-all.disabled")).clicked() {
                self.selection.all(pictures);
            }
            let some = self.selection.len() > 0;
            let none = ui.add_enabled(some, Button::new(t!("gallery-none")));
            let none = none.on_hover_text(t!("gallery-none.tip"));
            if none.on_disabled_hover_text(t!("gallery-none.disabled")).clicked() {
                self.selection.clear();
            }
            if state.seeing.undo.is_some() && controls::pressed(ui, icons::UNDO, named!("gallery-back")) {
                actions.extend(put_back(state));
            }
        });
        ui.add_space(theme::NEAR);
    }

    fn wall(&mut self, ui: &mut Ui, state: &AppState, shared: &mut Shared, pictures: &Arc<Vec<PathBuf>>) {
        if pictures.is_empty() {
            let said = match state.gallery.is_empty() {
                true => t!("gallery-empty"),
                false => t!("gallery-nothing"),
            };
            controls::note(ui, said);
            return;
        }
        let wall = Wall {
            salt: "gallery-page",
            pictures,
            called: t!("gallery-picture"),
            hint: t!("gallery-picture.tip"),
            chosen: &|path| self.selection.has(path),
            mark: &|path| state.seeing.favourites.contains(path).then_some(t!("gallery-marked")),
        };
        if let Some(Pressed { path, mut modifiers, opens }) = wall.ui(ui, state, shared) {
            modifiers.command |= self.several;
            if opens {
                self.selection.only(&path);
                self.large.open(vec![path]);
            } else {
                self.selection.press(&path, pictures, modifiers);
            }
        }
    }

    /// What the keys do.
    fn keys(&mut self, ui: &Ui, state: &AppState, pictures: &[PathBuf], actions: &mut Vec<Action>) {
        let pressed = |modifiers, key| ui.input_mut(|i| i.consume_key(modifiers, key));
        let some = self.selection.len() > 0;
        if pressed(Modifiers::COMMAND, Key::A) {
            self.selection.all(pictures);
        }
        if some && pressed(Modifiers::NONE, Key::Delete) {
            actions.push(detail::to_bin(&self.selection, pictures));
        }
        if some && pressed(Modifiers::NONE, Key::F) {
            let all = self.selection.are_all(|path| state.seeing.favourites.contains(path));
            actions.push(detail::favour(&self.selection, pictures, !all));
        }
        if pressed(Modifiers::COMMAND, Key::Z) {
            actions.extend(put_back(state));
        }
        if some && !self.large.is_open() && pressed(Modifiers::NONE, Key::Escape) {
            self.selection.clear();
        }
    }
}

/// Undoes what was moved last, if anything was.
fn put_back(state: &AppState) -> Option<Action> {
    let (moves, _) = state.seeing.undo.clone()?;
    Some(Action::Disk(Task::Gallery(GalleryTask::PutBack(moves))))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;
    use disk::message::{Answer, GalleryAnswer, LibraryAnswer, PictureText};

    /// The pictures there are, each with the day on which it was drawn, if it was read by now.
    fn tell(state: &mut AppState, pictures: &[(&str, Option<u64>)]) {
        state.answer(Answer::Pictures(pictures.iter().map(|(path, _)| PathBuf::from(path)).collect()));
        let read = pictures.iter().filter_map(|(path, day)| {
            Some(PictureText::of(PathBuf::from(path), (*day)? * 24 * 3600, String::new()))
        });
        state.answer(Answer::Library(LibraryAnswer::Texts(Arc::new(read.collect()))));
    }

    /// The group that is shown, and whether this picture of it is chosen and large.
    fn seen(page: &mut GalleryPage, state: &AppState, path: &str) -> (String, bool) {
        page.follow(state);
        let path = Path::new(path);
        let chosen = page.selection.one() == Some(path);
        let group = page.chosen_group().unwrap();
        assert!(!chosen || group.pictures.iter().any(|picture| picture == path));
        (group.name.clone(), chosen && page.large.first().is_some_and(|shown| shown == path))
    }

    #[test]
    fn who_looks_at_a_picture_stays_with_it_while_others_are_drawn_and_read() {
        let mut state = AppState::default();
        let mut page = GalleryPage { sorting: Sorting::Days, ..GalleryPage::default() };
        let look = |page: &mut GalleryPage, path: &str| {
            page.selection.only(Path::new(path));
            page.large.open(vec![path.into()]);
        };
        let [one, two, three] = ["/p/1.png", "/p/2.png", "/p/3.png"];
        tell(&mut state, &[(two, Some(2)), (one, Some(1))]);
        page.follow(&state);
        look(&mut page, two);
        // Nothing is known of the new one yet, and what is not known comes first.
        tell(&mut state, &[(three, None), (two, Some(2)), (one, Some(1))]);
        assert_eq!(seen(&mut page, &state, two), ("1970-01-03".to_owned(), true));
        page.choose("Just drawn".into());
        look(&mut page, three);
        tell(&mut state, &[(three, Some(3)), (two, Some(2)), (one, Some(1))]);
        assert_eq!(seen(&mut page, &state, three), ("1970-01-04".to_owned(), true));
        tell(&mut state, &[(two, Some(2)), (one, Some(1))]);
        assert_eq!(seen(&mut page, &state, three), ("1970-01-03".to_owned(), false), "it is gone");
        assert!(!page.large.is_open() && page.selection.len() == 0);
    }

    #[test]
    fn a_folder_stays_in_view_under_its_new_name_and_under_the_old_if_that_is_taken() {
        for (there, group) in [(&["/p/dogs"][..], "dogs"), (&["/p/cats", "/p/dogs"][..], "cats")] {
            let mut state = AppState::default();
            let mut page = GalleryPage { sorting: Sorting::Folders, ..GalleryPage::default() };
            let listed = |state: &mut AppState, folders: &[&str]| {
                let folders = std::iter::once(&"/p").chain(folders).map(PathBuf::from).collect();
                let listed = GalleryAnswer::Listed { folders, favourites: BTreeSet::new() };
                state.answer(Answer::Gallery(listed));
            };
            listed(&mut state, &["/p/cats"]);
            page.follow(&state);
            page.choose("cats".into());
            page.renamed = Some("dogs".into());
            listed(&mut state, there);
            assert_eq!(seen(&mut page, &state, "").0, group);
        }
    }
}
