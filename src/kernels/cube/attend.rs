//! Attention and its gradients: scores for so many queries of all heads at a time that they stay below a bound, never
//! kept. The backward pass computes them again from query and key.
//!
//! Heads lie side by side in the last axis, and products read them there through strides; only results are put back in
//! their places. Scores, their softmax and all sums are f32.

use burn::backend::TensorMetadata;
use burn::tensor::DType;
use burn_cubecl::cubecl;
use burn_cubecl::cubecl::prelude::*;
use burn_cubecl::kernel::{cast, into_contiguous};
use burn_cubecl::tensor::CubeTensor;

use super::launch::{element, empty, from, pointwise, product, step, vector, way};
use super::softmax::{softmax, softmax_backward};
use crate::geometry::{Attention, Heads};
use crate::strategy::{Operation, Pass, Way};

impl Attention {
    /// The first query, if a query does not see all keys.
    fn causal(&self, first: usize) -> Option<usize> {
        self.heads.causal.then_some(first)
    }

    /// Queries whose scores are made at a time: all, or a number that the next can begin at.
    fn at_once(&self, step: usize, bound: usize) -> usize {
        let fit = bound / (self.batch * self.heads.count * self.tokens[1] * size_of::<f32>());
        if fit >= self.tokens[0] { self.tokens[0] } else { (fit / step).max(1) * step }
    }

    /// Room for the scores of `count` queries.
    fn scores(&self, like: &CubeTensor, count: usize, dtype: DType) -> CubeTensor {
        empty(like, [self.batch, self.heads.count, count, self.tokens[1]], dtype)
    }

    /// `count` tokens of `x` from `first` on as `[batch, heads, count, head]`, where they lie.
    fn split(&self, x: &CubeTensor, first: usize, count: usize) -> CubeTensor {
        let tokens = x.shape()[1];
        let mut view = from(x, first * self.width, [self.batch, count, self.heads.count, self.head()]);
        view.meta.strides[0] = tokens * self.width;
        view.meta.swap(1, 2);
        view
    }
}

/// `softmax(q k^T / sqrt(head)) v`.
pub(super) fn attend(query: CubeTensor, key: CubeTensor, value: CubeTensor, heads: Heads) -> CubeTensor {
    let bound = bound(&query, &key, heads, Pass::Forward);
    forward(query, key, value, heads, bound)
}

fn forward(query: CubeTensor, key: CubeTensor, value: CubeTensor, heads: Heads, bound: usize) -> CubeTensor {
    let (query, key, value) = (into_contiguous(query), into_contiguous(key), into_contiguous(value));
    let sizes = Attention::of(&query.shape(), &key.shape(), heads);
    let [queries, keys] = sizes.tokens;
    let out = empty(&query, query.shape(), query.dtype);
    let each = sizes.at_once(step(&query), bound);
    for first in (0..queries).step_by(each) {
        let count = each.min(queries - first);
        let scores = sizes.scores(&query, count, DType::F32);
        product(sizes.split(&query, first, count), turned(sizes.split(&key, 0, keys)), &scores);
        let weights = softmax(scores, query.dtype, sizes.scale(), sizes.causal(first));
        let made = empty(&query, [sizes.batch, heads.count, count, sizes.head()], query.dtype);
        product(weights, sizes.split(&value, 0, keys), &made);
        place(made, &out, first, false);
    }
    out
}

/// Gradients of query, key and value of [`attend`].
pub(super) fn attend_backward(
    query: CubeTensor,
    key: CubeTensor,
    value: CubeTensor,
    grad: CubeTensor,
    heads: Heads,
) -> (CubeTensor, CubeTensor, CubeTensor) {
    let bound = bound(&query, &key, heads, Pass::Backward);
    backward([query, key, value, grad], heads, bound)
}

/// Bytes of scores that are made at a time.
fn bound(query: &CubeTensor, key: &CubeTensor, heads: Heads, pass: Pass) -> usize {
    let sizes = Attention::of(&query.shape(), &key.shape(), heads);
    match way(Operation::Attention(sizes), pass, query) {
        Way::Pieces(bytes) => bytes,
        other => unreachable!("no card attends {}", other.name()),
    }
}

