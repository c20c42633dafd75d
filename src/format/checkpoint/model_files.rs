//! A model that was recognised, folder or file: what it is and where its parts are, in diffusers' terms.
//!
//! It answers for both kinds alike; which it was shows only here. No weight is read before it is asked for.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use super::folder::{self, CONFIG};
use super::single::SingleFile;
use super::vae_file::VaeFile;
use crate::damage::{damaged, read_table};
use crate::embedding;
use crate::weights::Weights;
use base::{Error, FileKind, Result};
use project::{Family, Lineage};

/// A model that has been recognised; its weights are not read yet.
///
/// Parts have the names that diffusers gives them in Stable Diffusion, whatever the family: `unet`, `vae`,
/// `text_encoder`, `text_encoder_2`, `tokenizer`, `tokenizer_2`, `scheduler`.
#[derive(Debug, Clone)]
pub struct ModelFiles {
    path: PathBuf,
    family: Family,
    zero_negative: bool,
    guidance: Option<f64>,
    lineage: Option<Lineage>,
    /// The file with everything in it, if it is not a folder.
    pub(super) single: Option<Arc<SingleFile>>,
    /// An autoencoder in place of a single file's own.
    pub(super) vae: Option<VaeFile>,
}

impl ModelFiles {
    /// Recognises the model at `path`, a folder or a file. Beside a file, `NAME.vae.safetensors` takes the place
    /// of its autoencoder, `NAME.yaml` says what it predicts, and `NAME.config`, a folder like a model's without
    /// weights, says what it is built like.
    pub fn open(path: &Path) -> Result<Self> {
        Self::open_as(path, false)
    }

    /// The same for editing pictures, for which inpainting models (with a U-Net of nine channels) are good as well.
    pub fn open_to_edit(path: &Path) -> Result<Self> {
        Self::open_as(path, true)
    }

    fn open_as(path: &Path, to_edit: bool) -> Result<Self> {
        if path.is_file() {
            let single =
                SingleFile::open(path, to_edit).map_err(|fault| word_instead(path).unwrap_or(fault))?;
            let vae = VaeFile::beside(path)?;
            if vae.is_none() {
                single.expect_vae()?;
            }
            let family = single.family();
            let lineage = single.lineage;
            let (path, single) = (path.to_path_buf(), Some(Arc::new(single)));
            let zero_negative = family == Family::Sdxl;
            return Ok(Self { path, family, zero_negative, guidance: None, lineage, single, vae });
        }
        if !path.is_dir() {
            let remedy = "Check the path, and that the drive it is on is connected.";
            return Err(Error::file(FileKind::Model, path, "there is no such file or folder", remedy));
        }
        let folder::Known { family, zero_negative, guidance, lineage } = folder::recognise(path, to_edit)?;
        let path = path.to_path_buf();
        Ok(Self { path, family, zero_negative, guidance, lineage, single: None, vae: None })
    }

    /// The folder or file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The model's own name, for display and for file names: that of its folder, or of its file without the
    /// ending.
    pub fn name(&self) -> String {
        let full = std::path::absolute(&self.path).unwrap_or_else(|_| self.path.clone());
        let name = if self.single.is_some() { full.file_stem() } else { full.file_name() };
        name.map_or_else(|| full.display().to_string(), |name| name.to_string_lossy().into_owned())
    }

    /// The family of models it belongs to.
    pub fn family(&self) -> Family {
        self.family
    }

    /// From which model of Stable Diffusion XL it was made, if it says.
    pub fn lineage(&self) -> Option<Lineage> {
        self.lineage
    }

    /// Whether its noise schedule says that it predicts the velocity instead of the noise.
    pub fn predicts_velocity(&self) -> Result<bool> {
        Ok(self.scheduler()?["prediction_type"] == "v_prediction")
    }

    /// Whether an empty negative prompt means zeros in place of a text: so for Stable Diffusion XL unless its
    /// `model_index.json` says otherwise (`force_zeros_for_empty_prompt`).
    pub fn zero_negative(&self) -> bool {
        self.zero_negative
    }

    /// The guidance it draws best at, if its `model_index.json` says so (`_guidance_scale`: a key of ours, which
    /// diffusers passes over).
    pub fn guidance(&self) -> Option<f64> {
        self.guidance
    }

    /// Whether the model has a part.
    pub fn has(&self, part: &str) -> bool {
        match &self.single {
            Some(single) => single.has(part),
            None => self.folder_of(part).is_dir(),
        }
    }

    /// Where a part is or should be, to name it in a message: a folder, or the file that holds everything.
    pub fn part_path(&self, part: &str) -> PathBuf {
        if let Some(vae) = self.vae.as_ref().filter(|_| part == "vae") {
            return vae.file.path.clone();
        }
        if self.single.is_some() {
            return self.path.clone();
        }
        self.folder_of(part)
    }

    fn folder_of(&self, part: &str) -> PathBuf {
        self.path.join(folder::folder_name(self.family, part))
    }

    fn part(&self, part: &str) -> Result<PathBuf> {
        let fault = || self.fault(format!("the model lacks its part {part:?}"));
        if self.has(part) { Ok(self.folder_of(part)) } else { Err(fault()) }
    }

    /// The configuration of a network, as in diffusers' or transformers' `config.json`.
    pub fn config(&self, part: &str) -> Result<Value> {
        self.table(part, CONFIG)
    }

    /// The noise schedule it was trained with, as in diffusers' `scheduler_config.json`.
    pub fn scheduler(&self) -> Result<Value> {
        self.table("scheduler", "scheduler_config.json")
    }

    fn table(&self, part: &str, name: &str) -> Result<Value> {
        if let Some(single) = &self.single {
            return single.table(part, name);
        }
        let path = self.part(part)?.join(name);
        if !path.is_file() {
            return Err(self.fault(format!("the part {part:?} lacks its {name}")));
        }
        read_table(&path)
    }

