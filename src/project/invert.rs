//! Turning a picture into the noise that a model draws it from, as plain data: by which published rule, what else is
//! drawn from that noise, and the report on it.
//!
//! It computes nothing and opens no picture. What an option is by default, where that depends on the others, is decided
//! here, so that every door to the engine means the same.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::files::write_json;
use super::generate::{Emphasis, GenerateSettings};
use super::named_enum::named_enum;
use super::numbers::NumberFormat;
use super::options::{side, within};
use super::sampler::{SamplerKind, SigmaSpacing};
use super::settings::MAX_CLIP_SKIP;
use base::{Result, with_defaults};

/// The report's name in its folder.
pub const REPORT: &str = "invert.json";
/// The guidance that null-text inversion was published with.
const NULL_TEXT_GUIDANCE: f64 = 7.5;
/// The guidances of the paper's figure 11.
const SWEEP: [f64; 4] = [1.0, 2.0, 5.0, 10.0];

named_enum! {
    /// By which published rule a picture's latents are walked to noise. Both take steps of DDIM (Song et al. 2021,
    /// equation 12, without chance) from one noise level to the next, `x' = sqrt(ab') x0 + sqrt(1 - ab') e`; they differ
    /// in the time `t` that the network is told for its noise `e`, and so in where the walk begins.
    pub enum InversionForm as "form of inversion" {
        // `DDIMInverseScheduler` of diffusers: `e = eps(x, t')`.
        /// The sampler's own steps in the opposite order, each at the time it leads to, as diffusers does it.
        Diffusers = "diffusers",
        // Dhariwal and Nichol 2021 (arXiv 2105.05233), appendix F: `e = eps(x, t)`, over `ddim_timesteps[:-1]`.
        /// Each step at the time it comes from, as Dhariwal and Nichol publish it and the paper does it.
        Ddim = "ddim" as "DDIM",
    }
}

with_defaults! {
    /// A request for a picture's noise, and for what is drawn from it.
    #[derive(Debug, Clone, PartialEq, Serialize, clap::Args)]
    pub struct InvertSettings {
        /// What the picture shows, in a sentence, with the learned word in it.
        #[arg(long, value_name = "TEXT")]
        pub prompt: String = String::new(),
        /// What else to draw from the picture's noise: the same sentence with something changed.
        ///
        /// Up to 100 prompts, an option each. Default: nothing.
        #[arg(long, value_name = "TEXT")]
        pub to: Vec<String> = Vec::new(),
        /// How strictly those prompts are followed; each is drawn once for each of these. High ones lose the picture.
        ///
        /// 0 to 100, with commas between them. Default: 1,2,5,10; with --null-text 7.5.
        #[arg(long, value_name = "GUIDANCE", value_delimiter = ',')]
        pub guidance: Vec<f64> = Vec::new(),
        /// How many steps lie between picture and noise. More come back nearer to the picture.
        ///
        /// 2 to 1000. Default: 50; where the form ddim is asked for 250.
        #[arg(long)]
        pub steps: Option<usize> = None,
        /// By which published rule the picture becomes noise. By itself: what suits the model.
        ///
        /// Default: diffusers; ddim for models that predict velocity, whose pictures do not come back by the other.
        #[arg(long, ignore_case = true)]
        pub form: Option<InversionForm> = None,
        /// Learn what stands for the empty prompt at each step, so that the picture comes back with guidance too (Mokady et
        /// al. 2022). Takes long.
        ///
        /// For each guidance that is not 1.
        #[arg(long)]
        pub null_text: bool = false,
        /// Width and height in pixels. The middle square of the picture is taken.
        ///
        /// A multiple of 8 from 8 to 4096. Default: the model's own.
        #[arg(long, value_name = "PIXELS")]
        pub size: Option<u32> = None,
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
        /// The numbers of the networks.
        #[command(flatten)]
        #[serde(flatten)]
        pub numbers: NumberFormat = NumberFormat::default(),
    }
}

impl InvertSettings {
    /// The number of sampling steps.
    pub fn steps(&self) -> usize {
        self.steps.unwrap_or(if self.form == Some(InversionForm::Ddim) { 250 } else { 50 })
    }

    /// The guidances to draw with, each once.
    pub fn guidances(&self) -> Vec<f64> {
        let asked: &[f64] = match (self.guidance.as_slice(), self.null_text) {
            ([], true) => &[NULL_TEXT_GUIDANCE],
            ([], false) => &SWEEP[..],
            (asked, _) => asked,
        };
        let mut each: Vec<f64> = Vec::new();
        asked.iter().for_each(|guidance| {
            if !each.contains(guidance) {
                each.push(*guidance);
            }
        });
        each
    }

    /// The guidances for which a null text is learned.
    pub fn null_text_guidances(&self) -> Vec<f64> {
        let wanted = |guidance: &f64| self.null_text && *guidance != 1.0;
        self.guidances().into_iter().filter(wanted).collect()
    }

    /// The files that come of it, in the order in which they are written; the report is not among them.
    pub fn files(&self) -> Vec<String> {
        let mut files = vec![AUTOENCODER.to_owned(), ROUND_TRIP.to_owned()];
        files.extend(self.null_text_guidances().into_iter().map(null_text_file));
        let each = |number| self.guidances().into_iter().map(move |guidance| edit_file(number, guidance));
        files.extend((1..=self.to.len()).flat_map(each));
        files
    }

