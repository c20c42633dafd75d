//! The thread that looks for models and words on the disk.
//!
//! It searches when it is asked to, and looks at the artist's own folders again when the window comes back to the
//! front; in between it sleeps. A search that is given up ends at the next file.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::message::Answer;
use super::{Reply, caught, spawn};
use ::models::discovery::{
    Environment, Limits, Origin, Place, SearchSummary, Step, WatchedFolders, places, search,
};
use base::Result;
use project::DataDir;

/// What can be asked about models and words on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DiscoveryTask {
    /// Look everywhere. Answers: [`DiscoveryAnswer::Step`] on the way, [`DiscoveryAnswer::Done`] at the end.
    Search,
    /// End the search that is running or waiting. It answers [`DiscoveryAnswer::Done`] as always.
    Cancel,
    /// Look into a folder from now on, and at once. Answers: [`DiscoveryAnswer::Folders`], then as a search.
    WatchFolder(PathBuf),
    /// Do not look into a folder any more. Answers: [`DiscoveryAnswer::Folders`], and [`DiscoveryAnswer::Done`] with what is
    /// to be taken off the list.
    ForgetFolder(PathBuf),
    /// List the folders that are looked into. Answer: [`DiscoveryAnswer::Folders`].
    ListFolders,
    /// The window is in front again: look whether anything has changed in the artist's folders. No answer if nothing
    /// has; else as a search.
    Refocused,
}

/// What is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "a field is what it is called")]
pub enum DiscoveryAnswer {
    /// A search is under way; a model or word may be new or found again, of which its path tells.
    Step(Step),
    /// A search has ended; `gone` was found before and is no longer there.
    Done { summary: SearchSummary, gone: Vec<PathBuf> },
    /// The folders that are looked into.
    Folders(Vec<PathBuf>),
}

pub(super) struct DiscoveryThread {
    tasks: Option<Sender<(u64, DiscoveryTask)>>,
    asked: AtomicU64,
    /// Searches up to this number are given up.
    cancelled: Arc<AtomicU64>,
    thread: Option<JoinHandle<()>>,
}

impl DiscoveryThread {
    pub fn start(home: DataDir, here: fn() -> Environment, reply: Reply) -> Result<Self> {
        let (tasks, received) = bounded(256);
        let cancelled = Arc::new(AtomicU64::new(0));
        let mut worker = DiscoveryWorker {
            watched: WatchedFolders::load(&home),
            home,
            here,
            known: BTreeSet::new(),
            cancelled: cancelled.clone(),
            reply,
        };
        let thread = spawn("pseudoword-discovery", move || worker.run(&received))?;
        Ok(Self { tasks: Some(tasks), asked: AtomicU64::new(0), cancelled, thread: Some(thread) })
    }

    pub fn ask(&self, task: DiscoveryTask) -> bool {
        if task == DiscoveryTask::Cancel {
            self.cancelled.store(self.asked.load(Ordering::Relaxed), Ordering::Relaxed);
            return true;
        }
        let number = self.asked.fetch_add(1, Ordering::Relaxed) + 1;
        self.tasks.as_ref().is_some_and(|tasks| tasks.try_send((number, task)).is_ok())
    }

    /// Gives up what is running and waits for nothing but the next file.
    pub fn close(&mut self) -> Option<JoinHandle<()>> {
        self.cancelled.store(u64::MAX, Ordering::Relaxed);
        self.tasks = None;
        self.thread.take()
    }
}

struct DiscoveryWorker {
    home: DataDir,
    here: fn() -> Environment,
    watched: WatchedFolders,
    /// The paths that were told of.
    known: BTreeSet<PathBuf>,
    cancelled: Arc<AtomicU64>,
    reply: Reply,
}

impl DiscoveryWorker {
    fn run(&mut self, tasks: &Receiver<(u64, DiscoveryTask)>) {
        self.watched.take_damage().into_iter().for_each(|text| self.reply.send(Answer::Refused(text)));
        for (number, task) in tasks {
            let damaged = "A file could not be looked at; it may be damaged. The search was ended.";
            if let Err(error) = caught(damaged, || self.work(number, task)) {
                self.reply.send(Answer::Refused(error.to_string()));
            }
        }
    }

    fn work(&mut self, number: u64, task: DiscoveryTask) -> Result<()> {
        match task {
            DiscoveryTask::Search => self.everywhere(number),
            DiscoveryTask::Cancel => {}
            DiscoveryTask::WatchFolder(folder) => {
                self.watched.add(&self.home, &folder)?;
                self.list();
                self.changes(number);
            }
            DiscoveryTask::ForgetFolder(folder) => {
                self.watched.remove(&self.home, &folder)?;
                self.list();
                let gone = self.known.iter().filter(|path| path.starts_with(&folder)).cloned().collect();
                self.done(SearchSummary::default(), gone);
            }
            DiscoveryTask::ListFolders => self.list(),
            DiscoveryTask::Refocused => self.changes(number),
        }
        Ok(())
    }

    fn list(&self) {
        let folders = self.watched.folders().map(Path::to_path_buf).collect();
        self.reply.send(Answer::Discovery(DiscoveryAnswer::Folders(folders)));
    }

    fn everywhere(&mut self, number: u64) {
        let mut all = vec![Place::folder(self.home.models(), Origin::Downloads)];
        all.retain(|downloads| downloads.path.is_dir());
        all.extend(self.watched.places());
        let stop = || self.cancelled.load(Ordering::Relaxed) >= number;
        let others = places(&(self.here)(), &stop);
        all.extend(others.places);
        self.search(number, &all, others.notes, &|_| true);
    }

    /// Searches those of the artist's folders in which something has changed.
    fn changes(&mut self, number: u64) {
        let changed = self.watched.changed();
        if !changed.is_empty() {
            let inside = |path: &Path| changed.iter().any(|place| path.starts_with(&place.path));
            self.search(number, &changed, Vec::new(), &inside);
        }
    }

    /// Searches places, and takes off the list what was known in the part that they `cover` and is not there now.
    fn search(&mut self, number: u64, places: &[Place], notes: Vec<String>, cover: &dyn Fn(&Path) -> bool) {
        for place in places {
            self.watched.remember(&place.path);
        }
        let mut told = BTreeSet::new();
        let stop = || self.cancelled.load(Ordering::Relaxed) >= number;
        let found = search(places, Limits::default(), &stop, &mut |step| {
            if let Step::Found(found) = &step {
                told.insert(found.path.clone());
            }
            self.reply.send(Answer::Discovery(DiscoveryAnswer::Step(step)));
        });
        let summary = SearchSummary { notes, ..found };
        if summary.stopped {
            // What was not looked at counts as changed.
            self.watched.forget_times();
        }
        let whole = !summary.stopped && !summary.cut_short;
        let gone = self.known.difference(&told).filter(|path| whole && cover(path)).cloned().collect();
        self.known.extend(told);
        self.done(summary, gone);
    }

    fn done(&mut self, summary: SearchSummary, gone: Vec<PathBuf>) {
        for path in &gone {
            self.known.remove(path);
        }
        self.reply.send(Answer::Discovery(DiscoveryAnswer::Done { summary, gone }));
    }
}

#[cfg(test)]
mod tests;