    /// The weights of a part, by the names diffusers and transformers use today or, in a folder, used once; see
    /// [`Weights::open`]. `prefer_half` chooses between the files of a folder.
    pub fn weights(&self, part: &str, prefer_half: bool) -> Result<Weights> {
        match (&self.vae, &self.single) {
            (Some(vae), _) if part == "vae" => Ok(vae.weights()),
            (_, Some(single)) => single.weights(part),
            _ => Weights::open(&self.part(part)?, prefer_half),
        }
    }

    /// Where the vocabulary is: `part` is `tokenizer` or `tokenizer_2`.
    pub fn tokenizer(&self, part: &str) -> Result<TokenizerFiles> {
        match &self.single {
            Some(single) if single.has(part) => Ok(single.tokenizer(part)),
            _ => self.part(part).map(TokenizerFiles::Folder),
        }
    }

    fn fault(&self, fault: String) -> Error {
        damaged(&self.path, fault)
    }
}

/// What is said of a learned word where a model belongs.
fn word_instead(path: &Path) -> Option<Error> {
    let small = path.metadata().is_ok_and(|data| data.len() <= embedding::LARGEST_WORD);
    let word = small && embedding::read_all(path).is_ok();
    let remedy = "Choose the model it was learned on, and give this file as the word.";
    word.then(|| {
        Error::file(FileKind::Model, path, "this is a learned word (an embedding), not a model", remedy)
    })
}

/// Where the vocabulary of a text encoder comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenizerFiles {
    /// A folder of tokenizer files in the layout of transformers.
    Folder(PathBuf),
    /// The model brings none; the published one of its family is meant.
    Bundled(BundledVocabulary),
}

/// A published vocabulary that the program carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BundledVocabulary {
    /// CLIP's, padded with `<|endoftext|>`: Stable Diffusion 1, the first encoder of XL.
    ClipL,
    /// CLIP's, padded with `!`: Stable Diffusion 2, the second encoder of XL.
    OpenClip,
    /// BERT's, uncased: Latent Diffusion.
    Bert,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::golden;

    #[test]
    fn the_golden_folder_is_recognised() {
        let model = ModelFiles::open(&golden("sd1")).unwrap();
        assert_eq!(model.name(), "sd1");
        assert_eq!(model.config("unet").unwrap()["cross_attention_dim"], 32);
        assert!(model.scheduler().unwrap()["num_train_timesteps"].is_u64());
        let sentence = model.weights("text_encoder_2", false).err().unwrap().to_string();
        assert!(sentence.contains("text_encoder_2"), "{sentence}");
        let tokenizer = model.tokenizer("tokenizer").unwrap();
        assert_eq!(tokenizer, TokenizerFiles::Folder(golden("sd1").join("tokenizer")));
    }

    #[test]
    fn every_family_answers_to_the_same_part_names() {
        for family in ["sd1", "sd2", "sdxl", "ldm"] {
            let model = ModelFiles::open(&golden(family)).unwrap();
            for part in ["unet", "vae", "text_encoder"] {
                assert!(model.has(part) && model.config(part).unwrap().is_object(), "{family} {part}");
                assert!(model.weights(part, true).unwrap().names().count() > 0, "{family} {part}");
            }
            assert_eq!(model.has("text_encoder_2"), model.family() == Family::Sdxl);
            assert_eq!(model.tokenizer("tokenizer_2").is_ok(), model.family() == Family::Sdxl);
            assert!(model.scheduler().is_ok() && model.fingerprint().unwrap().len() == 64);
        }
    }

    #[test]
    fn what_is_no_model_is_called_by_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let refusal = |path: &Path| ModelFiles::open(path).unwrap_err().to_string();
        for word in ["a1111.pt", "diffusers.bin", "sdxl.safetensors", "original.pt", "a1111_embedded.png"] {
            let sentence = refusal(&golden("embeddings").join(word));
            assert!(sentence.contains("a learned word") && sentence.contains(word), "{sentence}");
        }
        for (name, bytes, expected) in [
            ("page.safetensors", &b"<!DOCTYPE html><html>"[..], "web page"),
            ("page.ckpt", b"\n<html><head>", "web page"),
            ("note.ckpt", b"version https://git-lfs.github.com/spec/v1\noid sha256:00", "Git LFS"),
            ("refused.safetensors", br#"{"error":"Access to model x is restricted"}"#, "log in"),
            ("model.safetensors.part", b"\x40\0\0\0\0\0\0\0{\"", "Let the download finish"),
            ("model.zip", b"PK\x03\x04\x14\0\0\0\x08\0\0model.safetensors", "Unpack it"),
            ("model.7z", b"7z\xBC\xAF\x27\x1C\0\x04", "Unpack it"),
            ("model.gguf", b"GGUF\x03\0\0\0\0", "GGUF"),
            ("model.onnx", b"\x08\x08\x12\x07pytorch\x1A\x05", "ONNX"),
            ("photo.ckpt", b"\xFF\xD8\xFF\xE0\0\x10JFIF\0", "JPEG"),
            ("empty.ckpt", b"", "empty"),
        ] {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            let sentence = refusal(&path);
            assert!(sentence.contains(expected) && sentence.contains(name), "{expected}: {sentence}");
        }
        let package = folder.path().join("model.safetensors.download");
        std::fs::create_dir(&package).unwrap();
        assert!(refusal(&package).contains("Let the download finish"));
    }

    #[test]
    fn a_missing_path_is_named() {
        let sentence = ModelFiles::open(Path::new("/nowhere/猫")).unwrap_err().to_string();
        assert!(sentence.contains("no such file") && sentence.contains("猫"), "{sentence}");
    }
}
