//! One loaded model: its tokenizers and networks, on one device, whatever its family and packaging.
//!
//! The autoencoder is loaded with the rest or when an image has to be encoded or decoded, and can be dropped
//! again, so that learning has the memory for itself. Nothing is downloaded and nothing in its files is changed. Its
//! length is that of reading: what each part needs, how far it is, and what it finds worth saying.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::path::Path;

use burn::tensor::{DType, Device};

use super::conditioner::TextEncoder;
use super::config::{ClipTextConfig, LdmBertConfig, PartConfig, UNetConfig, VaeConfig};
use super::memory::ModelSizes;
use super::merge;
use super::source::{FileSource, Loader, ParameterSource};
use super::{AutoencoderKl, ClipTextModel, Conditioner, LdmBertModel, TinyDecoder, UNet2dConditionModel};
use base::{Error, FileKind, Result};
use format::checkpoint::ModelFiles;
use format::lora::{Additions, LoraKey};
use format::names;
use project::options::nearest_multiples;
use project::{Family, LoraUse, ModelDefaults, NumberFormat, Precision, WeightFormat};
use text::{TextTokenizer, Tokenizers};

/// The tensor type of a precision; f32 where it is not resolved.
pub fn dtype(precision: Precision) -> DType {
    match precision {
        Precision::F32 | Precision::Auto => DType::F32,
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

/// A tensor as it is stored: its shape and its numbers.
pub type Stored = (Vec<usize>, Vec<f32>);

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
    /// What shows its latents better, if there is a file of that; it is looked for with their colours.
    pub tiny_decoder: Option<TinyDecoder>,
    /// The device the networks are on.
    pub device: Device,
    /// The numbers of the networks.
    pub numbers: NumberFormat,
    /// What is worth knowing of its files, as sentences.
    pub notes: Vec<String>,
    /// The LoRAs that were added to it while it was read.
    pub loras: Vec<LoraKey>,
    sizes: ModelSizes,
    vae: Option<AutoencoderKl>,
}

impl Pipeline {
    /// Loads the model at `path` onto `device`, without its autoencoder. `progress` is called between any two tensors,
    /// and within large ones, with what is being read and the fraction done of all that is to be; its error ends the
    /// loading.
    ///
    /// # Errors
    /// [`Error::File`] or [`Error::Io`] naming the part that is missing, damaged or of another kind; that of
    /// `progress`.
    pub fn open(
        path: &Path,
        device: &Device,
        numbers: impl Into<NumberFormat>,
        progress: &mut Progress<'_>,
    ) -> Result<Self> {
        let files = ModelFiles::open_to_edit(path)?;
        let meter = Meter::new(&files, &["text_encoder", "text_encoder_2", "unet"], progress);
        let pipeline = Self::open_parts(files, device, device, numbers.into(), &[], &meter)?;
        meter.finish("U-Net")?;
        Ok(pipeline)
    }

    /// [`Self::open`] with the autoencoder, with `loras` added to its weights, and with the text encoders on
    /// `text_device`: where that is another one, in f32.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_whole(
        path: &Path,
        device: &Device,
        text_device: &Device,
        numbers: impl Into<NumberFormat>,
        loras: &[LoraUse],
        progress: &mut Progress<'_>,
    ) -> Result<Self> {
        let files = ModelFiles::open_to_edit(path)?;
        let meter = Meter::new(&files, &["text_encoder", "text_encoder_2", "unet", "vae"], progress);
        let mut pipeline = Self::open_parts(files, device, text_device, numbers.into(), loras, &meter)?;
        pipeline.vae = Some(pipeline.read_vae(&meter)?);
        meter.finish("autoencoder")?;
        Ok(pipeline)
    }

    fn open_parts(
        files: ModelFiles,
        device: &Device,
        text_device: &Device,
        numbers: NumberFormat,
        loras: &[LoraUse],
        meter: &Meter<'_>,
    ) -> Result<Self> {
        meter.tell("tokenizer")?;
        let additions = Additions::fit(&files, loras)?;
        let tokenizers = Tokenizers::open(&files)?;
        let fingerprint = files.fingerprint()?;
        let vae_config = VaeConfig::read(files.config("vae")?, &files.part_path("vae"))?;

        let text_precision = if text_device == device { numbers.precision } else { Precision::F32 };
        let reader = Reader {
            files: &files,
            device: text_device,
            // What is rounded here turns the word's gradient most of all.
            numbers: text_precision.into(),
            meter,
            notes: RefCell::default(),
            additions: &additions,
        };
        let conditioner = reader.conditioner(&tokenizers)?;
        let reader = Reader { device, numbers, ..reader };

        let mut config = UNetConfig::read(files.config("unet")?, &files.part_path("unet"))?;
        // Stable Diffusion 2's scores leave the range of 16-bit floats, which older configurations do not say.
        config.upcast_attention |= files.family() == Family::Sd2;
        let load = |loader: &mut Loader<'_>| UNet2dConditionModel::load(loader, &config);
        let unet = reader.part("unet", str::to_owned, |_| false, load)?;
        let mut notes = reader.notes.into_inner();
        notes.extend(additions.notes);
        for note in tokenizers.iter().flat_map(|tokenizer| &tokenizer.notes) {
            // Tokenizers of one model are given the same words.
            if !notes.contains(note) {
                notes.push(note.clone());
            }
        }

        let mut sizes = ModelSizes::loaded(&conditioner, &config, &vae_config).kept_as(&files)?;
        // What is added to a number has more digits than it.
        sizes.halves &= additions.keys.is_empty();
        let pipeline = Self {
            files,
            sizes,
            fingerprint,
            tokenizers,
            conditioner,
            unet,
            vae_config,
            latent_colours: None,
            tiny_decoder: None,
            vae: None,
            device: device.clone(),
            numbers,
            notes,
            loras: additions.keys,
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
        let (channels, latent) = (self.unet.config.in_channels, self.vae_config.latent_channels);
        if self.unet.config.out_channels != latent || ![latent, 2 * latent + 1].contains(&channels) {
            return refuse(format!(
                "its U-Net takes {channels} channels, but its autoencoder makes {latent}"
            ));
        }
        Ok(())
    }

    /// The autoencoder, loaded if it is not.
    pub fn vae(&mut self) -> Result<&AutoencoderKl> {
        let vae = match self.vae.take() {
            Some(vae) => vae,
            None => self.read_vae(&Meter::new(&self.files, &["vae"], &mut |_, _| Ok(())))?,
        };
        Ok(self.vae.insert(vae))
    }

    /// The autoencoder, if it is loaded.
    pub fn loaded_vae(&self) -> Option<&AutoencoderKl> {
        self.vae.as_ref()
    }

    /// Whether its U-Net reads, behind the latents, a mask and the picture without what is in it: an inpainting model.
    pub fn inpaints(&self) -> bool {
        self.unet.config.in_channels != self.vae_config.latent_channels
    }

    /// Loads the autoencoder if it is not; `progress` as in [`Self::open`].
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn load_vae(&mut self, progress: &mut Progress<'_>) -> Result<()> {
        if self.vae.is_none() {
            let meter = Meter::new(&self.files, &["vae"], progress);
            self.vae = Some(self.read_vae(&meter)?);
            meter.finish("autoencoder")?;
        }
        Ok(())
    }

    /// That of Stable Diffusion XL leaves the range of 16-bit floats, so it is always in f32. Weights are kept in full:
    /// what is rounded here shows, and nothing is learned through it.
    fn read_vae(&self, meter: &Meter<'_>) -> Result<AutoencoderKl> {
        // XL's leaves the range of f16, and so do some that people have trained further for Stable Diffusion 1.
        let precision = match (self.files.family(), self.numbers.precision) {
            (Family::Sdxl, _) | (_, Precision::F16) => Precision::F32,
            (_, precision) => precision,
        };
        let (notes, additions) = (RefCell::default(), &Additions::default());
        let (files, device, numbers) = (&self.files, &self.device, precision.into());
        let reader = Reader { files, device, numbers, meter, notes, additions };
        let load = |loader: &mut Loader<'_>| AutoencoderKl::load(loader, &self.vae_config);
        reader.part("vae", names::vae_name, |_| false, load)
    }

    /// What finds the numbers of a part's tensors as its file has them, with their shapes, by the names that the networks use;
    /// nothing for one that is not there.
    ///
    /// # Errors
    /// Those of the file.
    pub fn stored(&self, part: &str) -> Result<impl FnMut(&str) -> Result<Option<Stored>> + use<>> {
        let weights = self.files.weights(part, false)?;
        let rename = |name: &str| if part == "vae" { names::vae_name(name) } else { name.to_owned() };
        let stored = weights.names().map(|name| (rename(&names::unwrapped(name)), name.to_owned()));
        let stored: BTreeMap<String, String> = stored.collect();
        Ok(move |name: &str| {
            let Some(stored) = stored.get(name) else { return Ok(None) };
            Ok(Some((weights.shape(stored)?.to_vec(), weights.read_f32(stored)?)))
        })
    }

    /// Frees the autoencoder's memory.
    pub fn drop_vae(&mut self) {
        self.vae = None;
        self.device.memory_cleanup();
    }

    /// Number of parameters of the text encoders and the U-Net.
    pub fn parameters(&self) -> usize {
        ModelSizes::parameters(&self.conditioner, &self.unet.config)
    }

    /// The side, in pixels, that the model was made for.
    pub fn native_size(&self) -> u32 {
        (self.unet.config.side() * self.vae_config.downsampling()) as u32
    }

    /// Sizes of its networks.
    pub fn sizes(&self) -> &ModelSizes {
        &self.sizes
    }

    /// What it decides where the settings leave it open.
    pub fn defaults(&self) -> ModelDefaults {
        ModelDefaults { size: self.native_size(), guidance: self.files.guidance() }
    }

    /// Refuses a size the networks cannot draw.
    pub fn check_size(&self, width: u32, height: u32) -> Result<()> {
        expect_size(self.vae_config.downsampling() as u32, width, height)
    }

    /// Refuses a clip skip beyond the first layer.
    pub fn check_clip_skip(&self, clip_skip: usize) -> Result<()> {
        expect_clip_skip(self.conditioner.most_clip_skip(), clip_skip)
    }
}

/// Called with what is being read and the fraction done; its error ends the reading.
pub type Progress<'a> = dyn FnMut(&'static str, f32) -> Result<()> + 'a;

