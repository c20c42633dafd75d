//! Which layers of a model a LoRA adds to, told by names and shapes before a number is read, and what is added to each: the
//! product of two matrices, or as many numbers as there are.
//!
//! A file that has no place in the model, or other shapes, is refused; single layers without a place are told of. The length is
//! that of what is told, and of its tests.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::keys::{self, Layer, PARTS, UNET, flat, shown};
use super::{Lora, LoraKey, Tensors, refusal};
use crate::checkpoint::{ModelFiles, original_unet_names};
use crate::names;
use base::{Error, FileKind, Result};
use project::LoraUse;

/// What is added to a weight: `scale * up down`.
#[derive(Debug, Clone, PartialEq)]
pub struct LowRank {
    /// `[outputs, rank]`, row by row.
    pub up: Vec<f32>,
    /// `[rank, numbers of an output]`, row by row.
    pub down: Vec<f32>,
    /// Rows of `down`.
    pub rank: usize,
    /// The weight of the LoRA times its alpha over its rank.
    pub scale: f32,
}

/// What is added to a weight or a bias.
#[derive(Debug, Clone, PartialEq)]
pub enum Addition {
    /// A product of two matrices.
    LowRank(LowRank),
    /// These numbers, multiplied by the weight of the LoRA.
    Whole(Vec<f32>, f32),
}

/// What several LoRAs add to a model.
#[derive(Default)]
pub struct Additions {
    loras: Vec<(Lora, f64)>,
    /// By part and by the name that the networks use, `….weight` or `….bias`.
    places: BTreeMap<(&'static str, String), Vec<(usize, Layer)>>,
    /// What tells them from others.
    pub keys: Vec<LoraKey>,
    /// What is worth knowing of them, as sentences.
    pub notes: Vec<String>,
}

impl Additions {
    /// Finds the place of each layer in a model.
    ///
    /// # Errors
    /// [`Error::File`] for what is no LoRA, and for one that was made for a model of another kind.
    pub fn fit(files: &ModelFiles, uses: &[LoraUse]) -> Result<Self> {
        let mut additions = Self { keys: super::keys(uses), ..Self::default() };
        let uses: Vec<&LoraUse> = uses.iter().filter(|lora| lora.weight != 0.0).collect();
        if uses.is_empty() {
            return Ok(additions);
        }
        for lora in uses {
            additions.loras.push((Lora::open(&lora.file)?, lora.weight));
        }
        let mut placed: Vec<BTreeSet<Layer>> = additions.loras.iter().map(|_| BTreeSet::new()).collect();
        let mut unbiased = placed.clone();
        for part in PARTS.into_iter().filter(|part| files.has(part)) {
            let weights = files.weights(part, true)?;
            let all: Vec<(String, &str)> =
                weights.names().filter_map(|stored| Some((network_name(part, stored)?, stored))).collect();
            let layers = layers(&all);
            for (name, stored) in all {
                for called in names_of(part, &name, layers) {
                    let layer = Layer { part, name: called };
                    for (index, (lora, _)) in additions.loras.iter().enumerate() {
                        let Some(tensors) = lora.layers.get(&layer) else { continue };
                        let mut put = |name: String| {
                            placed[index].insert(layer.clone());
                            additions.places.entry((part, name)).or_default().push((index, layer.clone()));
                        };
                        let model = weights.shape(stored)?;
                        if tensors.down.is_some() {
                            expect_shape(lora, &layer, tensors, model)?;
                        }
                        if let Some(diff) = &tensors.diff {
                            expect_same(lora, &layer, lora.weights.shape(diff)?, model)?;
                        }
                        if tensors.down.is_some() || tensors.diff.is_some() {
                            put(name.clone());
                        }
                        let Some(shift) = &tensors.shift else { continue };
                        let beside = bias_beside(stored).filter(|stored| weights.contains(stored));
                        if let Some((stored, name)) = beside.zip(bias_beside(&name)) {
                            expect_same(lora, &layer, lora.weights.shape(shift)?, weights.shape(&stored)?)?;
                            put(name);
                        } else if placed[index].contains(&layer) {
                            unbiased[index].insert(layer.clone());
                        }
                    }
                }
            }
        }
        for ((lora, _), (placed, unbiased)) in additions.loras.iter().zip(placed.iter().zip(&unbiased)) {
            additions.notes.extend(lora.left_out(placed)?);
            additions.notes.extend(lora.without_bias(unbiased));
        }
        Ok(additions)
    }

