//! Pixel art, stained glass, poster, neon and paper collage: flat colour, bold edges, few tones.

use super::super::geometry::{Point, Rgb, at, blend, hash, luma, mix, noise, saturated, scaled, smoothstep};
use super::super::render::Layers;
use super::{blurred, blurred_mask, flat, inked, lit, pixel_centre, sampled, tone, unpremultiplied};

/// Thirty-two blocks to the row, five levels to the channel, dithered behind, outlined in front.
pub fn pixel_art(layers: &Layers) -> Vec<Rgb> {
    let size = layers.size;
    let block = (size / 32).max(1);
    let (scene, alpha) = (lit(layers), &layers.thing.alpha);
    let levels = |pixel: Rgb, shift: f32| pixel.map(|c| ((c * 5.0 + shift).floor() / 5.0).clamp(0.0, 1.0));
    let mean = |f: &dyn Fn(usize) -> f32, x: usize, y: usize| {
        let sum: f32 = (0..block * block).map(|k| f((y + k / block) * size + x + k % block)).sum();
        sum / (block * block) as f32
    };
    let mut pixels = vec![[0.0; 3]; size * size];
    for y in (0..size - block + 1).step_by(block) {
        for x in (0..size - block + 1).step_by(block) {
            let colour = saturated([0, 1, 2].map(|c| mean(&|i| scene[i][c], x, y)), 1.25);
            let (body, line) = (mean(&|i| alpha[i], x, y), mean(&|i| layers.thing.line[i], x, y));
            let chequer = if (x / block + y / block).is_multiple_of(2) { 0.72 } else { 0.28 };
            let mut pixel = levels(colour, if body > 0.5 { 0.5 } else { chequer });
            // The outline is where the thing ends, not where its parts meet.
            if (0.25..0.8).contains(&body) {
                pixel = scaled(pixel, 0.25);
            } else if line > 0.55 {
                pixel = scaled(pixel, 0.72);
            }
            for k in 0..block * block {
                pixels[(y + k / block) * size + x + k % block] = pixel;
            }
        }
    }
    pixels
}

/// Shards of one colour each between lead, brightest in their middle.
pub fn stained_glass(layers: &Layers, seed: u32) -> Vec<Rgb> {
    let size = layers.size;
    let (behind, line) =
        (blurred(&layers.back.albedo, size, size / 32), blurred_mask(&layers.thing.line, size, size / 128));
    let rim = blurred_mask(&layers.thing.alpha, size, size / 64);
    let pixels = (0..size * size).map(|i| {
        let p = pixel_centre(i, size);
        let (centre, to_lead, shade) = shard(p, seed);
        let alpha = layers.thing.alpha[i];
        let glass =
            if alpha > 0.5 { unpremultiplied(&layers.thing, i) } else { sampled(&behind, size, centre) };
        let vivid = saturated(scaled(glass, mix(0.78, 1.12, shade)), 1.5);
        let glow = blend(vivid, [1.0, 1.0, 0.92], 0.30 * smoothstep(0.0, 0.05, to_lead));
        let silhouette = 1.0 - (2.0 * rim[i] - 1.0).abs();
        let lead = smoothstep(0.011, 0.005, to_lead) * mix(1.0, 0.62, alpha);
        let lead = lead.max(smoothstep(0.35, 0.75, silhouette)).max(line[i] * 0.85);
        inked(glow, [0.06, 0.06, 0.08], lead)
    });
    pixels.collect()
}

/// The middle of the shard around a place, the distance to the next shard, and the shard's own number.
fn shard(p: Point, seed: u32) -> (Point, f32, f32) {
    const ACROSS: f32 = 6.5;
    let cell = at((p.x * ACROSS).floor(), (p.y * ACROSS).floor());
    let (mut nearest, mut second) = ((f32::MAX, p, 0.0), f32::MAX);
    for dy in -1..=1 {
        for dx in -1..=1 {
            let (x, y) = (cell.x as i32 + dx, cell.y as i32 + dy);
            let jitter = at(0.15 + 0.7 * hash(x, y, seed), 0.15 + 0.7 * hash(x, y, seed ^ 1));
            let middle = (at(x as f32, y as f32) + jitter) * (1.0 / ACROSS);
            let d = (p - middle).length();
            if d < nearest.0 {
                second = nearest.0;
                nearest = (d, middle, hash(x, y, seed ^ 2));
            } else {
                second = second.min(d);
            }
        }
    }
    (nearest.1, (second - nearest.0) * 0.5, nearest.2)
}

