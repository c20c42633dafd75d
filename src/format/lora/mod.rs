//! Low-rank additions to a model's weights (LoRA, Hu et al. 2021, <https://arxiv.org/abs/2106.09685>): `W + weight *
//! alpha / rank * up down`, read as any trainer writes them and written as kohya's scripts do. What is added to a weight or
//! a bias whole (LyCORIS's `full` and `norm`) is read with them.
//!
//! Every layer is added with its own alpha and rank, text encoders' too, as kohya's scripts and the programs that draw do;
//! where a layer has no alpha, with that of peft's configuration, in the header or beside the file, if there is one.
//! diffusers 0.42 does so for files as kohya's scripts write them; where a file has no `out_proj` it passes over the other
//! projections of text encoders, and where their alphas differ it takes the most frequent one for all.
//!
//! Names are put into one form and compared with those of the model that is at hand, so that a file fits or is refused
//! by its layers and not by what it says of itself. Nothing is multiplied here, and no device is known. Additions of
//! other kinds (LoHa, LoKr, DoRA) are refused by their names.

mod fit;
mod keys;
mod strength;
mod writing;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use sha2::{Digest as _, Sha256};

use self::keys::{Layer, Role};
use self::strength::Strength;
use crate::weights::Weights;
use base::{Error, FileKind, Result};
use project::LoraUse;

pub use self::fit::{Addition, Additions, LowRank};
pub use self::writing::{Added, TrainedLayer, TrainedLora, layer_name};

const AGAIN: &str = "Download the LoRA again, or choose another.";

/// An addition as it was when it was read: the same file, and what lies beside it, unchanged since, with the same weight.
#[derive(Debug, Clone, PartialEq)]
pub struct LoraKey {
    path: PathBuf,
    weight: f64,
    /// Bytes and time of change of each.
    files: [Option<(u64, Option<SystemTime>)>; 2],
}

/// What tells these additions from others. Those without weight add nothing, and so are none.
pub fn keys(uses: &[LoraUse]) -> Vec<LoraKey> {
    let key = |lora: &LoraUse| {
        let path = lora.file.canonicalize().unwrap_or_else(|_| lora.file.clone());
        let files = [Some(path.clone()), strength::beside(&lora.file)].map(|path| {
            let data = path?.metadata().ok()?;
            Some((data.len(), data.modified().ok()))
        });
        LoraKey { path, weight: lora.weight, files }
    };
    uses.iter().filter(|lora| lora.weight != 0.0).map(key).collect()
}

/// The names of a layer's tensors in the file.
#[derive(Debug, Clone, Default)]
struct Tensors {
    down: Option<String>,
    up: Option<String>,
    /// Between the two, where a convolution was taken apart in three (Tucker; LoCon with `use_cp`).
    mid: Option<String>,
    alpha: Option<String>,
    /// What is added to the weight whole.
    diff: Option<String>,
    /// The same for the bias.
    shift: Option<String>,
}

/// A file of additions, of which nothing but names and shapes is read.
pub struct Lora {
    path: PathBuf,
    weights: Weights,
    layers: BTreeMap<Layer, Tensors>,
    /// How many names were not understood, and the first.
    unread: (usize, Option<String>),
    /// What peft and diffusers say of the strength of each part.
    strengths: BTreeMap<&'static str, Strength>,
}

