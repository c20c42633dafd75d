//! What a learned word is scored on and what comes of it, as plain data: named sets of prompts, the settings of an
//! evaluation, and its report.
//!
//! The paper names only some of its prompts and never published the full list; the sets say where they come from.

use std::fmt::{self, Display};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Precision;
use base::{Error, Result};

/// The prompt whose pictures image similarity is computed on (paper section 5.1).
pub const PLAIN: &str = "a photo of {}";

/// A named set of prompts; `{}` stands for the word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PromptSet {
    /// Five of the situations that the textual-inversion paper shows.
    #[default]
    Core,
    /// The fifteen evaluation prompts of NeTI (Alaluf et al. 2023, `constants.py`, MIT licence).
    Neti,
    /// Eight places and styles that the starter model knows, for it and for its small CLIP.
    Starter,
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

impl Display for PromptSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Core => "core",
            Self::Neti => "neti",
            Self::Starter => "starter",
        })
    }
}

impl FromStr for PromptSet {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "core" => Ok(Self::Core),
            "neti" => Ok(Self::Neti),
            "starter" => Ok(Self::Starter),
            _ => Err(format!("{text} is no prompt set; choose core, neti or starter")),
        }
    }
}

/// The prompt with another word, or with none, in the word's place; spaces left over are closed up.
pub fn with_word(prompt: &str, word: &str) -> String {
    prompt.replace("{}", word).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// How an evaluation draws its pictures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EvaluateSettings {
    /// The prompts for text similarity.
    pub prompts: PromptSet,
    /// Pictures for each prompt, 1 to 1024. Default: 8; the paper: 64.
    pub count: usize,
    /// Sampling steps, 1 to 1000. Default and paper: 50, with DDIM.
    pub steps: usize,
    /// Guidance, 0 to 100. Default and paper: 5.
    pub guidance: f64,
    /// Seed of the first picture of each prompt.
    pub seed: u64,
    /// Side of the pictures in pixels; `None` for the model's own.
    pub size: Option<u32>,
    /// Number format of the networks.
    pub precision: Precision,
}

impl Default for EvaluateSettings {
    fn default() -> Self {
        let prompts = PromptSet::default();
        Self { prompts, count: 8, steps: 50, guidance: 5.0, seed: 0, size: None, precision: Precision::F32 }
    }
}

impl EvaluateSettings {
    /// Checks every range.
    ///
    /// # Errors
    /// [`Error::Input`] naming the setting and its range.
    pub fn validate(&self) -> Result<()> {
        let fine = [
            ((1..=1024).contains(&self.count), "count", "1 to 1024"),
            ((1..=1000).contains(&self.steps), "steps", "1 to 1000"),
            ((0.0..=100.0).contains(&self.guidance), "guidance", "0 to 100"),
        ];
        match fine.iter().find(|(fine, _, _)| !fine) {
            Some((_, name, range)) => Err(Error::input(
                format!("{name} is out of its range"),
                format!("Choose {name} from {range}."),
            )),
            None => Ok(()),
        }
    }
}

/// A mean with its 95 % bootstrap interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
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
            assert_eq!(set.to_string().parse(), Ok(set));
        }
        assert_eq!(with_word("a photo of {} on the beach", ""), "a photo of on the beach");
    }
}
