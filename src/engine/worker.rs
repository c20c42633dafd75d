//! The engine's loop: takes commands, runs one job at a time inside a barrier, and keeps the model between
//! jobs.
//!
//! Between the steps of a job it looks at what was sent meanwhile: pausing, stopping and cancelling act
//! within one step, other jobs wait their turn. A panic inside a job (a driver out of memory, a lost device)
//! ends that job with an event, never the engine.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use crossbeam_channel::{Receiver, Sender};

use super::device::{self, OpenDevice};
use super::handle::Wake;
use super::message::{Command, DeviceChoice, Event, JobId, ModelInfo, Summary};
use super::{evaluate, generate, learn, save};
use crate::error::{Error, Result};
use crate::model::{Pipeline, pipeline};
use crate::project::Precision;

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
    stopping: Option<Flow>,
    giving_up: bool,
}

impl<'a> Control<'a> {
    fn new(
        job: JobId,
        events: &'a EventSink,
        commands: &'a Receiver<Command>,
        waiting: &'a mut VecDeque<Command>,
    ) -> Self {
        Self { job, events, commands, waiting, preview: false, stopping: None, giving_up: false }
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

    /// Waits up to `time` before something that failed is tried again, or less if a command comes. `false` once
    /// the job was told to end while it waited, or the engine is to end: trying is to be given up.
    ///
    /// A job that was told to end before still waits, because ending means keeping what was made.
    pub fn wait(&mut self, time: std::time::Duration) -> bool {
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

    /// Takes what was sent to the job until now, so that a stop that came too late for it does not end the next.
    fn finish(mut self) {
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

fn failed(job: JobId, error: &Error) -> Event {
    Event::Failed { job, message: error.to_string(), exit_code: error.exit_code() }
}

fn job_of(command: &Command) -> Option<JobId> {
    match command {
        Command::OpenModel { job, .. }
        | Command::Learn { job, .. }
        | Command::Generate { job, .. }
        | Command::Evaluate { job, .. }
        | Command::Save { job, .. } => Some(*job),
        _ => None,
    }
}

/// What the thread owns.
pub struct Worker {
    /// The open device.
    pub device: OpenDevice,
    model: Option<Pipeline>,
}

impl Worker {
    /// Opens the device and works until the channel closes or [`Command::Shutdown`] comes.
    pub(super) fn run(choice: DeviceChoice, commands: Receiver<Command>, events: EventSink) {
        let opened = guarded(|| device::open(choice));
        let device = match opened {
            Ok(device) => device,
            Err(error) => {
                events.send(failed(0, &error));
                return;
            }
        };
        events.send(Event::Device(device.info.clone()));
        let mut worker = Self { device, model: None };
        let mut waiting = VecDeque::new();
        while let Some(command) = waiting.pop_front().or_else(|| commands.recv().ok()) {
            if matches!(command, Command::Shutdown) {
                break;
            }
            let Some(job) = job_of(&command) else { continue };
            let mut control = Control::new(job, &events, &commands, &mut waiting);
            let result = guarded(|| worker.work(command, &mut control));
            control.finish();
            match result {
                Ok(summary) => events.send(Event::Finished { job, summary }),
                Err(error) => {
                    // After a device error nothing on the device can be trusted: load the model anew next
                    // time.
                    if matches!(error, Error::Device { .. } | Error::Internal(_)) {
                        worker.model = None;
                    }
                    events.send(failed(job, &error));
                }
            }
        }
    }

    fn work(&mut self, command: Command, control: &mut Control<'_>) -> Result<Summary> {
        match command {
            Command::OpenModel { model, precision, .. } => {
                self.model(&model, precision, control)?;
                Ok(Summary::Opened)
            }
            Command::Learn { request, .. } => learn::run(self, *request, control),
            Command::Generate { request, .. } => generate::run(self, *request, control),
            Command::Evaluate { request, .. } => evaluate::run(self, *request, control),
            Command::Save { request, .. } => save::run(*request, control),
            _ => Err(Error::Internal("a command that is no job was run as one".into())),
        }
    }

    /// The model at `path`, loaded unless it is the one already there.
    pub fn model(
        &mut self,
        path: &Path,
        precision: Precision,
        control: &Control<'_>,
    ) -> Result<&mut Pipeline> {
        let full = std::fs::canonicalize(path).unwrap_or_else(|_| PathBuf::from(path));
        let kept = self.model.take().filter(|model| {
            let known = std::fs::canonicalize(model.folder.path());
            known.is_ok_and(|known| known == full) && model.precision() == precision
        });
        let pipeline = match kept {
            Some(model) => model,
            None => {
                device::check_precision(&self.device, pipeline::dtype(precision))?;
                let mut progress = |what: &str, fraction| {
                    control.events.send(Event::Loading { job: control.job, what: what.into(), fraction });
                };
                Pipeline::open(path, &self.device.device, precision, &mut progress)?
            }
        };
        let info = ModelInfo {
            name: pipeline.folder.name(),
            parameters: pipeline.parameters(),
            size: pipeline.native_size(),
            width: pipeline.text_encoder.config().hidden_size,
        };
        control.events.send(Event::ModelReady { job: control.job, model: info });
        Ok(self.model.insert(pipeline))
    }
}

/// Runs `work`, turning a panic into an error.
pub(super) fn guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(result) => result,
        Err(payload) => {
            let text = payload.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("no reason given");
            Err(failure(text))
        }
    }
}

/// burn reports an exhausted or lost device by panicking: say so in words a person can act on.
fn failure(text: &str) -> Error {
    // What follows is the stack, whose names must not be taken for the reason.
    let reason = text.split("Backtrace").next().unwrap_or(text).to_lowercase();
    let first_line = text.lines().next().unwrap_or(text);
    let has = |words: &[&str]| words.iter().any(|word| reason.contains(word));
    if has(&["out of memory", "out of device memory", "allocat", "buffer too big", "too many resources"]) {
        return Error::device(
            format!("The device has too little memory for this ({first_line})"),
            "Choose a smaller size or batch, --precision f16, or close other programs that use the card.",
        );
    }
    if has(&["device"]) && has(&["lost", "poison"]) {
        return Error::device(
            format!("The connection to the device was lost ({first_line})"),
            "Start Pseudoword again and resume from the last checkpoint.",
        );
    }
    Error::Internal(first_line.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_a_sentence() {
        let error = guarded::<()>(|| panic!("Out of memory: 4 GiB")).unwrap_err();
        assert!(matches!(error, Error::Device { .. }), "{error}");
        let error = guarded::<()>(|| panic!("index out of bounds")).unwrap_err();
        assert!(error.to_string().contains("index out of bounds"));
        assert_eq!(error.exit_code(), 1);
    }
}
