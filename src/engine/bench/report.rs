//! What a measurement says, as it is written to a file: its fields are read by scripts and by people who compare machines,
//! so that names stay and new ones are added.

use kernels::tally::{Kind, Pass, Tally};
use serde::Serialize;

use super::{Comparison, Machine};
use crate::message::DeviceInfo;
use project::{Precision, WeightFormat};

/// The figures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BenchReport {
    /// On which computer.
    pub machine: Machine,
    /// What calculated.
    pub device: DeviceInfo,
    /// Name of the model.
    pub model: String,
    /// Number format of the networks.
    pub precision: Precision,
    /// How the U-Net's weights are kept; 8 bits are an approximation.
    pub weights: WeightFormat,
    /// Number of parameters of the text encoders and the U-Net.
    pub parameters: usize,
    /// Side of the image in pixels.
    pub size: u32,
    /// Images per learning step.
    pub batch: usize,
    /// Whether learning went back segment by segment.
    pub low_memory: bool,
    /// Seconds to load or make the model.
    pub load_seconds: f64,
    /// Seconds of the first learning step and of what is compiled for it.
    pub first_step_seconds: f64,
    /// What somebody waits for until the first learning step is done.
    pub first_step: FirstStep,
    /// Median of the seconds of the learning steps.
    pub learn_step_median: f64,
    /// Seconds of each further learning step (forward, backward, one batch).
    pub learn_step_seconds: Vec<f64>,
    /// Median of the seconds of the guided sampling steps.
    pub sample_step_median: f64,
    /// Seconds of each sampling step with guidance (the U-Net on two rows), after one to warm up.
    pub sample_step_seconds: Vec<f64>,
    /// What one more learning step was spent on; it waits for the device around each operation and takes longer.
    pub kinds: Vec<KindSeconds>,
    /// What a learning step asks a card for; `None` on the processor.
    pub learn_step_launches: Option<LaunchCount>,
    /// What a guided sampling step asks a card for; `None` on the processor.
    pub sample_step_launches: Option<LaunchCount>,
    /// Largest memory of the process in bytes, where the system tells.
    pub peak_memory: Option<u64>,
    /// Most memory reserved on the device in bytes after any step, where it tells.
    pub device_memory: Option<u64>,
    /// Most memory in use on the device in bytes between any two operations of a learning step, where it tells.
    pub device_memory_in_use: Option<u64>,
    /// What one more learning step sent over the network; `None` on this computer's own devices.
    pub network: Option<Traffic>,
    /// The last loss, as a sign that something was computed.
    pub loss: f64,
    /// PyTorch in the same run.
    pub comparison: Option<Comparison>,
}

/// Seconds until the first learning step is done, without loading the model.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct FirstStep {
    /// To load the autoencoder and encode the first picture, its kernels compiled; `None` for random weights.
    pub encoding: Option<f64>,
    /// To compile beforehand what a step asks a card for, behind a bar; part of `compiling`. `None` on the processor.
    pub preparing: Option<f64>,
    /// What the first step takes beyond the median of the others: its kernels are compiled, its memory is asked for.
    pub compiling: f64,
    /// The median of the others.
    pub computing: f64,
}

/// Seconds of a learning step by kind of operation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct KindSeconds {
    /// `convolution`, `linear`, `attention`, `norm`, `activation`, and `other` for all else.
    pub kind: &'static str,
    /// From the word to the loss.
    pub forward: f64,
    /// Back to the word.
    pub backward: f64,
    /// Operations, both ways; `None` for `other`.
    pub operations: Option<usize>,
}

/// Bytes that this computer sent and received meanwhile, over all its networks. Over loopback both are the sum of both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Traffic {
    /// Sent.
    pub sent: u64,
    /// Received.
    pub received: u64,
}

/// Kernels that a step asks a card for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct LaunchCount {
    /// Launches.
    pub launches: usize,
    /// Different kernels among them, each of which is compiled once.
    pub kernels: usize,
}

/// The seconds of a tally, and `other` for what it did not count.
pub(super) fn by_kind(tally: &Tally) -> Vec<KindSeconds> {
    let of = |kind, pass| tally.spent.get(&(kind, pass)).copied().unwrap_or_default();
    let kinds = Kind::ALL.into_iter().map(|kind| {
        let (forward, backward) = (of(kind, Pass::Forward), of(kind, Pass::Backward));
        KindSeconds {
            kind: kind.name(),
            forward: forward.0.as_secs_f64(),
            backward: backward.0.as_secs_f64(),
            operations: Some(forward.1 + backward.1),
        }
    });
    let [forward, backward] = [Pass::Forward, Pass::Backward].map(|pass| tally.other(pass).as_secs_f64());
    kinds.chain([KindSeconds { kind: "other", forward, backward, operations: None }]).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_is_not_counted_is_other() {
        let tally = Tally {
            spent: [((Kind::Linear, Pass::Backward), (Duration::from_secs(2), 4))].into(),
            passes: [Duration::from_secs(1), Duration::from_secs(5)],
        };
        let kinds = by_kind(&tally);
        assert_eq!(kinds.len(), 6);
        let linear = KindSeconds { kind: "linear", forward: 0.0, backward: 2.0, operations: Some(4) };
        assert_eq!(kinds[1], linear);
        assert_eq!(kinds[5], KindSeconds { kind: "other", forward: 1.0, backward: 3.0, operations: None });
    }
}
