//! The networks, the samplers on them and learning, against PyTorch, diffusers and transformers.
//!
//! Reads any folder of the layout of `tests/golden` (`PSEUDOWORD_GOLDEN` names another) and runs on the
//! processor, or wholly on the device that `PSEUDOWORD_TEST_DEVICE` names. Schedules, tokens and pictures
//! have files of their own. Tolerances are the reference's: ten times its own distance from a 64-bit run plus
//! a few roundings.

use std::sync::{Mutex, PoisonError};

use crate::numbers::{Golden, build_sampler, spacing, test_device};
use crate::refinements::expect_gradient;
use burn::tensor::{Tensor, TensorData};
use diffusion::{Noise, Schedule, guidance};
use engine::device::OpenDevice;
use inversion::AdamW;
use inversion::{Batch, Objective, Vectors};
use model::Pipeline;
use model::conditioner::TextEncoder;
use model::unet::{Added, Conditioning, Segment, State};
use project::{AdamW as AdamWSettings, Precision};
use serde_json::Value;
use text::TextTokenizer;

/// The families whose folders are tested.
const FAMILIES: [&str; 4] = ["sd1", "sd2", "sdxl", "ldm"];

/// Guidance of the picture drawn with the learned word, in every reference tree.
const SAMPLE_GUIDANCE: f64 = 5.0;

/// One test at a time: a graphics card is not shared.
static DEVICE: Mutex<()> = Mutex::new(());

pub fn each_family(test: impl Fn(&Golden, &mut Pipeline, &OpenDevice)) {
    let _alone = DEVICE.lock().unwrap_or_else(PoisonError::into_inner);
    let device = test_device();
    let present: Vec<&str> =
        FAMILIES.into_iter().filter(|family| crate::numbers::folder().join(family).is_dir()).collect();
    // Another tree may hold fewer families, but not none.
    let least = if std::env::var_os("PSEUDOWORD_GOLDEN").is_some() { 1 } else { FAMILIES.len() };
    assert!(present.len() >= least, "only {present:?} in {}", crate::numbers::folder().display());
    for family in present {
        println!("== {family}");
        let golden = Golden::open(family);
        let mut model =
            Pipeline::open(&golden.folder, &device.device, Precision::F32, &mut |_, _| Ok(())).unwrap();
        test(&golden, &mut model, &device);
    }
}

pub fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().convert::<f32>().try_into_vec::<f32>().unwrap()
}

/// The name of a reference tensor for a text encoder: the second one's end in `_2`.
fn for_encoder(name: &str, encoder: usize) -> String {
    if encoder == 0 { name.to_string() } else { format!("{name}_{}", encoder + 1) }
}

/// Each text's ids for all encoders, one window after another, as the reference gives them.
fn all_ids(golden: &Golden, model: &Pipeline, name: &str) -> Vec<Vec<u32>> {
    let windows: Vec<_> =
        (0..model.conditioner.encoders.len()).map(|e| golden.ids(&for_encoder(name, e))).collect();
    (0..windows[0].len()).map(|row| windows.iter().flat_map(|ids| ids[row].clone()).collect()).collect()
}

/// The size that the reference tells SDXL of: eight pixels for each of its latents.
pub fn picture_size(golden: &Golden) -> [u32; 2] {
    let shape = golden.shape("in.sample.latents");
    [shape[3], shape[2]].map(|side| 8 * side as u32)
}

