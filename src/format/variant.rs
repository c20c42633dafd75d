//! Which of the files in a part's folder holds its weights.
//!
//! Model folders may hold the same weights in several precisions, whole or in shards, beside pickled copies
//! and unfinished downloads. Only the names are looked at here; pickles are chosen only where nothing else is.

use std::path::{Path, PathBuf};

use super::damage::damaged;
use base::{Error, FileKind, Result, stranger};

/// The file of weights or shard index to open; the order is described at
/// [`Weights::open`](super::Weights::open).
pub(super) fn choose(folder: &Path, prefer_half: bool) -> Result<PathBuf> {
    let listing = std::fs::read_dir(folder).map_err(|source| Error::read(folder, source))?;
    let names: Vec<String> =
        listing.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
    let best = names.iter().filter_map(|name| rank(name, prefer_half).map(|rank| (rank, name))).min();
    best.map(|(_, name)| folder.join(name)).ok_or_else(|| no_weights(folder, &names))
}

/// How well a file name suits, lowest best; `None` for what is not weights. Among equals the alphabet
/// decides.
fn rank(name: &str, prefer_half: bool) -> Option<(usize, usize, usize)> {
    let (stem, rest) = ["diffusion_pytorch_model", "pytorch_model", "model"]
        .iter()
        .enumerate()
        .find_map(|(order, stem)| Some((order, name.strip_prefix(stem)?)))?;
    // Forms: `.safetensors`, `.fp16.safetensors`, and the same for an index; diffusers puts the variant of an
    // index last, transformers in the middle. PyTorch's own files are named in the same ways.
    let find = |ending: &str| match rest.strip_suffix(".json") {
        Some(index) => {
            let marked = format!("{ending}.index");
            index.contains(&marked).then(|| index.replacen(&marked, "", 1))
        }
        None => rest.strip_suffix(ending).map(str::to_owned),
    };
    let (pickled, variant) = [".safetensors", ".bin"]
        .iter()
        .enumerate()
        .find_map(|(order, ending)| Some((order, find(ending)?)))?;
    let variant = if variant.is_empty() { "" } else { variant.strip_prefix('.')? };
    if variant.contains("-of-") {
        return None;
    }
    let order = match (variant, prefer_half) {
        ("fp16", true) => 0,
        ("", _) => 1,
        ("fp32", _) => 2,
        ("fp16", false) => 3,
        _ => 4,
    };
    Some((pickled, order, stem))
}

fn no_weights(folder: &Path, names: &[String]) -> Error {
    if names.iter().any(|name| name.contains("-of-")) {
        return damaged(folder, "it holds parts of the weights but not their index (….index.json)");
    }
    if let Some(name) = names.iter().find(|name| stranger::is_unfinished(Path::new(name))) {
        let fault = format!("the download of its weights has not come to its end ({name})");
        return Error::file(FileKind::Model, folder, fault, "Let the download finish, or start it again.");
    }
    let others = [
        ("onnx", "ONNX"),
        ("msgpack", "Flax"),
        ("h5", "Keras"),
        ("gguf", "GGUF"),
        ("mlmodelc", "Core ML"),
        ("xml", "OpenVINO"),
    ];
    let ends =
        |ending: &str| names.iter().any(|name| Path::new(name).extension().is_some_and(|end| end == ending));
    match others.iter().find(|(ending, _)| ends(ending)) {
        Some((_, program)) => {
            let fault = format!("it holds weights for another program only ({program}), and no .safetensors");
            Error::file(FileKind::Model, folder, fault, "Download the model with its .safetensors files.")
        }
        None => damaged(folder, "it holds no weights (.safetensors)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_in_place_of_weights_is_named() {
        let folder = tempfile::tempdir().unwrap();
        for (name, expected) in [
            ("diffusion_pytorch_model.safetensors.part", "has not come to its end"),
            ("model.onnx", "ONNX"),
            ("notes.txt", "holds no weights"),
        ] {
            let path = folder.path().join(name);
            std::fs::write(&path, b"x").unwrap();
            let sentence = choose(folder.path(), false).unwrap_err().to_string();
            assert!(sentence.contains(expected), "{sentence}");
            std::fs::remove_file(path).unwrap();
        }
    }

    #[test]
    fn names_of_every_layout_are_ranked() {
        let best = |names: &[&str], half| {
            let ranked =
                names.iter().filter_map(|name| rank(name, half).map(|rank| (rank, name.to_string())));
            ranked.min().map(|(_, name)| name)
        };
        let all = [
            "diffusion_pytorch_model.bf16.safetensors",
            "diffusion_pytorch_model.fp16.safetensors",
            "diffusion_pytorch_model.non_ema.safetensors",
            "diffusion_pytorch_model.safetensors.index.json",
        ];
        assert_eq!(best(&all, false).as_deref(), Some(all[3]));
        assert_eq!(best(&all, true).as_deref(), Some(all[1]));
        assert_eq!(best(&all[..3], false).as_deref(), Some(all[1]));
        assert_eq!(best(&["model.safetensors", all[3]], false).as_deref(), Some(all[3]));
        for index in ["model.safetensors.index.fp16.json", "model.fp16.safetensors.index.json"] {
            assert_eq!(best(&["model.safetensors", index], true).as_deref(), Some(index));
        }
        let pickled = ["diffusion_pytorch_model.fp16.bin", "diffusion_pytorch_model.bin.index.json"];
        assert_eq!(best(&pickled, false).as_deref(), Some(pickled[1]));
        assert_eq!(best(&pickled, true).as_deref(), Some(pickled[0]));
        assert_eq!(
            best(&[pickled[1], "model.bf16.safetensors"], false).as_deref(),
            Some("model.bf16.safetensors")
        );
        for index in ["pytorch_model.bin.index.fp16.json", "pytorch_model.fp16.bin.index.json"] {
            assert_eq!(best(&["pytorch_model.bin", index], true).as_deref(), Some(index));
        }
        for other in [
            "config.json",
            "model.json",
            "model_ema.safetensors",
            "model.safetensors.part",
            "model-00001-of-00002.safetensors",
            "model.fp16-00001-of-00002.safetensors",
            "model-00001-of-00002.fp16.safetensors",
            "optimizer.safetensors",
            "optimizer.bin",
            "training_args.bin",
            "pytorch_model-00001-of-00002.bin",
            "pytorch_model_1.bin",
        ] {
            assert_eq!(best(&[other], false), None, "{other}");
        }
    }
}
