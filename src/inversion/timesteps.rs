//! Which timesteps a run learns from, how often it sees each, and how much each counts.
//!
//! Noise levels are not equally good teachers: near the picture the loss says little of shape and colour. All chance is
//! the caller's; a run with even chances draws the same timesteps as it did before there were others.

use diffusion::{PredictionType, Schedule, StepRandom};
use project::{LossWeighting, TimestepSampling};

/// Beyond this signal-to-noise ratio no step counts more: Hang et al. 2023 (<https://arxiv.org/abs/2303.09556>), 5.
const MIN_SNR_GAMMA: f64 = 5.0;
/// The ratio is cut off here before it is divided by, as kohya's scripts do.
const LARGEST_SNR: f64 = 1000.0;

/// The timesteps of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Timesteps {
    /// From the first up to but without the second.
    pub range: [usize; 2],
    /// How likely a timestep of the range, or one before it, is; `None` if all are as likely.
    cumulative: Option<Vec<f64>>,
    /// How much each timestep of the range counts; `None` if all count alike.
    weights: Option<Vec<f32>>,
}

impl Timesteps {
    /// All of a range alike.
    pub fn uniform(range: [usize; 2]) -> Self {
        Self { range, cumulative: None, weights: None }
    }

    /// Those of a range of this schedule.
    ///
    /// [`TimestepSampling::LogSnr`]: the probability of t is proportional to how far its log signal-to-noise ratio is
    /// below that of the first timestep (TextBoost, Park et al. 2024, section 4.2), so that noisy ones are seen more.
    pub fn new(
        range: [usize; 2],
        sampling: TimestepSampling,
        weighting: LossWeighting,
        schedule: &Schedule,
    ) -> Self {
        let log_snr = |t: usize| snr(schedule.alphas_cumprod[t]).ln();
        let cumulative = (sampling == TimestepSampling::LogSnr).then(|| {
            let most = log_snr(0);
            let mut sum = 0.0;
            let mut sums: Vec<f64> = (range[0]..range[1])
                .map(|t| {
                    sum += most - log_snr(t);
                    sum
                })
                .collect();
            // Alone in the range the first timestep is likely all the same.
            sums.iter_mut().for_each(|part| *part = if sum > 0.0 { *part / sum } else { 1.0 });
            sums
        });
        let velocity = schedule.config.prediction_type == PredictionType::VPrediction;
        let weights = (weighting != LossWeighting::Even).then(|| {
            let weight = |t: usize| weight(weighting, snr(schedule.alphas_cumprod[t]), velocity) as f32;
            (range[0]..range[1]).map(weight).collect()
        });
        Self { range, cumulative, weights }
    }

    /// One of them.
    pub(crate) fn draw(&self, random: &mut StepRandom) -> usize {
        let [first, end] = self.range;
        match &self.cumulative {
            None => first + random.below(end - first),
            Some(cumulative) => {
                let at = random.uniform();
                (first + cumulative.partition_point(|part| *part <= at)).min(end - 1)
            }
        }
    }

    /// How much one of them counts, if not all count alike.
    pub(crate) fn weight(&self, timestep: usize) -> Option<f32> {
        self.weights.as_ref().map(|weights| weights[timestep - self.range[0]])
    }
}

/// The signal-to-noise ratio at a timestep, never 0: a schedule can end without any signal.
fn snr(alpha_cumprod: f64) -> f64 {
    (alpha_cumprod / (1.0 - alpha_cumprod)).max(1e-8)
}

/// How much an error counts at a ratio. Min-SNR: `min(snr, 5) / snr` for predicted noise and `min(snr, 5) / (snr + 1)` for
/// a predicted velocity. Debiased (Yu et al. 2023, <https://arxiv.org/abs/2310.08442>): `1 / sqrt(snr)`, and
/// `1 / (snr + 1)`.
fn weight(weighting: LossWeighting, snr: f64, velocity: bool) -> f64 {
    let cut = snr.min(LARGEST_SNR);
    match (weighting, velocity) {
        (LossWeighting::Even, _) => 1.0,
        (LossWeighting::MinSnr, false) => snr.min(MIN_SNR_GAMMA) / snr,
        (LossWeighting::MinSnr, true) => snr.min(MIN_SNR_GAMMA) / (snr + 1.0),
        (LossWeighting::Debiased, false) => 1.0 / cut.sqrt(),
        (LossWeighting::Debiased, true) => 1.0 / (cut + 1.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use diffusion::SchedulerConfig;

    fn schedule(kind: PredictionType) -> Schedule {
        Schedule::new(&SchedulerConfig::stable_diffusion(kind))
    }

    #[test]
    fn noisy_timesteps_are_drawn_more_often_by_their_log_ratio() {
        let schedule = schedule(PredictionType::Epsilon);
        let all = Timesteps::new([0, 1000], TimestepSampling::LogSnr, LossWeighting::Even, &schedule);
        let mut random = StepRandom::new(1, 0);
        let drawn: Vec<usize> = (0..20_000).map(|_| all.draw(&mut random)).collect();
        // TextBoost's distribution on the schedule of Stable Diffusion has 62 % of its mass at 500 and beyond.
        let late = drawn.iter().filter(|t| **t >= 500).count();
        assert!((late as f64 / 20_000.0 - 0.62).abs() < 0.02, "{late}");
        assert!(drawn.iter().all(|t| *t < 1000) && !drawn.contains(&0), "the first has no probability");
        let part = Timesteps::new([500, 900], TimestepSampling::LogSnr, LossWeighting::Even, &schedule);
        assert!((0..2000).map(|_| part.draw(&mut random)).all(|t| (500..900).contains(&t)));
        let one = Timesteps::new([0, 1], TimestepSampling::LogSnr, LossWeighting::Even, &schedule);
        assert_eq!(one.draw(&mut random), 0);
    }

    #[test]
    fn even_chances_draw_what_they_always_did() {
        let (mut one, mut other) = (StepRandom::new(3, 4), StepRandom::new(3, 4));
        assert_eq!(Timesteps::uniform([500, 900]).draw(&mut one), 500 + other.below(400));
        assert_eq!(one.uniform(), other.uniform());
        assert_eq!(Timesteps::uniform([0, 9]).weight(3), None);
    }

    #[test]
    fn weights_are_those_of_the_publications() {
        // (weighting, ratio, predicts velocity, weight)
        for (weighting, snr, velocity, expected) in [
            (LossWeighting::MinSnr, 10.0, false, 0.5),
            (LossWeighting::MinSnr, 2.0, false, 1.0),
            (LossWeighting::MinSnr, 4.0, true, 0.8),
            (LossWeighting::MinSnr, 9.0, true, 0.5),
            (LossWeighting::Debiased, 0.25, false, 2.0),
            (LossWeighting::Debiased, 4.0, false, 0.5),
            (LossWeighting::Debiased, 1e6, false, 0.1 / 10.0_f64.sqrt()),
            (LossWeighting::Debiased, 3.0, true, 0.25),
            (LossWeighting::Even, 7.0, false, 1.0),
        ] {
            let found = weight(weighting, snr, velocity);
            assert!((found - expected).abs() < 1e-12, "{weighting} at {snr}: {found}");
        }
        let schedule = schedule(PredictionType::Epsilon);
        let found = Timesteps::new([10, 20], TimestepSampling::Uniform, LossWeighting::MinSnr, &schedule);
        let abar = schedule.alphas_cumprod[12];
        let expected = 5.0 * (1.0 - abar) / abar;
        assert!((f64::from(found.weight(12).unwrap()) - expected).abs() < 1e-6 * expected);
    }
}
