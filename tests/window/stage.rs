//! What a played engine says, for the tests of the window.

use std::path::PathBuf;

use engine::message::{DeviceInfo, RunInfo};

/// A graphics card that nobody has.
pub fn device() -> DeviceInfo {
    DeviceInfo {
        choice: engine::message::DeviceChoice::Cpu,
        name: "Imagined card".into(),
        api: "vulkan".into(),
        kind: "discrete GPU".into(),
        driver: "1".into(),
        software: false,
        memory: Some(8_000_000_000),
    }
}

/// The sample's run in a folder, of so many steps.
pub fn run_info(out: PathBuf, steps: u64) -> RunInfo {
    RunInfo {
        out,
        word: "<tea-time-mug>".into(),
        vectors: 1,
        initial_tokens: vec!["mug".into()],
        pictures: 5,
        step: 0,
        steps,
        norms: [0.5, 0.6, 0.7],
        memory: vec![("U-Net".into(), 3_000_000_000)],
        low_memory: false,
    }
}
