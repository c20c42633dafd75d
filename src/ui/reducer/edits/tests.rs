//! Edits from what a person wants to the disk, the engine and back, without a window. The length is that of the cases.

use std::sync::Arc;

use super::*;
use crate::action::Action;
use crate::editing::EditDraft;
use crate::reducer::tests::{holds, outside};
use disk::message::{Answer, DrawnPicture, EditedView};
use engine::message::{Event, JobSummary};
use image::RgbImage;
use project::edited::{EditStep, EditedPicture};
use project::mask::Mask;
use project::mask::document::MaskDocument;

fn opened() -> AppState {
    opened_in([64, 48])
}

fn opened_in(size: [u32; 2]) -> AppState {
    let mut state = AppState { model_path: Some("/m".into()), page: Page::Edit, ..AppState::default() };
    state.answer(opening("/e", "a.png", "abc", size));
    state
}

/// What the disk says of a picture that was opened.
fn opening(folder: &str, name: &str, sha256: &str, size: [u32; 2]) -> Answer {
    let edited = EditedPicture::new(name.into(), "source.png".into(), sha256.into());
    let picture = Arc::new(RgbImage::new(size[0], size[1]));
    let (folder, mask, results) = (folder.into(), Mask::new(size), Vec::new());
    let view = EditedView { folder, edited, picture, mask, results, shown: None, step: None };
    Answer::Edit(EditAnswer::Opened(Box::new(view)))
}

fn act(state: &mut AppState, wanted: EditAction) -> Vec<Effect> {
    state.act(Action::Edit(wanted), &outside())
}

fn write(state: &mut AppState, prompt: &str) {
    let mut draft: EditDraft = state.editing.draft.clone();
    draft.drawing.settings.prompt = prompt.into();
    draft.drawing.settings.count = 2;
    act(state, EditAction::Draft(Box::new(draft)));
}

