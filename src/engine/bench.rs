//! Measuring: seconds per learning step, per sampling step and to open a model, and the memory they take.
//!
//! It runs the same code as the jobs, on a model folder or on random weights of a published size, so that a
//! figure needs no download. Figures are printed, never judged.

use std::path::{Path, PathBuf};
use std::time::Instant;

use burn::module::Module as _;
use burn::tensor::{DType, Device, Tensor, TensorData};
use serde::Serialize;

use super::device::{self, OpenDevice, guarded};
use super::message::DeviceInfo;
use super::preflight::Preflight;
use base::{Error, Result};
use diffusion::{Noise, PredictionType, Schedule, SchedulerConfig};
use format::ModelFiles;
use format::checkpoint::published_config;
use inversion::Vectors;
use inversion::objective::{Batch, Objective, read};
use model::conditioner::TextEncoder;
use model::config::{ClipTextConfig, PartConfig, UNetConfig};
use model::pipeline::expect_size;
use model::{
    ClipTextModel, Conditioner, LdmBertModel, Loader, Pipeline, RandomSource, UNet2dConditionModel, pipeline,
};
use project::{Family, Precision};

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
    /// Side of the square image in pixels; `None` for the model's own.
    pub size: Option<u32>,
    /// Images per learning step.
    pub batch: usize,
    /// Learning steps to time, after one to warm up.
    pub steps: usize,
    /// Number format of the networks.
    pub precision: Precision,
}

/// The figures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BenchReport {
    /// Where it ran.
    pub device: DeviceInfo,
    /// Number format of the networks.
    pub precision: Precision,
    /// Number of parameters of the text encoders and the U-Net.
    pub parameters: usize,
    /// Side of the image in pixels.
    pub size: u32,
    /// Images per learning step.
    pub batch: usize,
    /// Seconds to load or make the model.
    pub load_seconds: f64,
    /// Seconds of the first learning step, which compiles and tunes.
    pub first_step_seconds: f64,
    /// Seconds of each further learning step (forward, backward, one batch).
    pub learn_step_seconds: Vec<f64>,
    /// Seconds of each sampling step with guidance (two rows), after one to warm up.
    pub sample_step_seconds: Vec<f64>,
    /// Largest memory of the process in bytes, where the system tells.
    pub peak_memory: Option<u64>,
    /// Memory reserved on the device in bytes, where it tells.
    pub device_memory: Option<u64>,
    /// The last loss, as a sign that something was computed.
    pub loss: f64,
}

struct Bench {
    conditioner: Conditioner,
    unet: UNet2dConditionModel,
    schedule: Schedule,
    parameters: usize,
    native: u32,
    downsampling: u32,
}

/// Measures. `progress` is called with what is being done.
///
/// # Errors
/// As opening a model; [`Error::Device`] if the device fails.
pub fn run(open: &OpenDevice, options: &BenchOptions, progress: &mut dyn FnMut(&str)) -> Result<BenchReport> {
    guarded(|| measure(open, options, progress))
}

fn measure(open: &OpenDevice, options: &BenchOptions, progress: &mut dyn FnMut(&str)) -> Result<BenchReport> {
    let dtype = pipeline::dtype(options.precision);
    device::check_precision(open, dtype)?;
    if let (BenchModel::Folder(path), size) = (&options.model, options.size) {
        Preflight::of(path)?.size(size, size)?;
    }
    progress("loading");
    let began = Instant::now();
    let bench = match &options.model {
        BenchModel::Folder(path) => from_folder(path, &open.device, options.precision)?,
        BenchModel::Random(family) => random(*family, &open.device, dtype)?,
    };
    let load_seconds = began.elapsed().as_secs_f64();
    let size = options.size.unwrap_or(bench.native);
    expect_size(bench.downsampling, size, size)?;

    let (batch, vectors) = bench.batch(size, options.batch);
    let objective = Objective {
        conditioner: &bench.conditioner,
        unet: &bench.unet,
        schedule: &bench.schedule,
        clip_skip: 1,
        size: [size; 2],
        low_memory: false,
    };
    let mut loss = 0.0;
    let mut learn_step_seconds = Vec::new();
    for step in 0..=options.steps {
        progress(&format!("learning step {step} of {}", options.steps));
        let began = Instant::now();
        loss = objective.gradient(&vectors, &batch, 1.0)?.0;
        learn_step_seconds.push(began.elapsed().as_secs_f64());
    }
    let first_step_seconds = learn_step_seconds.remove(0);
    let mut sample_step_seconds = Vec::new();
    for step in 0..=options.steps.min(3) {
        progress(&format!("sampling step {step}"));
        let began = Instant::now();
        bench.sample_step(&batch, &vectors, size)?;
        sample_step_seconds.push(began.elapsed().as_secs_f64());
    }
    sample_step_seconds.remove(0);
    Ok(BenchReport {
        device: open.info.clone(),
        precision: options.precision,
        parameters: bench.parameters,
        size,
        batch: options.batch,
        load_seconds,
        first_step_seconds,
        learn_step_seconds,
        sample_step_seconds,
        peak_memory: device::peak_memory(),
        device_memory: open.device.memory_pool_usage().map(|usage| usage.bytes_reserved),
        loss,
    })
}

fn from_folder(path: &Path, device: &Device, precision: Precision) -> Result<Bench> {
    let model = Pipeline::open(path, device, precision, &mut |_, _| Ok(()))?;
    let config = super::draw::scheduler(&model)?;
    Ok(Bench {
        parameters: model.parameters(),
        native: model.native_size(),
        downsampling: model.vae_config.downsampling() as u32,
        schedule: Schedule::new(&config),
        conditioner: model.conditioner,
        unet: model.unet,
    })
}

