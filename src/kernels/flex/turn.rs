//! Matrices turned round, so that rows become columns: in squares that stay in registers, for a number at a time would cross
//! as many lines of memory as there are rows. It refuses nothing; rows of one length are its caller's duty.

use pulp::{Simd, WithSimd};

/// Rows of one length become columns: number `j` of row `i` goes to `to[j * stride + i]`.
pub fn turn<'a>(row: impl Fn(usize) -> &'a [f32], rows: usize, to: &mut [f32], stride: usize) {
    pulp::Arch::new().dispatch(Turn { row, rows, to, stride });
}

struct Turn<'a, R> {
    row: R,
    rows: usize,
    to: &'a mut [f32],
    stride: usize,
}

impl<'b, R: Fn(usize) -> &'b [f32]> WithSimd for Turn<'_, R> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        /// A square that fits into the registers.
        const SQUARE: usize = 8;
        let Self { row, rows, to, stride } = self;
        let mut done = 0;
        while rows - done >= SQUARE {
            let all: [&[f32]; SQUARE] = std::array::from_fn(|i| row(done + i));
            let (columns, whole) = (all[0].len(), all[0].len() / SQUARE);
            let squares = all.map(|row| &row.as_chunks::<SQUARE>().0[..whole]);
            for square in 0..whole {
                let from: [[f32; SQUARE]; SQUARE] = std::array::from_fn(|i| squares[i][square]);
                let to = to[square * SQUARE * stride + done..].chunks_mut(stride);
                for (j, to) in to.take(SQUARE).enumerate() {
                    to[..SQUARE].copy_from_slice(&from.map(|row| row[j]));
                }
            }
            for j in whole * SQUARE..columns {
                to[j * stride + done..][..SQUARE].copy_from_slice(&all.map(|row| row[j]));
            }
            done += SQUARE;
        }
        for row_index in done..rows {
            let to = to[row_index..].iter_mut().step_by(stride);
            to.zip(row(row_index)).for_each(|(to, from)| *to = *from);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_become_columns() {
        for [rows, columns, apart] in
            [[1, 1, 1], [8, 8, 8], [9, 17, 12], [3, 40, 16], [16, 5, 16], [24, 7, 31]]
        {
            let from: Vec<f32> = (0..rows * columns).map(|i| i as f32).collect();
            let mut to = vec![-1.0; columns * apart];
            turn(|row| &from[row * columns..][..columns], rows, &mut to, apart);
            for (at, value) in to.iter().enumerate() {
                let [column, row] = [at / apart, at % apart];
                let wanted = if row < rows { from[row * columns + column] } else { -1.0 };
                assert_eq!(*value, wanted, "{rows} x {columns}, {apart} apart: {row}, {column}");
            }
        }
    }
}
