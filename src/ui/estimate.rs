//! How long learning will take before it was tried, in plain arithmetic.
//!
//! Only for the processor, whose speed was measured; of a graphics card nothing is claimed before its first steps.

use disk::message::ModelCard;
use engine::message::DeviceInfo;
use project::{LearnSettings, Precision};

/// Numbers of the model times cells of the latents that one thread takes in a second, with gradients. Measured on two
/// threads: 2.3e10 for the starter model (0.3 s a step), 5.5e10 for Stable Diffusion 1.5 at 256 pixels (10 s).
const THREAD: f64 = 4e10;
/// Numbers remembered of a cell, for each unit of the root of a model's numbers. Measured on the processor: 156 MB in
/// all for the starter model with four pictures at once, 5.1 GB for Stable Diffusion 1.5 at 256 pixels with one.
const CELL: f64 = 6.5;
/// Cells that the learner looks at together whatever the settings say.
const MIN_PASS_LATENTS: f64 = 4096.0;

/// Seconds for one step, within a factor of two or three.
pub fn step_seconds(
    card: &ModelCard,
    settings: &LearnSettings,
    device: &DeviceInfo,
    threads: usize,
) -> Option<f64> {
    if device.api != "cpu" || card.size == 0 || card.parameters == 0 {
        return None;
    }
    let side = f64::from(settings.resolution.unwrap_or(card.size)) / f64::from(card.size);
    let pictures = (settings.batch_size * settings.gradient_accumulation) as f64;
    let work = card.parameters as f64 * card.latent_size as f64 * side * side * pictures;
    Some(work / (THREAD * threads.max(1) as f64))
}

/// Bytes of a number in the precision asked for.
fn width(settings: &LearnSettings) -> u64 {
    match settings.precision {
        Precision::F32 => 4,
        Precision::F16 | Precision::Bf16 => 2,
    }
}

/// Bytes that learning takes, within a third of what was measured: the model, and what it remembers of each cell of
/// the pictures looked at together.
pub fn memory(card: &ModelCard, settings: &LearnSettings) -> u64 {
    let model = (card.parameters * width(settings)) as f64;
    let side = f64::from(settings.resolution.unwrap_or(card.size)) / f64::from(card.size.max(1));
    let cells = card.latent_size as f64 * side * side;
    // As many groups of a step are one pass as the learner lets be.
    let groups = MIN_PASS_LATENTS / (cells * settings.batch_size as f64).max(1.0);
    let groups = groups.floor().clamp(1.0, settings.gradient_accumulation.max(1) as f64);
    let pictures = settings.batch_size as f64 * groups;
    // Wider networks remember more of a cell, as their width goes: with the root of their numbers.
    let each = CELL * (card.parameters as f64).sqrt() * width(settings) as f64;
    (model + each * cells * pictures) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guesses_are_near_what_was_measured() {
        let card = |parameters, latent_size, size| ModelCard {
            parameters,
            latent_size,
            size,
            ..ModelCard::default()
        };
        let device = |api: &str| DeviceInfo { api: api.into(), ..DeviceInfo::default() };
        let settings = LearnSettings::default();
        let starter = step_seconds(&card(13_450_000, 256, 64), &settings, &device("cpu"), 2).unwrap();
        assert!((0.1..0.9).contains(&starter), "{starter}");
        let one =
            LearnSettings { gradient_accumulation: 1, resolution: Some(256), ..LearnSettings::default() };
        let large = step_seconds(&card(1_070_000_000, 4096, 512), &one, &device("cpu"), 2).unwrap();
        assert!((3.3..30.0).contains(&large), "{large}");
        assert_eq!(step_seconds(&card(1, 1, 1), &settings, &device("vulkan"), 2), None);
        let megabytes = |card: &ModelCard, settings: &LearnSettings| memory(card, settings) as f64 / 1e6;
        let small = megabytes(&card(13_450_000, 256, 64), &settings);
        assert!((156.0 / 1.34..156.0 * 1.34).contains(&small), "{small}");
        let big = megabytes(&card(1_070_000_000, 4096, 512), &one);
        assert!((5110.0 / 1.34..5110.0 * 1.34).contains(&big), "{big}");
        let half = LearnSettings { precision: Precision::F16, ..one.clone() };
        assert!((megabytes(&card(1_070_000_000, 4096, 512), &half) * 2.0 - big).abs() < 1.0);
    }
}
