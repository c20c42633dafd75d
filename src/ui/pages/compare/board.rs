//! The board on which a question is answered: pictures to be put into an order, by digits, arrows, clicks or by dragging.
//!
//! Nothing on it tells which method drew what. Every pick is reported at once.

use std::path::{Path, PathBuf};

use egui::{
    DragAndDrop, EventFilter, Id, Key, LayerId, Modifiers, Order, ProgressBar, Rect, Response, Sense, Stroke,
    StrokeKind, Ui, UiBuilder, Vec2,
};

use super::study::steps;
use crate::action::Action;
use crate::comparing::{Answering, CompareAction};
use crate::state::AppState;
use crate::texture::Shared;
use crate::widgets::controls;
use crate::widgets::gallery::{Fit, paint};
use crate::widgets::tile::Tile;
use crate::{icons, input, theme};
use disk::message::OpenStudy;
use project::study::{StudyKind, StudyQuestion};

/// Sides of a picture: of the concept, the largest and smallest to be ranked, and of a place.
const SIDES: [f32; 4] = [112.0, 220.0, 96.0, 88.0];
const DIGITS: [Key; 5] = [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5];
/// Arrows on a picture are for ranking it, not for leaving it.
const ARROWS: EventFilter =
    EventFilter { tab: false, horizontal_arrows: true, vertical_arrows: true, escape: false };

/// What the pictures of the question are remembered by.
const SHOWN: &str = "pictures of the question";

/// What is dragged: a candidate by its number.
struct Dragged(usize);

/// Shows the question that is asked, and says what is wanted.
pub fn board(ui: &mut Ui, state: &AppState, shared: &mut Shared, study: &OpenStudy, answering: &Answering) {
    let Answering { answers, question: number } = answering;
    let Some(question) = study.set.questions.get(*number) else { return };
    let ranking = answers.rankings.get(*number).map(Vec::as_slice).unwrap_or_default();
    let mut wanted = Vec::new();
    let (count, whole) = (study.set.questions.len(), ranking.len() == question.candidates.len());
    // Asked before the pictures are: one that is chosen would take Enter for a click, and leave the order.
    if whole && on_board(ui) && ui.input_mut(|i| i.consume_key(Modifiers::NONE, Key::Enter)) {
        wanted.push(next(*number, count));
    }
    ui.horizontal(|ui| {
        ui.label(controls::title(t!("board-question", number = number + 1, count = count)));
        let done = answers.answered(&study.set) as f32 / count.max(1) as f32;
        let bar = ProgressBar::new(done).desired_width(160.0).desired_height(theme::NEAR);
        ui.add(bar.fill(theme::tokens(ui).accent)).on_hover_text(t!("board-progress.tip"));
        controls::note(ui, t!("board-saved"));
    });
    ui.add_space(theme::NEAR);
    let paths = |list: &[PathBuf]| -> Vec<PathBuf> { list.iter().map(|p| study.folder.join(p)).collect() };
    match question.kind {
        StudyKind::Likeness => {
            ui.label(controls::title(t!("board-likeness")));
            ui.horizontal(|ui| {
                for (place, path) in paths(&question.references).iter().enumerate() {
                    let name = t!("board-reference", number = place + 1);
                    tile(Some(path), &name, None, SIDES[0]).ui(ui, state, shared, Sense::hover());
                }
            });
        }
        StudyKind::Obedience => {
            ui.label(controls::title(t!("board-obedience", text = question.context)));
        }
    }
    let all = question.candidates.len();
    let rank = t!("board-how", all = all);
    let change = t!("board-change");
    steps(ui, &[&rank, change, t!("board-equal")]);
    ui.add_space(theme::NEAR);
    let candidates = paths(&question.candidates);
    let shown = pictures(ui, state, shared, (&candidates, ranking), &mut wanted);
    ui.add_space(theme::NEAR);
    places(ui, state, shared, &candidates, ranking, &mut wanted);
    carried(ui, state, shared, &candidates);
    ui.add_space(theme::GAP);
    buttons(ui, *number, count, whole, &mut wanted);
    keys(ui, &shown, question, ranking, &mut wanted);
    let shown: Vec<Id> = shown.iter().map(|picture| picture.id).collect();
    ui.data_mut(|data| data.insert_temp(Id::unique(SHOWN), shown));
    shared.actions.extend(wanted.into_iter().map(Action::Compare));
}

