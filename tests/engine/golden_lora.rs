//! LoRAs against PyTorch: what the networks give with one added, and the gradients of small matrices beside the attention
//! and of every number of a U-Net.
//!
//! The files in `tests/golden/lora` have the names that trainers write; `make_lora.py` made them and the numbers. What
//! diffusers' own loader makes of text encoders is in `lora_text`, by `make_lora_text.py`; gradients of every number are in
//! `whole`, by `learn_whole_torch.py`.

use std::path::PathBuf;

use crate::golden::values;
use crate::numbers::{Golden, bundled, test_device};
use burn::tensor::Tensor;
use diffusion::Schedule;
use engine::device::OpenDevice;
use format::ModelFiles;
use format::lora::Additions;
use inversion::adapters::Adapters;
use inversion::{Batch, Objective, Vectors, Whole};
use model::Pipeline;
use model::unet::{Added, Conditioning};
use project::{LoraUse, NumberFormat, Precision, TuneParts, WeightFormat};

fn lora() -> Golden {
    Golden::open_at(&bundled().join("lora"))
}

fn file(name: &str) -> PathBuf {
    bundled().join("lora").join(format!("{name}.safetensors"))
}

fn open(family: &str, numbers: impl Into<NumberFormat>, loras: &[LoraUse], device: &OpenDevice) -> Pipeline {
    let (path, device) = (bundled().join(family), &device.device);
    Pipeline::open_whole(&path, device, device, numbers, loras, &mut |_, _| Ok(())).unwrap()
}

/// The ids of the reference's texts, one window for each encoder.
fn texts(golden: &Golden, model: &Pipeline, name: &str, rows: usize) -> Vec<Vec<u32>> {
    let windows: Vec<_> = (0..model.conditioner.encoders.len())
        .map(|e| golden.ids(&if e == 0 { name.to_owned() } else { format!("{name}_{}", e + 1) }))
        .collect();
    (0..rows).map(|row| windows.iter().flat_map(|ids| ids[row].clone()).collect()).collect()
}

/// What the U-Net gives for the first case of the reference.
fn predict(golden: &Golden, model: &Pipeline, device: &OpenDevice) -> Tensor<4> {
    let context = golden.tensor::<3>("in.unet.0.context", device);
    let added = golden.has("in.unet.0.pooled").then(|| {
        let sizes = golden.read("in.unet.0.time_ids").as_chunks().0.to_vec();
        Added { pooled: golden.tensor::<2>("in.unet.0.pooled", device), sizes }
    });
    let sample = golden.tensor::<4>("in.unet.0.sample", device);
    model.unet.forward(sample, &golden.read("in.unet.0.t"), &Conditioning { context, added })
}

#[test]
fn a_model_with_a_lora_is_the_one_that_pytorch_has() {
    let device = test_device();
    let reference = lora();
    let weight = reference.settings()["weight"].as_f64().unwrap();
    for name in ["sd1_kohya", "sd1_peft", "sdxl_kohya"] {
        let family = name.split('_').next().unwrap();
        let golden = Golden::open_at(&bundled().join(family));
        let model = open(family, Precision::F32, &[LoraUse { file: file(name), weight }], &device);
        assert!(model.notes.is_empty(), "{:?}", model.notes);
        reference.check_tensor(&format!("{name}.unet"), predict(&golden, &model, &device));
        check_texts(&reference, name, &golden, &model);
    }
}

#[test]
fn a_lora_of_text_encoders_is_the_one_that_diffusers_loads() {
    let device = test_device();
    let folder = bundled().join("lora_text");
    let reference = Golden::open_at(&folder);
    let weight = reference.settings()["weight"].as_f64().unwrap();
    for family in ["sd1", "sdxl"] {
        let golden = Golden::open_at(&bundled().join(family));
        let file = folder.join(format!("{family}.safetensors"));
        let model = open(family, Precision::F32, &[LoraUse { file, weight }], &device);
        assert!(model.notes.is_empty(), "{:?}", model.notes);
        check_texts(&reference, family, &golden, &model);
    }
}

