//! The operations on a device that keeps a graph: each forward pass registers its backward pass with what that needs.
//!
//! Convolutions keep nothing of their input, norms and activations keep the input alone, attention keeps query, key and
//! value and never the scores. Weights, and the scales of norms, are constants. The length is that of one operation after
//! another.

use burn::backend::autodiff::NodeId;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, TensorMetadata};
use burn::tensor::Shape;

use crate::geometry::{Activation, Doubling, Geometry, Heads, Norm};
use crate::ops::{Frozen, Kernels};
use crate::tally::{Kind, Pass, timed};

impl<B: Kernels, C: CheckpointStrategy> Kernels for Autodiff<B, C> {
    fn convolve(
        x: FloatTensor<Self>,
        weight: Frozen<Self>,
        bias: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        let weight = weight.constant();
        let kept = (weight.clone(), bias.primitive().shape(), geometry);
        match Convolve.prepare::<C>([x.node(), bias.node()]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => {
                prep.finish(kept, B::convolve(x.into_primitive(), weight, bias.into_primitive(), geometry))
            }
            OpsKind::UnTracked(prep) => {
                prep.finish(B::convolve(x.into_primitive(), weight, bias.into_primitive(), geometry))
            }
        }
    }

    fn convolve_onto(
        x: FloatTensor<Self>,
        weight: Frozen<Self>,
        bias: FloatTensor<Self>,
        residual: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        let weight = weight.constant();
        let kept = (weight.clone(), bias.primitive().shape(), geometry);
        let nodes = [x.node(), bias.node(), residual.node()];
        let forward = || {
            B::convolve_onto(
                x.into_primitive(),
                weight,
                bias.into_primitive(),
                residual.into_primitive(),
                geometry,
            )
        };
        match Convolve.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish(kept, forward()),
            OpsKind::UnTracked(prep) => prep.finish(forward()),
        }
    }

    fn convolve_backward(
        _grad: FloatTensor<Self>,
        _weight: Frozen<Self>,
        _geometry: Geometry,
    ) -> FloatTensor<Self> {
        second()
    }

    fn norm_groups(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        norm: Norm,
    ) -> FloatTensor<Self> {
        let (gamma, beta) = (gamma.into_primitive(), beta.into_primitive());
        match GroupNorm.prepare::<C>([x.node()]).compute_bound().stateful() {
            OpsKind::Tracked(mut prep) => {
                let kept = (prep.checkpoint(&x), gamma.clone(), beta.clone(), norm);
                prep.finish(kept, B::norm_groups(x.into_primitive(), gamma, beta, norm))
            }
            OpsKind::UnTracked(prep) => prep.finish(B::norm_groups(x.into_primitive(), gamma, beta, norm)),
        }
    }

    fn norm_groups_backward(
        _x: FloatTensor<Self>,
        _gamma: FloatTensor<Self>,
        _beta: FloatTensor<Self>,
        _grad: FloatTensor<Self>,
        _norm: Norm,
    ) -> FloatTensor<Self> {
        second()
    }

    fn norm_rows(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        epsilon: f32,
    ) -> FloatTensor<Self> {
        let (gamma, beta) = (gamma.into_primitive(), beta.into_primitive());
        match LayerNorm.prepare::<C>([x.node()]).compute_bound().stateful() {
            OpsKind::Tracked(mut prep) => {
                let kept = (prep.checkpoint(&x), gamma.clone(), epsilon);
                prep.finish(kept, B::norm_rows(x.into_primitive(), gamma, beta, epsilon))
            }
            OpsKind::UnTracked(prep) => prep.finish(B::norm_rows(x.into_primitive(), gamma, beta, epsilon)),
        }
    }

    fn norm_rows_backward(
        _x: FloatTensor<Self>,
        _gamma: FloatTensor<Self>,
        _grad: FloatTensor<Self>,
        _epsilon: f32,
    ) -> FloatTensor<Self> {
        second()
    }

    fn activate(x: FloatTensor<Self>, activation: Activation) -> FloatTensor<Self> {
        match Activate.prepare::<C>([x.node()]).compute_bound().stateful() {
            OpsKind::Tracked(mut prep) => {
                let kept = (prep.checkpoint(&x), activation);
                prep.finish(kept, B::activate(x.into_primitive(), activation))
            }
            OpsKind::UnTracked(prep) => prep.finish(B::activate(x.into_primitive(), activation)),
        }
    }

    fn activate_backward(
        _x: FloatTensor<Self>,
        _grad: FloatTensor<Self>,
        _activation: Activation,
    ) -> FloatTensor<Self> {
        second()
    }

    fn geglu(x: FloatTensor<Self>) -> FloatTensor<Self> {
        match Geglu.prepare::<C>([x.node()]).compute_bound().stateful() {
            OpsKind::Tracked(mut prep) => {
                let kept = prep.checkpoint(&x);
                prep.finish(kept, B::geglu(x.into_primitive()))
            }
            OpsKind::UnTracked(prep) => prep.finish(B::geglu(x.into_primitive())),
        }
    }

    fn geglu_backward(_x: FloatTensor<Self>, _grad: FloatTensor<Self>) -> FloatTensor<Self> {
        second()
    }

    fn attend(
        query: FloatTensor<Self>,
        key: FloatTensor<Self>,
        value: FloatTensor<Self>,
        heads: Heads,
    ) -> FloatTensor<Self> {
        let nodes = [query.node(), key.node(), value.node()];
        match Attend.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(mut prep) => {
                let ids = [prep.checkpoint(&query), prep.checkpoint(&key), prep.checkpoint(&value)];
                prep.finish(
                    (ids, heads),
                    B::attend(query.into_primitive(), key.into_primitive(), value.into_primitive(), heads),
                )
            }
            OpsKind::UnTracked(prep) => prep.finish(B::attend(
                query.into_primitive(),
                key.into_primitive(),
                value.into_primitive(),
                heads,
            )),
        }
    }

    fn attend_backward(
        _query: FloatTensor<Self>,
        _key: FloatTensor<Self>,
        _value: FloatTensor<Self>,
        _grad: FloatTensor<Self>,
        _heads: Heads,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        second()
    }

    fn join(left: FloatTensor<Self>, right: FloatTensor<Self>) -> FloatTensor<Self> {
        let shape = left.primitive().shape();
        let width = shape[shape.num_dims() - 1];
        match Join.prepare::<C>([left.node(), right.node()]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => {
                prep.finish(width, B::join(left.into_primitive(), right.into_primitive()))
            }
            OpsKind::UnTracked(prep) => prep.finish(B::join(left.into_primitive(), right.into_primitive())),
        }
    }

    /// Only ever asked for without a graph.
    fn part(_x: FloatTensor<Self>, _left: usize) -> (FloatTensor<Self>, FloatTensor<Self>) {
        second()
    }

    fn double(x: FloatTensor<Self>, doubling: Doubling) -> FloatTensor<Self> {
        match Double.prepare::<C>([x.node()]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish(doubling, B::double(x.into_primitive(), doubling)),
            OpsKind::UnTracked(prep) => prep.finish(B::double(x.into_primitive(), doubling)),
        }
    }

    fn double_backward(_grad: FloatTensor<Self>, _doubling: Doubling) -> FloatTensor<Self> {
        second()
    }
}

