//! A Stable-Diffusion model as a folder in diffusers' layout: what it is, where its parts are, which one it
//! is.
//!
//! Only text-to-image models of the plain pipeline are accepted; anything else is refused by its name, since
//! a word learned on the wrong kind of model is lost work. Single-file checkpoints are not supported yet.

use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::hex;
use super::weights::Weights;
use crate::error::{Error, FileKind, Result};

pub(super) const DOWNLOAD: &str = "Download the model folder again, complete.";
const CHOOSE: &str =
    "Choose a Stable Diffusion model in the diffusers layout: a folder with model_index.json.";

/// Pipelines whose folders hold the same parts as the plain text-to-image one.
const CLASSES: [&str; 2] = ["StableDiffusionPipeline", "StableDiffusionImg2ImgPipeline"];

/// The parts that make up a model's identity, in the order they are hashed.
const HASHED: [&str; 3] = ["text_encoder", "unet", "vae"];

/// How much of a weight file is hashed at its start, middle and end, in bytes.
const SAMPLE: usize = 1 << 20;

/// A model folder that has been recognised; its weights are not read yet.
#[derive(Debug, Clone)]
pub struct ModelFolder {
    path: PathBuf,
    class_name: String,
}

impl ModelFolder {
    /// Recognises the diffusers model in `path` by its `model_index.json`.
    ///
    /// # Errors
    /// There is no such folder, it is a single file, it has no readable `model_index.json`, or it holds
    /// another kind of model.
    pub fn open(path: &Path) -> Result<Self> {
        let refuse = |fault: &str, remedy: String| Err(Error::file(FileKind::Model, path, fault, remedy));
        if path.is_file() {
            return refuse("single-file checkpoints are not supported yet", CHOOSE.into());
        }
        if !path.is_dir() {
            let remedy = "Check the path, and that the drive it is on is connected.";
            return refuse("there is no such folder", remedy.into());
        }
        let index = path.join("model_index.json");
        if !index.is_file() {
            let remedy = match nearby(path) {
                Some(folder) => format!("There is one nearby: choose {} instead.", folder.display()),
                None => CHOOSE.into(),
            };
            return refuse("this folder has no model_index.json, so it is not a model", remedy);
        }
        let index = read_json(&index)?;
        let class_name = index.get("_class_name").and_then(Value::as_str).unwrap_or("").to_owned();
        if !CLASSES.contains(&class_name.as_str()) {
            return refuse(&describe_class(&class_name), CHOOSE.into());
        }
        Ok(Self { path: path.to_path_buf(), class_name })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The folder's own name, for display and for file names.
    pub fn name(&self) -> String {
        let full = std::path::absolute(&self.path).unwrap_or_else(|_| self.path.clone());
        full.file_name()
            .map_or_else(|| full.display().to_string(), |name| name.to_string_lossy().into_owned())
    }

    /// The pipeline class of `model_index.json`, such as `StableDiffusionPipeline`.
    pub fn class_name(&self) -> &str {
        &self.class_name
    }

    /// The folder of a part: `unet`, `vae`, `text_encoder`, `tokenizer`, `scheduler`.
    ///
    /// # Errors
    /// The model has no such part.
    pub fn part(&self, part: &str) -> Result<PathBuf> {
        let folder = self.path.join(part);
        let fault = || format!("the model lacks its part {part:?}");
        if folder.is_dir() { Ok(folder) } else { Err(self.fault(fault())) }
    }

    /// The configuration of a part: its `config.json`, or `scheduler_config.json` and its like.
    ///
    /// # Errors
    /// The part or its configuration is missing, or is not a JSON object.
    pub fn config(&self, part: &str) -> Result<Value> {
        let folder = self.part(part)?;
        let names = ["config.json".to_owned(), format!("{part}_config.json")];
        let path = names.iter().map(|name| folder.join(name)).find(|path| path.is_file());
        let path = path.ok_or_else(|| self.fault(format!("the part {part:?} lacks its config.json")))?;
        let config = read_json(&path)?;
        let fault = || Error::file(FileKind::Model, &path, "it is not a table of settings", DOWNLOAD);
        if config.is_object() { Ok(config) } else { Err(fault()) }
    }

    /// The weights of a part; see [`Weights::open`].
    ///
    /// # Errors
    /// As [`ModelFolder::part`] and [`Weights::open`].
    pub fn weights(&self, part: &str, prefer_half: bool) -> Result<Weights> {
        Weights::open(&self.part(part)?, prefer_half)
    }

    /// The identity of the base model: 64 hexadecimal digits, to be stored with what was learned on it.
    ///
    /// It is the SHA-256 of, for each of text encoder, U-Net and autoencoder and each of its weight files
    /// (the plain variant where there are several): the part's name, the file's length, and one MiB each of
    /// its start (where safetensors keeps names and shapes), middle and end. It does not depend on where the
    /// folder lies or what it is called, and takes a moment even for gigabytes. It is not the file hash by
    /// which single-file programs know a checkpoint.
    ///
    /// # Errors
    /// A part or its weights are missing or damaged.
    pub fn hash(&self) -> Result<String> {
        let mut hasher = Sha256::new();
        for part in HASHED {
            hasher.update(part);
            for (_, bytes) in self.weights(part, false)?.files() {
                hasher.update((bytes.len() as u64).to_le_bytes());
                let last = bytes.len().saturating_sub(SAMPLE);
                for start in [0, last / 2, last] {
                    hasher.update(&bytes[start..bytes.len().min(start + SAMPLE)]);
                }
            }
        }
        Ok(hex(&hasher.finalize()))
    }

    fn fault(&self, fault: String) -> Error {
        Error::file(FileKind::Model, &self.path, fault, DOWNLOAD)
    }
}

fn describe_class(class: &str) -> String {
    let kind = match class {
        "" => return "its model_index.json does not say what kind of model it is".into(),
        _ if class.contains("StableDiffusionXL") => "a Stable Diffusion XL model",
        _ if class.contains("StableDiffusion3") => "a Stable Diffusion 3 model",
        _ if class.contains("Inpaint") => "an inpainting model",
        _ if class.contains("LDMTextToImage") => "a latent-diffusion model of before Stable Diffusion",
        _ => "another kind of model",
    };
    format!("this is {kind} ({class}), which is not supported")
}

/// The model a person probably meant: the folder above one part, the only model one level down, or the newest
/// snapshot of a download cache.
fn nearby(path: &Path) -> Option<PathBuf> {
    let is_model = |folder: &PathBuf| folder.join("model_index.json").is_file();
    if let Some(above) = path.parent().map(Path::to_path_buf).filter(is_model) {
        return Some(above);
    }
    let below = |folder: &Path| {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).filter(is_model).collect::<Vec<_>>()
    };
    let snapshots = below(&path.join("snapshots"));
    let modified = |folder: &PathBuf| folder.metadata().and_then(|data| data.modified()).ok();
    snapshots.into_iter().max_by_key(modified).or_else(|| match below(path).as_slice() {
        [only] => Some(only.clone()),
        _ => None,
    })
}

