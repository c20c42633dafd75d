//! A rough view of an image while it is drawn: by the tiny decoder (TAESD) where its file is there, else one pixel for
//! each latent, by a linear map from latents to colour instead of the autoencoder.
//!
//! The map is fitted once for each loaded model, from what its autoencoder makes of noise. It is a view for
//! people to wait by; no image and no score is made from it, so that its failure is no error.

use burn::tensor::{Tensor, TensorData};
use image::RgbImage;

use super::to_image;
use base::Result;
use diffusion::Noise;
use inversion::objective::read;
use model::pipeline::LatentColours;
use model::{AutoencoderKl, Pipeline, TinyDecoder};

/// Side, in latents, of the sample that the map is fitted to.
const SIDE: usize = 16;

/// Side of the patches that half of the sample's noise is the same in: images have areas, and what an
/// autoencoder makes of areas differs a little from what it makes of grains.
const PATCH: usize = 4;

/// Keeps the factors small where the sample does not tell channels apart.
const RIDGE: f64 = 1e-3;

/// Factors known for the autoencoder of Stable Diffusion 1
/// (<https://discuss.huggingface.co/t/decoding-latents-to-rgb-without-upscaling/23204>).
const KNOWN: [[f32; 3]; 4] =
    [[0.298, 0.207, 0.208], [0.187, 0.286, 0.173], [-0.158, 0.189, 0.264], [-0.184, -0.271, -0.473]];

/// The most latents that the tiny decoder is asked about: those of 1024 by 1024 pixels. Larger ones would take memory
/// that drawing needs.
const MOST: usize = 128 * 128;

/// How the latents of a model are shown.
pub struct LatentView {
    colours: LatentColours,
    tiny: Option<TinyDecoder>,
}

/// The view of a model's latents. What is the matter with a tiny decoder that is there and cannot be used is told to
/// `warn`, once.
pub fn latent_view(model: &mut Pipeline, mut warn: impl FnMut(String)) -> LatentView {
    let first = model.latent_colours.is_none();
    let colours = latent_colours(model);
    if first {
        let found = TinyDecoder::find(model.files.path(), model.files.family());
        let opened =
            found.map(|file| TinyDecoder::open(&file, &model.device, model.unet.dtype, &mut || Ok(())));
        let opened = opened.transpose().unwrap_or_else(|error| {
            warn(format!("Pictures on the way are shown roughly. {error}"));
            None
        });
        model.tiny_decoder = opened.filter(|tiny| tiny.channels() == model.vae_config.latent_channels);
    }
    LatentView { colours, tiny: model.tiny_decoder.clone() }
}

impl LatentView {
    /// A view of scaled latents: as large as the picture by the tiny decoder, else one pixel for each.
    pub fn show(&self, latents: &[f32], shape: [usize; 3]) -> RgbImage {
        let tiny = self.tiny.as_ref().filter(|_| shape[1] * shape[2] <= MOST);
        let decoded = tiny.and_then(|tiny| decoded(tiny, latents, shape).ok());
        decoded.unwrap_or_else(|| latent_preview(latents, shape, &self.colours))
    }
}

fn decoded(tiny: &TinyDecoder, latents: &[f32], [channels, height, width]: [usize; 3]) -> Result<RgbImage> {
    let latents = TensorData::new(latents.to_vec(), [1, channels, height, width]);
    let decoded = tiny.decode(Tensor::<4>::from_data(latents, &tiny.device()));
    let [_, _, height, width] = decoded.dims();
    Ok(to_image(&read(decoded)?, [width, height], |level| level))
}

/// How the latents of a model look: fitted the first time, which loads the autoencoder, and then remembered
/// with the model. If that fails, what is known of Stable Diffusion 1.
fn latent_colours(model: &mut Pipeline) -> LatentColours {
    if let Some(known) = &model.latent_colours {
        return known.clone();
    }
    let fitted = model.vae().and_then(fit).ok().flatten();
    let colours = fitted.unwrap_or_else(|| LatentColours { channels: KNOWN.to_vec(), base: [0.0; 3] });
    model.latent_colours.insert(colours).clone()
}

/// A rough view of scaled latents, one pixel for each.
fn latent_preview(
    latents: &[f32],
    [channels, height, width]: [usize; 3],
    colours: &LatentColours,
) -> RgbImage {
    let plane = height * width;
    let mut planes: Vec<f32> = colours.base.iter().flat_map(|value| vec![*value; plane]).collect();
    for (channel, factors) in colours.channels.iter().enumerate().take(channels) {
        for (place, value) in latents[channel * plane..(channel + 1) * plane].iter().enumerate() {
            (0..3).for_each(|c| planes[c * plane + place] += factors[c] * value);
        }
    }
    to_image(&planes, [width, height], |v| (v + 1.0) / 2.0)
}

