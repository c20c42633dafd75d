//! Scores of a learned word: does it look like the images, and does it still obey the prompt?
//!
//! Image similarity is the mean cosine over all pairs of an image to learn from and a drawn one; text similarity the
//! mean cosine of drawn images to their prompt without the word (paper section 5.1), each with an interval: the
//! bootstrap's, of few figures Student's, of one none. The released code averages the cosines, the paper speaks of the
//! cosine of the mean; both are here. Two pictures of one thing are compared by their levels. It knows no device, job or
//! file; the engine feeds it embeddings of any CLIP.

mod by_method;
mod heat;
mod shares;

use diffusion::StepRandom;
use model::embeddings::{cosine, norm};
use project::evaluation::{Score, student};

pub use by_method::{MethodScores, by_method};
pub use heat::{HeatMaps, upsample};
pub use shares::{shares, wilson, zero_shot};

/// How often the drawn images are redrawn with replacement for an interval.
const RESAMPLES: u64 = 1000;
/// Within which cosines lie.
const COSINES: [f64; 2] = [-1.0, 1.0];

/// The mean of one cosine per image, or of means of them, and its interval; `None` without figures.
pub fn score(figures: &[f64]) -> Option<Score> {
    let mean = mean(figures)?;
    let [low, high] = student(figures, COSINES).unwrap_or_else(|| resampled(figures));
    Some(Score { mean, low, high, count: figures.len() })
}

/// What 2.5 % of the means of figures redrawn with replacement lie below, and above. The drawing is seeded, so the same
/// figures give the same interval.
fn resampled(figures: &[f64]) -> [f64; 2] {
    let count = figures.len();
    let redrawn = |round| {
        let mut random = StepRandom::new(0, round);
        (0..count).map(|_| figures[random.below(count)]).sum::<f64>() / count as f64
    };
    let mut means: Vec<f64> = (0..RESAMPLES).map(redrawn).collect();
    means.sort_by(f64::total_cmp);
    [0.025, 0.975].map(|part: f64| means[((RESAMPLES - 1) as f64 * part).round() as usize])
}

/// For each drawn image, its mean cosine to all images of the concept. Vectors need not be normalised.
pub fn image_similarity(concept: &[Vec<f32>], drawn: &[Vec<f32>]) -> Vec<f64> {
    let mean = |picture: &Vec<f32>| mean_cosine(picture, concept.iter());
    drawn.iter().map(mean).collect()
}

/// For each image of the concept, its mean cosine to the others: what copying the images would score. An
/// image is not compared with itself; with a single image there is no figure.
pub fn image_only(concept: &[Vec<f32>]) -> Vec<f64> {
    let others = |place: usize| concept.iter().enumerate().filter(move |(i, _)| *i != place).map(|(_, v)| v);
    if concept.len() < 2 {
        return Vec::new();
    }
    concept.iter().enumerate().map(|(place, picture)| mean_cosine(picture, others(place))).collect()
}

/// For each drawn image, its cosine to the text.
pub fn text_similarity(text: &[f32], drawn: &[Vec<f32>]) -> Vec<f64> {
    drawn.iter().map(|picture| f64::from(cosine(picture, text))).collect()
}

/// The cosine of the text to the mean direction of the drawn images, as the paper words text similarity; `None` without
/// images. It is the mean of the cosines divided by the length of that mean, and so the larger, the more the images
/// differ.
pub fn text_of_mean(text: &[f32], drawn: &[Vec<f32>]) -> Option<f64> {
    (!drawn.is_empty()).then(|| f64::from(cosine(&mean_direction(drawn), text)))
}

/// How different images are: the mean cosine distance of all pairs, from 0 for all alike; `None` for fewer than two.
pub fn diversity(drawn: &[Vec<f32>]) -> Option<f64> {
    let pairs =
        drawn.iter().enumerate().flat_map(|(i, one)| drawn[i + 1..].iter().map(move |other| (one, other)));
    let distances: Vec<f64> = pairs.map(|(one, other)| 1.0 - f64::from(cosine(one, other))).collect();
    mean(&distances)
}

/// The mean of figures; `None` without any.
pub fn mean(figures: &[f64]) -> Option<f64> {
    (!figures.is_empty()).then(|| figures.iter().sum::<f64>() / figures.len() as f64)
}

/// The mean of the directions of vectors, all of one width.
pub fn mean_direction(vectors: &[Vec<f32>]) -> Vec<f32> {
    let mut mean = vec![0.0; vectors.first().map_or(0, Vec::len)];
    for vector in vectors {
        let length = norm(vector).max(f32::MIN_POSITIVE);
        mean.iter_mut().zip(vector).for_each(|(mean, value)| *mean += value / length);
    }
    mean
}

