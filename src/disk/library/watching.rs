//! The thread that watches the library, the folders of words and the pictures drawn, and keeps what is noted of words.
//!
//! It looks every few seconds at names, sizes and times, the less often the longer that takes, and tells only what has
//! changed. It begins when it is asked to, and writes nothing into folders of other programs.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use super::notes::{self, Notes, WordNotes};
use super::{PICTURE, places};
use crate::kept_index::Stamp;
use crate::message::{Answer, Missed};
use crate::picture_texts::{PictureTexts, TextsOnDisk};
use crate::{Reply, caught, spawn};
use base::Result;
use format::credentials::Seal;
use format::embedding::Key;
use models::discovery::{Environment, Holds, Origin, Place};
use project::{Author, CredentialSettings, DataDir};

/// The time between two looks, at least.
const PAUSE: Duration = Duration::from_secs(2);
/// A look takes at most one part in so many of the time.
const SHARE: u32 = 50;

/// What can be asked about folders of words and notes.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "a field is what it is called")]
pub enum LibraryTask {
    /// Tell from now on when words or pictures come, change or go. Answers: [`Answer::Words`] and
    /// [`LibraryAnswer::Texts`] then; the texts at once, too.
    Watch,
    /// Look into a folder of words from now on. Answer: [`Answer::Words`].
    AddFolder(PathBuf),
    /// Look into a folder no more; its files stay. Answer: [`Answer::Words`].
    RemoveFolder(PathBuf),
    /// Look where other programs keep words. Answer: [`LibraryAnswer::Suggested`].
    FindFolders,
    /// Keep what was changed from `before` in the notes of a word, by its content. Later ones have larger numbers. No
    /// answer.
    Note { content: String, before: WordNotes, notes: WordNotes, number: u64 },
    /// Say who makes words here, and keep it if something is said. Answer: [`LibraryAnswer::Author`].
    Author(Option<Author>),
    /// Say how pictures made here are signed, and keep it if something is said. Answer: [`LibraryAnswer::Credentials`].
    Credentials(Option<CredentialSettings>),
    /// Show a word by this picture; without one, as before. Answer: [`Answer::Words`].
    ChoosePicture { content: String, from: Option<PathBuf> },
}

/// What is answered.
#[derive(Debug, Clone, PartialEq)]
pub enum LibraryAnswer {
    /// The folders that are watched; follows the words.
    Folders(Vec<WordFolder>),
    /// The words that follow know all notes up to this number.
    Noted(u64),
    /// Folders in which other programs keep words, and whose they are.
    Suggested(Vec<(PathBuf, Origin)>),
    /// Who makes words here, and the public key by which these are signed.
    Author(Author, String),
    /// How pictures made here are signed, and why they cannot be if that is so.
    Credentials(CredentialSettings, Option<String>),
    /// What the pictures drawn before say of themselves.
    Texts(Arc<PictureTexts>),
}

/// A folder of words that is watched.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WordFolder {
    /// Where it is.
    pub path: PathBuf,
    /// Whether it is there; the drive it is on may not be connected.
    pub there: bool,
    /// Whether it holds so many files that not all were looked at.
    pub more: bool,
    /// How many words it holds that are in no folder before it.
    pub words: usize,
    /// What is wrong with each of its files that are no words.
    pub strangers: Vec<String>,
}

