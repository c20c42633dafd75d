//! Every operation of a device and its gradient against the same in plain burn on the processor, at awkward sizes, and
//! its gradient against central differences of itself.
//!
//! The checks take any device. Those of graphics cards run on OpenGL, which a computer without a card has in software;
//! where there is none, nothing is tried, and a line says so. In 16 bits results and gradients are compared alone: a step
//! that such numbers can tell is too long for a difference. The length is that of one check for each operation.

use std::sync::{Mutex, OnceLock};

use burn::module::{Param, ParamId};
use burn::tensor::wgpu::WgpuBackend;
use burn::tensor::{DType, Device, DeviceKind, Tensor, TensorData};

use crate::geometry::{Activation, Heads, Norm};
use crate::strategy::{Asked, Chosen, Operation, Pass, Way, overrule};
use crate::{Conv2d, Geometry, GroupNorm, LayerNorm, Linear, Weight, reference};

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

/// Compares results and gradients of all inputs.
fn compare<const D: usize, const N: usize>(
    what: &str,
    device: &Device,
    shapes: [[usize; D]; N],
    ours: impl Fn([Tensor<D>; N]) -> Tensor<D>,
    plain: impl Fn([Tensor<D>; N]) -> Tensor<D>,
) {
    let size = |shape: [usize; D]| shape.iter().product::<usize>();
    let inputs: [Vec<f32>; N] = std::array::from_fn(|i| numbers(size(shapes[i]), i as u64 + 1));
    let leaves = |device: &Device, inputs: &[Vec<f32>; N]| -> [Tensor<D>; N] {
        std::array::from_fn(|i| tensor(&inputs[i], shapes[i], device))
    };
    let result = gradients(device, &inputs, shapes, &ours);
    all_close(what, &result, &gradients(&Device::flex(), &inputs, shapes, &plain), CLOSE);
    // The direction is one in which every number moves.
    let step = 1e-2_f32;
    let along: [Vec<f32>; N] = std::array::from_fn(|i| numbers(size(shapes[i]), i as u64 + 50));
    let loss = |by: f32| -> f64 {
        let moved = std::array::from_fn(|i| {
            inputs[i].iter().zip(&along[i]).map(|(x, v)| x + by * v.signum()).collect::<Vec<f32>>()
        });
        let out = read(ours(leaves(device, &moved)));
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

/// Numbers that f16 can hold.
fn halves(count: usize, seed: u64) -> Vec<f32> {
    numbers(count, seed).into_iter().map(|x| half::f16::from_f32(x).to_f32()).collect()
}

/// Compares an operation on f16 with the same in f32 on the same numbers.
fn compare_halves<const D: usize, const N: usize>(
    what: &str,
    device: &Device,
    shapes: [[usize; D]; N],
    ours: impl Fn([Tensor<D>; N]) -> Tensor<D>,
    plain: impl Fn([Tensor<D>; N]) -> Tensor<D>,
) {
    let inputs: [Vec<f32>; N] = std::array::from_fn(|i| halves(shapes[i].iter().product(), i as u64 + 1));
    let in_halves = |inputs: [Tensor<D>; N]| {
        let out = ours(inputs.map(|x| x.cast(DType::F16)));
        assert_eq!(out.dtype(), DType::F16, "{what}");
        out.cast(DType::F32)
    };
    let result = gradients(device, &inputs, shapes, &in_halves);
    all_close(
        &format!("{what}, in f16"),
        &result,
        &gradients(&Device::flex(), &inputs, shapes, &plain),
        HALF,
    );
}

/// Each operation in f16, at odd sizes; nothing where the device has no such numbers.
fn all_in_halves(device: &Device) {
    if !device.supports_dtype(DType::F16) {
        println!("there is no f16 here, nothing was tried");
        return;
    }
    let flex = Device::flex();
    let half_param = |count: usize, seed| {
        let values = halves(count, seed);
        let data = TensorData::new(values.clone(), [count]).convert_dtype(DType::F16);
        let on_device = Tensor::<1>::from_data(data, (device, DType::F16));
        (on_device, tensor(&values, [count], &flex))
    };
    let initialized = |x: Tensor<1>| Param::initialized(ParamId::new(), x);
    for ([batch, height, width], [input, output], kernel, stride) in
        [([2, 33, 17], [4, 40], 3, 1), ([1, 9, 7], [40, 9], 3, 2), ([1, 1, 77], [40, 160], 1, 1)]
    {
        let values = halves(input * output * kernel * kernel, 7);
        let (bias, shift) = half_param(output, 8);
        let padding = [kernel / 2; 4];
        let ours = Conv2d {
            weight: Weight::new(&values, [input, output, kernel], device, DType::F16),
            bias: Param::initialized(ParamId::new(), bias.reshape([1, output])),
            channels: [input, output],
            kernel,
            stride,
            padding,
            learned: None,
        };
        let weight = tensor(&values, [output, input, kernel, kernel], &flex);
        compare_halves(
            &format!("convolution {height}x{width}, {input} to {output}, kernel {kernel}"),
            device,
            [[batch, height, width, input]],
            |[x]| ours.forward(x),
            |[x]| reference::convolve(x, weight.clone(), shift.clone(), stride, padding),
        );
    }
    for (shape, groups) in [([2, 33, 17, 40], 4), ([1, 1, 1, 9], 3)] {
        let ((gamma, scale), (beta, shift)) = (half_param(shape[3], 7), half_param(shape[3], 8));
        let ours = GroupNorm {
            gamma: initialized(gamma),
            beta: initialized(beta),
            groups,
            epsilon: 1e-2,
            learned: None,
        };
        let norm = Norm { groups, epsilon: 1e-2, silu: true };
        compare_halves(
            &format!("group norm and SiLU of {shape:?}"),
            device,
            [shape],
            |[x]| ours.forward_silu(x),
            |[x]| reference::group_norm(x, scale.clone(), shift.clone(), norm),
        );
    }
    for shape in [[2, 77, 40], [1, 1, 9]] {
        let ((gamma, scale), (beta, shift)) = (half_param(shape[2], 7), half_param(shape[2], 8));
        let ours =
            LayerNorm { gamma: initialized(gamma), beta: initialized(beta), epsilon: 1e-2, learned: None };
        compare_halves(
            &format!("layer norm of {shape:?}"),
            device,
            [shape],
            |[x]| ours.forward(x),
            |[x]| reference::layer_norm(x, scale.clone(), shift.clone(), 1e-2),
        );
    }
    for shape in [[2, 65, 80], [1, 1, 18]] {
        let what = format!("GEGLU of {shape:?}");
        compare_halves(&what, device, [shape], |[x]| crate::geglu(x), |[x]| reference::geglu(x));
    }
    for (n, m, head, count, causal) in
        [(65, 77, 40, 2, false), (33, 154, 160, 1, false), (77, 77, 8, 4, true), (1, 1, 9, 3, false)]
    {
        let (width, heads) = (head * count, Heads { count, causal });
        compare_halves(
            &format!("attention of {n} to {m}, {count} heads of {head}, causal {causal}"),
            device,
            [[2, n, width], [2, m, width], [2, m, width]],
            |[q, k, v]| crate::attend(q, k, v, heads),
            |[q, k, v]| reference::attend(q, k, v, heads),
        );
    }
}

/// A linear layer and a GEGLU in f16: more rows than a piece, and half of them, which are less.
fn rows_in_halves(device: &Device) {
    let (rows, input, output) = (7100, 8, 320);
    let bias = tensor(&numbers(output, 8), [1, output], device).cast(DType::F16);
    let layer = Linear {
        weight: Weight::new(&halves(input * output, 7), [input, output, 1], device, DType::F16),
        bias: Param::initialized(ParamId::new(), bias),
        channels: [input, output],
        adapter: None,
        learned: None,
    };
    let run = |x: &[f32]| {
        let shape = [1, x.len() / input, input];
        let leaf: Tensor<3> = tensor(x, shape, &device.clone().autodiff()).require_grad();
        let out = crate::geglu(layer.forward(leaf.clone().cast(DType::F16))).cast(DType::F32);
        let gradients = out.clone().sum().backward();
        [read(out.inner()), read(leaf.grad(&gradients).unwrap())]
    };
    let x = halves(rows * input, 1);
    let (first, rest) = x.split_at(rows / 2 * input);
    let (whole, first, rest) = (run(&x), run(first), run(rest));
    for (whole, parts) in whole.iter().zip(first.iter().zip(&rest)) {
        assert!(*whole == [&parts.0[..], parts.1].concat());
    }
}

/// Held by tests that overrule the table, which is one for the whole process.
pub(crate) static OVERRULING: Mutex<()> = Mutex::new(());

/// Lets convolutions of these sizes go Winograd's way, and says which these are. No other test of this process has them.
fn by_winograd(sizes: [usize; 3], channels: [usize; 2]) -> [Asked; 2] {
    let [batch, height, width] = sizes;
    let geometry = Geometry {
        input: [batch, height, width],
        output: [height, width],
        channels,
        kernel: 3,
        stride: 1,
        padding: [1; 2],
    };
    let mut chosen = Chosen::now();
    let both = [Pass::Forward, Pass::Backward].map(|pass| Asked {
        operation: Operation::Convolution(geometry),
        pass,
        bytes: 4,
    });
    chosen.ways.extend(both.map(|asked| (asked, Way::Winograd)));
    overrule(chosen);
    both
}

fn param<const D: usize>(values: &[f32], shape: [usize; D], device: &Device) -> Param<Tensor<D>> {
    Param::initialized(ParamId::new(), tensor(values, shape, device))
}

/// What 8 bits leave of a weight, for each output and place of the kernel.
fn rounded(values: &[f32], [input, _, kernel]: [usize; 3]) -> Vec<f32> {
    let (taps, mut rounded) = (kernel * kernel, values.to_vec());
    for row in rounded.chunks_exact_mut(input * taps) {
        for tap in 0..taps {
            let most = row[tap..].iter().step_by(taps).fold(0.0_f32, |most, value| most.max(value.abs()));
            let (rate, scale) = (127.0 / most, most / 127.0);
            for value in row[tap..].iter_mut().step_by(taps) {
                *value = (*value * rate).round_ties_even() * scale;
            }
        }
    }
    rounded
}

/// A weight in full and in 8 bits, and the numbers that are meant. A card's outputs must come in fours.
fn weights(sizes: [usize; 3], device: &Device) -> Vec<(&'static str, Weight, Vec<f32>)> {
    let [input, output, kernel] = sizes;
    let values = numbers(output * input * kernel * kernel, 7);
    let mut all = vec![("", Weight::new(&values, sizes, device, DType::F32), values.clone())];
    if output.is_multiple_of(4) {
        let coded = Weight::coded(&values, sizes, device, DType::F32);
        all.push(("in 8 bits, ", coded, rounded(&values, sizes)));
    }
    all
}

/// A convolution, bare, shifted and onto a residual.
fn convolution(
    device: &Device,
    sizes: [usize; 3],
    channels: [usize; 2],
    [kernel, stride]: [usize; 2],
    padding: [usize; 4],
) {
    for weight in weights([channels[0], channels[1], kernel], device) {
        convolution_with(device, weight, sizes, channels, [kernel, stride], padding);
    }
}

fn convolution_with(
    device: &Device,
    (bits, weight, values): (&str, Weight, Vec<f32>),
    [batch, height, width]: [usize; 3],
    [input, output]: [usize; 2],
    [kernel, stride]: [usize; 2],
    padding: [usize; 4],
) {
    let bias = numbers(output, 8);
    let ours = Conv2d {
        weight,
        bias: param(&bias, [1, output], device),
        channels: [input, output],
        kernel,
        stride,
        padding,
        learned: None,
    };
    let flex = Device::flex();
    let weight = tensor(&values, [output, input, kernel, kernel], &flex);
    let shift = tensor(&bias, [output], &flex);
    let plain = |x| reference::convolve(x, weight.clone(), shift.clone(), stride, padding);
    let what =
        format!("{bits}{height}x{width}, {input} to {output}, kernel {kernel}, stride {stride}, {padding:?}");
    let x = [batch, height, width, input];
    compare(&what, device, [x], |[x]| ours.forward(x), |[x]| plain(x));
    let out = plain(Tensor::zeros(x, &flex)).dims();
    let what = format!("{what}, onto");
    compare(&what, device, [x, out], |[x, y]| ours.forward_onto(x, y), |[x, y]| plain(x) + y);
    let what = format!("{what}, shifted");
    let of_picture = [batch, 1, 1, output];
    let flat = |y: Tensor<4>| y.reshape([batch, output]);
    compare(&what, device, [x, of_picture], |[x, y]| ours.forward_shifted(x, flat(y)), |[x, y]| plain(x) + y);
}

fn convolutions(device: &Device) {
    convolution(device, [2, 65, 33], [4, 40], [3, 1], [1; 4]);
    convolution(device, [1, 1, 1], [9, 4], [3, 1], [1; 4]);
    convolution(device, [2, 9, 7], [9, 4], [3, 2], [1; 4]);
    convolution(device, [2, 10, 8], [4, 9], [3, 2], [0, 0, 1, 1]);
    convolution(device, [2, 8, 6], [40, 9], [1, 1], [0; 4]);
}

fn linears(device: &Device) {
    // The weight of the last one is large enough to have memory of its own on a processor.
    for [rows, input, output] in [[1, 40, 9], [77, 40, 160], [5, 500, 530]] {
        let bias = numbers(output, 8);
        for (bits, weight, values) in weights([input, output, 1], device) {
            let shift = param(&bias, [1, output], device);
            let ours =
                Linear { weight, bias: shift, channels: [input, output], adapter: None, learned: None };
            let flex = Device::flex();
            let (weight, bias) =
                (tensor(&values, [1, output, input], &flex), tensor(&bias, [1, 1, output], &flex));
            let plain = |x: Tensor<3>| x.matmul(weight.clone().swap_dims(1, 2)) + bias.clone();
            let (x, y) = ([1, rows, input], [1, rows, output]);
            let what = format!("linear {bits}{rows}x{input} to {output}");
            compare(&what, device, [x], |[x]| ours.forward(x), |[x]| plain(x));
            compare(&what, device, [x, y], |[x, y]| ours.forward_onto(x, y), |[x, y]| plain(x) + y);
        }
    }
}

fn norms(device: &Device) {
    for (shape, groups, silu) in
        [([2, 65, 33, 40], 4, true), ([1, 1, 1, 9], 3, false), ([2, 5, 3, 64], 32, true)]
    {
        let channels = shape[3];
        let (gamma, beta) = (numbers(channels, 7), numbers(channels, 8));
        let ours = GroupNorm {
            gamma: param(&gamma, [channels], device),
            beta: param(&beta, [channels], device),
            groups,
            epsilon: 1e-2,
            learned: None,
        };
        let flex = Device::flex();
        let (gamma, beta) = (tensor(&gamma, [channels], &flex), tensor(&beta, [channels], &flex));
        let norm = Norm { groups, epsilon: 1e-2, silu };
        compare(
            &format!("group norm of {shape:?}"),
            device,
            [shape],
            |[x]| if silu { ours.forward_silu(x) } else { ours.forward(x) },
            |[x]| reference::group_norm(x, gamma.clone(), beta.clone(), norm),
        );
    }
    for shape in [[2, 77, 40], [1, 1, 9], [3, 5, 320]] {
        let width = shape[2];
        let (gamma, beta) = (numbers(width, 7), numbers(width, 8));
        let ours = LayerNorm {
            gamma: param(&gamma, [width], device),
            beta: param(&beta, [width], device),
            epsilon: 1e-5,
            learned: None,
        };
        let flex = Device::flex();
        let (gamma, beta) = (tensor(&gamma, [width], &flex), tensor(&beta, [width], &flex));
        compare(
            &format!("layer norm of {shape:?}"),
            device,
            [shape],
            |[x]| ours.forward(x),
            |[x]| reference::layer_norm(x, gamma.clone(), beta.clone(), 1e-5),
        );
    }
}

fn activations(device: &Device) {
    for activation in [Activation::Silu, Activation::Gelu, Activation::QuickGelu] {
        for spread in [3.0, 30.0] {
            compare(
                &format!("{activation:?} to {spread}"),
                device,
                [[2, 7, 33]],
                |[x]| crate::activate(x * spread, activation),
                |[x]| reference::activate(x * spread, activation),
            );
        }
    }
    for shape in [[2, 65, 80], [1, 1, 18]] {
        compare(
            &format!("GEGLU of {shape:?}"),
            device,
            [shape],
            |[x]| crate::geglu(x * 3.0),
            |[x]| reference::geglu(x * 3.0),
        );
    }
}

fn attention(device: &Device) {
    for (batch, n, m, head, count, causal) in [
        (2, 65, 77, 40, 2, false),
        (1, 33, 154, 160, 1, false),
        (1, 1, 1, 9, 3, false),
        (2, 77, 77, 8, 4, true),
    ] {
        let (width, heads) = (head * count, Heads { count, causal });
        compare(
            &format!("attention of {n} to {m}, {count} heads of {head}, causal {causal}"),
            device,
            [[batch, n, width], [batch, m, width], [batch, m, width]],
            |[q, k, v]| crate::attend(q, k, v, heads),
            |[q, k, v]| reference::attend(q, k, v, heads),
        );
    }
}

fn copies(device: &Device) {
    for (left, right) in [([2, 65, 33, 40], 8), ([1, 1, 1, 9], 3), ([2, 5, 3, 6], 4)] {
        // Inputs of one shape are compared; of the second a part is taken.
        let cut = |y: Tensor<4>| y.slice([0..left[0], 0..left[1], 0..left[2], 0..right]);
        compare(
            &format!("{right} channels beside {left:?}"),
            device,
            [left, left],
            |[x, y]| crate::join(x, cut(y)),
            |[x, y]| Tensor::cat(vec![x, cut(y)], 3),
        );
    }
    for (input, target) in [([2, 33, 5, 8], [66, 10]), ([1, 3, 4, 6], [5, 7]), ([1, 1, 1, 3], [2, 1])] {
        compare(
            &format!("{input:?} doubled to {target:?}"),
            device,
            [input],
            |[x]| crate::upsample_nearest(x, target),
            |[x]| reference::upsample_nearest(x, target),
        );
    }
}

/// Sizes at which the processor takes each of its ways: weights or rows divided among threads, few rows and many,
/// panels that are not full.
mod on_the_processor {
    use std::sync::PoisonError;

    use burn::tensor::Device;

    use crate::strategy::{Asked, watch};

    #[test]
    fn convolutions_and_their_gradients() {
        let device = Device::flex();
        super::convolutions(&device);
        super::convolution(&device, [1, 4, 4], [320, 96], [3, 1], [1; 4]);
        super::convolution(&device, [1, 24, 24], [33, 70], [3, 1], [1; 4]);
    }

    /// Odd sides, vectors that are not full, several pictures, more lines than one thread takes; in full and in 8 bits.
    #[test]
    fn winograds_way_and_its_gradients() {
        let _alone = super::OVERRULING.lock().unwrap_or_else(PoisonError::into_inner);
        let device = Device::flex();
        for (sizes, channels) in
            [([2, 65, 35], [4, 40]), ([1, 1, 2], [9, 4]), ([3, 22, 21], [33, 70]), ([1, 2, 140], [17, 12])]
        {
            let asked = super::by_winograd(sizes, channels);
            let ((), seen) = watch(|| super::convolution(&device, sizes, channels, [3, 1], [1; 4]));
            // Else the usual way was compared.
            let is_seen = |asked: &Asked| seen.iter().any(|(seen, _)| seen == asked);
            assert!(asked.iter().all(is_seen), "{asked:?}");
        }
    }

    #[test]
    fn operations_in_halves() {
        super::all_in_halves(&Device::flex());
    }

    #[test]
    fn rows_in_halves_do_not_depend_on_how_many_there_are() {
        super::rows_in_halves(&Device::flex());
    }

    #[test]
    fn linear_layers_and_their_gradients() {
        super::linears(&Device::flex());
    }

    #[test]
    fn norms_and_their_gradients() {
        super::norms(&Device::flex());
    }

    #[test]
    fn activations_and_their_gradients() {
        super::activations(&Device::flex());
    }

    #[test]
    fn attention_and_its_gradients() {
        super::attention(&Device::flex());
    }

    #[test]
    fn joining_and_doubling_and_their_gradients() {
        super::copies(&Device::flex());
    }

    #[test]
    fn upsampling_repeats_pixels_and_cuts() {
        let input = super::tensor(&[1.0, 2.0, 3.0, 4.0], [1, 2, 2, 1], &Device::flex());
        let full = super::read(crate::upsample_nearest(input.clone(), [4, 4]));
        assert_eq!(full, [1., 1., 2., 2., 1., 1., 2., 2., 3., 3., 4., 4., 3., 3., 4., 4.]);
        let cut = super::read(crate::upsample_nearest(input, [3, 3]));
        assert_eq!(cut, [1., 1., 2., 1., 1., 2., 3., 3., 4.]);
    }
}

mod on_opengl {
    use super::opengl;

    #[test]
    fn convolutions_and_their_gradients() {
        opengl().iter().for_each(super::convolutions);
    }

    #[test]
    fn operations_in_halves() {
        opengl().iter().for_each(super::all_in_halves);
    }

    #[test]
    fn linear_layers_and_their_gradients() {
        opengl().iter().for_each(super::linears);
    }

    #[test]
    fn norms_and_their_gradients() {
        opengl().iter().for_each(super::norms);
    }

    #[test]
    fn activations_and_their_gradients() {
        opengl().iter().for_each(super::activations);
    }

    #[test]
    fn attention_and_its_gradients() {
        opengl().iter().for_each(super::attention);
    }

    #[test]
    fn joining_and_doubling_and_their_gradients() {
        opengl().iter().for_each(super::copies);
    }
}
