//! Which model a single file is, by the names and shapes in its header.
//!
//! The order of the questions matters: some models look like others until one asks for what only they have.
//! Everything that is not a plain text-to-image model of a known family is declined with what it is.

use super::tensor_groups::{Group, TensorGroups};
use super::unet_layout::UNetLayout;
use crate::container::quantised;
use project::Family;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub family: Family,
    pub unet: UNetLayout,
}

/// Parts of names that only one kind of file has, and what it is. Asked in this order, of any name.
const MARKS: [(&str, &str); 26] = [
    ("lora_up", LORA),
    ("lora_down", LORA),
    ("lora_A", LORA),
    ("lora_te", LORA),
    ("lora_unet", LORA),
    ("hada_w1", LORA),
    ("lokr_w", LORA),
    ("oft_diag", LORA),
    ("string_to_param", WORD),
    ("emb_params", WORD),
    ("control_model.", CONTROL),
    ("controlnet_cond_embedding.", CONTROL),
    ("input_hint_block.", CONTROL),
    ("motion_modules.", "a motion module or video model"),
    ("time_stack.", "a video model"),
    ("cc_projection.", "a model led by pictures (Zero-1-to-3), not by words"),
    ("joint_blocks.", "a Stable Diffusion 3 model"),
    ("double_blocks.", "a Flux model or one built like it"),
    ("double_stream_modulation", "a Flux model or one built like it"),
    ("single_transformer_blocks.", "a Flux model or one built like it"),
    ("caption_projection.", "a PixArt model"),
    ("y_embedder.", "a PixArt model"),
    ("down_blocks.0.0.channelwise", "a Stable Cascade model"),
    ("edm_vpred.sigma_max", "a Stable Diffusion XL model with another kind of noise (EDM)"),
    ("edm_mean", "a Playground 2.5 model, which has another kind of noise (EDM)"),
    ("noise_augmentor.", "a model led by pictures (unCLIP), not by words"),
];

const LORA: &str = "a LoRA file, an addition to a model and not a model";
const WORD: &str = "a learned word (an embedding), not a model";
const CONTROL: &str = "a ControlNet, an addition to a model and not a model";

pub(super) fn detect(contents: &TensorGroups) -> Result<Found, String> {
    let declined = |kind: &str| Err(format!("this is {kind}, which cannot learn a word here"));
    if let Some(kind) = marked(contents) {
        return declined(kind);
    }
    if !contents.has(Group::UNet) {
        return Err(without_unet(contents));
    }
    if let Some(fault) = number_fault(contents) {
        return Err(fault);
    }
    // Before anything that looks at widths: this encoder's 1280 is also the refiner's.
    let ldm = contents.get(Group::Text, "token_emb.weight").is_some();
    match contents.size(Group::UNet, "input_blocks.0.0.weight", 1) {
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

fn marked(contents: &TensorGroups) -> Option<&'static str> {
    let parts = || {
        let groups = [Group::UNet, Group::Text, Group::OpenText, Group::FirstText];
        groups.into_iter().flat_map(|group| contents.group(group).map(|(name, _)| name))
    };
    // Words and LoRAs that lie beside a whole model were saved along with it.
    let beside = |kind: &str| contents.has(Group::UNet) && [LORA, WORD].contains(&kind);
    let found = MARKS.iter().find(|(mark, kind)| {
        let marked = |name: &str| name.contains(mark);
        parts().any(marked) || (!beside(kind) && contents.others().any(marked))
    });
    found.map(|(_, kind)| *kind)
}

fn without_unet(contents: &TensorGroups) -> String {
    let any = |start: &str| contents.others().any(|name| name.starts_with(start));
    let part = "so it is only a part of a model";
    if contents.has_other("clip_l") || contents.has_other("clip_g") {
        return format!("this is {WORD}");
    }
    if contents.has(Group::Vae) || any("decoder.") || any("encoder.down") {
        return format!("it holds an autoencoder (VAE) and nothing else, {part}");
    }
    if any("input_blocks.") || any("down_blocks.") {
        return format!("it holds a U-Net and nothing else, {part}");
    }
    let text = [Group::Text, Group::OpenText, Group::FirstText, Group::SecondOpenText];
    if text.into_iter().any(|group| contents.has(group)) || any("text_model.") || any("encoder.block.") {
        return format!("it holds a text encoder and nothing else, {part}");
    }
    if contents.averaged {
        return "it holds only averaged copies of its weights (EMA), which are not read".into();
    }
    "it holds no U-Net of Stable Diffusion, so it is no model that is known here".into()
}

/// What stands beside weights that were divided until they fitted into 8 bits.
const SCALES: [&str; 5] = ["scaled_fp8", ".scale_weight", ".weight_scale", ".comfy_quant", ".absmax"];

/// Weights in numbers that no precise arithmetic can use.
fn number_fault(contents: &TensorGroups) -> Option<String> {
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
