//! CLIP with both towers, for scores: images and texts to vectors in one space.
//!
//! Sizes come from `config.json` and `preprocessor_config.json`, so a ViT-B/32 and a tiny test model are the same
//! code. Images are prepared as the published pipeline does (shortest side by Pillow's bicubic filter, centre
//! crop). Only its text tower can be learned through.

use std::path::Path;

use burn::module::{Module, Param};
use burn::tensor::{DType, Device, Tensor, TensorData};
use image::{RgbImage, imageops};
use serde::Deserialize;

use super::clip::{ClipEncoderLayer, ClipTextModel};
use super::config::{ClipTextConfig, PartConfig, first_unsupported};
use super::embeddings::Vocabulary;
use super::source::{FileSource, Interrupt, Loader};
use base::{Error, FileKind, Result, json, with_defaults};
use format::Weights;
use kernels::{Conv2d, LayerNorm, Linear};
use project::Filter;
use project::picture::resize;
use text::TextTokenizer;

const CHOOSE: &str = "Choose a CLIP folder as transformers saves it, such as openai/clip-vit-base-patch32.";

with_defaults! {
    /// `CLIPVisionModel`'s configuration (the `vision_config` of
    /// <https://huggingface.co/openai/clip-vit-base-patch32/blob/main/config.json>).
    #[derive(Debug, Clone, Deserialize)]
    #[serde(default)]
    struct ClipVisionConfig {
        hidden_act: String = "quick_gelu".into(),
        hidden_size: usize = 768,
        image_size: usize = 224,
        intermediate_size: usize = 3072,
        layer_norm_eps: f64 = 1e-5,
        num_attention_heads: usize = 12,
        num_channels: usize = 3,
        num_hidden_layers: usize = 12,
        patch_size: usize = 32,
    }
}

/// `CLIPModel`'s configuration.
#[derive(Debug, Clone, Deserialize)]
struct ClipConfig {
    projection_dim: usize,
    #[serde(default)]
    text_config: ClipTextConfig,
    #[serde(default)]
    vision_config: ClipVisionConfig,
}

impl PartConfig for ClipConfig {
    fn supported(&self) -> Result<(), String> {
        self.text_config.supported()?;
        let vision = &self.vision_config;
        let checks = [
            (self.projection_dim > 0, "a projection_dim of 0"),
            (vision.num_channels == 3, "pictures of other than three colours"),
            (["quick_gelu", "gelu"].contains(&vision.hidden_act.as_str()), "another hidden_act"),
            (
                vision.patch_size > 0 && vision.image_size.is_multiple_of(vision.patch_size.max(1)),
                "patches that do not divide the picture",
            ),
            (
                vision.num_attention_heads > 0
                    && vision.hidden_size.is_multiple_of(vision.num_attention_heads.max(1)),
                "heads that do not divide hidden_size",
            ),
        ];
        first_unsupported(&checks)
    }
}

with_defaults! {
    /// How images are prepared (`preprocessor_config.json`); OpenAI's values where it does not say.
    #[derive(Debug, Clone, Deserialize)]
    #[serde(default)]
    struct Preprocessor {
        image_mean: [f32; 3] = [0.481_454_66, 0.457_827_5, 0.408_210_73],
        image_std: [f32; 3] = [0.268_629_54, 0.261_302_6, 0.275_777_1],
    }
}

/// The image tower (`CLIPVisionModel`). `pre_layernorm` is the checkpoint's `pre_layrnorm`.
#[derive(Module, Debug)]
pub struct ClipVisionModel {
    class_embedding: Param<Tensor<1>>,
    patch_embedding: Conv2d,
    position_embedding: Param<Tensor<2>>,
    pre_layernorm: LayerNorm,
    layers: Vec<ClipEncoderLayer>,
    post_layernorm: LayerNorm,
}

impl ClipVisionModel {
    fn load(loader: &mut Loader<'_>, config: &ClipVisionConfig) -> Result<Self> {
        let (width, epsilon) = (config.hidden_size, config.layer_norm_eps);
        let patch = config.patch_size;
        let tokens = (config.image_size / patch).pow(2) + 1;
        let quick = config.hidden_act == "quick_gelu";
        let shape = [width, config.intermediate_size, config.num_attention_heads];
        let layer = |_, loader: &mut Loader<'_>| ClipEncoderLayer::load(loader, shape, epsilon, quick, false);
        Ok(Self {
            class_embedding: loader.tensor("embeddings.class_embedding", [width])?,
            patch_embedding: loader.conv(
                "embeddings.patch_embedding",
                [3, width],
                patch,
                patch,
                [0; 4],
                false,
            )?,
            position_embedding: loader.tensor("embeddings.position_embedding.weight", [tokens, width])?,
            pre_layernorm: loader.layer_norm("pre_layrnorm", width, epsilon)?,
            layers: loader.list("encoder.layers", config.num_hidden_layers, layer)?,
            post_layernorm: loader.layer_norm("post_layernorm", width, epsilon)?,
        })
    }

