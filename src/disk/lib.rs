//! Everything the window wants from the disk, done by threads of its own so that no frame waits.
//!
//! One thread changes things, in the order in which it is asked; another only looks. Two more do what can take
//! minutes: one looks for models on the disk, one downloads them when it is told to. What goes wrong comes back as a
//! sentence. It knows no window.

mod convert;
mod discovery;
mod download;
mod drafts;
mod library;
pub mod message;
mod pictures;
mod runs;
mod text;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

use crossbeam_channel::{Receiver, Sender, bounded};

use base::{Error, Result, units};
use message::{Answer, Damaged, ModelCard, Task};
use models::discovery::{Environment, Holds, Kind, LARGEST_WORD, recognise};
use models::download::Hub;
use project::{DataDir, Draft};

/// Called after every answer, from the disk's threads; a window asks for a repaint here.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// How many tasks may wait.
const WAITING: usize = 4096;

/// The way back to the window, which every thread has.
#[derive(Clone)]
struct Reply {
    answers: Sender<Answer>,
    wake: Wake,
}

impl Reply {
    /// Answers; waits where the window has not read what came before.
    fn send(&self, answer: Answer) {
        if self.answers.send(answer).is_ok() {
            (self.wake)();
        }
    }
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>> {
    let thread = std::thread::Builder::new().name(name.into()).spawn(run);
    thread.map_err(|e| Error::Internal(format!("the system gives no thread ({e})")))
}

/// Does something; says `damaged` if it panics, since a damaged file that makes a decoder panic must not end a thread.
fn caught<T>(damaged: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
    done.unwrap_or_else(|_| Err(Error::Reported(damaged.into(), 1)))
}

/// Everything that works on the disk.
pub struct Disk {
    writes: Option<Sender<Task>>,
    reads: Option<Sender<Task>>,
    answers: Receiver<Answer>,
    threads: Vec<JoinHandle<()>>,
    reply: Reply,
    converter: Mutex<Option<convert::Converter>>,
    discovery: discovery::DiscoveryThread,
    download: download::DownloadThread,
}

impl Disk {
    /// Starts the threads; fails only if the system gives none.
    pub fn start(home: &DataDir, wake: &Wake) -> Result<Self> {
        let (sender, answers) = bounded(WAITING);
        let reply = Reply { answers: sender, wake: wake.clone() };
        let mut threads = Vec::new();
        let mut worker = |name: &str| -> Result<Option<Sender<Task>>> {
            let (tasks, received) = bounded::<Task>(WAITING);
            let worker = TaskWorker { home: home.clone(), reply: reply.clone() };
            threads.push(spawn(name, move || worker.run(&received))?);
            Ok(Some(tasks))
        };
        let writes = worker("pseudoword-disk")?;
        let reads = worker("pseudoword-disk-read")?;
        let discovery = discovery::DiscoveryThread::start(home.clone(), Environment::here, reply.clone())?;
        let hub = || Hub::usual(&Environment::here());
        let download = download::DownloadThread::start(home.clone(), hub, reply.clone())?;
        let converter = Mutex::new(None);
        Ok(Self { writes, reads, answers, threads, reply, converter, discovery, download })
    }

    /// Asks for something. Whether there was room: with more than 4096 tasks waiting the newest is let go.
    pub fn ask(&self, task: Task) -> bool {
        let task = match task {
            Task::ConvertModel { from, to } => return self.convert(from, to),
            Task::StopConverting => {
                self.converter().as_ref().inspect(|converter| converter.stop.store(true, Ordering::Relaxed));
                return true;
            }
            Task::Discovery(task) => return self.discovery.ask(task),
            Task::Download(task) => return self.download.ask(task),
            task => task,
        };
        let reads = matches!(
            task,
            Task::View(_)
                | Task::Tokens { .. }
                | Task::Count { .. }
                | Task::OpenPicture(_)
                | Task::OpenRun(_)
                | Task::OpenPreview(_)
                | Task::Sort(_)
        );
        let sender = if reads { &self.reads } else { &self.writes };
        sender.as_ref().is_some_and(|sender| sender.try_send(task).is_ok())
    }

