//! What can be done to a finished picture whatever its style: four looks with a word each, stronger or weaker.
//!
//! They leave room between the styles, so that a style nobody has shown the model can be a mixture it knows.

use super::super::geometry::{Rgb, blend, hash, mix, noise, scaled, smoothstep};
use super::super::scene::Look;
use super::{blurred, pixel_centre};

const PAPER: Rgb = [0.985, 0.97, 0.935];

/// The picture with the look; without one it is unchanged to the last bit. `alpha` says where the thing is, which
/// stays sharp.
pub fn apply(pixels: Vec<Rgb>, alpha: &[f32], size: usize, look: Look, seed: u32) -> Vec<Rgb> {
    if look == Look::default() {
        return pixels;
    }
    let soft = if look.soft > 0.0 { blurred(&pixels, size, size / 32) } else { pixels.clone() };
    let pixels = pixels.iter().zip(&soft).enumerate().map(|(i, (&sharp, &soft))| {
        let p = pixel_centre(i, size);
        let wet = noise(p * 5.0, seed ^ 21);
        let mut pixel = blend(sharp, soft, look.soft * (1.0 - 0.85 * alpha[i]));
        pixel = blend(pixel, PAPER, look.pale * mix(0.35, 0.60, wet));
        let margin = p.x.min(p.y).min(1.0 - p.x).min(1.0 - p.y) - 0.05 * noise(p * 11.0, seed ^ 22);
        pixel = blend(pixel, PAPER, look.framed * (1.0 - smoothstep(0.015, 0.05, margin)));
        let grain = hash((p.x * 64.0) as i32, (p.y * 64.0) as i32, seed ^ 23) - 0.5;
        scaled(pixel, 1.0 + 0.16 * look.grainy * grain)
    });
    pixels.collect()
}
