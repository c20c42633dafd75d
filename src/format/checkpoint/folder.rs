//! Recognising a model folder in diffusers' layout: its pipeline class, its family, what it is not.
//!
//! Classes and configurations are compared with what this program has code for; everything else is refused by
//! its name, since a word learned on the wrong kind of model is lost work.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::damage::{DOWNLOAD, read_table};
use crate::lineage;
use base::{Error, FileKind, Result, json, stranger};
use project::files::inside;
use project::{Family, Lineage};

pub(super) const CHOOSE: &str = "Choose a text-to-image model of Stable Diffusion 1, 2 or XL or of Latent \
                                 Diffusion: a folder with model_index.json or a single file.";

/// Pipelines whose folders hold the same parts as the plain text-to-image ones.
const CLASSES: [&str; 5] = [
    "StableDiffusionPipeline",
    "StableDiffusionImg2ImgPipeline",
    "StableDiffusionXLPipeline",
    "StableDiffusionXLImg2ImgPipeline",
    LDM,
];

/// Those of models that were made for inpainting.
const TO_EDIT: [&str; 2] = ["StableDiffusionInpaintPipeline", "StableDiffusionXLInpaintPipeline"];

const LDM: &str = "LDMTextToImagePipeline";

/// The file in which diffusers and transformers keep the configuration of a network.
pub(super) const CONFIG: &str = "config.json";

/// What a folder's `model_index.json` and U-Net say.
pub(super) struct Known {
    pub family: Family,
    /// See [`super::ModelFiles::zero_negative`].
    pub zero_negative: bool,
    /// See [`super::ModelFiles::guidance`].
    pub guidance: Option<f64>,
    /// See [`super::ModelFiles::lineage`].
    pub lineage: Option<Lineage>,
}

/// Recognises a folder, where pictures are `to_edit` with it also an inpainting model.
pub(super) fn recognise(path: &Path, to_edit: bool) -> Result<Known> {
    let refuse = |fault: &str, remedy: String| Err(Error::file(FileKind::Model, path, fault, remedy));
    let index = path.join("model_index.json");
    if !index.is_file() {
        let remedy = match nearby(path) {
            Some(folder) => format!("There is one nearby: choose {} instead.", folder.display()),
            None => CHOOSE.into(),
        };
        if stranger::is_unfinished(path) {
            let fault = "its ending says that its download has not come to its end";
            return refuse(fault, "Let the download finish, or start it again.".into());
        }
        return refuse("this folder has no model_index.json, so it is not a model", remedy);
    }
    let index: Value = json::read(&index, DOWNLOAD)?;
    let class = index.get("_class_name").and_then(Value::as_str).unwrap_or("");
    if !(CLASSES.contains(&class) || to_edit && TO_EDIT.contains(&class)) {
        return refuse(&describe_class(class), CHOOSE.into());
    }
    let unet = path.join("unet").join(CONFIG);
    if !unet.is_file() {
        return refuse("the model lacks its part \"unet\" or its config.json", DOWNLOAD.into());
    }
    match family(class, &index, &read_table(&unet)?, to_edit) {
        Ok(family) => {
            let zeros =
                index.get("force_zeros_for_empty_prompt").is_none_or(|said| said != &Value::Bool(false));
            let guidance = index.get("_guidance_scale").and_then(Value::as_f64);
            let guidance = guidance.filter(|scale| (0.0..=100.0).contains(scale));
            let zero_negative = family == Family::Sdxl && zeros;
            let saved_from = index.get("_name_or_path").and_then(Value::as_str);
            let lineage = (family == Family::Sdxl).then(|| lineage::of_folder(path, saved_from)).flatten();
            Ok(Known { family, zero_negative, guidance, lineage })
        }
        Err(kind) => refuse(&not_supported(&kind), CHOOSE.into()),
    }
}

