//! `pseudoword generate`: pictures, with learned words in the prompt.

use std::path::PathBuf;

use clap::Args;

use super::draw_with::{DrawInto, DrawWith};
use super::job::{self, JOB, JobOptions};
use super::progress;
use base::Result;
use engine::message::{Command, GenerateRequest, GridRequest, GridRow};
use project::prompt_list;
use project::{GenerateSettings, SamplerKind, SigmaSpacing};

#[derive(Debug, Args)]
#[command(mut_arg("prompt", |prompt| prompt.required_unless_present("prompts")))]
pub struct GenerateArguments {
    #[command(flatten)]
    with: DrawWith,
    /// A file of prompts, in place of --prompt: one a line, or a table (.csv) with a heading such as
    /// prompt,negative,seed,steps,guidance,sampler,spacing,width,height,count
    #[arg(long, value_name = "FILE", conflicts_with = "prompt")]
    prompts: Option<PathBuf>,
    #[command(flatten)]
    pub(super) into: DrawInto,
}

pub fn run(arguments: GenerateArguments) -> Result<()> {
    let GenerateArguments { with, prompts, into } = arguments;
    let settings = into.settings(GenerateSettings::default())?;
    settings.validate()?;
    let sampler = settings.sampler;
    if settings.eta > 0.0 && !sampler.has_eta() {
        let note =
            format!("--eta {} does nothing: only the sampler {} uses it.", settings.eta, SamplerKind::Ddim);
        progress::warn(into.job.json, note);
    }
    if into.typed.is_typed("spacing") {
        warn_of_spacing(&into.job, "spacing", sampler, settings.spacing);
    }
    let ((model, words), out) = (with.found()?, Some(into.out));
    let request = GenerateRequest { model, words, offered: Default::default(), settings, out };
    let Some(list) = prompts else {
        return job::run(&into.job, Command::Generate { job: JOB, request: Box::new(request) });
    };
    let row = |settings| GridRow { save: None, draw: GenerateRequest { settings, ..request.clone() } };
    let rows = prompt_list::read(&list, &request.settings)?.into_iter().map(row).collect();
    let request = Box::new(GridRequest { rows, drawn: 0, sheet: None });
    job::run(&into.job, Command::Grid { job: JOB, request })
}

/// Says so if a spacing was typed that the sampler does not know.
pub(super) fn warn_of_spacing(job: &JobOptions, option: &str, sampler: SamplerKind, spacing: SigmaSpacing) {
    if spacing != SigmaSpacing::Normal && !sampler.has_spacings() {
        let note = format!("--{option} {spacing} does nothing: the sampler {sampler} knows only its own.");
        progress::warn(job.json, note);
    }
}