    /// Whether nothing is added.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// What is added to a weight or a bias, by the name that the networks use.
    ///
    /// # Errors
    /// [`Error::File`] for numbers that are not finite, or cannot be read.
    pub fn to(&self, part: &str, name: &str) -> Result<Vec<Addition>> {
        let part = PARTS.into_iter().find(|known| *known == part).unwrap_or_default();
        let places = self.places.get(&(part, name.to_owned()));
        let mut found = Vec::new();
        for (index, layer) in places.into_iter().flatten() {
            let (lora, weight) = &self.loras[*index];
            let tensors = &lora.layers[layer];
            let whole = if name.ends_with(".bias") { &tensors.shift } else { &tensors.diff };
            if whole.is_some() {
                found.push(Addition::Whole(lora.numbers(layer, whole)?, *weight as f32));
            }
            if tensors.down.is_some() && !name.ends_with(".bias") {
                found.push(Addition::LowRank(lora.read(layer, *weight)?));
            }
        }
        Ok(found)
    }
}

/// What the networks call a weight that a file has under another name; nothing for what is none.
fn network_name(part: &str, stored: &str) -> Option<String> {
    let bare = names::unwrapped(stored);
    let name = if part == UNET { bare } else { names::clip_name(&bare) };
    name.ends_with(".weight").then_some(name)
}

/// What a layer's bias is called, given the name of its weight.
fn bias_beside(weight: &str) -> Option<String> {
    weight.strip_suffix("weight").map(|start| format!("{start}bias"))
}

/// Layers of each down block, of which all have as many.
fn layers(names: &[(String, &str)]) -> usize {
    let first = |layer: &usize| {
        names.iter().any(|(name, _)| name.starts_with(&format!("down_blocks.0.resnets.{layer}.")))
    };
    (0..).take_while(first).count()
}

/// All that a layer is called in files of LoRAs, with `_` for dots. `name` is its weight's.
fn names_of(part: &str, name: &str, layers: usize) -> BTreeSet<String> {
    let originals = if part == UNET { original_unet_names(name, layers) } else { Vec::new() };
    let all = originals.into_iter().chain([name.to_owned()]);
    all.map(|name| flat(name.strip_suffix(".weight").unwrap_or(&name))).collect()
}

/// A shape without the axes along which nobody steps: convolutions of one pixel and linear layers are the same.
fn without_ones(shape: &[usize]) -> Vec<usize> {
    shape.iter().copied().filter(|length| *length != 1).collect()
}

/// Refuses a layer whose product has another shape than the model's weight.
fn expect_shape(lora: &Lora, layer: &Layer, tensors: &Tensors, model: &[usize]) -> Result<()> {
    let shape = |name: &Option<String>| lora.weights.shape(name.as_deref().unwrap_or_default());
    let (up, down) = (shape(&tensors.up)?, shape(&tensors.down)?);
    let rank = down.first().copied().unwrap_or(0);
    let flat = |shape: &[usize]| shape.len() >= 2 && shape[2..].iter().all(|length| *length == 1);
    let kernel = match &tensors.mid {
        None => down.get(2..).unwrap_or_default(),
        Some(_) => {
            let mid = shape(&tensors.mid)?;
            if !flat(down) || mid.len() != 4 || mid[..2] != [rank; 2] {
                return Err(refusal(
                    &lora.path,
                    format!("its layer {} does not fit together", layer.shown()),
                ));
            }
            &mid[2..]
        }
    };
    if !flat(up) || down.len() < 2 || rank == 0 || up[1] != rank {
        return Err(refusal(&lora.path, format!("its layer {} does not fit together", layer.shown())));
    }
    expect_same(lora, layer, &[&[up[0], down[1]][..], kernel].concat(), model)
}

fn not_finite(lora: &Lora, layer: &Layer) -> Error {
    refusal(&lora.path, format!("its layer {} holds numbers that are not finite", layer.shown()))
}

/// Refuses what has another shape than the model's own numbers.
fn expect_same(lora: &Lora, layer: &Layer, added: &[usize], model: &[usize]) -> Result<()> {
    if without_ones(added) == without_ones(model) {
        return Ok(());
    }
    let fault = format!(
        "it was made for another kind of model: its layer {} has the shape {added:?} where this one has {model:?}",
        layer.shown()
    );
    Err(Error::file(
        FileKind::Model,
        &lora.path,
        fault,
        "Choose a LoRA for this model, or the model it was made for.",
    ))
}

impl Lora {
    /// What is worth saying of layers without a place.
    fn left_out(&self, placed: &BTreeSet<Layer>) -> Result<Option<String>> {
        let left: Vec<&Layer> = self.layers.keys().filter(|layer| !placed.contains(layer)).collect();
        if placed.is_empty() {
            let fault = format!(
                "it was made for another kind of model: none of its {} layers has a place in this one",
                self.layers.len()
            );
            let remedy = "Choose a LoRA for this model, or the model it was made for.";
            return Err(Error::file(FileKind::Model, &self.path, fault, remedy));
        }
        let (names, first) = &self.unread;
        let count = left.len() + names;
        let first = left.first().map(|layer| &layer.name).or(first.as_ref()).map(|name| shown(name));
        Ok(first.map(|first| {
            let name = self.name();
            let all = self.layers.len() + names;
            format!("{count} of {all} parts of {name} have no place in this model and are left out, {first} among them.")
        }))
    }

