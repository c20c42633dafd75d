//! What a learned word is scored on and what comes of it, as plain data: named sets of prompts, captions in the word's
//! place, the settings of an evaluation, and its report.
//!
//! The paper names only some of its prompts and never published the full list; the sets say where they come from. It
//! draws nothing and asks no model.

mod captions;
mod prompt_set;

use std::fmt;
use std::path::PathBuf;

use clap::ArgAction;
use serde::{Deserialize, Serialize, Serializer};

use super::generate::ModelDefaults;
use super::numbers::{NumberFormat, Precision, WeightFormat};
use super::options::{self, side, within};
use super::settings::MAX_CLIP_SKIP;
use base::{Result, with_defaults};
pub use captions::{LONG, SHORT, captions_in};
pub use prompt_set::PromptSet;

/// The prompt whose pictures image similarity is computed on (paper section 5.1).
pub const PLAIN: &str = "a photo of {}";

/// The prompt with another word, or with none, in the word's place; spaces left over are closed up.
pub fn with_word(prompt: &str, word: &str) -> String {
    prompt.replace("{}", word).split_whitespace().collect::<Vec<_>>().join(" ")
}

with_defaults! {
    /// How an evaluation draws its pictures. What is `None` the model decides.
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, clap::Args)]
    pub struct EvaluateSettings {
        /// The prompts whose pictures are compared with their text.
        ///
        /// Default: starter for the starter model's CLIP, else core.
        #[arg(long, ignore_case = true, value_name = "SET")]
        pub prompts: PromptSet = PromptSet::Core,
        /// Prompts of your own in place of a set: a text file with one a line, {} for the word.
        ///
        /// Default: the set.
        #[arg(long, value_name = "FILE")]
        #[serde(default)]
        pub prompts_file: Option<PathBuf> = None,
        /// How many pictures to draw for each prompt. More make the scores surer and take longer.
        ///
        /// 1 to 1024. Default: 8; the paper: 64.
        #[arg(long)]
        pub count: usize = 8,
        /// How many steps a picture is drawn in, with DDIM.
        ///
        /// 1 to 1000. Default and paper: 50.
        #[arg(long)]
        pub steps: usize = 50,
        /// How strictly the prompt is followed: low is free, high is literal and harsh.
        ///
        /// 0 to 100. Default: what the model says it draws best at, else 5 as in the paper.
        #[arg(long)]
        pub guidance: Option<f64> = None,
        /// Where chance begins for the first picture of each prompt; each further one takes the next.
        ///
        /// Or -1 for one drawn at random, which the report names. Default: 0.
        #[arg(long, allow_negative_numbers = true, value_parser = options::seed)]
        pub seed: u64 = 0,
        /// Width and height of the pictures. The size the model was made for gives the best ones.
        ///
        /// A multiple of 8 from 8 to 4096. Default: the model's own.
        #[arg(long, value_name = "PIXELS")]
        pub size: Option<u32> = None,
        /// How deeply the model reads a prompt, counted from the last layer of the text encoder.
        ///
        /// 1 to 12. Default: as the word was learned, where its run or the concept says so, else 1.
        #[arg(long, value_name = "LAYER")]
        #[serde(default)]
        pub clip_skip: Option<usize> = None,
        /// Compare only the parts of the pictures that a mask, or their transparency, leaves to be learned.
        ///
        /// Default: as the word was learned, where its run or the concept says so, else true.
        #[arg(long, action = ArgAction::Set, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
        #[serde(default)]
        pub use_masks: Option<bool> = None,
        /// Number format while drawing: shorter numbers are faster on graphics cards.
        ///
        /// Default: auto, which is f16 on graphics cards that have it and f32 elsewhere.
        #[arg(long, ignore_case = true)]
        pub precision: Precision = Precision::Auto,
        /// How exactly the model is remembered: 8 bits take a quarter of the memory of 32. They are an approximation, and
        /// pictures come out a little different.
        ///
        /// Default: full.
        #[arg(long, ignore_case = true)]
        #[serde(default)]
        pub weights: WeightFormat = WeightFormat::Full,
        /// Score also short descriptions in the word's place, as people would describe the pictures: a text file with one a
        /// line.
        ///
        /// At most 12 words each, as in the paper; drawn in turn. Default: none.
        #[arg(long, value_name = "FILE")]
        #[serde(default)]
        pub captions_short: Option<PathBuf> = None,
        /// Score also long descriptions in the word's place: a text file with one a line.
        ///
        /// At most 30 words each, as in the paper; drawn in turn. Default: none.
        #[arg(long, value_name = "FILE")]
        #[serde(default)]
        pub captions_long: Option<PathBuf> = None,
        /// A description to score in the word's place; may be given several times.
        ///
        /// Up to 12 words it is a short one, up to 30 a long one.
        #[arg(long, value_name = "TEXT")]
        #[serde(default)]
        pub caption: Vec<String> = Vec::new(),
        /// Score also pictures that another program drew: a folder whose pictures are to look like the concept.
        ///
        /// What obeys a prompt lies in folders inside of it, called by the number of the prompt: 1, 2 and so on.
        #[arg(long, value_name = "DIR")]
        #[serde(default)]
        pub pictures: Option<PathBuf> = None,
        /// Score also the word that CLIP alone finds for the pictures, without learning. It is judged by the same CLIP, which
        /// speaks for it.
        ///
        /// Default: false.
        #[arg(long, action = ArgAction::Set, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
        #[serde(default)]
        pub clip_word: bool = false,
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

    /// The prompts, `{}` for the word: those of the file, else of the set.
    ///
    /// # Errors
    /// If the file cannot be read, or a line of it does not say once where the word belongs.
    pub fn prompt_list(&self) -> Result<Vec<String>> {
        match &self.prompts_file {
            Some(path) => captions::prompts_in(path),
            None => Ok(self.prompts.prompts().iter().map(|prompt| (*prompt).to_owned()).collect()),
        }
    }

    /// The short and the long captions.
    ///
    /// # Errors
    /// If a file cannot be read, or a caption has more words than its kind.
    pub fn captions(&self) -> Result<[Vec<String>; 2]> {
        let of = |file: &Option<PathBuf>, most| {
            file.as_deref().map_or(Ok(Vec::new()), |path| captions_in(path, most))
        };
        let mut all = [of(&self.captions_short, SHORT)?, of(&self.captions_long, LONG)?];
        for caption in &self.caption {
            let long = usize::from(captions::words(caption) > SHORT);
            all[long].push(captions::checked(caption, LONG)?);
        }
        Ok(all)
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

/// A mean with its 95 % interval; one figure alone has none.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// The mean.
    pub mean: f64,
    /// The lower end of the interval, or the mean where there is none.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// Number of figures, such as one a picture.
    pub count: usize,
}

impl Score {
    /// The ends of the interval, if there is one.
    pub fn interval(&self) -> Option<[f64; 2]> {
        (self.count > 1).then_some([self.low, self.high])
    }
}

/// “0.812 (0.790 to 0.833)”, or “0.812” without an interval.
impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.interval() {
            Some([low, high]) => write!(f, "{:.3} ({low:.3} to {high:.3})", self.mean),
            None => write!(f, "{:.3}", self.mean),
        }
    }
}

