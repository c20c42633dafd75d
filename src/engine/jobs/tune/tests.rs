//! Tunings of a small model to a word: broken off, of every number, and of pictures that are marked against it.

use std::path::PathBuf;

use super::*;
use crate::commands::Running;
use crate::message::{Event, TuneChanges, TuneStart};
use crate::queue::{Queue, test_queue};
use crate::session::tests::{golden, session};
use project::Checkpoint;

fn request(out: PathBuf, steps: u64, images: PathBuf) -> TuneRequest {
    let settings = Box::new(TuneSettings {
        steps,
        rank: 2,
        learning_rate: Some(1e-2),
        checkpoint_every: 2,
        resolution: Some(64),
        ..TuneSettings::default()
    });
    let word = golden().join("../embeddings/a1111.pt");
    TuneRequest { out, start: TuneStart::New { model: golden(), word, images: vec![images], settings } }
}

fn resumed_after(steps: Option<u64>, despite_mark: Option<String>) -> TuneStart {
    TuneStart::Resume(TuneChanges { steps, despite_mark, ..TuneChanges::default() })
}

#[test]
fn a_tuning_that_broke_off_goes_on_bit_for_bit() {
    let (mut queue, _commands, _events) = test_queue();
    let folder = tempfile::tempdir().unwrap();
    let images = golden().join("../image/source_0.png");
    let mut session = session();
    let mut run = |request| {
        let summary = run(request, &mut session, &mut JobContext::new(1, &mut queue))?;
        let JobSummary::Tuned { file, step, complete: true, .. } = summary else { panic!("{summary:?}") };
        Ok((step, std::fs::read(file).unwrap()))
    };
    let whole = run(request(folder.path().join("whole"), 4, images.clone())).unwrap();
    let parts = folder.path().join("parts");
    let first = run(request(parts.clone(), 2, images.clone())).unwrap();
    assert_ne!(first.1, whole.1);
    let again = request(parts.clone(), 2, images.clone());
    let refused: Result<(u64, Vec<u8>)> = run(again);
    assert!(refused.unwrap_err().to_string().contains("--resume"));
    let resume = |steps| TuneRequest { out: parts.clone(), start: resumed_after(steps, None) };
    let resumed = run(resume(Some(4))).unwrap();
    assert_eq!((resumed.0, resumed.1 == whole.1), (4, true));
    // Killed before its first state, it comes to the same.
    std::fs::remove_file(parts.join(Tuning::CHECKPOINT)).unwrap();
    let anew = run(resume(None)).unwrap();
    assert_eq!((anew.0, anew.1 == whole.1), (4, true));
    let _other = base::Claim::take(&parts, Tuning::CLAIM, "tuning a model").unwrap();
    assert!(run(resume(None)).unwrap_err().to_string().contains("is tuning a model in this folder"));
}

#[test]
fn a_new_tuning_replaces_nothing_that_is_there() {
    let (mut queue, _commands, _events) = test_queue();
    let folder = tempfile::tempdir().unwrap();
    let images = golden().join("../image/source_0.png");
    let mut session = session();
    let mut run = |request| run(request, &mut session, &mut JobContext::new(1, &mut queue));
    let summary = run(request(folder.path().join("one"), 1, images.clone())).unwrap();
    let JobSummary::Tuned { file, .. } = summary else { panic!("{summary:?}") };
    let lora = file.file_name().unwrap().to_string_lossy().into_owned();
    let out = folder.path().join("mine");
    std::fs::create_dir(&out).unwrap();
    for name in [lora.clone(), lora.replace("-lora.", "-tuned."), Tuning::CHECKPOINT.to_owned()] {
        let mine = out.join(&name);
        std::fs::write(&mine, "mine").unwrap();
        let refused = run(request(out.clone(), 1, images.clone())).map(drop).unwrap_err();
        let said = refused.to_string();
        assert!(
            refused.exit_code() == 7 && said.contains(&name) && said.contains("another folder"),
            "{said}"
        );
        assert_eq!(std::fs::read_to_string(&mine).unwrap(), "mine");
        assert!(!out.join(Tuning::FILE).exists(), "{name}");
        std::fs::remove_file(&mine).unwrap();
    }
    // Other files are in nobody's way.
    std::fs::write(out.join("notes.txt"), "mine").unwrap();
    run(request(out, 1, images)).unwrap();
}

