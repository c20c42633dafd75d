//! A disk without room: the run waits, loses nothing, and goes on by itself once there is room.

#![cfg(target_os = "linux")]

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::program::*;
use crate::runs::*;
use project::RunFolder;
use serde_json::Value;

/// A limit on the size of files stands for the full disk, because only an administrator can make a small one.
/// To the program both look the same: `write` takes a part of the bytes, then fails with an error (`EFBIG`
/// here, `ENOSPC` there), and fails again until someone makes room. 4 KiB are enough for every file but the
/// growing `loss.csv`.
#[test]
fn a_full_disk_holds_the_run_until_there_is_room() {
    let there = Command::new("prlimit").arg("--version").output().is_ok_and(|output| output.status.success());
    assert!(there, "This test needs the program prlimit, which is part of util-linux. Install that package.");
    let place = workplace();
    let [whole, out] = ["whole", "run"].map(|name| place.path().join(name));
    let options = ["--steps", "60", "--checkpoint-every", "5", "--preview-every", "0", "--json"];
    run_well(learn_line(place.path(), &whole).args(options));

    let line = learn_line(place.path(), &out);
    let mut child = Command::new("bash")
        .args(["-c", "ulimit -S -f 4; exec \"$0\" \"$@\""])
        .arg(line.get_program())
        .args(line.get_args())
        .args(options)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let pid = child.id().to_string();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut until = |wanted: &str| loop {
        let line = lines.next().unwrap_or_else(|| panic!("it ended without “{wanted}”")).unwrap();
        let event: Value = serde_json::from_str(&line).unwrap();
        if event["event"] == wanted {
            return event;
        }
    };
    let paused = until("paused");
    let reason = paused["reason"].as_str().unwrap();
    println!("{reason}");
    assert!(reason.contains("loss.csv") && reason.contains("nothing is lost"), "{reason}");

    // It waits, and what is on the disk is whole.
    std::thread::sleep(Duration::from_secs(1));
    assert!(child.try_wait().unwrap().is_none(), "it did not wait");
    let folder = RunFolder::open(&out).unwrap();
    let newest = folder.latest_checkpoint().unwrap();
    assert!(newest.skipped.is_empty(), "{:?}", newest.skipped);
    let step = newest.checkpoint.unwrap().step;
    let lines = folder.losses().unwrap().len() as u64;
    assert!(
        (5..60).contains(&step) && lines >= step,
        "a kill now would lose lines: {lines} up to step {step}"
    );

    // Room again. Nobody tells the program.
    let given = Command::new("prlimit").args(["--pid", &pid, "--fsize=unlimited:"]).status().unwrap();
    assert!(given.success(), "prlimit could not lift the limit");
    until("resumed");
    let finished = until("finished");
    assert_eq!(finished["summary"]["complete"], true);
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert!(child.wait().unwrap().success(), "{stderr}");
    assert_same_end(&out, &whole, 60);
}
