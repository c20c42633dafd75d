//! Planes that are made in overlapping tiles, for sizes that a network was not made for, or whose intermediate results a
//! device cannot hold at once: decoded, encoded, or predicted by the U-Net.
//!
//! Where tiles overlap they fade into each other. A tile is not quite what the whole picture would be in its place: it
//! does not see beyond its edge, where it has faded out, and group norms and attention look at the tile instead of the
//! picture, which shifts its contrast a little. It knows no network.

use base::Result;

/// Side of a tile of the autoencoder in pixels.
pub(super) const TILE: usize = 512;
/// So many places around a tile count as its own where it is to be skipped: what is next to it is decoded with it.
const NEAR: usize = 2;
/// By how many pixels its neighbours overlap at least.
const OVERLAP: usize = 64;

/// How planes are cut into tiles, all in places: a place may hold several pixels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tiling {
    /// Height and width.
    sides: [usize; 2],
    /// Largest side of a tile.
    side: usize,
    /// By how much neighbours overlap at least; over that much each fades out.
    overlap: usize,
}

/// Where a tile lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tile {
    /// Its first row and column.
    pub from: [usize; 2],
    /// Its height and width.
    pub sides: [usize; 2],
}

impl Tiling {
    /// A single tile.
    pub fn whole(sides: [usize; 2]) -> Self {
        Self { sides, side: usize::MAX, overlap: 0 }
    }

    /// Latents of `scale` pixels each way, for the autoencoder.
    pub fn of_pixels(sides: [usize; 2], scale: usize) -> Self {
        Self { sides, side: (TILE / scale).max(1), overlap: OVERLAP / scale }
    }

    /// Latents for a U-Net that was made for as many as `side` each way; they overlap by a quarter of that.
    pub fn of_latents(sides: [usize; 2], side: usize) -> Self {
        Self { sides, side: side.max(1), overlap: side / 4 }
    }

    /// All tiles, row by row.
    pub fn tiles(&self) -> Vec<Tile> {
        let sides = self.sides.map(|length| length.min(self.side));
        let [tops, lefts] = [0, 1].map(|axis| starts(self.sides[axis], sides[axis], self.overlap));
        tops.iter().flat_map(|top| lefts.iter().map(|left| Tile { from: [*top, *left], sides })).collect()
    }

    /// Where in a plane of `scale` by `scale` values in each place those of a tile are, row by row.
    fn places(&self, tile: Tile, scale: usize) -> impl Iterator<Item = usize> {
        let ([top, left], [tall, wide]) = (tile.from.map(|v| v * scale), tile.sides.map(|v| v * scale));
        let width = self.sides[1] * scale;
        (top..top + tall).flat_map(move |row| row * width + left..row * width + left + wide)
    }

    /// What a tile shows of planes.
    pub fn cut(&self, planes: &[f32], tile: Tile, scale: usize) -> Vec<f32> {
        let plane = self.sides.iter().product::<usize>() * scale * scale;
        planes
            .chunks_exact(plane.max(1))
            .flat_map(|plane| self.places(tile, scale).map(move |at| plane[at]))
            .collect()
    }

    /// Whether a plane is 0 in a tile and next to it.
    pub fn is_clear(&self, plane: &[f32], tile: Tile) -> bool {
        let near = |axis: usize| {
            let [from, side, all] = [tile.from[axis], tile.sides[axis], self.sides[axis]];
            from.saturating_sub(NEAR)..(from + side + NEAR).min(all)
        };
        near(0).all(|row| near(1).all(|column| plane.get(row * self.sides[1] + column) == Some(&0.0)))
    }

    /// Adds what was made of a tile to planes.
    pub fn add(&self, planes: &mut [f32], tile: Tile, made: &[f32], scale: usize) {
        let plane = self.sides.iter().product::<usize>() * scale * scale;
        let mut made = made.iter();
        for plane in planes.chunks_exact_mut(plane.max(1)) {
            self.places(tile, scale).zip(&mut made).for_each(|(at, value)| plane[at] += value);
        }
    }

    /// How much each value of a tile counts, row by row.
    pub fn window(&self, tile: Tile, scale: usize) -> Vec<f32> {
        let fading = |axis: usize| {
            let [start, tile, length] =
                [tile.from[axis], tile.sides[axis], self.sides[axis]].map(|v| v * scale);
            fading(start, tile, length, self.overlap * scale)
        };
        let (down, across) = (fading(0), fading(1));
        down.iter().flat_map(|strong| across.iter().map(move |weight| weight * strong)).collect()
    }

