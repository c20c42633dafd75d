//! Names of the original (CompVis, Stability, OpenCLIP) layout and what diffusers and transformers call the
//! same tensors, as pure functions of strings.
//!
//! A few tensors also change their form on the way: convolutions of one pixel that became linear layers, one
//! matrix that holds three, one that lies the other way round. Nothing is looked up; an unknown name has no new
//! one.

use crate::tensors::Stored;

/// What happens to a tensor besides being renamed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// Nothing.
    Keep,
    /// A convolution of one pixel becomes a matrix.
    Squeeze,
    /// Rows and columns change places.
    Transpose,
    /// Of three tensors stacked along the first axis, the one of this index.
    Third(usize),
}

impl Change {
    /// A tensor after the change; the fault is said of the tensor.
    pub fn apply(self, stored: &Stored) -> Result<Stored, String> {
        let mut stored = stored.clone();
        match self {
            Self::Keep => {}
            Self::Squeeze => {
                if stored.shape.len() < 2 || stored.shape[2..].iter().any(|length| *length != 1) {
                    let shape = &stored.shape;
                    return Err(format!("has the shape {shape:?} where a convolution of one pixel belongs"));
                }
                stored.shape.truncate(2);
                stored.strides.iter_mut().for_each(|strides| strides.truncate(2));
            }
            Self::Transpose => {
                let &[rows, columns] = stored.shape.as_slice() else {
                    return Err(format!("has the shape {:?} where a matrix belongs", stored.shape));
                };
                let mut strides = stored.strides();
                strides.reverse();
                return Stored::new(stored.dtype, vec![columns, rows], strides, stored.bytes.start);
            }
            Self::Third(index) => {
                let first = stored.shape.first().copied().unwrap_or(0);
                if first == 0 || !first.is_multiple_of(3) {
                    return Err(format!("of the shape {:?} does not come apart in three", stored.shape));
                }
                let strides = stored.strides();
                let before = index * (first / 3) * strides[0] * (stored.dtype.bitsize() / 8);
                stored.shape[0] = first / 3;
                return Stored::new(stored.dtype, stored.shape, strides, stored.bytes.start + before);
            }
        }
        Ok(stored)
    }
}

/// A new name and what happens to the tensor.
pub(super) type Mapping = (String, Change);

/// Where a block of the original U-Net's `input_blocks` belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot {
    /// Index of the down block.
    pub level: usize,
    /// Index of the layer in it; the number of layers for the down-sampler.
    pub layer: usize,
    /// Whether it is the down-sampler.
    pub sampler: bool,
}

/// Parts of the U-Net that there are once.
const FIXED: [(&str, &str); 8] = [
    ("time_embed.0.", "time_embedding.linear_1."),
    ("time_embed.2.", "time_embedding.linear_2."),
    ("label_emb.0.0.", "add_embedding.linear_1."),
    ("label_emb.0.2.", "add_embedding.linear_2."),
    ("input_blocks.0.0.", "conv_in."),
    ("out.0.", "conv_norm_out."),
    ("out.2.", "conv_out."),
    ("middle_block.1.", "mid_block.attentions.0."),
];
/// Parts of a residual block of the U-Net.
const RESNET: [(&str, &str); 6] = [
    ("in_layers.0.", "norm1."),
    ("in_layers.2.", "conv1."),
    ("emb_layers.1.", "time_emb_proj."),
    ("out_layers.0.", "norm2."),
    ("out_layers.3.", "conv2."),
    ("skip_connection.", "conv_shortcut."),
];

/// A tensor of the U-Net. `slots` are its `input_blocks`, `layers` the layers of each down block.
pub(super) fn unet_name(name: &str, slots: &[Slot], layers: usize) -> Option<String> {
    if let Some(fixed) = replace_start(name, &FIXED) {
        return Some(fixed);
    }
    for (old, index) in [("middle_block.0.", 0), ("middle_block.2.", 1)] {
        if let Some(rest) = name.strip_prefix(old) {
            return Some(format!("mid_block.resnets.{index}.{}", resnet(rest)?));
        }
    }
    if let Some(rest) = name.strip_prefix("input_blocks.") {
        let (block, inner, rest) = two_numbers(rest)?;
        let slot = slots.get(block)?;
        let place = format!("down_blocks.{}", slot.level);
        return match (slot.sampler, inner) {
            (true, 0) => Some(format!("{place}.downsamplers.0.conv.{}", rest.strip_prefix("op.")?)),
            (false, 0) => Some(format!("{place}.resnets.{}.{}", slot.layer, resnet(rest)?)),
            (false, 1) => Some(format!("{place}.attentions.{}.{rest}", slot.layer)),
            _ => None,
        };
    }
    let (block, inner, rest) = two_numbers(name.strip_prefix("output_blocks.")?)?;
    let (level, layer) = (block / (layers + 1), block % (layers + 1));
    match (inner, rest.strip_prefix("conv.")) {
        (0, _) => Some(format!("up_blocks.{level}.resnets.{layer}.{}", resnet(rest)?)),
        (1 | 2, Some(rest)) => Some(format!("up_blocks.{level}.upsamplers.0.conv.{rest}")),
        (1, None) => Some(format!("up_blocks.{level}.attentions.{layer}.{rest}")),
        _ => None,
    }
}

