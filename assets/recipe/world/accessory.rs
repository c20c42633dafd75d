//! What things wear: a hat or a flag on top, a bow or a star in front.
//!
//! Drawn large and edged in a dark or light line, so that they can be seen on any coat and survive an
//! autoencoder.

use super::geometry::{Rgb, scaled};
use super::material::Solid;
use super::scene::{Accessory, Kind, Thing};
use super::shapes::{capsule, disc, polygon, rect, star};
use super::things::{CREAM, DARK, ThingPainter};

const BAND: Rgb = [0.84, 0.16, 0.2];
const BOW: Rgb = [0.93, 0.16, 0.50];
const GOLD: Rgb = [1.0, 0.80, 0.15];
const PENNANT: Rgb = [0.10, 0.72, 0.46];

/// The highest point to put something on (x, y), and the middle of the front (x, y), in the thing's
/// coordinates.
fn anchors(kind: Kind) -> ((f32, f32), (f32, f32)) {
    match kind {
        Kind::Mug => ((-0.13, -0.74), (-0.13, 0.12)),
        Kind::Teapot => ((0.0, -0.58), (0.0, 0.26)),
        Kind::Ball => ((0.0, -0.62), (0.0, 0.18)),
        Kind::Cube => ((-0.05, -0.52), (-0.24, 0.34)),
        Kind::House => ((0.0, -0.88), (0.0, -0.36)),
        Kind::Tree => ((0.0, -0.90), (0.0, -0.14)),
        Kind::Boat => ((0.0, -0.90), (0.0, 0.64)),
        Kind::Cat => ((0.0, -0.70), (0.0, 0.22)),
        Kind::Bird => ((0.32, -0.78), (0.20, 0.12)),
        Kind::Robot => ((0.0, -0.74), (0.0, 0.30)),
        Kind::Rocket => ((0.0, -0.90), (0.0, 0.32)),
        Kind::Fish => ((0.12, -0.40), (0.10, 0.30)),
        Kind::Car => ((-0.08, -0.40), (0.0, 0.46)),
        Kind::Lamp => ((0.0, -0.84), (0.0, -0.22)),
        Kind::Mushroom => ((0.0, -0.84), (0.0, -0.28)),
        Kind::Snowman => ((0.0, -0.82), (0.0, -0.02)),
    }
}

/// Puts on what the thing wears, if anything.
pub fn draw(a: &mut ThingPainter<'_>, thing: &Thing) {
    let ((tx, ty), (fx, fy)) = anchors(thing.kind);
    match thing.accessory {
        Accessory::None => {}
        Accessory::Hat => hat(a, tx, ty),
        Accessory::Bow => bow(a, fx, fy),
        Accessory::Flag => flag(a, tx, ty),
        Accessory::Star => {
            a.part(scaled(GOLD, 0.35), star(fx, fy, 0.38), Solid::Flat(1.0));
            a.part(GOLD, star(fx, fy, 0.29), Solid::Soft);
        }
    }
}

fn hat(a: &mut ThingPainter<'_>, x: f32, y: f32) {
    a.part(DARK, rect(x, y - 0.28, 0.27, 0.27, 0.05), Solid::Tube(x, 0.4));
    a.part(BAND, rect(x, y - 0.13, 0.27, 0.085, 0.0), Solid::Tube(x, 0.35));
    a.part(DARK, rect(x, y, 0.47, 0.075, 0.07), Solid::Soft);
}

fn bow(a: &mut ThingPainter<'_>, x: f32, y: f32) {
    for (colour, grow) in [(CREAM, 0.055), (BOW, 0.0)] {
        for side in [-1.0, 1.0] {
            let corners = [(x, y), (x + side * 0.36, y - 0.22), (x + side * 0.36, y + 0.22)];
            a.part(colour, polygon(corners, 0.03 + grow), Solid::Soft);
        }
    }
    a.part(scaled(BOW, 0.8), disc(x, y, 0.11), Solid::Round(x, y, 0.11, 0.11));
}

fn flag(a: &mut ThingPainter<'_>, x: f32, y: f32) {
    a.part(DARK, capsule((x, y + 0.06), (x, y - 0.58), 0.04, 0.04), Solid::Flat(1.0));
    a.part(
        PENNANT,
        polygon([(x + 0.04, y - 0.56), (x + 0.56, y - 0.36), (x + 0.04, y - 0.16)], 0.03),
        Solid::Soft,
    );
}
