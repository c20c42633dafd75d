//! A running job's view of the outside: where its events go, and what it was asked meanwhile.
//!
//! A job looks here between its steps: pausing and stopping act within one step, other jobs wait their turn. How long
//! its pictures take is told by what it says of them.

use std::cell::Cell;
use std::time::{Duration, Instant};

use super::message::{Command, Event, JobId};
use super::queue::Queue;
use base::{Error, Result};

/// What a job should do after a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobSignal {
    /// Go on.
    Continue,
    /// End and keep what was made.
    Stop,
}

/// The running job's view of the outside.
pub struct JobContext<'a> {
    /// Its name.
    pub job: JobId,
    queue: &'a mut Queue,
    preview: bool,
    skip: bool,
    stopping: bool,
    giving_up: bool,
    /// Images of the job that came before those its part counts from 0.
    drawn: usize,
    pace: Pace,
}

/// How many sampling steps were taken since when; `None` where the time since would mean nothing.
#[derive(Debug, Default)]
struct Pace {
    since: Cell<Option<Instant>>,
    steps: Cell<usize>,
    /// Steps of an image.
    each: Cell<usize>,
    learning: Cell<bool>,
}

/// After so many timed steps the time an image takes is told for the first time.
const TELLING: usize = 3;

impl Pace {
    /// Seconds for an image, when an event is due to say it. The first step is not timed: it compiles.
    fn follow(&self, event: &Event) -> Option<f64> {
        let steps = match event {
            Event::LearnStarted { .. } => {
                self.learning.set(true);
                return None;
            }
            _ if self.learning.get() => return None,
            Event::Latents { steps, .. } => {
                self.each.set(*steps);
                let Some(_) = self.since.get() else {
                    self.since.set(Some(Instant::now()));
                    return None;
                };
                self.steps.set(self.steps.get() + 1);
                if self.steps.get() != TELLING {
                    return None;
                }
                self.steps.get()
            }
            Event::Image { .. } => self.steps.get(),
            _ => return None,
        };
        let seconds = self.since.get()?.elapsed().as_secs_f64() / steps as f64 * self.each.get() as f64;
        seconds.is_finite().then_some(seconds)
    }

    /// What comes now is not timed with what was before.
    fn forget(&self) {
        self.since.set(None);
        self.steps.set(0);
    }
}

impl<'a> JobContext<'a> {
    /// The view of job `job`; the others wait in `queue`.
    pub fn new(job: JobId, queue: &'a mut Queue) -> Self {
        Self {
            job,
            queue,
            preview: false,
            skip: false,
            stopping: false,
            giving_up: false,
            drawn: 0,
            pace: Pace::default(),
        }
    }

    /// Looks at the commands that came in, and waits while paused.
    pub fn poll(&mut self) -> JobSignal {
        let mut paused = false;
        while !self.stopping {
            let command = if paused { Some(self.queue.receive()) } else { self.queue.try_receive() };
            match command {
                Some(Command::Pause(job)) if job == self.job && !paused => {
                    paused = true;
                    self.send(Event::Paused { job, reason: String::new() });
                }
                Some(Command::Resume(job)) if job == self.job && paused => {
                    paused = false;
                    self.pace.forget();
                    self.send(Event::Resumed { job });
                }
                Some(command) => self.take(command),
                None => return JobSignal::Continue,
            }
        }
        JobSignal::Stop
    }

    /// [`Self::poll`] for work of which a part is worth nothing: [`Error::Cancelled`] once the job is to end.
    pub fn check(&mut self) -> Result<()> {
        match self.poll() {
            JobSignal::Continue => Ok(()),
            JobSignal::Stop => Err(Error::Cancelled),
        }
    }

    /// Waits up to `time` before something that failed is tried again, or less if a command comes. `false`
    /// once the job was told to end while it waited, or the engine is to end: trying is to be given up.
    ///
    /// A job that was told to end before still waits, because ending means keeping what was made.
    pub fn wait(&mut self, time: Duration) -> bool {
        if self.giving_up {
            return false;
        }
        let before = std::mem::take(&mut self.stopping);
        if let Some(command) = self.queue.receive_within(time) {
            self.take(command);
        }
        self.giving_up |= self.stopping;
        self.stopping |= before;
        !self.giving_up
    }

    /// Whether previews were asked for since the last call.
    pub fn preview_asked(&mut self) -> bool {
        std::mem::take(&mut self.preview)
    }

    /// Whether the image being drawn was to be left since the last call.
    pub fn skip_asked(&mut self) -> bool {
        std::mem::take(&mut self.skip)
    }

    /// Counts the images of what follows from here on, in place of from 0.
    pub fn count_from(&mut self, drawn: usize) {
        self.drawn = drawn;
    }

