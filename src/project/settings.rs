//! Every knob of learning, written once: a field is the key of the settings file and the option of the command line,
//! and the first paragraph of its comment is what `--help` and the window say of it.
//!
//! The presets: the paper's recipe, its two other rates, and the one to use. Values out of range are refused here,
//! with the name of the field, before a model is loaded. The length is that of the fields and their texts.

use std::path::{Path, PathBuf};

use clap::ArgAction;
use clap::builder::{PathBufValueParser, TypedValueParser as _};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::concept::ConceptKind;
use super::files::read_toml;
use super::generate::PreviewSettings;
use super::going_on;
use super::low_memory::LowMemory;
use super::lr::{AdamW, LearningRate};
use super::method::{LossWeighting, Method, Optimizer, TimestepSampling};
use super::method_settings::MethodSettings;
use super::named_enum::named_enum;
use super::numbers::{NumberFormat, Precision, WeightFormat};
use super::options::{self, above_zero, pair, read_seed, side, within};
use super::refinements::Refinements;
use super::template::TemplateSet;
use super::word_start::WordStart;
use base::{Error, FileKind, Result, with_defaults};

/// Largest seed: the largest whole number a TOML file can hold.
pub const MAX_SEED: u64 = i64::MAX as u64;
/// Largest clip skip: the number of layers of the smallest published text encoder.
pub const MAX_CLIP_SKIP: usize = 12;
/// Most vectors for one word: a prompt has room for 75.
pub const MAX_VECTORS: usize = 16;

/// Rates of the turning movement in radians and the steps up to which they hold.
const TURNING: &str = "0.2:15, 0.1:40, 0.03:120, 0.01";
/// The rate of the free movement at first, as a part of the [spread](LearnSettings::USUAL_SPREAD) of the vocabulary: what
/// the paper's 0.02 is on the starter model, and people's 0.005 on Stable Diffusion 1.
const QUICK: f64 = 0.35;
/// The paper's rate, which none that is chosen here is above.
const PUBLISHED: f64 = 0.02;

named_enum! {
    /// A complete recipe to start from.
    pub enum Preset as "preset" {
        /// The published method (arXiv 2208.01618, section 4): 5000 steps, about an hour on a good
        /// card.
        Paper = "paper" as "as published",
        /// The published method with four times its rate: nearer to the pictures, harder to combine (High-LR in figure 10).
        PaperHigh = "paper-high" as "published, high rate",
        /// The published method with a fiftieth of its rate: easier to combine, less like the pictures (Low-LR).
        PaperLow = "paper-low" as "published, low rate",
        /// The recommended recipe: fewer steps, a rate that falls, and a word that stays easy to combine with
        /// others.
        Default = "default" as "recommended",
    }
}

/// Where the training sentences come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TemplateSource {
    /// The published list for the kind of word.
    #[serde(alias = "Builtin")]
    Builtin,
    /// A text file of your own; see [`TemplateSet::from_file`].
    #[serde(alias = "File")]
    File(PathBuf),
}

