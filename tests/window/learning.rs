//! Learning in the window, from the first visit to the exported word, driven by accessible names: with an engine that the
//! test plays, and once with the real one on the starter model.

use std::path::{Path, PathBuf};

use crossbeam_channel::bounded;
use egui::Role;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use engine::message::{Command, Event, JobSummary, LearnStart};
use image::RgbImage;
use project::manifest::BaseModel;
use project::{
    Concept, ConceptKind, DataDir, LearnSettings, PictureEntry, PictureRecord, RunFolder, RunManifest,
    RunState, RunStatus,
};

use crate::stage::*;

#[test]
fn the_first_visit_leads_to_a_run_and_its_end() {
    let mut stage = Stage::with_sample();
    press(&mut stage.harness, "Learn now");
    let Command::Learn { job, request } = stage.command() else { panic!("no learning") };
    let LearnStart::New { images, concept, .. } = &request.start else { panic!("not new") };
    assert_eq!(concept.word, "<tea-time-mug>");
    assert!(images[0].join("dataset.toml").is_file());
    let run = run_info(request.out.clone(), 100);
    stage.tell(Event::LearnStarted { job, run });
    for step in 1..=50 {
        stage.events.send(Event::Step { job, report: report(step) }).unwrap();
    }
    for index in 0..2 {
        let path = request.out.join(format!("previews/000050_{index}.png"));
        let (prompt, image) = ("a photo of <tea-time-mug>".into(), RgbImage::new(64, 64));
        stage.tell(Event::Preview { job, step: 50, prompt, image, path });
    }
    stage.harness.get_by_label("Preview at step 50, prompt 1");
    press(&mut stage.harness, "Preview now");
    assert!(matches!(stage.commands.try_recv(), Ok(Command::Preview(id)) if id == job));
    keys(&mut stage.harness, egui::Key::P);
    assert!(matches!(stage.commands.try_recv(), Ok(Command::Pause(id)) if id == job));
    stage.tell(Event::Paused { job, reason: String::new() });
    keys(&mut stage.harness, egui::Key::P);
    assert!(matches!(stage.commands.try_recv(), Ok(Command::Resume(id)) if id == job));
    stage.tell(Event::Resumed { job });
    // Every room can be entered while it learns.
    for (key, _) in
        [egui::Key::Num1, egui::Key::Num3, egui::Key::Num4, egui::Key::Num5, egui::Key::Num2].iter().zip(0..)
    {
        keys(&mut stage.harness, *key);
    }
    // A lost device is a sentence, and the window goes on.
    let message = "The connection to the device was lost. Start it again.".to_owned();
    stage.tell(Event::Failed { job, message, exit_code: 1 });
    assert!(stage.harness.query_by_label_contains("connection to the device was lost").is_some());
    assert!(stage.harness.state().state().run.job.is_none());
    keys(&mut stage.harness, egui::Key::Num1);
    press(&mut stage.harness, "Learn");
    assert!(matches!(stage.command(), Command::Learn { .. }));
}

#[test]
fn nothing_moves_when_a_preview_begins() {
    let mut stage = Stage::with_sample();
    let (job, _) = stage.learn();
    stage.tell(Event::Step { job, report: report(7) });
    stage.harness.run_steps(4);
    let places = |stage: &Stage| {
        let skip = stage.harness.get_by_role_and_label(Role::Button, "Skip").rect();
        let below = stage.harness.get_by_label("Pictures along the way").rect();
        (skip, below)
    };
    let idle = |stage: &Stage| {
        stage.harness.get_by_role_and_label(Role::Button, "Skip").accesskit_node().is_disabled()
    };
    let before = places(&stage);
    assert!(idle(&stage), "there is nothing to skip");
    let what = "drawing the pictures that show how far the word is, one for each prompt".into();
    stage.tell(Event::Progress { job, what, done: 1, of: 2 });
    stage.harness.run_steps(4);
    assert_eq!(places(&stage), before);
    assert!(!idle(&stage));
}

