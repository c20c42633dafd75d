//! What is asked for when pictures are generated: prompt, sampler, size, seed.
//!
//! It checks ranges only; whether a model can make the size, and what it makes of the prompt, is decided
//! above.

use serde::{Deserialize, Serialize};

use super::choice::choice;
use super::concept::ConceptKind;
use super::settings::{MAX_CLIP_SKIP, MAX_SEED, Precision, side, within};
use base::{Error, Result};

choice! {
    /// How noise is turned into a picture. Names of diffusers' scheduler classes in brackets.
    pub enum SamplerKind as "sampler" {
        /// Even, repeatable steps; the paper's choice (`DDIMScheduler`).
        Ddim = "ddim",
        /// The first sampler of Stable Diffusion, also called PLMS (`PNDMScheduler`).
        Pndm = "pndm",
        /// Simple and quick (`EulerDiscreteScheduler`).
        Euler = "euler",
        /// Adds new noise in every step: lively, and never settles (`EulerAncestralDiscreteScheduler`).
        EulerAncestral = "euler-ancestral",
        /// Good pictures in 20 to 30 steps (`DPMSolverMultistepScheduler`, order 2).
        DpmPp2m = "dpmpp-2m",
        /// Good pictures in 10 to 20 steps (`UniPCMultistepScheduler`).
        UniPc = "unipc",
        /// Two to eight steps, only for models made for it (`LCMScheduler`).
        Lcm = "lcm",
    }
}

choice! {
    /// How the noise levels are spread over the steps.
    pub enum SigmaSpacing as "noise spacing" {
        /// As the model was trained.
        Normal = "normal",
        /// More steps at low noise, for finer detail (Karras et al. 2022, arXiv 2206.00364, eq. 5).
        Karras = "karras",
    }
}

/// A request for pictures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GenerateSettings {
    /// What the picture should show. Empty is allowed: the model then dreams.
    pub prompt: String,
    /// What the picture should not show. Default: nothing.
    pub negative_prompt: String,
    /// How noise is turned into a picture. Default: dpmpp-2m.
    pub sampler: SamplerKind,
    /// How the noise levels are spread over the steps, where the sampler knows several ways. Default: karras.
    pub spacing: SigmaSpacing,
    /// New noise added by DDIM in each step, 0 (none, repeatable) to 1. Other samplers do not use it.
    /// Default: 0.
    pub eta: f64,
    /// How many steps, 1 to 1000. More is slower and, after some 30, hardly better. Default: 25.
    pub steps: usize,
    /// How strictly the prompt is followed, 0 to 100; 1 is without guidance. Default: 7.5.
    pub guidance: f64,
    /// Where chance starts, 0 to 9223372036854775807: the same number gives the same picture. Default: 0.
    pub seed: u64,
    /// How many pictures, 1 to 1000; each has the seed one higher than the one before. Default: 1.
    pub count: usize,
    /// Width in pixels, a multiple of 8 from 8 to 4096. Default: the model's own.
    pub width: Option<u32>,
    /// Height in pixels, a multiple of 8 from 8 to 4096. Default: the model's own.
    pub height: Option<u32>,
    /// Which layer of the text encoder is used, counted from the last, 1 to 12: 1 is the last, 2 is "clip
    /// skip 2". Default: 1.
    pub clip_skip: usize,
    /// Number format of the networks. Default: f32.
    pub precision: Precision,
}

impl Default for GenerateSettings {
    fn default() -> Self {
        Self {
            prompt: String::new(),
            negative_prompt: String::new(),
            sampler: SamplerKind::DpmPp2m,
            spacing: SigmaSpacing::Karras,
            eta: 0.0,
            steps: 25,
            guidance: 7.5,
            seed: 0,
            count: 1,
            width: None,
            height: None,
            clip_skip: 1,
            precision: Precision::F32,
        }
    }
}

impl GenerateSettings {
    /// Checks every range.
    ///
    /// # Errors
    /// [`Error::Input`] naming the setting and its range.
    pub fn validate(&self) -> Result<()> {
        within("eta", self.eta, 0.0, 1.0)?;
        within("steps", self.steps, 1, 1000)?;
        within("guidance", self.guidance, 0.0, 100.0)?;
        within("seed", self.seed, 0, MAX_SEED)?;
        within("count", self.count, 1, 1000)?;
        within("clip_skip", self.clip_skip, 1, MAX_CLIP_SKIP)?;
        side("width", self.width)?;
        side("height", self.height)?;
        if self.seed > MAX_SEED - self.count as u64 {
            return Err(Error::input("seed is too large for that many pictures", "Choose a smaller seed."));
        }
        Ok(())
    }
}

/// The pictures made while learning, always from the same seeds so that they can be compared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PreviewSettings {
    /// What to draw, up to 16 prompts; {} stands for the word. Default: one sentence like those it learns
    /// from, and one quite unlike them, which shows whether the word can still be combined.
    pub prompts: Vec<String>,
    /// Where chance starts, 0 to 9223372036854775807. Default: 0.
    pub seed: u64,
    /// How many sampling steps, 1 to 1000. Default: 20.
    pub steps: usize,
    /// How strictly the prompt is followed, 0 to 100. Default: 7.5.
    pub guidance: f64,
    /// How noise is turned into a picture. Default: dpmpp-2m.
    pub sampler: SamplerKind,
    /// How the noise levels are spread over the steps. Default: karras.
    pub spacing: SigmaSpacing,
    /// Width and height in pixels, a multiple of 8 from 8 to 4096. Default: the size learned at.
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
            guidance: 7.5,
            sampler: SamplerKind::DpmPp2m,
            spacing: SigmaSpacing::Karras,
            size: None,
        }
    }
}

impl Default for PreviewSettings {
    fn default() -> Self {
        Self::new(ConceptKind::Object)
    }
}

impl PreviewSettings {
    /// Checks every range.
    ///
    /// # Errors
    /// [`Error::Input`] naming the setting and its range, or the prompt without a place for the word.
    pub fn validate(&self) -> Result<()> {
        within("preview.seed", self.seed, 0, MAX_SEED)?;
        within("preview.steps", self.steps, 1, 1000)?;
        within("preview.guidance", self.guidance, 0.0, 100.0)?;
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
    fn every_range_is_checked() {
        type Break = fn(&mut GenerateSettings);
        let breaks: [(&str, Break); 9] = [
            ("eta", |s| s.eta = 1.1),
            ("steps", |s| s.steps = 0),
            ("guidance", |s| s.guidance = f64::NAN),
            ("seed", |s| s.seed = u64::MAX),
            ("seed", |s| s.seed = MAX_SEED),
            ("count", |s| s.count = 0),
            ("clip_skip", |s| s.clip_skip = 0),
            ("width", |s| s.width = Some(513)),
            ("height", |s| s.height = Some(0)),
        ];
        for (field, change) in breaks {
            let mut settings = GenerateSettings::default();
            change(&mut settings);
            let error = settings.validate().unwrap_err().to_string();
            assert!(error.contains(field), "{field}: {error}");
        }
    }
}
