//! The networks, the samplers on them and learning, against PyTorch, diffusers and transformers.
//!
//! Reads any folder of the layout of `tests/golden` (`PSEUDOWORD_GOLDEN` names another) and runs on the
//! processor, or wholly on the device that `PSEUDOWORD_TEST_DEVICE` names. Schedules, tokens and pictures
//! have files of their own. Tolerances are the reference's: ten times its own distance from a 64-bit run plus
//! a few roundings.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

mod common;

use std::sync::{Mutex, PoisonError};

use burn::tensor::{Tensor, TensorData};
use common::{Golden, build_sampler, spacing, test_device};
use pseudoword::diffusion::{Noise, Schedule, guidance};
use pseudoword::engine::device::OpenDevice;
use pseudoword::inversion::optimizer::AdamW;
use pseudoword::inversion::{Batch, Objective, Vectors};
use pseudoword::model::Pipeline;
use pseudoword::model::unet::{Segment, State};
use pseudoword::project::{AdamW as AdamWSettings, Precision};
use serde_json::Value;

/// The families whose folders are tested; add a name here once the program knows the family.
const FAMILIES: [&str; 1] = ["sd1"];

/// One test at a time: a graphics card is not shared.
static DEVICE: Mutex<()> = Mutex::new(());

fn each_family(test: impl Fn(&Golden, &mut Pipeline, &OpenDevice)) {
    let _alone = DEVICE.lock().unwrap_or_else(PoisonError::into_inner);
    let device = test_device();
    for family in FAMILIES {
        let golden = Golden::open(family);
        let mut model =
            Pipeline::open(&golden.folder, &device.device, Precision::F32, &mut |_, _| {}).unwrap();
        test(&golden, &mut model, &device);
    }
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().convert::<f32>().try_into_vec::<f32>().unwrap()
}

#[test]
fn the_text_encoder_matches() {
    each_family(|golden, model, device| {
        let ids = golden.ids("in.text.ids");
        let prompts = golden.settings()["text_prompts"].as_array().unwrap();
        for (prompt, ids) in prompts.iter().zip(&ids) {
            assert_eq!(&model.tokenizer.encode_padded(prompt.as_str().unwrap()).ids, ids);
        }
        let encoder = &model.text_encoder;
        let vectors = encoder.vocabulary().embed(&ids, None, &device.device);
        let states = encoder.hidden_states(vectors.clone(), 1);
        for (layer, state) in states.iter().enumerate() {
            golden.check_tensor(&format!("out.text.0.hidden.{layer}"), state.clone());
        }
        assert!(!golden.has(&format!("out.text.0.hidden.{}", states.len())), "the reference has more layers");
        let last = encoder.forward(vectors.clone(), 1);
        golden.check_tensor("out.text.0.last", last.clone());
        golden.check_tensor("out.text.context", last.clone());
        golden.check_tensor("out.text.0.penultimate_normed", encoder.forward(vectors, 2));
        let [_, _, width] = last.dims();
        let pooled = ids.iter().enumerate().map(|(row, ids)| {
            let end = encoder.end_position(ids);
            last.clone().slice([row..row + 1, end..end + 1, 0..width]).reshape([1, width])
        });
        golden.check_tensor("out.text.0.pooled", Tensor::<2>::cat(pooled.collect(), 0));
    });
}

#[test]
fn the_autoencoder_matches() {
    each_family(|golden, model, device| {
        let scale = model.vae_config.scaling_factor;
        let vae = model.vae().unwrap();
        for case in 0..golden.settings()["vae_cases"].as_u64().unwrap() {
            let input = |name: &str| golden.tensor::<4>(&format!("in.vae.{case}.{name}"), device);
            let name = |name: &str| format!("out.vae.{case}.{name}");
            let posterior = vae.encode(input("image"));
            let sample = (posterior.mean.clone() + posterior.std() * input("eps")) * scale;
            golden.check_tensor(&name("mean"), posterior.mean);
            golden.check_tensor(&name("logvar"), posterior.logvar);
            golden.check_tensor(&name("scaled_sample"), sample);
            golden.check_tensor(&name("decoded"), vae.decode(input("latent")));
        }
    });
}

#[test]
fn the_unet_matches() {
    each_family(|golden, model, device| {
        let unet = &model.unet;
        for case in 0..golden.settings()["unet_cases"].as_u64().unwrap() {
            let times = golden.read(&format!("in.unet.{case}.t"));
            let context = golden.tensor::<3>(&format!("in.unet.{case}.context"), device);
            let sample = golden.tensor::<4>(&format!("in.unet.{case}.sample"), device);
            if case == 0 {
                check_segments(golden, model, &times, &context, sample.clone());
            }
            golden.check_tensor(&format!("out.unet.{case}.out"), unet.forward(sample, &times, &context));
        }
    });
}