    /// What the tiles count together in each value of a plane: 1 where there is a single one, or where two overlap by as much
    /// as they fade.
    pub fn total(&self, scale: usize) -> Vec<f32> {
        let mut total = vec![0.0; self.sides.iter().product::<usize>() * scale * scale];
        self.tiles()
            .into_iter()
            .for_each(|tile| self.add(&mut total, tile, &self.window(tile, scale), scale));
        total
    }

    /// Planes of `scale` by `scale` values in each place, whose tiles `make` gives: any number of planes, the same of each
    /// tile. Where tiles overlap, their mean by [`Self::window`].
    ///
    /// # Errors
    /// That of `make`.
    pub fn join(&self, scale: usize, make: &mut dyn FnMut(Tile) -> Result<Vec<f32>>) -> Result<Vec<f32>> {
        let tiles = self.tiles();
        if let [whole] = tiles[..] {
            return make(whole);
        }
        let (total, mut sum) = (self.total(scale), Vec::new());
        for tile in tiles {
            let (mut made, window) = (make(tile)?, self.window(tile, scale));
            sum.resize(made.len() / window.len().max(1) * total.len(), 0.0_f32);
            made.iter_mut().zip(window.iter().cycle()).for_each(|(value, weight)| *value *= weight);
            self.add(&mut sum, tile, &made, scale);
        }
        sum.iter_mut().zip(total.iter().cycle()).for_each(|(value, total)| *value /= total);
        Ok(sum)
    }
}

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
    let tiling = Tiling::of_pixels([height, width], scale);
    tiling.join(scale, &mut |tile| {
        let [tall, wide] = tile.sides;
        decode(tiling.cut(latents, tile, 1), [channels, tall, wide])
    })
}

/// Encodes planes of red, green and blue of `sides` (height, width) latents, `scale` pixels for each, tile by tile with
/// `encode`, which is given the pixels of a tile and its sides in latents and gives planes of latents. Those of the whole.
///
/// # Errors
/// That of `encode`.
pub(super) fn encode_in_tiles(
    pixels: &[f32],
    sides: [usize; 2],
    scale: usize,
    encode: &mut dyn FnMut(Vec<f32>, [usize; 2]) -> Result<Vec<f32>>,
) -> Result<Vec<f32>> {
    let tiling = Tiling::of_pixels(sides, scale);
    tiling.join(1, &mut |tile| encode(tiling.cut(pixels, tile, scale), tile.sides))
}

/// Where the tiles of a side begin: as few as overlap by `overlap` at least, spread evenly.
fn starts(length: usize, tile: usize, overlap: usize) -> Vec<usize> {
    if length <= tile {
        return vec![0];
    }
    let steps = (length - tile).div_ceil(tile.saturating_sub(overlap).max(1));
    (0..=steps).map(|step| step * (length - tile) / steps).collect()
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
    fn what_two_tiles_count_is_one_and_one_tile_is_all() {
        // Of 28 columns, tiles of 16 share 4.
        let tiling = Tiling::of_latents([16, 28], 16);
        let tiles = tiling.tiles();
        assert_eq!(tiles.iter().map(|tile| tile.from).collect::<Vec<_>>(), [[0, 0], [0, 12]]);
        for scale in [1, 8] {
            let mut sum = vec![0.0; 16 * 28 * scale * scale];
            tiles.iter().for_each(|tile| tiling.add(&mut sum, *tile, &tiling.window(*tile, scale), scale));
            assert!(sum.iter().all(|weight| (weight - 1.0).abs() < 1e-6), "{scale}");
        }
        let [first, _] = tiles[..] else { panic!("{tiles:?}") };
        assert_eq!(tiling.window(first, 1)[10..16], [1.0, 1.0, 0.875, 0.625, 0.375, 0.125]);
        // Tile 0 says 0 and tile 1 says 1: from one to the other in even steps, in both planes.
        let mut said = 0.0;
        let joined = tiling.join(1, &mut |tile| {
            said += 1.0;
            Ok(vec![said - 1.0; 2 * tile.sides.iter().product::<usize>()])
        });
        let joined = joined.unwrap();
        assert_eq!(joined[11..17], [0.0, 0.125, 0.375, 0.625, 0.875, 1.0]);
        assert_eq!(joined[16 * 28..], joined[..16 * 28]);

        let planes: Vec<f32> = (0..2 * 5 * 7).map(|value| value as f32).collect();
        let whole = Tiling::whole([5, 7]);
        assert_eq!(whole.join(1, &mut |tile| Ok(whole.cut(&planes, tile, 1))).unwrap(), planes);
        assert_eq!(Tiling::of_latents([5, 7], 8).tiles(), whole.tiles());
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
