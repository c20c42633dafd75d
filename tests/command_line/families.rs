//! Every family of models in every packaging, by the real program: looked at, learned on, drawn with.
//!
//! The models are the tiny random ones of `tests/golden`: a folder in diffusers' layout, one safetensors file, and a
//! PyTorch checkpoint with the same weights, converted to a safetensors file of 16 bits as well. As their sizes are not the published ones, single files have their
//! configurations in a folder beside them. What the networks compute is `golden.rs`' business.

use std::path::{Path, PathBuf};

use crate::places::*;
use crate::program::*;
use crate::runs::*;
use crate::single_files::single_file;
use format::embedding;
use project::Family;
use tempfile::TempDir;

/// Looks at a model, learns two steps on it and draws with the word; gives the word's file.
fn use_model(place: &Path, model: &Path, family: Family, out: &Path) -> PathBuf {
    let seen = run_well(program().arg("inspect").arg(model));
    assert!(seen.contains(family.name()), "{seen}");

    let mut line = typed("learn --device cpu --word <cat-toy> --init toy --kind object");
    line.args(["--steps", "2", "--preview-every", "0", "--resolution", "64"]);
    line.arg("--model").arg(model).arg("--images").arg(place.join("images")).arg("--out").arg(out);
    let word = PathBuf::from(run_well(&mut line).trim());
    let learned = embedding::read(&word).unwrap();
    assert_eq!(learned.family(), Some(family));
    assert_eq!(learned.second.is_some(), family == Family::Sdxl);
    assert!(learned.vectors.iter().all(|number| number.is_finite()));

    let mut line = typed("generate --device cpu --sampler ddim --steps 2 --size 64x64");
    line.args(["--prompt", "a (photo:1.2) of <cat-toy>", "--model"]).arg(model);
    line.arg("--word").arg(&word).arg("--out").arg(out.join("pictures"));
    let pictures = run_well(&mut line);
    let picture = image::open(pictures.trim()).unwrap().to_rgb8();
    assert_eq!(picture.dimensions(), (64, 64));
    word
}

/// Gives the workplace and the word that was learned on the folder.
fn every_packaging(family: Family, name: &str, files: &[&str]) -> (TempDir, PathBuf) {
    let place = workplace();
    let runs = place.path().join("runs");
    let folder = golden().join(name);
    let from_folder = use_model(place.path(), &folder, family, &runs.join("folder"));
    let width = embedding::read(&from_folder).unwrap().widths();
    for file in files {
        let model = single_file(place.path(), file);
        let word = use_model(place.path(), &model, family, &runs.join(file));
        assert_eq!(embedding::read(&word).unwrap().widths(), width, "{file}");
        if model.extension().is_some_and(|end| end == "ckpt") {
            let safe = place.path().join(format!("{name} converted.safetensors"));
            let mut line = program();
            line.arg("convert").arg(&model).args(["--to", "safetensors", "--out"]).arg(&safe);
            run_well(&mut line);
            configuration(&safe, &folder);
            let again = use_model(place.path(), &safe, family, &runs.join("converted"));
            // The same weights and seed learn the same word.
            assert_eq!(embedding::read(&again).unwrap().vectors, embedding::read(&word).unwrap().vectors);
        }
    }
    (place, from_folder)
}

#[test]
fn stable_diffusion_1_works_in_every_packaging() {
    every_packaging(Family::Sd1, "sd1", &["sd1_fp32.safetensors", "sd1_fp16.ckpt"]);
}

#[test]
fn stable_diffusion_2_works_in_every_packaging() {
    every_packaging(Family::Sd2, "sd2", &["sd2_fp16.ckpt"]);
}

#[test]
fn stable_diffusion_xl_works_in_every_packaging_and_its_words_nowhere_else() {
    let (place, word) = every_packaging(Family::Sdxl, "sdxl", &["sdxl_fp16.ckpt"]);
    for model in ["sd1", "sd2", "ldm"] {
        let mut line = typed("generate --device cpu --prompt");
        line.args(["a <cat-toy>", "--model"]).arg(golden().join(model));
        line.arg("--word").arg(&word).arg("--out").arg(place.path().join("none"));
        refuses(&mut line, 5, &["cat-toy", "Stable Diffusion XL"]);
    }
    // Of a file for each text encoder both are named.
    let mut line = typed("export --format diffusers --run");
    line.arg(word.parent().unwrap()).arg("--out").arg(place.path().join("toy"));
    let files = ["toy.safetensors", "toy_2.safetensors"].map(|name| place.path().join(name));
    assert!(run_well(&mut line).lines().map(PathBuf::from).eq(files.iter().cloned()));
    assert!(files.iter().all(|file| file.is_file()));
}

