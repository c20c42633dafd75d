//! The softmax of scores and its gradient: the threads of one workgroup share a row.
//!
//! Scores are f32; what comes out has the number format of what it is multiplied with.

use burn::backend::TensorMetadata;
use burn::tensor::DType;
use burn_cubecl::cubecl;
use burn_cubecl::cubecl::prelude::*;
use burn_cubecl::tensor::CubeTensor;

use super::launch::{element, empty, rowwise, units};
use super::norm::{gathered, total};

/// The softmax of `scale` times `scores`, `[batch, heads, queries, keys]`. If `causal` says which query is the first, each
/// sees the keys up to its own place.
pub(super) fn softmax(scores: CubeTensor, dtype: DType, scale: f32, causal: Option<usize>) -> CubeTensor {
    let out = empty(&scores, scores.shape(), dtype);
    let (client, units) = (scores.client.clone(), units(&scores));
    let (rows, (cubes, dim)) = rows(&scores, scale, causal);
    softmax_kernel::launch(
        &client,
        cubes,
        dim,
        scores.into_buffer_arg(),
        out.clone().into_buffer_arg(),
        rows,
        units,
        causal.is_some(),
        element(dtype),
    );
    out
}

/// The softmax again, and from the gradient of it that of `scores`.
pub(super) fn softmax_backward(
    scores: CubeTensor,
    grad: CubeTensor,
    dtype: DType,
    scale: f32,
    causal: Option<usize>,
) -> (CubeTensor, CubeTensor) {
    let (weights, out) = (empty(&scores, scores.shape(), dtype), empty(&scores, scores.shape(), dtype));
    let (client, units) = (scores.client.clone(), units(&scores));
    let (rows, (cubes, dim)) = rows(&scores, scale, causal);
    softmax_backward_kernel::launch(
        &client,
        cubes,
        dim,
        scores.into_buffer_arg(),
        grad.into_buffer_arg(),
        weights.clone().into_buffer_arg(),
        out.clone().into_buffer_arg(),
        rows,
        units,
        causal.is_some(),
        element(dtype),
    );
    (weights, out)
}

fn rows(scores: &CubeTensor, scale: f32, causal: Option<usize>) -> (RowsLaunch, (CubeCount, CubeDim)) {
    let [batch, heads, queries, keys] = scores.shape().dims();
    let count = batch * heads * queries;
    (RowsLaunch::new(count, queries, causal.unwrap_or(0), keys, scale), rowwise(scores, count))
}

/// Rows of scores.
#[derive(CubeType, CubeLaunch)]
struct Rows {
    /// Of all heads and pictures.
    count: usize,
    /// Of one head.
    queries: usize,
    /// The first query.
    first: usize,
    /// Their length.
    keys: usize,
    scale: f32,
}

/// Where a row begins, the keys its query sees, and what makes a softmax of its scores: the largest and `1 / sum`.
#[cube]
fn weigh(
    scores: &[f32],
    rows: &Rows,
    #[comptime] units: usize,
    #[comptime] causal: bool,
) -> (usize, usize, f32, f32) {
    // Groups of threads beyond the last repeat it.
    let row = min(CUBE_POS, rows.count - 1);
    let base = row * rows.keys;
    let mut seen = rows.keys;
    if comptime!(causal) {
        seen = min(rows.keys, rows.first + row % rows.queries + 1);
    }
    let mut top = f32::new(-3.0e38_f32);
    let mut i = UNIT_POS as usize;
    while i < seen {
        top = max(top, scores[base + i] * rows.scale);
        i += units;
    }
    let top = gathered(top, units, true);
    let mut sum = 0.0f32;
    let mut i = UNIT_POS as usize;
    while i < seen {
        sum += (scores[base + i] * rows.scale - top).exp();
        i += units;
    }
    (base, seen, top, 1.0f32 / total(sum, units))
}

#[cube(launch)]
fn softmax_kernel<F: Float>(
    scores: &[f32],
    out: &mut [F],
    rows: Rows,
    #[comptime] units: usize,
    #[comptime] causal: bool,
    #[define(F)] _dtype: ElemType,
) {
    let (base, seen, top, share) = weigh(scores, &rows, units, causal);
    let mut i = UNIT_POS as usize;
    while i < rows.keys {
        let mut weight = 0.0f32;
        if i < seen {
            weight = (scores[base + i] * rows.scale - top).exp() * share;
        }
        out[base + i] = F::cast_from(weight);
        i += units;
    }
}

#[cube(launch)]
fn softmax_backward_kernel<F: Float>(
    scores: &[f32],
    grad: &[f32],
    weights: &mut [F],
    out: &mut [F],
    rows: Rows,
    #[comptime] units: usize,
    #[comptime] causal: bool,
    #[define(F)] _dtype: ElemType,
) {
    let (base, seen, top, share) = weigh(scores, &rows, units, causal);
    let mut mean = 0.0f32;
    let mut i = UNIT_POS as usize;
    while i < seen {
        mean += (scores[base + i] * rows.scale - top).exp() * share * grad[base + i];
        i += units;
    }
    let mean = total(mean, units);
    let mut i = UNIT_POS as usize;
    while i < rows.keys {
        let mut weight = 0.0f32;
        if i < seen {
            weight = (scores[base + i] * rows.scale - top).exp() * share;
        }
        weights[base + i] = F::cast_from(weight);
        out[base + i] = F::cast_from(weight * (grad[base + i] - mean) * rows.scale);
        i += units;
    }
}
