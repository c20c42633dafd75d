//! What a drawn picture says of itself: the settings as A1111 writes them, so that it and others read them back.
//!
//! Only what was really used is said; what is not known is left out.

use crate::draw::{LoadedWords, SampleParams};
use crate::model_hash;
use base::Result;
use format::infotext::GenerateInfo;
use format::lora::Lora;
use model::Pipeline;
use project::{Emphasis, GenerateSettings, LoraUse, Precision, WeightFormat};
use text::prompt::Prompt;

/// What a picture says of how it was drawn.
pub(in crate::jobs) fn info(
    model: &Pipeline,
    settings: &GenerateSettings,
    words: &LoadedWords,
    loras: &[(LoraUse, String)],
    params: &SampleParams<'_>,
) -> GenerateInfo {
    let mut extra = Vec::new();
    let (sampler, schedule_type) = settings.sampler.written(settings.spacing);
    if let Some(name) = schedule_type {
        extra.push(("Schedule type".to_string(), name.to_string()));
    }
    if settings.rescale > 0.0 {
        extra.push(("Guidance rescale".to_string(), settings.rescale.to_string()));
    }
    if settings.zero_terminal_snr {
        extra.push(("Noise Schedule".to_string(), "Zero Terminal SNR".to_string()));
    }
    if settings.variation > 0.0 {
        extra.push(("Variation seed".to_string(), params.variation_seed.to_string()));
        extra.push(("Variation seed strength".to_string(), settings.variation.to_string()));
    }
    if settings.clip_skip > 1 {
        extra.push(("Clip skip".to_string(), settings.clip_skip.to_string()));
    }
    let weighted = [words.prompt(&settings.prompt), words.negative_prompt(&settings.negative_prompt)];
    if weighted.iter().any(Prompt::has_weights) {
        let emphasis = settings.emphasis.unwrap_or(Emphasis::usual(model.files.family()));
        extra.push(("Emphasis".to_string(), emphasis_name(emphasis).to_string()));
    }
    if settings.weights != WeightFormat::Full {
        extra.push(("Weights".to_string(), settings.weights.to_string()));
    }
    if settings.eta > 0.0 && settings.sampler.has_eta() {
        extra.push(("Eta DDIM".to_string(), settings.eta.to_string()));
    }
    // Other programs say nothing of 32 bits.
    if model.numbers.precision != Precision::F32 {
        extra.push(("Precision".to_string(), model.numbers.precision.to_string()));
    }
    if !loras.is_empty() {
        let hashes = loras.iter().map(|(lora, hash)| format!("{}: {hash}", lora.name()));
        extra.push(("Lora hashes".to_string(), hashes.collect::<Vec<_>>().join(", ")));
    }
    GenerateInfo {
        prompt: if loras.is_empty() { settings.prompt.clone() } else { with_tags(&settings.prompt, loras) },
        negative_prompt: settings.negative_prompt.clone(),
        steps: u32::try_from(settings.steps).unwrap_or(u32::MAX),
        sampler,
        cfg_scale: Some(settings.guidance.unwrap_or(model.defaults().guidance())),
        seed: params.seed,
        width: params.size[0],
        height: params.size[1],
        // As A1111 shortens it; empty, and so left out, while it is not known.
        model_hash: model_hash::known(model.files.path()).unwrap_or_default().chars().take(10).collect(),
        model: model.files.name(),
        extra,
        ti_hashes: words.used(&weighted),
        version: GenerateInfo::VERSION.to_string(),
    }
}

/// The LoRAs that do something, each with the hash that A1111 writes.
pub(in crate::jobs) fn lora_hashes(settings: &GenerateSettings) -> Result<Vec<(LoraUse, String)>> {
    let loras = settings.loras.iter().filter(|lora| lora.weight != 0.0);
    loras.map(|lora| Ok((lora.clone(), Lora::open(&lora.file)?.hash()))).collect()
}

/// A prompt with LoRAs as A1111 has them, at its end.
fn with_tags(prompt: &str, loras: &[(LoraUse, String)]) -> String {
    let tags = loras.iter().map(|(lora, _)| lora.tag()).filter(|tag| !prompt.contains(tag.as_str()));
    std::iter::once(prompt.trim().to_owned()).chain(tags).collect::<Vec<_>>().join(" ").trim().to_owned()
}

/// The name A1111 writes its own emphasis by; the others have the names of their programs.
fn emphasis_name(emphasis: Emphasis) -> &'static str {
    if emphasis == Emphasis::Automatic1111 { "Original" } else { emphasis.label() }
}

#[cfg(test)]
mod tests {
    use crate::jobs::generate::tests::drawn;
    use project::{GenerateSettings, SamplerKind, SigmaSpacing};

    #[test]
    fn a_picture_says_how_it_was_sampled_and_each_setting_changes_it() {
        let plain = GenerateSettings {
            guidance: Some(5.0),
            sampler: SamplerKind::Heun,
            spacing: SigmaSpacing::Beta,
            steps: 3,
            seed: 4,
            ..Default::default()
        };
        let (images, said, steps) = drawn(plain.clone());
        assert!(
            said[0].contains("Sampler: Heun, ") && said[0].contains("Schedule type: Beta"),
            "{}",
            said[0]
        );
        assert!(!said[0].contains("rescale") && !said[0].contains("Variation"), "{}", said[0]);
        // Each step asks twice but the last, and counts as one.
        assert_eq!(steps, [(1, 3), (1, 3), (2, 3), (2, 3), (3, 3)]);
        let changed =
            GenerateSettings { rescale: 0.5, variation: 0.25, variation_seed: 9, count: 2, ..plain.clone() };
        let (cousins, said, _) = drawn(changed);
        for (index, said) in said.iter().enumerate() {
            let seeds = format!("Variation seed: {}, Variation seed strength: 0.25", 9 + index);
            assert!(said.contains("Seed: 4,") && said.contains(&seeds), "{said}");
            assert!(said.contains("Guidance rescale: 0.5"), "{said}");
        }
        assert!(cousins[0] != cousins[1] && cousins.iter().all(|cousin| *cousin != images[0]));
        let (rescaled, ..) = drawn(GenerateSettings { rescale: 0.5, ..plain });
        assert!(rescaled[0] != images[0] && rescaled[0] != cousins[0]);
    }
}
