//! What can be wrong with a request, found by headers and configurations before gigabytes are read.
//!
//! The jobs check again what they have loaded; here is only what costs next to nothing. It reads no weights, asks no
//! device and leaves nothing behind.

use std::path::{Path, PathBuf};

use base::Result;
use diffusion::{SchedulerConfig, sampler};
use format::ModelFiles;
use format::embedding;
use format::lora::Additions;
use model::config::{ClipTextConfig, LdmBertConfig, PartConfig as _, VaeConfig};
use model::pipeline::{expect_clip_skip, expect_size};
use project::{Family, LoraUse, SamplerKind, SigmaSpacing};
use text::Tokenizers;

/// A model by what it says of itself.
pub(crate) struct Preflight {
    files: ModelFiles,
    /// Numbers in a vector of a word, for each text encoder.
    widths: Vec<usize>,
    most_clip_skip: usize,
    /// Pixels that one latent spans along each axis.
    step: u32,
}

impl Preflight {
    /// Recognises the model at `path`.
    pub fn of(path: &Path) -> Result<Self> {
        Self::of_files(ModelFiles::open(path)?)
    }

    /// Recognises a model that a picture is to be edited with, which may be made for nothing else.
    pub fn to_edit(path: &Path) -> Result<Self> {
        Self::of_files(ModelFiles::open_to_edit(path)?)
    }

    fn of_files(files: ModelFiles) -> Result<Self> {
        let vae = VaeConfig::read(files.config("vae")?, &files.part_path("vae"))?;
        let parts: &[&str] = match files.family() {
            Family::Sdxl => &["text_encoder", "text_encoder_2"],
            _ => &["text_encoder"],
        };
        let mut widths = Vec::new();
        let mut layers = usize::MAX;
        for part in parts {
            let (config, at) = (files.config(part)?, files.part_path(part));
            let (width, depth) = match files.family() {
                Family::Ldm => {
                    let config = LdmBertConfig::read(config, &at)?;
                    (config.d_model, config.encoder_layers)
                }
                _ => {
                    let config = ClipTextConfig::read(config, &at)?;
                    (config.hidden_size, config.num_hidden_layers)
                }
            };
            widths.push(width);
            layers = layers.min(depth);
        }
        // Stable Diffusion 2 comes without its last layer, which is counted all the same.
        let most_clip_skip = layers + usize::from(files.family() == Family::Sd2);
        Ok(Self { files, widths, most_clip_skip, step: vae.downsampling() as u32 })
    }

    pub fn files(&self) -> &ModelFiles {
        &self.files
    }

    /// How wide the vectors of a word are, for each text encoder.
    pub fn widths(&self) -> &[usize] {
        &self.widths
    }

    /// Refuses files that are no words, or words for other text encoders.
    pub fn words(&self, paths: &[PathBuf]) -> Result<()> {
        for path in paths {
            for word in embedding::read_all(path)? {
                word.expect_widths(&self.widths, path)?;
            }
        }
        Ok(())
    }

    /// Refuses files that are no LoRAs, or LoRAs for other models.
    pub fn loras(&self, loras: &[LoraUse]) -> Result<()> {
        Additions::fit(&self.files, loras).map(drop)
    }

    /// Refuses a side the networks cannot draw; `None` is the model's own, which they can.
    pub fn size(&self, width: Option<u32>, height: Option<u32>) -> Result<()> {
        let [width, height] = match (width, height) {
            (Some(width), Some(height)) => [width, height],
            (Some(side), None) | (None, Some(side)) => [side; 2],
            (None, None) => return Ok(()),
        };
        expect_size(self.step, width, height)
    }

    /// Refuses a clip skip beyond the first layer.
    pub fn clip_skip(&self, clip_skip: usize) -> Result<()> {
        expect_clip_skip(self.most_clip_skip, clip_skip)
    }

    /// Refuses a number of steps that the sampler cannot take.
    pub fn sampler(&self, kind: SamplerKind, spacing: SigmaSpacing, eta: f64, steps: usize) -> Result<()> {
        sampler::build(kind, spacing, eta, steps, &self.scheduler()?).map(drop)
    }

    /// The tokenizers, which are read from small files.
    pub fn tokenizers(&self) -> Result<Tokenizers> {
        Tokenizers::open(&self.files)
    }

    /// The noise schedule it was trained with.
    pub fn scheduler(&self) -> Result<SchedulerConfig> {
        SchedulerConfig::from_json(self.files.scheduler()?, &self.files.part_path("scheduler"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::tests::golden;

    #[test]
    fn a_model_without_weights_is_enough_to_refuse() {
        let folder = tempfile::tempdir().unwrap();
        for part in ["text_encoder", "tokenizer", "unet", "vae", "scheduler"] {
            std::fs::create_dir(folder.path().join(part)).unwrap();
            for file in std::fs::read_dir(golden().join(part)).unwrap().map(|entry| entry.unwrap().path()) {
                if file.extension().is_some_and(|ending| ending != "safetensors") {
                    std::fs::copy(&file, folder.path().join(part).join(file.file_name().unwrap())).unwrap();
                }
            }
        }
        std::fs::copy(golden().join("model_index.json"), folder.path().join("model_index.json")).unwrap();
        let preflight = Preflight::of(folder.path()).unwrap();
        let words = golden().join("../embeddings");
        preflight.words(&[words.join("a1111.pt")]).unwrap();
        let sentence = preflight.words(&[words.join("sdxl.safetensors")]).unwrap_err().to_string();
        assert!(sentence.contains("sdxl.safetensors") && sentence.contains("needs 32"), "{sentence}");
        assert!(preflight.size(Some(64), None).is_ok() && preflight.clip_skip(1).is_ok());
        assert!(preflight.size(Some(64), Some(61)).unwrap_err().to_string().contains("height"));
        assert!(preflight.clip_skip(9).is_err() && preflight.tokenizers().is_ok());
        assert_eq!(preflight.scheduler().unwrap().num_train_timesteps, 1000);
        let sampler = |kind, steps| preflight.sampler(kind, SigmaSpacing::Normal, 0.0, steps);
        assert!(sampler(SamplerKind::Ddim, 500).is_ok() && sampler(SamplerKind::Lcm, 500).is_err());
    }
}
