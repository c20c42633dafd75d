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
mod product;
mod winograd;

use burn::backend::Flex;
use burn::backend::TensorMetadata;
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;

pub use self::crew::Crew;
pub(crate) use self::exact::filled;
use self::numbers::{Numbers, by_rows, read, write};
use crate::geometry::{Activation, Attention, Doubling, Geometry, Heads, Norm};
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
    fn convolve(
        x: FloatTensor<Self>,
        weight: Frozen<Self>,
        bias: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        convolved(&x, &weight, &bias, None, &geometry)
    }

    fn convolve_onto(
        x: FloatTensor<Self>,
        weight: Frozen<Self>,
        bias: FloatTensor<Self>,
        residual: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        convolved(&x, &weight, &bias, Some(&residual), &geometry)
    }

    fn convolve_backward(
        grad: FloatTensor<Self>,
        weight: Frozen<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        let (weight, way) = (Numbers::weight(&weight), way(&geometry, Pass::Backward, &grad));
        let shape = geometry.input_shape();
        if apart(&geometry, way) {
            return by_rows([&grad], &shape, convolve::least_rows(), |[grad]| {
                let rows = grad.len() / geometry.channels[1];
                convolve::backward(grad, &weight, &Geometry::linear(rows, geometry.channels), way)
            });
        }
        write(convolve::backward(&read(&grad), &weight, &geometry, way), &shape, grad.dtype())
    }

    fn norm_groups(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        norm: Norm,
    ) -> FloatTensor<Self> {
        let out = norm::groups(&read(&x), [&read(&gamma), &read(&beta)], pixels(&x), &norm);
        write(out, &x.shape(), x.dtype())
    }

    fn norm_groups_backward(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        norm: Norm,
    ) -> FloatTensor<Self> {
        let scales = [&read(&gamma)[..], &read(&beta)];
        let out = norm::groups_backward(&read(&x), scales, &read(&grad), pixels(&x), &norm);
        write(out, &x.shape(), x.dtype())
    }

    fn norm_rows(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        epsilon: f32,
    ) -> FloatTensor<Self> {
        let out = norm::rows(&read(&x), [&read(&gamma), &read(&beta)], epsilon);
        write(out, &x.shape(), x.dtype())
    }

    fn norm_rows_backward(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        epsilon: f32,
    ) -> FloatTensor<Self> {
        let out = norm::rows_backward(&read(&x), &read(&gamma), &read(&grad), epsilon);
        write(out, &x.shape(), x.dtype())
    }

    fn activate(x: FloatTensor<Self>, activation: Activation) -> FloatTensor<Self> {
        by_rows([&x], &x.shape(), 1, |[x]| curve::activate(x, None, activation))
    }

    fn activate_backward(
        x: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        activation: Activation,
    ) -> FloatTensor<Self> {
        by_rows([&x, &grad], &x.shape(), 1, |[x, grad]| curve::activate(x, Some(grad), activation))
    }

    fn geglu(x: FloatTensor<Self>) -> FloatTensor<Self> {
        let mut shape = x.shape().to_vec();
        let last = shape.len() - 1;
        shape[last] /= 2;
        by_rows([&x], &shape, 1, |[x]| curve::geglu(x, shape[last]))
    }

    fn geglu_backward(x: FloatTensor<Self>, grad: FloatTensor<Self>) -> FloatTensor<Self> {
        let shape = x.shape().to_vec();
        let width = shape[shape.len() - 1] / 2;
        by_rows([&x, &grad], &shape, 1, |[x, grad]| curve::geglu_backward(x, grad, width))
    }

    fn attend(
        query: FloatTensor<Self>,
        key: FloatTensor<Self>,
        value: FloatTensor<Self>,
        heads: Heads,
    ) -> FloatTensor<Self> {
        let sizes = sizes(&query, &key, heads);
        let out = attention::forward(&read(&query), &read(&key), &read(&value), sizes);
        write(out, &query.shape(), query.dtype())
    }

    fn attend_backward(
        query: FloatTensor<Self>,
        key: FloatTensor<Self>,
        value: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        heads: Heads,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        let sizes = sizes(&query, &key, heads);
        let [to_query, to_key, to_value] =
            attention::backward(&read(&query), &read(&key), &read(&value), &read(&grad), sizes);
        let dtype = query.dtype();
        let (query, key) = (query.shape(), key.shape());
        (write(to_query, &query, dtype), write(to_key, &key, dtype), write(to_value, &key, dtype))
    }

    fn join(left: FloatTensor<Self>, right: FloatTensor<Self>) -> FloatTensor<Self> {
        let widths = [width(&left), width(&right)];
        let out = copy::join(&read(&left), &read(&right), widths);
        write(out, &of_width(&left, widths[0] + widths[1]), left.dtype())
    }

    fn part(x: FloatTensor<Self>, left: usize) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let right = width(&x) - left;
        let [first, other] = copy::part(&read(&x), [left, right]);
        let dtype = x.dtype();
        (write(first, &of_width(&x, left), dtype), write(other, &of_width(&x, right), dtype))
    }

    fn double(x: FloatTensor<Self>, doubling: Doubling) -> FloatTensor<Self> {
        write(copy::double(&read(&x), &doubling), &doubling.output_shape(), x.dtype())
    }

    fn double_backward(grad: FloatTensor<Self>, doubling: Doubling) -> FloatTensor<Self> {
        write(copy::double_backward(&read(&grad), &doubling), &doubling.input_shape(), grad.dtype())
    }
}

