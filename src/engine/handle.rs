//! The one door to the engine: start it, send commands, receive events.
//!
//! Dropping the handle asks the engine to stop and waits for the running step, so no checkpoint is lost by
//! closing a window. Sending never blocks. A panic inside a job (a driver out of memory, a lost device) ends that job
//! with an event, never the engine; a device that was lost is opened anew for the jobs that wait. A run on another machine
//! waits for that, and goes on.

use std::path::Path;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, TrySendError, bounded};

use super::commands::Commands;
use super::context::JobContext;
use super::device::{self, OpenDevice, guarded};
use super::jobs;
use super::message::{Command, DeviceChoice, Event, JobId};
use super::queue::{Queue, Wake, failed};
use super::remote;
use super::session::Session;
use super::tuning;
use super::turn::Turn;
use base::{Error, Result};

/// From one try to reach another machine to the next.
const BETWEEN_TRIES: Duration = Duration::from_secs(2);

/// A machine that cuts a run off in the same place more often than that is not away but fails.
const MOST_CUTS: usize = 3;

/// A running engine.
pub struct Engine {
    commands: Option<Commands>,
    events: Receiver<Event>,
    thread: Option<JoinHandle<()>>,
}

impl Engine {
    /// Starts the engine's thread, which opens the device first and says so with [`Event::Device`]; if that
    /// fails it sends [`Event::Failed`] for job 0 and ends. `wake` is called after every event, from the engine's
    /// thread; a window asks for a repaint there.
    ///
    /// # Errors
    /// [`Error::Internal`] if the system gives no thread.
    pub fn start(device: DeviceChoice, wake: Wake) -> Result<Self> {
        Self::begin(device, wake, true)
    }

