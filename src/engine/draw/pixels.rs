//! From latents to a picture: decoded at once, or in tiles where it is large or memory is short.

use burn::tensor::{DType, Tensor, TensorData};
use image::RgbImage;

use super::not_finite;
use super::tiles::decode_in_tiles;
use base::Result;
use inversion::objective::read;
use model::{AutoencoderKl, Pipeline};

/// `[channels, height, width]` of the latents of an image of `size` (width, height) pixels.
pub(crate) fn latent_shape(model: &Pipeline, [width, height]: [u32; 2]) -> [usize; 3] {
    let step = model.vae_config.downsampling();
    [model.vae_config.latent_channels, height as usize / step, width as usize / step]
}

/// Longest side of a picture in pixels that is decoded at once.
const AT_ONCE: usize = 1024;

/// Latents to pixels; in tiles where the picture is large, or memory `tight`.
pub(crate) fn decode(
    vae: &AutoencoderKl,
    latents: Vec<f32>,
    shape: [usize; 3],
    tight: bool,
) -> Result<RgbImage> {
    Ok(picture_of(vae, &decode_planes(vae, latents, shape, tight)?, shape))
}

/// The picture of what latents of this shape were decoded to.
pub(crate) fn picture_of(vae: &AutoencoderKl, planes: &[f32], shape: [usize; 3]) -> RgbImage {
    let [_, height, width] = shape.map(|side| side * vae.config.downsampling());
    to_image(planes, [width, height], |v| (v + 1.0) / 2.0)
}

/// Whether a picture of latents of these sides is decoded in tiles.
pub(super) fn in_parts([height, width]: [usize; 2], scale: usize, tight: bool) -> bool {
    tight || height.max(width) * scale > AT_ONCE
}

/// [`decode`] to planes of red, green and blue from -1 to 1.
pub(super) fn decode_planes(
    vae: &AutoencoderKl,
    latents: Vec<f32>,
    shape: [usize; 3],
    tight: bool,
) -> Result<Vec<f32>> {
    let scale = vae.config.downsampling();
    let mut planes = |latents: Vec<f32>, [channels, height, width]: [usize; 3]| {
        let latents = TensorData::new(latents, [1, channels, height, width]);
        let latents = Tensor::<4>::from_data(latents, &vae.device()).cast(vae.dtype);
        read(vae.decode(latents).cast(DType::F32))
    };
    let values = match in_parts([shape[1], shape[2]], scale, tight) {
        true => decode_in_tiles(&latents, shape, scale, &mut planes)?,
        false => planes(latents, shape)?,
    };
    if values.iter().any(|value| !value.is_finite()) {
        return Err(not_finite());
    }
    Ok(values)
}

/// Planes of red, green and blue, row by row, to an image; `level` maps a value to 0 (dark) to 1.
pub(super) fn to_image(planes: &[f32], [width, height]: [usize; 2], level: impl Fn(f32) -> f32) -> RgbImage {
    let plane = width * height;
    RgbImage::from_fn(width as u32, height as u32, |x, y| {
        let place = y as usize * width + x as usize;
        let channel = |c: usize| planes.get(c * plane + place).copied().unwrap_or_default();
        image::Rgb([0, 1, 2].map(|c| (level(channel(c)).clamp(0.0, 1.0) * 255.0).round() as u8))
    })
}
