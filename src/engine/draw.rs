//! Drawing a picture: the loop from noise to latents to pixels, shared by pictures asked for and by previews.
//!
//! Guidance runs the network once per step on both prompts together. The sampler works on the host in f64, so
//! a seed gives the same picture on every device up to the network's own rounding.

mod emphasis;
mod rough;

use burn::tensor::{DType, Tensor, TensorData};
use image::RgbImage;

pub use rough::{latent_colours, rough_picture};

use self::emphasis::{emphasise, without_first};
use super::control::Flow;
use base::{Error, Result};
use diffusion::{Noise, SchedulerConfig, guidance, sampler};
use inversion::objective::read;
use inversion::Vectors;
use model::conditioner::ImageSize;
use model::{AutoencoderKl, Pipeline};
use project::{GenerateSettings, SamplerKind, SigmaSpacing};
use text::{BRACKETS, Tokenizers, WeightedTokens, expand_word, literal, pieces};

/// Learned words put into a model's tokenizers, and their vectors in the order of their ids.
#[derive(Clone)]
pub struct Words {
    /// Know the words.
    pub tokenizers: Tokenizers,
    /// Each word with its number of vectors.
    pub words: Vec<(String, usize)>,
    /// The vectors of all words one after another; `None` without words.
    pub vectors: Option<Vectors>,
}

impl Words {
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
        let words = words.iter().map(|(word, _, vectors)| (word.clone(), vectors.count())).collect();
        Ok(Self { tokenizers, words, vectors })
    }

    /// The ids of a sentence to learn from, in which brackets are only characters; also how many
    /// tokens did not fit. Every word is spelled out in all its vectors.
    pub fn ids(&self, sentence: &str) -> (Vec<u32>, usize) {
        let tokens = self.tokenizers.encode_padded(&self.expand(sentence));
        (tokens.ids, tokens.dropped)
    }

    /// The ids of a prompt to draw, in which brackets say how much each part counts. Every word is
    /// spelled out in all its vectors, each with the word's weight; brackets within a word are part of it.
    pub fn tokens(&self, prompt: &str) -> WeightedTokens {
        // Only words that are called by their file's name can have brackets: `toy(1)`.
        let odd = self.words.iter().map(|(word, _)| word).filter(|word| word.contains(BRACKETS));
        let protected = odd.fold(prompt.to_owned(), |text, word| text.replace(word, &literal(word)));
        let mut pieces = pieces(&protected);
        for piece in &mut pieces {
            piece.text = self.expand(&piece.text);
        }
        self.tokenizers.weighted(&pieces)
    }

    /// The text with every word spelled out in all its vectors.
    fn expand(&self, text: &str) -> String {
        let expand = |text: String, (word, count): &(String, usize)| expand_word(&text, word, *count);
        self.words.iter().fold(text.to_owned(), expand)
    }
}

/// What to draw.
#[derive(Debug, Clone)]
pub struct Sketch {
    /// Tokens of the prompt.
    pub prompt: WeightedTokens,
    /// Tokens of the negative prompt.
    pub negative: WeightedTokens,
    /// Whether nothing was given as the negative prompt.
    pub negative_is_empty: bool,
    /// How to walk from noise to picture.
    pub sampler: SamplerKind,
    /// How the noise levels are spread.
    pub spacing: SigmaSpacing,
    /// Fresh noise in DDIM.
    pub eta: f64,
    /// Sampling steps.
    pub steps: usize,
    /// Strength of the prompt; 1 leaves the negative prompt out.
    pub guidance: f64,
    /// Seed of the noise.
    pub seed: u64,
    /// Size in pixels.
    pub size: [u32; 2],
    /// Layer of the text encoder, counted from the last.
    pub clip_skip: usize,
}

impl Sketch {
    /// Picture `index` of a request (each picture's seed is one more than that of the one before).
    pub fn new(words: &Words, settings: &GenerateSettings, size: [u32; 2], index: usize) -> Self {
        Self {
            prompt: words.tokens(&settings.prompt),
            negative: words.tokens(&settings.negative_prompt),
            negative_is_empty: settings.negative_prompt.trim().is_empty(),
            sampler: settings.sampler,
            spacing: settings.spacing,
            eta: settings.eta,
            steps: settings.steps,
            guidance: settings.guidance,
            seed: settings.seed.wrapping_add(index as u64),
            size,
            clip_skip: settings.clip_skip,
        }
    }
}

