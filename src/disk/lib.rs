//! Everything the window wants from the disk, done by threads of its own so that no frame waits.
//!
//! One thread changes things, in the order in which it is asked; another looks, and writes how the window stands; a
//! third makes small copies of pictures. Three more do what can take minutes: one looks for models on the disk, one
//! downloads them when it is told to, one watches folders of words and reads what pictures say. What goes wrong comes back as a sentence. It knows no window.

mod claim;
mod compare;
mod comparison;
mod convert;
mod discard;
mod discovery;
mod download;
mod drafts;
mod drawings;
mod dropped;
mod edits;
mod gallery;
mod kept_index;
mod library;
pub mod message;
mod picture_texts;
mod pictures;
mod runs;
pub mod search;
mod text;
mod thumbnails;
mod window;
mod worker;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

use crossbeam_channel::{Receiver, Sender, bounded};

pub use dropped::opens;
pub use library::exported;

use base::{Error, Result, units};
use discard::discard;
use message::{Answer, Damaged, LibraryAnswer, Task};
use models::discovery::Environment;
use models::download::Hub;
use project::DataDir;
use worker::{TaskWorker, only_looks};

/// Called after every answer, from the disk's threads; a window asks for a repaint here.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// How many tasks may wait.
const WAITING: usize = 4096;
/// How long closing waits for what is being written.
const PATIENCE: Duration = Duration::from_secs(20);

/// The way back to the window, which every thread has.
#[derive(Clone)]
struct Reply {
    answers: Sender<Answer>,
    wake: Wake,
    /// When the words that were told last were begun to be read.
    told: Arc<Mutex<Option<Instant>>>,
}

impl Reply {
    fn new(answers: Sender<Answer>, wake: Wake) -> Self {
        Self { answers, wake, told: Arc::default() }
    }

    /// Answers; waits where the window has not read what came before.
    fn send(&self, answer: Answer) {
        if self.answers.send(answer).is_ok() {
            (self.wake)();
        }
    }

    /// The same for several, which were begun to be read at `began`; before words it is said that they know all notes up to
    /// the number. False if words that were read later have been told already: these are left out then, since what a
    /// window is told last stays, and have to be read anew.
    #[must_use]
    fn send_all(&self, began: Instant, noted: u64, answers: Vec<Answer>) -> bool {
        let mut in_order = true;
        for answer in answers {
            if matches!(answer, Answer::Words(_)) {
                // No other words come between the number and these.
                let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
                in_order = told.is_none_or(|told| began >= told);
                if !in_order {
                    continue;
                }
                *told = Some(began);
                self.send(Answer::Library(LibraryAnswer::Noted(noted)));
                self.send(answer);
            } else {
                self.send(answer);
            }
        }
        in_order
    }

