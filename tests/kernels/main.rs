//! Against plain burn.
use burn::tensor::{DType, Device, Tensor, TensorData};
use kernels::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn random(count: usize, seed: u64) -> Vec<f32> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    (0..count).map(|_| random.random_range(-1.0..1.0)).collect()
}
fn tensor<const D: usize>(shape: [usize; D], seed: u64, device: &Device) -> Tensor<D> {
    Tensor::from_data(TensorData::new(random(shape.iter().product(), seed), shape), device)
}
fn flat(values: Vec<f32>, shape: &[usize], _: DType) -> burn::backend::flex::FlexTensor { burn::backend::flex::FlexTensor::from_data(TensorData::new(values, shape.to_vec())) }
fn worst<const D: usize>(a: Tensor<D>, b: Tensor<D>) -> f32 {
    assert_eq!(a.dims(), b.dims());
    let (a, b) = (a.into_data().try_to_vec::<f32>().unwrap(), b.into_data().try_to_vec::<f32>().unwrap());
    let size = b.iter().fold(1e-3_f32, |m, x| m.max(x.abs()));
    a.iter().zip(&b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max) / size
}
/// forward and gradients
fn compare<const D: usize, const E: usize>(name: &str, inputs: Vec<Tensor<D>>, ours: impl Fn(Vec<Tensor<D>>) -> Tensor<E>, theirs: impl Fn(Vec<Tensor<D>>) -> Tensor<E>) {
    let device = Device::flex().autodiff();
    let run = |f: &dyn Fn(Vec<Tensor<D>>) -> Tensor<E>| {
        let leaves: Vec<_> = inputs.iter().map(|x| Tensor::<D>::from_data(x.to_data(), &device).require_grad()).collect();
        let out = f(leaves.clone());
        let w = tensor(out.dims(), 99, &Device::flex());
        let grads = (out.clone() * Tensor::from_data(w.to_data(), &device)).sum().backward();
        (out.inner(), leaves.iter().map(|l| l.grad(&grads).unwrap()).collect::<Vec<_>>())
    };
    let (a, ga) = run(&ours);
    let (b, gb) = run(&theirs);
    let w = worst(a, b);
    let g: Vec<_> = ga.into_iter().zip(gb).map(|(a, b)| worst(a, b)).collect();
    println!("{name}: {w:.1e} {g:?}");
    assert!(w < 2e-5 && g.iter().all(|g| *g < 5e-5), "{name}");
}

