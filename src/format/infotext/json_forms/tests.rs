//! A text of each program with JSON, written for this test, each with every field that it is to restore.

use super::*;
use crate::infotext::parse_parameters;
use project::{Emphasis, GenerateSettings, SamplerKind as Kind, SigmaSpacing as Spacing};

/// What is read of a text, after it was written and read again in the established form.
fn read(text: &str, beside: Option<&str>) -> (GenerateInfo, GenerateSettings) {
    let info = read_json(text, beside).unwrap();
    assert_eq!(parse_parameters(&info.to_parameters()), info);
    let mut settings = GenerateSettings { seed: 1, steps: 3, ..Default::default() };
    assert_eq!(info.lay_over(&mut settings), [""; 0], "{text}");
    (info, settings)
}

fn loras(info: &GenerateInfo) -> Vec<(String, f64, String)> {
    info.loras().into_iter().map(|lora| (lora.name, lora.weight, lora.hash)).collect()
}

const GRAPH: &str = r#"{
    "0": {"class_type": "KSampler", "inputs": {"seed": 1, "steps": 9, "latent_image": ["5", 0]}},
    "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "sd1\\harbour.safetensors"}},
    "2": {"class_type": "LoraLoader", "inputs": {"lora_name": "a/storm.safetensors", "strength_model": 0.5,
        "strength_clip": 1.0, "model": ["1", 0], "clip": ["1", 1]}},
    "3": {"class_type": "LoraLoaderModelOnly", "inputs": {"lora_name": "dusk.safetensors", "strength_model": 1,
        "model": ["2", 0]}},
    "4": {"class_type": "CLIPSetLastLayer", "inputs": {"stop_at_clip_layer": -2, "clip": ["2", 1]}},
    "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 512, "height": ["12", 0], "batch_size": 1}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a \"NaN\\\\\" lighthouse, (embedding:old-bulb:1.2)", "clip": ["4", 0]}},
    "7": {"class_type": "CLIPTextEncodeSDXL", "inputs": {"text_g": ["13", 0], "text_l": "", "clip": ["4", 0]}},
    "8": {"class_type": "KSampler", "inputs": {"seed": 18446744073709551615, "steps": 20, "cfg": 6.5,
        "sampler_name": "dpmpp_2m_sde_gpu", "scheduler": "karras", "denoise": 1.0, "model": ["3", 0],
        "positive": ["14", 0], "negative": ["14", 1], "latent_image": ["5", 0]}},
    "9": {"class_type": "LatentUpscale", "inputs": {"samples": ["8", 0], "width": 1024, "height": 1536}},
    "10": {"class_type": "KSampler", "inputs": {"seed": 3, "steps": 7, "cfg": 2, "sampler_name": "lcm",
        "scheduler": "simple", "denoise": 0.5, "positive": ["6", 0], "negative": ["7", 0], "latent_image": ["9", 0]}},
    "11": {"class_type": "VAEDecode", "inputs": {"samples": ["10", 0]}, "is_changed": NaN},
    "12": {"class_type": "PrimitiveInt", "inputs": {"value": 768}, "is_changed": [-Infinity, Infinity]},
    "13": {"class_type": "PrimitiveString", "inputs": {"value": "fog"}},
    "14": {"class_type": "ControlNetApplyAdvanced", "inputs": {"positive": ["15", 0], "negative": ["7", 0]}},
    "15": {"class_type": "ConditioningConcat", "inputs": {"conditioning_to": ["6", 0], "conditioning_from": ["7", 0]}},
    "16": {"class_type": "SaveImage", "inputs": {"images": ["11", 0], "filename_prefix": "ComfyUI"}}
}"#;

#[test]
fn a_graph_restores_its_first_pass() {
    let (info, settings) = read(GRAPH, None);
    let expected = GenerateSettings {
        prompt: r#"a "NaN\\" lighthouse, (embedding:old-bulb:1.2) <lora:storm:0.5> <lora:dusk:1>"#.into(),
        negative_prompt: "fog".into(),
        steps: 20,
        guidance: Some(6.5),
        seed: u64::MAX,
        sampler: Kind::DpmPp2mSde,
        spacing: Spacing::Karras,
        width: Some(512),
        height: Some(768),
        clip_skip: 2,
        emphasis: Some(Emphasis::ComfyUi),
        ..Default::default()
    };
    assert_eq!(settings, expected);
    assert_eq!((info.model.as_str(), info.version.as_str()), ("harbour", "ComfyUI"));
    let none = String::new();
    assert_eq!(loras(&info), [("storm".to_owned(), 0.5, none.clone()), ("dusk".to_owned(), 1.0, none)]);
}

