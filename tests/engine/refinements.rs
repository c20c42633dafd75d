//! What goes beyond the one published word, on the small models: each term and its gradient against plain arithmetic and
//! central differences, with the whole graph and part by part.
//!
//! It does not ask whether a word is learned better by it.

use crate::numbers::Golden;
use crate::precision::cosine;
use burn::tensor::Tensor;
use diffusion::{Noise, Schedule, SchedulerConfig};
use engine::device;
use engine::message::DeviceChoice;
use inversion::objective::read;
use inversion::{Batch, ContextPair, ContextTerm, NegativeWord, Objective, Vectors};
use model::Pipeline;
use model::conditioner::TextEncoder;
use project::Precision;
use text::Tokenizers;

/// A model, and a word of two vectors with a negative word of one behind it.
struct Fixture {
    model: Pipeline,
    schedule: Schedule,
    vectors: Vectors,
    tokenizers: Tokenizers,
}

impl Fixture {
    fn open(family: &str, precision: Precision) -> Self {
        let folder = Golden::open_at(&crate::numbers::bundled().join(family)).folder;
        let device = device::open(DeviceChoice::Cpu).unwrap();
        let model = Pipeline::open(&folder, &device.device, precision, &mut |_, _| Ok(())).unwrap();
        let config = SchedulerConfig::from_json(model.files.scheduler().unwrap(), &folder).unwrap();
        let tokens = ["<w>", "<w>_1", "<n>"].map(str::to_owned);
        let tokenizers = model.tokenizers.with_placeholders(&tokens).unwrap();
        let ids: Vec<Vec<u32>> =
            model.tokenizers.iter().map(|t| t.encode("toy cat")[1..3].to_vec()).collect();
        let vocabularies: Vec<_> = model.conditioner.encoders.iter().map(TextEncoder::vocabulary).collect();
        let start: Vec<_> = vocabularies.iter().copied().zip(ids.iter().map(Vec::as_slice)).collect();
        let vectors = Vectors::from_tokens(&start, 2).and(&Vectors::neutral(&vocabularies, 1));
        Self { schedule: Schedule::new(&config), vectors, tokenizers, model }
    }

    fn objective<'a>(&'a self, negative: Option<&'a NegativeWord>, low_memory: bool) -> Objective<'a> {
        Objective { low_memory, negative, ..Objective::of(&self.model, &self.schedule, [64; 2]) }
    }

    fn ids(&self, sentence: &str) -> Vec<u32> {
        self.tokenizers.encode_padded(sentence).ids
    }

    fn batch(&self) -> Batch {
        let latent = [self.model.vae_config.latent_channels, 8, 8];
        let len = 2 * latent.iter().product::<usize>();
        Batch {
            ids: vec![self.ids("a photo of <w> <w>_1 on the beach"), self.ids("my <w> <w>_1")],
            clean: Noise::new(1).normal(0, len),
            noise: Noise::new(1).normal(1, len),
            timesteps: vec![400, 700],
            weight: None,
            latent,
        }
    }

    fn context(&self, weight: f64) -> ContextTerm {
        let sentence = |word: &str| self.ids(&format!("a photo of {word} on the beach"));
        let ends: Vec<u32> = self.tokenizers.iter().map(|tokenizer| tokenizer.eos).collect();
        let (word, initial) = (sentence("<w> <w>_1"), sentence("dog"));
        let pair = ContextPair::new(word, initial, &self.model.conditioner, &ends).unwrap();
        ContextTerm { pairs: vec![pair], weight, seed: 0 }
    }
}

/// Compares a gradient with central differences along random directions. A step of 1e-2 keeps both the loss's f32 rounding
/// (about 1e-7 / 1e-2) and the third-order term small beside the derivative: 2 % of the gradient's length.
pub fn expect_gradient(vectors: &Vectors, gradient: &[f32], loss: impl Fn(&Vectors) -> f64) {
    let norm = gradient.iter().map(|g| f64::from(*g).powi(2)).sum::<f64>().sqrt();
    assert!(norm > 0.0, "the word has no influence on the loss");
    for direction in 0..6 {
        let towards = Noise::new(7).normal(direction, gradient.len());
        let length = towards.iter().map(|d| f64::from(*d).powi(2)).sum::<f64>().sqrt();
        let at = |sign: f64| {
            let mut moved = vectors.clone();
            let shift = |(v, d): (&mut f32, &f32)| *v += (sign * 1e-2 * f64::from(*d) / length) as f32;
            moved.values.iter_mut().zip(&towards).for_each(shift);
            loss(&moved)
        };
        let measured = (at(1.0) - at(-1.0)) / 2e-2;
        let dot: f64 = gradient.iter().zip(&towards).map(|(g, d)| f64::from(*g) * f64::from(*d)).sum();
        let expected = dot / length;
        println!("direction {direction}: {measured:e} measured, {expected:e} computed, of {norm:e}");
        assert!((measured - expected).abs() <= 0.02 * norm, "{measured:e} measured, {expected:e} computed");
    }
}

