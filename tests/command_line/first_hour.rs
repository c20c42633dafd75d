//! What people type in their first hour: places that are none, names in place of paths, and how a line may end.
//!
//! The line itself is explained in `src/cli/usage.rs`, and what files hold is refused in `refusals.rs`.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::places::*;
use crate::program::*;
use crate::runs::*;

/// A line of `pseudoword` with paths among its words.
fn line(command: &str, options: &[&str], paths: &[(&str, &Path)]) -> Command {
    let mut line = program();
    line.arg(command).args(options);
    for (option, path) in paths {
        line.arg(option).arg(path);
    }
    line
}

fn generate(model: &Path, out: &Path, more: &[(&str, &Path)]) -> Command {
    let options = ["--device", "cpu", "--sampler", "ddim", "--steps", "1", "--prompt", "a <cat-toy>"];
    let mut line = line("generate", &options, &[("--model", model), ("--out", out)]);
    for (option, path) in more {
        line.arg(option).arg(path);
    }
    line
}

fn learn(place: &Path, out: &Path, more: &[&str]) -> Command {
    let mut line = learn_line(place, out);
    line.args(["--steps", "1", "--preview-every", "0", "--fixed-noise-every", "0"]).args(more);
    line
}

#[test]
fn places_that_cannot_be_written_to_say_why() {
    let place = workplace();
    let run = place.path().join("run");
    run_well(&mut learn(place.path(), &run, &[]));
    let file = place.path().join("notes 猫.txt");
    std::fs::write(&file, "x").unwrap();
    let word = run.join("cat-toy.safetensors");
    let below = file.join("new");
    let long = place.path().join("x".repeat(300));
    for (out, part) in
        [(&file, "is a file, not a folder"), (&below, "is a file, not a folder"), (&long, "too long")]
    {
        refuses(&mut generate(&model(), out, &[]), 7, &[part]);
        refuses(&mut learn(place.path(), out, &[]), 7, &[part]);
        if out != &file {
            let out = out.join("toy.pt");
            refuses(&mut line("export", &[], &[("--run", &run), ("--out", &out)]), 7, &[part]);
            let mut convert = line("convert", &["--to", "a1111-pt"], &[("--out", &out)]);
            refuses(convert.arg(&word), 7, &[part]);
        }
    }
    assert_eq!(std::fs::read(&file).unwrap(), b"x");
    refuses(
        &mut line("export", &[], &[("--run", &run), ("--out", &word)]),
        2,
        &["is there already", "--force"],
    );
    refuses(
        &mut line("export", &[], &[("--run", &word), ("--out", &below)]),
        7,
        &["not the folder of a run"],
    );
    // What is only missing is made, and a folder is given a file of its own, and another.
    let new = place.path().join("新/words/");
    let export = || line("export", &[], &[("--run", &run), ("--out", &new)]);
    let names = [run_well(&mut export()), run_well(&mut export())].map(|path| path.trim().to_owned());
    assert!(
        names[0].ends_with("cat-toy.safetensors") && names[1].ends_with("cat-toy-2.safetensors"),
        "{names:?}"
    );
    let named = line("export", &[], &[("--run", &run), ("--out", &place.path().join("deep/er/toy"))])
        .output()
        .unwrap();
    assert!(named.status.success() && place.path().join("deep/er/toy.safetensors").is_file());
    assert_eq!(run_well(&mut generate(&model(), &place.path().join("a/b"), &[])).lines().count(), 1);
}

