//! A running job's view of the outside: where its events go, and what it was asked meanwhile.
//!
//! A job looks here between its steps: pausing and stopping act within one step, other jobs wait their turn. How long
//! its pictures take is told by what it says of them. A learning job lends its model to others, between its
//! steps. The length is that of its tests.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::{Duration, Instant};

use super::lent::Lent;
use super::message::{Command, Event, JobId};
use super::queue::Queue;
use super::sealing::Sealing;
use base::{Error, Result};

/// What a job should do after a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobSignal {
    /// Go on.
    Continue,
    /// End and keep what was made.
    Stop,
}

/// What a job was asked for.
#[derive(Debug, Default)]
struct Wishes {
    paused: bool,
    preview: bool,
    skip: bool,
    stopping: bool,
    giving_up: bool,
}

/// The running job's view of the outside.
pub struct JobContext<'a> {
    /// Its name.
    pub job: JobId,
    queue: &'a mut Queue,
    wishes: Wishes,
    /// The learning job within which this one is done.
    host: Option<(JobId, &'a mut Wishes)>,
    /// The model that this job lends.
    lent: Option<Lent>,
    /// Images of the job that came before those its part counts from 0.
    drawn: usize,
    /// The files of its images, each with its place among them.
    files: RefCell<Vec<(usize, PathBuf)>>,
    /// What its pictures are signed with, once one is to be saved.
    sealing: OnceCell<Rc<Sealing>>,
    /// What was said of its pictures.
    said: RefCell<BTreeSet<String>>,
    pace: Pace,
}

/// How many sampling steps were taken since when; `None` where the time since would mean nothing.
#[derive(Debug, Default)]
struct Pace {
    since: Cell<Option<Instant>>,
    steps: Cell<usize>,
    /// Steps of an image.
    each: Cell<usize>,
    /// How many images take a step at once; 0 stands for one.
    together: Cell<usize>,
    /// The step told of last: one in which the network is asked twice is told of twice.
    last: Cell<usize>,
    learning: Cell<bool>,
}

/// After so many timed steps the time an image takes is told for the first time.
const TELLING: usize = 3;

/// How often a job that waits for its turn asks whether it has come.
const BETWEEN_LOOKS: Duration = Duration::from_millis(400);

