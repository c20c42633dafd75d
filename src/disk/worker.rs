//! One of the disk's threads at work: it takes one task after the other and answers each.
//!
//! What goes wrong is an answer too. Nothing that cannot be read is written over: it is set aside first, and said.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crossbeam_channel::Receiver;

use super::claim::Claim;
use super::edits::OpenHere;
use super::message::{Answer, CompareTask, EditTask, ModelCard, Task};
use super::{
    Reply, caught, compare, discard, drafts, drawings, dropped, edits, library, pictures, runs, text,
};
use base::atomic::write_atomic;
use base::{Error, FileKind, Result};
use project::{DataDir, RunFolder};

/// Whether a task changes nothing on the disk and is one for the thread that looks.
pub(super) fn only_looks(task: &Task) -> bool {
    matches!(
        task,
        Task::View(_)
            | Task::Outline(_)
            | Task::Tokens { .. }
            | Task::Count { .. }
            | Task::OpenPicture(_)
            | Task::ReadSettings(_)
            | Task::ReadDrawings { .. }
            | Task::OpenRun(_)
            | Task::OpenPreview(_)
            | Task::LookAtDropped(_)
            | Task::Sort(_)
            | Task::Compare(CompareTask::Open { .. })
            | Task::Edit(EditTask::LoadMask { .. } | EditTask::Suggest { .. } | EditTask::Work { .. })
    )
}

/// Whether nobody misses a task when the window is closed.
fn idle(task: &Task) -> bool {
    only_looks(task)
        || matches!(
            task,
            Task::ListDrafts | Task::ListRuns | Task::ListWords | Task::ListPictures | Task::Model(_)
        )
}

pub(super) struct TaskWorker {
    pub home: DataDir,
    pub reply: Reply,
    /// Nobody listens any more: only what changes something is still done.
    pub closing: Arc<AtomicBool>,
    /// The concept that is open in this window.
    pub claim: Claim,
    /// The number of the note of a word that was kept last.
    pub noted: Arc<AtomicU64>,
    /// The picture that is edited in this window.
    pub edited: OpenHere,
}

impl TaskWorker {
    /// Works until nobody can ask any more. Of saves of one concept in a row, as a slider makes them, only the last
    /// is done; of the window's, and of counts of what is typed, likewise.
    pub fn run(&self, tasks: &Receiver<Task>) {
        let mut next = tasks.recv().ok();
        while let Some(task) = next {
            next = tasks.try_recv().ok();
            let overtaken = match (&task, &next) {
                (Task::SaveDraft(old), Some(Task::SaveDraft(new))) => old.folder == new.folder,
                (
                    Task::Edit(EditTask::SaveMask { folder: old, .. }),
                    Some(Task::Edit(EditTask::SaveMask { folder: new, .. })),
                ) => old == new,
                (Task::SaveWindow(_), Some(Task::SaveWindow(_)))
                | (Task::Count { .. }, Some(Task::Count { .. })) => true,
                _ => false,
            };
            let given_up = idle(&task) && self.closing.load(Ordering::Relaxed);
            if !overtaken && !given_up {
                self.work(task);
            }
            if next.is_none() {
                next = tasks.recv().ok();
            }
        }
    }

    fn work(&self, task: Task) {
        for answer in self.set_damaged_aside(&task) {
            self.reply.send(answer);
        }
        let noted = self.noted.load(Ordering::Relaxed);
        let damaged = "A file could not be worked on; it may be damaged. Try another.";
        let answers = caught(damaged, || self.answers(task));
        let answers = answers.unwrap_or_else(|error| vec![Answer::Refused(error.to_string())]);
        for draft in answers.iter().filter_map(|answer| match answer {
            Answer::Draft(draft) => Some(draft),
            _ => None,
        }) {
            self.claim.take(&draft.folder);
        }
        self.reply.send_all(noted, answers);
    }

