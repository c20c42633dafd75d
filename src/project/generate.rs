//! What is asked for when pictures are generated: prompt, sampler, size, seed.
//!
//! It checks ranges only; whether a model can make the size, and what it makes of the prompt, is decided above. Its
//! length is that of what each option says of itself.

use std::path::PathBuf;

use clap::ArgAction;
use serde::{Deserialize, Serialize};

use super::concept::ConceptKind;
use super::family::Family;
use super::lora::LoraUse;
use super::named_enum::named_enum;
use super::numbers::{NumberFormat, Precision, WeightFormat};
use super::options::{self, above_zero, read_seed, side, within};
use super::sampler::{SamplerKind, SigmaSpacing};
use super::settings::{MAX_CLIP_SKIP, MAX_SEED};
use base::{Error, Result, with_defaults};

named_enum! {
    /// What the weights of a prompt do to what the text encoder made of it.
    pub enum Emphasis as "emphasis" {
        // "Original" of `modules/sd_emphasis.py`.
        /// As AUTOMATIC1111's web UI: weighted words are multiplied, and the whole keeps its mean.
        Automatic1111 = "a1111" as "A1111",
        // `ClipTokenWeightEncoder` of `comfy/sd1_clip.py`.
        /// As ComfyUI: weighted words move away from an empty prompt. A number stands for itself, whatever is around it.
        ComfyUi = "comfyui" as "ComfyUI",
        // `EmbeddingsProvider` of compel.
        /// As compel (InvokeAI): as ComfyUI, and what counts less is also hidden from the other words.
        Compel = "compel" as "compel",
    }
}

impl Emphasis {
    /// What artists are used to with a family of models.
    pub fn usual(family: Family) -> Self {
        if family == Family::Sdxl { Self::ComfyUi } else { Self::Automatic1111 }
    }
}

impl Default for PreviewSettings {
    fn default() -> Self {
        Self::new(ConceptKind::Object)
    }
}

/// What a model decides where the settings leave it open.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ModelDefaults {
    /// The side in pixels that it was made for; 0 if unknown.
    pub size: u32,
    /// The guidance it draws best at, if it says so.
    pub guidance: Option<f64>,
}

impl ModelDefaults {
    /// How strictly the prompt is followed where nobody chose: what the model says, else what is usual.
    pub fn guidance(&self) -> f64 {
        self.guidance.unwrap_or(7.5)
    }
}

/// The longest side of a picture in pixels.
const LONGEST: u32 = 4096;
/// The most pictures that are drawn together.
pub(crate) const MOST_TOGETHER: usize = 64;

