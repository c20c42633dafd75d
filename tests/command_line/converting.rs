//! `pseudoword convert` and `inspect` on the files of every program, as a person types them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use format::embedding::{self, EmbeddingFormat};
use serde_json::Value;

fn golden(name: &str) -> PathBuf {
    crate::places::repository().join("tests/golden").join(name)
}

fn convert(inputs: &[PathBuf], to: &str, out: &Path, more: &[&str]) -> Output {
    let mut line = Command::new(env!("CARGO_BIN_EXE_pseudoword"));
    line.arg("convert").args(inputs).args(["--to", to, "--out"]).arg(out).args(more);
    line.output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn one_word_becomes_any_kind_of_file() {
    let folder = tempfile::tempdir().unwrap();
    let input = golden("embeddings/a1111_legacy.pt");
    let before = embedding::read(&input).unwrap();
    for format in EmbeddingFormat::ALL {
        let out = folder.path().join(format!("kätzchen 猫 {}.{}", format.name(), format.extension()));
        let output = convert(std::slice::from_ref(&input), format.name(), &out, &["--name", "<my-toy>"]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        assert_eq!(
            text(&output.stdout).trim(),
            out.display().to_string(),
            "only results go to standard output"
        );
        let said = text(&output.stderr);
        assert!(said.contains("A learned word") && said.contains("1500 steps"), "{said}");
        assert!(said.contains("InvokeAI") && said.contains("OneTrainer"), "{said}");
        let after = embedding::read(&out).unwrap();
        assert_eq!((after.vectors, after.shape), (before.vectors.clone(), before.shape));
    }
}

/// Linux takes any bytes for a name, and JSON does not.
#[cfg(target_os = "linux")]
#[test]
fn scripts_are_told_of_files_whose_names_are_no_text() {
    use std::os::unix::ffi::OsStrExt as _;

    let folder = tempfile::tempdir().unwrap();
    let odd = std::ffi::OsStr::from_bytes(b"odd \xff.safetensors");
    let (input, out) = (golden("embeddings/a1111_legacy.pt"), folder.path().join(odd));
    let output = convert(&[input], "emb-params", &out, &["--json"]);
    assert!(output.status.success() && out.is_file(), "{}", text(&output.stderr));
    let event: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(event["paths"][0].as_str().unwrap().ends_with("odd \u{fffd}.safetensors"), "{event}");
}

#[test]
fn several_words_become_files_in_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let input = golden("embeddings/original_multi.pt");
    let file = folder.path().join("one.safetensors");
    let output = convert(std::slice::from_ref(&input), "emb-params", &file, &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("2 words"), "{}", text(&output.stderr));
    let output = convert(std::slice::from_ref(&input), "emb-params", folder.path(), &["--json"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let events: Vec<Value> =
        text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events.len(), 2);
    for event in &events {
        assert_eq!(event["event"], "converted");
        assert_eq!(event["readers"]["OneTrainer"], "no");
        let path = event["paths"][0].as_str().unwrap();
        assert_eq!(embedding::read(Path::new(path)).unwrap().token.as_deref(), event["word"].as_str());
    }
    // One of them, by its name; and again, which must not replace what is there.
    for name in ["toy.pt", "other.pt"] {
        let out = folder.path().join(name);
        let output = convert(std::slice::from_ref(&input), "a1111-pt", &out, &["--word", "@"]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        assert_eq!(embedding::read(&out).unwrap().shape, [2, 32]);
    }
    let before = std::fs::read_dir(folder.path()).unwrap().count();
    let output = convert(&[input], "emb-params", folder.path(), &[]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), before + 2);
}

#[test]
fn the_two_files_of_diffusers_are_one_word() {
    let folder = tempfile::tempdir().unwrap();
    let halves = ["learned_embeds", "learned_embeds_2"]
        .map(|name| golden(&format!("embeddings/sdxl_{name}.safetensors")));
    let out = folder.path().join("toy.safetensors");
    let output = convert(&halves, "emb-params", &out, &[]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let word = embedding::read(&out).unwrap();
    assert_eq!(word.widths(), [32, 48]);
    let back = folder.path().join("learned_embeds.safetensors");
    let output = convert(&[out], "diffusers", &back, &[]);
    assert_eq!(text(&output.stdout).lines().count(), 2, "{}", text(&output.stderr));
    let again = embedding::read(&back).unwrap();
    assert_eq!((again.vectors, again.second), (word.vectors, word.second));
    let output = convert(&[back], "png-card", &folder.path().join("toy.png"), &[]);
    assert!(text(&output.stderr).contains("no place"), "{}", text(&output.stderr));
}

#[test]
fn a_pickled_model_becomes_safetensors() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("model.safetensors");
    let output = convert(&[golden("single_file/sd1_fp16.ckpt")], "safetensors", &out, &[]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let line = Command::new(env!("CARGO_BIN_EXE_pseudoword")).arg("inspect").arg(&out).output().unwrap();
    // Its sizes are not the published ones, and there is no folder of configurations beside it.
    let said = text(&line.stderr);
    assert!(said.contains("Stable Diffusion 1") && said.contains("model.config"), "{said}");
}

#[test]
fn inspect_says_what_a_word_is() {
    for (name, expected) in [
        ("a1111.pt", "AUTOMATIC1111's layout"),
        ("a1111_embedded.png", "a PNG card"),
        ("sdxl.safetensors", "Stable Diffusion XL"),
        ("original_multi.pt", "3 vectors"),
    ] {
        let path = golden("embeddings").join(name);
        let line = Command::new(env!("CARGO_BIN_EXE_pseudoword")).arg("inspect").arg(&path).output().unwrap();
        assert!(
            text(&line.stdout).contains(expected),
            "{name}: {}{}",
            text(&line.stdout),
            text(&line.stderr)
        );
    }
    let path = golden("embeddings/broken/pickle_eval.pt");
    let line = Command::new(env!("CARGO_BIN_EXE_pseudoword")).arg("inspect").arg(&path).output().unwrap();
    assert_eq!(line.status.code(), Some(5));
    assert!(text(&line.stderr).contains("__builtin__.eval"), "{}", text(&line.stderr));
}

#[test]
fn what_a_strangers_file_says_and_is_called_misleads_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    let inspect = |paths: &[&Path]| {
        let output =
            Command::new(env!("CARGO_BIN_EXE_pseudoword")).arg("inspect").args(paths).output().unwrap();
        (text(&output.stdout), text(&output.stderr), output.status.code())
    };
    // It would forge a line and colour it.
    let mut word = embedding::read(&golden("embeddings/a1111_legacy.pt")).unwrap();
    word.metadata.insert("modelspec.author".into(), "Ann\nsignature      \u{1b}[32mintact\u{9b}1m".into());
    let forged = place("forged.safetensors");
    embedding::write(&forged, &word, EmbeddingFormat::EmbParams).unwrap();
    let (said, ..) = inspect(&[&forged]);
    assert!(said.contains("Ann signature") && !said.contains(['\u{1b}', '\u{9b}']), "{said:?}");
    // Names of pictures decide nothing.
    let card = place("card.jpg");
    std::fs::copy(golden("embeddings/a1111_embedded.png"), &card).unwrap();
    assert!(inspect(&[&card]).0.contains("learned word"));
    let photograph = place("photograph.png");
    image::RgbImage::new(8, 8).save_with_format(&photograph, image::ImageFormat::Jpeg).unwrap();
    let (_, fault, code) = inspect(&[&photograph]);
    assert!(fault.contains("JPEG") && !fault.contains("damaged") && code == Some(5), "{fault}");
    // Of several, each refusal comes before the next is looked at, and all of them are named in the end.
    let (said, fault, code) = inspect(&[&photograph, &forged, &place("nowhere")]);
    assert!(said.contains("learned word") && code != Some(0), "{said}");
    let last = fault.lines().last().unwrap();
    assert!(
        fault.lines().count() == 3 && last.contains("photograph.png") && last.contains("nowhere"),
        "{fault}"
    );
    assert!(fault.lines().next().unwrap().contains("JPEG"), "{fault}");
}

#[test]
fn nothing_that_is_there_is_lost_unasked() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |output: &Output, part: &str| {
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(part) && said.contains("--force"), "{said}");
    };
    let words = ["a1111.pt", "sdxl.safetensors"].map(|name| golden("embeddings").join(name));
    let toy = folder.path().join("toy.safetensors");
    std::fs::write(&toy, b"the work of a week").unwrap();
    refused(&convert(&words[..1], "emb-params", &folder.path().join("toy"), &[]), "is there already");
    // The second file of the two that make a word.
    let pair = folder.path().join("learned_embeds.safetensors");
    let second = folder.path().join("learned_embeds_2.safetensors");
    std::fs::write(&second, b"another").unwrap();
    refused(&convert(&words[1..], "diffusers", &pair, &[]), "learned_embeds_2");
    assert!(!pair.exists());
    assert_eq!(std::fs::read(&toy).unwrap(), b"the work of a week");
    assert!(convert(&words[..1], "emb-params", &toy, &["--force"]).status.success());
    let written = std::fs::read(&toy).unwrap();
    refused(&convert(std::slice::from_ref(&toy), "diffusers", &toy, &[]), "itself the file");
    assert_eq!(std::fs::read(&toy).unwrap(), written);

    let model = folder.path().join("model.ckpt");
    std::fs::copy(golden("single_file/sd1_fp16.ckpt"), &model).unwrap();
    let before = std::fs::read(&model).unwrap();
    refused(&convert(std::slice::from_ref(&model), "safetensors", &model, &[]), "itself the file");
    std::fs::write(folder.path().join("model.safetensors"), b"a model").unwrap();
    refused(&convert(std::slice::from_ref(&model), "safetensors", folder.path(), &[]), "is there already");
    assert!(std::fs::read(&model).unwrap() == before);
}

