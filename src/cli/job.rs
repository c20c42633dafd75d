//! A job of the engine from the command line: begun, told of, and stopped by Ctrl-C.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use clap::Args;

use super::progress::{Reporter, tell};
use base::{Error, Result};
use engine::Engine;
use engine::message::{Command, DeviceChoice, Event, JobId};
use project::DataDir;
use starter::bundle;

/// The only job of a command-line run.
pub const JOB: JobId = 1;

/// Where a job calculates and how it is told of.
#[derive(Debug, Args)]
pub struct JobOptions {
    /// Where to calculate: auto, vulkan, metal, dx12, gl or cpu
    #[arg(long, default_value = "auto")]
    pub device: DeviceChoice,
    /// Print one event a line as JSON
    #[arg(long)]
    pub json: bool,
}

/// Gives the engine one job and reports until it ends.
///
/// # Errors
/// Whatever the engine could not do.
pub fn run(options: &JobOptions, command: Command) -> Result<()> {
    let engine = Engine::start(options.device, Box::new(|| {}))?;
    // An engine that could not open its device is gone already; its events say why.
    let sent = engine.send(command);
    // After the job, because a stop that finds no job is forgotten.
    stop_on_signal(&engine)?;
    let mut reporter = Reporter::new(options.json);
    for event in engine.events() {
        reporter.report(&event);
        match event {
            Event::Finished { .. } => return Ok(()),
            Event::Failed { message, exit_code, .. } => return Err(Error::Reported(message, exit_code)),
            _ => {}
        }
    }
    sent.and(Err(Error::Internal("the engine ended without an answer".into())))
}

/// The first Ctrl-C (or request to terminate) ends the job after its step and keeps what it made; the second
/// ends the program at once, which loses only what came after the last checkpoint.
fn stop_on_signal(engine: &Engine) -> Result<()> {
    let Some(commands) = engine.commands() else { return Ok(()) };
    // Held weakly by being taken out on first use, so that the engine can still end by itself.
    let commands = Mutex::new(Some(commands));
    let stop = move || {
        let first = commands.lock().unwrap_or_else(PoisonError::into_inner).take();
        match first {
            Some(commands) => {
                tell("Stopping after this step and keeping the word; press Ctrl-C again to end at once.\n");
                let _ = commands.try_send(Command::Stop(JOB));
            }
            #[expect(clippy::exit, reason = "the person asked twice; everything on the disk is whole")]
            #[expect(clippy::disallowed_methods, reason = "asked twice; everything on the disk is whole")]
            None => std::process::exit(130),
        }
    };
    ctrlc::set_handler(stop).map_err(|e| Error::Internal(format!("signals cannot be handled ({e})")))
}

/// The first Ctrl-C sets a flag; the second ends the program at once.
///
/// # Errors
/// Signals cannot be handled.
pub fn stop_flag(stop: &Arc<AtomicBool>, said: &'static str) -> Result<()> {
    let stop = Arc::clone(stop);
    let handler = move || {
        if stop.swap(true, Ordering::Relaxed) {
            #[expect(clippy::exit, reason = "the person asked twice; everything on the disk is whole")]
            #[expect(clippy::disallowed_methods, reason = "asked twice; everything on the disk is whole")]
            std::process::exit(130);
        }
        tell(said);
    };
    ctrlc::set_handler(handler).map_err(|e| Error::Internal(format!("signals cannot be handled ({e})")))
}

/// The model that was named, else the starter model.
///
/// # Errors
/// The starter model cannot be unpacked.
pub fn model_or_starter(given: Option<PathBuf>) -> Result<PathBuf> {
    given.map_or_else(|| bundle::model(&DataDir::usual()), Ok)
}