#[test]
fn an_edit_goes_by_the_disk_to_the_engine_and_comes_back() {
    let mut state = opened();
    assert!(act(&mut state, EditAction::Draw).is_empty(), "there is no prompt");
    write(&mut state, "a photo of a cat");
    let corners = [[8.0, 8.0], [24.0, 24.0]];
    act(&mut state, EditAction::Change(MaskChange::Rectangle { corners, add: true }));
    let effects = act(&mut state, EditAction::Draw);
    holds!([Effect::Disk(Task::Edit(EditTask::Begin { folder, mask, request }))] = effects);
    assert_eq!((folder.as_path(), mask.is_empty()), (Path::new("/e"), false));
    assert_eq!((request.draw.settings.seed, request.draw.settings.count), (7, 2));
    let mut edited = state.editing.open.as_ref().unwrap().edited.clone();
    edited.steps.push(EditStep {
        folder: "step-001".into(),
        base: "source.png".into(),
        sha256: "abc".into(),
        masked: true,
        model: "/m".into(),
        words: Vec::new(),
        draw: request.draw.settings.clone(),
        edit: request.edit.clone(),
    });
    let (folder, edited, request) = (folder.clone(), Box::new(edited), request.clone());
    let effects = state.answer(Answer::Edit(EditAnswer::Ready { folder, edited, request }));
    holds!([Effect::Submit { job, kind, label, command: Command::Edit { .. } }] = effects);
    state.submitted(*job, kind.clone(), label.clone());
    let job = *job;
    let result = |index: usize| PathBuf::from(format!("/e/step-001/0000{index}-7.png"));
    for index in 0..2 {
        let (image, path) = (RgbImage::new(64, 48), Some(result(index)));
        state.apply(Event::Image { job, index, seed: 7, image, path });
    }
    let open = state.editing.open.as_ref().unwrap();
    assert_eq!((open.results.clone(), &open.shown), (vec![vec![result(0), result(1)]], &Some(result(1))));
    assert_eq!(open.before(&result(0)), Some("/e/source.png".into()));
    assert!(state.gallery.is_empty(), "what is not kept is not among the pictures drawn");
    // Who paints on meanwhile is not disturbed.
    act(&mut state, EditAction::Show(None));
    let (image, path) = (RgbImage::new(64, 48), Some(result(1)));
    state.apply(Event::Image { job, index: 1, seed: 7, image, path });
    assert_eq!(state.editing.open.as_ref().unwrap().shown, None);
    act(&mut state, EditAction::Watch);
    let ranked = |index: usize| Ranked { index, path: Some(result(index)), score: 0.3 };
    let ranking = vec![ranked(0), ranked(1)];
    state.apply(Event::Finished { job, summary: JobSummary::Edited { count: 2, seconds: 1.0, ranking } });
    assert_eq!(state.editing.open.as_ref().unwrap().shown, Some(result(0)), "the best is shown");
    // On from it, and back to the step with its settings.
    let effects = act(&mut state, EditAction::GoOn(result(0)));
    holds!([Effect::Disk(Task::Edit(EditTask::GoTo { base, mask: Some(mask), .. }))] = effects);
    assert_eq!(base, Path::new("step-001/00000-7.png"));
    assert_eq!(mask, &project::edited::mask_of(base), "what was painted on it before, if anything was");
    write(&mut state, "something else");
    let effects = act(&mut state, EditAction::BackTo(0));
    let Some(Effect::Disk(Task::Edit(EditTask::GoTo { base, mask: Some(mask), .. }))) = effects.first()
    else {
        panic!("{effects:?}")
    };
    assert_eq!((base.as_path(), mask.as_path()), (Path::new("source.png"), Path::new("step-001/mask.png")));
    assert!(act(&mut state, EditAction::Draw).is_empty(), "half of it is of the picture before");
    // The settings come with the picture, once the disk agrees; a stroke painted meanwhile is kept with its own picture.
    assert_eq!(state.editing.draft.drawing.settings.prompt, "something else");
    let edited = state.editing.open.as_ref().unwrap().edited.clone();
    let back = |edited: EditedPicture, step| {
        let (picture, mask) = (Arc::new(RgbImage::new(64, 48)), Mask::new([64, 48]));
        let (folder, results, shown) = ("/e".into(), vec![vec![result(0), result(1)]], None);
        let view = EditedView { folder, edited, picture, mask, results, shown, step };
        Answer::Edit(EditAnswer::Opened(Box::new(view)))
    };
    let effects = state.answer(back(edited.clone(), Some(0)));
    let Some(Effect::Disk(Task::Edit(EditTask::SaveMask { mask, .. }))) = effects.first() else {
        panic!("{effects:?}")
    };
    assert!(mask.is_empty(), "that of the step");
    let draft = &state.editing.draft;
    assert_eq!(
        (draft.drawing.settings.prompt.as_str(), draft.drawing.seed_locked),
        ("a photo of a cat", true)
    );
    let mut draft = draft.clone();
    draft.edit.extend = [8; 4];
    act(&mut state, EditAction::Draft(Box::new(draft)));
    let points = vec![[10.0, 10.0], [20.0, 10.0]];
    act(&mut state, EditAction::Paint(MaskChange::Stroke { points, radius: 3.0, add: true }));
    let effects = state.answer(back(EditedPicture { base: "step-001/00000-7.png".into(), ..edited }, None));
    let Some(Effect::Disk(Task::Edit(EditTask::SaveMask { base, mask, .. }))) = effects.first() else {
        panic!("{effects:?}")
    };
    assert_eq!((base.as_path(), mask.is_empty()), (Path::new("source.png"), false));
    assert_eq!(state.editing.draft.edit.extend, [0; 4], "it was made larger already");
    assert!(act(&mut state, EditAction::GoOn("/elsewhere/a.png".into())).is_empty());
}

#[test]
fn variations_are_of_one_picture_whose_seed_stays() {
    let mut state = opened();
    write(&mut state, "a photo of a cat");
    let seeds = |state: &mut AppState| {
        let effects = act(state, EditAction::Draw);
        holds!([Effect::Disk(Task::Edit(EditTask::Begin { request, .. }))] = effects);
        (request.draw.settings.seed, request.draw.settings.variation_seed)
    };
    let settings = |state: &mut AppState, locked: bool, variation: f64| {
        let drawing = &mut state.editing.draft.drawing;
        drawing.seed_locked = locked;
        (drawing.settings.seed, drawing.settings.variation_seed) = (3, 4);
        drawing.settings.variation = variation;
    };
    for (locked, variation, drawn) in [(false, 0.0, (7, 4)), (false, 0.25, (3, 7)), (true, 0.25, (3, 4))] {
        settings(&mut state, locked, variation);
        assert_eq!(seeds(&mut state), drawn, "{locked}, {variation}");
    }
}

