//! One of the disk's threads at work: it takes one task after the other and answers each.
//!
//! What goes wrong is an answer too. Nothing that cannot be read is written over: it is set aside first, and said.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Instant, SystemTime};

use crossbeam_channel::Receiver;

use super::claim::Claim;
use super::edits::OpenHere;
use super::message::{Answer, CompareTask, EditTask, MachineTask, Missed, ModelCard, Task};
use super::window::WindowFile;
use super::{
    Reply, caught, changed, compare, discard, drafts, drawings, dropped, edits, gallery, library, pictures,
    runs, text,
};
use base::places::make_folder;
use base::{Result, alone, units};
use engine::remote::read_token;
use project::machines::Machines;
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
            | Task::FindLoras { .. }
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

/// After so many seconds a mix that was tried is that of a window that was killed. Were it not, it is written anew before it
/// is drawn again.
const TRIED: u64 = 24 * 3600;

/// Takes away what windows that were killed left of mixes that they tried; `now` is in seconds since 1970.
fn forget_tried(home: &DataDir, now: u64) {
    for entry in fs::read_dir(home.grid()).into_iter().flatten().flatten() {
        let tried = entry.file_name().to_string_lossy().starts_with(DataDir::MIX_PREVIEW);
        if tried && changed(&entry.path()).saturating_add(TRIED) < now {
            // It is tried again another day.
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// What the window waits for until it comes, and must be told of if it does not.
fn missed(task: &Task) -> Option<Missed> {
    match task {
        Task::OpenPicture(path) => Some(Missed::Picture(path.clone())),
        Task::Edit(EditTask::Open(_) | EditTask::Paste(_) | EditTask::GoTo { .. }) => Some(Missed::Edit),
        Task::Starter => Some(Missed::Starter),
        _ => None,
    }
}

/// Machines that lend their device, and their tokens.
fn machines(home: &DataDir, task: MachineTask) -> Result<Answer> {
    let _alone = alone(&home.machines());
    let (mut machines, mut ready) = (Machines::load(home), None);
    match task {
        MachineTask::List => {}
        MachineTask::Remember { device, token } => {
            let file = Path::new(token.trim());
            let token = if file.is_file() { read_token(file)? } else { token };
            machines.remember(&device, &token);
            machines.save(home)?;
            ready = Some(device);
        }
        MachineTask::Forget(device) => {
            machines.forget(&device);
            machines.save(home)?;
        }
    }
    Ok(Answer::Machines { known: machines.all.into_iter().map(|machine| machine.device).collect(), ready })
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
    /// How this window was left.
    pub window: WindowFile,
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
                    Task::Edit(EditTask::SaveMask { folder: old, base: of, .. }),
                    Some(Task::Edit(EditTask::SaveMask { folder: new, base, .. })),
                ) => (old, of) == (new, base),
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
        let (began, noted) = (Instant::now(), self.noted.load(Ordering::Relaxed));
        let missed = missed(&task);
        let damaged = "A file could not be worked on; it may be damaged. Try another.";
        let answers = caught(damaged, || self.answers(task));
        let answers = answers.unwrap_or_else(|error| {
            let refused = Answer::Refused(error.to_string());
            std::iter::once(refused).chain(missed.map(Answer::Missed)).collect()
        });
        for draft in answers.iter().filter_map(|answer| match answer {
            Answer::Draft(draft) => Some(draft),
            _ => None,
        }) {
            self.claim.take(&draft.folder);
        }
        if !self.reply.send_all(began, noted, answers)
            && let Err(error) = caught(damaged, || self.reply.tell_words(&self.home, &self.noted))
        {
            self.reply.send(Answer::Refused(error.to_string()));
        }
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
                drafts::expect_free(&self.claim, &folder)?;
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
            Task::Machines(task) => machines(home, task).map(|answer| vec![answer]),
            Task::SaveWindow(text) => self.window.save(home, text).map(|()| Vec::new()),
            Task::AddPictures { concept, files } => {
                drafts::add(drafts::open_or_new(home, &self.claim, concept.as_deref())?, &files)
            }
            Task::PastePicture { concept, picture } => {
                drafts::paste(drafts::open_or_new(home, &self.claim, concept.as_deref())?, &picture)
            }
            Task::RemovePicture(path) => drafts::remove(home, &path),
            Task::SaveMask { path, mask } => drafts::save_mask(home, &self.claim, &path, mask.as_deref()),
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
            Task::FindLoras { picture, loras } => {
                let (found, missing) = drawings::loras(home, loras);
                Ok(vec![Answer::Loras { picture, found, missing }])
            }
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
            Task::Gallery(task) => gallery::work(home, task),
            Task::Sort(files) => Ok(vec![dropped::sort(files)]),
            Task::Starter => {
                // The engine writes the words of a grid there, and makes no folder.
                make_folder(&home.grid())?;
                let now = units::unix_seconds(SystemTime::now());
                forget_tried(home, now);
                gallery::let_old_go(home, now);
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
        let reply = Reply::new(sender, Arc::new(|| {}));
        let home = DataDir::at(folder.path().to_path_buf());
        let (closing, noted) = (Arc::default(), Arc::default());
        let (claim, edited) = (Claim::default(), OpenHere::default());
        let window = WindowFile::open(&home);
        TaskWorker { home, reply, closing, claim, noted, edited, window }.run(&tasks);
        assert_eq!(answers.len(), 1);
    }

    #[test]
    fn what_does_not_come_is_told_by_its_name() {
        let (open, edit) = (Task::OpenPicture("/a.png".into()), Task::Edit(EditTask::Open("/a.png".into())));
        assert_eq!(missed(&open), Some(Missed::Picture("/a.png".into())));
        assert_eq!((missed(&edit), missed(&Task::ListRuns)), (Some(Missed::Edit), None));
        let (folder, base) = ("/e".into(), "source.png".into());
        let go_to = Task::Edit(EditTask::GoTo { folder, base, mask: None, step: None });
        assert_eq!((missed(&go_to), missed(&Task::Starter)), (Some(Missed::Edit), Some(Missed::Starter)));
    }

    #[test]
    fn mixes_that_were_tried_are_taken_away_when_their_windows_are_long_gone() {
        let folder = tempfile::tempdir().unwrap();
        let home = DataDir::at(folder.path().to_path_buf());
        fs::create_dir_all(home.grid()).unwrap();
        let kept = home.grid().join("step-00000010.safetensors");
        let old = home.grid().join("mix-preview.safetensors");
        for file in [&kept, &old, &home.mix_preview()] {
            fs::write(file, "").unwrap();
        }
        let now = units::unix_seconds(SystemTime::now());
        forget_tried(&home, now);
        assert!(old.exists() && home.mix_preview().exists(), "a window may be open");
        forget_tried(&home, now + TRIED + 60);
        assert!(kept.exists() && !old.exists() && !home.mix_preview().exists());
    }
}
