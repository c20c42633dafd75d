//! The operations on another machine: here each is only named, with the tensors it takes and a few numbers; there a handler
//! does it on whatever device that machine has. Sessions, transport, encryption and tokens are burn's own.
//!
//! A client that names an operation wrongly makes its own session fail, and nobody else's. The length is that of all
//! operations, here and there.

mod server;
mod shelf;
mod turns;
mod weights;

use std::sync::{Mutex, PoisonError};

use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Dispatch, DispatchDevice, TensorMetadata};
use burn::tensor::{DType, Device, Shape, Tensor as Numbers};
use burn_ir::{CustomOpIr, OperationIr, ScalarIr, TensorIr};
use burn_remote::RemoteChannel;
use burn_router::{BackendRouter, RouterClient};

use crate::geometry::{Activation, Doubling, Geometry, Heads, Norm, of_width, width};
use crate::ops::{Elsewhere, Frozen, Kernels, Like};

pub use server::server;
pub use shelf::Shelf;
pub(crate) use weights::listed;
pub use weights::{upload, upload_codes};

/// Goes up when an operation, its name or its arguments change: both sides must have the same.
pub const VERSION: u32 = 2;

/// The backend whose operations travel one by one.
type Router = BackendRouter<RemoteChannel>;
type Tensor = FloatTensor<Router>;

/// Sends an operation on its way.
fn ask<const N: usize>(
    id: &'static str,
    inputs: impl IntoIterator<Item = Tensor>,
    outputs: [(Shape, DType); N],
    scalars: Vec<ScalarIr>,
) -> [Tensor; N] {
    let inputs: Vec<Tensor> = inputs.into_iter().collect();
    let client = inputs[0].client.clone();
    let outputs = outputs.map(|(shape, dtype)| TensorIr::uninit(client.create_empty_handle(), shape, dtype));
    let inputs: Vec<TensorIr> = inputs.into_iter().map(Tensor::into_ir).collect();
    let asked = CustomOpIr::with_scalars(id, &inputs, &outputs, scalars);
    let mut answers = client.register(OperationIr::Custom(asked)).into_iter();
    // The client makes one for each output it was told of.
    std::array::from_fn(|_| answers.next().unwrap_or_else(|| unreachable!("{id} has an answer too few")))
}

/// Whose result is like `x`.
fn alike(
    id: &'static str,
    x: Tensor,
    others: impl IntoIterator<Item = Tensor>,
    scalar: Vec<ScalarIr>,
) -> Tensor {
    let like = (x.shape(), x.dtype());
    let [out] = ask(id, std::iter::once(x).chain(others), [like], scalar);
    out
}

fn code(code: u64) -> Vec<ScalarIr> {
    vec![ScalarIr::UInt(code)]
}

/// What a weight is known by, as it travels.
fn words(hash: [u64; 4]) -> Vec<ScalarIr> {
    hash.map(ScalarIr::UInt).to_vec()
}

fn tensors(weight: Frozen<Router>) -> Vec<Tensor> {
    match weight {
        Frozen::Full(numbers) => vec![numbers],
        Frozen::Coded(codes, scales) => vec![codes, scales],
    }
}

impl Elsewhere for Router {
    fn about(x: Tensor) -> Tensor {
        alike("about", x, [], Vec::new())
    }

    fn turn(x: Tensor, wanted: u64) -> Tensor {
        alike("turn", x, [], code(wanted))
    }

    fn kept(x: Tensor, count: u64) -> Tensor {
        let out = (listed(count), x.dtype());
        let [out] = ask("kept", [x], [out], code(count));
        out
    }

    fn keep(x: Tensor, a: u64, b: u64, c: u64, d: u64) -> Tensor {
        alike("keep", x, [], words([a, b, c, d]))
    }

    fn keep_codes(x: IntTensor<Self>, a: u64, b: u64, c: u64, d: u64) -> IntTensor<Self> {
        alike("keep_codes", x, [], words([a, b, c, d]))
    }

