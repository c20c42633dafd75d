//! A disk on which one write fails, or on which the program ends: whichever write it is, the run ends as if nothing had
//! been. A few of the writes here; `tests/tools/each-write-fails` takes all of them, of every kind of job.

#![cfg(target_os = "linux")]

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::kill::examine;
use crate::places::repository;
use crate::program::*;
use crate::runs::*;

const STEPS: u64 = 4;

fn line(place: &Path, out: &Path) -> Command {
    let mut line = learn_line(place, out);
    line.args(["--resume", "--checkpoint-every", "2", "--preview-every", "2", "--preview-steps", "1"]);
    line.args(["--fixed-noise-every", "2", "--fixed-noise-size", "1", "--steps", &STEPS.to_string()]);
    line
}

/// Builds the disk: a library of a few calls that are answered in the place of the system's.
fn faulty_disk(place: &Path) -> PathBuf {
    let disk = place.join("faulty_disk.so");
    let mut cc = Command::new("cc");
    cc.args(["-shared", "-fPIC", "-O1", "-o"]).arg(&disk);
    cc.arg(repository().join("tests/tools/faulty_disk.c")).arg("-ldl");
    let built = cc.status().is_ok_and(|status| status.success());
    assert!(
        built,
        "This test needs a C compiler that is called cc. Install one, as Rust's linker needs it too."
    );
    disk
}

#[test]
fn whichever_write_fails_nothing_is_lost() {
    let place = workplace();
    let (disk, log, whole) =
        (faulty_disk(place.path()), place.path().join("log"), place.path().join("whole"));
    run_well(&mut line(place.path(), &whole));
    let mut writes = 0;
    for (how, first) in [("half", 2), ("kill", 9)] {
        // Far apart, and at another place of the five calls that each file takes every time.
        for at in (first..).step_by(17) {
            let out = place.path().join(format!("{how} {at}"));
            std::fs::write(&log, "").unwrap();
            let mut faulty = line(place.path(), &out);
            faulty.env("LD_PRELOAD", &disk).env("DISK_BELOW", &out).env("DISK_LOG", &log);
            let ended = faulty.env("DISK_AT", at.to_string()).env("DISK_DO", how).output().unwrap();
            let met = std::fs::read_to_string(&log).unwrap();
            if met.is_empty() {
                break;
            }
            writes += 1;
            println!("{how}: {}", met.trim());
            match ended.status.code() {
                Some(0) => assert_eq!(how, "half"),
                // Before the run is begun there is nothing that could wait for room.
                Some(code) => {
                    let said = String::from_utf8(ended.stderr).unwrap();
                    assert!(code == 7 && said.contains("no room left on the disk"), "{code}: {said}");
                }
                None => assert_eq!(how, "kill"),
            }
            examine(&out);
            run_well(&mut line(place.path(), &out));
            assert_same_end(&out, &whole, STEPS);
            assert!(out.join("cat-toy.safetensors").is_file() && out.join("previews/000004_1.png").is_file());
        }
    }
    assert!(writes >= 6, "a run of {STEPS} steps writes more than {writes} times 17 times");
}
