//! Drawing an image: the loop from noise to latents to pixels, shared by images asked for and by previews.
//!
//! Guidance runs the network once per step on both prompts together. The sampler works on the host in f64, so
//! a seed gives the same image on every device up to the network's own rounding.

mod conditioning;
mod latent_preview;
mod prompt_weighting;

use std::path::PathBuf;

use burn::tensor::{DType, Tensor, TensorData};
use image::RgbImage;

pub(crate) use latent_preview::{latent_colours, latent_preview};

use self::conditioning::PromptPlan;
use super::context::JobSignal;
use base::{Error, Result};
use diffusion::{Noise, SchedulerConfig, sampler};
use format::embedding::{self, LearnedWord};
use inversion::Vectors;
use inversion::objective::read;
use model::{AutoencoderKl, Pipeline};
use project::{Concept, ConceptKind, Emphasis, GenerateSettings};
use text::prompt::{Moment, Piece, Prompt, WordNames};
use text::{Tokenizers, Windows, expand_word};

/// Learned words put into a model's tokenizers, and their vectors in the order of their ids.
pub struct LoadedWords {
    tokenizers: Tokenizers,
    /// Each word with its number of vectors.
    pub(crate) words: Vec<(String, usize)>,
    names: WordNames,
    /// What stands for each word in the texts to encode: its tokens.
    spelled: Vec<String>,
    /// The vectors of all words one after another; `None` without words.
    pub(crate) vectors: Option<Vectors>,
}

impl LoadedWords {
    /// Puts words, each with its placeholder tokens and vectors, into a model's tokenizers.
    ///
    /// # Errors
    /// [`Error::Input`] if a word is in the vocabulary already.
    pub fn new(tokenizers: &Tokenizers, words: &[(String, Vec<String>, Vectors)]) -> Result<Self> {
        let tokens: Vec<String> = words.iter().flat_map(|(_, tokens, _)| tokens.clone()).collect();
        let tokenizers = tokenizers.with_placeholders(&tokens)?;
        let values: Vec<f32> = words.iter().flat_map(|(_, _, vectors)| vectors.values.clone()).collect();
        let width = words.first().map_or(1, |(_, _, vectors)| vectors.shape[1]);
        let vectors =
            (!words.is_empty()).then(|| Vectors { shape: [values.len() / width.max(1), width], values });
        let spelled = words.iter().map(|(_, tokens, _)| tokens.join(" ")).collect();
        let words: Vec<_> = words.iter().map(|(word, _, vectors)| (word.clone(), vectors.count())).collect();
        let names = WordNames::new(words.iter().map(|(word, _)| [word]));
        Ok(Self { tokenizers, words, names, spelled, vectors })
    }

    /// Reads files of learned words for a model.
    pub(crate) fn read(model: &Pipeline, paths: &[PathBuf]) -> Result<Self> {
        let read = |path: &PathBuf| {
            let learned = embedding::read(path)?;
            learned.expect_widths(&model.conditioner.widths(), path)?;
            // Other programs call a word by its file's name where the file does not say.
            let stem =
                || path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
            let word = learned.token.clone().unwrap_or_else(stem);
            let concept = Concept { word, initial_word: String::new(), kind: ConceptKind::Object };
            let vectors = side_by_side(learned);
            Ok((concept.word.clone(), concept.placeholder_tokens(vectors.count()), vectors))
        };
        Self::new(&model.tokenizers, &paths.iter().map(read).collect::<Result<Vec<_>>>()?)
    }

    /// The ids of a sentence to learn from, in which brackets are only characters. Every word is spelled out in all its
    /// vectors.
    pub(crate) fn ids(&self, sentence: &str) -> Vec<u32> {
        self.tokenizers.encode_padded(&self.expand(sentence)).ids
    }

