//! Pictures that are edited: opened, masked, drawn into, and walked back through.

use std::path::{Path, PathBuf};

use super::{Outside, Update};
use crate::action::Effect;
use crate::dialog::Question;
use crate::editing::{EditAction, OpenPicture};
use crate::language::sentences::said;
use crate::obstacles::NO_PROMPT;
use crate::state::{AppState, JobKind, Page, Severity};
use disk::message::{EditAnswer, EditTask, EditedView, Task};
use engine::message::{Command, EditRequest, Ranked};
use project::mask::MaskChange;
use project::mask::document::{MaskDone, MaskWanted, MaskWork};
use text::prompt::shortened;

/// Letters of a prompt in the name of a job.
const NAME: usize = 60;

impl AppState {
    /// Why nothing can be drawn into the picture now.
    pub fn edit_obstacle(&self) -> Option<String> {
        let draft = &self.editing.draft;
        let open = &self.editing.open;
        let none = open.is_none().then(|| t!("edit-obstacle-none").to_owned());
        let empty = draft.drawing.settings.prompt.trim().is_empty().then(|| NO_PROMPT.to_owned());
        let invalid = || draft.drawing.settings.validate().and_then(|()| draft.edit.validate()).err();
        let all_black = open.as_ref().is_some_and(|open| {
            draft.edit.invert_mask
                && open.mask.mask().tiles().iter().all(|tile| *tile == project::mask::Tile::Plain(255))
        });
        let kept = all_black.then(|| t!("edit-obstacle-kept").to_owned());
        let going = self.editing.going.then(|| t!("edit-opening").to_owned());
        let working =
            open.as_ref().and_then(|open| open.working).map(|_| t!("edit-obstacle-working").to_owned());
        none.or(going)
            .or(working)
            .or_else(|| self.engine_obstacle())
            .or_else(|| self.model_obstacle())
            .or(empty)
            .or(kept)
            .or_else(|| invalid().map(|error| said(&error.to_string()).into_owned()))
    }
}

