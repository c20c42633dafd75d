//! What the engine can be told and what it says: the waist between the work and whoever watches it.
//!
//! Plain and `Clone`: no tensor and no window type crosses here, so that the window, the command line and the
//! tests are three readers of the same stream. Images cross as `RgbImage`.

use std::path::PathBuf;
use std::str::FromStr;

use image::RgbImage;
use serde::de::IntoDeserializer as _;
use serde::{Deserialize, Serialize};

use format::embedding::EmbeddingFormat;
use project::evaluation::{EvaluateSettings, EvaluationReport};
use project::{Concept, Family, GenerateSettings, LearnSettings, Precision};

/// Names a job in commands and events; chosen by whoever gives the command.
pub type JobId = u64;

/// What the engine can be told.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "`job` names the job, everywhere; the requests say what they are")]
pub enum Command {
    /// Load a model now, so that the next job starts at once.
    OpenModel { job: JobId, model: PathBuf, precision: Precision },
    /// Learn a word, or go on learning it.
    Learn { job: JobId, request: Box<LearnRequest> },
    /// Draw images.
    Generate { job: JobId, request: Box<GenerateRequest> },
    /// Write a word of a run as a file other programs read.
    Save { job: JobId, request: Box<SaveRequest> },
    /// Score a learned word beside its baselines.
    Evaluate { job: JobId, request: Box<EvaluateRequest> },
    /// Hold a running job after its current step.
    Pause(JobId),
    /// Let it go on.
    Resume(JobId),
    /// End a job. Running, it ends after its current step and keeps what it made; waiting, it ends with
    /// [`Event::Failed`] and the exit code of [`base::Error::Cancelled`]. Once the job has ended, nothing happens.
    Stop(JobId),
    /// Make preview images after the current step of a learning job.
    Preview(JobId),
    /// Leave the image that is being drawn and go on with the next of the same job.
    Skip(JobId),
    /// Stop the running job, forget those that wait, and end the engine.
    Shutdown,
}

/// A word to learn.
#[derive(Debug, Clone, PartialEq)]
pub struct LearnRequest {
    /// The run folder.
    pub out: PathBuf,
    /// How to begin.
    pub start: LearnStart,
}

/// Beginning a run or going on with one.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the fields are what they are called")]
pub enum LearnStart {
    /// A new run, with `model` on the pictures and folders `images`.
    New { model: PathBuf, images: Vec<PathBuf>, concept: Concept, settings: Box<LearnSettings> },
    /// Go on from the newest checkpoint, up to `steps` in all if given, else as many as the run was begun with.
    Resume { steps: Option<u64> },
}

/// Images to draw.
#[derive(Debug, Clone, PartialEq)]
pub struct GenerateRequest {
    /// The model's folder.
    pub model: PathBuf,
    /// Files of learned words.
    pub words: Vec<PathBuf>,
    /// What and how.
    pub settings: GenerateSettings,
    /// Where to write the images; `None` to only send them.
    pub out: Option<PathBuf>,
}

/// A word to write.
#[derive(Debug, Clone, PartialEq)]
pub struct SaveRequest {
    /// The run folder.
    pub run: PathBuf,
    /// The checkpoint to take; `None` for the newest.
    pub step: Option<u64>,
    /// Layout of the file.
    pub format: EmbeddingFormat,
    /// The file to write.
    pub path: PathBuf,
}

/// A word to score.
#[derive(Debug, Clone, PartialEq)]
pub struct EvaluateRequest {
    /// The model's folder.
    pub model: PathBuf,
    /// The file of the learned word.
    pub word: PathBuf,
    /// The images it was learned from: files and folders.
    pub images: Vec<PathBuf>,
    /// The folder of the CLIP that judges.
    pub clip: PathBuf,
    /// What is drawn for it.
    pub settings: EvaluateSettings,
}

/// What the engine says. As JSON it comes without its images.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
#[expect(missing_docs, reason = "`job` is the job the event belongs to, everywhere")]
pub enum Event {
    /// The engine has opened its device.
    Device { device: DeviceInfo },
    /// A model is being read; `fraction` of it is done.
    Loading { job: JobId, what: String, fraction: f32 },
    /// A model is loaded.
    ModelReady { job: JobId, model: ModelInfo },
    /// Learning begins, or goes on after `step` steps.
    LearnStarted { job: JobId, run: RunInfo },
    /// A learning step is done.
    Step { job: JobId, report: StepReport },
    /// A preview image of the word after `step` steps.
    Preview {
        job: JobId,
        step: u64,
        prompt: String,
        #[serde(skip)]
        image: RgbImage,
        path: PathBuf,
    },
    /// A rough view of image `index` while it is drawn, one pixel per latent.
    Latents {
        job: JobId,
        index: usize,
        step: usize,
        steps: usize,
        #[serde(skip)]
        image: RgbImage,
    },
    /// Image `index` is drawn.
    Image {
        job: JobId,
        index: usize,
        seed: u64,
        #[serde(skip)]
        image: RgbImage,
        path: Option<PathBuf>,
    },
    /// `done` of `of` units of what a job is doing.
    Progress { job: JobId, what: String, done: u64, of: u64 },
    /// The job is held; `reason` is empty if that was asked for.
    Paused { job: JobId, reason: String },
    /// The job goes on.
    Resumed { job: JobId },
    /// A file was written.
    Saved { job: JobId, path: PathBuf },
    /// The word was kept as it is after `step` steps: from here a run can go on, and this step can be used.
    Kept { job: JobId, step: u64 },
    /// Something to know; the job goes on.
    Warning { job: JobId, message: String },
    /// The job could not be done. `exit_code` as in [`base::Error::exit_code`].
    Failed { job: JobId, message: String, exit_code: u8 },
    /// The job is done, or was stopped and kept what it made.
    Finished { job: JobId, summary: JobSummary },
}

