//! Learning on another machine's device: a server of the real program on this one, over loopback.
//!
//! Words must come out as on this machine, bit for bit, because the same operations are done in the same order.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_types,
    reason = "a failed unwrap fails the test; it looks for a port on this computer"
)]

use std::io::{BufRead as _, BufReader};
use std::net::{TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use project::comparison::{Comparison, Point};

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
    /// Listens on `listen`, a port or an address with one.
    fn start(place: &Path, listen: &str, more: &[&str]) -> Self {
        let token = place.join("token");
        let mut process = program();
        process.env("PSEUDOWORD_HOME", place.join("server"));
        process.args(["serve", "--device", "cpu", "--listen", listen]).args(more);
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

    /// Ends it as a person would, who is not in a hurry: those who compute there are told.
    fn end(mut self) {
        assert!(Command::new("kill").arg(self.process.id().to_string()).status().unwrap().success());
        self.process.wait().unwrap();
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

/// What a run says until one line has `part` in it.
fn until(said: &mut impl Iterator<Item = String>, part: &str) {
    said.find(|line| line.contains(part)).unwrap_or_else(|| panic!("it never said {part}"));
}

/// A run that tells what it does.
fn begin(mut line: Command, steps: &str) -> (Child, impl Iterator<Item = String>) {
    let mut run = line.args(["--steps", steps, "--json"]).stdout(Stdio::piped()).spawn().unwrap();
    let said = BufReader::new(run.stdout.take().unwrap()).lines().map(Result::unwrap);
    (run, said)
}

#[test]
fn a_word_learned_elsewhere_is_the_same_to_the_last_bit() {
    let place = workplace();
    let here = place.path().join("here");
    run_well(learning(place.path(), &here).args(["--device", "cpu", "--steps", "6"]));
    let one_address = format!("127.0.0.1:{}", free_port());
    let [first, second] = [free_port(), free_port()].map(|port| port.to_string());
    for (name, listen, more) in [
        ("encrypted", &first, &[][..]),
        ("open", &second, &["--unencrypted"]),
        ("one-address", &one_address, &[]),
        ("one-open-address", &one_address, &["--unencrypted"]),
    ] {
        let server = Server::start(place.path(), listen, more);
        let there = place.path().join(name);
        run_well(server.learn(place.path(), &there).args(["--steps", "6"]));
        assert_eq!(word(&there), word(&here), "{name}");
        // From the second on the weights are there already.
        assert!(place.path().join("server/cache/weights").read_dir().unwrap().count() > 0, "{name}");
        let refused = place.path().join("refused");
        let mut stranger = learning(place.path(), &refused);
        stranger.env("PSEUDOWORD_TOKEN_FILE", "");
        refuses(stranger.args(["--steps", "6", "--device", &server.device]), 6, &["token"]);
        assert!(!refused.exists());
    }
}

#[test]
fn a_port_that_is_taken_is_lent_to_nobody() {
    let place = tempfile::tempdir().unwrap();
    let home = place.path().join("home");
    std::fs::create_dir(&home).unwrap();
    std::fs::write(home.join("tuning.json"), "[]").unwrap();
    let taken = UdpSocket::bind("0.0.0.0:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let mut line = program();
    line.env("PSEUDOWORD_HOME", &home).args(["serve", "--device", "cpu", "--listen", &port]);
    let (code, printed, said) = run(&mut line);
    assert!(code == 6 && printed.is_empty() && !said.contains("Lending"), "{code} {printed} {said}");
    assert!(said.contains(&format!("could not be lent on port {port}")), "{said}");
    // It calculates as was measured on it, or says why not.
    assert!(said.contains("What was measured about this device is not used"), "{said}");
}

#[test]
fn the_token_of_a_machine_that_is_remembered_need_not_be_named() {
    let place = workplace();
    let server = Server::start(place.path(), &free_port().to_string(), &["--unencrypted"]);
    let client = place.path().join("client");
    std::fs::create_dir(&client).unwrap();
    let token = std::fs::read_to_string(&server.token).unwrap();
    let machines = format!("[[machine]]\ndevice = \"{}\"\ntoken = \"{token}\"\n", server.device);
    std::fs::write(client.join("machines.toml"), machines).unwrap();
    let mut line = learning(place.path(), &place.path().join("there"));
    run_well(line.env("PSEUDOWORD_HOME", &client).args(["--steps", "1", "--device", &server.device]));
}

#[test]
fn whoever_comes_second_is_told_so_and_follows_when_the_first_vanishes() {
    let place = workplace();
    let [here, one, two] = ["here", "one", "two"].map(|name| place.path().join(name));
    run_well(learning(place.path(), &here).args(["--device", "cpu", "--steps", "4"]));
    let server = Server::start(place.path(), &free_port().to_string(), &["--unencrypted"]);
    let (mut first, mut first_said) = begin(server.learn(place.path(), &one), "5000");
    until(&mut first_said, "\"step\":2");
    let (mut second, mut second_said) = begin(server.learn(place.path(), &two), "4");
    until(&mut second_said, "\"before\":1");
    first.kill().unwrap();
    first.wait().unwrap();
    for _ in second_said {}
    assert!(second.wait().unwrap().success());
    assert_eq!(word(&two), word(&here));
}

#[test]
fn a_run_waits_for_a_machine_that_goes_away_and_goes_on() {
    let place = workplace();
    let here = place.path().join("here");
    run_well(learning(place.path(), &here).args(["--device", "cpu", "--steps", "60"]));
    for (name, more) in [("killed", &["--unencrypted"][..]), ("ended", &[])] {
        let port = free_port().to_string();
        let first = Server::start(place.path(), &port, more);
        let there = place.path().join(name);
        let (mut run, mut said) = begin(first.learn(place.path(), &there), "60");
        until(&mut said, "\"step\":10,");
        match name {
            "killed" => drop(first),
            _ => first.end(),
        }
        until(&mut said, "was cut");
        let _second = Server::start(place.path(), &port, more);
        for _ in said {}
        assert!(run.wait().unwrap().success(), "{name}");
        assert_eq!(word(&there), word(&here), "{name}");
    }
}

#[test]
fn a_drawing_that_is_cut_off_ends_with_a_sentence() {
    let place = workplace();
    let server = Server::start(place.path(), &free_port().to_string(), &["--unencrypted"]);
    let mut line = typed("generate --prompt cat --size 64x64");
    line.arg("--model").arg(model()).arg("--out").arg(place.path().join("pictures"));
    line.args(["--device", &server.device]).arg("--token-file").arg(&server.token);
    let (mut drawing, mut said) = begin(line, "1000");
    until(&mut said, "\"step\":2,");
    drop(server);
    let said: Vec<String> = said.collect();
    let last = said.last().unwrap();
    assert!(last.contains("was cut") && last.contains("pseudoword serve"), "{last}");
    assert_eq!(drawing.wait().unwrap().code(), Some(6));
}

#[test]
fn a_comparison_spread_over_two_devices_is_that_of_one() {
    let place = workplace();
    let prompts = place.path().join("prompts.txt");
    std::fs::write(&prompts, "a painting of {}\na {} on the moon\n").unwrap();
    let compare = |out: &Path| {
        let mut line = program();
        line.args(["compare", "--init", "cat", "--methods", "single,image-only", "--seeds", "3"]);
        line.args(["--steps", "2", "--draw-steps", "2", "--count", "1", "--score-every", "0"]);
        line.arg("--model").arg(model()).arg("--clip").arg(crate::places::golden().join("clip"));
        line.arg("--prompts-file").arg(&prompts).arg("--images").arg(place.path().join("images"));
        line.arg("--out").arg(out).args(["--device", "cpu"]);
        line
    };
    let points = |out: &Path| -> Vec<Point> {
        let found = Comparison::load(out).unwrap().points;
        found.into_iter().map(|point| Point { seconds: 0.0, ..point }).collect()
    };
    let [one, two, lost, never] = ["one", "two", "lost", "never"].map(|name| place.path().join(name));
    run_well(&mut compare(&one));
    assert_eq!(points(&one).len(), 4);
    let server = Server::start(place.path(), &free_port().to_string(), &["--unencrypted"]);
    let spread = |out: &Path| {
        let mut line = compare(out);
        line.args(["--json", "--device", &server.device]).arg("--token-file").arg(&server.token);
        line
    };
    let said = run_well(&mut spread(&two));
    for device in ["single on images on cpu", &format!("single on images on {}", server.device)] {
        assert!(said.contains(device), "{device}: {said}");
    }
    assert_eq!(points(&two), points(&one));
    refuses(compare(&never).args(["--device", "cpu"]), 2, &["no device twice"]);
    // One that is not there leaves the work to the other, and so does one that goes away in the midst of it.
    let mut line = compare(&never);
    line.args(["--device", &format!("remote:ws://127.0.0.1:{}", free_port())]);
    run_well(&mut line);
    assert_eq!(points(&never), points(&one));
    let mut run = spread(&lost).stdout(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(run.stdout.take().unwrap()).lines().map(Result::unwrap);
    until(&mut said, &format!("on {}", server.device));
    drop(server);
    for _ in said {}
    assert!(run.wait().unwrap().success());
    assert_eq!(points(&lost), points(&one));
}
