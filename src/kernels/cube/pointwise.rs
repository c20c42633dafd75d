//! Functions of one number, and the gated one of feed-forward layers, with their gradients: a few numbers a
//! thread, computed in f32.

use burn::backend::TensorMetadata;
use burn_cubecl::cubecl;
use burn_cubecl::cubecl::prelude::*;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;

use super::launch::{each, empty, vector};
use crate::geometry::{Activation, of_width, width};

/// A function of each number.
pub(super) fn activate(x: CubeTensor, activation: Activation) -> CubeTensor {
    let x = into_contiguous(x);
    let out = empty(&x, x.shape(), x.dtype);
    let size = vector(x.meta.num_elements());
    let (count, cubes, dim, client, dtype) = each(&x, x.meta.num_elements(), size);
    let target = out.clone().into_buffer_arg();
    activate_kernel::launch(&client, cubes, dim, size, x.into_buffer_arg(), target, count, activation, dtype);
    out
}

/// Gradient of the input of [`activate`].
pub(super) fn activate_backward(x: CubeTensor, grad: CubeTensor, activation: Activation) -> CubeTensor {
    let (x, grad) = (into_contiguous(x), into_contiguous(grad));
    let out = empty(&x, x.shape(), x.dtype);
    let size = vector(x.meta.num_elements());
    let (count, cubes, dim, client, dtype) = each(&x, x.meta.num_elements(), size);
    let (x, grad, target) = (x.into_buffer_arg(), grad.into_buffer_arg(), out.clone().into_buffer_arg());
    activate_backward_kernel::launch(&client, cubes, dim, size, x, grad, target, count, activation, dtype);
    out
}

/// The first half of each row times the GELU of the second.
pub(super) fn geglu(x: CubeTensor) -> CubeTensor {
    let x = into_contiguous(x);
    let width = width(&x.shape()) / 2;
    let size = vector(width);
    let out = empty(&x, of_width(x.shape(), width), x.dtype);
    let (count, cubes, dim, client, dtype) = each(&x, out.meta.num_elements(), size);
    let target = out.clone().into_buffer_arg();
    geglu_kernel::launch(&client, cubes, dim, size, x.into_buffer_arg(), target, width / size, count, dtype);
    out
}

/// Gradient of the input of [`geglu`].
pub(super) fn geglu_backward(x: CubeTensor, grad: CubeTensor) -> CubeTensor {
    let (x, grad) = (into_contiguous(x), into_contiguous(grad));
    let width = width(&x.shape()) / 2;
    let size = vector(width);
    let (count, cubes, dim, client, dtype) = each(&x, x.meta.num_elements() / 2, size);
    let out = empty(&x, x.shape(), x.dtype);
    let (x, grad, target) = (x.into_buffer_arg(), grad.into_buffer_arg(), out.clone().into_buffer_arg());
    geglu_backward_kernel::launch(&client, cubes, dim, size, x, grad, target, width / size, count, dtype);
    out
}

/// `1 / (1 + exp(-x))`; the exponential never overflows.
#[cube]
pub(super) fn sigmoid<N: Size>(x: Vector<f32, N>) -> Vector<f32, N> {
    let one = Vector::new(1.0f32);
    one / (one + min(-x, Vector::new(80.0f32)).exp())
}

/// The error function, with an error below 5e-7: the ratio of polynomials that Eigen and XLA use
/// (<https://gitlab.com/libeigen/eigen>, `generic_fast_erf_float`).
#[cube]
fn erf<N: Size>(x: Vector<f32, N>) -> Vector<f32, N> {
    let x = max(min(x, Vector::new(4.0f32)), Vector::new(-4.0f32));
    let y = x * x;
    let p = Vector::new(-2.726_142_4e-10f32);
    let p = p * y + Vector::new(2.770_681_5e-8f32);
    let p = p * y - Vector::new(2.101_024e-6f32);
    let p = p * y - Vector::new(5.692_506_2e-5f32);
    let p = p * y - Vector::new(7.349_906_4e-4f32);
    let p = p * y - Vector::new(2.954_6e-3f32);
    let p = p * y - Vector::new(1.609_603_3e-2f32);
    let q = Vector::new(-1.456_607_15e-5f32);
    let q = q * y - Vector::new(2.133_740_5e-4f32);
    let q = q * y - Vector::new(1.682_827e-3f32);
    let q = q * y - Vector::new(7.373_329_3e-3f32);
    let q = q * y - Vector::new(1.426_473_9e-2f32);
    x * p / q
}

