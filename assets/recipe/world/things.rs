//! The sixteen kinds of thing, each a few shapes laid over one another, back to front.
//!
//! Coordinates: a thing stands on y = 1 and reaches up to y = -1; x runs from about -1 to 1, and it looks
//! right. Kinds are drawn to be told apart at 64 pixels, not to be true to life. The length is that of the
//! list.

use super::accessory;
use super::canvas::{Canvas, Paint, Transform};
use super::geometry::{Rgb, blend, scaled};
use super::material::{Material, Solid};
use super::scene::{Kind, Thing};
use super::shapes::{Shape, capsule, difference, disc, ellipse, outline, polygon, rect, union};

pub(super) const CREAM: Rgb = [0.96, 0.91, 0.78];
pub(super) const DARK: Rgb = [0.13, 0.12, 0.15];
const WOOD: Rgb = [0.47, 0.31, 0.18];
const BEAK: Rgb = [0.98, 0.66, 0.14];
const GLASS: Rgb = [0.68, 0.88, 0.97];
const STEEL: Rgb = [0.62, 0.65, 0.70];

/// A hand that draws one thing.
pub struct ThingPainter<'a> {
    canvas: &'a mut Canvas,
    transform: Transform,
    material: Material,
    sun: f32,
    turn: f32,
}

impl<'a> ThingPainter<'a> {
    /// Draws on the canvas in the transform's coordinates, the light coming from `sun` (-1 left to 1 right) there.
    pub fn new(
        canvas: &'a mut Canvas,
        transform: Transform,
        material: Material,
        sun: f32,
        turn: f32,
    ) -> Self {
        Self { canvas, transform, material, sun, turn }
    }

    /// A part that wears the thing's colours.
    fn patterned(&mut self, shape: impl Shape, solid: Solid) {
        let (material, sun) = (self.material, self.sun);
        self.canvas.fill(&self.transform, &shape, |p| material.paint(p, solid, sun));
    }

    /// A part of one colour.
    pub(super) fn part(&mut self, colour: Rgb, shape: impl Shape, solid: Solid) {
        let sun = self.sun;
        self.canvas.fill(&self.transform, &shape, |p| {
            let (light, specular) = solid.light(p, sun);
            Paint { albedo: colour, light, specular }
        });
    }

    /// A part in the main colour, without the pattern, darkened by a factor.
    fn plain(&mut self, shape: impl Shape, solid: Solid, factor: f32) {
        self.part(scaled(self.material.main(), factor), shape, solid);
    }

    /// A white disc with a pupil that looks where the thing is turned.
    fn eye(&mut self, x: f32, y: f32, radius: f32) {
        self.part([0.98; 3], disc(x, y, radius), Solid::Flat(1.0));
        self.part(DARK, disc(x + self.turn * radius * 0.25, y, radius * 0.58), Solid::Flat(1.0));
    }
}

/// Draws the thing with what it wears.
pub fn draw(painter: &mut ThingPainter<'_>, thing: &Thing) {
    let (a, b) = (painter, 1.0 + 0.09 * thing.build);
    match thing.kind {
        Kind::Mug => mug(a, b),
        Kind::Teapot => teapot(a, b),
        Kind::Ball => ball(a),
        Kind::Cube => cube(a, b),
        Kind::House => house(a, b),
        Kind::Tree => tree(a, b),
        Kind::Boat => boat(a, b),
        Kind::Cat => cat(a, b),
        Kind::Bird => bird(a, b),
        Kind::Robot => robot(a, b),
        Kind::Rocket => rocket(a, b),
        Kind::Fish => fish(a, b),
        Kind::Car => car(a, b),
        Kind::Lamp => lamp(a, b),
        Kind::Mushroom => mushroom(a, b),
        Kind::Snowman => snowman(a, b),
    }
    accessory::draw(a, thing);
}

