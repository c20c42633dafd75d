//! Measuring: seconds per learning step and per guided sampling step, what they are spent on, the memory they take, and
//! PyTorch's seconds beside them.
//!
//! It runs the same code as the jobs, on a model or on random weights of a published size, so that a figure needs no
//! download. Figures are printed, never judged, and each is of a step that was done.

mod machine;
mod opening;
mod report;
mod rival;
mod subject;

use std::cell::Cell;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::{Duration, Instant};

use burn::tensor::{DType, Device};
use kernels::strategy::{Asked, Place, watch};
use kernels::tally::{Launches, tally};
use sysinfo::{NetworkData, Networks};

use super::device::{self, OpenDevice, guarded};
use super::preflight::Preflight;
use super::tuning;
use super::warm_up::warm_up;
use base::{Error, Result};
use model::pipeline::{self, Progress};
use project::{Family, NumberFormat};

pub use machine::Machine;
pub use opening::{OpenReport, run_opening};
pub use report::{BenchReport, FirstStep, KindSeconds, LaunchCount, Traffic};
pub use rival::Comparison;
use rival::{Prepared, Rival};
use subject::Subject;

/// What to measure on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BenchModel {
    /// A folder or file.
    Folder(PathBuf),
    /// The text encoders and the U-Net of a family's published sizes, with random weights.
    Random(Family),
}

/// What to measure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BenchOptions {
    /// On which model.
    pub model: BenchModel,
    /// What it is called in the report.
    pub name: String,
    /// Side of the square image in pixels; `None` for the model's own.
    pub size: Option<u32>,
    /// Images per learning step.
    pub batch: usize,
    /// Learning steps to time, after one to warm up.
    pub steps: usize,
    /// Guided sampling steps to time, after one to warm up.
    pub sampling_steps: usize,
    /// The numbers of the networks.
    pub numbers: NumberFormat,
    /// Whether learning goes back segment by segment.
    pub low_memory: bool,
    /// The Python whose PyTorch takes the same steps in turns with ours.
    pub compare: Option<PathBuf>,
}

/// Between our step and the other's, so that threads which look out for more work for a while are asleep.
const PAUSE: Duration = Duration::from_millis(250);

/// Seconds below which a step is done once, uncounted, when its turn comes: what was given back to the system while the
/// other had its turn is asked for again then, which steps that follow each other never do.
const SHORT: f64 = 1.0;

/// Whether a step is to be done once before the next that counts.
fn is_short(counted: &[f64]) -> bool {
    counted.last().is_none_or(|seconds| *seconds < SHORT)
}

/// Measures. `progress` is called with what is being done.
///
/// # Errors
/// As opening a model; [`Error::Device`] if the device fails; [`Error::Input`] if there is no PyTorch to compare with.
pub fn run(open: &OpenDevice, options: &BenchOptions, progress: &mut dyn FnMut(&str)) -> Result<BenchReport> {
    guarded(|| measure(open, options, progress))
}

