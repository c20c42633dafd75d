//! What a run does before its first step and where a step is undone, on the small model with nothing to see.

use std::path::Path;

use super::*;
use crate::context::JobContext;
use crate::message::{Command, LearnStart};
use crate::queue::test_queue;
use crate::session::tests::{golden, session};
use project::{Concept, ConceptKind, Continuation, LowMemory, RunFolder};

/// A request for a run of so many steps in a folder with two plain pictures.
fn request(place: &Path, settings: LearnSettings) -> LearnRequest {
    let images = place.join("images");
    std::fs::create_dir_all(&images).unwrap();
    for (name, grey) in [("a.png", 40), ("b.png", 200)] {
        image::RgbImage::from_pixel(64, 64, image::Rgb([grey; 3])).save(images.join(name)).unwrap();
    }
    let concept = Concept { word: "<cat-toy>".into(), initial_word: "cat".into(), kind: ConceptKind::Object };
    let start =
        LearnStart::New { model: golden(), images: vec![images], concept, settings: Box::new(settings) };
    LearnRequest { out: place.join("run"), start }
}

fn resume(place: &Path, steps: u64) -> LearnRequest {
    let asked = Continuation { steps: Some(steps), ..Continuation::default() };
    LearnRequest { out: place.join("run"), start: LearnStart::Resume(Box::new(asked)) }
}

fn quick(steps: u64) -> LearnSettings {
    let mut settings = LearnSettings { steps, gradient_accumulation: 1, ..LearnSettings::default() };
    (settings.held_out_every, settings.held_out_size, settings.preview.steps) = (2, 2, 3);
    settings
}

/// Does a job to its end, or until it fails; what it said.
fn events_of(
    request: LearnRequest,
    told: &[Command],
    act: impl FnOnce(LearnJob<'_>, &mut JobContext<'_>),
) -> Vec<Event> {
    let (mut queue, commands, events) = test_queue();
    let mut session = session();
    let mut context = JobContext::new(1, &mut queue);
    let job = LearnJob::new(prepare(request, &mut session, &mut context).unwrap());
    told.iter().for_each(|command| commands.send(command.clone()).unwrap());
    act(job, &mut context);
    events.try_iter().collect()
}

fn previews(events: &[Event]) -> Vec<u64> {
    let steps = events.iter().filter_map(|event| match event {
        Event::Preview { step, .. } => Some(*step),
        _ => None,
    });
    steps.collect()
}

#[test]
fn measuring_and_drawing_before_the_first_step_can_be_skipped() {
    let place = tempfile::tempdir().unwrap();
    let (mut queue, commands, events) = test_queue();
    let mut session = session();
    let mut context = JobContext::new(1, &mut queue);
    let mut job =
        LearnJob::new(prepare(request(place.path(), quick(2)), &mut session, &mut context).unwrap());
    commands.send(Command::Skip(1)).unwrap();
    job.measure_initial_word(&mut context).unwrap();
    assert_eq!(job.run.manifest.initial_loss, None);
    commands.send(Command::Skip(1)).unwrap();
    job.preview(false, &mut context).unwrap();
    assert_eq!(previews(&events.try_iter().collect::<Vec<_>>()), [0], "the second picture is drawn");
    assert!(job.learn(&mut context).unwrap());
    assert!(job.run.manifest.initial_loss.is_some(), "not asked to be skipped again");
}

#[test]
fn a_slow_device_draws_after_the_first_hundred_steps() {
    let place = tempfile::tempdir().unwrap();
    let settings = LearnSettings { preview_every: 40, held_out_every: 0, ..quick(130) };
    let mut slow = false;
    let events = events_of(request(place.path(), settings), &[], |mut job, context| {
        job.patience = Duration::ZERO;
        assert!(job.learn(context).unwrap());
        slow = job.postponed;
    });
    assert!(!slow);
    assert_eq!(previews(&events), [100, 100, 120, 120, 130, 130]);
    let warnings = events.iter().filter(|event| matches!(event, Event::Warning { .. })).count();
    assert_eq!(warnings, 1, "{events:?}");
    // Asked for, it is drawn at once.
    let place = tempfile::tempdir().unwrap();
    let settings = LearnSettings { preview_every: 40, held_out_every: 0, ..quick(3) };
    let events = events_of(request(place.path(), settings), &[Command::Preview(1)], |mut job, context| {
        job.patience = Duration::ZERO;
        assert!(job.learn(context).unwrap());
    });
    assert_eq!(previews(&events), [1, 1, 3, 3]);
}

#[test]
fn what_is_learned_is_compared_with_the_initial_word_however_often_the_run_goes_on() {
    let place = tempfile::tempdir().unwrap();
    let mut found = Vec::new();
    let mut settings = quick(4);
    settings.preview_every = 0;
    let mut learn = |request: LearnRequest| {
        events_of(request, &[], |mut job, context| {
            let complete = job.learn(context);
            job.keep(context, &complete).unwrap();
            found.push(job.fixed_noise_loss().unwrap());
        });
    };
    learn(request(place.path(), settings));
    learn(resume(place.path(), 8));
    // A run of an older version does not remember it.
    let folder = RunFolder::open(&place.path().join("run")).unwrap();
    let mut manifest = folder.manifest().unwrap();
    let kept = manifest.initial_loss.take().unwrap();
    folder.save_manifest(&manifest).unwrap();
    learn(resume(place.path(), 12));
    assert_eq!(found[0][0].to_bits(), kept.to_bits());
    assert_eq!(found[0][0].to_bits(), found[1][0].to_bits());
    assert_eq!(found[0][0].to_bits(), found[2][0].to_bits());
    assert!(found[0][1] != found[1][1] && found[1][1] != found[2][1]);
}

