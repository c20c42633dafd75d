//! Downloads by the real program from a server on this computer, killed in the middle; and what it finds on a disk.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::loopback::{MODEL, SIZE, Server, ServerReply};
use crate::places::copy_folder;
use serde_json::Value;

const FILES: [&str; 6] = [
    "config.json",
    "merges.txt",
    "vocab.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "preprocessor_config.json",
];

/// The program, with a home of its own and no proxy between it and the server.
fn program(home: &Path, server: Option<&Server>) -> Command {
    let mut line = Command::new(env!("CARGO_BIN_EXE_pseudoword"));
    let gone = ["ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "HF_HUB_OFFLINE", "HF_TOKEN_PATH", "HF_HUB_CACHE"];
    for name in gone {
        line.env_remove(name).env_remove(name.to_lowercase());
    }
    let place = |name: &str| home.join(name);
    line.env("PSEUDOWORD_HOME", place("pseudoword")).env("HOME", place("user")).env("HF_HOME", place("hf"));
    line.env("XDG_CONFIG_HOME", place("config")).env("XDG_DATA_HOME", place("data"));
    line.env_remove("INVOKEAI_ROOT").env_remove("VIRTUAL_ENV").env("HF_TOKEN", "hf_secret");
    if let Some(server) = server {
        line.env("HF_ENDPOINT", &server.address);
    }
    line.stdin(Stdio::null());
    line
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn run_well(line: &mut Command) -> String {
    let Output { status, stdout, stderr } = line.output().unwrap();
    assert!(status.success(), "{}", text(&stderr));
    assert!(!text(&stderr).contains("hf_secret"));
    text(&stdout)
}

fn kill_after(mut child: Child, server: &Server, bytes: u64) {
    let start = Instant::now();
    while server.served() < bytes {
        assert!(start.elapsed() < Duration::from_secs(20), "too few bytes were asked for");
        assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_killed_download_goes_on() {
    let quick = Arc::new(AtomicBool::new(false));
    let replies = quick.clone();
    let server = Server::start(&FILES, None, move |_| {
        if replies.load(Ordering::Relaxed) { ServerReply::File } else { ServerReply::Slow }
    });
    let home = tempfile::tempdir().unwrap();
    let mut line = program(home.path(), Some(&server));
    line.args(["fetch", "clip", "--json"]);
    for part in 1..=3 {
        let child = line.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        kill_after(child, &server, part * SIZE as u64 / 4);
    }
    quick.store(true, Ordering::Relaxed);
    let told = run_well(line.stdout(Stdio::piped()).stderr(Stdio::piped()));
    let events: Vec<Value> = told.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let last = events.last().unwrap();
    assert_eq!(last["event"], "fetched");
    let folder = PathBuf::from(last["path"].as_str().unwrap());
    assert_eq!(folder, home.path().join("pseudoword/models/clip-vit-base-patch32"));
    assert!(std::fs::read(folder.join(MODEL)).unwrap() == server.files.lock().unwrap()[MODEL]);
    let twice = server.served() - SIZE as u64;
    println!("{twice} of {SIZE} bytes were sent twice through three kills");
    // What was in the buffers of the system and of the program at each kill.
    assert!(twice < 3 << 19, "{twice}");
    let list = run_well(program(home.path(), None).args(["fetch", "--list"]));
    assert!(list.contains(&format!("here: {}", folder.display())) && list.contains("MIT License"), "{list}");
}

#[test]
fn failures_have_a_sentence_and_a_number() {
    let server = Server::start(&FILES, None, |_| ServerReply::Head("HTTP/1.1 403 Forbidden".into()));
    let home = tempfile::tempdir().unwrap();
    let out = home.path().join("out");
    let output =
        program(home.path(), Some(&server)).args(["fetch", "clip", "--out"]).arg(&out).output().unwrap();
    assert_eq!(output.status.code(), Some(9));
    let said = text(&output.stderr);
    assert!(said.contains("licence") && said.contains("MIT") && !said.contains("hf_secret"), "{said}");
    run_well(program(home.path(), None).args(["fetch", "clip", "--discard", "--out"]).arg(&out));
    assert_eq!(std::fs::read_dir(&out).unwrap().count(), 0);
    let output = program(home.path(), None).args(["fetch", "nothing"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn models_of_other_programs_are_listed() {
    let home = tempfile::tempdir().unwrap();
    let golden = crate::places::repository().join("tests/golden/sd1");
    let copy = home.path().join("mine/my model");
    copy_folder(&golden, &copy);
    let checkpoints = home.path().join("user/ComfyUI/models/checkpoints");
    std::fs::create_dir_all(&checkpoints).unwrap();
    std::fs::create_dir_all(home.path().join("user/ComfyUI/comfy")).unwrap();
    std::fs::write(home.path().join("user/ComfyUI/folder_paths.py"), "").unwrap();
    std::fs::write(checkpoints.join("old.ckpt"), "pickle").unwrap();
    let told = run_well(
        program(home.path(), None).args(["models", "--json", "--folder"]).arg(home.path().join("mine")),
    );
    let found: Vec<Value> = told.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(found.len(), 1);
    assert_eq!((&found[0]["name"], &found[0]["kind"]), (&"my model".into(), &"model".into()));
    assert_eq!((&found[0]["precision"], &found[0]["fault"]), (&"f32".into(), &Value::Null));
    // Where other programs lie differs by system; the home folder is looked at on all that let it be named so.
    if cfg!(target_os = "linux") {
        let told = run_well(program(home.path(), None).args(["models", "--find"]));
        assert!(told.contains("old (ComfyUI") && told.contains("old.ckpt"), "{told}");
    }
    // A list that cannot be read is kept and said, once.
    let own = home.path().join("pseudoword");
    std::fs::create_dir_all(&own).unwrap();
    std::fs::write(own.join("folders.toml"), "nonsense").unwrap();
    let (code, _, told) = crate::program::run(program(home.path(), None).args(["models", "--find"]));
    let kept = "folders.toml.damaged-1";
    assert!(code == 0 && told.contains(kept) && own.join(kept).is_file(), "{told}");
    let (_, _, told) = crate::program::run(program(home.path(), None).args(["models", "--find"]));
    assert!(!told.contains("damaged"), "{told}");
    // How the window was left is only looked at, whoever left it so.
    let window = own.join("window.toml");
    let newer = format!("version = 9\nsize = 'large'\nmodels = ['{}']\n", copy.display());
    for (left, models, fault) in
        [(newer.as_str(), 1, false), ("models = 'all'", 0, false), ("nonsense", 0, true)]
    {
        std::fs::write(&window, left).unwrap();
        let (code, listed, told) = crate::program::run(program(home.path(), None).args(["models", "--json"]));
        assert_eq!((code, listed.lines().count()), (0, models), "{left}: {listed}{told}");
        assert_eq!(told.contains("window.toml"), fault, "{told}");
        assert_eq!(std::fs::read_to_string(&window).unwrap(), left);
    }
}