#[test]
fn a_picture_carries_the_real_hash_of_its_model_and_a_word_its_lineage() {
    let place = workplace();
    let model = place.path().join("ponyDiffusionV6XL.safetensors");
    std::fs::rename(single_file(place.path(), "sdxl_fp16.safetensors"), &model).unwrap();
    configuration(&model, &golden().join("sdxl"));
    let seen = run_well(program().arg("inspect").arg(&model));
    assert!(seen.contains("Pony") && seen.contains("fingerprint"), "{seen}");
    let mut line = typed("learn --device cpu --word <cat-toy> --init toy --kind object");
    line.args(["--steps", "1", "--preview-every", "0", "--resolution", "64"]);
    line.arg("--model").arg(&model).arg("--images").arg(place.path().join("images"));
    let word = PathBuf::from(run_well(line.arg("--out").arg(place.path().join("run"))).trim());
    let learned = embedding::read(&word).unwrap();
    assert_eq!(learned.lineage(), Some(project::Lineage::Pony));
    let sha256 = project::files::sha256_file(&model).unwrap();
    assert_eq!(learned.metadata["ss_new_sd_model_hash"], sha256);

    let draw = |model: &Path| {
        let mut line = typed("generate --device cpu --sampler ddim --steps 1 --size 64x64");
        line.args(["--prompt", "a <cat-toy>", "--model"]).arg(model).arg("--word").arg(&word);
        let (code, pictures, said) = run(line.arg("--out").arg(place.path().join("pictures")));
        assert_eq!(code, 0, "{said}");
        (PathBuf::from(pictures.trim()), said)
    };
    let (picture, said) = draw(&model);
    assert!(!said.contains("was learned on"), "{said}");
    let told = run_well(program().arg("inspect").arg(&picture));
    assert!(told.contains(&format!("Model hash: {},", &sha256[..10])), "{told}");
    assert!(told.contains(&model.canonicalize().unwrap().display().to_string()), "{told}");
    // On a model of another lineage it is drawn all the same, with a note.
    let other = place.path().join("waiIllustrious.safetensors");
    std::fs::copy(&model, &other).unwrap();
    configuration(&other, &golden().join("sdxl"));
    let (_, said) = draw(&other);
    assert!(said.contains("was learned on Pony") && said.contains("Illustrious"), "{said}");
    // A large file's is computed beside the work and waited for at the end, for the next picture.
    let large = place.path().join("large.safetensors");
    std::fs::write(&large, padded(&std::fs::read(&model).unwrap(), 64 << 20)).unwrap();
    configuration(&large, &golden().join("sdxl"));
    draw(&large);
    let (picture, said) = draw(&large);
    let sha256 = project::files::sha256_file(&large).unwrap();
    let told = run_well(program().arg("inspect").arg(&picture));
    assert!(told.contains(&format!("Model hash: {},", &sha256[..10])), "{said}\n{told}");
    // A folder has no hash that others know.
    let (picture, _) = draw(&golden().join("sdxl"));
    let told = run_well(program().arg("inspect").arg(&picture));
    assert!(!told.contains("Model hash"), "{told}");
}

#[test]
fn latent_diffusion_works_in_every_packaging() {
    every_packaging(Family::Ldm, "ldm", &["ldm_fp16.ckpt"]);
}

/// A safetensors file with one more tensor of so many zeros.
fn padded(file: &[u8], zeros: usize) -> Vec<u8> {
    let (length, rest) = file.split_first_chunk().unwrap();
    let (header, data) = rest.split_at(u64::from_le_bytes(*length) as usize);
    let mut header: serde_json::Value = serde_json::from_slice(header).unwrap();
    let places = [data.len(), data.len() + zeros];
    header["padding"] = serde_json::json!({ "dtype": "U8", "shape": [zeros], "data_offsets": places });
    let header = header.to_string().into_bytes();
    [&(header.len() as u64).to_le_bytes()[..], &header, data, &vec![0; zeros]].concat()
}
