//! The program: arguments, logging, and the command.

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;
use pseudoword::cli::{self, Arguments};

fn main() -> ExitCode {
    // The graphics libraries log as errors what only means that a driver is not there; a real failure comes
    // back as an error of ours.
    let quiet = "error,wgpu_hal=off,wgpu_core=off";
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or(quiet)).init();
    match cli::run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody need be listening.
            let _ = writeln!(std::io::stderr(), "{error}");
            ExitCode::from(error.exit_code())
        }
    }
}