fn measure(open: &OpenDevice, options: &BenchOptions, progress: &mut dyn FnMut(&str)) -> Result<BenchReport> {
    let numbers = device::numbers(open, options.numbers);
    let options = &BenchOptions { numbers, ..options.clone() };
    device::check_precision(open, pipeline::dtype(numbers.precision))?;
    if let (BenchModel::Folder(path), size) = (&options.model, options.size) {
        Preflight::of(path)?.size(size, size)?;
    }
    // A Python that cannot do it is refused before minutes are spent.
    let prepared =
        options.compare.as_ref().map(|python| Prepared::new(python, &options.model)).transpose()?;
    if let Some(fault) = tuning::apply(&open.info) {
        progress(&fault);
    }
    while kernels::remote::before(&open.device) > 0 {
        progress("waiting until others have computed there");
        std::thread::sleep(PAUSE);
    }
    progress("loading");
    let (subject, load_seconds) = seconds(|| Subject::new(open, options, &mut |_, _| Ok(())));
    let mut subject = subject?;
    let mut memory = Memory::of(&open.device);

    progress("first steps");
    let (rehearsed, preparing) = seconds(|| warm_up(open, || subject.rehearse()));
    rehearsed?;
    let preparing = open.info.is_card().then_some(preparing);
    let (loss, first) = seconds(|| subject.learn());
    loss?;
    let first_step_seconds = preparing.unwrap_or(0.0) + first;
    let given = subject.sentences()?;
    subject.sample(&given)?;
    memory.look();
    let start = |prepared: Prepared| {
        progress("first steps of PyTorch");
        Rival::start(prepared, options, &open.info, &subject)
    };
    let mut rival = prepared.map(start).transpose()?;

    let (mut learn_step_seconds, mut sample_step_seconds) = (Vec::new(), Vec::new());
    let mut loss = 0.0;
    for step in 0..options.steps.max(options.sampling_steps) {
        if step < options.steps {
            progress(&format!("learning step {} of {}", step + 1, options.steps));
            if rival.is_some() && is_short(&learn_step_seconds) {
                subject.learn()?;
            }
            let (done, time) = seconds(|| subject.learn());
            loss = done?;
            learn_step_seconds.push(time);
            in_turn(&mut rival, Rival::learn)?;
        }
        if step < options.sampling_steps {
            progress(&format!("sampling step {} of {}", step + 1, options.sampling_steps));
            if rival.is_some() && is_short(&sample_step_seconds) {
                subject.sample(&given)?;
            }
            let (done, time) = seconds(|| subject.sample(&given));
            done?;
            sample_step_seconds.push(time);
            in_turn(&mut rival, Rival::sample)?;
        }
        memory.look();
    }
    let compared = rival.map(|rival| rival.finish(&learn_step_seconds, &sample_step_seconds));
    let comparison = compared.transpose()?;
    let peak_memory = device::peak_memory();

    progress("what a step is spent on");
    let learn_step_launches = launches(open, || subject.learn().map(drop))?;
    let sample_step_launches = launches(open, || subject.sample(&given))?;
    let network = traffic(open, || subject.learn().map(drop))?;
    let (kinds, device_memory_in_use) = spent(&open.device, &subject)?;
    progress("encoding a picture");
    let (encoded, encoding) = seconds(|| subject.encode());
    let computing = median(&learn_step_seconds);
    Ok(BenchReport {
        machine: Machine::this(),
        device: open.info.clone(),
        model: options.name.clone(),
        precision: options.numbers.precision,
        weights: options.numbers.weights,
        parameters: subject.parameters(),
        size: subject.size,
        batch: options.batch,
        low_memory: options.low_memory,
        load_seconds,
        first_step_seconds,
        first_step: FirstStep {
            encoding: encoded?.map(|()| encoding),
            preparing,
            compiling: (first_step_seconds - computing).max(0.0),
            computing,
        },
        learn_step_median: computing,
        learn_step_seconds,
        sample_step_median: median(&sample_step_seconds),
        sample_step_seconds,
        kinds,
        learn_step_launches,
        sample_step_launches,
        peak_memory,
        device_memory: memory.reserved,
        device_memory_in_use,
        network,
        loss,
        comparison,
    })
}

/// The number format of a model's networks on a device, and the operations of a learning step and of a guided sampling
/// step, each once; `progress` is called while it is loaded.
///
/// # Errors
/// As opening a model; [`Error::Device`] if the device fails.
pub(crate) fn operations(
    open: &OpenDevice,
    options: &BenchOptions,
    progress: &mut Progress<'_>,
) -> Result<(DType, Vec<(Asked, Place)>)> {
    let options = &BenchOptions { numbers: device::numbers(open, options.numbers), ..options.clone() };
    let dtype = pipeline::dtype(options.numbers.precision);
    device::check_precision(open, dtype)?;
    let subject = Subject::new(open, options, progress)?;
    let (done, watched) = watch(|| subject.learn().and_then(|_| subject.sample(&subject.sentences()?)));
    done.map(|()| (dtype, watched))
}