/// What 97.5 % of Student's distribution lie below, for one degree of freedom and more (Student 1908,
/// doi 10.1093/biomet/6.1.1).
const STUDENT: [f64; 9] = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262];
/// Of so few figures the means of those redrawn with replacement lie closer together than means do: of three they hold the
/// true one three times in four at best. Student's interval then takes their place.
pub const FEW: usize = STUDENT.len() + 1;

/// Student's 95 % interval of the mean of figures that lie within a range; `None` for one, and for more than [`FEW`].
pub fn student(figures: &[f64], [least, most]: [f64; 2]) -> Option<[f64; 2]> {
    let wide = STUDENT.get(figures.len().checked_sub(2)?)?;
    let count = figures.len() as f64;
    let mean = figures.iter().sum::<f64>() / count;
    let squares = figures.iter().map(|figure| (figure - mean).powi(2)).sum::<f64>();
    let half = wide * (squares / (count - 1.0) / count).sqrt();
    // Rounded, a mean may lie a little beyond the range itself.
    Some([(mean - half).max(least).min(mean), (mean + half).min(most).max(mean)])
}

/// The scores of one way of asking for the concept.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SubjectScores {
    /// "learned word", "initial word only", "prompt only", "image only", "short captions", "long captions", "clip word" or
    /// "outside pictures".
    pub subject: String,
    /// Likeness to the concept's pictures; `None` where it means nothing (one picture compared with itself).
    pub image_similarity: Option<Score>,
    /// Obedience to the prompts, averaged as the published code does: the mean of the cosines of pictures and text.
    pub text_similarity: Option<Score>,
    /// The same averaged as the paper says: the cosine of the mean of the pictures and the text, mean over prompts.
    pub text_of_mean: Option<f64>,
    /// How different the pictures are that image similarity is computed on: the mean of their cosine distances in pairs,
    /// 0 for all alike.
    pub diversity: Option<f64>,
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
    #[serde(serialize_with = "told")]
    pub settings: EvaluateSettings,
    /// The word and the baselines.
    pub subjects: Vec<SubjectScores>,
}

