//! Half precision and weights of 8 bits on the processor: the gradient they give, and learning and drawing with half
//! precision, against f32.
//!
//! The networks are frozen and only their arithmetic is rough, so what matters is that the word is moved in
//! the same direction. It says nothing about speed, and nothing about overflow in networks larger than this
//! one.

use std::path::Path;

use crate::numbers::Golden;
use diffusion::{Schedule, SchedulerConfig};
use engine::Engine;
use engine::device;
use engine::message::{Command, DeviceChoice, Event, GenerateRequest};
use inversion::{
    Batch, BatchSampler, CachedPosterior, EncodedImage, Learner, LearnerState, NormRange, Objective,
    StepOutcome, Timesteps, Vectors,
};
use model::Pipeline;
use model::conditioner::TextEncoder;
use project::{GenerateSettings, LearnSettings, NumberFormat, Precision, WeightFormat};

/// A model with a word among its sentences.
struct Fixture {
    model: Pipeline,
    schedule: Schedule,
    start: Vectors,
    ids: Vec<u32>,
}

impl Fixture {
    fn open(precision: Precision) -> Self {
        Self::open_family("sd1", precision.into())
    }

    fn open_family(name: &str, numbers: NumberFormat) -> Self {
        let folder = Golden::open_at(&crate::numbers::bundled().join(name)).folder;
        let device = device::open(DeviceChoice::Cpu).unwrap();
        let model = Pipeline::open(&folder, &device.device, numbers, &mut |_, _| Ok(())).unwrap();
        let config = SchedulerConfig::from_json(model.files.scheduler().unwrap(), &folder).unwrap();
        let tokenizers = model.tokenizers.with_placeholders(&["<new>".to_string()]).unwrap();
        let cats: Vec<[u32; 1]> =
            model.tokenizers.iter().map(|tokenizer| [tokenizer.encode("cat")[1]]).collect();
        let vocabularies = model.conditioner.encoders.iter().map(TextEncoder::vocabulary);
        let start: Vec<_> = vocabularies.zip(cats.iter().map(|cat| &cat[..])).collect();
        let start = Vectors::from_tokens(&start, 1);
        let ids = tokenizers.encode_padded("a photo of a <new>").ids;
        Self { schedule: Schedule::new(&config), start, ids, model }
    }

    fn objective(&self) -> Objective<'_> {
        Objective::of(&self.model, &self.schedule, [64; 2])
    }

    fn batches(&self) -> BatchSampler {
        let latent = [self.model.vae_config.latent_channels, 8, 8];
        let len: usize = latent.iter().product();
        let mean: Vec<f32> = (0..len).map(|i| (i as f32 * 0.37).sin()).collect();
        let upright = CachedPosterior { mean, std: vec![0.1; len], weight: None };
        let image = EncodedImage { upright, mirrored: None, sentences: vec![vec![self.ids.clone()]] };
        BatchSampler {
            images: vec![image],
            held_out: Vec::new(),
            pasted: Vec::new(),
            latent,
            timesteps: Timesteps::uniform([0, 1000]),
            seed: 3,
            method: inversion::methods::of(&LearnSettings::default()),
        }
    }

    fn batch(&self) -> Batch {
        self.batches().draw(0, 0, 1, 4)
    }
}

/// How much two lists of numbers point the same way.
pub fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

#[test]
fn a_rehearsal_says_how_far_it_is_and_can_be_ended() {
    let fixture = Fixture::open(Precision::F32);
    let batch = fixture.batch();
    let mut said = Vec::new();
    let mut tell = |done, of| {
        said.push((done, of));
        Ok(())
    };
    fixture.objective().rehearse(&fixture.start, &batch, &mut tell).unwrap();
    let all = said[0].1;
    assert!(
        said.iter().map(|(done, _)| *done).eq(0..all) && said.iter().all(|(_, of)| *of == all),
        "{said:?}"
    );
    let mut calls = 0;
    let mut end = |_, _| {
        calls += 1;
        if calls == 3 { Err(base::Error::Cancelled) } else { Ok(()) }
    };
    let ended = fixture.objective().rehearse(&fixture.start, &batch, &mut end);
    assert_eq!((ended.unwrap_err().exit_code(), calls), (130, 3));
}

#[test]
fn half_precision_moves_the_word_the_same_way() {
    let exact = Fixture::open(Precision::F32);
    let (loss, gradient) = exact.objective().gradient(&exact.start, &exact.batch(), 1.0).unwrap();
    // f16 rounds by 2^-11 and bf16 by 2^-8. Measured: 1 - cosine is 1e-6 and 2.4e-4, so the gradients are a
    // few roundings apart; a hundred times that (ten times the distance) is allowed before a formula must be
    // wrong.
    for (precision, least, loss_off) in [(Precision::F16, 0.9999, 1e-3), (Precision::Bf16, 0.98, 1e-2)] {
        let half = Fixture::open(precision);
        let (half_loss, half_gradient) = half.objective().gradient(&half.start, &half.batch(), 1.0).unwrap();
        let (cosine, off) = (cosine(&gradient, &half_gradient), (half_loss - loss).abs() / loss);
        let norm = |v: &[f32]| v.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
        println!(
            "{precision}: cosine {cosine:.6}, length {:.4} of f32's, loss off by {off:.2e}",
            norm(&half_gradient) / norm(&gradient)
        );
        assert!(cosine > least, "{precision}: cosine {cosine}");
        assert!(off < loss_off, "{precision}: loss {half_loss} instead of {loss}");
        // Only f16 is scaled, and too much of it overflows.
        let scaled = |scale: f64| half.objective().gradient(&half.start, &half.batch(), scale).unwrap().1;
        let finite = scaled(1e9).iter().all(|g| g.is_finite());
        assert_eq!(finite, precision == Precision::Bf16, "{precision}");
        assert_eq!(scaled(1e9) == half_gradient, precision == Precision::Bf16, "{precision}");
        assert!(self::cosine(&gradient, &scaled(0.25)) > least, "{precision}");
    }
}