#[test]
fn cheap_mistakes_are_found_before_gigabytes_are_read() {
    let place = workplace();
    // A model without its largest part: whoever reads it first says so.
    let own = place.path().join("model");
    copy_folder(&model(), &own);
    std::fs::remove_file(own.join("unet/diffusion_pytorch_model.safetensors")).unwrap();
    let out = place.path().join("out");
    let words = golden().join("embeddings");
    let other = words.join("sdxl.safetensors");
    let odd = place.path().join("odd.txt");
    std::fs::write(&odd, "no word here").unwrap();
    let with = |mut command: Command, options: &[&str]| {
        command.args(options);
        command
    };
    refuses(&mut generate(&own, &out, &[("--word", &other)]), 5, &["sdxl.safetensors", "needs 32"]);
    refuses(&mut generate(&own, &out, &[("--word", &odd)]), 5, &["odd.txt"]);
    refuses(&mut with(generate(&own, &out, &[]), &["--clip-skip", "9"]), 2, &["clip skip"]);
    refuses(&mut with(generate(&own, &out, &[]), &["--width", "500"]), 2, &["496 or 504"]);
    refuses(&mut generate(&own, &out, &[]), 3, &["unet"]);
    let learn = |more: &[&str]| {
        let mut line = typed("learn --device cpu --model");
        line.arg(&own).arg("--out").arg(&out).args(more);
        line
    };
    let images = place.path().join("images");
    let images = images.to_str().unwrap();
    let toy = ["--word", "<toy>", "--init"];
    refuses(&mut learn(&[&toy[..], &["cat", "--images", "nowhere"]].concat()), 4, &["nowhere"]);
    let with_images = |more: &[&str]| learn(&[&["--images", images], more].concat());
    refuses(&mut with_images(&["--word", "cat", "--init", "cat"]), 2, &["already knows"]);
    let nothing = [&toy[..], &["<|endoftext|>"]].concat();
    refuses(&mut with_images(&nothing), 2, &["initial word"]);
    let templates = [&toy[..], &["cat", "--templates", odd.to_str().unwrap()]].concat();
    refuses(&mut with_images(&templates), 2, &["odd.txt", "no place for the word"]);
    refuses(&mut with_images(&[&toy[..], &["cat"]].concat()), 3, &["unet"]);
    let clip = golden().join("clip");
    let evaluate = |word: &Path, images: &Path| {
        let places = [("--model", own.as_path()), ("--word", word), ("--images", images), ("--clip", &clip)];
        line("evaluate", &["--device", "cpu"], &places)
    };
    refuses(&mut evaluate(&other, Path::new(images)), 5, &["needs 32"]);
    refuses(&mut evaluate(&words.join("a1111.pt"), &place.path().join("nowhere")), 4, &["nowhere"]);
    let bench = ["--device", "cpu", "--size", "500"];
    refuses(&mut line("bench", &bench, &[("--model", &own)]), 2, &["496 or 504"]);
    assert!(!out.exists(), "a refused line left a folder");
}

#[test]
fn names_stand_for_what_is_at_hand() {
    let place = workplace();
    let home = place.path().join("ホーム");
    copy_folder(&model(), &home.join("models/My Model"));
    std::fs::create_dir_all(home.join("words")).unwrap();
    std::fs::copy(golden().join("embeddings/a1111.pt"), home.join("words/toy.safetensors")).unwrap();
    let out = place.path().join("out");
    let at_home = |mut command: Command| {
        command.env("PSEUDOWORD_HOME", &home).current_dir(place.path());
        command
    };
    let draw = |model: &str, word: &Path| at_home(generate(Path::new(model), &out, &[("--word", word)]));
    run_well(&mut draw("my model", Path::new("toy")));
    refuses(&mut draw("mymodel", Path::new("toy")), 3, &["no such file or folder", "`starter`"]);
    refuses(&mut draw("My Model", Path::new("tony")), 5, &["tony", "no such file", "library"]);
    refuses(&mut draw("My Model", &home.join("words/toy.pt")), 5, &["nearest name", "toy.safetensors"]);
    // Who reads events reads this one too.
    let mut json = draw("My Model", Path::new("tony"));
    let (code, said, _) = run(json.arg("--json"));
    let last = json_lines(&said).pop().unwrap();
    assert_eq!((code, last["event"].as_str(), last["exit_code"].as_u64()), (5, Some("failed"), Some(5)));
    refuses(&mut draw("My Model", &home.join("words")), 5, &["a folder, not a learned word"]);
    refuses(
        &mut at_home(line("models", &[], &[("--folder", Path::new("nowhere"))])),
        2,
        &["no folder nowhere"],
    );
    // A run stands for its word, a word that is named twice is taken once, and a slash at the end is no matter.
    run_well(&mut learn(place.path(), &place.path().join("run"), &[]));
    let file = place.path().join("run/cat-toy.safetensors");
    let mut twice = generate(&model(), &out, &[("--word", Path::new("run/")), ("--word", &file)]);
    let picture = run_well(twice.current_dir(place.path()));
    let picture = Path::new(picture.trim());
    let text = run_well(program().arg("inspect").arg(picture).arg(&file));
    assert!(text.contains("<cat-toy>: ") && text.contains("one vector of 32"), "{text}");
    // A checkpoint is no word, though it holds one.
    let checkpoint = place.path().join("run/checkpoints/step-000001.safetensors");
    let words: [(&str, &Path); 1] = [("--word", &checkpoint)];
    refuses(&mut generate(&model(), &out, &words), 5, &["a checkpoint", "export --run"]);
    let said = run_well(program().arg("inspect").arg(&checkpoint).arg(place.path().join("run/run.toml")));
    assert!(said.contains("of <cat-toy>, learned in") && said.contains("finished after 1 of 1"), "{said}");
    let (code, said, refused) = run(typed("inspect nowhere").arg(&file));
    assert!(code == 7 && said.contains("one vector of 32") && refused.contains("nowhere"), "{said}{refused}");
}

