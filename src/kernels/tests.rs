//! Every operation of a device and its gradient against the same in plain burn on the processor, at awkward sizes, and
//! its gradient against central differences of itself. Here is how they are compared.
//!
//! The checks take any device. Those of graphics cards run on OpenGL, which a computer without a card has in software;
//! where there is none, nothing is tried, and a line says so. In 16 bits results and gradients are compared alone: a step
//! that such numbers can tell is too long for a difference.

mod devices;
mod operations;

use std::sync::{Mutex, OnceLock};

use burn::module::{Param, ParamId};
use burn::tensor::wgpu::WgpuBackend;
use burn::tensor::{DType, Device, DeviceKind, Tensor, TensorData};

use crate::Geometry;
use crate::strategy::{Asked, Operation, Pass};

/// Against the largest number of a result, or one: sums of some hundred products in another order, and exponentials that
/// cards may round by a few units in the last place.
const CLOSE: f32 = 2e-5;
/// The same where numbers are kept in f16, which has ten bits behind the first: a number, its gradient and what lies
/// between on a card are rounded a few times by a two thousandth each.
const HALF: f32 = 3e-3;
/// Against the length of the gradient: f32 keeps seven digits, of which a step of a hundredth leaves four.
const SLOPE: f64 = 1e-2;

/// The device that graphics cards are tested on.
pub(crate) fn opengl() -> Option<Device> {
    static OPENED: OnceLock<Option<Device>> = OnceLock::new();
    let open = || {
        let options = Device::wgpu_options().device_kind(DeviceKind::DefaultDevice);
        match options.graphics_api(WgpuBackend::Gl).init_with_setup() {
            Ok((device, setup)) => {
                let f16 = device.supports_dtype(DType::F16);
                println!("kernels on {:?}, f16: {f16}", setup.adapter.get_info());
                Some(device)
            }
            Err(error) => {
                println!("there is no OpenGL here, nothing was tried: {error}");
                None
            }
        }
    };
    OPENED.get_or_init(open).clone()
}

/// A convolution with a kernel of three pixels, of numbers in 32 bits.
pub(crate) fn of_three(input: [usize; 3], channels: [usize; 2], pass: Pass) -> Asked {
    let output = [input[1], input[2]];
    let geometry = Geometry { input, output, channels, kernel: 3, stride: 1, padding: [1; 2] };
    Asked { operation: Operation::Convolution(geometry), pass, bytes: 4 }
}

/// Numbers between -1 and 1 that look drawn.
pub(crate) fn numbers(count: usize, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut draw = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..count + 8).map(|_| draw()).skip(8).collect()
}

fn tensor<const D: usize>(values: &[f32], shape: [usize; D], device: &Device) -> Tensor<D> {
    Tensor::from_data(TensorData::new(values.to_vec(), shape), device)
}

fn read<const D: usize>(x: Tensor<D>) -> Vec<f32> {
    x.try_into_vec_as::<f32>().unwrap()
}

pub(crate) fn close(what: &str, ours: &[f32], theirs: &[f32], tolerance: f32) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    let size = theirs.iter().fold(1.0_f32, |most, x| most.max(x.abs()));
    let apart = |(a, b): (&f32, &f32)| if a.is_finite() { (a - b).abs() } else { f32::INFINITY };
    let most = ours.iter().zip(theirs).map(apart).fold(0.0, f32::max);
    assert!(most <= tolerance * size, "{what}: {most} apart, of {size}");
}

/// Where an operation is tried, and in which numbers.
#[derive(Clone, Copy)]
struct On<'a> {
    device: &'a Device,
    dtype: DType,
}

impl<'a> On<'a> {
    /// A device, in 32 bits.
    fn full(device: &'a Device) -> Self {
        Self { device, dtype: DType::F32 }
    }

    /// The first in 32 bits, the second in 16.
    fn pick<T>(self, full: T, half: T) -> T {
        if self.dtype == DType::F16 { half } else { full }
    }

