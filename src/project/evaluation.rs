//! What a learned word is scored on and what comes of it, as plain data: named sets of prompts, the settings of an
//! evaluation, and its report.
//!
//! The paper names only some of its prompts and never published the full list; the sets say where they come from.

use clap::ArgAction;
use serde::{Deserialize, Serialize};

use super::generate::ModelDefaults;
use super::named_enum::named_enum;
use super::numbers::{NumberFormat, Precision, WeightFormat};
use super::options::{self, side, within};
use super::settings::MAX_CLIP_SKIP;
use base::Result;

/// The prompt whose pictures image similarity is computed on (paper section 5.1).
pub const PLAIN: &str = "a photo of {}";

named_enum! {
    /// A named set of prompts; `{}` stands for the word.
    pub enum PromptSet as "prompt set" {
        /// Five of the situations that the textual-inversion paper shows.
        Core = "core",
        // Alaluf et al. 2023, `constants.py`, MIT licence.
        /// The fifteen evaluation prompts of NeTI.
        Neti = "neti",
        /// Eight places and styles that the starter model knows, for it and for its small CLIP.
        Starter = "starter",
    }
}

impl PromptSet {
    /// The prompts.
    pub fn prompts(self) -> &'static [&'static str] {
        match self {
            Self::Core => &[
                "a photo of {} on the beach",
                "a photo of {} on the moon",
                "an oil painting of {}",
                "Elmo holding a {}",
                "a crochet {}",
            ],
            Self::Neti => &[
                "A photo of a {}",
                "A photo of {} in the jungle",
                "A photo of {} on a beach",
                "A photo of {} in Times Square",
                "A photo of {} in the moon",
                "A painting of {} in the style of Monet",
                "Oil painting of {}",
                "A Marc Chagall painting of {}",
                "A manga drawing of {}",
                "A watercolor painting of {}",
                "A statue of {}",
                "App icon of {}",
                "A sand sculpture of {}",
                "Colorful graffiti of {}",
                "A photograph of two {} on a table",
            ],
            Self::Starter => &[
                "a photo of a {} on the beach",
                "a photo of a {} on the moon",
                "a photo of a {} in the forest",
                "a photo of a {} in the snow",
                "a photo of a {} in a living room",
                "a photo of a {} in a city at night",
                "an oil painting of a {}",
                "a pencil sketch of a {}",
            ],
        }
    }
}

