//! `pseudoword export`: a word of a run, at any of its checkpoints, as a file for other programs.

use std::path::PathBuf;

use clap::Args;

use super::job::{self, JOB, JobOptions};
use base::Result;
use engine::message::{Command, DeviceChoice, SaveRequest};
use format::embedding::EmbeddingFormat;

#[derive(Debug, Args)]
pub struct ExportArguments {
    /// The run folder
    #[arg(long, value_name = "DIR")]
    run: PathBuf,
    /// The step to take, one of those that were kept [default: the newest]
    #[arg(long)]
    step: Option<u64>,
    /// Layout of the file: emb-params, diffusers, a1111-pt, original-pt, onetrainer or png-card
    #[arg(long, default_value = "emb-params", value_parser = str::parse::<EmbeddingFormat>)]
    format: EmbeddingFormat,
    /// The file to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Print one event a line as JSON
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: ExportArguments) -> Result<()> {
    let ExportArguments { run, step, format, out, json } = arguments;
    let request = Box::new(SaveRequest { run, step, format, path: out });
    job::run(&JobOptions { device: DeviceChoice::Cpu, json }, Command::Save { job: JOB, request })
}
