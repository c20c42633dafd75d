//! What is told of a model, of a run and its steps, and of how a job ended.

use std::path::PathBuf;

use serde::Serialize;

use project::comparison::Comparison;
use project::evaluation::EvaluationReport;
use project::invert::InversionReport;
use project::meaning::{BiasReport, Explanation};
use project::verdict::Best;
use project::{Family, LossRow};

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
    #[serde(serialize_with = "base::as_text::path")]
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
    #[serde(serialize_with = "base::as_text::maybe_path")]
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
        #[serde(serialize_with = "base::as_text::path")]
        out: PathBuf,
        /// The exported word.
        #[serde(serialize_with = "base::as_text::path")]
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
    Compared {
        #[serde(serialize_with = "base::as_text::path")]
        out: PathBuf,
        comparison: Comparison,
    },
    /// A picture was inverted, and drawn from its noise.
    Inverted { report: InversionReport, seconds: f64 },
    /// Operations of a device were measured; of so many another way is clearly faster. Seconds of all of them, each once,
    /// in the usual ways and in the fastest.
    Measured {
        #[serde(serialize_with = "base::as_text::path")]
        file: PathBuf,
        operations: usize,
        changed: usize,
        seconds: [f64; 2],
    },
    /// Words were found, the best first.
    Suggested { words: Vec<Suggestion> },
    /// A word was explained; the report is in the folder `out`.
    Explained {
        #[serde(serialize_with = "base::as_text::path")]
        out: PathBuf,
        report: Box<Explanation>,
    },
    /// What pictures of a word show was counted; the report is in the folder `out`.
    Biased {
        #[serde(serialize_with = "base::as_text::path")]
        out: PathBuf,
        report: Box<BiasReport>,
    },
    /// A picture was changed, `count` times; the best first where that was asked for.
    Edited { count: usize, seconds: f64, ranking: Vec<Ranked> },
    /// A word was written.
    Written {
        #[serde(serialize_with = "base::as_text::path")]
        path: PathBuf,
    },
    /// A word was made of others.
    Mixed {
        /// Its file.
        #[serde(serialize_with = "base::as_text::path")]
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
    Tuned {
        step: u64,
        complete: bool,
        #[serde(serialize_with = "base::as_text::path")]
        file: PathBuf,
        mean_loss: Option<f64>,
        seconds: f64,
    },
}