    /// A prompt to draw, taken apart.
    pub fn prompt<'p>(&self, prompt: &'p str) -> Prompt<'p> {
        Prompt::parse(prompt, &self.names)
    }

    /// A negative prompt, taken apart.
    pub fn negative_prompt<'p>(&self, prompt: &'p str) -> Prompt<'p> {
        Prompt::parse_negative(prompt, &self.names)
    }

    /// What one of a prompt's parts says at a step, every word spelled out in all its vectors.
    pub(crate) fn pieces(
        &self,
        prompt: &Prompt<'_>,
        part: usize,
        moment: Moment,
        emphasis: Emphasis,
    ) -> Vec<Piece> {
        prompt.pieces(part, moment, emphasis, &self.spelled)
    }

    /// What the text encoders get of it.
    pub(crate) fn windows(&self, pieces: &[Piece]) -> Windows {
        let counts: Vec<usize> = self.words.iter().map(|(_, count)| *count).collect();
        self.tokenizers.windows(pieces, &counts)
    }

    /// The most tokens that a prompt takes at any of its steps, and how many of them do not fit.
    pub fn count(&self, prompt: &Prompt<'_>, steps: usize) -> (usize, usize) {
        let steps = if prompt.changes() { steps.max(1) } else { 1 };
        let moments = (1..=steps).map(|step| Moment { step, steps });
        let mut texts: Vec<Vec<Piece>> = Vec::new();
        for moment in moments {
            let parts = 0..prompt.parts().len();
            texts.extend(parts.map(|part| self.pieces(prompt, part, moment, Emphasis::Automatic1111)));
        }
        texts.dedup();
        let counts = texts.iter().map(|pieces| self.windows(pieces)).map(|all| (all.content(), all.dropped));
        counts.max().unwrap_or_default()
    }

    /// The text with every word spelled out in all its vectors.
    fn expand(&self, text: &str) -> String {
        let expand = |text: String, (word, count): &(String, usize)| expand_word(&text, word, *count);
        self.words.iter().fold(text.to_owned(), expand)
    }
}

/// A word's vectors as learning and drawing have them: one row for all encoders.
fn side_by_side(word: LearnedWord) -> Vectors {
    let [count, width] = word.shape;
    let Some(second) = word.second else { return Vectors { values: word.vectors, shape: word.shape } };
    let rows =
        word.vectors.chunks_exact(width.max(1)).zip(second.values.chunks_exact(second.shape[1].max(1)));
    let values = rows.flat_map(|(first, second)| first.iter().chain(second).copied()).collect();
    Vectors { values, shape: [count, width + second.shape[1]] }
}

/// The model's noise schedule.
pub(crate) fn scheduler(model: &Pipeline) -> Result<SchedulerConfig> {
    SchedulerConfig::from_json(model.files.scheduler()?, &model.files.part_path("scheduler"))
}

/// What one image is sampled with.
pub(crate) struct SampleParams<'a> {
    words: &'a LoadedWords,
    settings: &'a GenerateSettings,
    /// Seed of the noise.
    pub seed: u64,
    /// Width and height in pixels.
    pub size: [u32; 2],
}

impl<'a> SampleParams<'a> {
    /// Image `index` of a request (each image's seed is one more than that of the one before).
    pub fn new(words: &'a LoadedWords, settings: &'a GenerateSettings, size: [u32; 2], index: usize) -> Self {
        Self { words, settings, seed: settings.seed.wrapping_add(index as u64), size }
    }
}

/// Walks from noise to the latents of the image. After each step `watch` gets the step, the number of steps and the
/// clean latents that the model currently predicts; `Ok(None)` if it says to end.
pub(crate) fn latents(
    model: &Pipeline,
    schedule: &SchedulerConfig,
    params: &SampleParams<'_>,
    watch: &mut dyn FnMut(usize, usize, &[f32]) -> JobSignal,
) -> Result<Option<Vec<f32>>> {
    let device = &model.device;
    let &SampleParams { words, settings, seed, size } = params;
    let mut plan = PromptPlan::new(model, words, settings, size)?;

    let GenerateSettings { sampler, spacing, eta, steps, .. } = *settings;
    let mut sampler = sampler::build(sampler, spacing, eta, steps, schedule)?;
    let [channels, height, width] = latent_shape(model, size);
    let len = channels * height * width;
    let noise = Noise::new(seed);
    let scale = sampler.init_noise_sigma();
    let mut sample: Vec<f32> =
        noise.normal(0, len).into_iter().map(|n| (f64::from(n) * scale) as f32).collect();
    let timesteps = sampler.timesteps().to_vec();
    for (index, timestep) in timesteps.iter().enumerate() {
        let input = sampler.scale_model_input(index, &sample);
        // Some samplers ask more often than they step.
        let step = ((index + 1) * settings.steps).div_ceil(timesteps.len().max(1));
        let prediction = plan.predict(step, |given, rows| {
            let input = TensorData::new(input.repeat(rows), [rows, channels, height, width]);
            let input = Tensor::<4>::from_data(input, device).cast(model.unet.dtype);
            // Reading the prediction waits for the device: the one sync point of a sampling step.
            read(model.unet.forward(input, &vec![*timestep; rows], given))
        })?;
        let predicted = sampler.predicted_original(index, &prediction, &sample);
        let fresh = sampler.needs_noise(index).then(|| noise.normal(1 + index as u64, len));
        sample = sampler.step(index, &prediction, &sample, fresh.as_deref());
        if watch(index + 1, timesteps.len(), &predicted) != JobSignal::Continue {
            return Ok(None);
        }
    }
    if sample.iter().any(|value| !value.is_finite()) {
        return Err(not_finite());
    }
    Ok(Some(sample))
}

