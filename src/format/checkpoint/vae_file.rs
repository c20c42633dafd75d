//! An autoencoder in a file of its own, which takes the place of the one in a model.
//!
//! The habit of putting `NAME.vae.safetensors` beside a model is followed. Original and diffusers' names are
//! understood; an autoencoder for other models is refused.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::original::{self, Change, Mapping};
use super::tensor_groups::{Group, TensorGroups};
use crate::container::quantised;
use crate::names::unwrapped;
use crate::tensors::{Stored, TensorFile};
use crate::weights::Weights;
use base::{Error, FileKind, Result};

/// Endings that are looked for beside a model, the best first.
const ENDINGS: [&str; 3] = ["vae.safetensors", "vae.pt", "vae.ckpt"];

const REMEDY: &str = "Choose the autoencoder (VAE) of a Stable Diffusion model, or remove this file.";

#[derive(Debug, Clone)]
pub(super) struct VaeFile {
    pub file: Arc<TensorFile>,
    tensors: BTreeMap<String, Stored>,
}

impl VaeFile {
    pub fn beside(model: &Path) -> Result<Option<Self>> {
        let found = ENDINGS.iter().map(|ending| sidecar(model, ending)).find(|path| path.is_file());
        found.map(|path| Self::open(&path)).transpose()
    }

    pub fn open(path: &Path) -> Result<Self> {
        let file = Arc::new(TensorFile::open(path)?);
        let refuse = |fault: String| Error::file(FileKind::Model, path, fault, REMEDY);
        // Such files hold an autoencoder's tensors with the prefix they have in a model, or with none.
        let mut renamed = BTreeMap::new();
        for (name, stored) in &file.tensors {
            let name = unwrapped(name);
            let bare = ["encoder.", "decoder.", "quant_conv.", "post_quant_conv."];
            let bare = bare.iter().any(|start| name.starts_with(start));
            let full = if bare { format!("first_stage_model.{name}") } else { name };
            renamed.insert(full, stored.clone());
        }
        let contents = TensorGroups::new(&renamed).map_err(refuse)?;
        match contents.size(Group::Vae, "decoder.conv_in.weight", 1) {
            Some(4) => {}
            Some(other) => return Err(refuse(format!("its latents have {other} channels instead of 4"))),
            None => return Err(refuse("it is no autoencoder (VAE)".into())),
        }
        let odd = contents.group(Group::Vae).find(|(_, stored)| quantised(stored.dtype));
        if let Some((_, stored)) = odd {
            return Err(refuse(format!("its weights are quantised ({:?})", stored.dtype)));
        }
        let levels = levels(&contents);
        let mut tensors = BTreeMap::new();
        for (name, stored) in contents.group(Group::Vae) {
            for (new, change) in mapping(name, stored, levels) {
                let changed =
                    change.apply(stored).map_err(|what| refuse(format!("its tensor {name:?} {what}")))?;
                tensors.insert(new, changed);
            }
        }
        Ok(Self { file, tensors })
    }

    /// Its weights, in diffusers' names.
    pub fn weights(&self) -> Weights {
        Weights::view(self.file.clone(), self.tensors.clone())
    }
}

/// A neighbour of a single-file model that belongs to it: the same name with another ending, as `NAME.yaml`.
pub(super) fn sidecar(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push(".");
    name.push(ending);
    path.with_file_name(name)
}

/// The new name of an autoencoder's tensor; diffusers' own names and unknown ones stay.
pub(super) fn mapping(name: &str, stored: &Stored, levels: usize) -> Vec<Mapping> {
    let matrix = stored.shape.len() == 2;
    let same = || (crate::names::vae_name(name), Change::Keep);
    vec![original::vae_name(name, levels, matrix).unwrap_or_else(same)]
}

/// The resolutions of an autoencoder in the original layout.
pub(super) fn levels(contents: &TensorGroups) -> usize {
    let level = |name: &str| Some(original::number(name.strip_prefix("decoder.up.")?)?.0 + 1);
    contents.group(Group::Vae).filter_map(|(name, _)| level(name)).max().unwrap_or(0)
}