fn convolved(
    x: &FlexTensor,
    weight: &Frozen<Flex>,
    bias: &FlexTensor,
    residual: Option<&FlexTensor>,
    geometry: &Geometry,
) -> FlexTensor {
    let (weight, way, shape) =
        (Numbers::weight(weight), way(geometry, Pass::Forward, x), geometry.output_shape());
    let bias = read(bias);
    if !apart(geometry, way) || bias.len() != geometry.channels[1] {
        let residual = residual.map(read);
        let out = convolve::forward(&read(x), &weight, &bias, residual.as_deref(), geometry, way);
        return write(out, &shape, x.dtype());
    }
    let rows = |x: &[f32], residual: Option<&[f32]>| {
        let geometry = Geometry::linear(x.len() / geometry.channels[0], geometry.channels);
        convolve::forward(x, &weight, &bias, residual, &geometry, way)
    };
    match residual {
        Some(residual) => {
            by_rows([x, residual], &shape, convolve::least_rows(), |[x, residual]| rows(x, Some(residual)))
        }
        None => by_rows([x], &shape, convolve::least_rows(), |[x]| rows(x, None)),
    }
}

fn width(x: &FloatTensor<Flex>) -> usize {
    let shape = x.shape();
    shape[shape.num_dims() - 1]
}

fn of_width(x: &FloatTensor<Flex>, width: usize) -> Vec<usize> {
    let mut shape = x.shape().to_vec();
    let last = shape.len() - 1;
    shape[last] = width;
    shape
}

/// Pixels of one picture of `[batch, .., channels]`.
fn pixels(x: &FloatTensor<Flex>) -> usize {
    let shape = x.shape();
    shape[1..shape.num_dims() - 1].iter().product()
}

fn sizes(query: &FloatTensor<Flex>, key: &FloatTensor<Flex>, heads: Heads) -> Attention {
    Attention::of(&query.shape(), &key.shape(), heads)
}

/// Whether each row of a convolution is made by itself, so that they need not be together.
fn apart(geometry: &Geometry, way: Way) -> bool {
    geometry.is_product() && way == Way::Rows
}

/// The way that a convolution goes whose pass begins with `x`.
fn way(geometry: &Geometry, pass: Pass, x: &FloatTensor<Flex>) -> Way {
    let asked = Asked { operation: Operation::Convolution(*geometry), pass, bytes: x.dtype().size() };
    strategy::way(&asked, &Place::Processor(Processor { panel: panel_width() }))
}
