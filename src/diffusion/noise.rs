//! Random numbers that depend on a seed and a place in the work, and on nothing else.
//!
//! Every draw comes from ChaCha8 keyed by the seed, on a stream numbered by what it is for, so that the same
//! seed gives the same image on every device and a resumed run needs no saved generator state. The values
//! are part of a run's reproducibility: the tests pin some of them, and a change of generator needs a new
//! settings version.

use rand::{RngExt, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

/// Learning steps draw from the upper half of the stream numbers, so that no preview or image made with the
/// same seed ever repeats a step's noise.
const STEP_STREAMS: u64 = 1 << 63;

/// Gaussian noise for images: one independent stream per image and purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Noise {
    seed: u64,
}

impl Noise {
    /// Noise belonging to `seed`. Any value is as good as any other.
    pub fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// `len` independent standard normal values of the given stream, always the same ones.
    ///
    /// A shorter draw is the beginning of a longer one. A usual numbering is 0 for the starting latents and
    /// `1 + index` for the noise of sampling step `index`. `stream` must be below 2^63.
    pub fn normal(&self, stream: u64, len: usize) -> Vec<f32> {
        debug_assert!(stream < STEP_STREAMS, "stream numbers from 2^63 up belong to learning steps");
        generator(self.seed, stream).sample_iter(StandardNormal).take(len).collect()
    }
}

/// Noise between that of two seeds, as A1111 makes variations: on the great circle, `share` (0 to 1) of the way from the
/// one to the other, so that it stays as strong as noise is. As there (`slerp` of `modules/rng.py`), each column of each
/// plane is turned for itself.
///
/// # Shapes
/// - `from`, `to`, output: `[channels, height, width]`
///
/// # Panics
/// When the slices are not of that shape.
pub fn between(from: &[f32], to: &[f32], [channels, height, width]: [usize; 3], share: f64) -> Vec<f32> {
    let mut mixed = vec![0.0; channels * height * width];
    for column in 0..channels * width {
        let places = (0..height).map(|y| (column / width * height + y) * width + column % width);
        let dot = |a: &[f32], b: &[f32]| -> f64 {
            places.clone().map(|place| f64::from(a[place]) * f64::from(b[place])).sum()
        };
        let cosine = dot(from, to) / (dot(from, from) * dot(to, to)).sqrt();
        let angle = cosine.clamp(-1.0, 1.0).acos();
        // Where there is no circle through both, a straight line.
        let (kept, gained) = match angle.sin() {
            sine if sine > 1e-6 => (((1.0 - share) * angle).sin() / sine, (share * angle).sin() / sine),
            _ => (1.0 - share, share),
        };
        for place in places {
            mixed[place] = (kept * f64::from(from[place]) + gained * f64::from(to[place])) as f32;
        }
    }
    mixed
}

/// Everything random in one learning step, derived from the run's seed and the step's number.
///
/// Draws follow one another, so the order of the calls within a step is part of the run's reproducibility
/// too.
#[derive(Debug, Clone)]
pub struct StepRandom {
    generator: ChaCha8Rng,
}

impl StepRandom {
    /// The random numbers of step `step` (from 0, below 2^63) of a run with this seed.
    pub fn new(seed: u64, step: u64) -> Self {
        Self { generator: generator(seed, STEP_STREAMS | step) }
    }

    /// The next `len` standard normal values.
    pub fn normal(&mut self, len: usize) -> Vec<f32> {
        (0..len).map(|_| self.generator.sample(StandardNormal)).collect()
    }

    /// A whole number from 0 up to, but not including, `bound`, each as likely as the others.
    ///
    /// # Panics
    /// When `bound` is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        // Drawn as 64 bits so that 32-bit and 64-bit machines agree.
        self.generator.random_range(0..bound as u64) as usize
    }

    /// A number from 0 up to, but not including, 1.
    pub fn uniform(&mut self) -> f64 {
        self.generator.random()
    }

    /// True with the given probability (0 to 1), for flips and caption dropout. Always draws once.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.uniform() < probability
    }

    /// One of the items, each as likely as the others; `None` when there are none.
    pub fn choose<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        (!items.is_empty()).then(|| &items[self.below(items.len())])
    }

    /// Puts the items into a random order, each order as likely as the others.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        items.shuffle(&mut self.generator);
    }
}