with_defaults! {
    /// Everything that can be chosen about learning a word. A field that a file leaves out has the value of
    /// [`Preset::Default`] for an object; but what did not exist when runs and concepts of earlier versions were written is as
    /// it was then.
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, clap::Args)]
    #[serde(default, deny_unknown_fields)]
    pub struct LearnSettings {
        /// The recipe these settings started from. It changes nothing by itself.
        #[arg(skip = Preset::Default)]
        pub preset: Preset = Preset::Default,
        /// How many times the word is improved. More takes longer and comes closer to your pictures; far too many, and
        /// it draws your pictures again whatever else you ask for.
        ///
        /// 1 to 1000000. Default: 400, fewer where it stops by itself; the paper: 5000.
        #[arg(long)]
        pub steps: u64 = 400,
        /// How many of your pictures are looked at together. More of them, and drawings take less after any single
        /// one; each costs memory.
        ///
        /// 1 to 64. Default: 1, to fit small cards; the paper: 4.
        #[arg(long, visible_alias = "batch", value_name = "N")]
        pub batch_size: usize = 1,
        /// How many such groups make one step. Has the same steadying effect on drawings; takes longer, costs no
        /// memory.
        ///
        /// 1 to 256. Default: 4, which makes each step see four pictures as in the paper; the paper: 1.
        #[arg(long, value_name = "N")]
        pub gradient_accumulation: usize = 4,
        /// How the word is learned: alone as in the paper, or in one of the ways it was compared with.
        ///
        /// Default: single. What they compute is written at each of them in the program's documentation.
        #[arg(long, ignore_case = true)]
        pub method: Method = Method::Single,
        /// How much the word can hold. More vectors remember more detail and obey prompts less. By itself: as many as
        /// the word it starts from has pieces.
        ///
        /// 1 to 16.
        #[arg(long)]
        pub vectors: Option<usize> = None,
        /// Where the word begins. The nearer to your pictures, the fewer steps it needs; by itself it begins as the word it
        /// starts out meaning.
        ///
        /// Default: token. Another learned word's file: --init-from FILE.
        #[arg(long, value_name = "START", ignore_case = true, value_parser = WordStart::parser())]
        pub start: WordStart = WordStart::Token,
        /// The CLIP that judges pictures drawn on the way, and that looks at yours where the word begins with its help. For a
        /// beginning the best is the one whose text encoder the model has; with another it is approximate.
        ///
        /// A folder as transformers saves it. Default: the model's own, else, where the word begins with its help, the one that
        /// was fetched.
        #[arg(long, value_name = "DIR")]
        pub clip: Option<PathBuf> = None,
        /// Another number learns a slightly different word from the same pictures. Try one if drawings disappoint.
        ///
        /// 0 to 9223372036854775807, or -1 for one drawn at random, which the run names. Default: 0.
        #[arg(long, allow_negative_numbers = true, value_parser = options::seed)]
        #[serde(deserialize_with = "read_seed")]
        pub seed: u64 = 0,
        /// How fast the word changes. Too fast, and drawings turn to noise; too slow, and they stay what they were.
        ///
        /// A number above 0 and at most 10, or a list of rates and the steps up to which they hold, such as
        /// "0.005:100, 1e-3". Default: auto, which goes with the model for the free movement ("0.005:40, 0.0025:100, 0.00125"
        /// on Stable Diffusion 1, four times that on the starter) and is "0.2:15, 0.1:40, 0.03:120, 0.01" for the turning one,
        /// in radians; the paper: 0.02 throughout.
        #[arg(long, value_name = "RATE")]
        pub learning_rate: LearningRate = LearningRate::Auto,
        /// What moves the word. Moving it freely comes closest to your pictures, and is the paper's way; turning it keeps it as
        /// loud as usual words.
        ///
        /// The rate of `directional` is the angle of a step in radians; 0.01 throughout is published, which the authors' own script
        /// multiplies by the four pictures of a batch. Default: adamw.
        #[arg(long, ignore_case = true)]
        #[serde(default = "first_optimizer")]
        pub optimizer: Optimizer = Optimizer::AdamW,
        /// Where the word is turned: pulls it back towards the word it began as. More obeys prompts better and comes less
        /// close to your pictures.
        ///
        /// 0 to 1, the kappa of the method. Default: 0.0001, as published.
        #[arg(long, value_name = "PULL")]
        pub direction_prior: f64 = 1e-4,
        /// Settings of the optimiser.
        #[command(flatten)]
        pub adamw: AdamW = AdamW::default(),
        /// Keeps one odd picture from throwing the word off its course: longer pushes are shortened to this. 1 is usual.
        ///
        /// Above 0 to 1000000. Default: no limit.
        #[arg(long, value_name = "LENGTH")]
        pub gradient_clip: Option<f64> = None,
        /// Keeps the word as loud as usual words, so that the rest of a sentence still shows in the picture. Each step
        /// takes it this part of the way back; 0 lets it grow as it likes.
        ///
        /// 0 to 1. Default: 0.
        #[arg(long, value_name = "PART")]
        pub norm_pull: f64 = 0.0,
        /// The sentences the word is learned in, such as “a photo of …”: what they say besides stays out of the word.
        ///
        /// A text file with one sentence a line, {} for the word. Default: the published list.
        #[arg(long, value_name = "FILE", value_parser = PathBufValueParser::new().try_map(TemplateSource::file))]
        pub templates: TemplateSource = TemplateSource::Builtin,
        /// End the sentences with a full stop, as the paper does. Drawings hardly show it.
        ///
        /// Default: false; the paper: true.
        #[arg(long, action = ArgAction::Set, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
        pub full_stop: bool = false,
        /// Learn a picture with its own caption, where it has one. What a caption names, a beach or a hat, stays out of
        /// the word.
        ///
        /// A caption is a text file beside the picture. Default: false.
        #[arg(long, visible_alias = "captions")]
        #[arg(action = ArgAction::Set, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
        pub use_captions: bool = false,
        /// Where a picture has no caption of its own, learn it with the description that another program wrote into it.
        ///
        /// XMP, IPTC or EXIF. Default: false. Captions are used then.
        #[arg(long, action = ArgAction::Set, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
        pub embedded_captions: bool = false,
        /// Show each picture mirrored half of the time, so that drawings may face either way. Switch off for writing,
        /// logos and lopsided faces.
        ///
        /// Default: true.
        #[arg(long, action = ArgAction::Set, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
        pub flip: bool = true,
        /// From which noise level up to which to learn. Low levels hold textures and detail, high ones shape and
        /// composition; all of them is usual.
        ///
        /// Two numbers from 0 to 1000, the second left out. Default: 0-1000.
        #[arg(long, value_name = "FIRST-END", value_parser = |text: &str| pair(text, '-'))]
        pub timesteps: [u32; 2] = [0, 1000],
        /// How often each of these noise levels is seen.
        ///
        /// Default: uniform.
        #[arg(long, ignore_case = true)]
        pub timestep_sampling: TimestepSampling = TimestepSampling::Uniform,
        /// How much an error counts at each noise level. Drawings hardly show it.
        ///
        /// Default: even.
        #[arg(long, ignore_case = true)]
        pub loss_weighting: LossWeighting = LossWeighting::Even,
        /// Width and height in pixels to learn at. Larger sees finer detail, takes longer and costs memory. By itself:
        /// what the model was made for.
        ///
        /// A multiple of 8 from 8 to 4096.
        #[arg(long, value_name = "PIXELS")]
        pub resolution: Option<u32> = None,
        /// Learn only the part of a picture that you painted, or that is not transparent: what is around it stays out of
        /// drawings.
        ///
        /// Default: true; the paper: false.
        #[arg(long, action = ArgAction::Set, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
        pub use_masks: bool = true,
        /// Where a picture has no mask and is not transparent, look for the thing in it by its colours and edges, and learn
        /// only that.
        ///
        /// The masks are kept in the run's folder. Default: false. Masks are used then.
        #[arg(long, action = ArgAction::Set, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
        pub suggest_masks: bool = false,
        /// Number format of the model while it learns. 16 bits halve the memory, and drawings hardly show it; the word
        /// itself is always kept exact.
        ///
        /// Default: auto, which is f16 on graphics cards that have it and f32 elsewhere.
        #[arg(long, ignore_case = true)]
        pub precision: Precision = Precision::Auto,
        /// How exactly the model is remembered while it learns. 8 bits take a quarter of the memory of 32, so that smaller
        /// computers can learn too; they are an approximation, and the word comes out a little different.
        ///
        /// The weights of the U-Net are rounded, and all is still computed as the precision says. Default: full.
        #[arg(long, ignore_case = true)]
        pub weights: WeightFormat = WeightFormat::Full,
        /// Learn with less memory, in about half as much time again; the word comes out the same. By itself this happens
        /// only where your device is too small for it otherwise.
        ///
        /// Default: auto.
        #[arg(long, ignore_case = true)]
        pub low_memory: LowMemory = LowMemory::Auto,
        /// How deeply the model reads a sentence. Take what your model was made with, 1 for most and 2 for many drawn
        /// in anime style; with the wrong one shapes and colours come out odd.
        ///
        /// The layer of the text encoder, counted from the last, 1 to 12; 1 and 2 are the same for SD 2 and XL. Default: 1.
        #[arg(long, value_name = "LAYER")]
        pub clip_skip: usize = 1,
        /// Keep the word every so many steps. You can go back to any of them, if it drew better then.
        ///
        /// 1 to 1000000. Default: 50.
        #[arg(long, value_name = "STEPS")]
        pub checkpoint_every: u64 = 50,
        /// Draw with the word every so many steps, to watch it grow. More often takes longer; 0 is never.
        ///
        /// 0 to 1000000. Default: 50; the paper: 500.
        #[arg(long, value_name = "STEPS")]
        pub preview_every: u64 = 50,
        /// Measure every so many steps, always on the same examples of your pictures, how well the word explains them: the
        /// calm line of the curve. 0 is never.
        ///
        /// 0 to 1000000. Default: 10.
        #[arg(long, value_name = "STEPS", alias = "held-out-every")]
        #[serde(alias = "held_out_every")]
        pub fixed_noise_every: u64 = 10,
        /// How many examples it is measured on. More makes the line calmer and takes longer; the word stays the same.
        ///
        /// 1 to 1024 fixed examples of picture, noise and sentence. Default: 8.
        #[arg(long, value_name = "N", alias = "held-out-size")]
        #[serde(alias = "held_out_size")]
        pub fixed_noise_size: usize = 8,
        /// Keep one picture out of learning and measure on it whether the word means the thing itself, and not your
        /// pictures of it. With fewer than four pictures, and where drawings are judged, it is parts
        /// of them that are kept out.
        ///
        /// Default: true; the paper: false.
        #[arg(long, action = ArgAction::Set, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
        #[serde(default)]
        pub keep_one_out: bool = true,
        /// Draw a few small pictures every so many steps and judge them by CLIP, where one is at hand: do they look like
        /// yours, and do they still obey? The best word is chosen by it. 0 is never.
        ///
        /// 0 to 1000000. Default: 50; the paper: 0.
        #[arg(long, value_name = "STEPS")]
        pub score_every: u64 = 50,
        /// How many pictures are drawn for each sentence that is judged. More judge more surely and take longer.
        ///
        /// 1 to 64. Default: 3.
        #[arg(long, value_name = "N")]
        pub score_count: usize = 3,
        /// In how many steps those are drawn. Few are enough to be judged.
        ///
        /// 1 to 100. Default: 8.
        #[arg(long, value_name = "N")]
        pub score_steps: usize = 8,
        /// Stop by itself when the word has stopped coming closer to your pictures. You can always go on.
        ///
        /// Default: true; the paper: false.
        #[arg(long, action = ArgAction::Set, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
        #[serde(default)]
        pub auto_stop: bool = true,
        /// How smooth the curve in the Learn room is, 0 to 0.9999; the word stays the same.
        ///
        /// The part of the old mean loss that is kept in each step. Default: 0.98.
        #[arg(long, value_name = "PART")]
        pub smoothing: f64 = 0.98,
        /// What single methods can be told.
        #[command(flatten)]
        pub methods: MethodSettings = MethodSettings::default(),
        /// What goes beyond the published method.
        #[command(flatten)]
        pub refine: Refinements = Refinements::default(),
        /// The pictures made while learning.
        #[command(flatten, next_help_heading = "Previews")]
        pub preview: PreviewSettings = PreviewSettings::default(),
    }
}

