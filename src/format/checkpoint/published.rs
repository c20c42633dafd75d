//! What a single file does not say about itself: the configurations of the published families.
//!
//! They are bundled as JSON (`assets/families`) and checked against the shapes in the file; a file they do not
//! fit needs a folder of configurations beside it. Nothing is adjusted until it fits.

use serde_json::Value;

use super::original::{number, open_clip_block};
use super::prediction::Prediction;
use super::tensor_groups::{Group, TensorGroups};
use base::{Error, Result};
use project::Family;

macro_rules! bundled {
    ($($family:ident $folder:literal: $($part:literal)*;)*) => {
        fn text(family: Family, part: &str) -> Option<&'static str> {
            match (family, part) {
                $($((Family::$family, $part) => Some(include_str!(concat!(
                    "../../../assets/families/", $folder, "/", $part, ".json"
                ))),)*)*
                _ => None,
            }
        }
    };
}

bundled! {
    Sd1 "sd1": "unet" "vae" "text_encoder" "scheduler";
    Sd2 "sd2": "unet" "vae" "text_encoder" "scheduler";
    Sdxl "sdxl": "unet" "vae" "text_encoder" "text_encoder_2" "scheduler";
    Ldm "ldm": "unet" "vae" "text_encoder" "scheduler";
}

/// The published configuration of a part, with what the file itself says about its schedule.
pub(super) fn config(family: Family, part: &str, prediction: Prediction) -> Result<Value> {
    let absent = || Error::Internal(format!("no configuration of {part:?} is bundled"));
    let text = text(family, part).ok_or_else(absent)?;
    let mut config: Value = serde_json::from_str(text).map_err(|_| absent())?;
    match (family, part) {
        (_, "scheduler") => {
            config["prediction_type"] = if prediction.velocity { "v_prediction" } else { "epsilon" }.into();
            if prediction.zero_snr {
                config["rescale_betas_zero_snr"] = true.into();
                config["timestep_spacing"] = "trailing".into();
            }
        }
        // Of the two published sizes the larger predicts the velocity.
        (Family::Sd2, "unet") if prediction.velocity => config["sample_size"] = 96.into(),
        _ => {}
    }
    Ok(config)
}

/// The configuration of a part as it was published for a family, for measuring without a download; of Stable Diffusion
/// 2 the size that predicts the velocity.
///
/// # Errors
/// The family has no such part.
pub fn published_config(family: Family, part: &str) -> Result<Value> {
    config(family, part, Prediction { velocity: family == Family::Sd2, zero_snr: false })
}

/// The groups that can hold a part.
pub(super) fn groups(family: Family, part: &str) -> &'static [Group] {
    match (family, part) {
        (_, "unet") => &[Group::UNet],
        (_, "vae") => &[Group::Vae],
        (Family::Sd2, "text_encoder") => &[Group::OpenText],
        (Family::Sdxl, "text_encoder") => &[Group::FirstText],
        (Family::Sdxl, "text_encoder_2") => &[Group::SecondOpenText],
        (_, "text_encoder") => &[Group::Text, Group::FirstText],
        _ => &[],
    }
}

/// The first size of a text encoder or autoencoder in which a configuration differs from the file.
pub(super) fn disagreement(
    contents: &TensorGroups,
    family: Family,
    part: &str,
    config: &Value,
) -> Option<String> {
    let group = *groups(family, part).iter().find(|group| contents.has(**group))?;
    let given = |key: &str| usize::try_from(config.get(key)?.as_u64()?).ok();
    let size = |name: &str, axis| {
        let plain = name.strip_prefix("text_model.").unwrap_or(name);
        contents.size(group, name, axis).or_else(|| contents.size(group, plain, axis))
    };
    let (table, layers) = match (part, group) {
        ("vae", _) => return vae_disagreement(contents, config),
        (_, Group::OpenText | Group::SecondOpenText) => ("token_embedding.weight", None),
        _ if family == Family::Ldm => ("token_emb.weight", given("encoder_layers")),
        _ => ("text_model.embeddings.token_embedding.weight", given("num_hidden_layers")),
    };
    let width = given(if family == Family::Ldm { "d_model" } else { "hidden_size" });
    let counted = count_layers(contents, group);
    let same = |what, here, there| (what, here, there, here == there);
    let (rows, tokens) = (size(table, 0), given("vocab_size"));
    let checks = [
        // More rows than tokens are left out when they are read.
        ("a vocabulary of", rows, tokens, rows >= tokens),
        same("a width of", size(table, 1), width),
        same("layers:", layers.and(Some(counted)), layers),
    ];
    checks.into_iter().find(|(.., fits)| !fits).map(|(what, here, there, _)| {
        let say = |size: Option<usize>| size.map_or_else(|| "nothing".to_owned(), |size| size.to_string());
        format!("its {part} has {what} {} where its configuration says {}", say(here), say(there))
    })
}

