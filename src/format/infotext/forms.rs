//! Texts in the forms in which programs and sites give settings, written for this test, each with every field that it is
//! to restore.

use super::*;
use base::with_defaults;
use project::{GenerateSettings, SamplerKind as Kind, SigmaSpacing as Spacing};

with_defaults! {
    /// What a text restores; the rest is as [`Form::default`] says.
    struct Form {
        prompt: &'static str = "a lighthouse",
        negative: &'static str = "fog",
        sampler: Kind = Kind::EulerAncestral,
        spacing: Spacing = Spacing::Normal,
        steps: usize = 20,
        guidance: f64 = 7.0,
        seed: u64 = 42,
        size: Option<[u32; 2]> = Some([512, 768]),
        clip_skip: usize = 1,
        /// Strength and seed.
        variation: (f64, u64) = (0.0, 0),
        /// Whether it begins in pure noise, with a rescale of 0.7.
        pure_noise: bool = false,
        /// Times and strength.
        hires: (f64, f64) = (1.0, 0.5),
        /// Name and hash.
        model: [&'static str; 2] = ["", ""],
        words: &'static [[&'static str; 2]] = &[],
        loras: &'static [(&'static str, f64, &'static str)] = &[],
    }
}

const HEAD: &str = "a lighthouse\nNegative prompt: fog\n";

/// Settings that only have to be there.
const PLAIN: &str = "Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 42, Size: 512x768";