with_defaults! {
    /// A request for pictures. What is `None` the model decides.
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, clap::Args)]
    #[serde(default, deny_unknown_fields)]
    pub struct GenerateSettings {
        /// What the picture should show. Empty is allowed: the model then dreams.
        #[arg(long, value_name = "TEXT")]
        pub prompt: String = String::new(),
        /// What the picture should not show.
        ///
        /// Default: nothing.
        #[arg(long, visible_alias = "negative", value_name = "TEXT")]
        pub negative_prompt: String = String::new(),
        /// How noise is turned into a picture.
        ///
        /// Default: dpmpp-2m.
        #[arg(long, ignore_case = true)]
        pub sampler: SamplerKind = SamplerKind::DpmPp2m,
        /// How the noise levels are spread over the steps, where the sampler knows several ways.
        ///
        /// Default: karras.
        #[arg(long, ignore_case = true)]
        pub spacing: SigmaSpacing = SigmaSpacing::Karras,
        /// New noise added in each step; 0 gives the same picture every time. Only DDIM uses it.
        ///
        /// 0 to 1. Default: 0.
        #[arg(long)]
        pub eta: f64 = 0.0,
        /// More steps are slower and, after some 30, hardly better.
        ///
        /// 1 to 1000. Default: 25.
        #[arg(long)]
        pub steps: usize = 25,
        /// How strictly the prompt is followed: low is free, high is literal and harsh. By itself: what suits the model.
        ///
        /// 0 to 100; 1 is without guidance. Default: what the model says it draws best at, else 7.5.
        #[arg(long)]
        pub guidance: Option<f64> = None,
        /// Takes back the contrast that a high guidance adds: softer colours, fewer burnt lights. 0 leaves it as it is.
        ///
        /// 0 to 1; 0.7 is the value of Lin et al. 2023, for models that predict velocity. Default: 0.
        #[arg(long)]
        pub rescale: f64 = 0.0,
        /// Lets a picture begin in pure noise, so that it may be as dark or as bright as the prompt says. For models that were
        /// taught it and do not say so.
        ///
        /// Default: false. What Lin et al. 2023 call zero terminal SNR: the betas are rescaled, and the steps are counted from
        /// the last one (trailing spacing), which it needs. Meant for models that predict velocity, with --rescale 0.7 and the
        /// spacing normal or sgm-uniform.
        #[arg(long, action = ArgAction::Set, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        pub zero_terminal_snr: bool = false,
        /// Where chance begins: the same seed and the same settings give the same picture.
        ///
        /// 0 to 9223372036854775807, or -1 for one drawn at random, which the picture names. Default: 0.
        #[arg(long, allow_negative_numbers = true, value_parser = options::seed)]
        #[serde(deserialize_with = "read_seed")]
        pub seed: u64 = 0,
        /// How far a picture goes from its seed towards the variation seed: a little gives cousins of the same picture, 0 none.
        ///
        /// 0 to 1. Above 0 all pictures have the same seed, and each the variation seed one higher than the one before.
        /// Default: 0.
        #[arg(long, visible_alias = "variation-strength", value_name = "STRENGTH")]
        pub variation: f64 = 0.0,
        /// Where the other chance begins, that a variation goes towards.
        ///
        /// 0 to 9223372036854775807, or -1 for one drawn at random, which the picture names. Default: 0.
        #[arg(long, value_name = "SEED", allow_negative_numbers = true, value_parser = options::seed)]
        #[serde(deserialize_with = "read_seed")]
        pub variation_seed: u64 = 0,
        /// How many pictures to draw; each begins from other noise.
        ///
        /// 1 to 1000; each has the seed one higher than the one before. Default: 1.
        #[arg(long)]
        pub count: usize = 1,
        /// How many pictures are drawn side by side: more are done sooner, and take more memory. Each is what it would be alone.
        ///
        /// 1 to 64. Default: up to 4 on a graphics card, as many as its memory holds, else 1. Those drawn together are seen
        /// together.
        #[arg(long, value_name = "PICTURES")]
        #[serde(skip_serializing_if = "Option::is_none")]
        pub batch: Option<usize> = None,
        /// Width in pixels, in steps of 8.
        ///
        /// 8 to 4096. Default: the model's own, which gives the best pictures.
        #[arg(long, value_name = "PIXELS")]
        pub width: Option<u32> = None,
        /// Height in pixels, in steps of 8.
        ///
        /// 8 to 4096. Default: the model's own, which gives the best pictures.
        #[arg(long, value_name = "PIXELS")]
        pub height: Option<u32> = None,
        /// Draw the picture small first, then once more so many times larger, with new detail. 1 leaves that out.
        ///
        /// 1 to 4; neither side may become longer than 4096. Default: 1.
        #[arg(long, value_name = "TIMES")]
        pub enlarge: f64 = 1.0,
        /// How much of the enlarged picture may change: low sharpens what is there, high invents.
        ///
        /// Above 0, up to 1. Default: 0.5.
        #[arg(long, value_name = "STRENGTH")]
        pub enlarge_strength: f64 = 0.5,
        /// Which layer of the text encoder is used, counted from the last. Some models want 2.
        ///
        /// 1 to 12; 1 and 2 are the same for SD 2 and XL. Default: 1.
        #[arg(long, value_name = "LAYER")]
        pub clip_skip: usize = 1,
        /// What a weight such as (cat:1.3) does. By itself: what suits the model.
        ///
        /// Default: comfyui for SDXL, a1111 for all others.
        #[arg(long, ignore_case = true)]
        pub emphasis: Option<Emphasis> = None,
        /// Number format while drawing: shorter numbers are faster on graphics cards.
        ///
        /// Default: auto, which is f16 on graphics cards that have it and f32 elsewhere.
        #[arg(long, ignore_case = true)]
        pub precision: Precision = Precision::Auto,
        /// How exactly the model is remembered: 8 bits take a quarter of the memory of 32. They are an approximation, and
        /// pictures come out a little different.
        ///
        /// Default: full.
        #[arg(long, ignore_case = true)]
        pub weights: WeightFormat = WeightFormat::Full,
        /// The folder with the files of choices: __colour__ in a prompt is a line of colour.txt, drawn by the seed.
        ///
        /// {red|blue} needs no file. Default: the folder wildcards among the window's own.
        #[arg(long, value_name = "DIR")]
        #[serde(skip_serializing_if = "Option::is_none")]
        pub wildcards: Option<PathBuf> = None,
        /// A LoRA to add to the model while drawing, and how strongly: 1 is as it was learned.
        ///
        /// A file, with a colon and a weight from -10 to 10 behind it or without; may be given several times. Default: none.
        #[arg(id = "loras", long = "lora", value_name = "FILE:WEIGHT")]
        pub loras: Vec<LoraUse> = Vec::new(),
    }
}

