//! What the engine can be told and what it says: the waist between the work and whoever watches it.
//!
//! Plain and `Clone`: no tensor and no window type crosses here, so that the window, the command line and the
//! tests are three readers of the same stream. Images cross as `RgbImage`. The length is that of the list
//! of what can be said.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use image::RgbImage;
use serde::Serialize;

pub use super::choice::{DeviceChoice, DeviceInfo, GraphicsApi};
use format::embedding::EmbeddingFormat;
use project::comparison::{Comparison, Plan};
use project::evaluation::{EvaluateSettings, EvaluationReport};
use project::grid::GridDocument;
use project::invert::{InversionReport, InvertSettings};
use project::meaning::{BiasReport, Explanation, LookSettings};
use project::mix::MixSettings;
use project::verdict::Best;
use project::{
    Concept, ConceptKind, Continuation, EditSettings, Family, GenerateSettings, LearnSettings, LossRow,
    Permission, Precision, TuneSettings,
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

/// A word to learn.
#[derive(Debug, Clone, PartialEq)]
pub struct LearnRequest {
    /// The run folder.
    pub out: PathBuf,
    /// How to begin.
    pub start: LearnStart,
}

impl LearnRequest {
    /// What goes on with a run that a device's absence ended: from its newest checkpoint, or from its beginning if it had not
    /// come so far.
    #[must_use]
    pub fn gone_on(self) -> Self {
        match self.out.join(project::run::MANIFEST).is_file() {
            true => Self { start: LearnStart::Resume(Box::default()), ..self },
            false => self,
        }
    }
}

/// Beginning a run or going on with one.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the fields are what they are called")]
pub enum LearnStart {
    /// A new run, with `model` on the pictures and folders `images`, of which `permission` is said.
    New {
        model: PathBuf,
        images: Vec<PathBuf>,
        concept: Concept,
        settings: Box<LearnSettings>,
        permission: Box<Permission>,
    },
    /// Go on from the newest checkpoint, with what is asked for as far as a run can change.
    Resume(Box<Continuation>),
}

/// Images to draw.
#[derive(Debug, Clone, PartialEq)]
pub struct GenerateRequest {
    /// The model's folder.
    pub model: PathBuf,
    /// Files of learned words.
    pub words: Vec<PathBuf>,
    /// Files of words, each with the names of its word, that are read only if a prompt names them once what it leaves to
    /// chance has been drawn.
    pub offered: Arc<[(PathBuf, Vec<String>)]>,
    /// What and how.
    pub settings: GenerateSettings,
    /// Where to write the images; `None` to only send them.
    pub out: Option<PathBuf>,
}

/// Rows of images to draw one after another.
#[derive(Debug, Clone, PartialEq)]
pub struct GridRequest {
    /// From the first down; each has as many images as its `draw` asks for.
    pub rows: Vec<GridRow>,
    /// So many of its images, counted row by row, are drawn already.
    pub drawn: usize,
    /// What is written of the whole once it is drawn.
    pub sheet: Option<Box<GridSheet>>,
}

/// The picture of a whole grid with its sides lettered, and the file that draws it again.
#[derive(Debug, Clone, PartialEq)]
pub struct GridSheet {
    /// What it was drawn with.
    pub document: GridDocument,
    /// The files of images that were drawn before, by their place.
    pub files: BTreeMap<usize, PathBuf>,
}

/// A row of a grid.
#[derive(Debug, Clone, PartialEq)]
pub struct GridRow {
    /// A word to take from a run before.
    pub save: Option<SaveRequest>,
    /// What to draw.
    pub draw: GenerateRequest,
}

/// A word to write.
#[derive(Debug, Clone, PartialEq)]
pub struct SaveRequest {
    /// The run folder.
    pub run: PathBuf,
    /// The checkpoint to take; `None` for the one that the run kept as its best, else the newest.
    pub step: Option<u64>,
    /// How much of what was learned is kept: 1 is all of it, 0 what the word began as.
    pub likeness: f64,
    /// Layout of the file.
    pub format: EmbeddingFormat,
    /// The file to write.
    pub path: PathBuf,
    /// Whether a readable receipt is written beside it.
    pub receipt: bool,
}

/// A word to make of others.
#[derive(Debug, Clone, PartialEq)]
pub struct MixRequest {
    /// What is mixed, and how.
    pub settings: MixSettings,
    /// What the new word is called.
    pub word: String,
    /// The model that says what sentences are and how long words usually are; where one is given, it has to take the word.
    pub model: Option<PathBuf>,
    /// Layout of the file.
    pub format: EmbeddingFormat,
    /// The file to write.
    pub path: PathBuf,
    /// What to draw once it is there.
    pub draw: Option<GenerateRequest>,
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

/// Methods to compare.
#[derive(Debug, Clone, PartialEq)]
pub struct CompareRequest {
    /// The folder of the comparison; what it holds already is not done again.
    pub out: PathBuf,
    /// What is compared, and how.
    pub plan: Plan,
}

/// Pictures to find words for.
#[derive(Debug, Clone, PartialEq)]
pub struct SuggestRequest {
    /// The model whose vocabulary has the words.
    pub model: PathBuf,
    /// The pictures: files and folders.
    pub images: Vec<PathBuf>,
    /// The folder of the CLIP that looks at them.
    pub clip: PathBuf,
    /// Whether they show a thing or a style.
    pub kind: ConceptKind,
    /// Whether only what was painted on them counts.
    pub use_masks: bool,
}

/// A model to tune to a word.
#[derive(Debug, Clone, PartialEq)]
pub struct TuneRequest {
    /// The folder of the tuning.
    pub out: PathBuf,
    /// How to begin.
    pub start: TuneStart,
}

/// Beginning a tuning or going on with one.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the fields are what they are called")]
pub enum TuneStart {
    /// A new one, of `model` with the word of the file `word`, on the pictures and folders `images`.
    New { model: PathBuf, word: PathBuf, images: Vec<PathBuf>, settings: Box<TuneSettings> },
    /// Go on from the newest checkpoint, up to so many steps and with this reason for marked pictures, if they are given.
    Resume { steps: Option<u64>, despite_mark: Option<String> },
}

/// A picture to invert.
#[derive(Debug, Clone, PartialEq)]
pub struct InvertRequest {
    /// The model's folder.
    pub model: PathBuf,
    /// The picture.
    pub image: PathBuf,
    /// Files of learned words.
    pub words: Vec<PathBuf>,
    /// What it shows, how it is inverted, and what else is drawn.
    pub settings: InvertSettings,
    /// The folder for the pictures and the report.
    pub out: PathBuf,
}

/// A word or a text to explain; one of both at least.
#[derive(Debug, Clone, PartialEq)]
pub struct ExplainRequest {
    /// The model's folder.
    pub model: PathBuf,
    /// The file of the learned word.
    pub word: Option<PathBuf>,
    /// The file of another word, towards which pictures are drawn.
    pub against: Option<PathBuf>,
    /// A text that is no word.
    pub gibberish: Option<String>,
    /// The sentence to draw them in; `{}` stands for each.
    pub prompt: String,
    /// The folder of the CLIP that scores, if there is one.
    pub clip: Option<PathBuf>,
    /// How pictures are drawn.
    pub settings: LookSettings,
    /// The folder to write into; where it holds a report already, the next of its name.
    pub out: PathBuf,
}

/// A word whose pictures are counted.
#[derive(Debug, Clone, PartialEq)]
pub struct BiasRequest {
    /// The model's folder.
    pub model: PathBuf,
    /// The file of the learned word.
    pub word: PathBuf,
    /// The word beside it; `None` for what it started as.
    pub known: Option<String>,
    /// The sentence to draw both in; `{}` stands for each.
    pub prompt: String,
    /// Groups of attributes of which a picture shows one; empty for the colours of the starter model.
    pub attributes: Vec<Vec<String>>,
    /// The pictures the word was learned from: files and folders; empty for those of its run.
    pub images: Vec<PathBuf>,
    /// The folder of the CLIP that counts.
    pub clip: PathBuf,
    /// How pictures are drawn.
    pub settings: LookSettings,
    /// The folder to write into; where it holds a report already, the next of its name.
    pub out: PathBuf,
}

/// A picture to change.
#[derive(Debug, Clone, PartialEq)]
pub struct EditRequest {
    /// The model, the words, what to draw and where to write it. Sides that are left open follow from the picture.
    pub draw: GenerateRequest,
    /// The picture.
    pub image: PathBuf,
    /// A picture that is white where something new belongs; without one, and without a larger picture, all may change.
    pub mask: Option<PathBuf>,
    /// How.
    pub edit: EditSettings,
    /// The folder of a CLIP that says which of several pictures shows best what was asked for.
    pub clip: Option<PathBuf>,
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
    /// The job waits for its turn on another machine: `before` others compute there first.
    Waiting { job: JobId, before: usize },
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
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
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
    /// Bytes that a step takes, reckoned beforehand, part by part.
    pub memory: Vec<(String, u64)>,
    /// Whether memory is spared: one segment of the network at a time.
    pub low_memory: bool,
}

/// One learning step.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
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
    #[serde(rename = "fixed_noise")]
    pub fixed_noise_loss: Option<f64>,
    /// Loss on what is kept out of learning, on the steps where it is measured.
    #[serde(rename = "held_out")]
    pub held_out_loss: Option<f64>,
    /// Likeness of drawn pictures to those learned from, by CLIP, on the steps where they are judged.
    pub image_score: Option<f64>,
    /// Their obedience to other prompts.
    pub text_score: Option<f64>,
    /// By how much they are more alike to what is around the thing than to the thing.
    pub background_score: Option<f64>,
    /// By how much closer they are to their own prompts than to each other's.
    pub prompt_effect: Option<f64>,
    /// The step that made the best word so far, where that was judged.
    pub best: Option<Best>,
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

impl StepReport {
    /// The line of the run's curve for it.
    pub fn row(&self) -> LossRow {
        LossRow {
            step: self.step,
            loss: self.loss,
            mean_loss: self.mean_loss,
            fixed_noise_loss: self.fixed_noise_loss,
            held_out_loss: self.held_out_loss,
            image_score: self.image_score,
            text_score: self.text_score,
            background_score: self.background_score,
            prompt_effect: self.prompt_effect,
            rate: self.lr,
            norm: self.norm,
            cosine_to_initial: self.cosine,
            grad_norm: self.gradient_norm,
            seconds: self.seconds,
        }
    }
}

/// A word that pictures could be called by.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Suggestion {
    /// The word.
    pub word: String,
    /// Cosine of its sentence to the mean of the pictures.
    pub score: f32,
}

/// How well an edited picture shows what was asked for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ranked {
    /// Which image of the job.
    pub index: usize,
    /// Where it was written.
    pub path: Option<PathBuf>,
    /// Cosine of what is new in it to the prompt, by CLIP.
    pub score: f32,
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
        /// Fixed-noise loss of what the word started as, and of the word as it is, where both were measured.
        #[serde(rename = "fixed_noise")]
        fixed_noise_loss: Option<[f64; 2]>,
        /// The step whose word is kept as the run's, where it is not the last, and why.
        kept: Option<(u64, String)>,
        /// Why it ended before its last step, if it did by itself.
        stopped: Option<String>,
        /// Seconds spent on steps in this session.
        seconds: f64,
        /// Largest memory of the process in bytes, where the system tells.
        peak_memory: Option<u64>,
        /// Bytes that a step was to take, reckoned beforehand.
        estimated_memory: u64,
        /// Bytes that were taken on the device, where it tells; on the processor those of the process.
        used_memory: Option<u64>,
    },
    /// Images were drawn.
    Generated { count: usize, seconds: f64 },
    /// A word was scored.
    Evaluated { report: EvaluationReport },
    /// Methods were compared, as `compare.json` in the folder says.
    Compared { out: PathBuf, comparison: Comparison },
    /// A picture was inverted, and drawn from its noise.
    Inverted { report: InversionReport, seconds: f64 },
    /// Operations of a device were measured; of so many another way is clearly faster. Seconds of all of them, each once,
    /// in the usual ways and in the fastest.
    Measured { file: PathBuf, operations: usize, changed: usize, seconds: [f64; 2] },
    /// Words were found, the best first.
    Suggested { words: Vec<Suggestion> },
    /// A word was explained; the report is in the folder `out`.
    Explained { out: PathBuf, report: Box<Explanation> },
    /// What pictures of a word show was counted; the report is in the folder `out`.
    Biased { out: PathBuf, report: Box<BiasReport> },
    /// A picture was changed, `count` times; the best first where that was asked for.
    Edited { count: usize, seconds: f64, ranking: Vec<Ranked> },
    /// A word was written.
    Written { path: PathBuf },
    /// A word was made of others.
    Mixed {
        /// Its file.
        path: PathBuf,
        /// What it is called.
        word: String,
        /// The recipe in a line.
        recipe: String,
        /// Its vectors.
        vectors: usize,
        /// Their mean length in each text encoder.
        lengths: Vec<f64>,
        /// How long the model's own words are on average, in each text encoder; empty without a model.
        usual: Vec<f64>,
    },
    /// A model was tuned: steps done, whether these are all, the LoRA, the exponential mean of the loss.
    Tuned { step: u64, complete: bool, file: PathBuf, mean_loss: Option<f64>, seconds: f64 },
}
