//! The word itself: k vectors, as wide as the model's text encoders together.
//!
//! Where there are two encoders (SDXL) a vector is a row for the first and then one for the second; lengths are
//! those of each part, because each has a vocabulary of its own.
//!
//! They live on the host in f32, because they are a few kilobytes and must be the same bit for bit after a
//! restart; the device only ever sees a copy.

use std::borrow::Cow;

use burn::tensor::{Device, Tensor, TensorData};

use super::diagnostics::NormRange;
use model::embeddings::{Vocabulary, cosine, norm};

/// k vectors of width d.
#[derive(Debug, Clone, PartialEq)]
pub struct Vectors {
    /// Row-major values.
    pub values: Vec<f32>,
    /// `[k, d]`.
    pub shape: [usize; 2],
}

impl Vectors {
    /// `k` vectors that start as the vocabularies' rows of the initial word's tokens; `tokens` are the word's in each
    /// encoder.
    ///
    /// With more vectors than tokens the tokens are repeated in order; with fewer, the first ones are used
    /// (A1111 spreads an initial text over its vectors the same way). Ids beyond the vocabulary are skipped; if one
    /// encoder knows none of the tokens there are no vectors.
    pub fn from_tokens(encoders: &[(&Vocabulary, &[u32])], k: usize) -> Self {
        let rows: Vec<Vec<Cow<'_, [f32]>>> = encoders
            .iter()
            .map(|(vocabulary, tokens)| tokens.iter().filter_map(|id| vocabulary.row(*id)).collect())
            .collect();
        let k = if rows.iter().any(Vec::is_empty) { 0 } else { k };
        let d = encoders.iter().map(|(vocabulary, _)| vocabulary.width()).sum();
        let row = |i: usize| rows.iter().flat_map(move |rows| rows[i % rows.len()].iter().copied());
        Self { values: (0..k).flat_map(row).collect(), shape: [k, d] }
    }

    /// `k` vectors that begin a negative word: the mean of each vocabulary, as long as its usual vectors.
    ///
    /// What all words share says nothing in particular, as an empty negative prompt does, so learning begins at plain
    /// guidance. The initial word would cancel the other one there; noise would push every picture somewhere. That the
    /// rows are alike does no harm: each stands at another place of the prompt, so they are pulled apart.
    pub fn neutral(vocabularies: &[&Vocabulary], k: usize) -> Self {
        let row: Vec<f32> = vocabularies.iter().flat_map(|vocabulary| usual_mean(vocabulary)).collect();
        Self { shape: [k, row.len()], values: row.repeat(k) }
    }

    /// These and then those, of the same width.
    pub fn and(mut self, other: &Self) -> Self {
        self.values.extend(&other.values);
        self.shape[0] += other.shape[0];
        self
    }

    /// The first so many of them.
    pub fn first(&self, count: usize) -> Self {
        let [all, width] = self.shape;
        let count = count.min(all);
        Self { values: self.values[..count * width].to_vec(), shape: [count, width] }
    }

    /// Those behind the first so many.
    pub fn behind(&self, count: usize) -> Self {
        let [all, width] = self.shape;
        let count = count.min(all);
        Self { values: self.values[count * width..].to_vec(), shape: [all - count, width] }
    }

    /// Number of vectors.
    pub fn count(&self) -> usize {
        self.shape[0]
    }

    /// The vectors one by one.
    pub fn rows(&self) -> impl Iterator<Item = &[f32]> {
        self.values.chunks_exact(self.shape[1].max(1))
    }

    /// A copy on `device`, `[k, d]`.
    pub fn to_tensor(&self, device: &Device) -> Tensor<2> {
        Tensor::from_data(TensorData::new(self.values.clone(), self.shape), device)
    }

    /// Mean Euclidean norm of the first `width` values of each vector: the part of the first encoder.
    pub fn norm(&self, width: usize) -> f64 {
        let part = |row: &[f32]| f64::from(norm(&row[..width.min(row.len())]));
        self.rows().map(part).sum::<f64>() / self.count().max(1) as f64
    }

