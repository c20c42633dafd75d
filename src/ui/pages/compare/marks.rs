//! The marks of a comparison: its points put together by method and concept, and by method alone.
//!
//! Plain arithmetic on what was read. A point without a score gives its method no mark there.

use std::path::PathBuf;

use project::comparison::{Comparison, Point};
use project::evaluation::{Score, student};

/// A mean and what it lies between.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figure {
    pub mean: f64,
    pub low: f64,
    pub high: f64,
}

/// A method on a concept, or on all of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    pub method: String,
    /// Which of the methods it is, in the order in which they came.
    pub number: usize,
    /// `None` for the mean of all.
    pub concept: Option<String>,
    pub image: Option<Figure>,
    pub text: Option<Figure>,
    /// Mean seconds spent learning.
    pub seconds: f64,
    /// Below the folder of the comparison.
    pub pictures: Vec<PathBuf>,
}

impl Mark {
    /// What it is called: “single on mug”.
    pub fn name(&self) -> String {
        match &self.concept {
            Some(concept) => t!("compare-mark-on", method = self.method, concept = concept),
            None => t!("compare-mark-all", method = self.method),
        }
    }

    /// Where it stands in the plot: likeness to the right, obedience up.
    pub fn place(&self) -> Option<[f64; 2]> {
        Some([self.image?.mean, self.text?.mean])
    }
}

/// All marks: for each method its mean, then its concepts.
pub fn marks(comparison: &Comparison) -> Vec<Mark> {
    let mut methods: Vec<&str> = Vec::new();
    for point in &comparison.points {
        if !methods.contains(&point.method.as_str()) {
            methods.push(&point.method);
        }
    }
    let mut marks = Vec::new();
    for (number, method) in methods.into_iter().enumerate() {
        let own: Vec<&Point> = comparison.points.iter().filter(|point| point.method == method).collect();
        let mut concepts: Vec<&str> = own.iter().map(|point| point.concept.as_str()).collect();
        concepts.sort_unstable();
        concepts.dedup();
        let of = |concept: &&str| {
            let points: Vec<&Point> =
                own.iter().copied().filter(|point| point.concept == **concept).collect();
            let score = |score: fn(&Point) -> Option<Score>| {
                together(points.iter().filter_map(|point| score(point)).map(|score| Figure {
                    mean: score.mean,
                    low: score.low,
                    high: score.high,
                }))
            };
            Mark {
                method: method.to_owned(),
                number,
                concept: Some((*concept).to_owned()),
                image: score(|point| point.image),
                text: score(|point| point.text),
                seconds: points.iter().map(|point| point.seconds).sum::<f64>() / points.len().max(1) as f64,
                pictures: points.iter().flat_map(|point| point.pictures.clone()).collect(),
            }
        };
        let own_marks: Vec<Mark> = concepts.iter().map(of).collect();
        marks.push(Mark {
            method: method.to_owned(),
            number,
            concept: None,
            image: among(own_marks.iter().filter_map(|mark| mark.image)),
            text: among(own_marks.iter().filter_map(|mark| mark.text)),
            seconds: own_marks.iter().map(|mark| mark.seconds).sum::<f64>() / own_marks.len().max(1) as f64,
            pictures: own_marks.iter().flat_map(|mark| mark.pictures.clone()).collect(),
        });
        marks.extend(own_marks);
    }
    marks
}

/// Several seeds of a method on a concept: the means of their means and of the ends of their intervals.
fn together(figures: impl Iterator<Item = Figure>) -> Option<Figure> {
    let figures: Vec<Figure> = figures.collect();
    let count = figures.len() as f64;
    let mean = |of: fn(&Figure) -> f64| figures.iter().map(of).sum::<f64>() / count;
    (!figures.is_empty()).then(|| Figure {
        mean: mean(|one| one.mean),
        low: mean(|one| one.low),
        high: mean(|one| one.high),
    })
}

/// The mean over concepts with Student's interval of it, and where they are many 1.96 standard errors to each side; the
/// interval of a single one is its own.
fn among(figures: impl Iterator<Item = Figure>) -> Option<Figure> {
    let figures: Vec<Figure> = figures.collect();
    if let [one] = figures.as_slice() {
        return Some(*one);
    }
    let count = figures.len() as f64;
    let mean = figures.iter().map(|one| one.mean).sum::<f64>() / count;
    let squares = figures.iter().map(|one| (one.mean - mean).powi(2)).sum::<f64>();
    let wide = 1.96 * (squares / (count - 1.0) / count).sqrt();
    let means: Vec<f64> = figures.iter().map(|one| one.mean).collect();
    let [low, high] = student(&means, [-1.0, 1.0]).unwrap_or([mean - wide, mean + wide]);
    (!figures.is_empty()).then_some(Figure { mean, low, high })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(method: &str, concept: &str, image: Option<f64>) -> Point {
        let score = |mean| Score { mean, low: mean - 0.1, high: mean + 0.1, count: 4 };
        Point {
            concept: concept.into(),
            method: method.into(),
            baseline: false,
            seed: 0,
            image: image.map(score),
            text: Some(score(0.25)),
            text_of_mean: None,
            seconds: 10.0,
            word: None,
            pictures: vec![format!("{method}-{concept}.png").into()],
        }
    }

    #[test]
    fn points_are_put_together_by_method_and_concept() {
        let points = vec![
            point("single", "mug", Some(0.6)),
            point("single", "mug", Some(0.8)),
            point("prompt-only", "mug", None),
            point("single", "cat", Some(0.5)),
        ];
        let marks = marks(&Comparison { of: 4, points, ..Comparison::default() });
        let names: Vec<String> = marks.iter().map(Mark::name).collect();
        assert_eq!(
            names,
            ["single, all", "single on cat", "single on mug", "prompt-only, all", "prompt-only on mug"]
        );
        let near = |found: Option<Figure>, expected: [f64; 3]| {
            let Figure { mean, low, high } = found.unwrap();
            for (one, other) in [mean, low, high].into_iter().zip(expected) {
                assert!((one - other).abs() < 1e-9, "{found:?} is not {expected:?}");
            }
        };
        near(marks[2].image, [0.7, 0.6, 0.8]);
        assert_eq!(
            (marks[2].pictures.len(), marks[0].pictures.len()),
            (2, 3),
            "and the mean has all of them"
        );
        // 0.5 and 0.7: their standard deviation is 0.1 * sqrt(2), that of their mean 0.1. No cosine is above 1.
        near(marks[0].image, [0.6, 0.6 - 1.2706, 1.0]);
        near(marks[3].text, [0.25, 0.15, 0.35]);
        assert_eq!((marks[4].place(), marks[4].number), (None, 1));
        assert!(super::marks(&Comparison::default()).is_empty());
    }
}
