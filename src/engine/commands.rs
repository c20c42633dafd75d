//! The way to the engine, for whoever tells it something: a window, the handler of a signal.
//!
//! The engine's thread may be waiting for an answer of another machine, and hears of nothing until that wait is over. So a
//! wish to end what runs is noted here as well, by whoever sends it, and those who watch the way to that machine (`line`,
//! `wire`) wait less for one that is silent.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};

use super::message::{Command, JobId};
use super::remote::locked;

/// Most commands that may come within one step of a job; the jobs among them then wait in the queue.
const COMMANDS: usize = 1024;

/// How long a wish to end makes impatient: who has been silent for longer is let go without one.
const LASTS: Duration = Duration::from_secs(30);

/// When something that ran was last told to end.
static TOLD: Mutex<Option<Instant>> = Mutex::new(None);

/// Whether something that runs was told to end, and may not have heard of it yet.
pub(crate) fn told_to_end() -> bool {
    locked(&TOLD).is_some_and(|told| told.elapsed() < LASTS)
}

/// The job that runs and the last one that was done within it; no job has the number 0.
#[derive(Debug, Clone, Default)]
pub struct Running(Arc<[AtomicU64; 2]>);

impl Running {
    /// From now on `job` runs, or nothing as job 0.
    pub fn begin(&self, job: JobId) {
        self.0[0].store(job, Ordering::Relaxed);
        self.begin_within(0);
    }

    /// From now on `job` is done within the one that runs.
    pub fn begin_within(&self, job: JobId) {
        self.0[1].store(job, Ordering::Relaxed);
    }

    /// Whether a command ends any of it.
    fn is_ended_by(&self, command: &Command) -> bool {
        let running = || self.0.iter().map(|job| job.load(Ordering::Relaxed)).filter(|job| *job != 0);
        match command {
            Command::Stop(stopped) => running().any(|job| job == *stopped),
            Command::Shutdown => running().next().is_some(),
            _ => false,
        }
    }
}

/// Sends commands to an engine, which lives on as long as one of these exists.
#[derive(Debug, Clone)]
pub struct Commands {
    sender: Sender<Command>,
    running: Running,
}

impl Commands {
    /// The way to one engine, with its other end.
    pub(crate) fn new() -> (Self, Receiver<Command>, Running) {
        let (sender, receiver) = bounded(COMMANDS);
        let running = Running::default();
        (Self { sender, running: running.clone() }, receiver, running)
    }

    /// Sends a command; never blocks.
    ///
    /// # Errors
    /// If the engine has ended, or too many commands came within one step.
    pub fn try_send(&self, command: Command) -> Result<(), TrySendError<Command>> {
        if self.running.is_ended_by(&command) {
            *locked(&TOLD) = Some(Instant::now());
        }
        self.sender.try_send(command)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_a_job_that_runs_is_known_before_the_engine_hears_of_it() {
        let (commands, unheard, running) = Commands::new();
        let ends = |command: Command| running.is_ended_by(&command);
        assert!(!ends(Command::Shutdown) && !ends(Command::Stop(0)), "nothing runs");
        running.begin(3);
        assert!(ends(Command::Stop(3)) && ends(Command::Shutdown));
        assert!(!ends(Command::Stop(4)) && !ends(Command::Pause(3)) && !ends(Command::ClearQueue));
        running.begin_within(4);
        assert!(ends(Command::Stop(3)) && ends(Command::Stop(4)) && !ends(Command::Stop(5)));
        running.begin(5);
        assert!(ends(Command::Stop(5)) && !ends(Command::Stop(3)) && !ends(Command::Stop(4)));
        commands.try_send(Command::Stop(5)).unwrap();
        assert!(told_to_end() && unheard.len() == 1);
        running.begin(0);
        assert!(!ends(Command::Shutdown));
    }
}