/// The normal distribution: the share below `x`.
#[cube]
fn below<N: Size>(x: Vector<f32, N>) -> Vector<f32, N> {
    Vector::new(0.5f32) * (Vector::new(1.0f32) + erf(x * Vector::new(0.707_106_77f32)))
}

/// Derivative of GELU, `x * below(x)`.
#[cube]
fn gelu_slope<N: Size>(x: Vector<f32, N>) -> Vector<f32, N> {
    let density = Vector::new(0.398_942_3f32) * (x * x * Vector::new(-0.5f32)).exp();
    below(x) + x * density
}

/// Derivative of `x * sigmoid(k x)`, from `k x`.
#[cube]
pub(super) fn swish_slope<N: Size>(x: Vector<f32, N>) -> Vector<f32, N> {
    let s = sigmoid(x);
    s + x * s * (Vector::new(1.0f32) - s)
}

#[cube(launch)]
fn activate_kernel<F: Float, N: Size>(
    x: &[Vector<F, N>],
    out: &mut [Vector<F, N>],
    count: usize,
    #[comptime] activation: Activation,
    #[define(F)] _dtype: ElemType,
) {
    if ABSOLUTE_POS >= count {
        terminate!();
    }
    let x = Vector::<f32, N>::cast_from(x[ABSOLUTE_POS]);
    let share = match activation {
        Activation::Silu => sigmoid(x),
        Activation::Gelu => below(x),
        Activation::QuickGelu => sigmoid(x * Vector::new(1.702f32)),
    };
    out[ABSOLUTE_POS] = Vector::cast_from(x * share);
}

#[cube(launch)]
fn activate_backward_kernel<F: Float, N: Size>(
    x: &[Vector<F, N>],
    grad: &[Vector<F, N>],
    out: &mut [Vector<F, N>],
    count: usize,
    #[comptime] activation: Activation,
    #[define(F)] _dtype: ElemType,
) {
    if ABSOLUTE_POS >= count {
        terminate!();
    }
    let x = Vector::<f32, N>::cast_from(x[ABSOLUTE_POS]);
    let slope = match activation {
        Activation::Silu => swish_slope(x),
        Activation::Gelu => gelu_slope(x),
        Activation::QuickGelu => swish_slope(x * Vector::new(1.702f32)),
    };
    out[ABSOLUTE_POS] = Vector::cast_from(slope * Vector::<f32, N>::cast_from(grad[ABSOLUTE_POS]));
}

#[cube(launch)]
fn geglu_kernel<F: Float, N: Size>(
    x: &[Vector<F, N>],
    out: &mut [Vector<F, N>],
    width: usize,
    count: usize,
    #[define(F)] _dtype: ElemType,
) {
    if ABSOLUTE_POS >= count {
        terminate!();
    }
    let at = ABSOLUTE_POS / width * 2 * width + ABSOLUTE_POS % width;
    let gate = Vector::<f32, N>::cast_from(x[at + width]);
    out[ABSOLUTE_POS] = Vector::cast_from(Vector::<f32, N>::cast_from(x[at]) * gate * below(gate));
}

#[cube(launch)]
fn geglu_backward_kernel<F: Float, N: Size>(
    x: &[Vector<F, N>],
    grad: &[Vector<F, N>],
    out: &mut [Vector<F, N>],
    width: usize,
    count: usize,
    #[define(F)] _dtype: ElemType,
) {
    if ABSOLUTE_POS >= count {
        terminate!();
    }
    let at = ABSOLUTE_POS / width * 2 * width + ABSOLUTE_POS % width;
    let gate = Vector::<f32, N>::cast_from(x[at + width]);
    let grad = Vector::<f32, N>::cast_from(grad[ABSOLUTE_POS]);
    out[at] = Vector::cast_from(grad * gate * below(gate));
    out[at + width] = Vector::cast_from(grad * Vector::<f32, N>::cast_from(x[at]) * gelu_slope(gate));
}