#[test]
fn nothing_is_drawn_while_another_picture_of_the_history_is_on_its_way() {
    let mut state = opened();
    write(&mut state, "a photo of a cat");
    let result = || EditAction::GoOn("/e/step-001/00000-7.png".into());
    let come = || opening("/e", "a.png", "abc", [64, 48]);
    for answer in [come(), Answer::Missed(disk::message::Missed::Edit)] {
        assert_eq!(act(&mut state, result()).len(), 1);
        assert_eq!(state.edit_obstacle().as_deref(), Some("The picture is being opened."));
        assert!(act(&mut state, EditAction::Draw).is_empty());
        state.answer(answer);
        assert_eq!(state.edit_obstacle(), None, "it has come, or will not");
    }
    let effects = act(&mut state, EditAction::Draw);
    assert!(matches!(effects.as_slice(), [Effect::Disk(Task::Edit(EditTask::Begin { .. }))]), "{effects:?}");
}

#[test]
fn strokes_are_folded_into_the_mask_and_taken_back() {
    let mut state = opened();
    let masked = |state: &AppState| !state.editing.open.as_ref().unwrap().mask.mask().is_empty();
    for x in [10.0, 20.0] {
        let points = vec![[x, 10.0], [x + 10.0, 10.0]];
        act(&mut state, EditAction::Paint(MaskChange::Stroke { points, radius: 3.0, add: true }));
    }
    act(&mut state, EditAction::EndStroke);
    assert!(masked(&state));
    act(&mut state, EditAction::Undo);
    assert!(!masked(&state), "a stroke is one step");
    act(&mut state, EditAction::Redo);
    assert!(masked(&state));
    for (picture, kept) in [("/other/source.png", true), ("/e/source.png", false)] {
        let mask = Mask::new([64, 48]);
        state.answer(Answer::Edit(EditAnswer::Mask { picture: picture.into(), mask }));
        assert_eq!(masked(&state), kept, "{picture}");
    }
    assert!(!masked(&state), "an empty mask was loaded");
    act(&mut state, EditAction::Undo);
    assert!(masked(&state));
    let effects = act(&mut state, EditAction::Open("/b.png".into()));
    let [Effect::Disk(Task::Edit(EditTask::SaveMask { .. })), Effect::Disk(Task::Edit(EditTask::Open(_)))] =
        effects.as_slice()
    else {
        panic!("{effects:?}")
    };
    assert!(state.editing.opening);
    state.answer(Answer::Missed(disk::message::Missed::Edit));
    assert!(!state.editing.opening);
    // What a picture of another program says of how it was edited is taken over with the rest.
    let text = "a cat\nSteps: 20, Sampler: Euler, CFG scale: 7, Seed: 1, Size: 64x64, Denoising strength: 0.4, \
                Mask blur: 9";
    let (path, info) = (PathBuf::from("/c.png"), Some(format::infotext::parse_parameters(text)));
    state.restore = Some(path.clone());
    let picture = Arc::new(RgbImage::new(1, 1));
    state.answer(Answer::Picture(Box::new(DrawnPicture { path, picture, info })));
    let edit = &state.editing.draft.edit;
    assert_eq!((edit.strength, edit.feather), (Some(0.4), 9));
}