#[test]
fn a_sketch_grows_where_its_picture_will_be() {
    let mut stage = Stage::with_sample();
    let (job, out) = stage.learn();
    let show = |stage: &mut Stage, step: u64, index: usize| {
        let path = out.join(format!("previews/{step:06}_{index}.png"));
        let (prompt, image) = ("a photo of <tea-time-mug>".into(), RgbImage::new(64, 64));
        stage.tell(Event::Preview { job, step, prompt, image, path });
    };
    for (step, index) in [(0, 0), (0, 1), (50, 0)] {
        show(&mut stage, step, index);
    }
    let image = RgbImage::new(8, 8);
    stage.tell(Event::Latents { job, index: 1, step: 3, steps: 20, image });
    let at = |stage: &Stage, role, name: &str| stage.harness.get_by_role_and_label(role, name).rect();
    let above = at(&stage, Role::Button, "Preview at step 50, prompt 1");
    let sketch = at(&stage, Role::Image, "drawing, step 3 of 20");
    assert!((sketch.left() - above.left()).abs() < 1.0, "{sketch:?}, {above:?}");
    show(&mut stage, 50, 1);
    let picture = at(&stage, Role::Button, "Preview at step 50, prompt 2");
    assert!((picture.center() - sketch.center()).length() < 1.0, "{sketch:?}, {picture:?}");
}

#[test]
fn an_engine_that_dies_leaves_the_window_and_the_curve() {
    let mut stage = Stage::with_sample();
    let (job, _) = stage.learn();
    stage.tell(Event::Step { job, report: report(1) });
    // What is left in the channel is still heard.
    stage.events.send(Event::Step { job, report: report(2) }).unwrap();
    let (gone, _) = bounded(1);
    stage.events = gone;
    stage.harness.run_steps(3);
    let state = stage.harness.state().state();
    assert_eq!((state.run.rows.len(), state.run.job, state.jobs.len()), (2, None, 0));
    assert!(state.engine_gone.is_some());
    stage.harness.get_by_role_and_label(Role::Button, "Start the engine again");
}

#[test]
fn a_late_press_reaches_no_other_job() {
    let mut stage = Stage::with_sample();
    let (job, _) = stage.learn();
    keys(&mut stage.harness, egui::Key::Num3);
    write(&mut stage.harness, Role::MultilineTextInput, "Prompt", "a tree");
    press(&mut stage.harness, "Draw");
    let Command::Generate { job: next, .. } = stage.commands.try_recv().unwrap() else {
        panic!("no drawing")
    };
    stage.harness.run_steps(4);
    // The one ends and the other begins between two frames, while the finger is on its way.
    let message = "The device has too little memory. Use less.".to_owned();
    stage.events.send(Event::Failed { job, message, exit_code: 2 }).unwrap();
    let image = RgbImage::new(8, 8);
    stage.events.send(Event::Latents { job: next, index: 0, step: 1, steps: 9, image }).unwrap();
    stage.harness.get_by_role_and_label(Role::Button, "Stop the job").click_accesskit();
    stage.harness.step();
    stage.harness.run_steps(3);
    assert!(stage.commands.is_empty(), "{:?}", stage.commands.try_recv());
    press(&mut stage.harness, "Stop the job");
    assert!(matches!(stage.commands.try_recv(), Ok(Command::Stop(id)) if id == next));
}

#[test]
fn a_word_is_tried_while_it_is_learned() {
    let mut stage = Stage::with_sample();
    let (job, out) = stage.learn();
    stage.tell(Event::Step { job, report: report(7) });
    press(&mut stage.harness, "Try it");
    assert_eq!(stage.harness.state().state().compose.settings.prompt, "a photo of <tea-time-mug>");
    let menu = stage.harness.get_by_role_and_label(Role::ComboBox, "Thing");
    assert_eq!(menu.accesskit_node().value().as_deref(), Some("<tea-time-mug> (learning, step 7)"));
    press(&mut stage.harness, "Draw");
    let Ok(Command::Generate { job: drawing, request: drawn }) = stage.commands.try_recv() else {
        panic!("no drawing")
    };
    assert_eq!(drawn.words, [out.join("tea-time-mug.safetensors")]);
    assert!(matches!(stage.commands.try_recv(), Ok(Command::Meanwhile(id)) if id == drawing));
    let image = RgbImage::new(8, 8);
    stage.tell(Event::Latents { job: drawing, index: 0, step: 1, steps: 9, image });
    press(&mut stage.harness, "Skip this picture");
    assert!(matches!(stage.commands.try_recv(), Ok(Command::Skip(id)) if id == drawing));
    // The bar below is still that of the run, and its button ends the run.
    press(&mut stage.harness, "Stop the job");
    assert!(matches!(stage.commands.try_recv(), Ok(Command::Stop(id)) if id == job));
    let message = "Nothing was drawn.".to_owned();
    stage.tell(Event::Failed { job: drawing, message: message.clone(), exit_code: 130 });
    stage.tell(Event::Failed { job, message, exit_code: 130 });
    assert!(stage.harness.state().state().under_way.is_none());
}

