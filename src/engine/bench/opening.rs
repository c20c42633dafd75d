//! What opening a model takes: seconds, and memory beyond that of its weights. It opens it as the jobs do.

use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::Serialize;

use crate::device::{self, OpenDevice, guarded};
use crate::message::DeviceInfo;
use base::{Error, Result};
use format::ModelFiles;
use model::{Pipeline, pipeline};
use project::{Family, NumberFormat, Precision, WeightFormat};

/// What it takes to open a model; the figures hold for a process that has done nothing else.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OpenReport {
    /// The model.
    #[serde(serialize_with = "base::as_text::path")]
    pub path: PathBuf,
    /// Its family.
    pub family: Family,
    /// Where it was loaded.
    pub device: DeviceInfo,
    /// Number format of the networks.
    pub precision: Precision,
    /// How the U-Net's weights are kept; 8 bits are an approximation.
    pub weights: WeightFormat,
    /// Number of parameters of the text encoders and the U-Net, which are what is loaded at first.
    pub parameters: usize,
    /// Bytes of these parameters as they are kept: the networks in the working precision, a U-Net of 8
    /// bits in these, the token tables in 16 bits where the networks or their file have no more.
    pub weight_bytes: u64,
    /// Bytes of the files they came from.
    pub file_bytes: u64,
    /// Seconds to recognise the model, without reading its weights.
    pub recognise_seconds: f64,
    /// Seconds to open it, networks on the device.
    pub open_seconds: f64,
    /// Memory of the process before, in bytes, where the system tells: the program and the device's driver.
    pub memory_before: Option<u64>,
    /// Largest memory of the process in bytes, where the system tells.
    pub peak_memory: Option<u64>,
    /// What the peak lies above the weights, in bytes.
    pub memory_beyond_weights: Option<i64>,
    /// Memory reserved on the device in bytes, where it tells.
    pub device_memory: Option<u64>,
}

/// Opens the model at `path` and measures.
///
/// # Errors
/// As opening a model; [`Error::Device`] if the device fails.
pub fn run_opening(open: &OpenDevice, path: &Path, numbers: NumberFormat) -> Result<OpenReport> {
    guarded(|| measure_opening(open, path, numbers))
}

fn measure_opening(open: &OpenDevice, path: &Path, numbers: NumberFormat) -> Result<OpenReport> {
    let numbers = device::numbers(open, numbers);
    device::check_precision(open, pipeline::dtype(numbers.precision))?;
    let memory_before = device::peak_memory();
    let began = Instant::now();
    drop(ModelFiles::open(path)?);
    let recognise_seconds = began.elapsed().as_secs_f64();
    let began = Instant::now();
    let model = Pipeline::open(path, &open.device, numbers, &mut |_, _| Ok(()))?;
    open.device.sync().map_err(|error| {
        Error::device(
            format!("The device failed while the model was loaded ({error})"),
            "Choose another one.",
        )
    })?;
    let open_seconds = began.elapsed().as_secs_f64();
    let NumberFormat { precision, weights } = numbers;
    let (unet, tables) = (model.unet.config.weights() as u64, model.conditioner.tables());
    let [of_tables, table_bytes] = tables.map(|count| count as u64);
    let text = model.parameters() as u64 - unet - of_tables;
    let kept = |numbers: u64| model.sizes().kept(numbers as usize, precision, open.info.is_card());
    let of_unet = if weights == WeightFormat::EightBit { unet } else { kept(unet) };
    let weight_bytes = of_unet + kept(text) + table_bytes;
    let peak_memory = device::peak_memory();
    let beyond = |peak: u64| i64::try_from(peak).ok()?.checked_sub_unsigned(weight_bytes);
    Ok(OpenReport {
        path: path.to_path_buf(),
        family: model.files.family(),
        device: open.info.clone(),
        precision,
        weights,
        parameters: model.parameters(),
        weight_bytes,
        file_bytes: model.files.file_bytes()?,
        recognise_seconds,
        open_seconds,
        memory_before,
        peak_memory,
        memory_beyond_weights: peak_memory.and_then(beyond),
        device_memory: open.device.memory_pool_usage().map(|usage| usage.bytes_reserved),
    })
}
