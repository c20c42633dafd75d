//! A job of the engine from the command line: begun, told of, and stopped by Ctrl-C.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clap::Args;

use super::progress::{Reporter, tell};
use super::spread;
use base::{Error, Result, signals};
use engine::Engine;
use engine::message::{Command, DeviceChoice, Event, JobId, JobSummary};
use engine::{model_hash, remote};
use format::credentials::Seal;
use project::CredentialSettings;

/// The only job of a command-line run.
pub const JOB: JobId = 1;

/// Where a job calculates and how it is told of.
#[derive(Debug, Args)]
pub struct JobOptions {
    /// Where to calculate: auto, vulkan, metal, dx12, gl or cpu, one of several cards as in vulkan:1, by its number in
    /// `pseudoword devices`, or another machine's as `pseudoword serve` prints it there. `compare` learns on all that are named
    #[arg(long = "device", value_name = "DEVICE", default_value = "auto")]
    pub devices: Vec<DeviceChoice>,
    /// The file with the token that the other machine wants, a copy of the one there [default: what the window remembers
    /// of that machine, else what PSEUDOWORD_TOKEN_FILE names]
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// Print one event a line as JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub signing: Signing,
}

/// What the pictures that a job saves say of themselves, signed.
#[derive(Debug, Clone, Default, Args)]
pub struct Signing {
    /// Save pictures without content credentials, by which others can tell that a model drew them
    #[arg(long, conflicts_with_all = ["certificate", "certificate_key"])]
    no_credentials: bool,
    /// Sign pictures by this certificate (PEM) instead of this device's
    #[arg(long, value_name = "FILE", requires = "certificate_key")]
    certificate: Option<PathBuf>,
    /// The key of --certificate (PEM, PKCS #8); it is read and never copied
    #[arg(long, value_name = "FILE", requires = "certificate")]
    certificate_key: Option<PathBuf>,
}

impl JobOptions {
    /// Tells the engine the token that other machines want.
    fn give_token(&self) -> Result<()> {
        for device in &self.devices {
            if let (DeviceChoice::Remote(host), Some(path)) = (device, &self.token_file) {
                remote::give_token(*host, remote::read_token(path)?);
            }
        }
        Ok(())
    }

    /// Refuses devices that cannot work side by side, or for a job that cannot be spread over several.
    fn check_devices(&self, command: &Command) -> Result<()> {
        if self.devices.len() < 2 {
            return Ok(());
        }
        if !matches!(command, Command::Compare { .. }) {
            return Err(Error::input(
                "Only a comparison is spread over several devices",
                "Name one --device.",
            ));
        }
        let twice = self.devices.iter().enumerate().any(|(at, device)| self.devices[..at].contains(device));
        let is_card =
            |device: &&DeviceChoice| matches!(device, DeviceChoice::Auto | DeviceChoice::Gpu { .. });
        if twice || self.devices.iter().filter(is_card).count() > 1 {
            return Err(Error::input(
                "One program computes on one graphics card of its own computer, and on no device twice",
                "Lend the others with `pseudoword serve`, each on a port of its own, and name them as it prints.",
            ));
        }
        Ok(())
    }
}