    /// Tells the words of the library, read anew until nobody else told some that were read later.
    fn tell_words(&self, home: &DataDir, noted: &AtomicU64) -> Result<()> {
        loop {
            let (began, noted) = (Instant::now(), noted.load(Ordering::Relaxed));
            if self.send_all(began, noted, library::list(home)?) {
                return Ok(());
            }
        }
    }
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>> {
    let thread = std::thread::Builder::new().name(name.into()).spawn(run);
    thread.map_err(|e| Error::Internal(format!("the system gives no thread ({e})")))
}

/// Does something; says `damaged` if it panics, since a damaged file that makes a decoder panic must not end a thread.
fn caught<T>(damaged: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    base::caught(work).unwrap_or_else(|_| Err(Error::Reported(damaged.into(), 1)))
}

/// Everything that works on the disk.
pub struct Disk {
    home: DataDir,
    writes: Option<Sender<Task>>,
    reads: Option<Sender<Task>>,
    answers: Receiver<Answer>,
    threads: Vec<JoinHandle<()>>,
    reply: Reply,
    converter: Mutex<Option<convert::Converter>>,
    discovery: discovery::DiscoveryThread,
    library: library::LibraryThread,
    download: download::DownloadThread,
    thumbnails: thumbnails::ThumbnailThread,
    /// Nobody listens any more: only what changes something is still done.
    closing: Arc<AtomicBool>,
}

impl Disk {
    /// Starts the threads; fails only if the system gives none.
    pub fn start(home: &DataDir, wake: &Wake) -> Result<Self> {
        let (sender, answers) = bounded(WAITING);
        let reply = Reply::new(sender, wake.clone());
        let mut threads = Vec::new();
        let closing = Arc::new(AtomicBool::new(false));
        let noted = Arc::new(AtomicU64::new(0));
        let mut worker = |name: &str| -> Result<Option<Sender<Task>>> {
            let (tasks, received) = bounded::<Task>(WAITING);
            let (home, reply, closing) = (home.clone(), reply.clone(), closing.clone());
            let (claim, noted) = (claim::Claim::default(), noted.clone());
            let edited = edits::OpenHere::default();
            let window = window::WindowFile::open(&home);
            let worker = TaskWorker { home, reply, closing, claim, noted, edited, window };
            threads.push(spawn(name, move || worker.run(&received))?);
            Ok(Some(tasks))
        };
        let writes = worker("pseudoword-disk")?;
        let reads = worker("pseudoword-disk-read")?;
        let thumbnails = thumbnails::ThumbnailThread::start(home, reply.clone())?;
        let discovery = discovery::DiscoveryThread::start(home.clone(), Environment::here, reply.clone())?;
        let hub = || Hub::usual(&Environment::here());
        let download = download::DownloadThread::start(home.clone(), hub, reply.clone())?;
        let library = library::LibraryThread::start(home.clone(), reply.clone(), noted)?;
        let converter = Mutex::new(None);
        Ok(Self {
            home: home.clone(),
            writes,
            reads,
            answers,
            threads,
            reply,
            converter,
            discovery,
            library,
            download,
            thumbnails,
            closing,
        })
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
            Task::Library(task) => return self.library.ask(task),
            Task::Download(task) => return self.download.ask(task),
            Task::Thumbnails(paths) => return self.thumbnails.ask(paths),
            task => task,
        };
        // How the window stands depends on nothing else, and must not wait for what takes long.
        let reads = only_looks(&task) || matches!(task, Task::SaveWindow(_));
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
    /// Waits for what was to be written, so that closing the window loses nothing, but not for ever: a drive that does
    /// not answer must not keep the window. What only looks is given up, and a download goes on another day.
    fn drop(&mut self) {
        self.closing.store(true, Ordering::Relaxed);
        // Nobody tries the mix any more; mostly there is none.
        let _ = fs::remove_file(self.home.mix_preview());
        self.writes = None;
        self.reads = None;
        self.threads.extend(self.discovery.close());
        self.threads.extend(self.library.close());
        self.threads.extend(self.download.close());
        self.threads.extend(self.thumbnails.close());
        let converter = self.converter().take();
        self.threads.extend(converter.map(|converter| {
            converter.stop.store(true, Ordering::Relaxed);
            converter.thread
        }));
        // Who waits for room to answer must get it, or would never end.
        let until = Instant::now() + PATIENCE;
        while self.threads.iter().any(|thread| !thread.is_finished()) {
            if Instant::now() > until {
                log::error!("the disk did not answer for {} s; closing without it", PATIENCE.as_secs());
                return;
            }
            let _ = self.answers.recv_timeout(Duration::from_millis(10));
        }
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
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

/// One sentence about files of which each failed, by their names; a single one has its own.
fn refused(faults: &[Error], what: &str) -> Option<String> {
    const NAMED: usize = 8;
    let named = |error: &Error| match error {
        Error::File { path, fault, .. } | Error::Io { path, fault, .. } => {
            format!("{} ({fault})", path.file_name().unwrap_or_default().to_string_lossy())
        }
        other => other.to_string(),
    };
    match faults {
        [] => None,
        [one] => Some(one.to_string()),
        several => {
            let mut parts: Vec<String> = several.iter().take(NAMED).map(named).collect();
            let more = several.len() - parts.len();
            parts.extend((more > 0).then(|| format!("and {more} more")));
            Some(format!("{} {what}: {}.", several.len(), parts.join(", ")))
        }
    }
}

/// The picture, made smaller if it is larger than `side`.
fn small(picture: image::DynamicImage, side: u32) -> image::RgbImage {
    shrunk(picture, side).into_rgb8()
}

/// The same with its transparency.
fn shrunk(picture: image::DynamicImage, side: u32) -> image::DynamicImage {
    if picture.width().max(picture.height()) > side { picture.thumbnail(side, side) } else { picture }
}

/// When a file or folder was last changed, in seconds since 1970; 0 if unknown.
fn changed(path: &Path) -> u64 {
    let time = fs::metadata(path).and_then(|data| data.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
    units::unix_seconds(time)
}

/// The folders in a folder; none if it is not there.
fn folders(path: &Path) -> Vec<PathBuf> {
    project::files::inside(path).filter(|path| path.is_dir()).collect()
}

#[cfg(test)]
mod tests;
