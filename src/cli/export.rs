//! `pseudoword export`: a word of a run, at any of its checkpoints, as a file for other programs.

use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};

use super::job::{self, JOB, JobOptions, Signing};
use super::{output, paths};
use base::{Result, places};
use engine::export;
use engine::message::{Command, DeviceChoice, SaveRequest};
use format::embedding::{self, EmbeddingFormat};
use project::{RunFolder, sharing};

#[derive(Debug, Args)]
pub struct ExportArguments {
    /// The run folder
    #[arg(long, value_name = "DIR")]
    run: PathBuf,
    /// The step to take, one of those that were kept [default: the best, else the newest]
    #[arg(long)]
    step: Option<u64>,
    /// Between likeness and obedience: 1 is the word as it was learned, 0 what it began as; between them it obeys more
    #[arg(long, value_name = "PART", default_value_t = 1.0, value_parser = part)]
    likeness: f64,
    /// Layout of the file
    #[arg(long, default_value = "emb-params", ignore_case = true, value_parser = layout())]
    format: EmbeddingFormat,
    /// The file to write, with or without its ending, or a folder
    #[arg(long, value_name = "PATH")]
    out: PathBuf,
    /// Write a receipt for people beside it, NAME.receipt.txt: from what the word was learned, by what right and by whom.
    /// The same stands in the word's own file, where its layout has place for text
    #[arg(long)]
    receipt: bool,
    /// Replace a file that is there already
    #[arg(long)]
    force: bool,
    /// Print one event a line as JSON
    #[arg(long)]
    pub(super) json: bool,
}

/// A part of a whole.
pub(super) fn part(text: &str) -> std::result::Result<f64, String> {
    let part = text.parse().ok().filter(|part| (0.0..=1.0).contains(part));
    part.ok_or_else(|| "it is no number from 0 to 1".to_owned())
}

/// The layouts of a word's file, by name.
pub(super) fn layout() -> impl clap::builder::TypedValueParser<Value = EmbeddingFormat> {
    let names = EmbeddingFormat::ALL.map(EmbeddingFormat::name);
    PossibleValuesParser::new(names).try_map(|name| name.to_lowercase().parse::<EmbeddingFormat>())
}

pub fn run(arguments: ExportArguments) -> Result<()> {
    let ExportArguments { run, step, likeness, format, out, receipt, force, json } = arguments;
    let run = paths::run(run);
    let manifest = RunFolder::open(&run)?.manifest()?;
    let files = |path: &Path| {
        let beside = receipt.then(|| embedding::receipt_file(path));
        export::files(path, &manifest, format).into_iter().chain(beside).collect::<Vec<_>>()
    };
    let path = if places::means_folder(&out) {
        places::expect_folder(&out)?;
        let stem = sharing::file_stem(&manifest.concept.word);
        let named = |n| output::numbered(&out, &stem, format.extension(), n);
        output::first_free(&out, force, &[], named, files)?
    } else {
        output::with_ending(&out, output::endings(format))
    };
    files(&path).iter().try_for_each(|file| output::expect_free(file, force, &[]))?;
    places::make_parent(&path)?;
    let request = Box::new(SaveRequest { run, step, likeness, format, path: path.clone(), receipt });
    let signing = Signing::default();
    let options = JobOptions { devices: vec![DeviceChoice::Cpu], token_file: None, json, signing };
    job::run(&options, Command::Save { job: JOB, request })?;
    output::note_ending(&path, output::endings(format));
    Ok(())
}
