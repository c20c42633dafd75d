//! The engine through its messages: learning, going on, waiting, stopping, failing, and what the run folder
//! holds then.
//!
//! Everything is exact: a run that was stopped, damaged or disturbed must end like one that was not, bit for
//! bit.

use std::path::{Path, PathBuf};

use crate::runs::*;
use engine::message::{Command, Event, GenerateRequest, JobSummary, LearnStart};
use format::embedding;
use project::{Continuation, GenerateSettings, LearningRate, RunFolder, RunState, SamplerKind};

const STEPS: u64 = 30;

/// One picture in two steps.
fn generate(job: u64, words: Vec<PathBuf>) -> Command {
    let prompt = "a photo of <cat-toy>".into();
    let settings =
        GenerateSettings { prompt, steps: 2, sampler: SamplerKind::Ddim, ..GenerateSettings::default() };
    Command::Generate { job, request: Box::new(GenerateRequest::of(model(), words, settings)) }
}

fn word_file(out: &Path) -> PathBuf {
    out.join("cat-toy.safetensors")
}

/// Learns up to step 17, then stops the run and ends the engine.
fn stop_after_17(place: &Path, out: &Path) {
    let mut engine = Watched::start();
    engine.send(learn(1, begin(place, out, quick(STEPS))));
    engine.until_step(17);
    engine.send(Command::Stop(1));
    let events = engine.until_end(1);
    let Some(Event::Finished { summary: JobSummary::Learned { step, complete, .. }, .. }) = events.last()
    else {
        panic!("{events:?}");
    };
    assert_eq!((*step, *complete), (17, false));
    assert!(!events.iter().any(|event| matches!(event, Event::Step { .. })), "it took another step");
    let status = RunFolder::open(out).unwrap().status().unwrap();
    assert_eq!((status.state, status.step), (RunState::Stopped, 17));
}

#[test]
fn a_resumed_run_ends_like_one_in_one_go() {
    let place = workplace();
    let [whole, parts, damaged] = ["whole", "parts", "damaged"].map(|name| place.path().join(name));
    undisturbed(place.path(), &whole, quick(STEPS));

    stop_after_17(place.path(), &parts);
    let mut engine = Watched::start();
    engine.send(learn(1, resume(&parts)));
    let events = engine.until_end(1);
    assert!(warnings(&events).is_empty(), "{:?}", warnings(&events));
    let first = events.iter().find_map(|event| match event {
        Event::Step { report, .. } => Some(report.step),
        _ => None,
    });
    assert_eq!(first, Some(18));
    assert_same_end(&parts, &whole, STEPS);
    let [a, b] = [&parts, &whole].map(|out| embedding::read(&word_file(out)).unwrap());
    assert_eq!(a.vectors, b.vectors);
    drop(engine);

    // The newest checkpoint cut short: the one before it is taken, and that is said.
    stop_after_17(place.path(), &damaged);
    let newest = RunFolder::open(&damaged).unwrap().checkpoint_path(17);
    let bytes = std::fs::read(&newest).unwrap();
    std::fs::write(&newest, &bytes[..bytes.len() / 2]).unwrap();
    let mut engine = Watched::start();
    engine.send(learn(1, resume(&damaged)));
    let events = engine.until_end(1);
    assert!(
        warnings(&events).iter().any(|text| text.contains("step-000017.safetensors")),
        "{:?}",
        warnings(&events)
    );
    let started = events.iter().find_map(|event| match event {
        Event::LearnStarted { run, .. } => Some(run.step),
        _ => None,
    });
    assert_eq!(started, Some(15));
    assert_same_end(&damaged, &whole, STEPS);
}

#[test]
fn a_run_goes_on_with_other_settings_and_is_the_same_after_a_stop() {
    let place = workplace();
    let [whole, parts] = ["whole", "parts"].map(|name| place.path().join(name));
    let changed = || {
        let mut settings = quick(20);
        (settings.batch_size, settings.gradient_accumulation, settings.timesteps) = (2, 2, [100, 900]);
        settings.learning_rate = LearningRate::Text("1e-3".into());
        (settings.vectors, settings.seed) = (Some(2), 9);
        let asked = Continuation { settings: Some(settings), ..Continuation::default() };
        let mut request = resume(&whole);
        request.start = LearnStart::Resume(Box::new(asked));
        request
    };
    for out in [&whole, &parts] {
        undisturbed(place.path(), out, quick(12));
    }
    let mut engine = Watched::start();
    engine.send(learn(1, changed()));
    let notes: Vec<String> = warnings(&engine.until_end(1)).into_iter().map(str::to_owned).collect();
    for part in ["--vectors 2 is not taken", "--seed 9 is not taken", "From step 13 on: batch size 2"] {
        assert!(notes.iter().any(|note| note.starts_with(part)), "{part}: {notes:?}");
    }
    let manifest = RunFolder::open(&whole).unwrap().manifest().unwrap();
    assert_eq!((manifest.settings.batch_size, manifest.settings.seed), (2, 0));
    assert_eq!((manifest.earlier.len(), manifest.earlier[0].until), (1, 12));
    assert_eq!(manifest.earlier[0].settings.batch_size, 1);

    let mut request = changed();
    request.out.clone_from(&parts);
    engine.send(learn(2, request));
    engine.until_step(17);
    engine.send(Command::Stop(2));
    engine.until_end(2);
    // Neither naming everything again nor naming nothing makes a difference.
    engine.send(learn(3, resume(&parts)));
    let events = engine.until_end(3);
    assert!(warnings(&events).is_empty(), "{:?}", warnings(&events));
    assert_same_end(&parts, &whole, 20);
    let rates: Vec<f64> = losses(&whole)[12..].iter().map(|row| row.rate).collect();
    assert_eq!(rates, [1e-3; 8]);
}