/// The family by the class and the structure of the U-Net; widths alone do not tell, as there are small models.
fn family(class: &str, index: &Value, unet: &Value, to_edit: bool) -> Result<Family, String> {
    let given = |key: &str| unet.get(key).filter(|value| !value.is_null());
    let absent = |part: &str| index.get(part).is_some_and(|part| part.get(0).is_none_or(Value::is_null));
    let conditioned = given("addition_embed_type").and_then(Value::as_str);
    match given("in_channels").and_then(Value::as_u64).unwrap_or(4) {
        9 if to_edit => {}
        9 => return Err("an inpainting model (its U-Net takes 9 channels)".into()),
        8 => return Err("a model that edits pictures by instructions (its U-Net takes 8 channels)".into()),
        5 => return Err("a depth-to-image model (its U-Net takes 5 channels)".into()),
        _ => {}
    }
    let distilled = given("reverse_transformer_layers_per_block").is_some()
        || unet.get("mid_block_type").is_some_and(Value::is_null);
    if distilled {
        return Err("a cut-down model such as SSD-1B, Segmind Vega or a small Stable Diffusion".into());
    }
    if given("time_cond_proj_dim").is_some() {
        return Err("a latent consistency model with a guidance input".into());
    }
    match conditioned {
        Some("text_time") if absent("text_encoder") || index.get("text_encoder_2").is_none() => {
            Err("a Stable Diffusion XL refiner (it lacks the first text encoder)".into())
        }
        Some("text_time") => Ok(Family::Sdxl),
        Some(other) => Err(format!("a model with the unknown conditioning {other:?}")),
        None if class == LDM => Ok(Family::Ldm),
        None if class.contains("XL") => Err("a Stable Diffusion XL folder with another U-Net".into()),
        None if given("use_linear_projection") == Some(&Value::Bool(true)) => Ok(Family::Sd2),
        None => Ok(Family::Sd1),
    }
}

/// What the folder of a part is called: Latent Diffusion has names of its own for two.
pub(super) fn folder_name(family: Family, part: &str) -> &str {
    match (family, part) {
        (Family::Ldm, "vae") => "vqvae",
        (Family::Ldm, "text_encoder") => "bert",
        _ => part,
    }
}

fn not_supported(kind: &str) -> String {
    format!("this is {kind}, which cannot learn a word here")
}

fn describe_class(class: &str) -> String {
    let kind = match class {
        "" => return "its model_index.json does not say what kind of model it is".into(),
        _ if class.contains("Inpaint") => "an inpainting model",
        _ if class.contains("InstructPix2Pix") => "a model that edits pictures by instructions",
        _ if class.contains("Depth2Img") => "a depth-to-image model",
        _ if class.contains("ControlNet") || class.contains("Adapter") => {
            "a model steered by a second picture"
        }
        _ if class.contains("UnCLIP") || class.contains("ImageVariation") => {
            "a model led by pictures, not words"
        }
        _ if class.contains("Upscale") => "a model that enlarges pictures",
        _ if class.contains("StableDiffusion3") => "a Stable Diffusion 3 model",
        _ if class.contains("StableDiffusionXL") => "a variant of Stable Diffusion XL",
        _ if class.starts_with("Flux") => "a Flux model",
        _ if class.starts_with("LDM") || class.starts_with("LatentDiffusion") => {
            "another latent-diffusion model"
        }
        _ if class.contains("Video") || class.contains("AnimateDiff") => "a video model",
        _ => "another kind of model",
    };
    not_supported(&format!("{kind} ({class})"))
}

