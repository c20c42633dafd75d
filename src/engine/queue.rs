//! The engine's end of its two channels: the jobs that wait, in order, and the events that go out.
//!
//! Every command names its job, so what comes too late for a job that has ended finds nothing and is forgotten. Jobs
//! wait as the requests they are, and only so many: more are refused with a sentence. The length is that of its tests.

use std::collections::VecDeque;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TryRecvError};

use super::commands::Running;
use super::device::{self, guarded};
use super::lent::Lent;
use super::message::{Command, DeviceChoice, Event, JobId, MOST_WAITING};
use super::turn::Turn;
use base::Error;

/// Called after every event, from the engine's thread; a window asks for a repaint here.
pub type Wake = Box<dyn Fn() + Send>;

/// What is said of a drawing that cannot be done with the model of the run.
const ANOTHER_MODEL: &str = "A drawing waits until the word is learned or its run is stopped: it is drawn with another \
                             model, with a LoRA, or with other numbers (precision, weights), than the word is learned with.";

/// A job that waits.
struct Waiting {
    job: JobId,
    command: Command,
    /// Whether it is to be done between two steps of the run, even if that is not paused.
    meanwhile: bool,
    /// Whether it was said why that cannot be.
    told: bool,
    /// Whether it had begun, so that neither holding nor clearing those that wait is meant for it.
    begun: bool,
}

/// What comes in and what goes out.
pub struct Queue {
    commands: Receiver<Command>,
    events: Sender<Event>,
    wake: Wake,
    waiting: VecDeque<Waiting>,
    /// Whether those that wait are to go on waiting.
    held: bool,
    /// The device to use from the next job on.
    device: Option<DeviceChoice>,
    /// Whose turn it is on the device in use.
    pub turn: Turn,
    /// What those who send commands know to be running.
    running: Running,
    closed: bool,
}

impl Queue {
    pub fn new(commands: Receiver<Command>, events: Sender<Event>, wake: Wake, running: Running) -> Self {
        let (waiting, turn) = (VecDeque::new(), Turn::default());
        Self { commands, events, wake, waiting, held: false, device: None, turn, running, closed: false }
    }

    /// Sends an event, waiting for room. Once nobody listens, events are dropped: the commands' channel is
    /// closed too then, which stops the job.
    pub fn send(&self, event: Event) {
        if self.events.send(event).is_ok() {
            (self.wake)();
        }
    }

    /// The next job, waited for, or as job 0 the wish for another device; `None` once the engine is to end.
    pub fn next_job(&mut self) -> Option<(JobId, Command)> {
        self.running.begin(0);
        while !self.closed
            && let Some(command) = self.try_receive()
        {
            self.take(command);
        }
        loop {
            if self.closed {
                return None;
            }
            if let Some(choice) = self.device.take() {
                return Some((0, Command::UseDevice(choice)));
            }
            if let Some(next) = self.waiting.pop_front_if(|next| !self.held || next.begun) {
                self.running.begin(next.job);
                return Some((next.job, next.command));
            }
            let command = self.receive();
            self.take(command);
        }
    }

    /// Lets a job that had begun go on before all that wait.
    pub fn put_first(&mut self, job: JobId, command: Command) {
        self.waiting.push_front(Waiting { job, command, meanwhile: false, told: false, begun: true });
    }

    /// Whether a job waits that is to be done with the model of a run now; see [`Self::next_meanwhile`].
    pub fn has_meanwhile(&mut self, lent: &Lent, paused: bool) -> bool {
        self.meanwhile(lent, paused).is_some()
    }

    /// The next job that is to be done with the model of a run, between two of its steps: one for which that was asked,
    /// or, while the run is paused and the queue is not held, any that can. Those that cannot are passed over.
    pub fn next_meanwhile(&mut self, lent: &Lent, paused: bool) -> Option<(JobId, Command)> {
        let place = self.meanwhile(lent, paused)?;
        let next = self.waiting.remove(place)?;
        self.running.begin_within(next.job);
        Some((next.job, next.command))
    }