#[test]
fn more_steps_go_on_at_the_rate_where_it_ended() {
    let place = workplace();
    let out = place.path().join("run");
    let learning_rate = LearningRate::Cosine { start: 5e-3, end: 5e-4, since: 0 };
    undisturbed(place.path(), &out, project::LearnSettings { learning_rate, ..quick(6) });
    let mut engine = Watched::start();
    let asked = Continuation { steps: Some(12), ..Continuation::default() };
    let mut request = resume(&out);
    request.start = LearnStart::Resume(Box::new(asked));
    engine.send(learn(1, request));
    let events = engine.until_end(1);
    assert!(warnings(&events).is_empty(), "{:?}", warnings(&events));
    let rates: Vec<f64> = losses(&out).iter().map(|row| row.rate).collect();
    assert!(rates.is_sorted_by(|a, b| a >= b), "{rates:?}");
    assert_eq!((rates[0], rates[5], rates[11]), (5e-3, 5e-4, 5e-4));
}

#[test]
fn pause_stop_and_cancel_act_within_one_step() {
    let place = workplace();
    let [whole, paused, cancelled] = ["whole", "paused", "cancelled"].map(|name| place.path().join(name));
    undisturbed(place.path(), &whole, quick(12));

    let mut engine = Watched::start();
    engine.send(learn(1, begin(place.path(), &paused, quick(12))));
    engine.until_step(7);
    engine.send(Command::Pause(1));
    let event = engine.next();
    assert!(matches!(&event, Event::Paused { job: 1, reason } if reason.is_empty()), "{event:?}");
    engine.send(Command::Resume(1));
    assert!(matches!(engine.next(), Event::Resumed { job: 1 }));
    assert!(matches!(engine.next(), Event::Step { report, .. } if report.step == 8));
    // A job that ends while it is held: stop must not need a resume first.
    engine.send(Command::Pause(1));
    assert!(matches!(engine.next(), Event::Paused { .. }));
    engine.send(Command::Stop(1));
    let events = engine.until_end(1);
    assert!(
        events.iter().any(|event| matches!(event, Event::Saved { path, .. } if *path == word_file(&paused)))
    );
    let word = embedding::read(&word_file(&paused)).unwrap();
    assert_eq!(word.token.as_deref(), Some("<cat-toy>"));
    assert_eq!(word.vectors, checkpoint(&paused, 8).vectors);
    assert_ne!(word.vectors, checkpoint(&whole, 12).vectors);
    engine.send(learn(2, resume(&paused)));
    engine.until_end(2);
    assert_same_end(&paused, &whole, 12);

    engine.send(learn(3, begin(place.path(), &cancelled, quick(12))));
    engine.until_step(6);
    engine.send(Command::Stop(3));
    let events = engine.until_end(3);
    let Some(Event::Finished { summary, .. }) = events.last() else { panic!("{events:?}") };
    assert!(matches!(summary, JobSummary::Learned { step: 6, complete: false, .. }), "{summary:?}");
    assert!(!events.iter().any(|event| matches!(event, Event::Step { .. })), "it took another step");
    assert!(RunFolder::open(&cancelled).unwrap().checkpoints().unwrap().contains(&5));
}

#[test]
fn jobs_wait_their_turn_and_can_be_taken_back() {
    let place = workplace();
    let out = place.path().join("run");
    let mut engine = Watched::start();
    engine.send(learn(1, begin(place.path(), &out, quick(6))));
    engine.until_step(2);
    engine.send(generate(2, vec![word_file(&out)]));
    engine.send(generate(3, vec![]));
    engine.send(generate(4, vec![]));
    engine.send(Command::Stop(3));
    let mut events = engine.until(|event| matches!(event, Event::Failed { job: 3, exit_code: 130, .. }));
    events.extend(engine.until_end(1));
    let others = |event: &Event| matches!(event, Event::ModelReady { job, .. } if *job != 1);
    assert!(!events.iter().any(others), "a job began before its turn");
    // The word that job 2 draws with exists only because job 1 is over.
    let events = engine.until_end(2);
    assert!(
        events.iter().any(|event| matches!(event, Event::Image { job: 2, image, .. } if image.width() == 64))
    );
    assert!(warnings(&events).is_empty(), "{:?}", warnings(&events));
    let events = engine.until_end(4);
    let cancelled =
        |event: &Event| matches!(event, Event::ModelReady { job: 3, .. } | Event::Image { job: 3, .. });
    assert!(!events.iter().any(cancelled), "a job that was taken back ran");
    let said = warnings(&events);
    assert!(matches!(said[..], [text] if text.contains("“<cat-toy>” is read as plain text")), "{said:?}");
}

