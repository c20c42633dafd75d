//! Convolutions of three by three on the processor with 16 products in place of 36: Winograd's `F(2x2, 3x3)` (Lavin and
//! Gray 2015, <https://arxiv.org/abs/1509.09308>). It rounds differently: by about a millionth of the largest number.
//!
//! Each square of two by two pixels that come out is made from four by four that go in. Weights are transformed anew each
//! time, once for all threads: on a map that is large enough for this way that takes a few hundredths of the products, and
//! weights of 16 and of 8 bits need nothing of their own. It refuses kernels of another size and strides.

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::product::{Product, lanes};

/// Places of a transformed square.
const PLANES: usize = 16;
/// Places of a kernel.
const TAPS: usize = 9;
/// Squares that a thread makes at a time, if a line has no more: enough for each part of the weight that is fetched, and
/// few enough to stay near.
const SQUARES: usize = 64;

/// The sizes of a convolution, or of its gradient, which is one too.
#[derive(Clone, Copy)]
pub struct Sizes {
    /// Height and width that go in.
    pub input: [usize; 2],
    /// Height and width that come out.
    pub output: [usize; 2],
    /// Channels in and out.
    pub channels: [usize; 2],
    /// Zeros above and left of what goes in, at most two.
    pub padding: [usize; 2],
}

impl Sizes {
    /// Squares from top to bottom and from left to right.
    fn squares(&self) -> [usize; 2] {
        self.output.map(|side| side.div_ceil(2))
    }

    /// Lines of squares that a thread makes at a time, where there are `batch` pictures.
    fn lines(&self, batch: usize) -> usize {
        let [down, along] = self.squares();
        let most = (SQUARES / along).max(1);
        let share = (batch * down).div_ceil(rayon::current_num_threads());
        share.div_ceil(share.div_ceil(most)).min(down)
    }
}

/// Adds the convolution of the pictures of `x`, `[batch, height, width, channels in]`, to what `start` puts into rows from
/// a first one on. `part` gives the `[channels in, panel width]` of a panel of the weight at a place of the kernel.
pub fn run(
    x: &[f32],
    sizes: Sizes,
    part: impl Fn(usize, usize, &mut Vec<f32>) + Sync,
    start: impl Fn(usize, &mut [f32]) + Sync,
) -> Vec<f32> {
    let ([depth, columns], [height, width]) = (sizes.channels, sizes.output);
    let panel = 2 * lanes();
    let panels = columns.div_ceil(panel);
    let of_picture = sizes.input[0] * sizes.input[1] * depth;
    let batch = x.len() / of_picture;
    let lines = sizes.lines(batch);

    // `[panels, planes, channels in, panel width]`.
    let mut weight = vec![0.0; panels * PLANES * depth * panel];
    weight.par_chunks_mut(PLANES * depth * panel).enumerate().for_each_init(
        || (Vec::new(), Vec::new()),
        |(taps, room), (index, to)| {
            taps.clear();
            for tap in 0..TAPS {
                part(index, tap, room);
                taps.extend_from_slice(room);
            }
            pulp::Arch::new().dispatch(Kernels { taps, to });
        },
    );

    let mut out = vec![0.0; batch * height * width * columns];
    let pictures = out.par_chunks_mut(height * width * columns).enumerate();
    pictures.for_each(|(picture, out)| {
        let x = &x[picture * of_picture..][..of_picture];
        let parts = out.par_chunks_mut(2 * lines * width * columns).enumerate();
        parts.for_each_init(Vec::new, |room: &mut Vec<f32>, (index, out)| {
            let first = index * lines;
            start((picture * height + 2 * first) * width, out);
            let squares = out.len().div_ceil(2 * width * columns) * sizes.squares()[1];
            let padded = panels * panel;
            room.resize(PLANES * squares * (depth + padded), 0.0);
            let (laid, made) = room.split_at_mut(PLANES * squares * depth);
            let arch = pulp::Arch::new();
            arch.dispatch(Pictures { x, sizes, first, to: laid });
            for plane in 0..PLANES {
                let laid = &laid[plane * squares * depth..][..squares * depth];
                let made = &mut made[plane * squares * padded..][..squares * padded];
                for index in 0..panels {
                    arch.dispatch(Product {
                        row: |square: usize| &laid[square * depth..][..depth],
                        rows: squares,
                        step: 1,
                        panel: &weight[(index * PLANES + plane) * depth * panel..][..depth * panel],
                        narrow: false,
                        onto: false,
                        out: &mut made[index * panel..],
                        stride: padded,
                    });
                }
            }
            arch.dispatch(Results { made, sizes, padded, out });
        });
    });
    out
}