fn not_finite() -> Error {
    Error::Numbers(
        "The picture came out as numbers that are not finite".into(),
        "Use --precision f32 (or bf16), or a lower guidance.".into(),
    )
}

/// `[channels, height, width]` of the latents of an image of `size` (width, height) pixels.
pub(crate) fn latent_shape(model: &Pipeline, [width, height]: [u32; 2]) -> [usize; 3] {
    let step = model.vae_config.downsampling();
    [model.vae_config.latent_channels, height as usize / step, width as usize / step]
}

/// Latents to pixels.
pub(crate) fn decode(vae: &AutoencoderKl, latents: Vec<f32>, shape: [usize; 3]) -> Result<RgbImage> {
    let [channels, height, width] = shape;
    let device = vae.device();
    let latents = Tensor::<4>::from_data(TensorData::new(latents, [1, channels, height, width]), &device);
    let decoded = vae.decode(latents.cast(vae.dtype));
    let [_, _, height, width] = decoded.dims();
    let values = read(decoded.cast(DType::F32))?;
    if values.iter().any(|value| !value.is_finite()) {
        return Err(not_finite());
    }
    Ok(to_image(&values, [width, height], |v| (v + 1.0) / 2.0))
}

/// Planes of red, green and blue, row by row, to an image; `level` maps a value to 0 (dark) to 1.
fn to_image(planes: &[f32], [width, height]: [usize; 2], level: impl Fn(f32) -> f32) -> RgbImage {
    let plane = width * height;
    RgbImage::from_fn(width as u32, height as u32, |x, y| {
        let place = y as usize * width + x as usize;
        let channel = |c: usize| planes.get(c * plane + place).copied().unwrap_or_default();
        image::Rgb([0, 1, 2].map(|c| (level(channel(c)).clamp(0.0, 1.0) * 255.0).round() as u8))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use text::TextTokenizer;

    #[test]
    fn pixels_are_clamped_and_placed() {
        let planes = [-3.0, 1.0, 0.0, 0.0, 3.0, -1.0];
        let picture = to_image(&planes, [2, 1], |v| (v + 1.0) / 2.0);
        assert_eq!(picture.get_pixel(0, 0).0, [0, 128, 255]);
        assert_eq!(picture.get_pixel(1, 0).0, [255, 128, 0]);
    }

    fn words(named: &[(&str, usize)]) -> LoadedWords {
        let golden =
            std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/sd1/tokenizer");
        let tokenizers = Tokenizers::from(TextTokenizer::open(&golden).unwrap());
        let word = |(word, count): &(&str, usize)| {
            let name = |i: usize| if i == 0 { (*word).to_owned() } else { format!("{word}_{i}") };
            let vectors = Vectors { values: vec![0.0; *count], shape: [*count, 1] };
            ((*word).to_owned(), (0..*count).map(name).collect::<Vec<String>>(), vectors)
        };
        LoadedWords::new(&tokenizers, &named.iter().map(word).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn learned_words_keep_their_vectors_within_brackets() {
        let words = words(&[("<cat-toy>", 2), ("toy(1)", 2)]);
        let plain = words.ids("a <cat-toy> of toy(1)");
        let drawn = |prompt: &str| {
            let pieces = words.pieces(&words.prompt(prompt), 0, Moment::FIRST, Emphasis::Automatic1111);
            let window = words.windows(&pieces).windows.swap_remove(0);
            let weight = |piece: Option<usize>| piece.map_or(1.0, |piece| pieces[piece].weight);
            (window.ids, window.pieces.into_iter().map(weight).collect::<Vec<_>>())
        };
        let (ids, weights) = drawn("a (<cat-toy>:1.5) of toy(1)");
        assert_eq!(ids, plain);
        assert_eq!(weights[..8], [1.0, 1.0, 1.5, 1.5, 1.0, 1.0, 1.0, 1.0]);
        for other in ["a ([<CAT-TOY>]:1.5) of (toy(1):2)", r"a <cat-toy> of [toy\(1\)]"] {
            assert_eq!(drawn(other).0, plain, "{other}");
        }
        let (ids, weights) = drawn("a <cat-toy>, of a cat");
        assert_eq!(ids, words.ids("a <cat-toy>, of a cat"));
        assert!(weights.iter().all(|weight| *weight == 1.0));
        assert_eq!(words.count(&words.prompt("a [<cat-toy>|cat]"), 2), (3, 0));
    }
}
