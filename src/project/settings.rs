//! Every knob of learning as one documented field; the comment on a field is what the window shows beside it.
//!
//! Two presets: the paper's recipe to the letter, and the one to use. Values out of range are refused here,
//! with the name of the field, before a model is loaded.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::choice::choice;
use super::concept::ConceptKind;
use super::files::{read_toml, write_toml};
use super::generate::PreviewSettings;
use super::rate::{AdamW, LearningRate};
use super::template::TemplateSet;
use base::{Error, FileKind, Result};

/// Largest seed: the largest whole number a TOML file can hold.
pub const MAX_SEED: u64 = i64::MAX as u64;
/// Largest clip skip: the number of layers of the smallest published text encoder.
pub const MAX_CLIP_SKIP: usize = 12;
/// Most vectors for one word: a prompt has room for 75.
pub const MAX_VECTORS: usize = 16;

choice! {
    /// A complete recipe to start from.
    pub enum Preset as "preset" {
        /// Exactly the published method (arXiv 2208.01618, section 4): 5000 steps, about an hour on a good
        /// card.
        Paper = "paper",
        /// The recommended recipe: fewer steps, a rate that falls, and a word that stays easy to combine with
        /// others.
        Default = "default",
    }
}

choice! {
    /// Number format of the frozen networks. The word itself is always learned in f32.
    pub enum Precision as "precision" {
        /// 32 bits: exact, works everywhere.
        F32 = "f32",
        /// 16 bits: half the memory and faster on nearly every graphics card.
        F16 = "f16",
        /// 16 bits with a wider range: for cards that know it; never overflows where f16 might.
        Bf16 = "bf16",
    }
}

/// Where the training sentences come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TemplateSource {
    /// The published list for the kind of word.
    Builtin,
    /// A text file of your own; see [`TemplateSet::from_file`].
    File(PathBuf),
}

/// Everything that can be chosen about learning a word. A field that a file leaves out has the value of
/// [`Preset::Default`] for an object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LearnSettings {
    /// The recipe these settings started from. It changes nothing by itself. Default: default.
    pub preset: Preset,
    /// How many times the word is improved, 1 to 1000000. Default: 1000; the paper: 5000.
    pub steps: u64,
    /// How many pictures are looked at together, 1 to 64; each costs memory. Default: 1, to fit small cards;
    /// the paper: 4.
    pub batch_size: usize,
    /// How many such groups make one step, 1 to 256: steadier, takes longer, costs no memory. Default: 4,
    /// which makes each step see four pictures as in the paper; the paper: 1.
    pub gradient_accumulation: usize,
    /// How many vectors the word has, 1 to 16. More remember more detail and obey prompts less. Default: as
    /// many as the initial word has tokens.
    pub vectors: Option<usize>,
    /// Where chance starts, 0 to 9223372036854775807. Another seed can give a better word. Default: 0.
    pub seed: u64,
    /// How fast the word changes. Default: from 0.005 down to 0.0005 along a cosine; the paper: 0.02
    /// throughout.
    pub learning_rate: LearningRate,
    /// Settings of the optimiser. Default: AdamW without weight decay.
    pub adamw: AdamW,
    /// Longest gradient that is used as it is, above 0 to 1000000; a longer one is shortened to it. 1 is
    /// usual. Default: no limit.
    pub gradient_clip: Option<f64>,
    /// After each step the length of each vector moves by this part of the way to the length usual in the
    /// vocabulary, 0 (off) to 1 (all the way). It keeps the word combinable. Default: 0.1; the paper: 0.
    pub norm_pull: f64,
    /// The sentences the word is learned in: the published list, or a file of your own. Default: builtin.
    pub templates: TemplateSource,
    /// End the published sentences with a full stop, as the paper does. Default: off.
    pub full_stop: bool,
    /// Use the text file beside a picture, or the caption you typed, in place of the sentences. Default: off.
    pub use_captions: bool,
    /// Show each picture mirrored half of the time. Turn it off for writing, logos and lopsided faces.
    /// Default: on.
    pub flip: bool,
    /// From which noise level (included) up to which (left out) to learn, between 0 and 1000. Low levels hold
    /// detail, high ones composition. Default: all.
    pub timesteps: [u32; 2],
    /// Width and height in pixels to learn at, a multiple of 8 from 8 to 4096. Default: the model's own.
    pub resolution: Option<u32>,
    /// Learn only what a mask, or the transparency of a picture, leaves white. Default: on.
    pub use_masks: bool,
    /// Number format of the frozen networks. Default: f32.
    pub precision: Precision,
    /// Which layer of the text encoder is used, counted from the last, 1 to 12: 1 is the last, 2 is "clip
    /// skip 2". Default: 1.
    pub clip_skip: usize,
    /// Save a checkpoint every so many steps, 1 to 1000000. Default: 50.
    pub checkpoint_every: u64,
    /// Make preview pictures every so many steps, 0 (never) to 1000000. Default: 200.
    pub preview_every: u64,
    /// Measure the held-out loss every so many steps, 0 (never) to 1000000. Default: 100.
    pub held_out_every: u64,
    /// How many fixed (picture, noise, sentence) examples the held-out loss is measured on, 1 to 1024.
    /// Default: 16.
    pub held_out_size: usize,
    /// How calm the curve of the mean loss is: the part of the old mean kept in each step, 0 to 0.9999.
    /// Default: 0.98.
    pub smoothing: f64,
    /// The pictures made while learning.
    pub preview: PreviewSettings,
}