/// Peak signal-to-noise ratio of two pictures of the same size in decibels, from their levels of 0 to 255; `None` if they
/// are the same.
///
/// # Panics
/// When they differ in length.
pub fn psnr(one: &[u8], other: &[u8]) -> Option<f64> {
    assert_eq!(one.len(), other.len(), "pictures of different size");
    let squares = one.iter().zip(other).map(|(a, b)| f64::from(a.abs_diff(*b)).powi(2));
    let error = squares.sum::<f64>() / one.len().max(1) as f64;
    (error > 0.0).then(|| 10.0 * (255.0 * 255.0 / error).log10())
}

fn mean_cosine<'a>(one: &[f32], others: impl Iterator<Item = &'a Vec<f32>>) -> f64 {
    let cosines: Vec<f64> = others.map(|other| f64::from(cosine(one, other))).collect();
    mean(&cosines).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_averaged_and_a_picture_is_not_its_own_copy() {
        let (x, y) = (vec![2.0, 0.0], vec![0.0, 3.0]);
        assert_eq!(image_similarity(&[x.clone(), y.clone()], std::slice::from_ref(&x)), [0.5]);
        assert_eq!(image_only(&[x.clone(), y.clone()]), [0.0, 0.0]);
        assert_eq!(image_only(std::slice::from_ref(&x)), Vec::<f64>::new());
        assert_eq!(text_similarity(&x, &[x.clone(), y]), [1.0, 0.0]);
    }

    #[test]
    fn both_ways_of_averaging_and_diversity_are_as_reckoned_by_hand() {
        // Directions of 0, 90 and 0 degrees; the lengths count for nothing.
        let drawn = [vec![2.0, 0.0], vec![0.0, 3.0], vec![0.5, 0.0]];
        let text = [3.0, 4.0];
        // Cosines 0.6, 0.8 and 0.6; their mean is 2 / 3.
        let code = text_similarity(&text, &drawn);
        assert!((mean(&code).unwrap() - 2.0 / 3.0).abs() < 1e-6, "{code:?}");
        // The sum of the directions is (2, 1): (2 * 3 + 1 * 4) / (5 * sqrt 5).
        let paper = text_of_mean(&text, &drawn).unwrap();
        assert!((paper - 10.0 / (5.0 * 5.0_f64.sqrt())).abs() < 1e-6, "{paper}");
        // Of the three pairs two are at right angles and one is alike.
        assert!((diversity(&drawn).unwrap() - 2.0 / 3.0).abs() < 1e-6);
        assert_eq!((diversity(&drawn[..1]), text_of_mean(&text, &[]), mean(&[])), (None, None, None));
    }

    #[test]
    fn the_noise_ratio_is_that_of_its_definition() {
        assert_eq!(psnr(&[7, 9], &[7, 9]), None);
        assert_eq!(psnr(&[0, 255], &[255, 0]), Some(0.0));
        // A mean squared error of 2.5.
        assert!((psnr(&[10, 10], &[11, 12]).unwrap() - 44.1514).abs() < 1e-4);
    }

    #[test]
    fn few_pictures_have_a_wide_interval_and_one_has_none() {
        let one = score(&[0.812]).unwrap();
        assert_eq!((one.interval(), one.to_string().as_str()), (None, "0.812"));
        // A standard error of 0.01. Between the two themselves the mean lies half of the time.
        let two = score(&[0.59, 0.61]).unwrap();
        assert!((two.low - (0.6 - 0.127_06)).abs() < 1e-6 && (two.high - 0.727_06).abs() < 1e-6, "{two:?}");
        let apart = score(&[0.5, 0.7]).unwrap();
        assert_eq!((apart.count, apart.high), (2, 1.0), "no cosine is larger");
    }

    #[test]
    fn the_interval_holds_the_mean_and_narrows_with_more_pictures() {
        let figures = |n: usize| (0..n).map(|i| f64::from(u32::from(i % 2 == 0))).collect::<Vec<_>>();
        let (few, many) = (score(&figures(8)).unwrap(), score(&figures(200)).unwrap());
        assert!(few.low <= few.mean && few.mean <= few.high);
        // The standard error of a fair coin is 0.5 / sqrt(n); the interval is about four of them wide.
        assert!((few.high - few.low) > 0.5 && (many.high - many.low) < 0.16, "{few:?} {many:?}");
        assert_eq!(score(&[]), None);
        assert_eq!(score(&figures(200)), score(&figures(200)));
    }
}