impl GenerateSettings {
    /// The numbers of the networks.
    pub fn numbers(&self) -> NumberFormat {
        NumberFormat { precision: self.precision, weights: self.weights }
    }

    /// The seed and the variation seed of picture `index`: without variation the seeds follow one another, with it the
    /// others do.
    pub fn seeds(&self, index: usize) -> [u64; 2] {
        let (seed, other, index) = (self.seed, self.variation_seed, index as u64);
        if self.variation > 0.0 {
            [seed, other.wrapping_add(index)]
        } else {
            [seed.wrapping_add(index), other]
        }
    }

    /// Leaves out the first pictures, of which so many are drawn.
    pub fn go_on_after(&mut self, drawn: usize) {
        [self.seed, self.variation_seed] = self.seeds(drawn);
        self.count = self.count.saturating_sub(drawn);
    }

    /// Whether pictures are drawn twice, and larger the second time.
    pub fn enlarges(&self) -> bool {
        self.enlarge > 1.0
    }

    /// How large a picture is that is drawn in `size` first: in steps of 8 pixels, at most 4096.
    pub fn enlarged(&self, size: [u32; 2]) -> [u32; 2] {
        size.map(|side| ((f64::from(side) * self.enlarge / 8.0).round() as u32 * 8).min(LONGEST))
    }

    /// Checks every range.
    pub fn validate(&self) -> Result<()> {
        within("eta", self.eta, 0.0, 1.0)?;
        within("steps", self.steps, 1, 1000)?;
        within("guidance", self.guidance.unwrap_or(1.0), 0.0, 100.0)?;
        within("rescale", self.rescale, 0.0, 1.0)?;
        within("seed", self.seed, 0, MAX_SEED)?;
        within("variation", self.variation, 0.0, 1.0)?;
        within("variation_seed", self.variation_seed, 0, MAX_SEED)?;
        within("count", self.count, 1, 1000)?;
        within("batch", self.batch.unwrap_or(1), 1, MOST_TOGETHER)?;
        within("enlarge", self.enlarge, 1.0, 4.0)?;
        above_zero("enlarge_strength", self.enlarge_strength, 1.0)?;
        let longest = self.width.max(self.height).unwrap_or(0);
        if self.enlarges() && f64::from(longest) * self.enlarge > f64::from(LONGEST) + 0.5 {
            let fault = format!("{longest} pixels, enlarged {} times, are more than {LONGEST}", self.enlarge);
            return Err(Error::input(fault, "Choose a smaller size, or enlarge less."));
        }
        within("clip_skip", self.clip_skip, 1, MAX_CLIP_SKIP)?;
        side("width", self.width)?;
        side("height", self.height)?;
        self.loras.iter().try_for_each(LoraUse::validate)?;
        let (last, most) = (self.count as u64 - 1, self.seeds(0)[usize::from(self.variation > 0.0)]);
        if most > MAX_SEED - last {
            return Err(Error::input("seed is too large for that many pictures", "Choose a smaller seed."));
        }
        Ok(())
    }
}