#[test]
fn a_run_has_a_folder_of_its_own() {
    let place = workplace();
    let out = place.path().join("images");
    let before = std::fs::read_dir(&out).unwrap().count();
    refuses(&mut learn(place.path(), &out, &[]), 7, &["source_", "--force"]);
    assert_eq!(std::fs::read_dir(&out).unwrap().count(), before);
    // What systems and killed runs leave is no content.
    let new = place.path().join("new");
    std::fs::create_dir_all(new.join("checkpoints")).unwrap();
    std::fs::write(new.join(".DS_Store"), "").unwrap();
    run_well(&mut learn(place.path(), &new, &[]));
    // But what a run learned is, and a picture of somebody's.
    for name in ["checkpoints/step-000001.safetensors", "previews/mine.png"] {
        let (other, path) = (place.path().join("other"), place.path().join("other").join(name));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, "mine").unwrap();
        refuses(&mut learn(place.path(), &other, &[]), 7, &[name, "--force"]);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
        std::fs::remove_file(path).unwrap();
    }
    let mine = place.path().join("mine");
    std::fs::create_dir(&mine).unwrap();
    std::fs::write(mine.join("notes.txt"), "x").unwrap();
    run_well(&mut learn(place.path(), &mine, &["--force"]));
    assert_eq!(std::fs::read(mine.join("notes.txt")).unwrap(), b"x");
    refuses(&mut learn(place.path(), &mine, &["--force"]), 7, &["already holds a run"]);
}

/// Where nothing can be kept, the way out is named.
#[test]
fn a_home_that_cannot_be_written_is_no_riddle() {
    let place = workplace();
    let file = place.path().join("file");
    std::fs::write(&file, "").unwrap();
    let mut line =
        line("generate", &["--device", "cpu", "--prompt", "x"], &[("--out", &place.path().join("out"))]);
    refuses(line.env("PSEUDOWORD_HOME", &file), 7, &["is a file, not a folder", "PSEUDOWORD_HOME"]);
    let mut line = generate(&model(), &place.path().join("out"), &[]);
    run_well(line.env("PSEUDOWORD_HOME", &file).env_remove("HOME").env("TERM", "dumb"));
}

#[cfg(unix)]
#[test]
fn ctrl_c_keeps_the_word_and_is_no_success() {
    use std::io::{BufRead as _, BufReader};
    use std::process::Stdio;

    let place = workplace();
    let out = place.path().join("run");
    let mut line = learn_line(place.path(), &out);
    line.args(["--steps", "100000", "--preview-every", "0", "--fixed-noise-every", "0", "--json"]);
    let mut child = line.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("\"event\":\"step\"")));
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let last = lines.last().unwrap().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{last}");
    assert!(out.join("cat-toy.safetensors").is_file() && last.contains("finished"), "{last}");
    let help = run_well(program().arg("--help"));
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    let codes: Vec<&str> = help.split_once("Exit codes: ").unwrap().1.split(", ").collect();
    assert!(codes.contains(&"130 stopped by Ctrl-C.") && codes.contains(&"5 learned word"), "{help}");
}

