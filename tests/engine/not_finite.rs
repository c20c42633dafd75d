//! Numbers that are not finite: the word goes back, the rate is left alone, and a run that cannot be saved ends with a
//! word that works.

use std::path::{Path, PathBuf};

use crate::places::*;
use crate::runs::*;
use engine::message::{Command, Event, LearnRequest, LearnStart};
use format::{Weights, embedding};
use project::{AdamW, LearnSettings, LearningRate, Precision, RunFolder, RunState};
use safetensors::Dtype;
use safetensors::tensor::TensorView;

#[test]
fn an_absurd_rate_is_refused_or_ends_the_run() {
    let place = workplace();
    let mut engine = Watched::start();
    let rate = |rate: &str| LearningRate::Text(rate.into());
    let settings = LearnSettings { learning_rate: rate("1e38"), ..quick(3) };
    engine.send(learn(1, begin(place.path(), &place.path().join("refused"), settings)));
    let events = engine.until_failure();
    assert!(
        matches!(events.last(), Some(Event::Failed { exit_code: 2, message, .. }) if message.contains("1e38"))
    );

    // The largest rate and decay that are let through multiply the word by -9 in each step, which leaves the
    // range of 32-bit floats after some forty.
    let out = place.path().join("absurd");
    let adamw = AdamW { weight_decay: 1.0, ..AdamW::default() };
    let settings = LearnSettings {
        learning_rate: rate("10"),
        optimizer: project::Optimizer::AdamW,
        adamw,
        norm_pull: 0.0,
        fixed_noise_every: 0,
        ..quick(200)
    };
    engine.send(learn(2, begin(place.path(), &out, settings)));
    let events = engine.until_failure();
    let Some(Event::Failed { message, exit_code: 8, .. }) = events.last() else { panic!("{events:?}") };
    assert!(message.contains("time in a row. ") && message.contains("lower learning rate"), "{message}");
    let rates: Vec<f64> = losses(&out).iter().map(|row| row.rate).collect();
    assert!(rates.len() > 10 && rates.iter().all(|rate| *rate == 10.0), "the rate is left alone: {rates:?}");
    let word = embedding::read(&out.join("cat-toy.safetensors")).unwrap();
    assert!(word.vectors.iter().all(|v| v.is_finite()));
    // Neither a step that was not taken nor one whose word was thrown away has a line in the curve.
    let undone = events.iter().filter(|event| matches!(event, Event::Undone { .. })).count();
    let end = RunFolder::open(&out).unwrap().status().unwrap().step as usize;
    assert_eq!(rates.len() + warnings(&events).len() + 1 + undone, end);
}

/// A copy of the small model whose last convolution is so many times larger.
fn louder(place: &Path, factor: f32) -> PathBuf {
    let copy = place.join("louder");
    copy_folder(&model(), &copy);
    let file = copy.join("unet/diffusion_pytorch_model.safetensors");
    let bytes = {
        let weights = Weights::open_file(&file).unwrap();
        let read = |name| {
            let factor = if name == "conv_out.weight" { factor } else { 1.0 };
            let numbers = weights.read_f32(name).unwrap();
            let bytes: Vec<u8> = numbers.iter().flat_map(|v| (v * factor).to_le_bytes()).collect();
            (name, weights.shape(name).unwrap().to_vec(), bytes)
        };
        let tensors: Vec<_> = weights.names().map(read).collect();
        let view = |(name, shape, bytes)| (name, TensorView::new(Dtype::F32, shape, bytes).unwrap());
        let views = tensors.iter().map(|(name, shape, bytes)| view((*name, shape.clone(), bytes.as_slice())));
        safetensors::serialize(views, None).unwrap()
    };
    std::fs::write(&file, bytes).unwrap();
    copy
}

/// A run on another model.
fn begin_on(model: PathBuf, place: &Path, out: &Path, settings: LearnSettings) -> LearnRequest {
    let mut request = begin(place, out, settings);
    let LearnStart::New { model: usual, .. } = &mut request.start else { unreachable!() };
    *usual = model;
    request
}

/// Losses that fit into 16 bits, with gradients that do not until they are scaled down.
#[test]
fn gradients_too_large_for_16_bits_are_scaled_down_and_the_rate_stays() {
    let place = workplace();
    let [whole, parts] = ["whole", "parts"].map(|name| place.path().join(name));
    let learning_rate = LearningRate::Text("0.005:12, 0.001".into());
    let settings =
        LearnSettings { precision: Precision::F16, learning_rate, fixed_noise_every: 0, ..quick(24) };
    let model = louder(place.path(), 300.0);
    let begin = |out: &Path| begin_on(model.clone(), place.path(), out, settings.clone());
    let mut engine = Watched::start();
    engine.send(learn(1, begin(&whole)));
    let events = engine.until_end(1);
    let notes = warnings(&events);
    assert!(notes.len() > 2 && notes.iter().all(|note| note.contains("too large for 16 bits")), "{notes:?}");
    let state = checkpoint(&whole, 24);
    assert_eq!(state.loss_scale, 0.5_f64.powi(notes.len() as i32));
    let rows = losses(&whole);
    assert_eq!(rows.len() + notes.len(), 24);
    let planned = settings.learning_rate.parse().unwrap();
    assert!(rows.iter().all(|row| row.rate == planned.at(row.step - 1, 24)), "{rows:?}");

    // In the middle of a row of them: what is scaled by is kept too.
    engine.send(learn(2, begin(&parts)));
    engine.until(|event| matches!(event, Event::Warning { .. }));
    engine.send(Command::Stop(2));
    engine.until_end(2);
    engine.send(learn(3, resume(&parts)));
    engine.until_end(3);
    assert_eq!(checkpoint(&parts, 24), state);
    assert_eq!(losses(&parts), rows);
}

/// So large that no loss fits into 32 bits.
#[test]
fn a_run_without_finite_numbers_gives_up_and_keeps_the_word() {
    let place = workplace();
    let out = place.path().join("run");
    let broken = louder(place.path(), 1e25);
    let mut engine = Watched::start();
    engine.send(learn(1, begin_on(broken, place.path(), &out, quick(10))));
    let events = engine.until_failure();
    assert_eq!(warnings(&events).iter().filter(|note| note.contains("taken back")).count(), 2);
    let Some(Event::Failed { message, exit_code, .. }) = events.last() else { panic!("{events:?}") };
    assert_eq!(*exit_code, 8, "{message}");
    assert!(message.contains("at step 3, the 3rd time in a row") && message.ends_with('.'), "{message}");

    let status = RunFolder::open(&out).unwrap().status().unwrap();
    assert_eq!((status.state, status.step, status.message.as_ref()), (RunState::Stopped, 3, Some(message)));
    let kept = embedding::read(&out.join("cat-toy.safetensors")).unwrap();
    assert!(kept.vectors.iter().all(|v| v.is_finite()) && kept.vectors.iter().any(|v| *v != 0.0));
    assert_eq!(kept.vectors, checkpoint(&out, 3).vectors);

    // The engine is not harmed: the same pictures with a whole model.
    engine.send(learn(2, begin(place.path(), &place.path().join("next"), quick(2))));
    engine.until_end(2);
}
