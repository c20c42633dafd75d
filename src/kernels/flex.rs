//! The operations on the processor. Tensors are read as f32, whatever they are kept as, and results are kept as what
//! went in; weights are decoded a panel at a time, and the largest of the rest some rows at a time.

mod attention;
mod convolve;
mod copy;
mod crew;
mod curve;
mod exact;
mod norm;
mod numbers;
mod owned;
mod product;
mod turn;
mod winograd;

use burn::backend::Flex;
use burn::backend::TensorMetadata;
use burn::backend::flex::FlexTensor;

pub use self::crew::{Crew, awake};
pub(crate) use self::exact::filled;
use self::numbers::{Numbers, by_rows, read, write};
use self::owned::{onto, take, wide};
use crate::geometry::{Activation, Attention, Doubling, Geometry, Heads, Norm, of_width, width};
use crate::ops::{Frozen, Kernels};
use crate::strategy::{self, Asked, Operation, Pass, Place, Processor, Way};

/// Outputs that lie beside each other in a weight: two vectors of this processor.
pub(crate) fn panel_width() -> usize {
    2 * product::lanes()
}

/// Makes the calling thread one of those that compute, as many in all as rayon would take by itself. Handing each of a
/// step's thousand operations over to other threads, and waiting for them, takes longer than a small model's operations do.
pub fn compute_here() {
    let threads = rayon::current_num_threads();
    if rayon::current_thread_index().is_none()
        && let Ok(pool) = rayon::ThreadPoolBuilder::new().num_threads(threads).use_current_thread().build()
    {
        // The thread is one of the pool's as long as it lives, so the pool is never let go.
        std::mem::forget(pool);
    }
}

impl Kernels for Flex {
    fn convolve(x: FlexTensor, weight: Frozen<Self>, bias: FlexTensor, geometry: Geometry) -> FlexTensor {
        convolved(x, &weight, &bias, None, &geometry)
    }

    fn convolve_onto(
        x: FlexTensor,
        weight: Frozen<Self>,
        bias: FlexTensor,
        residual: FlexTensor,
        geometry: Geometry,
    ) -> FlexTensor {
        convolved(x, &weight, &bias, Some(&residual), &geometry)
    }

    fn convolve_backward(grad: FlexTensor, weight: Frozen<Self>, geometry: Geometry) -> FlexTensor {
        let (weight, way) = (Numbers::weight(&weight), way(&geometry, Pass::Backward, &grad));
        let (shape, dtype) = (geometry.input_shape(), grad.dtype());
        if apart(&geometry, way) {
            return by_rows([&grad], &shape, convolve::least_rows(), |[grad]| {
                let rows = grad.len() / geometry.channels[1];
                convolve::backward(grad, &weight, &Geometry::linear(rows, geometry.channels), way)
            });
        }
        let out = convolve::backward(&read(&wide(grad)), &weight, &geometry, way);
        write(out, &shape, dtype)
    }

    fn norm_groups(x: FlexTensor, gamma: FlexTensor, beta: FlexTensor, norm: Norm) -> FlexTensor {
        let (shape, dtype, pixels) = (x.shape(), x.dtype(), pixels(&x));
        let out = norm::groups(take(x), [&read(&gamma), &read(&beta)], pixels, &norm);
        write(out, &shape, dtype)
    }

    fn norm_groups_backward(
        x: FlexTensor,
        gamma: FlexTensor,
        beta: FlexTensor,
        grad: FlexTensor,
        norm: Norm,
    ) -> FlexTensor {
        let (shape, dtype, pixels) = (x.shape(), x.dtype(), pixels(&x));
        let (gamma, beta) = (read(&gamma), read(&beta));
        let out = norm::groups_backward(&read(&wide(x)), [&gamma, &beta], take(grad), pixels, &norm);
        write(out, &shape, dtype)
    }

    fn norm_rows(x: FlexTensor, gamma: FlexTensor, beta: FlexTensor, epsilon: f32) -> FlexTensor {
        let (gamma, beta) = (read(&gamma), read(&beta));
        by_rows([&x], &x.shape(), 1, |[x]| norm::rows(x, [&gamma, &beta], epsilon))
    }

    fn norm_rows_backward(x: FlexTensor, gamma: FlexTensor, grad: FlexTensor, epsilon: f32) -> FlexTensor {
        let gamma = read(&gamma);
        by_rows([&x, &grad], &x.shape(), 1, |[x, grad]| norm::rows_backward(x, &gamma, grad, epsilon))
    }

    fn activate(x: FlexTensor, activation: Activation) -> FlexTensor {
        by_rows([&x], &x.shape(), 1, |[x]| curve::activate(x, None, activation))
    }

    fn activate_backward(x: FlexTensor, grad: FlexTensor, activation: Activation) -> FlexTensor {
        onto(x, &grad, |[x, grad]| curve::activate(x, Some(grad), activation))
    }

