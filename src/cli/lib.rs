//! The command line: the same engine as the window's, for scripts and for machines without a screen.
//!
//! It turns arguments into commands and prints events; it decides nothing about learning or drawing. Results
//! go to standard output, everything else to standard error.

mod bench;
mod bias;
mod compare;
mod convert;
mod devices;
mod draw_with;
mod edit;
mod evaluate;
mod explain;
mod export;
mod fetch;
mod generate;
mod grid;
mod inspect;
mod invert;
mod job;
mod learn;
mod look;
mod mix;
mod models;
mod output;
mod overrides;
mod paths;
mod progress;
mod serve;
mod shell;
mod spread;
mod study;
mod suggest;
mod tune;
mod usage;

use std::path::{Path, PathBuf};

use clap::{Parser, Subcommand};

use base::{Error, Result};
use engine::device::guarded;
use engine::message::DeviceChoice;

pub use usage::{parse, told};

const EXIT_CODES: &str = "Exit codes: 0 done, 1 a fault of this program, 2 what was typed or settings, 3 model, \
    4 pictures, 5 learned word, 6 device, 7 disk or run folder, 8 numbers that are no longer usable, 9 network, \
    130 stopped by Ctrl-C.";

/// Teach a text-to-image model a new word from three to five pictures.
///
/// Without a command the window opens, at the learned words or the model that were named.
#[derive(Debug, Parser)]
#[command(name = "pseudoword", version, args_conflicts_with_subcommands = true, after_help = EXIT_CODES)]
#[command(override_usage = "pseudoword [OPTIONS] [FILE]...\n       pseudoword <COMMAND>")]
pub struct Arguments {
    /// What to do; without it the window opens.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// What the window computes on: auto, vulkan, metal, dx12, gl or cpu, or one of several cards as in vulkan:1, by its
    /// number in `pseudoword devices`
    #[arg(long, default_value = "auto")]
    pub device: DeviceChoice,
    /// Print how long the window's frames took when it is closed
    #[arg(long)]
    pub frame_stats: bool,
    /// Learned words and models that the window opens with, by their whole paths. [`parse`] finds them itself: to the
    /// parser every mistyped command would be a file.
    #[arg(skip)]
    pub files: Vec<PathBuf>,
}

