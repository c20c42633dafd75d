//! Pictures that are edited: opened, masked, drawn into, and walked back through.

use std::path::{Path, PathBuf};

use super::{Outside, Update};
use crate::action::Effect;
use crate::dialog::Question;
use crate::editing::{EditAction, OpenPicture};
use crate::obstacles::NO_PROMPT;
use crate::state::{AppState, JobKind, Page, Severity};
use disk::message::{EditAnswer, EditTask, Task};
use engine::message::{Command, EditRequest, Ranked};
use project::mask::MaskChange;
use project::mask::document::{MaskDone, MaskWork};
use text::prompt::shortened;

/// Why nothing can be done with a mask that is about to be another.
const WORKING: &str = "The mask is still being changed: wait a moment.";
/// Letters of a prompt in the name of a job.
const NAME: usize = 60;

impl AppState {
    /// Why nothing can be drawn into the picture now.
    pub fn edit_obstacle(&self) -> Option<String> {
        let draft = &self.editing.draft;
        let open = &self.editing.open;
        let none = open.is_none().then(|| "There is no picture yet: open one, or drop it here.".to_owned());
        let empty = draft.drawing.settings.prompt.trim().is_empty().then(|| NO_PROMPT.to_owned());
        let invalid = || draft.drawing.settings.validate().and_then(|()| draft.edit.validate()).err();
        let all_black = open.as_ref().is_some_and(|open| {
            draft.edit.invert_mask
                && open.mask.mask().tiles().iter().all(|tile| *tile == project::mask::Tile::Plain(255))
        });
        let kept =
            all_black.then(|| "All of the picture is painted, and what is painted is kept.".to_owned());
        let working = open.as_ref().and_then(|open| open.working).map(|_| WORKING.to_owned());
        none.or(working)
            .or_else(|| self.engine_obstacle())
            .or_else(|| self.model_obstacle())
            .or(empty)
            .or(kept)
            .or_else(|| invalid().map(|error| error.to_string()))
    }
}

