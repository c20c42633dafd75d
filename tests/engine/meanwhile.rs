//! Drawing with a word while it is being learned: in a paused run, or between two of its steps.
//!
//! Exact, like `jobs`: a run in which others drew must end like one in which nobody did, bit for bit.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use crate::runs::*;
use engine::Engine;
use engine::message::{Command, DeviceChoice, Event, GenerateRequest, JobId, JobSummary, SaveRequest};
use format::embedding::EmbeddingFormat;
use project::{GenerateSettings, LowMemory, SamplerKind, WeightFormat};

/// Pictures of the word, which is known by its name alone unless `words` hold it.
fn generate(job: JobId, count: usize, words: &[PathBuf]) -> Command {
    let settings = GenerateSettings {
        prompt: "a photo of <cat-toy>".into(),
        steps: 3,
        count,
        sampler: SamplerKind::Ddim,
        ..GenerateSettings::default()
    };
    let request = GenerateRequest::of(model(), words.to_vec(), settings);
    Command::Generate { job, request: Box::new(request) }
}

/// As [`generate`], with rounded weights: another model than that of the run.
fn other_numbers(job: JobId) -> Command {
    let Command::Generate { mut request, .. } = generate(job, 1, &[]) else { unreachable!() };
    request.settings.weights = WeightFormat::EightBit;
    Command::Generate { job, request }
}

fn pause(engine: &mut Watched) {
    engine.send(Command::Pause(1));
    engine.until(|event| matches!(event, Event::Paused { job: 1, .. }));
}

/// The run goes on where it was held.
fn resume_to(engine: &mut Watched, step: u64) {
    engine.send(Command::Resume(1));
    assert!(matches!(engine.next(), Event::Resumed { job: 1 }));
    assert!(matches!(engine.next(), Event::Step { report, .. } if report.step == step));
}

fn pictures(events: &[Event], of: JobId) -> Vec<image::RgbImage> {
    let picture = |event: &Event| match event {
        Event::Image { job, image, .. } if *job == of => Some(image.clone()),
        _ => None,
    };
    events.iter().filter_map(picture).collect()
}

#[test]
fn a_run_in_which_others_draw_ends_like_one_in_which_nobody_does() {
    let place = workplace();
    for low_memory in [LowMemory::Auto, LowMemory::On] {
        let [whole, out] = ["whole", "drawn"].map(|name| place.path().join(format!("{name}-{low_memory:?}")));
        let settings = || project::LearnSettings { low_memory, ..quick(14) };
        undisturbed(place.path(), &whole, settings());

        let mut engine = Watched::start();
        engine.send(learn(1, begin(place.path(), &out, settings())));
        engine.until_step(4);
        pause(&mut engine);
        engine.send(generate(2, 2, &[]));
        let events = engine.until_end(2);
        assert_eq!(pictures(&events, 2).len(), 2);
        assert!(warnings(&events).is_empty(), "{:?}", warnings(&events));
        assert!(!events.iter().any(|event| matches!(event, Event::Step { .. } | Event::Resumed { .. })));
        resume_to(&mut engine, 5);

        // One for which it is asked between two steps; then the next step comes.
        engine.send(generate(3, 1, &[]));
        assert!(matches!(engine.next(), Event::Kept { step: 5, .. }));
        engine.send(Command::Meanwhile(3));
        let events = engine.until_end(3);
        assert_eq!(pictures(&events, 3).len(), 1);
        engine.until_step(7);

        // A drawing that fails, or is cancelled, ends alone.
        pause(&mut engine);
        engine.send(generate(4, 1, &["/nowhere/word.safetensors".into()]));
        let failed = engine.until_failure();
        assert!(matches!(failed.last(), Some(Event::Failed { job: 4, .. })), "{failed:?}");
        engine.send(generate(5, 50, &[]));
        engine.until(|event| matches!(event, Event::Latents { job: 5, step: 2, .. }));
        engine.send(Command::Stop(5));
        let failed = engine.until_failure();
        assert!(matches!(failed.last(), Some(Event::Failed { job: 5, exit_code: 130, .. })), "{failed:?}");

        // A checkpoint can be taken out, and the run let go on while others draw.
        let path = place.path().join("taken.safetensors");
        let format = EmbeddingFormat::EmbParams;
        let receipt = false;
        let request = SaveRequest { run: out.clone(), step: None, likeness: 1.0, format, path, receipt };
        engine.send(Command::Save { job: 6, request: Box::new(request) });
        engine.until_end(6);
        engine.send(generate(7, 1, &[]));
        engine.until(|event| matches!(event, Event::Latents { job: 7, .. }));
        engine.send(Command::Resume(1));
        let events = engine.until_end(7);
        assert!(events.iter().any(|event| matches!(event, Event::Resumed { job: 1 })), "{events:?}");
        assert!(matches!(engine.next(), Event::Step { report, .. } if report.step == 8));
        engine.until_end(1);
        assert_same_end(&out, &whole, 14);
    }
}

#[test]
fn the_word_is_drawn_as_it_is_at_that_moment() {
    let place = workplace();
    let out = place.path().join("run");
    let file = out.join("cat-toy.safetensors");
    let mut engine = Watched::start();
    engine.send(learn(1, begin(place.path(), &out, quick(9))));
    let mut seen = Vec::new();
    for step in [3, 6] {
        engine.until_step(step);
        pause(&mut engine);
        // By its name, and in place of the file that does not exist yet.
        engine.send(generate(step, 1, &[]));
        engine.send(generate(step + 1, 1, std::slice::from_ref(&file)));
        let mut drawn = pictures(&engine.until_end(step), step);
        drawn.extend(pictures(&engine.until_end(step + 1), step + 1));
        assert!(drawn[0] == drawn[1] && !file.exists());
        seen.push(drawn.remove(0));
        resume_to(&mut engine, step + 1);
    }
    assert!(seen[0] != seen[1], "the word has moved");
    pause(&mut engine);
    engine.send(generate(20, 1, &[]));
    let before = pictures(&engine.until_end(20), 20);
    engine.send(Command::Stop(1));
    engine.until_end(1);
    engine.send(generate(21, 1, &[file]));
    assert_eq!(pictures(&engine.until_end(21), 21), before, "the file holds the same word");
}

