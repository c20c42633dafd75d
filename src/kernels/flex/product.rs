//! The inner loops of all products: a small tile of results that stays in registers while two operands stream by.
//!
//! Written once for vectors of any width; `pulp` compiles it for each kind of processor and the right one is chosen when
//! the program runs. A panel is two vectors wide.

use pulp::{Simd, WithSimd};

/// Rows of a tile where a processor has 32 registers, and where it has 16.
const ROWS: [usize; 2] = [12, 6];

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

/// Adds `rows * panel` to `out`: for each row, `depth` numbers times a panel of `[depth, 2 lanes]`.
pub struct Product<'a, R> {
    /// Gives row `i`, at least `depth` numbers of which each `step`-th counts.
    pub row: R,
    /// How many rows there are.
    pub rows: usize,
    /// Distance between the numbers of a row.
    pub step: usize,
    /// `[depth, 2 lanes]`.
    pub panel: &'a [f32],
    /// The results, `stride` apart; two vectors of each row are written.
    pub out: &'a mut [f32],
    /// Distance between rows of the results.
    pub stride: usize,
}

impl<'b, R: Fn(usize) -> &'b [f32]> WithSimd for Product<'_, R> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let most = ROWS[usize::from(S::REGISTER_COUNT < 32)];
        let (panel, _) = S::as_simd_f32s(self.panel);
        let mut done = 0;
        while done < self.rows {
            let left = (self.rows - done).min(most);
            let out = &mut self.out[done * self.stride..];
            macro_rules! tile {
                ($($count:literal)*) => {
                    match left {
                        $($count.. => {
                            let rows: [&[f32]; $count] = std::array::from_fn(|i| (self.row)(done + i));
                            if self.step == 1 {
                                tile::<S, $count, true>(simd, rows, 1, panel, out, self.stride);
                            } else {
                                tile::<S, $count, false>(simd, rows, self.step, panel, out, self.stride);
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
fn tile<S: Simd, const ROWS: usize, const DENSE: bool>(
    simd: S,
    rows: [&[f32]; ROWS],
    step: usize,
    panel: &[S::f32s],
    out: &mut [f32],
    stride: usize,
) {
    let (depth, step) = (panel.len() / 2, if DENSE { 1 } else { step });
    let rows: [&[f32]; ROWS] = rows.map(|row| if depth == 0 { row } else { &row[..(depth - 1) * step + 1] });
    let panel = &panel[..2 * depth];
    let mut sums = [[simd.splat_f32s(0.0); 2]; ROWS];
    for k in 0..depth {
        let (left, right) = (panel[2 * k], panel[2 * k + 1]);
        for i in 0..ROWS {
            let x = simd.splat_f32s(rows[i][k * step]);
            sums[i][0] = simd.mul_add_e_f32s(x, left, sums[i][0]);
            sums[i][1] = simd.mul_add_e_f32s(x, right, sums[i][1]);
        }
    }
    for (i, sums) in sums.into_iter().enumerate() {
        let (out, _) = S::as_mut_simd_f32s(&mut out[i * stride..i * stride + 2 * S::F32_LANES]);
        out[0] = simd.add_f32s(out[0], sums[0]);
        out[1] = simd.add_f32s(out[1], sums[1]);
    }
}
