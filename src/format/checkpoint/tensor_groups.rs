//! The tensors of a single-file model, sorted by the part they belong to.
//!
//! Programs have written the same parts under several prefixes; here each tensor gets its part and its name
//! within the part. What no part needs (copies with averaged weights, schedules, states of trainers) is left
//! out.

use std::collections::BTreeMap;

use crate::names::{is_leftover, unwrapped};
use crate::tensors::Stored;

/// A part of an original single file, by how its tensors are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Group {
    UNet,
    Vae,
    /// The only text encoder, of transformers' CLIP or Latent Diffusion's own.
    Text,
    /// The only text encoder, of OpenCLIP.
    OpenText,
    /// The first of several text encoders, of transformers' CLIP.
    FirstText,
    /// The second text encoder, of OpenCLIP.
    SecondOpenText,
}

/// Each prefix and its part. More than one may mean the same.
const PREFIXES: [(&str, Group); 8] = [
    ("diffusion_model.", Group::UNet),
    ("first_stage_model.", Group::Vae),
    ("vae.", Group::Vae),
    ("cond_stage_model.transformer.", Group::Text),
    ("cond_stage_model.model.", Group::OpenText),
    ("conditioner.embedders.0.transformer.", Group::FirstText),
    // The layout of SD 2.1 turbo; also of XL's refiner, which is told apart by its U-Net.
    ("conditioner.embedders.0.model.", Group::OpenText),
    ("conditioner.embedders.1.model.", Group::SecondOpenText),
];

/// Names that trainers put around a whole model.
const WRAPPERS: [&str; 2] = ["state_dict.", "model."];

/// The tensors of a file by part and name within the part; and the rest, by full name.
#[derive(Debug, Clone, Default)]
pub(super) struct TensorGroups {
    groups: BTreeMap<Group, BTreeMap<String, Stored>>,
    others: BTreeMap<String, Stored>,
    /// Whether there are averaged copies of weights (EMA).
    pub averaged: bool,
}

impl TensorGroups {
    pub fn new(tensors: &BTreeMap<String, Stored>) -> Result<Self, String> {
        let mut contents = Self::default();
        for (name, stored) in tensors {
            let bare = unwrapped(name);
            if is_leftover(&bare) {
                contents.averaged |= bare.split('.').any(|part| part == "model_ema");
                continue;
            }
            let (group, inner) = match place(&bare) {
                Some((group, inner)) => (contents.groups.entry(group).or_default(), inner),
                None => (&mut contents.others, bare.as_str()),
            };
            if group.insert(inner.to_owned(), stored.clone()).is_some() {
                return Err(format!("it holds the tensor {name:?} twice, under two prefixes"));
            }
        }
        Ok(contents)
    }

    /// The tensors of a part; none if it is not there.
    pub fn group(&self, group: Group) -> impl Iterator<Item = (&str, &Stored)> {
        self.groups.get(&group).into_iter().flatten().map(|(name, stored)| (name.as_str(), stored))
    }

    pub fn has(&self, group: Group) -> bool {
        self.group(group).next().is_some()
    }

    pub fn get(&self, group: Group, name: &str) -> Option<&Stored> {
        self.groups.get(&group)?.get(name)
    }

    pub fn size(&self, group: Group, name: &str, axis: usize) -> Option<usize> {
        self.get(group, name)?.shape.get(axis).copied()
    }

    /// Tensors of no part, by their full names.
    pub fn others(&self) -> impl Iterator<Item = &str> {
        self.others.keys().map(String::as_str)
    }

    /// Whether there is a tensor of no part with this full name.
    pub fn has_other(&self, name: &str) -> bool {
        self.others.contains_key(name)
    }
}

fn place(name: &str) -> Option<(Group, &str)> {
    let mut inner = name;
    loop {
        let found = PREFIXES.iter().find_map(|(prefix, group)| Some((*group, inner.strip_prefix(prefix)?)));
        if found.is_some() {
            return found;
        }
        inner = WRAPPERS.iter().find_map(|wrapper| inner.strip_prefix(wrapper))?;
    }
}

#[cfg(test)]
mod tests {
    use safetensors::Dtype;

    use super::*;

    #[test]
    fn prefixes_of_every_program_are_known() {
        for (name, expected) in [
            ("model.diffusion_model.out.0.bias", Some((Group::UNet, "out.0.bias"))),
            ("diffusion_model.out.0.bias", Some((Group::UNet, "out.0.bias"))),
            ("state_dict.model.model.diffusion_model.out.0.bias", Some((Group::UNet, "out.0.bias"))),
            ("vae.quant_conv.bias", Some((Group::Vae, "quant_conv.bias"))),
            ("model.first_stage_model.quant_conv.bias", Some((Group::Vae, "quant_conv.bias"))),
            ("cond_stage_model.transformer.embeddings.x", Some((Group::Text, "embeddings.x"))),
            ("conditioner.embedders.0.model.ln_final.bias", Some((Group::OpenText, "ln_final.bias"))),
            ("betas", None),
        ] {
            assert_eq!(place(name), expected, "{name}");
        }
    }

    #[test]
    fn a_tensor_under_two_prefixes_is_refused() {
        let stored = Stored { dtype: Dtype::F16, shape: vec![], bytes: 0..2, strides: None };
        let table = |names: &[&str]| names.iter().map(|name| (name.to_string(), stored.clone())).collect();
        let twice = table(&["vae.quant_conv.bias", "first_stage_model.quant_conv.bias"]);
        assert!(TensorGroups::new(&twice).unwrap_err().contains("twice"));
        let once = TensorGroups::new(&table(&["vae.quant_conv.bias", "model_ema.decay", "v_pred"])).unwrap();
        assert!(once.has(Group::Vae) && !once.has(Group::UNet) && once.has_other("v_pred"));
        assert_eq!(once.others().collect::<Vec<_>>(), ["v_pred"]);
    }
}