/// The pictures made while learning, always from the same seeds so that they can be compared. What is `None` the model
/// decides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, clap::Args)]
#[serde(default, deny_unknown_fields)]
pub struct PreviewSettings {
    /// What to draw while the word is learned; {} stands for the word.
    ///
    /// Up to 16 prompts, an option each. Default: one sentence like those it learns from, and one quite unlike them,
    /// which shows whether the word can still be combined.
    #[arg(id = "preview.prompts", long = "preview-prompt", value_name = "TEXT")]
    pub prompts: Vec<String>,
    /// Where chance starts in previews. The same number starts all of them alike, so that only the word makes the
    /// difference.
    ///
    /// 0 to 9223372036854775807, or -1 for one drawn at random, which the run names. Default: 0.
    #[arg(id = "preview.seed", long = "preview-seed", value_name = "SEED")]
    #[arg(allow_negative_numbers = true, value_parser = options::seed)]
    #[serde(deserialize_with = "read_seed")]
    pub seed: u64,
    /// How many steps a preview is drawn in. More is slower and, after some 30, hardly better.
    ///
    /// 1 to 1000. Default: 20.
    #[arg(id = "preview.steps", long = "preview-steps", value_name = "STEPS")]
    pub steps: usize,
    /// How strictly previews follow the prompt; small models like 3 to 5. By itself: what suits the model.
    ///
    /// 0 to 100. Default: what the model says it draws best at, else 7.5.
    #[arg(id = "preview.guidance", long = "preview-guidance", value_name = "GUIDANCE")]
    pub guidance: Option<f64>,
    /// The way from noise to picture: each has a slightly different hand.
    ///
    /// Default: dpmpp-2m.
    #[arg(id = "preview.sampler", long = "preview-sampler", value_name = "SAMPLER", ignore_case = true)]
    pub sampler: SamplerKind,
    /// Where on the way most care is taken: Karras spends more on fine detail.
    ///
    /// Default: karras.
    #[arg(id = "preview.spacing", long = "preview-spacing", value_name = "SPACING", ignore_case = true)]
    pub spacing: SigmaSpacing,
    /// Width and height of previews in pixels; smaller is faster. By itself: the size learned at.
    ///
    /// A multiple of 8 from 8 to 4096.
    #[arg(id = "preview.size", long = "preview-size", value_name = "PIXELS")]
    pub size: Option<u32>,
}

impl PreviewSettings {
    /// The defaults for a kind of word.
    pub fn new(kind: ConceptKind) -> Self {
        let prompts: &[&str] = match kind {
            ConceptKind::Object => &["a photo of {}", "a painting of {}"],
            ConceptKind::Style => {
                &["a painting of a house in the style of {}", "a pencil drawing of a cat, {}"]
            }
        };
        Self {
            prompts: prompts.iter().map(|&p| p.to_owned()).collect(),
            seed: 0,
            steps: 20,
            guidance: None,
            sampler: SamplerKind::DpmPp2m,
            spacing: SigmaSpacing::Karras,
            size: None,
        }
    }

