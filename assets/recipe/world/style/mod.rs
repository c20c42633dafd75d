//! The ways a scene becomes a picture: eleven styles as operations on the layers of thing and background.
//!
//! Every style keeps the thing's colour readable, for a learner who is to find it again. Strokes and paper
//! depend on the scene's seed alone.

mod drawn;
mod graphic;
mod look;
mod painted;

use super::canvas::GBuffer;
use super::geometry::{Rgb, at, blend, mix, scaled};
use super::render::Layers;
use super::scene::{Scene, Style};

/// The picture of the layers in the scene's style, row by row; values may leave 0 to 1 a little.
pub fn apply(layers: &Layers, scene: &Scene) -> Vec<Rgb> {
    let mut pixels = match scene.style {
        Style::Photo => photo(layers),
        Style::Oil => painted::oil(layers, scene.seed),
        Style::Watercolour => painted::watercolour(layers, scene.seed),
        Style::Pencil => drawn::pencil(layers, scene.seed),
        Style::PixelArt => graphic::pixel_art(layers),
        Style::Pastel => drawn::pastel(layers, scene.seed),
        Style::StainedGlass => graphic::stained_glass(layers, scene.seed),
        Style::Poster => graphic::poster(layers),
        Style::Neon => graphic::neon(layers),
        Style::PaperCut => graphic::paper_cut(layers, scene.seed),
        Style::Ink => drawn::ink(layers),
    };
    // Paper and paint are seen in even light; only a lens is opened or closed.
    let exposure = 1.0 + if scene.style == Style::Photo { 0.14 } else { 0.06 } * scene.exposure;
    pixels.iter_mut().for_each(|pixel| *pixel = scaled(*pixel, exposure));
    look::apply(pixels, &layers.thing.alpha, layers.size, scene.look, scene.seed)
}

/// The lens is focused on the thing, and darkens the corners a little.
fn photo(layers: &Layers) -> Vec<Rgb> {
    let size = layers.size;
    let back = blurred(&layers.back.lit, size, size / 64);
    let mut pixels = over(&layers.thing, |buffer| &buffer.lit, &back);
    for (i, pixel) in pixels.iter_mut().enumerate() {
        let p = pixel_centre(i, size) - at(0.5, 0.5);
        *pixel = scaled(*pixel, 1.04 - 0.28 * p.dot(p));
    }
    pixels
}

/// The thing's buffer, in one of its two lights, over a background.
fn over(thing: &GBuffer, light: fn(&GBuffer) -> &Vec<Rgb>, back: &[Rgb]) -> Vec<Rgb> {
    let pixels = light(thing).iter().zip(&thing.alpha).zip(back);
    pixels.map(|((front, alpha), back)| [0, 1, 2].map(|c| front[c] + back[c] * (1.0 - alpha))).collect()
}

/// Thing over background in the scene's light.
fn lit(layers: &Layers) -> Vec<Rgb> {
    over(&layers.thing, |buffer| &buffer.lit, &layers.back.lit)
}

/// Thing over background without light.
fn flat(layers: &Layers) -> Vec<Rgb> {
    over(&layers.thing, |buffer| &buffer.albedo, &layers.back.albedo)
}

/// The thing's lines, and those of the background, as strong as `behind`, where the thing does not hide them.
fn lines(layers: &Layers, behind: f32) -> Vec<f32> {
    let back = layers.back.line.iter().zip(&layers.thing.alpha);
    let both = layers.thing.line.iter().zip(back);
    both.map(|(line, (back, alpha))| line.max(back * behind * (1.0 - alpha))).collect()
}

/// The middle of a pixel in picture coordinates.
fn pixel_centre(index: usize, size: usize) -> super::geometry::Point {
    let step = 1.0 / size as f32;
    at(((index % size) as f32 + 0.5) * step, ((index / size) as f32 + 0.5) * step)
}

/// The pixel at a place in picture coordinates; outside, the nearest one.
fn sampled<T: Copy>(pixels: &[T], size: usize, p: super::geometry::Point) -> T {
    let index = |v: f32| ((v * size as f32).floor().max(0.0) as usize).min(size - 1);
    pixels[index(p.y) * size + index(p.x)]
}

/// Two box averages of the given reach in pixels, one after the other: nearly a bell.
fn blurred(pixels: &[Rgb], size: usize, reach: usize) -> Vec<Rgb> {
    let mut now = pixels.to_vec();
    for stride in [1, size] {
        let before = now.clone();
        for (i, pixel) in now.iter_mut().enumerate() {
            let along = if stride == 1 { i % size } else { i / size };
            let start = i - along * stride;
            let mut sum = [0.0; 3];
            let weights = (0..=2 * reach).map(|k| (k, (reach + 1) - reach.abs_diff(k)));
            for (k, weight) in weights {
                let other = (along + k).saturating_sub(reach).min(size - 1);
                for c in 0..3 {
                    sum[c] += before[start + other * stride][c] * weight as f32;
                }
            }
            *pixel = scaled(sum, 1.0 / ((reach + 1) * (reach + 1)) as f32);
        }
    }
    now
}

/// [`blurred`] for one value a pixel.
fn blurred_mask(values: &[f32], size: usize, reach: usize) -> Vec<f32> {
    let grey: Vec<Rgb> = values.iter().map(|&value| [value; 3]).collect();
    blurred(&grey, size, reach).into_iter().map(|pixel| pixel[0]).collect()
}

/// A colour over another, as ink over paper: the share `alpha` of it.
fn inked(paper: Rgb, ink: Rgb, alpha: f32) -> Rgb {
    blend(paper, ink, alpha.clamp(0.0, 1.0))
}

/// The thing's colour without light, as if it covered the whole pixel.
fn unpremultiplied(thing: &GBuffer, i: usize) -> Rgb {
    scaled(thing.albedo[i], 1.0 / thing.alpha[i].max(1e-3))
}

/// How much light falls on a pixel of both layers: about 1 in full light.
fn tone(lit: Rgb, flat: Rgb) -> f32 {
    let (bright, base) = (super::geometry::luma(lit), super::geometry::luma(flat));
    mix(1.0, bright / base.max(0.08), 0.9).clamp(0.0, 1.4)
}