/// What a transform needs of numbers, or of vectors of them.
struct Arithmetic<A, S> {
    add: A,
    sub: S,
}

impl<A, S> Arithmetic<A, S> {
    /// `B^T d B`, of four rows of four.
    #[inline(always)]
    fn picture<T: Copy>(&self, d: [T; PLANES]) -> [T; PLANES]
    where
        A: Fn(T, T) -> T,
        S: Fn(T, T) -> T,
    {
        let of_four =
            |[a, b, c, d]: [T; 4]| [(self.sub)(a, c), (self.add)(b, c), (self.sub)(c, b), (self.sub)(b, d)];
        let columns: [[T; 4]; 4] = std::array::from_fn(|x| of_four(std::array::from_fn(|y| d[4 * y + x])));
        let rows: [[T; 4]; 4] = std::array::from_fn(|y| of_four(std::array::from_fn(|x| columns[x][y])));
        std::array::from_fn(|at| rows[at / 4][at % 4])
    }

    /// `A^T m A`, two rows of two.
    #[inline(always)]
    fn result<T: Copy>(&self, m: [T; PLANES]) -> [T; 4]
    where
        A: Fn(T, T) -> T,
        S: Fn(T, T) -> T,
    {
        let of_four =
            |[a, b, c, d]: [T; 4]| [(self.add)((self.add)(a, b), c), (self.sub)((self.sub)(b, c), d)];
        let columns: [[T; 2]; 4] = std::array::from_fn(|x| of_four(std::array::from_fn(|y| m[4 * y + x])));
        let rows: [[T; 2]; 2] = std::array::from_fn(|y| of_four(std::array::from_fn(|x| columns[x][y])));
        std::array::from_fn(|at| rows[at / 2][at % 2])
    }
}

/// `G g G^T` of a panel: from `[taps, channels in, panel width]` to `[planes, channels in, panel width]`.
struct Kernels<'a> {
    taps: &'a [f32],
    to: &'a mut [f32],
}

impl WithSimd for Kernels<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        // A panel is two vectors wide, so that nothing is left over.
        let (taps, to) = (S::as_simd_f32s(self.taps).0, S::as_mut_simd_f32s(self.to).0);
        let size = taps.len() / TAPS;
        let half = simd.splat_f32s(0.5);
        let of_three = |[a, b, c]: [S::f32s; 3]| {
            let (outer, inner) = (simd.mul_f32s(simd.add_f32s(a, c), half), simd.mul_f32s(b, half));
            [a, simd.add_f32s(outer, inner), simd.sub_f32s(outer, inner), c]
        };
        let taps: [&[S::f32s]; TAPS] = std::array::from_fn(|tap| &taps[tap * size..][..size]);
        for at in 0..size {
            let columns: [[S::f32s; 4]; 3] =
                std::array::from_fn(|x| of_three(std::array::from_fn(|y| taps[3 * y + x][at])));
            for y in 0..4 {
                let row = of_three(std::array::from_fn(|x| columns[x][y]));
                for (x, value) in row.into_iter().enumerate() {
                    to[(4 * y + x) * size + at] = value;
                }
            }
        }
    }
}