/// The outputs of the inner modules, to find the first place that differs.
fn check_segments(golden: &Golden, model: &Pipeline, times: &[f64], context: &Tensor<3>, sample: Tensor<4>) {
    let unet = &model.unet;
    let time = unet.embed_time(times);
    let mut state = State { hidden: sample, residuals: Vec::new() };
    let segments = unet.segments();
    let mut checked = 0;
    for (index, segment) in segments.iter().enumerate() {
        state = unet.run(*segment, state, &time, context);
        let block = |segment: &Segment| match segment {
            Segment::ConvIn => Some("conv_in".to_string()),
            Segment::DownLayer { block, .. } | Segment::Downsample { block } => {
                Some(format!("down_blocks.{block}"))
            }
            Segment::Mid => Some("mid_block".to_string()),
            Segment::UpLayer { block, .. } | Segment::Upsample { block } => {
                Some(format!("up_blocks.{block}"))
            }
            Segment::ConvOut => None,
        };
        // A block's output is that of its last segment.
        let ends = segments.get(index + 1).is_none_or(|next| block(next) != block(segment));
        let name = block(segment).filter(|_| ends).map(|name| format!("out.unet.tap.{name}"));
        if let Some(name) = name.filter(|name| golden.has(name)) {
            golden.check_tensor(&name, state.hidden.clone());
            checked += 1;
        }
    }
    assert!(checked >= 4, "only {checked} inner outputs were in the reference");
}

#[test]
fn every_sampler_walks_the_same_path() {
    each_family(|golden, model, device| {
        let settings = golden.settings();
        let context = |key: &str| {
            let ids = model.tokenizer.encode_padded(settings[key].as_str().unwrap()).ids;
            let vectors = model.text_encoder.vocabulary().embed(&[ids], None, &device.device);
            model.text_encoder.forward(vectors, 1)
        };
        let both = Tensor::cat(vec![context("negative_prompt"), context("prompt")], 0);
        let samplers = settings["samplers"].as_array().unwrap().clone();
        assert!(samplers.len() >= 5);
        let mut decoded = Vec::new();
        for entry in &samplers {
            let name = entry["name"].as_str().unwrap();
            let last = walk(golden, model, device, entry, &both, 1.0);
            if golden.has(&format!("out.sample.{name}.image")) {
                decoded.push((format!("out.sample.{name}.image"), last));
            }
        }
        let shape: [usize; 4] = golden.shape("in.sample.latents").try_into().unwrap();
        let vae = model.vae().unwrap();
        for (name, latents) in decoded {
            let latents = Tensor::<4>::from_data(TensorData::new(latents, shape), &device.device);
            let image = (vae.decode(latents) / 2.0 + 0.5).clamp(0.0, 1.0);
            golden.check_tensor(&name, image);
        }
    });
}

/// Walks one sampler and compares every step; gives the last latents.
fn walk(
    golden: &Golden,
    model: &Pipeline,
    device: &OpenDevice,
    entry: &Value,
    context: &Tensor<3>,
    slack: f64,
) -> Vec<f32> {
    let name = entry["name"].as_str().unwrap();
    let steps = entry["steps"].as_u64().unwrap() as usize;
    let scale = entry["guidance"].as_f64().unwrap();
    let eta = entry["eta"].as_f64().unwrap_or(0.0);
    let config = golden.scheduler(&entry["override"]);
    let mut sampler =
        build_sampler(entry["class"].as_str().unwrap(), &config, spacing(&entry["config"]), eta, steps);
    let shape: [usize; 4] = golden.shape("in.sample.latents").try_into().unwrap();
    let start = sampler.initial_scale();
    let mut sample: Vec<f32> =
        golden.read("in.sample.latents").into_iter().map(|v| (v * start) as f32).collect();
    let len = sample.len();
    let noise_name = format!("in.sample.{name}.noise");
    let noise = golden.has(&noise_name).then(|| golden.f32(&noise_name));
    let mut trajectory = Vec::new();
    let [_, channels, height, width] = shape;
    for (index, time) in sampler.timesteps().to_vec().into_iter().enumerate() {
        let input = sampler.scale_input(index, &sample).repeat(2);
        let input = TensorData::new(input, [2, channels, height, width]);
        let output = model.unet.forward(Tensor::from_data(input, &device.device), &[time; 2], context);
        let output = values(output);
        let prediction = guidance::combine(&output[..len], &output[len..], scale);
        if index == 0 {
            golden.check_f32(&format!("out.sample.{name}.first_prediction"), &prediction);
        }
        let fresh = noise.as_ref().map(|noise| &noise[index * len..(index + 1) * len]);
        let fresh = fresh.filter(|_| sampler.needs_noise(index));
        sample = sampler.step(index, &prediction, &sample, fresh);
        trajectory.extend(sample.iter().map(|v| f64::from(*v)));
    }
    let name = format!("out.sample.{name}.trajectory");
    golden.check_within(&name, &trajectory, slack * golden.tolerance(&name));
    sample
}