/// What was asked of the device choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeviceChoice {
    /// The best real GPU, else the CPU.
    #[default]
    Auto,
    /// A GPU through Vulkan (Linux, Windows).
    Vulkan,
    /// A GPU through Metal (macOS).
    Metal,
    /// A GPU through Direct3D 12 (Windows).
    Dx12,
    /// Any adapter through OpenGL, software ones included: slow, for testing.
    Gl,
    /// The CPU, with burn's `flex` backend.
    Cpu,
}

impl FromStr for DeviceChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::deserialize(text.into_deserializer()).map_err(|_: serde::de::value::Error| {
            format!("{text} is no device; choose auto, vulkan, metal, dx12, gl or cpu")
        })
    }
}

/// One adapter, or the CPU, as the system describes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceInfo {
    /// "NVIDIA H100", "llvmpipe (LLVM 19, 256 bits)", "AMD EPYC" ...
    pub name: String,
    /// `vulkan`, `metal`, `dx12`, `gl` or `cpu`.
    pub api: String,
    /// "discrete GPU", "integrated GPU", "virtual GPU", "software", "GPU" or "processor".
    pub kind: String,
    /// Driver and its version, where known.
    pub driver: String,
    /// Whether this is a graphics driver that runs on the CPU.
    pub software: bool,
    /// Memory in bytes, where the system tells: the computer's for the CPU and for GPUs that share it.
    pub memory: Option<u64>,
}

/// A loaded model.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ModelInfo {
    /// The folder's name.
    pub name: String,
    /// Number of parameters of the text encoders and the U-Net.
    pub parameters: usize,
    /// The side in pixels it was made for.
    pub size: u32,
    /// Its family.
    pub family: Family,
    /// Width of a word's vector, in all text encoders together.
    pub width: usize,
}

/// A run about to learn.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunInfo {
    /// The run folder.
    pub out: PathBuf,
    /// The word.
    pub word: String,
    /// Its vectors.
    pub vectors: usize,
    /// Tokens the initial word is for this model.
    pub initial_tokens: Vec<String>,
    /// Images that take part.
    pub pictures: usize,
    /// Steps done before.
    pub step: u64,
    /// Steps in all.
    pub steps: u64,
    /// Usual vector lengths of the vocabulary: 1 % are shorter, the median, 1 % are longer.
    pub norms: [f64; 3],
}

/// One learning step.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StepReport {
    /// Which step, from 1.
    pub step: u64,
    /// Steps in all.
    pub steps: u64,
    /// Loss of the step; noisy.
    pub loss: f64,
    /// Exponential mean of the loss.
    pub mean_loss: f64,
    /// Loss on the batches of fixed noise, on the steps where it is measured.
    #[serde(rename = "held_out")]
    pub fixed_noise_loss: Option<f64>,
    /// Learning rate.
    #[serde(rename = "rate")]
    pub lr: f64,
    /// Mean length of the word's vectors.
    pub norm: f64,
    /// Cosine to what the word started as, 1 for the same direction.
    pub cosine: f64,
    /// Length of the gradient before clipping.
    pub gradient_norm: f64,
    /// Duration in seconds.
    pub seconds: f64,
    /// The vocabulary's closest words with their cosine, on the steps where the fixed-noise loss is measured.
    pub nearest: Vec<(String, f32)>,
}

/// How a job ended.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "job", rename_all = "kebab-case")]
#[expect(missing_docs, reason = "what only says its name is not explained")]
pub enum JobSummary {
    /// A model was opened.
    Opened,
    /// A word was learned.
    Learned {
        /// Steps done.
        step: u64,
        /// Whether that is all of them.
        complete: bool,
        /// The run folder.
        out: PathBuf,
        /// The exported word.
        word: PathBuf,
        /// Fixed-noise loss at the start and at the end, where measured.
        #[serde(rename = "held_out")]
        fixed_noise_loss: Option<[f64; 2]>,
        /// Seconds spent on steps in this session.
        seconds: f64,
        /// Largest memory of the process in bytes, where the system tells.
        peak_memory: Option<u64>,
    },
    /// Images were drawn.
    Generated { count: usize, seconds: f64 },
    /// A word was scored.
    Evaluated { report: EvaluationReport },
    /// A word was written.
    Written { path: PathBuf },
}