fn resnet(name: &str) -> Option<String> {
    replace_start(name, &RESNET)
}

/// The way back from [`unet_name`]: what the original layout calls a tensor of diffusers' U-Net that has so many `layers`
/// in each down block. An up-sampler has two names: whether a transformer is before it does not show in its own.
pub(crate) fn original_unet_names(name: &str, layers: usize) -> Vec<String> {
    let back = |table: &[(&'static str, &'static str)]| -> Vec<_> {
        table.iter().map(|(old, new)| (*new, *old)).collect()
    };
    let inner = |rest: &str| replace_start(rest, &back(&RESNET));
    let numbered = || {
        let (level, rest) = number(name.strip_prefix("down_blocks.").or(name.strip_prefix("up_blocks."))?)?;
        let (kind, rest) = rest.split_once('.')?;
        let (layer, rest) = number(rest)?;
        let first = level * (layers + 1);
        Some(match (name.starts_with("down"), kind) {
            (true, "resnets") => vec![format!("input_blocks.{}.0.{}", first + 1 + layer, inner(rest)?)],
            (true, "attentions") => vec![format!("input_blocks.{}.1.{rest}", first + 1 + layer)],
            (true, "downsamplers") => {
                vec![format!("input_blocks.{}.0.op.{}", first + layers + 1, rest.strip_prefix("conv.")?)]
            }
            (false, "resnets") => vec![format!("output_blocks.{}.0.{}", first + layer, inner(rest)?)],
            (false, "attentions") => vec![format!("output_blocks.{}.1.{rest}", first + layer)],
            (false, "upsamplers") => {
                [1, 2].map(|place| format!("output_blocks.{}.{place}.{rest}", first + layers)).to_vec()
            }
            _ => return None,
        })
    };
    let middle = || {
        let (block, rest) = number(name.strip_prefix("mid_block.resnets.")?)?;
        Some(vec![format!("middle_block.{}.{}", 2 * block, inner(rest)?)])
    };
    let fixed = replace_start(name, &back(&FIXED)).map(|name| vec![name]);
    fixed.or_else(middle).or_else(numbered).unwrap_or_default()
}

/// A tensor of the autoencoder with `levels` resolutions; `matrix` says that it has two axes only.
pub(super) fn vae_name(name: &str, levels: usize, matrix: bool) -> Option<Mapping> {
    const SIDES: [&str; 2] = ["encoder.", "decoder."];
    const FIXED: [(&str, &str); 5] = [
        ("mid.block_1.", "mid_block.resnets.0."),
        ("mid.block_2.", "mid_block.resnets.1."),
        ("norm_out.", "conv_norm_out."),
        ("conv_in.", "conv_in."),
        ("conv_out.", "conv_out."),
    ];
    if name.starts_with("quant_conv.") || name.starts_with("post_quant_conv.") {
        return Some((name.to_owned(), Change::Keep));
    }
    let side = SIDES.into_iter().find(|side| name.starts_with(side))?;
    let rest = &name[side.len()..];
    if let Some(attention) = rest.strip_prefix("mid.attn_1.") {
        let inner = replace_start(
            attention,
            &[
                ("norm.", "group_norm."),
                ("q.", "to_q."),
                ("k.", "to_k."),
                ("v.", "to_v."),
                ("proj_out.", "to_out.0."),
            ],
        )?;
        let squeeze = inner.starts_with("to_") && inner.ends_with("weight") && !matrix;
        let change = if squeeze { Change::Squeeze } else { Change::Keep };
        return Some((format!("{side}mid_block.attentions.0.{inner}"), change));
    }
    let new = if let Some(fixed) = replace_start(rest, &FIXED) {
        fixed
    } else {
        let (kind, rest) = rest.split_once('.')?;
        let (level, rest) = number(rest)?;
        let (place, sampler) = match kind {
            "down" => (format!("down_blocks.{level}"), "downsamplers"),
            "up" => (format!("up_blocks.{}", levels.checked_sub(level + 1)?), "upsamplers"),
            _ => return None,
        };
        match rest.split_once('.')? {
            ("block", rest) => {
                let (layer, rest) = number(rest)?;
                let rest = rest.replacen("nin_shortcut.", "conv_shortcut.", 1);
                format!("{place}.resnets.{layer}.{rest}")
            }
            ("downsample" | "upsample", rest) => format!("{place}.{sampler}.0.{rest}"),
            _ => return None,
        }
    };
    Some((format!("{side}{new}"), Change::Keep))
}

