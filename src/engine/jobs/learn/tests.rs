//! What a run does before its first step, where a step is undone and how its pictures are judged, on the small model with
//! nothing to see. The length is that of what can come before a step.

use std::path::Path;

use super::*;
use crate::context::JobContext;
use crate::message::{Command, LearnStart};
use crate::queue::test_queue;
use crate::session::tests::{golden, session};
use project::{Concept, ConceptKind, Continuation, LowMemory, Method, Precision, RunFolder, WordStart};

/// A request for a run of so many steps in a folder with two plain pictures.
fn request(place: &Path, settings: LearnSettings) -> LearnRequest {
    let images = place.join("images");
    std::fs::create_dir_all(&images).unwrap();
    for (name, grey) in [("a.png", 40), ("b.png", 200)] {
        image::RgbImage::from_pixel(64, 64, image::Rgb([grey; 3])).save(images.join(name)).unwrap();
    }
    let concept = Concept { word: "<cat-toy>".into(), initial_word: "cat".into(), kind: ConceptKind::Object };
    let start = LearnStart::New {
        model: golden(),
        images: vec![images],
        concept,
        settings: Box::new(settings),
        permission: Box::default(),
    };
    LearnRequest { out: place.join("run"), start }
}

fn resume(place: &Path, steps: u64) -> LearnRequest {
    let asked = Continuation { steps: Some(steps), ..Continuation::default() };
    LearnRequest { out: place.join("run"), start: LearnStart::Resume(Box::new(asked)) }
}

