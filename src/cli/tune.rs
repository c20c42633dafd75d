//! `pseudoword tune`: a model tuned to a learned word, or the rest of a tuning.

use std::path::PathBuf;

use clap::Args;

use super::job::{self, JOB, JobOptions};
use super::overrides::Overrides;
use super::paths;
use base::{Error, Result};
use engine::message::{Command, TuneRequest, TuneStart};
use project::TuneSettings;

#[derive(Debug, Args)]
pub struct TuneArguments {
    /// The learned word: a file, a run folder, or a name in the window's library
    #[arg(long, value_name = "WORD", required_unless_present = "resume")]
    word: Option<PathBuf>,
    /// The pictures it was learned from: a folder, or several files and folders
    #[arg(long, value_name = "PATH", num_args = 1.., required_unless_present = "resume")]
    images: Vec<PathBuf>,
    /// The model it was learned on: a folder, a file, or a name that `pseudoword models` lists [default: the starter
    /// model]
    #[arg(long, value_name = "PATH")]
    model: Option<PathBuf>,
    /// The folder for the LoRA, and for what is needed to go on
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Go on with the tuning in --out from its newest checkpoint; of the settings --steps can be another, and
    /// --despite-mark can be given
    #[arg(long, conflicts_with_all = ["word", "images", "model"])]
    resume: bool,
    #[command(flatten)]
    pub(super) job: JobOptions,
    #[command(flatten, next_help_heading = "Settings")]
    typed: Overrides<TuneSettings>,
}

pub fn run(arguments: TuneArguments) -> Result<()> {
    let settings = arguments.typed.over(TuneSettings::default())?;
    let start = match (arguments.resume, arguments.word) {
        (true, _) => TuneStart::Resume {
            steps: arguments.typed.is_typed("steps").then_some(settings.steps),
            despite_mark: settings.despite_mark,
        },
        (false, Some(word)) => TuneStart::New {
            model: paths::model(arguments.model)?,
            word: paths::word(word)?,
            images: arguments.images,
            settings: Box::new(settings),
        },
        (false, None) => return Err(Error::input("--word is missing", "A new tuning needs it.")),
    };
    let request = Box::new(TuneRequest { out: arguments.out, start });
    job::run(&arguments.job, Command::Tune { job: JOB, request })
}
