//! A few steps of learning on a graphics card if there is one, else on OpenGL in software, with what comes before the
//! first: what is compiled then computes nothing, and must leave nothing behind.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::numbers::device_name;

#[test]
fn a_few_steps_are_learned_on_wgpu_through_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let images = folder.path().join("pictures");
    std::fs::create_dir(&images).unwrap();
    for index in 0..2 {
        let name = format!("source_{index}.png");
        std::fs::copy(crate::numbers::folder().join("image").join(&name), images.join(&name)).unwrap();
    }
    let (events, run) = learn(folder.path(), &images, &device_name());
    println!("learned on {}", events[0]["device"]);
    let prepared = events.iter().filter(|e| e["what"] == "preparing the card").count();
    assert!(prepared > 10, "{prepared} segments were compiled beforehand");
    let word = format::embedding::read(&run.join("cat-toy.safetensors")).unwrap();
    assert!(word.vectors.iter().all(|v| v.is_finite()));
    let (plain, _) = learn(folder.path(), &images, "cpu");
    assert!(plain.iter().all(|e| e["what"] != "preparing the card"), "the processor compiles nothing");
    let [ours, theirs] = [losses(&events), losses(&plain)];
    assert_eq!((ours.len(), theirs.len()), (4, 4));
    for (ours, theirs) in ours.iter().zip(&theirs) {
        assert!((ours - theirs).abs() < 1e-3 * theirs, "{ours} on a card, {theirs} on the processor");
    }
}

fn losses(events: &[Value]) -> Vec<f64> {
    let steps = events.iter().filter(|e| e["event"] == "step");
    steps.map(|e| e["report"]["loss"].as_f64().unwrap()).collect()
}

/// Four steps on a device: what was said, and the run's folder.
fn learn(folder: &Path, images: &Path, device: &str) -> (Vec<Value>, PathBuf) {
    let run = folder.join(device.replace(':', "-"));
    let output = Command::new(env!("CARGO_BIN_EXE_pseudoword"))
        .args(["learn", "--word", "<cat-toy>", "--init", "toy", "--steps", "4", "--batch", "1"])
        .args(["--preview-every", "0", "--checkpoint-every", "2", "--json", "--precision", "f32"])
        .args(["--device", device])
        .arg("--model")
        .arg(crate::numbers::folder().join("sd1"))
        .arg("--images")
        .arg(images)
        .arg("--out")
        .arg(&run)
        .output()
        .unwrap();
    let lines = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}\n{lines}", String::from_utf8_lossy(&output.stderr));
    (lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect(), run)
}
