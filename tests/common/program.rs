//! The real program as a child process.
#![allow(dead_code, reason = "each program of tests uses its part")]

use std::path::Path;
use std::process::{Command as Process, Output, Stdio};

use serde_json::Value;

use crate::runs::model;

/// The real program.
pub fn program() -> Process {
    let mut process = Process::new(env!("CARGO_BIN_EXE_pseudoword"));
    process.stdin(Stdio::null());
    // Nothing of the tests belongs among a person's own things.
    process.env("PSEUDOWORD_HOME", concat!(env!("CARGO_TARGET_TMPDIR"), "/pseudoword-home"));
    process
}

/// The real program with these words, parted by spaces.
pub fn typed(words: &str) -> Process {
    let mut process = program();
    process.args(words.split(' '));
    process
}

/// `pseudoword learn` on the processor with the small model and everything a new run needs.
pub fn learn_line(place: &Path, out: &Path) -> Process {
    let mut process = typed("learn --device cpu --word <cat-toy> --init cat");
    process.arg("--model").arg(model()).arg("--images").arg(place.join("images")).arg("--out").arg(out);
    process
}

/// Runs the program to its end; its exit code, and what it wrote.
pub fn run(process: &mut Process) -> (i32, String, String) {
    let Output { status, stdout, stderr } = process.output().unwrap();
    let code = status.code().unwrap_or_else(|| panic!("{status}"));
    (code, String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

/// Runs the program, which must end well; what it wrote to standard output.
pub fn run_well(process: &mut Process) -> String {
    let (code, stdout, stderr) = run(process);
    assert_eq!(code, 0, "{stderr}");
    stdout
}

/// Runs the program, which must refuse with this exit code and one sentence that contains all of `parts`.
pub fn refuses(process: &mut Process, expected: i32, parts: &[&str]) -> String {
    let (code, _, stderr) = run(process);
    let sentence = stderr.lines().last().unwrap_or_default().to_string();
    println!("{code}: {sentence}");
    assert_eq!(code, expected, "{stderr}");
    assert!(sentence.ends_with('.') && !sentence.contains("inside Pseudoword"), "{sentence}");
    for part in parts {
        assert!(sentence.contains(part), "“{part}” is not in: {sentence}");
    }
    sentence
}

/// JSON lines as written with `--json`; anything else in between fails.
pub fn json_lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{line}: {e}"))).collect()
}