fn forms() -> Vec<(String, Form)> {
    let head = |rest: &str| format!("{HEAD}{rest}");
    let plain = |rest: &str| format!("{HEAD}{PLAIN}, {rest}");
    let form = Form::default;
    vec![
        // 1: as A1111 writes it, and what its panel puts above it.
        (head(PLAIN), form()),
        (format!("parameters\n{HEAD}{PLAIN}"), form()),
        (format!("  \r\na lighthouse\r\nNegative prompt: fog\r\n{PLAIN}\r\n\r\n"), form()),
        (format!("a lighthouse\n{PLAIN}"), Form { negative: "", ..form() }),
        (format!("a tower, a lighthouse\nBREAK\nthe sea\nNegative prompt: fog,\n(text:1.3)\n{PLAIN}"), Form {
            prompt: "a tower, a lighthouse\nBREAK\nthe sea",
            negative: "fog,\n(text:1.3)",
            ..form()
        }),
        // 6: samplers and schedules, old and new.
        (
            head("Steps: 28, Sampler: DPM++ 2M Karras, CFG scale: 6.5, Seed: 42, Size: 512x768"),
            Form { sampler: Kind::DpmPp2m, spacing: Spacing::Karras, steps: 28, guidance: 6.5, ..form() },
        ),
        (
            head("Steps: 20, Sampler: DPM++ SDE, Schedule type: Automatic, CFG scale: 7, Seed: 42, Size: 512x768"),
            Form { sampler: Kind::DpmPpSde, spacing: Spacing::Karras, ..form() },
        ),
        (
            head("Steps: 20, Sampler: Euler, Schedule type: SGM Uniform, CFG scale: 7, Seed: 42, Size: 512x768"),
            Form { sampler: Kind::Euler, spacing: Spacing::SgmUniform, ..form() },
        ),
        (
            head("Steps: 20, Sampler: dpmpp_2m_sde_karras, CFG scale: 7, Seed: 42, Size: 512x768"),
            Form { sampler: Kind::DpmPp2mSde, spacing: Spacing::Karras, ..form() },
        ),
        (
            head("Steps: 20, Sampler: uni_pc, Scheduler: beta, CFG scale: 7, Seed: 42, Size: 512x768"),
            Form { sampler: Kind::UniPc, spacing: Spacing::Beta, ..form() },
        ),
        (head("Steps: 20, Sampler: DDIM, CFG scale: 7, Seed: 42, Size: 512x768"), Form { sampler: Kind::Ddim, ..form() }),
        (head("Steps: 20, Sampler: PLMS, CFG scale: 7, Seed: 42, Size: 512x768"), Form { sampler: Kind::Pndm, ..form() }),
        (
            head("Steps: 20, Sampler: DPM2 a Karras, CFG scale: 7, Seed: 42, Size: 512x768, ENSD: 31337"),
            Form { sampler: Kind::Dpm2Ancestral, spacing: Spacing::Karras, ..form() },
        ),
        // 14: models, words and LoRAs by hash and name.
        (
            plain("Model hash: 6ce0161689, Model: harbour_v2, VAE hash: 235745af8d, VAE: sea.vae.pt, Version: v1.10.1"),
            Form { model: ["harbour_v2", "6ce0161689"], ..form() },
        ),
        (
            plain("Model hash: 7460a6fa, Clip skip: 2, Face restoration: CodeFormer"),
            Form { model: ["", "7460a6fa"], clip_skip: 2, ..form() },
        ),
        (
            plain("TI hashes: \"old-bulb: c74b4e810b03, old-bulb: c74b4e810b03, fog-neg: 0123456789ab\", Version: 1.9.0"),
            Form { words: &[["old-bulb", "c74b4e810b03"], ["fog-neg", "0123456789ab"]], ..form() },
        ),
        (
            plain("TI hashes: old-bulb: c74b4e810b03"),
            Form { words: &[["old-bulb", "c74b4e810b03"]], ..form() },
        ),
        (
            format!("a lighthouse <lora:storm:0.8>\nNegative prompt: fog\n{PLAIN}, Lora hashes: \"storm: 1a2b3c4d5e6f\""),
            Form { prompt: "a lighthouse <lora:storm:0.8>", loras: &[("storm", 0.8, "1a2b3c4d5e6f")], ..form() },
        ),
        (
            format!("<lora:storm:1:0.5> a lighthouse <lyco:dusk>\nNegative prompt: fog\n{PLAIN}"),
            Form {
                prompt: "<lora:storm:1:0.5> a lighthouse <lyco:dusk>",
                loras: &[("storm", 1.0, ""), ("dusk", 1.0, "")],
                ..form()
            },
        ),
        (
            format!(
                "a lighthouse <lora:storm:0.4>\nNegative prompt: fog\n{PLAIN}, Hashes: {{\"vae\": \"235745af8d\", \
                 \"model\": \"6ce0161689\", \"embed:old-bulb\": \"c74b4e810b\", \"lora:storm\": \"1a2b3c4d5e\"}}, Version: 1.6"
            ),
            Form {
                prompt: "a lighthouse <lora:storm:0.4>",
                model: ["", "6ce0161689"],
                words: &[["old-bulb", "c74b4e810b"]],
                loras: &[("storm", 0.4, "1a2b3c4d5e")],
                ..form()
            },
        ),
        (
            plain(
                "Lora hashes: \"storm: 1a2b3c4d5e, late: 6f7a8b9c0d\", Lora weights: \"storm: 0.5, late: 1\", Version: \
                 Fooocus v2.5.5",
            ),
            Form { loras: &[("storm", 0.5, "1a2b3c4d5e"), ("late", 1.0, "6f7a8b9c0d")], ..form() },
        ),
        // 22: as Civitai gives it, with the order of its own and lists in it.
        (
            head(
                "Steps: 20, CFG scale: 7, Sampler: Euler a, Seed: 42, Size: 512x768, Clip skip: 2, Created Date: \
                 2024-05-01T1234:56.7890000Z, Civitai resources: [{\"type\":\"checkpoint\",\"modelVersionId\":1,\
                 \"modelName\":\"Harbour\",\"modelVersionName\":\"v2, large\"},{\"type\":\"lora\",\"weight\":0.65,\
                 \"modelVersionId\":2,\"modelName\":\"Storm\",\"modelVersionName\":\"v1\"}], Civitai metadata: {\"remixOfId\":3}",
            ),
            Form { clip_skip: 2, model: ["Harbour v2, large", ""], loras: &[("Storm", 0.65, "")], ..form() },
        ),
        (
            head("Size: 512x768, Seed: 42, Model: harbour, Steps: 20, Sampler: Euler a, CFG scale: 7"),
            Form { model: ["harbour", ""], ..form() },
        ),
        // 24: what is drawn twice.
        (
            plain("Denoising strength: 0.45, Hires upscale: 2, Hires steps: 12, Hires upscaler: 4x-Sharp"),
            Form { hires: (2.0, 0.45), ..form() },
        ),
        (
            plain("Denoising strength: 0.6, Hires resize: 768x1152, Hires upscaler: Latent"),
            Form { hires: (1.5, 0.6), ..form() },
        ),
        (
            head("Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 42, Size: 1024x1536, Denoising strength: 0.7, First pass size: 512x768"),
            Form { hires: (2.0, 0.7), ..form() },
        ),
        // 27: variations, and values in other letters.
        (
            plain("Variation seed: 9, Variation seed strength: 0.25, Seed resize from: 512x512"),
            Form { variation: (0.25, 9), ..form() },
        ),
        (
            "a lighthouse\nnegative prompt: fog\nsteps: 20, sampler: Euler a, CFGscale: 7, seed: 42, Width: 512, Height: 768".into(),
            form(),
        ),
        (
            head("Steps: 20, Sampler: Euler a, Guidance Scale: 7.0, Seed: 42, Size: 512 × 768, Strength: 1.0, Seed Mode: Scale Alike"),
            form(),
        ),
        // 30: pure noise to begin with, and what that goes with.
        (plain("CFG rescale: 0.7, Noise Schedule: Zero Terminal SNR"), Form { pure_noise: true, ..form() }),
        // 31: line breaks added, and lost.
        (
            head("Steps: 20, Sampler: Euler a, CFG scale: 7,\nSeed: 42, Size: 512x768,\nModel: harbour\nTemplate: \"a lighthouse, {a|b}\""),
            Form { model: ["harbour", ""], ..form() },
        ),
        (format!("a lighthouse Negative prompt: fog {PLAIN}"), form()),
        // 33: quotes and colons within, and nothing said of the size or the chance.
        (
            format!(
                "a lighthouse, 1:2 scale\nNegative prompt: fog\n{PLAIN}, ControlNet 0: \"Module: canny, Model: x [1], Weight: 1\", \
                 Model: \"harbour: two, large\""
            ),
            Form { prompt: "a lighthouse, 1:2 scale", model: ["harbour: two, large", ""], ..form() },
        ),
        (
            head("Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: -1, Model: harbour"),
            Form { seed: 0, size: None, model: ["harbour", ""], ..form() },
        ),
    ]
}