impl Default for LearnSettings {
    fn default() -> Self {
        Self::preset(Preset::Default, ConceptKind::Object)
    }
}

impl LearnSettings {
    /// A complete recipe.
    ///
    /// `Paper`: arXiv 2208.01618 section 4 and the configuration released with it: base rate 5e-3 times a
    /// batch of 4, constant, `torch.optim.AdamW` with its own defaults (so weight decay 0.01), 5000 steps, no
    /// clipping, sentences with a full stop, mirrored half of the time, every timestep. `Default`: a falling
    /// rate and a soft pull of the norm (of the order used by diffusers' advanced scripts), because a word
    /// whose norm leaves the vocabulary's range drowns the rest of the prompt.
    pub fn preset(preset: Preset, kind: ConceptKind) -> Self {
        let default = Self {
            preset: Preset::Default,
            steps: 1000,
            batch_size: 1,
            gradient_accumulation: 4,
            vectors: None,
            seed: 0,
            learning_rate: LearningRate::Cosine { start: 5e-3, end: 5e-4 },
            adamw: AdamW::default(),
            gradient_clip: None,
            norm_pull: 0.1,
            templates: TemplateSource::Builtin,
            full_stop: false,
            use_captions: false,
            flip: true,
            timesteps: [0, 1000],
            resolution: None,
            use_masks: true,
            precision: Precision::F32,
            clip_skip: 1,
            checkpoint_every: 50,
            preview_every: 200,
            held_out_every: 100,
            held_out_size: 16,
            smoothing: 0.98,
            preview: PreviewSettings::new(kind),
        };
        match preset {
            Preset::Default => default,
            Preset::Paper => Self {
                preset: Preset::Paper,
                steps: 5000,
                batch_size: 4,
                gradient_accumulation: 1,
                vectors: Some(1),
                learning_rate: LearningRate::Constant { rate: 0.02 },
                adamw: AdamW { weight_decay: 1e-2, ..AdamW::default() },
                gradient_clip: None,
                norm_pull: 0.0,
                full_stop: true,
                use_masks: false,
                preview_every: 500,
                ..default
            },
        }
    }

    /// Checks every range, and the text of the learning rate.
    ///
    /// # Errors
    /// [`Error::Input`] naming the field and its range.
    pub fn validate(&self) -> Result<()> {
        const MANY: u64 = 1_000_000;
        within("steps", self.steps, 1, MANY)?;
        within("batch_size", self.batch_size, 1, 64)?;
        within("gradient_accumulation", self.gradient_accumulation, 1, 256)?;
        within("vectors", self.vectors.unwrap_or(1), 1, MAX_VECTORS)?;
        within("seed", self.seed, 0, MAX_SEED)?;
        self.learning_rate.parse()?;
        self.adamw.validate()?;
        within("gradient_clip", self.gradient_clip.unwrap_or(1.0), f64::MIN_POSITIVE, 1e6)?;
        within("norm_pull", self.norm_pull, 0.0, 1.0)?;
        let [first, end] = self.timesteps;
        if !(first < end && end <= 1000) {
            return Err(Error::input(
                format!("timesteps is [{first}, {end}]"),
                "Choose two numbers from 0 to 1000, the smaller one first.",
            ));
        }
        side("resolution", self.resolution)?;
        within("clip_skip", self.clip_skip, 1, MAX_CLIP_SKIP)?;
        within("checkpoint_every", self.checkpoint_every, 1, MANY)?;
        within("preview_every", self.preview_every, 0, MANY)?;
        within("held_out_every", self.held_out_every, 0, MANY)?;
        within("held_out_size", self.held_out_size, 1, 1024)?;
        within("smoothing", self.smoothing, 0.0, 0.9999)?;
        self.preview.validate()?;
        Ok(())
    }

    /// The sentences to learn from.
    ///
    /// # Errors
    /// As [`TemplateSet::from_file`].
    pub fn template_set(&self, kind: ConceptKind) -> Result<TemplateSet> {
        match &self.templates {
            TemplateSource::Builtin => Ok(TemplateSet::builtin(kind, self.full_stop)),
            TemplateSource::File(path) => TemplateSet::from_file(path),
        }
    }

    /// Reads settings from a TOML file and checks them.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::File`] naming the faulty line, or as [`validate`](Self::validate).
    pub fn load(path: &Path) -> Result<Self> {
        let settings: Self = read_toml(FileKind::Settings, path)?;
        settings.validate()?;
        Ok(settings)
    }

    /// Writes the settings as TOML, atomically.
    ///
    /// # Errors
    /// [`Error::Io`] if the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        write_toml(FileKind::Settings, path, self)
    }
}

/// Refuses a value outside `min..=max`; not-a-number is outside of everything.
pub(super) fn within<T: PartialOrd + Display>(field: &str, value: T, min: T, max: T) -> Result<()> {
    if min <= value && value <= max {
        return Ok(());
    }
    Err(Error::input(format!("{field} is {value}"), format!("Choose a value from {min} to {max}.")))
}

/// Refuses a picture side that is not a multiple of 8 (the size of a latent cell) from 8 to 4096.
pub(super) fn side(field: &str, value: Option<u32>) -> Result<()> {
    match value {
        Some(value) if !(8..=4096).contains(&value) || value % 8 != 0 => Err(Error::input(
            format!("{field} is {value}"),
            "Choose a multiple of 8 from 8 to 4096, for example 512.",
        )),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