fn mug(a: &mut ThingPainter<'_>, b: f32) {
    a.plain(outline(ellipse(0.55 * b, 0.12, 0.33, 0.42), 0.105), Solid::Soft, 1.0);
    a.patterned(
        union(rect(-0.13, 0.0, 0.62 * b, 0.7, 0.0), ellipse(-0.13, 0.7, 0.62 * b, 0.26)),
        Solid::Tube(-0.13, 0.62 * b),
    );
    a.plain(ellipse(-0.13, -0.7, 0.62 * b, 0.19), Solid::Flat(1.1), 1.0);
    a.part([0.36, 0.22, 0.14], ellipse(-0.13, -0.69, 0.52 * b, 0.13), Solid::Flat(1.0));
}

fn teapot(a: &mut ThingPainter<'_>, b: f32) {
    a.plain(outline(ellipse(-0.66, 0.22, 0.28, 0.36), 0.09), Solid::Soft, 1.0);
    a.plain(
        polygon([(0.45, 0.62), (0.5, 0.2), (0.74, -0.02), (0.8, -0.3), (0.98, -0.3), (0.9, 0.2)], 0.05),
        Solid::Soft,
        0.95,
    );
    a.plain(rect(0.0, 0.92, 0.42 * b, 0.08, 0.05), Solid::Soft, 0.75);
    a.patterned(ellipse(0.0, 0.28, 0.68 * b, 0.62), Solid::Round(0.0, 0.28, 0.68 * b, 0.62));
    a.plain(ellipse(0.0, -0.34, 0.4 * b, 0.17), Solid::Soft, 0.9);
    a.part(a.material.second(), disc(0.0, -0.58, 0.13), Solid::Round(0.0, -0.58, 0.13, 0.13));
}

fn ball(a: &mut ThingPainter<'_>) {
    a.patterned(disc(0.0, 0.16, 0.84), Solid::Round(0.0, 0.16, 0.84, 0.84));
}

fn cube(a: &mut ThingPainter<'_>, b: f32) {
    let (w, t) = (0.82 * b, a.turn * 0.12);
    a.patterned(
        polygon([(-w, -0.3), (0.36 + t, -0.3), (0.36 + t, 0.98), (-w, 0.98)], 0.02),
        Solid::Flat(0.98),
    );
    a.patterned(
        polygon([(-w, -0.3), (-0.36 + t, -0.72), (w, -0.72), (0.36 + t, -0.3)], 0.02),
        Solid::Flat(1.14),
    );
    a.patterned(polygon([(0.36 + t, -0.3), (w, -0.72), (w, 0.5), (0.36 + t, 0.98)], 0.02), Solid::Flat(0.66));
}

fn house(a: &mut ThingPainter<'_>, b: f32) {
    let w = 0.70 * b;
    a.part([0.55, 0.33, 0.28], rect(0.42, -0.6, 0.11, 0.3, 0.0), Solid::Flat(0.9));
    a.patterned(rect(0.0, 0.40, w, 0.59, 0.02), Solid::Soft);
    let roof = blend(scaled(a.material.main(), 0.66), [0.30, 0.20, 0.20], 0.12);
    a.part(roof, polygon([(-w - 0.2, -0.14), (0.0, -0.92), (w + 0.2, -0.14)], 0.05), Solid::Soft);
    a.part(WOOD, rect(0.12, 0.68, 0.17, 0.31, 0.03), Solid::Flat(0.9));
    a.part([0.99, 0.9, 0.5], rect(-0.36, 0.4, 0.15, 0.17, 0.0), Solid::Flat(1.0));
    a.part(CREAM, outline(rect(-0.36, 0.4, 0.15, 0.17, 0.0), 0.035), Solid::Flat(1.0));
}

fn tree(a: &mut ThingPainter<'_>, b: f32) {
    a.part(WOOD, polygon([(-0.13, 0.2), (0.13, 0.2), (0.2, 1.0), (-0.2, 1.0)], 0.02), Solid::Tube(0.0, 0.2));
    let crown = union(union(disc(-0.38 * b, 0.0, 0.44), disc(0.38 * b, 0.0, 0.44)), disc(0.0, -0.42, 0.54));
    a.patterned(crown, Solid::Round(0.0, -0.22, 0.86, 0.78));
}

