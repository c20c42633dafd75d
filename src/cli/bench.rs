//! `pseudoword bench`: seconds per step, what they are spent on, and memory, as JSON; beside PyTorch if asked; and the
//! table of what several computers wrote. It measures nothing itself.

mod library;
mod table;

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValue, TypedValueParser as _};

use super::progress::{print, print_line, tell};
use super::{output, paths};
use base::atomic::write_atomic;
use base::{Error, Result, places};
use engine::bench::{self, BenchModel, BenchOptions};
use engine::device;
use engine::message::DeviceChoice;
use project::{Family, LearnSettings, NumberFormat, Precision, WeightFormat};

#[derive(Debug, Args)]
pub struct BenchArguments {
    /// Measure this model: a folder, a file, or a name that `pseudoword models` lists
    #[arg(long, value_name = "PATH", conflicts_with_all = ["random", "starter"])]
    model: Option<PathBuf>,
    /// Measure a model of this size with random weights
    #[arg(long, conflicts_with = "starter", value_parser = RANDOM.map(|(name, help, _)| PossibleValue::new(name).help(help)))]
    random: Option<String>,
    /// Measure the model inside the program
    #[arg(long)]
    starter: bool,
    /// Measure instead what opening this model takes: seconds and memory
    #[arg(long, value_name = "PATH", conflicts_with_all = ["model", "random", "starter"])]
    open: Option<PathBuf>,
    /// Print instead the table of reports that were written with --out
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with_all = ["model", "random", "starter", "open"])]
    table: Vec<PathBuf>,
    /// Measure instead a library of so many words, made up for it: start, search, memory
    #[arg(long, value_name = "WORDS", conflicts_with_all = ["model", "random", "starter", "open", "table", "compare"], value_parser = clap::value_parser!(u32).range(1..=99_999).map(|count| count as usize))]
    library: Option<usize>,
    /// So many pictures drawn before beside the words
    #[arg(long, value_name = "N", default_value_t = 0, requires = "library", value_parser = clap::value_parser!(u32).range(0..=99_999).map(|count| count as usize))]
    pictures: usize,
    /// Side of the picture in pixels [default: the model's own]
    #[arg(long, value_name = "PIXELS")]
    size: Option<u32>,
    /// Pictures per learning step [default: as a word is learned]
    #[arg(long, value_parser = clap::value_parser!(u8).range(1..=64).map(usize::from))]
    batch: Option<usize>,
    /// Learning steps to time
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=1000).map(usize::from))]
    steps: usize,
    /// Guided sampling steps to time [default: as many as learning steps]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000).map(usize::from))]
    sampling_steps: Option<usize>,
    /// Learn as with `learn --low-memory on`
    #[arg(long)]
    low_memory: bool,
    /// Let the PyTorch of this Python take the same steps in turns with ours; it needs diffusers and transformers
    #[arg(long, value_name = "PYTHON", conflicts_with_all = ["open", "table"])]
    compare: Option<PathBuf>,
    /// Number format of the networks; auto is f16 on graphics cards that have it and f32 elsewhere
    #[arg(long, default_value = "auto", ignore_case = true)]
    precision: Precision,
    /// How the U-Net's weights are kept; 8bit is an approximation
    #[arg(long, default_value = "full", ignore_case = true)]
    weights: WeightFormat,
    /// Where to calculate: auto, vulkan, metal, dx12, gl or cpu, one of several cards as in vulkan:1, or another machine's,
    /// whose token is the one that the window remembers, else in the file that PSEUDOWORD_TOKEN_FILE names
    #[arg(long, default_value = "auto")]
    device: DeviceChoice,
    /// Write the report into this file too
    #[arg(long, value_name = "FILE", conflicts_with = "table")]
    out: Option<PathBuf>,
    /// Replace a file that is there already
    #[arg(long, requires = "out")]
    force: bool,
}

/// Published sizes that can be made up: the name, the help for it and the family.
const RANDOM: [(&str, &str, Family); 4] = [
    ("sd15", "Stable Diffusion 1.5", Family::Sd1),
    ("sd21", "Stable Diffusion 2.1", Family::Sd2),
    ("sdxl", "Stable Diffusion XL", Family::Sdxl),
    ("ldm", "The paper's latent diffusion model", Family::Ldm),
];

pub fn run(arguments: &BenchArguments) -> Result<()> {
    if !arguments.table.is_empty() {
        print(&table::of(&arguments.table)?);
        return Ok(());
    }
    if let Some(file) = &arguments.out {
        output::expect_free(file, arguments.force, &[])?;
    }
    if let Some(words) = arguments.library {
        return report(&library::run(words, arguments.pictures)?, arguments);
    }
    let numbers = NumberFormat { precision: arguments.precision, weights: arguments.weights };
    if let Some(model) = &arguments.open {
        let model = paths::model(Some(model.clone()))?;
        let open = device::open(arguments.device)?;
        return report(&bench::run_opening(&open, &model, numbers)?, arguments);
    }
    let (model, name) = subject(arguments)?;
    let options = BenchOptions {
        model,
        name,
        size: arguments.size,
        batch: arguments.batch.unwrap_or(LearnSettings::default().batch_size),
        steps: arguments.steps,
        sampling_steps: arguments.sampling_steps.unwrap_or(arguments.steps),
        numbers,
        low_memory: arguments.low_memory,
        compare: arguments.compare.clone(),
    };
    let open = device::open(arguments.device)?;
    report(&bench::run(&open, &options, &mut |what| tell(&format!("{what}\n")))?, arguments)
}

/// What to measure, and its name, which tells nothing of where it lies.
fn subject(arguments: &BenchArguments) -> Result<(BenchModel, String)> {
    let starter = arguments.starter.then(|| PathBuf::from("starter"));
    if let Some(given) = starter.or_else(|| arguments.model.clone()) {
        let name = given.file_name().unwrap_or(given.as_os_str()).to_string_lossy().into_owned();
        return Ok((BenchModel::Folder(paths::model(Some(given))?), name));
    }
    let family = |random: &String| RANDOM.iter().find(|known| known.0 == random);
    match arguments.random.as_ref().and_then(family) {
        Some((name, _, family)) => Ok((BenchModel::Random(*family), format!("{name} (random weights)"))),
        None => {
            let remedy = "Give --starter, --model PATH or --random sd15.";
            Err(Error::input("There is nothing to measure", remedy))
        }
    }
}

/// Prints a report, and writes it.
fn report(report: &impl serde::Serialize, arguments: &BenchArguments) -> Result<()> {
    let text = serde_json::to_string_pretty(report).map_err(|e| Error::Internal(e.to_string()))?;
    print_line(&text);
    if let Some(file) = &arguments.out {
        places::make_parent(file)?;
        write_atomic(file, format!("{text}\n").as_bytes())?;
    }
    Ok(())
}