#[test]
fn learning_takes_the_same_steps() {
    each_family(|golden, model, device| {
        let cases = golden.settings()["ti"].as_array().unwrap().clone();
        assert!(cases.len() >= 2);
        let schedule = Schedule::new(&golden.scheduler(&Value::Null));
        for case in &cases {
            let name = case["name"].as_str().unwrap();
            let learned = learn(golden, model, case, &schedule);
            let sample = format!("out.{name}.sample_latents");
            if golden.has(&sample) {
                check_sample(golden, model, device, case, &learned, &sample);
            }
        }
    });
}

/// Repeats a reference run: sentences, loss and gradient of every step, and the vectors after each.
fn learn(golden: &Golden, model: &Pipeline, case: &Value, schedule: &Schedule) -> Vectors {
    let name = case["name"].as_str().unwrap();
    let count = case["vectors"].as_u64().unwrap() as usize;
    let number = |key: &str| case[key].as_f64().unwrap();
    let adamw = AdamWSettings {
        beta1: case["betas"][0].as_f64().unwrap(),
        beta2: case["betas"][1].as_f64().unwrap(),
        epsilon: number("eps"),
        weight_decay: number("weight_decay"),
    };
    let encoder = &model.text_encoder;
    let start = model.tokenizer.encode(case["init"].as_str().unwrap());
    let mut vectors = Vectors::from_tokens(encoder.vocabulary(), &start[1..start.len() - 1], count);
    let mut optimizer = AdamW::new(vectors.values.len());
    let objective = Objective { text_encoder: encoder, unet: &model.unet, schedule, clip_skip: 1 };

    let shape = golden.shape(&format!("in.{name}.latents"));
    let (steps, rows) = (shape[0], shape[1]);
    let latent: [usize; 3] = shape[2..].try_into().unwrap();
    let len = rows * latent.iter().product::<usize>();
    let ids = golden.ids(&format!("in.{name}.ids"));
    check_sentences(model, case, &ids, count, rows);
    let (clean, noise) = (golden.f32(&format!("in.{name}.latents")), golden.f32(&format!("in.{name}.noise")));
    let times = golden.read(&format!("in.{name}.timesteps"));

    let mut path = vectors.values.clone();
    let (mut losses, mut gradients) = (Vec::new(), Vec::new());
    for step in 0..steps {
        let batch = Batch {
            ids: ids[step * rows..(step + 1) * rows].to_vec(),
            clean: clean[step * len..(step + 1) * len].to_vec(),
            noise: noise[step * len..(step + 1) * len].to_vec(),
            timesteps: times[step * rows..(step + 1) * rows].iter().map(|t| *t as usize).collect(),
            weight: None,
            latent,
        };
        let (loss, gradient) = objective.gradient(&vectors, &batch).unwrap();
        let forward_only = objective.loss(&vectors, &batch).unwrap();
        assert!(
            (forward_only - loss).abs() <= 1e-6 * loss.abs(),
            "{forward_only} without a gradient, {loss} with"
        );
        optimizer.step(&mut vectors.values, &gradient, number("lr"), &adamw);
        losses.push(loss);
        gradients.extend(gradient);
        path.extend(&vectors.values);
    }
    golden.check(&format!("out.{name}.losses"), &losses);
    golden.check_f32(&format!("out.{name}.gradients"), &gradients);
    golden.check_f32(&format!("out.{name}.vectors"), &path);
    vectors
}

/// The captions, spelled out with the placeholder tokens, must give the reference's ids.
fn check_sentences(model: &Pipeline, case: &Value, ids: &[Vec<u32>], count: usize, rows: usize) {
    let concept = pseudoword::project::Concept {
        word: case["placeholder"].as_str().unwrap().to_string(),
        initial_word: String::new(),
        kind: pseudoword::project::ConceptKind::Object,
    };
    let tokens = concept.placeholder_tokens(count);
    let (tokenizer, _) = model.tokenizer.with_placeholders(&tokens).unwrap();
    for (step, captions) in case["captions"].as_array().unwrap().iter().enumerate() {
        for (row, caption) in captions.as_array().unwrap().iter().enumerate() {
            let sentence = caption.as_str().unwrap().replace("{}", &tokens.join(" "));
            assert_eq!(tokenizer.encode_padded(&sentence).ids, ids[step * rows + row], "{sentence}");
        }
    }
}

