//! A word that CLIP tells apart: the vectors whose sentences lie closest to the pictures, among those of other words.
//!
//! PALAVRA (arXiv 2204.01694) showed such a word, which says which thing it is and not how it looks; as a beginning it
//! costs seconds. This is its idea and nothing of its code. It knows no diffusion model, and uses no chance: the same
//! pictures give the same word.

use burn::tensor::activation::log_sigmoid;
use burn::tensor::{Tensor, TensorData};

use super::objective::read;
use super::optimizer::AdamW;
use super::vectors::Vectors;
use base::Result;
use model::ClipModel;
use model::embeddings::{cosine, norm};
use project::AdamW as Settings;

/// What cosines are multiplied by: the inverse temperature that CLIP's published models reach (their `logit_scale`).
const SCALE: f32 = 100.0;
/// Steps taken.
const STEPS: usize = 100;
/// Length of the first step of a number, as a part of their usual size; it falls to nothing.
const STEP: f64 = 0.1;
/// Sentences that go through the text tower together.
const BATCH: usize = 64;

/// Says how many of how many are done; an error of it ends the work.
pub type Tell<'a> = dyn FnMut(usize, usize) -> Result<()> + 'a;

/// How well a word is told from others by the pictures it is to name.
pub struct ClipWord<'a> {
    clip: &'a ClipModel,
    /// Ids of the sentences with the word, one length for all.
    sentences: Vec<Vec<u32>>,
    /// Unit vectors of the pictures, `[pictures, width]`.
    pictures: Tensor<2>,
    /// For each sentence and picture the logarithm of the sum of the exponentials of what all other words score there.
    rivals: Tensor<2>,
}

impl<'a> ClipWord<'a> {
    /// A word of so many vectors, for `pictures` as CLIP sees them, beside `others`, each as the ids of a word.
    /// `sentences` have `{}` for the word.
    ///
    /// # Errors
    /// [`base::Error::Device`] if the device fails; those of `tell`.
    pub fn new(
        clip: &'a ClipModel,
        sentences: &[String],
        vectors: usize,
        pictures: &[Vec<f32>],
        others: &[Vec<u32>],
        tell: &mut Tell<'_>,
    ) -> Result<Self> {
        let device = clip.device();
        let mut rivals = Vec::new();
        for (done, sentence) in sentences.iter().enumerate() {
            let mut texts = Vec::new();
            for batch in others.chunks(BATCH) {
                tell(done, sentences.len())?;
                let ids = clip.sentence_ids(batch.iter().map(|word| (sentence.as_str(), word.as_slice())));
                texts.extend(read(clip.embed_ids(&ids, None))?);
            }
            for picture in pictures {
                let scores = texts.chunks(clip.width()).map(|text| f64::from(SCALE * cosine(text, picture)));
                let scores: Vec<f64> = scores.collect();
                let most = scores.iter().copied().fold(f64::MIN, f64::max);
                rivals.push((most + scores.iter().map(|s| (s - most).exp()).sum::<f64>().ln()) as f32);
            }
        }
        let rivals = TensorData::new(rivals, [sentences.len(), pictures.len()]);
        let unit = pictures.iter().flat_map(|picture| {
            let length = norm(picture).max(f32::MIN_POSITIVE);
            picture.iter().map(move |value| value / length)
        });
        let unit = TensorData::new(unit.collect::<Vec<f32>>(), [pictures.len(), clip.width()]);
        let first = clip.vocabulary().size() as u32;
        let word: Vec<u32> = (0..vectors as u32).map(|vector| first + vector).collect();
        let sentences = clip.sentence_ids(sentences.iter().map(|text| (text.as_str(), word.as_slice())));
        let (pictures, rivals) = (Tensor::from_data(unit, device), Tensor::from_data(rivals, device));
        Ok(Self { clip, sentences, pictures, rivals })
    }

    /// Cosines of the word's sentences to the pictures, `[sentences, pictures]`.
    fn cosines(&self, word: &Tensor<2>) -> Tensor<2> {
        let texts = self.clip.embed_ids(&self.sentences, Some(word));
        let lengths = (texts.clone().square().sum_dim(1) + f32::MIN_POSITIVE).sqrt();
        (texts / lengths).matmul(self.pictures.clone().transpose())
    }

    /// How improbable the word is for the pictures beside the others: the mean cross entropy in nats. A word that wins
    /// everywhere has nothing left to gain, so that it does not run away from all that is written.
    fn loss(&self, word: &Tensor<2>) -> Tensor<1> {
        -log_sigmoid(self.cosines(word) * SCALE - self.rivals.clone()).mean()
    }

