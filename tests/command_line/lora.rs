//! A model tuned to a word, and the LoRA that comes of it drawn with.

use std::path::{Path, PathBuf};

use format::embedding::{self, EmbeddingFormat, LearnedWord};
use format::{Weights, parse_parameters, read_parameters};

use crate::program::*;

fn starter() -> PathBuf {
    crate::places::repository().join("assets/starter")
}

fn images() -> PathBuf {
    crate::places::repository().join("assets/samples/tea-time-mug")
}

/// A word for the starter model.
fn word(place: &Path) -> PathBuf {
    let path = place.join("mug.safetensors");
    let vectors = (0..128).map(|index| ((index * 37) % 101) as f32 / 404.0 - 0.12).collect();
    let word =
        LearnedWord { token: Some("<odd-mug>".into()), vectors, shape: [1, 128], ..LearnedWord::default() };
    embedding::write(&path, &word, EmbeddingFormat::EmbParams).unwrap();
    path
}

/// The picture of the word, as a file.
fn draw(place: &Path, word: &Path, loras: &[String]) -> PathBuf {
    let mut line = typed("generate --device cpu --steps 4 --seed 3 --guidance 3");
    line.args(["--prompt", "a photo of <odd-mug>", "--model"]).arg(starter());
    line.arg("--word").arg(word).arg("--out").arg(place.join("pictures"));
    loras.iter().for_each(|lora| _ = line.args(["--lora", lora]));
    run_well(&mut line).trim().into()
}

#[test]
fn a_tuned_model_is_a_file_that_changes_pictures_and_nothing_else() {
    let place = tempfile::tempdir().unwrap();
    let word = word(place.path());
    let before = draw(place.path(), &word, &[]);
    let out = place.path().join("tuned");
    let mut tune = typed("tune --device cpu --steps 3 --learning-rate 0.02 --rank 2 --model");
    tune.arg(starter()).arg("--word").arg(&word).arg("--images").arg(images()).arg("--out").arg(&out);
    run_well(&mut tune);
    let file = out.join("odd-mug-lora.safetensors");

    // kohya's names: `lora_unet_`, the module with `_` for dots, and one of three endings.
    let weights = Weights::open_file(&file).unwrap();
    let names: Vec<&str> = weights.names().collect();
    assert!(names.len().is_multiple_of(3) && names.len() >= 3 * 8, "{names:?}");
    for name in &names {
        let (module, end) = name.split_once('.').unwrap();
        assert!(["alpha", "lora_down.weight", "lora_up.weight"].contains(&end), "{name}");
        let place = module.strip_prefix("lora_unet_").unwrap();
        assert!(["down_blocks_", "mid_block_", "up_blocks_"].iter().any(|start| place.starts_with(start)));
        assert!(["to_q", "to_k", "to_v", "to_out_0"].iter().any(|layer| place.ends_with(layer)), "{name}");
    }
    let metadata = weights.metadata();
    assert_eq!((&*metadata["ss_network_module"], &*metadata["ss_network_dim"]), ("networks.lora", "2"));
    assert_eq!(metadata["modelspec.trigger_phrase"], "<odd-mug>");

    let with = draw(place.path(), &word, &[format!("{}:0.8", file.display())]);
    let info = parse_parameters(&read_parameters(&with).unwrap().unwrap());
    assert_eq!(info.prompt, "a photo of <odd-mug> <lora:odd-mug-lora:0.8>");
    let hashes = info.extra.iter().find(|(key, _)| key == "Lora hashes").unwrap();
    assert_eq!(hashes.1, format!("odd-mug-lora: {}", &metadata["sshs_model_hash"][..12]));
    let after = draw(place.path(), &word, &[]);
    // Not the files: each is signed at a time of its own.
    let pixels = |path: &Path| image::open(path).unwrap().to_rgb8();
    assert_eq!(pixels(&before), pixels(&after), "without the LoRA the picture is as before");
    assert_ne!(pixels(&before), pixels(&with));
    // Weights of nothing are nothing.
    let nothing = draw(place.path(), &word, &[format!("{}:0", file.display())]);
    assert_eq!(pixels(&before), pixels(&nothing));
}

#[test]
fn what_lies_in_the_folder_is_not_replaced_and_no_step_is_taken_back() {
    let place = tempfile::tempdir().unwrap();
    let word = word(place.path());
    let tune = |out: &Path, more: &[&str]| {
        let mut tune = typed("tune --device cpu --rank 1 --parts cross --out");
        tune.arg(out).args(more);
        if more[0] != "--resume" {
            tune.arg("--model").arg(starter()).arg("--word").arg(&word).arg("--images").arg(images());
        }
        tune
    };
    let mine = place.path().join("mine");
    std::fs::create_dir(&mine).unwrap();
    for name in ["odd-mug-lora.safetensors", "odd-mug-tuned.safetensors", "tune-checkpoint.safetensors"] {
        std::fs::write(mine.join(name), "MINE").unwrap();
        refuses(&mut tune(&mine, &["--steps", "1"]), 7, &[name, "another folder"]);
        assert_eq!(std::fs::read_to_string(mine.join(name)).unwrap(), "MINE");
        assert!(!mine.join("tune.toml").exists(), "{name}");
        std::fs::remove_file(mine.join(name)).unwrap();
    }
    refuses(&mut tune(&mine, &["--learning-rate", "nan"]), 2, &["learning_rate is NaN", "above 0, up to 1."]);
    let out = place.path().join("out");
    run_well(&mut tune(&out, &["--steps", "3"]));
    let (code, _, said) = run(&mut tune(&out, &["--resume", "--steps", "1"]));
    refuses(&mut tune(&out, &["--resume", "--seed", "7"]), 2, &["other settings", "--learning-rate"]);
    assert!(code == 0 && said.contains("--steps 1 is not taken: the run has taken 3 steps"), "{said}");
    assert!(std::fs::read_to_string(out.join("tune.toml")).unwrap().contains("\nsteps = 3\n"));
}

#[test]
fn what_cannot_be_used_is_refused_with_a_sentence() {
    let place = tempfile::tempdir().unwrap();
    let word = word(place.path());
    let draw = |lora: PathBuf| {
        let mut line = typed("generate --device cpu --prompt");
        line.args(["a cat", "--model"]).arg(starter());
        line.arg("--lora").arg(lora).arg("--out").arg(place.path().join("out"));
        line
    };
    refuses(&mut draw(place.path().join("gone.safetensors")), 3, &["gone.safetensors", "no such file"]);
    refuses(&mut draw(word.clone()), 3, &["mug.safetensors", "no LoRA"]);
    let other = crate::places::golden().join("lora/sdxl_kohya.safetensors");
    refuses(&mut draw(other), 3, &["sdxl_kohya", "another kind of model"]);
    let mut line = typed("tune --device cpu --kind full --weights 8bit --model");
    line.arg(starter());
    line.arg("--word").arg(&word).arg("--images").arg(images()).arg("--out").arg(place.path().join("full"));
    refuses(&mut line, 2, &["--kind lora", "8bit"]);
    assert!(!place.path().join("full").exists() && !place.path().join("out").exists());
}