/// A picture drawn with the word just learned.
fn check_sample(
    golden: &Golden,
    model: &Pipeline,
    device: &OpenDevice,
    case: &Value,
    learned: &Vectors,
    name: &str,
) {
    let entry = golden.settings()["samplers"]
        .as_array()
        .unwrap()
        .iter()
        .find(|entry| entry["name"] == "ddim")
        .unwrap();
    let word = case["placeholder"].as_str().unwrap().to_string();
    let tokens: Vec<String> =
        (0..learned.count()).map(|i| if i == 0 { word.clone() } else { format!("{word}_{i}") }).collect();
    let (tokenizer, _) = model.tokenizer.with_placeholders(&tokens).unwrap();
    let prompt = case["sample_prompt"].as_str().unwrap().replace("{}", &tokens.join(" "));
    let negative = golden.settings()["negative_prompt"].as_str().unwrap();
    let ids = [negative, &prompt].map(|text| tokenizer.encode_padded(text).ids);
    let vectors = learned.to_tensor(&device.device);
    let embedded = model.text_encoder.vocabulary().embed(&ids, Some(&vectors), &device.device);
    let context = model.text_encoder.forward(embedded, 1);

    let steps = entry["steps"].as_u64().unwrap() as usize;
    let config = golden.scheduler(&entry["override"]);
    let mut sampler = build_sampler("DDIMScheduler", &config, spacing(&entry["config"]), 0.0, steps);
    let mut sample = golden.f32("in.sample.latents");
    let shape: [usize; 4] = golden.shape("in.sample.latents").try_into().unwrap();
    let [_, channels, height, width] = shape;
    for (index, time) in sampler.timesteps().to_vec().into_iter().enumerate() {
        let input =
            TensorData::new(sampler.scale_input(index, &sample).repeat(2), [2, channels, height, width]);
        let output =
            values(model.unet.forward(Tensor::from_data(input, &device.device), &[time; 2], &context));
        let (unconditional, conditional) = output.split_at(sample.len());
        let prediction = guidance::combine(unconditional, conditional, entry["guidance"].as_f64().unwrap());
        sample = sampler.step(index, &prediction, &sample, None);
    }
    golden.check_f32(name, &sample);
}

#[test]
fn the_gradient_agrees_with_finite_differences() {
    each_family(|golden, model, _| {
        let schedule = Schedule::new(&golden.scheduler(&Value::Null));
        let objective = Objective {
            text_encoder: &model.text_encoder,
            unet: &model.unet,
            schedule: &schedule,
            clip_skip: 1,
        };
        let vocabulary = model.text_encoder.vocabulary();
        let vectors = Vectors::from_tokens(vocabulary, &[10, 20], 2);
        let word = vocabulary.len() as u32;
        let mut ids = model.tokenizer.encode_padded("a photo of a toy on the beach").ids;
        (ids[3], ids[4]) = (word, word + 1);
        let shape = golden.shape("in.sample.latents");
        let latent: [usize; 3] = shape[1..].try_into().unwrap();
        let len = latent.iter().product();
        let weight = (0..latent[1] * latent[2]).map(|i| (i % 3) as f32).collect();
        let batch = Batch {
            ids: vec![ids],
            clean: Noise::new(1).normal(0, len),
            noise: Noise::new(1).normal(1, len),
            timesteps: vec![400],
            weight: Some(weight),
            latent,
        };
        let (_, gradient) = objective.gradient(&vectors, &batch).unwrap();
        let norm = gradient.iter().map(|g| f64::from(*g).powi(2)).sum::<f64>().sqrt();
        assert!(norm > 0.0, "the word has no influence on the loss");
        // Central differences along random directions. A step of 1e-2 keeps both the loss's f32 rounding
        // (about 1e-7 / 1e-2) and the third-order term small beside the derivative: 2 % of the gradient's
        // length.
        for direction in 0..6 {
            let towards = Noise::new(7).normal(direction, gradient.len());
            let length = towards.iter().map(|d| f64::from(*d).powi(2)).sum::<f64>().sqrt();
            let at = |sign: f64| {
                let mut moved = vectors.clone();
                let shift = |(v, d): (&mut f32, &f32)| *v += (sign * 1e-2 * f64::from(*d) / length) as f32;
                moved.values.iter_mut().zip(&towards).for_each(shift);
                objective.loss(&moved, &batch).unwrap()
            };
            let measured = (at(1.0) - at(-1.0)) / 2e-2;
            let dot: f64 = gradient.iter().zip(&towards).map(|(g, d)| f64::from(*g) * f64::from(*d)).sum();
            let expected = dot / length;
            println!("direction {direction}: {measured:e} measured, {expected:e} computed");
            assert!(
                (measured - expected).abs() <= 0.02 * norm,
                "{measured:e} measured, {expected:e} computed"
            );
        }
    });
}
