//! The operations on another machine: here each is only named, with the tensors it takes and one number; there a handler
//! does it on whatever device that machine has. Sessions, transport, encryption and tokens are burn's own.
//!
//! A client that names an operation wrongly makes its own session fail, and nobody else's. The length is that of all
//! operations, here and there.

use std::sync::{Mutex, PoisonError};

use burn::backend::tensor::FloatTensor;
use burn::backend::{Cube, Dispatch, DispatchDevice, Flex, TensorMetadata};
use burn::server::RemoteServer;
use burn::tensor::{DType, Device, Shape, TensorData};
use burn_ir::{BackendIr, CustomOpIr, HandleContainer, OperationIr, ScalarIr, TensorIr};
use burn_remote::RemoteChannel;
use burn_router::{BackendRouter, CustomOpRegistry, RouterClient};

use crate::flex;
use crate::geometry::{Activation, Doubling, Geometry, Heads, Norm};
use crate::ops::{Elsewhere, Frozen, Kernels};

/// Goes up when an operation, its name or its arguments change: both sides must have the same.
pub const VERSION: u32 = 1;

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

fn tensors(weight: Frozen<Router>) -> Vec<Tensor> {
    match weight {
        Frozen::Full(numbers) => vec![numbers],
        Frozen::Coded(codes, scales) => vec![codes, scales],
    }
}

fn of_width(x: &Tensor, width: impl FnOnce(usize) -> usize) -> (Shape, DType) {
    let mut shape = x.shape();
    let last = shape.num_dims() - 1;
    shape[last] = width(shape[last]);
    (shape, x.dtype())
}

impl Elsewhere for Router {
    fn about(x: FloatTensor<Self>) -> FloatTensor<Self> {
        alike("about", x, [], Vec::new())
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
        let out = of_width(&x, |width| width / 2);
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
        let (added, _) = of_width(&right, |width| width);
        let out = of_width(&left, |width| width + added[added.num_dims() - 1]);
        let [out] = ask("join", [left, right], [out], Vec::new());
        out
    }

    fn part(x: Tensor, left: usize) -> (Tensor, Tensor) {
        let outputs = [of_width(&x, |_| left), of_width(&x, |width| width - left)];
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
    let device = device.clone().inner();
    if !matches!(device.as_dispatch(), DispatchDevice::Remote(_)) {
        return None;
    }
    let known = |device| {
        let asked = ASKED.lock().unwrap_or_else(PoisonError::into_inner);
        asked.iter().find(|(known, _)| known == device).map(|(_, about)| *about)
    };
    if let Some(about) = known(&device) {
        return Some(about);
    }
    let blank = burn::tensor::Tensor::<1>::zeros([2], (&device, DType::F32));
    let about = burn::tensor::Tensor::<1>::from_dispatch(Dispatch::about(blank.into_dispatch()));
    let about: Vec<f32> = about.into_data().iter::<f32>().collect();
    let about = About { panel_width: about[0] as usize, version: about[1] as u32 };
    ASKED.lock().unwrap_or_else(PoisonError::into_inner).push((device, about));
    Some(about)
}

/// A server of `device`, one of this computer's, which knows the operations of this floor.
pub fn server(device: Device) -> RemoteServer {
    let device = device.inner();
    let on_processor = matches!(device.as_dispatch(), DispatchDevice::Flex(_));
    let server = RemoteServer::new([device]);
    if on_processor {
        server.with_custom_ops::<Flex>(handlers(flex::panel_width()))
    } else {
        server.with_custom_ops::<Cube>(handlers(0))
    }
}

/// One operation that a client asked for, on the machine that does it.
struct Asked<'a, B: BackendIr> {
    handles: &'a mut HandleContainer<B::Handle>,
    what: &'a CustomOpIr,
    /// So many of its tensors have been taken.
    taken: usize,
}

impl<B: BackendIr> Asked<'_, B> {
    fn next(&mut self) -> &TensorIr {
        self.taken += 1;
        &self.what.inputs[self.taken - 1]
    }

    fn tensor(&mut self) -> FloatTensor<B> {
        let what = self.what;
        self.taken += 1;
        self.handles.get_float_tensor::<B>(&what.inputs[self.taken - 1])
    }

    /// A weight, behind which `others` tensors follow.
    fn weight(&mut self, others: usize) -> Frozen<B> {
        if self.what.inputs.len() - self.taken == others + 1 {
            return Frozen::Full(self.tensor());
        }
        let codes = self.next().clone();
        let codes = self.handles.get_int_tensor::<B>(&codes);
        Frozen::Coded(codes, self.tensor())
    }

    fn code(&self) -> u64 {
        match self.what.scalars[..] {
            [ScalarIr::UInt(code)] => code,
            // What fits is sent as the smaller kind.
            [ScalarIr::Int(code)] => code as u64,
            _ => panic!("{} comes with one whole number", self.what.id),
        }
    }

    fn epsilon(&self) -> f32 {
        match self.what.scalars[..] {
            [ScalarIr::Float(epsilon)] => epsilon as f32,
            _ => panic!("{} comes with one number", self.what.id),
        }
    }

    fn geometry(&self, input: &TensorIr, output: &TensorIr) -> Geometry {
        Geometry::decode(self.code(), &input.shape, &output.shape)
    }

    fn activation(&self) -> Activation {
        let known = Activation::decode(self.code());
        known.unwrap_or_else(|| panic!("{} knows no function {}", self.what.id, self.code()))
    }

    fn answer(self, tensors: impl IntoIterator<Item = FloatTensor<B>>) {
        for (output, tensor) in self.what.outputs.iter().zip(tensors) {
            self.handles.register_float_tensor::<B>(&output.id, tensor);
        }
    }
}