/// Compares what the text encoders give for the reference's texts.
fn check_texts(reference: &Golden, name: &str, golden: &Golden, model: &Pipeline) {
    let ids = texts(golden, model, "in.text.ids", golden.shape("in.text.ids")[0]);
    let given = model.conditioner.encode(&ids, None, 1, [64, 64]);
    reference.check_tensor(&format!("{name}.context"), given.context);
    if let Some(added) = given.added {
        reference.check_tensor(&format!("{name}.pooled"), added.pooled);
    }
}

#[test]
fn a_lora_is_added_before_weights_are_rounded_to_8_bits() {
    let device = test_device();
    let (reference, golden) = (lora(), Golden::open_at(&bundled().join("sd1")));
    let uses = [LoraUse { file: file("sd1_kohya"), weight: 0.8 }];
    let numbers = NumberFormat { precision: Precision::F32, weights: WeightFormat::EightBit };
    let rough = values(predict(&golden, &open("sd1", numbers, &uses, &device), &device));
    let apart =
        |theirs: &[f32]| rough.iter().zip(theirs).map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>().sqrt();
    let (with, without) = (apart(&reference.f32("sd1_kohya.unet")), apart(&golden.f32("out.unet.0.out")));
    println!("{with:.4} from the model with the LoRA, {without:.4} from that without");
    assert!(10.0 * with < without, "{with} and {without}");
}

#[test]
fn what_does_not_fit_is_refused_and_what_adds_nothing_is_nothing() {
    let fit = |family: &str, name: &str, weight| {
        let files = ModelFiles::open(&bundled().join(family)).unwrap();
        Additions::fit(&files, &[LoraUse { file: file(name), weight }])
    };
    let sentence = fit("sd1", "sdxl_kohya", 1.0).err().unwrap().to_string();
    assert!(sentence.contains("another kind of model") && sentence.contains("sdxl_kohya"), "{sentence}");
    assert!(fit("sd1", "sdxl_kohya", 0.0).is_ok_and(|added| added.is_empty()));
    assert!(fit("sdxl", "sd1_peft", 1.0).is_err());
    let word = Additions::fit(
        &ModelFiles::open(&bundled().join("sd1")).unwrap(),
        &[LoraUse::new(bundled().join("embeddings/a1111.safetensors"))],
    );
    assert!(word.err().unwrap().to_string().contains("no LoRA"));
}

/// The first batch that the reference learned from, and the word as it was then.
fn batch(golden: &Golden, model: &Pipeline) -> (Batch, Vectors) {
    let shape = golden.shape("in.ti1.latents");
    let (rows, latent): (usize, [usize; 3]) = (shape[1], shape[2..].try_into().unwrap());
    let first = |name: &str| golden.f32(name)[..rows * latent.iter().product::<usize>()].to_vec();
    let timesteps = golden.read("in.ti1.timesteps")[..rows].iter().map(|t| *t as usize).collect();
    let batch = Batch {
        ids: texts(golden, model, "in.ti1.ids", rows),
        clean: first("in.ti1.latents"),
        noise: first("in.ti1.noise"),
        timesteps,
        weight: None,
        latent,
    };
    let widths = model.conditioner.widths();
    let part = |(e, width): (usize, &usize)| {
        golden.f32(&if e == 0 { "out.ti1.vectors".into() } else { format!("out.ti1.vectors_{}", e + 1) })
            [..*width]
            .to_vec()
    };
    let values: Vec<f32> = widths.iter().enumerate().flat_map(part).collect();
    (batch, Vectors { shape: [1, values.len()], values })
}

fn objective<'a>(model: &'a Pipeline, schedule: &'a Schedule, low_memory: bool) -> Objective<'a> {
    Objective { low_memory, ..Objective::of(model, schedule, [64; 2]) }
}