impl Update<'_> {
    fn ask_about_edit(&mut self, task: EditTask) {
        self.disk(Task::Edit(task));
    }

    /// Opens another picture; of the one that is open the last stroke is kept first.
    fn open_another(&mut self, task: EditTask) {
        // What is still being done to it is not waited for: it is finished once the other picture is there.
        if let Some(open) = self.state.editing.open.as_ref().filter(|open| open.mask.revision() > 0) {
            let keep = open.keep_mask();
            self.disk(keep);
        }
        let editing = &mut self.state.editing;
        editing.failures = editing.open.as_ref().map_or(0, |open| open.failures);
        editing.opening = true;
        self.ask_about_edit(task);
    }

    /// Goes to another picture of the history; nothing is drawn before it is there.
    fn go_to(&mut self, task: EditTask) {
        self.state.editing.going = true;
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
            EditAction::Paint(change) => self.change_mask(MaskWanted::Paint(change)),
            EditAction::EndStroke => self.change_mask(MaskWanted::End),
            EditAction::Change(change) => self.change_mask(MaskWanted::Change(change)),
            EditAction::Undo => self.change_mask(MaskWanted::Undo),
            EditAction::Redo => self.change_mask(MaskWanted::Redo),
            EditAction::Show(result) => open.shown = result,
            EditAction::Watch => {}
            EditAction::FindThing => {
                let (picture, size) = (open.base(), open.mask.mask().size());
                self.ask_about_edit(EditTask::Suggest { picture, size });
            }
            EditAction::GoOn(path) => {
                let folder = open.folder.clone();
                let Ok(base) = path.strip_prefix(&folder).map(Path::to_path_buf) else { return };
                let mask = Some(project::edited::mask_of(&base));
                self.go_to(EditTask::GoTo { folder, base, mask, step: None });
            }
            EditAction::BackTo(place) => {
                let Some(step) = open.edited.steps.get(place) else { return };
                let mask = step.masked.then(|| step.folder.join(project::edited::MASK));
                let (folder, base) = (open.folder.clone(), step.base.clone());
                self.go_to(EditTask::GoTo { folder, base, mask, step: Some(place) });
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
    fn change_mask(&mut self, wanted: MaskWanted) {
        let Some(open) = &mut self.state.editing.open else { return };
        if open.working.is_some() {
            let ended = matches!(wanted, MaskWanted::End | MaskWanted::Change(MaskChange::Stroke { .. }));
            open.waiting.push(wanted);
            if ended {
                let painted = open.keep_painted();
                self.disk(painted);
            }
            return;
        }
        let work = open.mask.want(wanted);
        open.working = work.as_ref().map(|_| 0.0);
        open.work.clone_from(&work);
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
            (open.working, open.work) = (None, None);
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
        self.state.editing.draft.drawing.take_seed(outside.seed);
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

    /// A picture is open: another one, or what an artist went on from or back to, with the settings that belong to it.
    fn take_opened(&mut self, mut view: EditedView) {
        let editing = &mut self.state.editing;
        let here = editing.open.as_mut().filter(|open| open.folder == view.folder);
        // A result that was finished while the disk looked is known here alone.
        let known = here.iter().flat_map(|open| &open.results);
        for (listed, known) in view.results.iter_mut().zip(known) {
            let late: Vec<PathBuf> = known.iter().filter(|path| !listed.contains(path)).cloned().collect();
            listed.extend(late);
        }
        let known = here.is_some();
        let same = here.filter(|open| open.edited.base == view.edited.base);
        let back = view.step.and_then(|step| view.edited.steps.get(step));
        let repainted = match (same, back) {
            // What is being painted on anyway: no step of it is forgotten for that.
            (Some(open), None) => {
                (open.shown, open.results, open.edited) = (view.shown, view.results, view.edited);
                return;
            }
            (same, Some(step)) => {
                let draft = &mut editing.draft;
                (draft.drawing.settings, draft.edit) = (step.draw.clone(), step.edit.clone());
                draft.drawing.seed_locked = true;
                same.is_some()
            }
            (None, None) => {
                if known {
                    // What was made larger is not made larger once more.
                    editing.draft.edit.extend = [0; 4];
                }
                false
            }
        };
        let counted = back.is_some();
        let id = self.state.new_name();
        let open = OpenPicture::new(id, view);
        let kept = open.keep_mask();
        let old = self.state.editing.open.replace(open);
        // It was painted on until now. Where the same picture has another mask, it is that which is kept.
        if let Some(mut old) = old {
            old.mask.end();
            let left = old.leave_mask().map(|left| if repainted { kept } else { left });
            left.into_iter().for_each(|task| self.disk(task));
        }
        if counted {
            self.count_tokens();
        }
    }

    pub(super) fn edit_answer(&mut self, answer: EditAnswer) {
        match answer {
            EditAnswer::Opened(view) => {
                let editing = &mut self.state.editing;
                let asked = std::mem::take(&mut editing.opening);
                editing.going = false;
                let kept =
                    |open: &&OpenPicture| open.failures == editing.failures || open.folder == view.folder;
                match editing.open.as_ref().filter(|open| asked && !kept(open)) {
                    // Here is the only place where it is.
                    Some(open) => {
                        let name = &open.edited.name;
                        let text = t!("edit-not-kept", name = name);
                        self.state.notify(Severity::Error, text);
                    }
                    None => self.take_opened(*view),
                }
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
                    self.change_mask(MaskWanted::Change(MaskChange::Replace(mask)));
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
                let label = t!("jobs-edit", prompt = shortened(&settings.prompt, NAME));
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
            (Question::SaveMask, Some(open)) if open.working.is_some() => {
                return self.warn(t!("edit-obstacle-working"));
            }
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
mod tests;
