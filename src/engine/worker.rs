//! The engine's loop: takes commands, runs one job at a time inside a barrier, and keeps the model between
//! jobs.
//!
//! A panic inside a job (a driver out of memory, a lost device) ends that job with an event, never the
//! engine. What a job hears while it runs is `control`'s business.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use crossbeam_channel::Receiver;

use super::control::{Control, EventSink, failed, job_of};
use super::device::{self, OpenDevice};
use super::message::{Command, DeviceChoice, Event, ModelInfo, Summary};
use super::{evaluate, generate, learn, save};
use base::{Error, Result};
use model::{Pipeline, pipeline};
use project::Precision;

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
            let known = std::fs::canonicalize(model.files.path());
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
            name: pipeline.files.name(),
            parameters: pipeline.parameters(),
            size: pipeline.native_size(),
            width: pipeline.conditioner.width(),
            family: pipeline.family(),
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
