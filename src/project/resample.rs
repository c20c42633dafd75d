//! Resizing exactly as Pillow does it, to the last bit, because the models and the published training scripts
//! saw their pictures through Pillow.
//!
//! The usual crates are not equal to it: fast_image_resize 6.1 differs by up to 13 levels, because it resizes
//! columns first and keeps 16 bits of a weight. This knows 8-bit pictures only and leaves cropping to the
//! caller.

use std::f64::consts::PI;

use image::{ImageBuffer, Pixel};

/// An 8-bit picture of any number of channels.
type Picture<P> = ImageBuffer<P, Vec<u8>>;

/// How new pixels are made from old ones (Pillow's `Image.Resampling`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filter {
    /// The nearest pixel, unchanged; for masks.
    Nearest,
    /// A triangle as wide as the new pixel.
    Bilinear,
    /// A cubic with a = -0.5; what training uses.
    Bicubic,
    /// A sinc windowed by a sinc over three pixels.
    Lanczos,
}

impl Filter {
    /// Half the width of the curve at a scale of 1, in pixels.
    fn support(self) -> f64 {
        match self {
            Self::Nearest => 0.0,
            Self::Bilinear => 1.0,
            Self::Bicubic => 2.0,
            Self::Lanczos => 3.0,
        }
    }

    /// The height of the curve at `x` pixels from its middle.
    fn weight(self, x: f64) -> f64 {
        let sinc = |x: f64| if x == 0.0 { 1.0 } else { (x * PI).sin() / (x * PI) };
        let distance = x.abs();
        match self {
            Self::Bilinear if distance < 1.0 => 1.0 - distance,
            Self::Bicubic if distance < 1.0 => (1.5 * distance - 2.5) * distance * distance + 1.0,
            Self::Bicubic if distance < 2.0 => (((distance - 5.0) * distance + 8.0) * distance - 4.0) * -0.5,
            Self::Lanczos if (-3.0..3.0).contains(&x) => sinc(x) * sinc(x / 3.0),
            _ => 0.0,
        }
    }
}

/// Bits behind the point of a weight: 32 less 8 for a level and 2 for sums outside 0..=255, as in Pillow's
/// `Resample.c`.
const WEIGHT_BITS: u32 = 32 - 8 - 2;

/// Which old pixels make one new pixel, and with what weights.
struct Taps {
    /// The first old pixel.
    start: usize,
    /// Fixed-point weights, [`WEIGHT_BITS`] behind the point.
    weights: Vec<i32>,
}

/// The taps of every new pixel along one axis.
fn taps(old: u32, new: u32, filter: Filter) -> Vec<Taps> {
    let scale = f64::from(old) / f64::from(new);
    // When enlarging, the curve keeps its width; when reducing, it covers all pixels that merge.
    let width = scale.max(1.0);
    let support = filter.support() * width;
    (0..new)
        .map(|i| {
            let centre = (f64::from(i) + 0.5) * scale;
            // `as` cuts towards zero and below zero to 0: the same as Pillow's cast and clamp.
            let start = (centre - support + 0.5) as usize;
            let end = ((centre + support + 0.5) as usize).min(old as usize);
            let inverse = 1.0 / width;
            let raw: Vec<f64> =
                (start..end).map(|x| filter.weight((x as f64 - centre + 0.5) * inverse)).collect();
            let sum: f64 = raw.iter().sum();
            let fixed = |w: f64| {
                let w = if sum == 0.0 { w } else { w / sum } * f64::from(1 << WEIGHT_BITS);
                // Half away from zero, by cutting.
                (w + 0.5_f64.copysign(w)) as i32
            };
            Taps { start, weights: raw.into_iter().map(fixed).collect() }
        })
        .collect()
}

/// A sum of weighted levels as a level.
fn level(sum: i32) -> u8 {
    (sum >> WEIGHT_BITS).clamp(0, 255) as u8
}

/// Half a level, so that [`level`] rounds.
const HALF: i32 = 1 << (WEIGHT_BITS - 1);

/// Resizes to `width` x `height` pixels, both at least 1; the proportions change if the caller's numbers
/// change them. Equal to `Image.resize` of Pillow 13 bit for bit.
pub fn resize<P>(picture: &Picture<P>, width: u32, height: u32, filter: Filter) -> Picture<P>
where
    P: Pixel<Subpixel = u8>,
{
    if picture.dimensions() == (width, height) || picture.is_empty() {
        return picture.clone();
    }
    if filter == Filter::Nearest {
        let columns = nearest(picture.width(), width);
        let rows = nearest(picture.height(), height);
        return Picture::from_fn(width, height, |x, y| {
            *picture.get_pixel(columns[x as usize], rows[y as usize])
        });
    }
    let across = |picture: &Picture<P>| {
        if picture.width() == width { picture.clone() } else { resize_rows(picture, width, filter) }
    };
    let down = |picture: &Picture<P>| {
        if picture.height() == height { picture.clone() } else { resize_columns(picture, height, filter) }
    };
    // The levels are rounded between the passes, so their order shows. Pillow 13 turns it round for pictures
    // that lose many more rows than columns; up to 12 it was never turned. A square that stays square is the
    // same in all.
    let lost = |old: u32, new: u32| i64::from(old) - i64::from(new);
    let (columns, rows) = (lost(picture.width(), width), lost(picture.height(), height));
    if rows > 0 && rows > 2 * columns { across(&down(picture)) } else { down(&across(picture)) }
}

