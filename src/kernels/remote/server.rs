//! What a machine that lends its device does when it is asked for an operation by name: one handler each.
//!
//! One session computes at a time and the others wait inside their handlers. A request that makes no sense panics, which
//! ends the session it came from and no other.

use std::sync::Arc;

use burn::backend::tensor::FloatTensor;
use burn::backend::{Cube, DispatchDevice, Flex};
use burn::server::RemoteServer;
use burn::tensor::{Device, TensorData};
use burn_ir::{BackendIr, CustomOpIr, HandleContainer, ScalarIr, TensorIr};
use burn_router::CustomOpRegistry;

use super::VERSION;
use super::shelf::{Hash, MOST, Shelf, hash_of};
use super::turns::Turns;
use super::weights::{listed, spread};
use crate::flex;
use crate::geometry::{Activation, Doubling, Geometry, Heads, Norm};
use crate::ops::{Frozen, Kernels};

/// A server of `device`, one of this computer's, which knows the operations of this floor, and keeps on `shelf` the weights
/// that it is sent.
pub fn server(device: Device, shelf: Option<Shelf>) -> RemoteServer {
    let device = device.inner();
    let on_processor = matches!(device.as_dispatch(), DispatchDevice::Flex(_));
    let server = RemoteServer::new([device]);
    if on_processor {
        server.with_custom_ops::<Flex>(handlers(flex::panel_width(), shelf))
    } else {
        server.with_custom_ops::<Cube>(handlers(0, shelf))
    }
}

/// One operation that a client asked for, on the machine that does it.
struct Asked<'a, B: BackendIr> {
    handles: &'a mut HandleContainer<B::Handle>,
    what: &'a CustomOpIr,
    /// So many of its tensors have been taken.
    taken: usize,
}

