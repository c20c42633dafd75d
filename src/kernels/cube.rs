//! The operations on graphics cards: kernels of our own, written once for Vulkan, Metal, DX12 and OpenGL, around the
//! products of matrices that burn's library has. They need shared memory and nothing else of a card.
//!
//! Weights are one panel, `[1, taps * channels in, channels out]`. Every tensor is f32, or f16 where the card computes
//! in it; sums are f32 always.

mod attend;
mod convolve;
mod copy;
mod decode;
mod launch;
mod norm;
mod pointwise;
mod softmax;

use burn_cubecl::CubeBackend;
use burn_cubecl::tensor::CubeTensor;

use crate::geometry::{Activation, Doubling, Geometry, Heads, Norm};
use crate::ops::{Frozen, Kernels};

impl Kernels for CubeBackend {
    fn convolve(x: CubeTensor, weight: Frozen<Self>, bias: CubeTensor, geometry: Geometry) -> CubeTensor {
        convolve::convolve(x, weight, bias, None, geometry)
    }

    fn convolve_onto(
        x: CubeTensor,
        weight: Frozen<Self>,
        bias: CubeTensor,
        residual: CubeTensor,
        geometry: Geometry,
    ) -> CubeTensor {
        convolve::convolve(x, weight, bias, Some(residual), geometry)
    }

    fn convolve_backward(grad: CubeTensor, weight: Frozen<Self>, geometry: Geometry) -> CubeTensor {
        convolve::convolve_backward(grad, weight, geometry)
    }

    fn norm_groups(x: CubeTensor, gamma: CubeTensor, beta: CubeTensor, norm: Norm) -> CubeTensor {
        norm::groups(x, gamma, beta, norm)
    }

    fn norm_groups_backward(
        x: CubeTensor,
        gamma: CubeTensor,
        beta: CubeTensor,
        grad: CubeTensor,
        norm: Norm,
    ) -> CubeTensor {
        norm::groups_backward(x, gamma, beta, grad, norm)
    }

    fn norm_rows(x: CubeTensor, gamma: CubeTensor, beta: CubeTensor, epsilon: f32) -> CubeTensor {
        norm::rows(x, gamma, beta, epsilon)
    }

    fn norm_rows_backward(x: CubeTensor, gamma: CubeTensor, grad: CubeTensor, epsilon: f32) -> CubeTensor {
        norm::rows_backward(x, gamma, grad, epsilon)
    }

    fn activate(x: CubeTensor, activation: Activation) -> CubeTensor {
        pointwise::activate(x, activation)
    }

    fn activate_backward(x: CubeTensor, grad: CubeTensor, activation: Activation) -> CubeTensor {
        pointwise::activate_backward(x, grad, activation)
    }

    fn geglu(x: CubeTensor) -> CubeTensor {
        pointwise::geglu(x)
    }

    fn geglu_backward(x: CubeTensor, grad: CubeTensor) -> CubeTensor {
        pointwise::geglu_backward(x, grad)
    }

    fn attend(query: CubeTensor, key: CubeTensor, value: CubeTensor, heads: Heads) -> CubeTensor {
        attend::attend(query, key, value, heads)
    }

    fn attend_backward(
        query: CubeTensor,
        key: CubeTensor,
        value: CubeTensor,
        grad: CubeTensor,
        heads: Heads,
    ) -> (CubeTensor, CubeTensor, CubeTensor) {
        attend::attend_backward(query, key, value, grad, heads)
    }

    fn join(left: CubeTensor, right: CubeTensor) -> CubeTensor {
        copy::join(left, right)
    }

    fn part(x: CubeTensor, left: usize) -> (CubeTensor, CubeTensor) {
        copy::part(x, left)
    }

    fn double(x: CubeTensor, doubling: Doubling) -> CubeTensor {
        copy::double(x, doubling)
    }

    fn double_backward(grad: CubeTensor, doubling: Doubling) -> CubeTensor {
        copy::double_backward(grad, doubling)
    }
}
