//! The desk's thread that downloads models, one after the other, when the artist says so.
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
use ::models::discovery::Environment;
use ::models::download::{self, Download, DownloadCard, FetchState, Hub, Order, Progress};
use base::{Error, Result};
use project::Home;

/// What can be asked about downloads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FetchTask {
    /// List the models that can be fetched. Answer: [`FetchAnswer::Downloads`].
    ListDownloads,
    /// Fetch a model of the list, or the rest of one. Answers: [`FetchAnswer::Fetching`] a few times a second, then
    /// [`FetchAnswer::Fetched`] or [`FetchAnswer::Failed`], and [`FetchAnswer::Downloads`].
    Fetch(String),
    /// Let the running download wait. Answer: [`FetchAnswer::Fetching`] with [`FetchState::Paused`].
    PauseFetch,
    /// Go on with the one that waits. Answers: as for [`FetchTask::Fetch`].
    ResumeFetch,
    /// End the running, waiting or paused download. Answer: [`FetchAnswer::Downloads`].
    CancelFetch {
        /// Whether to keep what has come, to go on another day.
        keep: bool,
    },
}

/// What is answered.
#[derive(Debug, Clone, PartialEq)]
pub enum FetchAnswer {
    /// The models that can be fetched, and what of them is here.
    Downloads(Vec<DownloadCard>),
    /// How a download stands.
    Fetching(Progress),
    /// A model is here.
    Fetched {
        /// Which.
        id: String,
        /// Its folder.
        path: PathBuf,
    },
    /// A download ended. What has come is kept, and fetching again goes on with it.
    Failed {
        /// Which.
        id: String,
        /// Why, and what to do, as a sentence.
        message: String,
    },
}

/// What is to be done.
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
    Cancel {
        keep: bool,
    },
}

/// What is asked and what is being done.
#[derive(Debug, Default)]
struct Desk {
    jobs: VecDeque<Job>,
    running: Option<(&'static Download, Arc<AtomicBool>)>,
    after: After,
    paused: Option<&'static Download>,
    closed: bool,
}

/// The thread and the way to it.
pub(super) struct Fetcher {
    desk: Arc<Mutex<Desk>>,
    ticks: Option<Sender<()>>,
    tell: Option<Arc<dyn Fn(Answer) + Send + Sync>>,
    thread: Option<JoinHandle<()>>,
}

impl Fetcher {
    pub fn start(
        home: Home,
        hub: impl Fn() -> Result<Hub> + Send + 'static,
        tell: impl Fn(Answer) + Send + Sync + 'static,
    ) -> Result<Self> {
        // One tick is enough: whoever hears it does everything that waits.
        let (ticks, received) = bounded(1);
        let desk: Arc<Mutex<Desk>> = Arc::default();
        let tell: Arc<dyn Fn(Answer) + Send + Sync> = Arc::new(tell);
        let worker = Worker { home, hub: Box::new(hub), desk: desk.clone(), tell: tell.clone() };
        let run = move || worker.run(&received);
        let thread = std::thread::Builder::new().name("pseudoword-fetch".into()).spawn(run);
        let thread = thread.map_err(|e| Error::Internal(format!("the system gives no thread ({e})")))?;
        Ok(Self { desk, ticks: Some(ticks), tell: Some(tell), thread: Some(thread) })
    }

    pub fn ask(&self, task: FetchTask) -> bool {
        let mut desk = lock(&self.desk);
        match task {
            FetchTask::ListDownloads => desk.jobs.push_back(Job::List),
            FetchTask::Fetch(id) => match download::find(&id) {
                Some(download) => desk.fetch(download),
                None => {
                    let message = "This program knows no model of that name to download.".to_owned();
                    if let Some(tell) = &self.tell {
                        tell(Answer::Fetch(FetchAnswer::Failed { id, message }));
                    }
                }
            },
            FetchTask::PauseFetch => desk.stop(After::Pause),
            FetchTask::ResumeFetch => {
                if let Some(download) = desk.paused.take() {
                    desk.jobs.push_front(Job::Fetch(download));
                }
            }
            FetchTask::CancelFetch { keep } => desk.stop(After::Cancel { keep }),
        }
        self.ticks.as_ref().is_some_and(|ticks| ticks.try_send(()) != Err(TrySendError::Disconnected(())))
    }

