//! The layers that networks are built of, with frozen weights: what their fields and arguments mean is PyTorch's. Beside a
//! linear layer a small one can be learned, and any layer can be given numbers that are learned in place of its own.

use burn::backend::Dispatch;
use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};

use crate::geometry::{Geometry, Norm};
use crate::learned::{Learned, plus};
use crate::ops::Kernels;
use crate::tally::{Kind, Pass, timed};
use crate::weight::Weight;

/// A convolution with a square kernel over `[batch, height, width, channels]`.
#[derive(Module, Debug)]
pub struct Conv2d {
    /// Its weight.
    pub weight: Weight,
    /// One number for each output, `[1, outputs]`.
    pub bias: Param<Tensor<2>>,
    /// Channels in and out.
    pub channels: [usize; 2],
    /// Side of the kernel.
    pub kernel: usize,
    /// Pixels from one output to the next.
    pub stride: usize,
    /// Zeros at the top, left, bottom and right.
    pub padding: [usize; 4],
    /// What is learned in place of its own numbers.
    #[module(skip)]
    pub learned: Option<Learned>,
}

impl Conv2d {
    /// `[batch, height, width, channels in]` to `[batch, height', width', channels out]`.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        self.compute(x, None, None)
    }

    /// The same with `shift`, of `[1 or batch, channels out]`, added to every pixel.
    pub fn forward_shifted(&self, x: Tensor<4>, shift: Tensor<2>) -> Tensor<4> {
        self.compute(x, Some(shift), None)
    }

    /// The same with `residual`, of the shape of the result, added.
    pub fn forward_onto(&self, x: Tensor<4>, residual: Tensor<4>) -> Tensor<4> {
        self.compute(x, None, Some(residual))
    }

    /// The device of the weights.
    pub fn device(&self) -> Device {
        self.bias.val().device()
    }

    fn compute(&self, x: Tensor<4>, shift: Option<Tensor<2>>, residual: Option<Tensor<4>>) -> Tensor<4> {
        if let Some(learned) = &self.learned {
            return learned.convolve(x, self, shift, residual);
        }
        let bias = shift.map_or_else(|| self.bias.val(), |shift| self.bias.val() + shift);
        let [batch, height, width, _] = x.dims();
        let [top, left, bottom, right] = self.padding;
        let side = |length: usize, before: usize, after: usize| {
            (length + before + after).saturating_sub(self.kernel) / self.stride + 1
        };
        let geometry = Geometry {
            input: [batch, height, width],
            output: [side(height, top, bottom), side(width, left, right)],
            channels: self.channels,
            kernel: self.kernel,
            stride: self.stride,
            padding: [top, left],
        };
        convolve(x, &self.weight, bias, residual, geometry)
    }
}

/// A linear layer over the last axis.
#[derive(Module, Debug)]
pub struct Linear {
    /// Its weight.
    pub weight: Weight,
    /// One number for each output, `[1, outputs]`; zeros where the layer has none.
    pub bias: Param<Tensor<2>>,
    /// Channels in and out.
    pub channels: [usize; 2],
    /// What is learned beside the weight.
    #[module(skip)]
    pub adapter: Option<Adapter>,
    /// What is learned in place of its own numbers.
    #[module(skip)]
    pub learned: Option<Learned>,
}

/// A product of two small matrices that is learned beside a frozen layer, and added to its result: `scale * up down x`.
/// Both may be part of a graph that the layer's input is none of.
#[derive(Debug, Clone)]
pub struct Adapter {
    /// `[rank, channels in]`.
    pub down: Tensor<2>,
    /// `[channels out, rank]`.
    pub up: Tensor<2>,
    /// What the product is multiplied by.
    pub scale: f32,
}

impl Adapter {
    /// `[rows, channels in]` to `[rows, channels out]`.
    fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        let [down, up] = [&self.down, &self.up].map(|matrix| matrix.clone().cast(x.dtype()).transpose());
        x.matmul(down).matmul(up) * self.scale
    }
}