    /// The same beside others that can do its work: a run that another machine's absence ended fails, in place of waiting
    /// for that machine.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn start_beside_others(device: DeviceChoice, wake: Wake) -> Result<Self> {
        Self::begin(device, wake, false)
    }

    fn begin(device: DeviceChoice, wake: Wake, waits: bool) -> Result<Self> {
        let (commands, received, running) = Commands::new();
        let (event_sender, events) = bounded(1024);
        let run = move || work(device, Queue::new(received, event_sender, wake, running), waits);
        let thread = std::thread::Builder::new().name("pseudoword-engine".into()).spawn(run);
        let thread = thread.map_err(|e| Error::Internal(format!("the system gives no thread ({e})")))?;
        Ok(Self { commands: Some(commands), events, thread: Some(thread) })
    }

    /// Sends a command.
    ///
    /// # Errors
    /// [`Error::Internal`] if the engine has ended, [`Error::Input`] if too many commands came within one step.
    pub fn send(&self, command: Command) -> Result<()> {
        let sent = self.commands.as_ref().map(|commands| commands.try_send(command));
        match sent {
            Some(Ok(())) => Ok(()),
            Some(Err(TrySendError::Full(_))) => Err(Error::input(
                "More was asked for than can wait until the current step is done",
                "Wait for a moment and ask again.",
            )),
            _ => Err(Error::Internal("the engine has ended".into())),
        }
    }

    /// A sender of its own, for a signal handler or another thread; the engine lives on as long as one
    /// exists.
    pub fn commands(&self) -> Option<Commands> {
        self.commands.clone()
    }

    /// The stream of events. It ends when the engine does.
    pub fn events(&self) -> &Receiver<Event> {
        &self.events
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // Stops the running job. A full queue is read within a step; events are let go meanwhile, because the
        // engine may be waiting for room for one.
        if let Some(commands) = self.commands.take() {
            while let Err(TrySendError::Full(_)) = commands.try_send(Command::Shutdown) {
                let _ = self.events.recv_timeout(Duration::from_millis(10));
            }
        }
        while self.events.recv().is_ok() {}
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Opens the device and does one job after another until the channel closes or [`Command::Shutdown`] comes. With `waits`
/// a run on another machine waits for that.
fn work(mut choice: DeviceChoice, mut queue: Queue, waits: bool) {
    let device = match open(choice, None, &mut queue) {
        Ok(device) => device,
        Err(error) => return queue.send(failed(0, &error)),
    };
    let mut session = Session::new(device);
    queue.turn = Turn::on(&session.device);
    say_ready(&session.device, &queue);
    let mut cuts = Cuts::default();
    while let Some((job, command)) = queue.next_job() {
        if let Command::UseDevice(wanted) = command {
            change_device(&mut choice, wanted, &mut session, &mut queue);
            continue;
        }
        let run = match (choice, &command) {
            (DeviceChoice::Remote(_), Command::Learn { request, .. }) if waits => Some(request.clone()),
            _ => None,
        };
        let result = guarded(|| {
            let mut context = JobContext::new(job, &mut queue);
            // Writing a word needs nobody's device.
            if session.device.info.is_remote() && !matches!(command, Command::Save { .. }) {
                context.check()?;
            }
            jobs::run(command, &mut session, &mut context)
        });
        queue.turn.give();
        let error = match result {
            Ok(summary) => {
                queue.send(Event::Finished { job, summary });
                continue;
            }
            Err(error) => error,
        };
        if !matches!(error, Error::Device(..) | Error::Internal(_)) {
            queue.send(failed(job, &error));
            continue;
        }
        session.unload();
        let lost = device::is_lost(&session.device, &error);
        if lost
            && let Some(run) = run
            && cuts.count(job, newest_step(&run.out)) <= MOST_CUTS
        {
            let message = format!(
                "The connection to {} was cut. The word is kept as it was after its last step and is learned on once that \
                 machine is back; a stop leaves it.",
                session.device.info.name
            );
            queue.send(Event::Warning { job, message });
            match reconnected(choice, job, &mut queue) {
                Ok(device) => {
                    begin_on(device, &mut session, &mut queue);
                    queue.put_first(job, Command::Learn { job, request: Box::new(run.gone_on()) });
                }
                Err(error) => queue.send(failed(job, &error)),
            }
            continue;
        }
        // burn says what it waited for, and not that nobody answers.
        let error = match error {
            Error::Internal(_) | Error::Device(..) if lost && session.device.info.is_remote() => {
                remote::cut(&session.device.info)
            }
            error => error,
        };
        queue.send(failed(job, &error));
        if lost {
            device::lose(&session.device);
            match open(choice, None, &mut queue) {
                Ok(device) => begin_on(device, &mut session, &mut queue),
                Err(error) => return queue.send(failed(0, &error)),
            }
        }
    }
}

/// How often a run was cut off in the same place.
#[derive(Default)]
struct Cuts {
    job: JobId,
    step: Option<u64>,
    times: usize,
}

impl Cuts {
    /// Counts one more; it is the first if the run has come on since the last one.
    fn count(&mut self, job: JobId, step: Option<u64>) -> usize {
        let again = (self.job, self.step) == (job, step);
        *self = Self { job, step, times: if again { self.times + 1 } else { 1 } };
        self.times
    }
}

/// The step of a run's newest checkpoint, if it has come so far.
fn newest_step(out: &Path) -> Option<u64> {
    project::RunFolder::open(out).ok()?.checkpoints().ok()?.last().copied()
}

/// Opens a device, and heeds what comes while another machine is waited for.
fn open(choice: DeviceChoice, job: Option<JobId>, queue: &mut Queue) -> Result<OpenDevice> {
    guarded(|| {
        device::open_while(choice, &mut || {
            while let Some(command) = queue.try_receive() {
                heed(command, job, queue)?;
            }
            Ok(())
        })
    })
}

/// Does what a command means for the jobs that wait.
///
/// # Errors
/// [`Error::Cancelled`] if it stops `job` or ends the engine.
fn heed(command: Command, job: Option<JobId>, queue: &mut Queue) -> Result<()> {
    let ends = match &command {
        Command::Stop(stopped) if Some(*stopped) == job => return Err(Error::Cancelled),
        command => matches!(command, Command::Shutdown),
    };
    queue.take(command);
    if ends { Err(Error::Cancelled) } else { Ok(()) }
}

/// Tries to reach another machine until it answers.
///
/// # Errors
/// [`Error::Cancelled`] if `job` is stopped before, or the engine is to end; what does not pass by itself, as that the
/// machine does not let us in any more.
fn reconnected(choice: DeviceChoice, job: JobId, queue: &mut Queue) -> Result<OpenDevice> {
    loop {
        match open(choice, Some(job), queue) {
            Err(error) if remote::may_pass(&error) => {}
            answer => return answer,
        }
        let next = Instant::now() + BETWEEN_TRIES;
        while let Some(command) = queue.receive_within(next.saturating_duration_since(Instant::now())) {
            heed(command, Some(job), queue)?;
        }
    }
}

/// Goes over to another device, or says why not and stays. The one in use goes on with the model that is on it.
fn change_device(choice: &mut DeviceChoice, wanted: DeviceChoice, session: &mut Session, queue: &mut Queue) {
    match open(wanted, None, queue) {
        Ok(device) => {
            *choice = wanted;
            // Another machine's may have been opened anew.
            if device.info == session.device.info && device.device == session.device.device {
                say_ready(&device, queue);
            } else {
                begin_on(device, session, queue);
            }
        }
        Err(error) => {
            let message = format!("{error} {} goes on being used.", session.device.info.name);
            queue.send(Event::Warning { job: 0, message });
        }
    }
}

fn begin_on(device: OpenDevice, session: &mut Session, queue: &mut Queue) {
    queue.turn = Turn::on(&device);
    say_ready(&device, queue);
    *session = Session::new(device);
}

/// Says which device it is; from here on it calculates as was measured on it.
fn say_ready(device: &OpenDevice, queue: &Queue) {
    queue.send(Event::Device { device: device.info.clone() });
    // What was measured belongs to the processor or card that computes, and there may be one in use beside it.
    if device.info.is_remote() {
        return;
    }
    if let Some(message) = tuning::apply(&device.info) {
        queue.send(Event::Warning { job: 0, message });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queue::test_queue;
    use crate::session::tests::{golden, session};
    use project::Precision;

    #[test]
    fn a_run_that_comes_on_may_be_cut_off_often() {
        let mut cuts = Cuts::default();
        let counted = [(1, None), (1, None), (1, Some(5)), (1, Some(6)), (1, Some(6)), (2, Some(6))];
        assert_eq!(counted.map(|(job, step)| cuts.count(job, step)), [1, 2, 1, 1, 2, 1]);
    }

    #[test]
    fn the_device_in_use_keeps_its_model_when_it_is_chosen_again() {
        let (mut queue, _commands, events) = test_queue();
        let mut session = session();
        let load = |session: &mut Session, queue: &mut Queue| {
            session.load(&golden(), Precision::F32, &mut JobContext::new(1, queue)).map(drop).unwrap();
            events.try_iter().filter(|event| matches!(event, Event::Loading { .. })).count()
        };
        assert!(load(&mut session, &mut queue) > 0);
        let mut choice = DeviceChoice::Auto;
        change_device(&mut choice, DeviceChoice::Cpu, &mut session, &mut queue);
        assert_eq!((choice, load(&mut session, &mut queue)), (DeviceChoice::Cpu, 0));
    }

    #[test]
    #[allow(clippy::disallowed_types, reason = "a machine of the test that says nothing")]
    fn whoever_waits_for_a_machine_that_says_nothing_can_be_stopped() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let text = format!("remote:ws://{}", listener.local_addr().unwrap());
        let choice: DeviceChoice = text.parse().unwrap();
        let DeviceChoice::Remote(host) = choice else { unreachable!("{text} is another machine's") };
        remote::give_token(host, "shown".into());
        let engine = Engine::start(choice, Box::new(|| {})).unwrap();
        engine.send(crate::queue::test_job(7)).unwrap();
        engine.send(Command::Stop(7)).unwrap();
        let start = Instant::now();
        let said = engine.events().recv_timeout(Duration::from_secs(10)).unwrap();
        assert!(matches!(said, Event::Failed { job: 7, exit_code: 130, .. }), "{said:?}");
        drop(engine);
        let (mut queue, commands, _events) = test_queue();
        commands.send(Command::Stop(3)).unwrap();
        let stopped = reconnected(choice, 3, &mut queue);
        assert!(matches!(stopped, Err(Error::Cancelled)), "{stopped:?}");
        assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    }
}
