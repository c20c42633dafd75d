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

use burn::backend::tensor::FloatTensor;
use burn_cubecl::CubeBackend;

use crate::geometry::{Activation, Doubling, Geometry, Heads, Norm};
use crate::ops::{Frozen, Kernels};

impl Kernels for CubeBackend {
    fn convolve(
        x: FloatTensor<Self>,
        weight: Frozen<Self>,
        bias: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        convolve::convolve(x, weight, bias, None, geometry)
    }

    fn convolve_onto(
        x: FloatTensor<Self>,
        weight: Frozen<Self>,
        bias: FloatTensor<Self>,
        residual: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        convolve::convolve(x, weight, bias, Some(residual), geometry)
    }

    fn convolve_backward(
        grad: FloatTensor<Self>,
        weight: Frozen<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        convolve::convolve_backward(grad, weight, geometry)
    }

    fn norm_groups(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        norm: Norm,
    ) -> FloatTensor<Self> {
        norm::groups(x, gamma, beta, norm)
    }

    fn norm_groups_backward(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        norm: Norm,
    ) -> FloatTensor<Self> {
        norm::groups_backward(x, gamma, beta, grad, norm)
    }

    fn norm_rows(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        epsilon: f32,
    ) -> FloatTensor<Self> {
        norm::rows(x, gamma, beta, epsilon)
    }

    fn norm_rows_backward(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        epsilon: f32,
    ) -> FloatTensor<Self> {
        norm::rows_backward(x, gamma, grad, epsilon)
    }

    fn activate(x: FloatTensor<Self>, activation: Activation) -> FloatTensor<Self> {
        pointwise::activate(x, activation)
    }

    fn activate_backward(
        x: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        activation: Activation,
    ) -> FloatTensor<Self> {
        pointwise::activate_backward(x, grad, activation)
    }

    fn geglu(x: FloatTensor<Self>) -> FloatTensor<Self> {
        pointwise::geglu(x)
    }

    fn geglu_backward(x: FloatTensor<Self>, grad: FloatTensor<Self>) -> FloatTensor<Self> {
        pointwise::geglu_backward(x, grad)
    }

    fn attend(
        query: FloatTensor<Self>,
        key: FloatTensor<Self>,
        value: FloatTensor<Self>,
        heads: Heads,
    ) -> FloatTensor<Self> {
        attend::attend(query, key, value, heads)
    }

    fn attend_backward(
        query: FloatTensor<Self>,
        key: FloatTensor<Self>,
        value: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        heads: Heads,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        attend::attend_backward(query, key, value, grad, heads)
    }

    fn join(left: FloatTensor<Self>, right: FloatTensor<Self>) -> FloatTensor<Self> {
        copy::join(left, right)
    }

    fn part(x: FloatTensor<Self>, left: usize) -> (FloatTensor<Self>, FloatTensor<Self>) {
        copy::part(x, left)
    }

    fn double(x: FloatTensor<Self>, doubling: Doubling) -> FloatTensor<Self> {
        copy::double(x, doubling)
    }

    fn double_backward(grad: FloatTensor<Self>, doubling: Doubling) -> FloatTensor<Self> {
        copy::double_backward(grad, doubling)
    }
}
