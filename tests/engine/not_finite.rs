//! Numbers that are not finite: the word goes back, the rate is left alone, and a run that cannot be saved ends with a
//! word that works.

#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use crate::places::*;
use crate::runs::*;
use engine::message::{Event, LearnStart};
use format::{Weights, embedding};
use project::{AdamW, LearnSettings, LearningRate, RunFolder, RunState};
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
    let settings =
        LearnSettings { learning_rate: rate("10"), adamw, norm_pull: 0.0, held_out_every: 0, ..quick(200) };
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

/// A model whose last convolution is so large that no loss fits into 32 bits.
#[test]
fn a_run_without_finite_numbers_gives_up_and_keeps_the_word() {
    let place = workplace();
    let [broken, out] = ["broken", "run"].map(|name| place.path().join(name));
    copy_folder(&model(), &broken);
    let file = broken.join("unet/diffusion_pytorch_model.safetensors");
    let bytes = {
        let weights = Weights::open_file(&file).unwrap();
        let read = |name| {
            let factor = if name == "conv_out.weight" { 1e25 } else { 1.0 };
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

    let mut engine = Watched::start();
    let mut request = begin(place.path(), &out, quick(10));
    let LearnStart::New { model, .. } = &mut request.start else { unreachable!() };
    *model = broken;
    engine.send(learn(1, request));
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