/// The prompt with another word, or with none, in the word's place; spaces left over are closed up.
pub fn with_word(prompt: &str, word: &str) -> String {
    prompt.replace("{}", word).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// How an evaluation draws its pictures. What is `None` the model decides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, clap::Args)]
pub struct EvaluateSettings {
    /// The prompts whose pictures are compared with their text.
    ///
    /// Default: starter for the starter model's CLIP, else core.
    #[arg(long, ignore_case = true, value_name = "SET")]
    pub prompts: PromptSet,
    /// How many pictures to draw for each prompt. More make the scores surer and take longer.
    ///
    /// 1 to 1024. Default: 8; the paper: 64.
    #[arg(long)]
    pub count: usize,
    /// How many steps a picture is drawn in, with DDIM.
    ///
    /// 1 to 1000. Default and paper: 50.
    #[arg(long)]
    pub steps: usize,
    /// How strictly the prompt is followed: low is free, high is literal and harsh.
    ///
    /// 0 to 100. Default: what the model says it draws best at, else 5 as in the paper.
    #[arg(long)]
    pub guidance: Option<f64>,
    /// Where chance begins for the first picture of each prompt; each further one takes the next.
    ///
    /// Or -1 for one drawn at random, which the report names. Default: 0.
    #[arg(long, allow_negative_numbers = true, value_parser = options::seed)]
    pub seed: u64,
    /// Width and height of the pictures. The size the model was made for gives the best ones.
    ///
    /// A multiple of 8 from 8 to 4096. Default: the model's own.
    #[arg(long, value_name = "PIXELS")]
    pub size: Option<u32>,
    /// How deeply the model reads a prompt, counted from the last layer of the text encoder.
    ///
    /// 1 to 12. Default: as the word was learned, where its run or the concept says so, else 1.
    #[arg(long, value_name = "LAYER")]
    #[serde(default)]
    pub clip_skip: Option<usize>,
    /// Compare only the parts of the pictures that a mask, or their transparency, leaves to be learned.
    ///
    /// Default: as the word was learned, where its run or the concept says so, else true.
    #[arg(long, action = ArgAction::Set, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    #[serde(default)]
    pub use_masks: Option<bool>,
    /// Number format while drawing: shorter numbers are faster on graphics cards.
    ///
    /// Default: auto, which is f16 on graphics cards that have it and f32 elsewhere.
    #[arg(long, ignore_case = true)]
    pub precision: Precision,
    /// How exactly the model is remembered: 8 bits take a quarter of the memory of 32. They are an approximation, and
    /// pictures come out a little different.
    ///
    /// Default: full.
    #[arg(long, ignore_case = true)]
    #[serde(default)]
    pub weights: WeightFormat,
}

impl Default for EvaluateSettings {
    fn default() -> Self {
        let (prompts, precision) = (PromptSet::Core, Precision::Auto);
        let (clip_skip, use_masks) = (None, None);
        Self {
            prompts,
            count: 8,
            steps: 50,
            guidance: None,
            seed: 0,
            size: None,
            clip_skip,
            use_masks,
            precision,
            weights: WeightFormat::Full,
        }
    }
}

impl EvaluateSettings {
    /// The numbers of the networks.
    pub fn numbers(&self) -> NumberFormat {
        NumberFormat { precision: self.precision, weights: self.weights }
    }

    /// How strictly a model follows the prompts.
    pub fn guidance(&self, model: &ModelDefaults) -> f64 {
        self.guidance.or(model.guidance).unwrap_or(5.0)
    }

    /// Checks every range.
    pub fn validate(&self) -> Result<()> {
        within("count", self.count, 1, 1024)?;
        within("steps", self.steps, 1, 1000)?;
        within("guidance", self.guidance.unwrap_or(1.0), 0.0, 100.0)?;
        within("clip_skip", self.clip_skip.unwrap_or(1), 1, MAX_CLIP_SKIP)?;
        side("size", self.size)
    }
}

/// A mean with its 95 % bootstrap interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// The mean.
    pub mean: f64,
    /// 2.5 % of the resampled means are lower.
    pub low: f64,
    /// 2.5 % of the resampled means are higher.
    pub high: f64,
    /// Number of pictures.
    pub count: usize,
}

/// The scores of one way of asking for the concept.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SubjectScores {
    /// "learned word", "initial word only", "prompt only" or "image only".
    pub subject: String,
    /// Likeness to the concept's pictures; `None` where it means nothing (one picture compared with itself).
    pub image_similarity: Option<Score>,
    /// Obedience to the prompts.
    pub text_similarity: Option<Score>,
}

/// What an evaluation found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EvaluationReport {
    /// The word.
    pub word: String,
    /// What it started as, if its file says.
    pub initial_word: Option<String>,
    /// Pictures of the concept.
    pub pictures: usize,
    /// How the pictures were drawn.
    pub settings: EvaluateSettings,
    /// The word and the baselines.
    pub subjects: Vec<SubjectScores>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_have_their_sizes_and_a_place_for_the_word() {
        for (set, size) in [(PromptSet::Core, 5), (PromptSet::Neti, 15)] {
            assert_eq!(set.prompts().len(), size);
            assert!(set.prompts().iter().all(|prompt| prompt.matches("{}").count() == 1));
            assert_eq!(set.to_string().parse::<PromptSet>().unwrap(), set);
        }
        assert_eq!(with_word("a photo of {} on the beach", ""), "a photo of on the beach");
    }
}
