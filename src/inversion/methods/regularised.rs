//! Regularisation ("regularised" in figure 10): the loss grows with the distance between the word and the one it began as,
//! `weight * mean over the vectors of |v_k - c_k|^2`.
//!
//! The released code multiplies every vector with every other one (`embedding_to_coarse_loss`), which for one vector is the
//! same and for several is not what the paper says: here it is the diagonal. The weight was never published. A word that
//! only turns has one length, so there it is the part across the word that acts: it is pulled by direction, as its own
//! prior does.

use super::Method;

/// A word that is held near the one it began as.
#[derive(Debug)]
pub(super) struct Regularised {
    /// What the mean squared distance is multiplied by.
    pub weight: f64,
}

impl Method for Regularised {
    fn penalty(&self, word: &[f32], start: &[f32], vectors: usize) -> Option<(f64, Vec<f32>)> {
        let factor = self.weight / vectors.max(1) as f64;
        let apart = |(v, c): (&f32, &f32)| f64::from(*v) - f64::from(*c);
        let distance: f64 = word.iter().zip(start).map(apart).map(|apart| apart * apart).sum();
        let gradient = word.iter().zip(start).map(apart).map(|apart| (2.0 * factor * apart) as f32);
        Some((factor * distance, gradient.collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gradient_is_that_of_the_distance() {
        let method = Regularised { weight: 0.5 };
        let (word, start) = ([3.0, -1.0, 0.5, 2.0_f32], [1.0, 1.0, 0.5, -1.0_f32]);
        let of = |word: &[f32]| method.penalty(word, &start, 2).unwrap();
        let (loss, gradient) = of(&word);
        // Squared distances of 8 and 9.
        assert!((loss - 0.5 * 17.0 / 2.0).abs() < 1e-12, "{loss}");
        for (place, gradient) in gradient.iter().enumerate() {
            let at = |by: f32| {
                let mut moved = word;
                moved[place] += by;
                of(&moved).0
            };
            let measured = (at(1.0 / 64.0) - at(-1.0 / 64.0)) * 32.0;
            assert!((measured - f64::from(*gradient)).abs() < 1e-6, "{place}: {measured}, {gradient}");
        }
    }
}