/// A screen print: three tones to the colour, halftone dots behind, and a heavy outline.
pub fn poster(layers: &Layers) -> Vec<Rgb> {
    let size = layers.size;
    let (scene, flat) = (lit(layers), flat(layers));
    let rim = blurred_mask(&layers.thing.alpha, size, size / 43);
    let pixels = (0..size * size).map(|i| {
        let p = pixel_centre(i, size);
        let alpha = layers.thing.alpha[i];
        // Two inks behind: a warm light one and, in dots as large as the scene is dark, a mixed one.
        let dark = 1.0 - luma(layers.back.lit[i]);
        let q = at((p.x + p.y) * 13.0, (p.x - p.y) * 13.0);
        let dot = at(q.x - q.x.floor() - 0.5, q.y - q.y.floor() - 0.5).length();
        let colour = saturated(layers.back.albedo[i], 1.3);
        let tint = blend(colour, [0.99, 0.93, 0.78], 0.55);
        let back = if dot < 0.12 + 0.62 * dark { colour } else { tint };
        let light = tone(scene[i], flat[i]);
        let step = if light > 1.04 {
            1.15
        } else if light > 0.84 {
            1.0
        } else {
            0.68
        };
        let front = saturated(scaled(unpremultiplied(&layers.thing, i), step), 1.2);
        let pixel = blend(back, front, smoothstep(0.3, 0.7, alpha));
        let outline = smoothstep(0.16, 0.34, rim[i]) * (1.0 - smoothstep(0.55, 0.75, rim[i]));
        inked(pixel, [0.07, 0.06, 0.12], outline.max(layers.thing.line[i] * 0.7))
    });
    pixels.collect()
}

/// Glowing tubes along the edges in the colours of what they outline, on a night wall.
pub fn neon(layers: &Layers) -> Vec<Rgb> {
    let size = layers.size;
    let tube = |i: usize| {
        let own = saturated(unpremultiplied(&layers.thing, i), 1.5);
        let strongest = own[0].max(own[1]).max(own[2]).max(0.2);
        scaled(own, mix(1.0, 1.0 / strongest, 0.6))
    };
    let light: Vec<Rgb> = (0..size * size)
        .map(|i| {
            let line = smoothstep(0.15, 0.8, layers.thing.line[i]);
            let behind = layers.back.line[i] * (1.0 - layers.thing.alpha[i]);
            let sign = blend([0.25, 0.35, 0.95], [0.85, 0.2, 0.8], pixel_centre(i, size).y);
            [0, 1, 2].map(|c| tube(i)[c] * line + sign[c] * behind * 0.42)
        })
        .collect();
    let (near, far) = (blurred(&light, size, size / 64), blurred(&light, size, size / 16));
    let pixels = (0..size * size).map(|i| {
        let alpha = layers.thing.alpha[i];
        let wall = blend([0.05, 0.03, 0.10], layers.back.albedo[i], 0.07);
        let body = scaled(tube(i), 0.34);
        let base = blend(wall, body, alpha);
        let core = smoothstep(0.5, 1.0, layers.thing.line[i]) * 0.25;
        [0, 1, 2].map(|c| base[c] + 0.62 * light[i][c] + 0.55 * near[i][c] + 0.75 * far[i][c] + core)
    });
    pixels.collect()
}

/// Cut and glued paper: flat sheets with white edges that throw a shadow on the sheet below.
pub fn paper_cut(layers: &Layers, seed: u32) -> Vec<Rgb> {
    let size = layers.size;
    let shadow = blurred_mask(&layers.thing.alpha, size, size / 26);
    let rim = blurred_mask(&layers.thing.alpha, size, size / 32);
    let pixels = (0..size * size).map(|i| {
        let p = pixel_centre(i, size);
        let fibre =
            noise(p * 40.0, seed) - 0.5 + 0.6 * (hash((p.x * 64.0) as i32, (p.y * 64.0) as i32, seed) - 0.5);
        let few = layers.back.albedo[i].map(|c| (c * 4.0 + 0.5).floor() * 0.25);
        let back = blend(blend(few, layers.back.albedo[i], 0.35), [0.93, 0.90, 0.84], 0.30);
        let fold = sampled(&layers.back.line, size, p - at(0.02, 0.02));
        let mut pixel = scaled(
            back,
            1.0 - 0.22 * fold - 0.55 * smoothstep(0.1, 0.9, sampled(&shadow, size, p - at(0.035, 0.04))),
        );
        pixel = blend(pixel, [0.97, 0.96, 0.93], smoothstep(0.14, 0.26, rim[i]));
        let inner = sampled(&layers.thing.line, size, p - at(0.016, 0.016));
        let front = scaled(unpremultiplied(&layers.thing, i), 1.0 - 0.30 * inner);
        pixel = blend(pixel, front, smoothstep(0.45, 0.7, layers.thing.alpha[i]));
        scaled(pixel, 1.0 + 0.07 * fibre)
    });
    pixels.collect()
}
