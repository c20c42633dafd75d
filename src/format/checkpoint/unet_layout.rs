//! How an original U-Net is built, read off the names and shapes of its tensors.
//!
//! Widths and depths show in a file; the number of heads and of groups does not. Whether attention begins with a
//! linear layer or a convolution of one pixel is the same numbers either way, and no question. A U-Net that is not
//! built like the published ones, evenly, is refused with what is odd about it.

use std::collections::BTreeSet;

use serde_json::Value;

use super::original::{Slot, number};
use super::tensor_groups::{Group, TensorGroups};

/// Published models have 12 blocks; a header may name any number.
const MOST_BLOCKS: usize = 64;

/// What the shapes of a U-Net say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct UNetLayout {
    /// Channels of each down block.
    pub widths: Vec<usize>,
    /// Layers of each down block.
    pub layers: usize,
    /// Transformer blocks in each attention of each down block; 0 for none.
    pub depths: Vec<usize>,
    /// Width of the context.
    pub context: usize,
    /// Where each of `input_blocks` belongs.
    pub slots: Vec<Slot>,
}

struct Block {
    width: Option<usize>,
    depth: usize,
    sampler: bool,
}

impl UNetLayout {
    pub fn read(contents: &TensorGroups) -> Result<Self, String> {
        let size = |name: &str, axis| contents.size(Group::UNet, name, axis);
        let first = size("input_blocks.0.0.weight", 1).and(size("input_blocks.0.0.weight", 0));
        let first = first.ok_or("its U-Net lacks its first layer")?;
        let blocks = blocks(contents, "input_blocks.")?;
        let mut slots = vec![Slot { level: 0, layer: 0, sampler: true }];
        let (mut widths, mut depths) = (vec![first], Vec::<usize>::new());
        let (mut layer, mut layers) = (0, None);
        let odd = || "its U-Net is not built evenly (a cut-down model?)".to_owned();
        for block in blocks.iter().skip(1) {
            let level = widths.len() - 1;
            slots.push(Slot { level, layer, sampler: block.sampler });
            if block.sampler {
                if *layers.get_or_insert(layer) != layer || layer == 0 {
                    return Err(odd());
                }
                layer = 0;
                widths.push(first);
                continue;
            }
            widths[level] = block.width.ok_or_else(odd)?;
            if layer == 0 {
                depths.push(block.depth);
            } else if depths.get(level) != Some(&block.depth) {
                return Err(odd());
            }
            layer += 1;
        }
        let layers = layers.unwrap_or(layer);
        if layer != layers || layers == 0 || depths.len() != widths.len() {
            return Err(odd());
        }
        if count(contents, "output_blocks.")? != widths.len() * (layers + 1) {
            return Err(odd());
        }
        if count(contents, "middle_block.")? != 3 {
            return Err("its U-Net has no middle block of the usual kind (a cut-down model?)".into());
        }
        let attention = "middle_block.1.transformer_blocks.0.attn2.to_k.weight";
        let context = size(attention, 1).ok_or("its U-Net does not read text")?;
        Ok(Self { widths, layers, depths, context, slots })
    }

    /// The first thing in which a diffusers configuration of a U-Net differs.
    pub fn disagreement(&self, config: &Value) -> Option<String> {
        let levels = self.widths.len();
        let each = |key: &str, default: usize| -> Vec<usize> {
            let number = |value: &Value| usize::try_from(value.as_u64()?).ok();
            match config.get(key) {
                Some(Value::Array(values)) => values.iter().filter_map(number).collect(),
                value => vec![value.and_then(number).unwrap_or(default); levels],
            }
        };
        let crossed: Vec<bool> = config
            .get("down_block_types")
            .and_then(Value::as_array)
            .map(|types| types.iter().map(|kind| kind == "CrossAttnDownBlock2D").collect())
            .unwrap_or_default();
        let depths: Vec<usize> = each("transformer_layers_per_block", 1)
            .into_iter()
            .zip(crossed)
            .map(|(depth, crossed)| if crossed { depth } else { 0 })
            .collect();
        let widths = each("block_out_channels", 0);
        let context = each("cross_attention_dim", 1280);
        let told = |what: &str, here: &dyn std::fmt::Debug, there: &dyn std::fmt::Debug| {
            Some(format!("its U-Net has {what} {here:?} where its configuration says {there:?}"))
        };
        if widths != self.widths {
            told("widths", &self.widths, &widths)
        } else if each("layers_per_block", 2) != vec![self.layers; levels] {
            told("layers per block", &self.layers, &each("layers_per_block", 2))
        } else if depths != self.depths {
            told("transformer depths", &self.depths, &depths)
        } else if context.first() != Some(&self.context) {
            told("a context width of", &self.context, &context.first())
        } else {
            None
        }
    }
}

fn blocks(contents: &TensorGroups, start: &str) -> Result<Vec<Block>, String> {
    let block = |index| Block {
        width: contents.size(Group::UNet, &format!("{start}{index}.0.out_layers.3.weight"), 0),
        depth: depth(contents, &format!("{start}{index}.1.")),
        sampler: contents.get(Group::UNet, &format!("{start}{index}.0.op.weight")).is_some(),
    };
    Ok((0..count(contents, start)?).map(block).collect())
}

/// How many blocks there are; their indices have to follow each other without a gap.
fn count(contents: &TensorGroups, start: &str) -> Result<usize, String> {
    let index = |(name, _): (&str, _)| Some(number(name.strip_prefix(start)?)?.0);
    let seen: BTreeSet<usize> = contents.group(Group::UNet).filter_map(index).collect();
    let last = seen.last().map_or(0, |last| last + 1);
    if last > MOST_BLOCKS || last != seen.len() {
        return Err(format!("its U-Net has gaps in its {}", start.trim_end_matches('.')));
    }
    Ok(last)
}

fn depth(contents: &TensorGroups, place: &str) -> usize {
    (0..MOST_BLOCKS)
        .take_while(|index| {
            let name = format!("{place}transformer_blocks.{index}.attn2.to_k.weight");
            contents.get(Group::UNet, &name).is_some()
        })
        .count()
}
