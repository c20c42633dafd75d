//! The program: arguments, logging, and the window or a command.

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;
use pseudoword::cli::{self, Arguments};
use pseudoword::ui;

fn main() -> ExitCode {
    // The graphics libraries log as errors what only means that a driver is not there; a real failure comes
    // back as an error of ours.
    let quiet = "error,wgpu_hal=off,wgpu_core=off";
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or(quiet)).init();
    let arguments = Arguments::parse();
    let result = match arguments.verb {
        Some(verb) => cli::run(verb),
        None => ui::run(arguments.device, arguments.frame_stats),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody need be listening.
            let _ = writeln!(std::io::stderr(), "{error}");
            ExitCode::from(error.exit_code())
        }
    }
}
