//! Learning a word: the state of a run and one step of the method.
//!
//! A step that gives a value that is not finite is not taken, and the word goes back to where it last worked. In 16 bits
//! the loss is scaled by less for a while; the learning rate is left alone. The state is kilobytes and complete, so
//! writing it down is a checkpoint. The length is that of the ways in which a step can end.

mod measuring;

use super::batch::BatchSampler;
use super::diagnostics::{NormRange, spread};
use super::directional::{set_lengths, turn};
use super::objective::{Batch, Objective};
use super::optimizer::{AdamW, clip_norm};
use super::refined::{FirstPictures, Refined};
use super::vectors::Vectors;
use base::Result;
use measuring::measure_on;
use model::memory::groups_in_pass;
use project::{LearnSettings, LrSchedule, Optimizer};

/// Undone steps in a row after which a run gives up.
const MAX_ROLLBACKS: u32 = 3;
/// Steps after an undone one that must be taken before the row is broken: the first is taken from a word that is known
/// to work, so that only the next one shows whether it went anywhere.
const PROOF: u64 = 2;
/// Steps in a row after which the loss is scaled by twice as much again. PyTorch's 2000 are more than most runs have.
const GROW_AFTER: u64 = 200;
/// Below this it is not the scale that makes numbers overflow.
const MIN_LOSS_SCALE: f64 = 1.0 / 65536.0;

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
    /// What the loss is multiplied by in 16 bits, beside the number of its terms: halved where its gradient overflows,
    /// doubled after many good steps, 1 at most.
    pub loss_scale: f64,
    /// Exponential mean of the loss.
    pub mean_loss: Option<f64>,
    /// Steps undone in a row.
    pub rollbacks: u32,
    /// Steps taken since one was not.
    pub good_steps: u64,
    /// The last step that was taken.
    pub taken: u64,
}