impl<B: Backend, C: CheckpointStrategy> Frozen<Autodiff<B, C>> {
    fn constant(self) -> Frozen<B> {
        match self {
            Self::Full(numbers) => Frozen::Full(numbers.into_primitive()),
            Self::Coded(codes, scales) => Frozen::Coded(codes, scales.into_primitive()),
        }
    }
}

/// The word's gradient is all that is ever asked for.
fn second<T>() -> T {
    unreachable!("nobody asks for a gradient of a gradient")
}

#[derive(Debug)]
struct Convolve;

/// Parents: input and bias, and what was added where something was.
impl<B: Kernels, const N: usize> Backward<B, N> for Convolve {
    type State = (Frozen<B>, Shape, Geometry);

    fn backward(self, ops: Ops<Self::State, N>, grads: &mut Gradients, _checkpointer: &mut Checkpointer) {
        let grad = grads.consume::<B>(&ops.node);
        let (weight, bias, geometry) = ops.state;
        let mut parents = ops.parents.into_iter();
        let (x, shift, residual) =
            (parents.next().flatten(), parents.next().flatten(), parents.next().flatten());
        if let Some(node) = residual {
            grads.register::<B>(node.id, grad.clone());
        }
        if let Some(node) = shift {
            let sum = || sum_pixels::<B>(grad.clone(), bias, &geometry);
            grads.register::<B>(node.id, timed(Kind::of(&geometry), Pass::Backward, sum));
        }
        if let Some(node) = x {
            let back = || B::convolve_backward(grad, weight, geometry);
            grads.register::<B>(node.id, timed(Kind::of(&geometry), Pass::Backward, back));
        }
    }
}