/// How much of several parts is read: one fraction over all of them, which never goes back.
struct Meter<'a> {
    progress: RefCell<&'a mut Progress<'a>>,
    done: Cell<usize>,
    of: usize,
}

impl<'a> Meter<'a> {
    /// Parts that cannot be opened count for nothing here; their own reading says why.
    fn new<'b: 'a>(files: &ModelFiles, parts: &[&str], progress: &'a mut Progress<'b>) -> Self {
        let numbers = |part: &&str| {
            let weights = files.has(part).then(|| files.weights(part, true).ok()).flatten();
            weights.map_or(0, |weights| {
                let size = |name| weights.shape(name).map_or(0, |shape: &[usize]| shape.iter().product());
                weights.names().map(size).sum::<usize>()
            })
        };
        let of = parts.iter().map(numbers).sum();
        Self { progress: RefCell::new(progress), done: Cell::new(0), of }
    }

    /// Says that something is being read.
    fn tell(&self, what: &'static str) -> Result<()> {
        let fraction = (self.done.get() as f64 / self.of.max(1) as f64).min(1.0) as f32;
        (self.progress.borrow_mut())(what, fraction)
    }

    fn add(&self, numbers: usize) {
        self.done.set(self.done.get() + numbers);
    }

    /// Says that all is read; what was left out counts as well.
    fn finish(&self, what: &'static str) -> Result<()> {
        self.done.set(self.of.max(1));
        (self.progress.borrow_mut())(what, 1.0)
    }
}

