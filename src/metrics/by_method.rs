//! The points of a comparison, method by method: what figure 10 of the paper plots.
//!
//! A method's figures are means over concepts and seeds. It decides nothing about what is shown, and knows no file.

use crate::{mean, score};
use project::comparison::Point;
use project::evaluation::Score;

/// The scores of a method over all its points.
#[derive(Debug, Clone, PartialEq)]
pub struct MethodScores {
    /// Its name.
    pub method: String,
    /// Whether it is a baseline.
    pub baseline: bool,
    /// Likeness; `count` of its score is the number of points, or of pictures where there is one point.
    pub image: Option<Score>,
    /// Obedience.
    pub text: Option<Score>,
    /// Points.
    pub points: usize,
    /// Mean seconds spent learning.
    pub seconds: f64,
}

/// The methods of points, in the order in which they first come. With several points a mean's 95 % interval is that over
/// the points; with one it is the point's own, over pictures.
pub fn by_method<'a>(points: impl IntoIterator<Item = &'a Point>) -> Vec<MethodScores> {
    let mut methods: Vec<(&str, Vec<&Point>)> = Vec::new();
    for point in points {
        match methods.iter_mut().find(|(name, _)| *name == point.method) {
            Some((_, own)) => own.push(point),
            None => methods.push((&point.method, vec![point])),
        }
    }
    let scores = |(method, points): (&str, Vec<&Point>)| MethodScores {
        method: method.to_owned(),
        baseline: points.iter().all(|point| point.baseline),
        image: over(points.iter().map(|point| point.image)),
        text: over(points.iter().map(|point| point.text)),
        points: points.len(),
        seconds: mean(&points.iter().map(|point| point.seconds).collect::<Vec<_>>()).unwrap_or_default(),
    };
    methods.into_iter().map(scores).collect()
}

/// The mean of scores that are there.
fn over(scores: impl Iterator<Item = Option<Score>>) -> Option<Score> {
    let scores: Vec<Score> = scores.flatten().collect();
    match scores.as_slice() {
        [one] => Some(*one),
        several => score(&several.iter().map(|score| score.mean).collect::<Vec<_>>()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_is_the_mean_of_its_points() {
        let score = |mean: f64| Some(Score { mean, low: mean - 0.1, high: mean + 0.1, count: 8 });
        let point = |concept: &str, method: &str, image: f64, baseline| Point {
            concept: concept.into(),
            method: method.into(),
            baseline,
            image: score(image),
            seconds: 3.0,
            ..Point::default()
        };
        let points = [
            point("cup", "single", 0.5, false),
            point("cup", "image-only", 0.9, true),
            point("cat", "single", 0.7, false),
        ];
        let found = by_method(&points);
        let [single, images] = &found[..] else { panic!("{found:?}") };
        assert_eq!((single.method.as_str(), single.points, single.baseline), ("single", 2, false));
        let image = single.image.unwrap();
        assert!((image.mean - 0.6).abs() < 1e-12 && image.count == 2, "{image:?}");
        // Student's: 12.706 standard errors of 0.1, and no cosine is larger than 1.
        assert!((image.low - (0.6 - 1.2706)).abs() < 1e-6 && image.high == 1.0, "{image:?}");
        assert_eq!((images.image, images.baseline, images.text), (score(0.9), true, None));
    }
}
