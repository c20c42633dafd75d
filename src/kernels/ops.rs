//! The operations as an extension of burn's backends: what each must compute, whichever device does it.
//!
//! Weights of convolutions and linear layers are frozen and get no gradient. Each backward pass is an operation of its
//! own that is given what must be kept, and nothing else is kept. Second derivatives are refused, as burn refuses them.
//! What the shapes of tensors do not say is given as one number beside them, so that an operation can be sent elsewhere.

use burn::backend::fusion::custom::TensorSpec;
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Backend, ExtensionType, backend_extension};
use burn::tensor::{DType, Shape};

use crate::geometry::{self, Activation, Doubling, Geometry, Heads, Norm, width};

/// A weight as [`crate::Weight`] keeps it, `[panels, taps * channels in, panel width]`.
#[derive(Debug, Clone, ExtensionType)]
#[extension_type(fusion)]
pub enum Frozen<B: Backend> {
    /// Its numbers.
    Full(FloatTensor<B>),
    /// Codes of 8 bits from -127 to 127, with 128 added, four in each number from the lowest bits on; and what they are
    /// multiplied by, `[panels, taps, panel width]` in f32.
    Coded(IntTensor<B>, FloatTensor<B>),
}

/// What the networks are made of.
///
/// # Shapes
/// `bias` is `[1 or batch, channels out]`; `gamma` and `beta` are `[channels]`.
#[backend_extension(Cube, Flex, Remote, Autodiff, Fusion)]
pub trait Kernels: Backend {
    /// `[batch, height, width, channels in]` to `[batch, height, width, channels out]`.
    #[fusion(dtype = x, shape = geometry.output_shape())]
    fn convolve(
        x: FloatTensor<Self>,
        #[extension_type] weight: Frozen<Self>,
        bias: FloatTensor<Self>,
        #[fusion(scalar = geometry.code())] geometry: Geometry,
    ) -> FloatTensor<Self>;

    /// The same with `residual`, of the shape of the result, added.
    #[fusion(dtype = x, shape = geometry.output_shape())]
    fn convolve_onto(
        x: FloatTensor<Self>,
        #[extension_type] weight: Frozen<Self>,
        bias: FloatTensor<Self>,
        residual: FloatTensor<Self>,
        #[fusion(scalar = geometry.code())] geometry: Geometry,
    ) -> FloatTensor<Self>;

    /// Gradient of the input of [`convolve`](Self::convolve).
    #[fusion(dtype = grad, shape = geometry.input_shape())]
    fn convolve_backward(
        grad: FloatTensor<Self>,
        #[extension_type] weight: Frozen<Self>,
        #[fusion(scalar = geometry.code())] geometry: Geometry,
    ) -> FloatTensor<Self>;

    /// Group norm of `[batch, .., channels]`, with SiLU behind it if `norm` says so.
    #[fusion(dtype = x, shape = x)]
    fn norm_groups(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        #[fusion(scalar = norm.code())] norm: Norm,
    ) -> FloatTensor<Self>;

    /// Gradient of the input of [`norm_groups`](Self::norm_groups).
    #[fusion(dtype = x, shape = x)]
    fn norm_groups_backward(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        #[fusion(scalar = norm.code())] norm: Norm,
    ) -> FloatTensor<Self>;

    /// Layer norm over the last axis.
    #[fusion(dtype = x, shape = x)]
    fn norm_rows(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        epsilon: f32,
    ) -> FloatTensor<Self>;

    /// Gradient of the input of [`norm_rows`](Self::norm_rows).
    #[fusion(dtype = x, shape = x)]
    fn norm_rows_backward(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        epsilon: f32,
    ) -> FloatTensor<Self>;

    /// A function of each number.
    #[fusion(dtype = x, shape = x)]
    fn activate(
        x: FloatTensor<Self>,
        #[fusion(scalar = activation.code())] activation: Activation,
    ) -> FloatTensor<Self>;

    /// Gradient of the input of [`activate`](Self::activate).
    #[fusion(dtype = x, shape = x)]
    fn activate_backward(
        x: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        #[fusion(scalar = activation.code())] activation: Activation,
    ) -> FloatTensor<Self>;

    /// `[.., 2 width]` to `[.., width]`: the first half times the GELU of the second.
    #[fusion(meta = |x| of_width(x, width(&x.shape) / 2))]
    fn geglu(x: FloatTensor<Self>) -> FloatTensor<Self>;