/// A run that was stopped on another day.
fn stopped(home: &Path) {
    let picture = home.join("1.png");
    RgbImage::new(64, 64).save(&picture).unwrap();
    let pictures = vec![PictureRecord::new(PictureEntry::new(picture)).unwrap()];
    let concept = Concept { word: "<cat-toy>".into(), initial_word: "cat".into(), kind: ConceptKind::Object };
    let base = BaseModel {
        path: "/models/m".into(),
        fingerprint: "abc".into(),
        widths: vec![768],
        ..Default::default()
    };
    let manifest = RunManifest::new(concept, LearnSettings::default(), pictures, base, "cpu".into());
    let folder = DataDir::at(home.to_path_buf()).runs().join("cat-toy");
    let run = RunFolder::create(&folder, &manifest).unwrap();
    run.set_status(&RunStatus::new(RunState::Stopped, 100, None)).unwrap();
}

#[test]
fn a_run_goes_on_with_the_size_that_is_left_by_the_press() {
    let home = tempfile::tempdir().unwrap();
    stopped(home.path());
    let (link, commands, events) = played();
    let harness = window_of_size(home.path(), Some(link), [1500.0, 3200.0]);
    let mut stage = Stage { harness, commands, events, home };
    stage.tell(Event::Device { device: device() });
    press(&mut stage.harness, "Skip, I will look around");
    keys(&mut stage.harness, egui::Key::Num2);
    stage.until("the run is listed", |app| app.state().runs.len() == 1);
    press(&mut stage.harness, "Run <cat-toy>");
    stage.until("the run is read", |app| app.state().run.card.is_some());
    unfold(&mut stage.harness, "Other settings");
    stage.harness.get_by_role_and_label(Role::CheckBox, "Size").click_accesskit();
    stage.harness.run_steps(4);
    digits(&mut stage.harness, "Size", "256");
    // With a pointer the field is left in the frame in which the button is pressed, and stands below it.
    stage.harness.get_by_role_and_label(Role::Button, "Resume").click();
    stage.harness.run_steps(4);
    let request = loop {
        if let Command::Learn { request, .. } = stage.command() {
            break request;
        }
    };
    let LearnStart::Resume(asked) = request.start else { panic!("not resumed") };
    assert_eq!(asked.settings.and_then(|settings| settings.resolution), Some(256));
}

#[test]
fn closing_during_a_run_asks_once() {
    let mut stage = Stage::with_sample();
    keys(&mut stage.harness, egui::Key::L);
    let Command::Learn { job, request } = stage.command() else { panic!("no learning") };
    let close = |stage: &mut Stage| {
        let viewport = stage.harness.input_mut().viewports.entry(egui::ViewportId::ROOT).or_default();
        viewport.events.push(egui::ViewportEvent::Close);
        stage.harness.run_steps(2);
    };
    close(&mut stage);
    assert!(stage.harness.query_by_label("Close anyway").is_some(), "there is nothing to save yet");
    press(&mut stage.harness, "Keep learning");
    assert!(stage.harness.query_by_label("Close anyway").is_none());
    let run = run_info(request.out.clone(), 100);
    stage.tell(Event::LearnStarted { job, run });
    close(&mut stage);
    assert!(stage.harness.query_by_label("Save and close").is_some());
    press(&mut stage.harness, "Keep learning");
    assert!(stage.harness.query_by_label("Save and close").is_none());
    close(&mut stage);
    stage.harness.key_press(egui::Key::Escape);
    stage.harness.run_steps(2);
    assert!(stage.harness.query_by_label("Save and close").is_none(), "who changes their mind stays");
    close(&mut stage);
    let summary = JobSummary::Learned {
        kept: None,
        stopped: None,
        step: 3,
        complete: false,
        out: PathBuf::from("/nowhere"),
        word: PathBuf::from("/nowhere/word.safetensors"),
        fixed_noise_loss: None,
        seconds: 1.0,
        peak_memory: None,
        estimated_memory: 0,
        used_memory: None,
    };
    stage.tell(Event::Finished { job, summary });
    assert!(stage.harness.query_by_label("Save and close").is_none(), "the question goes with the run");
    close(&mut stage);
    assert!(stage.harness.query_by_label("Save and close").is_none(), "nothing runs, so nothing is asked");
}

