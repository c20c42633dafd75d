//! Seamless cloning (Perez et al. 2003, "Poisson Image Editing"): the colours of something new are shifted, smoothly, until
//! they meet those around it at the edge of the mask.
//!
//! The shift is harmonic within the mask (Laplace's equation), found on smaller pictures first, so that its cost is that
//! of the pixels and not of how far the edge is. It changes what is new alone.

use image::{GrayImage, Rgb, RgbImage};

use super::composite::MASKED;

/// Rounds of relaxation on each size, and on the smallest one.
const ROUNDS: usize = 60;
const LAST_ROUNDS: usize = 200;
/// By how much each round overshoots (successive over-relaxation).
const OVERSHOOT: f32 = 1.6;

/// `drawn` with its colours shifted within the mask so that they meet `original` around it. All are of one size. Where the
/// mask covers everything nothing is shifted.
pub fn seamless(original: &RgbImage, drawn: &RgbImage, mask: &GrayImage) -> RgbImage {
    let (width, height) = (mask.width() as usize, mask.height() as usize);
    let known: Vec<bool> = mask.iter().map(|level| *level < MASKED).collect();
    let mut cloned = drawn.clone();
    if !known.contains(&true) || width == 0 {
        return cloned;
    }
    for channel in 0..3 {
        let apart = |(old, new): (&Rgb<u8>, &Rgb<u8>)| f32::from(old.0[channel]) - f32::from(new.0[channel]);
        let pairs = original.pixels().zip(drawn.pixels()).zip(&known);
        let shift = pairs.map(|(pair, known)| if *known { apart(pair) } else { 0.0 }).collect();
        let shift = harmonic(shift, &known, width, height);
        for ((pixel, shift), _) in cloned.pixels_mut().zip(shift).zip(&known).filter(|(_, known)| !**known) {
            let level = &mut pixel.0[channel];
            *level = (f32::from(*level) + shift).round().clamp(0.0, 255.0) as u8;
        }
    }
    cloned
}

/// Values that are known in some places, and in the others the mean of their neighbours.
fn harmonic(mut values: Vec<f32>, known: &[bool], width: usize, height: usize) -> Vec<f32> {
    let smallest = width.min(height) <= 4;
    if !smallest {
        let (w, h) = (width.div_ceil(2), height.div_ceil(2));
        let (mut sums, mut counts) = (vec![0.0_f32; w * h], vec![0.0_f32; w * h]);
        for at in (0..values.len()).filter(|at| known[*at]) {
            let place = at / width / 2 * w + at % width / 2;
            sums[place] += values[at];
            counts[place] += 1.0;
        }
        let coarse = sums.iter().zip(&counts).map(|(sum, count)| sum / count.max(1.0)).collect();
        let there: Vec<bool> = counts.iter().map(|count| *count > 0.0).collect();
        let coarse = harmonic(coarse, &there, w, h);
        for at in (0..values.len()).filter(|at| !known[*at]) {
            values[at] = coarse[at / width / 2 * w + at % width / 2];
        }
    }
    for _ in 0..if smallest { LAST_ROUNDS } else { ROUNDS } {
        for at in (0..values.len()).filter(|at| !known[*at]) {
            let (x, y) = (at % width, at / width);
            // Nothing flows over the border of the picture.
            let around = [
                (x > 0).then(|| at - 1),
                (x + 1 < width).then(|| at + 1),
                (y > 0).then(|| at - width),
                (y + 1 < height).then(|| at + width),
            ];
            let (sum, count) =
                around.into_iter().flatten().fold((0.0, 0.0), |(s, c), near| (s + values[near], c + 1.0));
            if count > 0.0 {
                values[at] += OVERSHOOT * (sum / count - values[at]);
            }
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use image::Luma;

    use super::*;

    #[test]
    fn a_shift_of_colour_is_taken_back_and_detail_stays() {
        let detail = |x: u32, y: u32| if (x + y).is_multiple_of(2) { 20 } else { 0 };
        let original = RgbImage::from_fn(64, 48, |x, y| Rgb([100 + detail(x, y), 60, 2 * x as u8]));
        // The same, with another light on it.
        let drawn = RgbImage::from_fn(64, 48, |x, y| Rgb([140 + detail(x, y), 30, 2 * x as u8 + 50]));
        let mask = GrayImage::from_fn(64, 48, |x, y| {
            Luma([if (10..50).contains(&x) && (5..48).contains(&y) { 255 } else { 0 }])
        });
        let cloned = seamless(&original, &drawn, &mask);
        for (x, y, pixel) in cloned.enumerate_pixels() {
            let inside = mask.get_pixel(x, y).0[0] > 0;
            let want = if inside { original.get_pixel(x, y) } else { drawn.get_pixel(x, y) };
            let worst = pixel.0.iter().zip(want.0).map(|(a, b)| a.abs_diff(b)).max().unwrap();
            assert!(worst <= u8::from(inside), "{x}, {y}: {pixel:?} is not {want:?}");
        }
        let all = GrayImage::from_pixel(64, 48, Luma([255]));
        assert_eq!(seamless(&original, &drawn, &all), drawn);
    }

    #[test]
    fn between_two_edges_the_shift_goes_over_evenly() {
        let known: Vec<bool> = (0..65 * 9).map(|at| at % 65 == 0 || at % 65 == 64).collect();
        let values = known.iter().enumerate().map(|(at, known)| if *known { (at % 65) as f32 } else { 0.0 });
        let found = harmonic(values.collect(), &known, 65, 9);
        let worst =
            found.iter().enumerate().map(|(at, value)| (value - (at % 65) as f32).abs()).fold(0.0, f32::max);
        assert!(worst < 1.0, "{worst}");
    }
}
