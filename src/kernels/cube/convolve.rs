//! Convolutions as products of matrices: each output pixel's neighbourhood becomes a row, and the weight is a plain matrix
//! of as many rows as a neighbourhood has numbers.
//!
//! The neighbourhoods are laid out for so many pixels at a time that they stay below a bound. The gradient goes the
//! other way, and each input pixel gathers its own sum. Burn's direct kernels are not used: they read weights with gaps.

use burn_cubecl::CubeBackend;
use burn_cubecl::cubecl;
use burn_cubecl::cubecl::prelude::*;
use burn_cubecl::kernel::{cast, into_contiguous};
use burn_cubecl::tensor::CubeTensor;

use super::decode::decode;
use super::launch::{element, empty, from, pointwise, product, reshape, step, vector, way};
use crate::geometry::Geometry;
use crate::ops::Frozen;
use crate::strategy::{Operation, Pass, Way};

/// `[batch, height, width, channels in]` to `[batch, height, width, channels out]`, with `residual` added if there is one.
pub(super) fn convolve(
    x: CubeTensor,
    weight: Frozen<CubeBackend>,
    bias: CubeTensor,
    residual: Option<CubeTensor>,
    geometry: Geometry,
) -> CubeTensor {
    let (weight, way) = (decode(weight, &x), way(Operation::Convolution(geometry), Pass::Forward, &x));
    let out = forward(x, weight, geometry, way);
    finish(&out, bias, residual);
    out
}

/// The product alone.
fn forward(x: CubeTensor, weight: CubeTensor, geometry: Geometry, way: Way) -> CubeTensor {
    let x = into_contiguous(x);
    let out = empty(&x, geometry.output_shape(), x.dtype);
    let ([input, output], rows) = (geometry.channels, geometry.output_rows());
    if way == Way::Product {
        product(reshape(x, [1, rows, input]), weight, &reshape(out.clone(), [1, rows, output]));
    } else if let Way::Pieces(bound) = way {
        let columns = geometry.taps() * input;
        let each = rows_at_once(&x, columns, rows, bound);
        for first in (0..rows).step_by(each) {
            let count = each.min(rows - first);
            let gathered = gather(&x, first, count, geometry);
            product(gathered, weight.clone(), &from(&out, first * output, [1, count, output]));
        }
    }
    out
}

/// Gradient of the input of [`convolve`].
pub(super) fn convolve_backward(
    grad: CubeTensor,
    weight: Frozen<CubeBackend>,
    geometry: Geometry,
) -> CubeTensor {
    let (weight, way) = (decode(weight, &grad), way(Operation::Convolution(geometry), Pass::Backward, &grad));
    backward(grad, weight, geometry, way)
}

fn backward(grad: CubeTensor, mut weight: CubeTensor, geometry: Geometry, way: Way) -> CubeTensor {
    let grad = into_contiguous(grad);
    let out = empty(&grad, geometry.input_shape(), grad.dtype);
    let ([input, output], rows) = (geometry.channels, geometry.output_rows());
    weight.meta.swap(1, 2);
    let Way::Pieces(bound) = way else {
        product(reshape(grad, [1, rows, output]), weight, &reshape(out.clone(), [1, rows, input]));
        return out;
    };
    let columns = geometry.taps() * input;
    let ([batch, height, width], [_, out_width]) = (geometry.input, geometry.output);
    let lines = (bound / (columns * grad.dtype.size() * out_width) * geometry.stride)
        .saturating_sub(geometry.kernel)
        .clamp(1, batch * height);
    for line in (0..batch * height).step_by(lines) {
        let count = lines.min(batch * height - line);
        let (first, last) = targets(geometry, line, line + count - 1);
        // Pixels before the first needed, so that the gradient is read from a place the card can begin at.
        let first = first / step(&grad) * step(&grad);
        let needed = last.saturating_sub(first).clamp(1, rows - first);
        let laid = empty(&grad, [1, needed, columns], grad.dtype);
        product(from(&grad, first * output, [1, needed, output]), weight.clone(), &laid);
        scatter(laid, &out, [line * width, count * width, first], geometry);
    }
    out
}

/// The output pixels, from one to before another, that read the lines of input pixels from `top` to `bottom`.
fn targets(geometry: Geometry, top: usize, bottom: usize) -> (usize, usize) {
    let ([_, height, _], [out_height, out_width], stride) =
        (geometry.input, geometry.output, geometry.stride);
    let first = (top % height + geometry.padding[0]).saturating_sub(geometry.kernel - 1).div_ceil(stride);
    let last = (bottom % height + geometry.padding[0]) / stride;
    let first = top / height * out_height + first.min(out_height - 1);
    let last = bottom / height * out_height + last.min(out_height - 1);
    (first * out_width, (last + 1) * out_width)
}

