//! The engine's end of its two channels: the jobs that wait, in order, and the events that go out.
//!
//! Every command names its job, so what comes too late for a job that has ended finds nothing and is forgotten.

use std::collections::VecDeque;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TryRecvError};

use super::message::{Command, Event, JobId};
use base::Error;

/// Called after every event, from the engine's thread; a window asks for a repaint here.
pub type Wake = Box<dyn Fn() + Send>;

/// What comes in and what goes out.
pub struct Queue {
    commands: Receiver<Command>,
    events: Sender<Event>,
    wake: Wake,
    waiting: VecDeque<(JobId, Command)>,
    closed: bool,
}

impl Queue {
    pub fn new(commands: Receiver<Command>, events: Sender<Event>, wake: Wake) -> Self {
        Self { commands, events, wake, waiting: VecDeque::new(), closed: false }
    }

    /// Sends an event, waiting for room. Once nobody listens, events are dropped: the commands' channel is
    /// closed too then, which stops the job.
    pub fn send(&self, event: Event) {
        if self.events.send(event).is_ok() {
            (self.wake)();
        }
    }

    /// The next job, waited for; `None` once the engine is to end.
    pub fn next_job(&mut self) -> Option<(JobId, Command)> {
        while !self.closed
            && let Some(command) = self.try_receive()
        {
            self.take(command);
        }
        while !self.closed && self.waiting.is_empty() {
            let command = self.receive();
            self.take(command);
        }
        self.waiting.pop_front()
    }

    /// The next command, if there is one. Like the others below, it takes a closed channel for the order to end.
    pub fn try_receive(&self) -> Option<Command> {
        match self.commands.try_recv() {
            Ok(command) => Some(command),
            Err(TryRecvError::Disconnected) => Some(Command::Shutdown),
            Err(TryRecvError::Empty) => None,
        }
    }

    /// The next command, waited for.
    pub fn receive(&self) -> Command {
        self.commands.recv().unwrap_or(Command::Shutdown)
    }

    /// The next command, waited for up to `time`.
    pub fn receive_within(&self, time: Duration) -> Option<Command> {
        match self.commands.recv_timeout(time) {
            Ok(command) => Some(command),
            Err(RecvTimeoutError::Disconnected) => Some(Command::Shutdown),
            Err(RecvTimeoutError::Timeout) => None,
        }
    }

    /// Does what a command means for the jobs that wait.
    pub fn take(&mut self, command: Command) {
        match command {
            Command::Stop(stopped) => {
                let before = self.waiting.len();
                self.waiting.retain(|(job, _)| *job != stopped);
                if self.waiting.len() < before {
                    self.send(failed(stopped, &Error::Cancelled));
                }
            }
            Command::Shutdown => {
                self.closed = true;
                self.waiting.clear();
            }
            Command::Pause(_) | Command::Resume(_) | Command::Preview(_) | Command::Skip(_) => {}
            Command::OpenModel { job, .. }
            | Command::Learn { job, .. }
            | Command::Generate { job, .. }
            | Command::Evaluate { job, .. }
            | Command::Save { job, .. } => self.waiting.push_back((job, command)),
        }
    }
}

/// The event that ends a job which could not be done.
pub fn failed(job: JobId, error: &Error) -> Event {
    Event::Failed { job, message: error.to_string(), exit_code: error.exit_code() }
}

/// A queue with the other ends of its channels.
#[cfg(test)]
pub fn test_queue() -> (Queue, Sender<Command>, Receiver<Event>) {
    let (commands, received) = crossbeam_channel::bounded(64);
    let (sender, events) = crossbeam_channel::bounded(1024);
    (Queue::new(received, sender, Box::new(|| {})), commands, events)
}

/// A job to wait in it.
#[cfg(test)]
pub fn test_job(job: JobId) -> Command {
    let (model, precision) = (std::path::PathBuf::new(), project::Precision::F32);
    Command::OpenModel { job, model, precision }
}

#[cfg(test)]
mod tests {
    use super::test_job as open;
    use super::*;

    #[test]
    fn jobs_come_in_order_without_those_taken_back() {
        let (mut queue, commands, events) = test_queue();
        for command in [open(1), open(2), open(3), Command::Stop(2), Command::Stop(9), Command::Pause(1)] {
            commands.send(command).unwrap();
        }
        assert_eq!([queue.next_job().unwrap().0, queue.next_job().unwrap().0], [1, 3]);
        let ended: Vec<Event> = events.try_iter().collect();
        assert!(matches!(ended[..], [Event::Failed { job: 2, exit_code: 130, .. }]), "{ended:?}");
    }

    #[test]
    fn the_end_of_the_engine_ends_all_that_waits() {
        for end in [Some(Command::Shutdown), None] {
            let (mut queue, commands, _events) = test_queue();
            commands.send(open(1)).unwrap();
            end.into_iter().for_each(|end| commands.send(end).unwrap());
            drop(commands);
            assert!(queue.next_job().is_none());
        }
    }
}