/// The linear map that best gives the mean colour of each latent's square of pixels.
fn fit(vae: &AutoencoderKl) -> Result<Option<LatentColours>> {
    let channels = vae.config.latent_channels;
    let latents = sample(channels);
    let data = TensorData::new(latents.clone(), [1, channels, SIDE, SIDE]);
    let decoded = vae.decode(Tensor::<4>::from_data(data, &vae.device()).cast(vae.dtype));
    let [_, planes, height, width] = decoded.dims();
    let pixels = read(decoded)?;
    if planes < 3 || height < SIDE || width < SIDE {
        return Ok(None);
    }
    Ok(least_squares(&latents, &square_means(&pixels, [height, width])))
}

/// Noise of unit variance, as scaled latents have, half of it the same within each patch.
fn sample(channels: usize) -> Vec<f32> {
    let noise = Noise::new(0);
    let grains = noise.normal(0, channels * SIDE * SIDE);
    let patches = noise.normal(1, channels * (SIDE / PATCH) * (SIDE / PATCH));
    let mixed = |(place, grain): (usize, &f32)| {
        let (row, column) = (place / SIDE, place % SIDE);
        // Channels follow one another and are a whole number of patches high: no need to tell them apart.
        (grain + patches[row / PATCH * (SIDE / PATCH) + column / PATCH]) * std::f32::consts::FRAC_1_SQRT_2
    };
    grains.iter().enumerate().map(mixed).collect()
}

/// The mean red, green and blue of each latent's square in an image of `[height, width]` pixels.
fn square_means(pixels: &[f32], [height, width]: [usize; 2]) -> Vec<[f64; 3]> {
    let (tall, wide) = (height / SIDE, width / SIDE);
    let mean = |channel: usize, place: usize| {
        let (top, left) = (place / SIDE * tall, place % SIDE * wide);
        let mut sum = 0.0;
        for y in top..top + tall {
            let start = (channel * height + y) * width + left;
            sum += pixels[start..start + wide].iter().map(|value| f64::from(*value)).sum::<f64>();
        }
        sum / (tall * wide) as f64
    };
    (0..SIDE * SIDE).map(|place| [0, 1, 2].map(|channel| mean(channel, place))).collect()
}

/// The map from latents, channel by channel, to one colour for each place, by ridge regression. `None` if it
/// does not come out in finite numbers.
fn least_squares(latents: &[f32], colours: &[[f64; 3]]) -> Option<LatentColours> {
    let count = colours.len();
    let channels = latents.len() / count.max(1);
    let unknowns = channels + 1;
    // The normal equations: for each unknown its factors, then the right-hand sides for red, green and blue.
    let mut equations = vec![vec![0.0_f64; unknowns + 3]; unknowns];
    for (place, colour) in colours.iter().enumerate() {
        let mut terms: Vec<f64> = (0..channels).map(|c| f64::from(latents[c * count + place])).collect();
        terms.push(1.0);
        terms.extend(colour);
        for (equation, factor) in equations.iter_mut().zip(&terms) {
            equation.iter_mut().zip(&terms).for_each(|(sum, term)| *sum += factor * term / count as f64);
        }
    }
    for (index, equation) in equations.iter_mut().enumerate().take(channels) {
        equation[index] += RIDGE;
    }
    eliminate(&mut equations);
    let solution = |equation: &Vec<f64>| [0, 1, 2].map(|colour| equation[unknowns + colour] as f32);
    let mut solved: Vec<[f32; 3]> = equations.iter().map(solution).collect();
    if !solved.iter().flatten().all(|value| value.is_finite()) {
        return None;
    }
    let base = solved.pop()?;
    Some(LatentColours { channels: solved, base })
}

