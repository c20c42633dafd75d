//! The text term of CoRe (arXiv 2408.15914): around the learned word a sentence is read as it would be around the word
//! that it began as.
//!
//! It needs the text encoders alone, one sentence a step, and has a graph of its own, so it is the same however the
//! U-Net is gone through. It does not look at the word's own places: what the word means is left to the pictures.

use burn::tensor::{DType, Tensor};

use super::objective::{Objective, read, read_one};
use super::vectors::Vectors;
use base::Result;
use diffusion::StepRandom;
use model::Conditioner;

/// Keeps which sentence a step draws apart from all else that it draws.
const CONTEXT: u64 = 1 << 60;

/// A sentence with the word, and the same with the word that it began as.
#[derive(Debug, Clone, PartialEq)]
pub struct ContextPair {
    /// The ids of both, a context length for each text encoder.
    ids: [Vec<u32>; 2],
    /// Which of their places are the same, for each text encoder.
    places: Vec<Places>,
}

/// The places around a word, of one text encoder: those before it, and those behind it up to the end token. In the two
/// sentences the latter begin elsewhere, where one word has more tokens than the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Places {
    before: usize,
    behind: [usize; 2],
    count: usize,
}

/// The term.
#[derive(Debug, Clone, PartialEq)]
pub struct ContextTerm {
    /// The sentences to draw from, at least one.
    pub pairs: Vec<ContextPair>,
    /// What their distance is multiplied by.
    pub weight: f64,
    /// Seed of the run.
    pub seed: u64,
}

impl ContextPair {
    /// The padded ids of a sentence with the word and with the one that it began as; `ends` are the ids of the end token,
    /// for each text encoder. Nothing if they are not the same around it, as where one of them was cut off.
    pub fn new(word: Vec<u32>, initial: Vec<u32>, conditioner: &Conditioner, ends: &[u32]) -> Option<Self> {
        let encoders = conditioner.encoders.iter().zip(ends).enumerate();
        let places = encoders.map(|(index, (encoder, end))| {
            let [word, initial] = [&word, &initial].map(|ids| conditioner.window(ids, index));
            Places::of(word, initial, encoder.vocabulary().size() as u32, *end)
        });
        let places = places.collect::<Option<_>>()?;
        Some(Self { ids: [word, initial], places })
    }

    /// Mean over the places of 1 minus the cosine between the two contexts, each text encoder's part for itself.
    ///
    /// # Shapes
    /// - `contexts`: `[1, tokens, sum of widths]` each; output: `[1]`, f32
    fn distance(&self, contexts: [Tensor<3>; 2], widths: &[usize]) -> Tensor<1> {
        let mut offset = 0;
        let parts = self.places.iter().zip(widths).map(|(places, width)| {
            let columns = offset..offset + width;
            offset += width;
            let [a, b] = [0, 1].map(|which: usize| {
                let rows = |from: usize, count: usize| {
                    contexts[which].clone().slice([0..1, from..from + count, columns.clone()])
                };
                let both = vec![rows(0, places.before), rows(places.behind[which], places.count)];
                Tensor::cat(both, 1).cast(DType::F32)
            });
            let product = (a.clone() * b.clone()).sum_dim(2);
            let lengths = a.square().sum_dim(2).sqrt() * b.square().sum_dim(2).sqrt();
            -(product / lengths).mean() + 1.0
        });
        let parts: Vec<Tensor<1>> = parts.collect();
        Tensor::cat(parts, 0).mean()
    }
}

impl Places {
    /// The places around the ids from `learned` on; see [`ContextPair::new`].
    fn of(word: &[u32], initial: &[u32], learned: u32, end: u32) -> Option<Self> {
        let first = word.iter().position(|id| *id >= learned)?;
        let behind = 1 + word.iter().rposition(|id| *id >= learned)?;
        let ended = |ids: &[u32]| ids.iter().position(|id| *id == end).map(|at| at + 1);
        let (word_end, initial_end) = (ended(word)?, ended(initial)?);
        let count = word_end.checked_sub(behind)?;
        let other = initial_end.checked_sub(count).filter(|other| *other > first)?;
        let same = word[..first] == initial[..first] && word[behind..word_end] == initial[other..initial_end];
        same.then_some(Self { before: first, behind: [behind, other], count })
    }
}

impl ContextTerm {
    /// The sentence of a step.
    fn pair(&self, step: u64) -> Option<&ContextPair> {
        StepRandom::new(self.seed, CONTEXT + step).choose(&self.pairs)
    }

