//! `pseudoword suggest`: words that pictures could start out meaning.

use std::path::PathBuf;

use clap::Args;

use super::job::{self, JOB, JobOptions};
use super::paths;
use base::Result;
use engine::message::{Command, SuggestRequest};
use project::ConceptKind;

#[derive(Debug, Args)]
pub struct SuggestArguments {
    /// The pictures: a folder, or several files and folders
    #[arg(long, value_name = "PATH", num_args = 1.., required = true)]
    images: Vec<PathBuf>,
    /// The model whose words are meant, as for `learn` [default: the starter model]
    #[arg(long, value_name = "PATH")]
    model: Option<PathBuf>,
    /// The CLIP that looks at the pictures: a folder as transformers saves it [default: the model's own, else the one
    /// that was fetched]
    #[arg(long, value_name = "DIR")]
    clip: Option<PathBuf>,
    /// A thing, or a way of drawing
    #[arg(long, ignore_case = true, default_value = "object")]
    kind: ConceptKind,
    /// Look at whole pictures, and not only at what was painted on them
    #[arg(long)]
    no_masks: bool,
    #[command(flatten)]
    pub(super) job: JobOptions,
}

pub fn run(arguments: SuggestArguments) -> Result<()> {
    let SuggestArguments { images, model, clip, kind, no_masks, job } = arguments;
    let model = paths::model(model)?;
    let clip = paths::clip(clip, &model)?;
    let request = Box::new(SuggestRequest { model, images, clip, kind, use_masks: !no_masks });
    job::run(&job, Command::Suggest { job: JOB, request })
}