/// Solves equations in place. Their matrix is positive definite, so that none needs to change its place.
fn eliminate(equations: &mut [Vec<f64>]) {
    for index in 0..equations.len() {
        let pivot = equations[index][index];
        equations[index].iter_mut().for_each(|value| *value /= pivot);
        let solved = equations[index].clone();
        for (_, equation) in equations.iter_mut().enumerate().filter(|(other, _)| *other != index) {
            let factor = equation[index];
            equation.iter_mut().zip(&solved).for_each(|(value, term)| *value -= factor * term);
        }
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;
    use crate::session::tests::{golden, opened};

    #[test]
    fn a_model_is_looked_at_once() {
        let mut model = opened("sd1");
        let colours = latent_colours(&mut model);
        assert_eq!(colours.channels.len(), model.vae_config.latent_channels);
        assert_ne!(colours.channels, KNOWN, "nothing was fitted");
        assert_eq!(model.latent_colours.as_ref(), Some(&colours));
        assert_eq!(latent_colours(&mut model), colours);
    }

    #[test]
    fn a_tiny_decoder_shows_as_many_pixels_as_the_picture_has() {
        let mut model = opened("sd1");
        let mut told = Vec::new();
        let plain = latent_view(&mut model, |note| told.push(note));
        assert_eq!(plain.show(&[0.5; 4 * 6], [4, 2, 3]).dimensions(), (3, 2));
        let file = golden().join("../tiny_decoder/taesd_decoder.safetensors");
        let tiny = TinyDecoder::open(&file, &Device::flex(), model.unet.dtype, &mut || Ok(())).unwrap();
        model.tiny_decoder = Some(tiny);
        let view = latent_view(&mut model, |note| told.push(note));
        assert_eq!(view.show(&[0.5; 4 * 6], [4, 2, 3]).dimensions(), (24, 16));
        // What is too large for it is shown as before.
        assert_eq!(view.show(&vec![0.5; 4 * 129 * 128], [4, 129, 128]).dimensions(), (128, 129));
        assert!(told.is_empty(), "{told:?}");
    }

    #[test]
    fn previews_have_one_pixel_for_each_latent() {
        let colours = LatentColours { channels: KNOWN.to_vec(), base: [0.0; 3] };
        let picture = latent_preview(&[0.0; 4 * 6], [4, 2, 3], &colours);
        assert_eq!(picture.dimensions(), (3, 2));
        assert!(picture.pixels().all(|p| p.0 == [128; 3]));
        // Another number of channels than is known must not matter.
        assert_eq!(latent_preview(&[0.0; 6 * 6], [6, 2, 3], &colours).dimensions(), (3, 2));

        let colours = LatentColours { channels: vec![[1.0, 0.0, -1.0]], base: [0.0, 1.0, 0.0] };
        let picture = latent_preview(&[1.0, -1.0], [1, 1, 2], &colours);
        assert_eq!([0, 1].map(|x| picture.get_pixel(x, 0).0), [[255, 255, 0], [0, 255, 255]]);
    }

    #[test]
    fn the_sample_has_unit_variance() {
        let sample = sample(8);
        let square = sample.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>() / sample.len() as f64;
        assert_eq!(sample.len(), 8 * SIDE * SIDE);
        assert!((square - 1.0).abs() < 0.3, "{square}");
    }

    #[test]
    fn a_linear_map_is_found_again() {
        let truth =
            LatentColours { channels: vec![[0.5, -0.2, 0.0], [0.1, 0.3, -0.4]], base: [0.1, 0.0, -0.3] };
        let latents = sample(2);
        let count = SIDE * SIDE;
        let colour = |place: usize, c: usize| {
            let value = truth.base[c]
                + truth.channels[0][c] * latents[place]
                + truth.channels[1][c] * latents[count + place];
            f64::from(value)
        };
        let colours: Vec<[f64; 3]> = (0..count).map(|place| [0, 1, 2].map(|c| colour(place, c))).collect();
        let found = least_squares(&latents, &colours).unwrap();
        let pairs = found.channels.iter().flatten().zip(truth.channels.iter().flatten());
        let mut pairs = pairs.chain(found.base.iter().zip(&truth.base));
        assert!(pairs.all(|(a, b)| (a - b).abs() < 5e-3), "{found:?}");
        assert_eq!(least_squares(&latents, &vec![[f64::NAN; 3]; count]), None);
    }

    #[test]
    fn squares_are_averaged_in_their_places() {
        let (height, width) = (SIDE, 2 * SIDE);
        let pixels: Vec<f32> = (0..3 * height * width).map(|i| (i % width) as f32).collect();
        let means = square_means(&pixels, [height, width]);
        assert_eq!(means.len(), SIDE * SIDE);
        assert_eq!((means[0], means[SIDE - 1], means[SIDE]), ([0.5; 3], [30.5; 3], [0.5; 3]));
    }
}