    /// Mean cosine between these vectors and the ones they started as.
    pub fn cosine_to(&self, start: &Self) -> f64 {
        let pairs = self.rows().zip(start.rows());
        pairs.map(|(a, b)| f64::from(cosine(a, b))).sum::<f64>() / self.count().max(1) as f64
    }

    /// Largest change of any value since `start`, relative to the largest value there, once each vector is
    /// given the length it started with: weight decay and the pull of the norm move a word without teaching
    /// it.
    pub fn moved_from(&self, start: &Self) -> f64 {
        let largest = |values: &mut dyn Iterator<Item = f32>| values.fold(0.0_f32, |a, b| a.max(b.abs()));
        let pairs = self.rows().zip(start.rows());
        let change = largest(&mut pairs.flat_map(|(row, from)| {
            let length = norm(row);
            let factor = if length > 0.0 { norm(from) / length } else { 0.0 };
            row.iter().zip(from).map(move |(a, b)| a * factor - b)
        }));
        f64::from(change) / f64::from(largest(&mut start.values.iter().copied())).max(f64::MIN_POSITIVE)
    }

    /// Whether every value is finite.
    pub fn is_finite(&self) -> bool {
        self.values.iter().all(|value| value.is_finite())
    }

    /// Moves the norm of each vector's parts by the fraction `pull` of the way to their targets, keeping their
    /// direction; `parts` are widths and targets, in order.
    pub(crate) fn regularise_norm(&mut self, parts: &[(usize, f64)], pull: f64) {
        if pull == 0.0 {
            return;
        }
        for row in self.values.chunks_exact_mut(self.shape[1].max(1)) {
            let mut rest = row;
            for (width, target) in parts {
                let (part, behind) = rest.split_at_mut((*width).min(rest.len()));
                let length = f64::from(norm(part));
                if length > 0.0 {
                    let factor = (1.0 + pull * (target / length - 1.0)) as f32;
                    part.iter_mut().for_each(|value| *value *= factor);
                }
                rest = behind;
            }
        }
    }
}

/// The word `part` of the way from what it began as to what was learned, from 0 to 1: each vector turns on the great
/// circle between the two and its length changes evenly, in each encoder by itself. `widths` are those of the encoders.
///
/// Both are rows of the same shape, row-major.
pub fn blend(start: &[f32], learned: &[f32], widths: &[usize], part: f64) -> Vec<f32> {
    let width = widths.iter().sum::<usize>().max(1);
    let mut blended = Vec::with_capacity(learned.len());
    for (from, to) in start.chunks_exact(width).zip(learned.chunks_exact(width)) {
        let mut at = 0;
        for own in widths {
            blended.extend(slerp(&from[at..at + own], &to[at..at + own], part));
            at += own;
        }
    }
    blended
}

fn slerp(from: &[f32], to: &[f32], part: f64) -> Vec<f32> {
    let [a, b] = [from, to].map(|values| f64::from(norm(values)));
    let angle = f64::from(cosine(from, to)).clamp(-1.0, 1.0).acos();
    let length = (1.0 - part) * a + part * b;
    // Along the line where there is no one circle: next to each other, opposite, or without a direction.
    let shares = match angle.sin() > 1e-4 && a > 0.0 && b > 0.0 {
        true => [((1.0 - part) * angle).sin() / angle.sin() / a, (part * angle).sin() / angle.sin() / b]
            .map(|share| share * length),
        false => [1.0 - part, part],
    };
    let mixed = |(from, to): (&f32, &f32)| (f64::from(*from) * shares[0] + f64::from(*to) * shares[1]) as f32;
    from.iter().zip(to).map(mixed).collect()
}