    /// Keeps what cannot be read and that a task might write over; a sentence about each.
    fn set_damaged_aside(&self, task: &Task) -> Vec<Answer> {
        match task {
            Task::SaveDraft(draft) | Task::BeginRun { draft, .. } => {
                draft.set_damaged_aside().into_iter().map(Answer::Refused).collect()
            }
            Task::AddWord { .. } | Task::RenameWord { .. } | Task::DescribeWord { .. } => {
                library::set_damaged_aside(&self.home).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    fn answers(&self, task: Task) -> Result<Vec<Answer>> {
        let home = &self.home;
        match task {
            Task::NewDraft => {
                Ok(vec![Answer::Draft(Box::new(drafts::open_or_new(home, &self.claim, None)?))])
            }
            Task::OpenDraft(folder) => drafts::open(home, &self.claim, &folder),
            Task::TrashDraft(folder) => {
                if self.claim.is_anothers(&folder) {
                    let fault = "this concept is open in another window";
                    let remedy = "Close it there first.";
                    return Err(Error::file(FileKind::Settings, &folder, fault, remedy));
                }
                self.claim.let_go(&folder);
                discard(home, &folder)?;
                drafts::list(home)
            }
            Task::OpenSample(sample) => drafts::sample(home, sample),
            Task::SaveDraft(draft) => draft.save().map(|()| Vec::new()),
            Task::BeginRun { job, model, draft } => {
                let out = runs::begin(home, &draft).map_err(|error| error.to_string());
                Ok(vec![Answer::RunReady { job, model, draft, out }])
            }
            Task::SaveWindow(text) => {
                fs::create_dir_all(home.root()).map_err(|e| Error::write(home.root(), e))?;
                write_atomic(&home.window(), text.as_bytes()).map(|()| Vec::new())
            }
            Task::AddPictures { concept, files } => {
                drafts::add(drafts::open_or_new(home, &self.claim, concept.as_deref())?, &files)
            }
            Task::PastePicture { concept, picture } => {
                drafts::paste(drafts::open_or_new(home, &self.claim, concept.as_deref())?, &picture)
            }
            Task::RemovePicture(path) => drafts::remove(home, &path),
            Task::SaveMask { path, mask } => drafts::save_mask(home, &path, mask.as_deref()),
            Task::View(entry) => Ok(vec![Answer::View(Box::new(drafts::view(entry)))]),
            Task::Outline(path) => Ok(vec![drafts::outline(path)]),
            Task::ListDrafts => drafts::list(home),
            Task::Tokens { model, concept } => text::tokens(&model, &concept),
            Task::Count { model, prompts, steps, words } => text::count(&model, prompts, steps, &words),
            Task::ListRuns => runs::list(home),
            Task::OpenRun(folder) => runs::open(&folder),
            Task::OpenPreview(path) => {
                let picture = project::picture::open_picture(&path)?.into_rgb8();
                Ok(vec![Answer::Preview(path, Arc::new(picture))])
            }
            Task::TrashRun(folder) => {
                discard(home, &folder)?;
                runs::list(home)
            }
            Task::LeaveRun { run, left } => RunFolder::open(&run)?.leave(left).map(|()| Vec::new()),
            Task::AddWord { run, step, likeness } => library::add(home, &run, step, likeness),
            Task::ListWords => library::list(home),
            Task::ImportWords(files) => library::import(home, &files),
            Task::AddMixed { file, kind, picture } => {
                library::add_mixed(home, &file, kind, picture.as_deref())
            }
            Task::RenameWord { path, word } => library::rename(home, &path, &word),
            Task::DuplicateWord(path) => library::duplicate(home, &path),
            Task::TrashWord(path) => library::trash(home, &path),
            Task::DescribeWord { path, rights, kind } => library::describe(home, &path, rights, kind),
            Task::MarkNegative { path, negative } => library::mark_negative(home, &path, negative),
            Task::ExportWord { path, format, to } => library::export(home, &path, format, to),
            Task::WriteReceipt { path, to } => library::write_receipt(&path, &to),
            Task::ExportCurve { run, to } => runs::export_curve(&run, to),
            Task::ListPictures => pictures::list(home),
            Task::OpenPicture(path) => pictures::open(home, path, &self.reply),
            Task::ReadSettings(text) => Ok(vec![drawings::settings(home, &text)?]),
            Task::ReadDrawings { path, settings } => drawings::read(home, &path, &settings),
            Task::TrashPicture(path) => {
                // A picture that was only looked at belongs elsewhere.
                if path.starts_with(home.pictures()) {
                    discard(home, &path)?;
                }
                pictures::list(home)
            }
            Task::CopyPicture { from, to } => pictures::copy(&from, to),
            Task::WritePicture { picture, to } => pictures::write(&picture, to),
            Task::Model(path) => Ok(vec![Answer::Model(Box::new(ModelCard::of(&path)))]),
            Task::LookAtDropped(paths) => Ok(vec![Answer::Dropped(dropped::look(paths))]),
            Task::Compare(task) => compare::work(home, task),
            Task::Edit(task) => {
                let reply = &self.reply;
                edits::work(home, &self.edited, task, &|answer| reply.send(Answer::Edit(answer)))
            }
            Task::Sort(files) => Ok(vec![dropped::sort(files)]),
            Task::Starter => {
                // The engine writes the words of a grid there, and makes no folder.
                fs::create_dir_all(home.grid()).map_err(|e| Error::write(&home.grid(), e))?;
                let path = starter::bundle::model(home)?;
                Ok(vec![Answer::Model(Box::new(ModelCard::of(&path))), Answer::Starter(path)])
            }
            // These are done elsewhere: see `ask`.
            Task::ConvertModel { .. }
            | Task::StopConverting
            | Task::Discovery(_)
            | Task::Download(_)
            | Task::Library(_)
            | Task::Thumbnails(_) => Ok(Vec::new()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_counts_in_a_row_only_the_last_is_worked_on() {
        let (ask, tasks) = crossbeam_channel::bounded(64);
        for prompt in ["a", "a cat", "a cat on"] {
            let model = "/nowhere".into();
            let prompts = [prompt.into(), String::new()];
            ask.send(Task::Count { model, prompts, steps: 20, words: Vec::new() }).unwrap();
        }
        drop(ask);
        let folder = tempfile::tempdir().unwrap();
        let (sender, answers) = crossbeam_channel::bounded(64);
        let reply = Reply { answers: sender, wake: Arc::new(|| {}) };
        let home = DataDir::at(folder.path().to_path_buf());
        let (closing, noted) = (Arc::default(), Arc::default());
        let (claim, edited) = (Claim::default(), OpenHere::default());
        TaskWorker { home, reply, closing, claim, noted, edited }.run(&tasks);
        assert_eq!(answers.len(), 1);
    }
}