/// The networks of a family at their published sizes; their parameters are noise.
fn random(family: Family, device: &Device, dtype: DType) -> Result<Bench> {
    let mut source = RandomSource::new(1);
    let mut loader = Loader::new(&mut source, device, dtype);
    let clip = |part| published::<ClipTextConfig>(family, part);
    let conditioner = match family {
        Family::Sd1 | Family::Sd2 => {
            let model = ClipTextModel::load(&mut loader, &clip("text_encoder")?)?;
            Conditioner::single(TextEncoder::Clip(model))
        }
        Family::Sdxl => {
            let first = ClipTextModel::load(&mut loader, &clip("text_encoder")?)?;
            let second = ClipTextModel::load_projecting(&mut loader, &clip("text_encoder_2")?)?;
            Conditioner::pair(first, second, true)
        }
        Family::Ldm => {
            let model = LdmBertModel::load(&mut loader, &published(family, "text_encoder")?)?;
            Conditioner::single(TextEncoder::Bert(model))
        }
    };
    let config: UNetConfig = published(family, "unet")?;
    let unet = UNet2dConditionModel::load(&mut loader, &config)?;
    let prediction =
        if family == Family::Sd2 { PredictionType::VPrediction } else { PredictionType::Epsilon };
    Ok(Bench {
        parameters: conditioner.parameters() + unet.num_params(),
        native: config.side() as u32 * 8,
        downsampling: 8,
        schedule: Schedule::new(&SchedulerConfig::stable_diffusion(prediction)),
        conditioner,
        unet,
    })
}

fn published<C: PartConfig>(family: Family, part: &str) -> Result<C> {
    C::read(published_config(family, part)?, Path::new(part))
}

impl Bench {
    /// A batch of noise with the word once in every sentence, and a word to start from.
    fn batch(&self, size: u32, rows: usize) -> (Batch, Vectors) {
        let side = (size / self.downsampling) as usize;
        let channels = self.unet.config.in_channels;
        let len = rows * channels * side * side;
        let encoders = &self.conditioner.encoders;
        let ids: Vec<u32> = encoders
            .iter()
            .flat_map(|encoder| {
                let (words, window) = (encoder.vocabulary().size() as u32, encoder.positions());
                let word = move |i: u32| if i as usize == 5 % window { words } else { (i * 37) % words };
                (0..window as u32).map(word)
            })
            .collect();
        let timesteps =
            (0..rows).map(|row| (row * 331 + 500) % self.schedule.num_train_timesteps()).collect();
        let batch = Batch {
            ids: vec![ids; rows],
            clean: Noise::new(0).normal(0, len),
            noise: Noise::new(0).normal(1, len),
            timesteps,
            weight: None,
            latent: [channels, side, side],
        };
        let start: Vec<_> = encoders.iter().map(|encoder| (encoder.vocabulary(), [0].as_slice())).collect();
        (batch, Vectors::from_tokens(&start, 1))
    }

    /// One call of the U-Net on two rows, read back.
    fn sample_step(&self, batch: &Batch, vectors: &Vectors, size: u32) -> Result<()> {
        let device = self.conditioner.device();
        let learned = vectors.to_tensor(&device);
        let ids = vec![batch.ids[0].clone(); 2];
        let given = self.conditioner.encode(&ids, Some(&learned), 1, [size; 2]);
        let [channels, height, width] = batch.latent;
        let one = &batch.noise[..channels * height * width];
        let input = TensorData::new(one.repeat(2), [2, channels, height, width]);
        let input = Tensor::<4>::from_data(input, &device).cast(self.unet.dtype);
        read(self.unet.forward(input, &[500.0; 2], &given)).map(|_| ())
    }
}

/// What it takes to open a model; the figures hold for a process that has done nothing else.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OpenReport {
    /// The model.
    pub path: PathBuf,
    /// Its family.
    pub family: Family,
    /// Where it was loaded.
    pub device: DeviceInfo,
    /// Number format of the networks.
    pub precision: Precision,
    /// Number of parameters of the text encoders and the U-Net, which are what is loaded at first.
    pub parameters: usize,
    /// Bytes of these parameters as they are kept: the networks in the working precision, the token tables in f32.
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
pub fn run_opening(open: &OpenDevice, path: &Path, precision: Precision) -> Result<OpenReport> {
    guarded(|| measure_opening(open, path, precision))
}

fn measure_opening(open: &OpenDevice, path: &Path, precision: Precision) -> Result<OpenReport> {
    device::check_precision(open, pipeline::dtype(precision))?;
    let memory_before = device::peak_memory();
    let began = Instant::now();
    drop(ModelFiles::open(path)?);
    let recognise_seconds = began.elapsed().as_secs_f64();
    let began = Instant::now();
    let model = Pipeline::open(path, &open.device, precision, &mut |_, _| Ok(()))?;
    open.device.sync().map_err(|error| {
        Error::device(
            format!("The device failed while the model was loaded ({error})"),
            "Choose another one.",
        )
    })?;
    let open_seconds = began.elapsed().as_secs_f64();
    let each = if precision == Precision::F32 { 4 } else { 2 };
    let tables = model.conditioner.table_parameters() as u64;
    let weight_bytes = (model.parameters() as u64 - tables) * each + tables * 4;
    let peak_memory = device::peak_memory();
    let beyond = |peak: u64| i64::try_from(peak).ok()?.checked_sub_unsigned(weight_bytes);
    Ok(OpenReport {
        path: path.to_path_buf(),
        family: model.files.family(),
        device: open.info.clone(),
        precision,
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