impl Update<'_> {
    fn ask_about_edit(&mut self, task: EditTask) {
        self.disk(Task::Edit(task));
    }

    /// Opens another picture; of the one that is open the last stroke is kept first.
    fn open_another(&mut self, task: EditTask) {
        if let Some(open) = self.state.editing.open.as_ref().filter(|open| open.mask.revision() > 0) {
            let keep = open.keep_mask();
            self.disk(keep);
        }
        self.state.editing.opening = true;
        self.ask_about_edit(task);
    }

    pub(super) fn open_to_edit(&mut self, path: PathBuf) {
        self.state.page = Page::Edit;
        self.open_another(EditTask::Open(path));
    }

    pub(super) fn edit(&mut self, wanted: EditAction, outside: &Outside<'_>) {
        match wanted {
            EditAction::Open(path) => return self.open_to_edit(path),
            EditAction::Paste(picture) => return self.open_another(EditTask::Paste(picture)),
            EditAction::With(path) => return self.draw_with(Page::Edit, &path),
            EditAction::Draft(draft) => {
                let old = std::mem::replace(&mut self.state.editing.draft, *draft);
                return self.count_if_changed(&old.drawing.settings);
            }
            EditAction::Draw => return self.draw_into(outside),
            EditAction::Keep(path) => return self.ask_about_edit(EditTask::Keep(path)),
            _ => {}
        }
        let Some(open) = &mut self.state.editing.open else { return };
        // Whatever else is done, results may come in the strip.
        open.watching = matches!(wanted, EditAction::Watch);
        match wanted {
            EditAction::Paint(_)
            | EditAction::EndStroke
            | EditAction::Change(_)
            | EditAction::Undo
            | EditAction::Redo => self.change_mask(wanted),
            EditAction::Show(result) => open.shown = result,
            EditAction::Watch => {}
            EditAction::FindThing => {
                let (picture, size) = (open.base(), open.mask.mask().size());
                self.ask_about_edit(EditTask::Suggest { picture, size });
            }
            EditAction::GoOn(path) => {
                let folder = open.folder.clone();
                let Ok(base) = path.strip_prefix(&folder).map(Path::to_path_buf) else { return };
                // What was made larger is not made larger once more.
                self.state.editing.draft.edit.extend = [0; 4];
                self.ask_about_edit(EditTask::GoTo { folder, base, mask: None });
            }
            EditAction::BackTo(step) => {
                let Some(step) = open.edited.steps.get(step) else { return };
                let mask = step.masked.then(|| step.folder.join(project::edited::MASK));
                let (folder, base) = (open.folder.clone(), step.base.clone());
                let draft = &mut self.state.editing.draft;
                draft.drawing.settings = step.draw.clone();
                draft.edit = step.edit.clone();
                draft.drawing.seed_locked = true;
                self.ask_about_edit(EditTask::GoTo { folder, base, mask });
                self.count_tokens();
            }
            EditAction::Open(_)
            | EditAction::Paste(_)
            | EditAction::With(_)
            | EditAction::Draft(_)
            | EditAction::Draw
            | EditAction::Keep(_) => {}
        }
    }

    /// Does something to the mask, or has it done where that takes longer than a frame; meanwhile everything else waits.
    fn change_mask(&mut self, wanted: EditAction) {
        let Some(open) = &mut self.state.editing.open else { return };
        if open.working.is_some() {
            open.waiting.push(wanted);
            return;
        }
        let work = match wanted {
            EditAction::Paint(change) => {
                open.mask.paint(&change);
                None
            }
            EditAction::Change(change) => open.mask.apply_or_ask(change),
            EditAction::Undo => open.mask.undo(),
            EditAction::Redo => open.mask.redo(),
            _ => {
                open.mask.end();
                None
            }
        };
        open.working = work.as_ref().map(|_| 0.0);
        self.have_done(work);
    }

    /// Has the disk's threads do something to the mask, and whatever keeps its steps in little room.
    fn have_done(&mut self, work: Option<MaskWork>) {
        let Some(open) = &mut self.state.editing.open else { return };
        let (id, folder) = (open.id, open.folder.clone());
        for work in work.into_iter().chain(open.mask.pack()) {
            let (folder, work) = (folder.clone(), Box::new(work));
            self.effects.push(Effect::Disk(Task::Edit(EditTask::Work { id, folder, work })));
        }
    }

    /// Takes in what was done to the mask, and does what has waited for it.
    fn take_work(&mut self, id: u64, done: Result<Box<MaskDone>, String>) {
        let Some(open) = self.state.editing.open.as_mut().filter(|open| open.id == id) else { return };
        if !matches!(done.as_deref(), Ok(MaskDone::Packed(_))) {
            open.working = None;
        }
        match done {
            Ok(done) => open.mask.take(*done),
            Err(why) => self.state.notify(Severity::Error, why),
        }
        self.have_done(None);
        let Some(open) = &mut self.state.editing.open else { return };
        if open.working.is_none() {
            std::mem::take(&mut open.waiting).into_iter().for_each(|wanted| self.change_mask(wanted));
        }
    }

    pub(super) fn draw_into(&mut self, outside: &Outside<'_>) {
        if let Some(obstacle) = self.state.edit_obstacle() {
            return self.warn(obstacle);
        }
        if !self.state.editing.draft.drawing.seed_locked {
            self.state.editing.draft.drawing.settings.seed = outside.seed;
        }
        let draft = self.state.editing.draft.clone();
        let Some(draw) = self.request(draft.drawing.settings, outside.home) else { return };
        let Some(open) = &mut self.state.editing.open else { return };
        open.mask.end();
        let (folder, mask) = (open.folder.clone(), open.mask.mask().clone());
        let clip = self.state.clip().cloned().filter(|_| draw.settings.count > 1);
        // The disk fills in where they lie.
        let (image, edit) = (PathBuf::new(), draft.edit);
        let request = Box::new(EditRequest { draw: *draw, image, mask: None, edit, clip });
        self.ask_about_edit(EditTask::Begin { folder, mask, request });
    }

    pub(super) fn edit_answer(&mut self, answer: EditAnswer) {
        match answer {
            EditAnswer::Opened(view) => {
                let id = self.state.new_name();
                self.state.editing.open = Some(OpenPicture::new(id, *view));
                self.state.editing.opening = false;
            }
            EditAnswer::Forgotten => self.state.editing.forgotten = true,
            EditAnswer::NotKept(folder) => {
                let open = self.state.editing.open.as_mut().filter(|open| open.folder == folder);
                open.into_iter().for_each(|open| open.failures += 1);
            }
            EditAnswer::Working { id, part } => {
                let open = self.state.editing.open.as_mut().filter(|open| open.id == id);
                open.and_then(|open| open.working.as_mut()).into_iter().for_each(|known| *known = part);
            }
            EditAnswer::Worked { id, done } => self.take_work(id, done),
            EditAnswer::Mask { picture, mask } => {
                if self.state.editing.open.as_ref().is_some_and(|open| open.base() == picture) {
                    self.change_mask(EditAction::Change(MaskChange::Replace(mask)));
                }
            }
            EditAnswer::Ready { folder, edited, request } => {
                let step = edited.steps.len().saturating_sub(1);
                let open = self.state.editing.open.as_mut();
                if let Some(open) = open.filter(|open| open.folder == folder) {
                    open.edited.steps = edited.steps;
                    open.results.resize(step + 1, Vec::new());
                    (open.best, open.watching) = (None, true);
                }
                let settings = &request.draw.settings;
                let label = format!("Editing: {}", shortened(&settings.prompt, NAME));
                let kind = JobKind::Edit { folder, step, count: settings.count };
                self.submit(kind, label, |job| Command::Edit { job, request });
            }
        }
    }

    pub(super) fn chosen_for_edit(&mut self, question: Question, path: PathBuf) {
        let open = self.state.editing.open.as_ref();
        let task = match (question, open) {
            (Question::LoadMask, Some(open)) => {
                EditTask::LoadMask { path, picture: open.base(), size: open.mask.mask().size() }
            }
            (Question::SaveMask, Some(open)) if open.working.is_some() => return self.warn(WORKING),
            (Question::SaveMask, Some(open)) => {
                EditTask::WriteMask { mask: open.mask.mask().clone(), to: path }
            }
            (Question::LoadMask | Question::SaveMask, None) => return,
            _ => return self.open_to_edit(path),
        };
        self.ask_about_edit(task);
    }
}