#[test]
fn what_needs_another_model_waits_and_the_others_keep_their_order() {
    let place = workplace();
    let mut engine = Watched::start();
    engine.send(learn(1, begin(place.path(), &place.path().join("run"), quick(9))));
    engine.until_step(3);
    [other_numbers(2), generate(3, 1, &[]), generate(4, 1, &[]), generate(5, 1, &[])]
        .into_iter()
        .for_each(|command| engine.send(command));
    // Held, only that is drawn for which it is asked.
    engine.send(Command::HoldQueue(true));
    engine.send(Command::Meanwhile(4));
    let events = engine.until_end(4);
    assert!(pictures(&events, 3).is_empty() && warnings(&events).is_empty());
    engine.until_step(4);
    pause(&mut engine);
    engine.send(Command::HoldQueue(false));
    let events = engine.until_end(5);
    assert_eq!((pictures(&events, 3).len(), pictures(&events, 5).len()), (1, 1));
    let ends = events.iter().filter_map(|event| match event {
        Event::Finished { job, .. } => Some(*job),
        _ => None,
    });
    assert_eq!(ends.collect::<Vec<_>>(), [3, 5]);
    let said = warnings(&events);
    assert!(matches!(said[..], [text] if text.contains("waits until the word is learned")), "{said:?}");
    engine.send(Command::Stop(1));
    engine.until_end(1);
    engine.until_end(2);
}

#[test]
fn a_preview_is_drawn_to_its_end_before_others_draw() {
    let place = workplace();
    let mut settings = quick(4);
    (settings.preview_every, settings.preview.steps) = (2, 3);
    let mut engine = Watched::start();
    engine.send(learn(1, begin(place.path(), &place.path().join("run"), settings)));
    engine.until_step(2);
    engine.until(|event| matches!(event, Event::Latents { job: 1, .. }));
    pause(&mut engine);
    engine.send(generate(2, 1, &[]));
    let events = engine.until_end(2);
    let previews = events.iter().filter(|event| matches!(event, Event::Preview { step: 2, .. })).count();
    assert_eq!((previews, pictures(&events, 2).len()), (2, 1));
    resume_to(&mut engine, 3);
    engine.until_end(1);
}

#[test]
fn stopping_the_run_or_closing_the_engine_ends_the_drawing_too() {
    let place = workplace();
    for (name, close) in [("stopped", false), ("closed", true)] {
        let out = place.path().join(name);
        let mut engine = Watched::start();
        engine.send(learn(1, begin(place.path(), &out, quick(9))));
        engine.until_step(3);
        pause(&mut engine);
        engine.send(generate(2, 1000, &[]));
        engine.until(|event| matches!(event, Event::Latents { job: 2, index: 1, .. }));
        if close {
            let began = Instant::now();
            drop(engine);
            assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
        } else {
            engine.send(Command::Stop(1));
            let events = engine.until_end(1);
            let ended = events.iter().find_map(|event| match event {
                Event::Finished { job: 2, summary: JobSummary::Generated { count, .. } } => Some(*count),
                _ => None,
            });
            assert_eq!(ended, Some(1), "what was drawn is kept");
        }
        assert_eq!(checkpoint(&out, 3).step, 3);
    }
}

/// Has a paused run draw, and lets the engine panic with a sentence meanwhile; what it says from there on.
fn tear(place: &Path, out: &Path, how: u8) -> Vec<Event> {
    static TORN: AtomicU8 = AtomicU8::new(0);
    let wake = || match TORN.swap(0, Ordering::Relaxed) {
        0 => {}
        1 => panic!("a fault of the program"),
        _ => panic!("Device lost: torn by the test"),
    };
    let engine = Engine::start(DeviceChoice::Cpu, Box::new(wake)).unwrap();
    engine.send(learn(1, begin(place, out, quick(400)))).unwrap();
    let until = |last: &dyn Fn(&Event) -> bool| -> Vec<Event> {
        let mut events = Vec::new();
        for event in engine.events() {
            let end = last(&event);
            events.push(event);
            if end {
                break;
            }
        }
        events
    };
    until(&|event| matches!(event, Event::Step { .. }));
    engine.send(Command::Pause(1)).unwrap();
    until(&|event| matches!(event, Event::Paused { .. }));
    engine.send(generate(2, 1000, &[])).unwrap();
    until(&|event| matches!(event, Event::Latents { index: 2, .. }));
    TORN.store(how, Ordering::Relaxed);
    let mut events = until(&|event| matches!(event, Event::Failed { job: 2, .. }));
    engine.send(Command::Resume(1)).unwrap();
    events.extend(until(&|event| {
        matches!(event, Event::Step { .. } | Event::Failed { job: 1, .. } | Event::Finished { job: 1, .. })
    }));
    events
}

#[test]
fn a_panic_ends_the_drawing_and_a_lost_device_the_run_as_well() {
    let place = workplace();
    let events = tear(place.path(), &place.path().join("fault"), 1);
    assert!(matches!(events.last(), Some(Event::Step { .. })), "{:?}", events.last());
    let events = tear(place.path(), &place.path().join("lost"), 2);
    assert!(matches!(events.last(), Some(Event::Failed { job: 1, exit_code: 6, .. })), "{:?}", events.last());
}