/// The direction of a vocabulary's mean, at the length that its vectors usually have.
fn usual_mean(vocabulary: &Vocabulary) -> Vec<f32> {
    let mut sum = vec![0.0_f64; vocabulary.width()];
    for row in (0..vocabulary.size() as u32).filter_map(|id| vocabulary.row(id)) {
        sum.iter_mut().zip(row.iter()).for_each(|(sum, value)| *sum += f64::from(*value));
    }
    let length = sum.iter().map(|value| value * value).sum::<f64>().sqrt();
    let factor = NormRange::of(vocabulary).median / length.max(f64::MIN_POSITIVE);
    sum.into_iter().map(|value| (value * factor) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blend_turns_from_the_first_word_to_the_learned_one() {
        // Lengths 1 and 3 at a right angle, and 2 and 2 of the second encoder the same way.
        let (start, learned) = ([1.0, 0.0, 2.0], [0.0, 3.0, 2.0]);
        let close = |part: f64, expected: [f64; 3]| {
            let found = blend(&start, &learned, &[2, 1], part);
            let near = found.iter().zip(expected).all(|(a, b)| (f64::from(*a) - b).abs() < 1e-6);
            assert!(near, "{part}: {found:?}");
        };
        close(0.0, [1.0, 0.0, 2.0]);
        close(1.0, [0.0, 3.0, 2.0]);
        let diagonal = 2.0 * 0.5_f64.sqrt();
        close(0.5, [diagonal, diagonal, 2.0]);
        close(1.0 / 3.0, [5.0 / 3.0 * 0.75_f64.sqrt(), 5.0 / 6.0, 2.0]);
        assert_eq!(blend(&[1.0, 0.0], &[-1.0, 0.0], &[2], 0.25), [0.5, 0.0]);
        assert_eq!(blend(&[0.0, 0.0], &[2.0, 0.0], &[2], 0.5), [1.0, 0.0]);
    }

    fn vocabulary() -> Vocabulary {
        Vocabulary::new(vec![1.0, 0.0, 0.0, 2.0, 3.0, 4.0], 2)
    }

    fn from(tokens: &[u32], k: usize) -> Vectors {
        Vectors::from_tokens(&[(&vocabulary(), tokens)], k)
    }

    #[test]
    fn initial_tokens_are_repeated_or_cut() {
        assert_eq!(from(&[1, 2], 3).values, [0., 2., 3., 4., 0., 2.]);
        assert_eq!(from(&[1, 2], 1).values, [0., 2.]);
        assert_eq!(from(&[9], 1).count(), 0);
    }

    #[test]
    fn two_encoders_have_a_row_each_side_by_side() {
        let other = Vocabulary::new(vec![5.0, 6.0, 7.0], 1);
        let both = Vectors::from_tokens(&[(&vocabulary(), &[1, 2]), (&other, &[0])], 2);
        assert_eq!((both.shape, both.values), ([2, 3], vec![0., 2., 5., 3., 4., 5.]));
        assert_eq!(Vectors::from_tokens(&[(&vocabulary(), &[1]), (&other, &[9])], 1).count(), 0);
    }

    #[test]
    fn a_negative_word_begins_as_what_all_words_share() {
        let other = Vocabulary::new(vec![5.0, 7.0, 9.0], 1);
        let both = Vectors::neutral(&[&vocabulary(), &other], 2);
        // The sums are (4, 6) and 21, the usual lengths 2 and 7.
        let length = 52.0_f32.sqrt();
        let row = [8.0 / length, 12.0 / length, 7.0];
        assert_eq!(both.shape, [2, 3]);
        assert!(both.values.iter().zip(row.iter().cycle()).all(|(a, b)| (a - b).abs() < 1e-6), "{both:?}");
        let all = from(&[1], 1).and(&from(&[2], 1));
        assert_eq!((all.shape, all.values), ([2, 2], vec![0., 2., 3., 4.]));
    }

    #[test]
    fn the_pull_moves_the_norm_and_keeps_the_direction() {
        let mut vectors = from(&[2], 1);
        vectors.regularise_norm(&[(2, 1.0)], 0.5);
        assert!((vectors.norm(2) - 3.0).abs() < 1e-6);
        assert!((vectors.cosine_to(&from(&[2], 1)) - 1.0).abs() < 1e-6);

        let mut parts = Vectors { values: vec![3.0, 4.0, 2.0], shape: [1, 3] };
        parts.regularise_norm(&[(2, 1.0), (1, 4.0)], 1.0);
        assert!(parts.values.iter().zip([0.6, 0.8, 4.0]).all(|(a, b)| (a - b).abs() < 1e-6));
    }
}