impl LearnerState {
    /// The state before the first step.
    pub fn new(vectors: Vectors) -> Self {
        let optimizer = AdamW::new(vectors.values.len());
        let last_finite = vectors.clone();
        let (step, loss_scale, mean_loss, rollbacks, good_steps, taken) = (0, 1.0, None, 0, 0, 0);
        Self { step, vectors, last_finite, optimizer, loss_scale, mean_loss, rollbacks, good_steps, taken }
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
    /// The loss or the gradient was not finite: the word is where it last worked.
    Undone {
        /// What happened and what was done, as a sentence; without its full stop if `over`.
        reason: String,
        /// The step whose word was thrown away, if one was: what was measured of it holds no more.
        lost: Option<u64>,
        /// Whether it happened so often in a row that it will not help to go on.
        over: bool,
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
    held_out: Vec<Batch>,
    /// Which of the pictures' lists of sentences these were made of.
    measured: usize,
    refined: Refined,
}

impl Learner {
    /// A run from `state`; for a new one, `LearnerState::new(start.clone())`.
    ///
    /// # Errors
    /// [`base::Error::Input`] if the learning-rate text cannot be read.
    pub fn new(
        settings: &LearnSettings,
        sampler: BatchSampler,
        norms: Vec<NormRange>,
        start: Vectors,
        state: LearnerState,
    ) -> Result<Self> {
        let lrs = settings.rate(spread(&norms)).parse()?;
        let measured = sampler.method.measured(state.step);
        let [fixed_noise, held_out] = measure_on(settings, &sampler, measured);
        let (settings, refined) = (settings.clone(), Refined::default());
        let mut learner =
            Self { state, start, norms, settings, lrs, sampler, fixed_noise, held_out, measured, refined };
        if learner.settings.optimizer == Optimizer::Directional && learner.state.step == 0 {
            let lengths = learner.lengths();
            set_lengths(&mut learner.state.vectors.values, &lengths);
            learner.state.last_finite = learner.state.vectors.clone();
        }
        Ok(learner)
    }

    /// The same with what goes beyond the published method.
    pub fn refined(self, refined: Refined) -> Self {
        Self { refined, ..self }
    }

    /// How many of the word's `vectors` are in use by now.
    pub fn active(&self, vectors: usize) -> usize {
        self.sampler.method.active(self.state.step, vectors)
    }

    /// The word as it is told of: the vectors in use, without those that a method learns beside them.
    pub fn shown(&self) -> Vectors {
        let word = self.refined.vectors.map_or(usize::MAX, |vectors| self.active(vectors));
        self.state.vectors.first(word)
    }

    /// The pictures of the next step, where they are smaller than the later ones.
    fn first(&self) -> Option<&FirstPictures> {
        self.refined.first.as_ref().filter(|first| self.state.step < first.until)
    }

    /// What the next step draws from.
    fn sampler(&self) -> &BatchSampler {
        self.first().map_or(&self.sampler, |first| &first.sampler)
    }

    /// The objective with the negative word, if there is one.
    fn guided<'a>(&'a self, objective: &Objective<'a>) -> Objective<'a> {
        Objective { negative: self.refined.negative.as_ref(), ..*objective }
    }

    /// The objective of the next step.
    fn objective<'a>(&'a self, objective: &Objective<'a>) -> Objective<'a> {
        let size = self.first().map_or(objective.size, |first| [first.side; 2]);
        Objective { size, ..self.guided(objective) }
    }

    /// One step of textual inversion (paper section 4.1), with gradient accumulation: the mean over all groups,
    /// of which several are one pass where they are small.
    ///
    /// # Errors
    /// [`base::Error::Device`] if the device fails, in which case the state is as before the step.
    pub fn step(&mut self, objective: &Objective<'_>) -> Result<StepOutcome> {
        self.step_on(objective, &Self::batch)
    }

    /// The same on batches that are drawn elsewhere: `draw` is asked for the groups of the next step from the first up to
    /// the second number, as one batch.
    ///
    /// # Errors
    /// As [`step`](Self::step).
    pub fn step_on(
        &mut self,
        objective: &Objective<'_>,
        draw: &dyn Fn(&Self, usize, usize) -> Batch,
    ) -> Result<StepOutcome> {
        let parts = self.settings.gradient_accumulation;
        let mut loss = 0.0;
        let mut gradient = vec![0.0_f32; self.state.vectors.values.len()];
        let objective = self.objective(objective);
        let groups = groups_in_pass(&self.settings, self.sampler().pixels());
        for first in (0..parts).step_by(groups) {
            let last = (first + groups).min(parts);
            let share = (last - first) as f64 / parts as f64;
            let batch = draw(self, first, last);
            let (part_loss, part_gradient) =
                objective.gradient(&self.state.vectors, &batch, self.state.loss_scale)?;
            loss += part_loss * share;
            gradient.iter_mut().zip(part_gradient).for_each(|(sum, g)| *sum += g * share as f32);
        }
        if let Some(context) = &self.refined.context {
            let LearnerState { vectors, step, loss_scale, .. } = &self.state;
            let (distance, part) = context.gradient(&objective, vectors, *step, *loss_scale)?;
            loss += distance;
            gradient.iter_mut().zip(part).for_each(|(sum, g)| *sum += g);
        }
        let scaled = objective.scales_loss();
        let (distance, part) = self.penalty().unwrap_or_default();
        gradient.iter_mut().zip(part).for_each(|(sum, g)| *sum += g);
        Ok(self.apply(loss + distance, gradient, scaled))
    }

    /// What the method adds to the loss, and its gradient with respect to the first rows, those of the word.
    fn penalty(&self) -> Option<(f64, Vec<f32>)> {
        let vectors = self.refined.vectors.unwrap_or(self.start.count());
        let [word, start] = [&self.state.vectors, &self.start].map(|all| all.first(vectors));
        self.sampler.method.penalty(&word.values, &start.values, vectors)
    }

    /// The groups from `first` up to `last` of the next step.
    fn batch(&self, first: usize, last: usize) -> Batch {
        let LearnSettings { batch_size, gradient_accumulation: parts, .. } = self.settings;
        let draw = |part| self.sampler().draw(self.state.step, part, parts, batch_size);
        (first + 1..last).fold(draw(first), |all, part| all.and(draw(part)))
    }

    /// Rehearses the first pass of the next step: see [`Objective::rehearse`].
    ///
    /// # Errors
    /// As there.
    pub fn rehearse(
        &self,
        objective: &Objective<'_>,
        tell: &mut dyn FnMut(usize, usize) -> Result<()>,
    ) -> Result<()> {
        let groups = groups_in_pass(&self.settings, self.sampler().pixels());
        self.objective(objective).rehearse(&self.state.vectors, &self.batch(0, groups), tell)
    }

    /// What a step does with its loss and gradient; `scaled` if the loss was scaled, so that its gradient may have
    /// overflowed for that reason alone.
    fn apply(&mut self, loss: f64, mut gradient: Vec<f32>, scaled: bool) -> StepOutcome {
        let lr = self.lrs.at(self.state.step, self.settings.steps);
        self.state.step += 1;
        let step = self.state.step;
        let measured = self.sampler.method.measured(step);
        if measured != self.measured {
            [self.fixed_noise, self.held_out] = measure_on(&self.settings, &self.sampler, measured);
            self.measured = measured;
        }
        let overflow = gradient.iter().any(|g| !g.is_finite());
        if scaled && overflow && loss.is_finite() && self.state.loss_scale > MIN_LOSS_SCALE {
            return self.scale_back();
        }
        if overflow || !loss.is_finite() {
            let reason = format!("The loss or its gradient was not a finite number at step {step}");
            return self.undo(reason, "the word was taken back one step");
        }
        let gradient_norm = clip_norm(&mut gradient, self.settings.gradient_clip);
        let (mut vectors, mut optimizer) = (self.state.vectors.clone(), self.state.optimizer.clone());
        match self.settings.optimizer {
            Optimizer::AdamW => {
                optimizer.step(&mut vectors.values, &gradient, lr, &self.settings.adamw);
                let usual: Vec<_> = self.norms.iter().map(|range| (range.width, range.median)).collect();
                vectors.regularise_norm(&usual, self.settings.norm_pull);
            }
            Optimizer::Directional => {
                let (start, prior) = (&self.start.values, self.settings.direction_prior);
                turn(&mut vectors.values, &gradient, start, lr, prior, &self.lengths());
            }
        }
        self.rest(step, &gradient, &mut vectors, &mut optimizer);
        if !vectors.is_finite() {
            // The word itself works: its loss and gradient are finite.
            self.state.last_finite = self.state.vectors.clone();
            let reason = format!("Step {step} would have left the range of numbers");
            return self.undo(reason, "the word stays as it was");
        }
        let state = &mut self.state;
        state.last_finite = std::mem::replace(&mut state.vectors, vectors);
        state.optimizer = optimizer;
        (state.taken, state.good_steps) = (step, state.good_steps + 1);
        if state.good_steps >= PROOF {
            state.rollbacks = 0;
        }
        if state.good_steps.is_multiple_of(GROW_AFTER) {
            state.loss_scale = (2.0 * state.loss_scale).min(1.0);
        }
        let keep = self.settings.smoothing;
        state.mean_loss = Some(state.mean_loss.map_or(loss, |mean| keep * mean + (1.0 - keep) * loss));
        StepOutcome::Taken { loss, lr, gradient_norm }
    }

    /// Puts the rows back that the method leaves as they are in this step, and what the optimiser knows of them.
    fn rest(&self, step: u64, gradient: &[f32], vectors: &mut Vectors, optimizer: &mut AdamW) {
        let (before, width) = (&self.state, vectors.shape[1].max(1));
        for (row, gradient) in gradient.chunks_exact(width).enumerate() {
            let touched = gradient.iter().any(|g| *g != 0.0);
            if self.sampler.method.rests(step, row, touched) {
                for (now, was) in [
                    (&mut vectors.values, &before.vectors.values),
                    (&mut optimizer.first_moment, &before.optimizer.first_moment),
                    (&mut optimizer.second_moment, &before.optimizer.second_moment),
                ] {
                    let place = row * width..(row + 1) * width;
                    now[place.clone()].copy_from_slice(&was[place]);
                }
            }
        }
    }

    /// Leaves out a step whose gradient did not fit into 16 bits; the word gave a finite loss, so it stays.
    fn scale_back(&mut self) -> StepOutcome {
        let state = &mut self.state;
        state.loss_scale /= 2.0;
        state.good_steps = 0;
        let (step, scale) = (state.step, state.loss_scale);
        let reason = format!(
            "The gradient of step {step} was too large for 16 bits: the step was left out, and the loss is now scaled \
             by {scale}."
        );
        StepOutcome::Undone { reason, lost: None, over: false }
    }

    /// The lengths that a word which only turns has, in each encoder.
    fn lengths(&self) -> Vec<(usize, f64)> {
        self.norms.iter().map(|range| (range.width, range.mean)).collect()
    }

    /// Puts the word back to where it last worked.
    fn undo(&mut self, reason: String, done: &str) -> StepOutcome {
        let state = &mut self.state;
        let lost = (state.vectors != state.last_finite).then_some(state.taken);
        state.vectors = state.last_finite.clone();
        state.good_steps = 0;
        state.rollbacks += 1;
        let over = state.rollbacks >= MAX_ROLLBACKS;
        let reason = match over {
            true => format!("{reason}, the {MAX_ROLLBACKS}rd time in a row"),
            false => format!("{reason}; {done}."),
        };
        StepOutcome::Undone { reason, lost, over }
    }

    /// Mean length of the vectors in the first text encoder.
    pub fn norm(&self) -> f64 {
        self.shown().norm(self.norms.first().map_or(0, |range| range.width))
    }
}

#[cfg(test)]
mod tests;