impl<'a, B: BackendIr> Asked<'a, B> {
    fn next(&mut self) -> &'a TensorIr {
        self.taken += 1;
        &self.what.inputs[self.taken - 1]
    }

    fn tensor(&mut self) -> FloatTensor<B> {
        let next = self.next();
        self.handles.get_float_tensor::<B>(next)
    }

    /// A weight, behind which `others` tensors follow.
    fn weight(&mut self, others: usize) -> Frozen<B> {
        if self.what.inputs.len() - self.taken == others + 1 {
            return Frozen::Full(self.tensor());
        }
        let codes = self.next();
        let codes = self.handles.get_int_tensor::<B>(codes);
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

fn handlers<B: BackendIr + Kernels>(panel_width: usize, shelf: Option<Shelf>) -> CustomOpRegistry<B> {
    let (mut all, turns, shelf) = (CustomOpRegistry::new(), Turns::new(), Arc::new(shelf));
    stand_in_line::<B>(&mut all, &turns);
    keep_weights::<B>(&mut all, &turns, &shelf);
    all.register("about", move |handles, what, device| {
        let kept = Option::as_ref(&shelf).map_or(0, |shelf| shelf.names().len() + 1);
        let about = TensorData::from([panel_width as f32, VERSION as f32, kept as f32]);
        answer::<B>(handles, what, B::float_from_data(about, device));
    });
    let mut on = |id: &str, work: fn(Asked<'_, B>)| {
        let turns = Arc::clone(&turns);
        all.register(id, move |handles, what, _| {
            let _working = turns.enter();
            work(Asked { handles, what, taken: 0 });
        });
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

/// The only answer, to an operation whose only tensor says no more than where it goes.
fn answer<B: BackendIr>(handles: &mut HandleContainer<B::Handle>, what: &CustomOpIr, tensor: FloatTensor<B>) {
    drop(handles.get_float_tensor::<B>(&what.inputs[0]));
    handles.register_float_tensor::<B>(&what.outputs[0].id, tensor);
}

/// Who computes next.
fn stand_in_line<B: BackendIr>(all: &mut CustomOpRegistry<B>, turns: &Arc<Turns>) {
    let turns = Arc::clone(turns);
    all.register("turn", move |handles, what, device| {
        let before = match what.scalars[..] {
            [ScalarIr::UInt(0) | ScalarIr::Int(0)] => {
                Turns::leave();
                0
            }
            _ => turns.before_me(),
        };
        answer::<B>(handles, what, B::float_from_data(TensorData::from([before as f32]), device));
    });
}

/// Weights that were sent once.
fn keep_weights<B: BackendIr>(all: &mut CustomOpRegistry<B>, turns: &Arc<Turns>, shelf: &Arc<Option<Shelf>>) {
    let kept = Arc::clone(shelf);
    all.register("kept", move |handles, what, device| {
        let count = what.outputs[0].shape[0];
        assert!(count <= MOST, "{count} weights are more than are ever told of");
        let shape = listed(count as u64);
        let mut list: Vec<f32> = kept.iter().flat_map(Shelf::tell).flat_map(|hash| spread(&hash)).collect();
        // Some may have come and gone since they were counted.
        list.resize(shape.num_elements(), 0.0);
        let list = TensorData::new(list, shape);
        answer::<B>(handles, what, B::float_from_data(list, device));
    });
    let (line, kept) = (Arc::clone(turns), Arc::clone(shelf));
    all.register("keep", move |handles, what, _| {
        let _working = line.enter();
        let x = handles.get_float_tensor::<B>(&what.inputs[0]);
        handles.register_float_tensor::<B>(&what.outputs[0].id, x.clone());
        keep(Option::as_ref(&kept), what, || pollster::block_on(B::float_into_data(x)).ok());
    });
    let (line, kept) = (Arc::clone(turns), Arc::clone(shelf));
    all.register("keep_codes", move |handles, what, _| {
        let _working = line.enter();
        let x = handles.get_int_tensor::<B>(&what.inputs[0]);
        handles.register_int_tensor::<B>(&what.outputs[0].id, x.clone());
        keep(Option::as_ref(&kept), what, || pollster::block_on(B::int_into_data(x)).ok());
    });
    let (line, kept) = (Arc::clone(turns), Arc::clone(shelf));
    all.register("recall", move |handles, what, device| {
        let _working = line.enter();
        answer::<B>(handles, what, B::float_from_data(recall(Option::as_ref(&kept), what), device));
    });
    let (line, kept) = (Arc::clone(turns), Arc::clone(shelf));
    all.register("recall_codes", move |handles, what, device| {
        let _working = line.enter();
        drop(handles.get_float_tensor::<B>(&what.inputs[0]));
        let codes = B::int_from_data(recall(Option::as_ref(&kept), what), device);
        handles.register_int_tensor::<B>(&what.outputs[0].id, codes);
    });
}

/// Keeps what a client sent if it is what it says; it costs nobody the session if it cannot be kept.
fn keep(shelf: Option<&Shelf>, what: &CustomOpIr, read: impl FnOnce() -> Option<TensorData>) {
    let Some(shelf) = shelf else { return };
    let hash = named(what);
    if !shelf.has(&hash)
        && let Some(data) = read()
        && hash_of(&data) == hash
    {
        shelf.put(&hash, data.as_bytes());
    }
}

fn recall(shelf: Option<&Shelf>, what: &CustomOpIr) -> TensorData {
    let (hash, out) = (named(what), &what.outputs[0]);
    let kept = shelf.and_then(|shelf| shelf.take(&hash, &out.shape, out.dtype));
    kept.unwrap_or_else(|| {
        panic!("a weight that was kept is no longer there, or was damaged: it is sent anew")
    })
}

/// The weight that is meant.
fn named(what: &CustomOpIr) -> Hash {
    let word = |scalar: &ScalarIr| match scalar {
        ScalarIr::UInt(word) => *word,
        ScalarIr::Int(word) => *word as u64,
        _ => panic!("{} names a weight by whole numbers", what.id),
    };
    let words: Vec<u64> = what.scalars.iter().map(word).collect();
    words.try_into().unwrap_or_else(|_| panic!("{} names a weight by four numbers", what.id))
}