fn quick(steps: u64) -> LearnSettings {
    let mut settings = LearnSettings { steps, gradient_accumulation: 1, ..LearnSettings::default() };
    (settings.fixed_noise_every, settings.fixed_noise_size, settings.preview.steps) = (2, 2, 3);
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

/// Whether a warning says so.
fn warned(events: &[Event], text: &str) -> bool {
    events.iter().any(|event| matches!(event, Event::Warning { message, .. } if message.contains(text)))
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
    let settings = LearnSettings { preview_every: 40, fixed_noise_every: 0, ..quick(130) };
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
    let settings = LearnSettings { preview_every: 40, fixed_noise_every: 0, ..quick(3) };
    let events = events_of(request(place.path(), settings), &[Command::Preview(1)], |mut job, context| {
        job.patience = Duration::ZERO;
        assert!(job.learn(context).unwrap());
    });
    assert_eq!(previews(&events), [1, 1, 3, 3]);
}

#[test]
fn a_picture_that_a_kill_kept_from_being_drawn_is_drawn_when_the_run_goes_on() {
    let place = tempfile::tempdir().unwrap();
    let settings = LearnSettings { preview_every: 2, score_every: 0, auto_stop: false, ..quick(2) };
    let learned = |request: LearnRequest| {
        previews(&events_of(request, &[], |mut job, context| {
            let complete = job.learn(context);
            job.keep(context, &complete).unwrap();
        }))
    };
    assert_eq!(learned(request(place.path(), settings)), [0, 0, 2, 2]);
    assert_eq!(learned(resume(place.path(), 4)), [4, 4]);
    // Between its last checkpoint and its last picture.
    std::fs::remove_file(place.path().join("run/previews/000004_1.png")).unwrap();
    assert_eq!(learned(resume(place.path(), 6)), [4, 4, 6, 6]);
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
    let mut settings = LearnSettings { vectors: Some(1), fixed_noise_every: 0, ..quick(6) };
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

/// Settings of a method on the pictures in `place`, which get what it needs.
fn of_method(place: &Path, method: Method) -> LearnSettings {
    let mut settings = LearnSettings { method, fixed_noise_every: 3, ..quick(6) };
    (settings.checkpoint_every, settings.preview_every) = (2, 0);
    let methods = &mut settings.methods;
    (methods.regularisation, methods.add_vector_at) = (0.5, "2, 4".into());
    let others = place.join("others");
    std::fs::create_dir_all(&others).unwrap();
    image::RgbImage::from_pixel(64, 64, image::Rgb([200, 30, 30])).save(others.join("c.png")).unwrap();
    if method == Method::TwoConcept {
        methods.with_images = Some(others);
        (methods.with_word, methods.with_init) = (Some("<dog>".into()), Some("dog".into()));
    }
    std::fs::create_dir_all(place.join("images")).unwrap();
    std::fs::write(place.join("images/a.txt"), "on a bed").unwrap();
    settings
}

#[test]
fn every_method_goes_on_bit_for_bit_and_writes_its_words() {
    // The rows of the table, and of the word's file after 4 and after 6 steps.
    let expected: [(Method, usize, [usize; 2]); 7] = [
        (Method::Single, 1, [1, 1]),
        (Method::Extended, 2, [2, 2]),
        (Method::Progressive, 3, [2, 3]),
        (Method::Regularised, 1, [1, 1]),
        (Method::PerImage, 3, [1, 1]),
        (Method::Captions, 1, [1, 1]),
        (Method::TwoConcept, 2, [1, 1]),
    ];
    assert_eq!(expected.map(|(method, ..)| method), Method::ALL);
    let mut learned = Vec::new();
    for (method, rows, [after_4, after_6]) in expected {
        let place = tempfile::tempdir().unwrap();
        let learn = |request: LearnRequest| {
            events_of(request, &[], |mut job, context| {
                let ended = job.learn(context);
                job.keep(context, &ended).unwrap();
                assert!(ended.unwrap());
                assert_eq!(job.run.learner.state.vectors.shape, [rows, 32], "{method}");
            })
        };
        let settings = of_method(place.path(), method);
        let events = learn(request(place.path(), settings));
        assert_eq!(warned(&events, "no caption"), method == Method::Captions, "{events:?}");
        let run = place.path().join("run");
        let last = run.join("checkpoints/step-000006.safetensors");
        let whole = std::fs::read(&last).unwrap();
        if method == Method::Single {
            forget_methods(&run);
        }
        std::fs::remove_file(&last).unwrap();
        std::fs::remove_file(run.join("checkpoints/step-000004.safetensors")).unwrap();
        learn(resume(place.path(), 6));
        assert!(std::fs::read(&last).unwrap() == whole, "{method}: the run that went on is another");
        let folder = RunFolder::open(&run).unwrap();
        let manifest = folder.manifest().unwrap();
        let count = |step| export::words(&manifest, &folder.checkpoint(step).unwrap(), 1.0).0.shape[0];
        assert_eq!([count(4), count(6)], [after_4, after_6], "{method}");
        let mut files: Vec<String> = std::fs::read_dir(&run)
            .unwrap()
            .map(|file| file.unwrap().file_name().to_string_lossy().into_owned())
            .filter(|name| name.ends_with(".safetensors"))
            .collect();
        files.sort();
        let two = method == Method::TwoConcept;
        let named: &[&str] =
            if two { &["cat-toy.safetensors", "dog.safetensors"] } else { &["cat-toy.safetensors"] };
        assert_eq!(files, named);
        if two {
            let second = format::embedding::read(&run.join("dog.safetensors")).unwrap();
            assert_eq!((second.token.as_deref(), second.shape), (Some("<dog>"), [1, 32]));
            assert_eq!(second.metadata["pseudoword.initial_word"], "dog");
        }
        // Each row that has had its turn has moved.
        let checkpoint = folder.checkpoint(6).unwrap();
        let start = folder.start().unwrap().unwrap();
        let moved = checkpoint.vectors.chunks(32).zip(start.vectors.chunks(32)).map(|(now, was)| now != was);
        println!("{method}: {:?} moved", moved.clone().collect::<Vec<_>>());
        assert!(
            moved.clone().next().unwrap() && (method == Method::PerImage || moved.clone().all(|moved| moved))
        );
        learned.push(checkpoint.vectors[..32].to_vec());
    }
    assert!((1..learned.len()).all(|method| learned[method] != learned[0]), "each learns something else");
}

/// Makes a run look as one of the time before there were methods.
fn forget_methods(run: &Path) {
    let file = run.join("run.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let mut table: toml::Table = text.parse().unwrap();
    let settings = table["settings"].as_table_mut().unwrap();
    assert!(settings.remove("method").is_some() && settings.remove("methods").is_some());
    assert!(!table.contains_key("second_pictures"));
    std::fs::write(&file, toml::to_string(&table).unwrap()).unwrap();
}

#[test]
fn memory_is_reckoned_spared_as_chosen_and_compared() {
    let learned = |low_memory| {
        let place = tempfile::tempdir().unwrap();
        let settings = LearnSettings { low_memory, preview_every: 0, fixed_noise_every: 0, ..quick(2) };
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

/// A picture on which something stands out.
fn disc() -> image::RgbImage {
    image::RgbImage::from_fn(64, 64, |x, y| {
        let inside = (x as i32 - 30).pow(2) + (y as i32 - 34).pow(2) < 18 * 18;
        image::Rgb(if inside { [40, 90, 180] } else { [210, 200, 190] })
    })
}

#[test]
fn suggested_masks_are_kept_with_the_run_and_used_again() {
    let mut losses = Vec::new();
    let mut measure = |request: LearnRequest| {
        events_of(request, &[], |mut job, context| {
            job.measure_initial_word(context).unwrap();
            losses.push(job.run.manifest.initial_loss.unwrap().to_bits());
        })
    };
    for suggest_masks in [false, true] {
        let place = tempfile::tempdir().unwrap();
        let asked = request(place.path(), LearnSettings { suggest_masks, ..quick(1) });
        // A thing on the first picture; the second stays plain.
        disc().save(place.path().join("images/a.png")).unwrap();
        let events = measure(asked);
        assert_eq!(warned(&events, "b.png"), suggest_masks, "{events:?}");
        let masks = std::fs::read_dir(place.path().join("run/masks"));
        assert_eq!(masks.map_or(0, Iterator::count), usize::from(suggest_masks));
        let beside = std::fs::read_dir(place.path().join("images")).unwrap();
        assert_eq!(beside.count(), 2, "nothing is written beside the pictures");
        let folder = RunFolder::open(&place.path().join("run")).unwrap();
        let mut manifest = folder.manifest().unwrap();
        manifest.initial_loss = None;
        folder.save_manifest(&manifest).unwrap();
        measure(resume(place.path(), 2));
    }
    assert_ne!(losses[0], losses[2], "with masks something else is learned");
    assert_eq!((losses[0], losses[2]), (losses[1], losses[3]), "it goes on with the same masks, bit for bit");
}

/// Begins with a start, takes two steps, and gives the vectors before and after them.
fn two_steps(place: &Path, settings: LearnSettings) -> [Vec<f32>; 2] {
    let mut found = [Vec::new(), Vec::new()];
    events_of(request(place, settings), &[], |mut job, context| {
        found[0].clone_from(&job.run.learner.start.values);
        (0..2).for_each(|_| job.step(context).unwrap());
        job.keep(context, &Ok(false)).unwrap();
        found[1].clone_from(&job.run.learner.state.vectors.values);
    });
    found
}

#[test]
fn a_word_begins_as_another_and_goes_on_without_its_file() {
    let [place, whole] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let file = place.path().join("other.pt");
    std::fs::copy(golden().join("../embeddings/a1111.pt"), &file).unwrap();
    let settings = LearnSettings { start: WordStart::File(file.clone()), preview_every: 0, ..quick(4) };
    let word = format::embedding::read(&file).unwrap();
    let [start, _] = two_steps(place.path(), settings.clone());
    assert_eq!(start, word.vectors);
    let after = |place: &Path, request: LearnRequest| {
        let mut found = None;
        events_of(request, &[], |mut job, context| {
            assert!(job.learn(context).unwrap());
            job.keep(context, &Ok(true)).unwrap();
            found = Some((job.run.learner.start.clone(), job.run.learner.state.clone()));
        });
        let word = format::embedding::read(&place.join("run/cat-toy.safetensors")).unwrap();
        assert_eq!(word.metadata["pseudoword.start"], "file other.pt");
        found.unwrap()
    };
    let straight = after(whole.path(), request(whole.path(), settings.clone()));
    std::fs::remove_file(&file).unwrap();
    let resumed = after(place.path(), resume(place.path(), 4));
    assert_eq!(resumed.0, straight.0);
    assert_eq!(resumed.1.vectors, straight.1.vectors, "bit for bit");

    // What does not fit is refused before anything is loaded.
    let refused = |settings: LearnSettings| {
        let (mut queue, _commands, _events) = test_queue();
        let other = tempfile::tempdir().unwrap();
        let request = request(other.path(), settings);
        prepare(request, &mut session(), &mut JobContext::new(1, &mut queue)).err().unwrap().to_string()
    };
    let count = word.shape[0];
    let file = golden().join("../embeddings/a1111.pt");
    let more = LearnSettings { vectors: Some(count + 1), start: WordStart::File(file), ..quick(1) };
    assert!(
        refused(more).contains(&format!("its word has {}", base::units::counted(count as u64, "vector")))
    );
    assert!(refused(LearnSettings { start: WordStart::Clip, ..quick(1) }).contains("no CLIP here"));
    let sdxl = WordStart::File(golden().join("../embeddings/sdxl.safetensors"));
    assert!(refused(LearnSettings { start: sdxl, ..quick(1) }).contains("needs 32"));
}

#[test]
fn a_word_begins_as_what_the_text_encoder_makes_of_it() {
    let place = tempfile::tempdir().unwrap();
    let settings = LearnSettings { start: WordStart::Cross, vectors: Some(2), preview_every: 0, ..quick(2) };
    let [start, after] = two_steps(place.path(), settings.clone());
    let begun = |model: &Path| {
        let place = tempfile::tempdir().unwrap();
        let mut request = request(place.path(), settings.clone());
        if let LearnStart::New { model: of, .. } = &mut request.start {
            *of = model.to_path_buf();
        }
        let mut start = Vec::new();
        events_of(request, &[], |job, _| start.clone_from(&job.run.learner.start.values));
        start
    };
    // What the encoder gives does not depend on what comes behind, but for BERT, which gets what a drawing gets.
    for (family, behind) in [("sd1", false), ("sdxl", false), ("ldm", true)] {
        let folder = golden().join("..").join(family);
        let (mut queue, _commands, _events) = test_queue();
        let mut session = session();
        let model = session.load(&folder, Precision::F32, &mut JobContext::new(1, &mut queue)).unwrap();
        let ids: Vec<u32> = match behind {
            true => model.tokenizers.encode_padded("cat").ids,
            false => model.tokenizers.iter().flat_map(|tokenizer| tokenizer.encode("cat")).collect(),
        };
        let states = model.conditioner.encode(&[ids], None, 1, [64; 2]).context;
        let states = inversion::objective::read(states).unwrap();
        let width = model.conditioner.width();
        let vectors = begun(&folder);
        assert_eq!(vectors.len(), 2 * width);
        for row in vectors.chunks(width) {
            let output = &states[width..2 * width];
            assert!(
                row.iter().zip(output).all(|(a, b)| (a - b).abs() < 1e-4),
                "{family}: {row:?} {output:?}"
            );
        }
    }
    assert_ne!(start, after);
    let run = RunFolder::open(&place.path().join("run")).unwrap();
    assert_eq!(run.checkpoint(0).unwrap().vectors, start, "the word as it began can be had");
    let word = format::embedding::read(&place.path().join("run/cat-toy.safetensors")).unwrap();
    assert_eq!(word.metadata["pseudoword.start"], "cross");
}

#[test]
fn a_word_begins_as_the_file_has_it_whatever_the_networks_calculate_in() {
    let start = |precision| {
        let place = tempfile::tempdir().unwrap();
        let settings = LearnSettings { precision, preview_every: 0, ..quick(1) };
        let mut start = None;
        events_of(request(place.path(), settings), &[], |job, _| {
            let cat = job.run.model.tokenizers.id("cat</w>").unwrap();
            let kept = job.run.model.conditioner.vocabulary().row(cat).unwrap().to_vec();
            start = Some((job.run.learner.start.values.clone(), kept));
        });
        start.unwrap()
    };
    let (exact, kept) = start(Precision::F32);
    assert_eq!(exact, kept);
    let (begun, rounded) = start(Precision::Bf16);
    assert!(begun == exact && rounded != exact);
}

/// Copies a folder with all that is in it.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(|entry| entry.unwrap()) {
        let to = to.join(entry.file_name());
        match entry.path() {
            folder if folder.is_dir() => copy(&folder, &to),
            file => _ = std::fs::copy(file, to).unwrap(),
        }
    }
}

/// A copy of the small CLIP, with the model's token table in place of its own.
fn clip_of_the_model(place: &Path) -> PathBuf {
    let to = place.join("clip");
    copy(&golden().join("../clip"), &to);
    let mut bytes = std::fs::read(to.join("model.safetensors")).unwrap();
    let own = std::fs::read(golden().join("text_encoder/model.safetensors")).unwrap();
    let table = |bytes: &[u8]| -> std::ops::Range<usize> {
        let file = safetensors::SafeTensors::deserialize(bytes).unwrap();
        let data = file.tensor("text_model.embeddings.token_embedding.weight").unwrap().data();
        let first = data.as_ptr().addr() - bytes.as_ptr().addr();
        first..first + data.len()
    };
    let (into, rows) = (table(&bytes), table(&own));
    bytes[into].copy_from_slice(&own[rows]);
    std::fs::write(to.join("model.safetensors"), bytes).unwrap();
    to
}

#[test]
fn a_word_begins_where_clip_finds_it() {
    let begin = |clip: &dyn Fn(&Path) -> PathBuf| {
        let place = tempfile::tempdir().unwrap();
        let clip = Some(clip(place.path()));
        let settings = LearnSettings { start: WordStart::Clip, clip, preview_every: 0, ..quick(3) };
        let mut start = None;
        let events = events_of(request(place.path(), settings), &[], |mut job, context| {
            job.step(context).unwrap();
            job.keep(context, &Ok(false)).unwrap();
            let vocabulary = job.run.model.conditioner.vocabulary();
            let cat = job.run.model.tokenizers.id("cat</w>").unwrap();
            start = Some((job.run.learner.start.clone(), vocabulary.row(cat).unwrap().to_vec()));
        });
        (place, start.unwrap(), warned(&events, "only about"))
    };
    // A CLIP with the model's table, and one with another.
    for (clip, approximate) in [
        (&(|place: &Path| clip_of_the_model(place)) as &dyn Fn(&Path) -> PathBuf, false),
        (&|_: &Path| golden().join("../clip"), true),
    ] {
        let (place, (start, cat), warned) = begin(clip);
        assert_eq!(warned, approximate);
        let length = |row: &[f32]| row.iter().map(|v| v * v).sum::<f32>().sqrt();
        assert!((length(&start.values) - length(&cat)).abs() < 1e-4);
        let cosine = start.cosine_to(&Vectors { values: cat, shape: start.shape });
        println!("cosine {cosine}");
        assert!(cosine < 0.999, "{cosine}");
        // The CLIP may go once the run has begun.
        let _ = std::fs::remove_dir_all(place.path().join("clip"));
        events_of(resume(place.path(), 3), &[], |mut job, context| {
            assert_eq!(job.run.learner.start, start, "bit for bit");
            assert!(job.learn(context).unwrap());
        });
    }
}

#[test]
fn clip_sees_what_the_masks_leave_that_were_suggested_for_a_new_run() {
    let start = |suggest_masks| {
        let place = tempfile::tempdir().unwrap();
        let clip = Some(golden().join("../clip"));
        let settings = LearnSettings { start: WordStart::Clip, clip, suggest_masks, ..quick(1) };
        let asked = request(place.path(), settings);
        disc().save(place.path().join("images/a.png")).unwrap();
        let mut start = None;
        let events = events_of(asked, &[], |job, _| start = Some(job.run.learner.start.clone()));
        assert!(!warned(&events, "cannot be used"), "{events:?}");
        start.unwrap()
    };
    assert_ne!(start(false), start(true));
}

#[test]
fn where_memory_is_short_judged_pictures_are_decoded_in_tiles() {
    let place = tempfile::tempdir().unwrap();
    let clip = Some(golden().join("../clip"));
    let judged = LearnSettings { clip, score_every: 1, score_count: 1, score_steps: 2, ..quick(1) };
    let settings = LearnSettings { preview_every: 0, ..judged };
    events_of(request(place.path(), settings), &[], |mut job, context| {
        for (memory, tight) in [(None, false), (Some(1), true)] {
            job.run.device.info.memory = memory;
            job.open_judge(context).unwrap();
            assert_eq!(job.judge.as_ref().unwrap().tight, tight, "{memory:?}");
        }
        job.judge_initial_word(context).unwrap();
        assert!(job.run.manifest.initial_scores.is_some());
    });
}

#[test]
fn pictures_are_judged_on_the_way_and_the_best_word_is_kept() {
    let place = tempfile::tempdir().unwrap();
    let clip = Some(golden().join("../clip"));
    let settings = LearnSettings {
        clip,
        score_every: 2,
        score_count: 2,
        score_steps: 2,
        checkpoint_every: 100,
        preview_every: 0,
        auto_stop: false,
        ..quick(6)
    };
    let learn = |request| {
        let mut kept = None;
        events_of(request, &[], |mut job, context| {
            let done = job.learn(context).map(|_| true);
            job.keep(context, &done).unwrap();
            kept = Some((job.run.manifest.clone(), job.run.folder.losses().unwrap(), job.best().unwrap()));
        });
        kept.unwrap()
    };
    let (manifest, rows, best) = learn(request(place.path(), settings.clone()));
    let first = manifest.initial_scores.unwrap();
    assert!([first.image, first.text, first.background].iter().all(|score| score.abs() <= 1.0), "{first:?}");
    let judged: Vec<u64> = rows.iter().filter(|row| row.image_score.is_some()).map(|row| row.step).collect();
    assert_eq!(judged, [2, 4, 6]);
    assert!(rows.iter().all(|row| row.image_score.is_some() == row.held_out_loss.is_some()));
    let folder = RunFolder::open(&place.path().join("run")).unwrap();
    let word = format::embedding::read(&place.path().join("run/cat-toy.safetensors")).unwrap();
    assert_eq!(word.vectors, folder.checkpoint(best.step).unwrap().vectors, "of step {}", best.step);
    assert_eq!(folder.word_checkpoint().unwrap().checkpoint.unwrap().step, best.step);

    // The same pictures are drawn for the same word, however often the run goes on, and what was measured stays.
    let (again, more, _) = learn(resume(place.path(), 8));
    assert_eq!((again.initial_scores, &more[..6]), (Some(first), &rows[..]));
    let other = tempfile::tempdir().unwrap();
    let (_, whole, _) = learn(request(other.path(), LearnSettings { steps: 8, ..settings.clone() }));
    let scores = |rows: &[LossRow]| -> Vec<_> {
        rows.iter().map(|row| (row.image_score, row.text_score, row.background_score)).collect()
    };
    assert_eq!(scores(&more), scores(&whole), "bit for bit");

    // Without the CLIP that was named it learns all the same, and says so.
    let place = tempfile::tempdir().unwrap();
    let settings = LearnSettings { clip: Some(place.path().join("none")), ..settings };
    let events = events_of(request(place.path(), settings), &[], |mut job, context| {
        assert!(job.learn(context).unwrap());
    });
    assert!(warned(&events, "Pictures are not judged: "), "{events:?}");
}

#[test]
fn a_clip_that_comes_to_the_model_or_goes_changes_nothing_of_a_run() {
    let place = tempfile::tempdir().unwrap();
    let (model, clip) = (place.path().join("model"), place.path().join("model/clip"));
    copy(&golden(), &model);
    let judged = LearnSettings { score_every: 2, score_count: 1, score_steps: 2, ..quick(2) };
    let settings = LearnSettings { preview_every: 0, auto_stop: false, ..judged };
    let begun = |name: &str| {
        let place = place.path().join(name);
        let mut asked = request(&place, settings.clone());
        // So many that one can be spared where nothing is judged.
        for (name, grey) in [("images/c.png", 90), ("images/d.png", 150)] {
            image::RgbImage::from_pixel(64, 64, image::Rgb([grey; 3])).save(place.join(name)).unwrap();
        }
        let LearnStart::New { model: of, .. } = &mut asked.start else { unreachable!() };
        of.clone_from(&model);
        asked
    };
    // How many pictures are learned from, how many steps were judged by now, and what was said of that.
    let learn = |asked: LearnRequest| {
        let mut judged = 0;
        let events = events_of(asked, &[], |mut job, context| {
            let ended = job.learn(context);
            job.keep(context, &ended).unwrap();
            let rows = job.run.folder.losses().unwrap();
            judged = rows.iter().filter(|row| row.image_score.is_some()).count();
        });
        let pictures = events.iter().find_map(|event| match event {
            Event::LearnStarted { run, .. } => Some(run.pictures),
            _ => None,
        });
        (pictures.unwrap(), judged, warned(&events, "Pictures are not judged: "))
    };
    assert_eq!(learn(begun("without")), (3, 0, false));
    copy(&golden().join("../clip"), &clip);
    assert_eq!(learn(resume(&place.path().join("without"), 4)), (3, 0, false));
    assert_eq!(learn(begun("with")), (4, 1, false));
    std::fs::remove_dir_all(&clip).unwrap();
    assert_eq!(learn(resume(&place.path().join("with"), 4)), (4, 1, true));
    // A run of an earlier version goes by what is there.
    let folder = RunFolder::open(&place.path().join("without/run")).unwrap();
    let mut manifest = folder.manifest().unwrap();
    assert_eq!(manifest.own_clip.take(), Some(false));
    folder.save_manifest(&manifest).unwrap();
    assert_eq!(learn(resume(&place.path().join("without"), 6)), (3, 0, false));
    assert_eq!(folder.manifest().unwrap().own_clip, Some(false));
}

#[test]
fn what_is_kept_out_is_explained_with_the_negative_word_too() {
    let place = tempfile::tempdir().unwrap();
    let mut settings = LearnSettings { vectors: Some(1), preview_every: 0, ..quick(1) };
    settings.refine.negative_vectors = 1;
    events_of(request(place.path(), settings), &[], |job, context| {
        let (learner, objective) = (&job.run.learner, job.objective());
        let mut measured = |vectors: &Vectors| {
            let own = learner.fixed_noise_loss(vectors, &objective, &mut measuring(context)).unwrap();
            let kept_out = learner.held_out_loss(vectors, &objective, &mut measuring(context)).unwrap();
            [own.unwrap(), kept_out.unwrap()]
        };
        let word = learner.state.vectors.clone();
        let mut other = word.clone();
        other.values[word.shape[1]..].fill(1.0);
        let [before, after] = [measured(&word), measured(&other)];
        assert!(before[0] != after[0] && before[1] != after[1], "{before:?} {after:?}");
    });
}
