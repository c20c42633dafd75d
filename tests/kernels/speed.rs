//! Milliseconds and arithmetic rate of each operation on the processor, at the sizes of Stable Diffusion 1.5 with pictures
//! of 256 and 512 pixels: `cargo bench --bench kernels`. It prints and judges nothing.

use std::time::Instant;

use burn::backend::Flex;
use burn::backend::flex::FlexTensor;
use burn::tensor::{DType, Device, Tensor, TensorData};
use kernels::strategy::{Asked, Chosen, Operation, Pass, Way, Winograd, overrule};
use kernels::{Frozen, Geometry, Heads, Kernels, Norm, Weight};

/// Tries, of which the fastest counts.
const TRIES: usize = 7;

fn tensor(shape: &[usize]) -> FlexTensor {
    let values: Vec<f32> = (0..shape.iter().product()).map(|i: usize| (i as f32 * 0.37).sin()).collect();
    FlexTensor::from_data(TensorData::new(values, shape.to_vec()))
}

fn fastest<T>(work: impl Fn() -> T) -> f64 {
    let try_once = |_| {
        let began = Instant::now();
        let _ = work();
        began.elapsed().as_secs_f64()
    };
    (0..TRIES).map(try_once).fold(f64::INFINITY, f64::min)
}

fn tell(what: &str, operations: f64, forward: f64, backward: f64) {
    let rate = |seconds: f64| operations / seconds / 1e9;
    println!(
        "{what}: forward {:.2} ms ({:.0} GFLOPS), backward {:.2} ms ({:.0} GFLOPS)",
        forward * 1e3,
        rate(forward),
        backward * 1e3,
        rate(backward)
    );
}

fn main() {
    for (side, channels, kernel) in [
        (32, [320, 320], 3),
        (16, [640, 640], 3),
        (8, [1280, 1280], 3),
        (4, [1280, 1280], 3),
        (64, [320, 320], 3),
        (32, [320, 320], 1),
        (32, [320, 2560], 1),
        (16, [1280, 640], 1),
        (8, [1280, 10240], 1),
    ] {
        let [input, output] = channels;
        let values = vec![0.01; input * output * kernel * kernel];
        let weight = Weight::new(&values, [input, output, kernel], &Device::flex(), DType::F32);
        let Frozen::Full(weight) = weight.frozen() else { return };
        let Ok(weight) = Tensor::<3>::from_dispatch(weight).try_into_primitive::<Flex>() else { return };
        let weight = Frozen::<Flex>::Full(weight);
        let (padding, stride) = ([kernel / 2; 2], 1);
        let geometry =
            Geometry { input: [1, side, side], output: [side; 2], channels, kernel, stride, padding };
        let (x, grad, bias) =
            (tensor(&[1, side, side, input]), tensor(&[1, side, side, output]), tensor(&[1, output]));
        let forward = fastest(|| Flex::convolve(x.clone(), weight.clone(), bias.clone(), geometry));
        let backward = fastest(|| Flex::convolve_backward(grad.clone(), weight.clone(), geometry));
        let operations = 2.0 * (side * side * values.len()) as f64;
        let what = format!("convolution {side}x{side} {channels:?} {kernel}x{kernel}");
        tell(&what, operations, forward, backward);
        if geometry.is_of_nine() {
            let ways = [Pass::Forward, Pass::Backward].map(|pass| {
                let operation = Operation::Convolution(geometry);
                (Asked { operation, pass, bytes: size_of::<f32>() }, Way::Winograd)
            });
            let before = overrule(Chosen { ways: ways.into(), winograd: Winograd::Measured });
            let forward = fastest(|| Flex::convolve(x.clone(), weight.clone(), bias.clone(), geometry));
            let backward = fastest(|| Flex::convolve_backward(grad.clone(), weight.clone(), geometry));
            overrule(before);
            tell(&format!("{what}, Winograd"), operations, forward, backward);
        }
    }
    for (n, m, width) in [(1024, 1024, 320), (256, 256, 640), (4096, 4096, 320), (4096, 77, 320)] {
        let (query, key) = (tensor(&[1, n, width]), tensor(&[1, m, width]));
        let heads = Heads { count: 8, causal: false };
        let forward = fastest(|| Flex::attend(query.clone(), key.clone(), key.clone(), heads));
        let backward =
            fastest(|| Flex::attend_backward(query.clone(), key.clone(), key.clone(), query.clone(), heads));
        tell(
            &format!("attention {n} to {m}, width {width}"),
            4.0 * (n * m * width) as f64,
            forward,
            backward,
        );
    }
    let (x, scale) = (tensor(&[1, 32, 32, 320]), tensor(&[320]));
    let norm = Norm { groups: 32, epsilon: 1e-5, silu: true };
    let forward = fastest(|| Flex::norm_groups(x.clone(), scale.clone(), scale.clone(), norm));
    let backward =
        fastest(|| Flex::norm_groups_backward(x.clone(), scale.clone(), scale.clone(), x.clone(), norm));
    tell("group norm and SiLU 32x32x320", (32 * 32 * 320) as f64, forward, backward);
    let forward = fastest(|| Flex::norm_rows(x.clone(), scale.clone(), scale.clone(), 1e-5));
    let backward = fastest(|| Flex::norm_rows_backward(x.clone(), scale.clone(), x.clone(), 1e-5));
    tell("layer norm 1024x320", (1024 * 320) as f64, forward, backward);
    let (x, grad) = (tensor(&[1, 1024, 2560]), tensor(&[1, 1024, 1280]));
    let forward = fastest(|| Flex::geglu(x.clone()));
    let backward = fastest(|| Flex::geglu_backward(x.clone(), grad.clone()));
    tell("GEGLU 1024x2560", (1024 * 2560) as f64, forward, backward);
}