/// `B^T d B` of the squares of some lines, to `[planes, squares, channels in]`.
struct Pictures<'a> {
    x: &'a [f32],
    sizes: Sizes,
    /// The first line of squares.
    first: usize,
    to: &'a mut [f32],
}

impl WithSimd for Pictures<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Sizes { input: [height, width], channels: [depth, _], padding: [top, left], .. } = self.sizes;
        let along = self.sizes.squares()[1];
        let nothing = vec![0.0; depth];
        let plane = self.to.len() / PLANES;
        let vectors = Arithmetic { add: |a, b| simd.add_f32s(a, b), sub: |a, b| simd.sub_f32s(a, b) };
        let numbers = Arithmetic { add: |a: f32, b: f32| a + b, sub: |a: f32, b: f32| a - b };
        for square in 0..plane / depth {
            let (line, column) = (self.first + square / along, square % along);
            let from: [&[f32]; PLANES] = std::array::from_fn(|at| {
                let y = (2 * line + at / 4).checked_sub(top).filter(|y| *y < height);
                let x = (2 * column + at % 4).checked_sub(left).filter(|x| *x < width);
                match (y, x) {
                    (Some(y), Some(x)) => &self.x[(y * width + x) * depth..][..depth],
                    _ => &nothing[..],
                }
            });
            let parts = from.map(|from| S::as_simd_f32s(from));
            let (whole, rest) = (parts[0].0.len(), parts[0].1.len());
            let place = |at: usize| at * plane + square * depth;
            for vector in 0..whole {
                let made = vectors.picture(parts.map(|(vectors, _)| vectors[vector]));
                for (at, made) in made.into_iter().enumerate() {
                    let to = &mut self.to[place(at) + vector * S::F32_LANES..][..S::F32_LANES];
                    S::as_mut_simd_f32s(to).0[0] = made;
                }
            }
            for number in 0..rest {
                let made = numbers.picture(parts.map(|(_, rest)| rest[number]));
                for (at, made) in made.into_iter().enumerate() {
                    self.to[place(at) + whole * S::F32_LANES + number] = made;
                }
            }
        }
    }
}

/// Adds `A^T m A` of `[planes, squares, padded columns]` to rows of the result.
struct Results<'a> {
    made: &'a [f32],
    sizes: Sizes,
    /// Numbers from one square to the next.
    padded: usize,
    out: &'a mut [f32],
}

impl WithSimd for Results<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Sizes { output: [_, width], channels: [_, columns], .. } = self.sizes;
        let along = self.sizes.squares()[1];
        let (plane, rows) = (self.made.len() / PLANES, self.out.len() / (width * columns));
        let vectors = Arithmetic { add: |a, b| simd.add_f32s(a, b), sub: |a, b| simd.sub_f32s(a, b) };
        let mut last = vec![0.0; S::F32_LANES];
        for square in 0..plane / self.padded {
            let (line, column) = (square / along, square % along);
            let made: [&[S::f32s]; PLANES] = std::array::from_fn(|at| {
                S::as_simd_f32s(&self.made[at * plane + square * self.padded..][..self.padded]).0
            });
            for (vector, from) in (0..columns).step_by(S::F32_LANES).enumerate() {
                let count = S::F32_LANES.min(columns - from);
                for (at, value) in vectors.result(made.map(|made| made[vector])).into_iter().enumerate() {
                    let (y, x) = (2 * line + at / 2, 2 * column + at % 2);
                    // The last square may reach over the edge.
                    if y >= rows || x >= width {
                        continue;
                    }
                    let out = &mut self.out[(y * width + x) * columns + from..][..count];
                    if let [out] = S::as_mut_simd_f32s(out).0 {
                        *out = simd.add_f32s(*out, value);
                        continue;
                    }
                    S::as_mut_simd_f32s(&mut last).0[0] = value;
                    out.iter_mut().zip(&last).for_each(|(out, value)| *out += value);
                }
            }
        }
    }
}