/// What a part is called for people.
fn spoken(part: &str) -> &'static str {
    match part {
        "unet" => "U-Net",
        "vae" => "autoencoder",
        "text_encoder_2" => "second text encoder",
        _ => "text encoder",
    }
}

/// Refuses sides that are not multiples of `step`, the pixels that one latent spans.
pub fn expect_size(step: u32, width: u32, height: u32) -> Result<()> {
    let fits = |side: u32| side >= step && side.is_multiple_of(step);
    if fits(width) && fits(height) {
        return Ok(());
    }
    let near = [("width", width), ("height", height)].into_iter().filter(|(_, side)| !fits(*side));
    let near = near.map(|(name, side)| format!("a {name} of {}", nearest_multiples(side, step)));
    Err(Error::input(
        format!("A picture of {width} x {height} pixels does not fit this model"),
        format!("Choose multiples of {step}: {}.", near.collect::<Vec<_>>().join(", ")),
    ))
}

/// Refuses a clip skip beyond `most`, which still leaves a layer of the text encoder.
pub fn expect_clip_skip(most: usize, clip_skip: usize) -> Result<()> {
    if (1..=most).contains(&clip_skip) {
        return Ok(());
    }
    let fault = format!("A clip skip of {clip_skip} leaves nothing of this model's text encoder");
    Err(Error::input(fault, format!("Choose a clip skip from 1 to {most}.")))
}

/// How the parts of a model are read.
struct Reader<'a, 'm> {
    files: &'a ModelFiles,
    device: &'a Device,
    numbers: NumberFormat,
    meter: &'a Meter<'m>,
    notes: RefCell<Vec<String>>,
    additions: &'a Additions,
}

/// Counts the numbers that are read, and adds what LoRAs add to them.
struct Metered<'a, 'm> {
    source: FileSource<'a>,
    meter: &'a Meter<'m>,
    additions: &'a Additions,
    part: &'a str,
}

impl ParameterSource for Metered<'_, '_> {
    fn read(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        let mut values = self.source.read(name, shape)?;
        self.meter.add(values.len());
        for added in self.additions.to(self.part, name)? {
            merge::add(&mut values, added)?;
        }
        Ok(values)
    }
}

