//! Learning a word: the state of a run and one step of the method.
//!
//! A step that gives a value that is not finite is not taken, and the word goes back to where it last worked. In 16 bits
//! the loss is scaled by less for a while; the learning rate is left alone. The state is kilobytes and complete, so
//! writing it down is a checkpoint. The length is that of the ways in which a step can end, and of their tests.

use super::batch::BatchSampler;
use super::diagnostics::{NormRange, spread};
use super::directional::{set_lengths, turn};
use super::objective::{Batch, Objective};
use super::optimizer::{AdamW, clip_norm};
use super::refined::{FirstPictures, Refined};
use super::vectors::Vectors;
use base::Result;
use model::memory::{MIN_PASS_LATENTS, groups_in_pass};
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

    /// Mean loss of a word over the batches of fixed noise. `go_on` is called before each of them with how many are done, and
    /// of how many; `None` if it says to end.
    ///
    /// # Errors
    /// [`base::Error::Device`] if the device fails.
    pub fn fixed_noise_loss(
        &self,
        vectors: &Vectors,
        objective: &Objective<'_>,
        go_on: &mut dyn FnMut(usize, usize) -> bool,
    ) -> Result<Option<f64>> {
        mean_loss(&self.fixed_noise, vectors, &self.guided(objective), go_on)
    }

    /// The same over what is not learned from; `None` too where there is nothing.
    ///
    /// # Errors
    /// As there.
    pub fn held_out_loss(
        &self,
        vectors: &Vectors,
        objective: &Objective<'_>,
        go_on: &mut dyn FnMut(usize, usize) -> bool,
    ) -> Result<Option<f64>> {
        match self.held_out.is_empty() {
            true => Ok(None),
            false => mean_loss(&self.held_out, vectors, objective, go_on),
        }
    }
}

/// What a word is measured on: pictures that it is learned from, and pictures that it is not.
fn measure_on(settings: &LearnSettings, sampler: &BatchSampler, list: usize) -> [Vec<Batch>; 2] {
    let cells = sampler.pixels() * settings.refine.rows_of_picture();
    let rows = settings.batch_size.max(MIN_PASS_LATENTS / cells);
    let count = settings.fixed_noise_size;
    [sampler.fixed_noise(count, rows, list), sampler.held_out(2 * count, rows, list)]
}

