//! `pseudoword generate`: pictures, with learned words in the prompt.

use std::path::PathBuf;

use clap::Args;

use super::job::{self, JOB, JobOptions, model_or_starter};
use super::overrides::Overrides;
use base::Result;
use engine::message::{Command, GenerateRequest};
use project::GenerateSettings;
use project::options::pair;

#[derive(Debug, Args)]
#[command(mut_arg("prompt", |prompt| prompt.required(true)))]
pub struct GenerateArguments {
    /// The model: a diffusers folder of Stable Diffusion 1 [default: the starter model]
    #[arg(long, value_name = "DIR")]
    model: Option<PathBuf>,
    /// Files of learned words; all the words of a file are taken
    #[arg(long, value_name = "FILE", num_args = 1..)]
    word: Vec<PathBuf>,
    /// Width and height in pixels, such as 512x512 [default: the model's own]
    #[arg(long, value_name = "WxH", value_parser = |text: &str| pair(text, 'x'))]
    #[arg(conflicts_with_all = ["width", "height"])]
    size: Option<[u32; 2]>,
    /// The folder for the pictures
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    #[command(flatten)]
    job: JobOptions,
    #[command(flatten, next_help_heading = "Settings")]
    typed: Overrides<GenerateSettings>,
}

pub fn run(arguments: GenerateArguments) -> Result<()> {
    let mut settings = arguments.typed.over(GenerateSettings::default())?;
    if let Some([width, height]) = arguments.size {
        (settings.width, settings.height) = (Some(width), Some(height));
    }
    settings.validate()?;
    let (model, out) = (model_or_starter(arguments.model)?, Some(arguments.out));
    let request = Box::new(GenerateRequest { model, words: arguments.word, settings, out });
    job::run(&arguments.job, Command::Generate { job: JOB, request })
}
