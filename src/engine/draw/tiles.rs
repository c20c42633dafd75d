//! A picture that is decoded, or encoded, in overlapping tiles, for sizes whose intermediate results a device cannot hold
//! at once.
//!
//! Where tiles overlap they fade into each other. A tile is not quite what the whole picture would be in its place: it
//! does not see beyond its edge, where it has faded out, and the autoencoder's group norms and its attention look at
//! the tile instead of the picture, which shifts its contrast a little. It knows no network.

use base::Result;

/// Side of a tile in pixels.
pub(super) const TILE: usize = 512;
/// By how many pixels neighbours overlap at least.
const OVERLAP: usize = 64;

/// Decodes `latents`, `[channels, height, width]`, tile by tile with `decode`, which is given the latents of a tile and
/// their shape and gives its planes of red, green and blue, `scale` pixels for each latent. The planes of the whole.
///
/// # Errors
/// That of `decode`.
pub(super) fn decode_in_tiles(
    latents: &[f32],
    [channels, height, width]: [usize; 3],
    scale: usize,
    decode: &mut dyn FnMut(Vec<f32>, [usize; 3]) -> Result<Vec<f32>>,
) -> Result<Vec<f32>> {
    let tile = |length: usize| length.min((TILE / scale).max(1));
    let (tall, wide) = (tile(height), tile(width));
    let plane = height * width * scale * scale;
    let (mut sum, mut weights) = (vec![0.0_f32; 3 * plane], vec![0.0_f32; plane]);
    for top in starts(height, tall, OVERLAP / scale) {
        for left in starts(width, wide, OVERLAP / scale) {
            let rows = (0..channels * tall).map(|row| {
                let (channel, row) = (row / tall, top + row % tall);
                let from = (channel * height + row) * width + left;
                &latents[from..from + wide]
            });
            let decoded = decode(rows.flatten().copied().collect(), [channels, tall, wide])?;
            let down = fading(top * scale, tall * scale, height * scale, OVERLAP);
            let across = fading(left * scale, wide * scale, width * scale, OVERLAP);
            for (y, strong) in down.iter().enumerate() {
                let to = (top * scale + y) * width * scale + left * scale;
                for (x, weight) in across.iter().enumerate() {
                    let weight = weight * strong;
                    weights[to + x] += weight;
                    for channel in 0..3 {
                        let from = (channel * down.len() + y) * across.len() + x;
                        sum[channel * plane + to + x] += weight * decoded[from];
                    }
                }
            }
        }
    }
    for channel in sum.chunks_exact_mut(plane.max(1)) {
        channel.iter_mut().zip(&weights).for_each(|(value, weight)| *value /= weight);
    }
    Ok(sum)
}

/// Where the tiles of a side begin: as few as overlap by `overlap` at least, spread evenly.
fn starts(length: usize, tile: usize, overlap: usize) -> Vec<usize> {
    if length <= tile {
        return vec![0];
    }
    let steps = (length - tile).div_ceil(tile.saturating_sub(overlap).max(1));
    (0..=steps).map(|step| step * (length - tile) / steps).collect()
}

/// Encodes planes of red, green and blue of `height` by `width` latents, `scale` pixels for each, tile by tile with
/// `encode`, which is given the pixels of a tile and its sides in latents and gives planes of latents. Those of the whole.
///
/// # Errors
/// That of `encode`.
pub(super) fn encode_in_tiles(
    pixels: &[f32],
    [height, width]: [usize; 2],
    scale: usize,
    encode: &mut dyn FnMut(Vec<f32>, [usize; 2]) -> Result<Vec<f32>>,
) -> Result<Vec<f32>> {
    let (tile, overlap) = ((TILE / scale).max(1), OVERLAP / scale);
    let (tall, wide, plane) = (height.min(tile), width.min(tile), height * width);
    let (mut sum, mut weights) = (Vec::new(), vec![0.0_f32; plane]);
    for top in starts(height, tall, overlap) {
        for left in starts(width, wide, overlap) {
            let rows = (0..3 * tall * scale).map(|row| {
                let (channel, row) = (row / (tall * scale), top * scale + row % (tall * scale));
                let from = (channel * height * scale + row) * width * scale + left * scale;
                &pixels[from..from + wide * scale]
            });
            let encoded = encode(rows.flatten().copied().collect(), [tall, wide])?;
            let channels = encoded.len() / (tall * wide).max(1);
            sum.resize(channels * plane, 0.0_f32);
            let (down, across) = (fading(top, tall, height, overlap), fading(left, wide, width, overlap));
            for (at, weight) in down.iter().flat_map(|a| across.iter().map(move |b| a * b)).enumerate() {
                let to = (top + at / wide) * width + left + at % wide;
                weights[to] += weight;
                for channel in 0..channels {
                    sum[channel * plane + to] += weight * encoded[channel * tall * wide + at];
                }
            }
        }
    }
    for channel in sum.chunks_exact_mut(plane.max(1)) {
        channel.iter_mut().zip(&weights).for_each(|(value, weight)| *value /= weight);
    }
    Ok(sum)
}

