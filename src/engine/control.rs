//! A running job's view of the outside: where its events go, and what it was told meanwhile.
//!
//! A job looks here between its steps: pausing, stopping and cancelling act within one step, other jobs wait
//! their turn. Nothing said to one job ever reaches the next.

use std::collections::VecDeque;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender};

use super::handle::Wake;
use super::message::{Command, Event, JobId};
use base::Error;

/// Sends events and wakes whoever reads them.
pub struct EventSink {
    sender: Sender<Event>,
    wake: Wake,
}

impl EventSink {
    /// A sink over a bounded channel.
    pub fn new(sender: Sender<Event>, wake: Wake) -> Self {
        Self { sender, wake }
    }

    /// Sends an event, waiting for room. Once nobody listens, events are dropped: the commands' channel is
    /// closed too then, which stops the job.
    pub fn send(&self, event: Event) {
        if self.sender.send(event).is_ok() {
            (self.wake)();
        }
    }
}

/// What a job should do after a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// Go on.
    Go,
    /// End and keep what was made.
    Stop,
    /// End.
    Cancel,
}

/// The running job's view of the outside.
pub struct Control<'a> {
    /// Its name.
    pub job: JobId,
    /// Where events go.
    pub events: &'a EventSink,
    commands: &'a Receiver<Command>,
    waiting: &'a mut VecDeque<Command>,
    preview: bool,
    skip: bool,
    stopping: Option<Flow>,
    giving_up: bool,
}

impl<'a> Control<'a> {
    /// The view of job `job`; `waiting` are the jobs behind it.
    pub fn new(
        job: JobId,
        events: &'a EventSink,
        commands: &'a Receiver<Command>,
        waiting: &'a mut VecDeque<Command>,
    ) -> Self {
        Self { job, events, commands, waiting, preview: false, skip: false, stopping: None, giving_up: false }
    }

    /// Looks at the commands that came in, and waits while paused.
    pub fn poll(&mut self) -> Flow {
        let mut paused = false;
        while self.stopping.is_none() {
            let command = if paused { self.commands.recv().map_err(|_| true) } else { self.next() };
            match command {
                Ok(Command::Pause) if !paused => {
                    paused = true;
                    self.events.send(Event::Paused { job: self.job, reason: String::new() });
                }
                Ok(Command::Resume) if paused => {
                    paused = false;
                    self.events.send(Event::Resumed { job: self.job });
                }
                Ok(command) => self.take(command),
                Err(true) => self.take(Command::Shutdown),
                Err(false) => return Flow::Go,
            }
        }
        self.stopping.unwrap_or(Flow::Go)
    }

    /// Waits up to `time` before something that failed is tried again, or less if a command comes. `false`
    /// once the job was told to end while it waited, or the engine is to end: trying is to be given up.
    ///
    /// A job that was told to end before still waits, because ending means keeping what was made.
    pub fn wait(&mut self, time: Duration) -> bool {
        if self.giving_up {
            return false;
        }
        let before = self.stopping.take();
        match self.commands.recv_timeout(time) {
            Ok(command) => self.take(command),
            Err(error) if error.is_disconnected() => self.take(Command::Shutdown),
            Err(_) => {}
        }
        self.giving_up |= self.stopping.is_some();
        self.stopping = self.stopping.or(before);
        !self.giving_up
    }

    /// Whether previews were asked for since the last call.
    pub fn preview_asked(&mut self) -> bool {
        std::mem::take(&mut self.preview)
    }

    /// Whether the picture being drawn was to be left since the last call.
    pub fn skip_asked(&mut self) -> bool {
        std::mem::take(&mut self.skip)
    }

    /// Tells of something worth knowing.
    pub fn warn(&self, message: impl Into<String>) {
        self.events.send(Event::Warning { job: self.job, message: message.into() });
    }

    /// The next command, `Err(false)` if there is none now, `Err(true)` if there never will be.
    fn next(&self) -> Result<Command, bool> {
        self.commands.try_recv().map_err(|error| error.is_disconnected())
    }

    fn take(&mut self, command: Command) {
        match command {
            Command::Stop => self.stopping = Some(Flow::Stop),
            Command::Cancel(job) if job == self.job => self.stopping = Some(Flow::Cancel),
            Command::Cancel(job) => cancel_waiting(self.waiting, job, self.events),
            Command::Preview => self.preview = true,
            Command::Skip => self.skip = true,
            Command::Pause | Command::Resume => {}
            Command::Shutdown => {
                self.stopping = Some(Flow::Stop);
                self.giving_up = true;
                self.waiting.clear();
                self.waiting.push_back(Command::Shutdown);
            }
            job => self.waiting.push_back(job),
        }
    }

