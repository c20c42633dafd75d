//! Drawing a picture: the loop from noise to latents to pixels, shared by pictures asked for and by previews.
//!
//! Guidance runs the network once per step on both prompts together. The sampler works on the host in f64, so
//! a seed gives the same picture on every device up to the network's own rounding.

use burn::tensor::{DType, Tensor, TensorData};
use image::RgbImage;

use super::control::Flow;
use crate::diffusion::{Noise, SchedulerConfig, guidance, sampler};
use crate::error::{Error, Result};
use crate::inversion::objective::read;
use crate::inversion::vectors::Vectors;
use crate::model::{AutoencoderKl, Pipeline};
use crate::project::{GenerateSettings, SamplerKind, SigmaSpacing};
use crate::text::{ClipTokenizer, expand_word};

/// Learned words put into a tokenizer, and their vectors in the order of their ids.
#[derive(Clone)]
pub struct Words {
    /// Knows the words.
    pub tokenizer: ClipTokenizer,
    /// Each word with its number of vectors.
    pub words: Vec<(String, usize)>,
    /// The vectors of all words one after another; `None` without words.
    pub vectors: Option<Vectors>,
}

impl Words {
    /// Puts words, each with its placeholder tokens and vectors, into a tokenizer.
    ///
    /// # Errors
    /// [`Error::Input`] if a word is in the vocabulary already.
    pub fn new(tokenizer: &ClipTokenizer, words: &[(String, Vec<String>, Vectors)]) -> Result<Self> {
        let tokens: Vec<String> = words.iter().flat_map(|(_, tokens, _)| tokens.clone()).collect();
        let (tokenizer, _) = tokenizer.with_placeholders(&tokens)?;
        let values: Vec<f32> = words.iter().flat_map(|(_, _, vectors)| vectors.values.clone()).collect();
        let width = words.first().map_or(1, |(_, _, vectors)| vectors.shape[1]);
        let vectors =
            (!words.is_empty()).then(|| Vectors { shape: [values.len() / width.max(1), width], values });
        let words = words.iter().map(|(word, _, vectors)| (word.clone(), vectors.count())).collect();
        Ok(Self { tokenizer, words, vectors })
    }

    /// One window of ids, every word spelled out in all its vectors; also how many tokens did not fit.
    pub fn ids(&self, prompt: &str) -> (Vec<u32>, usize) {
        let expand = |text: String, (word, count): &(String, usize)| expand_word(&text, word, *count);
        let tokens = self.tokenizer.encode_padded(&self.words.iter().fold(prompt.to_string(), expand));
        (tokens.ids, tokens.dropped)
    }
}

/// What to draw.
#[derive(Debug, Clone)]
pub struct Sketch {
    /// Token ids of the prompt.
    pub prompt: Vec<u32>,
    /// Token ids of the negative prompt.
    pub negative: Vec<u32>,
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
            prompt: words.ids(&settings.prompt).0,
            negative: words.ids(&settings.negative_prompt).0,
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
    let ids = if guided {
        vec![sketch.negative.clone(), sketch.prompt.clone()]
    } else {
        vec![sketch.prompt.clone()]
    };
    let rows = ids.len();
    let learned = words.vectors.as_ref().map(|vectors| vectors.to_tensor(device));
    let tokens = model.text_encoder.vocabulary().embed(&ids, learned.as_ref(), device);
    let context = model.text_encoder.forward(tokens, sketch.clip_skip);

    let mut sampler = sampler::build(sketch.sampler, sketch.spacing, sketch.eta, sketch.steps, schedule)?;
    let [channels, height, width] = latent_shape(model, sketch.size);
    let len = channels * height * width;
    let noise = Noise::new(sketch.seed);
    let scale = sampler.initial_scale();
    let mut sample: Vec<f32> =
        noise.normal(0, len).into_iter().map(|n| (f64::from(n) * scale) as f32).collect();
    let timesteps = sampler.timesteps().to_vec();
    for (index, timestep) in timesteps.iter().enumerate() {
        let input = sampler.scale_input(index, &sample).repeat(rows);
        let input = TensorData::new(input, [rows, channels, height, width]);
        let input = Tensor::<4>::from_data(input, device).cast(model.unet.dtype());
        // Reading the prediction waits for the device: the one sync point of a sampling step.
        let output = read(model.unet.forward(input, &vec![*timestep; rows], &context))?;
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

/// A rough picture of scaled latents without the autoencoder, one pixel per latent: a linear map from Stable
/// Diffusion's four channels to colour. The factors are a least-squares fit known for SD 1's autoencoder
/// (<https://discuss.huggingface.co/t/decoding-latents-to-rgb-without-upscaling/23204>); other models get
/// hints of shape rather than true colour.
pub fn rough_picture(latents: &[f32], [channels, height, width]: [usize; 3]) -> RgbImage {
    const FACTORS: [[f32; 3]; 4] =
        [[0.298, 0.207, 0.208], [0.187, 0.286, 0.173], [-0.158, 0.189, 0.264], [-0.184, -0.271, -0.473]];
    let plane = height * width;
    let mut planes = vec![0.0; 3 * plane];
    for (channel, factors) in FACTORS.iter().enumerate().take(channels) {
        for (place, value) in latents[channel * plane..(channel + 1) * plane].iter().enumerate() {
            (0..3).for_each(|c| planes[c * plane + place] += factors[c] * value);
        }
    }
    to_picture(&planes, [width, height], |v| (v + 1.0) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_are_clamped_and_placed() {
        let planes = [-3.0, 1.0, 0.0, 0.0, 3.0, -1.0];
        let picture = to_picture(&planes, [2, 1], |v| (v + 1.0) / 2.0);
        assert_eq!(picture.get_pixel(0, 0).0, [0, 128, 255]);
        assert_eq!(picture.get_pixel(1, 0).0, [255, 128, 0]);
    }

    #[test]
    fn rough_pictures_have_one_pixel_per_latent() {
        let picture = rough_picture(&[0.0; 4 * 6], [4, 2, 3]);
        assert_eq!(picture.dimensions(), (3, 2));
        assert!(picture.pixels().all(|p| p.0 == [128; 3]));
    }
}
