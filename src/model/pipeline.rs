//! One loaded model: its tokenizers and networks, on one device, whatever its family and packaging.
//!
//! The autoencoder is loaded only when an image has to be encoded or decoded and can be dropped again, so
//! that learning has the memory for itself. Nothing is downloaded and nothing in its files is changed.

use std::path::Path;

use burn::module::Module as _;
use burn::tensor::{DType, Device};

use super::conditioner::TextEncoder;
use super::config::{ClipTextConfig, LdmBertConfig, PartConfig, UNetConfig, VaeConfig};
use super::source::{FileSource, Interrupt, Loader};
use super::{AutoencoderKl, ClipTextModel, Conditioner, LdmBertModel, UNet2dConditionModel};
use base::{Error, FileKind, Result};
use format::checkpoint::ModelFiles;
use format::names;
use project::{Family, ModelDefaults, Precision};
use text::Tokenizers;

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
    pub files: ModelFiles,
    /// Its fingerprint, for the files made with it; see [`ModelFiles::fingerprint`].
    pub fingerprint: String,
    /// Split prompts into tokens.
    pub tokenizers: Tokenizers,
    /// Turns tokens into what the U-Net is conditioned on.
    pub conditioner: Conditioner,
    /// Predicts the noise.
    pub unet: UNet2dConditionModel,
    /// The autoencoder's sizes, known even while it is not loaded.
    pub vae_config: VaeConfig,
    /// How its latents look, once that was found out.
    pub latent_colours: Option<LatentColours>,
    /// The device the networks are on.
    pub device: Device,
    /// Number format of the networks.
    pub precision: Precision,
    vae: Option<AutoencoderKl>,
}

impl Pipeline {
    /// Loads the model at `path` onto `device`. `progress` is called between any two tensors with what is being
    /// read and the fraction done; its error ends the loading.
    ///
    /// # Errors
    /// [`Error::File`] or [`Error::Io`] naming the part that is missing, damaged or of another kind; that of
    /// `progress`.
    pub fn open(
        path: &Path,
        device: &Device,
        precision: Precision,
        progress: &mut dyn FnMut(&'static str, f32) -> Result<()>,
    ) -> Result<Self> {
        let files = ModelFiles::open(path)?;
        progress("tokenizer", 0.0)?;
        let tokenizers = Tokenizers::open(&files)?;
        let fingerprint = files.fingerprint()?;
        let vae_config = VaeConfig::read(files.config("vae")?, &files.part_path("vae"))?;

        let reader = Reader { files: &files, device, precision };
        let conditioner = reader.conditioner(&mut || progress("text encoder", 0.05))?;

        let mut config = UNetConfig::read(files.config("unet")?, &files.part_path("unet"))?;
        // Stable Diffusion 2's scores leave the range of 16-bit floats, which older configurations do not say.
        config.upcast_attention |= files.family() == Family::Sd2;
        let load = |loader: &mut Loader<'_>| UNet2dConditionModel::load(loader, &config);
        let unet = reader.part("unet", str::to_owned, |_| false, &mut || progress("U-Net", 0.2), load)?;
        progress("U-Net", 1.0)?;

        let pipeline = Self {
            files,
            fingerprint,
            tokenizers,
            conditioner,
            unet,
            vae_config,
            latent_colours: None,
            vae: None,
            device: device.clone(),
            precision,
        };
        pipeline.check_parts_fit()?;
        Ok(pipeline)
    }

    /// Parts that were each read well may still not belong together.
    fn check_parts_fit(&self) -> Result<()> {
        let (width, context) = (self.conditioner.width(), self.unet.config.cross_attention_dim);
        let refuse = |fault: String| {
            let remedy = "Choose a complete text-to-image model.";
            Err(Error::file(FileKind::Model, self.files.path(), fault, remedy))
        };
        if width != context {
            return refuse(format!("its text encoder is {width} wide, but its U-Net reads {context}"));
        }
        for (encoder, tokenizer) in self.conditioner.encoders.iter().zip(self.tokenizers.iter()) {
            let (known, tokens) = (encoder.vocabulary().size(), tokenizer.vocabulary_size());
            if known != tokens {
                return refuse(format!("its tokenizer has {tokens} tokens, but its text encoder {known}"));
            }
            if tokenizer.context_length > encoder.positions() {
                let length = tokenizer.context_length;
                return refuse(format!("its tokenizer makes {length} tokens, too many for its text encoder"));
            }
        }
        if self.conditioner.pools != self.unet.config.added_widths().is_some() {
            return refuse("its U-Net and its text encoders are not of one family".into());
        }
        let channels = self.unet.config.in_channels;
        if channels != self.vae_config.latent_channels {
            return refuse(format!("its U-Net takes {channels} channels (an inpainting model?)"));
        }
        Ok(())
    }

    /// The autoencoder, loaded if it is not. That of Stable Diffusion XL leaves the range of 16-bit floats, so it is
    /// always in f32.
    pub fn vae(&mut self) -> Result<&AutoencoderKl> {
        let vae = match self.vae.take() {
            Some(vae) => vae,
            None => {
                let precision = match self.files.family() {
                    Family::Sdxl => Precision::F32,
                    _ => self.precision,
                };
                let reader = Reader { files: &self.files, device: &self.device, precision };
                let load = |loader: &mut Loader<'_>| AutoencoderKl::load(loader, &self.vae_config);
                reader.part("vae", names::vae_name, |_| false, &mut || Ok(()), load)?
            }
        };
        Ok(self.vae.insert(vae))
    }

    /// Frees the autoencoder's memory.
    pub fn drop_vae(&mut self) {
        self.vae = None;
        self.device.memory_cleanup();
    }

    /// Number of parameters of the text encoders and the U-Net.
    pub fn parameters(&self) -> usize {
        self.conditioner.parameters() + self.unet.num_params()
    }

    /// The side, in pixels, that the model was made for.
    pub fn native_size(&self) -> u32 {
        (self.unet.config.sample_size * self.vae_config.downsampling()) as u32
    }

    /// What it decides where the settings leave it open.
    pub fn defaults(&self) -> ModelDefaults {
        ModelDefaults { size: self.native_size(), guidance: self.files.guidance() }
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
        let most = self.conditioner.most_clip_skip();
        if (1..=most).contains(&clip_skip) {
            return Ok(());
        }
        let fault = format!("A clip skip of {clip_skip} leaves nothing of this model's text encoder");
        Err(Error::input(fault, format!("Choose a clip skip from 1 to {most}.")))
    }
}

/// How the parts of a model are read.
struct Reader<'a> {
    files: &'a ModelFiles,
    device: &'a Device,
    precision: Precision,
}

