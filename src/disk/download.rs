//! The thread that downloads models, one after the other, when the artist says so.
//!
//! It asks no server for anything until it is told to fetch, and what it has begun it keeps when it is paused or
//! the window is closed.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};

use super::message::Answer;
use super::{Reply, spawn};
use ::models::download::{self, Download, DownloadCard, DownloadRequest, FetchState, Hub, Progress};
use base::{Error, Result};
use project::DataDir;

/// What can be asked about downloads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DownloadTask {
    /// List the models that can be fetched. Answer: [`DownloadAnswer::List`].
    List,
    /// Fetch a model of the list, or the rest of one. Answers: [`DownloadAnswer::Progress`] a few times a second, then
    /// [`DownloadAnswer::Finished`] or [`DownloadAnswer::Failed`], and [`DownloadAnswer::List`].
    Start(&'static Download),
    /// Let the running download wait. Answer: [`DownloadAnswer::Progress`] with [`FetchState::Paused`].
    Pause,
    /// Go on with the one that waits. Answers: as for [`DownloadTask::Start`].
    Resume,
    /// End the running, waiting or paused download and throw away what has come. Answer: [`DownloadAnswer::List`].
    Cancel,
}

/// What is answered.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "a field is what it is called")]
pub enum DownloadAnswer {
    /// The models that can be fetched, and what of them is here.
    List(Vec<DownloadCard>),
    /// How a download stands.
    Progress(Progress),
    /// A model is here, in the folder `path`.
    Finished { download: &'static Download, path: PathBuf },
    /// A download ended. What has come is kept, and fetching again goes on with it.
    Failed { download: &'static Download, message: String },
}

#[derive(Debug, Clone, Copy)]
enum Job {
    List,
    Fetch(&'static Download),
    Discard(&'static Download),
}

/// What becomes of a download that was stopped.
#[derive(Debug, Clone, Copy, Default)]
enum After {
    #[default]
    Pause,
    Cancel,
}

/// What is asked and what is being done.
#[derive(Debug, Default)]
struct Queue {
    jobs: VecDeque<Job>,
    running: Option<(&'static Download, Arc<AtomicBool>)>,
    after: After,
    paused: Option<&'static Download>,
    closed: bool,
}

pub(super) struct DownloadThread {
    queue: Arc<Mutex<Queue>>,
    ticks: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl DownloadThread {
    pub fn start(
        home: DataDir,
        hub: impl Fn() -> Result<Hub> + Send + 'static,
        reply: Reply,
    ) -> Result<Self> {
        // One tick is enough: whoever hears it does everything that waits.
        let (ticks, received) = bounded(1);
        let queue: Arc<Mutex<Queue>> = Arc::default();
        let worker = DownloadWorker { home, hub: Box::new(hub), queue: queue.clone(), reply };
        let thread = spawn("pseudoword-download", move || worker.run(&received))?;
        Ok(Self { queue, ticks: Some(ticks), thread: Some(thread) })
    }

    pub fn ask(&self, task: DownloadTask) -> bool {
        let mut queue = lock(&self.queue);
        match task {
            DownloadTask::List => queue.jobs.push_back(Job::List),
            DownloadTask::Start(download) => queue.fetch(download),
            DownloadTask::Pause => queue.stop(After::Pause),
            DownloadTask::Resume => {
                if let Some(download) = queue.paused.take() {
                    queue.jobs.push_front(Job::Fetch(download));
                }
            }
            DownloadTask::Cancel => queue.stop(After::Cancel),
        }
        self.ticks.as_ref().is_some_and(|ticks| ticks.try_send(()) != Err(TrySendError::Disconnected(())))
    }

    /// Stops what is running; what has come is kept. Whoever listens hears the end of the stream once the thread,
    /// which is given back, has ended.
    pub fn close(&mut self) -> Option<JoinHandle<()>> {
        let mut queue = lock(&self.queue);
        queue.closed = true;
        queue.jobs.clear();
        if let Some((_, stop)) = &queue.running {
            stop.store(true, Ordering::Relaxed);
        }
        self.ticks = None;
        self.thread.take()
    }
}

fn lock(queue: &Mutex<Queue>) -> MutexGuard<'_, Queue> {
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Queue {
    fn fetch(&mut self, download: &'static Download) {
        let running = self
            .running
            .as_ref()
            .is_some_and(|(running, stop)| *running == download && !stop.load(Ordering::Relaxed));
        let waiting = self.jobs.iter().any(|job| matches!(job, Job::Fetch(known) if *known == download));
        self.paused = self.paused.filter(|paused| *paused != download);
        if !running && !waiting {
            self.jobs.push_back(Job::Fetch(download));
        }
    }

    /// Stops what is running; else ends what is paused or waits next.
    fn stop(&mut self, after: After) {
        if let Some((_, stop)) = &self.running {
            stop.store(true, Ordering::Relaxed);
            self.after = after;
            return;
        }
        let next = self.jobs.iter().position(|job| matches!(job, Job::Fetch(_)));
        let waiting = match next.and_then(|next| self.jobs.remove(next)) {
            Some(Job::Fetch(download)) => Some(download),
            _ => None,
        };
        match after {
            After::Pause => self.paused = waiting.or(self.paused),
            After::Cancel => {
                self.jobs.extend(self.paused.take().or(waiting).map(Job::Discard));
                self.jobs.push_back(Job::List);
            }
        }
    }
}

struct DownloadWorker {
    home: DataDir,
    hub: Box<dyn Fn() -> Result<Hub> + Send>,
    queue: Arc<Mutex<Queue>>,
    reply: Reply,
}

impl DownloadWorker {
    fn run(&self, ticks: &Receiver<()>) {
        for () in ticks {
            loop {
                let job = lock(&self.queue).jobs.pop_front();
                match job {
                    None => break,
                    Some(Job::List) => self.list(),
                    Some(Job::Fetch(download)) => self.fetch(download),
                    Some(Job::Discard(download)) => self.discard(download),
                }
            }
        }
    }

    fn say(&self, answer: DownloadAnswer) {
        self.reply.send(Answer::Download(answer));
    }

    fn list(&self) {
        self.say(DownloadAnswer::List(download::cards(&self.home.models())));
    }

    fn discard(&self, download: &'static Download) {
        if let Err(error) = download::discard(&self.home.models(), download) {
            self.say(DownloadAnswer::Failed { download, message: error.to_string() });
        }
    }

    fn fetch(&self, download: &'static Download) {
        let stop = Arc::new(AtomicBool::new(false));
        {
            let mut queue = lock(&self.queue);
            if queue.closed {
                return;
            }
            (queue.running, queue.after) = (Some((download, stop.clone())), After::Pause);
        }
        let mut last = None;
        let models = self.home.models();
        let result = (self.hub)().and_then(|hub| {
            download::fetch(DownloadRequest {
                download,
                models: &models,
                hub: &hub,
                space: &|folder| fs4::available_space(folder),
                stop: &stop,
                tell: &mut |progress| {
                    last = Some(progress.clone());
                    self.say(DownloadAnswer::Progress(progress));
                },
            })
        });
        let (after, closed) = {
            let mut queue = lock(&self.queue);
            queue.running = None;
            (queue.after, queue.closed)
        };
        match result {
            Ok(path) => self.say(DownloadAnswer::Finished { download, path }),
            Err(Error::Cancelled) if closed => return,
            Err(Error::Cancelled) => match after {
                After::Pause => {
                    lock(&self.queue).paused = Some(download);
                    if let Some(last) = last {
                        let held = Progress { bytes_per_second: 0.0, seconds_left: None, ..last };
                        self.say(DownloadAnswer::Progress(Progress { state: FetchState::Paused, ..held }));
                    }
                }
                After::Cancel => self.discard(download),
            },
            Err(error) => self.say(DownloadAnswer::Failed { download, message: error.to_string() }),
        }
        self.list();
    }
}

#[cfg(test)]
mod tests;
