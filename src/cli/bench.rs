//! `pseudoword bench`: seconds per step and memory, as JSON.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValue, TypedValueParser as _};

use super::paths;
use super::progress::{print_line, tell};
use base::{Error, Result};
use engine::bench::{self, BenchModel, BenchOptions};
use engine::device;
use engine::message::DeviceChoice;
use project::{Family, Precision};

#[derive(Debug, Args)]
pub struct BenchArguments {
    /// Measure this model: a folder, a file, or a name that `pseudoword models` lists
    #[arg(long, value_name = "PATH", conflicts_with = "random")]
    model: Option<PathBuf>,
    /// Measure a model of this size with random weights
    #[arg(long, value_parser = RANDOM.map(|(name, help, _)| PossibleValue::new(name).help(help)))]
    random: Option<String>,
    /// Measure instead what opening this model takes: seconds and memory
    #[arg(long, value_name = "PATH", conflicts_with_all = ["model", "random"])]
    open: Option<PathBuf>,
    /// Side of the picture in pixels [default: the model's own]
    #[arg(long, value_name = "PIXELS")]
    size: Option<u32>,
    /// Pictures per learning step
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=64).map(usize::from))]
    batch: usize,
    /// Learning steps to time
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=1000).map(usize::from))]
    steps: usize,
    /// Number format of the networks
    #[arg(long, default_value = "f32", ignore_case = true)]
    precision: Precision,
    /// Where to calculate: auto, vulkan, metal, dx12, gl or cpu, or one of several cards as in vulkan:1
    #[arg(long, default_value = "auto")]
    device: DeviceChoice,
}

/// Published sizes that can be made up: the name, the help for it and the family.
const RANDOM: [(&str, &str, Family); 4] = [
    ("sd15", "Stable Diffusion 1.5", Family::Sd1),
    ("sd21", "Stable Diffusion 2.1", Family::Sd2),
    ("sdxl", "Stable Diffusion XL", Family::Sdxl),
    ("ldm", "The paper's latent diffusion model", Family::Ldm),
];

pub fn run(arguments: &BenchArguments) -> Result<()> {
    if let Some(model) = &arguments.open {
        let model = paths::model(Some(model.clone()))?;
        let open = device::open(arguments.device)?;
        return print_report(&bench::run_opening(&open, &model, arguments.precision)?);
    }
    let family = |random: &String| RANDOM.iter().find(|known| known.0 == random).map(|known| known.2);
    let model = match (&arguments.model, arguments.random.as_ref().and_then(family)) {
        (Some(model), None) => BenchModel::Folder(paths::model(Some(model.clone()))?),
        (None, Some(family)) => BenchModel::Random(family),
        _ => return Err(Error::input("There is nothing to measure", "Give --model PATH or --random sd15.")),
    };
    let options = BenchOptions {
        model,
        size: arguments.size,
        batch: arguments.batch,
        steps: arguments.steps,
        precision: arguments.precision,
    };
    let open = device::open(arguments.device)?;
    let report = bench::run(&open, &options, &mut |what| tell(&format!("{what}\n")))?;
    print_report(&report)
}

fn print_report(report: &impl serde::Serialize) -> Result<()> {
    print_line(&serde_json::to_string_pretty(report).map_err(|e| Error::Internal(e.to_string()))?);
    Ok(())
}