impl Linear {
    /// `[.., channels in]` to `[.., channels out]`.
    pub fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        self.compute(x, None)
    }

    /// The same with `residual`, of the shape of the result, added.
    pub fn forward_onto<const D: usize>(&self, x: Tensor<D>, residual: Tensor<D>) -> Tensor<D> {
        self.compute(x, Some(residual))
    }

    fn compute<const D: usize>(&self, x: Tensor<D>, residual: Option<Tensor<D>>) -> Tensor<D> {
        let mut shape = x.dims();
        let rows = shape[..D - 1].iter().product();
        let [input, output] = self.channels;
        if let Some(learned) = &self.learned {
            shape[D - 1] = output;
            let out = learned.project(x.reshape([rows, input])).reshape(shape);
            return plus(out, residual);
        }
        let flat = |x: Tensor<D>, width| x.reshape([1, 1, rows, width]);
        let (x, residual) = (flat(x, input), residual.map(|residual| flat(residual, output)));
        let geometry = Geometry::linear(rows, self.channels);
        let adapter = self.adapter.as_ref();
        let added = adapter.map(|adapter| adapter.forward(x.clone().reshape([rows, input])));
        let out = convolve(x, &self.weight, self.bias.val(), residual, geometry);
        shape[D - 1] = output;
        plus(out, added.map(|added| added.reshape([1, 1, rows, output]))).reshape(shape)
    }
}

fn convolve(
    x: Tensor<4>,
    weight: &Weight,
    bias: Tensor<2>,
    residual: Option<Tensor<4>>,
    geometry: Geometry,
) -> Tensor<4> {
    let (weight, bias, x) = (weight.frozen(), bias.into_dispatch(), x.into_dispatch());
    let out = || match residual {
        Some(residual) => Dispatch::convolve_onto(x, weight, bias, residual.into_dispatch(), geometry),
        None => Dispatch::convolve(x, weight, bias, geometry),
    };
    Tensor::from_dispatch(timed(Kind::of(&geometry), Pass::Forward, out))
}

/// A group norm over `[batch, height, width, channels]`.
#[derive(Module, Debug)]
pub struct GroupNorm {
    /// Scale of each channel.
    pub gamma: Param<Tensor<1>>,
    /// Shift of each channel.
    pub beta: Param<Tensor<1>>,
    /// Groups that the channels are divided into.
    pub groups: usize,
    /// Added to the variance.
    pub epsilon: f64,
    /// What is learned in place of its own numbers.
    #[module(skip)]
    pub learned: Option<Learned>,
}

impl GroupNorm {
    /// The norm alone.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        self.compute(x, false)
    }

    /// The norm and SiLU behind it.
    pub fn forward_silu(&self, x: Tensor<4>) -> Tensor<4> {
        self.compute(x, true)
    }

    fn compute(&self, x: Tensor<4>, silu: bool) -> Tensor<4> {
        let norm = Norm { groups: self.groups, epsilon: self.epsilon as f32, silu };
        if let Some(learned) = &self.learned {
            return learned.norm_groups(x, norm);
        }
        let (gamma, beta) = (self.gamma.val().into_dispatch(), self.beta.val().into_dispatch());
        let out = || Dispatch::norm_groups(x.into_dispatch(), gamma, beta, norm);
        Tensor::from_dispatch(timed(Kind::Norm, Pass::Forward, out))
    }
}

/// A layer norm over the last axis.
#[derive(Module, Debug)]
pub struct LayerNorm {
    /// Scale of each channel.
    pub gamma: Param<Tensor<1>>,
    /// Shift of each channel.
    pub beta: Param<Tensor<1>>,
    /// Added to the variance.
    pub epsilon: f64,
    /// What is learned in place of its own numbers.
    #[module(skip)]
    pub learned: Option<Learned>,
}

impl LayerNorm {
    /// `[.., channels]` to the same.
    pub fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        if let Some(learned) = &self.learned {
            return learned.norm_rows(x, self.epsilon as f32);
        }
        let (gamma, beta) = (self.gamma.val().into_dispatch(), self.beta.val().into_dispatch());
        let out = || Dispatch::norm_rows(x.into_dispatch(), gamma, beta, self.epsilon as f32);
        Tensor::from_dispatch(timed(Kind::Norm, Pass::Forward, out))
    }
}
