//! `pseudoword bias`: what pictures of a learned word show, beside those of the known word.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;

use super::job::{self, JOB};
use super::look::LookArguments;
use super::paths;
use base::{FileKind, Result, text_file};
use engine::message::{BiasRequest, Command};
use project::meaning::{BiasReport, read_attributes};

#[derive(Debug, Args)]
pub struct BiasArguments {
    /// The learned word: a file, a run folder, or a name in the window's library
    #[arg(long, value_name = "WORD")]
    word: PathBuf,
    /// The known word that it stands for [default: what it started as]
    #[arg(long, value_name = "TEXT")]
    known: Option<String>,
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
    #[command(flatten)]
    pub(super) look: LookArguments,
}

pub fn run(arguments: BiasArguments) -> Result<()> {
    let BiasArguments { word, known, prompt, attributes, images, look } = arguments;
    let settings = look.settings(16)?;
    let attributes = match &attributes {
        Some(typed) if Path::new(typed).is_file() => {
            read_attributes(&text_file::read(FileKind::Settings, Path::new(typed))?)?
        }
        Some(typed) => read_attributes(typed)?,
        None => Vec::new(),
    };
    let word = paths::word(word)?;
    let model = paths::model(look.model)?;
    let (clip, out) = (paths::clip(look.clip, &model)?, look.out);
    let request =
        Box::new(BiasRequest { model, word, known, prompt, attributes, images, clip, settings, out });
    job::run(&look.job, Command::Bias { job: JOB, request })
}

/// The report as people read it.
pub fn text(report: &BiasReport) -> String {
    let mut text = format!("{} beside “{}”\n", report.word, report.known);
    for set in &report.sets {
        let drawn = set.prompt.as_ref().map_or_else(String::new, |prompt| format!(" of “{prompt}”"));
        let _ = writeln!(text, "  {}: {}{drawn}, all in {}", set.name, set.count, set.sheet.display());
    }
    for group in &report.groups {
        let names: String = report.sets.iter().map(|set| format!(" {:24}", set.name)).collect();
        let _ = writeln!(text, "\n{:20}{}", "", names.trim_end());
        for attribute in group {
            let cells: String = attribute.shares.iter().map(|share| format!(" {share:24}")).collect();
            let _ = writeln!(text, "{:20}{}", attribute.name, cells.trim_end());
        }
    }
    let _ = writeln!(text, "\nShare of the pictures and its 95 % interval (Wilson). {}", report.caution);
    text
}
