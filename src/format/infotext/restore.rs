//! What the settings of a picture mean here: entries of A1111, its forks and the sites for pictures as the settings that
//! draw the like.
//!
//! What an entry does not say stays as it is where it is the artist's, and is the usual where it is part of the picture.
//! Files are named, not looked for.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{GenerateInfo, MOST_NAMED};
use project::{GenerateSettings, SamplerKind, SigmaSpacing};

/// A LoRA that a picture was drawn with.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedLora {
    /// What the picture calls it.
    pub name: String,
    /// How strongly it acted.
    pub weight: f64,
    /// Its hash as A1111 writes it; empty if unknown.
    pub hash: String,
}

/// What a site says of a file that a picture was drawn with.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Resource {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    model_name: String,
    #[serde(default)]
    model_version_name: String,
    weight: Option<f64>,
}

impl GenerateInfo {
    /// Lays what the picture says over these settings, without its words and LoRAs. What is not known here, as sentences.
    pub fn lay_over(&self, settings: &mut GenerateSettings) -> Vec<String> {
        settings.prompt.clone_from(&self.prompt);
        settings.negative_prompt.clone_from(&self.negative_prompt);
        settings.seed = self.seed;
        if self.steps > 0 {
            settings.steps = self.steps as usize;
        }
        settings.guidance = self.cfg_scale.filter(|scale| *scale >= 0.0).or(settings.guidance);
        let ([width, height], enlarge) = self.sizes();
        let side = |side: u32| Some(side).filter(|&side| side > 0);
        (settings.width, settings.height) = (side(width), side(height));
        let said = |wanted: &[&str]| wanted.iter().find_map(|key| self.entry(key)).map(str::to_lowercase);
        let schedule = said(&["Schedule type", "Scheduler"]);
        let (sampler, spacing) = SamplerKind::read(&self.sampler, schedule.as_deref());
        settings.spacing = spacing.unwrap_or(SigmaSpacing::Normal);
        settings.sampler = sampler.unwrap_or(settings.sampler);
        let number = |wanted: &[&str]| said(wanted).and_then(|value| value.trim().parse::<f64>().ok());
        settings.clip_skip = number(&["Clip skip"]).map_or(1, |layer| layer as usize);
        // "Eta" alone is that of ancestral samplers, but in earlier pictures of this program.
        let own = || number(&["Eta"]).filter(|_| settings.sampler.has_eta());
        settings.eta = number(&["Eta DDIM"]).or_else(own).unwrap_or(0.0);
        settings.rescale = number(&["Guidance rescale", "CFG rescale"]).unwrap_or(0.0);
        settings.zero_terminal_snr =
            said(&["Noise Schedule"]).is_some_and(|name| name == "zero terminal snr");
        settings.variation = number(&["Variation seed strength"]).unwrap_or(0.0);
        settings.variation_seed = said(&["Variation seed"]).and_then(|seed| seed.parse().ok()).unwrap_or(0);
        settings.enlarge = enlarge;
        if let Some(strength) = number(&["Denoising strength"]).filter(|_| settings.enlarges()) {
            settings.enlarge_strength = strength;
        }
        let emphasis =
            said(&["Emphasis"]).or_else(|| self.is_weighed_by_web_ui().then(|| "original".to_owned()));
        let emphasis = emphasis.map(|name| if name == "original" { "a1111".to_owned() } else { name });
        settings.emphasis = emphasis.as_deref().and_then(|name| name.parse().ok());
        let emphasis = emphasis.filter(|_| settings.emphasis.is_none());
        let emphasis = emphasis
            .map(|name| format!("The emphasis “{name}” is not known here; weights do what suits the model."));
        let sampler = Some(&self.sampler).filter(|name| sampler.is_none() && !name.is_empty());
        let sampler = sampler.map(|name| format!("The sampler {name} is not known here; yours is kept."));
        let spacing = schedule.filter(|_| spacing.is_none()).map(|name| {
            format!("The schedule type “{name}” is not known here; the noise levels are the model's own.")
        });
        sampler.into_iter().chain(spacing).chain(emphasis).collect()
    }

