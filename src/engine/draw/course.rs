//! Where the latents of an image begin, and what is done to them on the way besides sampling: nothing for an image from
//! noise; for one that is edited, the original is kept around a mask (Blended Latent Diffusion, <https://arxiv.org/abs/2206.02779>)
//! or told to a network that was trained to be told.
//!
//! The orders are those of the published scripts of omriav/blended-latent-diffusion: `ldm/models/diffusion/ddim.py` and
//! `scripts/text_editing_SDXL.py`. Pictures are not composed here; that is done in pixels afterwards.

use burn::tensor::{Tensor, TensorData};

use super::tiles::encode_in_tiles;
use super::{decode_planes, in_parts, not_finite};
use base::Result;
use diffusion::blended::{blend, first_in_pixels, first_step, mask_of_step, noised};
use diffusion::{Noise, sampler::Sampler};
use inversion::objective::read;
use model::AutoencoderKl;
use project::BlendOrder;

/// Where in its steps an image is.
pub(crate) struct Place {
    /// How noisy the latents are before the step; see [`Sampler::mixture`].
    pub mixture: [f64; 2],
    /// Which of the steps that are taken, from 0.
    pub turn: usize,
    /// How many are.
    pub turns: usize,
}

/// So much noise, in parts of the signal, is not seen in a picture. The last step of the published scripts begins below it.
const UNSEEN: f64 = 0.06;

impl Place {
    /// How noisy what is put back after the step is: as noisy as before it, as published. Where the last of few steps begins
    /// with much noise, that would stay in the picture, and it is clean.
    fn mixture_after(&self) -> [f64; 2] {
        let [signal, noise] = self.mixture;
        let stays = self.turn + 1 == self.turns && noise > UNSEEN * signal;
        if stays { [1.0, 0.0] } else { self.mixture }
    }
}

/// What is particular about the way of an image's latents.
pub(crate) trait Course {
    /// The first of `steps` that is taken.
    fn first_step(&self, steps: usize) -> usize;

    /// The latents before the sampler's step `index`, given the unit noise of the image's seed.
    fn begin(&mut self, sampler: &dyn Sampler, index: usize, noise: Vec<f32>) -> Vec<f32>;

    /// What the latents are to be before a step.
    fn before_step(&mut self, _place: &Place, sample: Vec<f32>) -> Result<Vec<f32>> {
        Ok(sample)
    }

    /// What they are to be after it; `predicted` are the clean latents that the network believed in.
    fn after_step(&mut self, _place: &Place, sample: Vec<f32>, _predicted: &[f32]) -> Result<Vec<f32>> {
        Ok(sample)
    }

    /// The clean latents that are put back wherever this mask is 0, whatever the network says there; none if it is asked about
    /// everything.
    fn known(&self, _place: &Place) -> Option<(&[f32], &[f32])> {
        None
    }

    /// Planes that the network reads behind the latents.
    fn beside(&self) -> &[f32] {
        &[]
    }
}

/// From noise to an image, with nothing else on the way.
pub(super) struct FromNoise;

impl Course for FromNoise {
    fn first_step(&self, _steps: usize) -> usize {
        0
    }

    fn begin(&mut self, sampler: &dyn Sampler, _index: usize, noise: Vec<f32>) -> Vec<f32> {
        let scale = sampler.init_noise_sigma();
        noise.into_iter().map(|n| (f64::from(n) * scale) as f32).collect()
    }
}

/// The noise of one image that is edited, besides that of its sampling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BlendNoise {
    /// Of the latents of the original, where one is drawn from their distribution.
    Posterior,
    /// Of the original that is put back at a step.
    Blend(usize),
    /// Of the latents of what was joined in pixels after a step.
    Pixels(usize),
    /// By which these are made as noisy as before the step.
    Again(usize),
}

impl BlendNoise {
    /// So much unit noise for the image of a seed. In the order `ldm` the original is the same for all images of a request,
    /// as in the published code, whose batch shares it.
    pub fn draw(self, order: BlendOrder, seed: u64, len: usize) -> Vec<f32> {
        // Sampling steps number their streams from 0.
        let (kind, step) = match self {
            Self::Posterior => (1, 0),
            Self::Blend(step) => (2, step),
            Self::Pixels(step) => (3, step),
            Self::Again(step) => (4, step),
        };
        let shared = order == BlendOrder::Ldm && kind < 3;
        Noise::new(if shared { 0 } else { seed }).normal((kind << 32) + step as u64, len)
    }
}

/// A picture as latents: independent normal distributions, scaled as the U-Net reads them.
pub(crate) struct Original {
    /// Their means.
    pub mean: Vec<f32>,
    /// Their standard deviations.
    pub std: Vec<f32>,
}

impl Original {
    /// Encodes a picture, given as planes from -1 to 1 of these sides in pixels; in tiles where it is large, or memory
    /// `tight`.
    ///
    /// # Errors
    /// [`base::Error::Device`] if the device fails, [`base::Error::Numbers`] if the result is not finite.
    pub fn encode(
        vae: &AutoencoderKl,
        planes: &[f32],
        [width, height]: [u32; 2],
        tight: bool,
    ) -> Result<Self> {
        let step = vae.config.downsampling();
        let mut moments = |pixels: Vec<f32>, [tall, wide]: [usize; 2]| -> Result<Vec<f32>> {
            let pixels = TensorData::new(pixels, [1, 3, tall * step, wide * step]);
            let posterior = vae.encode(Tensor::<4>::from_data(pixels, &vae.device()).cast(vae.dtype));
            Ok([read(posterior.mean.clone())?, read(posterior.std())?].concat())
        };
        let sides = [height, width].map(|side| side as usize / step);
        let mut moments = match in_parts(sides, step, tight) {
            true => encode_in_tiles(planes, sides, step, &mut moments)?,
            false => moments(planes.to_vec(), sides)?,
        };
        if moments.iter().any(|value| !value.is_finite()) {
            return Err(not_finite());
        }
        let scale = vae.config.scaling_factor as f32;
        moments.iter_mut().for_each(|value| *value *= scale);
        let std = moments.split_off(moments.len() / 2);
        Ok(Self { mean: moments, std })
    }