/// Rows that are laid out at a time: all, or a number that the next can begin at.
fn rows_at_once(x: &CubeTensor, columns: usize, rows: usize, bound: usize) -> usize {
    let fit = bound / (columns * x.dtype.size());
    if fit >= rows { rows } else { (fit / step(x)).max(1) * step(x) }
}

/// The sizes of a convolution; channels are counted in vectors.
#[derive(CubeType, CubeLaunch)]
struct Sizes {
    height: usize,
    width: usize,
    out_height: usize,
    out_width: usize,
    top: usize,
    left: usize,
    channels: usize,
}

fn sizes(geometry: Geometry, vector: usize) -> SizesLaunch {
    let ([_, height, width], [out_height, out_width]) = (geometry.input, geometry.output);
    let [top, left] = geometry.padding;
    SizesLaunch::new(height, width, out_height, out_width, top, left, geometry.channels[0] / vector)
}

/// The neighbourhoods of `count` output pixels from `first` on, `[1, count, taps * channels]`.
fn gather(x: &CubeTensor, first: usize, count: usize, geometry: Geometry) -> CubeTensor {
    let size = vector(geometry.channels[0]);
    let out = empty(x, [1, count, geometry.taps() * geometry.channels[0]], x.dtype);
    let pieces = out.meta.num_elements() / size;
    let (cubes, dim) = pointwise(x, pieces);
    gather_kernel::launch(
        &x.client,
        cubes,
        dim,
        size,
        x.clone().into_buffer_arg(),
        out.clone().into_buffer_arg(),
        sizes(geometry, size),
        first,
        pieces,
        geometry.kernel,
        geometry.stride,
        element(x.dtype),
    );
    out
}

/// Sums what came back for each of `count` input pixels from `begin` on; `laid` begins at output pixel `first`.
fn scatter(laid: CubeTensor, out: &CubeTensor, [begin, count, first]: [usize; 3], geometry: Geometry) {
    let size = vector(geometry.channels[0]);
    let pieces = count * geometry.channels[0] / size;
    let (cubes, dim) = pointwise(out, pieces);
    scatter_kernel::launch(
        &out.client,
        cubes,
        dim,
        size,
        laid.into_buffer_arg(),
        out.clone().into_buffer_arg(),
        sizes(geometry, size),
        begin,
        first,
        pieces,
        geometry.kernel,
        geometry.stride,
        element(out.dtype),
    );
}

/// Adds `bias`, `[1 or batch, channels]`, and `residual` to what the product left in `out`.
fn finish(out: &CubeTensor, bias: CubeTensor, residual: Option<CubeTensor>) {
    let bias = into_contiguous(cast(bias, out.dtype));
    let (rows, channels) = (bias.meta.shape()[0], bias.meta.shape()[1]);
    let onto = residual.is_some();
    // Without a residual something must still be bound in its place; it is not read.
    let residual = residual.map_or_else(|| bias.clone(), into_contiguous);
    let size = vector(channels);
    let pieces = out.meta.num_elements() / size;
    let (cubes, dim) = pointwise(out, pieces);
    finish_kernel::launch(
        &out.client,
        cubes,
        dim,
        size,
        out.clone().into_buffer_arg(),
        bias.into_buffer_arg(),
        residual.into_buffer_arg(),
        channels / size,
        pieces / rows,
        pieces,
        onto,
        element(out.dtype),
    );
}

#[cube(launch)]
fn gather_kernel<F: Float, N: Size>(
    x: &[Vector<F, N>],
    out: &mut [Vector<F, N>],
    sizes: Sizes,
    first: usize,
    pieces: usize,
    #[comptime] kernel: usize,
    #[comptime] stride: usize,
    #[define(F)] _dtype: ElemType,
) {
    if ABSOLUTE_POS >= pieces {
        terminate!();
    }
    let channel = ABSOLUTE_POS % sizes.channels;
    let place = ABSOLUTE_POS / sizes.channels;
    let tap = place % (kernel * kernel);
    let row = first + place / (kernel * kernel);
    let line = row / sizes.out_width;
    // Counted from above and left of the padding, so that nothing is negative.
    let down = line % sizes.out_height * stride + tap / kernel;
    let along = row % sizes.out_width * stride + tap % kernel;
    let (top, left) = (sizes.top, sizes.left);
    if down >= top && down < top + sizes.height && along >= left && along < left + sizes.width {
        let line = line / sizes.out_height * sizes.height + down - top;
        out[ABSOLUTE_POS] = x[(line * sizes.width + along - left) * sizes.channels + channel];
    } else {
        out[ABSOLUTE_POS] = Vector::new(F::new(0.0_f32));
    }
}

