//! What a study found: for each kind of question how the methods were ranked, and whether CLIP ranks them alike.
//!
//! Only whole rankings count. A ranking is one person's answer to one question, and what is drawn anew for the intervals.

use serde::Serialize;

use super::statistics::{bradley_terry, intervals, kendall, mean_score, score, wins};
use super::{Answers, Source, StudyKey, StudyKind, StudySet};
use crate::evaluation::Score;

/// What all answers together say.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StudyReport {
    /// People who ranked something.
    pub people: usize,
    /// One for each kind of question that was answered.
    pub parts: Vec<PartReport>,
}

/// The answers to questions of one kind.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PartReport {
    /// What was ranked by.
    pub kind: StudyKind,
    /// Whole rankings.
    pub rankings: usize,
    /// The best first.
    pub methods: Vec<MethodReport>,
    /// Kendall's rank correlation of the rankings and CLIP's scores, from -1 to 1, where CLIP's are known.
    pub agreement: Option<Score>,
}

/// How people ranked a method.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MethodReport {
    /// Its name.
    pub method: String,
    /// Its mean place, from 1 for the best; `count` is the number of rankings it is in.
    pub mean_rank: Score,
    /// Its strength after Bradley and Terry; all together are 1.
    pub strength: Score,
}

/// A whole ranking.
struct Ranking<'a> {
    /// Methods by number, the best first.
    methods: Vec<usize>,
    /// Where they come from, in the same order.
    sources: Vec<&'a Source>,
}

impl StudyReport {
    /// What these answers say, by the key of their set.
    pub fn of(set: &StudySet, key: &StudyKey, answers: &[Answers]) -> Self {
        let people = answers.iter().filter(|answers| answers.answered(set) > 0).count();
        let part = |kind: &StudyKind| PartReport::of(*kind, set, key, answers);
        Self { people, parts: StudyKind::ALL.iter().filter_map(part).collect() }
    }
}

impl PartReport {
    fn of(kind: StudyKind, set: &StudySet, key: &StudyKey, answers: &[Answers]) -> Option<Self> {
        let mut names: Vec<&str> = Vec::new();
        let mut rankings: Vec<Ranking<'_>> = Vec::new();
        for answers in answers {
            for (place, (question, sources)) in set.questions.iter().zip(&key.questions).enumerate() {
                if question.kind != kind || !answers.has_answered(set, place) {
                    continue;
                }
                let sources: Vec<&Source> =
                    answers.rankings[place].iter().filter_map(|&candidate| sources.get(candidate)).collect();
                let mut methods = Vec::new();
                for source in &sources {
                    let known = names.iter().position(|name| *name == source.method);
                    methods.push(known.unwrap_or(names.len()));
                    names.extend(known.is_none().then_some(source.method.as_str()));
                }
                rankings.push(Ranking { methods, sources });
            }
        }
        if rankings.is_empty() {
            return None;
        }
        let count = names.len();
        let sample = |chosen: &[usize]| -> Vec<&[usize]> {
            chosen.iter().map(|&place| rankings[place].methods.as_slice()).collect()
        };
        let strength = |chosen: &[usize]| bradley_terry(&wins(&sample(chosen), count));
        let strengths = intervals(rankings.len(), [0.0, 1.0], strength);
        let report = |method: usize| {
            let place = |known: &Ranking<'_>| known.methods.iter().position(|one| *one == method);
            let places: Vec<f64> =
                rankings.iter().filter_map(place).map(|place| (place + 1) as f64).collect();
            MethodReport {
                method: names[method].to_owned(),
                mean_rank: mean_score(&places, [1.0, count as f64]),
                strength: score(strengths[method], places.len()),
            }
        };
        let mut methods: Vec<MethodReport> = (0..count).map(report).collect();
        methods.sort_by(|a, b| a.mean_rank.mean.total_cmp(&b.mean_rank.mean));
        let agreements: Vec<f64> = rankings.iter().filter_map(Ranking::agreement).collect();
        let agreement = (!agreements.is_empty()).then(|| mean_score(&agreements, [-1.0, 1.0]));
        Some(Self { kind, rankings: rankings.len(), methods, agreement })
    }
}

impl Ranking<'_> {
    /// Its rank correlation with CLIP's scores, of those that have one.
    fn agreement(&self) -> Option<f64> {
        let scored = self.sources.iter().enumerate();
        let scored = scored.filter_map(|(place, source)| Some((-(place as f64), source.score?)));
        let (places, scores): (Vec<f64>, Vec<f64>) = scored.unzip();
        kendall(&places, &scores)
    }
}
