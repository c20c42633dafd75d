//! A suggestion where the thing in a picture is, to begin a mask with: by colour and by edges, from the picture alone.
//!
//! It works on a small copy and needs no model, so that it is there in a moment and the same on every computer. Where
//! nothing stands out clearly it says so and suggests nothing.

mod cut;
mod mixture;
mod parts;
mod segment;

use image::{DynamicImage, GrayImage, Luma, RgbImage};

use super::{Filter, alpha, resize};
use mixture::Colour;
use segment::Picture;

/// The longer side of the copy that is looked at, in pixels.
const SIDE: u32 = 128;
/// The shorter side must be that long.
const LEAST: u32 = 8;
/// How clear a thing must be, 0 to 1.
const CLEAR: f32 = 0.8;
/// A thing takes at least and at most these parts of the picture.
const AREA: [f32; 2] = [0.01, 0.85];
/// Lightness counts this much beside colour, because shadows belong to no thing.
const LIGHTNESS: f32 = 0.8;

/// Where the thing in an upright picture is: 255 where it is, 0 around it, with a soft edge, in the picture's own size.
/// What is transparent is not the thing, and nothing else is asked then.
///
/// # Errors
/// A sentence for a person, if no thing stands out.
pub fn suggest_outline(picture: &DynamicImage) -> Result<GrayImage, &'static str> {
    if let Some(alpha) = alpha(picture) {
        return Ok(alpha);
    }
    let (width, height) = (picture.width(), picture.height());
    let scale = (f64::from(SIDE) / f64::from(width.max(height))).min(1.0);
    let side = |length: u32| ((f64::from(length) * scale).round() as u32).max(1);
    let (across, down) = (side(width), side(height));
    if across.min(down) < LEAST {
        return Err("The picture is too small or too narrow to find a thing in it.");
    }
    let small = if scale < 1.0 { &picture.thumbnail_exact(across, down) } else { picture };
    let colours = colours(&small.to_rgb8());
    let found = Picture { width: across as usize, colours }.segment();
    let thing = found.filter(|found| found.clarity >= CLEAR).map(|found| found.thing);
    let thing = thing.filter(|thing| is_one(thing, across as usize));
    let thing = thing.ok_or("Nothing stands out clearly from what is around it: paint over it by hand.")?;
    let level = |x, y| Luma([if thing[(y * across + x) as usize] { 255 } else { 0 }]);
    Ok(softened(&GrayImage::from_fn(across, down, level), width, height))
}

/// Whether it may be a thing: neither nearly nothing nor nearly all, not running out of the picture on all sides, and
/// not only along one.
fn is_one(thing: &[bool], width: usize) -> bool {
    let height = thing.len() / width;
    let places =
        || (0..thing.len()).filter(|&place| thing[place]).map(|place| (place % width, place / width));
    let area = places().count() as f32 / thing.len() as f32;
    let everywhere = places().any(|(x, _)| x == 0)
        && places().any(|(x, _)| x == width - 1)
        && places().any(|(_, y)| y == 0)
        && places().any(|(_, y)| y == height - 1);
    let inner = |at: usize, length: usize| (length / 5..length - length / 5).contains(&at);
    let inside = places().any(|(x, y)| inner(x, width) && inner(y, height));
    (AREA[0]..=AREA[1]).contains(&area) && !everywhere && inside
}

/// A small mask of black and white in another size, its edge as soft as one of its pixels.
fn softened(mask: &GrayImage, width: u32, height: u32) -> GrayImage {
    // Steps of single pixels are rounded off first.
    let last = |length: u32| length - 1;
    let smooth = GrayImage::from_fn(mask.width(), mask.height(), |x, y| {
        let near = |at: u32, length: u32| [at.saturating_sub(1), at, at, (at + 1).min(last(length))];
        let columns = near(x, mask.width());
        let sum = near(y, mask.height()).into_iter().flat_map(|y| columns.map(|x| (x, y)));
        let sum: u32 = sum.map(|(x, y)| u32::from(mask.get_pixel(x, y).0[0])).sum();
        Luma([(sum / 16) as u8])
    });
    let mut large = resize(&smooth, width, height, Filter::Bilinear);
    large.iter_mut().for_each(|level| *level = (i32::from(*level) * 2 - 127).clamp(0, 255) as u8);
    large
}

/// The colours of a picture in CIELAB (white at D65), with lightness weighed less.
fn colours(picture: &RgbImage) -> Vec<Colour> {
    let linear: Vec<f32> = (0..=255_u8)
        .map(|level| {
            let level = f32::from(level) / 255.0;
            if level <= 0.04045 { level / 12.92 } else { ((level + 0.055) / 1.055).powf(2.4) }
        })
        .collect();
    let root = |t: f32| if t > 0.008_856 { t.cbrt() } else { 7.787 * t + 16.0 / 116.0 };
    let colour = |pixel: &image::Rgb<u8>| {
        let [r, g, b] = pixel.0.map(|level| linear[usize::from(level)]);
        let x = root((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505);
        let y = root(0.2126 * r + 0.7152 * g + 0.0722 * b);
        let z = root((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089);
        [(116.0 * y - 16.0) * LIGHTNESS, 500.0 * (x - y), 200.0 * (y - z)]
    };
    picture.pixels().map(colour).collect()
}

#[cfg(test)]
mod tests;