impl Reader<'_, '_> {
    /// The part of this name, as `load` builds it; every tensor that is not ignored must have a place in it.
    fn part<T>(
        &self,
        part: &str,
        rename: impl Fn(&str) -> String,
        ignore: impl Fn(&str) -> bool,
        load: impl FnOnce(&mut Loader<'_>) -> Result<T>,
    ) -> Result<T> {
        let weights = self.files.weights(part, self.numbers.precision != Precision::F32)?;
        let mut interrupt = || self.meter.tell(spoken(part));
        let (name, path) = (spoken(part), self.files.part_path(part));
        let source = FileSource::new(weights, name, path, rename, ignore, &mut interrupt)?;
        let mut source = Metered { source, meter: self.meter, additions: self.additions, part };
        let NumberFormat { precision, weights } = self.numbers;
        let mut loader = Loader::new(&mut source, self.device, dtype(precision));
        loader.eight_bits = weights == WeightFormat::EightBit;
        let built = load(&mut loader)?;
        self.notes.borrow_mut().extend(source.source.finish()?);
        Ok(built)
    }

    /// How many rows of a text encoder's token table are used: as many as its tokenizer has tokens. Training and merging
    /// leave a few more, which no token names; many more are those of another tokenizer.
    fn tokens(&self, part: &str, tokenizer: &TextTokenizer, table: &str, configured: usize) -> Result<usize> {
        let weights = self.files.weights(part, self.numbers.precision != Precision::F32)?;
        let tokens = tokenizer.vocabulary_size();
        let name = weights.names().find(|name| name.ends_with(table));
        let rows = name.map(|name| weights.shape(name)).transpose()?.and_then(|shape| shape.first());
        let many = rows.is_some_and(|rows| *rows >= configured);
        let (asked, asking) = match configured > tokens && !many {
            true => (configured, "configuration"),
            false => (tokens, "tokenizer"),
        };
        // One that is not there is missed when it is read.
        if rows.is_none_or(|rows| (asked..=tokens + tokens / 4).contains(rows)) {
            return Ok(tokens);
        }
        let (rows, part) = (rows.copied().unwrap_or(0), spoken(part));
        let fault = format!("the token table of its {part} has {rows} rows, and its {asking} {asked} tokens");
        let remedy =
            "Download the model again, or put the tokenizer and the configuration in it that belong to it.";
        Err(Error::file(FileKind::Model, self.files.path(), fault, remedy))
    }

    fn conditioner(&self, tokenizers: &Tokenizers) -> Result<Conditioner> {
        let mut all = tokenizers.iter();
        let mut clip = |part, projecting| self.clip(part, all.next().unwrap_or(tokenizers), projecting);
        Ok(match self.files.family() {
            family @ (Family::Sd1 | Family::Sd2) => {
                let encoder = TextEncoder::Clip(clip("text_encoder", false)?);
                Conditioner { lacks_last: family == Family::Sd2, ..Conditioner::single(encoder) }
            }
            Family::Sdxl => {
                let first = clip("text_encoder", false)?;
                let second = clip("text_encoder_2", true)?;
                Conditioner::pair(first, second, self.files.zero_negative())
            }
            Family::Ldm => {
                let path = self.files.part_path("text_encoder");
                let mut config = LdmBertConfig::read(self.files.config("text_encoder")?, &path)?;
                let table = "embed_tokens.weight";
                config.vocab_size = self.tokens("text_encoder", tokenizers, table, config.vocab_size)?;
                // The head that guesses words is not used.
                let ignore = |name: &str| name.starts_with("to_logits.");
                let load = |loader: &mut Loader<'_>| LdmBertModel::load(loader, &config);
                let model = self.part("text_encoder", str::to_owned, ignore, load)?;
                Conditioner::single(TextEncoder::Bert(model))
            }
        })
    }

    fn clip(&self, part: &str, tokenizer: &TextTokenizer, projecting: bool) -> Result<ClipTextModel> {
        let mut config = ClipTextConfig::read(self.files.config(part)?, &self.files.part_path(part))?;
        config.vocab_size = self.tokens(part, tokenizer, "token_embedding.weight", config.vocab_size)?;
        // Some exports of a text encoder without projection carry one all the same, or the tower for pictures.
        let ignore = |name: &str| {
            let pictures = ["vision_model.", "visual_projection.", "logit_scale"];
            pictures.iter().any(|start| name.starts_with(start))
                || (!projecting && name == "text_projection.weight")
        };
        let load = if projecting { ClipTextModel::load_projecting } else { ClipTextModel::load };
        self.part(part, names::clip_name, ignore, |loader| load(loader, &config))
    }
}
