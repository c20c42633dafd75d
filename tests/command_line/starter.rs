//! The model inside the program does the main job: a word is learned from a sample, and pictures drawn with it are
//! more like the sample than pictures of the word it started as.
//!
//! The judge of likeness is the starter model's own small CLIP; how well the model does in all is in its card, not
//! here.

use std::path::Path;
use std::process::Command;

use crate::program::*;
use serde_json::Value;

/// The program with a data folder of its own, so that it has to unpack the model.
fn fresh_program(data: &Path) -> Command {
    let mut line = program();
    line.env("XDG_DATA_HOME", data).env("LOCALAPPDATA", data).env("HOME", data);
    line
}

#[test]
fn a_word_for_a_sample_comes_nearer_to_its_pictures() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("run");
    let mut learn = fresh_program(place.path());
    learn.args("learn --sample tea-time-mug --device cpu --steps 150 --preview-every 0".split(' '));
    run_well(learn.arg("--out").arg(&out));

    let images = crate::places::repository().join("assets/samples/tea-time-mug");
    let mut evaluate = fresh_program(place.path());
    evaluate.args("evaluate --device cpu --count 2 --steps 12 --guidance 4 --json".split(' '));
    evaluate.arg("--word").arg(out.join("tea-time-mug.safetensors")).arg("--images").arg(images);
    let events = json_lines(&run_well(&mut evaluate));
    let subjects = events.last().unwrap()["summary"]["report"]["subjects"].clone();
    let score = |subject: &str, what: &str| {
        let row = subjects.as_array().unwrap().iter().find(|row| row["subject"] == subject).cloned();
        row.as_ref().and_then(|row: &Value| row[what]["mean"].as_f64()).unwrap()
    };
    let likeness = |subject| score(subject, "image_similarity");
    let [before, after, best] = ["initial word only", "learned word", "image only"].map(likeness);
    println!(
        "likeness: {before:.3} as “mug”, {after:.3} as learned, {best:.3} among the pictures themselves"
    );
    // A tenth of the way is more than the scores of one word differ between seeds.
    assert!(after > before + 0.1 * (best - before), "{before} -> {after}, best {best}");
}

#[test]
fn the_model_in_the_box_says_what_it_is() {
    let place = tempfile::tempdir().unwrap();
    let model = crate::places::repository().join("assets/starter");
    let text = run_well(fresh_program(place.path()).arg("inspect").arg(model));
    for part in ["Stable Diffusion 1", "64 pixels", "F16"] {
        assert!(text.contains(part), "{text}");
    }
}