    /// The embeddings after the first norm, then the output of each layer.
    ///
    /// # Shapes
    /// - `pixels`: `[batch, 3, image_size, image_size]`, normalised
    /// - each output: `[batch, patches + 1, hidden_size]`
    pub fn hidden_states(&self, pixels: Tensor<4>) -> Vec<Tensor<3>> {
        let [batch, _, _, _] = pixels.dims();
        let patches = self.patch_embedding.forward(super::layers::channels_last(pixels));
        let [_, rows, columns, width] = patches.dims();
        let patches = patches.reshape([batch, rows * columns, width]);
        let class = self.class_embedding.val().reshape([1, 1, width]).expand([batch, 1, width]);
        let tokens = Tensor::cat(vec![class, patches], 1) + self.position_embedding.val().unsqueeze_dim(0);
        let mut states = vec![self.pre_layernorm.forward(tokens)];
        for layer in &self.layers {
            states.push(layer.forward(states[states.len() - 1].clone(), None));
        }
        states
    }

    /// The state of the class token after the last norm, `[batch, hidden_size]`.
    pub fn forward(&self, pixels: Tensor<4>) -> Tensor<2> {
        let mut states = self.hidden_states(pixels);
        let last = states.swap_remove(states.len() - 1);
        let [batch, _, width] = last.dims();
        self.post_layernorm.forward(last.slice([0..batch, 0..1, 0..width]).reshape([batch, width]))
    }
}

/// Both towers with their projections (`CLIPModel`), always in f32.
pub struct ClipModel {
    /// Splits texts into tokens.
    pub tokenizer: TextTokenizer,
    text_model: ClipTextModel,
    /// The image tower.
    pub vision_model: ClipVisionModel,
    text_projection: Linear,
    visual_projection: Linear,
    preprocessor: Preprocessor,
    image_size: u32,
    device: Device,
    /// What cosines are multiplied by before a softmax chooses among texts.
    pub logit_scale: f64,
}

/// `logit_scale` where a file has none: the most that OpenAI's training allowed.
const LOGIT_SCALE: f64 = 100.0;

impl ClipModel {
    /// Loads a folder with `config.json`, weights, `preprocessor_config.json` (OpenAI's values if missing) and
    /// the tokenizer's files, which may lie in a sub-folder `tokenizer`.
    ///
    /// # Errors
    /// [`Error::File`] or [`Error::Io`] naming the file that is missing, damaged or of another kind; that of
    /// `interrupt`.
    pub fn open(folder: &Path, device: &Device, interrupt: Interrupt<'_>) -> Result<Self> {
        if !folder.join("config.json").is_file() {
            let fault = "there is no CLIP here (no config.json)";
            return Err(Error::file(FileKind::Model, folder, fault, CHOOSE));
        }
        let config = ClipConfig::read(json::read(&folder.join("config.json"), CHOOSE)?, folder)?;
        let preprocessor = folder.join("preprocessor_config.json");
        let preprocessor =
            if preprocessor.is_file() { json::read(&preprocessor, CHOOSE)? } else { Preprocessor::default() };
        let inner = folder.join("tokenizer");
        let tokenizer = TextTokenizer::open(if inner.is_dir() { &inner } else { folder })?;
        let ignored = |name: &str| name == "logit_scale";
        let weights = Weights::open(folder, false)?;
        let scale = weights.read_f32("logit_scale").ok().and_then(|scale| scale.first().copied());
        let scale = scale.map(|scale| f64::from(scale).exp().min(LOGIT_SCALE));
        let logit_scale = scale.filter(|scale| scale.is_finite()).unwrap_or(LOGIT_SCALE);
        let mut source =
            FileSource::new(weights, "CLIP model", folder.into(), str::to_owned, ignored, interrupt)?;
        let mut loader = Loader::new(&mut source, device, DType::F32);
        let (text_width, width) = (config.text_config.hidden_size, config.vision_config.hidden_size);
        let vision_model = ClipVisionModel::load(&mut loader.child("vision_model"), &config.vision_config)?;
        let text_projection = loader.linear("text_projection", text_width, config.projection_dim, false)?;
        let visual_projection = loader.linear("visual_projection", width, config.projection_dim, false)?;
        let text_model = ClipTextModel::load(&mut loader.child("text_model"), &config.text_config)?;
        source.finish()?;
        let image_size = config.vision_config.image_size as u32;
        let device = device.clone();
        Ok(Self {
            tokenizer,
            text_model,
            vision_model,
            text_projection,
            visual_projection,
            preprocessor,
            image_size,
            device,
            logit_scale,
        })
    }

    /// How many numbers the networks of the CLIP in a folder have, by the headers of its weights.
    ///
    /// # Errors
    /// [`Error::File`] or [`Error::Io`] naming the file that is missing or damaged.
    pub fn numbers(folder: &Path) -> Result<usize> {
        let weights = Weights::open(folder, false)?;
        let count = |name: &str| -> Result<usize> { Ok(weights.shape(name)?.iter().product()) };
        weights.names().filter(|name| weights.is_float(name)).map(count).sum()
    }

    /// Width of a vector of the common space.
    pub fn width(&self) -> usize {
        self.visual_projection.channels[1]
    }