/// A result has come: it is shown, unless another picture is open by now.
pub(super) fn take_result(state: &mut AppState, folder: &Path, step: usize, path: PathBuf) {
    let open = state.editing.open.as_mut().filter(|open| open.folder == folder);
    let Some(open) = open else { return };
    if let Some(results) = open.results.get_mut(step).filter(|results| !results.contains(&path)) {
        results.push(path.clone());
    }
    if open.watching {
        open.shown = Some(path);
    }
}

/// Several results were ranked.
pub(super) fn take_ranking(state: &mut AppState, folder: &Path, ranking: &[Ranked]) {
    let open = state.editing.open.as_mut().filter(|open| open.folder == folder);
    if let (Some(open), [best, _, ..]) = (open, ranking) {
        open.best.clone_from(&best.path);
        if open.watching {
            open.shown = best.path.clone().or(open.shown.take());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::action::Action;
    use crate::editing::EditDraft;
    use disk::message::{Answer, DrawnPicture, EditedView};
    use engine::message::{Event, JobSummary};
    use image::RgbImage;
    use project::DataDir;
    use project::edited::{EditStep, EditedPicture};
    use project::mask::Mask;

    fn opened() -> AppState {
        opened_in([64, 48])
    }

    fn opened_in(size: [u32; 2]) -> AppState {
        let mut state = AppState { model_path: Some("/m".into()), page: Page::Edit, ..AppState::default() };
        let edited = EditedPicture::new("a.png".into(), "source.png".into(), "abc".into());
        let picture = Arc::new(RgbImage::new(size[0], size[1]));
        let (folder, mask, results) = (PathBuf::from("/e"), Mask::new(size), Vec::new());
        let view = EditedView { folder, edited, picture, mask, results, shown: None };
        state.answer(Answer::Edit(EditAnswer::Opened(Box::new(view))));
        state
    }

    fn act(state: &mut AppState, wanted: EditAction) -> Vec<Effect> {
        let home = DataDir::at("/home/artist".into());
        state.act(Action::Edit(wanted), &Outside { home: &home, seed: 7, selected_word: None, seen: None })
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
        let [Effect::Disk(Task::Edit(EditTask::Begin { folder, mask, request }))] = effects.as_slice() else {
            panic!("{effects:?}")
        };
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
        let [Effect::Submit { job, kind, label, command: Command::Edit { .. } }] = effects.as_slice() else {
            panic!("{effects:?}")
        };
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
        let [Effect::Disk(Task::Edit(EditTask::GoTo { base, mask: None, .. }))] = effects.as_slice() else {
            panic!("{effects:?}")
        };
        assert_eq!(base, Path::new("step-001/00000-7.png"));
        write(&mut state, "something else");
        let effects = act(&mut state, EditAction::BackTo(0));
        let Some(Effect::Disk(Task::Edit(EditTask::GoTo { base, mask: Some(mask), .. }))) = effects.first()
        else {
            panic!("{effects:?}")
        };
        assert_eq!(
            (base.as_path(), mask.as_path()),
            (Path::new("source.png"), Path::new("step-001/mask.png"))
        );
        assert_eq!(state.editing.draft.drawing.settings.prompt, "a photo of a cat");
        assert!(act(&mut state, EditAction::GoOn("/elsewhere/a.png".into())).is_empty());
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
        let [
            Effect::Disk(Task::Edit(EditTask::SaveMask { .. })),
            Effect::Disk(Task::Edit(EditTask::Open(_))),
        ] = effects.as_slice()
        else {
            panic!("{effects:?}")
        };
        assert!(state.editing.opening);
        state.answer(Answer::Refused("It is no picture.".into()));
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
        let [Effect::Disk(Task::Edit(EditTask::Work { id, work, .. }))] = effects.as_slice() else {
            panic!("{effects:?}")
        };
        let open = |state: &AppState| state.editing.open.clone().unwrap();
        assert_eq!((open(&state).mask.revision(), open(&state).working), (1, Some(0.0)));
        assert!(state.edit_obstacle().unwrap().contains("still being changed"));
        // Another stroke, and something more that takes long.
        for wanted in [stroke(900.0), EditAction::EndStroke, EditAction::Change(MaskChange::Invert)] {
            assert!(act(&mut state, wanted).is_empty());
        }
        state.answer(Answer::Edit(EditAnswer::Working { id: *id, part: 0.5 }));
        state.answer(Answer::Edit(EditAnswer::Working { id: id + 1, part: 0.9 }));
        assert_eq!((open(&state).mask.revision(), open(&state).working), (1, Some(0.5)));
        let done = |work: &MaskWork| work.clone().work(Path::new("/none"), &|_| {}).map(Box::new).unwrap();
        let grown = Answer::Edit(EditAnswer::Worked { id: *id, done: Ok(done(work)) });
        let effects = state.answer(grown);
        let [Effect::Disk(Task::Edit(EditTask::Work { id, work, .. }))] = effects.as_slice() else {
            panic!("{effects:?}")
        };
        assert_eq!((open(&state).mask.revision(), open(&state).working), (3, Some(0.0)));
        state.answer(Answer::Edit(EditAnswer::Worked { id: *id, done: Ok(done(work)) }));
        let mut beside = project::mask::document::MaskDocument::new(Mask::new([2000, 1000]));
        let changes = [stroke(200.0), stroke(900.0)].map(|stroke| match stroke {
            EditAction::Paint(change) => change,
            other => panic!("{other:?}"),
        });
        let [first, second] = changes;
        [first, MaskChange::Grow(30), second, MaskChange::Invert]
            .iter()
            .for_each(|change| beside.apply(change));
        assert_eq!((open(&state).mask.mask(), open(&state).working), (beside.mask(), None));
        // Each is a step of its own.
        for left in (0..4).rev() {
            act(&mut state, EditAction::Undo);
            assert_eq!(open(&state).mask.can_undo(), left > 0);
        }
        assert!(open(&state).mask.mask().is_empty());
        // What fails is said, and what waited for it is done.
        let effects = act(&mut state, EditAction::Change(MaskChange::Invert));
        let [Effect::Disk(Task::Edit(EditTask::Work { id, .. }))] = effects.as_slice() else {
            panic!("{effects:?}")
        };
        act(&mut state, stroke(50.0));
        state.answer(Answer::Edit(EditAnswer::Worked { id: *id, done: Err("The disk is gone.".into()) }));
        assert!(!open(&state).mask.mask().is_empty() && open(&state).working.is_none());
        assert!(state.notices.iter().any(|notice| notice.text == "The disk is gone."));
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
}