#[test]
fn what_takes_long_is_done_elsewhere_and_what_is_painted_meanwhile_comes_after_it() {
    let mut state = opened_in([2000, 1000]);
    let stroke = |x: f32| {
        let points = vec![[x, 500.0], [x + 100.0, 500.0]];
        EditAction::Paint(MaskChange::Stroke { points, radius: 20.0, add: true })
    };
    act(&mut state, stroke(200.0));
    act(&mut state, EditAction::EndStroke);
    let effects = act(&mut state, EditAction::Change(MaskChange::Grow(30)));
    holds!([Effect::Disk(Task::Edit(EditTask::Work { id, work, .. }))] = effects);
    let open = |state: &AppState| state.editing.open.clone().unwrap();
    assert_eq!((open(&state).mask.revision(), open(&state).working), (1, Some(0.0)));
    assert!(state.edit_obstacle().unwrap().contains("still being changed"));
    // Another stroke, and something more that takes long.
    let [first, second] = [200.0, 900.0].map(|x| match stroke(x) {
        EditAction::Paint(change) => change,
        other => panic!("{other:?}"),
    });
    assert!(act(&mut state, EditAction::Paint(second.clone())).is_empty());
    // Who is killed now loses what takes long, and no stroke.
    let effects = act(&mut state, EditAction::EndStroke);
    holds!([Effect::Disk(Task::Edit(EditTask::SaveMask { mask, .. }))] = effects);
    let mut painted = MaskDocument::new(Mask::new([2000, 1000]));
    [&first, &second].into_iter().for_each(|change| painted.apply(change));
    assert_eq!(mask, painted.mask());
    assert!(act(&mut state, EditAction::Change(MaskChange::Invert)).is_empty());
    state.answer(Answer::Edit(EditAnswer::Working { id: *id, part: 0.5 }));
    state.answer(Answer::Edit(EditAnswer::Working { id: id + 1, part: 0.9 }));
    assert_eq!((open(&state).mask.revision(), open(&state).working), (1, Some(0.5)));
    let done = |work: &MaskWork| work.clone().work(Path::new("/none"), &|_| {}).map(Box::new).unwrap();
    let grown = Answer::Edit(EditAnswer::Worked { id: *id, done: Ok(done(work)) });
    let effects = state.answer(grown);
    holds!([Effect::Disk(Task::Edit(EditTask::Work { id, work, .. }))] = effects);
    assert_eq!((open(&state).mask.revision(), open(&state).working), (3, Some(0.0)));
    state.answer(Answer::Edit(EditAnswer::Worked { id: *id, done: Ok(done(work)) }));
    let mut beside = MaskDocument::new(Mask::new([2000, 1000]));
    [first, MaskChange::Grow(30), second, MaskChange::Invert].iter().for_each(|change| beside.apply(change));
    assert_eq!((open(&state).mask.mask(), open(&state).working), (beside.mask(), None));
    // Each is a step of its own.
    for left in (0..4).rev() {
        act(&mut state, EditAction::Undo);
        assert_eq!(open(&state).mask.can_undo(), left > 0);
    }
    assert!(open(&state).mask.mask().is_empty());
    // What fails is said, and what waited for it is done.
    let effects = act(&mut state, EditAction::Change(MaskChange::Invert));
    holds!([Effect::Disk(Task::Edit(EditTask::Work { id, .. }))] = effects);
    act(&mut state, stroke(50.0));
    state.answer(Answer::Edit(EditAnswer::Worked { id: *id, done: Err("The disk is gone.".into()) }));
    assert!(!open(&state).mask.mask().is_empty() && open(&state).working.is_none());
    assert!(state.notices.iter().any(|notice| notice.text == "The disk is gone."));
}

