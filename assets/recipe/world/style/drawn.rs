//! Pencil, pastel and ink: lines along the edges and tone laid down in marks.

use super::super::geometry::{
    Point, Rgb, at, blend, brightness, hash, mix, noise, saturated, scaled, smooth,
};
use super::super::render::Plates;
use super::{flat, inked, lines, lit, own_colour, place, sampled, spread, tone};

/// A saw tooth of parallel marks, 0 to 1 across each; the direction need not have length one.
fn marks(p: Point, direction: Point, pitch: f32) -> f32 {
    let t = p.dot(direction) / pitch;
    (t - t.floor() - 0.5).abs() * 2.0
}

/// Graphite lines and hatching on white paper; the thing lightly filled in with a coloured pencil.
pub fn pencil(plates: &Plates, seed: u32) -> Vec<Rgb> {
    let size = plates.size;
    let (line, scene, flat) = (lines(plates, 0.55), lit(plates), flat(plates));
    let pixels = (0..size * size).map(|i| {
        let p = place(i, size);
        let tooth = 0.5 + 0.5 * hash((p.x * 64.0) as i32, (p.y * 64.0) as i32, seed);
        let paper = [0.955, 0.95, 0.935];
        let wobble = p + at(noise(p * 10.0, seed), noise(p * 10.0, seed ^ 1)) * 0.012;
        let hatch = smooth(0.25, 0.75, marks(wobble, at(0.78, 0.63), 0.046));
        let cover = plates.thing.cover[i];
        let crayon = saturated(own_colour(&plates.thing, i), 1.3);
        let mut pixel = inked(paper, crayon, cover * mix(0.66, 0.93, hatch) * mix(0.88, 1.0, tooth));
        // Grey hatching stands for shade on the thing and for whatever is dark behind it.
        let shade = cover * smooth(1.0, 0.65, tone(scene[i], flat[i]));
        let dark = (1.0 - cover) * smooth(0.75, 0.1, brightness(scene[i])) * 0.62;
        pixel = inked(pixel, [0.30, 0.30, 0.33], (shade * 0.6 + dark) * hatch * tooth);
        inked(pixel, [0.16, 0.16, 0.18], line[i] * mix(0.75, 1.0, tooth))
    });
    pixels.collect()
}

/// Chalk on dark paper: the paper shows between the grains, and the edges are rubbed.
pub fn pastel(plates: &Plates, seed: u32) -> Vec<Rgb> {
    let size = plates.size;
    let (scene, line) = (lit(plates), spread(&lines(plates, 0.4), size, size / 64));
    let pixels = (0..size * size).map(|i| {
        let p = place(i, size);
        let rub = p + at(noise(p * 14.0, seed) - 0.5, noise(p * 14.0, seed ^ 1) - 0.5) * 0.03;
        let colour = saturated(sampled(&scene, size, rub), 1.15);
        let paper = [0.20, 0.19, 0.25];
        // Grain drawn out along the stroke, and the paper's own tooth.
        let stroke = noise(at(rub.x * 26.0 + rub.y * 26.0, rub.y * 7.0 - rub.x * 7.0), seed ^ 2);
        let tooth = hash((p.x * 64.0) as i32, (p.y * 64.0) as i32, seed ^ 3);
        let cover = plates.thing.cover[i];
        let chalk = smooth(0.05, 0.52, 0.6 * stroke + 0.4 * tooth) * mix(0.80, 0.97, cover);
        let bright = blend(colour, [1.0; 3], 0.10);
        inked(inked(paper, bright, chalk + 0.12 * cover), paper, line[i] * 0.75)
    });
    pixels.collect()
}

/// Black pen on cream paper, cross-hatched, and one flat colour printed a little off its place.
pub fn ink(plates: &Plates) -> Vec<Rgb> {
    let size = plates.size;
    let (line, scene, flat) = (lines(plates, 0.7), lit(plates), flat(plates));
    let pixels = (0..size * size).map(|i| {
        let p = place(i, size);
        let paper = [0.965, 0.935, 0.86];
        let cover = plates.thing.cover[i];
        let off = p - at(0.016, 0.016);
        let printed = sampled(&plates.thing.cover, size, off);
        let index =
            ((off.y.max(0.0) * size as f32) as usize) * size + (off.x.max(0.0) * size as f32) as usize;
        let colour: Rgb = saturated(scaled(own_colour(&plates.thing, index), 1.02), 1.1);
        let mut pixel = inked(paper, colour, smooth(0.3, 0.7, printed) * 0.95);
        let dark = mix((1.0 - brightness(scene[i])) * 0.78, (1.12 - tone(scene[i], flat[i])) * 1.5, cover);
        let first = marks(p, at(0.7, 0.7), 0.052) < smooth(0.42, 0.95, dark) * 0.9;
        let second = marks(p, at(0.7, -0.7), 0.052) < smooth(0.74, 1.2, dark) * 0.9;
        if first || second {
            pixel = inked(pixel, [0.08, 0.08, 0.10], 0.85);
        }
        inked(pixel, [0.06, 0.06, 0.08], line[i] * 1.5)
    });
    pixels.collect()
}
