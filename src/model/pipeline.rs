//! One loaded model: the tokenizer and the networks of a Stable Diffusion folder, on one device.
//!
//! The autoencoder is loaded only when a picture has to be encoded or decoded and can be dropped again, so
//! that learning has the memory for itself. Nothing is downloaded and nothing in the folder is changed.

use std::path::Path;

use burn::tensor::{DType, Device};

use super::config::{ClipTextConfig, PartConfig, UNetConfig, VaeConfig};
use super::source::FileSource;
use super::{AutoencoderKl, ClipTextModel, UNet2dConditionModel};
use crate::error::{Error, FileKind, Result};
use crate::format::checkpoint::ModelFiles;
use crate::format::names;
use crate::project::Precision;
use crate::text::ClipTokenizer;

/// The tensor type of a precision.
pub fn dtype(precision: Precision) -> DType {
    match precision {
        Precision::F32 => DType::F32,
        Precision::F16 => DType::F16,
        Precision::Bf16 => DType::BF16,
    }
}

/// How scaled latents look, roughly: a linear map to red, green and blue from -1 to 1.
#[derive(Debug, Clone, PartialEq)]
pub struct LatentColours {
    /// What each channel adds for each unit.
    pub channels: Vec<[f32; 3]>,
    /// The colour of latents that are zero.
    pub base: [f32; 3],
}

/// A model ready to learn and to draw.
pub struct Pipeline {
    /// Where it came from.
    pub folder: ModelFiles,
    /// Its cheap identity, for the files made with it; see [`ModelFiles::hash`].
    pub hash: String,
    /// Splits prompts into tokens.
    pub tokenizer: ClipTokenizer,
    /// Turns tokens into the context.
    pub text_encoder: ClipTextModel,
    /// Predicts the noise.
    pub unet: UNet2dConditionModel,
    /// The autoencoder's sizes, known even while it is not loaded.
    pub vae_config: VaeConfig,
    /// How its latents look, once that was found out.
    pub latent_colours: Option<LatentColours>,
    vae: Option<AutoencoderKl>,
    device: Device,
    precision: Precision,
    parameters: usize,
}

impl Pipeline {
    /// Loads the folder at `path` onto `device`. `progress` is told what is being read and the fraction done.
    ///
    /// # Errors
    /// [`Error::File`] or [`Error::Io`] naming the part that is missing, damaged or of another kind.
    pub fn open(
        path: &Path,
        device: &Device,
        precision: Precision,
        progress: &mut dyn FnMut(&str, f32),
    ) -> Result<Self> {
        let folder = ModelFiles::open(path)?;
        progress("tokenizer", 0.0);
        let tokenizer = ClipTokenizer::of(&folder.tokenizer("tokenizer")?)?;
        let hash = folder.hash()?;
        let vae_config = VaeConfig::read(folder.config("vae")?, &folder.part_path("vae"))?;

        progress("text encoder", 0.05);
        let half = precision != Precision::F32;
        let dtype = dtype(precision);
        let part = folder.part_path("text_encoder");
        let config = ClipTextConfig::read(folder.config("text_encoder")?, &part)?;
        let mut source = FileSource::new(
            folder.weights("text_encoder", half)?,
            part,
            names::clip_name,
            names::is_position_table,
        )?;
        let text_encoder = ClipTextModel::load(&config, &mut source, device, dtype)?;
        let text_report = source.finish()?;

        progress("U-Net", 0.2);
        let part = folder.part_path("unet");
        let config = UNetConfig::read(folder.config("unet")?, &part)?;
        let mut source = FileSource::new(folder.weights("unet", half)?, part, str::to_owned, |_| false)?;
        let unet = UNet2dConditionModel::load(&config, &mut source, device, dtype)?;
        let unet_report = source.finish()?;
        progress("U-Net", 1.0);

        let parameters = text_report.parameters + unet_report.parameters;
        let pipeline = Self {
            folder,
            hash,
            tokenizer,
            text_encoder,
            unet,
            vae_config,
            latent_colours: None,
            vae: None,
            device: device.clone(),
            precision,
            parameters,
        };
        pipeline.check_parts_fit()?;
        Ok(pipeline)
    }

    /// Parts that were each read well may still not belong together.
    fn check_parts_fit(&self) -> Result<()> {
        let encoder = self.text_encoder.config();
        let context = self.unet.config().cross_attention_dim;
        let tokens = self.tokenizer.vocabulary_size();
        let fault = if encoder.hidden_size != context {
            format!("its text encoder is {} wide, but its U-Net reads {context}", encoder.hidden_size)
        } else if encoder.vocab_size != tokens {
            format!("its tokenizer has {tokens} tokens, but its text encoder {}", encoder.vocab_size)
        } else if self.tokenizer.window() > encoder.max_position_embeddings {
            format!("its tokenizer makes {} tokens, too many for its text encoder", self.tokenizer.window())
        } else if self.unet.config().in_channels != self.vae_config.latent_channels {
            format!("its U-Net takes {} channels (an inpainting model?)", self.unet.config().in_channels)
        } else {
            return Ok(());
        };
        let remedy = "Choose a complete text-to-image Stable Diffusion 1 folder.";
        Err(Error::file(FileKind::Model, self.folder.path(), fault, remedy))
    }

    /// The autoencoder, loaded if it is not.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn vae(&mut self) -> Result<&AutoencoderKl> {
        let vae = match self.vae.take() {
            Some(vae) => vae,
            None => {
                let part = self.folder.part_path("vae");
                let half = self.precision != Precision::F32;
                let mut source =
                    FileSource::new(self.folder.weights("vae", half)?, part, names::vae_name, |_| false)?;
                let vae =
                    AutoencoderKl::load(&self.vae_config, &mut source, &self.device, dtype(self.precision))?;
                source.finish()?;
                vae
            }
        };
        Ok(self.vae.insert(vae))
    }

    /// Frees the autoencoder's memory.
    pub fn drop_vae(&mut self) {
        self.vae = None;
        self.device.memory_cleanup();
    }

    /// The device the networks are on.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// Number format of the networks.
    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// Numbers in the text encoder and the U-Net.
    pub fn parameters(&self) -> usize {
        self.parameters
    }

    /// The side, in pixels, that the model was made for.
    pub fn native_size(&self) -> u32 {
        (self.unet.config().sample_size * self.vae_config.downsampling()) as u32
    }

    /// Refuses a size the networks cannot draw.
    pub fn check_size(&self, width: u32, height: u32) -> Result<()> {
        let step = self.vae_config.downsampling() as u32;
        if width >= step && height >= step && width.is_multiple_of(step) && height.is_multiple_of(step) {
            return Ok(());
        }
        Err(Error::input(
            format!("A picture of {width} x {height} pixels does not fit this model"),
            format!("Choose a width and height that are multiples of {step}."),
        ))
    }

    /// Refuses a clip skip beyond the first layer.
    pub fn check_clip_skip(&self, clip_skip: usize) -> Result<()> {
        let layers = self.text_encoder.config().num_hidden_layers;
        if (1..=layers).contains(&clip_skip) {
            return Ok(());
        }
        let fault =
            format!("A clip skip of {clip_skip} leaves nothing of a text encoder with {layers} layers");
        Err(Error::input(fault, format!("Choose a clip skip from 1 to {layers}.")))
    }
}
