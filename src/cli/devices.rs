//! `pseudoword devices`: the graphics adapters by what chooses them, and which one would be used; and measuring how one of
//! them calculates fastest.

use std::path::PathBuf;

use clap::Args;

use super::job::{self, JOB, JobOptions};
use super::paths;
use super::progress::print_line;
use base::{Result, units};
use engine::device;
use engine::message::{Command, DeviceChoice, DeviceInfo};
use project::Precision;

#[derive(Debug, Args)]
pub struct DevicesArguments {
    /// Measure which ways of calculating are the fastest on the device of --device at the sizes of a model, and use them
    /// from then on. On the processor these may round differently by about a millionth; PSEUDOWORD_WINOGRAD=off refuses that
    #[arg(long)]
    pub(super) tune: bool,
    /// The model whose sizes are meant, as for `learn` [default: the starter model]
    #[arg(long, value_name = "PATH", requires = "tune")]
    model: Option<PathBuf>,
    /// Number format of the networks, as for `learn`
    #[arg(long, default_value = "auto", ignore_case = true, requires = "tune")]
    precision: Precision,
    #[command(flatten)]
    pub(super) job: JobOptions,
}

pub fn run(arguments: DevicesArguments) -> Result<()> {
    let DevicesArguments { tune, model, precision, job } = arguments;
    if !tune {
        list(job.json);
        return Ok(());
    }
    let model = paths::model(model)?;
    job::run(&job, Command::MeasureDevice { job: JOB, model, precision })
}

fn list(json: bool) {
    let devices = device::list();
    if json {
        return print_line(&serde_json::json!(devices).to_string());
    }
    // The list is worth most where nothing can be opened.
    let chosen = device::open(DeviceChoice::Auto).map(|open| open.info).ok();
    for info in devices {
        let memory = info.memory.map_or_else(|| "memory unknown".into(), units::bytes);
        let mark = if Some(&info) == chosen.as_ref() { "  <- auto takes this" } else { "" };
        let DeviceInfo { choice, name, kind, driver, .. } = info;
        print_line(&format!("{:9} {name} ({kind}, {memory}) {driver}{mark}", choice.to_string()));
    }
}