    fn recall(x: Tensor, a: u64, b: u64, c: u64, d: u64, like: Like) -> Tensor {
        let [out] = ask("recall", [x], [(like.shape, like.dtype)], words([a, b, c, d]));
        out
    }

    fn recall_codes(x: Tensor, a: u64, b: u64, c: u64, d: u64, like: Like) -> IntTensor<Self> {
        let [out] = ask("recall_codes", [x], [(like.shape, like.dtype)], words([a, b, c, d]));
        out
    }
}

impl Kernels for Router {
    fn convolve(x: Tensor, weight: Frozen<Self>, bias: Tensor, geometry: Geometry) -> Tensor {
        let out = (geometry.output_shape(), x.dtype());
        let inputs = std::iter::once(x).chain(tensors(weight)).chain([bias]);
        let [out] = ask("convolve", inputs, [out], code(geometry.code()));
        out
    }

    fn convolve_onto(
        x: Tensor,
        weight: Frozen<Self>,
        bias: Tensor,
        residual: Tensor,
        geometry: Geometry,
    ) -> Tensor {
        let out = (geometry.output_shape(), x.dtype());
        let inputs = std::iter::once(x).chain(tensors(weight)).chain([bias, residual]);
        let [out] = ask("convolve_onto", inputs, [out], code(geometry.code()));
        out
    }

    fn convolve_backward(grad: Tensor, weight: Frozen<Self>, geometry: Geometry) -> Tensor {
        let out = (geometry.input_shape(), grad.dtype());
        let inputs = std::iter::once(grad).chain(tensors(weight));
        let [out] = ask("convolve_backward", inputs, [out], code(geometry.code()));
        out
    }

    fn norm_groups(x: Tensor, gamma: Tensor, beta: Tensor, norm: Norm) -> Tensor {
        alike("norm_groups", x, [gamma, beta], code(norm.code()))
    }

    fn norm_groups_backward(x: Tensor, gamma: Tensor, beta: Tensor, grad: Tensor, norm: Norm) -> Tensor {
        alike("norm_groups_backward", x, [gamma, beta, grad], code(norm.code()))
    }

    fn norm_rows(x: Tensor, gamma: Tensor, beta: Tensor, epsilon: f32) -> Tensor {
        alike("norm_rows", x, [gamma, beta], vec![ScalarIr::Float(epsilon.into())])
    }

    fn norm_rows_backward(x: Tensor, gamma: Tensor, grad: Tensor, epsilon: f32) -> Tensor {
        alike("norm_rows_backward", x, [gamma, grad], vec![ScalarIr::Float(epsilon.into())])
    }

    fn activate(x: Tensor, activation: Activation) -> Tensor {
        alike("activate", x, [], code(activation.code()))
    }

    fn activate_backward(x: Tensor, grad: Tensor, activation: Activation) -> Tensor {
        alike("activate_backward", x, [grad], code(activation.code()))
    }

    fn geglu(x: Tensor) -> Tensor {
        let out = (of_width(x.shape(), width(&x.shape()) / 2), x.dtype());
        let [out] = ask("geglu", [x], [out], Vec::new());
        out
    }

    fn geglu_backward(x: Tensor, grad: Tensor) -> Tensor {
        alike("geglu_backward", x, [grad], Vec::new())
    }

    fn attend(query: Tensor, key: Tensor, value: Tensor, heads: Heads) -> Tensor {
        alike("attend", query, [key, value], code(heads.code()))
    }

    fn attend_backward(
        query: Tensor,
        key: Tensor,
        value: Tensor,
        grad: Tensor,
        heads: Heads,
    ) -> (Tensor, Tensor, Tensor) {
        let outputs = [&query, &key, &value].map(|x| (x.shape(), x.dtype()));
        let inputs = [query, key, value, grad];
        let [to_query, to_key, to_value] = ask("attend_backward", inputs, outputs, code(heads.code()));
        (to_query, to_key, to_value)
    }

