//! LoRAs to files: tensors and header as kohya's scripts write them, which every other program reads; and what was added
//! to every number of a U-Net as LyCORIS writes it (`full` and `norm`).
//!
//! Numbers are written as 32-bit floats. Models of Stable Diffusion XL have the original names, as those scripts have
//! them; all others diffusers' own.

use std::collections::BTreeMap;
use std::path::Path;

use safetensors::Dtype;
use sha2::{Digest as _, Sha256};

use super::keys::flat;
use crate::checkpoint::original_unet_names;
use base::Result;
use base::atomic::write_atomic;
use project::{Family, tensor_header};

/// What is added to a layer of the U-Net.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainedLayer {
    /// What diffusers calls the layer, with dots.
    pub path: String,
    /// The numbers.
    pub added: Added,
}

/// The numbers of a layer.
#[derive(Debug, Clone, PartialEq)]
pub enum Added {
    /// Two matrices.
    Pair {
        /// `[rank, inputs]`, row by row.
        down: Vec<f32>,
        /// `[outputs, rank]`, row by row.
        up: Vec<f32>,
    },
    /// As many numbers as the layer has.
    Full {
        /// Of the weight, as PyTorch stores it.
        shape: Vec<usize>,
        /// Row by row.
        weight: Vec<f32>,
        /// Empty if it has no bias.
        bias: Vec<f32>,
        /// Whether the layer is a norm.
        norm: bool,
    },
}

/// A LoRA to be written.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainedLora {
    /// For models of this family.
    pub family: Family,
    /// Layers of each down block of its U-Net.
    pub layers_per_block: usize,
    /// Rows of each `down`; 0 where no layer has one.
    pub rank: usize,
    /// What the product is multiplied by, times the rank.
    pub alpha: f64,
    /// Its layers.
    pub layers: Vec<TrainedLayer>,
    /// What else the header is to say, `ss_…` and `modelspec.…`.
    pub metadata: BTreeMap<String, String>,
}

/// What kohya's scripts call a layer of the U-Net, given diffusers' name of it.
pub fn layer_name(family: Family, path: &str, layers_per_block: usize) -> String {
    let originals = match family {
        Family::Sdxl => original_unet_names(&format!("{path}.weight"), layers_per_block),
        _ => Vec::new(),
    };
    let name = originals.first().map_or(path, |name| name.strip_suffix(".weight").unwrap_or(name));
    format!("lora_unet_{}", flat(name))
}

impl TrainedLora {
    /// Writes the file, whole or not at all.
    ///
    /// # Errors
    /// [`base::Error::Io`] if it cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        write_atomic(path, &self.to_bytes())
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut tensors: Vec<(String, Vec<usize>, Vec<u8>)> = Vec::new();
        let bytes = |values: &[f32]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
        for layer in &self.layers {
            let name = layer_name(self.family, &layer.path, self.layers_per_block);
            match &layer.added {
                Added::Pair { down, up } => {
                    let rank = self.rank;
                    let [inputs, outputs] = [down, up].map(|matrix| matrix.len() / rank.max(1));
                    tensors.push((format!("{name}.alpha"), Vec::new(), bytes(&[self.alpha as f32])));
                    tensors.push((format!("{name}.lora_down.weight"), vec![rank, inputs], bytes(down)));
                    tensors.push((format!("{name}.lora_up.weight"), vec![outputs, rank], bytes(up)));
                }
                Added::Full { shape, weight, bias, norm } => {
                    let [of_weight, of_bias] = if *norm { ["w_norm", "b_norm"] } else { ["diff", "diff_b"] };
                    tensors.push((format!("{name}.{of_weight}"), shape.clone(), bytes(weight)));
                    if !bias.is_empty() {
                        tensors.push((format!("{name}.{of_bias}"), vec![bias.len()], bytes(bias)));
                    }
                }
            }
        }
        tensors.sort_by(|one, other| one.0.cmp(&other.0));
        let numbers: Vec<u8> = tensors.iter().flat_map(|(_, _, bytes)| bytes.iter().copied()).collect();
        let mut metadata = self.metadata.clone();
        let hash = hex::encode(Sha256::digest(&numbers));
        let network = match self.rank {
            0 => vec![
                ("ss_network_module", "lycoris.kohya".to_owned()),
                ("ss_network_args", r#"{"algo": "full", "train_norm": "True"}"#.to_owned()),
            ],
            rank => vec![
                ("ss_network_module", "networks.lora".to_owned()),
                ("ss_network_dim", rank.to_string()),
                ("ss_network_alpha", format!("{:?}", self.alpha)),
            ],
        };
        let own = [
            ("ss_base_model_version", self.base_model_version().to_owned()),
            ("ss_v2", if self.family == Family::Sd2 { "True" } else { "False" }.to_owned()),
            ("sshs_model_hash", hash),
            ("modelspec.sai_model_spec", "1.0.0".to_owned()),
            ("modelspec.architecture", format!("{}/lora", self.family.architecture())),
            ("modelspec.implementation", "https://github.com/Stability-AI/generative-models".to_owned()),
        ];
        for (key, value) in network.into_iter().chain(own) {
            metadata.insert(key.to_owned(), value);
        }
        let layout = tensors
            .iter()
            .map(|(name, shape, bytes)| (name.as_str(), Dtype::F32, shape.as_slice(), bytes.len()));
        [tensor_header(layout, &metadata), numbers].concat()
    }

