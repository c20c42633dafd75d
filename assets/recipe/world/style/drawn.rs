//! Pencil, pastel and ink: lines along the edges and tone laid down in marks.

use super::super::geometry::{Point, Rgb, at, blend, hash, luma, mix, noise, saturated, scaled, smoothstep};
use super::super::render::Layers;
use super::{blurred_mask, flat, inked, lines, lit, pixel_centre, sampled, tone, unpremultiplied};

/// A saw tooth of parallel marks, 0 to 1 across each; the direction need not have length one.
fn marks(p: Point, direction: Point, pitch: f32) -> f32 {
    let t = p.dot(direction) / pitch;
    (t - t.floor() - 0.5).abs() * 2.0
}

/// Graphite lines and hatching on white paper; the thing lightly filled in with a coloured pencil.
pub fn pencil(layers: &Layers, seed: u32) -> Vec<Rgb> {
    let size = layers.size;
    let (line, scene, flat) = (lines(layers, 0.55), lit(layers), flat(layers));
    let pixels = (0..size * size).map(|i| {
        let p = pixel_centre(i, size);
        let tooth = 0.5 + 0.5 * hash((p.x * 64.0) as i32, (p.y * 64.0) as i32, seed);
        let paper = [0.955, 0.95, 0.935];
        let wobble = p + at(noise(p * 10.0, seed), noise(p * 10.0, seed ^ 1)) * 0.012;
        let hatch = smoothstep(0.25, 0.75, marks(wobble, at(0.78, 0.63), 0.046));
        let alpha = layers.thing.alpha[i];
        let crayon = saturated(unpremultiplied(&layers.thing, i), 1.3);
        let mut pixel = inked(paper, crayon, alpha * mix(0.66, 0.93, hatch) * mix(0.88, 1.0, tooth));
        // Grey hatching stands for shade on the thing and for whatever is dark behind it.
        let shade = alpha * smoothstep(1.0, 0.65, tone(scene[i], flat[i]));
        let dark = (1.0 - alpha) * smoothstep(0.75, 0.1, luma(scene[i])) * 0.62;
        pixel = inked(pixel, [0.30, 0.30, 0.33], (shade * 0.6 + dark) * hatch * tooth);
        inked(pixel, [0.16, 0.16, 0.18], line[i] * mix(0.75, 1.0, tooth))
    });
    pixels.collect()
}

/// Chalk on dark paper: the paper shows between the grains, and the edges are rubbed.
pub fn pastel(layers: &Layers, seed: u32) -> Vec<Rgb> {
    let size = layers.size;
    let (scene, line) = (lit(layers), blurred_mask(&lines(layers, 0.4), size, size / 64));
    let pixels = (0..size * size).map(|i| {
        let p = pixel_centre(i, size);
        let rub = p + at(noise(p * 14.0, seed) - 0.5, noise(p * 14.0, seed ^ 1) - 0.5) * 0.03;
        let colour = saturated(sampled(&scene, size, rub), 1.15);
        let paper = [0.20, 0.19, 0.25];
        // Grain drawn out along the stroke, and the paper's own tooth.
        let stroke = noise(at(rub.x * 26.0 + rub.y * 26.0, rub.y * 7.0 - rub.x * 7.0), seed ^ 2);
        let tooth = hash((p.x * 64.0) as i32, (p.y * 64.0) as i32, seed ^ 3);
        let alpha = layers.thing.alpha[i];
        let chalk = smoothstep(0.05, 0.52, 0.6 * stroke + 0.4 * tooth) * mix(0.80, 0.97, alpha);
        let bright = blend(colour, [1.0; 3], 0.10);
        inked(inked(paper, bright, chalk + 0.12 * alpha), paper, line[i] * 0.75)
    });
    pixels.collect()
}

/// Black pen on cream paper, cross-hatched, and one flat colour printed a little off its place.
pub fn ink(layers: &Layers) -> Vec<Rgb> {
    let size = layers.size;
    let (line, scene, flat) = (lines(layers, 0.7), lit(layers), flat(layers));
    let pixels = (0..size * size).map(|i| {
        let p = pixel_centre(i, size);
        let paper = [0.965, 0.935, 0.86];
        let alpha = layers.thing.alpha[i];
        let off = p - at(0.016, 0.016);
        let printed = sampled(&layers.thing.alpha, size, off);
        let index =
            ((off.y.max(0.0) * size as f32) as usize) * size + (off.x.max(0.0) * size as f32) as usize;
        let colour: Rgb = saturated(scaled(unpremultiplied(&layers.thing, index), 1.02), 1.1);
        let mut pixel = inked(paper, colour, smoothstep(0.3, 0.7, printed) * 0.95);
        let dark = mix((1.0 - luma(scene[i])) * 0.78, (1.12 - tone(scene[i], flat[i])) * 1.5, alpha);
        let first = marks(p, at(0.7, 0.7), 0.052) < smoothstep(0.42, 0.95, dark) * 0.9;
        let second = marks(p, at(0.7, -0.7), 0.052) < smoothstep(0.74, 1.2, dark) * 0.9;
        if first || second {
            pixel = inked(pixel, [0.08, 0.08, 0.10], 0.85);
        }
        inked(pixel, [0.06, 0.06, 0.08], line[i] * 1.5)
    });
    pixels.collect()
}