impl Pace {
    /// Seconds for an image, when an event is due to say it. The first step is not timed: it compiles.
    fn follow(&self, event: &Event) -> Option<f64> {
        let steps = match event {
            Event::LearnStarted { .. } => {
                self.learning.set(true);
                return None;
            }
            _ if self.learning.get() => return None,
            Event::Latents { step, .. } if self.last.replace(*step) == *step => return None,
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
            Event::Image { .. } => {
                self.last.set(0);
                self.steps.get()
            }
            _ => return None,
        };
        let each = self.each.get() as f64 / self.together.get().max(1) as f64;
        let seconds = self.since.get()?.elapsed().as_secs_f64() / steps as f64 * each;
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
            wishes: Wishes::default(),
            host: None,
            lent: None,
            drawn: 0,
            files: RefCell::default(),
            sealing: OnceCell::new(),
            said: RefCell::default(),
            pace: Pace::default(),
        }
    }

    /// What the job signs the pictures with that it saves. If that cannot be, the person is told, once.
    pub fn sealing(&self) -> Rc<Sealing> {
        Rc::clone(self.sealing.get_or_init(|| Rc::new(Sealing::usual(self))))
    }

    /// Looks at the commands that came in, and waits while paused, and for its turn on another machine; but not while
    /// something waits for the model that this job lends, for which it has to come to the end of its step.
    pub fn poll(&mut self) -> JobSignal {
        while !self.ends() {
            let waits = self.wishes.paused && !self.meanwhile_asked();
            let command = if waits { Some(self.queue.receive()) } else { self.queue.try_receive() };
            match command {
                Some(Command::Pause(job)) if job == self.job => self.hold(true),
                Some(Command::Resume(job)) if job == self.job => self.hold(false),
                Some(command) => self.take(command),
                None if self.has_turn() => return JobSignal::Continue,
                None => std::thread::sleep(BETWEEN_LOOKS),
            }
        }
        JobSignal::Stop
    }

    fn has_turn(&mut self) -> bool {
        match self.queue.turn.come() {
            Ok(()) => return true,
            Err(Some(before)) => self.send(Event::Waiting { job: self.job, before }),
            Err(None) => {}
        }
        false
    }

    /// Pauses or goes on, and says so.
    fn hold(&mut self, paused: bool) {
        if paused != std::mem::replace(&mut self.wishes.paused, paused) {
            self.pace.forget();
            // Nobody else waits for one who sleeps; when it wakes it asks anew.
            self.queue.turn.give();
            self.send(held(self.job, paused));
        }
    }

    /// Whether this job is to end, or the one within which it is done.
    fn ends(&self) -> bool {
        self.wishes.stopping || self.host.as_ref().is_some_and(|(_, host)| host.stopping)
    }

    /// From now on others may be done with a model, between the steps of this job.
    pub fn lend(&mut self, model: Lent) {
        self.lent = Some(model);
    }

    fn meanwhile_asked(&mut self) -> bool {
        let paused = self.wishes.paused;
        self.lent.as_ref().is_some_and(|lent| self.queue.has_meanwhile(lent, paused))
    }

    /// The next job to be done with the model that is lent.
    pub fn next_meanwhile(&mut self) -> Option<(JobId, Command)> {
        self.queue.next_meanwhile(self.lent.as_ref()?, self.wishes.paused)
    }

    /// The view of a job that is done within this one.
    pub fn within(&mut self, job: JobId) -> JobContext<'_> {
        JobContext { host: Some((self.job, &mut self.wishes)), ..JobContext::new(job, self.queue) }
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
        if self.wishes.giving_up {
            return false;
        }
        let before = std::mem::take(&mut self.wishes.stopping);
        if let Some(command) = self.queue.receive_within(time) {
            self.take(command);
        }
        self.wishes.giving_up |= self.wishes.stopping;
        self.wishes.stopping |= before;
        !self.wishes.giving_up
    }

    /// Whether previews were asked for since the last call.
    pub fn preview_asked(&mut self) -> bool {
        std::mem::take(&mut self.wishes.preview)
    }

    /// Whether the image being drawn was to be left since the last call.
    pub fn skip_asked(&mut self) -> bool {
        std::mem::take(&mut self.wishes.skip)
    }

    /// Counts the images of what follows from here on, in place of from 0.
    pub fn count_from(&mut self, drawn: usize) {
        self.drawn = drawn;
    }

    /// The place from which images are counted.
    pub fn counted(&self) -> usize {
        self.drawn
    }

    /// The files of its images that were drawn since the last call, each with its place among them.
    pub fn take_files(&self) -> Vec<(usize, PathBuf)> {
        self.files.take()
    }

    /// From here on so many images take a step at once, and are told of as one of them.
    pub fn draw_together(&self, images: usize) {
        if self.pace.together.replace(images) != images {
            self.pace.forget();
        }
    }

    /// Sends an event.
    pub fn send(&self, mut event: Event) {
        if let Event::Latents { index, .. } | Event::Image { index, .. } = &mut event {
            *index += self.drawn;
        }
        if let Event::Image { index, path: Some(path), .. } = &event {
            self.files.borrow_mut().push((*index, path.clone()));
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

    /// Says all of these.
    pub fn warn_all(&self, messages: impl IntoIterator<Item = impl Into<String>>) {
        messages.into_iter().for_each(|message| self.warn(message));
    }

    /// [`Self::warn`], unless it was said before: of pictures that are drawn one by one, each is looked at anew.
    pub fn warn_once(&self, message: impl Into<String>) {
        let message = message.into();
        if self.said.borrow_mut().insert(message.clone()) {
            self.warn(message);
        }
    }

    fn take(&mut self, command: Command) {
        let host = self.host.as_mut().map(|(job, wishes)| (*job, &mut **wishes));
        for (job, wishes) in [(self.job, &mut self.wishes)].into_iter().chain(host) {
            match command {
                Command::Stop(meant) => wishes.stopping |= meant == job,
                Command::Preview(meant) => wishes.preview |= meant == job,
                Command::Skip(meant) => wishes.skip |= meant == job,
                Command::Shutdown => (wishes.stopping, wishes.giving_up) = (true, true),
                // Its own is for `poll` alone: waiting for a disk is not pausing.
                Command::Pause(meant) | Command::Resume(meant) if meant == job && job != self.job => {
                    let paused = matches!(command, Command::Pause(_));
                    if paused != std::mem::replace(&mut wishes.paused, paused) {
                        self.queue.send(held(job, paused));
                    }
                }
                _ => {}
            }
        }
        self.queue.take(command);
    }
}

fn held(job: JobId, paused: bool) -> Event {
    if paused { Event::Paused { job, reason: String::new() } } else { Event::Resumed { job } }
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
    fn a_step_that_is_told_of_twice_is_one_step() {
        let pace = Pace::default();
        let picture = image::RgbImage::default;
        let step = |step| {
            let event = Event::Latents { job: 1, index: 0, step, steps: 3, image: picture() };
            pace.follow(&event);
            pace.steps.get()
        };
        // The first one is not timed.
        assert_eq!([1, 1, 2, 2, 3].map(step), [0, 0, 1, 1, 2]);
        pace.follow(&Event::Image { job: 1, index: 0, seed: 0, image: picture(), path: None });
        assert_eq!([1, 1, 2].map(step), [3, 3, 4]);
        assert_eq!(pace.each.get(), 3);
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