    /// As kohya's scripts call the kinds of models.
    fn base_model_version(&self) -> &'static str {
        match self.family {
            Family::Sdxl => "sdxl_base_v1-0",
            Family::Sd2 => "sd_v2",
            Family::Sd1 | Family::Ldm => "sd_v1",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Lora;
    use super::*;

    /// `lora_unet_` and the layer, then what kohya's `create_network_from_weights` looks for.
    #[test]
    fn files_have_the_names_that_kohya_has() {
        let path = "down_blocks.1.attentions.0.transformer_blocks.1.attn2.to_out.0";
        let trained = |family| TrainedLora {
            family,
            layers_per_block: 2,
            rank: 2,
            alpha: 2.0,
            layers: vec![TrainedLayer {
                path: path.into(),
                added: Added::Pair { down: vec![0.5; 6], up: vec![0.25; 8] },
            }],
            metadata: BTreeMap::from([("ss_output_name".to_owned(), "x".to_owned())]),
        };
        let folder = tempfile::tempdir().unwrap();
        for (family, name) in [
            (Family::Sd1, "lora_unet_down_blocks_1_attentions_0_transformer_blocks_1_attn2_to_out_0"),
            (Family::Sdxl, "lora_unet_input_blocks_4_1_transformer_blocks_1_attn2_to_out_0"),
        ] {
            let file = folder.path().join("x.safetensors");
            trained(family).write(&file).unwrap();
            let lora = Lora::open(&file).unwrap();
            let names: Vec<&str> = lora.weights.names().collect();
            assert_eq!(
                names,
                [".alpha", ".lora_down.weight", ".lora_up.weight"].map(|end| format!("{name}{end}"))
            );
            let shape =
                |end: &str| lora.weights.shape(&format!("{name}.lora_{end}.weight")).unwrap().to_vec();
            assert_eq!((shape("down"), shape("up")), (vec![2, 3], vec![4, 2]));
            let metadata = lora.weights.metadata();
            assert_eq!(metadata["ss_network_dim"], "2");
            assert_eq!(metadata["ss_network_alpha"], "2.0");
            assert_eq!(metadata["sshs_model_hash"][..12], lora.hash());
            let bytes = std::fs::read(&file).unwrap();
            let own = hex::encode(Sha256::digest(super::super::numbers_of(&bytes)));
            assert_eq!(metadata["sshs_model_hash"], own);
        }
    }

    #[test]
    fn what_is_no_lora_is_told_from_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes.safetensors");
        std::fs::write(&path, "not a LoRA").unwrap();
        let said = Lora::open(&path).err().unwrap().to_string();
        assert!(said.contains("text file") && said.contains("of a LoRA"), "{said}");
    }
}
