//! What the pages about one word have in common: choosing it, how pictures are drawn, the button, and rows of pictures.
//!
//! It shows and reports; what is asked for is put together by the reducer.

use std::path::{Path, PathBuf};
use std::slice;

use egui::{
    ComboBox, Frame, Id, Label, Margin, Panel, PopupCloseBehavior, ScrollArea, Sense, TextEdit, Ui, vec2,
};

use crate::action::Action;
use crate::language::floors::Tips;
use crate::language::sentences::said;
use crate::pages::advanced::rows::{number, row, seed};
use crate::pages::compose::composer::LISTED;
use crate::state::{AppState, Job, JobKind};
use crate::texture::Shared;
use crate::theme;
use crate::widgets::controls::{self, Named};
use crate::widgets::job_list;
use crate::widgets::large_picture::LargePicture;
use crate::widgets::tile::Tile;
use crate::word_library::fits;
use disk::message::WordCard;
use project::meaning::{LookSettings, Sheet};
use project::options::Help;
use project::study::inside;

/// Width of what is asked for.
const COLUMN: f32 = 320.0;
/// Side of a picture.
const SIDE: f32 = theme::CARD;
/// Width of the field by which words are found.
const FIND: f32 = 160.0;
/// Height of the jobs that are done.
const JOBS: f32 = 96.0;

static HELP: Tips = Tips::of("look", Help::of::<LookSettings>());

/// The words of the library that the model in use can draw.
pub(super) fn words(state: &AppState) -> impl Iterator<Item = &WordCard> {
    let model = state.model_card();
    state.words.iter().filter(move |card| !card.negative && fits(card, model))
}

/// What is asked for, to the left of what is found.
pub(super) fn column(ui: &mut Ui, salt: &str, add: impl FnOnce(&mut Ui)) {
    let column = Panel::left(salt).exact_size(COLUMN).resizable(false);
    let margin = Frame::NONE.inner_margin(Margin { right: 12, ..Margin::ZERO });
    column.frame(margin).show(ui, |ui| {
        let area = ScrollArea::vertical().id_salt(salt).auto_shrink([false, false]);
        area.show(ui, add);
    });
}

/// Those of the words with these small letters in their names, as many as a list shows.
fn fitting<'a>(known: &'a [&WordCard], wanted: &'a str) -> impl Iterator<Item = &'a WordCard> {
    let fits = move |card: &&WordCard| wanted.is_empty() || card.word.to_lowercase().contains(wanted);
    known.iter().copied().filter(fits).take(LISTED)
}

/// The field by which words of a long list are found; what is typed there, in small letters.
fn sought(ui: &mut Ui, id: Id) -> String {
    let mut typed: String = ui.data(|data| data.get_temp(id)).unwrap_or_default();
    let field =
        ui.add(TextEdit::singleline(&mut typed).hint_text(t!("compare-look-find.hint")).desired_width(FIND));
    let field =
        field.accessible_name(t!("compare-look-find.name")).on_hover_text(t!("compare-look-find.tip"));
    if field.changed() {
        ui.data_mut(|data| data.insert_temp(id, typed.clone()));
    }
    typed.trim().to_lowercase()
}

/// A list of words, of which the first is taken until another is chosen; with `nobody`, none is.
pub(super) fn word(
    ui: &mut Ui,
    state: &AppState,
    (name, tip): Named<'_>,
    chosen: &mut Option<PathBuf>,
    nobody: Option<&str>,
) {
    let known: Vec<&WordCard> = words(state).collect();
    chosen.take_if(|path| !known.iter().any(|card| card.path == *path));
    if nobody.is_none() && chosen.is_none() {
        *chosen = known.first().map(|card| card.path.clone());
    }
    let now = known.iter().find(|card| Some(&card.path) == chosen.as_ref());
    let now = now.map_or(nobody.unwrap_or(t!("compare-look-none")), |card| card.word.as_str());
    row(ui, (name, tip), |ui| {
        let (id, long) = (ui.scope_id().with(("words sought", name)), known.len() > LISTED);
        let mut list = ComboBox::from_id_salt(name).width(140.0).truncate().selected_text(now);
        if long {
            // The field in it is clicked, too.
            list = list.close_behavior(PopupCloseBehavior::CloseOnClickOutside);
        }
        let list = list.show_ui(ui, |ui| {
            let mut taken = false;
            if let Some(nobody) = nobody {
                let option = ui.selectable_value(chosen, None, nobody);
                taken = option.on_hover_text(t!("compare-look-nobody.tip")).clicked();
            }
            let wanted = if long { sought(ui, id) } else { String::new() };
            for card in fitting(&known, &wanted) {
                let option = ui.selectable_value(chosen, Some(card.path.clone()), card.word.as_str());
                taken |= option.on_hover_text(tip).clicked();
            }
            if long {
                controls::note(ui, &t!("compare-look-listed", most = LISTED));
            }
            if taken {
                ui.close();
            }
        });
        list.response
    });
}

