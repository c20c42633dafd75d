//! What a model is, by its configuration and the headers of its weights.
//!
//! Nothing is loaded and nothing copied; what cannot be used is said with its reason.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::clip_vision::ClipModel;
use crate::memory::{DeviceMemory, ModelSizes, Plan};
use base::Result;
use format::checkpoint::ModelFiles;
use project::file_hashes::FileHashes;
use project::{DataDir, Family, LearnSettings, Lineage, ModelDefaults};

/// What a model is, by its configuration.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ModelCard {
    /// Its file or folder.
    pub path: PathBuf,
    /// What that is called.
    pub name: String,
    /// What was recognised, label and value, in the order in which to show it; empty if it cannot be used.
    pub facts: Vec<(String, String)>,
    /// Why it cannot be used, as a sentence.
    pub fault: Option<String>,
    /// Its family, if it was recognised.
    pub family: Option<Family>,
    /// From which model of Stable Diffusion XL it was made, if it says.
    pub lineage: Option<Lineage>,
    /// Bytes of its weights.
    pub bytes: u64,
    /// Parameters of its networks.
    pub parameters: u64,
    /// Elements in one channel of the latents of an image of its own size.
    pub latent_size: u64,
    /// Width of a word's embedding, in all text encoders together; 0 if unknown.
    pub width: usize,
    /// The side in pixels it was made for; 0 if unknown.
    pub size: u32,
    /// The guidance it draws best at, if it says so.
    pub guidance: Option<f64>,
    /// The CLIP that it brings, if it does.
    pub clip: Option<PathBuf>,
    /// How many numbers that has.
    pub clip_numbers: usize,
    /// Sizes of its networks, if it can be used.
    pub sizes: Option<ModelSizes>,
}

impl ModelCard {
    /// What the model decides where the settings leave it open.
    pub fn defaults(&self) -> ModelDefaults {
        ModelDefaults { size: self.size, guidance: self.guidance }
    }

    /// How to learn with it on a device with such memory, judged by its own CLIP if it has one; see [`ModelSizes::plan`].
    pub fn plan(&self, settings: &LearnSettings, memory: DeviceMemory) -> Option<Plan> {
        let judge = if settings.score_every > 0 { self.clip_numbers } else { 0 };
        self.sizes.as_ref().map(|sizes| sizes.plan(settings, memory, judge))
    }

    /// The card of whatever is at `path`.
    pub fn of(path: &Path) -> Self {
        Self::read(path).unwrap_or_else(|error| Self { fault: Some(error.to_string()), ..Self::blank(path) })
    }

    fn blank(path: &Path) -> Self {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Self { path: path.to_path_buf(), name, ..Self::default() }
    }

    /// Reads what a model is.
    ///
    /// # Errors
    /// As [`ModelFiles::open`] and its configurations.
    pub fn read(path: &Path) -> Result<Self> {
        let files = ModelFiles::open(path)?;
        let sizes = ModelSizes::read(&files)?;
        let encoders: &[&str] = match files.family() {
            Family::Sdxl => &["text_encoder", "text_encoder_2"],
            _ => &["text_encoder"],
        };
        let widths: Vec<usize> = sizes.text.iter().map(|text| text.width).collect();
        let size = sizes.unet.side() * sizes.vae.downsampling();
        let clip = Some(path.join("clip")).filter(|clip| clip.join("config.json").is_file());
        let each: Vec<String> = widths.iter().map(ToString::to_string).collect();
        let mut facts = vec![
            ("model".to_owned(), format!("{} ({})", files.name(), files.family().name())),
            ("made for".to_owned(), format!("{size} pixels")),
            ("vectors of".to_owned(), format!("{} numbers", each.join(" + "))),
        ];
        if let Some(lineage) = files.lineage() {
            facts.insert(1, ("lineage".to_owned(), lineage.label().to_owned()));
        }
        let (mut bytes, mut parameters) = (0, 0);
        let mut counted = BTreeSet::new();
        for part in encoders.iter().copied().chain(["unet", "vae"]) {
            let weights = files.weights(part, false)?;
            // The parts of a single file share it.
            let new = weights.files().filter(|(path, _)| counted.insert(path.to_path_buf()));
            bytes += new.map(|(_, file)| file.len() as u64).sum::<u64>();
            let floats: Vec<&str> = weights.names().filter(|name| weights.is_float(name)).collect();
            let mut numbers = 0_usize;
            for name in &floats {
                numbers += weights.shape(name)?.iter().product::<usize>();
            }
            parameters += numbers as u64;
            let kind = floats.first().map(|name| weights.dtype(name)).transpose()?;
            let kind = kind.map_or_else(String::new, |kind| format!(" in {kind:?}"));
            facts.push((part.to_owned(), format!("{numbers} numbers in {} tensors{kind}", floats.len())));
        }
        let scheduler = files.scheduler().unwrap_or_default();
        if scheduler["prediction_type"] == "v_prediction" {
            let stretched = scheduler["rescale_betas_zero_snr"] == true;
            let more = if stretched { ", down to pure noise (zero terminal SNR)" } else { "" };
            facts.push(("predicts".to_owned(), format!("the velocity (v-prediction){more}")));
        }
        facts.push(("fingerprint".to_owned(), files.fingerprint()?));
        // Only where it was computed: reading gigabytes for it is not for a glance at a model.
        let known = path.is_file().then(|| FileHashes::of(&DataDir::usual()).known(path)).flatten();
        facts.extend(known.map(|sha256| ("SHA-256".to_owned(), sha256)));
        Ok(Self {
            facts,
            family: Some(files.family()),
            lineage: files.lineage(),
            width: widths.iter().sum(),
            size: u32::try_from(size).unwrap_or(0),
            guidance: files.guidance(),
            bytes,
            parameters,
            latent_size: (sizes.unet.side() * sizes.unet.side()) as u64,
            // One that is damaged is told of by whoever opens it.
            clip_numbers: clip.as_deref().map_or(0, |clip| ClipModel::numbers(clip).unwrap_or(0)),
            clip,
            sizes: Some(sizes),
            ..Self::blank(path)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_starter_model_says_what_it_draws_best_at() {
        let starter = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/starter");
        assert_eq!(ModelCard::of(&starter).defaults(), ModelDefaults { size: 64, guidance: Some(4.0) });
    }
}
