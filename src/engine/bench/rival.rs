//! PyTorch beside us: a process with networks of the same sizes that does one step whenever it is asked for one, so that
//! both are measured in turns on the same machine in the same state. Between its turns it is stopped where the system can
//! do that, since idle threads of its libraries go on spinning and take our cores.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde::Serialize;
use tempfile::TempDir;

use super::subject::Subject;
use super::{BenchModel, BenchOptions, is_short, median};
use crate::message::DeviceInfo;
use base::{Error, Result};
use format::ModelFiles;
use format::checkpoint::published_config;
use project::Family;

/// The program that it runs.
const SCRIPT: &str = include_str!("../../../tests/golden/bench_torch.py");
/// What that is called where it runs.
const SCRIPT_FILE: &str = "bench_torch.py";

/// How it did, and how we did beside it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// The libraries and their versions.
    pub program: String,
    /// What it calculated on.
    pub device: String,
    /// Threads that it used on the processor.
    pub threads: usize,
    /// Seconds of its first learning step.
    pub first_step_seconds: f64,
    /// Seconds of each of its learning steps, taken in turns with ours.
    pub learn_step_seconds: Vec<f64>,
    /// Seconds of each of its guided sampling steps, taken in turns with ours.
    pub sample_step_seconds: Vec<f64>,
    /// Its largest memory in bytes: the device's by its own count, else the process's, where the system tells.
    pub peak_memory: Option<u64>,
    /// Our median learning step divided by its: below one we are faster.
    pub learn_ratio: f64,
    /// Our median guided sampling step divided by its.
    pub sample_ratio: f64,
    /// The same of the fastest learning steps: far from [`learn_ratio`](Self::learn_ratio) where other programs calculated
    /// at the same time, and then neither is to be trusted.
    pub learn_ratio_of_fastest: f64,
    /// The same of the fastest guided sampling steps.
    pub sample_ratio_of_fastest: f64,
}

/// The running process.
pub(super) struct Rival {
    program: String,
    device: String,
    threads: usize,
    first_step_seconds: f64,
    learn_step_seconds: Vec<f64>,
    sample_step_seconds: Vec<f64>,
    asked: ChildStdin,
    answers: BufReader<ChildStdout>,
    child: Child,
    /// Its program and the sizes of the networks; removed with it.
    _folder: TempDir,
}

/// What it is started with: an interpreter that has the libraries, and what it reads.
pub(super) struct Prepared {
    python: PathBuf,
    folder: TempDir,
}