    /// The term at a step and its gradient with respect to the vectors, row-major, both with the weight. In f16 the
    /// distance is scaled before the backward pass, as the loss is, so that its gradient does not vanish there.
    ///
    /// # Errors
    /// [`base::Error::Device`] if the device fails.
    pub fn gradient(
        &self,
        objective: &Objective<'_>,
        vectors: &Vectors,
        step: u64,
        loss_scale: f64,
    ) -> Result<(f64, Vec<f32>)> {
        let Some(pair) = self.pair(step) else { return Ok((0.0, vec![0.0; vectors.values.len()])) };
        let conditioner = objective.conditioner;
        let encode = |ids: &Vec<u32>, word: Option<&Tensor<2>>| {
            conditioner.encode(std::slice::from_ref(ids), word, objective.clip_skip, objective.size).context
        };
        let leaf = vectors.to_tensor(&conditioner.device().autodiff()).require_grad();
        let [word, initial] = &pair.ids;
        let contexts = [encode(word, Some(&leaf)), encode(initial, None)];
        let distance = pair.distance(contexts, &conditioner.widths());
        // The derivative by a number of the context is about one part in the number of places and of the width.
        let places = pair.places.first().map_or(1, |places| places.before + places.count);
        let scale = match objective.scales_loss() {
            true => (places * conditioner.width()) as f64 * loss_scale,
            false => 1.0,
        };
        let gradients = (distance.clone() * scale as f32).backward();
        let factor = (self.weight / scale) as f32;
        let gradient = match leaf.grad(&gradients) {
            Some(gradient) => read(gradient)?.into_iter().map(|g| g * factor).collect(),
            None => vec![0.0; vectors.values.len()],
        };
        Ok((self.weight * read_one(distance.inner())?, gradient))
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, TensorData};

    use super::*;

    #[test]
    fn the_places_around_a_word_are_found_whatever_its_length() {
        // Begin 0, end 9, padding 9; the word is two vectors, it began as one token.
        let places = Places::of(&[0, 3, 100, 101, 4, 9, 9], &[0, 3, 7, 4, 9, 9, 9], 100, 9).unwrap();
        assert_eq!(places, Places { before: 2, behind: [4, 3], count: 2 });
        // And the other way round, with another padding.
        let places = Places::of(&[0, 100, 4, 9, 1, 1], &[0, 7, 8, 4, 9, 1], 100, 9).unwrap();
        assert_eq!(places, Places { before: 1, behind: [2, 3], count: 2 });
        for (word, initial) in [
            (&[0, 3, 9], &[0, 3, 9]),
            (&[0, 100, 9], &[1, 7, 9]),
            (&[0, 100, 9], &[0, 9, 9]),
            (&[0, 100, 4], &[0, 7, 4]),
        ] {
            assert_eq!(Places::of(word, initial, 100, 9), None, "{word:?} {initial:?}");
        }
    }

    #[test]
    fn the_distance_is_that_of_plain_arithmetic() {
        let pair = ContextPair {
            ids: [Vec::new(), Vec::new()],
            places: vec![
                Places { before: 1, behind: [3, 2], count: 1 },
                Places { before: 2, behind: [3, 3], count: 1 },
            ],
        };
        // Four places of two encoders, two numbers and one number wide.
        let a = [[1., 0., 2.], [9., 9., -1.], [9., 9., 9.], [3., 4., 1.]];
        let b = [[0., 2., 5.], [9., 9., 3.], [4., 3., 9.], [9., 9., 2.]];
        let tensor = |rows: [[f32; 3]; 4]| {
            Tensor::<3>::from_data(TensorData::new(rows.concat(), [1, 4, 3]), &Device::flex())
        };
        let distance = read_one(pair.distance([tensor(a), tensor(b)], &[2, 1])).unwrap();
        // Cosines 0 and 24/25; then 1, -1 and 1.
        let expected = ((1.0 - 0.48) + (1.0 - 1.0 / 3.0)) / 2.0;
        assert!((distance - expected).abs() < 1e-6, "{distance}, expected {expected}");
    }

    #[test]
    fn each_step_draws_its_own_sentence_again() {
        let pair = |id| ContextPair { ids: [vec![id], vec![id]], places: Vec::new() };
        let term = ContextTerm { pairs: (0..100).map(pair).collect(), weight: 1.0, seed: 3 };
        let drawn: Vec<_> = (0..50).map(|step| term.pair(step)).collect();
        assert!((0..50).all(|step| term.pair(step) == drawn[step as usize]));
        assert!(drawn.iter().any(|pair| *pair != drawn[0]));
    }
}
