//! The methods of learning against PyTorch: the vectors after each of five steps on the small models, with latents, noise,
//! timesteps and sentences that are given.
//!
//! The numbers are in `tests/golden/methods`, by `learn_methods_torch.py`. Tolerances are those of all reference numbers:
//! ten times PyTorch's own distance from 64 bits, and a few roundings at the largest number; pasted pictures are Pillow's to
//! the last level. What a step draws by itself is tested where it is drawn.

use diffusion::Schedule;
use image::RgbImage;
use inversion::{
    Batch, BatchSampler, Learner, LearnerState, NormRange, Objective, Refined, StepOutcome, Timesteps,
    Vectors, methods,
};
use model::Pipeline;
use project::template::{caption_template, fill_with_caption};
use project::{
    AdamW, ConceptKind, LearnSettings, LearningRate, Method, MethodSettings, Optimizer, Precision,
    PreparedPicture,
};
use serde_json::Value;

use crate::golden::picture_size;
use crate::numbers::{Golden, bundled, test_device};

const STEPS: usize = 5;
const ROWS: usize = 2;

fn count(case: &Value, key: &str) -> usize {
    case[key].as_u64().unwrap_or(0) as usize
}

fn settings(case: &Value) -> LearnSettings {
    let number = |key: &str| case[key].as_f64();
    let growth: Vec<String> =
        case["add_vector_at"].as_array().into_iter().flatten().map(ToString::to_string).collect();
    let default = MethodSettings::default();
    let add_vector_at = if growth.is_empty() { default.add_vector_at.clone() } else { growth.join(", ") };
    let regularisation = number("regularisation").unwrap_or(default.regularisation);
    LearnSettings {
        method: case["method"].as_str().unwrap().parse::<Method>().unwrap(),
        methods: MethodSettings { add_vector_at, regularisation, ..default },
        steps: STEPS as u64,
        batch_size: ROWS,
        gradient_accumulation: 1,
        optimizer: Optimizer::AdamW,
        learning_rate: LearningRate::Constant { lr: number("lr").unwrap() },
        adamw: AdamW {
            beta1: case["betas"][0].as_f64().unwrap(),
            beta2: case["betas"][1].as_f64().unwrap(),
            epsilon: number("eps").unwrap(),
            weight_decay: number("weight_decay").unwrap(),
        },
        gradient_clip: None,
        norm_pull: 0.0,
        // Nothing is measured, so there need be no pictures.
        fixed_noise_size: 0,
        ..LearnSettings::default()
    }
}

/// The numbers of all text encoders, each `[steps + 1, rows, width]`, side by side.
fn path(numbers: &Golden, name: &str, widths: &[usize], rows: usize) -> Vec<Vec<f32>> {
    let suffix = |encoder: usize| if encoder == 0 { String::new() } else { format!("_{}", encoder + 1) };
    let parts: Vec<Vec<f32>> =
        (0..widths.len()).map(|encoder| numbers.f32(&format!("{name}.vectors{}", suffix(encoder)))).collect();
    let row = |at: usize| {
        let parts = parts.iter().zip(widths);
        parts.flat_map(move |(part, width)| part[at * width..(at + 1) * width].to_vec())
    };
    (0..=STEPS).map(|step| (0..rows).flat_map(|k| row(step * rows + k)).collect()).collect()
}

/// A learner that begins where the reference did.
fn learner(model: &Pipeline, case: &Value, start: Vectors, latent: [usize; 3]) -> Learner {
    let settings = settings(case);
    let sampler = BatchSampler {
        images: Vec::new(),
        held_out: Vec::new(),
        pasted: Vec::new(),
        latent,
        timesteps: Timesteps::uniform([0, 1000]),
        seed: 0,
        method: methods::of(&settings),
    };
    let norms =
        model.conditioner.encoders.iter().map(|encoder| NormRange::of(encoder.vocabulary())).collect();
    let refined = Refined { vectors: Some(count(case, "vectors")), ..Refined::default() };
    let state = LearnerState::new(start.clone());
    Learner::new(&settings, sampler, norms, start, state).unwrap().refined(refined)
}

/// The batch of a step, counted from 0.
fn batch(golden: &Golden, model: &Pipeline, case: &Value, step: usize) -> Batch {
    let shape = golden.shape("in.ti1.latents");
    assert_eq!(shape[1], ROWS);
    let latent: [usize; 3] = shape[2..].try_into().unwrap();
    let len = ROWS * latent.iter().product::<usize>();
    let part = |name: &str| golden.f32(name)[step * len..(step + 1) * len].to_vec();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let tokens: Vec<String> = case["tokens"].as_array().unwrap().iter().map(text).collect();
    let tokenizers = model.tokenizers.with_placeholders(&tokens).unwrap();
    let sentences = case["sentences"][step].as_array().unwrap().iter().map(text);
    Batch {
        ids: sentences.map(|sentence| tokenizers.encode_padded(&sentence).ids).collect(),
        clean: part("in.ti1.latents"),
        noise: part("in.ti1.noise"),
        timesteps: golden.read("in.ti1.timesteps")[step * ROWS..(step + 1) * ROWS]
            .iter()
            .map(|time| *time as usize)
            .collect(),
        weight: None,
        latent,
    }
}