/// The commands; each has a file of its own.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Learn a word from a folder of pictures
    Learn(Box<learn::LearnArguments>),
    /// Name words that pictures could start out meaning, the best first
    Suggest(suggest::SuggestArguments),
    /// Draw pictures, with learned words in the prompt
    Generate(Box<generate::GenerateArguments>),
    /// Draw pictures side by side that differ in two things: word, weight, step, seed, sampler, spacing, guidance or prompt
    Grid(Box<grid::GridArguments>),
    /// Change a picture or a part of it, with learned words in the prompt
    Edit(Box<edit::EditArguments>),
    /// Tune a model to a learned word and its pictures: a LoRA, or all of its numbers
    Tune(Box<tune::TuneArguments>),
    /// Turn a picture into the noise that a model draws it from, and draw it and other prompts from that
    Invert(Box<invert::InvertArguments>),
    /// Score a learned word: likeness to its pictures and obedience to prompts, beside baselines
    Evaluate(Box<evaluate::EvaluateArguments>),
    /// Say what a learned word means: near words, mixes of words, pictures, and where in them it is looked for
    Explain(explain::ExplainArguments),
    /// Count what pictures of a learned word show, beside those of the known word and those it was learned from
    Bias(bias::BiasArguments),
    /// Compare methods: learn concepts by each, score all alike beside baselines, and plot them
    Compare(Box<compare::CompareArguments>),
    /// Let people rank the pictures of a comparison without knowing which method drew them
    #[command(subcommand)]
    Study(study::StudyCommand),
    /// Write a word of a run, at any of its checkpoints, as a file for other programs
    Export(export::ExportArguments),
    /// Make a word of others: blends, differences, ways between two, or what a sentence is to a model
    Mix(Box<mix::MixArguments>),
    /// Turn learned words of any program into files for any other, or a pickled model into safetensors
    Convert(convert::ConvertArguments),
    /// Say what a learned word, a model, a LoRA, a run folder or a generated picture contains
    Inspect {
        /// The files or folders.
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
    },
    /// List the graphics adapters, and which one would be used; or measure how one of them calculates fastest
    Devices(devices::DevicesArguments),
    /// Lend this machine's device to programs on others, which then learn and draw with --device remote:...
    Serve(serve::ServeArguments),
    /// Measure seconds per step and memory, as JSON
    Bench(bench::BenchArguments),
    /// List the models at hand; --find looks for those of other programs on this computer
    Models(models::ModelsArguments),
    /// Download an openly licensed model
    Fetch(fetch::FetchArguments),
    /// Write the pages of the manual into a folder, for a package
    #[command(hide = true)]
    Man {
        /// The folder; it is made if need be.
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
    /// Print what a shell completes these commands by, for a package
    #[command(hide = true)]
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

impl Command {
    /// Whether events were asked for, of which a failure is one.
    fn speaks_json(&self) -> bool {
        match self {
            Self::Learn(options) => options.job.json,
            Self::Generate(options) => options.into.job.json,
            Self::Grid(options) => options.into.job.json,
            Self::Edit(options) => options.job.json,
            Self::Evaluate(options) => options.job.json,
            Self::Compare(options) => options.job.json,
            Self::Suggest(options) => options.job.json,
            Self::Tune(options) => options.job.json,
            Self::Invert(options) => options.job.json,
            Self::Explain(options) => options.look.job.json,
            Self::Bias(options) => options.look.job.json,
            Self::Export(options) => options.json,
            Self::Mix(options) => options.json,
            Self::Convert(options) => options.json,
            Self::Fetch(options) => options.json,
            Self::Study(command) => command.speaks_json(),
            Self::Devices(options) => options.tune && options.job.json,
            Self::Inspect { .. } | Self::Serve(_) | Self::Bench(_) | Self::Models(_) => false,
            Self::Man { .. } | Self::Completions { .. } => false,
        }
    }
}

/// Does what a command says.
///
/// # Errors
/// Whatever went wrong, as a sentence; [`base::Error::exit_code`] is for the process.
pub fn run(command: Command) -> Result<()> {
    let json = command.speaks_json();
    ended(json, || carry_out(command))
}

/// What comes of a command: a panic is a fault of this program as any other, and whoever asked for events hears of each.
fn ended(json: bool, work: impl FnOnce() -> Result<()>) -> Result<()> {
    let done = guarded(work).and_then(|()| progress::printed());
    // What came through the engine was told by it.
    if let Err(error) = &done
        && json
        && !matches!(error, Error::Reported(..))
    {
        progress::failed(error);
    }
    done
}

fn carry_out(command: Command) -> Result<()> {
    match command {
        Command::Learn(options) => learn::run(*options),
        Command::Generate(options) => generate::run(*options),
        Command::Grid(options) => grid::run(*options),
        Command::Edit(options) => edit::run(*options),
        Command::Suggest(options) => suggest::run(options),
        Command::Tune(options) => tune::run(*options),
        Command::Invert(options) => invert::run(*options),
        Command::Evaluate(options) => evaluate::run(*options),
        Command::Explain(options) => explain::run(options),
        Command::Bias(options) => bias::run(options),
        Command::Compare(options) => compare::run(*options),
        Command::Study(command) => study::run(command),
        Command::Export(options) => export::run(options),
        Command::Mix(options) => mix::run(*options),
        Command::Convert(options) => convert::run(&options),
        Command::Inspect { paths } => inspect::run(&paths),
        Command::Devices(options) => devices::run(options),
        Command::Serve(options) => serve::run(options),
        Command::Bench(options) => bench::run(&options),
        Command::Models(options) => models::run(&options),
        Command::Fetch(options) => fetch::run(&options),
        Command::Man { folder } => shell::man(&folder),
        Command::Completions { shell } => {
            shell::completions(shell);
            Ok(())
        }
    }
}

/// Whether a folder holds a run already.
fn holds_run(folder: &Path) -> bool {
    folder.join(project::run::MANIFEST).is_file()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_defect_has_the_code_of_one() {
        let torn = ended(false, || panic!("torn by the test")).unwrap_err();
        assert!(torn.exit_code() == 1 && torn.to_string().contains("torn by the test"), "{torn}");
    }

    #[test]
    fn the_arguments_are_consistent() {
        use clap::CommandFactory as _;
        Arguments::command().debug_assert();
        // The comments of the settings must not become those of the command.
        for (name, about) in [
            ("learn", "Learn a word"),
            ("generate", "Draw pictures"),
            ("grid", "Draw pictures side"),
            ("evaluate", "Score a"),
            ("explain", "Say what"),
            ("bias", "Count what"),
            ("invert", "Turn a"),
            ("edit", "Change a"),
        ] {
            let command = Arguments::command();
            let command = command.find_subcommand(name).unwrap();
            assert!(command.get_about().unwrap().to_string().starts_with(about), "{name}");
            assert_eq!(command.get_long_about(), None, "{name}");
        }
    }
}
