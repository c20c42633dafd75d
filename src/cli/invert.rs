//! `pseudoword invert`: a picture as the noise that a model draws it from, and what else is drawn from that.

use std::path::PathBuf;

use clap::Args;

use super::draw_with::DrawWith;
use super::job::{self, JOB, JobOptions};
use super::overrides::Overrides;
use base::Result;
use engine::message::{Command, InvertRequest};
use project::InvertSettings;

#[derive(Debug, Args)]
#[command(mut_arg("prompt", |prompt| prompt.required(true)))]
pub struct InvertArguments {
    #[command(flatten)]
    with: DrawWith,
    /// The picture; its middle square is taken
    #[arg(long, value_name = "FILE")]
    image: PathBuf,
    /// The folder for the pictures and the report invert.json; it must hold none of them yet
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    #[command(flatten)]
    pub(super) job: JobOptions,
    #[command(flatten, next_help_heading = "Settings")]
    typed: Overrides<InvertSettings>,
}

pub fn run(arguments: InvertArguments) -> Result<()> {
    let InvertArguments { with, image, out, job, typed } = arguments;
    let settings = typed.over(InvertSettings::default())?;
    settings.validate()?;
    let (model, words) = with.found()?;
    let request = Box::new(InvertRequest { model, image, words, settings, out });
    job::run(&job, Command::Invert { job: JOB, request })
}
