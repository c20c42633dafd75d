//! Learning on another machine's device: a server of the real program on this one, over loopback.
//!
//! Words must come out as on this machine, bit for bit, because the same operations are done in the same order.

#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use std::io::{BufRead as _, BufReader};
use std::net::{TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::program::*;
use crate::runs::*;

/// A port that nobody listens on.
fn free_port() -> u16 {
    loop {
        let port = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// `pseudoword serve`, killed when the test ends.
struct Server {
    process: Child,
    /// What clients write behind `--device`.
    device: String,
    token: PathBuf,
}

impl Server {
    fn start(place: &Path, port: u16, more: &[&str]) -> Self {
        let token = place.join("token");
        let mut process = program();
        process.args(["serve", "--device", "cpu", "--listen", &port.to_string()]).args(more);
        process.arg("--token-file").arg(&token).stdout(Stdio::piped());
        let mut process = process.spawn().unwrap();
        let mut said = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut said).unwrap();
        let device = said.split_whitespace().nth(1).unwrap().replace("ADDRESS", "127.0.0.1");
        Self { process, device, token }
    }

    /// A line that learns there.
    fn learn(&self, place: &Path, out: &Path) -> Command {
        let mut line = learning(place, out);
        line.args(["--device", &self.device]).arg("--token-file").arg(&self.token);
        line
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn learning(place: &Path, out: &Path) -> Command {
    let mut line = program();
    line.args(["learn", "--word", "<cat-toy>", "--init", "cat", "--model"]).arg(model());
    line.arg("--images").arg(place.join("images")).arg("--out").arg(out);
    line.args([
        "--preview-every",
        "0",
        "--score-every",
        "0",
        "--fixed-noise-every",
        "5",
        "--checkpoint-every",
        "2",
    ]);
    line
}

fn word(out: &Path) -> Vec<u32> {
    let folder = project::RunFolder::open(out).unwrap();
    let step = folder.checkpoints().unwrap().pop().unwrap();
    let numbers = folder.checkpoint(step).unwrap().vectors;
    numbers.iter().map(|number| number.to_bits()).collect()
}

#[test]
fn a_word_learned_elsewhere_is_the_same_to_the_last_bit() {
    let place = workplace();
    let here = place.path().join("here");
    run_well(learning(place.path(), &here).args(["--device", "cpu", "--steps", "6"]));
    for (name, more) in [("encrypted", &[][..]), ("open", &["--unencrypted"])] {
        let server = Server::start(place.path(), free_port(), more);
        let there = place.path().join(name);
        run_well(server.learn(place.path(), &there).args(["--steps", "6"]));
        assert_eq!(word(&there), word(&here), "{name}");
        let refused = place.path().join("refused");
        let mut stranger = learning(place.path(), &refused);
        refuses(stranger.args(["--steps", "6", "--device", &server.device]), 6, &["token"]);
        assert!(!refused.exists());
    }
}

#[test]
fn a_run_waits_for_a_machine_that_goes_away_and_goes_on() {
    let place = workplace();
    let here = place.path().join("here");
    run_well(learning(place.path(), &here).args(["--device", "cpu", "--steps", "60"]));
    let port = free_port();
    let first = Server::start(place.path(), port, &["--unencrypted"]);
    let there = place.path().join("there");
    let mut line = first.learn(place.path(), &there);
    let mut run = line.args(["--steps", "60", "--json"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(run.stdout.take().unwrap()).lines().map(Result::unwrap);
    let is_step = |line: &String| serde_json::from_str::<Value>(line).unwrap()["event"] == "step";
    assert_eq!(said.by_ref().filter(is_step).take(10).count(), 10);
    drop(first);
    said.find(|line| line.contains("was cut")).unwrap();
    let _second = Server::start(place.path(), port, &["--unencrypted"]);
    for _ in said {}
    assert!(run.wait().unwrap().success());
    assert_eq!(word(&there), word(&here));
}