fn mean_loss(
    batches: &[Batch],
    vectors: &Vectors,
    objective: &Objective<'_>,
    go_on: &mut dyn FnMut(usize, usize) -> bool,
) -> Result<Option<f64>> {
    let mut sum = 0.0;
    let mut rows = 0;
    for (done, batch) in batches.iter().enumerate() {
        if !go_on(done, batches.len()) {
            return Ok(None);
        }
        sum += objective.loss(vectors, batch)? * batch.timesteps.len() as f64;
        rows += batch.timesteps.len();
    }
    Ok(Some(sum / rows.max(1) as f64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timesteps;
    use crate::latent_cache::{CachedPosterior, EncodedImage};

    fn learner() -> Learner {
        let posterior = CachedPosterior { mean: vec![0.0; 4], std: vec![0.0; 4], weight: None };
        let lists = vec![vec![vec![0]], vec![vec![1]]];
        let image = EncodedImage { upright: posterior, mirrored: None, sentences: lists };
        let sampler = BatchSampler {
            images: vec![image],
            held_out: Vec::new(),
            pasted: Vec::new(),
            latent: [1, 2, 2],
            timesteps: Timesteps::uniform([0, 1000]),
            seed: 0,
            method: crate::methods::of(&free()),
        };
        let start = Vectors { values: vec![3.0, 4.0], shape: [1, 2] };
        let norms = vec![NormRange { width: 2, mean: 5.0, median: 5.0, low: 5.0, high: 5.0 }];
        Learner::new(&free(), sampler, norms, start.clone(), LearnerState::new(start)).unwrap()
    }

    fn undone(outcome: &StepOutcome) -> (Option<u64>, bool) {
        let StepOutcome::Undone { lost, over, .. } = outcome else { panic!("{outcome:?}") };
        (*lost, *over)
    }

    fn rate(outcome: &StepOutcome) -> f64 {
        let StepOutcome::Taken { lr, .. } = outcome else { panic!("{outcome:?}") };
        *lr
    }

    #[test]
    fn a_bad_step_goes_back_to_the_last_good_word_and_leaves_the_rate_alone() {
        let mut learner = learner();
        let planned = |step| learner_rate(step);
        assert_eq!(rate(&learner.apply(1.0, vec![1.0, 0.0], false)), planned(0));
        assert_ne!(learner.state.vectors, learner.start);
        assert_eq!(undone(&learner.apply(f64::NAN, vec![1.0, 0.0], false)), (Some(1), false));
        assert_eq!((&learner.state.vectors, learner.state.step), (&learner.start, 2));
        assert_eq!(
            undone(&learner.apply(f64::NAN, vec![1.0, 0.0], false)),
            (None, false),
            "it is back already"
        );
        assert_eq!(rate(&learner.apply(1.0, vec![1.0, 0.0], false)), planned(3));
        assert_eq!((learner.state.loss_scale, learner.state.taken), (1.0, 4));
    }

    fn learner_rate(step: u64) -> f64 {
        free().rate(5.0 / 2.0_f64.sqrt()).parse().unwrap().at(step, 1000)
    }

    /// Moved freely, over many steps.
    fn free() -> LearnSettings {
        LearnSettings { optimizer: Optimizer::AdamW, steps: 1000, ..LearnSettings::default() }
    }

    /// The learner of a word of two vectors, with one of another word behind them.
    fn of_two(settings: &LearnSettings) -> Learner {
        let Learner { sampler, norms, .. } = learner();
        let start = Vectors { values: vec![3.0, 4.0, 3.0, 4.0, 5.0, 0.0], shape: [3, 2] };
        let sampler = BatchSampler { method: crate::methods::of(settings), ..sampler };
        let state = LearnerState::new(start.clone());
        let refined = Refined { vectors: Some(2), ..Refined::default() };
        Learner::new(settings, sampler, norms, start, state).unwrap().refined(refined)
    }

    #[test]
    fn a_vector_whose_time_has_not_come_stays_and_its_moments_are_zero() {
        let methods = project::MethodSettings { add_vector_at: "2".into(), ..Default::default() };
        for optimizer in [Optimizer::AdamW, Optimizer::Directional] {
            let method = project::Method::Progressive;
            let mut settings = LearnSettings { method, methods: methods.clone(), optimizer, ..free() };
            (settings.adamw.weight_decay, settings.norm_pull) = (0.1, 0.1);
            let mut learner = of_two(&settings);
            let start = learner.state.vectors.clone();
            for step in 1..=3 {
                assert_eq!((learner.shown().count(), learner.measured), (1, 0), "after step {}", step - 1);
                // A gradient that overflows into the row would not move it either.
                learner.apply(1.0, vec![1.0, 0.0, 0.5, 0.5, 0.0, 1.0], false);
                let moved =
                    |row: usize| learner.state.vectors.values[2 * row..][..2] != start.values[2 * row..][..2];
                assert_eq!(
                    [moved(0), moved(1), moved(2)],
                    [true, step > 2, true],
                    "step {step}, {optimizer}"
                );
                let moments = &learner.state.optimizer.first_moment[2..4];
                assert_eq!(moments != [0.0, 0.0], step > 2 && optimizer == Optimizer::AdamW);
            }
            assert_eq!((learner.shown().count(), learner.active(2), learner.measured), (2, 2, 1));
            assert!(learner.fixed_noise.iter().flat_map(|batch| &batch.ids).all(|ids| ids == &[1]));
        }
    }

    #[test]
    fn a_word_that_no_sentence_named_rests() {
        let settings = LearnSettings { method: project::Method::TwoConcept, ..LearnSettings::default() };
        let mut learner = of_two(&settings);
        let before = learner.state.vectors.clone();
        learner.apply(1.0, vec![1.0, 0.0, 0.0, 0.0, 0.0, 0.0], false);
        learner.apply(1.0, vec![0.0, 0.0, 1.0, 0.0, 0.0, 0.0], false);
        let after = &learner.state.vectors;
        assert!(after.values[..2] != before.values[..2] && after.values[2..4] != before.values[2..4]);
        assert_eq!(after.behind(2), before.behind(2), "its own prior would have turned it");
    }

    #[test]
    fn a_word_that_is_held_back_pays_for_its_distance() {
        let mut settings = LearnSettings { method: project::Method::Regularised, ..free() };
        settings.methods.regularisation = 0.5;
        let mut learner = of_two(&settings);
        let (none, gradient) = learner.penalty().unwrap();
        assert_eq!((none, gradient), (0.0, vec![0.0; 4]));
        learner.state.vectors.values = vec![4.0, 4.0, 3.0, 2.0, 9.0, 9.0];
        // The mean of 1 and 4, half of it; what is behind the word does not count.
        let (distance, gradient) = learner.penalty().unwrap();
        assert_eq!((distance, gradient), (1.25, vec![0.5, 0.0, 0.0, -1.0]));
    }

    #[test]
    fn pictures_grow_after_their_first_part() {
        let small = learner().sampler;
        let sampler = BatchSampler { latent: [1, 1, 1], ..small };
        let first = FirstPictures { sampler, until: 2, side: 8 };
        let mut learner = learner().refined(Refined { first: Some(first), ..Refined::default() });
        let mut drawn = Vec::new();
        while learner.state.step < 4 {
            drawn.push((learner.sampler().latent[1], learner.first().map(|first| first.side)));
            learner.apply(1.0, vec![1.0, 0.0], false);
        }
        assert_eq!(drawn, [(1, Some(8)), (1, Some(8)), (2, None), (2, None)]);
        assert!(learner.fixed_noise.iter().all(|batch| batch.latent == [1, 2, 2]), "measured as in the end");
    }

    #[test]
    fn three_bad_steps_in_a_row_end_the_run_and_keep_the_word() {
        let mut learner = learner();
        let bad = |learner: &mut Learner| undone(&learner.apply(1.0, vec![f32::INFINITY, 0.0], false)).1;
        let good = |learner: &mut Learner| rate(&learner.apply(1.0, vec![0.1, 0.0], false));
        assert!(!bad(&mut learner) && !bad(&mut learner));
        good(&mut learner);
        good(&mut learner);
        assert!(!bad(&mut learner), "good steps between break the row");
        // A word that goes back and then to the same place again gets nowhere.
        good(&mut learner);
        assert!(!bad(&mut learner));
        good(&mut learner);
        assert!(bad(&mut learner));
        assert!(learner.state.vectors.is_finite());
    }

    #[test]
    fn the_loss_scale_backs_off_and_grows_again() {
        let mut learner = learner();
        learner.apply(1.0, vec![1.0, 0.0], true);
        let word = learner.state.vectors.clone();
        for scale in [0.5, 0.25] {
            assert_eq!(undone(&learner.apply(1.0, vec![f32::INFINITY, 0.0], true)), (None, false));
            assert_eq!((learner.state.loss_scale, learner.state.rollbacks), (scale, 0));
            assert_eq!(learner.state.vectors, word, "its loss was finite");
        }
        for _ in 0..GROW_AFTER - 1 {
            learner.apply(1.0, vec![1.0, 0.0], true);
        }
        assert_eq!(learner.state.loss_scale, 0.25);
        for _ in 0..1 + 5 * GROW_AFTER {
            learner.apply(1.0, vec![1.0, 0.0], true);
        }
        assert_eq!(learner.state.loss_scale, 1.0, "back to where it began, and no further");
        // What no scale helps is not blamed on it for ever, and a loss that is not finite not at all.
        let ended = (0..40).position(|_| undone(&learner.apply(1.0, vec![f32::NAN, 0.0], true)).1);
        assert_eq!(ended, Some(16 + 2));
        let mut other = self::learner();
        let ended = (0..40).position(|_| undone(&other.apply(f64::NAN, vec![f32::NAN, 0.0], true)).1);
        assert_eq!((ended, other.state.loss_scale), (Some(2), 1.0));
    }

    #[test]
    fn a_step_out_of_range_leaves_the_word_that_works() {
        let mut learner = learner();
        learner.settings.adamw.epsilon = f64::MIN_POSITIVE;
        learner.lrs = project::LearningRate::Constant { lr: 10.0 }.parse().unwrap();
        learner.apply(1.0, vec![1.0, 0.0], false);
        learner.state.vectors.values[0] = f32::MAX;
        learner.settings.adamw.weight_decay = 1.0;
        let word = learner.state.vectors.clone();
        let ends: Vec<_> = (0..3).map(|_| undone(&learner.apply(1.0, vec![1.0, 0.0], false))).collect();
        assert_eq!(ends, [(None, false), (None, false), (None, true)]);
        assert_eq!(learner.state.vectors, word);
    }
}