/// `nohup` asks for that: what a terminal says when it is closed is ignored, and Ctrl-C is still heard.
#[cfg(target_os = "linux")]
#[test]
fn a_run_outlives_its_terminal_where_that_was_asked_for() {
    use std::io::{BufRead as _, BufReader};
    use std::process::Stdio;

    let place = workplace();
    let out = place.path().join("run");
    let learn = learn_line(place.path(), &out);
    let mut line = Command::new("sh");
    line.args(["-c", "trap '' HUP; exec \"$@\"", "sh"]).arg(learn.get_program()).args(learn.get_args());
    line.envs(learn.get_envs().filter_map(|(name, value)| Some((name, value?)))).stdin(Stdio::null());
    line.args(["--steps", "100000", "--preview-every", "0", "--fixed-noise-every", "0", "--json"]);
    let mut child = line.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut steps = |count: usize| {
        lines.by_ref().filter(|line| line.contains("\"event\":\"step\"")).take(count).count() == count
    };
    let tell = |signal: &str| {
        assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
    };
    assert!(steps(1));
    tell("-HUP");
    assert!(steps(60), "it ended with its terminal");
    tell("-INT");
    let last = lines.last().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{last}");
    assert!(out.join("cat-toy.safetensors").is_file() && last.contains("finished"), "{last}");
}

/// A list that ends in the middle is worse than none; one that nobody reads is no fault.
#[cfg(target_os = "linux")]
#[test]
fn results_that_cannot_be_printed_are_a_failure() {
    for line in [vec!["inspect", model().to_str().unwrap()], vec!["learn", "--help"], vec!["--version"]] {
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let said = program().args(line).stdout(full).output().unwrap();
        let sentence = String::from_utf8(said.stderr).unwrap();
        assert_eq!(said.status.code(), Some(7), "{sentence}");
        assert!(sentence.contains("no room left") && sentence.contains("(os error 28)."), "{sentence}");
    }
    // A pipe would be waited for.
    let place = workplace();
    let pipe = place.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    refuses(program().arg("inspect").arg(&pipe), 5, &["a pipe"]);
    refuses(&mut generate(&model(), &place.path().join("out"), &[("--word", &pipe)]), 5, &["a pipe"]);
}

/// Where no terminal is, no line is longer than a terminal and nothing is coloured.
#[test]
fn help_fits_into_eighty_columns() {
    let commands = [
        "learn", "generate", "evaluate", "export", "convert", "inspect", "devices", "bench", "models",
        "fetch", "suggest", "compare", "study", "tune", "invert", "explain", "bias",
    ];
    for command in commands {
        let help = run_well(program().args([command, "--help"]).env("COLUMNS", "80").env("NO_COLOR", "1"));
        let long = help.lines().find(|line| line.chars().count() > 80);
        assert!(long.is_none() && !help.contains('\u{1b}'), "{command}: {long:?}");
    }
}

#[test]
fn the_line_itself_is_explained() {
    let said = |arguments: &[&str]| {
        let (code, _, said) = run(program().args(arguments));
        assert_eq!(code, 2, "{said}");
        said
    };
    let out: PathBuf = "drawn".into();
    let drawn = ["generate", "--prompt", "x", "--out", out.to_str().unwrap()];
    let with = |more: &[&str]| said(&[&drawn, more].concat());
    assert!(with(&["--steps", "1e3"]).contains("write a whole number: 1000"));
    assert!(with(&["--guidance", "7,5"]).contains("7.5"));
    assert!(with(&["--count", "0"]).contains("count is 0. Choose a value from 1 to 1000."));
    assert!(with(&["--batch", "0"]).contains("batch is 0. Choose a value from 1 to 64."));
    assert!(with(&["--guidance", "nan"]).contains("0 to 100"));
    assert!(with(&["--size", "500"]).contains("496 or 504"));
    assert!(with(&["--word", "-"]).contains("pipe"));
    assert!(said(&["generat"]).contains("'generate'"));
    assert!(said(&["fetch"]).contains("sd-1.5"));
    assert!(said(&["convert", "x.pt", "--out", "y", "--to", "a1111"]).contains("'a1111-pt'"));
    assert!(!out.exists());
}
