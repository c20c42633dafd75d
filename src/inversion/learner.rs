//! Learning a word: the state of a run and one step of the method.
//!
//! A step that gives a value that is not finite is not taken: the word goes back to where it last worked and
//! the learning rate is halved. The state is kilobytes and complete, so writing it down is a checkpoint.

use super::batch::BatchSampler;
use super::diagnostics::NormRange;
use super::objective::{Batch, Objective};
use super::optimizer::{AdamW, clip_norm};
use super::vectors::Vectors;
use base::{Error, Result};
use project::{LearnSettings, LrSchedule};

/// Latent pixels in one pass whatever the settings say: one image of 512 pixels, which fits wherever the model does.
/// Micro-batches of smaller images are joined into one pass, because many small ones leave a device idle.
const MIN_PASS_LATENTS: usize = 64 * 64;
/// Undone steps in a row after which a run gives up.
const MAX_ROLLBACKS: u32 = 3;

/// All that changes during a run.
#[derive(Debug, Clone, PartialEq)]
pub struct LearnerState {
    /// Steps done, undone ones included.
    pub step: u64,
    /// The word.
    pub vectors: Vectors,
    /// The word as it was before the last step, which is known to give a finite loss.
    pub last_finite: Vectors,
    /// Optimiser.
    pub optimizer: AdamW,
    /// What the learning rate is multiplied by: halved by every undone step.
    pub lr_scale: f64,
    /// Exponential mean of the loss.
    pub mean_loss: Option<f64>,
    /// Steps undone in a row.
    pub rollbacks: u32,
}

impl LearnerState {
    /// The state before the first step.
    pub fn new(vectors: Vectors) -> Self {
        let optimizer = AdamW::new(vectors.values.len());
        let last_finite = vectors.clone();
        Self { step: 0, vectors, last_finite, optimizer, lr_scale: 1.0, mean_loss: None, rollbacks: 0 }
    }
}

/// What a step came to.
#[derive(Debug, Clone, PartialEq)]
pub enum StepOutcome {
    /// The word was improved.
    Taken {
        /// Mean loss over the step's batch.
        loss: f64,
        /// Learning rate used.
        lr: f64,
        /// Norm of the gradient before clipping.
        gradient_norm: f64,
    },
    /// The loss or the gradient was not finite: the word is back where it worked, the learning rate halved.
    Undone {
        /// What happened and what was done, as a sentence.
        reason: String,
    },
}

/// A run: what is fixed, and the state.
pub struct Learner {
    /// What changes.
    pub state: LearnerState,
    /// What the word started as.
    pub start: Vectors,
    /// Usual lengths in the vocabulary of each text encoder.
    pub norms: Vec<NormRange>,
    settings: LearnSettings,
    lrs: LrSchedule,
    sampler: BatchSampler,
    fixed_noise: Vec<Batch>,
}

impl Learner {
    /// A run from `state`; for a new one, `LearnerState::new(start.clone())`.
    ///
    /// # Errors
    /// [`Error::Input`] if the learning-rate text cannot be read.
    pub fn new(
        settings: &LearnSettings,
        sampler: BatchSampler,
        norms: Vec<NormRange>,
        start: Vectors,
        state: LearnerState,
    ) -> Result<Self> {
        let lrs = settings.learning_rate.parse()?;
        let rows = settings.batch_size.max(MIN_PASS_LATENTS / sampler.pixels());
        let fixed_noise = sampler.fixed_noise(settings.held_out_size, rows);
        Ok(Self { state, start, norms, settings: settings.clone(), lrs, sampler, fixed_noise })
    }

    /// One step of textual inversion (paper section 4.1), with gradient accumulation: the mean over all groups,
    /// of which several are one pass where they are small.
    ///
    /// # Errors
    /// [`Error::Numbers`] after three undone steps in a row; [`Error::Device`] if the device fails, in which
    /// case the state is as before the step.
    pub fn step(&mut self, objective: &Objective<'_>) -> Result<StepOutcome> {
        let LearnSettings { batch_size, gradient_accumulation: parts, .. } = self.settings;
        let mut loss = 0.0;
        let mut gradient = vec![0.0_f32; self.state.vectors.values.len()];
        let groups = (MIN_PASS_LATENTS / (self.sampler.pixels() * batch_size)).clamp(1, parts);
        for first in (0..parts).step_by(groups) {
            let last = (first + groups).min(parts);
            let share = (last - first) as f64 / parts as f64;
            let draw = |part| self.sampler.draw(self.state.step, part, parts, batch_size);
            let batch = (first + 1..last).fold(draw(first), |all, part| all.and(draw(part)));
            let (part_loss, part_gradient) = objective.gradient(&self.state.vectors, &batch)?;
            loss += part_loss * share;
            gradient.iter_mut().zip(part_gradient).for_each(|(sum, g)| *sum += g * share as f32);
        }
        self.apply(loss, gradient)
    }

