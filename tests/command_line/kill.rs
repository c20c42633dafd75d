//! The real program killed at random moments, and the engine torn from its device or its thread, until they are done.
//!
//! Nothing may be lost but steps since the last checkpoint: after every kill the run folder is whole, and the
//! run that was killed ends like one that was not, bit for bit. `PSEUDOWORD_KILLS` sets the number of kills of the
//! program, else it is 12.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::program::*;
use crate::runs::*;
use engine::Engine;
use engine::message::{DeviceChoice, Event};
use project::{LossRow, RunFolder};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

const STEPS: u64 = 40;
/// After that many kills a run is left alone, so that it ends on a slow machine too.
const KILLS_PER_RUN: usize = 6;

fn command(place: &Path, out: &Path) -> Command {
    let mut command = learn_line(place, out);
    command.args(["--resume", "--json", "--checkpoint-every", "3", "--preview-every", "0"]);
    command.args(["--steps", &STEPS.to_string()]).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// Kills the child when the time has come; false if it was done before.
fn kill_after(child: &mut Child, time: Duration) -> bool {
    let deadline = Instant::now() + time;
    while Instant::now() < deadline {
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success(), "{status}");
            return false;
        }
        // Short, so that the moment is the drawn one and not a multiple of something.
        std::thread::sleep(Duration::from_micros(200));
    }
    child.kill().unwrap();
    child.wait().unwrap().code().is_none()
}

/// Looks at everything a kill could have damaged; the newest checkpoint's step.
pub fn examine(out: &Path) -> Option<u64> {
    if !out.join("run.toml").exists() {
        return None;
    }
    let folder = RunFolder::open(out).unwrap();
    folder.status().unwrap();
    assert!(!folder.is_locked(), "a dead process holds the run");
    let steps = folder.checkpoints().unwrap();
    for step in &steps {
        folder.checkpoint(*step).unwrap();
    }
    let newest = steps.last().copied().unwrap_or(0);
    let rows: Vec<u64> = folder.losses().unwrap().iter().map(|row| row.step).collect();
    assert_eq!(rows, (1..=rows.len() as u64).collect::<Vec<_>>(), "lines of the curve are missing");
    assert!(rows.len() as u64 >= newest, "{} lines, but a checkpoint of step {newest}", rows.len());
    Some(newest)
}

#[test]
fn a_killed_run_loses_only_steps_since_its_last_checkpoint() {
    let wanted = std::env::var("PSEUDOWORD_KILLS").map_or(12, |text| text.parse::<usize>().unwrap());
    let place = workplace();
    let whole = place.path().join("whole");
    assert!(command(place.path(), &whole).status().unwrap().success());

    let mut random = ChaCha8Rng::seed_from_u64(7);
    let (mut kills, mut runs) = (0, 0);
    while kills < wanted {
        assert!(runs < 5 * wanted, "the runs end before they can be killed: {kills} kills in {runs} runs");
        let out = place.path().join(format!("run {runs}"));
        let mut reached = Vec::new();
        while reached.len() < KILLS_PER_RUN {
            let mut child = command(place.path(), &out).spawn().unwrap();
            if !kill_after(&mut child, Duration::from_secs_f64(random.random_range(0.0..1.5))) {
                break;
            }
            let newest = examine(&out);
            assert!(
                newest >= reached.last().copied().flatten(),
                "a checkpoint was lost: {reached:?} {newest:?}"
            );
            reached.push(newest);
        }
        assert!(command(place.path(), &out).status().unwrap().success());
        assert_same_end(&out, &whole, STEPS);
        let litter = |folder: &Path| {
            let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
            names.filter(|name| name.to_string_lossy().ends_with(".tmp")).count()
        };
        assert_eq!(litter(&out) + litter(&out.join("checkpoints")), 0, "unfinished files were left behind");
        kills += reached.len();
        runs += 1;
        println!("run {runs}: killed with the newest checkpoint at {reached:?}, the end is equal");
    }
    println!("{kills} kills in {runs} runs");
}

/// burn reports a lost device by a panic in the job, so that is what the engine meets here, at a random event; every
/// other time also outside of any job, which ends its thread.
#[test]
fn a_lost_device_or_engine_loses_only_steps_since_the_last_checkpoint() {
    const TEARS: usize = 20;
    let place = workplace();
    let whole = place.path().join("whole");
    undisturbed(place.path(), &whole, quick(STEPS));
    let mut random = ChaCha8Rng::seed_from_u64(11);
    let (mut torn, mut runs, mut reached) = ([0, 0], 0, None);
    while torn.iter().sum::<usize>() < TEARS {
        let out = place.path().join(format!("torn {runs}"));
        let deadly = torn[0] > torn[1];
        let (at, count) = (random.random_range(1..40_usize), AtomicUsize::new(0));
        let wake = move || {
            let now = count.fetch_add(1, Ordering::Relaxed);
            assert!(!(now == at || deadly && now > at), "Device lost: torn by the test");
        };
        let engine = Engine::start(DeviceChoice::Cpu, Box::new(wake)).unwrap();
        let begun = out.join("run.toml").exists();
        let start = if begun { resume(&out) } else { begin(place.path(), &out, quick(STEPS)) };
        engine.send(learn(1, start)).unwrap();
        let last = engine
            .events()
            .iter()
            .find(|event| matches!(event, Event::Failed { job: 1, .. } | Event::Finished { job: 1, .. }));
        drop(engine);
        match last {
            Some(Event::Finished { .. }) => {
                assert_eq!(checkpoint(&out, STEPS), checkpoint(&whole, STEPS));
                // A measurement that was torn is not made up for.
                let unmeasured = |run: &Path| -> Vec<LossRow> {
                    losses(run).into_iter().map(|row| LossRow { fixed_noise_loss: None, ..row }).collect()
                };
                assert_eq!(unmeasured(&out), unmeasured(&whole));
                (runs, reached) = (runs + 1, None);
                continue;
            }
            Some(Event::Failed { message, .. }) => {
                assert!(message.contains("connection to the device was lost"), "{message}");
            }
            other => assert!(deadly && other.is_none(), "{other:?}"),
        }
        torn[usize::from(deadly)] += 1;
        let newest = examine(&out);
        assert!(newest >= reached, "a checkpoint was lost: {reached:?} {newest:?}");
        reached = newest;
    }
    println!(
        "torn from the device {} times, from the thread {} times, in {} runs",
        torn[0],
        torn[1],
        runs + 1
    );
}