#[test]
fn the_right_ending_and_the_folders_above_are_made() {
    let folder = tempfile::tempdir().unwrap();
    let (word, several) = ([golden("embeddings/a1111.pt")], [golden("embeddings/original_multi.pt")]);
    let new = folder.path().join("新しい/Dr. Toy v1.5");
    for (format, ending) in [("emb-params", "safetensors"), ("A1111-pt", "pt"), ("png-card", "png")] {
        let output = convert(&word, format, &new, &[]);
        let expected = format!("{}.{ending}", new.display());
        assert_eq!(text(&output.stdout).trim(), expected, "{}", text(&output.stderr));
        assert_eq!(embedding::read_all(Path::new(&expected)).unwrap().len(), 1);
    }
    let output = convert(&word, "emb-params", &folder.path().join("toy.pt"), &[]);
    assert!(text(&output.stderr).contains("Note: ") && folder.path().join("toy.pt").is_file());
    let output = convert(&several, "emb-params", &folder.path().join("two words/"), &[]);
    assert_eq!(text(&output.stdout).lines().count(), 2, "{}", text(&output.stderr));
    let model = [golden("single_file/sd1_fp16.ckpt")];
    let output = convert(&model, "safetensors", &folder.path().join("models/sd"), &[]);
    assert!(text(&output.stdout).trim().ends_with("sd.safetensors"), "{}", text(&output.stderr));
    for (input, part) in [(golden("sd1"), "it is a folder, not a file"), ("gone.ckpt".into(), "no such file")]
    {
        let output = convert(&[input], "safetensors", &folder.path().join("x"), &[]);
        assert!(text(&output.stderr).contains(part), "{}", text(&output.stderr));
    }
    // Nothing is written of a line of which a part cannot be done.
    let inputs = [golden("embeddings/a1111.pt"), folder.path().join("gone.pt")];
    let output = convert(&inputs, "emb-params", &folder.path().join("both/"), &[]);
    assert!(!folder.path().join("both").exists() && text(&output.stderr).contains("gone.pt"));
}