impl Lora {
    /// Opens a file of any layout.
    ///
    /// # Errors
    /// [`Error::File`] for what is no LoRA, or one of a kind that is not read.
    pub fn open(path: &Path) -> Result<Self> {
        if !path.is_file() {
            let remedy = "Check the path of the LoRA, and that its drive is connected.";
            return Err(Error::file(FileKind::Model, path, "there is no such file", remedy));
        }
        let weights = Weights::open_file(path).map_err(|error| match error {
            Error::File { kind, path, fault, remedy } if remedy.starts_with("Choose the model") => {
                Error::file(kind, &path, fault, "Choose the .safetensors file of a LoRA.")
            }
            error => error,
        })?;
        let mut layers: BTreeMap<Layer, Tensors> = BTreeMap::new();
        let mut unread = (0, None);
        for name in weights.names() {
            if let Some(kind) = keys::other_kind(name) {
                let fault = format!("it is {kind}, which is not a plain LoRA");
                return Err(Error::file(FileKind::Model, path, fault, "Choose a LoRA or a LoCon."));
            }
            let Some((layer, role)) = keys::read(name) else {
                // Words that lie beside are read as words.
                if !name.starts_with("bundle_emb.") {
                    unread = (unread.0 + 1, unread.1.or_else(|| Some(name.to_owned())));
                }
                continue;
            };
            let tensors = layers.entry(layer).or_default();
            let place = match role {
                Role::Down => &mut tensors.down,
                Role::Up => &mut tensors.up,
                Role::Mid => &mut tensors.mid,
                Role::Alpha => &mut tensors.alpha,
                Role::Diff => &mut tensors.diff,
                Role::Shift => &mut tensors.shift,
            };
            if let Some(other) = place.replace(name.to_owned()) {
                let [name, other] = [name, &other].map(keys::shown);
                let fault = format!("it holds {name} twice, also as {other}");
                return Err(refusal(path, fault));
            }
        }
        // An alpha alone adds nothing.
        layers.retain(|_, tensors| {
            [&tensors.down, &tensors.up, &tensors.diff, &tensors.shift].iter().any(|name| name.is_some())
        });
        if let Some((layer, _)) =
            layers.iter().find(|(_, tensors)| tensors.down.is_none() != tensors.up.is_none())
        {
            return Err(refusal(path, format!("its layer {} lacks one of its two halves", layer.shown())));
        }
        if layers.is_empty() {
            let remedy = "Choose the file of a LoRA; words and models are named elsewhere.";
            return Err(Error::file(FileKind::Model, path, "this is no LoRA", remedy));
        }
        let strengths = strength::read(path, weights.metadata())?;
        Ok(Self { path: path.to_path_buf(), weights, layers, unread, strengths })
    }

    /// What it holds: `layers: 8 of the U-Net, 2 of the text encoder; rank 4`.
    pub fn describe(&self) -> String {
        let rank = |tensors: &Tensors| {
            let shape = self.weights.shape(tensors.down.as_deref().unwrap_or_default()).ok()?;
            shape.first().copied()
        };
        let ranks: BTreeSet<usize> = self.layers.values().filter_map(rank).collect();
        let of = |(part, called): (&str, &str)| {
            let count = self.layers.keys().filter(|layer| layer.part == part).count();
            (count > 0).then(|| format!("{count} of the {called}"))
        };
        let called = ["U-Net", "text encoder", "second text encoder"];
        let parts: Vec<String> = keys::PARTS.into_iter().zip(called).filter_map(of).collect();
        let ranks: Vec<String> = ranks.iter().map(usize::to_string).collect();
        let ranks = if ranks.is_empty() { "in full".into() } else { format!("rank {}", ranks.join(", ")) };
        format!("layers: {}; {ranks}", parts.join(", "))
    }

    /// What it says of itself, as text by key.
    pub fn metadata(&self) -> &BTreeMap<String, String> {
        self.weights.metadata()
    }

    /// The beginning of the hash by which AUTOMATIC1111 knows the file, 12 digits: that of its header if it says, else
    /// the SHA-256 of its numbers.
    pub fn hash(&self) -> String {
        let said = self.weights.metadata().get("sshs_model_hash");
        let said =
            said.filter(|hash| hash.len() == 64 && hash.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let mut hash = said.cloned().unwrap_or_else(|| {
            let mut hasher = Sha256::new();
            self.weights.files().for_each(|(_, bytes)| hasher.update(numbers_of(bytes)));
            hex::encode(hasher.finalize())
        });
        hash.truncate(12);
        hash
    }
}

/// The bytes of a safetensors file behind its header; all of another.
fn numbers_of(file: &[u8]) -> &[u8] {
    let header = file.first_chunk().map(|length| u64::from_le_bytes(*length).saturating_add(8));
    let rest = header.and_then(|header| file.get(usize::try_from(header).ok()?..));
    rest.filter(|_| file.get(8) == Some(&b'{')).unwrap_or(file)
}

fn refusal(path: &Path, fault: String) -> Error {
    Error::file(FileKind::Model, path, fault, AGAIN)
}