    /// The loss and its gradient with respect to the vectors, row-major.
    ///
    /// # Errors
    /// [`base::Error::Device`] if the device fails.
    pub fn gradient(&self, word: &Vectors) -> Result<(f64, Vec<f32>)> {
        let leaf = word.to_tensor(&self.clip.device().clone().autodiff()).require_grad();
        let loss = self.loss(&leaf);
        let gradients = loss.backward();
        let gradient = leaf.grad(&gradients).map(read).transpose()?;
        let loss = read(loss.inner())?.first().map_or(f64::NAN, |loss| f64::from(*loss));
        Ok((loss, gradient.unwrap_or_else(|| vec![0.0; word.values.len()])))
    }

    /// The mean cosine of the word's sentences to the pictures.
    ///
    /// # Errors
    /// [`base::Error::Device`] if the device fails.
    pub fn likeness(&self, word: &Vectors) -> Result<f64> {
        let cosines = read(self.cosines(&word.to_tensor(self.clip.device())))?;
        Ok(cosines.iter().map(|c| f64::from(*c)).sum::<f64>() / cosines.len().max(1) as f64)
    }

    /// The word that is learned from `start`. Each vector keeps its length, so that it is as loud as usual words.
    ///
    /// # Errors
    /// [`base::Error::Device`] if the device fails; those of `tell`.
    pub fn learn(&self, start: &Vectors, tell: &mut Tell<'_>) -> Result<Vectors> {
        let lengths: Vec<f32> = start.rows().map(norm).collect();
        let width = start.shape[1].max(1);
        let usual = lengths.iter().map(|l| f64::from(*l)).sum::<f64>()
            / (start.count().max(1) as f64 * (width as f64).sqrt());
        let mut optimizer = AdamW::new(start.values.len());
        let settings = Settings { weight_decay: 0.0, ..Settings::default() };
        let mut word = start.clone();
        for step in 0..STEPS {
            tell(step, STEPS)?;
            let (_, gradient) = self.gradient(&word)?;
            let lr = STEP * usual * (1.0 - step as f64 / STEPS as f64);
            let before = word.clone();
            optimizer.step(&mut word.values, &gradient, lr, &settings);
            if !word.is_finite() {
                return Ok(before);
            }
            for (row, length) in word.values.chunks_exact_mut(width).zip(&lengths) {
                let factor = length / norm(row).max(f32::MIN_POSITIVE);
                row.iter_mut().for_each(|value| *value *= factor);
            }
        }
        Ok(word)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use burn::tensor::Device;

    #[test]
    fn the_gradient_is_that_of_finite_differences_and_learning_follows_it() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/clip");
        let clip = ClipModel::open(&folder, &Device::flex(), &mut || Ok(())).unwrap();
        // Texts stand for pictures: they have their vectors in the same space.
        let texts = ["a painting of a dog", "the dog by the sea"].map(String::from);
        let pictures = read(clip.embed_texts(&texts)).unwrap();
        let pictures: Vec<Vec<f32>> = pictures.chunks(clip.width()).map(<[f32]>::to_vec).collect();
        let cat = clip.tokenizer.id("cat</w>").unwrap();
        let others: Vec<Vec<u32>> = [cat, 300, 310, 320].map(|id| vec![id]).to_vec();
        let sentences = ["a photo of a {}", "a rendition of the {}"].map(String::from);
        let word = ClipWord::new(&clip, &sentences, 2, &pictures, &others, &mut |_, _| Ok(())).unwrap();
        let start = Vectors::from_tokens(&[(clip.vocabulary(), &[cat])], 2);
        let (_, gradient) = word.gradient(&start).unwrap();
        let loss =
            |vectors: &Vectors| f64::from(read(word.loss(&vectors.to_tensor(clip.device()))).unwrap()[0]);
        let size = norm(&gradient) / (gradient.len() as f32).sqrt();
        for place in (0..gradient.len()).step_by(7) {
            let step = 0.02 * norm(&start.values) / (start.values.len() as f32).sqrt();
            let at = |by: f32| {
                let mut moved = start.clone();
                moved.values[place] += by;
                loss(&moved)
            };
            let slope = (at(step) - at(-step)) / f64::from(2.0 * step);
            let apart = (slope - f64::from(gradient[place])).abs();
            assert!(
                apart < 0.03 * f64::from(size.max(gradient[place].abs())),
                "{place}: {slope} {}",
                gradient[place]
            );
        }
        let learned = word.learn(&start, &mut |_, _| Ok(())).unwrap();
        assert!(loss(&learned) < 0.5 * loss(&start), "{} {}", loss(&start), loss(&learned));
        assert!(word.likeness(&learned).unwrap() > word.likeness(&start).unwrap());
        for (row, before) in learned.rows().zip(start.rows()) {
            assert!((norm(row) - norm(before)).abs() < 1e-5);
        }
        assert_eq!(word.learn(&start, &mut |_, _| Ok(())).unwrap(), learned, "no chance");
    }
}
