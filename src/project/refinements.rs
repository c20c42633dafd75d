//! What a word can be learned with beside the published method: a term that keeps the rest of a sentence as it was, a
//! negative word, and small pictures first.
//!
//! All of it is off until it is asked for, and then changes nothing else. Values out of range are refused here.

use serde::{Deserialize, Serialize};

use super::options::{side, within};
use super::settings::{LearnSettings, MAX_VECTORS};
use base::{Error, Result, with_defaults};

with_defaults! {
    /// Settings of what goes beyond the published method.
    #[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, clap::Args)]
    #[serde(default, deny_unknown_fields)]
    pub struct Refinements {
        /// How strongly the rest of a sentence is kept as it would be with the word that yours began as, so that prompts
        /// are obeyed more. Too much, and the word comes less close to your pictures. 0.00015 is usual; 0 is off.
        ///
        /// 0 to 10. Default: 0. The text term of CoRe (arXiv 2408.15914).
        #[arg(id = "refine.context_weight", long = "context-weight", value_name = "WEIGHT")]
        pub context_weight: f64 = 0.0,
        /// Learn a second word of so many vectors together with yours, for the negative prompt: what your pictures are
        /// not. Works with a single picture, and makes each step take twice as long; 0 is off.
        ///
        /// 0 to 16. Default: 0. It is called like the word, with -neg, and saved beside it.
        #[arg(id = "refine.negative_vectors", long = "negative-vectors", value_name = "N")]
        pub negative_vectors: usize = 0,
        /// How far from the negative word the pictures are taken to lie while both are learned. Draw with about the same
        /// guidance afterwards.
        ///
        /// 1 to 20. Default: 3.
        #[arg(id = "refine.negative_guidance", long = "negative-guidance", value_name = "GUIDANCE")]
        pub negative_guidance: f64 = 3.0,
        /// Width and height in pixels to learn at first. Half of the size takes a quarter of the time, finds shapes and
        /// colours, and leaves the details to the steps at the full size.
        ///
        /// A multiple of 8 from 8 up to the size itself. Default: the full size from the first step on.
        #[arg(id = "refine.first_resolution", long = "first-resolution", value_name = "PIXELS")]
        pub first_resolution: Option<u32> = None,
        /// Which part of the steps is learned at that first size.
        ///
        /// 0 to 1. Default: 0.6.
        #[arg(id = "refine.first_part", long = "first-part", value_name = "PART")]
        pub first_part: f64 = 0.6,
    }
}

impl Refinements {
    /// Checks every range, for pictures of this size or, without one, of the model's own.
    pub(super) fn validate(&self, resolution: Option<u32>) -> Result<()> {
        within("context_weight", self.context_weight, 0.0, 10.0)?;
        within("negative_vectors", self.negative_vectors, 0, MAX_VECTORS)?;
        within("negative_guidance", self.negative_guidance, 1.0, 20.0)?;
        side("first_resolution", self.first_resolution)?;
        within("first_part", self.first_part, 0.0, 1.0)?;
        resolution.map_or(Ok(()), |resolution| self.expect_smaller(resolution))
    }

    /// Refuses a first size above the size that is learned at in the end.
    pub fn expect_smaller(&self, resolution: u32) -> Result<()> {
        match self.first_resolution.filter(|first| *first > resolution) {
            None => Ok(()),
            Some(first) => Err(Error::input(
                format!(
                    "first_resolution is {first}, but the pictures are learned at {resolution} in the end"
                ),
                format!("Choose a first size of at most {resolution}, or none."),
            )),
        }
    }

    /// How many rows the U-Net is given for each picture: with a negative word it is asked about both.
    pub fn rows_of_picture(&self) -> usize {
        if self.negative_vectors > 0 { 2 } else { 1 }
    }
}

impl LearnSettings {
    /// The step up to which pictures are learned at their first size; 0 without one.
    pub fn first_steps(&self) -> u64 {
        let part = self.refine.first_resolution.map_or(0.0, |_| self.refine.first_part);
        (part * self.steps as f64).round() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_range_is_checked() {
        type Break = fn(&mut Refinements);
        let breaks: [(&str, Break); 7] = [
            ("context_weight", |r| r.context_weight = -1.0),
            ("negative_vectors", |r| r.negative_vectors = 17),
            ("negative_guidance", |r| r.negative_guidance = 0.5),
            ("first_resolution", |r| r.first_resolution = Some(100)),
            ("at most 512", |r| r.first_resolution = Some(520)),
            ("first_part", |r| r.first_part = f64::NAN),
            ("first_part", |r| r.first_part = 1.5),
        ];
        for (said, change) in breaks {
            let mut settings = LearnSettings { resolution: Some(512), ..LearnSettings::default() };
            change(&mut settings.refine);
            let error = settings.validate().unwrap_err().to_string();
            assert!(error.contains(said), "{said}: {error}");
        }
    }

    #[test]
    fn settings_of_before_are_the_method_alone() {
        let settings: LearnSettings = toml::from_str("steps = 10").unwrap();
        assert_eq!((settings.refine, settings.first_steps()), (Refinements::default(), 0));
        let settings: LearnSettings = toml::from_str("steps = 11\n[refine]\nfirst_resolution = 256").unwrap();
        assert_eq!((settings.first_steps(), settings.refine.rows_of_picture()), (7, 1));
    }
}