    /// Stops what is running; what has come is kept. Whoever listens hears the end of the stream once the thread,
    /// which is given back, has ended.
    pub fn close(&mut self) -> Option<JoinHandle<()>> {
        self.tell = None;
        let mut desk = lock(&self.desk);
        desk.closed = true;
        desk.jobs.clear();
        if let Some((_, stop)) = &desk.running {
            stop.store(true, Ordering::Relaxed);
        }
        self.ticks = None;
        self.thread.take()
    }
}

fn lock(desk: &Mutex<Desk>) -> MutexGuard<'_, Desk> {
    desk.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Desk {
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
        match after {
            After::Pause => {
                if let Some(Job::Fetch(download)) = next.and_then(|next| self.jobs.remove(next)) {
                    self.paused = Some(download);
                }
            }
            After::Cancel { keep } => {
                let waiting = next.and_then(|next| self.jobs.remove(next));
                let waiting =
                    waiting.and_then(|job| if let Job::Fetch(known) = job { Some(known) } else { None });
                let ended = self.paused.take().or(waiting);
                self.jobs.extend(ended.filter(|_| !keep).map(Job::Discard));
                self.jobs.push_back(Job::List);
            }
        }
    }
}

struct Worker {
    home: Home,
    hub: Box<dyn Fn() -> Result<Hub> + Send>,
    desk: Arc<Mutex<Desk>>,
    tell: Arc<dyn Fn(Answer) + Send + Sync>,
}

impl Worker {
    fn run(&self, ticks: &Receiver<()>) {
        for () in ticks {
            loop {
                let job = lock(&self.desk).jobs.pop_front();
                match job {
                    None => break,
                    Some(Job::List) => self.list(),
                    Some(Job::Fetch(download)) => self.fetch(download),
                    Some(Job::Discard(download)) => self.discard(download),
                }
            }
        }
    }

    fn say(&self, answer: FetchAnswer) {
        (self.tell)(Answer::Fetch(answer));
    }

    fn list(&self) {
        self.say(FetchAnswer::Downloads(download::cards(&self.home.models())));
    }

    fn discard(&self, download: &'static Download) {
        if let Err(error) = download::discard(&self.home.models(), download) {
            self.say(FetchAnswer::Failed { id: download.id.into(), message: error.to_string() });
        }
    }

    fn fetch(&self, download: &'static Download) {
        let stop = Arc::new(AtomicBool::new(false));
        {
            let mut desk = lock(&self.desk);
            if desk.closed {
                return;
            }
            (desk.running, desk.after) = (Some((download, stop.clone())), After::Pause);
        }
        let mut last = None;
        let models = self.home.models();
        let result = (self.hub)().and_then(|hub| {
            download::fetch(Order {
                download,
                models: &models,
                hub: &hub,
                space: &|folder| fs4::available_space(folder),
                stop: &stop,
                tell: &mut |progress| {
                    last = Some(progress.clone());
                    self.say(FetchAnswer::Fetching(progress));
                },
            })
        });
        let (after, closed) = {
            let mut desk = lock(&self.desk);
            desk.running = None;
            (desk.after, desk.closed)
        };
        let id = download.id.to_owned();
        match result {
            Ok(path) => self.say(FetchAnswer::Fetched { id, path }),
            Err(Error::Cancelled) if closed => return,
            Err(Error::Cancelled) => match after {
                After::Pause => {
                    lock(&self.desk).paused = Some(download);
                    if let Some(progress) = last {
                        let (bytes_per_second, seconds_left, state) = (0.0, None, FetchState::Paused);
                        self.say(FetchAnswer::Fetching(Progress {
                            bytes_per_second,
                            seconds_left,
                            state,
                            ..progress
                        }));
                    }
                }
                After::Cancel { keep: true } => {}
                After::Cancel { keep: false } => self.discard(download),
            },
            Err(error) => self.say(FetchAnswer::Failed { id, message: error.to_string() }),
        }
        self.list();
    }
}

/// The server that this computer's environment names.
pub(super) fn usual_hub() -> Result<Hub> {
    Hub::usual(&Environment::here())
}

#[cfg(test)]
mod tests;
