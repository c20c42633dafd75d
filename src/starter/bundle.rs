//! The starter model and the sample pictures inside the program, so that one downloaded file is enough.
//!
//! They are unpacked once into the user's data folder and are ordinary folders from then on: loading them is
//! the same as loading any other. A folder that was unpacked by another version is left alone.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::samples::Sample;
use base::atomic::write_atomic;
use base::{Result, places};
use project::DataDir;

macro_rules! files {
    ($($path:literal,)*) => {
        &[$(($path, include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../assets/", $path)))),*]
    };
}

/// Every file that comes with the program, by its path below `assets`.
const FILES: &[(&str, &[u8])] = files![
    "starter/README.md",
    "starter/model_index.json",
    "starter/scheduler/scheduler_config.json",
    "starter/tokenizer/vocab.json",
    "starter/tokenizer/merges.txt",
    "starter/tokenizer/tokenizer_config.json",
    "starter/tokenizer/special_tokens_map.json",
    "starter/text_encoder/config.json",
    "starter/text_encoder/model.safetensors",
    "starter/unet/config.json",
    "starter/unet/diffusion_pytorch_model.safetensors",
    "starter/vae/config.json",
    "starter/vae/diffusion_pytorch_model.safetensors",
    "starter/clip/config.json",
    "starter/clip/preprocessor_config.json",
    "starter/clip/model.safetensors",
    "starter/clip/tokenizer/vocab.json",
    "starter/clip/tokenizer/merges.txt",
    "starter/clip/tokenizer/tokenizer_config.json",
    "starter/clip/tokenizer/special_tokens_map.json",
    "samples/tea-time-mug/1.png",
    "samples/tea-time-mug/2.png",
    "samples/tea-time-mug/3.png",
    "samples/tea-time-mug/4.png",
    "samples/tea-time-mug/5.png",
    "samples/circus-cat/1.png",
    "samples/circus-cat/2.png",
    "samples/circus-cat/3.png",
    "samples/circus-cat/4.png",
    "samples/circus-cat/5.png",
    "samples/garden-robot/1.png",
    "samples/garden-robot/2.png",
    "samples/garden-robot/3.png",
    "samples/garden-robot/4.png",
    "samples/garden-robot/5.png",
    "samples/regatta-boat/1.png",
    "samples/regatta-boat/2.png",
    "samples/regatta-boat/3.png",
    "samples/regatta-boat/4.png",
    "samples/regatta-boat/5.png",
    "samples/soft-wash/1.png",
    "samples/soft-wash/2.png",
    "samples/soft-wash/3.png",
    "samples/soft-wash/4.png",
    "samples/soft-wash/5.png",
];

/// What to do where the model cannot be unpacked.
const ELSEWHERE: &str = "The starter model is unpacked there: set PSEUDOWORD_HOME to a folder that can be written, or name a model.";

/// The folder of the starter model, unpacked if it is not yet.
pub fn model(home: &DataDir) -> Result<PathBuf> {
    Ok(unpacked(home.root())?.join("starter"))
}

/// The folder of a sample's pictures, unpacked if it is not yet.
pub fn pictures(home: &DataDir, sample: &Sample) -> Result<PathBuf> {
    Ok(unpacked(home.root())?.join("samples").join(sample.name))
}

/// The unpacked files below `data`; the name of their folder is that of their content.
fn unpacked(data: &Path) -> Result<PathBuf> {
    let folder = data.join(format!("bundle-{}", digest()));
    let complete = FILES.iter().all(|(path, bytes)| {
        fs::metadata(folder.join(path)).is_ok_and(|found| found.len() == bytes.len() as u64)
    });
    if !complete {
        for (path, bytes) in FILES {
            let path = folder.join(path);
            let made = places::make_parent(&path);
            made.and_then(|()| write_atomic(&path, bytes)).map_err(|error| error.with_remedy(ELSEWHERE))?;
        }
    }
    Ok(folder)
}

/// Twelve hexadecimal digits that change with any of the files. Weights are named by their sizes and ends: the
/// headers and configurations beside them change with every training, and a start must not hash megabytes.
fn digest() -> String {
    let mut hash = Sha256::new();
    for (path, bytes) in FILES {
        let (head, tail) = (&bytes[..bytes.len().min(4096)], &bytes[bytes.len().saturating_sub(4096)..]);
        hash.update(path);
        hash.update(bytes.len().to_le_bytes());
        hash.update(head);
        hash.update(tail);
    }
    hex::encode(&hash.finalize()[..6])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(folder: &Path, below: &Path, all: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                listed(&path, below, all);
            } else {
                all.push(path.strip_prefix(below).unwrap().to_str().unwrap().replace('\\', "/"));
            }
        }
    }

    #[test]
    fn every_file_is_inside_and_small_enough() {
        let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets");
        let mut found = Vec::new();
        listed(&assets.join("starter"), &assets, &mut found);
        listed(&assets.join("samples"), &assets, &mut found);
        // Pictures in the model card are for readers of the repository.
        found.retain(|path| !path.starts_with("starter/card/"));
        found.sort();
        let mut inside: Vec<&str> = FILES.iter().map(|(path, _)| *path).collect();
        inside.sort_unstable();
        assert_eq!(inside, found);
        let bytes: usize = FILES.iter().map(|(_, bytes)| bytes.len()).sum();
        println!("{bytes} bytes");
        assert!(bytes <= 40_000_000, "{bytes}");
    }

    #[test]
    fn unpacking_mends_what_is_missing_and_leaves_the_rest() {
        let data = tempfile::tempdir().unwrap();
        let folder = unpacked(data.path()).unwrap();
        let (index, card) = (folder.join("starter/model_index.json"), folder.join("starter/README.md"));
        let before = fs::metadata(&card).unwrap().modified().unwrap();
        assert_eq!(unpacked(data.path()).unwrap(), folder);
        assert_eq!(fs::metadata(&card).unwrap().modified().unwrap(), before);
        fs::remove_file(&index).unwrap();
        unpacked(data.path()).unwrap();
        assert!(index.is_file());
    }
}