fn tile<'a>(picture: Option<&'a Path>, name: &'a str, mark: Option<&'a str>, side: f32) -> Tile<'a> {
    Tile { picture, name, mark, chosen: mark.is_some(), side }
}

/// The pictures to be ranked, in the order in which they came.
fn pictures(
    ui: &mut Ui,
    state: &AppState,
    shared: &mut Shared,
    (candidates, ranking): (&[PathBuf], &[usize]),
    wanted: &mut Vec<CompareAction>,
) -> Vec<Response> {
    let width = ui.available_width() / candidates.len().max(1) as f32 - theme::GAP;
    let side = width.clamp(SIDES[2], SIDES[1]);
    ui.horizontal(|ui| {
        let one = |(candidate, path): (usize, &PathBuf)| {
            let place = ranking.iter().position(|known| *known == candidate);
            let number = candidate + 1;
            let (name, hint) = match place {
                Some(place) => (
                    t!("board-picture-ranked", number = number, place = place + 1),
                    t!("board-picture-ranked.tip", number = number),
                ),
                None => (t!("board-picture", number = number), t!("board-picture.tip", number = number)),
            };
            let mark = place.map(|place| (place + 1).to_string());
            let response = ui
                .push_id(("candidate", path), |ui| {
                    let tile = tile(Some(path), &name, mark.as_deref(), side);
                    tile.ui(ui, state, shared, Sense::click_and_drag())
                })
                .inner;
            response.dnd_set_drag_payload(Dragged(candidate));
            let response = response.on_hover_text(hint);
            if response.clicked() {
                wanted.push(match place {
                    Some(_) => CompareAction::TakeBack(candidate),
                    None => CompareAction::Rank { candidate, place: None },
                });
            }
            response
        };
        candidates.iter().enumerate().map(one).collect()
    })
    .inner
}

/// The places in the order, the best first, with what was put there.
fn places(
    ui: &mut Ui,
    state: &AppState,
    shared: &mut Shared,
    candidates: &[PathBuf],
    ranking: &[usize],
    wanted: &mut Vec<CompareAction>,
) {
    // Where the pointer is, and whether it lets go there: a finger that is lifted is nowhere any more.
    let (pointer, released) = ui.input(|i| (i.pointer.interact_pos(), i.pointer.any_released()));
    let dragged = DragAndDrop::payload::<Dragged>(ui.ctx());
    let (mut tiles, mut over): (Vec<Rect>, _) = (Vec::new(), None);
    ui.horizontal(|ui| {
        controls::note(ui, t!("board-best"));
        for place in 0..candidates.len() {
            let there = ranking.get(place).copied();
            let name = match there {
                Some(candidate) => t!("board-place-filled", place = place + 1, picture = candidate + 1),
                None => t!("board-place-empty", place = place + 1),
            };
            let mark = (place + 1).to_string();
            let response = ui
                .push_id(("place", place), |ui| {
                    let picture = there.and_then(|candidate| candidates.get(candidate));
                    let tile = Tile {
                        chosen: false,
                        ..tile(picture.map(PathBuf::as_path), &name, Some(&mark), SIDES[3])
                    };
                    tile.ui(ui, state, shared, Sense::click_and_drag())
                })
                .inner;
            over = over.or(pointer.filter(|at| response.rect.contains(*at)).map(|_| place));
            tiles.push(response.rect);
            there.into_iter().for_each(|candidate| response.dnd_set_drag_payload(Dragged(candidate)));
            let response = response.on_hover_text(t!("board-place.tip"));
            if response.clicked() {
                wanted.extend(there.map(CompareAction::TakeBack));
            }
        }
        controls::note(ui, t!("board-worst"));
    });
    let Some((dragged, over)) = dragged.zip(over) else { return };
    if released {
        wanted.push(CompareAction::Rank { candidate: dragged.0, place: Some(over) });
        return;
    }
    // The order has no gaps, so it may come to lie before the place it is held over.
    let others = ranking.iter().filter(|known| **known != dragged.0).count();
    if let Some(tile) = tiles.get(over.min(others)) {
        let edge = Stroke::new(3.0, theme::tokens(ui).accent);
        ui.painter().rect_stroke(*tile, theme::ROUND, edge, StrokeKind::Outside);
    }
}