/// The gradient of a bias of shape `[1 or batch, channels]`: what came out of all its pixels.
fn sum_pixels<B: Backend>(grad: FloatTensor<B>, bias: Shape, geometry: &Geometry) -> FloatTensor<B> {
    let rows = bias[0];
    let grad = B::float_reshape(grad, [rows, geometry.output_rows() / rows, geometry.channels[1]].into());
    B::float_reshape(B::float_sum_dim(grad, 1), bias)
}

#[derive(Debug)]
struct GroupNorm;

impl<B: Kernels> Backward<B, 1> for GroupNorm {
    type State = (NodeId, FloatTensor<B>, FloatTensor<B>, Norm);

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, checkpointer: &mut Checkpointer) {
        let [parent] = ops.parents;
        let grad = grads.consume::<B>(&ops.node);
        let (x, gamma, beta, norm) = ops.state;
        if let Some(node) = parent {
            let x = checkpointer.retrieve_node_output::<FloatTensor<B>>(x);
            let back = || B::norm_groups_backward(x, gamma, beta, grad, norm);
            grads.register::<B>(node.id, timed(Kind::Norm, Pass::Backward, back));
        }
    }
}

#[derive(Debug)]
struct LayerNorm;

impl<B: Kernels> Backward<B, 1> for LayerNorm {
    type State = (NodeId, FloatTensor<B>, f32);

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, checkpointer: &mut Checkpointer) {
        let [parent] = ops.parents;
        let grad = grads.consume::<B>(&ops.node);
        let (x, gamma, epsilon) = ops.state;
        if let Some(node) = parent {
            let x = checkpointer.retrieve_node_output::<FloatTensor<B>>(x);
            let back = || B::norm_rows_backward(x, gamma, grad, epsilon);
            grads.register::<B>(node.id, timed(Kind::Norm, Pass::Backward, back));
        }
    }
}

#[derive(Debug)]
struct Activate;

impl<B: Kernels> Backward<B, 1> for Activate {
    type State = (NodeId, Activation);

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, checkpointer: &mut Checkpointer) {
        let [parent] = ops.parents;
        let grad = grads.consume::<B>(&ops.node);
        let (x, activation) = ops.state;
        if let Some(node) = parent {
            let x = checkpointer.retrieve_node_output::<FloatTensor<B>>(x);
            let back = || B::activate_backward(x, grad, activation);
            grads.register::<B>(node.id, timed(Kind::Activation, Pass::Backward, back));
        }
    }
}

#[derive(Debug)]
struct Geglu;

impl<B: Kernels> Backward<B, 1> for Geglu {
    type State = NodeId;

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, checkpointer: &mut Checkpointer) {
        let [parent] = ops.parents;
        let grad = grads.consume::<B>(&ops.node);
        if let Some(node) = parent {
            let x = checkpointer.retrieve_node_output::<FloatTensor<B>>(ops.state);
            let back = || B::geglu_backward(x, grad);
            grads.register::<B>(node.id, timed(Kind::Activation, Pass::Backward, back));
        }
    }
}

#[derive(Debug)]
struct Attend;

impl<B: Kernels> Backward<B, 3> for Attend {
    type State = ([NodeId; 3], Heads);

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, checkpointer: &mut Checkpointer) {
        let grad = grads.consume::<B>(&ops.node);
        let (ids, heads) = ops.state;
        let [query, key, value] = ids.map(|id| checkpointer.retrieve_node_output::<FloatTensor<B>>(id));
        let back = || B::attend_backward(query, key, value, grad, heads);
        let (query, key, value) = timed(Kind::Attention, Pass::Backward, back);
        for (parent, grad) in ops.parents.into_iter().zip([query, key, value]) {
            if let Some(node) = parent {
                grads.register::<B>(node.id, grad);
            }
        }
    }
}

#[derive(Debug)]
struct Join;

impl<B: Kernels> Backward<B, 2> for Join {
    type State = usize;

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _checkpointer: &mut Checkpointer) {
        let grad = grads.consume::<B>(&ops.node);
        let (left, right) = B::part(grad, ops.state);
        for (parent, grad) in ops.parents.into_iter().zip([left, right]) {
            if let Some(node) = parent {
                grads.register::<B>(node.id, grad);
            }
        }
    }
}

#[derive(Debug)]
struct Double;

impl<B: Kernels> Backward<B, 1> for Double {
    type State = Doubling;

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _checkpointer: &mut Checkpointer) {
        let [parent] = ops.parents;
        let grad = grads.consume::<B>(&ops.node);
        if let Some(node) = parent {
            grads.register::<B>(node.id, B::double_backward(grad, ops.state));
        }
    }
}