    /// Checks every range.
    pub fn validate(&self) -> Result<()> {
        within("preview.seed", self.seed, 0, MAX_SEED)?;
        within("preview.steps", self.steps, 1, 1000)?;
        within("preview.guidance", self.guidance.unwrap_or(1.0), 0.0, 100.0)?;
        side("preview.size", self.size)?;
        within("number of preview.prompts", self.prompts.len(), 0, 16)?;
        if let Some(prompt) = self.prompts.iter().find(|p| !p.contains("{}")) {
            return Err(Error::input(
                format!("The preview prompt “{prompt}” has no place for the word"),
                "Put {} where the word belongs.",
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_valid_and_survive_toml() {
        let settings = GenerateSettings {
            width: Some(768),
            prompt: "<ねこ> \"on\" a\nbeach".into(),
            loras: vec![LoraUse::new("猫.safetensors"), LoraUse { file: "b".into(), weight: 0.5 }],
            ..Default::default()
        };
        settings.validate().unwrap();
        let text = toml::to_string(&settings).unwrap();
        assert_eq!(toml::from_str::<GenerateSettings>(&text).unwrap(), settings);
        assert_eq!(toml::from_str::<GenerateSettings>("").unwrap(), GenerateSettings::default());
        assert!(toml::from_str::<GenerateSettings>("stpes = 3").is_err());
        let error = toml::from_str::<GenerateSettings>("sampler = \"dpm\"").unwrap_err().to_string();
        assert!(error.contains("dpmpp-2m"), "{error}");
    }

    #[test]
    fn the_model_decides_what_is_left_open() {
        let plain = ModelDefaults { size: 512, guidance: None };
        let small = ModelDefaults { size: 64, guidance: Some(4.0) };
        assert_eq!((plain.guidance(), small.guidance()), (7.5, 4.0));
        let read = |text: &str| toml::from_str::<GenerateSettings>(text).unwrap();
        assert_eq!(read("width = 64").guidance, None);
        // A number in a file is meant, even if it is the usual one.
        assert_eq!(read("guidance = 7.5").guidance, Some(7.5));
    }

    #[test]
    fn variations_share_their_seed_and_go_on_where_they_were() {
        let mut settings = GenerateSettings { seed: 5, variation_seed: 9, count: 4, ..Default::default() };
        assert_eq!([settings.seeds(0), settings.seeds(3)], [[5, 9], [8, 9]]);
        settings.variation = 0.25;
        assert_eq!([settings.seeds(0), settings.seeds(3)], [[5, 9], [5, 12]]);
        let last = settings.seeds(3);
        settings.go_on_after(3);
        assert_eq!((settings.seeds(0), settings.count), (last, 1));
    }

    #[test]
    fn pictures_are_enlarged_in_steps_of_8() {
        let settings = GenerateSettings { enlarge: 1.5, ..Default::default() };
        assert_eq!(settings.enlarged([512, 776]), [768, 1168]);
        assert!(settings.enlarges() && !GenerateSettings::default().enlarges());
    }

    #[test]
    fn every_range_is_checked() {
        type Break = fn(&mut GenerateSettings);
        let breaks: [(&str, Break); 17] = [
            ("eta", |s| s.eta = 1.1),
            ("steps", |s| s.steps = 0),
            ("guidance", |s| s.guidance = Some(f64::NAN)),
            ("rescale", |s| s.rescale = -0.1),
            ("variation", |s| s.variation = 1.5),
            ("seed", |s| (s.variation, s.variation_seed, s.count) = (0.5, MAX_SEED, 2)),
            ("enlarge", |s| s.enlarge = 5.0),
            ("enlarge_strength", |s| s.enlarge_strength = 0.0),
            ("enlarged 2.5 times", |s| (s.width, s.enlarge) = (Some(2048), 2.5)),
            ("seed", |s| s.seed = u64::MAX),
            ("seed", |s| (s.seed, s.count) = (MAX_SEED, 2)),
            ("count", |s| s.count = 0),
            ("batch", |s| s.batch = Some(65)),
            ("clip_skip", |s| s.clip_skip = 0),
            ("width", |s| s.width = Some(513)),
            ("height", |s| s.height = Some(0)),
            ("LoRA", |s| s.loras = vec![LoraUse { file: "x".into(), weight: f64::NAN }]),
        ];
        for (field, change) in breaks {
            let mut settings = GenerateSettings::default();
            change(&mut settings);
            let error = settings.validate().unwrap_err().to_string();
            assert!(error.contains(field), "{field}: {error}");
        }
        let last = GenerateSettings { seed: MAX_SEED, count: 1, ..GenerateSettings::default() };
        assert!(last.validate().is_ok(), "the help allows it");
    }
}