impl Reader<'_> {
    /// The part of this name, as `load` builds it; every tensor that is not ignored must have a place in it.
    fn part<T>(
        &self,
        part: &str,
        rename: impl Fn(&str) -> String,
        ignore: impl Fn(&str) -> bool,
        interrupt: Interrupt<'_>,
        load: impl FnOnce(&mut Loader<'_>) -> Result<T>,
    ) -> Result<T> {
        let weights = self.files.weights(part, self.precision != Precision::F32)?;
        let mut source = FileSource::new(weights, self.files.part_path(part), rename, ignore, interrupt)?;
        let built = load(&mut Loader::new(&mut source, self.device, dtype(self.precision)))?;
        source.finish()?;
        Ok(built)
    }

    fn conditioner(&self, interrupt: Interrupt<'_>) -> Result<Conditioner> {
        Ok(match self.files.family() {
            Family::Sd1 | Family::Sd2 => {
                Conditioner::single(TextEncoder::Clip(self.clip("text_encoder", false, interrupt)?))
            }
            Family::Sdxl => {
                let first = self.clip("text_encoder", false, interrupt)?;
                let second = self.clip("text_encoder_2", true, interrupt)?;
                Conditioner::pair(first, second, self.files.zero_negative())
            }
            Family::Ldm => {
                let path = self.files.part_path("text_encoder");
                let config = LdmBertConfig::read(self.files.config("text_encoder")?, &path)?;
                // The head that guesses words is not used.
                let ignore = |name: &str| name.starts_with("to_logits.");
                let load = |loader: &mut Loader<'_>| LdmBertModel::load(loader, &config);
                let model = self.part("text_encoder", str::to_owned, ignore, interrupt, load)?;
                Conditioner::single(TextEncoder::Bert(model))
            }
        })
    }

    fn clip(&self, part: &str, projecting: bool, interrupt: Interrupt<'_>) -> Result<ClipTextModel> {
        let config = ClipTextConfig::read(self.files.config(part)?, &self.files.part_path(part))?;
        // Some exports of a text encoder without projection carry one all the same.
        let ignore =
            |name: &str| names::is_position_table(name) || (!projecting && name == "text_projection.weight");
        let load = if projecting { ClipTextModel::load_projecting } else { ClipTextModel::load };
        self.part(part, names::clip_name, ignore, interrupt, |loader| load(loader, &config))
    }
}