#[test]
fn a_picture_can_be_left_for_the_next_one() {
    let mut engine = Watched::start();
    let Command::Generate { job, mut request } = generate(1, Vec::new()) else { unreachable!() };
    request.settings.count = 3;
    engine.send(Command::Generate { job, request });
    engine.until(|event| matches!(event, Event::Latents { index: 0, step: 1, .. }));
    engine.send(Command::Skip(1));
    let events = engine.until_end(1);
    let drawn = events.iter().filter_map(|event| match event {
        Event::Image { index, .. } => Some(*index),
        _ => None,
    });
    assert_eq!(drawn.collect::<Vec<_>>(), [1, 2]);
    let count = events.iter().find_map(|event| match event {
        Event::Finished { summary: JobSummary::Generated { count, .. }, .. } => Some(*count),
        _ => None,
    });
    assert_eq!(count, Some(2));
}

#[test]
fn a_failed_job_is_a_sentence_and_the_next_one_runs() {
    let place = workplace();
    let out = place.path().join("run");
    let mut engine = Watched::start();
    let mut request = begin(place.path(), &out, quick(3));
    let LearnStart::New { model, .. } = &mut request.start else { unreachable!() };
    *model = place.path().join("no model");
    engine.send(learn(1, request));
    let events = engine.until_failure();
    let Some(Event::Failed { job: 1, message, exit_code: 3 }) = events.last() else { panic!("{events:?}") };
    assert!(message.contains("no model") && message.ends_with('.'), "{message}");
    assert!(!out.exists(), "a run that never began left a folder");

    engine.send(learn(2, begin(place.path(), &out, quick(3))));
    engine.until_end(2);

    // A folder in which another process learns.
    let _lock = RunFolder::open(&out).unwrap().lock().unwrap();
    engine.send(learn(3, resume(&out)));
    let events = engine.until_failure();
    assert!(matches!(events.last(), Some(Event::Failed { job: 3, exit_code: 7, .. })), "{events:?}");
}

#[test]
fn a_run_whose_folder_vanishes_waits_for_it() {
    let place = workplace();
    let [whole, out, away] = ["whole", "run", "away"].map(|name| place.path().join(name));
    undisturbed(place.path(), &whole, quick(12));

    let mut engine = Watched::start();
    engine.send(learn(1, begin(place.path(), &out, quick(12))));
    engine.until_step(3);
    std::fs::rename(&out, &away).unwrap();
    let events = engine.until(|event| matches!(event, Event::Paused { .. }));
    let Some(Event::Paused { reason, .. }) = events.last() else { panic!("{events:?}") };
    assert!(reason.contains(&*out.to_string_lossy()) && reason.ends_with('.'), "{reason}");
    assert!(!out.exists(), "the folder that vanished was imitated");
    let last = events.iter().rev().find_map(|event| match event {
        Event::Step { report, .. } => Some(report.step),
        _ => None,
    });
    assert_eq!(last, Some(5), "it holds where the first checkpoint is due");
    std::fs::rename(&away, &out).unwrap();
    // Otherwise it looks again by itself after two seconds.
    engine.send(Command::Resume(1));
    assert!(matches!(engine.next(), Event::Resumed { job: 1 }));
    engine.until_end(1);
    assert_same_end(&out, &whole, 12);
}

#[test]
fn a_word_that_cannot_move_is_reported_loudly() {
    let place = workplace();
    let settings = |rate: &str, norm_pull| {
        let learning_rate = LearningRate::Text(rate.into());
        project::LearnSettings { learning_rate, norm_pull, fixed_noise_every: 0, ..quick(101) }
    };
    let mut engine = Watched::start();
    engine.send(learn(1, begin(place.path(), &place.path().join("stuck"), settings("1e-30", 0.0))));
    engine.until_step(100);
    let event = engine.next();
    assert!(
        matches!(&event, Event::Warning { message, .. } if message.contains("hardly changed")),
        "{event:?}"
    );
    let events = engine.until_end(1);
    assert!(warnings(&events).is_empty(), "{:?}", warnings(&events));
    engine.send(learn(2, begin(place.path(), &place.path().join("moved"), settings("1e-3", 0.0))));
    let events = engine.until_end(2);
    assert!(warnings(&events).is_empty(), "{:?}", warnings(&events));
}