    /// Sends an event.
    pub fn send(&self, mut event: Event) {
        if let Event::Latents { index, .. } | Event::Image { index, .. } = &mut event {
            *index += self.drawn;
        }
        let pace = self.pace.follow(&event);
        self.queue.send(event);
        if let Some(seconds) = pace {
            self.queue.send(Event::Pace { job: self.job, seconds });
        }
    }

    /// Says that `done` of `of` units of something are done.
    pub fn progress(&self, what: impl Into<String>, done: usize, of: usize) {
        self.send(Event::Progress { job: self.job, what: what.into(), done: done as u64, of: of as u64 });
    }

    /// Says something worth knowing.
    pub fn warn(&self, message: impl Into<String>) {
        self.send(Event::Warning { job: self.job, message: message.into() });
    }

    fn take(&mut self, command: Command) {
        match command {
            Command::Stop(job) if job == self.job => self.stopping = true,
            Command::Preview(job) => self.preview |= job == self.job,
            Command::Skip(job) => self.skip |= job == self.job,
            Command::Shutdown => {
                (self.stopping, self.giving_up) = (true, true);
                self.queue.take(command);
            }
            command => self.queue.take(command),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::queue::{test_job as open, test_queue};
    use super::*;

    const INSTANT: Duration = Duration::from_millis(1);

    /// Runs `test` as job 1 to which `told` was said; gives what was said to the outside.
    fn with_job(told: &[Command], test: impl FnOnce(&mut JobContext<'_>)) -> Vec<Event> {
        let (mut queue, commands, events) = test_queue();
        told.iter().for_each(|command| commands.send(command.clone()).unwrap());
        test(&mut JobContext::new(1, &mut queue));
        events.try_iter().collect()
    }

    #[test]
    fn a_stop_for_a_job_that_has_ended_stops_no_other() {
        let (mut queue, commands, events) = test_queue();
        let tell = |command: Command| commands.send(command).unwrap();
        [open(1), open(2)].into_iter().for_each(tell);
        assert_eq!(queue.next_job().unwrap().0, 1);
        // Said after the last look of job 1: neither may reach job 2, but job 3 must not be lost.
        [Command::Stop(1), open(3), Command::Pause(1)].into_iter().for_each(tell);
        assert_eq!(queue.next_job().unwrap().0, 2);
        let late =
            [Command::Stop(1), Command::Skip(1), Command::Preview(1), Command::Pause(1), Command::Resume(1)];
        late.into_iter().for_each(tell);
        let mut second = JobContext::new(2, &mut queue);
        assert_eq!(second.poll(), JobSignal::Continue);
        assert!(!second.skip_asked() && !second.preview_asked() && events.is_empty());
        tell(Command::Stop(2));
        assert_eq!(second.poll(), JobSignal::Stop);
        assert_eq!(queue.next_job().unwrap().0, 3);
    }

    #[test]
    fn a_waiting_job_that_is_stopped_says_so() {
        let said = with_job(&[open(2), Command::Stop(2), Command::Stop(9)], |context| {
            assert_eq!(context.poll(), JobSignal::Continue);
        });
        assert!(matches!(said[..], [Event::Failed { job: 2, exit_code: 130, .. }]), "{said:?}");
    }

    #[test]
    fn pausing_lasts_until_resumed_or_ended() {
        let told = [Command::Pause(1), open(3), Command::Resume(2), Command::Resume(1)];
        let said = with_job(&told, |context| assert_eq!(context.poll(), JobSignal::Continue));
        assert!(matches!(said[..], [Event::Paused { job: 1, .. }, Event::Resumed { job: 1 }]), "{said:?}");
        with_job(&[Command::Pause(1), Command::Stop(1)], |context| {
            assert_eq!(context.poll(), JobSignal::Stop);
        });
    }

    #[test]
    fn an_image_is_left_once_for_each_wish() {
        with_job(&[Command::Skip(1), Command::Skip(1)], |context| {
            assert_eq!(context.poll(), JobSignal::Continue);
            assert!(context.skip_asked() && !context.skip_asked());
        });
    }

    #[test]
    fn only_an_end_wished_for_while_waiting_gives_up() {
        with_job(&[Command::Stop(1)], |context| {
            assert_eq!(context.poll(), JobSignal::Stop);
            assert!(context.wait(INSTANT), "stopping keeps what was made, however long saving takes");
        });
        with_job(&[Command::Stop(1)], |context| {
            assert!(!context.wait(INSTANT));
            assert!(!context.wait(INSTANT), "once given up, nothing else waits");
        });
    }

    #[test]
    fn the_end_of_the_engine_ends_the_job() {
        with_job(&[Command::Shutdown], |context| {
            assert_eq!(context.poll(), JobSignal::Stop);
            assert!(!context.wait(INSTANT));
        });
    }
}