#[test]
fn convolutions() {
    let d = Device::flex();
    for (size, [i, o], k, stride, padding) in [
        ([1, 1, 1], [4, 9], 3, 1, [1; 4]), ([2, 65, 33], [5, 40], 3, 1, [1; 4]), ([1, 16, 16], [64, 96], 3, 1, [1; 4]), ([2, 9, 8], [40, 33], 3, 2, [1; 4]),
        ([1, 8, 8], [32, 32], 3, 2, [0, 0, 1, 1]), ([2, 3, 5], [70, 64], 1, 1, [0; 4]), ([1, 4, 4], [320, 640], 3, 1, [1; 4]),
    ] {
        let values = random(i * o * k * k, 5);
        let weight = Weight::new(&values, [i, o, k], &d, DType::F32);
        let reference = Tensor::<4>::from_data(TensorData::new(values, [o, i, k, k]), &d);
        let bias = tensor([1, o], 6, &d);
        let conv = Conv2d { weight, bias: burn::module::Param::initialized(burn::module::ParamId::new(), bias.clone()), channels: [i, o], kernel: k, stride, padding };
        let x = tensor([size[0], size[1], size[2], i], 7, &d);
        compare(&format!("{size:?} {i} {o} {stride}"), vec![x.clone()], |x| conv.forward(x[0].clone()), |x| reference::convolve(x[0].clone(), reference.clone(), bias.clone().reshape([o]), stride, padding));
        let y = conv.forward(x.clone());
        compare("onto", vec![y.clone(), y], |y| conv.forward_onto(Tensor::from_data(x.to_data(), &y[0].device()), y[0].clone() + y[1].clone()), |y| {
            reference::convolve(x.clone(), reference.clone(), bias.clone().reshape([o]), stride, padding) + y[0].clone() + y[1].clone() });
    }
}
#[test]
fn norms_and_curves() {
    let d = Device::flex();
    for (shape, groups) in [([1, 1, 1, 4], 1), ([2, 65, 33, 40], 4), ([1, 8, 8, 320], 32)] {
        let (g, b) = (tensor([shape[3]], 1, &d), tensor([shape[3]], 2, &d));
        for silu in [false, true] {
            let norm = GroupNorm { gamma: burn::module::Param::initialized(burn::module::ParamId::new(), g.clone()), beta: burn::module::Param::initialized(burn::module::ParamId::new(), b.clone()), groups, epsilon: 1e-5 };
            let n = Norm { groups, epsilon: 1e-5, silu };
            compare("group", vec![tensor(shape, 3, &d)], |x| if silu { norm.forward_silu(x[0].clone()) } else { norm.forward(x[0].clone()) }, |x| reference::group_norm(x[0].clone(), g.clone(), b.clone(), n));
        }
        let s = [shape[0], shape[1] * shape[2], shape[3]];
        let norm = LayerNorm { gamma: burn::module::Param::initialized(burn::module::ParamId::new(), g.clone()), beta: burn::module::Param::initialized(burn::module::ParamId::new(), b.clone()), epsilon: 1e-5 };
        compare("layer", vec![tensor(s, 3, &d)], |x| norm.forward(x[0].clone()), |x| reference::layer_norm(x[0].clone(), g.clone(), b.clone(), 1e-5));
        for a in [Activation::Silu, Activation::Gelu, Activation::QuickGelu] {
            compare("curve", vec![tensor(s, 3, &d) * 6.0], |x| activate(x[0].clone(), a), |x| reference::activate(x[0].clone(), a));
        }
        compare("geglu", vec![tensor(s, 3, &d) * 6.0], |x| geglu(x[0].clone()), |x| reference::geglu(x[0].clone()));
    }
}
#[test]
fn attentions() {
    let d = Device::flex();
    for (b, n, m, h, w, causal) in [(1, 1, 1, 1, 4, false), (2, 77, 77, 4, 40, true), (1, 300, 77, 2, 80, false), (2, 65, 154, 2, 320, false), (1, 1000, 1000, 1, 40, false)] {
        let heads = Heads { count: h, causal };
        let q = tensor([b, n, w], 1, &d) * 2.0;
        compare("attention", vec![q, tensor([b, m, w], 2, &d), tensor([b, m, w], 3, &d)], |x| attend(x[0].clone(), x[1].clone(), x[2].clone(), heads), |x| reference::attend(x[0].clone(), x[1].clone(), x[2].clone(), heads));
    }
}
#[test]
#[ignore]
fn speed() {
    let d = Device::flex();
    for (side, [i, o], k) in [(32, [320, 320], 3), (16, [640, 640], 3), (8, [1280, 1280], 3), (4, [1280, 1280], 3), (32, [960, 320], 3), (32, [320, 320], 1), (32, [320, 2560], 1), (16, [1280, 640], 1), (8, [1280, 10240], 1), (64, [320, 320], 3)] {
        let values = random(i * o * k * k, 5);
        let weight = Weight::new(&values, [i, o, k], &d, DType::F32);
        let g = Geometry { input: [1, side, side], output: [side, side], channels: [i, o], kernel: k, stride: 1, padding: [k / 2; 2] };
        let w = weight.panels.val().try_into_primitive::<burn::backend::Flex>().unwrap();
        let x = flat(random(side * side * i, 1), &[1, side, side, i], DType::F32);
        let y = flat(random(side * side * o, 1), &[1, side, side, o], DType::F32);
        let b = flat(random(o, 1), &[1, o], DType::F32);
        let time = |f: &dyn Fn()| (0..7).map(|_| { let t = std::time::Instant::now(); f(); t.elapsed().as_secs_f64() }).fold(9.0, f64::min);
        let forward = time(&|| { <burn::backend::Flex as kernels::Kernels>::convolve(x.clone(), w.clone(), b.clone(), g); });
        let backward = time(&|| { <burn::backend::Flex as kernels::Kernels>::convolve_backward(y.clone(), w.clone(), g); });
        let flops = 2e-9 * (side * side * i * o * k * k) as f64;
        println!("{side} {i}->{o} k{k}: forward {:.1} ms {:.0} GFLOPS, backward {:.1} ms {:.0} GFLOPS", forward * 1e3, flops / forward, backward * 1e3, flops / backward);
    }
    for (n, m, w, h) in [(1024, 1024, 320, 8), (256, 256, 640, 8), (4096, 4096, 320, 8), (1024, 77, 320, 8)] {
        let t = |r, s| flat(random(r * w, s), &[1, r, w], DType::F32);
        let (q, k, v) = (t(n, 1), t(m, 2), t(m, 3));
        let heads = Heads { count: h, causal: false };
        let time = |f: &dyn Fn()| (0..4).map(|_| { let t = std::time::Instant::now(); f(); t.elapsed().as_secs_f64() }).fold(9.0, f64::min);
        let forward = time(&|| { <burn::backend::Flex as kernels::Kernels>::attend(q.clone(), k.clone(), v.clone(), heads); });
        let backward = time(&|| { <burn::backend::Flex as kernels::Kernels>::attend_backward(q.clone(), k.clone(), v.clone(), q.clone(), heads); });
        println!("attention {n} {m} {w}: {:.1} ms, {:.1} ms", forward * 1e3, backward * 1e3);
    }
    let x = flat(random(1024 * 2560, 1), &[1, 1024, 2560], DType::F32);
    let time = |f: &dyn Fn()| (0..7).map(|_| { let t = std::time::Instant::now(); f(); t.elapsed().as_secs_f64() }).fold(9.0, f64::min);
    println!("geglu {:.2} ms", 1e3 * time(&|| { <burn::backend::Flex as kernels::Kernels>::geglu(x.clone()); }));
    let x = flat(random(1024 * 320, 1), &[1, 32, 32, 320], DType::F32);
    let g = flat(random(320, 1), &[320], DType::F32);
    let n = Norm { groups: 32, epsilon: 1e-5, silu: true };
    println!("norm {:.2} ms, back {:.2} ms", 1e3 * time(&|| { <burn::backend::Flex as kernels::Kernels>::norm_groups(x.clone(), g.clone(), g.clone(), n); }), 1e3 * time(&|| { <burn::backend::Flex as kernels::Kernels>::norm_groups_backward(x.clone(), g.clone(), g.clone(), x.clone(), n); }));
}