fn seconds<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let began = Instant::now();
    let out = work();
    (out, began.elapsed().as_secs_f64())
}

fn in_turn(rival: &mut Option<Rival>, step: impl FnOnce(&mut Rival) -> Result<()>) -> Result<()> {
    let Some(rival) = rival else { return Ok(()) };
    std::thread::sleep(PAUSE);
    let done = step(rival);
    std::thread::sleep(PAUSE);
    done
}

/// The middle one, or the mean of the two in the middle; not a number if there are none.
fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = |at: usize| sorted.get(at).copied().unwrap_or(f64::NAN);
    match sorted.len() {
        odd if odd % 2 == 1 => middle(odd / 2),
        even => (middle(even / 2) + middle((even / 2).wrapping_sub(1))) / 2.0,
    }
}

/// The most that a device was seen to hold for us.
struct Memory<'a> {
    device: &'a Device,
    reserved: Option<u64>,
}

impl<'a> Memory<'a> {
    fn of(device: &'a Device) -> Self {
        Self { device, reserved: None }
    }

    fn look(&mut self) {
        device::peak_memory();
        self.reserved = self.reserved.max(self.device.memory_pool_usage().map(|usage| usage.bytes_reserved));
    }
}

/// What `step` asks a card for.
fn launches(open: &OpenDevice, step: impl FnOnce() -> Result<()>) -> Result<Option<LaunchCount>> {
    sync(&open.device)?;
    let counting = Launches::start();
    step()?;
    sync(&open.device)?;
    let launched = counting.finish();
    let count = LaunchCount { launches: launched.launches, kernels: launched.kernels };
    Ok((open.info.api != "cpu").then_some(count))
}

/// What `step` sends to another machine and back.
fn traffic(open: &OpenDevice, step: impl FnOnce() -> Result<()>) -> Result<Option<Traffic>> {
    if !open.info.is_remote() {
        return Ok(None);
    }
    let counted = || {
        let all = Networks::new_with_refreshed_list();
        let sum = |of: fn(&NetworkData) -> u64| all.values().map(of).sum::<u64>();
        [sum(NetworkData::total_transmitted), sum(NetworkData::total_received)]
    };
    sync(&open.device)?;
    let before = counted();
    step()?;
    sync(&open.device)?;
    let after = counted();
    let [sent, received] = [0, 1].map(|way| after[way].saturating_sub(before[way]));
    Ok(Some(Traffic { sent, received }))
}

/// What a learning step is spent on, and the most memory in use between its operations.
fn spent(device: &Device, subject: &Subject) -> Result<(Vec<KindSeconds>, Option<u64>)> {
    let most = Rc::new(Cell::new(None));
    let (waiting, watching, seen) = (device.clone(), device.clone(), Rc::clone(&most));
    // A device that fails here fails in the step too, which says so.
    let wait = move || drop(waiting.sync());
    let watch = move || {
        device::peak_memory();
        seen.set(seen.get().max(watching.memory_pool_usage().map(|usage| usage.bytes_in_use)));
    };
    let (loss, tally) = tally(wait, watch, || subject.learn());
    loss?;
    Ok((report::by_kind(&tally), most.get()))
}

fn sync(device: &Device) -> Result<()> {
    device.sync().map_err(|error| {
        Error::device(format!("The device failed ({error})"), "Choose another one, or a smaller size.")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
        assert!(median(&[]).is_nan());
    }

    #[test]
    fn only_short_steps_are_done_twice_in_a_turn() {
        assert!(is_short(&[]) && is_short(&[3.0, 0.1]));
        assert!(!is_short(&[0.1, 3.0]));
    }
}
