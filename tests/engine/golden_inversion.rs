//! From a picture to its noise: diffusers' scheduler and the published formula, step by step, and null texts learned by
//! PyTorch.
//!
//! diffusers' way lies in the folder of every family; the others in `inversion`, by `make_inversion.py`. Tolerances are
//! those of all reference numbers. Of null texts one number in a thousand may be further off: Adam's first step has the
//! length of its rate whatever the gradient, so that where this is mere rounding the number moves either way.

use burn::tensor::{Tensor, TensorData};
use diffusion::invert::{DdimStep, falling, rising};
use model::Pipeline;
use model::unet::Conditioning;
use project::{InversionForm, Precision};
use serde_json::Value;

use crate::golden::{each_family, picture_size, values};
use crate::numbers::{Golden, bundled, test_device};
use inversion::{Guided, NullText};

/// What the U-Net predicts.
fn ask(model: &Pipeline, sample: &[f32], time: f64, given: &Conditioning) -> Vec<f32> {
    let side = (sample.len() / model.unet.config.in_channels).isqrt();
    let shape = [1, model.unet.config.in_channels, side, side];
    let input = Tensor::<4>::from_data(TensorData::new(sample.to_vec(), shape), &model.device);
    values(model.unet.forward(input, &[time], given))
}

fn encode(golden: &Golden, model: &Pipeline, prompt: &str) -> Conditioning {
    let ids = model.tokenizers.encode_padded(prompt).ids;
    model.conditioner.encode(&[ids], None, 1, picture_size(golden))
}

/// Walks the steps; the latents behind each, one after another, and the last.
fn walk(
    model: &Pipeline,
    steps: &[DdimStep],
    given: &Conditioning,
    mut sample: Vec<f32>,
) -> (Vec<f32>, Vec<f32>) {
    let mut path = Vec::new();
    for step in steps {
        sample = step.apply(&sample, &ask(model, &sample, step.time, given));
        path.extend(&sample);
    }
    (path, sample)
}

#[test]
fn pictures_become_noise_as_diffusers_makes_it_and_come_back() {
    each_family(|golden, model, device| {
        let case = &golden.settings()["inversion"];
        let steps = case["steps"].as_u64().unwrap() as usize;
        let given = encode(golden, model, case["prompt"].as_str().unwrap());
        let config = golden.scheduler(&Value::Null);
        let scale = model.vae_config.scaling_factor;
        let image = golden.tensor::<4>("in.inversion.image", device);
        let start = values(model.vae().unwrap().encode(image).mean * scale);
        golden.check_f32("out.inversion.start", &start);
        let up = rising(InversionForm::Diffusers, steps, &config).unwrap();
        let times: Vec<f64> = up.iter().map(|step| step.time).collect();
        golden.check("out.inversion.timesteps", &times);
        let (path, noise) = walk(model, &up, &given, start);
        golden.check_f32("out.inversion.trajectory", &path);
        let (path, _) = walk(model, &falling(steps, &config).unwrap(), &given, noise);
        golden.check_f32("out.inversion.back", &path);
    });
}

/// Each family of `inversion`: its name, its numbers, its folder's, and its model.
fn each_inverted(test: impl Fn(&str, &Golden, &Golden, &Pipeline)) {
    let numbers = Golden::open_at(&bundled().join("inversion"));
    let device = test_device();
    for family in ["sd1", "sd2"] {
        let golden = Golden::open_at(&bundled().join(family));
        let model = Pipeline::open(&golden.folder, &device.device, Precision::F32, &mut |_, _| Ok(()));
        test(family, &numbers, &golden, &model.unwrap());
    }
}

#[test]
fn pictures_become_noise_by_the_published_formula() {
    each_inverted(|family, numbers, golden, model| {
        let case = &numbers.settings()["ddim"];
        let steps = case["steps"].as_u64().unwrap() as usize;
        let given = encode(golden, model, case["prompt"].as_str().unwrap());
        let up = rising(InversionForm::Ddim, steps, &golden.scheduler(&Value::Null)).unwrap();
        let (path, _) = walk(model, &up, &given, golden.f32("out.inversion.start"));
        numbers.check_f32(&format!("out.{family}.ddim.trajectory"), &path);
    });
}

#[test]
fn null_texts_are_learned_as_by_pytorch() {
    each_inverted(|family, numbers, golden, model| {
        let case = &numbers.settings()["null_text"];
        let count = case["steps"].as_u64().unwrap() as usize;
        let given = encode(golden, model, case["prompt"].as_str().unwrap());
        let empty = encode(golden, model, "");
        let steps = falling(count, &golden.scheduler(&Value::Null)).unwrap();
        let path = numbers.f32(&format!("in.{family}.null_text.path"));
        let path: Vec<Vec<f32>> = path.chunks(path.len() / (count + 1)).map(<[f32]>::to_vec).collect();
        let shape: [usize; 4] = golden.shape("out.inversion.start").try_into().unwrap();
        let shape = [shape[1], shape[2], shape[3]];
        let guidances = case["guidance"][family].as_array().unwrap();
        for (case, guidance) in guidances.iter().map(|guidance| guidance.as_f64().unwrap()).enumerate() {
            for low_memory in [false, true] {
                let null = NullText { unet: &model.unet, steps: &steps, shape, low_memory };
                let mut guided = |index: usize, sample: &[f32]| {
                    let rest = ask(model, sample, steps[index].time, &given);
                    let rest = rest.into_iter().map(|value| (f64::from(value) * guidance) as f32).collect();
                    Ok(Guided { factor: 1.0 - guidance, rest, empty: empty.clone() })
                };
                let mut told = 0;
                let mut tell = |_: usize| -> base::Result<()> {
                    told += 1;
                    Ok(())
                };
                let learned = null.learn(&path, &mut guided, &mut tell).unwrap();
                // It can be ended before each step of the optimiser.
                assert_eq!(told, count + learned.inner_steps.iter().sum::<usize>());
                let name = |what: &str| format!("out.{family}.null_text.{case}.{what}");
                println!("{family}: {:?} steps, losses {:?}", learned.inner_steps, learned.losses);
                let inner: Vec<f64> = learned.inner_steps.iter().map(|count| *count as f64).collect();
                numbers.check(&name("inner_steps"), &inner);
                numbers.check(&name("losses"), &learned.losses);
                numbers.check_f32(&name("latents"), &learned.latents);
                check_texts(numbers, &name("texts"), &learned.texts.concat());
            }
        }
    });
}

fn check_texts(numbers: &Golden, name: &str, got: &[f32]) {
    let (want, allowed) = (numbers.f32(name), numbers.tolerance(name));
    assert_eq!(got.len(), want.len(), "length of {name}");
    let apart = got.iter().zip(&want).map(|(a, b)| f64::from((a - b).abs()));
    let off = apart.filter(|apart| apart.is_nan() || *apart > allowed).count();
    println!("{name}: {off} of {} numbers are further off than {allowed:e}", got.len());
    assert!(1000 * off <= got.len(), "{name}: {off} of {} numbers", got.len());
}