/// The word is moved where weights in full would move it, whatever the family and however the networks compute.
#[test]
fn weights_of_eight_bits_move_the_word_the_same_way() {
    for family in ["sd1", "sd2", "sdxl", "ldm"] {
        let gradient = |precision, weights| {
            let fixture = Fixture::open_family(family, NumberFormat { precision, weights });
            fixture.objective().gradient(&fixture.start, &fixture.batch(), 1.0).unwrap()
        };
        let (loss, exact) = gradient(Precision::F32, WeightFormat::Full);
        for precision in [Precision::F32, Precision::F16] {
            let (rough_loss, rough) = gradient(precision, WeightFormat::EightBit);
            let (cosine, off) = (cosine(&exact, &rough), (rough_loss - loss).abs() / loss);
            println!("{family} in {precision} with 8 bits: cosine {cosine:.6}, loss off by {off:.2e}");
            assert!(cosine >= 0.999, "{family} in {precision}: cosine {cosine}");
            assert!(off < 1e-2, "{family} in {precision}: loss {rough_loss} instead of {loss}");
            assert!(cosine < 1.0 - 1e-9, "{family}: nothing was rounded");
        }
    }
}

#[test]
fn half_precision_learns_with_vectors_in_f32() {
    for precision in [Precision::F16, Precision::Bf16] {
        let fixture = Fixture::open(precision);
        let settings =
            LearnSettings { precision, norm_pull: 0.0, fixed_noise_size: 4, ..LearnSettings::default() };
        let norms = vec![NormRange::of(fixture.model.conditioner.vocabulary())];
        let start = fixture.start.clone();
        let state = LearnerState::new(start.clone());
        let mut learner = Learner::new(&settings, fixture.batches(), norms, start.clone(), state).unwrap();
        for _ in 0..3 {
            let outcome = learner.step(&fixture.objective()).unwrap();
            assert!(matches!(outcome, StepOutcome::Taken { .. }), "{outcome:?}");
        }
        assert!(learner.state.vectors.moved_from(&start) > 1e-3);
        // More digits than the half formats have: the word itself was never rounded to them.
        let rounded =
            |v: &f32| half::f16::from_f32(*v).to_f32() == *v || half::bf16::from_f32(*v).to_f32() == *v;
        assert!(learner.state.vectors.values.iter().filter(|v| rounded(v)).count() < start.values.len() / 4);
        let held_out =
            learner.fixed_noise_loss(&learner.state.vectors, &fixture.objective(), &mut |_, _| true).unwrap();
        assert!(held_out.is_some_and(f64::is_finite));
    }
}

#[test]
fn a_batch_without_the_word_has_no_gradient_and_does_no_harm() {
    let fixture = Fixture::open(Precision::F32);
    let mut batch = fixture.batch();
    batch.ids = vec![fixture.model.tokenizers.encode_padded("a photo").ids; 4];
    let (loss, gradient) = fixture.objective().gradient(&fixture.start, &batch, 1.0).unwrap();
    assert!(loss.is_finite() && gradient.iter().all(|g| *g == 0.0));
}

#[test]
fn half_precision_draws_a_picture_and_so_does_every_size() {
    let engine = Engine::start(DeviceChoice::Cpu, Box::new(|| {})).unwrap();
    let model = Golden::open_at(&crate::numbers::bundled().join("sd1")).folder;
    let step = {
        let device = device::open(DeviceChoice::Cpu).unwrap();
        let pipeline = Pipeline::open(&model, &device.device, Precision::F32, &mut |_, _| Ok(())).unwrap();
        pipeline.vae_config.downsampling() as u32
    };
    let exact = draw(&engine, &model, Precision::F32, [64, 64]);
    for (precision, most) in [(Precision::F16, 1.0), (Precision::Bf16, 4.0)] {
        let picture = draw(&engine, &model, precision, [64, 64]);
        let off = exact.as_raw().iter().zip(picture.as_raw()).map(|(a, b)| f64::from(a.abs_diff(*b)));
        let mean = off.sum::<f64>() / exact.as_raw().len() as f64;
        println!("{precision}: {mean:.3} of 255 levels from f32 in the mean");
        assert!(mean < most, "{precision}: {mean}");
    }
    // Sizes that the U-Net cannot halve evenly at every level, down to a single latent.
    for [width, height] in [[9, 3], [5, 7], [1, 1]].map(|size| size.map(|latents| latents * step.max(8))) {
        let picture = draw(&engine, &model, Precision::F32, [width, height]);
        assert_eq!(picture.dimensions(), (width, height));
    }
}

fn draw(engine: &Engine, model: &Path, precision: Precision, [width, height]: [u32; 2]) -> image::RgbImage {
    let settings = GenerateSettings {
        prompt: "a cat".into(),
        steps: 4,
        width: Some(width),
        height: Some(height),
        precision,
        ..GenerateSettings::default()
    };
    let request = GenerateRequest::of(model, Vec::new(), settings);
    engine.send(Command::Generate { job: 1, request: Box::new(request) }).unwrap();
    let mut drawn = None;
    for event in engine.events() {
        match event {
            Event::Image { image, .. } => drawn = Some(image),
            Event::Failed { message, .. } => panic!("{message}"),
            Event::Finished { .. } => return drawn.unwrap(),
            _ => {}
        }
    }
    panic!("the engine ended");
}