pub(crate) struct LibraryThread {
    tasks: Option<Sender<LibraryTask>>,
    closing: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl LibraryThread {
    pub fn start(home: DataDir, reply: Reply, noted: Arc<AtomicU64>) -> Result<Self> {
        let (tasks, received) = bounded(4096);
        let closing = Arc::new(AtomicBool::new(false));
        let texts = TextsOnDisk::new(&home);
        let (closed, pause) = (closing.clone(), PAUSE);
        let mut watcher = Watcher {
            home,
            reply,
            closing: closed,
            texts,
            watching: false,
            seen: 0,
            seen_notes: Default::default(),
            noted,
            unread: false,
            pause,
        };
        let thread = spawn("pseudoword-library", move || watcher.run(&received))?;
        Ok(Self { tasks: Some(tasks), closing, thread: Some(thread) })
    }

    pub fn ask(&self, task: LibraryTask) -> bool {
        self.tasks.as_ref().is_some_and(|tasks| tasks.try_send(task).is_ok())
    }

    /// Writes what was noted, and ends.
    pub fn close(&mut self) -> Option<JoinHandle<()>> {
        self.closing.store(true, Ordering::Relaxed);
        self.tasks = None;
        self.thread.take()
    }
}

struct Watcher {
    home: DataDir,
    reply: Reply,
    /// Nobody listens any more: only what is to be written is still done.
    closing: Arc<AtomicBool>,
    texts: TextsOnDisk,
    watching: bool,
    /// How the folders looked when words were told last.
    seen: u64,
    /// How the notes looked then.
    seen_notes: [Option<Stamp>; 2],
    /// The number of the note that was kept last.
    noted: Arc<AtomicU64>,
    /// Whether there are pictures whose texts were not read yet.
    unread: bool,
    pause: Duration,
}

impl Watcher {
    fn run(&mut self, tasks: &Receiver<LibraryTask>) {
        loop {
            let pause = if self.unread { Duration::ZERO } else { self.pause };
            let next = match self.watching {
                true => tasks.recv_timeout(pause),
                false => tasks.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            let ended = next == Err(RecvTimeoutError::Disconnected);
            let suggests = next == Ok(LibraryTask::FindFolders);
            let damaged = "A file of the library could not be looked at; it may be damaged.";
            let done = caught(damaged, || match next {
                Ok(task) => self.work(task, tasks),
                Err(RecvTimeoutError::Timeout) => self.look(tasks),
                Err(RecvTimeoutError::Disconnected) => Ok(()),
            });
            if let Err(error) = done {
                self.reply.send(Answer::Refused(error.to_string()));
                if suggests {
                    self.reply.send(Answer::Missed(Missed::WordFolders));
                }
                self.unread = false;
            }
            if ended {
                return;
            }
        }
    }

    fn work(&mut self, task: LibraryTask, tasks: &Receiver<LibraryTask>) -> Result<()> {
        match task {
            LibraryTask::Watch => {
                (self.seen, self.seen_notes) = (self.fingerprint()?, self.look_of_notes());
                self.watching = true;
                self.read_texts(tasks, true);
            }
            LibraryTask::AddFolder(folder) => {
                Notes::watch(&self.home, &folder)?;
                self.tell()?;
            }
            LibraryTask::RemoveFolder(folder) => {
                Notes::change(&self.home, |notes| notes.folders.retain(|known| *known != folder))?;
                self.tell()?;
            }
            LibraryTask::FindFolders => self.suggest(),
            LibraryTask::Note { content, before, notes, number } => {
                // Each letter that is typed is one: those that wait are kept together.
                let (mut all, mut other) = (vec![(content, before, notes)], None);
                let mut last = number;
                while other.is_none()
                    && let Ok(next) = tasks.try_recv()
                {
                    match next {
                        LibraryTask::Note { content, before, notes, number } => {
                            all.push((content, before, notes));
                            last = number;
                        }
                        task => other = Some(task),
                    }
                }
                let kept = self.keep(all, last);
                return match other {
                    Some(task) => kept.and(self.work(task, tasks)),
                    None => kept,
                };
            }
            LibraryTask::Author(said) => {
                said.map_or(Ok(()), |author| author.save(&self.home))?;
                let key = Key::of(&self.home)?.public();
                let (author, unread) = Author::load(&self.home);
                unread.into_iter().for_each(|said| self.reply.send(Answer::Refused(said)));
                self.reply.send(Answer::Library(LibraryAnswer::Author(author, key)));
            }
            LibraryTask::Credentials(said) => {
                said.map_or(Ok(()), |settings| settings.save(&self.home))?;
                let read = CredentialSettings::load(&self.home);
                let settings = read.as_ref().cloned().unwrap_or_default();
                let fault = read.and_then(|settings| Seal::of(&settings, &self.home)).err();
                let fault = fault.map(|fault| fault.to_string());
                self.reply.send(Answer::Library(LibraryAnswer::Credentials(settings, fault)));
            }
            LibraryTask::ChoosePicture { content, from } => {
                notes::choose_picture(&self.home, &content, from.as_deref(), PICTURE)?;
                self.tell()?;
            }
        }
        Ok(())
    }

    /// Keeps what was noted, up to this number.
    fn keep(&mut self, all: Vec<(String, WordNotes, WordNotes)>, number: u64) -> Result<()> {
        Notes::change(&self.home, |kept| {
            for (content, before, notes) in &all {
                kept.words.entry(content.clone()).or_default().take(before, notes);
            }
        })?;
        self.noted.store(number, Ordering::Relaxed);
        Ok(())
    }

    /// Looks whether anything has changed.
    fn look(&mut self, tasks: &Receiver<LibraryTask>) -> Result<()> {
        let began = Instant::now();
        if self.look_of_notes() != self.seen_notes || self.fingerprint()? != self.seen {
            self.tell()?;
        }
        self.read_texts(tasks, false);
        self.pause = PAUSE.max(began.elapsed() * SHARE);
        Ok(())
    }

    fn fingerprint(&self) -> Result<u64> {
        Ok(places::fingerprint(&self.home, &Notes::load(&self.home).unwrap_or_default().folders))
    }

    /// Another one when notes are changed or pictures are chosen, in whichever window.
    fn look_of_notes(&self) -> [Option<Stamp>; 2] {
        let look = |path: &Path| std::fs::metadata(path).ok().map(|data| Stamp::of(&data));
        [look(&self.home.library()), look(&self.home.word_pictures())]
    }

    fn tell(&mut self) -> Result<()> {
        // Before the list: what comes meanwhile counts as new.
        (self.seen, self.seen_notes) = (self.fingerprint()?, self.look_of_notes());
        if !self.closing.load(Ordering::Relaxed) {
            self.reply.tell_words(&self.home, &self.noted)?;
        }
        Ok(())
    }

    /// Reads the texts of new pictures, until something is asked for; tells them if there are others, or `anyway`.
    fn read_texts(&mut self, tasks: &Receiver<LibraryTask>, anyway: bool) {
        let stop = || self.closing.load(Ordering::Relaxed) || !tasks.is_empty();
        let changed = self.texts.read(&stop);
        self.unread = self.texts.is_behind();
        if (changed || anyway) && !self.closing.load(Ordering::Relaxed) {
            self.reply.send(Answer::Library(LibraryAnswer::Texts(self.texts.all())));
        }
    }

    fn suggest(&self) {
        let stop = || self.closing.load(Ordering::Relaxed);
        let found = models::discovery::places(&Environment::here(), &stop).places;
        let known = Notes::load(&self.home).unwrap_or_default().folders;
        let mut words: Vec<(PathBuf, Origin)> = Vec::new();
        for (folder, program) in found.iter().filter_map(|place| Some((folder_of(place)?, place.program))) {
            let listed = known.contains(&folder) || words.iter().any(|(other, _)| *other == folder);
            if !listed && folder.is_dir() {
                words.push((folder, program));
            }
        }
        self.reply.send(Answer::Library(LibraryAnswer::Suggested(words)));
    }
}

/// The folder in which a program keeps its words. InvokeAI names each word; its newer versions give each a folder of its
/// own, called by a number, beside all models.
fn folder_of(place: &Place) -> Option<PathBuf> {
    if place.holds != Holds::Embeddings || (place.exact && place.program != Origin::InvokeAi) {
        return None;
    }
    if !place.exact {
        return Some(place.path.clone());
    }
    let folder = place.path.parent()?;
    let name = folder.file_name()?.to_string_lossy();
    let number = name.len() == 36 && name.chars().all(|letter| letter == '-' || letter.is_ascii_hexdigit());
    Some(if number { folder.parent()? } else { folder }.to_path_buf())
}

#[cfg(test)]
mod tests;
