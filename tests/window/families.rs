//! A model in every packaging, and words of every container, through the Models and Library rooms.
//!
//! The window is driven by its accessible names with the real engine on the tiny models of `tests/golden`. The
//! command line walks through the other families, and what the networks compute and the files hold is tested elsewhere;
//! here it is that an artist gets there.

use std::path::{Path, PathBuf};

use crate::places::{configuration, golden};
use crate::single_files::single_file;
use crate::stage;
use egui::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use format::{ModelFiles, embedding};
use project::Family;
use ui::app::App;

struct Window(Harness<'static, App>);

impl Window {
    fn open(home: &Path) -> Self {
        let options = stage::options(home, None);
        let builder =
            Harness::builder().with_size([1400.0, 2400.0]).with_max_steps(64).allow_missing_glyphs();
        Self(builder.build_eframe(move |cc| App::new(cc, options).unwrap()))
    }

    fn until(&mut self, what: &str, done: impl Fn(&App) -> bool) {
        stage::until(&mut self.0, what, 120, done);
    }

    fn press(&mut self, name: &str) {
        stage::press(&mut self.0, name);
    }

    fn room(&mut self, number: egui::Key) {
        stage::keys(&mut self.0, number);
    }

    fn take(&mut self, path: &Path) {
        stage::take(&mut self.0, path);
    }

    fn number(&mut self, name: &str, value: f64) {
        stage::number(&mut self.0, name, value);
    }
}

/// Opens a model in the Models room; it is told what it is, and used from then on.
fn open_model(window: &mut Window, model: &Path, family: Family) {
    window.room(egui::Key::Num5);
    window.press(if model.is_dir() { "Open a model folder…" } else { "Open a model file…" });
    window.take(model);
    window.until("the model is in use", |app| {
        let state = app.state();
        state.model_path.as_deref() == Some(model) && state.model_card().is_some_and(|card| card.size > 0)
    });
    let card = window.0.state().state().model_card().unwrap().clone();
    assert_eq!((card.family, card.fault), (Some(family), None));
}

/// Learns two steps and draws one picture.
fn learn_and_draw(window: &mut Window, family: Family) {
    window.room(egui::Key::Num1);
    window.until("nothing is in the way", |app| app.state().obstacles().is_empty());
    let (runs, drawn) = (window.0.state().state().runs.len(), window.0.state().state().gallery.len());
    window.press("Learn");
    window.until("it is learned", |app| app.state().runs.len() == runs + 1 && app.state().jobs.is_empty());
    window.until("the word is on the shelf", |app| {
        app.state().words.iter().any(|card| card.word == "<tea-time-mug>" && card.family == Some(family))
    });
    window.room(egui::Key::Num3);
    stage::write(&mut window.0, Role::MultilineTextInput, "Prompt", "a photo of a <tea-time-mug>");
    window.number("Steps", 2.0);
    window.press("Draw");
    window.until("a picture is drawn", |app| {
        app.state().gallery.len() == drawn + 1 && app.state().jobs.is_empty()
    });
}

#[test]
fn a_model_in_every_packaging_is_learned_on_in_the_window() {
    // The family with two text encoders, which the sample's model has not.
    let (family, folder) = (Family::Sdxl, golden().join("sdxl"));
    let place = tempfile::tempdir().unwrap();
    let mut window = Window::open(&place.path().join("home"));
    window.press("Start with the sample");
    window.until("the sample is there", |app| app.state().views.len() == 5 && app.state().device.is_some());
    open_model(&mut window, &folder, family);
    window.room(egui::Key::Num1);
    stage::unfold(&mut window.0, "Advanced");
    for (field, value) in [("Steps", 2.0), ("Preview every", 0.0), ("Save every", 2.0), ("Check every", 0.0)]
    {
        window.number(field, value);
    }
    learn_and_draw(&mut window, family);
    let model = single_file(place.path(), "sdxl_fp16.ckpt");
    open_model(&mut window, &model, family);
    learn_and_draw(&mut window, family);
    window.room(egui::Key::Num5);
    window.press("Convert to safetensors…");
    let safe = place.path().join("converted.safetensors");
    configuration(&safe, &folder);
    window.take(&safe);
    window.until("it is converted and in use", |app| app.state().model_path.as_ref() == Some(&safe));
    assert_eq!(ModelFiles::open(&safe).unwrap().family(), family);
    learn_and_draw(&mut window, family);
}

#[test]
fn words_of_every_container_come_in_and_go_out_in_every_format() {
    let place = tempfile::tempdir().unwrap();
    let mut window = Window::open(&place.path().join("home"));
    window.press("Skip, I will look around");
    window.room(egui::Key::Num4);
    let mut files: Vec<PathBuf> = std::fs::read_dir(golden().join("embeddings"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file() && path.file_stem().is_none_or(|stem| stem != "reference"))
        .collect();
    files.sort();
    let held: usize = files.iter().map(|file| embedding::read_all(file).unwrap().len()).sum();
    assert!(files.len() >= 27 && held >= files.len(), "{held} words in {} files", files.len());
    // One by one, as a person would see each of them arrive.
    let mut there = 0;
    for file in &files {
        window.0.get_all_by_role_and_label(Role::Button, "Import words…").next().unwrap().click_accesskit();
        window.0.run_steps(4);
        window.take(file);
        there += embedding::read_all(file).unwrap().len();
        window.until(&format!("{} is in", file.display()), |app| app.state().words.len() == there);
    }
    export(&mut window, place.path(), 2, &[("Usual", "safetensors")]);
    let all = [("Usual", "safetensors"), ("A1111 .pt", "pt"), ("The paper's .pt", "pt")];
    let more = [("diffusers", "safetensors"), ("OneTrainer", "safetensors"), ("Picture card", "png")];
    export(&mut window, place.path(), 1, &[all, more].concat());
}

/// Writes a word for so many text encoders from the library in several formats, and reads it again.
fn export(window: &mut Window, place: &Path, encoders: usize, formats: &[(&str, &str)]) {
    let card = window.0.state().state().words.iter().find(|card| card.widths.len() == encoders).unwrap();
    let (named, path) = (format!("Word {}", card.word), card.path.clone());
    let word = embedding::read(&path).unwrap();
    window.0.get_all_by_label(&named).next().unwrap().click_accesskit();
    window.0.run_steps(4);
    for (format, ending) in formats {
        let shown = window.0.get_by_role_and_label(Role::ComboBox, "File");
        if shown.value().as_deref() != Some(format) {
            // The list stays open after a choice that no pointer made.
            if window.0.query_by_role_and_label(Role::Button, format).is_none() {
                shown.click_accesskit();
                window.0.run_steps(4);
            }
            window.press(format);
        }
        let to = place.join(format!("for {encoders} as {format}.{ending}"));
        window.press("Export…");
        window.take(&to);
        window.until(&format!("{} is written", to.display()), |_| to.is_file());
        let written = embedding::read(&to).unwrap();
        assert_eq!((&written.vectors, written.shape), (&word.vectors, word.shape), "{format}");
        assert_eq!(written.second, word.second, "{format}");
    }
}