fn boat(a: &mut ThingPainter<'_>, b: f32) {
    a.part(WOOD, capsule((0.0, 0.4), (0.0, -0.95), 0.05, 0.035), Solid::Flat(0.9));
    a.part(CREAM, polygon([(0.09, -0.88), (0.09, 0.22), (0.74 * b, 0.22)], 0.02), Solid::Soft);
    a.plain(polygon([(-0.09, -0.66), (-0.09, 0.22), (-0.52 * b, 0.22)], 0.02), Solid::Soft, 1.0);
    a.patterned(
        polygon([(-0.95 * b, 0.36), (0.95 * b, 0.36), (0.62 * b, 0.96), (-0.62 * b, 0.96)], 0.03),
        Solid::Soft,
    );
    a.plain(
        polygon([(-0.97 * b, 0.33), (0.97 * b, 0.33), (0.94 * b, 0.43), (-0.94 * b, 0.43)], 0.02),
        Solid::Flat(0.7),
        0.9,
    );
}

fn cat(a: &mut ThingPainter<'_>, b: f32) {
    a.plain(capsule((-0.4 * b, 0.85), (-0.8, 0.62), 0.11, 0.1), Solid::Soft, 0.92);
    a.plain(capsule((-0.8, 0.62), (-0.78, 0.12), 0.1, 0.08), Solid::Soft, 0.92);
    a.patterned(ellipse(0.0, 0.5, 0.52 * b, 0.52), Solid::Round(0.0, 0.5, 0.52 * b, 0.52));
    a.plain(ellipse(-0.22, 0.92, 0.17, 0.1), Solid::Soft, 1.05);
    a.plain(ellipse(0.22, 0.92, 0.17, 0.1), Solid::Soft, 1.05);
    for side in [-1.0, 1.0] {
        a.plain(
            polygon([(side * 0.47, -0.42), (side * 0.4, -0.97), (side * 0.08, -0.68)], 0.03),
            Solid::Soft,
            1.0,
        );
        a.part(
            [0.95, 0.65, 0.66],
            polygon([(side * 0.39, -0.58), (side * 0.36, -0.84), (side * 0.2, -0.68)], 0.0),
            Solid::Flat(1.0),
        );
    }
    a.patterned(ellipse(0.0, -0.34, 0.53, 0.44), Solid::Round(0.0, -0.34, 0.53, 0.44));
    let x = a.turn * 0.07;
    a.eye(x - 0.21, -0.38, 0.13);
    a.eye(x + 0.21, -0.38, 0.13);
    a.part(
        [0.95, 0.5, 0.55],
        polygon([(x - 0.07, -0.2), (x + 0.07, -0.2), (x, -0.12)], 0.02),
        Solid::Flat(1.0),
    );
    a.part(
        DARK,
        union(
            capsule((x, -0.03), (x - 0.13, -0.10), 0.022, 0.022),
            capsule((x, -0.03), (x + 0.13, -0.10), 0.022, 0.022),
        ),
        Solid::Flat(1.0),
    );
}

fn bird(a: &mut ThingPainter<'_>, b: f32) {
    a.part(
        BEAK,
        union(
            capsule((-0.12, 0.6), (-0.16, 0.97), 0.05, 0.05),
            capsule((-0.16, 0.97), (0.05, 0.97), 0.04, 0.03),
        ),
        Solid::Flat(0.85),
    );
    a.part(
        BEAK,
        union(
            capsule((0.18, 0.6), (0.18, 0.97), 0.05, 0.05),
            capsule((0.18, 0.97), (0.39, 0.97), 0.04, 0.03),
        ),
        Solid::Flat(0.85),
    );
    a.plain(polygon([(-0.42, 0.1), (-1.0, -0.16), (-0.94, 0.36), (-0.4, 0.5)], 0.04), Solid::Soft, 0.8);
    a.patterned(ellipse(-0.05, 0.25, 0.6 * b, 0.5), Solid::Round(-0.05, 0.25, 0.6 * b, 0.5));
    a.part(BEAK, polygon([(0.6, -0.52), (0.98, -0.34), (0.6, -0.22)], 0.03), Solid::Soft);
    a.patterned(disc(0.34, -0.42, 0.42), Solid::Round(0.34, -0.42, 0.42, 0.42));
    a.plain(ellipse(-0.22, 0.24, 0.34, 0.23), Solid::Soft, 0.74);
    a.eye(0.46, -0.48, 0.12);
}