    /// The device it computes on.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// The token table of the text tower.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.text_model.vocabulary
    }

    /// An image as the tower takes it, `[3, image_size, image_size]` row by row.
    pub fn prepare(&self, picture: &RgbImage) -> Vec<f32> {
        let size = self.image_size;
        let (width, height) = picture.dimensions();
        let short = u64::from(width.min(height).max(1));
        let side = |side: u32| (u64::from(size) * u64::from(side) / short) as u32;
        let resized = resize(picture, side(width), side(height), Filter::Bicubic);
        let (left, top) = ((resized.width() - size) / 2, (resized.height() - size) / 2);
        let cropped = imageops::crop_imm(&resized, left, top, size, size).to_image();
        let Preprocessor { image_mean, image_std } = self.preprocessor;
        let plane = |c: usize| {
            let level = move |p: &image::Rgb<u8>| (f32::from(p.0[c]) / 255.0 - image_mean[c]) / image_std[c];
            cropped.pixels().map(level).collect::<Vec<f32>>()
        };
        (0..3).flat_map(plane).collect()
    }

    /// The vectors of images, `[images, projection_dim]`, not normalised.
    pub fn embed_images(&self, pictures: &[RgbImage]) -> Tensor<2> {
        let size = self.image_size as usize;
        let values: Vec<f32> = pictures.iter().flat_map(|picture| self.prepare(picture)).collect();
        let pixels =
            Tensor::<4>::from_data(TensorData::new(values, [pictures.len(), 3, size, size]), &self.device);
        self.visual_projection.forward(self.vision_model.forward(pixels))
    }

    /// The vectors of texts, `[texts, projection_dim]`, not normalised.
    pub fn embed_texts(&self, texts: &[String]) -> Tensor<2> {
        let ids: Vec<Vec<u32>> = texts.iter().map(|text| self.tokenizer.encode_padded(text).ids).collect();
        self.embed_ids(&ids, None)
    }

    /// The vectors of texts given by their ids, not normalised. It can be learned through.
    ///
    /// # Shapes
    /// - `ids`: as many for each text; those beyond the token table are learned vectors, in order
    /// - `learned`: `[vectors, hidden_size]`, f32
    /// - output: `[texts, projection_dim]`
    pub fn embed_ids(&self, ids: &[Vec<u32>], learned: Option<&Tensor<2>>) -> Tensor<2> {
        let vectors = self.text_model.vocabulary.embed(ids, learned, &self.device);
        let mut states = self.text_model.hidden_states(vectors, 1, None);
        let last = states.swap_remove(states.len() - 1);
        self.text_projection.forward(self.text_model.pool(last, ids))
    }

    /// The ids of sentences, each with a word's own in the place of its `{}`. They are as long as the longest needs: no
    /// token of a text sees what comes behind it.
    pub fn sentence_ids<'s>(&self, sentences: impl Iterator<Item = (&'s str, &'s [u32])>) -> Vec<Vec<u32>> {
        let tokenizer = &self.tokenizer;
        let room = tokenizer.context_length.min(self.text_model.config.max_position_embeddings) - 1;
        let ids = sentences.map(|(sentence, word)| {
            let mut ids = vec![tokenizer.bos];
            for (place, part) in sentence.split("{}").enumerate() {
                ids.extend(word.iter().filter(|_| place > 0));
                let part = tokenizer.encode(part);
                ids.extend(&part[1..part.len() - 1]);
            }
            ids.truncate(room);
            ids.push(tokenizer.eos);
            ids
        });
        let mut ids: Vec<Vec<u32>> = ids.collect();
        let longest = ids.iter().map(Vec::len).max().unwrap_or(0);
        ids.iter_mut().for_each(|ids| ids.resize(longest, tokenizer.pad));
        ids
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_the_same_without_what_comes_behind_it() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/clip");
        let clip = ClipModel::open(&folder, &Device::flex(), &mut || Ok(())).unwrap();
        let texts = ["a photo of a cat", "the small cat in a room"].map(String::from);
        let cat = [clip.tokenizer.id("cat</w>").unwrap()];
        let sentences = ["a photo of a {}", "the small {} in a room"];
        let ids = clip.sentence_ids(sentences.iter().map(|sentence| (*sentence, &cat[..])));
        assert!(ids.iter().all(|one| one.len() < 20 && one.len() == ids[0].len()), "{ids:?}");
        let values = |tensor: Tensor<2>| tensor.into_data().try_to_vec::<f32>().unwrap();
        let (short, whole) = (values(clip.embed_ids(&ids, None)), values(clip.embed_texts(&texts)));
        assert!(short.iter().zip(&whole).all(|(a, b)| (a - b).abs() < 1e-4), "{short:?} {whole:?}");
        // The word's own row as a learned vector says the same.
        let row = clip.vocabulary().row(cat[0]).unwrap().to_vec();
        let learned =
            Tensor::<2>::from_data(TensorData::new(row, [1, clip.vocabulary().width()]), clip.device());
        let new = [clip.vocabulary().size() as u32];
        let ids = clip.sentence_ids(sentences.iter().map(|sentence| (*sentence, &new[..])));
        assert_eq!(values(clip.embed_ids(&ids, Some(&learned))), short);
    }
}
