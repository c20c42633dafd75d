//! Where in a picture each word of its prompt is looked for, while the picture is drawn: cross-attention, averaged over
//! heads, layers and steps (DAAM, Tang et al. 2022).
//!
//! One picture is drawn for it, with a network that is asked for its attention as well; no other drawing pays for that.
//! Only the first window of a prompt is looked at.

use burn::tensor::Tensor;
use image::{ImageBuffer, Luma, Rgb, RgbImage};

use super::super::look::{Files, Series};
use crate::context::JobContext;
use crate::draw::{LoadedWords, SampleParams, decode, latent_shape, latents_asking};
use crate::sealing::Origin;
use base::{Error, Result};
use format::png_info::to_png;
use inversion::objective::read;
use metrics::{HeatMaps, upsample};
use model::unet::Conditioning;
use project::Concept;
use project::meaning::{Heat, WordHeat};

/// Draws the prompt's first seed, and maps every word of it.
pub(super) fn heat(
    words: &LoadedWords,
    prompt: &str,
    series: &mut Series<'_>,
    files: &mut Files,
    context: &mut JobContext<'_>,
) -> Result<Heat> {
    let shape = latent_shape(series.model, series.size);
    let mut settings = series.settings.clone();
    settings.prompt = prompt.into();
    let params = SampleParams::new(words, &settings, series.size, 0);
    let mut maps = HeatMaps::default();
    let model = &*series.model;
    let mut ask = |input: Tensor<4>, timesteps: &[f64], given: &Conditioning| -> Result<Vec<f32>> {
        let (out, seen) = model.unet.forward_seen(input, timesteps, given);
        for map in seen {
            let [rows, places, tokens] = map.probabilities.dims();
            // Of guidance's two rows the last is the prompt's.
            let own = map.probabilities.slice([rows - 1..rows, 0..places, 0..tokens]);
            maps.add(map.size, &read(own)?);
        }
        read(out)
    };
    let mut watch = |step: usize, steps: usize, _: &[f32]| {
        context.progress("looking where words are looked for", step, steps);
        context.poll()
    };
    let latents = latents_asking(model, &series.schedule, &params, &mut ask, &mut watch)?;
    let latents = latents.ok_or(Error::Cancelled)?;
    let seed = params.seed;
    let picture = decode(series.model.vae()?, latents, shape, series.tight)?;
    series.drawn(1, context);

    let [_, height, width] = shape;
    let mut found = Vec::new();
    for (place, (word, places)) in words.placed(prompt).into_iter().enumerate() {
        let map = maps.of(places, [height, width]);
        let largest = map.iter().copied().fold(0.0, f64::max);
        let mean = map.iter().sum::<f64>() / map.len().max(1) as f64;
        let stem = format!("heat-{}-{}", place + 1, Concept::of(&word).file_stem());
        let raw = files.add(format!("{stem}-raw.png"), raw_png(&map, [width, height])?);
        let file = files.picture(
            format!("{stem}.png"),
            &over(&picture, &map, [height, width]),
            Some(Origin::Drawn),
        )?;
        found.push(WordHeat { word, file, raw, largest, mean });
    }
    let picture = files.picture("heat.png", &picture, Some(Origin::Drawn))?;
    Ok(Heat { picture, seed, words: found })
}

/// Probabilities as 16 bits of grey.
fn raw_png(map: &[f64], [width, height]: [usize; 2]) -> Result<Vec<u8>> {
    let levels = map.iter().map(|value| (value.clamp(0.0, 1.0) * f64::from(u16::MAX)).round() as u16);
    let image = ImageBuffer::<Luma<u16>, Vec<u16>>::from_raw(width as u32, height as u32, levels.collect());
    to_png(&image.ok_or_else(|| Error::Internal("a map of heat has another size".into()))?)
}

/// The picture in grey with the heat over it, from nothing at the map's least to white at its largest.
fn over(picture: &RgbImage, map: &[f64], size: [usize; 2]) -> RgbImage {
    let (width, height) = picture.dimensions();
    let larger = upsample(map, size, [height as usize, width as usize]);
    let (least, largest) =
        larger.iter().fold((f64::INFINITY, 0.0_f64), |(a, b), value| (a.min(*value), b.max(*value)));
    let range = (largest - least).max(f64::MIN_POSITIVE);
    RgbImage::from_fn(width, height, |x, y| {
        let Rgb([r, g, b]) = *picture.get_pixel(x, y);
        let grey = (0.299 * f64::from(r) + 0.587 * f64::from(g) + 0.114 * f64::from(b)) * 0.6;
        let heat = (larger[y as usize * width as usize + x as usize] - least) / range;
        Rgb(ramp(heat).map(|colour| ((1.0 - heat) * grey + heat * colour).round() as u8))
    })
}

/// From dark red over orange and yellow to white.
fn ramp(heat: f64) -> [f64; 3] {
    [0.5 + 1.5 * heat, 2.0 * heat - 0.5, 4.0 * heat - 3.0].map(|part| 255.0 * part.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heat_lies_over_the_picture_and_its_numbers_beside_it() {
        let picture = RgbImage::from_pixel(4, 2, Rgb([100; 3]));
        let drawn = over(&picture, &[0.0, 0.5], [1, 2]);
        // Nothing at the coldest, white at the hottest.
        assert_eq!((drawn.get_pixel(0, 0).0, drawn.get_pixel(3, 1).0), ([60; 3], [255; 3]));
        let flat = over(&picture, &[0.25, 0.25], [1, 2]);
        assert!(flat.pixels().all(|pixel| pixel.0 == [60; 3]));
        let raw = image::load_from_memory(&raw_png(&[0.0, 0.5, 1.0, 2.0], [2, 2]).unwrap()).unwrap();
        assert_eq!(raw.into_luma16().into_raw(), [0, 32768, 65535, 65535]);
        assert!(raw_png(&[0.0], [2, 2]).is_err());
    }
}
