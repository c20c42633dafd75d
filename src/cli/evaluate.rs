//! `pseudoword evaluate`: scores of a learned word beside its baselines.

use std::path::PathBuf;

use clap::Args;

use super::job::{self, JOB, JobOptions, model_or_starter};
use super::overrides::Overrides;
use base::Result;
use engine::message::{Command, EvaluateRequest};
use project::evaluation::{EvaluateSettings, PromptSet};

#[derive(Debug, Args)]
pub struct EvaluateArguments {
    /// The model the word was learned on [default: the starter model]
    #[arg(long, value_name = "DIR")]
    model: Option<PathBuf>,
    /// The file of the learned word, or of several
    #[arg(long, value_name = "FILE")]
    word: PathBuf,
    /// The pictures it was learned from
    #[arg(long, value_name = "DIR")]
    images: PathBuf,
    /// The CLIP that judges: a folder as transformers saves it [default: the starter model's]
    #[arg(long, value_name = "DIR")]
    clip: Option<PathBuf>,
    #[command(flatten)]
    job: JobOptions,
    #[command(flatten, next_help_heading = "Settings")]
    typed: Overrides<EvaluateSettings>,
}

pub fn run(arguments: EvaluateArguments) -> Result<()> {
    let prompts = if arguments.clip.is_some() { PromptSet::Core } else { PromptSet::Starter };
    let settings = arguments.typed.over(EvaluateSettings { prompts, ..EvaluateSettings::default() })?;
    settings.validate()?;
    let model = model_or_starter(arguments.model)?;
    let clip = match arguments.clip {
        Some(folder) => folder,
        // A model may bring its own judge, as the starter model does.
        None if model.join("clip").is_dir() => model.join("clip"),
        None => model_or_starter(None)?.join("clip"),
    };
    let (word, images) = (arguments.word, arguments.images);
    let request = Box::new(EvaluateRequest { model, word, images, clip, settings });
    job::run(&arguments.job, Command::Evaluate { job: JOB, request })
}
