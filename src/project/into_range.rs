//! Settings for drawing that come from elsewhere, out of another program's picture or a file edited by hand, brought into
//! the ranges that they have here.
//!
//! What a person types here is refused instead, because it can be put right.

use crate::generate::MOST_TOGETHER;
use crate::settings::{MAX_CLIP_SKIP, MAX_SEED};
use crate::{GenerateSettings, LoraUse};

impl GenerateSettings {
    /// Gives each value that is out of its range the nearest one within; of a seed stays what fits, because each means
    /// another picture. Tells what was changed, as parts of a sentence.
    pub fn bring_into_range(&mut self) -> Vec<String> {
        let old = self.clone();
        self.eta = if old.eta.is_nan() { 0.0 } else { old.eta.clamp(0.0, 1.0) };
        self.steps = old.steps.clamp(1, 1000);
        self.guidance =
            old.guidance.filter(|guidance| !guidance.is_nan()).map(|guidance| guidance.clamp(0.0, 100.0));
        self.rescale = if old.rescale.is_nan() { 0.0 } else { old.rescale.clamp(0.0, 1.0) };
        self.variation = if old.variation.is_nan() { 0.0 } else { old.variation.clamp(0.0, 1.0) };
        self.enlarge = if old.enlarge.is_nan() { 1.0 } else { old.enlarge.clamp(1.0, 4.0) };
        let strength = if old.enlarge_strength.is_nan() { 0.5 } else { old.enlarge_strength };
        self.enlarge_strength = strength.clamp(0.01, 1.0);
        self.count = old.count.clamp(1, 1000);
        self.batch = old.batch.map(|batch| batch.clamp(1, MOST_TOGETHER));
        [self.seed, self.variation_seed] =
            [old.seed, old.variation_seed].map(|seed| seed % (MAX_SEED - self.count as u64 + 1));
        self.clip_skip = old.clip_skip.clamp(1, MAX_CLIP_SKIP);
        let side = |side: u32| (side.clamp(8, 4096) + 4) / 8 * 8;
        (self.width, self.height) = (old.width.map(side), old.height.map(side));
        let longest = self.width.max(self.height).unwrap_or(8);
        self.enlarge = self.enlarge.min(4096.0 / f64::from(longest));
        self.loras.iter_mut().for_each(LoraUse::bring_into_range);
        let chosen = |value: Option<String>| value.unwrap_or_else(|| "automatic".to_owned());
        let guidance = |settings: &Self| chosen(settings.guidance.map(|guidance| guidance.to_string()));
        let weights = |settings: &Self| {
            settings.loras.iter().map(|lora| lora.weight.to_string()).collect::<Vec<_>>().join(" ")
        };
        let side = |side: Option<u32>| chosen(side.map(|side| side.to_string()));
        let number = |number: Option<usize>| chosen(number.map(|number| number.to_string()));
        [
            ("seed", old.seed.to_string(), self.seed.to_string()),
            ("variation", old.variation.to_string(), self.variation.to_string()),
            ("variation seed", old.variation_seed.to_string(), self.variation_seed.to_string()),
            ("enlarging", old.enlarge.to_string(), self.enlarge.to_string()),
            ("strength of enlarging", old.enlarge_strength.to_string(), self.enlarge_strength.to_string()),
            ("steps", old.steps.to_string(), self.steps.to_string()),
            ("guidance", guidance(&old), guidance(self)),
            ("rescale", old.rescale.to_string(), self.rescale.to_string()),
            ("width", side(old.width), side(self.width)),
            ("height", side(old.height), side(self.height)),
            ("number of pictures", old.count.to_string(), self.count.to_string()),
            ("pictures drawn together", number(old.batch), number(self.batch)),
            ("clip skip", old.clip_skip.to_string(), self.clip_skip.to_string()),
            ("eta", old.eta.to_string(), self.eta.to_string()),
            ("weights of LoRAs", weights(&old), weights(self)),
        ]
        .into_iter()
        .filter(|(_, old, new)| old != new)
        .map(|(name, old, new)| format!("{name} from {old} to {new}"))
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_comes_into_its_range_and_is_told() {
        let mut good = GenerateSettings { width: Some(512), guidance: Some(7.0), ..Default::default() };
        assert!(good.bring_into_range().is_empty());
        let mut wild = GenerateSettings {
            prompt: "a cat".into(),
            eta: f64::NAN,
            steps: 5000,
            guidance: Some(150.0),
            rescale: 3.0,
            variation: -1.0,
            variation_seed: u64::MAX,
            enlarge: 9.0,
            enlarge_strength: f64::NAN,
            seed: u64::MAX,
            count: 0,
            batch: Some(0),
            width: Some(500),
            height: Some(u32::MAX),
            clip_skip: 99,
            loras: vec![LoraUse { file: "x".into(), weight: f64::INFINITY }],
            ..Default::default()
        };
        let told = wild.bring_into_range();
        wild.validate().unwrap();
        assert_eq!((wild.steps, wild.guidance, wild.prompt.as_str()), (1000, Some(100.0), "a cat"));
        assert_eq!((wild.width, wild.height), (Some(504), Some(4096)));
        assert_eq!(told.len(), 15);
        assert_eq!(told[5], "steps from 5000 to 1000");
        for seed in [MAX_SEED - 1, MAX_SEED, MAX_SEED + 1, u64::MAX] {
            let mut settings = GenerateSettings { seed, ..Default::default() };
            assert_eq!(settings.bring_into_range().len(), usize::from(seed >= MAX_SEED), "{seed}");
            settings.validate().unwrap();
        }
    }
}
