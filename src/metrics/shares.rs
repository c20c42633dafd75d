//! How many of some pictures show what: CLIP's choice among sentences for each picture, and how sure a share of few
//! pictures is.
//!
//! What CLIP takes for red need not be: these are its choices. It gives no share without its interval.

use model::embeddings::cosine;
use project::meaning::Share;

/// 95 % of a normal distribution lie within so many standard deviations.
const Z: f64 = 1.959_963_984_540_054;

/// How likely each sentence is for a picture, by CLIP: the softmax of the cosines times `scale`, the exponential of its
/// `logit_scale` (Radford et al. 2021, section 3.1.4).
pub fn zero_shot(picture: &[f32], sentences: &[Vec<f32>], scale: f64) -> Vec<f64> {
    let logits: Vec<f64> =
        sentences.iter().map(|sentence| scale * f64::from(cosine(picture, sentence))).collect();
    let largest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let parts: Vec<f64> = logits.iter().map(|logit| (logit - largest).exp()).collect();
    let sum: f64 = parts.iter().sum();
    parts.into_iter().map(|part| part / sum).collect()
}

/// The share of each of `count` sentences among pictures, from what [`zero_shot`] says of each picture.
pub fn shares(pictures: &[Vec<f64>], count: usize) -> Vec<Share> {
    let likeliest = |row: &Vec<f64>| {
        row.iter().enumerate().fold(0, |best, (place, value)| if *value > row[best] { place } else { best })
    };
    let chosen: Vec<usize> = pictures.iter().map(likeliest).collect();
    let share = |place: usize| {
        let hits = chosen.iter().filter(|chosen| **chosen == place).count();
        let [low, high] = wilson(hits, pictures.len());
        let of = pictures.len().max(1) as f64;
        let probability = pictures.iter().filter_map(|row| row.get(place)).sum::<f64>() / of;
        Share { share: hits as f64 / of, low, high, probability }
    };
    (0..count).map(share).collect()
}

/// Wilson's 95 % interval of a share (Wilson 1927): unlike the usual one it is honest where all of few pictures, or none,
/// show something.
pub fn wilson(hits: usize, count: usize) -> [f64; 2] {
    if count == 0 {
        return [0.0, 1.0];
    }
    let (n, square) = (count as f64, Z * Z);
    let share = hits as f64 / n;
    let middle = share + square / (2.0 * n);
    let half = Z * (share * (1.0 - share) / n + square / (4.0 * n * n)).sqrt();
    [middle - half, middle + half].map(|end| (end / (1.0 + square / n)).clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: &[f64], expected: &[f64]) {
        let close = found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-5);
        assert!(close && found.len() == expected.len(), "{found:?}");
    }

    #[test]
    fn intervals_are_wilsons() {
        // Of Newcombe 1998 (Statistics in Medicine 17), table I, method 3.
        near(&wilson(81, 263).map(|end| (end * 1e4).round() / 1e4), &[0.2553, 0.3662]);
        near(&wilson(15, 148).map(|end| (end * 1e4).round() / 1e4), &[0.0624, 0.1605]);
        near(&wilson(0, 20).map(|end| (end * 1e4).round() / 1e4), &[0.0, 0.1611]);
        near(&wilson(1, 29).map(|end| (end * 1e4).round() / 1e4), &[0.0061, 0.1718]);
        near(&wilson(0, 0), &[0.0, 1.0]);
    }

    #[test]
    fn a_picture_shows_what_is_likeliest() {
        let sentences = [vec![1.0, 0.0], vec![0.0, 1.0]];
        // Cosines of 0.6 and 0.8, ten times: e^-2 to 1.
        let picture = zero_shot(&[3.0, 4.0], &sentences, 10.0);
        near(&picture, &[0.119_203, 0.880_797]);
        let found = shares(&[picture, vec![0.75, 0.25], vec![0.5, 0.5], vec![0.1, 0.9]], 2);
        near(&[found[0].share, found[1].share], &[0.5, 0.5]);
        near(&[found[0].probability], &[(0.119_203 + 0.75 + 0.5 + 0.1) / 4.0]);
        // 2 of 4.
        near(&[found[0].low, found[0].high], &[0.150_039, 0.849_961]);
        assert_eq!(shares(&[], 1)[0], Share { share: 0.0, low: 0.0, high: 1.0, probability: 0.0 });
    }
}