    /// What is worth saying of layers that add to a bias where the model has none.
    fn without_bias(&self, layers: &BTreeSet<Layer>) -> Option<String> {
        let (first, count, name) = (layers.first()?.shown(), layers.len(), self.name());
        let [layers, add] = if count == 1 { ["layer", "adds"] } else { ["layers", "add"] };
        Some(format!(
            "{count} {layers} of {name} {add} to a bias that this model does not have, {first} among them: that part is \
             left out."
        ))
    }

    fn name(&self) -> Cow<'_, str> {
        self.path.file_name().unwrap_or_default().to_string_lossy()
    }

    /// The numbers of one of its tensors.
    fn numbers(&self, layer: &Layer, name: &Option<String>) -> Result<Vec<f32>> {
        let missing = || Error::Internal(format!("{} lost a layer", self.path.display()));
        let numbers = self.weights.read_f32(name.as_deref().ok_or_else(missing)?)?;
        match numbers.iter().all(|number| number.is_finite()) {
            true => Ok(numbers),
            false => Err(not_finite(self, layer)),
        }
    }

    /// The two matrices of a layer.
    fn read(&self, layer: &Layer, weight: f64) -> Result<LowRank> {
        let tensors = &self.layers[layer];
        let numbers = |name: &Option<String>| self.numbers(layer, name);
        let (up, mut down) = (numbers(&tensors.up)?, numbers(&tensors.down)?);
        let rank =
            self.weights.shape(tensors.down.as_deref().unwrap_or_default())?.first().copied().unwrap_or(1);
        if tensors.mid.is_some() {
            down = through(&numbers(&tensors.mid)?, &down, rank);
        }
        // diffusers writes the rank itself, a whole number, where it writes kohya's layout.
        let alpha = match &tensors.alpha {
            Some(name) => self.weights.first_number(name)?,
            None => None,
        };
        let said = || {
            let module = tensors.down.as_deref().and_then(keys::module).unwrap_or_default();
            self.strengths.get(layer.part).map_or(1.0, |strength| strength.of(module, rank))
        };
        let scale = (weight * alpha.map_or_else(said, |alpha| alpha / rank as f64)) as f32;
        if !scale.is_finite() {
            return Err(not_finite(self, layer));
        }
        Ok(LowRank { up, down, rank, scale })
    }
}