    /// What a step does with its loss and gradient.
    fn apply(&mut self, loss: f64, mut gradient: Vec<f32>) -> Result<StepOutcome> {
        let lr = self.lrs.at(self.state.step, self.settings.steps) * self.state.lr_scale;
        self.state.step += 1;
        if !loss.is_finite() || gradient.iter().any(|g| !g.is_finite()) {
            return self.undo(format!(
                "The loss or its gradient was not a finite number at step {}",
                self.state.step
            ));
        }
        let gradient_norm = clip_norm(&mut gradient, self.settings.gradient_clip);
        let (mut vectors, mut optimizer) = (self.state.vectors.clone(), self.state.optimizer.clone());
        optimizer.step(&mut vectors.values, &gradient, lr, &self.settings.adamw);
        let usual: Vec<(usize, f64)> = self.norms.iter().map(|range| (range.width, range.median)).collect();
        vectors.regularise_norm(&usual, self.settings.norm_pull);
        if !vectors.is_finite() {
            return self.undo(format!("Step {} would have left the range of numbers", self.state.step));
        }
        let state = &mut self.state;
        state.last_finite = std::mem::replace(&mut state.vectors, vectors);
        state.optimizer = optimizer;
        state.rollbacks = 0;
        let keep = self.settings.smoothing;
        state.mean_loss = Some(state.mean_loss.map_or(loss, |mean| keep * mean + (1.0 - keep) * loss));
        Ok(StepOutcome::Taken { loss, lr, gradient_norm })
    }

    fn undo(&mut self, reason: String) -> Result<StepOutcome> {
        let state = &mut self.state;
        state.vectors = state.last_finite.clone();
        state.lr_scale /= 2.0;
        state.rollbacks += 1;
        if state.rollbacks >= MAX_ROLLBACKS {
            return Err(Error::Numbers(
                format!("{reason}, the {MAX_ROLLBACKS}rd time in a row"),
                "The word is kept as it last worked. Use a lower learning rate, or --precision f32.".into(),
            ));
        }
        let scale = state.lr_scale;
        Ok(StepOutcome::Undone {
            reason: format!(
                "{reason}; the word was taken back one step and the learning rate is now x {scale}."
            ),
        })
    }

    /// Mean length of the vectors in the first text encoder.
    pub fn norm(&self) -> f64 {
        self.state.vectors.norm(self.norms.first().map_or(0, |range| range.width))
    }

    /// Mean loss over the batches of fixed noise. `go_on` is called before each of them with how many are done, and
    /// of how many; `None` if it says to end.
    ///
    /// # Errors
    /// [`Error::Device`] if the device fails.
    pub fn fixed_noise_loss(
        &self,
        objective: &Objective<'_>,
        go_on: &mut dyn FnMut(usize, usize) -> bool,
    ) -> Result<Option<f64>> {
        let mut sum = 0.0;
        let mut rows = 0;
        for (done, batch) in self.fixed_noise.iter().enumerate() {
            if !go_on(done, self.fixed_noise.len()) {
                return Ok(None);
            }
            sum += objective.loss(&self.state.vectors, batch)? * batch.timesteps.len() as f64;
            rows += batch.timesteps.len();
        }
        Ok(Some(sum / rows.max(1) as f64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::latent_cache::{CachedPosterior, EncodedImage};
    use project::{ConceptKind, Preset};

    fn learner() -> Learner {
        let posterior = CachedPosterior { mean: vec![0.0; 4], std: vec![0.0; 4], weight: None };
        let image = EncodedImage { upright: posterior, mirrored: None, sentences: vec![vec![0]] };
        let sampler = BatchSampler { images: vec![image], latent: [1, 2, 2], timesteps: [0, 1000], seed: 0 };
        let start = Vectors { values: vec![3.0, 4.0], shape: [1, 2] };
        let norms = vec![NormRange { width: 2, median: 5.0, low: 5.0, high: 5.0 }];
        let settings = LearnSettings::preset(Preset::Default, ConceptKind::Object);
        Learner::new(&settings, sampler, norms, start.clone(), LearnerState::new(start)).unwrap()
    }

    #[test]
    fn a_bad_step_goes_back_to_the_last_good_word_and_halves_the_rate() {
        let mut learner = learner();
        assert!(matches!(learner.apply(1.0, vec![1.0, 0.0]).unwrap(), StepOutcome::Taken { .. }));
        let moved = learner.state.vectors.clone();
        assert_ne!(moved, learner.start);
        assert!(matches!(learner.apply(f64::NAN, vec![1.0, 0.0]).unwrap(), StepOutcome::Undone { .. }));
        assert_eq!(learner.state.vectors, learner.start);
        assert_eq!((learner.state.lr_scale, learner.state.step), (0.5, 2));
    }

    #[test]
    fn three_bad_steps_in_a_row_end_the_run_and_keep_the_word() {
        let mut learner = learner();
        for _ in 0..2 {
            assert!(learner.apply(1.0, vec![f32::INFINITY, 0.0]).is_ok());
        }
        assert!(learner.apply(1.0, vec![0.1, 0.0]).is_ok(), "a good step between breaks the row");
        for _ in 0..2 {
            assert!(learner.apply(1.0, vec![f32::NAN, 0.0]).is_ok());
        }
        let error = learner.apply(1.0, vec![f32::NAN, 0.0]).unwrap_err();
        assert_eq!(error.exit_code(), 8);
        assert!(learner.state.vectors.is_finite());
    }
}