fn robot(a: &mut ThingPainter<'_>, b: f32) {
    for side in [-1.0, 1.0] {
        a.part(STEEL, capsule((side * 0.5 * b, 0.05), (side * 0.76 * b, 0.48), 0.09, 0.09), Solid::Soft);
        a.part(DARK, disc(side * 0.78 * b, 0.55, 0.12), Solid::Soft);
        a.part(STEEL, rect(side * 0.24, 0.8, 0.13, 0.14, 0.0), Solid::Soft);
        a.part(DARK, rect(side * 0.26, 0.93, 0.2, 0.07, 0.04), Solid::Soft);
    }
    a.part(STEEL, capsule((0.0, -0.75), (0.0, -0.88), 0.035, 0.035), Solid::Flat(1.0));
    a.part([0.98, 0.3, 0.25], disc(0.0, -0.92, 0.085), Solid::Round(0.0, -0.92, 0.085, 0.085));
    a.part(STEEL, rect(0.0, -0.13, 0.16, 0.1, 0.0), Solid::Flat(0.8));
    a.patterned(rect(0.0, 0.3, 0.5 * b, 0.42, 0.08), Solid::Soft);
    a.patterned(rect(0.0, -0.46, 0.45 * b, 0.3, 0.1), Solid::Soft);
    let x = a.turn * 0.06;
    a.part(DARK, rect(x, -0.46, 0.34, 0.17, 0.08), Solid::Flat(1.0));
    for side in [-1.0, 1.0] {
        a.part([0.5, 0.98, 0.95], disc(x + side * 0.16, -0.47, 0.1), Solid::Flat(1.0));
    }
}

fn rocket(a: &mut ThingPainter<'_>, b: f32) {
    a.part([1.0, 0.62, 0.12], polygon([(-0.24, 0.6), (0.24, 0.6), (0.0, 1.0)], 0.03), Solid::Flat(1.0));
    a.part([1.0, 0.92, 0.4], polygon([(-0.12, 0.6), (0.12, 0.6), (0.0, 0.84)], 0.02), Solid::Flat(1.0));
    for side in [-1.0, 1.0] {
        a.plain(
            polygon(
                [(side * 0.28, 0.15), (side * 0.74 * b, 0.55), (side * 0.74 * b, 0.86), (side * 0.28, 0.62)],
                0.03,
            ),
            Solid::Soft,
            0.72,
        );
    }
    let body = difference(ellipse(0.0, 0.1, 0.44 * b, 1.08), rect(0.0, 1.0, 1.0, 0.33, 0.0));
    a.patterned(body, Solid::Tube(0.0, 0.44 * b));
    a.part(
        [0.85, 0.2, 0.2],
        difference(ellipse(0.0, 0.1, 0.44 * b, 1.08), rect(0.0, 0.45, 1.0, 1.05, 0.0)),
        Solid::Tube(0.0, 0.3),
    );
    a.part(STEEL, disc(0.0, -0.2, 0.25), Solid::Flat(1.1));
    a.part([0.2, 0.42, 0.6], disc(0.0, -0.2, 0.18), Solid::Round(0.0, -0.2, 0.18, 0.18));
}

fn fish(a: &mut ThingPainter<'_>, b: f32) {
    a.plain(polygon([(-0.45, 0.3), (-0.98, -0.14), (-0.88, 0.3), (-0.98, 0.74)], 0.05), Solid::Soft, 0.8);
    a.plain(polygon([(-0.3, 0.0), (-0.18, -0.52), (0.3, -0.42), (0.42, 0.0)], 0.04), Solid::Soft, 0.8);
    a.plain(polygon([(-0.1, 0.7), (-0.24, 0.95), (0.22, 0.8)], 0.04), Solid::Soft, 0.8);
    a.patterned(ellipse(0.12, 0.28, 0.76, 0.52 * b), Solid::Round(0.12, 0.28, 0.76, 0.52 * b));
    a.plain(polygon([(-0.08, 0.3), (-0.38, 0.22), (-0.34, 0.52)], 0.05), Solid::Soft, 0.72);
    a.eye(0.52, 0.16, 0.13);
    a.part(DARK, capsule((0.68, 0.42), (0.84, 0.36), 0.028, 0.028), Solid::Flat(1.0));
}