/// Writes settings with their paths as scripts read them.
fn told<S: Serializer>(settings: &EvaluateSettings, to: S) -> Result<S::Ok, S::Error> {
    let text = |path: &Option<PathBuf>| -> Option<PathBuf> {
        path.as_ref().map(|path| path.to_string_lossy().into_owned().into())
    };
    let EvaluateSettings { prompts_file, captions_short, captions_long, pictures, .. } = settings;
    let told = EvaluateSettings {
        prompts_file: text(prompts_file),
        captions_short: text(captions_short),
        captions_long: text(captions_long),
        pictures: text(pictures),
        ..settings.clone()
    };
    told.serialize(to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_around_no_word_are_closed_up() {
        assert_eq!(with_word("a photo of {} on the beach", ""), "a photo of on the beach");
    }

    #[test]
    fn few_figures_have_students_interval_and_one_has_none() {
        let near = |figures: &[f64], expected: [f64; 2]| {
            let found = student(figures, [-1.0, 1.0]).unwrap();
            assert!(
                (0..2).all(|end| (found[end] - expected[end]).abs() < 1e-6),
                "{found:?} is not {expected:?}"
            );
        };
        // Standard errors of 0.01, of 0.01 / sqrt(3), and ten figures of 0.1 / 3.
        near(&[0.59, 0.61], [0.6 - 0.127_06, 0.6 + 0.127_06]);
        near(&[0.59, 0.60, 0.61], [0.6 - 0.024_843_382, 0.6 + 0.024_843_382]);
        near(&[0.1, 0.3, 0.1, 0.3, 0.1, 0.3, 0.1, 0.3, 0.1, 0.3], [0.2 - 0.075_4, 0.2 + 0.075_4]);
        // No cosine is larger than 1.
        near(&[0.5, 0.7], [0.6 - 1.2706, 1.0]);
        assert_eq!([0, 1, FEW + 1].map(|count| student(&vec![0.5; count], [-1.0, 1.0])), [None; 3]);
        let score = |count| Score { mean: 0.812, low: 0.79, high: 0.8333, count };
        assert_eq!([1, 2].map(|count| score(count).to_string()), ["0.812", "0.812 (0.790 to 0.833)"]);
    }

    #[test]
    fn typed_captions_are_short_or_long_and_longer_ones_refused() {
        let caption = |words: usize| vec!["cup"; words].join(" ");
        let of =
            |caption: Vec<String>| EvaluateSettings { caption, ..EvaluateSettings::default() }.captions();
        let [short, long] = of(vec![caption(12), caption(13), caption(30)]).unwrap();
        assert_eq!((short, long), (vec![caption(12)], vec![caption(13), caption(30)]));
        let said = of(vec![caption(31)]).unwrap_err().to_string();
        assert!(said.contains("31 words") && said.contains("30"), "{said}");
    }
}