    fn geglu(x: FlexTensor) -> FlexTensor {
        let width = width(&x.shape()) / 2;
        by_rows([&x], &of_width(x.shape(), width), 1, |[x]| curve::geglu(x, width))
    }

    fn geglu_backward(x: FlexTensor, grad: FlexTensor) -> FlexTensor {
        let width = width(&x.shape()) / 2;
        onto(x, &grad, |[x, grad]| curve::geglu_backward(x, grad, width))
    }

    fn attend(query: FlexTensor, key: FlexTensor, value: FlexTensor, heads: Heads) -> FlexTensor {
        let sizes = Attention::of(&query.shape(), &key.shape(), heads);
        let (shape, dtype) = (query.shape(), query.dtype());
        let panels = attention::panels(&read(&wide(key)), &read(&wide(value)), sizes);
        let out = attention::forward(&read(&wide(query)), &panels, sizes);
        write(out, &shape, dtype)
    }

    fn attend_backward(
        query: FlexTensor,
        key: FlexTensor,
        value: FlexTensor,
        grad: FlexTensor,
        heads: Heads,
    ) -> (FlexTensor, FlexTensor, FlexTensor) {
        let sizes = Attention::of(&query.shape(), &key.shape(), heads);
        let (dtype, [queries, keys]) = (query.dtype(), [query.shape(), key.shape()]);
        let given = [query, key, value, grad].map(wide);
        let [query, key, value, grad] = given.each_ref().map(read);
        let [to_query, to_key, to_value] = attention::backward(&query, &key, &value, &grad, sizes);
        drop([query, key, value, grad]);
        drop(given);
        let together =
            |parts, tokens, shape: &[usize]| write(attention::together(parts, tokens, sizes), shape, dtype);
        let [of_query, of_key] = sizes.tokens;
        (
            together(to_query, of_query, &queries),
            together(to_key, of_key, &keys),
            together(to_value, of_key, &keys),
        )
    }

    fn join(left: FlexTensor, right: FlexTensor) -> FlexTensor {
        let widths = [width(&left.shape()), width(&right.shape())];
        let shape = of_width(left.shape(), widths[0] + widths[1]);
        by_rows([&left, &right], &shape, 1, |[left, right]| copy::join(left, right, widths))
    }

    fn part(x: FlexTensor, left: usize) -> (FlexTensor, FlexTensor) {
        let (right, dtype) = (width(&x.shape()) - left, x.dtype());
        let shapes = [left, right].map(|width| of_width(x.shape(), width));
        let [first, other] = copy::part(&read(&wide(x)), [left, right]);
        (write(first, &shapes[0], dtype), write(other, &shapes[1], dtype))
    }

    fn double(x: FlexTensor, doubling: Doubling) -> FlexTensor {
        write(copy::double(&read(&x), &doubling), &doubling.output_shape(), x.dtype())
    }

    fn double_backward(grad: FlexTensor, doubling: Doubling) -> FlexTensor {
        write(copy::double_backward(&read(&grad), &doubling), &doubling.input_shape(), grad.dtype())
    }
}

fn convolved(
    x: FlexTensor,
    weight: &Frozen<Flex>,
    bias: &FlexTensor,
    residual: Option<&FlexTensor>,
    geometry: &Geometry,
) -> FlexTensor {
    let (weight, way, shape) =
        (Numbers::weight(weight), way(geometry, Pass::Forward, &x), geometry.output_shape());
    let (bias, dtype) = (read(bias), x.dtype());
    if !apart(geometry, way) || bias.len() != geometry.channels[1] {
        let residual = residual.map(read);
        let out = convolve::forward(&read(&wide(x)), &weight, &bias, residual.as_deref(), geometry, way);
        return write(out, &shape, dtype);
    }
    let rows = |x: &[f32], residual: Option<&[f32]>| {
        let geometry = Geometry::linear(x.len() / geometry.channels[0], geometry.channels);
        convolve::forward(x, &weight, &bias, residual, &geometry, way)
    };
    match residual {
        Some(residual) => {
            by_rows([&x, residual], &shape, convolve::least_rows(), |[x, residual]| rows(x, Some(residual)))
        }
        None => by_rows([&x], &shape, convolve::least_rows(), |[x]| rows(x, None)),
    }
}

/// Pixels of one picture of `[batch, .., channels]`.
fn pixels(x: &FlexTensor) -> usize {
    let shape = x.shape();
    shape[1..shape.num_dims() - 1].iter().product()
}

/// Whether each row of a convolution is made by itself, so that they need not be together.
fn apart(geometry: &Geometry, way: Way) -> bool {
    geometry.is_product() && way == Way::Rows
}

/// The way that a convolution goes whose pass begins with `x`.
fn way(geometry: &Geometry, pass: Pass, x: &FlexTensor) -> Way {
    let asked = Asked { operation: Operation::Convolution(*geometry), pass, bytes: x.dtype().size() };
    strategy::way(&asked, &Place::Processor(Processor { panel: panel_width() }))
}
