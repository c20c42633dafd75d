//! A model in one file, in the original layout: its parts as diffusers would lay them out.
//!
//! The file is mapped and its header read; tensors are views of it under other names, and no weight is copied
//! before it is asked for. What a file cannot say stands in a folder of configurations beside it (`NAME.config`,
//! laid out like a model folder without weights) or in the bundled ones of its family.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use super::contents::{Contents, Group};
use super::detect::{Found, detect};
use super::json::read_table;
use super::original::{self, Change, Mapping};
use super::prediction::{self, Prediction};
use super::published::{self, count_layers, groups};
use super::{BundledVocabulary, TokenizerFiles};
use crate::tensors::{Stored, TensorFile};
use crate::weights::Weights;
use base::{Error, FileKind, Result};
use project::Family;

/// A single file that was recognised.
#[derive(Debug)]
pub(super) struct SingleFile {
    file: Arc<TensorFile>,
    contents: Contents,
    found: Found,
    prediction: Prediction,
}

impl SingleFile {
    /// Recognises a file and checks that its configurations fit.
    ///
    /// # Errors
    /// It is damaged, no text-to-image model, or unlike the published models without saying how.
    pub fn open(path: &Path) -> Result<Self> {
        let file = Arc::new(TensorFile::open(path)?);
        let refuse = |fault: String| Error::file(FileKind::Model, path, fault, remedy(path));
        let contents = Contents::new(file.tensors()).map_err(refuse)?;
        let found = detect(&contents).map_err(refuse)?;
        let prediction = prediction::find(&file, &contents, found.family)?;
        let single = Self { file, contents, found, prediction };
        for part in single.networks() {
            single.check(part)?;
        }
        Ok(single)
    }

    /// Refuses a model that has no autoencoder of its own.
    ///
    /// # Errors
    /// What to do about it.
    pub fn expect_vae(&self) -> Result<()> {
        if self.contents.has(Group::Vae) {
            return Ok(());
        }
        let beside = beside(self.file.path(), "vae.safetensors");
        let remedy = format!("Put its autoencoder beside it as {}.", beside.display());
        Err(Error::file(FileKind::Model, self.file.path(), "it holds no autoencoder (VAE)", remedy))
    }

    /// The file.
    pub fn file(&self) -> &TensorFile {
        &self.file
    }

    /// The family it belongs to.
    pub fn family(&self) -> Family {
        self.found.family
    }

