//! Models in one file against the folders that hold the same weights, by what a network would read.
//!
//! The files are made from the golden folders (`tests/golden`, or `PSEUDOWORD_GOLDEN`) in the original layout: in 32
//! bits every number has to be the folder's, in 16 bits the folder's rounded to 16 bits. No tolerance is needed, since
//! nothing is computed. That they are made well is proved by the checksums of what PyTorch wrote of the same folders.
//! Its length is that of a list of cases, each of a few lines.

use std::path::{Path, PathBuf};

use format::{BundledVocabulary, Dtype, ModelFiles, TokenizerFiles, names};
use half::f16;
use project::{Family, Lineage};
use safetensors::tensor::TensorView;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use crate::numbers::{bundled, folder_with};
use crate::places::configuration;
use crate::single_files::{Tensors, family, model, round, weights, write_model, write_safetensors};

/// A file beside the configurations of its family, under a name of our own.
fn place(models: &Path, file: &str, folder: &Path) -> PathBuf {
    let path = folder.join("Modèle 猫").with_extension(Path::new(file).extension().unwrap());
    write_model(models, file, &path);
    configuration(&path, &models.join(family(file)));
    path
}

/// A checksum of names, types, shapes and numbers.
fn checksum(mut tensors: Tensors) -> String {
    tensors.sort_by(|a, b| a.0.cmp(&b.0));
    let mut hash = Sha256::new();
    for (name, dtype, shape, bytes) in tensors {
        hash.update(format!("{name}{dtype:?}{shape:?}\n").replace(' ', ""));
        hash.update(bytes);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_files_hold_what_pytorch_wrote() {
    // Of sd1_fp32.safetensors, sd1_fp16.ckpt, sd2_fp16.safetensors, sdxl_fp16.safetensors and ldm_fp16.ckpt, which were
    // made of the same folders by PyTorch and diffusers. What no network reads is left out.
    for (family, half, expected) in [
        ("sd1", false, "f7095ba64cb9c28d8159733bd689f1d033b6029ff0d7cf46f44653ac14e972e7"),
        ("sd1", true, "17109840a814c4c5806d9dc98839b8400ae5a4bbaaa5b3eeac49a95e87c739fc"),
        ("sd2", true, "ede3088f0acc967586a73476ca6f493718e4b5f4a464607e6ee258d36bc19924"),
        ("sdxl", true, "dbacbe27d2b25bf9ab8503c6c78754a8db7f4c0db250e9d2b5a69265b5496992"),
        ("ldm", true, "64aea0314fda9ea95729dd7ff30f91e3a1ef5de42531e0f9de46487254252ab8"),
    ] {
        let mut tensors = weights(&bundled(), family);
        if half {
            round(&mut tensors);
        }
        assert_eq!(checksum(tensors), expected, "{family}");
    }
}

/// The present name of a folder's tensor, as the networks ask for it.
fn present(part: &str, name: &str) -> String {
    if part == "vae" { names::vae_name(name) } else { name.to_owned() }
}

fn compare(file: &str) {
    let (models, half) = (folder_with(family(file)), file.contains("_fp16"));
    let place_ = tempfile::tempdir().unwrap();
    let path = place(&models, file, place_.path());
    let single = ModelFiles::open(&path).unwrap();
    let folder = ModelFiles::open(&models.join(family(file))).unwrap();
    assert_eq!(single.family(), folder.family());
    assert_eq!(single.name(), "Modèle 猫");
    let mut tensors = 0;
    for part in ["unet", "vae", "text_encoder", "text_encoder_2"] {
        assert_eq!(single.has(part), folder.has(part), "{part}");
        if !folder.has(part) {
            continue;
        }
        assert_eq!(single.config(part).unwrap(), folder.config(part).unwrap(), "{part}");
        let (ours, theirs) = (single.weights(part, half).unwrap(), folder.weights(part, half).unwrap());
        let mut expected: Vec<String> =
            theirs.names().filter(|name| !names::is_leftover(name)).map(|name| present(part, name)).collect();
        expected.sort_unstable();
        assert_eq!(ours.names().collect::<Vec<_>>(), expected, "{file} {part}");
        for name in theirs.names().filter(|name| !names::is_leftover(name)) {
            let mut wanted = theirs.read_f32(name).unwrap();
            if half {
                wanted.iter_mut().for_each(|number| *number = f16::from_f32(*number).to_f32());
            }
            let new = present(part, name);
            assert_eq!(ours.shape(&new).unwrap(), theirs.shape(name).unwrap(), "{file} {part} {new}");
            let got = ours.read_f32(&new).unwrap();
            let same = got.iter().zip(&wanted).all(|(got, wanted)| got.to_bits() == wanted.to_bits());
            assert!(same && got.len() == wanted.len(), "{file} {part} {new}");
            tensors += 1;
        }
    }
    assert!(tensors > 300, "only {tensors} tensors were compared");
    assert_eq!(single.scheduler().unwrap(), folder.scheduler().unwrap());
    assert!(matches!(single.tokenizer("tokenizer").unwrap(), TokenizerFiles::Folder(_)));
    assert_eq!(single.tokenizer("tokenizer_2").is_ok(), folder.has("tokenizer_2"));
}

#[test]
fn stable_diffusion_1_equals_its_folder() {
    compare("sd1_fp32.safetensors");
    compare("sd1_fp16.safetensors");
    compare("sd1_fp16.ckpt");
}

#[test]
fn stable_diffusion_2_equals_its_folder() {
    compare("sd2_fp16.safetensors");
    compare("sd2_fp16.ckpt");
}

#[test]
fn stable_diffusion_xl_equals_its_folder() {
    compare("sdxl_fp16.safetensors");
    compare("sdxl_fp16.ckpt");
}

#[test]
fn latent_diffusion_equals_its_folder() {
    compare("ldm_fp16.ckpt");
}

/// A tiny model in one file that can be changed.
struct Model {
    _place: TempDir,
    path: PathBuf,
    tensors: Tensors,
}

impl Model {
    fn new(file: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = place(&bundled(), file, folder.path());
        Self { _place: folder, path, tensors: model(&bundled(), file) }
    }

    fn open(&self) -> ModelFiles {
        write_safetensors(&self.path, &self.tensors);
        ModelFiles::open(&self.path).unwrap()
    }

    fn refusal(&self) -> String {
        write_safetensors(&self.path, &self.tensors);
        ModelFiles::open(&self.path).unwrap_err().to_string()
    }

    fn beside(&self, ending: &str) -> PathBuf {
        self.path.with_extension(ending)
    }

    fn rename(&mut self, from: &str, to: &str) {
        for (name, ..) in &mut self.tensors {
            if let Some(rest) = name.strip_prefix(from) {
                *name = format!("{to}{rest}");
            }
        }
    }
}

#[test]
fn old_prefixes_and_wrappers_make_no_difference() {
    let file = "sd1_fp16.safetensors";
    let original = Model::new(file).open();
    let text = "cond_stage_model.transformer.";
    for (from, to) in [
        (&*format!("{text}text_model."), text),
        ("first_stage_model.", "vae."),
        ("", "state_dict."),
        ("", "model."),
        ("model.diffusion_model.", "diffusion_model."),
        (text, "conditioner.embedders.0.transformer."),
    ] {
        let mut model = Model::new(file);
        model.rename(from, to);
        let renamed = model.open();
        for part in ["unet", "vae", "text_encoder"] {
            let (ours, theirs) =
                (renamed.weights(part, true).unwrap(), original.weights(part, true).unwrap());
            assert!(ours.names().eq(theirs.names()), "{from} {to} {part}");
            let name = ours.names().next().unwrap();
            assert_eq!(ours.read_f32(name).unwrap(), theirs.read_f32(name).unwrap());
        }
    }
    let mut turbo = Model::new("sd2_fp16.safetensors");
    turbo.rename("cond_stage_model.model.", "conditioner.embedders.0.model.");
    assert_eq!(turbo.open().family(), Family::Sd2);
}

#[test]
fn averaged_copies_and_schedules_are_left_alone() {
    let mut model = Model::new("sd1_fp16.safetensors");
    let before = model.open().weights("unet", true).unwrap().names().count();
    let extra = [
        "model_ema.diffusion_modelinput_blocks00weight",
        "model_ema.decay",
        "sqrt_alphas_cumprod",
        "cond_stage_model.logit_scale",
        "cond_stage_model.transformer.text_projection.weight",
    ];
    for name in extra {
        model.tensors.push((name.to_owned(), Dtype::F32, vec![1], vec![0; 4]));
    }
    let opened = model.open();
    assert_eq!(opened.weights("unet", true).unwrap().names().count(), before);
    let text = opened.weights("text_encoder", true).unwrap();
    assert!(text.names().all(|name| name.starts_with("text_model.")));
}

#[test]
fn an_unused_layer_of_the_text_encoder_may_be_missing() {
    let mut model = Model::new("sd2_fp16.safetensors");
    let names = |model: &Model| {
        let weights = model.open().weights("text_encoder", true).unwrap();
        weights.names().map(String::from).collect::<Vec<_>>()
    };
    let before = names(&model);
    model.tensors.retain(|(name, ..)| !name.contains("resblocks.2."));
    assert_eq!(names(&model), before);
    model.tensors.retain(|(name, ..)| !name.contains("resblocks.1."));
    let fault = model.open().weights("text_encoder", true).err().unwrap().to_string();
    assert!(fault.contains("1 layers"), "{fault}");
}

#[test]
fn without_configurations_the_published_ones_are_compared() {
    let model = Model::new("sd1_fp16.safetensors");
    std::fs::remove_dir_all(model.beside("config")).unwrap();
    let fault = model.refusal();
    for part in ["widths [32, 48]", "320", "published Stable Diffusion 1", "猫.config", "config.json"] {
        assert!(fault.contains(part), "{part}: {fault}");
    }
}

#[test]
fn a_folder_of_configurations_may_be_there_in_parts() {
    let model = Model::new("sd1_fp16.safetensors");
    for part in ["tokenizer", "scheduler"] {
        std::fs::remove_dir_all(model.beside("config").join(part)).unwrap();
    }
    let opened = model.open();
    assert_eq!(opened.scheduler().unwrap()["_class_name"], "PNDMScheduler");
    let bundled = TokenizerFiles::Bundled(BundledVocabulary::ClipL);
    assert_eq!(opened.tokenizer("tokenizer").unwrap(), bundled);
    std::fs::remove_dir_all(model.beside("config").join("vae")).unwrap();
    let fault = model.refusal();
    assert!(fault.contains("its vae has widths [8, 16, 16, 32]"), "{fault}");
    std::fs::write(model.beside("config").join("unet/config.json"), "[]").unwrap();
    assert!(model.refusal().contains("not a table of settings"));
}

fn predicted(model: &Model) -> String {
    std::fs::remove_dir_all(model.beside("config").join("scheduler")).ok();
    model.open().scheduler().unwrap()["prediction_type"].as_str().unwrap().to_owned()
}

/// Sets the bias by which Stable Diffusion 2 models are told apart; half of it one way, half the other.
fn spread(model: &mut Model, size: f32) {
    let name = "output_blocks.3.1.transformer_blocks.0.norm1.bias";
    let found = model.tensors.iter_mut().find(|(full, ..)| full.ends_with(name));
    let (_, _, shape, bytes) = found.unwrap();
    let number = |index| f16::from_f32(if index % 2 == 0 { size } else { -size });
    *bytes = (0..shape[0]).flat_map(|index| number(index).to_le_bytes()).collect();
}

#[test]
fn the_spread_of_a_bias_tells_what_stable_diffusion_2_predicts() {
    let mut model = Model::new("sd2_fp16.safetensors");
    spread(&mut model, 0.12);
    assert_eq!(predicted(&model), "v_prediction");
    spread(&mut model, 0.06);
    assert_eq!(predicted(&model), "epsilon");
    let settings = model.beside("yaml");
    std::fs::write(&settings, "model:\n  params:\n    parameterization: \"v\"\n").unwrap();
    assert_eq!(predicted(&model), "v_prediction");
    std::fs::write(&settings, "model:\n  params:\n    parameterization: w\n").unwrap();
    assert!(model.refusal().contains("猫.yaml"));
}

#[test]
fn marks_tell_what_stable_diffusion_xl_predicts() {
    let mut model = Model::new("sdxl_fp16.safetensors");
    assert_eq!(predicted(&model), "epsilon");
    for name in ["v_pred", "ztsnr"] {
        model.tensors.push((name.into(), Dtype::F32, vec![], vec![0; 4]));
    }
    assert_eq!(predicted(&model), "v_prediction");
    assert_eq!(model.open().scheduler().unwrap()["rescale_betas_zero_snr"], true);
    let tokenizers = ["tokenizer", "tokenizer_2"].map(|part| {
        std::fs::remove_dir_all(model.beside("config").join(part)).unwrap();
        model.open().tokenizer(part).unwrap()
    });
    let bundled = [BundledVocabulary::ClipL, BundledVocabulary::OpenClip].map(TokenizerFiles::Bundled);
    assert_eq!(tokenizers, bundled);
}

/// Writes the model with these entries in its header, under a name; whether it predicts the velocity, and down to pure
/// noise.
fn with_header(model: &Model, name: &str, entries: &[(&str, &str)]) -> (Option<Lineage>, bool, bool) {
    let path = model.path.with_file_name(name).with_extension("safetensors");
    let views = model.tensors.iter().map(|(name, dtype, shape, bytes)| {
        (name.clone(), TensorView::new(*dtype, shape.clone(), bytes).unwrap())
    });
    let header = entries.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    std::fs::write(&path, safetensors::serialize(views, Some(header)).unwrap()).unwrap();
    configuration(&path, &bundled().join("sdxl"));
    // What a folder of configurations says of the schedule would win.
    std::fs::remove_dir_all(path.with_extension("config").join("scheduler")).unwrap();
    let opened = ModelFiles::open(&path).unwrap();
    let scheduler = opened.scheduler().unwrap();
    let (velocity, stretched) =
        (scheduler["prediction_type"] == "v_prediction", scheduler["rescale_betas_zero_snr"] == true);
    (opened.lineage(), velocity, stretched)
}

#[test]
fn headers_and_names_tell_the_lineage_of_stable_diffusion_xl() {
    let mut model = Model::new("sdxl_fp16.safetensors");
    let merge = r#"{"67ab": {"name": "ponyDiffusionV6XL.safetensors"}, "12cd": {"name": "myMix"}}"#;
    for (name, entries, expected) in [
        ("anything", &[][..], (None, false, false)),
        ("waiNSFWIllustrious_v140", &[], (Some(Lineage::Illustrious), false, false)),
        ("noobaiXLNAIXL_vPred10Version", &[], (Some(Lineage::NoobAi), true, true)),
        ("noobaiXLNAIXL_epsilonPred11", &[], (Some(Lineage::NoobAi), false, false)),
        ("mix", &[("sd_merge_models", merge)], (Some(Lineage::Pony), false, false)),
        (
            "mix",
            &[("modelspec.title", "NoobAI-XL"), ("modelspec.prediction_type", "v")],
            (Some(Lineage::NoobAi), true, true),
        ),
        // A header weighs more than a name.
        ("x_vPred", &[("modelspec.prediction_type", "epsilon")], (None, false, false)),
        (
            "ponyXL",
            &[("ss_sd_model_name", "animagine-xl-3.1.safetensors")],
            (Some(Lineage::Animagine), false, false),
        ),
        ("tuned", &[("modelspec.architecture", "stable-diffusion-xl-v1-base")], (None, false, false)),
    ] {
        assert_eq!(with_header(&model, name, entries), expected, "{name} {entries:?}");
    }
    // Marks among the tensors weigh most: of a model with one, the other is not assumed.
    model.tensors.push(("v_pred".into(), Dtype::F32, vec![], vec![0; 4]));
    let marked = with_header(&model, "NoobAI", &[("modelspec.prediction_type", "epsilon")]);
    assert_eq!(marked, (Some(Lineage::NoobAi), true, false));
}

#[test]
fn an_autoencoder_beside_the_model_takes_its_place() {
    let mut model = Model::new("sd1_fp16.safetensors");
    let hash = model.open().fingerprint().unwrap();
    let prefix = "first_stage_model.";
    let own: Tensors = model.tensors.iter().filter(|(name, ..)| name.starts_with(prefix)).cloned().collect();
    let mut other: Tensors = own.clone();
    for (name, _, _, bytes) in &mut other {
        *name = name.strip_prefix(prefix).unwrap().to_owned();
        bytes.fill(0);
    }
    other.push(("loss.logvar".into(), Dtype::F32, vec![], vec![0; 4]));
    let beside = model.beside("vae.safetensors");
    write_safetensors(&beside, &other);
    let check = |opened: &ModelFiles| {
        let weights = opened.weights("vae", false).unwrap();
        assert!(weights.read_f32("decoder.conv_out.bias").unwrap().iter().all(|number| *number == 0.0));
        assert_eq!(opened.part_path("vae"), beside);
        assert_ne!(opened.fingerprint().unwrap(), hash);
    };
    check(&model.open());
    model.tensors.retain(|(name, ..)| !name.starts_with(prefix));
    check(&model.open());
    let names = model.open().weights("vae", false).unwrap();
    assert!(names.contains("decoder.mid_block.attentions.0.to_q.weight"));
    std::fs::copy(&model.path, &beside).unwrap();
    assert!(model.refusal().contains("no autoencoder"));
    std::fs::write(&beside, b"rubbish").unwrap();
    assert!(model.refusal().contains("猫.vae.safetensors"));
    std::fs::remove_file(&beside).unwrap();
    let fault = model.refusal();
    assert!(fault.contains("no autoencoder") && fault.contains("猫.vae.safetensors"), "{fault}");
}

#[test]
fn damaged_files_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    for file in ["sd1_fp16.safetensors", "sd1_fp16.ckpt"] {
        let path = place(&bundled(), file, folder.path());
        let whole = std::fs::read(&path).unwrap();
        let length = whole.len();
        for cut in [0, 1, 7, 9, 100, 5000, length / 2, length - 100, length - 1] {
            std::fs::write(&path, &whole[..cut]).unwrap();
            let sentence = ModelFiles::open(&path).unwrap_err().to_string();
            assert!(sentence.contains("猫"), "{file} {cut}: {sentence}");
        }
        // Any one damaged byte of the description may at worst give a model of other numbers, never a panic.
        for at in (0..whole.len().min(20_000)).step_by(97) {
            let mut garbled = whole.clone();
            garbled[at] ^= 0x55;
            std::fs::write(&path, &garbled).unwrap();
            if let Ok(model) = ModelFiles::open(&path) {
                for part in ["unet", "vae", "text_encoder"] {
                    let Ok(weights) = model.weights(part, true) else { continue };
                    for name in weights.names() {
                        let _ = weights.read_f32(name);
                    }
                }
            }
        }
    }
    let part = bundled().join("sd1/unet/diffusion_pytorch_model.safetensors");
    let sentence = ModelFiles::open(&part).unwrap_err().to_string();
    assert!(
        sentence.contains("U-Net and nothing else") && sentence.contains("choose the folder"),
        "{sentence}"
    );
    let path = folder.path().join("text.safetensors");
    std::fs::write(&path, b"<!DOCTYPE html><html>Access denied</html>").unwrap();
    let sentence = ModelFiles::open(&path).unwrap_err().to_string();
    assert!(sentence.contains("text.safetensors") && sentence.contains("web page"), "{sentence}");
}
