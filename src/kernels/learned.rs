//! Layers whose own numbers are learned: convolution, linear layer and norms in plain burn, which keeps what their
//! gradients need.
//!
//! Weights stay as the files store them and not as the other operations want them, so that nothing is laid out anew in each
//! step. It is slower and keeps more than the operations on frozen weights, and is used for nothing else.

use burn::tensor::{DType, Tensor};

use crate::geometry::Norm;
use crate::nn::Conv2d;
use crate::reference;

/// The numbers of a layer while they are learned, in place of its own, each tensor in f32 and part of a graph.
#[derive(Debug, Clone)]
pub struct Learned {
    /// As PyTorch stores it, `[outputs, numbers of an output]`; of a norm its scales, `[channels, 1]`.
    pub weight: Tensor<2>,
    /// `[1, outputs]`, if the layer has one.
    pub bias: Option<Tensor<2>>,
}

/// The sum, where there is anything to add.
pub(crate) fn plus<const D: usize>(x: Tensor<D>, other: Option<Tensor<D>>) -> Tensor<D> {
    match other {
        Some(other) => x + other,
        None => x,
    }
}

impl Learned {
    /// What `layer` would give with these numbers; `shift` is added to every pixel, and `residual` to the result.
    pub(crate) fn convolve(
        &self,
        x: Tensor<4>,
        layer: &Conv2d,
        shift: Option<Tensor<2>>,
        residual: Option<Tensor<4>>,
    ) -> Tensor<4> {
        let ([input, output], dtype) = (layer.channels, x.dtype());
        let shape = [output, input, layer.kernel, layer.kernel];
        let weight = self.weight.clone().cast(dtype).reshape(shape);
        let bias = self.bias.clone().unwrap_or_else(|| layer.bias.val());
        let bias = bias.cast(dtype).reshape([output]);
        let out = reference::convolve(x, weight, bias, layer.stride, layer.padding);
        let shift = shift.map(|shift| {
            let rows = shift.dims()[0];
            shift.reshape([rows, 1, 1, output])
        });
        plus(plus(out, shift), residual)
    }

    /// `[rows, channels in]` to `[rows, channels out]`.
    pub(crate) fn project(&self, x: Tensor<2>) -> Tensor<2> {
        let dtype = x.dtype();
        let out = x.matmul(self.weight.clone().cast(dtype).transpose());
        plus(out, self.bias.clone().map(|bias| bias.cast(dtype)))
    }

    /// A group norm with these scales.
    pub(crate) fn norm_groups(&self, x: Tensor<4>, norm: Norm) -> Tensor<4> {
        let dtype = x.dtype();
        let [gamma, beta] = self.scales();
        reference::group_norm(x.cast(DType::F32), gamma, beta, norm).cast(dtype)
    }

    /// A layer norm with these scales.
    pub(crate) fn norm_rows<const D: usize>(&self, x: Tensor<D>, epsilon: f32) -> Tensor<D> {
        let (shape, dtype) = (x.dims(), x.dtype());
        let [rows, width] = [shape[..D - 1].iter().product(), shape[D - 1]];
        let [gamma, beta] = self.scales();
        let x = x.cast(DType::F32).reshape([1, rows, width]);
        reference::layer_norm(x, gamma, beta, epsilon).reshape(shape).cast(dtype)
    }

    /// Scales and shifts of a norm, `[channels]`.
    fn scales(&self) -> [Tensor<1>; 2] {
        let channels = self.weight.dims()[0];
        let gamma: Tensor<1> = self.weight.clone().reshape([channels]);
        let beta = match &self.bias {
            Some(bias) => bias.clone().reshape([channels]),
            None => gamma.zeros_like(),
        };
        [gamma, beta]
    }
}