    fn meanwhile(&mut self, lent: &Lent, paused: bool) -> Option<usize> {
        let any = paused && !self.held;
        let (mut found, mut refused) = (None, Vec::new());
        for (place, waiting) in self.waiting.iter_mut().enumerate() {
            if !any && !waiting.meanwhile {
                continue;
            }
            if lent.serves(&waiting.command) {
                found = Some(place);
                break;
            }
            let draws = matches!(
                waiting.command,
                Command::Generate { .. } | Command::Grid { .. } | Command::Edit { .. }
            );
            if draws && !std::mem::replace(&mut waiting.told, true) {
                refused.push(waiting.job);
            }
        }
        for job in refused {
            self.send(Event::Warning { job, message: ANOTHER_MODEL.into() });
        }
        found
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
                self.waiting.retain(|waiting| waiting.job != stopped);
                if self.waiting.len() < before {
                    self.send(failed(stopped, &Error::Cancelled));
                }
            }
            Command::MoveUp(moved) => {
                let place = self.waiting.iter().position(|waiting| waiting.job == moved);
                if let Some(place) = place.filter(|place| *place > 0) {
                    self.waiting.swap(place - 1, place);
                }
                self.say_order();
            }
            Command::Meanwhile(meant) => {
                if let Some(waiting) = self.waiting.iter_mut().find(|waiting| waiting.job == meant) {
                    waiting.meanwhile = true;
                }
            }
            Command::ClearQueue => {
                let (begun, cleared): (VecDeque<_>, VecDeque<_>) =
                    std::mem::take(&mut self.waiting).into_iter().partition(|next| next.begun);
                self.waiting = begun;
                cleared.iter().for_each(|next| self.send(failed(next.job, &Error::Cancelled)));
                self.say_order();
            }
            Command::HoldQueue(held) => {
                self.held = held;
                self.say_order();
            }
            Command::ListDevices => {
                // A driver may panic where there is nothing to see.
                let devices = guarded(|| Ok(device::list())).unwrap_or_default();
                self.send(Event::Devices { devices });
            }
            Command::UseDevice(choice) => self.device = Some(choice),
            Command::Shutdown => {
                self.closed = true;
                self.waiting.clear();
            }
            Command::Pause(_) | Command::Resume(_) | Command::Preview(_) | Command::Skip(_) => {}
            Command::OpenModel { job, .. }
            | Command::Learn { job, .. }
            | Command::Generate { job, .. }
            | Command::Grid { job, .. }
            | Command::Evaluate { job, .. }
            | Command::Compare { job, .. }
            | Command::Invert { job, .. }
            | Command::Suggest { job, .. }
            | Command::MeasureDevice { job, .. }
            | Command::Tune { job, .. }
            | Command::Explain { job, .. }
            | Command::Bias { job, .. }
            | Command::Edit { job, .. }
            | Command::Mix { job, .. }
            | Command::Save { job, .. } => {
                if self.waiting.len() < MOST_WAITING {
                    let waiting = Waiting { job, command, meanwhile: false, told: false, begun: false };
                    self.waiting.push_back(waiting);
                } else {
                    self.send(failed(job, &too_many()));
                }
            }
        }
    }

    fn say_order(&self) {
        let waiting = self.waiting.iter().map(|waiting| waiting.job).collect();
        self.send(Event::Queue { waiting, held: self.held });
    }
}

/// What is said where no further job may wait.
pub fn too_many() -> Error {
    Error::input(
        format!("{MOST_WAITING} jobs wait already, which is as many as may"),
        "Let some of them end, or take some away from those that wait.",
    )
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
    (Queue::new(received, sender, Box::new(|| {}), Running::default()), commands, events)
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

    /// What waits, in order.
    fn order(queue: &mut Queue) -> Vec<JobId> {
        queue.waiting.iter().map(|waiting| waiting.job).collect()
    }

    #[test]
    fn what_waits_can_be_moved_held_and_cleared() {
        let (mut queue, commands, events) = test_queue();
        (1..=4).for_each(|job| queue.take(open(job)));
        // The first cannot go further up, and one that has ended is nowhere.
        for moved in [3, 1, 9] {
            queue.take(Command::MoveUp(moved));
        }
        assert_eq!(order(&mut queue), [1, 3, 2, 4]);
        queue.take(Command::MoveUp(3));
        let said = events.try_iter().last();
        assert!(
            matches!(&said, Some(Event::Queue { waiting, held: false }) if *waiting == [3, 1, 2, 4]),
            "{said:?}"
        );
        // Held, nothing begins until it is let go, or the engine is to end.
        queue.take(Command::HoldQueue(true));
        commands.send(Command::HoldQueue(false)).unwrap();
        assert_eq!(queue.next_job().unwrap().0, 3);
        assert!(matches!(events.try_iter().last(), Some(Event::Queue { held: false, .. })));
        queue.take(Command::HoldQueue(true));
        queue.take(Command::ClearQueue);
        let ended = events.try_iter().filter(|event| matches!(event, Event::Failed { exit_code: 130, .. }));
        assert_eq!(ended.count(), 3);
        commands.send(Command::Shutdown).unwrap();
        assert!(queue.next_job().is_none());
    }

    #[test]
    fn what_is_too_much_is_said_and_nobody_is_to_report_it() {
        let (mut queue, _commands, events) = test_queue();
        for job in 1..=MOST_WAITING as JobId + 1 {
            queue.take(open(job));
        }
        let said: Vec<Event> = events.try_iter().collect();
        let [Event::Failed { job: 1001, message, exit_code: 2 }] = said.as_slice() else {
            panic!("{said:?}")
        };
        assert!(message.contains("1000 jobs wait") && !message.contains("report"), "{message}");
        assert_eq!(queue.waiting.len(), MOST_WAITING);
    }

    #[test]
    fn another_device_comes_before_the_next_job_even_where_jobs_are_held() {
        let (mut queue, commands, _events) = test_queue();
        let wish = Command::UseDevice(DeviceChoice::Cpu);
        for command in [Command::HoldQueue(true), open(1), wish.clone()] {
            commands.send(command).unwrap();
        }
        assert_eq!(queue.next_job(), Some((0, wish)));
        commands.send(Command::HoldQueue(false)).unwrap();
        assert_eq!(queue.next_job().unwrap().0, 1);
    }

    #[test]
    fn a_run_that_goes_on_is_neither_held_nor_cleared_with_those_that_wait() {
        let (mut queue, commands, events) = test_queue();
        queue.take(Command::HoldQueue(true));
        queue.take(open(1));
        queue.put_first(7, open(7));
        commands.send(Command::ClearQueue).unwrap();
        assert_eq!(queue.next_job().unwrap().0, 7);
        let ended = events.try_iter().filter(|event| matches!(event, Event::Failed { .. }));
        assert_eq!(ended.count(), 1);
        assert!(order(&mut queue).is_empty());
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