#[test]
fn fewer_steps_than_were_taken_are_not_taken() {
    let (mut queue, _commands, events) = test_queue();
    let folder = tempfile::tempdir().unwrap();
    let images = golden().join("../image/source_0.png");
    let out = folder.path().join("out");
    let mut session = session();
    let mut run = |start| {
        let request = TuneRequest { out: out.clone(), start };
        run(request, &mut session, &mut JobContext::new(1, &mut queue))
    };
    run(request(out.clone(), 3, images).start).unwrap();
    let summary = run(resumed_after(Some(1), None)).unwrap();
    assert!(matches!(summary, JobSummary::Tuned { step: 3, complete: true, .. }), "{summary:?}");
    assert_eq!(Tuning::read(&out).unwrap().settings.steps, 3);
    let none = run(resumed_after(Some(0), None)).unwrap_err().to_string();
    assert!(none.contains("steps is 0"), "{none}");
    let warned = events.try_iter().filter_map(|event| match event {
        Event::Warning { message, .. } => Some(message),
        _ => None,
    });
    let warned: Vec<String> = warned.filter(|said| said.contains("not taken")).collect();
    assert_eq!(warned, ["--steps 1 is not taken: the run has taken 3 steps already, so it ends there."]);
}

#[test]
fn pictures_that_are_marked_against_it_are_refused_whenever_they_come() {
    let (mut queue, _commands, _events) = test_queue();
    let folder = tempfile::tempdir().unwrap();
    let (images, out) = (folder.path().join("images"), folder.path().join("out"));
    std::fs::create_dir(&images).unwrap();
    let plain = std::fs::read(golden().join("../image/source_0.png")).unwrap();
    std::fs::write(images.join("plain.png"), &plain).unwrap();
    let mut session = session();
    let mut run = |start| {
        let request = TuneRequest { out: out.clone(), start };
        run(request, &mut session, &mut JobContext::new(1, &mut queue)).map_err(|error| error.to_string())
    };
    run(request(out.clone(), 1, images.clone()).start).unwrap();
    // Behind its header of 33 bytes, as the window's own tests have it.
    let chunk = [&11_u32.to_be_bytes()[..], b"tEXtrobots\0noai", &0x52bb_d0b9_u32.to_be_bytes()].concat();
    let marked = [&plain[..33], &chunk, &plain[33..]].concat();
    std::fs::write(images.join("marked.png"), &marked).unwrap();
    // It is none of those that it was begun with.
    run(resumed_after(Some(2), None)).unwrap();
    let mut older = Tuning::read(&out).unwrap();
    assert_eq!(older.pictures.len(), 1);
    older.pictures.clear();
    older.write(&out).unwrap();
    let refused = run(resumed_after(Some(3), None)).unwrap_err();
    assert!(refused.contains("marked.png") && refused.contains("--despite-mark"), "{refused}");
    run(resumed_after(Some(3), Some("I made it".into()))).unwrap();
    // What was said stays.
    let kept = Tuning::read(&out).unwrap();
    assert_eq!((kept.settings.despite_mark.as_deref(), kept.pictures.len()), (Some("I made it"), 2));
    run(resumed_after(Some(4), None)).unwrap();
    std::fs::write(images.join("plain.png"), &marked).unwrap();
    let refused = run(resumed_after(Some(5), None)).unwrap_err();
    assert!(refused.contains("plain.png") && refused.contains("another picture"), "{refused}");
}

#[test]
fn numbers_that_fall_apart_leave_the_good_ones_and_another_rate_goes_on() {
    let (mut queue, _commands, _events) = test_queue();
    let folder = tempfile::tempdir().unwrap();
    let images = golden().join("../image/source_0.png");
    let (out, word) = (folder.path().join("out"), folder.path().join("word.pt"));
    std::fs::copy(golden().join("../embeddings/a1111.pt"), &word).unwrap();
    let mut session = session();
    let mut run = |start| {
        let request = TuneRequest { out: out.clone(), start };
        run(request, &mut session, &mut JobContext::new(1, &mut queue)).map_err(|error| error.to_string())
    };
    let mut start = request(out.clone(), 2, images).start;
    let TuneStart::New { word: of, .. } = &mut start else { unreachable!() };
    of.clone_from(&word);
    run(start).unwrap();
    let path = out.join(Tuning::CHECKPOINT);
    let good = std::fs::read(&path).unwrap();
    let mut state = Checkpoint::open(&path).unwrap();
    state.vectors.fill(f32::MAX);
    state.save(&path).unwrap();
    let broken = std::fs::read(&path).unwrap();
    let said = run(resumed_after(Some(9), None)).unwrap_err();
    assert!(said.contains("--resume") && std::fs::read(&path).unwrap() == broken, "{said}");
    std::fs::write(&path, good).unwrap();
    let slower = TuneChanges { learning_rate: Some(1e-5), ..TuneChanges::default() };
    run(TuneStart::Resume(slower)).unwrap();
    let kept = Tuning::read(&out).unwrap().settings;
    assert_eq!((kept.learning_rate, kept.steps), (Some(1e-5), 9));
    // What it goes on with is what it was begun with.
    std::fs::copy(golden().join("../embeddings/a1111_legacy.pt"), &word).unwrap();
    let said = run(resumed_after(Some(10), None)).unwrap_err();
    assert!(said.contains("word.pt") && said.contains("has changed"), "{said}");
}

