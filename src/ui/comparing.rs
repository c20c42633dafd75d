//! What the Compare page knows: the comparison and the questions that are open, and what a person is answering.
//!
//! Plain data like the rest of the state; only the reducer changes it.

use std::path::PathBuf;

use disk::message::{OpenComparison, OpenStudy};
use project::study::Answers;

/// What is open in the Compare page.
#[derive(Debug, Clone, Default)]
pub struct Comparing {
    pub comparison: Option<OpenComparison>,
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

/// What a person wants of that page.
#[derive(Debug, Clone, PartialEq)]
pub enum CompareAction {
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
