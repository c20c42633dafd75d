//! What can be chosen about tuning a model to a word that was learned: pivotal tuning (Roich et al. 2021,
//! <https://arxiv.org/abs/2106.05744>), in which the word stays and what is learned is added to the model.
//!
//! Plain data with ranges, and the document by which a tuning that broke off goes on.

use std::path::{Path, PathBuf};

use clap::ArgAction;
use clap::builder::NonEmptyStringValueParser;
use serde::{Deserialize, Serialize};

use super::files::{read_toml, write_toml};
use super::low_memory::LowMemory;
use super::manifest::PictureRecord;
use super::named_enum::named_enum;
use super::numbers::{NumberFormat, Precision, WeightFormat};
use super::options::{self, above_zero, read_seed, side, within};
use super::settings::{MAX_CLIP_SKIP, MAX_SEED};
use base::{Error, FileKind, Result, with_defaults};

named_enum! {
    /// What is learned of the model.
    pub enum TuneKind as "kind of tuning" {
        /// Small matrices beside the layers of attention, in a file of a few megabytes.
        Lora = "lora" as "LoRA",
        /// Every number of the U-Net, in a file as large as it, at the cost of about twenty times its memory.
        Full = "full",
    }
}

named_enum! {
    /// Beside which layers small matrices are learned.
    pub enum TuneParts as "part" {
        /// Where pictures read the text.
        Cross = "cross",
        /// Where pictures read the text, and where they look at themselves.
        All = "all",
    }
}

impl TuneParts {
    /// Whether a projection of this name, diffusers' own, takes part.
    pub fn holds(self, name: &str) -> bool {
        self == Self::All || name.contains(".attn2.")
    }
}

