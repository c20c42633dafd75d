//! The canvas: filling shapes at three times the final size, and averaging down to the layers the styles work
//! on.
//!
//! Beside the lit colour a canvas keeps the colour without light, alpha, and which part lies on top, so
//! that a style can be a drawing and not a filter. It refuses to know what is being drawn.

use super::geometry::{Point, Rgb, at, luma};
use super::shapes::Shape;

/// Samples across one pixel of the final picture.
const OVERSAMPLING: usize = 3;

/// What a place of a shape looks like.
#[derive(Debug, Clone, Copy)]
pub struct Paint {
    /// The colour without light.
    pub albedo: Rgb,
    /// How much light falls on it; 1 shows the colour as it is.
    pub light: f32,
    /// White added by a highlight, 0 to 1.
    pub specular: f32,
}

impl Paint {
    /// A colour in full light.
    pub const fn flat(albedo: Rgb) -> Self {
        Self { albedo, light: 1.0, specular: 0.0 }
    }

    fn lit(&self) -> Rgb {
        self.albedo.map(|channel| (channel * self.light + self.specular).clamp(0.0, 1.0))
    }
}

/// Where a drawing's own coordinates lie in the picture (0 to 1 from its left upper corner).
#[derive(Debug, Clone, Copy)]
pub struct Transform {
    origin: Point,
    right: Point,
    down: Point,
}

impl Transform {
    /// The picture's own coordinates.
    pub const IDENTITY: Self = Self { origin: at(0.0, 0.0), right: at(1.0, 0.0), down: at(0.0, 1.0) };

    /// Coordinates around `centre`, `scale` picture widths to the unit, turned by `tilt` radians, perhaps
    /// mirrored.
    pub fn new(centre: Point, scale: f32, tilt: f32, mirrored: bool) -> Self {
        let right = at(if mirrored { -scale } else { scale }, 0.0).turned(tilt);
        Self { origin: centre, right, down: at(0.0, scale).turned(tilt) }
    }

    /// From own coordinates to the picture's.
    pub fn apply(&self, p: Point) -> Point {
        self.origin + self.right * p.x + self.down * p.y
    }