    /// What draws a prompt as this asks for.
    pub fn drawing(&self, prompt: &str, guidance: f64) -> GenerateSettings {
        GenerateSettings {
            prompt: prompt.into(),
            sampler: SamplerKind::Ddim,
            spacing: SigmaSpacing::Normal,
            steps: self.steps(),
            guidance: Some(guidance),
            width: self.size,
            height: self.size,
            clip_skip: self.clip_skip,
            emphasis: self.emphasis,
            precision: self.numbers.precision,
            weights: self.numbers.weights,
            ..GenerateSettings::default()
        }
    }

    /// Checks every range.
    pub fn validate(&self) -> Result<()> {
        // With one there may be nowhere to walk to.
        within("steps", self.steps(), 2, 1000)?;
        within("number of prompts to draw", self.to.len(), 0, 100)?;
        within("number of guidances", self.guidance.len(), 0, 16)?;
        self.guidance.iter().try_for_each(|guidance| within("guidance", *guidance, 0.0, 100.0))?;
        within("clip_skip", self.clip_skip, 1, MAX_CLIP_SKIP)?;
        side("size", self.size)
    }
}

/// What the autoencoder alone makes of the picture.
pub const AUTOENCODER: &str = "autoencoder.png";
/// The picture drawn again from its noise, without guidance.
pub const ROUND_TRIP: &str = "round-trip.png";

/// The picture drawn again with this guidance and the null text learned for it.
pub fn null_text_file(guidance: f64) -> String {
    format!("null-text-g{guidance}.png")
}

/// What prompt `number`, from 1, became with this guidance.
pub fn edit_file(number: usize, guidance: f64) -> String {
    format!("to-{number}-g{guidance}.png")
}

/// A picture of the folder beside another one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LikePicture {
    /// Its file.
    pub file: String,
    /// Peak signal-to-noise ratio in decibels, of levels from 0 to 255; `None` if not one of them differs.
    pub psnr: Option<f64>,
}

/// A null text that was learned.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NullTextReport {
    /// For this guidance.
    pub guidance: f64,
    /// The picture drawn with it, beside what the autoencoder alone makes of it.
    pub picture: LikePicture,
    /// Steps of the optimiser at each sampling step, the noisiest first.
    pub inner_steps: Vec<usize>,
    /// Mean squared error of the latents before the last of them.
    pub losses: Vec<f64>,
}

/// Another prompt drawn from the picture's noise.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Edit {
    /// The prompt.
    pub prompt: String,
    /// With this guidance.
    pub guidance: f64,
    /// Whether with a null text learned for it.
    pub null_text: bool,
    /// Its file.
    pub file: String,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct InversionReport {
    /// The picture.
    pub image: String,
    /// The model's name.
    pub model: String,
    /// The words that the prompts could name.
    pub words: Vec<String>,
    /// Everything that was asked for, with what was decided in its place where nothing was.
    pub settings: InvertSettings,
    /// What the autoencoder alone makes of the picture, beside it.
    pub autoencoder: Option<LikePicture>,
    /// The picture drawn again from its noise at guidance 1, beside what the autoencoder alone makes of it.
    pub round_trip: Option<LikePicture>,
    /// The null texts.
    pub null_texts: Vec<NullTextReport>,
    /// What else was drawn.
    pub edits: Vec<Edit>,
}

impl InversionReport {
    /// Writes it into its folder, over what was there; gives the file.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn save(&self, folder: &Path) -> Result<PathBuf> {
        let path = folder.join(REPORT);
        write_json(&path, self)?;
        Ok(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_open_depends_on_the_form_and_on_the_null_text() {
        let plain = InvertSettings::default();
        assert_eq!((plain.steps(), plain.guidances()), (50, SWEEP.to_vec()));
        let paper = InvertSettings { form: Some(InversionForm::Ddim), null_text: true, ..plain.clone() };
        assert_eq!((paper.steps(), paper.guidances()), (250, vec![7.5]));
        let asked = InvertSettings { guidance: vec![3.0, 1.0, 3.0], steps: Some(4), ..paper };
        assert_eq!((asked.steps(), asked.guidances()), (4, vec![3.0, 1.0]));
        assert_eq!(asked.null_text_guidances(), [3.0], "without guidance there is nothing to learn");
        let asked = InvertSettings { to: vec!["a".into(), "b".into()], ..asked };
        let files = ["null-text-g3.png", "to-1-g3.png", "to-1-g1.png", "to-2-g3.png", "to-2-g1.png"];
        assert_eq!(asked.files()[2..], files);
    }

    #[test]
    fn every_range_is_checked() {
        type Break = fn(&mut InvertSettings);
        let breaks: [(&str, Break); 5] = [
            ("steps", |s| s.steps = Some(1)),
            ("guidance", |s| s.guidance = vec![1.0, f64::NAN]),
            ("prompts", |s| s.to = vec![String::new(); 101]),
            ("size", |s| s.size = Some(100)),
            ("clip_skip", |s| s.clip_skip = 0),
        ];
        for (field, change) in breaks {
            let mut settings = InvertSettings::default();
            settings.validate().unwrap();
            change(&mut settings);
            let error = settings.validate().unwrap_err().to_string();
            assert!(error.contains(field), "{field}: {error}");
        }
    }
}