/// A JSON file of a model. Python also writes `-Infinity`, `Infinity` and `NaN`, which are not JSON
/// (published scheduler configurations carry the first); they are read as null, that is, as not given.
pub(super) fn read_json(path: &Path) -> Result<Value> {
    let bytes = std::fs::read(path).map_err(|source| Error::read(path, source))?;
    let fault = |error| format!("it is not readable as JSON ({error})");
    serde_json::from_slice(&bytes)
        .or_else(|error| serde_json::from_slice(&without_python_numbers(&bytes)).map_err(|_| error))
        .map_err(|error| Error::file(FileKind::Model, path, fault(error), DOWNLOAD))
}

fn without_python_numbers(json: &[u8]) -> Vec<u8> {
    let mut clean = Vec::with_capacity(json.len());
    let (mut rest, mut quoted) = (json, false);
    while let Some((&byte, after)) = rest.split_first() {
        let number = [&b"-Infinity"[..], b"Infinity", b"NaN"].into_iter().find(|word| rest.starts_with(word));
        match number {
            Some(word) if !quoted => {
                clean.extend(b"null");
                rest = &rest[word.len()..];
                continue;
            }
            _ => {}
        }
        clean.push(byte);
        rest = after;
        if quoted && byte == b'\\' {
            clean.extend(rest.first());
            rest = rest.get(1..).unwrap_or_default();
        }
        quoted ^= byte == b'"';
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    fn golden() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/sd1")
    }

    fn refusal(path: &Path) -> String {
        ModelFolder::open(path).err().unwrap().to_string()
    }

    #[test]
    fn the_golden_folder_is_recognised() {
        let model = ModelFolder::open(&golden()).unwrap();
        assert_eq!((model.class_name(), model.name().as_str()), ("StableDiffusionPipeline", "sd1"));
        assert_eq!(model.config("unet").unwrap()["cross_attention_dim"], 32);
        assert!(model.config("scheduler").unwrap()["num_train_timesteps"].is_u64());
        let sentence = model.part("text_encoder_2").unwrap_err().to_string();
        assert!(sentence.contains("text_encoder_2"), "{sentence}");
        assert_eq!(model.config("tokenizer").unwrap()["model_max_length"], 77);
    }

    #[test]
    fn the_hash_depends_on_the_weights_alone() {
        let hash = |folder: &Path| ModelFolder::open(folder).unwrap().hash().unwrap();
        let copy = tempfile::tempdir().unwrap();
        for part in HASHED {
            std::fs::create_dir(copy.path().join(part)).unwrap();
            for entry in std::fs::read_dir(golden().join(part)).unwrap() {
                let entry = entry.unwrap();
                std::fs::copy(entry.path(), copy.path().join(part).join(entry.file_name())).unwrap();
            }
        }
        std::fs::copy(golden().join("model_index.json"), copy.path().join("model_index.json")).unwrap();
        let original = hash(&golden());
        assert_eq!(original.len(), 64);
        assert_eq!(hash(copy.path()), original);
        let vae = copy.path().join("vae/diffusion_pytorch_model.safetensors");
        let mut bytes = std::fs::read(&vae).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        std::fs::write(&vae, bytes).unwrap();
        assert_ne!(hash(copy.path()), original);
    }

    #[test]
    fn what_is_no_model_is_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("Modèle 猫");
        assert!(refusal(&path).contains("no such folder"));
        std::fs::write(&path, b"x").unwrap();
        assert!(refusal(&path).contains("single-file checkpoints are not supported yet"));
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir_all(path.join("unet")).unwrap();
        assert!(refusal(&path).contains("no model_index.json"));
        for (index, expected) in [
            (r#"{"_class_name": "StableDiffusionXLPipeline"}"#, "Stable Diffusion XL"),
            (r#"{"_class_name": "StableDiffusionInpaintPipeline"}"#, "inpainting"),
            (r#"{"_class_name": "LDMTextToImagePipeline"}"#, "latent-diffusion"),
            (r#"{"_class_name": "FluxPipeline"}"#, "FluxPipeline"),
            ("[]", "does not say"),
            ("{", "not readable as JSON"),
        ] {
            std::fs::write(path.join("model_index.json"), index).unwrap();
            let sentence = refusal(&path);
            assert!(sentence.contains(expected) && sentence.contains("猫"), "{sentence}");
        }
        assert!(refusal(&path.join("unet")).contains(&format!("choose {}", path.display())));
        assert!(refusal(folder.path()).contains(&format!("choose {}", path.display())));
    }

    #[test]
    fn the_numbers_of_python_are_no_obstacle() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("scheduler_config.json");
        std::fs::write(&path, r#"{"a": -Infinity, "b": [NaN, Infinity], "say \"NaN": "NaN \\", "c": 1}"#)
            .unwrap();
        let expected = serde_json::json!({ "a": null, "b": [null, null], "say \"NaN": "NaN \\", "c": 1 });
        assert_eq!(read_json(&path).unwrap(), expected);
        std::fs::write(&path, r#"{"a": NaN"#).unwrap();
        assert!(read_json(&path).is_err());
    }
}