    /// Whether A1111's web UI or a fork of it weighed tokens without naming how: they name their emphasis only if it is not
    /// "Original" (`sd_hijack_clip.py`), and only then where there are brackets.
    fn is_weighed_by_web_ui(&self) -> bool {
        // "v1.10.1" and "f2.0.1v1.10.1"; not the names of other programs.
        let version = self.version.strip_prefix(['v', 'f']).unwrap_or(&self.version);
        let numbered = version.starts_with(|sign: char| sign.is_ascii_digit()) && version.contains('.');
        numbered && [&self.prompt, &self.negative_prompt].into_iter().any(|text| text.contains(['(', '[']))
    }

    /// The size in which the picture was drawn first, and how many times larger it is in the end.
    fn sizes(&self) -> ([u32; 2], f64) {
        let size = [self.width, self.height];
        let times = |first: [u32; 2], last: [u32; 2]| {
            let times = [0, 1].map(|axis| f64::from(last[axis]) / f64::from(first[axis].max(1)));
            // One side may be cut; to three places, as people write it.
            ((times[0].max(times[1]) * 1e3).round() / 1e3).max(1.0)
        };
        let pair = |key: &str| {
            let sides = self.entry(key).and_then(|value| project::options::pair(value, 'x').ok());
            sides.filter(|sides| self.width > 0 && sides.iter().all(|side| *side > 0))
        };
        // Old versions name the final size, newer ones the first.
        if let Some(first) = pair("First pass size") {
            return (first, times(first, size));
        }
        let upscale = self.entry("Hires upscale").and_then(|value| value.parse::<f64>().ok());
        let resized = || pair("Hires resize").map(|last| times(size, last));
        (size, upscale.or_else(resized).unwrap_or(1.0))
    }

    /// The LoRAs that the picture was drawn with: those in its prompt, `<lora:NAME:WEIGHT>`, else those that
    /// have an entry, or that a site lists.
    pub fn loras(&self) -> Vec<NamedLora> {
        let hashes = self.entry("Lora hashes").unwrap_or_default();
        let listed = self.entry("Hashes").and_then(|text| serde_json::from_str(text).ok());
        let listed: BTreeMap<String, String> = listed.unwrap_or_default();
        let hash = |name: &str| {
            let mut all = hashes.split(',').filter_map(|entry| entry.rsplit_once(": "));
            let found = all.find(|(known, _)| known.trim() == name).map(|(_, hash)| hash.trim().to_owned());
            found.or_else(|| listed.get(&format!("lora:{name}")).cloned()).unwrap_or_default()
        };
        let mut found: Vec<NamedLora> = Vec::new();
        for tag in ["<lora:", "<lyco:"] {
            for part in self.prompt.split(tag).skip(1) {
                let mut parts = part.split_once('>').map_or("", |(inside, _)| inside).split(':');
                let name = parts.next().unwrap_or_default().trim().to_owned();
                let weight = parts.next().and_then(|weight| weight.trim().parse::<f64>().ok());
                let weight = weight.filter(|weight| weight.is_finite()).unwrap_or(1.0);
                if found.len() >= MOST_NAMED {
                    break;
                }
                if !name.is_empty() && !found.iter().any(|known| known.name == name) {
                    found.push(NamedLora { hash: hash(&name), name, weight });
                }
            }
        }
        // Fooocus writes none into the prompt.
        if found.is_empty() {
            let weights = self.entry("Lora weights").unwrap_or_default().split(',');
            let weights = weights.filter_map(|entry| entry.rsplit_once(':'));
            let named = |(name, weight): (&str, &str)| {
                let (name, weight) = (name.trim().to_owned(), weight.trim().parse::<f64>().ok()?);
                let known = !name.is_empty() && weight.is_finite();
                known.then(|| NamedLora { hash: hash(&name), name, weight })
            };
            found = weights.filter_map(named).take(MOST_NAMED).collect();
        }
        if found.is_empty() {
            let kinds = ["lora", "lycoris", "locon", "dora"];
            let loras = self.resources().into_iter().filter(|file| kinds.contains(&file.kind.as_str()));
            let named = |file: Resource| {
                let weight = file.weight.unwrap_or(1.0);
                NamedLora { name: file.model_name, weight, hash: String::new() }
            };
            found = loras.take(MOST_NAMED).map(named).collect();
        }
        found
    }

    /// What a site lists, if it does.
    fn resources(&self) -> Vec<Resource> {
        let listed = self.entry("Civitai resources").unwrap_or_default();
        let all: Vec<serde_json::Value> = serde_json::from_str(listed).unwrap_or_default();
        all.into_iter().filter_map(|one| serde_json::from_value(one).ok()).collect()
    }

