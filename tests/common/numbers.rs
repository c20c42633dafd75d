//! What the tests against reference numbers share: the golden folder, its tolerance rule, the device to run
//! on.
//!
//! The folder is `tests/golden`, or what the environment variable `PSEUDOWORD_GOLDEN` names; any folder of
//! the same layout must do. Nothing is skipped silently: what runs where is printed.
#![allow(dead_code, reason = "each program of tests uses its part")]

use std::path::PathBuf;

use burn::tensor::{Tensor, TensorData};
use diffusion::{SchedulerConfig, sampler};
use engine::device::{self, OpenDevice};
use engine::message::DeviceChoice;
use project::{SamplerKind, SigmaSpacing};
use safetensors::{Dtype, SafeTensors};
use serde_json::Value;

/// The folder of reference numbers that comes with the source.
pub fn bundled() -> PathBuf {
    crate::places::repository().join("tests/golden")
}

/// The folder of reference numbers.
pub fn folder() -> PathBuf {
    std::env::var_os("PSEUDOWORD_GOLDEN").map_or_else(bundled, PathBuf::from)
}

/// The folder of reference numbers if it has a part, else the bundled one: another tree may hold models alone.
pub fn folder_with(part: &str) -> PathBuf {
    let asked = folder();
    if asked.join(part).is_dir() {
        return asked;
    }
    println!("{} has no {part}: using the bundled one", asked.display());
    bundled()
}

/// The device the whole golden test runs on: the processor, or what `PSEUDOWORD_TEST_DEVICE` names.
pub fn test_device() -> OpenDevice {
    let choice =
        std::env::var("PSEUDOWORD_TEST_DEVICE").map_or(DeviceChoice::Cpu, |name| name.parse().unwrap());
    let device = device::open(choice).unwrap();
    println!("running on {} ({}, {})", device.info.name, device.info.kind, device.info.api);
    device
}

/// The name of the device for the command line: what `PSEUDOWORD_TEST_DEVICE` says, a real card, or `gl`.
pub fn device_name() -> String {
    let asked = std::env::var("PSEUDOWORD_TEST_DEVICE").ok();
    asked.unwrap_or_else(|| {
        let card = device::list().into_iter().find(|info| !info.software && info.api != "cpu");
        card.map_or_else(|| "gl".into(), |info| info.api)
    })
}

/// The numbers of one family.
pub struct Golden {
    pub folder: PathBuf,
    pub reference: Value,
    pub bytes: Vec<u8>,
    /// Floor of the tolerance relative to the largest magnitude.
    pub floor: f64,
}

impl Golden {
    pub fn open(family: &str) -> Self {
        Self::open_at(&folder().join(family))
    }

    pub fn open_at(folder: &std::path::Path) -> Self {
        let folder = folder.to_path_buf();
        let text = std::fs::read_to_string(folder.join("reference.json")).unwrap();
        let reference = base::json::from_slice(text.as_bytes()).unwrap();
        let bytes = std::fs::read(folder.join("reference.safetensors")).unwrap();
        // 4e-6 of the largest magnitude is a few roundings of a 32-bit float. Graphics cards sum in other
        // orders and fuse multiplications, which the reference's own error does not cover: 1e-4 there.
        let floor = if std::env::var_os("PSEUDOWORD_TEST_DEVICE").is_some() { 1e-4 } else { 4e-6 };
        Self { folder, reference, bytes, floor }
    }

    pub fn settings(&self) -> &Value {
        &self.reference["settings"]
    }