/// What there was before there was a choice.
fn first_optimizer() -> Optimizer {
    Optimizer::AdamW
}

impl TemplateSource {
    /// A text file of one's own, wherever the program is started the next time.
    fn file(path: PathBuf) -> std::io::Result<Self> {
        std::path::absolute(path).map(Self::File)
    }
}

impl LearnSettings {
    /// A complete recipe.
    ///
    /// `Paper`: arXiv 2208.01618 section 4 and the configuration released with it: base rate 5e-3 times a
    /// batch of 4, constant, `torch.optim.AdamW` with its own defaults (so weight decay 0.01), 5000 steps, no
    /// clipping, sentences with a full stop, mirrored half of the time, every timestep. `PaperHigh` and `PaperLow`: the
    /// same at the base rates 2e-2 and 1e-4 of the paper's High-LR and Low-LR. The released code multiplies a base rate by
    /// the batch and by the number of cards: 4 and 2 in the paper, which makes 0.04, 0.16 and 8e-4. Here there is one card,
    /// so it is 4 times the base rate: 0.02, 0.08 and 4e-4. That keeps the ratios, which are what the paper compares; on two
    /// cards a step also saw twice as many pictures, as it does with --gradient-accumulation 2. `Default`: the paper's movement
    /// at a rate that goes with the model and falls, and an end when the pictures come no closer; of what was measured on
    /// the starter model it is alike soonest and most often, and obeys as well as a word of fixed length.
    pub fn preset(preset: Preset, kind: ConceptKind) -> Self {
        let default = Self { preview: PreviewSettings::new(kind), ..Self::default() };
        let rate = match preset {
            Preset::Default => return default,
            Preset::Paper => 0.02,
            Preset::PaperHigh => 0.08,
            Preset::PaperLow => 4e-4,
        };
        Self {
            preset,
            steps: 5000,
            batch_size: 4,
            gradient_accumulation: 1,
            vectors: Some(1),
            optimizer: Optimizer::AdamW,
            learning_rate: LearningRate::Constant { lr: rate },
            adamw: AdamW { weight_decay: 1e-2, ..AdamW::default() },
            gradient_clip: None,
            norm_pull: 0.0,
            full_stop: true,
            use_masks: false,
            preview_every: 500,
            keep_one_out: false,
            score_every: 0,
            auto_stop: false,
            ..default
        }
    }