/// A convolution of one pixel and one with a kernel behind it as one: `[rank, inputs, kernel]` of `mid`, `[rank, rank,
/// kernel]`, and `down`, `[rank, inputs]`.
fn through(mid: &[f32], down: &[f32], rank: usize) -> Vec<f32> {
    let (inputs, taps) = (down.len() / rank, mid.len() / (rank * rank));
    let mut out = vec![0.0; rank * inputs * taps];
    for (row, mid) in out.chunks_exact_mut(inputs * taps).zip(mid.chunks_exact(rank * taps)) {
        for (mid, down) in mid.chunks_exact(taps).zip(down.chunks_exact(inputs)) {
            for (place, input) in row.chunks_exact_mut(taps).zip(down) {
                place.iter_mut().zip(mid).for_each(|(sum, tap)| *sum += tap * input);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use safetensors::Dtype;
    use safetensors::tensor::TensorView;

    use super::super::{Added, TrainedLayer, TrainedLora};
    use super::*;
    use crate::golden;
    use project::Family;

    #[test]
    fn every_weight_of_the_u_nets_has_its_original_name() {
        for (family, layers) in [("sd1", 1), ("sdxl", 1)] {
            let files = ModelFiles::open(&golden(family)).unwrap();
            let weights = files.weights(UNET, false).unwrap();
            let all: Vec<_> =
                weights.names().filter_map(|stored| Some((network_name(UNET, stored)?, stored))).collect();
            assert_eq!(super::layers(&all), layers);
            for (name, _) in &all {
                assert!(!original_unet_names(name, layers).is_empty(), "{name}");
            }
        }
        let one = |name: &str| original_unet_names(name, 2);
        assert_eq!(one("down_blocks.1.attentions.1.proj_in.weight"), ["input_blocks.5.1.proj_in.weight"]);
        assert_eq!(one("down_blocks.0.downsamplers.0.conv.weight"), ["input_blocks.3.0.op.weight"]);
        assert_eq!(one("mid_block.resnets.1.conv2.weight"), ["middle_block.2.out_layers.3.weight"]);
        assert_eq!(
            one("up_blocks.0.upsamplers.0.conv.weight"),
            ["output_blocks.2.1.conv.weight", "output_blocks.2.2.conv.weight"]
        );
        assert!(one("else.weight").is_empty());
    }

    #[test]
    fn what_is_added_to_a_bias_that_is_not_there_is_told_of() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("biased.safetensors");
        let files = ModelFiles::open(&golden("sd1")).unwrap();
        let weights = files.weights(UNET, false).unwrap();
        // A layer without a bias, as all that ask and answer in attention, and one with.
        let layers = ["down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q", "conv_in"].map(|path| {
            let shape = weights.shape(&format!("{path}.weight")).unwrap().to_vec();
            let (weight, bias) = (vec![0.5; shape.iter().product()], vec![1.0; shape[0]]);
            TrainedLayer { path: path.into(), added: Added::Full { shape, weight, bias, norm: false } }
        });
        let metadata = BTreeMap::new();
        let (family, layers) = (Family::Sd1, layers.into());
        let lora = TrainedLora { family, layers_per_block: 1, rank: 0, alpha: 1.0, layers, metadata };
        lora.write(&file).unwrap();
        let added = Additions::fit(&files, &[LoraUse::new(file)]).unwrap();
        let [note] = added.notes.as_slice() else { panic!("{:?}", added.notes) };
        assert!(note.starts_with("1 layer of biased.safetensors adds to a bias"), "{note}");
        assert!(note.contains("attn1_to_q"), "{note}");
        assert_eq!(added.to(UNET, "conv_in.bias").unwrap().len(), 1);
    }

    #[test]
    fn an_alpha_may_be_a_whole_number() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("whole.safetensors");
        let files = ModelFiles::open(&golden("sd1")).unwrap();
        let path = "down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q";
        let (name, zeros) = (format!("lora_unet_{}", flat(path)), vec![0_u8; 4 * 2 * 32]);
        for (dtype, alpha) in [
            (Dtype::I64, &6_i64.to_le_bytes()[..]),
            (Dtype::I32, &6_i32.to_le_bytes()),
            (Dtype::F16, &half::f16::from_f32(6.0).to_le_bytes()),
        ] {
            let matrix = |shape: [usize; 2]| TensorView::new(Dtype::F32, shape.into(), &zeros).unwrap();
            let tensors = [
                (format!("{name}.alpha"), TensorView::new(dtype, Vec::new(), alpha).unwrap()),
                (format!("{name}.lora_down.weight"), matrix([2, 32])),
                (format!("{name}.lora_up.weight"), matrix([32, 2])),
            ];
            std::fs::write(&file, safetensors::serialize(tensors, None).unwrap()).unwrap();
            let added = Additions::fit(&files, &[LoraUse::new(&file)]).unwrap();
            let found = added.to(UNET, &format!("{path}.weight")).unwrap();
            let [Addition::LowRank(pair)] = found.as_slice() else { panic!("{found:?}") };
            assert_eq!((pair.rank, pair.scale), (2, 3.0), "{dtype}");
        }
    }

    #[test]
    fn a_kernel_in_the_middle_is_folded_into_what_is_before_it() {
        // rank 2, 3 inputs, 2 taps: sum over q of mid[p, q, tap] * down[q, input].
        let mid = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0];
        let down = [1.0, 0.0, 2.0, 0.0, 1.0, 1.0];
        let expected = [1.0, 2.0, 3.0, 4.0, 5.0, 8.0, 5.0, 6.0, 7.0, 8.0, 17.0, 20.0];
        assert_eq!(through(&mid, &down, 2), expected);
    }
}