    pub fn tensors(&self) -> SafeTensors<'_> {
        SafeTensors::deserialize(&self.bytes).unwrap()
    }

    pub fn has(&self, name: &str) -> bool {
        self.tensors().tensor(name).is_ok()
    }

    pub fn shape(&self, name: &str) -> Vec<usize> {
        self.tensors().tensor(name).unwrap_or_else(|_| panic!("no {name}")).shape().to_vec()
    }

    pub fn read(&self, name: &str) -> Vec<f64> {
        let tensors = self.tensors();
        let view = tensors.tensor(name).unwrap_or_else(|_| panic!("no {name}"));
        match view.dtype() {
            Dtype::F32 => {
                view.data().as_chunks().0.iter().map(|b| f64::from(f32::from_le_bytes(*b))).collect()
            }
            Dtype::I64 => view.data().as_chunks().0.iter().map(|b| i64::from_le_bytes(*b) as f64).collect(),
            other => panic!("{name} has the unexpected type {other:?}"),
        }
    }

    pub fn f32(&self, name: &str) -> Vec<f32> {
        self.read(name).into_iter().map(|v| v as f32).collect()
    }

    pub fn tensor<const D: usize>(&self, name: &str, device: &OpenDevice) -> Tensor<D> {
        let shape: [usize; D] = self.shape(name).try_into().unwrap();
        Tensor::from_data(TensorData::new(self.f32(name), shape), &device.device)
    }

    /// Rows of ids.
    pub fn ids(&self, name: &str) -> Vec<Vec<u32>> {
        let width = *self.shape(name).last().unwrap();
        let ids: Vec<u32> = self.read(name).into_iter().map(|v| v as u32).collect();
        ids.chunks(width).map(<[u32]>::to_vec).collect()
    }

    /// The rule of the reference data: ten times the reference's own distance from a 64-bit run, and a few
    /// roundings at the largest magnitude.
    pub fn tolerance(&self, name: &str) -> f64 {
        let about = &self.reference["tensors"][name];
        let number = |key: &str| about[key].as_f64().unwrap_or(0.0);
        10.0 * number("err") + self.floor * number("max_abs")
    }

    /// Compares all numbers of a tensor and prints how much of the tolerance was used.
    pub fn check(&self, name: &str, got: &[f64]) -> f64 {
        self.check_within(name, got, self.tolerance(name))
    }

    pub fn check_f32(&self, name: &str, got: &[f32]) -> f64 {
        self.check(name, &got.iter().map(|v| f64::from(*v)).collect::<Vec<_>>())
    }

    pub fn check_tensor<const D: usize>(&self, name: &str, got: Tensor<D>) -> f64 {
        assert_eq!(got.dims().to_vec(), self.shape(name), "shape of {name}");
        self.check_f32(name, &got.into_data().convert::<f32>().try_into_vec::<f32>().unwrap())
    }

    pub fn check_within(&self, name: &str, got: &[f64], allowed: f64) -> f64 {
        let want = self.read(name);
        assert_eq!(got.len(), want.len(), "length of {name}");
        assert!(got.iter().all(|v| v.is_finite()), "{name} is not finite");
        let worst = got.iter().zip(&want).map(|(g, w)| (g - w).abs()).fold(0.0, f64::max);
        assert!(worst <= allowed, "{name} differs by {worst:e}, allowed {allowed:e}");
        let used = if allowed > 0.0 { worst / allowed } else { 0.0 };
        println!("{name}: {used:.3} of the tolerance");
        used
    }

    /// The model's scheduler with a sampler's changes, as the program reads it.
    pub fn scheduler(&self, changes: &Value) -> SchedulerConfig {
        let path = self.folder.join("scheduler/scheduler_config.json");
        merged(serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap(), changes)
    }
}

pub fn merged(mut base: Value, changes: &Value) -> SchedulerConfig {
    for (key, value) in changes.as_object().into_iter().flatten() {
        base[key] = value.clone();
    }
    SchedulerConfig::from_json(base, "scheduler_config.json".as_ref()).unwrap()
}

pub fn spacing(config: &Value) -> SigmaSpacing {
    match config["spacing"].as_str() {
        Some(name) => name.parse().unwrap(),
        None if config["use_karras_sigmas"] == Value::Bool(true) => SigmaSpacing::Karras,
        None => SigmaSpacing::Normal,
    }
}

pub fn build_sampler(
    class: &str,
    config: &SchedulerConfig,
    spacing: SigmaSpacing,
    eta: f64,
    steps: usize,
) -> Box<dyn sampler::Sampler> {
    let kind = match class {
        "DDIMScheduler" | "ddim" => SamplerKind::Ddim,
        "PNDMScheduler" | "pndm" => SamplerKind::Pndm,
        "EulerDiscreteScheduler" | "euler" => SamplerKind::Euler,
        "EulerAncestralDiscreteScheduler" | "euler_ancestral" => SamplerKind::EulerAncestral,
        "DPMSolverMultistepScheduler" | "dpmpp_2m" => SamplerKind::DpmPp2m,
        "UniPCMultistepScheduler" | "unipc" => SamplerKind::UniPc,
        "LCMScheduler" | "lcm" => SamplerKind::Lcm,
        other => other.parse().unwrap_or_else(|_| panic!("no sampler for {other}")),
    };
    sampler::build(kind, spacing, eta, steps, config).unwrap()
}