/// Walks from noise to the latents of the picture. After each step `watch` is told the step, the number of
/// steps and the latents that the model currently believes in; `Ok(None)` if it says to end.
///
/// # Errors
/// [`Error::Input`] for a step count the sampler cannot take, [`Error::Device`] if the device fails,
/// [`Error::Numbers`] if the latents are not finite.
pub fn latents(
    model: &Pipeline,
    schedule: &SchedulerConfig,
    words: &Words,
    sketch: &Sketch,
    watch: &mut dyn FnMut(usize, usize, &[f32]) -> Flow,
) -> Result<Option<Vec<f32>>> {
    let device = model.device();
    let guided = sketch.guidance != 1.0;
    let texts = if guided { vec![&sketch.negative, &sketch.prompt] } else { vec![&sketch.prompt] };
    let rows = texts.len();
    let ids: Vec<Vec<u32>> = texts.iter().map(|text| text.ids.clone()).collect();
    let learned = words.vectors.as_ref().map(|vectors| vectors.to_tensor(device));
    let size = ImageSize { width: sketch.size[0], height: sketch.size[1] };
    let encode = |ids: &[Vec<u32>]| model.conditioner.encode(ids, learned.as_ref(), sketch.clip_skip, size);
    let mut given = encode(&ids);
    if texts.iter().flat_map(|text| &text.weights).any(|weight| *weight != 1.0) {
        // The pair of encoders takes weights as ComfyUI does, away from the empty prompt; "original" emphasis leaves
        // SDXL's states, which no norm has been over, with too large a mean to give back.
        let empty = model.conditioner.pools().then(|| encode(&[words.tokens("").ids]).context);
        given.context = emphasise(given.context, empty, &texts)?;
    }
    if guided && model.conditioner.zero_negative() && sketch.negative_is_empty {
        given = without_first(given);
    }

    let mut sampler = sampler::build(sketch.sampler, sketch.spacing, sketch.eta, sketch.steps, schedule)?;
    let [channels, height, width] = latent_shape(model, sketch.size);
    let len = channels * height * width;
    let noise = Noise::new(sketch.seed);
    let scale = sampler.init_noise_sigma();
    let mut sample: Vec<f32> =
        noise.normal(0, len).into_iter().map(|n| (f64::from(n) * scale) as f32).collect();
    let timesteps = sampler.timesteps().to_vec();
    for (index, timestep) in timesteps.iter().enumerate() {
        let input = sampler.scale_model_input(index, &sample).repeat(rows);
        let input = TensorData::new(input, [rows, channels, height, width]);
        let input = Tensor::<4>::from_data(input, device).cast(model.unet.dtype());
        // Reading the prediction waits for the device: the one sync point of a sampling step.
        let output = read(model.unet.forward(input, &vec![*timestep; rows], &given))?;
        let prediction = match output.split_at(len) {
            (unconditional, conditional) if guided => {
                guidance::combine(unconditional, conditional, sketch.guidance)
            }
            (prediction, _) => prediction.to_vec(),
        };
        let believed = sampler.predicted_original(index, &prediction, &sample);
        let fresh = sampler.needs_noise(index).then(|| noise.normal(1 + index as u64, len));
        sample = sampler.step(index, &prediction, &sample, fresh.as_deref());
        if watch(index + 1, timesteps.len(), &believed) != Flow::Go {
            return Ok(None);
        }
    }
    if sample.iter().any(|value| !value.is_finite()) {
        return Err(not_finite());
    }
    Ok(Some(sample))
}

fn not_finite() -> Error {
    Error::Numbers {
        fault: "The picture came out as numbers that are not finite".into(),
        remedy: "Use --precision f32 (or bf16), or a lower guidance.".into(),
    }
}

/// `[channels, height, width]` of the latents of a picture of `size` (width, height) pixels.
pub fn latent_shape(model: &Pipeline, [width, height]: [u32; 2]) -> [usize; 3] {
    let step = model.vae_config.downsampling();
    [model.vae_config.latent_channels, height as usize / step, width as usize / step]
}

/// Latents to pixels.
///
/// # Errors
/// [`Error::Device`] if the device fails, [`Error::Numbers`] if the pixels are not finite.
pub fn decode(vae: &AutoencoderKl, latents: Vec<f32>, shape: [usize; 3]) -> Result<RgbImage> {
    let [channels, height, width] = shape;
    let device = vae.device();
    let latents = Tensor::<4>::from_data(TensorData::new(latents, [1, channels, height, width]), &device);
    let decoded = vae.decode(latents.cast(vae.dtype()));
    let [_, _, height, width] = decoded.dims();
    let values = read(decoded.cast(DType::F32))?;
    if values.iter().any(|value| !value.is_finite()) {
        return Err(not_finite());
    }
    Ok(to_picture(&values, [width, height], |v| (v + 1.0) / 2.0))
}

/// Planes of red, green and blue, row by row, to a picture; `level` maps a value to 0 (dark) to 1.
fn to_picture(planes: &[f32], [width, height]: [usize; 2], level: impl Fn(f32) -> f32) -> RgbImage {
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
        let picture = to_picture(&planes, [2, 1], |v| (v + 1.0) / 2.0);
        assert_eq!(picture.get_pixel(0, 0).0, [0, 128, 255]);
        assert_eq!(picture.get_pixel(1, 0).0, [255, 128, 0]);
    }

    fn words(named: &[(&str, usize)]) -> Words {
        let golden =
            std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/sd1/tokenizer");
        let tokenizers = Tokenizers::from(TextTokenizer::open(&golden).unwrap());
        let word = |(word, count): &(&str, usize)| {
            let name = |i: usize| if i == 0 { (*word).to_owned() } else { format!("{word}_{i}") };
            let vectors = Vectors { values: vec![0.0; *count], shape: [*count, 1] };
            ((*word).to_owned(), (0..*count).map(name).collect::<Vec<String>>(), vectors)
        };
        Words::new(&tokenizers, &named.iter().map(word).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn learned_words_keep_their_vectors_within_brackets() {
        let words = words(&[("<cat-toy>", 2), ("toy(1)", 2)]);
        let plain = words.ids("a <cat-toy> of toy(1)").0;
        let tokens = words.tokens("a (<cat-toy>:1.5) of toy(1)");
        assert_eq!((&tokens.ids, tokens.dropped), (&plain, 0));
        assert_eq!(tokens.weights[..8], [1.0, 1.0, 1.5, 1.5, 1.0, 1.0, 1.0, 1.0]);
        for other in ["a ([<CAT-TOY>]:1.5) of (toy(1):2)", r"a <cat-toy> of [toy\(1\)]"] {
            assert_eq!(words.tokens(other).ids, plain, "{other}");
        }
        let tokens = words.tokens("a <cat-toy>, of a cat");
        assert_eq!(tokens.ids, words.ids("a <cat-toy>, of a cat").0);
        assert!(tokens.weights.iter().all(|weight| *weight == 1.0));
    }
}
