//! `pseudoword evaluate`: scores of a learned word beside its baselines.

use std::path::PathBuf;

use clap::Args;

use super::job::{self, JOB, JobOptions};
use super::overrides::Overrides;
use super::paths;
use base::Result;
use engine::message::{Command, EvaluateRequest};
use project::evaluation::{EvaluateSettings, PromptSet};

#[derive(Debug, Args)]
pub struct EvaluateArguments {
    /// The model the word was learned on, as for `generate` [default: the starter model]
    #[arg(long, value_name = "PATH")]
    model: Option<PathBuf>,
    /// The learned word: a file, a run folder, or a name in the window's library
    #[arg(long, value_name = "WORD")]
    word: PathBuf,
    /// The pictures it was learned from: a folder, or several files and folders
    #[arg(long, value_name = "PATH", num_args = 1.., required = true)]
    images: Vec<PathBuf>,
    /// The CLIP that judges: a folder as transformers saves it [default: the model's own, else the starter model's]
    #[arg(long, value_name = "DIR")]
    clip: Option<PathBuf>,
    #[command(flatten)]
    pub(super) job: JobOptions,
    #[command(flatten, next_help_heading = "Settings")]
    typed: Overrides<EvaluateSettings>,
}

pub fn run(arguments: EvaluateArguments) -> Result<()> {
    let prompts = if arguments.clip.is_some() { PromptSet::Core } else { PromptSet::Starter };
    let settings = arguments.typed.over(EvaluateSettings { prompts, ..EvaluateSettings::default() })?;
    settings.validate()?;
    let word = paths::word(arguments.word)?;
    let model = paths::model(arguments.model)?;
    let clip = match arguments.clip {
        Some(folder) => folder,
        // A model may bring its own judge, as the starter model does.
        None if model.join("clip").is_dir() => model.join("clip"),
        None => paths::model(None)?.join("clip"),
    };
    let images = arguments.images;
    let request = Box::new(EvaluateRequest { model, word, images, clip, settings });
    job::run(&arguments.job, Command::Evaluate { job: JOB, request })
}
