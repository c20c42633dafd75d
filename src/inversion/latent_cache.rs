//! The images as the method needs them: the autoencoder's posterior of each, and of its mirror image,
//! cached once. A step then samples latents from it, which is the same distribution as encoding anew every
//! time (the original code's `E(x).sample()`), with no autoencoder in memory.

use burn::tensor::{Device, Tensor, TensorData};

use super::objective::read;
use base::{Error, Result};
use model::AutoencoderKl;
use project::picture::{PreparedPicture, to_chw, weight_for_latents};

/// One image, encoded.
#[derive(Debug, Clone, PartialEq)]
pub struct EncodedImage {
    /// The image as it is.
    pub upright: CachedPosterior,
    /// The image in a mirror, if it may be mirrored.
    pub mirrored: Option<CachedPosterior>,
    /// Padded token ids of the sentences it is learned with, in one list or several, of which the method takes one.
    pub sentences: Vec<Vec<Vec<u32>>>,
}

impl EncodedImage {
    /// The list at a place, or the last one where there are fewer.
    pub(crate) fn list(&self, place: usize) -> &[Vec<u32>] {
        self.sentences.get(place).or(self.sentences.last()).map_or(&[], Vec::as_slice)
    }
}

/// Independent normal distributions of scaled latents, `[channels, height, width]` row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct CachedPosterior {
    /// Mean.
    pub mean: Vec<f32>,
    /// Standard deviation.
    pub std: Vec<f32>,
    /// Weight of each latent pixel with mean 1, `[height, width]`; `None` if everything counts alike.
    pub weight: Option<Vec<f32>>,
}

impl CachedPosterior {
    /// Latents `mean + std * noise`.
    pub fn sample(&self, noise: &[f32]) -> Vec<f32> {
        self.mean.iter().zip(&self.std).zip(noise).map(|((mean, std), noise)| mean + std * noise).collect()
    }
}

/// Encodes one square image; the result is already multiplied by the model's `scaling_factor`.
///
/// # Errors
/// [`Error::Device`] if the device fails, [`Error::Numbers`] if the result is not finite.
pub fn encode(
    vae: &AutoencoderKl,
    image: &PreparedPicture,
    use_mask: bool,
    device: &Device,
) -> Result<CachedPosterior> {
    let side = image.rgb.width() as usize;
    let pixels = TensorData::new(to_chw(&image.rgb), [1, 3, side, side]);
    let posterior = vae.encode(Tensor::<4>::from_data(pixels, device).cast(vae.dtype));
    let scale = vae.config.scaling_factor as f32;
    let (mean, std) = (read(posterior.mean.clone())?, read(posterior.std())?);
    if mean.iter().chain(&std).any(|value| !value.is_finite()) {
        return Err(Error::Numbers(
            "A picture was encoded as numbers that are not finite".into(),
            "Use --precision f32 (or bf16).".into(),
        ));
    }
    let scaled = |values: Vec<f32>| values.into_iter().map(|value| value * scale).collect();
    let weight = image.weight.as_ref().filter(|_| use_mask);
    let weight = weight.and_then(|weight| weight_for_latents(weight, side, side / vae.config.downsampling()));
    Ok(CachedPosterior { mean: scaled(mean), std: scaled(std), weight })
}
