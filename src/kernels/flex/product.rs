//! The inner loops of all products: a small tile of results that stays in registers while two operands stream by.
//!
//! Written once for vectors of any width; `pulp` compiles it for each kind of processor and the right one is chosen when
//! the program runs. A panel is two vectors wide; what is left over may lie in one of a single vector.

use pulp::{Simd, WithSimd};

/// Rows of a tile where a processor has 32 registers, and where it has 16.
const ROWS: [usize; 2] = [12, 6];

/// Numbers of a row that are looked up together.
const DEEP: usize = 8;

/// Numbers in a vector of this processor.
pub fn lanes() -> usize {
    struct Lanes;
    impl WithSimd for Lanes {
        type Output = usize;

        #[inline(always)]
        fn with_simd<S: Simd>(self, _simd: S) -> usize {
            S::F32_LANES
        }
    }
    pulp::Arch::new().dispatch(Lanes)
}

/// Adds `rows * panel` to `out`: for each row, `depth` numbers times a panel of `[depth, 1 or 2 lanes]`.
pub struct Product<'a, R> {
    /// Gives row `i`, at least `depth` numbers of which each `step`-th counts.
    pub row: R,
    /// How many rows there are.
    pub rows: usize,
    /// Distance between the numbers of a row.
    pub step: usize,
    /// `[depth, width]`.
    pub panel: &'a [f32],
    /// Whether the panel is one vector wide and not two.
    pub narrow: bool,
    /// Whether what stands in `out` is added to and not replaced.
    pub onto: bool,
    /// The results, `stride` apart; as many of each row are written as the panel is wide.
    pub out: &'a mut [f32],
    /// Distance between rows of the results.
    pub stride: usize,
}

impl<'b, R: Fn(usize) -> &'b [f32]> WithSimd for Product<'_, R> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match self.narrow {
            true => self.run::<S, 1>(simd),
            false => self.run::<S, 2>(simd),
        }
    }
}

impl<'b, R: Fn(usize) -> &'b [f32]> Product<'_, R> {
    #[inline(always)]
    fn run<S: Simd, const WIDE: usize>(self, simd: S) {
        let most = ROWS[usize::from(S::REGISTER_COUNT < 32)];
        let (panel, _) = S::as_simd_f32s(self.panel);
        let (step, onto, stride) = (self.step, self.onto, self.stride);
        let mut done = 0;
        while done < self.rows {
            let left = (self.rows - done).min(most);
            let out = &mut self.out[done * stride..];
            macro_rules! tile {
                ($($count:literal)*) => {
                    match left {
                        $($count.. => {
                            let rows: [&[f32]; $count] = std::array::from_fn(|i| (self.row)(done + i));
                            if step == 1 {
                                tile::<S, $count, WIDE, true>(simd, rows, 1, panel, onto, out, stride);
                            } else {
                                tile::<S, $count, WIDE, false>(simd, rows, step, panel, onto, out, stride);
                            }
                            done += $count;
                        })*
                        _ => break,
                    }
                };
            }
            tile!(12 8 6 4 3 2 1);
        }
    }
}

#[inline(always)]
fn tile<S: Simd, const ROWS: usize, const WIDE: usize, const DENSE: bool>(
    simd: S,
    rows: [&[f32]; ROWS],
    step: usize,
    panel: &[S::f32s],
    onto: bool,
    out: &mut [f32],
    stride: usize,
) {
    let (depth, step) = (panel.len() / WIDE, if DENSE { 1 } else { step });
    let rows: [&[f32]; ROWS] = rows.map(|row| if depth == 0 { row } else { &row[..(depth - 1) * step + 1] });
    let panel = &panel[..WIDE * depth];
    let mut sums = [[simd.splat_f32s(0.0); WIDE]; ROWS];
    // Where numbers lie beside each other, some at a time: each row is then looked up once for all of them.
    let deep = if DENSE { depth / DEEP } else { 0 };
    let chunks = rows.map(|row| &row.as_chunks::<DEEP>().0[..deep]);
    for chunk in 0..deep {
        let panel = &panel[WIDE * DEEP * chunk..][..WIDE * DEEP];
        let rows: [&[f32; DEEP]; ROWS] = std::array::from_fn(|i| &chunks[i][chunk]);
        for k in 0..DEEP {
            add(simd, |i| rows[i][k], &panel[WIDE * k..][..WIDE], &mut sums);
        }
    }
    for k in deep * DEEP..depth {
        add(simd, |i| rows[i][k * step], &panel[WIDE * k..][..WIDE], &mut sums);
    }
    for (i, sums) in sums.into_iter().enumerate() {
        let (out, _) = S::as_mut_simd_f32s(&mut out[i * stride..i * stride + WIDE * S::F32_LANES]);
        for (out, sum) in out.iter_mut().zip(sums) {
            *out = if onto { simd.add_f32s(*out, sum) } else { sum };
        }
    }
}

/// Adds the products of one number of each row with a vector or two of the panel.
#[inline(always)]
fn add<S: Simd, const ROWS: usize, const WIDE: usize>(
    simd: S,
    number: impl Fn(usize) -> f32,
    panel: &[S::f32s],
    sums: &mut [[S::f32s; WIDE]; ROWS],
) {
    let parts: [S::f32s; WIDE] = std::array::from_fn(|j| panel[j]);
    for (i, sums) in sums.iter_mut().enumerate() {
        let x = simd.splat_f32s(number(i));
        for (sum, part) in sums.iter_mut().zip(parts) {
            *sum = simd.mul_add_e_f32s(x, part, *sum);
        }
    }
}