/// A tensor of transformers' CLIP text model, with `text_model.` in front even where old files lack it.
pub(super) fn clip_name(name: &str) -> Option<String> {
    let inner = name.strip_prefix("text_model.").unwrap_or(name);
    let known = ["embeddings.", "encoder.", "final_layer_norm."].iter().any(|start| inner.starts_with(start));
    known.then(|| format!("text_model.{inner}"))
}

/// A tensor of OpenCLIP's text tower, as transformers' CLIP names it. Nothing for what only comparing with
/// pictures needs.
pub(super) fn open_clip_names(name: &str) -> Vec<Mapping> {
    let keep = |name: &str| vec![(format!("text_model.{name}"), Change::Keep)];
    match name {
        "positional_embedding" => return keep("embeddings.position_embedding.weight"),
        "token_embedding.weight" => return keep("embeddings.token_embedding.weight"),
        "text_projection" => return vec![("text_projection.weight".into(), Change::Transpose)],
        "text_projection.weight" => return vec![(name.into(), Change::Keep)],
        _ => {}
    }
    if let Some(rest) = name.strip_prefix("ln_final.") {
        return keep(&format!("final_layer_norm.{rest}"));
    }
    let block = name.strip_prefix("transformer.resblocks.").and_then(number);
    let Some((layer, rest)) = block else { return Vec::new() };
    let place = format!("text_model.encoder.layers.{layer}.");
    if let Some(kind) = rest.strip_prefix("attn.in_proj_") {
        let third =
            |(index, letter)| (format!("{place}self_attn.{letter}_proj.{kind}"), Change::Third(index));
        return ["q", "k", "v"].into_iter().enumerate().map(third).collect();
    }
    let new = replace_start(
        rest,
        &[
            ("ln_1.", "layer_norm1."),
            ("ln_2.", "layer_norm2."),
            ("mlp.c_fc.", "mlp.fc1."),
            ("mlp.c_proj.", "mlp.fc2."),
            ("attn.out_proj.", "self_attn.out_proj."),
        ],
    );
    new.map(|new| (format!("{place}{new}"), Change::Keep)).into_iter().collect()
}

/// Which block of OpenCLIP's text tower a tensor belongs to.
pub(super) fn open_clip_block(name: &str) -> Option<usize> {
    number(name.strip_prefix("transformer.resblocks.")?).map(|(layer, _)| layer)
}

/// A tensor of Latent Diffusion's text encoder, as diffusers' `LDMBertModel` names it.
pub(super) fn ldm_bert_name(name: &str) -> Option<String> {
    let fixed = replace_start(
        name,
        &[
            ("token_emb.", "model.embed_tokens."),
            ("pos_emb.emb.", "model.embed_positions."),
            ("norm.", "model.layer_norm."),
            ("to_logits.", "to_logits."),
        ],
    );
    if fixed.is_some() {
        return fixed;
    }
    // Attention and feed-forward layers alternate, each with its norm before it.
    let (index, inner, rest) = two_numbers(name.strip_prefix("attn_layers.layers.")?)?;
    let place = format!("model.layers.{}", index / 2);
    match (index % 2, inner) {
        (0, 0) => Some(format!("{place}.self_attn_layer_norm.{rest}")),
        (1, 0) => Some(format!("{place}.final_layer_norm.{rest}")),
        (0, 1) => replace_start(
            rest,
            &[("to_q.", "q_proj."), ("to_k.", "k_proj."), ("to_v.", "v_proj."), ("to_out.", "out_proj.")],
        )
        .map(|new| format!("{place}.self_attn.{new}")),
        (1, 1) => replace_start(rest, &[("net.0.0.", "fc1."), ("net.2.", "fc2.")])
            .map(|new| format!("{place}.{new}")),
        _ => None,
    }
}

/// The index that a name begins with, and what follows it.
pub(super) fn number(name: &str) -> Option<(usize, &str)> {
    let (digits, rest) = name.split_once('.')?;
    let plain = !digits.is_empty() && digits.len() <= 4 && digits.bytes().all(|byte| byte.is_ascii_digit());
    Some((digits.parse().ok().filter(|_| plain)?, rest))
}

/// Two indices at the beginning of a name, and what follows them.
pub(super) fn two_numbers(name: &str) -> Option<(usize, usize, &str)> {
    let (first, rest) = number(name)?;
    let (second, rest) = number(rest)?;
    Some((first, second, rest))
}

fn replace_start(name: &str, table: &[(&str, &str)]) -> Option<String> {
    table.iter().find_map(|(old, new)| Some(format!("{new}{}", name.strip_prefix(old)?)))
}

#[cfg(test)]
mod tests;
