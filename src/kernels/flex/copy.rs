//! What only moves numbers on the processor: channels put beside each other and taken apart, and pixels doubled. Rows are
//! copied by all threads.

use rayon::prelude::*;

use crate::geometry::Doubling;

/// Rows that a thread takes at a time.
const ROWS: usize = 64;

/// Rows of `left` and of `right` numbers beside each other.
pub fn join(x: &[f32], y: &[f32], [left, right]: [usize; 2]) -> Vec<f32> {
    let mut out = vec![0.0; x.len() + y.len()];
    let rows = x.par_chunks(ROWS * left).zip(y.par_chunks(ROWS * right));
    out.par_chunks_mut(ROWS * (left + right)).zip(rows).for_each(|(out, (x, y))| {
        let rows = x.chunks_exact(left).zip(y.chunks_exact(right));
        for (out, (x, y)) in out.chunks_exact_mut(left + right).zip(rows) {
            out[..left].copy_from_slice(x);
            out[left..].copy_from_slice(y);
        }
    });
    out
}

/// The way back from [`join`].
pub fn part(x: &[f32], [left, right]: [usize; 2]) -> [Vec<f32>; 2] {
    let rows = x.len() / (left + right);
    let (mut first, mut other) = (vec![0.0; rows * left], vec![0.0; rows * right]);
    let parts = first.par_chunks_mut(ROWS * left).zip(other.par_chunks_mut(ROWS * right));
    x.par_chunks(ROWS * (left + right)).zip(parts).for_each(|(x, (first, other))| {
        let parts = first.chunks_exact_mut(left).zip(other.chunks_exact_mut(right));
        for (x, (first, other)) in x.chunks_exact(left + right).zip(parts) {
            first.copy_from_slice(&x[..left]);
            other.copy_from_slice(&x[left..]);
        }
    });
    [first, other]
}

/// Each pixel four times.
pub fn double(x: &[f32], doubling: &Doubling) -> Vec<f32> {
    let Doubling { input: [batch, height, width], output: [out_height, out_width], channels } = *doubling;
    let mut out = vec![0.0; batch * out_height * out_width * channels];
    out.par_chunks_mut(out_width * channels).enumerate().for_each(|(line, out)| {
        let source = line / out_height * height + line % out_height / 2;
        let x = &x[source * width * channels..][..width * channels];
        for (at, out) in out.chunks_exact_mut(channels).enumerate() {
            out.copy_from_slice(&x[at / 2 * channels..][..channels]);
        }
    });
    out
}

/// For each pixel the sum of those it became.
pub fn double_backward(grad: &[f32], doubling: &Doubling) -> Vec<f32> {
    let Doubling { input: [batch, height, width], output: [out_height, out_width], channels } = *doubling;
    let mut out = vec![0.0; batch * height * width * channels];
    out.par_chunks_mut(width * channels).enumerate().for_each(|(line, out)| {
        let (picture, y) = (line / height, line % height);
        for target in (2 * y..2 * y + 2).filter(|target| *target < out_height) {
            let grad =
                &grad[(picture * out_height + target) * out_width * channels..][..out_width * channels];
            for (at, grad) in grad.chunks_exact(channels).enumerate() {
                let out = &mut out[at / 2 * channels..][..channels];
                out.iter_mut().zip(grad).for_each(|(out, grad)| *out += grad);
            }
        }
    });
    out
}