    fn join(left: Tensor, right: Tensor) -> Tensor {
        let out = (of_width(left.shape(), width(&left.shape()) + width(&right.shape())), left.dtype());
        let [out] = ask("join", [left, right], [out], Vec::new());
        out
    }

    fn part(x: Tensor, left: usize) -> (Tensor, Tensor) {
        let widths = [left, width(&x.shape()) - left];
        let outputs = widths.map(|width| (of_width(x.shape(), width), x.dtype()));
        let [first, other] = ask("part", [x], outputs, code(left as u64));
        (first, other)
    }

    fn double(x: Tensor, doubling: Doubling) -> Tensor {
        let out = (doubling.output_shape(), x.dtype());
        let [out] = ask("double", [x], [out], Vec::new());
        out
    }

    fn double_backward(grad: Tensor, doubling: Doubling) -> Tensor {
        let out = (doubling.input_shape(), grad.dtype());
        let [out] = ask("double_backward", [grad], [out], Vec::new());
        out
    }
}

/// What a device of another machine says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct About {
    /// Outputs that lie beside each other in a weight there; zero for all of them.
    pub panel_width: usize,
    /// Its [`VERSION`].
    pub version: u32,
}

/// Asks a device of another machine, once in its life; `None` if it is one of this computer.
///
/// # Panics
/// If the connection is cut, as every operation on such a device does.
pub fn about(device: &Device) -> Option<About> {
    static ASKED: Mutex<Vec<(Device, About)>> = Mutex::new(Vec::new());
    let device = elsewhere(device)?;
    let known = |device| {
        let asked = ASKED.lock().unwrap_or_else(PoisonError::into_inner);
        asked.iter().find(|(known, _)| known == device).map(|(_, about)| *about)
    };
    if let Some(about) = known(&device) {
        return Some(about);
    }
    let [panel_width, version, _] = ask_about(&device);
    let about = About { panel_width: panel_width as usize, version: version as u32 };
    ASKED.lock().unwrap_or_else(PoisonError::into_inner).push((device, about));
    Some(about)
}

/// The panel width, the version and how many weights are kept, plus one, or zero where none ever is.
fn ask_about(device: &Device) -> [f32; 3] {
    let said = numbers(Dispatch::about(blank(device, 3)));
    // A machine of another version may say less, and its version is told of.
    std::array::from_fn(|at| said.get(at).copied().unwrap_or_default())
}

/// How many others compute or wait on another machine's device before this session does; with that it waits too, and from
/// zero on it is its turn. To be asked again every few seconds, or the place in the line is lost. Always zero on a device
/// of this computer.
///
/// # Panics
/// If the connection is cut.
pub fn before(device: &Device) -> usize {
    elsewhere(device).map_or(0, |device| ask_turn(&device, 1))
}

/// Lets the next one compute.
///
/// # Panics
/// If the connection is cut.
pub fn give_turn(device: &Device) {
    if let Some(device) = elsewhere(device) {
        ask_turn(&device, 0);
    }
}

fn ask_turn(device: &Device, wanted: u64) -> usize {
    numbers(Dispatch::turn(blank(device, 1), wanted)).first().map_or(0, |before| *before as usize)
}

/// The plain device, if it is another machine's.
fn elsewhere(device: &Device) -> Option<Device> {
    let device = device.clone().inner();
    matches!(device.as_dispatch(), DispatchDevice::Remote(_)).then_some(device)
}

/// A tensor to ask with: an operation goes where its tensors are.
fn blank(device: &Device, length: usize) -> FloatTensor<Dispatch> {
    Numbers::<1>::zeros([length], (device, DType::F32)).into_dispatch()
}

fn numbers(answer: FloatTensor<Dispatch>) -> Vec<f32> {
    Numbers::<1>::from_dispatch(answer).into_data().iter::<f32>().collect()
}