    /// Takes what was sent to the job until now, so that a stop that came too late for it does not end the
    /// next.
    pub fn finish(mut self) {
        while let Ok(command) = self.next() {
            self.take(command);
        }
    }
}

/// Takes a job that has not begun out of the queue and says so.
fn cancel_waiting(waiting: &mut VecDeque<Command>, job: JobId, events: &EventSink) {
    let before = waiting.len();
    waiting.retain(|command| job_of(command) != Some(job));
    if waiting.len() < before {
        events.send(failed(job, &Error::Cancelled));
    }
}

/// The event that ends a job which could not be done.
pub fn failed(job: JobId, error: &Error) -> Event {
    Event::Failed { job, message: error.to_string(), exit_code: error.exit_code() }
}

/// The job that a command asks for, if it asks for one.
pub fn job_of(command: &Command) -> Option<JobId> {
    match command {
        Command::OpenModel { job, .. }
        | Command::Learn { job, .. }
        | Command::Generate { job, .. }
        | Command::Evaluate { job, .. }
        | Command::Save { job, .. } => Some(*job),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use crossbeam_channel::bounded;

    use super::*;
    use project::Precision;

    const INSTANT: Duration = Duration::from_millis(1);

    fn open(job: JobId) -> Command {
        Command::OpenModel { job, model: PathBuf::new(), precision: Precision::F32 }
    }

    /// Runs `test` as job 1 with job 2 waiting; gives the jobs left waiting (0 for the end) and those that
    /// failed.
    fn with_job(told: &[Command], test: impl FnOnce(&mut Control<'_>)) -> (Vec<JobId>, Vec<JobId>) {
        let (commands, received) = bounded(64);
        let (sender, events) = bounded(64);
        let sink = EventSink::new(sender, Box::new(|| {}));
        let mut waiting = VecDeque::from([open(2)]);
        let mut control = Control::new(1, &sink, &received, &mut waiting);
        told.iter().for_each(|command| commands.send(command.clone()).unwrap());
        test(&mut control);
        control.finish();
        let failed = events.try_iter().filter_map(|event| match event {
            Event::Failed { job, exit_code: 130, .. } => Some(job),
            _ => None,
        });
        (waiting.iter().map(|command| job_of(command).unwrap_or(0)).collect(), failed.collect())
    }

    #[test]
    fn what_was_said_to_a_job_ends_with_it() {
        // Sent after the job's last look: neither may reach job 2, but job 3 must not be lost.
        let (waiting, failed) = with_job(&[Command::Stop, open(3), Command::Pause], |_| {});
        assert_eq!((waiting, failed), (vec![2, 3], vec![]));
    }

    #[test]
    fn a_waiting_job_that_is_cancelled_says_so() {
        let told = [Command::Cancel(2), Command::Cancel(9)];
        let (waiting, failed) = with_job(&told, |control| assert_eq!(control.poll(), Flow::Go));
        assert_eq!((waiting, failed), (vec![], vec![2]));
    }

    #[test]
    fn pausing_lasts_until_resumed_or_ended() {
        let told = [Command::Pause, open(3), Command::Resume];
        with_job(&told, |control| assert_eq!(control.poll(), Flow::Go));
        with_job(&[Command::Pause, Command::Cancel(1)], |control| assert_eq!(control.poll(), Flow::Cancel));
    }

    #[test]
    fn a_picture_is_left_once_for_each_wish() {
        with_job(&[Command::Skip, Command::Skip], |control| {
            assert_eq!(control.poll(), Flow::Go);
            assert!(control.skip_asked() && !control.skip_asked());
        });
    }

    #[test]
    fn only_an_end_wished_for_while_waiting_gives_up() {
        with_job(&[Command::Stop], |control| {
            assert_eq!(control.poll(), Flow::Stop);
            assert!(control.wait(INSTANT), "stopping keeps what was made, however long saving takes");
        });
        with_job(&[Command::Stop], |control| {
            assert!(!control.wait(INSTANT));
            assert!(!control.wait(INSTANT), "once given up, nothing else waits");
        });
    }

    #[test]
    fn the_end_of_the_engine_ends_everything() {
        let (waiting, _) = with_job(&[Command::Shutdown], |control| {
            assert_eq!(control.poll(), Flow::Stop);
            assert!(!control.wait(INSTANT));
        });
        assert_eq!(waiting, [0], "only the order to end is left");
    }
}