#[test]
fn the_curve_forgets_a_word_that_was_thrown_away() {
    let place = tempfile::tempdir().unwrap();
    let mut settings = quick(6);
    (settings.preview_every, settings.checkpoint_every) = (0, 2);
    let events = events_of(request(place.path(), settings), &[], |mut job, context| {
        for _ in 0..4 {
            job.step(context).unwrap();
        }
        job.checkpoint(context).unwrap();
        assert_eq!(job.measured.map(|(step, _)| step), Some(4));
        // As a step does that finds numbers which are not finite.
        let good = job.run.learner.state.vectors.values.clone();
        job.run.learner.state.vectors.values.fill(f32::NAN);
        job.step(context).unwrap();
        assert_ne!(job.run.learner.state.vectors.values, good, "it is as it was before step 4");
        assert_eq!(job.fixed_noise_loss(), None, "what was measured was of the word of step 4");
        assert_eq!(job.run.folder.losses().unwrap().len(), 4, "a kill here would go on from that word");
        job.step(context).unwrap();
        job.checkpoint(context).unwrap();
        let steps: Vec<u64> = job.run.folder.losses().unwrap().iter().map(|row| row.step).collect();
        assert_eq!(steps, [1, 2, 3, 6]);
        assert_eq!(job.measured.map(|(step, _)| step), Some(6));
    });
    assert!(events.iter().any(|event| matches!(event, Event::Undone { job: 1, step: 4 })), "{events:?}");
}

#[test]
fn a_run_that_goes_beyond_the_method_goes_on_bit_for_bit_and_writes_both_words() {
    let place = tempfile::tempdir().unwrap();
    let mut settings = LearnSettings { vectors: Some(1), held_out_every: 0, ..quick(6) };
    settings.checkpoint_every = 2;
    (settings.preview_every, settings.preview.prompts) = (6, vec!["a {}".into()]);
    settings.refine = project::Refinements {
        context_weight: 0.1,
        negative_vectors: 2,
        first_resolution: Some(32),
        first_part: 0.5,
        ..settings.refine
    };
    let mut shapes = Vec::new();
    let mut learn = |request: LearnRequest| {
        events_of(request, &[], |mut job, context| {
            let ended = job.learn(context);
            job.keep(context, &ended).unwrap();
            shapes.push(job.run.learner.state.vectors.shape);
        })
    };
    let events = learn(request(place.path(), settings));
    let info = events.iter().find_map(|event| match event {
        Event::LearnStarted { run, .. } => Some(run.vectors),
        _ => None,
    });
    assert_eq!(info, Some(1), "the negative word's are not counted");
    let file = |name: &str| std::fs::read(place.path().join("run").join(name)).unwrap();
    let last = "checkpoints/step-000006.safetensors";
    let whole = file(last);
    for step in ["checkpoints/step-000004.safetensors", last] {
        std::fs::remove_file(place.path().join("run").join(step)).unwrap();
    }
    // From step 2 over the step at which the pictures grow.
    learn(resume(place.path(), 6));
    assert!(file(last) == whole, "the run that went on is another");
    assert_eq!(shapes, [[3, 32]; 2]);
    let word = |name: &str| format::embedding::read(&place.path().join("run").join(name)).unwrap();
    let (word, negative) = (word("cat-toy.safetensors"), word("cat-toy-neg.safetensors"));
    assert_eq!((word.shape, negative.shape), ([1, 32], [2, 32]));
    assert_eq!((word.is_negative(), negative.is_negative()), (false, true));
    assert_eq!((word.partner(), negative.partner()), (Some("<cat-toy-neg>"), Some("<cat-toy>")));
    assert_eq!(negative.token.as_deref(), Some("<cat-toy-neg>"));
}

#[test]
fn memory_is_reckoned_spared_as_chosen_and_compared() {
    let learned = |low_memory| {
        let place = tempfile::tempdir().unwrap();
        let settings = LearnSettings { low_memory, preview_every: 0, held_out_every: 0, ..quick(2) };
        let mut vectors = Vec::new();
        let events = events_of(request(place.path(), settings), &[], |mut job, context| {
            assert!(job.learn(context).unwrap());
            let JobSummary::Learned { estimated_memory, used_memory, .. } = job.summary(true) else {
                panic!()
            };
            println!("{estimated_memory} bytes expected, {used_memory:?} taken, with all tests at once");
            assert!(estimated_memory > 0 && used_memory.is_some() == peak_memory().is_some());
            vectors = job.run.learner.state.vectors.values.clone();
        });
        let begun = events.iter().find_map(|event| match event {
            Event::LearnStarted { run, .. } => Some((run.low_memory, run.memory.clone())),
            _ => None,
        });
        (begun.unwrap(), vectors)
    };
    let ((plain, parts), word) = learned(LowMemory::Auto);
    let ((spared, fewer), same) = learned(LowMemory::On);
    assert!(!plain && spared, "{parts:?}");
    let all = |parts: &[(String, u64)]| parts.iter().map(|(_, bytes)| bytes).sum::<u64>();
    assert!(all(&fewer) < all(&parts), "{fewer:?}, {parts:?}");
    let apart = word.iter().zip(&same).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(apart < 1e-5, "{apart}");
}