#[test]
fn a_graph_of_the_newer_samplers_is_read() {
    let text = r#"{
        "a": {"class_type": "SamplerCustomAdvanced", "inputs": {"noise": ["b", 0], "guider": ["c", 0],
            "sampler": ["d", 0], "sigmas": ["e", 0], "latent_image": ["f", 0]}},
        "b": {"class_type": "RandomNoise", "inputs": {"noise_seed": 42}},
        "c": {"class_type": "CFGGuider", "inputs": {"cfg": 0, "model": ["g", 0], "positive": ["h", 0], "negative": ["i", 0]}},
        "d": {"class_type": "KSamplerSelect", "inputs": {"sampler_name": "euler_ancestral"}},
        "e": {"class_type": "BasicScheduler", "inputs": {"scheduler": "normal", "steps": 20, "denoise": 0.75, "model": ["g", 0]}},
        "f": {"class_type": "VAEEncode", "inputs": {"pixels": ["j", 0]}},
        "g": {"class_type": "UNETLoader", "inputs": {"unet_name": "harbour.ckpt"}},
        "h": {"class_type": "CLIPTextEncode", "inputs": {"text": "a lighthouse"}},
        "i": {"class_type": "ConditioningZeroOut", "inputs": {"conditioning": ["h", 0]}},
        "j": {"class_type": "LoadImage", "inputs": {"image": "a.png"}}
    }"#;
    let (info, settings) = read(text, None);
    assert_eq!([&settings.prompt, &settings.negative_prompt], ["a lighthouse", ""]);
    assert_eq!((settings.steps, settings.guidance, settings.seed), (20, Some(0.0), 42));
    assert_eq!((settings.sampler, settings.spacing), (Kind::EulerAncestral, Spacing::Normal));
    assert_eq!((settings.width, info.model.as_str()), (None, "harbour"));
    assert_eq!(info.entry("Denoising strength"), Some("0.75"));
}

#[test]
fn what_invoke_ai_says_is_restored() {
    let text = r#"{"app_version": "4.2.0", "generation_mode": "txt2img", "positive_prompt": "a lighthouse", "negative_prompt":
        "fog", "width": 512, "height": 768, "seed": 42, "cfg_scale": 7.5, "cfg_rescale_multiplier": 0.7, "steps": 20,
        "scheduler": "kdpm_2_a_k", "clip_skip": 1, "model": {"key": "1", "name": "harbour", "base": "sd-1"}, "vae": null,
        "loras": [{"model": {"name": "storm"}, "weight": 0.75}, {"lora": {"model_name": "dusk"}, "weight": 1}]}"#;
    let (info, settings) = read(text, None);
    let expected = GenerateSettings {
        prompt: "a lighthouse <lora:storm:0.75> <lora:dusk:1>".into(),
        negative_prompt: "fog".into(),
        steps: 20,
        guidance: Some(7.5),
        rescale: 0.7,
        seed: 42,
        sampler: Kind::Dpm2Ancestral,
        spacing: Spacing::Karras,
        width: Some(512),
        height: Some(768),
        clip_skip: 2,
        emphasis: Some(Emphasis::Compel),
        ..Default::default()
    };
    assert_eq!(settings, expected);
    assert_eq!((info.model.as_str(), info.version.as_str()), ("harbour", "InvokeAI 4.2.0"));
    let older = r#"{"positive_prompt": "a (cat)", "seed": 5, "steps": 20, "scheduler": "euler", "model": {"model_name": "dock"}}"#;
    let (info, settings) = read(older, None);
    assert_eq!(
        (info.model.as_str(), settings.clip_skip, settings.emphasis),
        ("dock", 1, Some(Emphasis::Compel))
    );
}