#[test]
fn texts_of_every_form_restore_their_settings_exactly() {
    let forms = forms();
    assert!(forms.len() >= 30);
    for (number, (text, form)) in forms.into_iter().enumerate() {
        let info = parse_parameters(&text);
        let mut settings = GenerateSettings { sampler: Kind::Lcm, steps: 3, seed: 1, ..Default::default() };
        assert!(info.lay_over(&mut settings).is_empty(), "{text}");
        let expected = GenerateSettings {
            prompt: form.prompt.into(),
            negative_prompt: form.negative.into(),
            sampler: form.sampler,
            spacing: form.spacing,
            steps: form.steps,
            guidance: Some(form.guidance),
            seed: form.seed,
            width: form.size.map(|[width, _]| width),
            height: form.size.map(|[_, height]| height),
            clip_skip: form.clip_skip,
            zero_terminal_snr: form.pure_noise,
            rescale: if form.pure_noise { 0.7 } else { 0.0 },
            variation: form.variation.0,
            variation_seed: form.variation.1,
            enlarge: form.hires.0,
            enlarge_strength: form.hires.1,
            ..Default::default()
        };
        let number = number + 1;
        assert_eq!(settings, expected, "{number}: {text}");
        assert_eq!([info.model.as_str(), &info.model_hash], form.model, "{number}: {text}");
        let words: Vec<[&str; 2]> = info.ti_hashes.iter().map(|(word, hash)| [word.as_str(), hash]).collect();
        assert_eq!(words, form.words, "{number}: {text}");
        let loras = info.loras();
        let loras: Vec<_> =
            loras.iter().map(|lora| (lora.name.as_str(), lora.weight, lora.hash.as_str())).collect();
        assert_eq!(loras, form.loras, "{number}: {text}");
        assert!(has_settings(&text), "{number}: {text}");
        // Nothing is lost when it is written again.
        assert_eq!(parse_parameters(&info.to_parameters()), info, "{number}: {text}");
    }
    for prose in ["", "a cat: black, a dog: white, a bird: blue", "Steps: 3", "Negative prompt: fog"] {
        assert!(!has_settings(prose), "{prose}");
    }
}