    /// The root of the mean square of a number in the vocabulary of Stable Diffusion 1, for where no model is open.
    pub const USUAL_SPREAD: f64 = 0.0143;

    /// The learning rate for a vocabulary whose numbers have this root of the mean square: where it is to go with the
    /// movement of the word, the one that was measured to do best on the starter model. Both are quick while the word is far
    /// off and careful afterwards; published for the turning one is 0.01 throughout.
    pub fn rate(&self, spread: f64) -> LearningRate {
        match (&self.learning_rate, self.optimizer) {
            (LearningRate::Auto, Optimizer::AdamW) => {
                let quick = (QUICK * spread).min(PUBLISHED);
                let [first, then, last] = [1.0, 0.5, 0.25].map(|part| part * quick);
                LearningRate::Text(format!("{first:.2e}:40, {then:.2e}:100, {last:.2e}"))
            }
            (LearningRate::Auto, Optimizer::Directional) => LearningRate::Text(TURNING.into()),
            (chosen, _) => chosen.clone(),
        }
    }

    /// The numbers of the networks.
    pub fn numbers(&self) -> NumberFormat {
        NumberFormat { precision: self.precision, weights: self.weights }
    }

    /// Checks every range, and the text of the learning rate.
    pub fn validate(&self) -> Result<()> {
        const MANY: u64 = 1_000_000;
        within("steps", self.steps, 1, MANY)?;
        within("batch_size", self.batch_size, 1, 64)?;
        within("gradient_accumulation", self.gradient_accumulation, 1, 256)?;
        within("vectors", self.vectors.unwrap_or(1), 1, MAX_VECTORS)?;
        if self.start == WordStart::File(PathBuf::new()) {
            let remedy = "Name the file of a learned word, or begin from the initial word.";
            return Err(Error::input("start names no file to begin from", remedy));
        }
        within("seed", self.seed, 0, MAX_SEED)?;
        self.rate(Self::USUAL_SPREAD).parse()?;
        within("direction_prior", self.direction_prior, 0.0, 1.0)?;
        self.adamw.validate()?;
        above_zero("gradient_clip", self.gradient_clip.unwrap_or(1.0), 1e6)?;
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
        within("fixed_noise_every", self.fixed_noise_every, 0, MANY)?;
        within("fixed_noise_size", self.fixed_noise_size, 1, 1024)?;
        within("score_every", self.score_every, 0, MANY)?;
        within("score_count", self.score_count, 1, 64)?;
        within("score_steps", self.score_steps, 1, 100)?;
        within("smoothing", self.smoothing, 0.0, 0.9999)?;
        self.validate_method()?;
        self.refine.validate(self.resolution)?;
        self.preview.validate()
    }

