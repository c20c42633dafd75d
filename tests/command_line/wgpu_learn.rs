//! A few steps of learning on a graphics card if there is one, else on OpenGL in software.

#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

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
    let run = folder.path().join("run");
    let output = Command::new(env!("CARGO_BIN_EXE_pseudoword"))
        .args(["learn", "--word", "<cat-toy>", "--init", "toy", "--steps", "4", "--batch", "1"])
        .args(["--preview-every", "0", "--checkpoint-every", "2", "--json", "--device", &device_name()])
        .arg("--model")
        .arg(crate::numbers::folder().join("sd1"))
        .arg("--images")
        .arg(&images)
        .arg("--out")
        .arg(&run)
        .output()
        .unwrap();
    let lines = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}\n{lines}", String::from_utf8_lossy(&output.stderr));
    let events: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    println!("learned on {}", events[0]["device"]);
    let losses: Vec<f64> = events
        .iter()
        .filter(|e| e["event"] == "step")
        .map(|e| e["report"]["loss"].as_f64().unwrap())
        .collect();
    assert_eq!(losses.len(), 4);
    assert!(losses.iter().all(|loss| loss.is_finite() && *loss > 0.0), "{losses:?}");
    let word = format::embedding::read(&run.join("cat-toy.safetensors")).unwrap();
    assert!(word.vectors.iter().all(|v| v.is_finite()));
}