#[test]
fn the_text_encoders_match() {
    each_family(|golden, model, device| {
        let prompts = golden.settings()["text_prompts"].as_array().unwrap();
        let ids = all_ids(golden, model, "in.text.ids");
        for (prompt, ids) in prompts.iter().zip(&ids) {
            assert_eq!(&model.tokenizers.encode_padded(prompt.as_str().unwrap()).ids, ids);
        }
        for (e, encoder) in model.conditioner.encoders.iter().enumerate() {
            let ids = golden.ids(&for_encoder("in.text.ids", e));
            let vectors = encoder.vocabulary().embed(&ids, None, &device.device);
            let mut states = encoder.hidden_states(vectors, 1, None);
            let name = |what: &str| format!("out.text.{e}.{what}");
            let last = states[states.len() - 1].clone();
            let normed = encoder.normalise(last.clone());
            golden.check_tensor(&name("last"), normed.clone());
            if golden.has(&name("penultimate_normed")) {
                let before = states[states.len() - 2].clone();
                golden.check_tensor(&name("penultimate_normed"), encoder.normalise(before));
            }
            if matches!(encoder, TextEncoder::Bert(_)) {
                // The reference counts the final norm as part of the last layer.
                *states.last_mut().unwrap() = normed;
            }
            for (layer, state) in states.iter().enumerate() {
                golden.check_tensor(&name(&format!("hidden.{layer}")), state.clone());
            }
            assert!(!golden.has(&name(&format!("hidden.{}", states.len()))), "the reference has more layers");
            if let TextEncoder::Clip(clip) = encoder {
                let pooled = if e == 0 { "pooled" } else { "projected" };
                golden.check_tensor(&name(pooled), clip.pool(last, &ids));
            }
        }
        let given = model.conditioner.encode(&ids, None, 1, picture_size(golden));
        golden.check_tensor("out.text.context", given.context);
        if let Some(added) = given.added {
            golden.check_tensor("out.text.context_pooled", added.pooled);
        }
    });
}

/// By them 2 is the state before the last layer, on which some families were trained; for those it changes nothing.
#[test]
fn clip_skip_counts_layers_as_other_programs_do() {
    each_family(|golden, model, _| {
        let ids = all_ids(golden, model, "in.text.ids");
        let trained_before_last =
            matches!(model.files.family(), project::Family::Sd2 | project::Family::Sdxl);
        let expected = if trained_before_last { "out.text.context" } else { "out.text.0.penultimate_normed" };
        if golden.has(expected) {
            let context = model.conditioner.encode(&ids, None, 2, picture_size(golden)).context;
            golden.check_tensor(expected, context);
        }
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
            let added = golden.has(&format!("in.unet.{case}.pooled")).then(|| {
                let sizes = golden.read(&format!("in.unet.{case}.time_ids"));
                let pooled = golden.tensor::<2>(&format!("in.unet.{case}.pooled"), device);
                Added { pooled, sizes: sizes.as_chunks().0.to_vec() }
            });
            let given = Conditioning { context, added };
            if case == 0 {
                check_segments(golden, model, &times, &given, sample.clone());
            }
            golden.check_tensor(&format!("out.unet.{case}.out"), unet.forward(sample, &times, &given));
        }
    });
}

/// The outputs of the inner modules, to find the first place that differs.
fn check_segments(golden: &Golden, model: &Pipeline, times: &[f64], given: &Conditioning, sample: Tensor<4>) {
    let unet = &model.unet;
    let time = unet.embed_time(times, given.added.as_ref());
    let mut state = State { hidden: sample, residuals: Vec::new() };
    let segments = &unet.segments;
    let mut checked = 0;
    for (index, segment) in segments.iter().enumerate() {
        state = unet.run(*segment, state, &time, &given.context);
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
            golden.check_tensor(&name, state.hidden.clone().swap_dims(2, 3).swap_dims(1, 2));
            checked += 1;
        }
    }
    assert!(checked >= 4, "only {checked} inner outputs were in the reference");
}