/// How pictures are drawn.
pub(super) fn settings(ui: &mut Ui, settings: &mut LookSettings) {
    number(ui, HELP.row("count", t!("compare-look-count")), &mut settings.count, 1..=64);
    number(ui, HELP.row("steps", t!("compare-look-steps")), &mut settings.steps, 1..=1000);
    seed(ui, HELP.row("seed", t!("compare-look-seed")), &mut settings.seed);
}

/// Why nothing can be drawn.
pub(super) fn obstacle(state: &AppState, prompt: &str) -> Option<String> {
    let lacks = || (!prompt.contains("{}")).then(|| t!("compare-look-no-place", prompt = prompt));
    state.engine_obstacle().or_else(|| state.model_obstacle()).or_else(lacks)
}

/// The main button, and what stands in its way; whether it was pressed.
pub(super) fn press(ui: &mut Ui, icon: &str, (text, hint): Named<'_>, obstacle: Option<String>) -> bool {
    let obstacle = obstacle.map(|obstacle| said(&obstacle).into_owned());
    let button = controls::main_button(ui, obstacle.is_none(), icon, text).on_hover_text(hint);
    let pressed = button.on_disabled_hover_text(obstacle.as_deref().unwrap_or_default()).clicked();
    obstacle.into_iter().for_each(|obstacle| _ = controls::note(ui, &obstacle));
    pressed
}

/// The jobs of a kind, each with how far it is and a way out; whether there are any.
pub(super) fn jobs(
    ui: &mut Ui,
    state: &AppState,
    salt: &str,
    is: impl Fn(&JobKind) -> bool,
    actions: &mut Vec<Action>,
) -> bool {
    let jobs: Vec<&Job> = state.jobs.iter().filter(|job| is(&job.kind)).collect();
    if !jobs.is_empty() {
        job_list::show(ui, salt, &jobs, JOBS, actions);
        ui.add_space(theme::NEAR);
    }
    !jobs.is_empty()
}

/// Pictures side by side, and what they are.
pub(super) struct Row<'a> {
    pub name: &'a str,
    /// Below the folder of the report.
    pub pictures: &'a [PathBuf],
}

/// Rows of pictures of a report, the columns named above; one that is clicked is shown large.
pub(super) fn rows(
    ui: &mut Ui,
    (state, shared): (&AppState, &mut Shared),
    folder: &Path,
    (rows, columns): (&[Row<'_>], &[String]),
    large: &mut LargePicture,
) {
    let salt = ("pictures of", rows.first().map(|row| row.name));
    ScrollArea::horizontal().id_salt(salt).auto_shrink([false, true]).show(ui, |ui| {
        for (place, row) in rows.iter().enumerate() {
            ui.add(Label::new(controls::quiet(ui, row.name)).extend());
            ui.horizontal(|ui| {
                for (column, picture) in row.pictures.iter().enumerate() {
                    let Some(path) = inside(folder, picture) else { continue };
                    let above = columns.get(column);
                    let number = || t!("compare-look-number", number = column + 1);
                    let above_it = above.cloned().unwrap_or_else(number);
                    let name = t!("compare-look-picture", row = row.name, column = above_it);
                    ui.vertical(|ui| {
                        if let Some(above) = above.filter(|_| place == 0) {
                            let above = Label::new(controls::quiet(ui, above)).truncate();
                            ui.add_sized(vec2(SIDE, ui.spacing().interact_size.y), above);
                        }
                        let tile =
                            Tile { picture: Some(&path), name: &name, mark: None, chosen: false, side: SIDE };
                        let tile = tile.ui(ui, state, shared, Sense::click());
                        let hint = format!("{name}\n{}", t!("compare-look-picture-large.tip"));
                        if tile.on_hover_text(hint).clicked() {
                            large.shown = Some(path);
                        }
                    });
                }
            });
        }
    });
}

/// The pictures of a sheet; of an older report, in which they have no files of their own, the sheet as it is.
pub(super) fn sheet(
    ui: &mut Ui,
    shown: (&AppState, &mut Shared),
    folder: &Path,
    sheet: &Sheet,
    large: &mut LargePicture,
) {
    let named = sheet.rows.iter().zip(&sheet.pictures);
    let single: Vec<Row<'_>> = named.map(|(name, pictures)| Row { name, pictures }).collect();
    let whole = [Row { name: t!("compare-look-sheet"), pictures: slice::from_ref(&sheet.file) }];
    match single.is_empty() {
        true => rows(ui, shown, folder, (&whole, &[]), large),
        false => rows(ui, shown, folder, (&single, &sheet.columns), large),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_long_library_a_part_is_listed_and_any_word_found() {
        let called = |number: usize| WordCard { word: format!("<Toy-{number}>"), ..WordCard::default() };
        let cards: Vec<WordCard> = (0..5000).map(called).collect();
        let known: Vec<&WordCard> = cards.iter().collect();
        assert_eq!(fitting(&known, "").count(), LISTED);
        let found: Vec<&str> = fitting(&known, "toy-4999").map(|card| card.word.as_str()).collect();
        assert_eq!(found, ["<Toy-4999>"]);
    }
}