#[test]
fn what_fooocus_says_is_restored() {
    let text = r#"{"adm_guidance": "(1.5, 0.8, 0.3)", "base_model": "harbour", "base_model_hash": "6ce0161689", "guidance_scale":
        4.0, "clip_skip": 2, "full_prompt": ["a lighthouse, sharp"], "loras": [["storm", 0.5, "1a2b3c4d5e"], ["dusk", 1.0, "6f7a8b9c0d"]],
        "metadata_scheme": "fooocus", "negative_prompt": "fog", "performance": "Speed", "prompt": "a lighthouse",
        "resolution": "(1152, 896)", "sampler": "dpmpp_2m_sde_gpu", "scheduler": "karras", "seed": "4205301234567890",
        "sharpness": 2.0, "steps": 30, "vae": "Default (model)", "version": "Fooocus v2.5.5"}"#;
    let (info, settings) = read(text, None);
    let expected = GenerateSettings {
        prompt: "a lighthouse <lora:storm:0.5> <lora:dusk:1>".into(),
        negative_prompt: "fog".into(),
        steps: 30,
        guidance: Some(4.0),
        seed: 4_205_301_234_567_890,
        sampler: Kind::DpmPp2mSde,
        spacing: Spacing::Karras,
        width: Some(1152),
        height: Some(896),
        clip_skip: 2,
        ..Default::default()
    };
    assert_eq!(settings, expected);
    assert_eq!([&info.model, &info.model_hash, &info.version], ["harbour", "6ce0161689", "Fooocus v2.5.5"]);
    let named = |name: &str, weight, hash: &str| (name.to_owned(), weight, hash.to_owned());
    assert_eq!(loras(&info), [named("storm", 0.5, "1a2b3c4d5e"), named("dusk", 1.0, "6f7a8b9c0d")]);
}

#[test]
fn what_novel_ai_says_is_restored() {
    let text = r#"{"steps": 28, "height": 768, "width": 512, "scale": 5.0, "uncond_scale": 1.0, "cfg_rescale": 0.0, "seed": 42,
        "noise_schedule": "karras", "sampler": "k_dpmpp_2s_ancestral", "uc": "fog", "version": 1}"#;
    let (info, settings) = read(text, Some("a lighthouse"));
    let expected = GenerateSettings {
        prompt: "a lighthouse".into(),
        negative_prompt: "fog".into(),
        steps: 28,
        guidance: Some(5.0),
        seed: 42,
        sampler: Kind::DpmPp2sAncestral,
        spacing: Spacing::Karras,
        width: Some(512),
        height: Some(768),
        ..Default::default()
    };
    assert_eq!(settings, expected);
    assert_eq!(info.version, "NovelAI");
    let newer = text.replacen('{', r#"{"prompt": "a boat", "#, 1).replace("karras", "native");
    let (_, settings) = read(&newer, Some("a lighthouse"));
    assert_eq!((settings.prompt.as_str(), settings.spacing), ("a boat", Spacing::Normal));
}

#[test]
fn links_in_a_circle_end_and_what_draws_nothing_is_none() {
    let circle = r#"{
        "1": {"class_type": "KSampler", "inputs": {"steps": 20, "cfg": 7, "seed": ["2", 0], "sampler_name": "euler", "model": ["3", 0],
            "positive": ["4", 0], "negative": ["4", 0], "latent_image": ["5", 0]}},
        "2": {"class_type": "Seed", "inputs": {"seed": ["2", 0]}},
        "3": {"class_type": "LoraLoader", "inputs": {"lora_name": "a.pt", "strength_model": 1, "model": ["3", 0]}},
        "4": {"class_type": "ConditioningCombine", "inputs": {"conditioning_1": ["4", 0]}},
        "5": {"class_type": "LatentUpscaleBy", "inputs": {"samples": ["1", 0]}},
        "6": {"class_type": "SaveImage", "inputs": {"images": ["1", 0]}}
    }"#;
    let info = read_json(circle, None).unwrap();
    assert_eq!((info.steps, info.seed, info.width), (20, 0, 0));
    assert_eq!(info.loras().len(), 1);
    let many: Vec<String> = (0..=MOST_NODES)
        .map(|name| format!(r#""{name}": {{"class_type": "Note", "inputs": {{}}}}"#))
        .collect();
    let many = format!("{{{}, {}", many.join(", "), circle.trim_start().trim_start_matches('{'));
    let long = format!("{GRAPH}{}", " ".repeat(LONGEST));
    for text in [
        "",
        "{}",
        "[1]",
        "{red|blue} hat",
        r#"{"1": {"class_type": "LoadImage", "inputs": {"image": "a.png"}}}"#,
        r#"{"1": {"class_type": "KSampler", "inputs": {"latent_image": ["2", 0]}}}"#,
        r#"{"1": {"class_type": "KSampler", "inputs": 3}}"#,
        r#"{"prompt": "a cat", "steps": 20}"#,
        r#"{"uc": null, "scale": null, "steps": "many"}"#,
        &many,
        &long,
    ] {
        assert_eq!(read_json(text, None), None, "{}", text.chars().take(99).collect::<String>());
    }
}
