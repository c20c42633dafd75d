//! The checks themselves: one for each operation, with its sizes in 32 and in 16 bits.

use super::*;
use crate::geometry::{Activation, Heads, Norm};
use crate::{Conv2d, GroupNorm, LayerNorm, Linear, Weight, reference};

/// Each operation in f16, at odd sizes; nothing where the device has no such numbers.
pub(super) fn all_in_halves(device: &Device) {
    if !device.supports_dtype(DType::F16) {
        println!("there is no f16 here, nothing was tried");
        return;
    }
    let on = On { device, dtype: DType::F16 };
    for check in [convolutions, norms, gated, attention] {
        check(on);
    }
}

/// A linear layer and a GEGLU in f16: more rows than a piece, and half of them, which are less.
pub(super) fn rows_in_halves(device: &Device) {
    let on = On { device, dtype: DType::F16 };
    let (rows, input, output) = (7100, 8, 320);
    let layer = Linear {
        weight: Weight::new(&on.numbers(input * output, 7), [input, output, 1], device, DType::F16),
        bias: on.param(&numbers(output, 8), [1, output]),
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
    let x = on.numbers(rows * input, 1);
    let (first, rest) = x.split_at(rows / 2 * input);
    let (whole, first, rest) = (run(&x), run(first), run(rest));
    for (whole, parts) in whole.iter().zip(first.iter().zip(&rest)) {
        assert!(*whole == [&parts.0[..], parts.1].concat());
    }
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

/// A weight in full and in 8 bits, and the numbers that are meant. A card's outputs must come in fours; what 8 bits are in
/// 16 is not compared.
fn weights(sizes: [usize; 3], on: On<'_>) -> Vec<(&'static str, Weight, Vec<f32>)> {
    let [input, output, kernel] = sizes;
    let values = on.numbers(output * input * kernel * kernel, 7);
    let mut all = vec![("", Weight::new(&values, sizes, on.device, on.dtype), values.clone())];
    if output.is_multiple_of(4) && on.dtype == DType::F32 {
        let coded = Weight::coded(&values, sizes, on.device, on.dtype);
        all.push(("in 8 bits, ", coded, rounded(&values, sizes)));
    }
    all
}

/// A convolution, bare, and in 32 bits onto a residual and shifted.
pub(super) fn convolution(
    on: On<'_>,
    [batch, height, width]: [usize; 3],
    channels: [usize; 2],
    [kernel, stride]: [usize; 2],
    padding: [usize; 4],
) {
    let [input, output] = channels;
    let (bias, flex) = (on.numbers(output, 8), Device::flex());
    for (bits, weight, values) in weights([input, output, kernel], on) {
        let bias_param = on.param(&bias, [1, output]);
        let ours = Conv2d { weight, bias: bias_param, channels, kernel, stride, padding, learned: None };
        let weight = tensor(&values, [output, input, kernel, kernel], &flex);
        let shift = tensor(&bias, [output], &flex);
        let plain = |x| reference::convolve(x, weight.clone(), shift.clone(), stride, padding);
        let what = format!(
            "{bits}{height}x{width}, {input} to {output}, kernel {kernel}, stride {stride}, {padding:?}"
        );
        let x = [batch, height, width, input];
        compare(&what, on, [x], |[x]| ours.forward(x), |[x]| plain(x));
        if on.dtype != DType::F32 {
            continue;
        }
        let out = plain(Tensor::zeros(x, &flex)).dims();
        let onto = format!("{what}, onto");
        compare(&onto, on, [x, out], |[x, y]| ours.forward_onto(x, y), |[x, y]| plain(x) + y);
        let shifted = format!("{what}, shifted");
        let of_picture = [batch, 1, 1, output];
        let flat = |y: Tensor<4>| y.reshape([batch, output]);
        let moved = |[x, y]: [Tensor<4>; 2]| ours.forward_shifted(x, flat(y));
        compare(&shifted, on, [x, of_picture], moved, |[x, y]| plain(x) + y);
    }
}

pub(super) fn convolutions(on: On<'_>) {
    type Case = ([usize; 3], [usize; 2], [usize; 2], [usize; 4]);
    const FULL: &[Case] = &[
        ([2, 65, 33], [4, 40], [3, 1], [1; 4]),
        ([1, 1, 1], [9, 4], [3, 1], [1; 4]),
        ([2, 9, 7], [9, 4], [3, 2], [1; 4]),
        ([2, 10, 8], [4, 9], [3, 2], [0, 0, 1, 1]),
        ([2, 8, 6], [40, 9], [1, 1], [0; 4]),
    ];
    const HALF: &[Case] = &[
        ([2, 33, 17], [4, 40], [3, 1], [1; 4]),
        ([1, 9, 7], [40, 9], [3, 2], [1; 4]),
        ([1, 1, 77], [40, 160], [1, 1], [0; 4]),
    ];
    for &(sizes, channels, kernel, padding) in on.pick(FULL, HALF) {
        convolution(on, sizes, channels, kernel, padding);
    }
}

pub(super) fn linears(on: On<'_>) {
    let flex = Device::flex();
    // The weight of the last one is large enough to have memory of its own on a processor.
    for [rows, input, output] in [[1, 40, 9], [77, 40, 160], [5, 500, 530]] {
        let bias = on.numbers(output, 8);
        for (bits, weight, values) in weights([input, output, 1], on) {
            let (channels, shift) = ([input, output], on.param(&bias, [1, output]));
            let ours = Linear { weight, bias: shift, channels, adapter: None, learned: None };
            let weight = tensor(&values, [1, output, input], &flex);
            let bias = tensor(&bias, [1, 1, output], &flex);
            let plain = |x: Tensor<3>| x.matmul(weight.clone().swap_dims(1, 2)) + bias.clone();
            let (x, y) = ([1, rows, input], [1, rows, output]);
            let what = format!("linear {bits}{rows}x{input} to {output}");
            compare(&what, on, [x], |[x]| ours.forward(x), |[x]| plain(x));
            compare(&what, on, [x, y], |[x, y]| ours.forward_onto(x, y), |[x, y]| plain(x) + y);
        }
    }
}

pub(super) fn norms(on: On<'_>) {
    type Case = ([usize; 4], usize, bool);
    const FULL: &[Case] = &[([2, 65, 33, 40], 4, true), ([1, 1, 1, 9], 3, false), ([2, 5, 3, 64], 32, true)];
    const HALF: &[Case] = &[([2, 33, 17, 40], 4, true), ([1, 1, 1, 9], 3, true)];
    let scale_and_shift = |width: usize| {
        let both = [7, 8].map(|seed| on.numbers(width, seed));
        (
            both.clone().map(|values| on.param(&values, [width])),
            both.map(|it| tensor(&it, [width], &Device::flex())),
        )
    };
    for &(shape, groups, silu) in on.pick(FULL, HALF) {
        let ([gamma, beta], [scale, shift]) = scale_and_shift(shape[3]);
        let ours = GroupNorm { gamma, beta, groups, epsilon: 1e-2, learned: None };
        let norm = Norm { groups, epsilon: 1e-2, silu };
        compare(
            &format!("group norm of {shape:?}"),
            on,
            [shape],
            |[x]| if silu { ours.forward_silu(x) } else { ours.forward(x) },
            |[x]| reference::group_norm(x, scale.clone(), shift.clone(), norm),
        );
    }
    let shapes = [[2, 77, 40], [1, 1, 9], [3, 5, 320]];
    for &shape in &shapes[..on.pick(3, 2)] {
        let (([gamma, beta], [scale, shift]), epsilon) = (scale_and_shift(shape[2]), on.pick(1e-5, 1e-2));
        let ours = LayerNorm { gamma, beta, epsilon, learned: None };
        compare(
            &format!("layer norm of {shape:?}"),
            on,
            [shape],
            |[x]| ours.forward(x),
            |[x]| reference::layer_norm(x, scale.clone(), shift.clone(), epsilon as f32),
        );
    }
}

pub(super) fn activations(on: On<'_>) {
    for activation in [Activation::Silu, Activation::Gelu, Activation::QuickGelu] {
        for spread in [3.0, 30.0] {
            compare(
                &format!("{activation:?} to {spread}"),
                on,
                [[2, 7, 33]],
                |[x]| crate::activate(x * spread, activation),
                |[x]| reference::activate(x * spread, activation),
            );
        }
    }
    gated(on);
}

fn gated(on: On<'_>) {
    let spread = on.pick(3.0, 1.0);
    for shape in [[2, 65, 80], [1, 1, 18]] {
        let what = format!("GEGLU of {shape:?}");
        compare(&what, on, [shape], |[x]| crate::geglu(x * spread), |[x]| reference::geglu(x * spread));
    }
}

pub(super) fn attention(on: On<'_>) {
    for (batch, n, m, head, count, causal) in [
        (2, 65, 77, 40, 2, false),
        (1, 33, 154, 160, 1, false),
        (1, 1, 1, 9, 3, false),
        (2, 77, 77, 8, 4, true),
    ] {
        let (batch, width, heads) = (on.pick(batch, 2), head * count, Heads { count, causal });
        compare(
            &format!("attention of {n} to {m}, {count} heads of {head}, causal {causal}"),
            on,
            [[batch, n, width], [batch, m, width], [batch, m, width]],
            |[q, k, v]| crate::attend(q, k, v, heads),
            |[q, k, v]| reference::attend(q, k, v, heads),
        );
    }
}

pub(super) fn copies(on: On<'_>) {
    for (left, right) in [([2, 65, 33, 40], 8), ([1, 1, 1, 9], 3), ([2, 5, 3, 6], 4)] {
        // Inputs of one shape are compared; of the second a part is taken.
        let cut = |y: Tensor<4>| y.slice([0..left[0], 0..left[1], 0..left[2], 0..right]);
        compare(
            &format!("{right} channels beside {left:?}"),
            on,
            [left, left],
            |[x, y]| crate::join(x, cut(y)),
            |[x, y]| Tensor::cat(vec![x, cut(y)], 3),
        );
    }
    for (input, target) in [([2, 33, 5, 8], [66, 10]), ([1, 3, 4, 6], [5, 7]), ([1, 1, 1, 3], [2, 1])] {
        compare(
            &format!("{input:?} doubled to {target:?}"),
            on,
            [input],
            |[x]| crate::upsample_nearest(x, target),
            |[x]| reference::upsample_nearest(x, target),
        );
    }
}
