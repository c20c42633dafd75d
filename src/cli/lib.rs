//! The command line: the same engine as the window's, for scripts and for machines without a screen.
//!
//! It turns arguments into commands and prints events; it decides nothing about learning or drawing. Results
//! go to standard output, everything else to standard error.

mod arguments;
mod convert;
mod fetch;
mod inspect;
mod models;
mod progress;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::ValueEnum as _;

pub use arguments::{Arguments, Verb};
use arguments::{BenchArguments, RandomModel, WorldArguments, WorldChoice};
use progress::{Reporter, print, print_line, tell};

use base::{Error, Result};
use engine::bench::{self, BenchModel, BenchOptions};
use engine::message::{Command, DeviceChoice, DeviceInfo, Event, JobId};
use engine::{Engine, device, opening};
use format::checkpoint::write_random;
use starter::{TrainingSet, World, draw_held_out};

/// The only job of a command-line run.
const JOB: JobId = 1;

/// Does what a command says.
///
/// # Errors
/// Whatever went wrong, as a sentence; [`Error::exit_code`] is for the process.
pub fn run(verb: Verb) -> Result<()> {
    match verb {
        Verb::Learn(learn) => {
            let json = learn.json;
            run_job(learn.device, learn.into_command(JOB)?, json)
        }
        Verb::Generate(generate) => {
            let json = generate.json;
            run_job(generate.device, generate.into_command(JOB)?, json)
        }
        Verb::Evaluate(evaluate) => {
            let json = evaluate.json;
            run_job(evaluate.device, evaluate.into_command(JOB)?, json)
        }
        Verb::Export(export) => {
            let json = export.json;
            run_job(DeviceChoice::Cpu, export.into_command(JOB), json)
        }
        Verb::Convert(options) => convert::run(&options),
        Verb::Inspect { path } => {
            print(&inspect::describe(&path)?);
            Ok(())
        }
        Verb::Devices { json } => list_devices(json),
        Verb::Bench(options) => run_bench(options),
        Verb::Models(options) => models::run(&options),
        Verb::Fetch(options) => fetch::run(&options),
        Verb::World(options) => draw_world(&options),
    }
}

/// Gives the engine one job and reports until it ends.
fn run_job(device: DeviceChoice, command: Command, json: bool) -> Result<()> {
    let engine = Engine::start(device, Box::new(|| {}))?;
    // An engine that could not open its device is gone already; its events say why.
    let sent = engine.send(command);
    // After the job, because a stop that finds no job is forgotten.
    stop_on_signal(&engine)?;
    let mut reporter = Reporter::new(json);
    for event in engine.events() {
        reporter.report(&event);
        match event {
            Event::Finished { .. } => return Ok(()),
            Event::Failed { message, exit_code, .. } => return Err(Error::Reported { message, exit_code }),
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
    let commands = std::sync::Mutex::new(Some(commands));
    let stop = move || {
        let first = commands.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        match first {
            Some(commands) => {
                tell("Stopping after this step and keeping the word; press Ctrl-C again to end at once.\n");
                let _ = commands.try_send(Command::Stop);
            }
            #[expect(clippy::disallowed_methods, reason = "asked twice; everything on the disk is whole")]
            None => std::process::exit(130),
        }
    };
    ctrlc::set_handler(stop).map_err(|e| Error::Internal(format!("signals cannot be handled ({e})")))
}

/// The first Ctrl-C sets a flag; the second ends the program at once.
fn stop_flag(stop: &Arc<AtomicBool>, said: &'static str) -> Result<()> {
    let stop = Arc::clone(stop);
    let handler = move || {
        if stop.swap(true, Ordering::Relaxed) {
            #[expect(clippy::disallowed_methods, reason = "asked twice; everything on the disk is whole")]
            std::process::exit(130);
        }
        tell(said);
    };
    ctrlc::set_handler(handler).map_err(|e| Error::Internal(format!("signals cannot be handled ({e})")))
}

fn list_devices(json: bool) -> Result<()> {
    let devices = device::list();
    if json {
        print_line(&serde_json::json!(devices).to_string());
        return Ok(());
    }
    // The list is worth most where nothing can be opened.
    let chosen = device::open(DeviceChoice::Auto).map(|open| open.info).ok();
    for info in devices {
        let memory = info.memory.map_or_else(|| "memory unknown".into(), progress::gigabytes);
        let mark = if Some(&info) == chosen.as_ref() { "  <- auto takes this" } else { "" };
        let DeviceInfo { api, name, kind, driver, .. } = info;
        print_line(&format!("{api:7} {name} ({kind}, {memory}) {driver}{mark}"));
    }
    Ok(())
}

fn run_bench(arguments: BenchArguments) -> Result<()> {
    if let Some(model) = &arguments.open {
        let open = device::open(arguments.device)?;
        return print_report(&opening::measure(&open, model, arguments.precision)?);
    }
    if let Some([size, file]) = arguments.write_random.as_deref() {
        let size = size.to_str().and_then(|size| RandomModel::from_str(size, true).ok());
        let unknown =
            || Error::input("There is no published size of this name", "Choose sd15, sd21, sdxl or ldm.");
        write_random(size.ok_or_else(unknown)?.family(), Path::new(file))?;
        print_line(&Path::new(file).display().to_string());
        return Ok(());
    }
    let model = match (&arguments.model, arguments.random) {
        (Some(folder), None) => BenchModel::Folder(folder.clone()),
        (None, Some(random)) => BenchModel::Random(random.family()),
        _ => return Err(Error::input("There is nothing to measure", "Give --model PATH or --random sd15.")),
    };
    let options = BenchOptions {
        model,
        size: arguments.size,
        batch: arguments.batch,
        steps: arguments.steps,
        precision: arguments.precision,
    };
    let open = device::open(arguments.device)?;
    let report = bench::run(&open, &options, &mut |what| tell(&format!("{what}\n")))?;
    print_report(&report)
}

fn print_report(report: &impl serde::Serialize) -> Result<()> {
    print_line(&serde_json::to_string_pretty(report).map_err(|e| Error::Internal(e.to_string()))?);
    Ok(())
}

fn draw_world(arguments: &WorldArguments) -> Result<()> {
    let world = match arguments.world {
        WorldChoice::Narrow => World::narrow(),
        WorldChoice::Wide => World::wide(),
    };
    if arguments.held_out {
        return draw_held_out(&world, &arguments.out);
    }
    let set = TrainingSet {
        world: if arguments.whole { world.whole() } else { world },
        count: arguments.count,
        size: arguments.size.max(32),
        seed: arguments.seed,
        blends: !arguments.whole,
    };
    let bar = indicatif::ProgressBar::new(set.count as u64);
    set.write(&arguments.out, &mut |done| bar.set_position(done as u64))?;
    bar.finish_and_clear();
    print_line(&format!("{} pictures in {}", set.count, arguments.out.display()));
    Ok(())
}

/// Whether a folder holds a run already.
fn holds_run(folder: &Path) -> bool {
    folder.join(project::run::MANIFEST).is_file()
}
