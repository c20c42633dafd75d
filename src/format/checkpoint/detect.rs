//! Which model a single file is, by the names and shapes in its header.
//!
//! The order of the questions matters: some models look like others until one asks for what only they have.
//! Everything that is not a plain text-to-image model of a known family is declined with what it is.

use std::borrow::Cow;

use super::tensor_groups::{Group, TensorGroups};
use super::unet_layout::UNetLayout;
use crate::container::quantised;
use crate::kinds::{self, Kind};
use project::Family;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub family: Family,
    pub unet: UNetLayout,
}

/// What a file is that is no whole model: an addition to one, a part of one, or another kind of model.
pub(super) fn other_kind(contents: &TensorGroups) -> Option<Kind> {
    let full = |(group, prefix): (Group, &'static str)| {
        contents.group(group).map(move |(name, _)| Cow::Owned(format!("{prefix}{name}")))
    };
    let parts = [
        (Group::UNet, "diffusion_model."),
        (Group::Vae, "first_stage_model."),
        (Group::Text, "cond_stage_model.transformer."),
        (Group::OpenText, "cond_stage_model.model."),
        (Group::FirstText, "conditioner.embedders.0."),
        (Group::SecondOpenText, "conditioner.embedders.1."),
    ];
    // Words and LoRAs that lie beside a whole model were saved along with it.
    let whole = contents.has(Group::UNet);
    let others = contents.others().filter(|name| !(whole && kinds::may_lie_beside(name)));
    let names: Vec<Cow<'_, str>> =
        parts.into_iter().flat_map(full).chain(others.map(Cow::Borrowed)).collect();
    kinds::of_names(&names.iter().map(AsRef::as_ref).collect::<Vec<_>>())
}

/// The weights by whose shape a U-Net says how many channels it takes.
pub(super) const FIRST_LAYER: &str = "input_blocks.0.0.weight";

/// The family of a model; one that was made for inpainting counts where pictures are `to_edit`.
pub(super) fn detect(contents: &TensorGroups, to_edit: bool) -> Result<Found, String> {
    let declined = |kind: &str| Err(format!("this is {kind}, which cannot learn a word here"));
    if !contents.has(Group::UNet) {
        return Err(without_unet(contents));
    }
    if let Some(fault) = number_fault(contents) {
        return Err(fault);
    }
    // Before anything that looks at widths: this encoder's 1280 is also the refiner's.
    let ldm = contents.get(Group::Text, "token_emb.weight").is_some();
    match contents.size(Group::UNet, FIRST_LAYER, 1) {
        Some(9) if to_edit => {}
        Some(9) => return declined("an inpainting model (its U-Net takes 9 channels)"),
        Some(8) => {
            return declined("a model that edits pictures by instructions (its U-Net takes 8 channels)");
        }
        Some(5) => return declined("a depth-to-image model (its U-Net takes 5 channels)"),
        Some(4) | None => {}
        Some(other) => return declined(&format!("another kind of model (its U-Net takes {other} channels)")),
    }
    let clip_table = |group| {
        let name = "text_model.embeddings.token_embedding.weight";
        [name, &name["text_model.".len()..]].iter().any(|name| contents.get(group, name).is_some())
    };
    let (first, clip) = (clip_table(Group::FirstText), clip_table(Group::Text));
    let second = contents.get(Group::SecondOpenText, "token_embedding.weight").is_some();
    let open = contents.get(Group::OpenText, "token_embedding.weight").is_some();
    let added = contents.get(Group::UNet, "label_emb.0.0.weight").is_some();
    if added && open && !first {
        return declined("a Stable Diffusion XL refiner (it lacks the first text encoder)");
    }
    let unet = UNetLayout::read(contents).map_err(|fault| {
        let kind = if added {
            "a cut-down Stable Diffusion XL such as SSD-1B or Segmind Vega"
        } else {
            "no model of a known kind"
        };
        format!("this is {kind}: {fault}")
    })?;
    let family = match (ldm, added) {
        (true, false) => Family::Ldm,
        (false, true) if first && second => Family::Sdxl,
        (false, false) if open => Family::Sd2,
        (false, false) if clip || first => Family::Sd1,
        _ if !(ldm || first || second || open || clip || contents.has(Group::Text)) => {
            return Err("it holds a U-Net but no text encoder, so it is only a part of a model".into());
        }
        _ => return declined("a model with another text encoder than its U-Net is known with"),
    };
    Ok(Found { family, unet })
}

fn without_unet(contents: &TensorGroups) -> String {
    if contents.has_other("clip_l") || contents.has_other("clip_g") {
        return "this is a learned word (an embedding), not a model".into();
    }
    if contents.averaged {
        return "it holds only averaged copies of its weights (EMA), which are not read".into();
    }
    "it holds no U-Net of Stable Diffusion, so it is no model that is known here".into()
}

/// What stands beside weights that were divided until they fitted into 8 bits.
const SCALES: [&str; 5] = ["scaled_fp8", ".scale_weight", ".weight_scale", ".comfy_quant", ".absmax"];

/// Weights in numbers that no precise arithmetic can use.
pub(super) fn number_fault(contents: &TensorGroups) -> Option<String> {
    let groups = [Group::UNet, Group::Text, Group::OpenText, Group::FirstText, Group::SecondOpenText];
    let all = || groups.into_iter().flat_map(|group| contents.group(group));
    let scaled = |name: &str| SCALES.iter().any(|scale| name.ends_with(scale));
    if all().any(|(name, _)| scaled(name)) || contents.others().any(scaled) {
        return Some("its weights are in 8 bits with scales of their own, which are not read here".into());
    }
    let odd = all().map(|(_, stored)| stored.dtype).find(|dtype| quantised(*dtype))?;
    Some(format!("its weights are quantised ({odd:?}), too coarse to learn a word on"))
}

#[cfg(test)]
mod tests;