impl Prepared {
    /// Looks whether the interpreter `python` finds the libraries and can do this model.
    ///
    /// # Errors
    /// [`Error::Input`] if there is no such interpreter, it lacks a library, or cannot do this model.
    pub fn new(python: &Path, model: &BenchModel) -> Result<Self> {
        let folder = tempfile::tempdir().map_err(|error| Error::write(&std::env::temp_dir(), error))?;
        write_configurations(folder.path(), model)?;
        write(&folder.path().join(SCRIPT_FILE), SCRIPT)?;
        // Found without being loaded, which takes a while.
        const LOOK: &str =
            "import importlib.util as u, sys; sys.exit(not all(map(u.find_spec, sys.argv[1:])))";
        let looked = Command::new(python)
            .args(["-c", LOOK, "torch", "diffusers", "transformers"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .status()
            .map_err(|error| not_started(python, &error))?;
        if !looked.success() {
            let fault = format!("{} does not find torch, diffusers and transformers", python.display());
            let remedy = "Give --compare the Python that PyTorch is installed for, or `pip install` them.";
            return Err(Error::input(fault, remedy));
        }
        Ok(Self { python: python.to_path_buf(), folder })
    }
}

impl Rival {
    /// Starts it and lets it do each step once.
    ///
    /// # Errors
    /// [`Error::Input`] if it ends before.
    pub fn start(
        Prepared { python, folder }: Prepared,
        options: &BenchOptions,
        device: &DeviceInfo,
        subject: &Subject,
    ) -> Result<Self> {
        let on = if device.api == "cpu" || device.software { "cpu" } else { "gpu" };
        let mut child = Command::new(&python)
            .arg(folder.path().join(SCRIPT_FILE))
            .arg("--model")
            .arg(folder.path())
            .args(["--size", &subject.size.to_string(), "--downsampling", &subject.downsampling.to_string()])
            .args(["--batch", &options.batch.to_string()])
            .args(["--device", on, "--precision", options.numbers.precision.name()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| not_started(&python, &error))?;
        let (Some(asked), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(Error::Internal("a child process has no pipes".into()));
        };
        let mut rival = Self {
            program: String::new(),
            device: String::new(),
            threads: 0,
            first_step_seconds: 0.0,
            learn_step_seconds: Vec::new(),
            sample_step_seconds: Vec::new(),
            asked,
            answers: BufReader::new(answers),
            child,
            _folder: folder,
        };
        let ready = rival.answer()?;
        let mut said = ready.split('\t').map(str::to_owned);
        rival.program = said.next().unwrap_or_default();
        rival.device = said.next().unwrap_or_default();
        rival.threads = said.next().and_then(|threads| threads.parse().ok()).unwrap_or_default();
        rival.first_step_seconds = rival.seconds("step learn")?;
        rival.seconds("step sample")?;
        Ok(rival)
    }

    /// Lets it do a learning step, and one before it that does not count if these are short.
    ///
    /// # Errors
    /// [`Error::Input`] if it ended.
    pub fn learn(&mut self) -> Result<()> {
        if is_short(&self.learn_step_seconds) {
            self.seconds("step learn")?;
        }
        let seconds = self.seconds("step learn")?;
        self.learn_step_seconds.push(seconds);
        Ok(())
    }

    /// Lets it do a guided sampling step, and one before it that does not count if these are short.
    ///
    /// # Errors
    /// [`Error::Input`] if it ended.
    pub fn sample(&mut self) -> Result<()> {
        if is_short(&self.sample_step_seconds) {
            self.seconds("step sample")?;
        }
        let seconds = self.seconds("step sample")?;
        self.sample_step_seconds.push(seconds);
        Ok(())
    }

    /// Ends it; our own seconds are divided by its.
    ///
    /// # Errors
    /// [`Error::Input`] if it ended before.
    pub fn finish(mut self, learn: &[f64], sample: &[f64]) -> Result<Comparison> {
        let peak_memory = self.ask("memory")?.parse().ok();
        let (theirs, drawn) =
            (std::mem::take(&mut self.learn_step_seconds), std::mem::take(&mut self.sample_step_seconds));
        Ok(Comparison {
            learn_ratio: median(learn) / median(&theirs),
            sample_ratio: median(sample) / median(&drawn),
            learn_ratio_of_fastest: fastest(learn) / fastest(&theirs),
            sample_ratio_of_fastest: fastest(sample) / fastest(&drawn),
            program: std::mem::take(&mut self.program),
            device: std::mem::take(&mut self.device),
            threads: self.threads,
            first_step_seconds: self.first_step_seconds,
            learn_step_seconds: theirs,
            sample_step_seconds: drawn,
            peak_memory,
        })
    }

    fn seconds(&mut self, step: &str) -> Result<f64> {
        let answer = self.ask(step)?;
        answer.parse().map_err(|_| Error::input(format!("PyTorch answered {answer:?}"), ELSEWHERE))
    }

    fn ask(&mut self, question: &str) -> Result<String> {
        self.let_run(true);
        let asked = writeln!(self.asked, "{question}").and_then(|()| self.asked.flush());
        asked.map_err(|_| ended())?;
        let answer = self.answer();
        self.let_run(false);
        answer
    }

    /// Stops the process or lets it go on. One that cannot be is measured as it is.
    #[cfg(unix)]
    fn let_run(&self, on: bool) {
        use rustix::process::{Pid, Signal, kill_process};
        let signal = if on { Signal::CONT } else { Signal::STOP };
        let process = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        let _ = process.map(|process| kill_process(process, signal));
    }

    #[cfg(not(unix))]
    fn let_run(&self, _on: bool) {}

    fn answer(&mut self) -> Result<String> {
        let mut line = String::new();
        match self.answers.read_line(&mut line) {
            Ok(1..) => Ok(line.trim_end().to_owned()),
            _ => Err(ended()),
        }
    }
}

impl Drop for Rival {
    fn drop(&mut self) {
        // It ends by itself when nobody can ask any more; what is in the middle of a step need not be waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn fastest(seconds: &[f64]) -> f64 {
    seconds.iter().copied().fold(f64::INFINITY, f64::min)
}

/// What to do where it cannot go on.
const ELSEWHERE: &str = "What it said stands above. It needs `pip install torch diffusers transformers`, and enough memory for both.";

fn not_started(python: &Path, error: &std::io::Error) -> Error {
    let fault = format!("{} could not be started: {error}", python.display());
    Error::input(fault, "Give --compare the Python that PyTorch is installed for.")
}

fn ended() -> Error {
    Error::input("PyTorch ended before it had done its steps", ELSEWHERE)
}

/// The sizes of the networks as diffusers and transformers read them.
fn write_configurations(folder: &Path, model: &BenchModel) -> Result<()> {
    let files = match model {
        BenchModel::Folder(path) => Some(ModelFiles::open(path)?),
        BenchModel::Random(_) => None,
    };
    let family = match (model, &files) {
        (BenchModel::Random(family), _) => *family,
        (_, Some(files)) => files.family(),
        (_, None) => Family::Sd1,
    };
    if family == Family::Ldm {
        let fault = "PyTorch's libraries bring no such text encoder along as this model's";
        return Err(Error::input(fault, "Compare with a model of Stable Diffusion."));
    }
    let second: &[&str] = if family == Family::Sdxl { &["text_encoder_2"] } else { &[] };
    for part in ["text_encoder", "unet"].iter().chain(second) {
        let config = match &files {
            Some(files) => files.config(part)?,
            None => published_config(family, part)?,
        };
        let place = folder.join(part);
        fs::create_dir(&place).map_err(|error| Error::write(&place, error))?;
        write(&place.join("config.json"), &config.to_string())?;
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).map_err(|error| Error::write(path, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_python_that_cannot_do_it_is_refused_at_once() {
        let refusal =
            |python: &str, family| match Prepared::new(Path::new(python), &BenchModel::Random(family)) {
                Err(error) => error.to_string(),
                Ok(_) => String::new(),
            };
        assert!(refusal("/nowhere/python", Family::Sd1).contains("could not be started"));
        assert!(refusal("/nowhere/python", Family::Ldm).contains("no such text encoder"));
        // A program that ends well or not, as the look for the libraries does.
        if cfg!(unix) {
            assert!(refusal("false", Family::Sd1).contains("does not find torch"));
            assert_eq!(refusal("true", Family::Sd1), "");
        }
    }
}