/// The picture that is dragged, under the pointer.
fn carried(ui: &mut Ui, state: &AppState, shared: &mut Shared, candidates: &[PathBuf]) {
    let dragged = DragAndDrop::payload::<Dragged>(ui.ctx());
    let path = dragged.and_then(|dragged| candidates.get(dragged.0));
    let pointer = ui.input(|i| i.pointer.latest_pos());
    let (Some(path), Some(at)) = (path, pointer) else { return };
    let Some(picture) = shared.thumbnail(&state.thumbnails, path) else { return };
    let rect = Rect::from_center_size(at, Vec2::splat(SIDES[3]));
    let above = LayerId::new(Order::Tooltip, Id::unique("carried picture"));
    let child = ui.new_child(UiBuilder::new().layer_id(above).max_rect(rect));
    paint(&child, shared, picture, rect, Fit::Contain);
}

fn buttons(ui: &mut Ui, number: usize, count: usize, whole: bool, wanted: &mut Vec<CompareAction>) {
    ui.horizontal(|ui| {
        let last = number + 1 == count;
        let text = if last { t!("board-done") } else { t!("board-next") };
        let button = controls::main_button(ui, whole, icons::CHECK, text);
        let button = button.on_hover_text(t!("board-next.tip"));
        if button.on_disabled_hover_text(t!("board-next.disabled")).clicked() {
            wanted.push(next(number, count));
        }
        if controls::able(ui, number > 0, icons::UNDO, named!("board-before"), t!("board-before.disabled")) {
            wanted.push(CompareAction::Ask(number - 1));
        }
        if controls::pressed(ui, icons::PAUSE, named!("board-stop")) {
            wanted.push(CompareAction::StopAnswering);
        }
    });
}

/// What comes after a question.
fn next(number: usize, count: usize) -> CompareAction {
    if number + 1 < count { CompareAction::Ask(number + 1) } else { CompareAction::StopAnswering }
}

/// Whether no control has the keyboard.
fn free(ui: &Ui) -> bool {
    ui.memory(|memory| memory.focused().is_none())
}

/// Whether no control has the keyboard but one of the pictures, as they were shown last.
fn on_board(ui: &Ui) -> bool {
    let shown: Vec<Id> = ui.data(|data| data.get_temp(Id::unique(SHOWN))).unwrap_or_default();
    let focused = ui.memory(|memory| memory.focused());
    input::keys_are_free(ui.ctx()) && focused.is_none_or(|focused| shown.contains(&focused))
}

/// Digits rank a picture next, arrows choose one and move it in the order.
fn keys(
    ui: &Ui,
    shown: &[Response],
    question: &StudyQuestion,
    ranking: &[usize],
    wanted: &mut Vec<CompareAction>,
) {
    // Somebody types elsewhere: a command, for one.
    if !input::keys_are_free(ui.ctx()) {
        return;
    }
    let pressed = |key: Key| ui.input_mut(|i| i.consume_key(Modifiers::NONE, key));
    for (candidate, key) in DIGITS.into_iter().enumerate().take(question.candidates.len()) {
        if pressed(key) && !ranking.contains(&candidate) {
            wanted.push(CompareAction::Rank { candidate, place: None });
        }
    }
    if pressed(Key::Backspace) {
        wanted.push(CompareAction::TakeBackLast);
    }
    let Some(chosen) = shown.iter().position(Response::has_focus) else {
        // Nothing is chosen yet: an arrow begins at the first.
        if free(ui) && (pressed(Key::ArrowRight) || pressed(Key::ArrowLeft)) {
            shown.first().into_iter().for_each(Response::request_focus);
            // egui would move on from there with the same key.
            ui.memory_mut(|memory| memory.move_focus(egui::FocusDirection::None));
        }
        return;
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(shown[chosen].id, ARROWS));
    let beside = match (pressed(Key::ArrowLeft), pressed(Key::ArrowRight)) {
        (true, _) => chosen.checked_sub(1),
        (_, true) => Some(chosen + 1),
        _ => None,
    };
    beside.and_then(|beside| shown.get(beside)).into_iter().for_each(Response::request_focus);
    let place = ranking.iter().position(|known| *known == chosen);
    if pressed(Key::ArrowUp) {
        let place = place.map(|place| place.saturating_sub(1));
        wanted.push(CompareAction::Rank { candidate: chosen, place });
    }
    if pressed(Key::ArrowDown) {
        let place = place.map(|place| place + 1);
        wanted.push(CompareAction::Rank { candidate: chosen, place });
    }
}