    /// Takes the model's name from what a site lists, where nothing else names it.
    pub(super) fn take_resources(&mut self) {
        let mut all = self.resources().into_iter();
        let model = all.find(|file| file.kind == "checkpoint").filter(|_| self.model.is_empty());
        if let Some(model) = model {
            self.model = format!("{} {}", model.model_name, model.model_version_name).trim().to_owned();
        }
    }
}

#[cfg(test)]
mod tests {
    use project::{Emphasis, GenerateSettings};

    use crate::infotext::{MOST_NAMED, parse_parameters};

    fn restored(prompt: &str, rest: &str) -> (GenerateSettings, Vec<String>) {
        let mut settings = GenerateSettings::default();
        let text =
            format!("{prompt}\nSteps: 20, {rest}, CFG scale: 7, Seed: 42, Size: 512x768, Version: v1.10.1");
        let notes = parse_parameters(&text).lay_over(&mut settings);
        (settings, notes)
    }

    #[test]
    fn a_text_that_names_files_without_end_names_some() {
        let all =
            |one: fn(usize) -> String, joint: &str| (0..50_000).map(one).collect::<Vec<_>>().join(joint);
        let (loras, words) =
            (all(|n| format!("<lora:a{n}>"), " "), all(|n| format!("w{n}: 0123456789ab"), ", "));
        let text =
            format!("{loras}\nSteps: 20, Sampler: Euler, CFG scale: 7, Seed: 42, TI hashes: \"{words}\"");
        let info = parse_parameters(&text);
        assert_eq!([info.loras().len(), info.ti_hashes.len()], [MOST_NAMED; 2]);
        let listed = all(|n| format!("{{\"type\": \"lora\", \"modelName\": \"a{n}\"}}"), ", ");
        let text = format!("Steps: 20, Sampler: Euler, CFG scale: 7, Civitai resources: [{listed}]");
        assert_eq!(parse_parameters(&text).loras().len(), MOST_NAMED);
    }

    #[test]
    fn weights_are_taken_as_the_web_ui_took_them() {
        let emphasis = |prompt, rest| restored(prompt, rest).0.emphasis;
        assert_eq!(
            emphasis("a (cat:1.3)", "Sampler: Euler"),
            Some(Emphasis::Automatic1111),
            "it says nothing of its usual one"
        );
        assert_eq!(emphasis("a cat", "Sampler: Euler"), None, "there is nothing to weigh");
        let mut other =
            parse_parameters("a (cat:1.3)\nSteps: 20, Sampler: Euler, Size: 512x768, Version: ComfyUI");
        let mut settings = GenerateSettings::default();
        assert!(other.lay_over(&mut settings).is_empty());
        assert_eq!(settings.emphasis, None, "another program");
        other.version = "f2.0.1v1.10.1".into();
        other.lay_over(&mut settings);
        assert_eq!(settings.emphasis, Some(Emphasis::Automatic1111), "a fork");
        let (settings, notes) = restored("a (cat:1.3)", "Sampler: Euler, Emphasis: No norm");
        assert_eq!((settings.emphasis, notes.len()), (None, 1), "{notes:?}");
    }

    #[test]
    fn no_guidance_is_a_guidance_too() {
        let mut settings = GenerateSettings { guidance: Some(7.5), ..Default::default() };
        parse_parameters("a cat\nSteps: 20, Sampler: Euler, Seed: 4").lay_over(&mut settings);
        assert_eq!(settings.guidance, Some(7.5), "it is not said");
        let said = parse_parameters("a cat\nSteps: 20, Sampler: Euler, CFG scale: 0");
        said.lay_over(&mut settings);
        assert_eq!(settings.guidance, Some(0.0));
        assert!(said.to_parameters().contains("CFG scale: 0"));
    }

    #[test]
    fn the_eta_of_other_samplers_is_not_ddims() {
        let eta = |rest| restored("a cat", rest).0.eta;
        assert_eq!(eta("Sampler: DDIM, Eta DDIM: 0.5"), 0.5);
        assert_eq!(eta("Sampler: DDIM, Eta: 0.25"), 0.25, "as this program wrote it once");
        assert_eq!(eta("Sampler: Euler a, Eta: 0.67"), 0.0);
    }
}
