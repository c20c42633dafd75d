//! Things drawn by the tests themselves, on what things stand on, and pictures in which there is none.

use super::*;
use image::{Rgb, Rgba, RgbaImage};

const WIDTH: u32 = 320;
const HEIGHT: u32 = 240;

/// A number from -1 to 1 that looks like chance, the same for the same place.
fn chance(x: u32, y: u32) -> f32 {
    let mixed = (x.wrapping_mul(0x9E37_79B1) ^ y.wrapping_mul(0x85EB_CA77)).wrapping_mul(0xC2B2_AE3D);
    ((mixed ^ (mixed >> 15)) & 0xffff) as f32 / 32_767.5 - 1.0
}

/// A picture of a thing, with so much noise, and whether each pixel is the thing.
fn picture(
    thing: impl Fn(f32, f32) -> bool,
    paint: impl Fn(f32, f32) -> [f32; 3],
    ground: impl Fn(f32, f32) -> [f32; 3],
    noise: f32,
) -> (DynamicImage, Vec<bool>) {
    let at = |x: u32, y: u32| (x as f32 + 0.5, y as f32 + 0.5);
    let colour = |x, y| {
        let (a, b) = at(x, y);
        let colour = if thing(a, b) { paint(a, b) } else { ground(a, b) };
        Rgb(colour.map(|level| (level + noise * chance(x, y)).round().clamp(0.0, 255.0) as u8))
    };
    let is = (0..WIDTH * HEIGHT).map(|i| at(i % WIDTH, i / WIDTH)).map(|(x, y)| thing(x, y)).collect();
    (RgbImage::from_fn(WIDTH, HEIGHT, colour).into(), is)
}

/// How much of what is suggested, or the thing, is both.
fn overlap((picture, is): (DynamicImage, Vec<bool>)) -> f32 {
    let mask = suggest_outline(&picture).unwrap();
    let (mut both, mut either) = (0, 0);
    for (level, is) in mask.as_raw().iter().zip(is) {
        both += usize::from(*level > 127 && is);
        either += usize::from(*level > 127 || is);
    }
    both as f32 / either as f32
}

fn disc(x: f32, y: f32) -> bool {
    (x - 150.0).hypot(y - 125.0) < 62.0
}

fn gradient(x: f32, y: f32) -> [f32; 3] {
    [60.0 + x * 0.4, 120.0 + y * 0.35, 200.0 - x * 0.2]
}

fn star(x: f32, y: f32) -> bool {
    let (x, y) = (x - 160.0, y - 120.0);
    let from_middle = x.hypot(y);
    from_middle < 72.0 + 28.0 * (5.0 * y.atan2(x)).cos() && from_middle > 26.0
}

#[test]
fn a_thing_is_found_on_what_things_stand_on() {
    let plain = |_, _| [200.0, 198.0, 190.0];
    let two = |x: f32, _| if x < 150.0 { [245.0, 235.0, 215.0] } else { [200.0, 40.0, 40.0] };
    let cut = |x: f32, y: f32| (x - 160.0).hypot(y - 225.0) < 90.0;
    let found = [
        ("a disc", overlap(picture(disc, |_, _| [40.0, 90.0, 180.0], plain, 0.0))),
        ("a star with a hole", overlap(picture(star, |_, _| [230.0, 190.0, 30.0], plain, 10.0))),
        ("two colours on a gradient", overlap(picture(disc, two, gradient, 4.0))),
        ("two colours on noise", overlap(picture(disc, two, |_, _| [110.0, 120.0, 130.0], 60.0))),
        ("cut by the lower edge", overlap(picture(cut, |_, _| [150.0, 20.0, 60.0], gradient, 6.0))),
        ("grey on grey", overlap(picture(disc, |_, _| [90.0; 3], |_, _| [180.0; 3], 10.0))),
    ];
    println!("{found:.3?}");
    assert!(found.iter().all(|(_, overlap)| *overlap >= 0.9), "{found:?}");
}

#[test]
fn where_nothing_stands_out_nothing_is_suggested() {
    let grey = |_, _| [128.0; 3];
    let none = |_, _| false;
    let checks = |x: f32, y: f32| ((x / 30.0) as u32 + (y / 30.0) as u32).is_multiple_of(2);
    let hardly = |_, _| [131.0, 130.0, 129.0];
    for (name, (picture, _)) in [
        ("hardly another colour", picture(disc, hardly, grey, 0.0)),
        ("hardly another colour, in noise", picture(disc, hardly, grey, 12.0)),
        ("one grey", picture(none, grey, grey, 0.0)),
        ("noise", picture(none, grey, grey, 90.0)),
        ("a gradient", picture(none, grey, gradient, 0.0)),
        ("a pattern", picture(checks, |_, _| [200.0, 30.0, 30.0], grey, 4.0)),
        ("nearly all", picture(|x, _| x > 8.0, |_, _| [200.0, 30.0, 30.0], grey, 4.0)),
    ] {
        let said = suggest_outline(&picture).map(|_| ()).unwrap_err();
        assert!(said.starts_with("Nothing stands out"), "{name}: {said}");
    }
    for (width, height) in [(1, 1), (2000, 3), (3, 2000), (7, 7)] {
        let said = suggest_outline(&RgbImage::new(width, height).into()).map(|_| ()).unwrap_err();
        assert!(said.contains("too narrow"), "{said}");
    }
}

#[test]
fn what_is_transparent_is_not_the_thing() {
    let picture = RgbaImage::from_fn(40, 3, |x, _| Rgba([9, 9, 9, if x < 10 { 200 } else { 0 }]));
    let mask = suggest_outline(&picture.into()).unwrap();
    assert_eq!((mask.get_pixel(9, 1).0, mask.get_pixel(10, 1).0), ([200], [0]));
}
