//! Hours of use in one process: words learned, pictures drawn and edited, models opened and left, over and over.
//!
//! It prints what memory, handles and threads the process has after each round, in which it rests as long as it worked.
//! Whether they stay flat is for the reader to see, so nothing is asserted but that every job comes to its end.

#![cfg(target_os = "linux")]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::places::golden;
use crate::runs::*;
use engine::message::{Command, EditRequest, GenerateRequest, JobId};
use project::{EditSettings, GenerateSettings, LearnSettings, Precision, SamplerKind};

fn draw(model: PathBuf, words: Vec<PathBuf>, out: &Path) -> GenerateRequest {
    let settings = GenerateSettings {
        prompt: "a photo of a cat".into(),
        steps: 2,
        count: 2,
        sampler: SamplerKind::Ddim,
        ..GenerateSettings::default()
    };
    GenerateRequest { model, words, offered: Default::default(), settings, out: Some(out.join("drawn")) }
}

/// The jobs of a round: those that an evening at the window has, on one model and then on another.
fn jobs(round: u64, place: &Path, out: &Path) -> Vec<Command> {
    let settings = LearnSettings { preview_every: 5, ..quick(10) };
    let other = golden().join(["sd2", "sdxl", "ldm"][(round % 3) as usize]);
    let word = out.join("run/cat-toy.safetensors");
    let edit = EditRequest {
        draw: draw(model(), vec![word.clone()], out),
        image: place.join("images/source_0.png"),
        mask: None,
        edit: EditSettings::default(),
        clip: None,
    };
    let job = 10 * round;
    vec![
        learn(job, begin(place, &out.join("run"), settings)),
        Command::Generate { job: job + 1, request: Box::new(draw(model(), vec![word], out)) },
        Command::Edit { job: job + 2, request: Box::new(edit) },
        Command::OpenModel { job: job + 3, model: other.clone(), precision: Precision::F32 },
        Command::Generate { job: job + 4, request: Box::new(draw(other, Vec::new(), out)) },
    ]
}

/// What Linux says of this process: resident memory in KiB, open handles, threads.
fn taken() -> [usize; 3] {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let of = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.split_whitespace().next().unwrap().parse().unwrap()
    };
    [of("VmRSS:"), std::fs::read_dir("/proc/self/fd").unwrap().count(), of("Threads:")]
}

#[test]
#[ignore = "it takes as many seconds as PSEUDOWORD_SOAK says, or a minute"]
fn memory_and_handles_over_many_rounds() {
    let seconds = std::env::var("PSEUDOWORD_SOAK").map_or(60, |text| text.parse().unwrap());
    let (place, began) = (workplace(), Instant::now());
    let mut engine = Watched::start();
    let mut round = 0;
    while began.elapsed() < Duration::from_secs(seconds) {
        round += 1;
        let (out, start) = (place.path().join("out"), Instant::now());
        for (number, command) in jobs(round, place.path(), &out).into_iter().enumerate() {
            engine.send(command);
            engine.until_end(10 * round + number as JobId);
        }
        std::fs::remove_dir_all(&out).unwrap();
        let ([memory, handles, threads], took) = (taken(), start.elapsed());
        println!(
            "round {round:5} after {:6} s: {:5} MiB, {handles:3} handles, {threads:3} threads, {:.1} s",
            began.elapsed().as_secs(),
            memory >> 10,
            took.as_secs_f64()
        );
        std::thread::sleep(took);
    }
}