    /// The sentences to learn from.
    pub fn template_set(&self, kind: ConceptKind) -> Result<TemplateSet> {
        match &self.templates {
            TemplateSource::Builtin => Ok(TemplateSet::builtin(kind, self.full_stop)),
            TemplateSource::File(path) => TemplateSet::from_file(path),
        }
    }

    /// Reads settings from a TOML file, or from the `run.toml` of a run, and checks them.
    pub fn load(path: &Path) -> Result<Self> {
        let settings: Self = read(path)?;
        settings.validate()?;
        Ok(settings)
    }

    /// Reads settings from a TOML file and lays them over these: what the file leaves out stays, and, if these are a
    /// run's that has begun, so do seeds that were to be drawn at random.
    pub fn load_over(&self, path: &Path, begun: bool) -> Result<Self> {
        Self::load(path)?;
        let typed = read(path)?;
        let settings = going_on::lay_over(self, typed, begun)?;
        settings.validate()?;
        Ok(settings)
    }
}

/// What a file says of settings: all of it, or of the document of a run the part that is called so.
fn read<T: DeserializeOwned>(path: &Path) -> Result<T> {
    #[derive(Deserialize)]
    struct OfRun<T> {
        settings: T,
    }
    let document: toml::Table = read_toml(FileKind::Settings, path)?;
    match document.contains_key("settings") {
        true => read_toml(FileKind::Settings, path).map(|OfRun { settings }| settings),
        false => read_toml(FileKind::Settings, path),
    }
}

#[cfg(test)]
mod tests;