#[cube(launch)]
fn scatter_kernel<F: Float, N: Size>(
    laid: &[Vector<F, N>],
    out: &mut [Vector<F, N>],
    sizes: Sizes,
    begin: usize,
    first: usize,
    pieces: usize,
    #[comptime] kernel: usize,
    #[comptime] stride: usize,
    #[define(F)] _dtype: ElemType,
) {
    if ABSOLUTE_POS >= pieces {
        terminate!();
    }
    let channel = ABSOLUTE_POS % sizes.channels;
    let pixel = begin + ABSOLUTE_POS / sizes.channels;
    let line = pixel / sizes.width;
    let picture = line / sizes.height;
    let down = line % sizes.height + sizes.top;
    let along = pixel % sizes.width + sizes.left;
    let mut sum = Vector::<f32, N>::new(0.0f32);
    #[unroll]
    for tap in 0..comptime!(kernel * kernel) {
        let above = comptime!(tap / kernel);
        let before = comptime!(tap % kernel);
        if down >= above && along >= before {
            let (y, x) = ((down - above) / stride, (along - before) / stride);
            let whole = y * stride + above == down && x * stride + before == along;
            if whole && y < sizes.out_height && x < sizes.out_width {
                let row = (picture * sizes.out_height + y) * sizes.out_width + x - first;
                sum += Vector::cast_from(
                    laid[(row * comptime!(kernel * kernel) + tap) * sizes.channels + channel],
                );
            }
        }
    }
    out[begin * sizes.channels + ABSOLUTE_POS] = Vector::cast_from(sum);
}

#[cube(launch)]
fn finish_kernel<F: Float, N: Size>(
    out: &mut [Vector<F, N>],
    bias: &[Vector<F, N>],
    residual: &[Vector<F, N>],
    channels: usize,
    picture: usize,
    pieces: usize,
    #[comptime] onto: bool,
    #[define(F)] _dtype: ElemType,
) {
    if ABSOLUTE_POS >= pieces {
        terminate!();
    }
    let shift = bias[ABSOLUTE_POS / picture * channels + ABSOLUTE_POS % channels];
    if comptime!(onto) {
        out[ABSOLUTE_POS] += shift + residual[ABSOLUTE_POS];
    } else {
        out[ABSOLUTE_POS] += shift;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cube::launch::testing::{device, read, upload};
    use crate::strategy::NEIGHBOURHOODS;
    use crate::tests::{close, numbers};

    /// Sums are the same whatever is made at a time, but products of other sizes may add in another order.
    #[test]
    fn a_small_bound_changes_nothing() {
        let Some(device) = device() else { return };
        for (stride, padding, output) in
            [(1, [1, 1], [23, 17]), (2, [1, 1], [12, 9]), (2, [0, 0], [11, 8]), (2, [0, 0], [12, 9])]
        {
            let channels = [4, 9];
            let geometry = Geometry { input: [3, 23, 17], output, channels, kernel: 3, stride, padding };
            let x = upload(&numbers(geometry.input_rows() * 4, 1), geometry.input_shape(), &device);
            let weight = upload(&numbers(36 * 9, 2), [1, 36, 9], &device);
            let grad = upload(&numbers(geometry.output_rows() * 9, 3), geometry.output_shape(), &device);
            let [bound, all] = [200 * 36 * 4, NEIGHBOURHOODS].map(Way::Pieces);
            for (small, whole) in [
                (
                    forward(x.clone(), weight.clone(), geometry, bound),
                    forward(x, weight.clone(), geometry, all),
                ),
                (
                    backward(grad.clone(), weight.clone(), geometry, bound),
                    backward(grad, weight, geometry, all),
                ),
            ] {
                close(&format!("{geometry:?}"), &read(small), &read(whole), 1e-6);
            }
        }
    }

    #[test]
    fn all_that_reads_a_line_is_laid_out() {
        for (stride, padding, output) in
            [(1, [1, 1], [5, 3]), (2, [1, 1], [3, 2]), (2, [0, 0], [2, 1]), (2, [0, 0], [3, 2])]
        {
            let input = [2, 5, 3];
            let geometry = Geometry { input, output, channels: [1, 1], kernel: 3, stride, padding };
            for top in 0..10 {
                for bottom in top..10 {
                    let (first, last) = targets(geometry, top, bottom);
                    let pixels = top * 3..(bottom + 1) * 3;
                    let needed =
                        pixels.flat_map(|row| (0..9).filter_map(move |tap| geometry.target(row, tap)));
                    for row in needed {
                        assert!(
                            (first..last).contains(&row),
                            "{row} of {geometry:?}, lines {top} to {bottom}"
                        );
                    }
                }
            }
        }
    }
}
