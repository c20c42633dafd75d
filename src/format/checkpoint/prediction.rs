//! What the U-Net of a single file predicts, noise or velocity: from the settings beside the file, or else from
//! the file.
//!
//! A file called like the model but with `.yaml` at the end wins, as it does in the program that began this
//! habit; marks among the tensors come next, then the header, and a name is the weakest. Settings are read as data and
//! bounded in size; nothing they name is loaded.

use std::path::Path;

use serde_json::Value;

use super::detect::FIRST_LAYER;
use super::original::two_numbers;
use super::tensor_groups::{Group, TensorGroups};
use super::vae_file::sidecar;
use crate::container::decode_floats;
use crate::lineage::{self, Metadata};
use crate::tensors::{Stored, TensorFile};
use base::{Error, FileKind, Result, stranger, text_file};
use project::{Family, Lineage};

/// Above this spread of one bias a Stable Diffusion 2 model predicts the velocity: the published models and what
/// was made of them lie well on either side (ComfyUI tells them apart by the same number).
const SPREAD: f64 = 0.09;

/// The longest such bias, in bytes; real ones have 320 numbers.
const LONGEST_BIAS: usize = 1 << 16;

/// What is predicted, and under which schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Prediction {
    /// The velocity instead of the noise.
    pub velocity: bool,
    /// The schedule was stretched until its last step is pure noise.
    pub zero_snr: bool,
}

pub(super) fn find(
    file: &TensorFile,
    contents: &TensorGroups,
    family: Family,
    metadata: &Metadata,
) -> Result<Prediction> {
    let settings = sidecar(&file.path, "yaml");
    if settings.is_file()
        && let Some(velocity) = told(&settings)?
    {
        let stretched = velocity && is_noob(file, family, metadata);
        return Ok(Prediction { velocity, zero_snr: contents.has_other("ztsnr") || stretched });
    }
    let velocity = match family {
        // The published one for inpainting was made of the model that predicts the noise, and its bias says nothing.
        Family::Sd2 if contents.size(Group::UNet, FIRST_LAYER, 1) == Some(9) => false,
        Family::Sd2 => bias(contents).is_some_and(|bias| spread(bias, &file.map) > SPREAD),
        Family::Sdxl if contents.has_other("v_pred") => true,
        Family::Sdxl => return Ok(told_by_names(file, contents, metadata)),
        _ => false,
    };
    Ok(Prediction { velocity, zero_snr: velocity && contents.has_other("ztsnr") })
}

/// What the header says, else the file's name, of a Stable Diffusion XL without marks among its tensors. NoobAI's velocity
/// model was trained down to pure noise, whether or not its copies carry the mark.
fn told_by_names(file: &TensorFile, contents: &TensorGroups, metadata: &Metadata) -> Prediction {
    let name = file.path.file_stem().unwrap_or_default().to_string_lossy();
    let velocity = lineage::velocity(metadata).or_else(|| lineage::velocity_in_name(&name)).unwrap_or(false);
    let stretched = || contents.has_other("ztsnr") || is_noob(file, Family::Sdxl, metadata);
    Prediction { velocity, zero_snr: velocity && stretched() }
}

fn is_noob(file: &TensorFile, family: Family, metadata: &Metadata) -> bool {
    let name = file.path.file_stem().unwrap_or_default().to_string_lossy();
    family == Family::Sdxl && lineage::of_model(metadata, &name) == Some(Lineage::NoobAi)
}

/// What settings say: `parameterization` of the original programs, or the scaling of Stable Diffusion XL's.
fn told(path: &Path) -> Result<Option<bool>> {
    let remedy = "Mend these settings, or remove them from beside the model.";
    let fault = |fault: &str| Error::file(FileKind::Model, path, fault, remedy);
    let text = text_file::read(FileKind::Model, path)?;
    let start = text.as_bytes();
    let found = || stranger::in_place(start.get(..stranger::START as usize).unwrap_or(start));
    let found = || found().map(|it| Error::file(FileKind::Model, path, it.fault, it.remedy));
    let no_settings = |what: &str| found().unwrap_or_else(|| fault(what));
    let settings: Value =
        serde_saphyr::from_str(&text).map_err(|_| no_settings("it is not readable as YAML"))?;
    if !(settings.is_object() || settings.is_null()) {
        return Err(no_settings("it holds no table of settings"));
    }
    let Some(parameters) = settings.pointer("/model/params") else {
        // What a server says in place of a file may be a table as well.
        return text.starts_with('{').then(found).flatten().map_or(Ok(None), Err);
    };
    let scaling = parameters.pointer("/denoiser_config/params/scaling_config/target").and_then(Value::as_str);
    match (parameters.get("parameterization").and_then(Value::as_str), scaling) {
        (Some("v"), _) => Ok(Some(true)),
        (Some("eps"), _) => Ok(Some(false)),
        (Some(_), _) => Err(fault("it asks for a parameterization other than eps or v")),
        (None, Some(scaling)) if scaling.ends_with("VScaling") => Ok(Some(true)),
        (None, Some(scaling)) if scaling.ends_with("EpsScaling") => Ok(Some(false)),
        (None, Some(_)) => Err(fault("it asks for a scaling other than EpsScaling or VScaling")),
        // Where the original program is told nothing, it predicts the noise.
        (None, None) => Ok(Some(false)),
    }
}

