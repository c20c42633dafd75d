//! Group and layer norms with their gradients: the threads of one workgroup share one group of a picture, or one row.
//!
//! Sums are f32 whatever the tensors are, and the mean is taken out before squares are summed. Backward passes compute
//! both again from the input, so that nothing else is kept.

use burn::backend::TensorMetadata;
use burn_cubecl::cubecl;
use burn_cubecl::cubecl::prelude::*;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;

use super::launch::{element, empty, reshape, rowwise, units, vector};
use super::pointwise::{sigmoid, swish_slope};
use crate::geometry::{Norm, width};

/// Group norm of `[batch, .., channels]`.
pub(super) fn groups(x: CubeTensor, gamma: CubeTensor, beta: CubeTensor, norm: Norm) -> CubeTensor {
    let (x, gamma, beta) = (into_contiguous(x), into_contiguous(gamma), into_contiguous(beta));
    let (out, (sizes, size)) = (empty(&x, x.shape(), x.dtype), sizes(&x, norm));
    let (client, dtypes) = (x.client.clone(), [element(x.dtype), element(gamma.dtype)]);
    let (units, (cubes, dim)) = (units(&x), rowwise(&x, x.shape()[0] * norm.groups));
    norm_kernel::launch(
        &client,
        cubes,
        dim,
        size,
        x.into_buffer_arg(),
        gamma.into_buffer_arg(),
        beta.into_buffer_arg(),
        out.clone().into_buffer_arg(),
        sizes,
        units,
        norm.silu,
        dtypes,
    );
    out
}

/// Gradient of the input of [`groups`].
pub(super) fn groups_backward(
    x: CubeTensor,
    gamma: CubeTensor,
    beta: CubeTensor,
    grad: CubeTensor,
    norm: Norm,
) -> CubeTensor {
    let (x, grad) = (into_contiguous(x), into_contiguous(grad));
    let (gamma, beta) = (into_contiguous(gamma), into_contiguous(beta));
    let (out, (sizes, size)) = (empty(&x, x.shape(), x.dtype), sizes(&x, norm));
    let (client, dtypes) = (x.client.clone(), [element(x.dtype), element(gamma.dtype)]);
    let (units, (cubes, dim)) = (units(&x), rowwise(&x, x.shape()[0] * norm.groups));
    norm_backward_kernel::launch(
        &client,
        cubes,
        dim,
        size,
        x.into_buffer_arg(),
        gamma.into_buffer_arg(),
        beta.into_buffer_arg(),
        grad.into_buffer_arg(),
        out.clone().into_buffer_arg(),
        sizes,
        units,
        norm.silu,
        dtypes,
    );
    out
}

/// Layer norm over the last axis: a group norm of one group, where each row is a picture.
pub(super) fn rows(x: CubeTensor, gamma: CubeTensor, beta: CubeTensor, epsilon: f32) -> CubeTensor {
    let shape = x.shape();
    let rows = as_rows(x);
    reshape(groups(rows, gamma, beta, Norm { groups: 1, epsilon, silu: false }), shape)
}

/// Gradient of the input of [`rows`]; the shift does not matter to it.
pub(super) fn rows_backward(x: CubeTensor, gamma: CubeTensor, grad: CubeTensor, epsilon: f32) -> CubeTensor {
    let shape = x.shape();
    let norm = Norm { groups: 1, epsilon, silu: false };
    reshape(groups_backward(as_rows(x), gamma.clone(), gamma, as_rows(grad), norm), shape)
}

fn as_rows(x: CubeTensor) -> CubeTensor {
    let shape = x.shape();
    let width = width(&shape);
    reshape(x, [shape.num_elements() / width, width])
}

/// The sizes of a norm; channels are counted in vectors. A row is a group of a picture of one pixel.
#[derive(CubeType, CubeLaunch)]
struct Groups {
    /// Groups of all pictures.
    count: usize,
    /// Pixels of a picture.
    pixels: usize,
    channels: usize,
    /// Channels of a group.
    width: usize,
    /// One in the numbers of a group.
    share: f32,
    epsilon: f32,
}

/// How the kernels are to see `x`, and how many numbers each thread takes at once.
fn sizes(x: &CubeTensor, norm: Norm) -> (GroupsLaunch, usize) {
    let shape = x.shape();
    let (batch, channels) = (shape[0], width(&shape));
    let (pixels, width) = (shape.num_elements() / (batch * channels), channels / norm.groups);
    let (size, share) = (vector(width), 1.0 / (pixels * width) as f32);
    (GroupsLaunch::new(batch * norm.groups, pixels, channels / size, width / size, share, norm.epsilon), size)
}

/// The sum of one number of each of `units` threads, for all of them.
#[cube]
pub(super) fn total(value: f32, #[comptime] units: usize) -> f32 {
    gathered(value, units, false)
}

/// The same, or the `largest` of the numbers.
#[cube]
pub(super) fn gathered(value: f32, #[comptime] units: usize, #[comptime] largest: bool) -> f32 {
    let unit = UNIT_POS as usize;
    let mut cells = Shared::<[f32]>::new_slice(units);
    cells[unit] = value;
    sync_cube();
    #[unroll]
    for step in 0..comptime!(units.ilog2() as usize) {
        let reach = comptime!(units >> (step + 1));
        if unit < reach {
            let other = cells[unit + reach];
            if comptime!(largest) {
                cells[unit] = max(cells[unit], other);
            } else {
                cells[unit] += other;
            }
        }
        sync_cube();
    }
    cells[0]
}

