//! `pseudoword grid` and lists of prompts as a person types them.

use std::path::{Path, PathBuf};
use std::process::Command;

use format::embedding::{self, EmbeddingFormat, LearnedWord};
use format::{parse_parameters, read_parameters};

use crate::program::*;
use crate::runs::model;

/// A command that draws in two steps.
fn line(command: &str, out: &Path) -> Command {
    let mut line = program();
    line.args([command, "--device", "cpu", "--sampler", "ddim", "--steps", "2", "--model"]);
    line.arg(model()).arg("--out").arg(out);
    line
}

fn names(stdout: &str) -> Vec<String> {
    let name = |path: PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
    stdout.lines().map(|line| name(line.into())).collect()
}

/// A word for the small model.
fn word(place: &Path, name: &str, value: f32) -> PathBuf {
    let path = place.join(format!("{name}.safetensors"));
    let token = Some(format!("<{name}>"));
    let word = LearnedWord { token, vectors: vec![value; 32], shape: [1, 32], ..LearnedWord::default() };
    embedding::write(&path, &word, EmbeddingFormat::EmbParams).unwrap();
    path
}

#[test]
fn a_grid_is_drawn_written_and_drawn_again() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("out");
    let [one, two] = [word(place.path(), "odd-one", 0.1), word(place.path(), "odd-two", -0.1)];
    let rows = format!("word={}, {}", one.display(), two.display());
    let mut grid = line("grid", &out);
    grid.args(["--rows", &rows, "--columns", "guidance=2, 6", "--prompt", "a photo of {}", "--seed", "5"]);
    let stdout = run_well(&mut grid);
    let expected =
        ["00000-5.png", "00001-5.png", "00002-5.png", "00003-5.png", "grid-00000.png", "grid-00000.toml"];
    assert_eq!(names(&stdout), expected);
    let said = |path: &Path| parse_parameters(&read_parameters(path).unwrap().unwrap());
    let info = said(&out.join("00003-5.png"));
    assert_eq!((info.prompt.as_str(), info.cfg_scale), ("a photo of <odd-two>", Some(6.0)));
    let info = said(&out.join("grid-00000.png"));
    assert_eq!(
        (info.entry("X Values"), info.entry("Y Values")),
        (Some("2, 6"), Some("<odd-one>, <odd-two>"))
    );

    // From the picture and from the file beside it the same grid comes again.
    let pixels = |name: &str| image::open(out.join(name)).unwrap();
    for (from, name) in [("grid-00000.png", "grid-00001.png"), ("grid-00000.toml", "grid-00002.png")] {
        let mut again = typed("grid --device cpu --again");
        again.arg(out.join(from)).arg("--out").arg(&out);
        run_well(&mut again);
        assert!(pixels(name) == pixels("grid-00000.png"), "{from}");
    }
    // What is typed beside it is laid over it.
    let mut other = typed("grid --device cpu --columns seed=1-3 --again");
    other.arg(out.join("grid-00000.toml"));
    let stdout = run_well(other.arg("--out").arg(place.path().join("other")));
    assert_eq!(names(&stdout).len(), 6 + 2);
}

#[test]
fn what_cannot_be_a_grid_is_said() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("out");
    let grid = |parts: &[&str]| {
        let mut line = line("grid", &out);
        line.args(parts);
        line
    };
    for (parts, expected) in [
        (&["--rows", "weight=1, 2", "--prompt", "a house"][..], "learned word"),
        (&["--rows", "prompt=red, blue", "--prompt", "a house"], "“red”"),
        (&["--rows", "step=10", "--prompt", "a house"], "--run"),
        (&["--rows", "seed=1-9", "--columns", "seed=1", "--prompt", "a"], "Both sides"),
        (&["--again", "Cargo.toml"], "grid"),
    ] {
        let (code, _, said) = run(&mut grid(parts));
        assert!(code == 2 && said.contains(expected), "{parts:?}: {code} {said}");
    }
    let (code, _, said) = run(&mut grid(&["--rows", "sampler=Restart", "--prompt", "a"]));
    assert!(code == 2 && said.contains("Restart"), "{said}");
    assert!(!out.exists());
}

#[test]
fn prompts_of_a_file_are_drawn_with_their_choices() {
    let place = tempfile::tempdir().unwrap();
    let (out, lists) = (place.path().join("out"), place.path().join("lists"));
    std::fs::create_dir(&lists).unwrap();
    std::fs::write(lists.join("colour.txt"), "red\nblue\n").unwrap();
    let table = place.path().join("prompts.csv");
    std::fs::write(&table, "prompt,seed,count\na __colour__ cat,3,2\na dog,9,\n").unwrap();
    let mut list = line("generate", &out);
    list.arg("--prompts").arg(&table).arg("--wildcards").arg(&lists);
    let stdout = run_well(&mut list);
    assert_eq!(names(&stdout), ["00000-3.png", "00001-4.png", "00002-9.png"]);
    let prompts: Vec<String> =
        stdout.lines().map(|path| format::read_prompt(Path::new(path)).unwrap()).collect();
    assert!(
        prompts[..2].iter().all(|prompt| ["a red cat", "a blue cat"].contains(&prompt.as_str())),
        "{prompts:?}"
    );
    assert_eq!(prompts[2], "a dog");
    for (text, part) in
        [("seed\n5\n", "no column “prompt”"), ("prompt,prompt\na,b\n", "two columns “prompt”")]
    {
        std::fs::write(&table, text).unwrap();
        refuses(&mut list, 2, &["prompts.csv", "line 1", part]);
    }
    std::fs::write(&table, "prompt,steps\na cat,many\n").unwrap();
    refuses(&mut list, 2, &["prompts.csv", "line 2", "many"]);
    let mut lost = line("generate", &out);
    lost.args(["--prompt", "a __gone__ cat", "--wildcards"]).arg(&lists);
    refuses(&mut lost, 2, &["gone.txt", "__gone__"]);
}
