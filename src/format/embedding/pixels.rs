//! Words hidden in the pixels of a picture, in AUTOMATIC1111's way: four bits in every channel of two stripes
//! beside the picture.
//!
//! Survives sites that strip everything but the pixels, as long as these stay exactly the same. From the
//! published description: `[lower half][black column][picture][black column][upper half]`, each stripe mixed
//! with the same run of pseudo-random numbers, so that black columns occur nowhere else.

use std::io::Read as _;

use image::{Rgb, RgbImage};

/// The numbers mixed into a stripe, one for each channel of each pixel in reading order.
fn noise() -> impl Iterator<Item = u8> {
    let mut seed = 0u32;
    std::iter::from_fn(move || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        Some((seed % 255) as u8)
    })
}

/// The bytes hidden in a picture, or `None` if there is no sign of any.
pub(super) fn decode(picture: &RgbImage, limit: usize) -> Option<Vec<u8>> {
    let picture = crop(picture)?;
    let (width, height) = picture.dimensions();
    let black =
        |x: u32| (0..height).all(|y| picture.get_pixel(x, y).0.iter().all(|channel| channel & 15 == 0));
    let first = (0..width).find(|&x| black(x))?;
    let last = (0..width).rev().find(|&x| black(x)).filter(|last| *last > first)?;
    let stripe = |from: u32, to: u32| {
        let channels = (0..height).flat_map(move |y| (from..to).map(move |x| (x, y)));
        channels.flat_map(|(x, y)| picture.get_pixel(x, y).0).zip(noise()).map(|(a, b)| (a ^ b) & 15)
    };
    // Both stripes are equally wide unless the picture was cut.
    let packed: Vec<u8> =
        stripe(0, first).zip(stripe(last + 1, width)).map(|(low, high)| high << 4 | low).collect();
    let mut text = Vec::new();
    let inflate = flate2::read::ZlibDecoder::new(packed.as_slice());
    inflate.take(limit as u64 + 1).read_to_end(&mut text).ok()?;
    (text.len() <= limit).then_some(text)
}

/// Without the border rows and columns in which no pixel has light in all its channels.
fn crop(picture: &RgbImage) -> Option<RgbImage> {
    let (width, height) = picture.dimensions();
    let lit = |x: u32, y: u32| picture.get_pixel(x, y).0.iter().all(|channel| *channel > 0);
    let column = |x: &u32| (0..height).any(|y| lit(*x, y));
    let row = |y: &u32| (0..width).any(|x| lit(x, *y));
    let (left, right) = ((0..width).find(column)?, (0..width).rev().find(column)?);
    let (top, bottom) = ((0..height).find(row)?, (0..height).rev().find(row)?);
    let view = image::imageops::crop_imm(picture, left, top, right - left + 1, bottom - top + 1);
    Some(view.to_image())
}

/// A picture with `text` hidden in stripes beside it.
pub fn encode(picture: &RgbImage, text: &[u8]) -> std::io::Result<RgbImage> {
    let (width, height) = picture.dimensions();
    let deflate = flate2::read::ZlibEncoder::new(text, flate2::Compression::best());
    let mut packed = Vec::new();
    { deflate }.read_to_end(&mut packed)?;
    // Both steps go on to the next multiple even from one, as the published writer does.
    let (row, size) = (3 * height as usize, packed.len());
    let size = size + (height as usize - size % height as usize);
    let size = size + (row - size % row);
    let columns = (size / row) as u32;
    let stripe = |half: fn(u8) -> u8, x: u32, y: u32, noise: &mut dyn Iterator<Item = u8>| {
        let at = 3 * (y * columns + x) as usize;
        Rgb([0, 1, 2].map(|channel| {
            let bits = half(packed[(at + channel) % packed.len()]) ^ (noise.next().unwrap_or_default() & 15);
            // The upper bits are free. A little light in every channel keeps readers from cutting the border.
            bits | shade(x, y)
        }))
    };
    let mut out = RgbImage::new(width + 2 * columns + 2, height);
    let (mut low, mut high) = (noise(), noise());
    for y in 0..height {
        for x in 0..columns {
            out.put_pixel(x, y, stripe(|byte| byte & 15, x, y, &mut low));
            out.put_pixel(columns + 2 + width + x, y, stripe(|byte| byte >> 4, x, y, &mut high));
        }
    }
    image::imageops::replace(&mut out, picture, i64::from(columns) + 1, 0);
    Ok(out)
}

/// The upper four bits of a stripe: soft diamonds, so that it looks like a border and not like a fault.
fn shade(x: u32, y: u32) -> u8 {
    let [x, y] = [x % 16, y % 16].map(|at| at.abs_diff(8));
    (1 + (x + y).min(12) as u8) << 4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_noise_is_the_published_one() {
        // The checks in AUTOMATIC1111's source: eight of its first hundred values, and the sum of those that follow.
        let mut noise = noise();
        assert_eq!(noise.by_ref().take(8).collect::<Vec<_>>(), [253, 242, 127, 44, 157, 27, 239, 133]);
        assert_eq!(noise.skip(92).take(100_000).map(u64::from).sum::<u64>(), 12_731_374);
    }

    #[test]
    fn what_is_hidden_is_found_again() {
        let text: Vec<u8> = (0..20_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        for (size, text) in [((64, 96), &text[..]), ((1, 256), &text[..500]), ((200, 128), &text[..1])] {
            let picture = RgbImage::from_fn(size.0, size.1, |x, y| Rgb([x as u8, y as u8, 0]));
            let card = encode(&picture, text).unwrap();
            assert_eq!(decode(&card, 1 << 20).unwrap(), text);
            // A black frame around it, as some sites add.
            let mut framed = RgbImage::new(card.width() + 9, card.height() + 4);
            image::imageops::replace(&mut framed, &card, 3, 2);
            assert_eq!(decode(&framed, 1 << 20).unwrap(), text);
            assert_eq!(decode(&card, text.len() - 1), None);
        }
        assert_eq!(decode(&RgbImage::new(40, 30), 1 << 20), None);
        assert_eq!(decode(&RgbImage::from_pixel(40, 30, Rgb([200; 3])), 1 << 20), None);
    }
}