    /// [`numbers`] that the format can hold.
    fn numbers(self, count: usize, seed: u64) -> Vec<f32> {
        let kept = |x: f32| self.pick(x, half::f16::from_f32(x).to_f32());
        numbers(count, seed).into_iter().map(kept).collect()
    }

    fn param<const D: usize>(self, values: &[f32], shape: [usize; D]) -> Param<Tensor<D>> {
        Param::initialized(ParamId::new(), tensor(values, shape, self.device).cast(self.dtype))
    }
}

/// Compares results and gradients of all inputs, and in 32 bits the gradients with differences.
fn compare<const D: usize, const N: usize>(
    what: &str,
    on: On<'_>,
    shapes: [[usize; D]; N],
    ours: impl Fn([Tensor<D>; N]) -> Tensor<D>,
    plain: impl Fn([Tensor<D>; N]) -> Tensor<D>,
) {
    let (what, device) = (format!("{what}, in {:?}", on.dtype), on.device);
    let size = |shape: [usize; D]| shape.iter().product::<usize>();
    let inputs: [Vec<f32>; N] = std::array::from_fn(|i| on.numbers(size(shapes[i]), i as u64 + 1));
    let in_format = |inputs: [Tensor<D>; N]| {
        let out = ours(inputs.map(|x| x.cast(on.dtype)));
        assert_eq!(out.dtype(), on.dtype, "{what}");
        out.cast(DType::F32)
    };
    let result = gradients(device, &inputs, shapes, &in_format);
    all_close(&what, &result, &gradients(&Device::flex(), &inputs, shapes, &plain), on.pick(CLOSE, HALF));
    if on.dtype != DType::F32 {
        return;
    }
    // The direction is one in which every number moves.
    let step = 1e-2_f32;
    let along: [Vec<f32>; N] = std::array::from_fn(|i| numbers(size(shapes[i]), i as u64 + 50));
    let loss = |by: f32| -> f64 {
        let moved: [Vec<f32>; N] = std::array::from_fn(|i| {
            inputs[i].iter().zip(&along[i]).map(|(x, v)| x + by * v.signum()).collect()
        });
        let out = read(ours(std::array::from_fn(|i| tensor(&moved[i], shapes[i], device))));
        let weights = numbers(out.len(), 99);
        out.iter().zip(&weights).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
    };
    let measured = (loss(step) - loss(-step)) / f64::from(2.0 * step);
    let terms = || result[1..].iter().flatten().zip(along.iter().flatten());
    let told: f64 = terms().map(|(g, v)| f64::from(*g) * f64::from(v.signum())).sum();
    let length = terms().map(|(g, _)| f64::from(g * g)).sum::<f64>().sqrt();
    assert!(
        (measured - told).abs() <= SLOPE * (length + 1.0),
        "{what}: {measured} against {told}, of {length}"
    );
}

/// The result and the gradients of all inputs.
fn gradients<const D: usize, const N: usize>(
    device: &Device,
    inputs: &[Vec<f32>; N],
    shapes: [[usize; D]; N],
    compute: &dyn Fn([Tensor<D>; N]) -> Tensor<D>,
) -> Vec<Vec<f32>> {
    let device = device.clone().autodiff();
    let leaves: [_; N] = std::array::from_fn(|i| tensor(&inputs[i], shapes[i], &device).require_grad());
    let out = compute(leaves.clone());
    let weights = tensor(&numbers(out.shape().num_elements(), 99), out.dims(), &device);
    let gradients = (out.clone() * weights).sum().backward();
    let mut all = vec![read(out.inner())];
    all.extend(leaves.iter().map(|leaf| read(leaf.grad(&gradients).unwrap())));
    all
}

fn all_close(what: &str, ours: &[Vec<f32>], theirs: &[Vec<f32>], tolerance: f32) {
    for (part, (a, b)) in ours.iter().zip(theirs).enumerate() {
        let part = if part == 0 { "result".into() } else { format!("gradient {part}") };
        close(&format!("{what}, {part}"), a, b, tolerance);
    }
}

/// Held by tests that overrule the table, which is one for the whole process.
pub(crate) static OVERRULING: Mutex<()> = Mutex::new(());
