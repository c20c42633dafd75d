//! `pseudoword bias`: what pictures of a learned word show, beside those of the known word.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;

use super::job::{self, JOB, JobOptions};
use super::overrides::Overrides;
use super::paths;
use base::{FileKind, Result, text_file};
use engine::message::{BiasRequest, Command};
use project::meaning::{BiasReport, LookSettings, Share, read_attributes};

#[derive(Debug, Args)]
pub struct BiasArguments {
    /// The learned word: a file, a run folder, or a name in the window's library
    #[arg(long, value_name = "WORD")]
    word: PathBuf,
    /// The known word that it stands for [default: what it started as]
    #[arg(long, value_name = "TEXT")]
    known: Option<String>,
    /// The model the word was learned on, as for `generate` [default: the starter model]
    #[arg(long, value_name = "PATH")]
    model: Option<PathBuf>,
    /// The sentence both are drawn in; {} stands for each
    #[arg(long, value_name = "TEXT", default_value = "a photo of a {}")]
    prompt: String,
    /// What to look for: groups such as 'red,green,blue;{} with a hat,{}', or a file with a group a line. Where {} stands
    /// is the known word, else behind the attribute [default: the starter model's colours]
    #[arg(long, value_name = "GROUPS")]
    attributes: Option<String>,
    /// The pictures it was learned from: a folder, or several files and folders [default: those of the word's run]
    #[arg(long, value_name = "PATH", num_args = 1..)]
    images: Vec<PathBuf>,
    /// The CLIP that counts: a folder as transformers saves it [default: the model's own, else the one that was fetched]
    #[arg(long, value_name = "DIR")]
    clip: Option<PathBuf>,
    /// The folder for the pictures and bias.json; what it has of these is replaced
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    #[command(flatten)]
    pub(super) job: JobOptions,
    #[command(flatten, next_help_heading = "Settings")]
    typed: Overrides<LookSettings>,
}

pub fn run(arguments: BiasArguments) -> Result<()> {
    let settings = arguments.typed.over(LookSettings::of(16))?;
    settings.validate()?;
    let attributes = match &arguments.attributes {
        Some(typed) if Path::new(typed).is_file() => {
            read_attributes(&text_file::read(FileKind::Settings, Path::new(typed))?)?
        }
        Some(typed) => read_attributes(typed)?,
        None => Vec::new(),
    };
    let word = paths::word(arguments.word)?;
    let model = paths::model(arguments.model)?;
    let clip = paths::clip(arguments.clip, &model)?;
    let BiasArguments { known, prompt, images, out, job, .. } = arguments;
    let request =
        Box::new(BiasRequest { model, word, known, prompt, attributes, images, clip, settings, out });
    job::run(&job, Command::Bias { job: JOB, request })
}

/// The report as people read it.
pub fn text(report: &BiasReport) -> String {
    let mut text = format!("{} beside “{}”\n", report.word, report.known);
    for set in &report.sets {
        let drawn = set.prompt.as_ref().map_or_else(String::new, |prompt| format!(" of “{prompt}”"));
        let _ = writeln!(text, "  {}: {}{drawn}, all in {}", set.name, set.count, set.sheet.display());
    }
    let cell = |share: &Share| {
        let [share, low, high] = [share.share, share.low, share.high].map(|part| 100.0 * part);
        format!("{share:3.0} % ({low:.0} to {high:.0} %)")
    };
    for group in &report.groups {
        let names: String = report.sets.iter().map(|set| format!(" {:24}", set.name)).collect();
        let _ = writeln!(text, "\n{:20}{}", "", names.trim_end());
        for attribute in group {
            let cells: String = attribute.shares.iter().map(|share| format!(" {:24}", cell(share))).collect();
            let _ = writeln!(text, "{:20}{}", attribute.name, cells.trim_end());
        }
    }
    let _ = writeln!(text, "\nShare of the pictures and its 95 % interval (Wilson). {}", report.caution);
    text
}
