//! What only moves numbers on a card: channels put beside each other and taken apart, and pixels doubled, some numbers a
//! thread.

use burn::backend::TensorMetadata;
use burn_cubecl::cubecl;
use burn_cubecl::cubecl::prelude::*;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;

use super::launch::{each, empty, vector};
use crate::geometry::{Doubling, of_width, width};

/// How many numbers a thread takes at once where rows are of both widths.
fn both(left: usize, right: usize) -> usize {
    vector(left).min(vector(right))
}

/// Rows of two tensors beside each other.
pub(super) fn join(x: CubeTensor, y: CubeTensor) -> CubeTensor {
    let (x, y) = (into_contiguous(x), into_contiguous(y));
    let (left, right) = (width(&x.shape()), width(&y.shape()));
    let out = empty(&x, of_width(x.shape(), left + right), x.dtype);
    let size = both(left, right);
    let (count, cubes, dim, client, dtype) = each(&x, out.meta.num_elements(), size);
    let (x, y, target) = (x.into_buffer_arg(), y.into_buffer_arg(), out.clone().into_buffer_arg());
    join_kernel::launch(&client, cubes, dim, size, x, y, target, left / size, right / size, count, dtype);
    out
}

/// The way back from [`join`].
pub(super) fn part(x: CubeTensor, left: usize) -> (CubeTensor, CubeTensor) {
    let x = into_contiguous(x);
    let right = width(&x.shape()) - left;
    let [first, other] = [left, right].map(|width| empty(&x, of_width(x.shape(), width), x.dtype));
    let size = both(left, right);
    let (count, cubes, dim, client, dtype) = each(&x, x.meta.num_elements(), size);
    let (x, to, and) =
        (x.into_buffer_arg(), first.clone().into_buffer_arg(), other.clone().into_buffer_arg());
    part_kernel::launch(&client, cubes, dim, size, x, to, and, left / size, right / size, count, dtype);
    (first, other)
}

/// Each pixel four times.
pub(super) fn double(x: CubeTensor, doubling: Doubling) -> CubeTensor {
    let x = into_contiguous(x);
    let out = empty(&x, doubling.output_shape(), x.dtype);
    let size = vector(doubling.channels);
    let (count, cubes, dim, client, dtype) = each(&x, out.meta.num_elements(), size);
    let (x, target) = (x.into_buffer_arg(), out.clone().into_buffer_arg());
    double_kernel::launch(&client, cubes, dim, size, x, target, sides(doubling, size), count, dtype);
    out
}

/// For each pixel the sum of those it became.
pub(super) fn double_backward(grad: CubeTensor, doubling: Doubling) -> CubeTensor {
    let grad = into_contiguous(grad);
    let out = empty(&grad, doubling.input_shape(), grad.dtype);
    let size = vector(doubling.channels);
    let (count, cubes, dim, client, dtype) = each(&grad, out.meta.num_elements(), size);
    let (grad, target) = (grad.into_buffer_arg(), out.clone().into_buffer_arg());
    let sides = sides(doubling, size);
    double_backward_kernel::launch(&client, cubes, dim, size, grad, target, sides, count, dtype);
    out
}

/// The sizes of a [`Doubling`]; channels are counted in vectors.
#[derive(CubeType, CubeLaunch)]
struct Sides {
    height: usize,
    width: usize,
    out_height: usize,
    out_width: usize,
    channels: usize,
}

fn sides(doubling: Doubling, vector: usize) -> SidesLaunch {
    let Doubling { input: [_, height, width], output: [out_height, out_width], channels } = doubling;
    SidesLaunch::new(height, width, out_height, out_width, channels / vector)
}

#[cube(launch)]
fn join_kernel<F: Float, N: Size>(
    x: &[Vector<F, N>],
    y: &[Vector<F, N>],
    out: &mut [Vector<F, N>],
    left: usize,
    right: usize,
    count: usize,
    #[define(F)] _dtype: ElemType,
) {
    if ABSOLUTE_POS >= count {
        terminate!();
    }
    let row = ABSOLUTE_POS / (left + right);
    let at = ABSOLUTE_POS % (left + right);
    if at < left {
        out[ABSOLUTE_POS] = x[row * left + at];
    } else {
        out[ABSOLUTE_POS] = y[row * right + at - left];
    }
}

#[cube(launch)]
fn part_kernel<F: Float, N: Size>(
    x: &[Vector<F, N>],
    first: &mut [Vector<F, N>],
    other: &mut [Vector<F, N>],
    left: usize,
    right: usize,
    count: usize,
    #[define(F)] _dtype: ElemType,
) {
    if ABSOLUTE_POS >= count {
        terminate!();
    }
    let row = ABSOLUTE_POS / (left + right);
    let at = ABSOLUTE_POS % (left + right);
    if at < left {
        first[row * left + at] = x[ABSOLUTE_POS];
    } else {
        other[row * right + at - left] = x[ABSOLUTE_POS];
    }
}

#[cube(launch)]
fn double_kernel<F: Float, N: Size>(
    x: &[Vector<F, N>],
    out: &mut [Vector<F, N>],
    sides: Sides,
    count: usize,
    #[define(F)] _dtype: ElemType,
) {
    if ABSOLUTE_POS >= count {
        terminate!();
    }
    let channel = ABSOLUTE_POS % sides.channels;
    let pixel = ABSOLUTE_POS / sides.channels;
    let line = pixel / sides.out_width;
    let source = line / sides.out_height * sides.height + line % sides.out_height / 2;
    let source = source * sides.width + pixel % sides.out_width / 2;
    out[ABSOLUTE_POS] = x[source * sides.channels + channel];
}

#[cube(launch)]
fn double_backward_kernel<F: Float, N: Size>(
    grad: &[Vector<F, N>],
    out: &mut [Vector<F, N>],
    sides: Sides,
    count: usize,
    #[define(F)] _dtype: ElemType,
) {
    if ABSOLUTE_POS >= count {
        terminate!();
    }
    let channel = ABSOLUTE_POS % sides.channels;
    let pixel = ABSOLUTE_POS / sides.channels;
    let line = pixel / sides.width;
    let top = line % sides.height * 2;
    let left = pixel % sides.width * 2;
    let first = line / sides.height * sides.out_height;
    let mut sum = Vector::<f32, N>::new(0.0f32);
    let mut y = top;
    while y < top + 2 && y < sides.out_height {
        let mut x = left;
        while x < left + 2 && x < sides.out_width {
            let at = ((first + y) * sides.out_width + x) * sides.channels + channel;
            sum += Vector::<f32, N>::cast_from(grad[at]);
            x += 1;
        }
        y += 1;
    }
    out[ABSOLUTE_POS] = Vector::cast_from(sum);
}