/// The model a person probably meant: the folder above one part, the only model one level down, or the newest
/// snapshot of a download cache.
fn nearby(path: &Path) -> Option<PathBuf> {
    let is_model = |folder: &PathBuf| folder.join("model_index.json").is_file();
    if let Some(above) = path.parent().map(Path::to_path_buf).filter(is_model) {
        return Some(above);
    }
    let below = |folder: &Path| inside(folder).filter(is_model).collect::<Vec<_>>();
    let snapshots = below(&path.join("snapshots"));
    let modified = |folder: &PathBuf| folder.metadata().and_then(|data| data.modified()).ok();
    snapshots.into_iter().max_by_key(modified).or_else(|| match below(path).as_slice() {
        [only] => Some(only.clone()),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refusal(path: &Path) -> String {
        recognise(path, false).err().unwrap().to_string()
    }

    #[test]
    fn every_golden_folder_shows_its_family() {
        let known =
            ["sd1", "sd2", "sdxl", "ldm"].map(|name| recognise(&crate::golden(name), false).unwrap().family);
        assert_eq!(known, Family::ALL);
    }

    #[test]
    fn what_is_no_model_is_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("Modèle 猫");
        std::fs::create_dir_all(path.join("unet")).unwrap();
        assert!(refusal(&path).contains("no model_index.json"));
        for (index, expected) in [
            (r#"{"_class_name": "StableDiffusionXLControlNetPipeline"}"#, "steered"),
            (r#"{"_class_name": "StableDiffusionInpaintPipeline"}"#, "inpainting"),
            (r#"{"_class_name": "StableDiffusionXLInpaintPipeline"}"#, "inpainting"),
            (r#"{"_class_name": "StableDiffusion3Pipeline"}"#, "Diffusion 3"),
            (r#"{"_class_name": "StableDiffusionDepth2ImgPipeline"}"#, "depth"),
            (r#"{"_class_name": "StableDiffusionInstructPix2PixPipeline"}"#, "edits pictures"),
            (r#"{"_class_name": "LDMSuperResolutionPipeline"}"#, "latent-diffusion"),
            (r#"{"_class_name": "FluxPipeline"}"#, "FluxPipeline"),
            (r#"{"_class_name": "StableDiffusionPipeline"}"#, "lacks its part"),
            ("[]", "does not say"),
            ("{", "not readable as JSON"),
        ] {
            std::fs::write(path.join("model_index.json"), index).unwrap();
            let sentence = refusal(&path);
            assert!(sentence.contains(expected) && sentence.contains("猫"), "{sentence}");
        }
        assert!(refusal(&path.join("unet")).contains(&format!("choose {}", path.display())));
        assert!(refusal(folder.path()).contains(&format!("choose {}", path.display())));
    }

    #[test]
    fn variants_inside_a_known_class_are_declined() {
        let two = json!({ "text_encoder": ["a", "b"], "text_encoder_2": ["a", "b"] });
        let refiner = json!({ "text_encoder": [null, null], "text_encoder_2": ["a", "b"] });
        let xl = "StableDiffusionXLPipeline";
        let check = |class, index: &Value, unet: Value, expected: &str| {
            let found = family(class, index, &unet, false);
            let text = found.map_or_else(|kind| kind, |family| family.name().into());
            assert!(text.contains(expected), "{text}");
        };
        check(xl, &two, json!({ "addition_embed_type": "text_time" }), "Diffusion XL");
        check(xl, &refiner, json!({ "addition_embed_type": "text_time" }), "refiner");
        check(xl, &two, json!({ "addition_embed_type": "image" }), "unknown conditioning");
        check(xl, &two, json!({}), "another U-Net");
        check(xl, &two, json!({ "addition_embed_type": "text_time", "mid_block_type": null }), "SSD-1B");
        let plain = "StableDiffusionPipeline";
        let none = json!({});
        check(plain, &none, json!({ "in_channels": 9 }), "inpainting");
        check(plain, &none, json!({ "in_channels": 8 }), "instructions");
        check(plain, &none, json!({ "in_channels": 5, "use_linear_projection": true }), "depth");
        check(plain, &none, json!({ "time_cond_proj_dim": 256 }), "consistency");
        check(plain, &none, json!({ "use_linear_projection": true }), "Diffusion 2");
        check(plain, &none, json!({ "use_linear_projection": false }), "Diffusion 1");
        check("LDMTextToImagePipeline", &none, json!({}), "Latent");
        let nine = json!({ "in_channels": 9, "use_linear_projection": true });
        assert_eq!(family(TO_EDIT[0], &none, &nine, true), Ok(Family::Sd2));
    }
}