/// The layers of a text encoder, by the highest index in its names.
pub(super) fn count_layers(contents: &TensorGroups, group: Group) -> usize {
    let layer = |name: &str| {
        let inner = name.strip_prefix("text_model.").unwrap_or(name);
        let clip = || Some(number(inner.strip_prefix("encoder.layers.")?)?.0);
        // Attention and feed-forward take turns in Latent Diffusion's.
        let bert = || Some(number(inner.strip_prefix("attn_layers.layers.")?)?.0 / 2);
        open_clip_block(name).or_else(clip).or_else(bert)
    };
    contents.group(group).filter_map(|(name, _)| layer(name)).max().map_or(0, |last| last + 1)
}

fn vae_disagreement(contents: &TensorGroups, config: &Value) -> Option<String> {
    let widths: Vec<usize> = (0..16)
        .map_while(|level| {
            contents.size(Group::Vae, &format!("encoder.down.{level}.block.0.conv2.weight"), 0)
        })
        .collect();
    let given = config.get("block_out_channels").and_then(Value::as_array)?;
    let given: Vec<usize> = given.iter().filter_map(|width| usize::try_from(width.as_u64()?).ok()).collect();
    (widths != given).then(|| format!("its vae has widths {widths:?} where its configuration says {given:?}"))
}

#[cfg(test)]
mod tests {
    use safetensors::Dtype;

    use super::*;
    use crate::checkpoint::detect::detect;
    use crate::tensors::Stored;

    #[test]
    fn every_bundled_configuration_is_json_for_its_family() {
        let eps = Prediction::default();
        for family in Family::ALL {
            for part in ["unet", "vae", "text_encoder", "scheduler"] {
                assert!(config(family, part, eps).unwrap().is_object(), "{family:?} {part}");
            }
            assert_eq!(config(family, "text_encoder_2", eps).is_ok(), family == Family::Sdxl);
        }
        let velocity = Prediction { velocity: true, zero_snr: true };
        assert_eq!(config(Family::Sd2, "unet", velocity).unwrap()["sample_size"], 96);
        assert_eq!(config(Family::Sd2, "unet", eps).unwrap()["sample_size"], 64);
        let schedule = config(Family::Sdxl, "scheduler", velocity).unwrap();
        assert_eq!(schedule["prediction_type"], "v_prediction");
        assert_eq!(schedule["rescale_betas_zero_snr"], true);
    }

    /// Numbers in the published files without averaged copies: U-Net, text encoders and autoencoder.
    #[test]
    fn published_sizes_are_met() {
        for (family, numbers) in [
            (Family::Sd1, [859_520_964, 83_653_863, 123_060_480, 0].iter().sum::<usize>()),
            (Family::Sd2, [865_910_724, 83_653_863, 354_032_641, 0].iter().sum()),
            (Family::Sdxl, [2_567_463_684, 83_653_863, 123_060_480, 694_659_841].iter().sum()),
            (Family::Ldm, [872_300_484, 83_653_863, 0, 581_994_042].iter().sum()),
        ] {
            let layout = random_model::layout(family);
            let count = |shape: &Vec<usize>| shape.iter().product::<usize>();
            assert_eq!(layout.values().map(count).sum::<usize>(), numbers, "{family:?}");
            let stored = |shape: &Vec<usize>| Stored {
                dtype: Dtype::F16,
                shape: shape.clone(),
                bytes: 0..2 * count(shape),
                strides: None,
            };
            let tensors = layout.iter().map(|(name, shape)| (name.clone(), stored(shape))).collect();
            let contents = TensorGroups::new(&tensors).unwrap();
            let found = detect(&contents, false).unwrap();
            assert_eq!(found.family, family);
            let config = |part| config(family, part, Prediction::default()).unwrap();
            assert_eq!(found.unet.disagreement(&config("unet")), None);
            for part in ["text_encoder", "vae"] {
                assert_eq!(disagreement(&contents, family, part, &config(part)), None);
            }
        }
    }
}