    /// The map from the picture's coordinates to own ones: a place p has x = (p - origin) . first, y = .
    /// second. The axes are perpendicular and equally long.
    fn inverse(&self) -> (Point, Point) {
        let share = 1.0 / self.right.dot(self.right);
        (self.right * share, self.down * share)
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Sample {
    albedo: Rgb,
    lit: Rgb,
    alpha: f32,
    part: u32,
}

/// A sheet of samples, transparent at first; colours are kept premultiplied by alpha.
#[derive(Debug, Clone)]
pub struct Canvas {
    side: usize,
    samples: Vec<Sample>,
    parts: u32,
}

impl Canvas {
    /// An empty sheet for a picture of `size` by `size` pixels.
    pub fn new(size: usize) -> Self {
        let side = size * OVERSAMPLING;
        Self { side, samples: vec![Sample::default(); side * side], parts: 0 }
    }

    /// Makes the sheet transparent again; cheaper than a new one.
    pub fn clear(&mut self) {
        self.samples.fill(Sample::default());
        self.parts = 0;
    }

    /// Width and height of the final picture in pixels.
    pub fn size(&self) -> usize {
        self.side / OVERSAMPLING
    }

    /// Paints every sample; the place is in picture coordinates.
    pub fn fill_all(&mut self, paint: impl Fn(Point) -> Paint) {
        self.parts += 1;
        let step = 1.0 / self.side as f32;
        for (y, row) in self.samples.chunks_exact_mut(self.side).enumerate() {
            for (x, sample) in row.iter_mut().enumerate() {
                let paint = paint(at((x as f32 + 0.5) * step, (y as f32 + 0.5) * step));
                *sample = Sample { albedo: paint.albedo, lit: paint.lit(), alpha: 1.0, part: self.parts };
            }
        }
    }

    /// Lays a shape over everything so far, as a part of its own. Shape and paint are in the transform's
    /// coordinates.
    pub fn fill(&mut self, transform: &Transform, shape: &impl Shape, paint: impl Fn(Point) -> Paint) {
        self.parts += 1;
        let part = self.parts;
        self.visit(transform, shape, |sample, alpha, p| {
            let paint = paint(p);
            let rest = 1.0 - alpha;
            let over = |back: Rgb, front: Rgb| [0, 1, 2].map(|c| back[c] * rest + front[c] * alpha);
            sample.albedo = over(sample.albedo, paint.albedo);
            sample.lit = over(sample.lit, paint.lit());
            sample.alpha = sample.alpha * rest + alpha;
            if alpha >= 0.5 {
                sample.part = part;
            }
        });
    }

    /// Takes away light inside a shape, softly: from nothing at its edge to `amount` (0 to 1) at `depth`
    /// inside.
    pub fn shade(&mut self, transform: &Transform, shape: &impl Shape, depth: f32, amount: f32) {
        self.visit(transform, shape, |sample, _, p| {
            let t = (-shape.distance(p) / depth).clamp(0.0, 1.0);
            sample.lit = sample.lit.map(|channel| channel * (1.0 - amount * t * (2.0 - t)));
        });
    }

    fn visit(
        &mut self,
        transform: &Transform,
        shape: &impl Shape,
        mut change: impl FnMut(&mut Sample, f32, Point),
    ) {
        let (low, high) = shape.bounds();
        let corners = [low, at(high.x, low.y), high, at(low.x, high.y)].map(|corner| transform.apply(corner));
        let side = self.side as f32;
        let least = |f: fn(Point) -> f32| corners.into_iter().map(f).fold(f32::MAX, f32::min);
        let most = |f: fn(Point) -> f32| corners.into_iter().map(f).fold(f32::MIN, f32::max);
        let from = |v: f32| ((v * side).floor() - 1.0).clamp(0.0, side) as usize;
        let to = |v: f32| ((v * side).ceil() + 1.0).clamp(0.0, side) as usize;
        let columns = from(least(|p| p.x))..to(most(|p| p.x));
        let sharpness = side * transform.right.length();
        let ((first, second), step) = (transform.inverse(), 1.0 / side);
        for y in from(least(|p| p.y))..to(most(|p| p.y)) {
            let row = &mut self.samples[y * self.side..(y + 1) * self.side];
            for x in columns.clone() {
                let d = at((x as f32 + 0.5) * step, (y as f32 + 0.5) * step) - transform.origin;
                let p = at(d.dot(first), d.dot(second));
                let alpha = (0.5 - shape.distance(p) * sharpness).clamp(0.0, 1.0);
                if alpha > 0.0 {
                    change(&mut row[x], alpha, p);
                }
            }
        }
    }

    /// The averages over each pixel of the final picture, with the lines between parts and between flat
    /// colours.
    pub fn resolve(&self) -> GBuffer {
        let size = self.size();
        let mut buffer = GBuffer {
            albedo: Vec::with_capacity(size * size),
            lit: Vec::with_capacity(size * size),
            alpha: Vec::with_capacity(size * size),
            line: self.lines(size),
        };
        let share = 1.0 / (OVERSAMPLING * OVERSAMPLING) as f32;
        for y in 0..size {
            for x in 0..size {
                let (mut albedo, mut lit, mut alpha) = ([0.0; 3], [0.0; 3], 0.0);
                for row in 0..OVERSAMPLING {
                    let start = (y * OVERSAMPLING + row) * self.side + x * OVERSAMPLING;
                    for sample in &self.samples[start..start + OVERSAMPLING] {
                        for c in 0..3 {
                            albedo[c] += sample.albedo[c] * share;
                            lit[c] += sample.lit[c] * share;
                        }
                        alpha += sample.alpha * share;
                    }
                }
                buffer.albedo.push(albedo);
                buffer.lit.push(lit);
                buffer.alpha.push(alpha);
            }
        }
        buffer
    }

    /// How much of each pixel a pen would blacken that follows the edges, its width a sixty-fourth of the
    /// picture.
    fn lines(&self, size: usize) -> Vec<f32> {
        let reach = (self.side / (64 * 2)).max(1);
        let mut line = vec![0.0f32; size * size];
        let share = 1.0 / (OVERSAMPLING * OVERSAMPLING) as f32;
        for y in 0..self.side {
            let row = &self.samples[y * self.side..(y + 1) * self.side];
            let below = (y + reach).min(self.side - 1) * self.side;
            let below = &self.samples[below..below + self.side];
            let pixels = &mut line[(y / OVERSAMPLING) * size..][..size];
            for (pixel, start) in pixels.iter_mut().zip((0..).step_by(OVERSAMPLING)) {
                for x in start..start + OVERSAMPLING {
                    let right = &row[(x + reach).min(self.side - 1)];
                    *pixel += edge(&row[x], right).max(edge(&row[x], &below[x])) * share;
                }
            }
        }
        line.iter_mut().for_each(|value| *value = (*value * 2.0).min(1.0));
        line
    }
}

/// 1 between parts, less between two flat colours of one part, 0 within.
fn edge(a: &Sample, b: &Sample) -> f32 {
    if a.part != b.part {
        return 1.0;
    }
    if a.albedo == b.albedo {
        return 0.0;
    }
    let jump = (luma(a.albedo) - luma(b.albedo)).abs();
    ((jump - 0.12) * 3.0).clamp(0.0, 0.6)
}

/// A canvas at the final size, row by row; colours are premultiplied by alpha.
#[derive(Debug, Clone)]
pub struct GBuffer {
    /// The colour without light.
    pub albedo: Vec<Rgb>,
    /// The colour in the scene's light.
    pub lit: Vec<Rgb>,
    /// 0 where the canvas is empty to 1 where it hides what is behind.
    pub alpha: Vec<f32>,
    /// 0 to 1 where a pen would draw.
    pub line: Vec<f32>,
}

#[cfg(test)]
mod tests {
    use super::super::shapes::{disc, rect};
    use super::*;

    #[test]
    fn a_disc_covers_its_area_and_is_outlined() {
        let mut canvas = Canvas::new(64);
        canvas.fill(&Transform::IDENTITY, &disc(0.5, 0.5, 0.25), |_| Paint::flat([1.0, 0.5, 0.0]));
        let buffer = canvas.resolve();
        let area = buffer.alpha.iter().sum::<f32>() / 4096.0;
        assert!((area - std::f32::consts::PI / 16.0).abs() < 1e-3, "{area}");
        assert!(
            buffer.line[32 * 64 + 32] == 0.0
                && buffer.line[32 * 64 + 15..32 * 64 + 17].iter().any(|&l| l > 0.3)
        );
        assert!((buffer.albedo[32 * 64 + 32][1] - 0.5).abs() < 1e-5);
    }

    #[test]
    fn frames_turn_mirror_and_scale() {
        let transform = Transform::new(at(0.5, 0.4), 0.2, 0.3, true);
        let p = at(0.7, -0.2);
        let ((first, second), d) = (transform.inverse(), transform.apply(p) - transform.origin);
        let back = at(d.dot(first), d.dot(second));
        assert!((back.x - p.x).abs() < 1e-4 && (back.y - p.y).abs() < 1e-4);
        let mut canvas = Canvas::new(32);
        canvas.fill(&transform, &rect(0.5, 0.0, 0.4, 0.4, 0.0), |_| Paint::flat([1.0; 3]));
        let buffer = canvas.resolve();
        assert!(buffer.alpha[12 * 32 + 13] > 0.9 && buffer.alpha[12 * 32 + 20] == 0.0);
    }
}
