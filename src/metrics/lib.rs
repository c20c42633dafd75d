//! Scores of a learned word: does it look like the images, and does it still obey the prompt?
//!
//! Image similarity is the mean cosine over all pairs of an image to learn from and a drawn one; text similarity the
//! mean cosine of drawn images to their prompt without the word (paper section 5.1; the released code averages
//! cosines, which is what is done here), each with a bootstrap interval. It knows no device, job or file; the engine
//! feeds it embeddings of any CLIP.

mod heat;
mod shares;

use diffusion::StepRandom;
use model::embeddings::cosine;
use project::evaluation::Score;

pub use heat::{HeatMaps, upsample};
pub use shares::{shares, wilson, zero_shot};

/// How often the drawn images are redrawn with replacement for an interval.
const RESAMPLES: u64 = 1000;

/// The mean of one figure per image and its interval; `None` without figures. The resampling is seeded, so the
/// same figures give the same interval.
pub fn score(figures: &[f64]) -> Option<Score> {
    let count = figures.len();
    if count == 0 {
        return None;
    }
    let mean = figures.iter().sum::<f64>() / count as f64;
    let resampled = |round| {
        let mut random = StepRandom::new(0, round);
        (0..count).map(|_| figures[random.below(count)]).sum::<f64>() / count as f64
    };
    let mut means: Vec<f64> = (0..RESAMPLES).map(resampled).collect();
    means.sort_by(f64::total_cmp);
    let at = |part: f64| means[((RESAMPLES - 1) as f64 * part).round() as usize];
    Some(Score { mean, low: at(0.025), high: at(0.975), count })
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

fn mean_cosine<'a>(one: &[f32], others: impl Iterator<Item = &'a Vec<f32>>) -> f64 {
    let cosines: Vec<f64> = others.map(|other| f64::from(cosine(one, other))).collect();
    cosines.iter().sum::<f64>() / cosines.len().max(1) as f64
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
    fn the_interval_holds_the_mean_and_narrows_with_more_pictures() {
        let figures = |n: usize| (0..n).map(|i| f64::from(u32::from(i % 2 == 0))).collect::<Vec<_>>();
        let (few, many) = (score(&figures(8)).unwrap(), score(&figures(200)).unwrap());
        assert!(few.low <= few.mean && few.mean <= few.high);
        // The standard error of a fair coin is 0.5 / sqrt(n); the interval is about four of them wide.
        assert!((few.high - few.low) > 0.5 && (many.high - many.low) < 0.16, "{few:?} {many:?}");
        assert_eq!(score(&[]), None);
        assert_eq!(score(&figures(8)), score(&figures(8)));
    }
}
