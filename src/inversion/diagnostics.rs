//! Whether a word is doing well: its length against the vocabulary's, how far it went, what it is close to.
//!
//! These figures need no images; together with the fixed-noise loss they say more than the raw loss, whose
//! noise from one timestep to the next hides any progress.

use super::vectors::Vectors;
use model::embeddings::Vocabulary;

/// Step after which a word that has not moved is reported.
const MUST_HAVE_MOVED_BY: u64 = 100;
/// Relative change below which a word counts as not having moved.
const MOVED: f64 = 1e-4;

/// The usual lengths of a vocabulary's vectors.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NormRange {
    /// Width of the embedding.
    pub width: usize,
    /// The mean length.
    pub mean: f64,
    /// Half of the vocabulary is shorter.
    pub median: f64,
    /// 1 % is shorter.
    pub low: f64,
    /// 1 % is longer.
    pub high: f64,
}

impl NormRange {
    /// The range of a vocabulary.
    pub fn of(vocabulary: &Vocabulary) -> Self {
        let mut norms = vocabulary.norms();
        norms.sort_by(f32::total_cmp);
        let mean = norms.iter().map(|norm| f64::from(*norm)).sum::<f64>() / norms.len().max(1) as f64;
        let at = |part: f64| norms.get((norms.len() as f64 * part) as usize).copied().map_or(0.0, f64::from);
        Self { width: vocabulary.width(), mean, median: at(0.5), low: at(0.01), high: at(0.99) }
    }
}

/// The root of the mean square of a number in these vocabularies; 0 for none.
pub fn spread(ranges: &[NormRange]) -> f64 {
    let square: f64 = ranges.iter().map(|range| range.mean.powi(2)).sum();
    (square / ranges.iter().map(|range| range.width).sum::<usize>().max(1) as f64).sqrt()
}

/// A sentence if the word has not moved although it should have.
pub fn stuck(vectors: &Vectors, start: &Vectors, step: u64) -> Option<String> {
    (step == MUST_HAVE_MOVED_BY && vectors.moved_from(start) < MOVED).then(|| {
        "The word has hardly changed in 100 steps, so it is learning nothing. \
         Check that the sentences contain the word and that the learning rate is not too small."
            .to_string()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_word_that_stayed_is_stuck_and_only_when_due() {
        let start = Vectors { values: vec![1.0, 2.0], shape: [1, 2] };
        let moved = Vectors { values: vec![1.0, 2.1], shape: [1, 2] };
        assert!(stuck(&start, &start, 100).is_some());
        assert!(stuck(&start, &start, 99).is_none());
        assert!(stuck(&moved, &start, 100).is_none());
        let longer = Vectors { values: vec![1.5, 3.0], shape: [1, 2] };
        assert!(stuck(&longer, &start, 100).is_some(), "another length alone is nothing learned");
    }

    #[test]
    fn the_range_is_by_rank() {
        let rows = (1..=100).flat_map(|i| [i as f32, 0.0]).collect();
        let range = NormRange::of(&Vocabulary::new(rows, 2));
        assert_eq!((range.low, range.median, range.high, range.mean), (2.0, 51.0, 100.0, 50.5));
    }
}
