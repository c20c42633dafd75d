//! What the Compare page knows: the comparison, the reports and the questions that are open, and what a person is answering.
//!
//! Plain data like the rest of the state; only the reducer changes it.

use std::path::PathBuf;

use base::with_defaults;
use disk::message::{OpenComparison, OpenReport, OpenStudy, Wanted};
use project::evaluation::{EvaluationReport, PLAIN};
use project::meaning::{BiasReport, Explanation, LookSettings};
use project::study::Answers;

/// A part of the Compare page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CompareTab {
    #[default]
    Pictures,
    Methods,
    Bias,
    Meaning,
    Study,
}

/// What is open in the Compare page.
#[derive(Debug, Clone, Default)]
pub struct Comparing {
    /// What is looked at.
    pub tab: CompareTab,
    /// The words that were scored, by their files, each beside what needs no learning.
    pub scores: Vec<(PathBuf, EvaluationReport)>,
    pub comparison: Option<OpenComparison>,
    /// What pictures of a word show, as it was counted last.
    pub bias: Option<OpenReport<BiasReport>>,
    /// What a word means, as it was found last.
    pub meaning: Option<OpenReport<Explanation>>,
    /// The folders of the reports of either kind, the newest first.
    pub reports: [Vec<PathBuf>; 2],
    pub study: Option<OpenStudy>,
    /// The answers that a person is giving to it.
    pub answering: Option<Answering>,
}

/// A person who answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Answering {
    pub answers: Answers,
    /// The question that is asked, from 0.
    pub question: usize,
}

with_defaults! {
    /// What is to be counted in pictures.
    #[derive(Debug, Clone, PartialEq)]
    pub struct BiasWish {
        /// The file of the learned word.
        pub word: Option<PathBuf> = None,
        /// The word beside it; empty for what it started out meaning.
        pub known: String = String::new(),
        /// The sentence for both.
        pub prompt: String = "a photo of a {}".into(),
        /// Groups as they are typed; empty for the colours of the starter model.
        pub attributes: String = String::new(),
        pub settings: LookSettings = LookSettings::of(16),
    }
}

with_defaults! {
    /// What is to be explained: a word, a text, or both.
    #[derive(Debug, Clone, PartialEq)]
    pub struct MeaningWish {
        /// The file of the learned word.
        pub word: Option<PathBuf> = None,
        /// That of another, towards which pictures are drawn.
        pub towards: Option<PathBuf> = None,
        /// A text that means nothing to people; may be empty.
        pub gibberish: String = String::new(),
        /// The sentence for all of them.
        pub prompt: String = PLAIN.into(),
        pub settings: LookSettings = LookSettings::of(4),
    }
}

/// What a person wants of that page.
#[derive(Debug, Clone, PartialEq)]
pub enum CompareAction {
    /// Look at another part of the page.
    Show(CompareTab),
    /// Score words of the library by so many pictures of each prompt.
    Score {
        words: Vec<PathBuf>,
        count: usize,
    },
    /// Put the scores aside.
    ForgetScores,
    /// Begin a comparison, or go on with it. A folder that is only a name lies among the others; model and CLIP are those
    /// in use.
    Start(Box<Wanted>),
    /// Go on with the comparison that is open.
    GoOn,
    /// Count what pictures of a word show.
    Count(Box<BiasWish>),
    /// Say what a word means.
    Explain(Box<MeaningWish>),
    /// Rank a picture of the question: at a place from 0, or after those that are ranked.
    Rank {
        candidate: usize,
        place: Option<usize>,
    },
    /// Take a picture out of the ranking.
    TakeBack(usize),
    /// Take the one ranked last out of it.
    TakeBackLast,
    /// Go to a question.
    Ask(usize),
    /// Answer no more for now.
    StopAnswering,
    CloseStudy,
}

impl Comparing {
    /// The folder of the questions.
    pub fn study_folder(&self) -> Option<PathBuf> {
        self.study.as_ref().map(|study| study.folder.clone())
    }
}
