//! `pseudoword mix` as a person types it: what it writes, what it says, what it refuses.

use std::path::{Path, PathBuf};

use format::embedding;

use crate::places::golden;
use crate::program::*;
use crate::runs::model;

fn word(name: &str) -> PathBuf {
    golden().join("embeddings").join(name)
}

fn mix(parts: &[&str], out: &Path) -> std::process::Command {
    let mut line = program();
    line.arg("mix").args(parts).arg("--out").arg(out);
    line
}

#[test]
fn words_are_mixed_into_a_new_file() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("mixed");
    let (one, three) = (word("diffusers.bin"), word("a1111_multi.pt"));
    let parts = [format!("{}:0.5", one.display()), format!("{}:-1", three.display())];
    let (code, stdout, said) = run(&mut mix(&["--word", &parts[0], &parts[1]], &out));
    assert_eq!(code, 0, "{said}");
    let file = place.path().join("mixed.safetensors");
    assert_eq!(Path::new(stdout.trim()), file);
    assert!(said.contains("<mixed> is 0.5 <Cat-Toy> - ") && said.contains("3 vectors"), "{said}");
    let [one, three, mixed] = [&one, &three, &file].map(|path| embedding::read(path).unwrap());
    let expected = |at: usize| 0.5 * one.vectors[at % 32] - three.vectors[at];
    assert_eq!(mixed.shape, [3, 32]);
    assert!(mixed.vectors.iter().enumerate().all(|(at, value)| (value - expected(at)).abs() < 1e-6));
    let shown = run_well(program().arg("inspect").arg(&file));
    assert!(shown.contains("mixed as 0.5 <Cat-Toy> - ") && shown.contains("pseudoword.recipe"), "{shown}");

    let (code, _, said) =
        run(&mut mix(&["--join", "--word", &parts[0], &parts[1]], &place.path().join("joined")));
    assert!(code == 0 && said.contains("Weights do nothing with --join"), "{said}");

    // What is there stays unless it is to be replaced.
    refuses(&mut mix(&["--word", &parts[0]], &out), 2, &["is there already", "--force"]);
    assert_eq!(embedding::read(&file).unwrap(), mixed);
    let picked =
        ["--word", &file.display().to_string(), "--keep", "3,1", "--length", "2", "--name", "<short>"];
    let short = place.path().join("short.safetensors");
    let events = json_lines(&run_well(mix(&picked, &short).arg("--json")));
    let last = events.last().unwrap();
    assert_eq!((&last["event"], &last["summary"]["word"]), (&"finished".into(), &"<short>".into()));
    let length = last["summary"]["lengths"][0].as_f64().unwrap();
    assert!((length - 2.0).abs() < 1e-5 && last["summary"]["vectors"] == 2, "{last}");
}

#[test]
fn a_sentence_becomes_a_word_of_the_model() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("house.safetensors");
    let model = model().display().to_string();
    let said =
        run(&mut mix(&["--sentence", "old cat", "--average", "--length", "usual", "--model", &model], &out));
    assert_eq!(said.0, 0, "{}", said.2);
    assert!(said.2.contains("1 vector, 1.404 long; the model's own words are 1.404 long"), "{}", said.2);
    assert_eq!(embedding::read(&out).unwrap().shape, [1, 32]);
    let (few, refused) = (place.path().join("few.safetensors"), place.path().join("none.safetensors"));
    run_well(&mut mix(&["--sentence", "old cat", "--vectors", "1", "--model", &model], &few));
    assert_eq!(embedding::read(&few).unwrap().shape, [1, 32]);
    let many = place.path().join("many.safetensors");
    let (code, _, said) =
        run(&mut mix(&["--sentence", "old cat", "--vectors", "100", "--model", &model], &many));
    assert!(code == 0 && said.contains("2 vectors") && !said.contains("100"), "{said}");
    let none = ["--sentence", "old cat", "--vectors", "0", "--model", &model];
    refuses(&mut mix(&none, &refused), 2, &["no vectors", "1 or more"]);
}

#[test]
fn what_cannot_be_mixed_is_said() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("mixed.safetensors");
    let [one, three, pair, several, broken] =
        ["diffusers.bin", "a1111.pt", "sdxl.safetensors", "original_multi.pt", "nowhere.pt"]
            .map(|name| word(name).display().to_string());
    let model = model().display().to_string();
    for (parts, code, said) in [
        (&[][..], 2, &["no words to mix"][..]),
        (&["--word", &one, &pair], 5, &["sdxl.safetensors", "32 and 48 numbers", "one base model"]),
        (&["--word", &pair, "--model", &model], 5, &["needs 32", "Open the model"]),
        (&["--word", &several], 5, &["2 words", "pseudoword convert"]),
        (&["--word", &broken], 5, &["nowhere.pt", "no such file"]),
        (&["--word", &one, "--slerp", "0.5"], 2, &["“slerp” takes 2 words, and there are 1"]),
        (&["--word", &one, &three, "--nudge", "1"], 2, &["takes 3 words"]),
        (&["--word", &one, "--keep", "2"], 2, &["no vector 2: the result has 1"]),
        (&["--word", &one, "--length", "0.4,0.5"], 2, &["2 lengths are given, and 1 needed"]),
    ] {
        refuses(&mut mix(parts, &out), code, said);
        assert!(!out.exists(), "{parts:?}");
    }
    refuses(&mut mix(&["--word", &one], place.path()), 2, &["is a folder"]);
}