#[test]
fn the_gradient_of_the_matrices_is_that_of_pytorch() {
    let device = test_device();
    let reference = lora();
    let number = |key: &str| reference.settings()[key].as_f64().unwrap();
    for family in ["sd1", "sdxl"] {
        let golden = Golden::open_at(&bundled().join(family));
        let mut model = open(family, Precision::F32, &[], &device);
        let schedule = Schedule::new(&golden.scheduler(&serde_json::Value::Null));
        let (batch, word) = batch(&golden, &model);
        let before = values(predict(&golden, &model, &device));
        let adapters =
            Adapters::of(&mut model.unet, TuneParts::All, number("rank") as usize, number("alpha"));
        let matrices = reference.f32(&format!("{family}_learn.matrices"));
        assert_eq!(adapters.len(), matrices.len());
        for low_memory in [false, true] {
            let leaves = adapters.attach(&matrices, &mut model.unet);
            let objective = objective(&model, &schedule, low_memory);
            let (loss, gradient) = leaves.gradient(&objective, &word, &batch, 1.0).unwrap();
            reference.check(&format!("{family}_learn.loss"), &[loss]);
            reference.check_f32(&format!("{family}_learn.gradient"), &gradient);
        }
        // Where the product begins it is zero, and what it is taken away from is as it was.
        let beginning = adapters.beginning(1);
        adapters.attach(&beginning, &mut model.unet);
        assert_eq!(values(predict(&golden, &model, &device).inner()), before);
        Adapters::detach(&mut model.unet);
        assert_eq!(values(predict(&golden, &model, &device)), before);
        let cross = Adapters::of(&mut model.unet, TuneParts::Cross, 2, 2.0);
        assert_eq!(2 * cross.layers.len(), adapters.layers.len());
    }
}

/// Every number of a model's U-Net, from its file.
fn whole(model: &mut Pipeline) -> (Whole, Vec<f32>) {
    let mut read = model.stored("unet").unwrap();
    Whole::of(&mut |visit| model.unet.layers(visit), &mut read).unwrap()
}

#[test]
fn the_gradient_of_every_number_is_that_of_pytorch() {
    let device = test_device();
    let reference = Golden::open_at(&bundled().join("whole"));
    let each = reference.settings()["each"].as_u64().unwrap() as usize;
    for family in ["sd1", "sdxl"] {
        let golden = Golden::open_at(&bundled().join(family));
        let mut model = open(family, Precision::F32, &[], &device);
        let schedule = Schedule::new(&golden.scheduler(&serde_json::Value::Null));
        let (batch, word) = batch(&golden, &model);
        let before = values(predict(&golden, &model, &device));
        let (whole, numbers) = whole(&mut model);
        assert_eq!((whole.len(), numbers.len()), (model.sizes().unet_weights(), whole.len()));
        let norms = reference.f32(&format!("{family}.norms"));
        for low_memory in [false, true] {
            let leaves = whole.attach(&numbers, &device.device, &mut |visit| model.unet.layers(visit));
            let objective = objective(&model, &schedule, low_memory);
            let (loss, gradient) = leaves.gradient(&objective, &word, &batch, 1.0).unwrap();
            reference.check(&format!("{family}.loss"), &[loss]);
            let mut named: Vec<(String, &[f32])> = whole
                .parts(&gradient)
                .into_iter()
                .flat_map(|(layer, weight, bias)| {
                    [(format!("{}.weight", layer.path), weight), (format!("{}.bias", layer.path), bias)]
                })
                .filter(|(_, gradient)| !gradient.is_empty())
                .collect();
            named.sort_by(|one, other| one.0.cmp(&other.0));
            assert_eq!(named.len(), norms.len());
            let length = |values: &[f32]| values.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>().sqrt();
            let own: Vec<f64> = named.iter().map(|(_, gradient)| length(gradient)).collect();
            reference.check(&format!("{family}.norms"), &own);
            let samples = named.iter().zip(&norms).flat_map(|((_, gradient), norm)| {
                let stride = (gradient.len() / each).max(1);
                gradient.iter().step_by(stride).map(move |value| f64::from(*value) / f64::from(*norm))
            });
            reference.check(&format!("{family}.samples"), &samples.collect::<Vec<_>>());
        }
        // With the same numbers the prediction is the same, to the order of sums; and afterwards it is as it was.
        let through = values(predict(&golden, &model, &device).inner());
        let apart = through.iter().zip(&before).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        println!("{family}: {apart:e} apart through plain operations");
        assert!(apart < 1e-4, "{apart:e}");
        Adapters::detach(&mut model.unet);
        assert_eq!(values(predict(&golden, &model, &device)), before);
    }
}