/// What a machine that lends its device does when it is asked for an operation by name. A request that makes no sense
/// panics, which ends the session it came from.
fn handlers<B: BackendIr + Kernels>(panel_width: usize) -> CustomOpRegistry<B> {
    let mut all = CustomOpRegistry::new();
    all.register("about", move |handles, what, device| {
        let about = TensorData::from([panel_width as f32, VERSION as f32]);
        handles.register_float_tensor::<B>(&what.outputs[0].id, B::float_from_data(about, device));
    });
    let mut on = |id: &str, work: fn(Asked<'_, B>)| {
        all.register(id, move |handles, what, _| work(Asked { handles, what, taken: 0 }));
    };
    on("convolve", |mut asked| {
        let geometry = asked.geometry(&asked.what.inputs[0], &asked.what.outputs[0]);
        let (x, weight, bias) = (asked.tensor(), asked.weight(1), asked.tensor());
        asked.answer([B::convolve(x, weight, bias, geometry)]);
    });
    on("convolve_onto", |mut asked| {
        let geometry = asked.geometry(&asked.what.inputs[0], &asked.what.outputs[0]);
        let (x, weight, bias, residual) = (asked.tensor(), asked.weight(2), asked.tensor(), asked.tensor());
        asked.answer([B::convolve_onto(x, weight, bias, residual, geometry)]);
    });
    on("convolve_backward", |mut asked| {
        let geometry = asked.geometry(&asked.what.outputs[0], &asked.what.inputs[0]);
        let (grad, weight) = (asked.tensor(), asked.weight(0));
        asked.answer([B::convolve_backward(grad, weight, geometry)]);
    });
    on("norm_groups", |mut asked| {
        let norm = Norm::decode(asked.code());
        let (x, gamma, beta) = (asked.tensor(), asked.tensor(), asked.tensor());
        asked.answer([B::norm_groups(x, gamma, beta, norm)]);
    });
    on("norm_groups_backward", |mut asked| {
        let norm = Norm::decode(asked.code());
        let (x, gamma, beta, grad) = (asked.tensor(), asked.tensor(), asked.tensor(), asked.tensor());
        asked.answer([B::norm_groups_backward(x, gamma, beta, grad, norm)]);
    });
    on("norm_rows", |mut asked| {
        let epsilon = asked.epsilon();
        let (x, gamma, beta) = (asked.tensor(), asked.tensor(), asked.tensor());
        asked.answer([B::norm_rows(x, gamma, beta, epsilon)]);
    });
    on("norm_rows_backward", |mut asked| {
        let epsilon = asked.epsilon();
        let (x, gamma, grad) = (asked.tensor(), asked.tensor(), asked.tensor());
        asked.answer([B::norm_rows_backward(x, gamma, grad, epsilon)]);
    });
    on("activate", |mut asked| {
        let activation = asked.activation();
        let x = asked.tensor();
        asked.answer([B::activate(x, activation)]);
    });
    on("activate_backward", |mut asked| {
        let activation = asked.activation();
        let (x, grad) = (asked.tensor(), asked.tensor());
        asked.answer([B::activate_backward(x, grad, activation)]);
    });
    on("geglu", |mut asked| {
        let x = asked.tensor();
        asked.answer([B::geglu(x)]);
    });
    on("geglu_backward", |mut asked| {
        let (x, grad) = (asked.tensor(), asked.tensor());
        asked.answer([B::geglu_backward(x, grad)]);
    });
    on("attend", |mut asked| {
        let heads = Heads::decode(asked.code());
        let (query, key, value) = (asked.tensor(), asked.tensor(), asked.tensor());
        asked.answer([B::attend(query, key, value, heads)]);
    });
    on("attend_backward", |mut asked| {
        let heads = Heads::decode(asked.code());
        let (query, key, value, grad) = (asked.tensor(), asked.tensor(), asked.tensor(), asked.tensor());
        let (to_query, to_key, to_value) = B::attend_backward(query, key, value, grad, heads);
        asked.answer([to_query, to_key, to_value]);
    });
    on("join", |mut asked| {
        let (left, right) = (asked.tensor(), asked.tensor());
        asked.answer([B::join(left, right)]);
    });
    on("part", |mut asked| {
        let (left, x) = (asked.code() as usize, asked.tensor());
        let (first, other) = B::part(x, left);
        asked.answer([first, other]);
    });
    on("double", |mut asked| {
        let doubling = Doubling::of(&asked.what.inputs[0].shape, &asked.what.outputs[0].shape);
        let x = asked.tensor();
        asked.answer([B::double(x, doubling)]);
    });
    on("double_backward", |mut asked| {
        let doubling = Doubling::of(&asked.what.outputs[0].shape, &asked.what.inputs[0].shape);
        let grad = asked.tensor();
        asked.answer([B::double_backward(grad, doubling)]);
    });
    all
}
