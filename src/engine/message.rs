//! What the engine can be told and what it says: the waist between the work and whoever watches it.
//!
//! Plain and `Clone`: no tensor and no window type crosses here, so that the window, the command line and the
//! tests are three readers of the same stream. Images cross as `RgbImage`.

mod reports;
mod requests;

use std::path::PathBuf;

use image::RgbImage;
use serde::Serialize;

pub use super::choice::{DeviceChoice, DeviceInfo, GraphicsApi};
use project::Precision;
pub use reports::{JobSummary, ModelInfo, Ranked, RunInfo, StepReport, Suggestion};
pub use requests::{
    BiasRequest, CompareRequest, EditRequest, EvaluateRequest, ExplainRequest, GenerateRequest, GridRequest,
    GridRow, GridSheet, InvertRequest, LearnRequest, LearnStart, MixRequest, SaveRequest, SuggestRequest,
    TuneChanges, TuneRequest, TuneStart,
};

/// Names a job in commands and events; chosen by whoever gives the command.
pub type JobId = u64;

/// Most jobs that may wait: each is its request alone, of a few kilobytes at most.
pub const MOST_WAITING: usize = 1000;

/// What a comparison begins the sentence with that says which of all its points it is at.
pub const COMPARING: &str = "comparing";

/// What the engine can be told.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "`job` names the job, everywhere; the requests say what they are")]
pub enum Command {
    /// Load a model now, so that the next job starts at once.
    OpenModel { job: JobId, model: PathBuf, precision: Precision },
    /// Measure in which ways the device does the steps of a model fastest, and keep that.
    MeasureDevice { job: JobId, model: PathBuf, precision: Precision },
    /// Learn a word, or go on learning it.
    Learn { job: JobId, request: Box<LearnRequest> },
    /// Draw images.
    Generate { job: JobId, request: Box<GenerateRequest> },
    /// Draw many images side by side, that differ by row and by column.
    Grid { job: JobId, request: Box<GridRequest> },
    /// Write a word of a run as a file other programs read.
    Save { job: JobId, request: Box<SaveRequest> },
    /// Make a word of others, and draw with it where that is asked for.
    Mix { job: JobId, request: Box<MixRequest> },
    /// Score a learned word beside its baselines.
    Evaluate { job: JobId, request: Box<EvaluateRequest> },
    /// Learn concepts by several methods and score all, or go on with that.
    Compare { job: JobId, request: Box<CompareRequest> },
    /// Find words that a concept could start out meaning.
    Suggest { job: JobId, request: Box<SuggestRequest> },
    /// Tune a model to a learned word.
    Tune { job: JobId, request: Box<TuneRequest> },
    /// Turn a picture into its noise, and draw from that.
    Invert { job: JobId, request: Box<InvertRequest> },
    /// Say what a word, or a text, means to a model.
    Explain { job: JobId, request: Box<ExplainRequest> },
    /// Count what pictures of a word show, beside those of a known word.
    Bias { job: JobId, request: Box<BiasRequest> },
    /// Change a picture, or a part of it.
    Edit { job: JobId, request: Box<EditRequest> },
    /// Hold a running job after its current step. While a run is held, jobs that wait are done with its model and its
    /// word, if they can be.
    Pause(JobId),
    /// Let it go on.
    Resume(JobId),
    /// End a job. Running, it ends after its current step and keeps what it made; waiting, it ends with
    /// [`Event::Failed`] and the exit code of [`base::Error::Cancelled`]. Once the job has ended, nothing happens.
    Stop(JobId),
    /// Make preview images after the current step of a learning job.
    Preview(JobId),
    /// Leave the image that is being drawn with those drawn together with it, or the measurement, and go on with the next
    /// thing of the same job.
    Skip(JobId),
    /// Let a waiting job change places with the one before it.
    MoveUp(JobId),
    /// Do a waiting job with the model of the word that is being learned, between two of its steps, if it is drawn with
    /// the same one; else it waits on, and that is said. While a run is paused every such job is done so.
    Meanwhile(JobId),
    /// Take every waiting job away; each ends as by [`Self::Stop`].
    ClearQueue,
    /// Begin no other job after the running one, or begin them again.
    HoldQueue(bool),
    /// Say what devices there are.
    ListDevices,
    /// Compute on another device from the next job on, and on the one there is if it cannot be opened.
    UseDevice(DeviceChoice),
    /// Stop the running job, forget those that wait, and end the engine.
    Shutdown,
}

impl Command {
    /// The same job under another name.
    #[must_use]
    pub fn renamed(mut self, name: JobId) -> Self {
        match &mut self {
            Self::OpenModel { job, .. }
            | Self::MeasureDevice { job, .. }
            | Self::Learn { job, .. }
            | Self::Generate { job, .. }
            | Self::Grid { job, .. }
            | Self::Save { job, .. }
            | Self::Mix { job, .. }
            | Self::Evaluate { job, .. }
            | Self::Compare { job, .. }
            | Self::Invert { job, .. }
            | Self::Suggest { job, .. }
            | Self::Tune { job, .. }
            | Self::Explain { job, .. }
            | Self::Bias { job, .. }
            | Self::Edit { job, .. } => *job = name,
            _ => {}
        }
        self
    }
}

/// What the engine says. As JSON it comes without its images.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
#[expect(missing_docs, reason = "`job` is the job the event belongs to, everywhere")]
pub enum Event {
    /// The engine has opened its device, or another one in its place.
    Device { device: DeviceInfo },
    /// What devices there are, the CPU last.
    Devices { devices: Vec<DeviceInfo> },
    /// The jobs that wait, in their order, and whether they are held, after either was changed.
    Queue { waiting: Vec<JobId>, held: bool },
    /// An image of the job, or a point of a comparison, takes so many seconds, as far as can be told by now.
    Pace { job: JobId, seconds: f64 },
    /// A model is being read; `fraction` of all its parts is done.
    Loading { job: JobId, what: String, fraction: f32 },
    /// A model is loaded.
    ModelReady { job: JobId, model: ModelInfo },
    /// Learning begins, or goes on after `step` steps.
    LearnStarted { job: JobId, run: RunInfo },
    /// A learning step is done.
    Step { job: JobId, report: StepReport },
    /// The word that learning step `step` had made was thrown away: what was said of it holds no more.
    Undone { job: JobId, step: u64 },
    /// A preview image of the word after `step` steps.
    Preview {
        job: JobId,
        step: u64,
        prompt: String,
        #[serde(skip)]
        image: RgbImage,
        #[serde(serialize_with = "base::as_text::path")]
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
        #[serde(serialize_with = "base::as_text::maybe_path")]
        path: Option<PathBuf>,
    },
    /// `done` of `of` units of what a job is doing.
    Progress { job: JobId, what: String, done: u64, of: u64 },
    /// The job is held; `reason` is empty if that was asked for.
    Paused { job: JobId, reason: String },
    /// The job goes on.
    Resumed { job: JobId },
    /// The job waits for its turn on another machine: `before` others compute there first.
    Waiting { job: JobId, before: usize },
    /// A file was written.
    Saved {
        job: JobId,
        #[serde(serialize_with = "base::as_text::path")]
        path: PathBuf,
    },
    /// The word was kept as it is after `step` steps: from here a run can go on, and this step can be used.
    Kept { job: JobId, step: u64 },
    /// Something to know; the job goes on.
    Warning { job: JobId, message: String },
    /// The job could not be done. `exit_code` as in [`base::Error::exit_code`].
    Failed { job: JobId, message: String, exit_code: u8 },
    /// The job is done, or was stopped and kept what it made.
    Finished { job: JobId, summary: JobSummary },
}