#[test]
fn every_method_takes_the_steps_that_pytorch_takes() {
    let numbers = Golden::open_at(&bundled().join("methods"));
    let device = test_device();
    for family in ["sd1", "sdxl"] {
        let golden = Golden::open_at(&bundled().join(family));
        let model =
            Pipeline::open(&golden.folder, &device.device, Precision::F32, &mut |_, _| Ok(())).unwrap();
        let schedule = Schedule::new(&golden.scheduler(&Value::Null));
        let objective = Objective::of(&model, &schedule, picture_size(&golden));
        let cases = numbers.settings().as_object().unwrap();
        assert_eq!(cases.len(), 6);
        for (name, case) in cases {
            follow(&numbers, &golden, (&model, &objective), (&format!("{family}.{name}"), case));
        }
    }
}

/// Takes the steps of a case, and compares the losses and the vectors after each.
fn follow(
    numbers: &Golden,
    golden: &Golden,
    (model, objective): (&Pipeline, &Objective<'_>),
    (name, case): (&str, &Value),
) {
    let widths = model.conditioner.widths();
    let (own, width) = (count(case, "vectors"), widths.iter().sum::<usize>());
    let rows = case["tokens"].as_array().unwrap().len();
    let reference = path(numbers, name, &widths, rows);
    let start = Vectors { values: reference[0].clone(), shape: [rows, width] };
    let latent: [usize; 3] = golden.shape("in.ti1.latents")[2..].try_into().unwrap();
    let mut learner = learner(model, case, start, latent);
    let mut losses = Vec::new();
    let mut path = learner.state.vectors.values.clone();
    let method = methods::of(&settings(case));
    for step in 0..STEPS {
        let active = method.active(step as u64 + 1, own);
        let sentence = case["sentences"][step][0].as_str().unwrap();
        let word = sentence.matches("<Cat-Toy>").count();
        // A sentence of two words may name the second alone.
        assert!(
            word == active || case["second"].is_string() && word == 0,
            "{name}: vectors in step {}",
            step + 1
        );
        let moments = &learner.state.optimizer;
        let unborn =
            |moments: &[f32]| moments[active.min(own) * width..own * width].iter().all(|m| *m == 0.0);
        assert!(
            unborn(&moments.first_moment) && unborn(&moments.second_moment),
            "{name}: moments begin at zero"
        );
        let batch = batch(golden, model, case, step);
        let outcome = learner.step_on(objective, &|_, _, _| batch.clone()).unwrap();
        let StepOutcome::Taken { loss, .. } = outcome else { panic!("{name}: {outcome:?}") };
        losses.push(loss);
        path.extend(&learner.state.vectors.values);
    }
    numbers.check(&format!("{name}.losses"), &losses);
    let mut from = 0;
    for (encoder, part) in widths.iter().enumerate() {
        let suffix = if encoder == 0 { String::new() } else { format!("_{}", encoder + 1) };
        let mine: Vec<f32> =
            path.chunks(width).flat_map(|row| row[from..from + part].iter().copied()).collect();
        numbers.check_f32(&format!("{name}.vectors{suffix}"), &mine);
        from += part;
    }
}

/// The places of the captions go round with the steps; a caption without the word gets it in front.
#[test]
fn captions_become_the_sentences_that_pytorch_learned_with() {
    let numbers = Golden::open_at(&bundled().join("methods"));
    let case = &numbers.settings()["captions"];
    let word = case["tokens"][0].as_str().unwrap();
    for (step, sentences) in (1..).zip(case["sentences"].as_array().unwrap()) {
        for row in 0..ROWS {
            let caption = case["captions"][(step + row) % ROWS].as_str().unwrap();
            let template = caption_template(caption, word, ConceptKind::Object);
            assert_eq!(fill_with_caption(&template, word, ""), sentences[row].as_str().unwrap());
        }
    }
    let settings = LearnSettings { use_captions: false, ..settings(case) };
    assert!(methods::of(&settings).captions(settings.use_captions), "whatever else is asked for");
}

#[test]
fn one_picture_is_pasted_into_another_as_pillow_does() {
    let numbers = Golden::open_at(&bundled().join("methods"));
    let picture = |name: &str| {
        let tensors = numbers.tensors();
        let view = tensors.tensor(&format!("paste.{name}")).unwrap();
        let side = view.shape()[0] as u32;
        RgbImage::from_raw(side, side, view.data().to_vec()).unwrap()
    };
    let prepared = |name: &str| PreparedPicture { rgb: picture(name), weight: None, caption: None };
    let place = [0, 1, 2, 3].map(|part: usize| numbers.reference["place"][part].as_f64().unwrap());
    let both = prepared("onto").with_inset(&prepared("inset"), place);
    assert_eq!(both.rgb, picture("both"));
}