with_defaults! {
    /// Everything that can be chosen about tuning.
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, clap::Args)]
    #[serde(default, deny_unknown_fields)]
    pub struct TuneSettings {
        /// What is learned of the model.
        ///
        /// Default: lora.
        #[arg(long, ignore_case = true)]
        pub kind: TuneKind = TuneKind::Lora,
        /// Beside which layers of attention it is learned.
        ///
        /// Default: all.
        #[arg(long, ignore_case = true)]
        pub parts: TuneParts = TuneParts::All,
        /// How much it can hold. More comes closer to your pictures, makes a larger file, and forgets more of the rest.
        ///
        /// 1 to 128. Default: 4.
        #[arg(long)]
        pub rank: usize = 4,
        /// How strongly it acts for its rank: it is multiplied by this over the rank.
        ///
        /// Above 0 to 1024. Default: the rank, so that it is multiplied by 1.
        #[arg(long)]
        pub alpha: Option<f64> = None,
        /// How fast it changes.
        ///
        /// Above 0 to 1. Default: 0.0001 for a LoRA, 0.000005 where every number is learned.
        #[arg(long, value_name = "RATE")]
        pub learning_rate: Option<f64> = None,
        /// How many times it is improved.
        ///
        /// 1 to 1000000. Default: 300.
        #[arg(long)]
        pub steps: u64 = 300,
        /// How many of your pictures are looked at together; each costs memory.
        ///
        /// 1 to 64. Default: 1.
        #[arg(long, visible_alias = "batch", value_name = "N")]
        pub batch_size: usize = 1,
        /// The sentence it is learned in; {} stands for the word.
        ///
        /// Default: a photo of {}.
        #[arg(long, value_name = "TEXT")]
        pub prompt: String = "a photo of {}".into(),
        /// Another number learns slightly different additions from the same pictures.
        ///
        /// 0 to 9223372036854775807, or -1 for one drawn at random. Default: 0.
        #[arg(long, allow_negative_numbers = true, value_parser = options::seed)]
        #[serde(deserialize_with = "read_seed")]
        pub seed: u64 = 0,
        /// Pulls all that is learned towards nothing in each step (AdamW).
        ///
        /// 0 to 1. Default: 0.01.
        #[arg(long, value_name = "PART")]
        pub weight_decay: f64 = 0.01,
        /// Keeps one odd picture from throwing the model off its course: longer pushes are shortened to this. The published
        /// scripts of DreamBooth take 1.
        ///
        /// Above 0 to 1000000. Default: no limit.
        #[arg(long, value_name = "LENGTH")]
        pub gradient_clip: Option<f64> = None,
        /// Width and height in pixels to learn at.
        ///
        /// A multiple of 8 from 8 to 4096. Default: the model's own.
        #[arg(long, value_name = "PIXELS")]
        pub resolution: Option<u32> = None,
        /// Show each picture mirrored half of the time.
        ///
        /// Default: true.
        #[arg(long, action = ArgAction::Set, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
        pub flip: bool = true,
        /// Learn only the part of a picture that was painted, or that is not transparent.
        ///
        /// Default: true.
        #[arg(long, action = ArgAction::Set, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
        pub use_masks: bool = true,
        /// Which layer of the text encoder is used, counted from the last.
        ///
        /// 1 to 12; 1 and 2 are the same for SD 2 and XL. Default: 1.
        #[arg(long, value_name = "LAYER")]
        pub clip_skip: usize = 1,
        /// After how many steps it is kept, so that it can go on from there.
        ///
        /// 1 to 1000000. Default: 100.
        #[arg(long, value_name = "STEPS")]
        pub checkpoint_every: u64 = 100,
        /// Number format of the model. What is learned is kept in f32 whatever it is.
        ///
        /// Default: auto, which is f16 on graphics cards that have it and f32 elsewhere.
        #[arg(long, ignore_case = true)]
        pub precision: Precision = Precision::Auto,
        /// How exactly the model is remembered: 8 bits take a quarter of the memory of 32, and are an approximation.
        ///
        /// Default: full.
        #[arg(long, ignore_case = true)]
        pub weights: WeightFormat = WeightFormat::Full,
        /// Tune with less memory, in about half as much time again. By itself this happens only where your device is too
        /// small for it otherwise, and always where every number is learned.
        ///
        /// Default: auto.
        #[arg(long, ignore_case = true)]
        pub low_memory: LowMemory = LowMemory::Auto,
        /// Why it may be tuned to pictures that are marked against it; the reason stays beside what is learned.
        ///
        /// Default: such pictures are refused.
        #[arg(long, value_name = "REASON", value_parser = NonEmptyStringValueParser::new())]
        pub despite_mark: Option<String> = None,
    }
}

impl TuneSettings {
    /// The numbers of the networks.
    pub fn numbers(&self) -> NumberFormat {
        NumberFormat { precision: self.precision, weights: self.weights }
    }

    /// How fast it changes: for every number as in DreamBooth's published scripts.
    pub fn rate(&self) -> f64 {
        self.learning_rate.unwrap_or(if self.kind == TuneKind::Full { 5e-6 } else { 1e-4 })
    }

    /// What the product is multiplied by, times the rank.
    pub fn alpha(&self) -> f64 {
        self.alpha.unwrap_or(self.rank as f64)
    }

    /// Checks every range.
    pub fn validate(&self) -> Result<()> {
        within("rank", self.rank, 1, 128)?;
        above_zero("alpha", self.alpha(), 1024.0)?;
        above_zero("learning_rate", self.rate(), 1.0)?;
        within("steps", self.steps, 1, 1_000_000)?;
        within("batch_size", self.batch_size, 1, 64)?;
        within("seed", self.seed, 0, MAX_SEED)?;
        within("weight_decay", self.weight_decay, 0.0, 1.0)?;
        above_zero("gradient_clip", self.gradient_clip.unwrap_or(1.0), 1e6)?;
        within("clip_skip", self.clip_skip, 1, MAX_CLIP_SKIP)?;
        within("checkpoint_every", self.checkpoint_every, 1, 1_000_000)?;
        side("resolution", self.resolution)?;
        if self.kind == TuneKind::Full && self.weights != WeightFormat::Full {
            let fault = "Every number is learned, and with --weights 8bit they are only nearly there";
            return Err(Error::input(fault, "Leave out --weights, or use --kind lora."));
        }
        match self.prompt.contains("{}") {
            true => Ok(()),
            false => {
                let fault = format!("The sentence “{}” has no place for the word", self.prompt);
                Err(Error::input(fault, "Put {} where the word belongs."))
            }
        }
    }
}