fn car(a: &mut ThingPainter<'_>, b: f32) {
    a.patterned(
        polygon([(-0.58, 0.18), (-0.4, -0.36 * b), (0.24, -0.36 * b), (0.52, 0.18)], 0.07),
        Solid::Soft,
    );
    a.part(
        GLASS,
        polygon([(-0.42, 0.14), (-0.31, -0.26 * b), (-0.12, -0.26 * b), (-0.12, 0.14)], 0.02),
        Solid::Soft,
    );
    a.part(
        GLASS,
        polygon([(0.0, 0.14), (0.0, -0.26 * b), (0.18, -0.26 * b), (0.38, 0.14)], 0.02),
        Solid::Soft,
    );
    a.patterned(rect(0.0, 0.48, 0.97, 0.32, 0.18), Solid::Soft);
    a.part([1.0, 0.95, 0.6], disc(0.86, 0.4, 0.1), Solid::Flat(1.0));
    for x in [-0.52, 0.52] {
        a.part(DARK, disc(x, 0.75, 0.25), Solid::Flat(1.0));
        a.part([0.8, 0.82, 0.85], disc(x, 0.75, 0.11), Solid::Flat(1.0));
    }
}

fn lamp(a: &mut ThingPainter<'_>, b: f32) {
    a.part([0.72, 0.56, 0.3], capsule((0.0, 0.1), (0.0, 0.85), 0.06, 0.08), Solid::Tube(0.0, 0.08));
    a.part([0.72, 0.56, 0.3], ellipse(0.0, 0.9, 0.42, 0.11), Solid::Soft);
    a.part([1.0, 0.93, 0.6], ellipse(0.0, 0.2, 0.66 * b, 0.13), Solid::Flat(1.0));
    a.patterned(
        polygon([(-0.36, -0.85), (0.36, -0.85), (0.72 * b, 0.2), (-0.72 * b, 0.2)], 0.03),
        Solid::Tube(0.0, 0.75),
    );
}

fn mushroom(a: &mut ThingPainter<'_>, b: f32) {
    a.part(
        CREAM,
        polygon([(-0.2 * b, 0.0), (0.2 * b, 0.0), (0.28 * b, 0.96), (-0.28 * b, 0.96)], 0.04),
        Solid::Tube(0.0, 0.3),
    );
    a.part(scaled(CREAM, 0.82), ellipse(0.0, 0.1, 0.84, 0.16), Solid::Flat(0.95));
    a.patterned(
        difference(ellipse(0.0, 0.1, 0.9, 0.98), rect(0.0, 1.1, 1.2, 1.0, 0.0)),
        Solid::Round(0.0, 0.1, 0.92, 1.0),
    );
}

fn snowman(a: &mut ThingPainter<'_>, b: f32) {
    for side in [-1.0, 1.0] {
        a.part(WOOD, capsule((side * 0.35, 0.2), (side * 0.9, -0.16), 0.05, 0.04), Solid::Flat(0.9));
    }
    a.patterned(disc(0.0, 0.45, 0.55 * b), Solid::Round(0.0, 0.45, 0.55 * b, 0.55 * b));
    a.patterned(disc(0.0, -0.44, 0.45), Solid::Round(0.0, -0.44, 0.45, 0.45));
    let x = a.turn * 0.06;
    for side in [-1.0, 1.0] {
        a.part(DARK, disc(x + side * 0.17, -0.54, 0.07), Solid::Flat(1.0));
    }
    a.part(
        [0.98, 0.5, 0.1],
        polygon([(x - 0.02, -0.45), (x - 0.02, -0.31), (x + 0.4, -0.36)], 0.03),
        Solid::Soft,
    );
    for y in [0.25, 0.5] {
        a.part(DARK, disc(x * 0.5, y, 0.065), Solid::Flat(1.0));
    }
}