#[test]
fn what_was_learned_before_the_device_was_lost_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let (_commands, received) = crossbeam_channel::bounded(1);
    let (sender, events) = crossbeam_channel::bounded(64);
    // Whoever hears of the third step pulls the cable.
    let heard = move || {
        let third = |event: Event| matches!(event, Event::Progress { what, done: 3, .. } if what == "tuning");
        assert!(!events.try_iter().any(third), "Device lost: the cable was pulled");
    };
    let mut queue = Queue::new(received, sender, Box::new(heard), Running::default());
    let images = golden().join("../image/source_0.png");
    let request = request(out.clone(), 5, images);
    let lost = run(request, &mut session(), &mut JobContext::new(1, &mut queue)).map(drop);
    assert!(matches!(lost, Err(Error::Device(..))), "{lost:?}");
    assert_eq!(Checkpoint::open(&out.join(Tuning::CHECKPOINT)).unwrap().step, 3);
}

#[test]
fn every_number_of_a_small_model_is_tuned_and_what_is_written_makes_it_again() {
    let (mut queue, _commands, _events) = test_queue();
    let folder = tempfile::tempdir().unwrap();
    let images = golden().join("../image/source_0.png");
    let mut session = session();
    let mut tune = |name: &str, steps| {
        let mut asked = request(folder.path().join(name), steps, images.clone());
        let TuneStart::New { settings, .. } = &mut asked.start else { unreachable!() };
        settings.kind = TuneKind::Full;
        settings.learning_rate = Some(1e-3);
        let summary = run(asked, &mut session, &mut JobContext::new(1, &mut queue)).unwrap();
        let JobSummary::Tuned { file, mean_loss, .. } = summary else { panic!("{summary:?}") };
        (file, mean_loss.unwrap())
    };
    let (file, first) = tune("one", 1);
    assert!(file.to_string_lossy().ends_with("-tuned.safetensors"), "{}", file.display());
    let (_, later) = tune("twenty", 20);
    println!("mean loss {first} after 1 step, {later} after 20");
    // With what is written the model is another one, and fits as a LoRA does.
    let files = format::ModelFiles::open(&golden()).unwrap();
    let added = format::lora::Additions::fit(&files, &[project::LoraUse::new(file)]).unwrap();
    assert!(added.notes.is_empty(), "{:?}", added.notes);
    for name in ["conv_in.weight", "conv_out.bias", "mid_block.resnets.0.norm1.weight"] {
        let found = added.to("unet", name).unwrap();
        let [format::lora::Addition::Whole(numbers, 1.0)] = found.as_slice() else {
            panic!("{name}: {found:?}")
        };
        // AdamW's first step is as long as its rate, but for the decay.
        assert!(numbers.iter().any(|number| (5e-4..2e-3).contains(&number.abs())), "{name}: {numbers:?}");
    }
    // A frozen layer is frozen again.
    let plain =
        session.load(&golden(), project::Precision::F32, &mut JobContext::new(2, &mut queue)).unwrap();
    plain.unet.layers(&mut |path, layer| {
        let learned = match layer {
            model::Layer::Conv(layer) => layer.learned.is_some(),
            model::Layer::Linear(layer) => layer.learned.is_some(),
            model::Layer::GroupNorm(layer) => layer.learned.is_some(),
            model::Layer::LayerNorm(layer) => layer.learned.is_some(),
        };
        assert!(!learned, "{path}");
    });
}

#[test]
fn one_segment_at_a_time_tunes_the_same() {
    let (mut queue, _commands, _events) = test_queue();
    let folder = tempfile::tempdir().unwrap();
    let images = golden().join("../image/source_0.png");
    let mut session = session();
    let learned = ["off", "on"].map(|name| {
        let mut asked = request(folder.path().join(name), 2, images.clone());
        let TuneStart::New { settings, .. } = &mut asked.start else { unreachable!() };
        settings.low_memory = name.parse().unwrap();
        run(asked, &mut session, &mut JobContext::new(1, &mut queue)).unwrap();
        Checkpoint::open(&folder.path().join(name).join(Tuning::CHECKPOINT)).unwrap()
    });
    let [plain, spared] = &learned;
    // The gradient of the first steps, in the mean of the optimiser: to the order in which shares are added up.
    let length =
        |values: &mut dyn Iterator<Item = f32>| values.map(|v| f64::from(v).powi(2)).sum::<f64>().sqrt();
    let pairs = plain.first_moment.iter().zip(&spared.first_moment);
    let apart = length(&mut pairs.map(|(a, b)| a - b)) / length(&mut plain.first_moment.iter().copied());
    println!("{apart:e} of the mean gradient apart");
    assert!(apart < 1e-3 && plain.vectors.len() == spared.vectors.len(), "{apart:e}");
}