#[test]
fn what_waits_for_long_work_is_done_to_its_own_picture_when_another_is_opened() {
    let mut state = opened_in([2000, 1000]);
    act(&mut state, EditAction::Change(MaskChange::Invert));
    let points = vec![[200.0, 500.0], [300.0, 500.0]];
    let wiped = MaskChange::Stroke { points, radius: 20.0, add: false };
    act(&mut state, EditAction::Paint(wiped.clone()));
    act(&mut state, EditAction::EndStroke);
    let old = state.editing.open.as_ref().unwrap().id;
    act(&mut state, EditAction::Open("/b.png".into()));
    let effects = state.answer(opening("/f", "b.png", "abd", [2000, 1000]));
    let [Effect::Disk(Task::Edit(EditTask::FinishMask { folder, mask, work, waiting, .. }))] =
        effects.as_slice()
    else {
        panic!("{effects:?}")
    };
    assert_eq!((folder.as_path(), waiting.len()), (Path::new("/e"), 2));
    let mut finished = mask.as_ref().clone();
    finished.finish(Some(work.as_ref().clone()), waiting.clone(), Path::new("/none")).unwrap();
    let mut beside = MaskDocument::new(Mask::new([2000, 1000]));
    [MaskChange::Invert, wiped].iter().for_each(|change| beside.apply(change));
    assert_eq!(finished.mask(), beside.mask());
    // What the disk's thread has made of it meanwhile is nothing to the new picture.
    let done = work.as_ref().clone().work(Path::new("/none"), &|_| {}).map(Box::new).unwrap();
    state.answer(Answer::Edit(EditAnswer::Worked { id: old, done: Ok(done) }));
    let open = state.editing.open.as_ref().unwrap();
    assert!(open.folder == Path::new("/f") && open.mask.mask().is_empty() && open.working.is_none());
}

#[test]
fn a_picture_whose_mask_could_not_be_kept_is_not_left_for_another() {
    let mut state = opened();
    let points = vec![[10.0, 10.0], [20.0, 10.0]];
    act(&mut state, EditAction::Change(MaskChange::Stroke { points, radius: 3.0, add: true }));
    let mut open_other = |kept: bool| {
        act(&mut state, EditAction::Open("/b.png".into()));
        if !kept {
            state.answer(Answer::Edit(EditAnswer::NotKept("/e".into())));
        }
        state.answer(opening("/f", "b.png", "abd", [64, 48]));
        let open = state.editing.open.as_ref().unwrap();
        let said = state.notices.iter().any(|notice| notice.text.contains("a.png could not be kept"));
        (open.folder.clone(), !open.mask.mask().is_empty(), said)
    };
    assert_eq!(open_other(false), ("/e".into(), true, true));
    assert_eq!(open_other(true), ("/f".into(), false, true));
}

#[test]
fn a_mask_that_is_not_kept_and_a_picture_that_is_not_opened_again_are_noted() {
    let mut state = opened();
    for (folder, failures) in [("/other", 0), ("/e", 1)] {
        state.answer(Answer::Edit(EditAnswer::NotKept(folder.into())));
        assert_eq!(state.editing.open.as_ref().unwrap().failures, failures);
    }
    assert!(!state.editing.forgotten);
    state.answer(Answer::Edit(EditAnswer::Forgotten));
    assert!(state.editing.forgotten);
}

#[test]
fn a_result_dropped_on_its_picture_is_shown_and_the_strokes_stay() {
    let mut state = opened();
    let corners = [[8.0, 8.0], [24.0, 24.0]];
    act(&mut state, EditAction::Change(MaskChange::Rectangle { corners, add: true }));
    let result = PathBuf::from("/e/step-001/00000-7.png");
    let view = |folder: &str, base: &str| {
        let mut answer = opening(folder, "a.png", "abc", [64, 48]);
        let Answer::Edit(EditAnswer::Opened(view)) = &mut answer else { unreachable!() };
        view.edited.base = base.into();
        (view.results, view.shown) = (vec![vec![result.clone()]], Some(result.clone()));
        answer
    };
    state.answer(view("/e", "source.png"));
    let open = state.editing.open.as_ref().unwrap();
    assert_eq!((&open.shown, open.results.concat()), (&Some(result.clone()), vec![result.clone()]));
    assert!(open.mask.can_undo());
    // One that was finished while the disk looked stays.
    let late = PathBuf::from("/e/step-001/00001-7.png");
    take_result(&mut state, Path::new("/e"), 0, late.clone());
    state.answer(view("/e", "source.png"));
    assert_eq!(state.editing.open.as_ref().unwrap().results, [[result.clone(), late]]);
    for (folder, base) in [("/other", "source.png"), ("/e", "step-001/00000-7.png")] {
        state.answer(view(folder, base));
        let open = state.editing.open.as_ref().unwrap();
        assert!(open.shown == Some(result.clone()) && !open.mask.can_undo(), "{folder}: {base}");
    }
}
