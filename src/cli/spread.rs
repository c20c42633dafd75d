//! The runs of a comparison on several devices at once, one on each; what one of them could not do another does.
//!
//! Each is learned as one device alone would, into the same folder, and the comparison takes them from there: so its results
//! do not depend on who learned what. Nothing is scored here.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::job::{JOB, JobOptions};
use super::progress::{Reporter, waits};
use base::{Error, Result};
use engine::Engine;
use engine::message::{Command, Event, JobId};

/// Between two looks at what the engines say.
const LOOK: Duration = Duration::from_millis(20);

/// A run is begun so often before it is left to the comparison, which says why it cannot be.
const TRIES: usize = 3;

/// So long a device that could not do a run is given no other, so that others take what it gave back.
const REST: Duration = Duration::from_secs(3);

/// One device.
struct Worker<'a> {
    name: String,
    engine: &'a Engine,
    /// Whether its device is open.
    open: bool,
    gone: bool,
    /// Which run it learns.
    run: Option<usize>,
    /// When it gave back the last one.
    gave_back: Option<Instant>,
}

/// What came of a run.
enum News {
    /// What is worth knowing of the run, or of the device.
    Said(String),
    Learned,
    /// The run, if there was one, and why.
    GivenBack(Option<usize>, String),
    Failed,
}

impl Worker<'_> {
    /// Reads what the engine says.
    fn listen(&mut self) -> Vec<News> {
        let mut news = Vec::new();
        loop {
            let event = match self.engine.events().try_recv() {
                Ok(event) => event,
                Err(error) => {
                    if error.is_disconnected() && !std::mem::replace(&mut self.gone, true) {
                        news.push(News::GivenBack(self.run.take(), "its engine has ended".into()));
                    }
                    return news;
                }
            };
            match event {
                Event::Device { .. } => self.open = true,
                Event::Failed { job: 0, message, .. } => {
                    self.gone = true;
                    news.push(News::GivenBack(self.run.take(), message));
                }
                Event::Finished { .. } => news.extend(self.run.take().map(|_| News::Learned)),
                // The device, or a connection that broke off in the midst of an answer.
                Event::Failed { exit_code: 1 | 6, message, .. } => {
                    self.gave_back = Some(Instant::now());
                    news.push(News::GivenBack(self.run.take(), message));
                }
                Event::Failed { .. } => news.extend(self.run.take().map(|_| News::Failed)),
                event => news.extend(said(&event).map(News::Said)),
            }
        }
    }

    fn is_free(&self) -> bool {
        let rested = self.gave_back.is_none_or(|since| since.elapsed() > REST);
        self.open && !self.gone && self.run.is_none() && rested
    }
}

/// Learns what the comparison of `command` needs; the place of an engine that still has its device.
///
/// # Errors
/// [`Error::Cancelled`] once that was asked; [`Error::Device`] if no device is left; as the comparison itself.
pub fn learn(
    engines: &[Engine],
    options: &JobOptions,
    command: &Command,
    stop: &AtomicBool,
) -> Result<usize> {
    let Command::Compare { request, .. } = command else { return Ok(0) };
    let shared = engine::shared(request)?;
    let (runs, mut reporter) = (&shared.runs, Reporter::new(options.json));
    let mut workers: Vec<Worker<'_>> = engines
        .iter()
        .zip(&options.devices)
        .map(|(engine, device)| Worker {
            name: device.to_string(),
            engine,
            open: false,
            gone: false,
            run: None,
            gave_back: None,
        })
        .collect();
    let mut waiting: VecDeque<usize> = (0..runs.len()).collect();
    let (mut tries, mut done, mut stopping) = (vec![0; runs.len()], 0_u64, false);
    loop {
        for worker in &mut workers {
            for news in worker.listen() {
                let mut tell = |message| reporter.report(&Event::Warning { job: JOB, message });
                match news {
                    News::Said(what) => tell(format!("{}: {what}", worker.name)),
                    News::GivenBack(run, why) => {
                        tell(format!("{} could not go on: {why}", worker.name));
                        waiting.extend(run.filter(|run| tries[*run] < TRIES));
                    }
                    News::Learned => done += 1,
                    // The comparison comes upon it too, and says why.
                    News::Failed => {}
                }
            }
            if let Some(run) = waiting.pop_front_if(|_| worker.is_free() && !stopping) {
                let (name, request) = &runs[run];
                let what = format!("learning {name} on {}", worker.name);
                let of = runs.len() as u64;
                reporter.report(&Event::Progress { job: JOB, what, done, of });
                tries[run] += 1;
                worker.run = Some(run);
                // One that is gone says so when it is listened to.
                let _ = worker
                    .engine
                    .send(Command::Learn { job: job_of(run), request: Box::new(request.clone().gone_on()) });
            }
        }
        if workers.iter().all(|worker| worker.gone) {
            return Err(Error::device(
                "None of the devices can be used",
                "The notes above say why for each.",
            ));
        }
        let busy = workers.iter().any(|worker| worker.run.is_some());
        if stop.load(Ordering::Relaxed) && !std::mem::replace(&mut stopping, true) {
            for (run, worker) in workers.iter().filter_map(|worker| Some((worker.run?, worker))) {
                let _ = worker.engine.send(Command::Stop(job_of(run)));
            }
        }
        if !busy && stopping {
            return Err(Error::Cancelled);
        }
        let open = workers.iter().position(|worker| worker.open && !worker.gone);
        if let Some(open) = open.filter(|_| !busy && waiting.is_empty()) {
            return Ok(open);
        }
        std::thread::sleep(LOOK);
    }
}

/// What an event says that is worth knowing, beside how far a run is.
fn said(event: &Event) -> Option<String> {
    match event {
        Event::Warning { message: said, .. } | Event::Paused { reason: said, .. } => Some(said.clone()),
        Event::Waiting { before, .. } => Some(waits(*before)),
        _ => None,
    }
}

/// What a run is called to its engine.
fn job_of(run: usize) -> JobId {
    JOB + 1 + run as JobId
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_waits_is_told_why_whichever_device_it_is() {
        let (job, full) = (2, "The disk is full. Learning waits.");
        let paused = Event::Paused { job, reason: full.into() };
        let warned = Event::Warning { job, message: full.into() };
        assert_eq!([said(&paused), said(&warned)].map(Option::unwrap), [full, full]);
        assert!(said(&Event::Waiting { job, before: 2 }).unwrap().contains("2 others"));
        assert_eq!(said(&Event::Resumed { job }), None);
    }
}