/// The bias of the last transformer's first norm.
fn bias(contents: &TensorGroups) -> Option<&Stored> {
    let found = contents.group(Group::UNet).filter_map(|(name, stored)| {
        let (block, inner, rest) = two_numbers(name.strip_prefix("output_blocks.")?)?;
        let named = inner == 1 && rest == "transformer_blocks.0.norm1.bias";
        (named && stored.bytes.len() <= LONGEST_BIAS).then_some((block, stored))
    });
    found.max_by_key(|(block, _)| *block).map(|(_, stored)| stored)
}

/// The standard deviation over a whole tensor.
fn spread(stored: &Stored, bytes: &[u8]) -> f64 {
    let numbers = bytes.get(stored.bytes.clone()).and_then(|bytes| decode_floats(stored.dtype, bytes));
    let numbers: Vec<f64> = numbers.unwrap_or_default().into_iter().map(f64::from).collect();
    let count = numbers.len().max(1) as f64;
    let mean = numbers.iter().sum::<f64>() / count;
    (numbers.iter().map(|number| (number - mean).powi(2)).sum::<f64>() / count).sqrt()
}

#[cfg(test)]
mod tests {
    use safetensors::Dtype;
    use safetensors::tensor::TensorView;

    use super::*;

    #[test]
    fn a_model_of_the_second_generation_for_inpainting_predicts_the_noise() {
        let folder = tempfile::tempdir().unwrap();
        let bias: Vec<u8> = [1.0f32, -1.0].iter().flat_map(|number| number.to_le_bytes()).collect();
        for (channels, velocity) in [(4, true), (9, false)] {
            let first = vec![0_u8; 4 * channels];
            let tensor = |shape, numbers| TensorView::new(Dtype::F32, shape, numbers).unwrap();
            let tensors = [
                (FIRST_LAYER, tensor(vec![1, channels, 1, 1], &first)),
                ("output_blocks.11.1.transformer_blocks.0.norm1.bias", tensor(vec![2], &bias)),
            ];
            let tensors = tensors.map(|(name, tensor)| (format!("model.diffusion_model.{name}"), tensor));
            let path = folder.path().join(format!("{channels}.safetensors"));
            std::fs::write(&path, safetensors::serialize(tensors, None).unwrap()).unwrap();
            let file = TensorFile::open(&path).unwrap();
            let contents = TensorGroups::new(&file.tensors).unwrap();
            let found = find(&file, &contents, Family::Sd2, &Metadata::new()).unwrap();
            assert_eq!(found.velocity, velocity, "{channels} channels");
        }
    }

    #[test]
    fn a_bias_as_long_as_the_file_is_not_gone_through() {
        let stored = |numbers: usize| Stored {
            dtype: Dtype::F32,
            shape: vec![numbers],
            bytes: 0..4 * numbers,
            strides: None,
        };
        let name = "model.diffusion_model.output_blocks.11.1.transformer_blocks.0.norm1.bias";
        for (numbers, found) in [(320, true), (LONGEST_BIAS, false)] {
            let tensors = std::collections::BTreeMap::from([(name.to_owned(), stored(numbers))]);
            assert_eq!(bias(&TensorGroups::new(&tensors).unwrap()).is_some(), found, "{numbers}");
        }
    }

    #[test]
    fn settings_are_understood_and_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("模型.yaml");
        let read = |text: &str| {
            std::fs::write(&path, text).unwrap();
            told(&path)
        };
        assert_eq!(read("model:\n  params:\n    parameterization: \"v\"\n").unwrap(), Some(true));
        assert_eq!(read("model:\n  params:\n    linear_start: 0.00085\n").unwrap(), Some(false));
        let scaling = "model:\n  params:\n    denoiser_config:\n      params:\n        scaling_config:\n          target: sgm.VScaling\n";
        assert_eq!(read(scaling).unwrap(), Some(true));
        assert_eq!(read("name: something else\n").unwrap(), None);
        assert_eq!(read("").unwrap(), None);
        for (text, expected) in [
            ("model:\n  params:\n    parameterization: x0\n".to_owned(), "parameterization"),
            ("model: [".to_owned(), "YAML"),
            ("<!DOCTYPE html><html><head><title>Sign in</title></head></html>".to_owned(), "web page"),
            ("version https://git-lfs.github.com/spec/v1\noid sha256:12\nsize 7\n".to_owned(), "Git LFS"),
            (r#"{"error": "Repository not found"}"#.to_owned(), "server's message"),
            ("Use the v prediction with this model".to_owned(), "no table"),
            ("- model\n- params\n".to_owned(), "no table"),
            ("a: ".repeat(1 << 21), "far too long"),
        ] {
            let sentence = read(&text).unwrap_err().to_string();
            assert!(sentence.contains(expected) && sentence.contains("模型.yaml"), "{sentence}");
        }
        // References to references may not unfold: 9^29 values would take longer than anybody waits.
        let bomb: String = (1..30)
            .map(|i| format!("a{i}: &a{i} [{}]\n", vec![format!("*a{}", i - 1); 9].join(", ")))
            .collect();
        assert!(read(&format!("a0: &a0 x\n{bomb}model: *a29\n")).is_err());
    }

    #[test]
    fn the_spread_is_that_of_the_whole() {
        let bytes: Vec<u8> = [1.0f32, 3.0, 1.0, 3.0].iter().flat_map(|number| number.to_le_bytes()).collect();
        let stored = Stored { dtype: Dtype::F32, shape: vec![4], bytes: 0..16, strides: None };
        assert!((spread(&stored, &bytes) - 1.0).abs() < 1e-9);
    }
}
