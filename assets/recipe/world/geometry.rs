//! Points, smooth steps, and noise from whole numbers: the arithmetic under the drawing.
//!
//! Only additions, multiplications, divisions, square roots and rounding are used, which IEEE 754 defines to
//! the last bit, so that a picture is the same on every machine. It refuses the sines of the platform's
//! library for that reason.

use std::ops::{Add, Mul, Sub};

/// Red, green and blue as shown on a screen (sRGB values), 0 to 1.
pub type Rgb = [f32; 3];

/// A place or a direction in the plane; y points down.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// To the right.
    pub x: f32,
    /// Down.
    pub y: f32,
}

/// Short for a [`Point`].
pub const fn at(x: f32, y: f32) -> Point {
    Point { x, y }
}

impl Point {
    /// The scalar product.
    pub fn dot(self, other: Self) -> f32 {
        self.x * other.x + self.y * other.y
    }

    /// The Euclidean length.
    pub fn length(self) -> f32 {
        self.dot(self).sqrt()
    }

    /// Turned by an angle in radians, clockwise as seen on the screen.
    pub fn turned(self, angle: f32) -> Self {
        let (sine, cosine) = (sine(angle), cosine(angle));
        at(self.x * cosine - self.y * sine, self.x * sine + self.y * cosine)
    }
}

impl Add for Point {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        at(self.x + other.x, self.y + other.y)
    }
}

impl Sub for Point {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        at(self.x - other.x, self.y - other.y)
    }
}

impl Mul<f32> for Point {
    type Output = Self;
    fn mul(self, factor: f32) -> Self {
        at(self.x * factor, self.y * factor)
    }
}

/// The sine of an angle in radians to within 0.0012, from two parabolas.
pub fn sine(radians: f32) -> f32 {
    let turns = radians * (1.0 / std::f32::consts::TAU);
    let t = turns - (turns + 0.5).floor();
    let coarse = 8.0 * t - 16.0 * t * t.abs();
    0.225 * (coarse * coarse.abs() - coarse) + coarse
}

/// The cosine of an angle in radians, as exact as [`sine`].
pub fn cosine(radians: f32) -> f32 {
    sine(radians + std::f32::consts::FRAC_PI_2)
}

/// 0 below `low`, 1 above `high`, and a cubic without corners between them.
pub fn smoothstep(low: f32, high: f32, x: f32) -> f32 {
    let t = ((x - low) / (high - low)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// `a` at 0, `b` at 1.
pub fn mix(a: f32, b: f32, t: f32) -> f32 {
    a + (b - a) * t
}

/// [`mix`] for colours.
pub fn blend(a: Rgb, b: Rgb, t: f32) -> Rgb {
    [mix(a[0], b[0], t), mix(a[1], b[1], t), mix(a[2], b[2], t)]
}

/// Each channel times a factor.
pub fn scaled(colour: Rgb, factor: f32) -> Rgb {
    colour.map(|channel| channel * factor)
}

/// How bright a colour looks, 0 to 1 (the luma weights of ITU-R BT.601).
pub fn luma(colour: Rgb) -> f32 {
    0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]
}

/// Pulled away from grey (factor above 1) or towards it.
pub fn saturated(colour: Rgb, factor: f32) -> Rgb {
    let grey = luma(colour);
    colour.map(|channel| (grey + (channel - grey) * factor).clamp(0.0, 1.0))
}

/// A number from 0 to 1 for each whole-numbered place: the murmur3 finaliser over the mixed coordinates.
pub fn hash(x: i32, y: i32, seed: u32) -> f32 {
    let mut h = (x as u32).wrapping_mul(0x9E37_79B1) ^ (y as u32).wrapping_mul(0x85EB_CA77) ^ seed;
    h = (h ^ (h >> 16)).wrapping_mul(0x85EB_CA6B);
    h = (h ^ (h >> 13)).wrapping_mul(0xC2B2_AE35);
    h ^= h >> 16;
    (h >> 8) as f32 * (1.0 / 16_777_216.0)
}

/// Value noise, 0 to 1, with one hill or hollow per unit of length.
pub fn noise(p: Point, seed: u32) -> f32 {
    let (x, y) = (p.x.floor(), p.y.floor());
    let (tx, ty) = (smoothstep(0.0, 1.0, p.x - x), smoothstep(0.0, 1.0, p.y - y));
    let (x, y) = (x as i32, y as i32);
    let upper = mix(hash(x, y, seed), hash(x + 1, y, seed), tx);
    let lower = mix(hash(x, y + 1, seed), hash(x + 1, y + 1, seed), tx);
    mix(upper, lower, ty)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sine_is_close_and_periodic() {
        for step in -100..100 {
            let x = step as f32 * 0.1;
            assert!((sine(x) - x.sin()).abs() < 2e-3, "{x}");
            assert!((cosine(x) - x.cos()).abs() < 2e-3, "{x}");
        }
    }

    #[test]
    fn noise_is_even_and_without_jumps() {
        let values: Vec<f32> = (0..10_000).map(|i| hash(i % 100, i / 100, 7)).collect();
        let mean = values.iter().sum::<f32>() / 1e4;
        assert!((mean - 0.5).abs() < 0.015, "{mean}");
        for step in 0..500 {
            let p = at(step as f32 * 0.037, 3.3);
            assert!((noise(p, 1) - noise(p + at(0.001, 0.0), 1)).abs() < 0.01);
        }
    }
}
