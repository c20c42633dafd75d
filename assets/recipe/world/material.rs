//! How surfaces look: the pattern in two colours of a thing's material, and the light on simple solids.
//!
//! Light comes from above and from one side and is a formula per solid, not a simulation.

use super::canvas::Paint;
use super::geometry::{Point, Rgb, at, mix, smoothstep};
use super::scene::{Pattern, Thing};

/// The solid a flat shape stands for, which decides the light on it.
#[derive(Debug, Clone, Copy)]
pub enum Solid {
    /// A plane facing one way, in this much light everywhere.
    Flat(f32),
    /// An ellipsoid: its centre and half axes.
    Round(f32, f32, f32, f32),
    /// An upright cylinder: the x of its axis, and its radius.
    Tube(f32, f32),
    /// Something soft: lighter towards the light, darker away from it.
    Soft,
}

impl Solid {
    /// Light and specular at a place. `sun` points at the light: x from -1 to 1.
    pub fn light(self, p: Point, sun: f32) -> (f32, f32) {
        let facing = |nx: f32, ny: f32| {
            let nz = (1.0 - nx * nx - ny * ny).max(0.0).sqrt();
            // A unit vector for a sun at either side, nearly one between them.
            let towards = nx * sun * 0.55 - ny * 0.55 + nz * 0.63;
            (mix(0.60, 1.12, smoothstep(-0.5, 1.0, towards)), smoothstep(0.955, 0.995, towards) * 0.45)
        };
        match self {
            Self::Flat(light) => (light, 0.0),
            Self::Round(x, y, rx, ry) => facing((p.x - x) / rx * 0.98, (p.y - y) / ry * 0.98),
            Self::Tube(x, radius) => {
                let nx = ((p.x - x) / radius).clamp(-1.0, 1.0);
                let towards = nx * sun * 0.75 + (1.0 - nx * nx).sqrt() * 0.66;
                (mix(0.62, 1.10, smoothstep(-0.35, 1.0, towards)), smoothstep(0.97, 1.0, towards) * 0.22)
            }
            Self::Soft => (0.96 + 0.16 * (p.x * sun * 0.6 - p.y * 0.7), 0.0),
        }
    }
}

/// The surface of one thing.
#[derive(Debug, Clone, Copy)]
pub struct Material {
    main: Rgb,
    second: Rgb,
    pattern: Pattern,
    period: f32,
    slant: Point,
    shift: f32,
}

impl Material {
    /// The material of a thing turned around its axis by `turn` (-1 to 1), which moves the pattern sideways.
    pub fn new(thing: &Thing, turn: f32) -> Self {
        Self {
            main: thing.colour.rgb(),
            second: thing.second.rgb(),
            pattern: thing.pattern,
            period: 0.46 + 0.08 * thing.grain,
            slant: at(1.0, 0.0).turned(thing.slant),
            shift: turn * 0.12,
        }
    }

    /// The main colour.
    pub fn main(&self) -> Rgb {
        self.main
    }

    /// The main colour, or the second if there is a pattern.
    pub fn second(&self) -> Rgb {
        if self.pattern == Pattern::Plain { self.main } else { self.second }
    }

    /// The colour at a place in the thing's coordinates.
    pub fn colour(&self, p: Point) -> Rgb {
        let p = at(p.x + self.shift, p.y);
        // Along and across the pattern, one period to the unit.
        let u = p.dot(self.slant) / self.period;
        let v = p.dot(at(-self.slant.y, self.slant.x)) / self.period;
        let marked = match self.pattern {
            Pattern::Plain => false,
            Pattern::Stripes => fract(u) < 0.42,
            Pattern::Dots => {
                let row = v.floor();
                let du = fract(u + row * 0.5) - 0.5;
                at(du, fract(v) - 0.5).length() < 0.31
            }
            Pattern::Checks => (fract(u * 0.6) < 0.5) != (fract(v * 0.6) < 0.5),
            Pattern::TwoTone => p.y - p.x * self.slant.y * 0.3 > 0.30,
        };
        if marked { self.second } else { self.main }
    }

    /// The material on a solid under a sun.
    pub fn paint(&self, p: Point, solid: Solid, sun: f32) -> Paint {
        let (light, specular) = solid.light(p, sun);
        // On a ball the pattern crowds towards the rim.
        let place = match solid {
            Solid::Round(x, y, rx, ry) => {
                let q = at((p.x - x) / rx, (p.y - y) / ry);
                at(x, y) + (p - at(x, y)) * (1.0 + 0.22 * q.dot(q))
            }
            _ => p,
        };
        Paint { albedo: self.colour(place), light, specular }
    }
}

/// The fraction above the next lower whole number.
fn fract(x: f32) -> f32 {
    x - x.floor()
}