fn backward(tensors: [CubeTensor; 4], heads: Heads, bound: usize) -> (CubeTensor, CubeTensor, CubeTensor) {
    let [query, key, value, grad] = tensors.map(into_contiguous);
    let sizes = Attention::of(&query.shape(), &key.shape(), heads);
    let [queries, keys] = sizes.tokens;
    let for_query = empty(&query, query.shape(), query.dtype);
    let each = sizes.at_once(step(&query), bound / 2);
    // Several chunks are summed in f32.
    let sum = if each < queries { DType::F32 } else { query.dtype };
    let (for_key, for_value) = (empty(&key, key.shape(), sum), empty(&key, key.shape(), sum));
    for first in (0..queries).step_by(each) {
        let count = each.min(queries - first);
        let (query, grad) = (sizes.split(&query, first, count), sizes.split(&grad, first, count));
        let scores = sizes.scores(&query, count, DType::F32);
        product(query.clone(), turned(sizes.split(&key, 0, keys)), &scores);
        let slopes = sizes.scores(&query, count, DType::F32);
        product(grad.clone(), turned(sizes.split(&value, 0, keys)), &slopes);
        let (weights, slopes) =
            softmax_backward(scores, slopes, query.dtype, sizes.scale(), sizes.causal(first));
        let made = empty(&query, [sizes.batch, heads.count, count, sizes.head()], query.dtype);
        product(slopes.clone(), sizes.split(&key, 0, keys), &made);
        place(made, &for_query, first, false);
        for (left, right, out) in [(slopes, query, &for_key), (weights, grad, &for_value)] {
            let made = empty(&key, [sizes.batch, heads.count, keys, sizes.head()], sum);
            product(turned(left), right, &made);
            place(made, out, 0, first > 0);
        }
    }
    (for_query, cast(for_key, key.dtype), cast(for_value, value.dtype))
}

/// The last two axes changed for each other, where they lie.
fn turned(mut x: CubeTensor) -> CubeTensor {
    x.meta.swap(2, 3);
    x
}

/// Puts `[batch, heads, tokens, head]` beside each other into `out`, from token `first` on, or adds it to what is there.
fn place(made: CubeTensor, out: &CubeTensor, first: usize, add: bool) {
    let [batch, heads, count, head] = made.shape().dims();
    let size = vector(head);
    let pieces = batch * heads * count * head / size;
    let (cubes, dim) = pointwise(out, pieces);
    place_kernel::launch(
        &out.client,
        cubes,
        dim,
        size,
        made.into_buffer_arg(),
        out.clone().into_buffer_arg(),
        PlaceLaunch::new(heads, count, head / size, out.shape()[1], first),
        pieces,
        add,
        element(out.dtype),
    );
}

/// Sizes for [`place`]; the head is counted in vectors.
#[derive(CubeType, CubeLaunch)]
struct Place {
    heads: usize,
    count: usize,
    head: usize,
    tokens: usize,
    first: usize,
}

#[cube(launch)]
fn place_kernel<F: Float, N: Size>(
    made: &[Vector<F, N>],
    out: &mut [Vector<F, N>],
    sizes: Place,
    pieces: usize,
    #[comptime] add: bool,
    #[define(F)] _dtype: ElemType,
) {
    if ABSOLUTE_POS >= pieces {
        terminate!();
    }
    let column = ABSOLUTE_POS % sizes.head;
    let row = ABSOLUTE_POS / sizes.head;
    let token = sizes.first + row % sizes.count;
    let head = row / sizes.count % sizes.heads;
    let picture = row / (sizes.count * sizes.heads);
    let at = ((picture * sizes.tokens + token) * sizes.heads + head) * sizes.head + column;
    if comptime!(add) {
        out[at] += made[ABSOLUTE_POS];
    } else {
        out[at] = made[ABSOLUTE_POS];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cube::launch::testing::{device, read, upload};
    use crate::tests::{close, numbers};

    /// Chunks are summed in another order.
    #[test]
    fn a_small_bound_changes_nothing() {
        let Some(device) = device() else { return };
        for (keys, causal) in [(77, false), (200, true)] {
            let (heads, shape) = (Heads { count: 2, causal }, [2, keys, 16]);
            let query = upload(&numbers(2 * 200 * 16, 1), [2, 200, 16], &device);
            let grad = upload(&numbers(2 * 200 * 16, 2), [2, 200, 16], &device);
            let [key, value] = [3, 4].map(|seed| upload(&numbers(2 * keys * 16, seed), shape, &device));
            let tensors = [query.clone(), key.clone(), value.clone(), grad];
            let run = |bound| {
                let out = forward(query.clone(), key.clone(), value.clone(), heads, bound);
                let (q, k, v) = backward(tensors.clone(), heads, bound);
                [out, q, k, v].map(read)
            };
            for (small, whole) in run(1).iter().zip(&run(usize::MAX)) {
                close(&format!("{keys} keys"), small, whole, 1e-5);
            }
        }
    }
}