/// How much each place of a tile's side counts: fully, but for the `ramp` next to an edge that has a neighbour.
fn fading(start: usize, tile: usize, length: usize, ramp: usize) -> Vec<f32> {
    let (before, after) = (start > 0, start + tile < length);
    let ramp = ramp.max(1) as f32;
    let rise = |at: usize, fades: bool| if fades { ((at as f32 + 0.5) / ramp).min(1.0) } else { 1.0 };
    (0..tile).map(|at| rise(at, before) * rise(tile - 1 - at, after)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCALE: usize = 8;

    /// A decoder that sees `radius` latents around a place and no further.
    fn decoder(radius: usize) -> impl FnMut(Vec<f32>, [usize; 3]) -> Result<Vec<f32>> {
        move |latents, [_, height, width]| {
            let mean = |y: usize, x: usize| {
                let (rows, columns) = (y.saturating_sub(radius)..height.min(y + radius + 1), |x: usize| {
                    x.saturating_sub(radius)..width.min(x + radius + 1)
                });
                let seen: Vec<f32> =
                    rows.flat_map(|y| columns(x).map(move |x| y * width + x)).map(|at| latents[at]).collect();
                seen.iter().sum::<f32>() / seen.len() as f32
            };
            let (tall, wide) = (height * SCALE, width * SCALE);
            let plane: Vec<f32> =
                (0..tall * wide).map(|at| mean(at / wide / SCALE, at % wide / SCALE)).collect();
            Ok([plane.clone(), plane.iter().map(|value| -value).collect(), plane].concat())
        }
    }

    fn apart(shape: [usize; 3], radius: usize) -> f32 {
        let latents: Vec<f32> = (0..shape.iter().product()).map(|i| (i as f32 * 0.7).sin()).collect();
        let mut shapes = Vec::new();
        let mut decode = decoder(radius);
        let whole = decode(latents.clone(), shape).unwrap();
        let mut watched = |latents, shape: [usize; 3]| {
            shapes.push(shape);
            decode(latents, shape)
        };
        let tiled = decode_in_tiles(&latents, shape, SCALE, &mut watched).unwrap();
        assert!(shapes.iter().all(|[_, height, width]| *height <= 64 && *width <= 64), "{shapes:?}");
        assert_eq!(whole.len(), tiled.len());
        whole.iter().zip(&tiled).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
    }

    #[test]
    fn tiles_cover_a_side_and_overlap() {
        assert_eq!(starts(64, 64, 8), [0]);
        assert_eq!(starts(65, 64, 8), [0, 1]);
        assert_eq!(starts(160, 64, 8), [0, 48, 96]);
        for length in 65..400 {
            let starts = starts(length, 64, 8);
            assert_eq!((starts[0], starts[starts.len() - 1]), (0, length - 64));
            assert!(starts.windows(2).all(|pair| pair[1] - pair[0] <= 56), "{length}: {starts:?}");
        }
    }

    #[test]
    fn what_looks_at_one_place_alone_is_the_same_in_tiles() {
        for shape in [[1, 10, 80], [1, 130, 70], [4, 20, 20]] {
            assert!(apart(shape, 0) < 1e-6, "{shape:?}");
        }
    }

    #[test]
    fn tiles_are_encoded_in_their_places() {
        // Each latent is the first pixel of its square, and its negative.
        let mut encode = |pixels: Vec<f32>, [tall, wide]: [usize; 2]| {
            assert!(tall <= 64 && wide <= 64);
            let first = |at: usize| pixels[at / wide * SCALE * wide * SCALE + at % wide * SCALE];
            let plane: Vec<f32> = (0..tall * wide).map(first).collect();
            Ok([plane.clone(), plane.iter().map(|value| -value).collect()].concat())
        };
        let (height, width) = (70, 130);
        let pixels: Vec<f32> = (0..3 * height * width * 64).map(|i| (i as f32 * 0.7).sin()).collect();
        let found = encode_in_tiles(&pixels, [height, width], SCALE, &mut encode).unwrap();
        assert_eq!(found.len(), 2 * height * width);
        for (at, value) in found[..height * width].iter().enumerate() {
            let want = pixels[at / width * SCALE * width * SCALE + at % width * SCALE];
            assert!((value - want).abs() < 1e-5 && (found[height * width + at] + want).abs() < 1e-5, "{at}");
        }
    }

    #[test]
    fn what_a_tile_does_not_see_has_faded_out() {
        // At its edge a tile counts for a sixteenth at most within a latent of the edge.
        assert!(apart([1, 70, 130], 1) < 0.1, "{}", apart([1, 70, 130], 1));
    }
}