#[test]
fn the_real_engine_learns_draws_and_exports_from_the_window() {
    let home = tempfile::tempdir().unwrap();
    let mut harness = window(home.path(), None);
    press(&mut harness, "Start with the sample");
    until(&mut harness, "the sample can be learned", 60, |app| {
        app.state().obstacles().is_empty() && app.state().device.is_some() && app.state().views.len() == 5
    });
    // Eight steps are enough to see every part work.
    unfold(&mut harness, "Advanced");
    for (name, value) in [("Steps", 8.0), ("Preview every", 8.0), ("Save every", 4.0), ("Check every", 4.0)] {
        number(&mut harness, name, value);
    }
    press(&mut harness, "Learn");
    until(&mut harness, "it learns", 120, |app| !app.state().run.rows.is_empty());
    until(&mut harness, "it is learned", 300, |app| app.state().jobs.is_empty());
    until(&mut harness, "the word is in the library", 30, |app| app.state().words.len() == 1);
    // Ten steps more, with another setting.
    until(&mut harness, "the run is read", 30, |app| app.state().run.card.is_some());
    for width in [960.0, 1060.0, 1280.0] {
        harness.set_size([width, 800.0].into());
        harness.run_steps(4);
        let slider = harness.get_by_role_and_label(Role::Slider, "Likeness or obedience").rect();
        assert!(slider.right() <= width, "{width}: {slider:?}");
    }
    unfold(&mut harness, "Other settings");
    for (name, value) in [("Pictures at once", 2.0), ("More steps", 10.0)] {
        number(&mut harness, name, value);
    }
    press(&mut harness, "Continue for more steps");
    until(&mut harness, "it goes on", 120, |app| app.state().run.rows.len() > 8);
    // Its word can be drawn with at once.
    press(&mut harness, "Try it");
    press(&mut harness, "Draw");
    until(&mut harness, "the word is tried", 300, |app| app.state().gallery.len() == 1);
    until(&mut harness, "it is learned again", 300, |app| app.state().jobs.is_empty());
    let state = harness.state().state();
    let run = RunFolder::open(state.run.folder().unwrap()).unwrap().manifest().unwrap();
    assert_eq!((run.settings.steps, run.settings.batch_size, run.earlier.len()), (18, 2, 1));
    assert_eq!((run.earlier[0].until, run.earlier[0].settings.batch_size), (8, 1));
    keys(&mut harness, egui::Key::Num3);
    write(&mut harness, Role::MultilineTextInput, "Prompt", "a photo of a (<tea-time-mug>:1.1) on the moon");
    press(&mut harness, "Draw");
    until(&mut harness, "a picture is drawn", 300, |app| {
        app.state().gallery.len() == 2 && app.state().jobs.is_empty()
    });
    keys(&mut harness, egui::Key::Num4);
    harness.get_by_label("Word <tea-time-mug>").click_accesskit();
    harness.run_steps(4);
    harness.get_by_role_and_label(Role::Button, "Export…").click_accesskit();
    harness.run_steps(4);
    let to = home.path().join("exported.safetensors");
    take(&mut harness, &to);
    until(&mut harness, "the file is written", 30, |_| to.is_file());
    let word = format::embedding::read(&to).unwrap();
    assert_eq!(word.token.as_deref(), Some("<tea-time-mug>"));
    // What was open is there after a restart.
    drop(harness);
    let mut harness = window(home.path(), None);
    until(&mut harness, "everything is back", 60, |app| {
        let state = app.state();
        state.words.len() == 1 && state.runs.len() == 1 && state.gallery.len() == 2 && state.draft.is_some()
    });
    assert_eq!(harness.state().state().draft.as_ref().unwrap().concept.word, "<tea-time-mug>");
}