#[test]
fn every_sampler_walks_the_same_path() {
    each_family(|golden, model, device| {
        let settings = golden.settings();
        let texts = ["negative_prompt", "prompt"].map(|key| settings[key].as_str().unwrap());
        let ids = texts.map(|text| model.tokenizers.encode_padded(text).ids);
        let both = model.conditioner.encode(&ids, None, 1, picture_size(golden));
        let samplers = settings["samplers"].as_array().unwrap().clone();
        assert!(samplers.len() >= 3);
        let mut decoded = Vec::new();
        for entry in &samplers {
            let name = entry["name"].as_str().unwrap();
            let given =
                if entry["zero_negative"] == true { without_first(both.clone()) } else { both.clone() };
            let last = walk(golden, model, device, entry, &given, 1.0);
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

/// The same with zeros in place of the first text.
fn without_first(given: Conditioning) -> Conditioning {
    let zero = |tensor: Tensor<3>| {
        Tensor::cat(vec![tensor.clone().narrow(0, 0, 1) * 0.0, tensor.narrow(0, 1, 1)], 0)
    };
    let added = given.added.map(|added| {
        let [rows, width] = added.pooled.dims();
        let pooled = zero(added.pooled.reshape([rows, 1, width])).reshape([rows, width]);
        Added { pooled, sizes: added.sizes }
    });
    Conditioning { context: zero(given.context), added }
}

/// Walks one sampler and compares every step; gives the last latents.
fn walk(
    golden: &Golden,
    model: &Pipeline,
    device: &OpenDevice,
    entry: &Value,
    given: &Conditioning,
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
    let start = sampler.init_noise_sigma();
    let mut sample: Vec<f32> =
        golden.read("in.sample.latents").into_iter().map(|v| (v * start) as f32).collect();
    let len = sample.len();
    let noise_name = format!("in.sample.{name}.noise");
    let noise = golden.has(&noise_name).then(|| golden.f32(&noise_name));
    let mut trajectory = Vec::new();
    let [_, channels, height, width] = shape;
    for (index, time) in sampler.timesteps().to_vec().into_iter().enumerate() {
        let input = sampler.scale_model_input(index, &sample).repeat(2);
        let input = TensorData::new(input, [2, channels, height, width]);
        let output = model.unet.forward(Tensor::from_data(input, &device.device), &[time; 2], given);
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
    let mut vectors = start(model, case["init"].as_str().unwrap(), count);
    let mut optimizer = AdamW::new(vectors.values.len());
    let objective = Objective::of(model, schedule, picture_size(golden));

    let shape = golden.shape(&format!("in.{name}.latents"));
    let (steps, rows) = (shape[0], shape[1]);
    let latent: [usize; 3] = shape[2..].try_into().unwrap();
    let len = rows * latent.iter().product::<usize>();
    let ids = match model.conditioner.encoders[..] {
        [TextEncoder::Bert(_)] => expanded(golden, model, case, name, rows),
        _ => all_ids(golden, model, &format!("in.{name}.ids")),
    };
    check_sentences(model, case, &ids, count, rows);
    let (clean, noise) = (golden.f32(&format!("in.{name}.latents")), golden.f32(&format!("in.{name}.noise")));
    let times = golden.read(&format!("in.{name}.timesteps"));

    let path_of_reference = reference_path(golden, model, name, count, steps);
    let mut path = vectors.values.clone();
    let (mut losses, mut gradients, mut replayed) = (Vec::new(), Vec::new(), Vec::new());
    let sparing = Objective { low_memory: true, ..objective };
    for step in 0..steps {
        let batch = Batch {
            ids: ids[step * rows..(step + 1) * rows].to_vec(),
            clean: clean[step * len..(step + 1) * len].to_vec(),
            noise: noise[step * len..(step + 1) * len].to_vec(),
            timesteps: times[step * rows..(step + 1) * rows].iter().map(|t| *t as usize).collect(),
            weight: None,
            latent,
        };
        let (loss, gradient) = objective.gradient(&vectors, &batch, 1.0).unwrap();
        if step == 0 {
            let forward_only = objective.loss(&vectors, &batch).unwrap();
            assert!(
                (forward_only - loss).abs() <= 1e-6 * loss.abs(),
                "{forward_only} without a gradient, {loss} with"
            );
        }
        // Gradients are compared where the reference took them: along two paths that differ by roundings they drift
        // apart wherever the loss is strongly curved. Losses and vectors are those of a path of our own.
        let there = Vectors { values: path_of_reference[step].clone(), shape: vectors.shape };
        let plain = objective.gradient(&there, &batch, 1.0).unwrap();
        let low = sparing.gradient(&there, &batch, 1.0).unwrap();
        assert!((plain.0 - low.0).abs() <= 1e-6 * plain.0.abs(), "the loss is {} and {}", plain.0, low.0);
        expect_near(&low.1, &plain.1);
        gradients.extend(plain.1);
        replayed.extend(low.1);
        optimizer.step(&mut vectors.values, &gradient, number("lr"), &adamw);
        losses.push(loss);
        path.extend(&vectors.values);
    }
    golden.check(&format!("out.{name}.losses"), &losses);
    let mut from = 0;
    for (e, width) in model.conditioner.widths().into_iter().enumerate() {
        let part = |rows: &[f32]| -> Vec<f32> {
            let row = vectors.shape[1];
            rows.chunks(row).flat_map(|row| row[from..from + width].to_vec()).collect()
        };
        for gradients in [&gradients, &replayed] {
            golden.check_f32(&for_encoder(&format!("out.{name}.gradients"), e), &part(gradients));
        }
        golden.check_f32(&for_encoder(&format!("out.{name}.vectors"), e), &part(&path));
        from += width;
    }
    vectors
}

/// Segment by segment the gradient is the same but for the order in which its shares are added up: to 2e-6 of its
/// length.
fn expect_near(low: &[f32], plain: &[f32]) {
    let length =
        |values: &mut dyn Iterator<Item = f32>| values.map(|v| f64::from(v).powi(2)).sum::<f64>().sqrt();
    let apart = length(&mut low.iter().zip(plain).map(|(a, b)| a - b)) / length(&mut plain.iter().copied());
    println!("low memory: {apart:e} of the gradient apart");
    assert!(apart <= 2e-6, "{apart:e} of the gradient apart");
}

/// The vectors before each of the reference's steps, the parts of all encoders side by side.
fn reference_path(
    golden: &Golden,
    model: &Pipeline,
    name: &str,
    count: usize,
    steps: usize,
) -> Vec<Vec<f32>> {
    let widths = model.conditioner.widths();
    let parts: Vec<Vec<f32>> =
        (0..widths.len()).map(|e| golden.f32(&for_encoder(&format!("out.{name}.vectors"), e))).collect();
    let row = |at: usize| {
        let parts = parts.iter().zip(&widths);
        parts.flat_map(move |(part, width)| part[at * width..(at + 1) * width].to_vec())
    };
    (0..steps).map(|step| (0..count).flat_map(|k| row(step * count + k)).collect()).collect()
}

/// The initial word's rows in every encoder.
fn start(model: &Pipeline, word: &str, count: usize) -> Vectors {
    let tokens = |tokenizer: &TextTokenizer| {
        let ids = tokenizer.encode(word);
        ids[1..ids.len() - 1].to_vec()
    };
    let tokens: Vec<Vec<u32>> = model.tokenizers.iter().map(tokens).collect();
    let vocabularies = model.conditioner.encoders.iter().map(TextEncoder::vocabulary);
    Vectors::from_tokens(&vocabularies.zip(tokens.iter().map(Vec::as_slice)).collect::<Vec<_>>(), count)
}

/// The ids of latent diffusion's sentences as this program writes them. The original code keeps the id of `*` and
/// replaces its vector inside the encoder, where several vectors move the rest of the sentence to the right.
fn expanded(golden: &Golden, model: &Pipeline, case: &Value, name: &str, rows: usize) -> Vec<Vec<u32>> {
    let count = case["vectors"].as_u64().unwrap() as usize;
    let star = model.tokenizers.id(case["placeholder"].as_str().unwrap()).unwrap();
    let first = model.conditioner.vocabulary().size() as u32;
    let expand = |ids: &Vec<u32>| {
        let window = ids.len();
        let mut all: Vec<u32> = Vec::new();
        for id in ids {
            if *id == star { all.extend((0..count as u32).map(|i| first + i)) } else { all.push(*id) }
        }
        all.truncate(window);
        all
    };
    let ids: Vec<Vec<u32>> = golden.ids(&format!("in.{name}.ids")).iter().map(expand).collect();
    let reference = golden.ids(&format!("out.{name}.step0.expanded_ids"));
    for (mine, theirs) in ids[..rows].iter().zip(reference) {
        let theirs: Vec<bool> = theirs.iter().map(|id| *id == star).collect();
        assert_eq!(mine.iter().map(|id| *id >= first).collect::<Vec<_>>(), theirs, "places of the word");
    }
    ids
}

/// The captions, spelled out with the placeholder tokens, must give the reference's ids.
fn check_sentences(model: &Pipeline, case: &Value, ids: &[Vec<u32>], count: usize, rows: usize) {
    let concept = project::Concept {
        word: placeholder(model, case),
        initial_word: String::new(),
        kind: project::ConceptKind::Object,
    };
    let tokens = concept.placeholder_tokens(count);
    let tokenizers = model.tokenizers.with_placeholders(&tokens).unwrap();
    for (step, captions) in case["captions"].as_array().unwrap().iter().enumerate() {
        for (row, caption) in captions.as_array().unwrap().iter().enumerate() {
            let sentence = caption.as_str().unwrap().replace("{}", &tokens.join(" "));
            assert_eq!(tokenizers.encode_padded(&sentence).ids, ids[step * rows + row], "{sentence}");
        }
    }
}

/// The word a case learns. `*` is in BERT's vocabulary, and this program teaches only words that are not.
fn placeholder(model: &Pipeline, case: &Value) -> String {
    let word = case["placeholder"].as_str().unwrap();
    if model.tokenizers.id(word).is_some() { "<star>".into() } else { word.into() }
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
    let word = placeholder(model, case);
    let tokens: Vec<String> =
        (0..learned.count()).map(|i| if i == 0 { word.clone() } else { format!("{word}_{i}") }).collect();
    let tokenizers = model.tokenizers.with_placeholders(&tokens).unwrap();
    let prompt = case["sample_prompt"].as_str().unwrap().replace("{}", &tokens.join(" "));
    let negative = golden.settings()["negative_prompt"].as_str().unwrap();
    let ids = [negative, &prompt].map(|text| tokenizers.encode_padded(text).ids);
    let vectors = learned.to_tensor(&device.device);
    let given = model.conditioner.encode(&ids, Some(&vectors), 1, picture_size(golden));

    let steps = entry["steps"].as_u64().unwrap() as usize;
    let config = golden.scheduler(&entry["override"]);
    let mut sampler = build_sampler("DDIMScheduler", &config, spacing(&entry["config"]), 0.0, steps);
    let mut sample = golden.f32("in.sample.latents");
    let shape: [usize; 4] = golden.shape("in.sample.latents").try_into().unwrap();
    let [_, channels, height, width] = shape;
    for (index, time) in sampler.timesteps().to_vec().into_iter().enumerate() {
        let input = TensorData::new(
            sampler.scale_model_input(index, &sample).repeat(2),
            [2, channels, height, width],
        );
        let output = values(model.unet.forward(Tensor::from_data(input, &device.device), &[time; 2], &given));
        let (unconditional, conditional) = output.split_at(sample.len());
        let prediction = guidance::combine(unconditional, conditional, SAMPLE_GUIDANCE);
        sample = sampler.step(index, &prediction, &sample, None);
    }
    golden.check_f32(name, &sample);
}

#[test]
fn the_gradient_agrees_with_finite_differences() {
    each_family(|golden, model, _| {
        let schedule = Schedule::new(&golden.scheduler(&Value::Null));
        let objective = Objective::of(model, &schedule, picture_size(golden));
        let vectors = start(model, "toy cat", 2);
        let tokens = ["<w>".to_string(), "<w>_1".to_string()];
        let tokenizers = model.tokenizers.with_placeholders(&tokens).unwrap();
        let ids = tokenizers.encode_padded("a photo of <w> <w>_1 on the beach").ids;
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
        let (_, gradient) = objective.gradient(&vectors, &batch, 1.0).unwrap();
        expect_gradient(&vectors, &gradient, |moved| objective.loss(moved, &batch).unwrap());
    });
}