/// The nearest old pixel of every new one. The position is summed up rather than multiplied, as in Pillow's
/// `Geometry.c`: the rounding of the sum decides ties.
fn nearest(old: u32, new: u32) -> Vec<u32> {
    let scale = f64::from(old) / f64::from(new);
    let positions = std::iter::successors(Some(scale * 0.5), |x| Some(x + scale));
    positions.take(new as usize).map(|x| (x as u32).min(old - 1)).collect()
}

fn resize_rows<P: Pixel<Subpixel = u8>>(picture: &Picture<P>, width: u32, filter: Filter) -> Picture<P> {
    let channels = usize::from(P::CHANNEL_COUNT);
    let taps = taps(picture.width(), width, filter);
    let mut out = Picture::new(width, picture.height());
    let old_rows = picture.as_raw().chunks_exact(picture.width() as usize * channels);
    for (old, new) in old_rows.zip(out.chunks_exact_mut(width as usize * channels)) {
        for (taps, pixel) in taps.iter().zip(new.chunks_exact_mut(channels)) {
            for (channel, value) in pixel.iter_mut().enumerate() {
                let old = old[taps.start * channels + channel..].iter().step_by(channels);
                *value =
                    level(taps.weights.iter().zip(old).fold(HALF, |sum, (w, &v)| sum + w * i32::from(v)));
            }
        }
    }
    out
}

fn resize_columns<P: Pixel<Subpixel = u8>>(picture: &Picture<P>, height: u32, filter: Filter) -> Picture<P> {
    let row = picture.width() as usize * usize::from(P::CHANNEL_COUNT);
    let mut out = Picture::new(picture.width(), height);
    let mut sums = vec![0; row];
    for (taps, new) in taps(picture.height(), height, filter).iter().zip(out.chunks_exact_mut(row)) {
        sums.fill(HALF);
        for (w, old) in taps.weights.iter().zip(picture.as_raw()[taps.start * row..].chunks_exact(row)) {
            for (sum, &value) in sums.iter_mut().zip(old) {
                *sum += w * i32::from(value);
            }
        }
        for (value, &sum) in new.iter_mut().zip(&sums) {
            *value = level(sum);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use image::{GrayImage, Luma, Rgb, RgbImage};

    use super::*;

    #[test]
    fn a_flat_picture_stays_flat() {
        let picture = RgbImage::from_pixel(37, 11, Rgb([7, 200, 255]));
        for filter in [Filter::Nearest, Filter::Bilinear, Filter::Bicubic, Filter::Lanczos] {
            for (w, h) in [(1, 1), (64, 64), (5, 90), (37, 12)] {
                let out = resize(&picture, w, h, filter);
                assert_eq!(out.dimensions(), (w, h));
                assert!(out.pixels().all(|p| p.0 == [7, 200, 255]), "{filter:?} {w}x{h}");
            }
        }
    }

    #[test]
    fn a_step_is_what_pillow_makes_of_it() {
        let picture = GrayImage::from_fn(6, 1, |x, _| Luma([if x < 3 { 0 } else { 255 }]));
        // Made with Pillow 13: Image.resize((4, 1)) and ((9, 1)).
        let cases: [(Filter, u32, &[u8]); 8] = [
            (Filter::Nearest, 4, &[0, 0, 255, 255]),
            (Filter::Nearest, 9, &[0, 0, 0, 0, 0, 255, 255, 255, 255]),
            (Filter::Bilinear, 4, &[0, 28, 227, 255]),
            (Filter::Bilinear, 9, &[0, 0, 0, 0, 128, 255, 255, 255, 255]),
            (Filter::Bicubic, 4, &[0, 12, 243, 255]),
            (Filter::Bicubic, 9, &[0, 0, 0, 0, 128, 255, 255, 255, 255]),
            (Filter::Lanczos, 4, &[0, 10, 245, 255]),
            (Filter::Lanczos, 9, &[0, 6, 0, 0, 128, 255, 255, 249, 255]),
        ];
        for (filter, width, want) in cases {
            assert_eq!(resize(&picture, width, 1, filter).as_raw(), want, "{filter:?} {width}");
        }
    }
}