/// The first channel of the group that these threads share and where it begins; its mean and `1 / sqrt(variance + epsilon)`.
#[cube]
fn moments<F: Float, N: Size>(
    x: &[Vector<F, N>],
    length: usize,
    sizes: &Groups,
    #[comptime] units: usize,
) -> (usize, usize, Vector<f32, N>, Vector<f32, N>) {
    // Groups of threads beyond the last repeat it.
    let group = min(CUBE_POS, sizes.count - 1);
    let groups = sizes.channels / sizes.width;
    let first = group % groups * sizes.width;
    let base = group / groups * sizes.pixels * sizes.channels + first;
    let mut sum = Vector::<f32, N>::new(0.0f32);
    let mut i = UNIT_POS as usize;
    while i < length {
        sum += Vector::<f32, N>::cast_from(x[base + i / sizes.width * sizes.channels + i % sizes.width]);
        i += units;
    }
    let mean = Vector::<f32, N>::new(total(sum.vector_sum(), units) * sizes.share);
    let mut squares = Vector::<f32, N>::new(0.0f32);
    let mut i = UNIT_POS as usize;
    while i < length {
        let x = Vector::<f32, N>::cast_from(x[base + i / sizes.width * sizes.channels + i % sizes.width]);
        squares += (x - mean) * (x - mean);
        i += units;
    }
    let variance = total(squares.vector_sum(), units) * sizes.share;
    (first, base, mean, Vector::new(1.0f32 / (variance + sizes.epsilon).sqrt()))
}

#[cube(launch)]
fn norm_kernel<F: Float, G: Float, N: Size>(
    x: &[Vector<F, N>],
    gamma: &[Vector<G, N>],
    beta: &[Vector<G, N>],
    out: &mut [Vector<F, N>],
    sizes: Groups,
    #[comptime] units: usize,
    #[comptime] silu: bool,
    #[define(F, G)] _dtypes: [ElemType; 2],
) {
    let length = sizes.pixels * sizes.width;
    let (first, base, mean, scale) = moments::<F, N>(x, length, &sizes, units);
    let mut i = UNIT_POS as usize;
    while i < length {
        let at = base + i / sizes.width * sizes.channels + i % sizes.width;
        let channel = first + i % sizes.width;
        let normed = (Vector::<f32, N>::cast_from(x[at]) - mean) * scale;
        let y =
            normed * Vector::<f32, N>::cast_from(gamma[channel]) + Vector::<f32, N>::cast_from(beta[channel]);
        if comptime!(silu) {
            out[at] = Vector::cast_from(y * sigmoid(y));
        } else {
            out[at] = Vector::cast_from(y);
        }
        i += units;
    }
}

/// Gradient behind the norm and before its scale and shift.
#[cube]
fn behind<N: Size>(
    grad: Vector<f32, N>,
    normed: Vector<f32, N>,
    gamma: Vector<f32, N>,
    beta: Vector<f32, N>,
    #[comptime] silu: bool,
) -> Vector<f32, N> {
    if comptime!(silu) { grad * swish_slope(normed * gamma + beta) * gamma } else { grad * gamma }
}

#[cube(launch)]
fn norm_backward_kernel<F: Float, G: Float, N: Size>(
    x: &[Vector<F, N>],
    gamma: &[Vector<G, N>],
    beta: &[Vector<G, N>],
    grad: &[Vector<F, N>],
    out: &mut [Vector<F, N>],
    sizes: Groups,
    #[comptime] units: usize,
    #[comptime] silu: bool,
    #[define(F, G)] _dtypes: [ElemType; 2],
) {
    let length = sizes.pixels * sizes.width;
    let (first, base, mean, scale) = moments::<F, N>(x, length, &sizes, units);
    let mut plain = Vector::<f32, N>::new(0.0f32);
    let mut weighted = Vector::<f32, N>::new(0.0f32);
    let mut i = UNIT_POS as usize;
    while i < length {
        let at = base + i / sizes.width * sizes.channels + i % sizes.width;
        let channel = first + i % sizes.width;
        let normed = (Vector::<f32, N>::cast_from(x[at]) - mean) * scale;
        let gamma = Vector::<f32, N>::cast_from(gamma[channel]);
        let beta = Vector::<f32, N>::cast_from(beta[channel]);
        let grad = behind::<N>(Vector::<f32, N>::cast_from(grad[at]), normed, gamma, beta, silu);
        plain += grad;
        weighted += grad * normed;
        i += units;
    }
    let plain = Vector::<f32, N>::new(total(plain.vector_sum(), units) * sizes.share);
    let weighted = Vector::<f32, N>::new(total(weighted.vector_sum(), units) * sizes.share);
    let mut i = UNIT_POS as usize;
    while i < length {
        let at = base + i / sizes.width * sizes.channels + i % sizes.width;
        let channel = first + i % sizes.width;
        let normed = (Vector::<f32, N>::cast_from(x[at]) - mean) * scale;
        let gamma = Vector::<f32, N>::cast_from(gamma[channel]);
        let beta = Vector::<f32, N>::cast_from(beta[channel]);
        let grad = behind::<N>(Vector::<f32, N>::cast_from(grad[at]), normed, gamma, beta, silu);
        out[at] = Vector::cast_from(scale * (grad - plain - normed * weighted));
        i += units;
    }
}