#[test]
fn the_context_term_is_the_mean_distance_around_the_word() {
    for family in ["sd1", "sdxl"] {
        let fixture = Fixture::open(family, Precision::F32);
        let Fixture { model, vectors, .. } = &fixture;
        let objective = fixture.objective(None, false);
        let term = fixture.context(0.5);
        let (value, gradient) = term.gradient(&objective, vectors, 0, 1.0).unwrap();
        // Written out: begin, "a photo of", then behind the word "on the beach", end. The initial word is one token.
        let learned = vectors.to_tensor(&model.conditioner.device());
        let context = |word: &str, learned: Option<&Tensor<2>>| {
            let ids = fixture.ids(&format!("a photo of {word} on the beach"));
            let length = ids.len() / model.conditioner.encoders.len();
            let ended = |(index, t): (usize, &text::TextTokenizer)| {
                ids[index * length..][..length].iter().position(|id| *id == t.eos).unwrap()
            };
            let ends: Vec<usize> = fixture.tokenizers.iter().enumerate().map(ended).collect();
            (read(model.conditioner.encode(&[ids], learned, 1, [64; 2]).context).unwrap(), ends)
        };
        let ((a, a_ends), (b, b_ends)) = (context("<w> <w>_1", Some(&learned)), context("dog", None));
        let (mut expected, mut offset, all) = (0.0, 0, model.conditioner.width());
        let widths = model.conditioner.widths();
        for (index, width) in widths.iter().enumerate() {
            let first = fixture
                .ids("a photo of <w>")
                .iter()
                .position(|id| *id as usize >= model.conditioner.encoders[0].vocabulary().size())
                .unwrap();
            let (end, other) = (a_ends[index], b_ends[index]);
            let before = (0..first).map(|at| (at, at));
            let places: Vec<_> = before.chain((first + 2..=end).map(|at| (at, at + other - end))).collect();
            let row = |values: &[f32], at: usize| values[at * all + offset..][..*width].to_vec();
            let sum: f64 = places.iter().map(|(x, y)| 1.0 - cosine(&row(&a, *x), &row(&b, *y))).sum();
            expected += 0.5 * sum / places.len() as f64 / widths.len() as f64;
            offset += width;
        }
        println!("{family}: {value:e}, {expected:e} by plain arithmetic");
        assert!((value - expected).abs() < 1e-6 && expected > 1e-4, "{value:e}, {expected:e}");
        let loss = |vectors: &Vectors| term.gradient(&objective, vectors, 0, 1.0).unwrap().0;
        expect_gradient(vectors, &gradient, loss);
        let negative = &gradient[2 * all..];
        assert!(negative.iter().all(|g| *g == 0.0), "the negative word stands in no sentence");
        // In half precision the loss scale is divided out again.
        let half = Fixture::open(family, Precision::F16);
        for loss_scale in [1.0, 0.25] {
            let rough = half.objective(None, false);
            let (_, rough) = term.gradient(&rough, vectors, 0, loss_scale).unwrap();
            let near = cosine(&gradient, &rough);
            println!("{family}: cosine in f16 {near}");
            assert!(near > 0.99, "{near}");
        }
    }
}

#[test]
fn words_learned_beside_a_word_have_a_gradient_where_a_sentence_names_them() {
    for family in ["sd1", "sdxl"] {
        let fixture = Fixture::open(family, Precision::F32);
        let Fixture { vectors, .. } = &fixture;
        let (objective, width) = (fixture.objective(None, false), vectors.shape[1]);
        let plain = fixture.batch();
        let (_, gradient) = objective.gradient(vectors, &plain, 1.0).unwrap();
        assert!(gradient[2 * width..].iter().all(|g| *g == 0.0), "what rests is known by this");
        let mut both = plain;
        both.ids[1] = fixture.ids("a photo of <w> <w>_1 with <n>");
        let (_, gradient) = objective.gradient(vectors, &both, 1.0).unwrap();
        assert!(gradient[2 * width..].iter().any(|g| *g != 0.0));
        expect_gradient(vectors, &gradient, |vectors| objective.loss(vectors, &both).unwrap());
    }
}

#[test]
fn a_negative_word_is_learned_by_the_guided_prediction() {
    for family in ["sd1", "sdxl"] {
        let fixture = Fixture::open(family, Precision::F32);
        let Fixture { vectors, .. } = &fixture;
        let (negative, batch) = (NegativeWord { ids: fixture.ids("<n>"), guidance: 3.0 }, fixture.batch());
        let objective = fixture.objective(Some(&negative), false);
        let (loss, gradient) = objective.gradient(vectors, &batch, 1.0).unwrap();
        let forward = objective.loss(vectors, &batch).unwrap();
        assert!((loss - forward).abs() <= 1e-6 * loss, "{loss} with a gradient, {forward} without");
        let width = vectors.shape[1];
        let norm = |part: &[f32]| part.iter().map(|g| g * g).sum::<f32>().sqrt();
        assert!(norm(&gradient[..2 * width]) > 0.0 && norm(&gradient[2 * width..]) > 0.0, "both are learned");
        expect_gradient(vectors, &gradient, |vectors| objective.loss(vectors, &batch).unwrap());
        let (_, spared) = fixture.objective(Some(&negative), true).gradient(vectors, &batch, 1.0).unwrap();
        let apart = gradient.iter().zip(&spared).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(apart <= 1e-4 * norm(&gradient), "{apart}");
        // A guidance of 1 is the sentence alone.
        let alone = NegativeWord { guidance: 1.0, ..negative };
        let (one, _) = fixture.objective(Some(&alone), false).gradient(vectors, &batch, 1.0).unwrap();
        let plain = fixture.objective(None, false).loss(vectors, &batch).unwrap();
        assert!((one - plain).abs() <= 1e-6 * plain && (loss - plain).abs() > 1e-4 * plain);
    }
}