/// Gives the engine one job and reports until it ends.
pub fn run(options: &JobOptions, command: Command) -> Result<()> {
    let stopping = stopping(&command);
    options.check_devices(&command)?;
    options.give_token()?;
    let Signing { no_credentials: off, certificate, certificate_key: key } = options.signing.clone();
    CredentialSettings { off, certificate, key }.ask();
    if signs(&command) {
        Seal::expect_named()?;
    }
    let several = options.devices.len() > 1;
    let start = if several { Engine::start_beside_others } else { Engine::start };
    let start = |device: &DeviceChoice| start(*device, Box::new(|| {}));
    let mut engines = options.devices.iter().map(start).collect::<Result<Vec<_>>>()?;
    let mut waiting = Some(command);
    // An engine that could not open its device is gone already; its events say why.
    let mut sent = match waiting.take_if(|_| !several) {
        Some(command) => engines[0].send(command),
        None => Ok(()),
    };
    // After the job, because a stop that finds no job is forgotten.
    let asked = Arc::new(AtomicBool::new(false));
    let ended = Arc::new(AtomicBool::new(false));
    let commands: Vec<_> = engines.iter().filter_map(Engine::commands).collect();
    {
        let (asked, ended) = (Arc::clone(&asked), Arc::clone(&ended));
        signals::on_first(move || {
            asked.store(true, Ordering::Relaxed);
            if !ended.load(Ordering::Relaxed) {
                tell(&format!("{stopping}; press Ctrl-C again to end at once.\n"));
            }
            for commands in commands {
                let _ = commands.try_send(Command::Stop(JOB));
            }
        })?;
    }
    if let Some(command) = waiting {
        let alive = spread::learn(&engines, options, &command, &asked)?;
        engines.swap(0, alive);
        engines.truncate(1);
        sent = engines[0].send(command);
        // One that came meanwhile found no job.
        if asked.load(Ordering::Relaxed) {
            let _ = engines[0].send(Command::Stop(JOB));
        }
    }
    let done = follow(&engines[0], options, &asked, sent);
    ended.store(true, Ordering::Relaxed);
    drop(engines);
    if done.is_ok() {
        finish_hash(&asked);
    }
    done
}

/// Reports what the engine says until the job ends.
fn follow(engine: &Engine, options: &JobOptions, asked: &AtomicBool, sent: Result<()>) -> Result<()> {
    let mut reporter = Reporter::new(options.json);
    for event in engine.events() {
        reporter.report(&event);
        match event {
            // Whoever waits for the exit code must not take the part for the whole.
            Event::Finished { summary, .. } => {
                let whole = matches!(
                    summary,
                    JobSummary::Learned { complete: true, .. } | JobSummary::Tuned { complete: true, .. }
                );
                let stopped = asked.load(Ordering::Relaxed) && !whole;
                return match stopped {
                    true => Err(Error::Reported(Error::Cancelled.to_string(), Error::Cancelled.exit_code())),
                    false => Ok(()),
                };
            }
            Event::Failed { message, exit_code, .. } => return Err(Error::Reported(message, exit_code)),
            _ => {}
        }
    }
    sent.and(Err(Error::Internal("the engine ended without an answer".into())))
}

/// Whether a job may save pictures that a model drew.
fn signs(command: &Command) -> bool {
    matches!(
        command,
        Command::Learn { .. }
            | Command::Generate { .. }
            | Command::Grid { .. }
            | Command::Edit { .. }
            | Command::Invert { .. }
            | Command::Compare { .. }
            | Command::Explain { .. }
            | Command::Bias { .. }
    )
}

/// What a stop leaves of a job, as the beginning of a sentence.
fn stopping(command: &Command) -> &'static str {
    match command {
        Command::Learn { .. } => "Stopping after this step and keeping the word",
        Command::Tune { .. } => "Stopping after this step and keeping what was learned",
        Command::Generate { .. } | Command::Grid { .. } | Command::Edit { .. } | Command::Invert { .. } => {
            "Stopping after this step; pictures that are done stay"
        }
        Command::MeasureDevice { .. } => "Stopping after this operation and keeping what was measured",
        Command::Compare { .. } => "Stopping after this step; the same line goes on from here",
        _ => "Stopping; nothing half done is left behind",
    }
}

/// Waits for the hash of a large model, unless told to stop: a program that ends before it is computed would have to
/// begin anew each time, and no picture ever carry it.
fn finish_hash(stop: &AtomicBool) {
    let Some(model) = model_hash::pending().filter(|_| !stop.load(Ordering::Relaxed)) else { return };
    let model = model.display();
    tell(&format!(
        "Computing the hash of {model} once, for the next pictures; Ctrl-C leaves it for another time.\n"
    ));
    while model_hash::pending().is_some() && !stop.load(Ordering::Relaxed) {
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A flag that the first Ctrl-C sets.
pub fn stop_flag(said: &'static str) -> Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    signals::on_first(move || {
        flag.store(true, Ordering::Relaxed);
        tell(said);
    })?;
    Ok(stop)
}