    /// The parts with weights that its family has.
    pub fn networks(&self) -> &'static [&'static str] {
        match self.found.family {
            Family::Sdxl => &["unet", "text_encoder", "text_encoder_2", "vae"],
            _ => &["unet", "text_encoder", "vae"],
        }
    }

    /// Whether its family has a part.
    pub fn has(&self, part: &str) -> bool {
        let second = self.found.family == Family::Sdxl && part == "tokenizer_2";
        second || ["tokenizer", "scheduler"].contains(&part) || self.networks().contains(&part)
    }

    /// A file in the folder of configurations beside this one, if it is there.
    fn beside(&self, part: &str, name: &str) -> Option<PathBuf> {
        let folder = beside(self.file.path(), "config");
        // Latent Diffusion's own folder names are understood as well.
        let other = match (self.found.family, part) {
            (Family::Ldm, "vae") => "vqvae",
            (Family::Ldm, "text_encoder") => "bert",
            _ => part,
        };
        [part, other].iter().map(|part| folder.join(part).join(name)).find(|path| path.exists())
    }

    /// The configuration of a network.
    pub fn config(&self, part: &str) -> Result<Value> {
        match self.beside(part, "config.json") {
            Some(path) => read_table(&path),
            None => published::config(self.found.family, part, self.prediction),
        }
    }

    /// The noise schedule.
    pub fn scheduler(&self) -> Result<Value> {
        match self.beside("scheduler", "scheduler_config.json") {
            Some(path) => read_table(&path),
            None => published::config(self.found.family, "scheduler", self.prediction),
        }
    }

    /// The vocabulary.
    pub fn tokenizer(&self, part: &str) -> TokenizerFiles {
        if let Some(folder) = self.beside(part, "").filter(|path| path.is_dir()) {
            return TokenizerFiles::Folder(folder);
        }
        TokenizerFiles::Bundled(match (self.found.family, part) {
            (Family::Ldm, _) => BundledVocabulary::Bert,
            (Family::Sd2, _) | (Family::Sdxl, "tokenizer_2") => BundledVocabulary::OpenClip,
            _ => BundledVocabulary::ClipL,
        })
    }

    fn check(&self, part: &str) -> Result<()> {
        let config = self.config(part)?;
        let fault = match part {
            "unet" => self.found.anatomy.disagreement(&config),
            _ => published::disagreement(&self.contents, self.found.family, part, &config),
        };
        let Some(fault) = fault else { return Ok(()) };
        let path = self.file.path();
        let folder = beside(path, "config");
        let remedy = format!(
            "Put the configuration in diffusers' layout that belongs to it at {}.",
            folder.join(part).join("config.json").display()
        );
        let fault = match self.beside(part, "config.json") {
            Some(_) => fault,
            None => format!("{fault} (that of the published {})", self.found.family.name()),
        };
        Err(Error::file(FileKind::Model, path, fault, remedy))
    }

    /// The weights of a part, in diffusers' names.
    pub fn weights(&self, part: &str) -> Result<Weights> {
        let fault = |fault: String| Error::file(FileKind::Model, self.file.path(), fault, super::DOWNLOAD);
        let group = groups(self.found.family, part).iter().find(|group| self.contents.has(**group));
        let group = *group.ok_or_else(|| fault(format!("the model lacks its part {part:?}")))?;
        let kept = self.kept_layers(part, group)?;
        let mut tensors = BTreeMap::new();
        for (name, stored) in self.contents.group(group) {
            if original::open_clip_block(name).is_some_and(|block| block >= kept) {
                continue;
            }
            for (new, change) in self.mappings(part, group, name, stored) {
                let changed =
                    apply(stored, change).map_err(|what| fault(format!("its tensor {name:?} {what}")))?;
                if tensors.insert(new.clone(), changed).is_some() {
                    return Err(fault(format!("it holds the tensor {new:?} twice")));
                }
            }
        }
        Ok(Weights::view(self.file.clone(), tensors))
    }

    /// How many layers of OpenCLIP's text tower are used: Stable Diffusion 2 reads the state before its last one,
    /// which therefore may be missing.
    fn kept_layers(&self, part: &str, group: Group) -> Result<usize> {
        if !matches!(group, Group::OpenText | Group::SecondOpenText) {
            return Ok(usize::MAX);
        }
        let config = self.config(part)?;
        let asked = config.get("num_hidden_layers").and_then(Value::as_u64).unwrap_or(0);
        let (asked, there) = (usize::try_from(asked).unwrap_or(0), count_layers(&self.contents, group));
        let spare = usize::from(self.found.family == Family::Sd2);
        if (asked..=asked.saturating_add(spare)).contains(&there) {
            return Ok(asked);
        }
        let fault = format!("its {part} has {there} layers where its configuration asks for {asked}");
        Err(Error::file(FileKind::Model, self.file.path(), fault, super::DOWNLOAD))
    }

    fn mappings(&self, part: &str, group: Group, name: &str, stored: &Stored) -> Vec<Mapping> {
        let keep = |name: Option<String>| name.map(|name| (name, Change::Keep)).into_iter().collect();
        // A name that nobody knows stays, so that the network which has no place for it can say so.
        let known = |mapping: Option<String>| keep(mapping.or_else(|| Some(name.to_owned())));
        match group {
            Group::UNet => {
                let anatomy = &self.found.anatomy;
                known(original::unet_name(name, &anatomy.slots, anatomy.layers))
            }
            Group::Vae => super::vae_file::mapping(name, stored, super::vae_file::levels(&self.contents)),
            Group::OpenText | Group::SecondOpenText => {
                let mut all = original::open_clip_names(name);
                // Only the second encoder's projection is used.
                all.retain(|(new, _)| part == "text_encoder_2" || !new.starts_with("text_projection"));
                all
            }
            Group::Text if self.found.family == Family::Ldm => known(original::ldm_bert_name(name)),
            Group::Text | Group::FirstText => keep(original::clip_name(name)),
        }
    }
}

/// What to do with a file that is no model: perhaps it lies in one.
fn remedy(path: &Path) -> String {
    let above =
        path.parent().and_then(Path::parent).filter(|folder| folder.join("model_index.json").is_file());
    above.map_or_else(
        || super::folder::CHOOSE.to_owned(),
        |folder| format!("It belongs to a model: choose the folder {} instead.", folder.display()),
    )
}

/// A neighbour of the file: the same name with another ending.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name: OsString = path.file_stem().unwrap_or_default().to_owned();
    name.push(".");
    name.push(ending);
    path.with_file_name(name)
}

/// A tensor after a change.
pub(super) fn apply(stored: &Stored, change: Change) -> Result<Stored, String> {
    let mut stored = stored.clone();
    match change {
        Change::Keep => {}
        Change::Squeeze => match stored.shape.as_slice() {
            &[rows, columns, 1, 1] | &[rows, columns, 1] => stored.shape = vec![rows, columns],
            [_, _] => {}
            other => return Err(format!("has the shape {other:?} where a convolution of one pixel belongs")),
        },
        Change::Transpose => {
            let &[rows, columns] = stored.shape.as_slice() else {
                return Err(format!("has the shape {:?} where a matrix belongs", stored.shape));
            };
            stored.shape = vec![columns, rows];
            stored.transposed = !stored.transposed;
        }
        Change::Third(index) => {
            let first = stored.shape.first().copied().unwrap_or(0);
            if first == 0 || !first.is_multiple_of(3) || stored.transposed {
                return Err(format!("of the shape {:?} does not come apart in three", stored.shape));
            }
            let length = stored.bytes.len() / 3;
            stored.shape[0] = first / 3;
            let start = stored.bytes.start + index * length;
            stored.bytes = start..start + length;
        }
    }
    Ok(stored)
}