/// What a tuning was begun with, kept beside its checkpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tuning {
    /// The model.
    pub model: PathBuf,
    /// Its fingerprint, by which it is known again.
    pub fingerprint: String,
    /// The file of the learned word.
    pub word: PathBuf,
    /// The hash of that file; empty where it was not noted.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub word_sha256: String,
    /// The pictures: files and folders.
    pub images: Vec<PathBuf>,
    /// Those found there when it was begun, which it goes on with; none where they were not noted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pictures: Vec<PictureRecord>,
    /// How it is tuned.
    pub settings: TuneSettings,
}

impl Tuning {
    /// The document in its folder.
    pub const FILE: &str = "tune.toml";
    /// By which one process at a time tunes there.
    pub const CLAIM: &str = "tune.lock";
    /// The state that it goes on from.
    pub const CHECKPOINT: &str = "tune-checkpoint.safetensors";

    /// That of a folder.
    ///
    /// # Errors
    /// [`Error::File`] or [`Error::Io`] if there is none, or if it cannot be read.
    pub fn read(folder: &Path) -> Result<Self> {
        read_toml(FileKind::Run, &folder.join(Self::FILE))
    }

    /// Writes it into its folder.
    ///
    /// # Errors
    /// [`Error::Io`] if that is refused.
    pub fn write(&self, folder: &Path) -> Result<()> {
        write_toml(FileKind::Run, &folder.join(Self::FILE), self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_begun_is_read_back_and_ranges_are_checked() {
        let folder = tempfile::tempdir().unwrap();
        let settings = TuneSettings { rank: 8, resolution: Some(64), ..TuneSettings::default() };
        settings.validate().unwrap();
        let tuning = Tuning {
            model: "model".into(),
            fingerprint: "0a".into(),
            word: "猫.safetensors".into(),
            word_sha256: "0b".into(),
            images: vec!["images".into()],
            pictures: Vec::new(),
            settings,
        };
        tuning.write(folder.path()).unwrap();
        assert_eq!(Tuning::read(folder.path()).unwrap(), tuning);
        type Break = fn(&mut TuneSettings);
        let breaks: [(&str, Break); 6] = [
            ("rank", |s| s.rank = 0),
            ("learning_rate", |s| s.learning_rate = Some(f64::NAN)),
            ("--weights 8bit", |s| (s.kind, s.weights) = (TuneKind::Full, WeightFormat::EightBit)),
            ("steps", |s| s.steps = 0),
            ("alpha", |s| s.alpha = Some(0.0)),
            ("place for the word", |s| s.prompt = "a photo".into()),
        ];
        for (field, change) in breaks {
            let mut settings = TuneSettings::default();
            change(&mut settings);
            let error = settings.validate().unwrap_err().to_string();
            // A bound that no person would write is none to show.
            assert!(error.contains(field) && !error.contains("0.000000"), "{field}: {error}");
        }
        let zero = TuneSettings { alpha: Some(0.0), ..TuneSettings::default() };
        let said = zero.validate().unwrap_err().to_string();
        assert_eq!(said, "alpha is 0. Choose a value above 0, up to 1024.");
        let full = TuneSettings { kind: TuneKind::Full, ..TuneSettings::default() };
        assert_eq!([full.rate(), TuneSettings::default().rate()], [5e-6, 1e-4]);
        assert!(TuneParts::All.holds("x.attn1.to_q") && !TuneParts::Cross.holds("x.attn1.to_q"));
        assert!(TuneParts::Cross.holds("x.attn2.to_q"));
    }
}
