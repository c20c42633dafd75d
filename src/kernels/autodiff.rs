//! The operations on a device that keeps a graph: each forward pass registers its backward pass with what that needs.
//!
//! Convolutions keep nothing of their input, norms and activations keep the input alone, attention keeps query, key and
//! value and never the scores. Weights, and the scales of norms, are constants.

use burn::backend::autodiff::NodeId;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, TensorMetadata};
use burn::tensor::Shape;

use crate::geometry::{Activation, Doubling, Geometry, Heads, Norm, width};
use crate::ops::{Frozen, Kernels};
use crate::tally::{Kind, Pass, timed};

/// A tensor of this device: one of the other's, in the graph.
type Node<B, C> = FloatTensor<Autodiff<B, C>>;

/// What comes out, with what its backward pass needs if anybody asks for that.
macro_rules! registered {
    ($operation:expr, $nodes:expr, |$prep:ident| $kept:expr, $forward:expr) => {
        match $operation.prepare::<C>($nodes).compute_bound().stateful() {
            #[allow(unused_mut, reason = "not every operation keeps its input")]
            OpsKind::Tracked(mut $prep) => {
                let kept = $kept;
                $prep.finish(kept, $forward)
            }
            OpsKind::UnTracked(prep) => prep.finish($forward),
        }
    };
}

impl<B: Kernels, C: CheckpointStrategy> Kernels for Autodiff<B, C> {
    fn convolve(x: Node<B, C>, weight: Frozen<Self>, bias: Node<B, C>, geometry: Geometry) -> Node<B, C> {
        let weight = weight.constant();
        let kept = (weight.clone(), bias.primitive().shape(), geometry);
        let nodes = [x.node(), bias.node()];
        let forward = || B::convolve(x.into_primitive(), weight, bias.into_primitive(), geometry);
        registered!(Convolve, nodes, |prep| kept, forward())
    }

    fn convolve_onto(
        x: Node<B, C>,
        weight: Frozen<Self>,
        bias: Node<B, C>,
        residual: Node<B, C>,
        geometry: Geometry,
    ) -> Node<B, C> {
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
        registered!(Convolve, nodes, |prep| kept, forward())
    }

    fn convolve_backward(_: Node<B, C>, _: Frozen<Self>, _: Geometry) -> Node<B, C> {
        second()
    }

    fn norm_groups(x: Node<B, C>, gamma: Node<B, C>, beta: Node<B, C>, norm: Norm) -> Node<B, C> {
        let (gamma, beta) = (gamma.into_primitive(), beta.into_primitive());
        registered!(
            GroupNorm,
            [x.node()],
            |prep| (prep.checkpoint(&x), (gamma.clone(), beta.clone(), norm)),
            B::norm_groups(x.into_primitive(), gamma, beta, norm)
        )
    }

    fn norm_groups_backward(
        _: Node<B, C>,
        _: Node<B, C>,
        _: Node<B, C>,
        _: Node<B, C>,
        _: Norm,
    ) -> Node<B, C> {
        second()
    }

    fn norm_rows(x: Node<B, C>, gamma: Node<B, C>, beta: Node<B, C>, epsilon: f32) -> Node<B, C> {
        let (gamma, beta) = (gamma.into_primitive(), beta.into_primitive());
        registered!(
            LayerNorm,
            [x.node()],
            |prep| (prep.checkpoint(&x), (gamma.clone(), epsilon)),
            B::norm_rows(x.into_primitive(), gamma, beta, epsilon)
        )
    }

    fn norm_rows_backward(_: Node<B, C>, _: Node<B, C>, _: Node<B, C>, _: f32) -> Node<B, C> {
        second()
    }

    fn activate(x: Node<B, C>, activation: Activation) -> Node<B, C> {
        let forward = |x: Node<B, C>| B::activate(x.into_primitive(), activation);
        registered!(Activate, [x.node()], |prep| (prep.checkpoint(&x), activation), forward(x))
    }

    fn activate_backward(_: Node<B, C>, _: Node<B, C>, _: Activation) -> Node<B, C> {
        second()
    }

    fn geglu(x: Node<B, C>) -> Node<B, C> {
        registered!(Geglu, [x.node()], |prep| (prep.checkpoint(&x), ()), B::geglu(x.into_primitive()))
    }

    fn geglu_backward(_: Node<B, C>, _: Node<B, C>) -> Node<B, C> {
        second()
    }

    fn attend(query: Node<B, C>, key: Node<B, C>, value: Node<B, C>, heads: Heads) -> Node<B, C> {
        let nodes = [query.node(), key.node(), value.node()];
        registered!(
            Attend,
            nodes,
            |prep| ([&query, &key, &value].map(|input| prep.checkpoint(input)), heads),
            B::attend(query.into_primitive(), key.into_primitive(), value.into_primitive(), heads)
        )
    }

    fn attend_backward(
        _: Node<B, C>,
        _: Node<B, C>,
        _: Node<B, C>,
        _: Node<B, C>,
        _: Heads,
    ) -> (Node<B, C>, Node<B, C>, Node<B, C>) {
        second()
    }

    fn join(left: Node<B, C>, right: Node<B, C>) -> Node<B, C> {
        let width = width(&left.primitive().shape());
        let nodes = [left.node(), right.node()];
        registered!(Join, nodes, |prep| width, B::join(left.into_primitive(), right.into_primitive()))
    }

    /// Only ever asked for without a graph.
    fn part(_: Node<B, C>, _: usize) -> (Node<B, C>, Node<B, C>) {
        second()
    }

    fn double(x: Node<B, C>, doubling: Doubling) -> Node<B, C> {
        registered!(Double, [x.node()], |prep| doubling, B::double(x.into_primitive(), doubling))
    }

    fn double_backward(_: Node<B, C>, _: Doubling) -> Node<B, C> {
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

/// An operation of one input, which is all that its gradient needs beside what the macro is given the names of.
macro_rules! of_one_input {
    ($Operation:ident, $State:ty, $kind:expr, |$x:ident, $grad:ident, $kept:pat_param| $back:expr) => {
        #[derive(Debug)]
        struct $Operation;

        impl<B: Kernels> Backward<B, 1> for $Operation {
            type State = (NodeId, $State);

            fn backward(
                self,
                ops: Ops<Self::State, 1>,
                grads: &mut Gradients,
                checkpointer: &mut Checkpointer,
            ) {
                let [parent] = ops.parents;
                let $grad = grads.consume::<B>(&ops.node);
                let (x, $kept) = ops.state;
                if let Some(node) = parent {
                    let $x = checkpointer.retrieve_node_output::<FloatTensor<B>>(x);
                    grads.register::<B>(node.id, timed($kind, Pass::Backward, || $back));
                }
            }
        }
    };
}

of_one_input!(
    GroupNorm,
    (FloatTensor<B>, FloatTensor<B>, Norm),
    Kind::Norm,
    |x, grad, (gamma, beta, norm)| B::norm_groups_backward(x, gamma, beta, grad, norm)
);
of_one_input!(LayerNorm, (FloatTensor<B>, f32), Kind::Norm, |x, grad, (gamma, epsilon)| {
    B::norm_rows_backward(x, gamma, grad, epsilon)
});
of_one_input!(Activate, Activation, Kind::Activation, |x, grad, activation| {
    B::activate_backward(x, grad, activation)
});
of_one_input!(Geglu, (), Kind::Activation, |x, grad, ()| B::geglu_backward(x, grad));

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
