//! `pseudoword generate`: pictures, with learned words in the prompt.

use std::path::PathBuf;

use clap::Args;

use super::draw_with::DrawWith;
use super::job::{self, JOB, JobOptions};
use super::overrides::Overrides;
use super::{paths, progress};
use base::{Error, Result};
use engine::message::{Command, GenerateRequest, GridRequest, GridRow};
use project::options;
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
    /// Width and height in pixels, such as 512x768, or the side of a square [default: the model's own]
    #[arg(long, value_name = "WxH", value_parser = options::size)]
    #[arg(conflicts_with_all = ["width", "height"])]
    size: Option<[u32; 2]>,
    /// The folder for the pictures; none that is in it is ever replaced
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    #[command(flatten)]
    pub(super) job: JobOptions,
    #[command(flatten, next_help_heading = "Settings")]
    typed: Overrides<GenerateSettings>,
}

pub fn run(arguments: GenerateArguments) -> Result<()> {
    let mut settings = arguments.typed.over(GenerateSettings::default())?;
    if let Some([width, height]) = arguments.size {
        (settings.width, settings.height) = (Some(width), Some(height));
    }
    typed_loras(&mut settings)?;
    settings.validate()?;
    let sampler = settings.sampler;
    if settings.eta > 0.0 && !sampler.has_eta() {
        let note =
            format!("--eta {} does nothing: only the sampler {} uses it.", settings.eta, SamplerKind::Ddim);
        progress::warn(arguments.job.json, note);
    }
    if arguments.typed.is_typed("spacing") {
        warn_of_spacing(&arguments.job, "spacing", sampler, settings.spacing);
    }
    let ((model, words), out) = (arguments.with.found()?, Some(arguments.out));
    let request = GenerateRequest { model, words, offered: Default::default(), settings, out };
    let Some(list) = arguments.prompts else {
        return job::run(&arguments.job, Command::Generate { job: JOB, request: Box::new(request) });
    };
    let row = |settings| GridRow { save: None, draw: GenerateRequest { settings, ..request.clone() } };
    let rows = prompt_list::read(&list, &request.settings)?.into_iter().map(row).collect();
    let request = Box::new(GridRequest { rows, drawn: 0, sheet: None });
    job::run(&arguments.job, Command::Grid { job: JOB, request })
}

/// Takes the files of LoRAs as paths are typed.
pub(super) fn typed_loras(settings: &mut GenerateSettings) -> Result<()> {
    settings.loras.iter_mut().try_for_each(|lora| {
        lora.file = paths::typed(std::mem::take(&mut lora.file))
            .map_err(|fault| Error::input(fault, "Name the file of a LoRA."))?;
        Ok(())
    })
}

/// Says so if a spacing was typed that the sampler does not know.
pub(super) fn warn_of_spacing(job: &JobOptions, option: &str, sampler: SamplerKind, spacing: SigmaSpacing) {
    if spacing != SigmaSpacing::Normal && !sampler.has_spacings() {
        let note = format!("--{option} {spacing} does nothing: the sampler {sampler} knows only its own.");
        progress::warn(job.json, note);
    }
}