    /// Latents of the picture.
    pub fn sample(&self, noise: &[f32]) -> Vec<f32> {
        self.mean.iter().zip(&self.std).zip(noise).map(|((mean, std), noise)| mean + std * noise).collect()
    }
}

/// The last steps, in which new and old are joined as pixels.
pub(crate) struct PixelPhase<'a> {
    /// The part of the steps.
    pub share: f64,
    /// Turns pixels into latents and back.
    pub vae: &'a AutoencoderKl,
    /// The original, planes from -1 to 1.
    pub picture: &'a [f32],
    /// 1 in each pixel where something new belongs.
    pub mask: &'a [f32],
    /// Its sides.
    pub size: [u32; 2],
    /// Whether memory is scarce, so that both are done in tiles.
    pub tight: bool,
}

/// The way of an image that begins with another one.
pub(crate) struct EditCourse<'a> {
    /// The latents of the original, without noise.
    pub clean: Vec<f32>,
    /// Where something new belongs, from the mask that is used first to the last one; none where all of it may change, or
    /// where the network is told.
    pub masks: Vec<Vec<f32>>,
    /// When the original is put back.
    pub order: BlendOrder,
    /// The part of the steps that is taken.
    pub strength: f64,
    /// The steps in pixels.
    pub pixels: Option<PixelPhase<'a>>,
    /// What an inpainting network reads behind the latents: the mask, and the original without what is in it.
    pub beside: Vec<f32>,
    /// Gives as much unit noise as is asked for.
    pub noise: &'a dyn Fn(BlendNoise, usize) -> Vec<f32>,
}

impl EditCourse<'_> {
    /// The first step in pixels, of those taken.
    fn in_pixels(&self, turns: usize) -> usize {
        let share =
            self.pixels.as_ref().filter(|_| self.order == BlendOrder::Ldm).map_or(0.0, |pixels| pixels.share);
        first_in_pixels(turns, share)
    }

    /// The mask that is used at a step.
    fn mask(&self, place: &Place) -> Option<&Vec<f32>> {
        self.masks.get(mask_of_step(place.turn, place.turns, self.masks.len()))
    }

    /// Puts the original back, so noisy.
    fn put_back(&self, mixture: [f64; 2], turn: usize, mask: &[f32], sample: &[f32]) -> Vec<f32> {
        let noise = (self.noise)(BlendNoise::Blend(turn), sample.len());
        blend(mask, sample, &noised(mixture, &self.clean, &noise))
    }

    /// What the network believes in, joined with the original in pixels, and made noisy again.
    fn join_pixels(&self, pixels: &PixelPhase<'_>, place: &Place, predicted: &[f32]) -> Result<Vec<f32>> {
        let PixelPhase { vae, picture, mask, size, tight, .. } = pixels;
        let [width, height] = size.map(|side| side as usize / vae.config.downsampling());
        let shape = [vae.config.latent_channels, height, width];
        let drawn = decode_planes(vae, predicted.to_vec(), shape, *tight)?;
        let joined = Original::encode(vae, &blend(mask, &drawn, picture), *size, *tight)?;
        let clean = joined.sample(&(self.noise)(BlendNoise::Pixels(place.turn), predicted.len()));
        let noise = (self.noise)(BlendNoise::Again(place.turn), predicted.len());
        Ok(noised(place.mixture_after(), &clean, &noise))
    }
}

impl Course for EditCourse<'_> {
    fn first_step(&self, steps: usize) -> usize {
        first_step(steps, self.strength, !self.masks.is_empty())
    }

    fn begin(&mut self, sampler: &dyn Sampler, index: usize, noise: Vec<f32>) -> Vec<f32> {
        // An inpainting network was trained to begin with nothing.
        if !self.beside.is_empty() && index == 0 {
            return FromNoise.begin(sampler, index, noise);
        }
        noised(sampler.mixture(index), &self.clean, &noise)
    }

    fn before_step(&mut self, place: &Place, sample: Vec<f32>) -> Result<Vec<f32>> {
        let mask = self
            .mask(place)
            .filter(|_| self.order == BlendOrder::Ldm && place.turn < self.in_pixels(place.turns));
        Ok(mask.map(|mask| self.put_back(place.mixture, place.turn, mask, &sample)).unwrap_or(sample))
    }

    fn after_step(&mut self, place: &Place, sample: Vec<f32>, predicted: &[f32]) -> Result<Vec<f32>> {
        if self.order == BlendOrder::Sd {
            let put_back = |mask: &Vec<f32>| self.put_back(place.mixture_after(), place.turn, mask, &sample);
            return Ok(self.masks.last().map(put_back).unwrap_or(sample));
        }
        match self.pixels.as_ref().filter(|_| place.turn >= self.in_pixels(place.turns)) {
            Some(pixels) => self.join_pixels(pixels, place, predicted),
            None => Ok(sample),
        }
    }

    fn known(&self, place: &Place) -> Option<(&[f32], &[f32])> {
        self.mask(place).map(|mask| (mask.as_slice(), self.clean.as_slice()))
    }

    fn beside(&self) -> &[f32] {
        &self.beside
    }
}

#[cfg(test)]
mod tests;
