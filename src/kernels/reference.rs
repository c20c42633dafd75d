//! The same operations in plain burn, as the papers and PyTorch define them: what the others are compared with, and what
//! layers are learned through whose own numbers change.

use burn::tensor::activation::{sigmoid, softmax};
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{DType, Tensor};

use crate::geometry::{Activation, Heads, Norm};

/// A convolution of `[batch, height, width, channels]` with `weight` as PyTorch stores it, `[output, input, kernel,
/// kernel]`, and zeros at the top, left, bottom and right.
pub fn convolve(
    x: Tensor<4>,
    weight: Tensor<4>,
    bias: Tensor<1>,
    stride: usize,
    padding: [usize; 4],
) -> Tensor<4> {
    let [top, left, bottom, right] = padding;
    let x = x.swap_dims(2, 3).swap_dims(1, 2).pad([(top, bottom), (left, right)], 0.0);
    let options = ConvOptions::new([stride; 2], [0, 0], [1, 1], 1);
    conv2d(x, weight, Some(bias), options).swap_dims(1, 2).swap_dims(2, 3)
}

/// A group norm of `[batch, height, width, channels]`.
pub fn group_norm(x: Tensor<4>, gamma: Tensor<1>, beta: Tensor<1>, norm: Norm) -> Tensor<4> {
    let [batch, height, width, channels] = x.dims();
    let grouped = x.reshape([batch, height * width, norm.groups, channels / norm.groups]);
    let mean = grouped.clone().mean_dim(1).mean_dim(3);
    let centred = grouped - mean;
    let variance = centred.clone().square().mean_dim(1).mean_dim(3);
    let normed = (centred / (variance + norm.epsilon).sqrt()).reshape([batch, height, width, channels]);
    let out = normed * gamma.reshape([1, 1, 1, channels]) + beta.reshape([1, 1, 1, channels]);
    if norm.silu { out.clone() * sigmoid(out) } else { out }
}

/// A layer norm over the last axis.
pub fn layer_norm(x: Tensor<3>, gamma: Tensor<1>, beta: Tensor<1>, epsilon: f32) -> Tensor<3> {
    let width = x.dims()[2];
    let centred = x.clone() - x.mean_dim(2);
    let variance = centred.clone().square().mean_dim(2);
    centred / (variance + epsilon).sqrt() * gamma.reshape([1, 1, width]) + beta.reshape([1, 1, width])
}

/// A function of each number.
pub fn activate<const D: usize>(x: Tensor<D>, activation: Activation) -> Tensor<D> {
    match activation {
        Activation::Silu => x.clone() * sigmoid(x),
        Activation::Gelu => x.clone() * ((x * std::f64::consts::FRAC_1_SQRT_2).erf() + 1.0) * 0.5,
        Activation::QuickGelu => x.clone() * sigmoid(x * 1.702),
    }
}

/// The first half times the GELU of the second.
pub fn geglu(x: Tensor<3>) -> Tensor<3> {
    let [batch, tokens, width] = x.dims();
    let half = |from: usize| x.clone().slice([0..batch, 0..tokens, from..from + width / 2]);
    half(0) * activate(half(width / 2), Activation::Gelu)
}

/// Attention with the whole matrix of scores, in f32.
pub fn attend(query: Tensor<3>, key: Tensor<3>, value: Tensor<3>, heads: Heads) -> Tensor<3> {
    let ([batch, n, width], dtype) = (query.dims(), query.dtype());
    let m = key.dims()[1];
    let split = |x: Tensor<3>| {
        let tokens = x.dims()[1];
        x.cast(DType::F32).reshape([batch, tokens, heads.count, width / heads.count]).swap_dims(1, 2)
    };
    let scale = 1.0 / ((width / heads.count) as f64).sqrt();
    let mut scores = split(query).matmul(split(key).swap_dims(2, 3)) * scale;
    if heads.causal {
        let hidden = Tensor::<2>::ones([n, m], &scores.device()).triu(1) * -1e9;
        scores = scores + hidden.reshape([1, 1, n, m]);
    }
    softmax(scores, 3).matmul(split(value)).swap_dims(1, 2).reshape([batch, n, width]).cast(dtype)
}

/// Each pixel four times, cut to `target` (`[height, width]`).
pub fn upsample_nearest(x: Tensor<4>, target: [usize; 2]) -> Tensor<4> {
    let [batch, height, width, channels] = x.dims();
    let doubled =
        x.reshape([batch, height, 1, width, 1, channels]).expand([batch, height, 2, width, 2, channels]);
    let doubled = doubled.reshape([batch, 2 * height, 2 * width, channels]);
    doubled.slice([0..batch, 0..target[0], 0..target[1], 0..channels])
}