    /// Gradient of the input of [`geglu`](Self::geglu).
    #[fusion(dtype = x, shape = x)]
    fn geglu_backward(x: FloatTensor<Self>, grad: FloatTensor<Self>) -> FloatTensor<Self>;

    /// Scaled dot-product attention, `softmax(q k^T / sqrt(width / heads)) v`, computed in f32.
    ///
    /// # Shapes
    /// - `query`: `[batch, n, width]`; `key`, `value`: `[batch, m, width]`; result: `[batch, n, width]`
    #[fusion(dtype = query, shape = query)]
    fn attend(
        query: FloatTensor<Self>,
        key: FloatTensor<Self>,
        value: FloatTensor<Self>,
        #[fusion(scalar = heads.code())] heads: Heads,
    ) -> FloatTensor<Self>;

    /// Gradients of query, key and value of [`attend`](Self::attend).
    #[fusion(meta = |query, key, value, _grad, _heads| (query.clone(), key.clone(), value.clone()))]
    fn attend_backward(
        query: FloatTensor<Self>,
        key: FloatTensor<Self>,
        value: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        #[fusion(scalar = heads.code())] heads: Heads,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);

    /// `[.., left]` and `[.., right]` beside each other, `[.., left + right]`.
    #[fusion(meta = |left, right| of_width(left, width(&left.shape) + width(&right.shape)))]
    fn join(left: FloatTensor<Self>, right: FloatTensor<Self>) -> FloatTensor<Self>;

    /// The first `left` channels and the others: what [`join`](Self::join) put together.
    #[fusion(meta = |x, left| (of_width(x, *left), of_width(x, width(&x.shape) - *left)))]
    fn part(x: FloatTensor<Self>, left: usize) -> (FloatTensor<Self>, FloatTensor<Self>);

    /// Each pixel of `[batch, height, width, channels]` four times.
    #[fusion(dtype = x, shape = doubling.output_shape())]
    fn double(x: FloatTensor<Self>, doubling: Doubling) -> FloatTensor<Self>;

    /// Gradient of the input of [`double`](Self::double).
    #[fusion(dtype = grad, shape = doubling.input_shape())]
    fn double_backward(grad: FloatTensor<Self>, doubling: Doubling) -> FloatTensor<Self>;
}

/// What is asked of another machine's device beside computing.
#[backend_extension(Remote, Fusion)]
pub trait Elsewhere: Backend {
    /// `[3]`, whatever is in it, to the number of outputs that lie beside each other in a weight there, zero for all of
    /// them, to the [`crate::remote::VERSION`] there, and to how many weights are kept there, plus one.
    #[fusion(dtype = x, shape = x)]
    fn about(x: FloatTensor<Self>) -> FloatTensor<Self>;

    /// `[1]`, whatever is in it, to how many are before this session; zero `wanted` gives its turn to the next.
    #[fusion(dtype = x, shape = x)]
    fn turn(x: FloatTensor<Self>, wanted: u64) -> FloatTensor<Self>;

    /// The hashes of `count` weights that are kept there, each spread over a row.
    #[fusion(dtype = x, shape = crate::remote::listed(*count))]
    fn kept(x: FloatTensor<Self>, count: u64) -> FloatTensor<Self>;

    /// `x` itself, which is kept there by its hash, four words, from now on.
    #[fusion(dtype = x, shape = x)]
    fn keep(x: FloatTensor<Self>, a: u64, b: u64, c: u64, d: u64) -> FloatTensor<Self>;

    /// The same for codes.
    #[fusion(dtype = x, shape = x)]
    fn keep_codes(x: IntTensor<Self>, a: u64, b: u64, c: u64, d: u64) -> IntTensor<Self>;

    /// What is kept there by that hash; `x` only says where.
    #[fusion(dtype = like.dtype, shape = like.shape.clone())]
    fn recall(x: FloatTensor<Self>, a: u64, b: u64, c: u64, d: u64, like: Like) -> FloatTensor<Self>;

    /// The same for codes.
    #[fusion(dtype = like.dtype, shape = like.shape.clone())]
    fn recall_codes(x: FloatTensor<Self>, a: u64, b: u64, c: u64, d: u64, like: Like) -> IntTensor<Self>;
}

/// What a tensor is that is not there yet.
#[derive(Debug, Clone)]
pub struct Like {
    /// Its sides.
    pub shape: Shape,
    /// Its numbers.
    pub dtype: DType,
}

fn of_width(x: &TensorSpec, width: usize) -> TensorSpec {
    TensorSpec::new(geometry::of_width(x.shape.clone(), width), x.dtype)
}