    fn converter(&self) -> MutexGuard<'_, Option<convert::Converter>> {
        self.converter.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a conversion, unless one runs.
    fn convert(&self, from: PathBuf, to: PathBuf) -> bool {
        let mut converter = self.converter();
        let refusal = if converter.as_ref().is_some_and(|known| !known.thread.is_finished()) {
            "Another model is being converted: wait for it.".into()
        } else {
            match convert::Converter::start(from, to, self.reply.clone()) {
                Ok(new) => {
                    *converter = Some(new);
                    return true;
                }
                Err(error) => error.to_string(),
            }
        };
        let _ = self.reply.answers.try_send(Answer::Refused(refusal));
        true
    }

    /// The stream of answers.
    pub fn answers(&self) -> &Receiver<Answer> {
        &self.answers
    }
}

impl Drop for Disk {
    /// Waits for what was asked, so that closing the window loses nothing; a search is given up, and a download goes
    /// on another day.
    fn drop(&mut self) {
        self.writes = None;
        self.reads = None;
        self.threads.extend(self.discovery.close());
        self.threads.extend(self.download.close());
        let converter = self.converter().take();
        self.threads.extend(converter.map(|converter| {
            converter.stop.store(true, Ordering::Relaxed);
            converter.thread
        }));
        // Who waits for room to answer must get it, or would never end.
        while self.threads.iter().any(|thread| !thread.is_finished()) {
            let _ = self.answers.recv_timeout(Duration::from_millis(10));
        }
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

struct TaskWorker {
    home: DataDir,
    reply: Reply,
}

impl TaskWorker {
    /// Works until nobody can ask any more. Of saves of one concept in a row, as a slider makes them, only the last
    /// is done.
    fn run(&self, tasks: &Receiver<Task>) {
        let mut next = tasks.recv().ok();
        while let Some(task) = next {
            next = tasks.try_recv().ok();
            let overtaken = match (&task, &next) {
                (Task::SaveDraft(old), Some(Task::SaveDraft(new))) => old.folder == new.folder,
                _ => false,
            };
            if !overtaken {
                self.work(task);
            }
            if next.is_none() {
                next = tasks.recv().ok();
            }
        }
    }

    fn work(&self, task: Task) {
        let damaged = "A file could not be worked on; it may be damaged. Try another.";
        let answers = caught(damaged, || self.answers(task));
        let answers = answers.unwrap_or_else(|error| vec![Answer::Refused(error.to_string())]);
        answers.into_iter().for_each(|answer| self.reply.send(answer));
    }

    fn answers(&self, task: Task) -> Result<Vec<Answer>> {
        let home = &self.home;
        match task {
            Task::NewDraft => Ok(vec![Answer::Draft(Box::new(drafts::open_or_new(home, None)?))]),
            Task::OpenDraft(folder) => Ok(vec![Answer::Draft(Box::new(Draft::open(&folder)?))]),
            Task::TrashDraft(folder) => {
                discard(home, &folder)?;
                drafts::list(home)
            }
            Task::OpenSample(sample) => drafts::sample(home, sample),
            Task::SaveDraft(draft) => draft.save().map(|()| Vec::new()),
            Task::AddPictures { concept, files } => {
                drafts::add(drafts::open_or_new(home, concept.as_deref())?, &files)
            }
            Task::PastePicture { concept, picture } => {
                drafts::paste(drafts::open_or_new(home, concept.as_deref())?, &picture)
            }
            Task::RemovePicture(path) => drafts::remove(home, &path),
            Task::SaveMask { path, mask } => drafts::save_mask(home, &path, mask.as_deref()),
            Task::View(entry) => Ok(vec![Answer::View(Box::new(drafts::view(entry)))]),
            Task::ListDrafts => drafts::list(home),
            Task::Tokens { model, concept } => text::tokens(&model, &concept),
            Task::Count { model, prompt, words } => text::count(&model, prompt, &words),
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
            Task::AddWord { run, step } => library::add(home, &run, step),
            Task::ListWords => library::list(home),
            Task::ImportWords(files) => library::import(home, &files),
            Task::RenameWord { path, word } => library::rename(home, &path, &word),
            Task::DuplicateWord(path) => library::duplicate(home, &path),
            Task::TrashWord(path) => library::trash(home, &path),
            Task::DescribeWord { path, rights, kind } => library::describe(home, &path, rights, kind),
            Task::ExportWord { path, format, to } => library::export(&path, format, to),
            Task::ExportCurve { run, to } => runs::export_curve(&run, to),
            Task::ListPictures => pictures::list(home),
            Task::OpenPicture(path) => pictures::open(home, path, &self.reply),
            Task::TrashPicture(path) => {
                // A picture that was only looked at belongs elsewhere.
                if path.starts_with(home.pictures()) {
                    discard(home, &path)?;
                }
                pictures::list(home)
            }
            Task::CopyPicture { from, to } => pictures::copy(&from, to),
            Task::WritePicture { picture, to } => pictures::write(&picture, to),
            Task::Model(path) => Ok(vec![Answer::Model(ModelCard::of(&path))]),
            Task::Sort(files) => Ok(vec![sort(files)]),
            Task::Starter => {
                let path = starter::bundle::model(home)?;
                Ok(vec![Answer::Model(ModelCard::of(&path)), Answer::Starter(path)])
            }
            // These are done elsewhere: see `ask`.
            Task::ConvertModel { .. } | Task::StopConverting | Task::Discovery(_) | Task::Download(_) => {
                Ok(Vec::new())
            }
        }
    }
}

/// Moves a file or folder to the system's trash; where there is none, to a folder `trash` of ours. Nothing is
/// ever deleted for good.
fn discard(home: &DataDir, path: &Path) -> Result<()> {
    if !path.exists() || trash::delete(path).is_ok() {
        return Ok(());
    }
    let folder = home.root().join("trash");
    fs::create_dir_all(&folder).map_err(|e| Error::write(&folder, e))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let to = project::draft::free_folder(&folder, &name);
    fs::rename(path, &to).map_err(|e| Error::write(path, e))
}

/// Tells models from words by what is in the files.
fn sort(files: Vec<PathBuf>) -> Answer {
    // A small file that is damaged is more likely a word.
    let model = |path: &PathBuf| {
        recognise(path, Holds::Anything).is_some_and(|found| {
            found.kind == Kind::Model && (found.fault.is_none() || found.bytes > LARGEST_WORD)
        })
    };
    let (models, words) = files.into_iter().partition(model);
    Answer::Sorted { models, words }
}

/// Cards, and what is damaged besides: it must not hide the others, nor be hidden.
fn sorted_out<T>(read: impl Iterator<Item = (PathBuf, Result<T>)>) -> (Vec<T>, Vec<Damaged>) {
    let (mut whole, mut damaged) = (Vec::new(), Vec::new());
    for (path, card) in read {
        match card {
            Ok(card) => whole.push(card),
            Err(error) => damaged.push(Damaged { path, fault: error.to_string() }),
        }
    }
    damaged.sort_by(|a, b| a.path.cmp(&b.path));
    (whole, damaged)
}

/// The picture, made smaller if it is larger than `side`.
fn small(picture: image::DynamicImage, side: u32) -> image::RgbImage {
    if picture.width().max(picture.height()) > side { picture.thumbnail(side, side) } else { picture }
        .into_rgb8()
}

/// When a file or folder was last changed, in seconds since 1970; 0 if unknown.
fn changed(path: &Path) -> u64 {
    let time = fs::metadata(path).and_then(|data| data.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
    units::unix_seconds(time)
}

/// The folders in a folder; none if it is not there.
fn folders(path: &Path) -> Vec<PathBuf> {
    let listing = fs::read_dir(path).into_iter().flatten().flatten();
    listing.map(|entry| entry.path()).filter(|path| path.is_dir()).collect()
}

#[cfg(test)]
mod tests;
