//! Oil and watercolour: strokes that each take one colour of the scene, and washes that run on wet paper.

use super::super::geometry::{Point, Rgb, at, blend, hash, luma, mix, noise, saturated, scaled, smoothstep};
use super::super::render::Layers;
use super::{blurred, blurred_mask, inked, lit, pixel_centre, sampled};

/// Two coats of short strokes along the contours, each in the colour under its middle, with a ridge of thick
/// paint.
pub fn oil(layers: &Layers, seed: u32) -> Vec<Rgb> {
    let size = layers.size;
    let scene: Vec<Rgb> = lit(layers).into_iter().map(|pixel| saturated(pixel, 1.2)).collect();
    let alpha = &layers.thing.alpha;
    let smooth_scene = blurred(&scene, size, size / 32);
    let mut canvas: Vec<Rgb> =
        smooth_scene.iter().map(|&pixel| blend(pixel, [0.35, 0.24, 0.16], 0.25)).collect();
    for (coat, spacing, length, width) in [(1, 0.042, 0.130, 0.052), (2, 0.027, 0.080, 0.034)] {
        let count = (1.0 / spacing) as i32 + 1;
        for row in 0..count {
            for column in 0..count {
                let chance = |k: i32| hash(column + k * 131, row, seed ^ coat);
                let centre = at((column as f32 + chance(1)) * spacing, (row as f32 + chance(2)) * spacing);
                let wanted = sampled(&scene, size, centre);
                let step = at(1.5 / size as f32, 0.0);
                let slope = |d| {
                    luma(sampled(&smooth_scene, size, centre + d))
                        - luma(sampled(&smooth_scene, size, centre - d))
                };
                let (gx, gy) = (slope(step), slope(at(0.0, step.x)));
                // Along the contour where there is one, otherwise wherever the hand was going.
                let drift = at(noise(centre * 4.0, seed) - 0.5, noise(centre * 4.0, seed ^ 5) - 0.5);
                let along = at(-gy, gx) + drift * 0.12;
                let along = along * (1.0 / along.length().max(1e-4));
                let colour = scaled(wanted, mix(0.93, 1.08, chance(3)));
                let on_thing = sampled(alpha, size, centre) > 0.5;
                let free = |i: usize| if on_thing { alpha[i] } else { 1.0 - 0.85 * alpha[i] };
                stroke(&mut canvas, size, (centre, along, length, width), |i| (colour, free(i)));
            }
        }
    }
    canvas
}

/// One stroke (centre, unit direction, length, width): an ellipse of paint, lighter along one side where it
/// stands up. `paint` gives its colour and how far it may cover a pixel.
fn stroke(
    canvas: &mut [Rgb],
    size: usize,
    (centre, along, length, width): (Point, Point, f32, f32),
    paint: impl Fn(usize) -> (Rgb, f32),
) {
    let scale = size as f32;
    let range = |c: f32| {
        let low = ((c - length * 0.5) * scale).floor().clamp(0.0, scale) as usize;
        low..((c + length * 0.5) * scale).ceil().clamp(0.0, scale) as usize
    };
    for y in range(centre.y) {
        for x in range(centre.x) {
            let d = at((x as f32 + 0.5) / scale, (y as f32 + 0.5) / scale) - centre;
            let u = d.dot(along) / (length * 0.5);
            let v = d.dot(at(-along.y, along.x)) / (width * 0.5);
            let r = u * u + v * v;
            if r < 1.0 {
                let (colour, free) = paint(y * size + x);
                let pixel = &mut canvas[y * size + x];
                *pixel = blend(*pixel, scaled(colour, 1.0 + 0.13 * v), smoothstep(1.0, 0.6, r) * 0.92 * free);
            }
        }
    }
}

/// Thin paint on white paper with a ragged margin: pale where it ran out, dark where it dried at an edge.
pub fn watercolour(layers: &Layers, seed: u32) -> Vec<Rgb> {
    let size = layers.size;
    let paper = [0.985, 0.97, 0.935];
    let behind = blurred(&layers.back.lit, size, size / 21);
    let alpha = &layers.thing.alpha;
    let halo = blurred_mask(alpha, size, size / 32);
    let thing = blurred(&layers.thing.lit, size, size / 128);
    let soft = blurred_mask(alpha, size, size / 128);
    let pixels = (0..size * size).map(|i| {
        let p = pixel_centre(i, size);
        let run = at(noise(p * 9.0, seed) - 0.5, noise(p * 9.0, seed ^ 3) - 0.5) * 0.045;
        let wet = 0.6 * noise(p * 5.0, seed ^ 7) + 0.4 * noise(p * 13.0, seed ^ 8);
        // The background is a pale wash that stops short of the thing.
        let gap = sampled(&halo, size, p + run) * (1.0 - sampled(alpha, size, p + run * 0.4));
        let wash = mix(0.38, 0.72, wet) * (1.0 - 0.9 * smoothstep(0.05, 0.45, gap));
        let mut pixel = inked(paper, saturated(sampled(&behind, size, p + run), 1.15), wash);
        let q = p + run * 0.35;
        let body = sampled(&soft, size, q);
        if body > 0.02 {
            let colour = saturated(scaled(sampled(&thing, size, q), 1.0 / body.max(0.02)), 1.25);
            let rim = smoothstep(0.97, 0.55, sampled(&halo, size, q));
            let density = mix(0.76, 0.98, wet) + 0.22 * rim;
            let pigment = scaled(colour, 1.0 - 0.25 * rim);
            pixel = inked(pixel, inked(paper, pigment, density), body);
        }
        let margin = p.x.min(p.y).min(1.0 - p.x).min(1.0 - p.y) - 0.05 * noise(p * 11.0, seed ^ 4);
        let grain = hash((p.x * 64.0) as i32, (p.y * 64.0) as i32, 11) - 0.5;
        scaled(blend(paper, pixel, smoothstep(0.015, 0.05, margin)), 1.0 + 0.035 * grain)
    });
    pixels.collect()
}
