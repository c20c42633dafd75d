//! A model in one file, in the original layout: its parts as diffusers would lay them out.
//!
//! The file is mapped and its header read; tensors are views of it under other names, and no weight is copied
//! before it is asked for. What a file cannot say stands in a folder of configurations beside it (`NAME.config`,
//! laid out like a model folder without weights) or in the bundled ones of its family.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use super::detect::{self, FIRST_LAYER, Found, detect};
use super::folder::{CHOOSE, CONFIG, folder_name};
use super::model_files::{BundledVocabulary, TokenizerFiles};
use super::original::{self, Change, Mapping};
use super::prediction::{self, Prediction};
use super::published::{self, count_layers, groups};
use super::tensor_groups::{Group, TensorGroups};
use super::vae_file::{self, sidecar};
use crate::damage::{damaged, read_table};
use crate::lineage;
use crate::tensors::{Stored, TensorFile};
use crate::weights::Weights;
use base::{Error, FileKind, Result};
use project::{Family, Lineage};

#[derive(Debug)]
pub(super) struct SingleFile {
    pub file: Arc<TensorFile>,
    contents: TensorGroups,
    found: Found,
    prediction: Prediction,
    /// From which model of Stable Diffusion XL it was made.
    pub lineage: Option<Lineage>,
}

impl SingleFile {
    /// Recognises a file, where it is `to_edit` with also an inpainting model, and checks that its configurations fit.
    pub fn open(path: &Path, to_edit: bool) -> Result<Self> {
        let file = Arc::new(TensorFile::open(path)?);
        let refuse = |fault: String| Error::file(FileKind::Model, path, fault, remedy(path));
        let contents = TensorGroups::new(&file.tensors).map_err(refuse)?;
        if let Some(kind) = detect::other_kind(&contents) {
            let remedy = inside_of_model(path).unwrap_or_else(|| kind.remedy.to_owned());
            return Err(Error::file(FileKind::Model, path, format!("this is {}", kind.what), remedy));
        }
        let found = detect(&contents, to_edit).map_err(|fault| match detect::number_fault(&contents) {
            Some(number) if number == fault => {
                let remedy = inside_of_model(path);
                let remedy = remedy.unwrap_or_else(|| "Choose its version in 16 bits (fp16 or bf16).".into());
                Error::file(FileKind::Model, path, fault, remedy)
            }
            _ => refuse(fault),
        })?;
        let prediction = prediction::find(&file, &contents, found.family, &file.metadata)?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let lineage =
            (found.family == Family::Sdxl).then(|| lineage::of_model(&file.metadata, &name)).flatten();
        let single = Self { file, contents, found, prediction, lineage };
        for part in single.networks() {
            single.check(part)?;
        }
        Ok(single)
    }

    /// Refuses a model that has no autoencoder of its own.
    pub fn expect_vae(&self) -> Result<()> {
        if self.contents.has(Group::Vae) {
            return Ok(());
        }
        let beside = sidecar(&self.file.path, "vae.safetensors");
        let remedy = format!("Put its autoencoder beside it as {}.", beside.display());
        Err(Error::file(FileKind::Model, &self.file.path, "it holds no autoencoder (VAE)", remedy))
    }

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

    pub fn has(&self, part: &str) -> bool {
        let second = self.found.family == Family::Sdxl && part == "tokenizer_2";
        second || ["tokenizer", "scheduler"].contains(&part) || self.networks().contains(&part)
    }

    /// A file in the folder of configurations beside this one, if it is there.
    fn beside(&self, part: &str, name: &str) -> Option<PathBuf> {
        let folder = sidecar(&self.file.path, "config");
        // Latent Diffusion's own folder names are understood as well.
        let other = folder_name(self.found.family, part);
        [part, other].iter().map(|part| folder.join(part).join(name)).find(|path| path.exists())
    }

    /// The configuration of a network or the noise schedule, in a file that diffusers calls `name`.
    pub fn table(&self, part: &str, name: &str) -> Result<Value> {
        match self.beside(part, name) {
            Some(path) => read_table(&path),
            None => {
                let mut config = published::config(self.found.family, part, self.prediction)?;
                let channels = self.contents.size(Group::UNet, FIRST_LAYER, 1).filter(|_| part == "unet");
                if let Some(channels) = channels {
                    config["in_channels"] = channels.into();
                }
                Ok(config)
            }
        }
    }

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
        let config = self.table(part, CONFIG)?;
        let fault = match part {
            "unet" => self.found.unet.disagreement(&config),
            _ => published::disagreement(&self.contents, self.found.family, part, &config),
        };
        let Some(fault) = fault else { return Ok(()) };
        let path = &self.file.path;
        let folder = sidecar(path, "config");
        let remedy = format!(
            "Put the configuration in diffusers' layout that belongs to it at {}.",
            folder.join(part).join(CONFIG).display()
        );
        let fault = match self.beside(part, CONFIG) {
            Some(_) => fault,
            None => format!("{fault} (that of the published {})", self.found.family.name()),
        };
        Err(Error::file(FileKind::Model, path, fault, remedy))
    }

    /// The weights of a part, in diffusers' names.
    pub fn weights(&self, part: &str) -> Result<Weights> {
        let fault = |fault: String| damaged(&self.file.path, fault);
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
                    change.apply(stored).map_err(|what| fault(format!("its tensor {name:?} {what}")))?;
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
        let config = self.table(part, CONFIG)?;
        let asked = config.get("num_hidden_layers").and_then(Value::as_u64).unwrap_or(0);
        let (asked, there) = (usize::try_from(asked).unwrap_or(0), count_layers(&self.contents, group));
        let spare = usize::from(self.found.family == Family::Sd2);
        if (asked..=asked.saturating_add(spare)).contains(&there) {
            return Ok(asked);
        }
        let fault = format!("its {part} has {there} layers where its configuration asks for {asked}");
        Err(damaged(&self.file.path, fault))
    }

    fn mappings(&self, part: &str, group: Group, name: &str, stored: &Stored) -> Vec<Mapping> {
        let keep = |name: Option<String>| name.map(|name| (name, Change::Keep)).into_iter().collect();
        // A name that nobody knows stays, so that the network which has no place for it can say so.
        let known = |mapping: Option<String>| keep(mapping.or_else(|| Some(name.to_owned())));
        match group {
            Group::UNet => {
                let layout = &self.found.unet;
                known(original::unet_name(name, &layout.slots, layout.layers))
            }
            Group::Vae => vae_file::mapping(name, stored, vae_file::levels(&self.contents)),
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

/// What to do with a file that is no model.
fn remedy(path: &Path) -> String {
    inside_of_model(path).unwrap_or_else(|| CHOOSE.to_owned())
}

/// What to do with a file that lies in a model's folder.
fn inside_of_model(path: &Path) -> Option<String> {
    let above = path.parent().and_then(Path::parent)?;
    let model = above.join("model_index.json").is_file();
    model.then(|| format!("It belongs to a model: choose the folder {} instead.", above.display()))
}
