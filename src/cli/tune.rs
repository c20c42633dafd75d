//! `pseudoword tune`: a model tuned to a learned word, or the rest of a tuning.

use std::path::PathBuf;

use clap::Args;

use super::job::{self, JOB, JobOptions};
use super::overrides::Overrides;
use super::paths;
use base::{Error, Result};
use engine::message::{Command, TuneChanges, TuneRequest, TuneStart};
use project::{TuneSettings, Tuning};

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
    /// Go on with the tuning in --out from its newest checkpoint; of the settings --steps, --learning-rate, --precision,
    /// --low-memory and --checkpoint-every can be others, and --despite-mark can be given
    #[arg(long, conflicts_with_all = ["word", "images", "model"])]
    resume: bool,
    #[command(flatten)]
    pub(super) job: JobOptions,
    #[command(flatten, next_help_heading = "Settings")]
    typed: Overrides<TuneSettings>,
}

impl TuneArguments {
    /// What was typed for a tuning that goes on, which may be all that it was begun with once more.
    fn changes(&self) -> Result<TuneChanges> {
        let known = Tuning::read(&self.out)?.settings;
        let asked = self.typed.over(known.clone())?;
        let kept = TuneSettings {
            steps: known.steps,
            learning_rate: known.learning_rate,
            precision: known.precision,
            low_memory: known.low_memory,
            checkpoint_every: known.checkpoint_every,
            despite_mark: known.despite_mark.clone(),
            ..asked.clone()
        };
        if kept != known {
            let remedy = "Of the settings only --steps, --learning-rate, --precision, --low-memory and --checkpoint-every can \
                          change: leave out the others, or tune anew in another folder.";
            return Err(Error::input("This tuning was begun with other settings", remedy));
        }
        let typed = |id: &str| self.typed.is_typed(id);
        Ok(TuneChanges {
            steps: typed("steps").then_some(asked.steps),
            learning_rate: asked.learning_rate,
            precision: typed("precision").then_some(asked.precision),
            low_memory: typed("low_memory").then_some(asked.low_memory),
            checkpoint_every: typed("checkpoint_every").then_some(asked.checkpoint_every),
            despite_mark: asked.despite_mark,
        })
    }
}

pub fn run(arguments: TuneArguments) -> Result<()> {
    let start = match (arguments.resume, arguments.word.clone()) {
        (true, _) => TuneStart::Resume(arguments.changes()?),
        (false, Some(word)) => TuneStart::New {
            model: paths::model(arguments.model)?,
            word: paths::word(word)?,
            images: arguments.images,
            settings: Box::new(arguments.typed.over(TuneSettings::default())?),
        },
        (false, None) => return Err(Error::input("--word is missing", "A new tuning needs it.")),
    };
    let request = Box::new(TuneRequest { out: arguments.out, start });
    job::run(&arguments.job, Command::Tune { job: JOB, request })
}
