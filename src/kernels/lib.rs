//! The operations that a step spends its time in: convolution, attention, norms and activations, on the processor, on
//! graphics cards and on another machine's, each with a backward pass that keeps only what it must.
//!
//! Pictures are `[batch, height, width, channels]`, so that a picture is its tokens and nothing is ever turned round.
//! Weights are frozen: they are laid out once, when they are loaded, and never get a gradient. Where a layer's own numbers
//! are learned, plain burn takes its place.

mod autodiff;
mod cube;
mod flex;
mod geometry;
mod learned;
mod nn;
mod ops;
pub mod reference;
pub mod remote;
pub mod strategy;
pub mod tally;
#[cfg(test)]
mod tests;
pub mod tuner;
mod weight;

/// While one lives, graphics cards compile what they are asked for and compute nothing, in the whole process: results mean
/// nothing, and what was asked for before must have been waited for.
pub use burn_cubecl::cubecl::dry_run::DryRun;

use burn::backend::Dispatch;
use burn::tensor::Tensor;

pub use flex::{Crew, awake, compute_here};
pub use geometry::{Activation, Attention, Doubling, Geometry, Heads, Norm};
pub use learned::Learned;
pub use nn::{Adapter, Conv2d, GroupNorm, LayerNorm, Linear};
pub use ops::{Frozen, Kernels};
use tally::{Kind, Pass, timed};
pub use weight::Weight;

/// A function of each number.
pub fn activate<const D: usize>(x: Tensor<D>, activation: Activation) -> Tensor<D> {
    let out = || Dispatch::activate(x.into_dispatch(), activation);
    Tensor::from_dispatch(timed(Kind::Activation, Pass::Forward, out))
}

/// `x * sigmoid(x)`.
pub fn silu<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    activate(x, Activation::Silu)
}

/// `[batch, tokens, 2 width]` to `[batch, tokens, width]`: the first half times the GELU of the second.
pub fn geglu(x: Tensor<3>) -> Tensor<3> {
    Tensor::from_dispatch(timed(Kind::Activation, Pass::Forward, || Dispatch::geglu(x.into_dispatch())))
}

/// Scaled dot-product attention over heads that lie beside each other, `softmax(q k^T / sqrt(width / heads)) v`; the
/// scores are f32 whatever the tensors are.
///
/// # Shapes
/// - `query`: `[batch, n, width]`; `key`, `value`: `[batch, m, width]`
/// - output: `[batch, n, width]`
pub fn attend(query: Tensor<3>, key: Tensor<3>, value: Tensor<3>, heads: Heads) -> Tensor<3> {
    let (query, key, value) = (query.into_dispatch(), key.into_dispatch(), value.into_dispatch());
    let out = || Dispatch::attend(query, key, value, heads);
    Tensor::from_dispatch(timed(Kind::Attention, Pass::Forward, out))
}

/// Two pictures, `[batch, height, width, channels]`, with their channels beside each other.
pub fn join(left: Tensor<4>, right: Tensor<4>) -> Tensor<4> {
    Tensor::from_dispatch(Dispatch::join(left.into_dispatch(), right.into_dispatch()))
}

/// Doubles height and width by repeating each pixel, then cuts to `target` (`[height, width]`).
///
/// This equals PyTorch's nearest interpolation both to exactly twice the size and to one less, which is what
/// diffusers asks for when a size does not divide by the down-sampling factor.
pub fn upsample_nearest(x: Tensor<4>, target: [usize; 2]) -> Tensor<4> {
    let [batch, height, width, channels] = x.dims();
    let doubling = Doubling { input: [batch, height, width], output: target, channels };
    Tensor::from_dispatch(Dispatch::double(x.into_dispatch(), doubling))
}