/// ChaCha8 keyed by `seed`, at the beginning of `stream`.
fn generator(seed: u64, stream: u64) -> ChaCha8Rng {
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    generator.set_stream(stream);
    generator
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_pinned() {
        assert_eq!(Noise::new(0).normal(0, 4), [0.69996077, -0.14406164, 0.30288628, -1.3745139]);
        assert_eq!(Noise::new(42).normal(1, 4), [0.61908245, -0.8932268, -0.048571218, 1.9120431]);
        let mut step = StepRandom::new(42, 7);
        assert_eq!(step.normal(3), [-0.29322562, 1.835662, -0.6308252]);
        assert_eq!([step.below(1000), step.below(1000), step.below(27)], [359, 802, 8]);
        assert_eq!(step.uniform(), 0.2779003948166823);
        let mut order = [0, 1, 2, 3, 4, 5];
        step.shuffle(&mut order);
        assert_eq!(order, [2, 1, 4, 3, 5, 0]);
    }

    #[test]
    fn noise_between_two_seeds_is_that_of_a1111() {
        // Its `slerp` in PyTorch, in 64 bits.
        let from = [0.5, -1.0, 1.5, 0.25, -0.75, 2.0, -0.125, 1.0];
        let to = [1.0, 0.5, -0.25, -1.5, 0.75, 0.125, 2.0, -0.5];
        let wanted = [0.868576, -0.827491, 1.193178, -0.76808, -0.352262, 2.011445, 1.214286, 0.71103];
        let close = |got: Vec<f32>, wanted: &[f32]| {
            assert!(got.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 2e-6), "{got:?} is not {wanted:?}");
        };
        close(between(&from, &to, [2, 2, 2], 0.3), &wanted);
        close(between(&from, &to, [2, 2, 2], 0.0), &from);
        close(between(&from, &to, [2, 2, 2], 1.0), &to);
        close(between(&from, &from, [2, 2, 2], 0.5), &from);
        // Columns of one number have no angle.
        close(between(&[1.0, 2.0], &[3.0, -2.0], [1, 1, 2], 0.5), &[2.0, 0.0]);
    }

    #[test]
    fn streams_seeds_and_steps_differ_and_prefixes_agree() {
        let noise = Noise::new(5);
        let long = noise.normal(3, 64);
        assert_eq!(noise.normal(3, 10), long[..10]);
        assert_ne!(noise.normal(4, 64), long);
        assert_ne!(Noise::new(6).normal(3, 64), long);
        assert_ne!(StepRandom::new(5, 3).normal(64), long);
        assert_ne!(StepRandom::new(5, 3).normal(8), StepRandom::new(5, 4).normal(8));
    }

    #[test]
    fn normal_values_have_mean_0_and_variance_1() {
        let values = Noise::new(1).normal(0, 100_000);
        let count = values.len() as f64;
        let mean = values.iter().map(|&x| f64::from(x)).sum::<f64>() / count;
        let variance = values.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>() / count;
        // Four standard errors: 1 / sqrt(n) for the mean, sqrt(2 / n) for the variance.
        assert!(mean.abs() < 4.0 / count.sqrt(), "mean {mean}");
        assert!((variance - 1.0).abs() < 4.0 * (2.0 / count).sqrt(), "variance {variance}");
    }

    #[test]
    fn whole_numbers_stay_below_their_bound_and_reach_it() {
        let mut random = StepRandom::new(9, 0);
        let mut counts = [0usize; 6];
        for _ in 0..6000 {
            counts[random.below(6)] += 1;
        }
        assert!(counts.iter().all(|&count| (850..1150).contains(&count)), "{counts:?}");
        assert_eq!(random.choose::<u8>(&[]), None);
        assert_eq!(random.choose(&[3]), Some(&3));
        assert!(!random.chance(0.0) && random.chance(1.0));
    }
}
