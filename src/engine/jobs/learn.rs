//! The job of learning a word: from a prepared run to an exported file.
//!
//! What a step computes is `inversion`'s business, what comes before the first one is `prepare`'s, what is measured and
//! drawn on the way that of `measure` and `previews`, what is drawn for others that of `meanwhile`; here is when to do
//! so, to save, to wait and to end. After every checkpoint a kill loses nothing before it. The length is that of the ends a
//! run can take, and of what is said of a step.

mod clip_start;
mod images;
mod initial_word;
mod judge;
mod masks;
mod meanwhile;
mod measure;
mod pasted;
mod prepare;
mod previews;
mod refine;
mod retry;
mod sentences;
mod start;

pub(super) use self::images::choose_images;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use self::judge::Judge;
use self::measure::measuring;
use self::prepare::{Prepared, prepare};
use self::previews::PATIENCE;
use self::retry::retry_until_written;
use crate::context::{JobContext, JobSignal};
use crate::device::{guarded, peak_memory};
use crate::export;
use crate::lent::Lent;
use crate::memory::used;
use crate::message::{Event, JobSummary, LearnRequest, StepReport};
use crate::session::Session;
use crate::warm_up::warm_up;
use base::{Error, Result};
use diffusion::Schedule;
use format::embedding::EmbeddingFormat;
pub use initial_word::known_tokens;
use inversion::{LearnerState, Objective, StepOutcome, Vectors, stuck};
use kernels::Crew;
use model::Pipeline;
use project::verdict;
use project::{Checkpoint, LearnSettings, LossRow, RunState, RunStatus};
pub use start::clip_word;

pub fn run(request: LearnRequest, session: &mut Session, context: &mut JobContext<'_>) -> Result<JobSummary> {
    let mut job = LearnJob::new(prepare(request, session, context)?);
    let ended = guarded(|| job.learn(context));
    // Whatever happened, the last good word is on the disk before anything is said.
    let kept = job.keep(context, &ended);
    if let (Err(_), Err(error)) = (&ended, &kept) {
        context.warn(format!("What was learned since the last checkpoint could not be saved: {error}"));
    }
    let complete = ended?;
    kept?;
    Ok(job.summary(complete))
}

/// A run while it learns.
struct LearnJob<'a> {
    run: Prepared<'a>,
    /// Who calculates the steps.
    crew: Crew,
    schedule: Schedule,
    /// What judges the word's pictures, if a CLIP is at hand.
    judge: Option<Judge>,
    /// Lines of the curve that are not on the disk yet.
    rows: Vec<LossRow>,
    /// All lines of the run on which something was measured.
    measured_rows: Vec<LossRow>,
    /// Why the run ends before its last step.
    stopped: Option<String>,
    /// What was said to go wrong.
    alarms: Vec<verdict::Alarm>,
    /// Steps whose lines are on the disk although their word was thrown away.
    forgotten: Vec<u64>,
    /// The fixed-noise loss measured last, and the step whose word it is of.
    measured: Option<(u64, f64)>,
    saved_step: Option<u64>,
    /// How long a picture may take that delays the first hundred steps.
    patience: Duration,
    /// Whether pictures wait until those are done.
    postponed: bool,
    /// The most memory that was seen to be taken on the device.
    used: Option<u64>,
    began: Instant,
}

impl<'a> LearnJob<'a> {
    fn new(run: Prepared<'a>) -> Self {
        let (schedule, crew) = (Schedule::new(&run.scheduler), Crew::on(&run.model.device));
        let (rows, forgotten, saved_step, postponed) = (Vec::new(), Vec::new(), None, false);
        let (measured, patience, began) = (run.measured, PATIENCE, Instant::now());
        let (used, judge, stopped) = (None, None, None);
        let measured_rows = run.measured_rows.clone();
        Self {
            run,
            crew,
            schedule,
            judge,
            rows,
            measured_rows,
            stopped,
            alarms: Vec::new(),
            forgotten,
            measured,
            saved_step,
            patience,
            postponed,
            used,
            began,
        }
    }

    /// Steps until the end, or until told to stop. Whether all steps are done.
    fn learn(&mut self, context: &mut JobContext<'_>) -> Result<bool> {
        let settings = self.run.manifest.settings.clone();
        self.set_status(RunState::Running, None, context)?;
        context.lend(Lent::new(self.run.model, &self.run.device));
        self.warm_up(context)?;
        if self.between_steps(context)? == JobSignal::Stop {
            return Ok(false);
        }
        self.measure_initial_word(context)?;
        if self.between_steps(context)? == JobSignal::Stop {
            return Ok(false);
        }
        self.open_judge(context)?;
        self.judge_initial_word(context)?;
        if context.poll() == JobSignal::Stop {
            return Ok(false);
        }
        let began = self.run.learner.state.step;
        if settings.preview_every > 0 && (began == 0 || self.previews_missing()) {
            self.preview(false, context)?;
        }
        while self.run.learner.state.step < settings.steps {
            if self.between_steps(context)? == JobSignal::Stop {
                return Ok(false);
            }
            self.step(context)?;
            let step = self.run.learner.state.step;
            let due = |every: u64| every > 0 && (step.is_multiple_of(every) || step == settings.steps);
            // A pool has grown to its size after the second step; asking waits for the device.
            if step == began + 2 || due(settings.checkpoint_every) || step == settings.steps {
                self.used = self.used.max(used(&self.run.device));
            }
            let judged = settings.score_every > 0 && step.is_multiple_of(settings.score_every);
            if due(settings.checkpoint_every) || judged {
                self.checkpoint(context)?;
            }
            // Where nothing is judged the curve alone can end it.
            let curve = settings.score_every == 0 && due(settings.fixed_noise_every);
            if settings.auto_stop && (judged || curve) {
                let first = self.run.manifest.initial_scores;
                let since = self.run.manifest.gone_on.unwrap_or_default();
                self.stopped = verdict::finished(&self.measured_rows, first, since);
            }
            if self.stopped.is_some() {
                return Ok(true);
            }
            let asked = context.preview_asked();
            if asked || self.preview_due(due(settings.preview_every)) {
                self.preview(asked, context)?;
            }
        }
        Ok(true)
    }

    /// Lets a graphics card compile what a step asks for, unless no step is left.
    fn warm_up(&self, context: &mut JobContext<'_>) -> Result<()> {
        let run = &self.run;
        if run.learner.state.step >= run.manifest.settings.steps {
            return Ok(());
        }
        let mut tell = |done, of| {
            context.progress("preparing the card", done, of);
            context.check()
        };
        warm_up(&run.device, || run.learner.rehearse(&self.objective(), &mut tell))
    }

    fn objective(&self) -> Objective<'_> {
        let settings = &self.run.manifest.settings;
        objective(self.run.model, &self.schedule, settings, self.run.plan.low_memory)
    }

    /// One step and its report.
    fn step(&mut self, context: &mut JobContext<'_>) -> Result<()> {
        let began = Instant::now();
        let settings = &self.run.manifest.settings;
        // Built here rather than by `objective` so that the learner can be borrowed beside it.
        let objective = objective(self.run.model, &self.schedule, settings, self.run.plan.low_memory);
        let learner = &mut self.run.learner;
        let outcome = self.crew.step(|| learner.step(&objective))?;
        let seconds = began.elapsed().as_secs_f64();
        let state = &self.run.learner.state;
        let (step, steps) = (state.step, settings.steps);
        let (loss, lr, gradient_norm) = match outcome {
            StepOutcome::Taken { loss, lr, gradient_norm } => (loss, lr, gradient_norm),
            StepOutcome::Undone { reason, lost, over } => {
                lost.into_iter().for_each(|lost| self.forget(lost, context));
                if over {
                    let remedy =
                        "The word is kept as it last worked. Use a lower learning rate, or --precision f32.";
                    return Err(Error::Numbers(reason, remedy.into()));
                }
                context.warn(reason);
                return if step == steps { self.measure_last_word(context) } else { Ok(()) };
            }
        };
        let learner = &self.run.learner;
        let mut report = StepReport {
            step,
            steps,
            loss,
            mean_loss: state.mean_loss.unwrap_or(loss),
            lr,
            norm: learner.norm(),
            cosine: learner.shown().cosine_to(&learner.start),
            gradient_norm,
            seconds,
            ..StepReport::default()
        };
        // Before anything else is calculated: if the device is lost there, the step is kept with its row.
        self.rows.push(report.row());
        if settings.fixed_noise_every > 0
            && (step.is_multiple_of(settings.fixed_noise_every) || step == steps)
        {
            let word = &learner.state.vectors;
            report.fixed_noise_loss = learner.fixed_noise_loss(word, &objective, &mut measuring(context))?;
            report.nearest = self.nearest();
            self.measured = report.fixed_noise_loss.map(|loss| (step, loss));
        }
        if settings.score_every > 0 && (step.is_multiple_of(settings.score_every) || step == steps) {
            let word = &learner.state.vectors;
            report.held_out_loss = learner.held_out_loss(word, &objective, &mut measuring(context))?;
            let judged = self.judge(context)?;
            report.image_score = judged.map(|judged| judged.image);
            report.text_score = judged.map(|judged| judged.text);
            report.background_score = judged.map(|judged| judged.background);
            report.prompt_effect = judged.and_then(|judged| judged.effect);
        }
        if let Some(row) = self.rows.last_mut() {
            row.fixed_noise_loss = report.fixed_noise_loss;
            row.held_out_loss = report.held_out_loss;
            (row.image_score, row.text_score) = (report.image_score, report.text_score);
            (row.background_score, row.prompt_effect) = (report.background_score, report.prompt_effect);
            self.measured_rows.extend(is_measured(row).then_some(*row));
        }
        if report.image_score.is_some() || report.held_out_loss.is_some() {
            report.best = self.best();
        }
        context.send(Event::Step { job: context.job, report });
        self.sound_alarm(context);
        context.warn_all(stuck(&self.run.learner.state.vectors, &self.run.learner.start, step));
        Ok(())
    }

    /// Says what goes wrong, each once.
    fn sound_alarm(&mut self, context: &JobContext<'_>) {
        let longest = self.run.learner.norms.first().map_or(0.0, |range| range.high);
        for (alarm, text) in verdict::alarms(&self.measured_rows, self.run.manifest.initial_scores, longest) {
            if !self.alarms.contains(&alarm) {
                self.alarms.push(alarm);
                context.warn(text);
            }
        }
    }

    /// Takes back what was said of a step whose word was thrown away. Its line on the disk goes with the next checkpoint:
    /// until then a kill would go on from the word that had it.
    fn forget(&mut self, lost: u64, context: &JobContext<'_>) {
        let lines = self.rows.len();
        self.rows.retain(|row| row.step != lost);
        if self.rows.len() == lines {
            self.forgotten.push(lost);
        }
        self.measured = None;
        self.measured_rows.retain(|row| row.step != lost);
        context.send(Event::Undone { job: context.job, step: lost });
    }

    /// Writes what is not on the disk yet: the curve first, because what it has beyond the newest checkpoint
    /// is cut off on resuming, while a gap would stay.
    fn checkpoint(&mut self, context: &mut JobContext<'_>) -> Result<()> {
        if !self.forgotten.is_empty() {
            retry_until_written(context, || self.run.folder.forget_losses(&self.forgotten))?;
            self.forgotten.clear();
        }
        retry_until_written(context, || self.run.folder.append_losses(&self.rows))?;
        self.rows.clear();
        let checkpoint = self.snapshot();
        retry_until_written(context, || self.run.folder.save_checkpoint(&checkpoint))?;
        self.saved_step = Some(checkpoint.step);
        context.send(Event::Kept { job: context.job, step: checkpoint.step });
        self.set_status(RunState::Running, None, context)
    }

    fn snapshot(&self) -> Checkpoint {
        checkpoint(&self.run.learner.state, self.run.manifest.settings.seed)
    }

    fn set_status(
        &self,
        state: RunState,
        message: Option<String>,
        context: &mut JobContext<'_>,
    ) -> Result<()> {
        let status = RunStatus::new(state, self.run.learner.state.step, message);
        retry_until_written(context, || self.run.folder.set_status(&status))
    }

    /// Saves the word as it is now, exports it, and writes how the run stands.
    fn keep(&mut self, context: &mut JobContext<'_>, ended: &Result<bool>) -> Result<()> {
        if self.saved_step != Some(self.run.learner.state.step) {
            self.checkpoint(context)?;
        }
        let (folder, manifest, newest) = (&self.run.folder, &self.run.manifest, self.snapshot());
        let path = self.word_path();
        let best = self.best().filter(|best| best.step != newest.step);
        let best = best.and_then(|best| match folder.checkpoint(best.step) {
            Ok(checkpoint) => Some((checkpoint, best.reason)),
            Err(error) => {
                context
                    .warn(format!("The best word cannot be read, and the newest is kept instead: {error}"));
                None
            }
        });
        let checkpoint = best.as_ref().map_or(&newest, |(checkpoint, _)| checkpoint);
        retry_until_written(context, || {
            export::write(&path, manifest, checkpoint, 1.0, EmbeddingFormat::EmbParams)
        })?;
        context.send(Event::Saved { job: context.job, path: path.clone() });
        for path in export::files_beside(&path, manifest) {
            context.send(Event::Saved { job: context.job, path });
        }
        let (state, message) = match ended {
            Ok(true) => (RunState::Finished, self.stopped.clone()),
            Ok(false) => (RunState::Stopped, None),
            Err(error) => (RunState::Stopped, Some(error.to_string())),
        };
        let (kept, reason) = best.map(|(checkpoint, reason)| (checkpoint.step, reason)).unzip();
        let status = RunStatus { state, step: newest.step, message, kept, reason };
        retry_until_written(context, || folder.set_status(&status))
    }

    /// The best step of the run as far as it was measured.
    fn best(&self) -> Option<verdict::Best> {
        verdict::best(&self.measured_rows, self.run.manifest.initial_scores)
    }

    /// Lets the drawings that follow have these vectors, as many of the word's as are in use.
    fn show(&mut self, vectors: Vectors) {
        let all = self.run.manifest.rows(vectors.count()).word.len();
        self.run.words.use_first(self.run.learner.active(all));
        self.run.words.vectors = Some(vectors);
    }

    fn word_path(&self) -> PathBuf {
        self.run.folder.path().join(format!("{}.safetensors", self.run.manifest.concept.file_stem()))
    }

    fn summary(&self, complete: bool) -> JobSummary {
        JobSummary::Learned {
            step: self.run.learner.state.step,
            complete,
            out: self.run.folder.path().to_path_buf(),
            word: self.word_path(),
            fixed_noise_loss: self.fixed_noise_loss(),
            kept: self.best().map(|best| (best.step, best.reason)),
            stopped: self.stopped.clone(),
            seconds: self.began.elapsed().as_secs_f64(),
            peak_memory: peak_memory(),
            estimated_memory: self.run.plan.estimate.bytes(),
            used_memory: self.used,
        }
    }
}

/// Whether a line says more than that a step was taken.
pub(super) fn is_measured(row: &LossRow) -> bool {
    [row.fixed_noise_loss, row.held_out_loss, row.image_score].iter().any(Option::is_some)
}

/// A moment of a run as it is kept.
fn checkpoint(state: &LearnerState, seed: u64) -> Checkpoint {
    Checkpoint {
        step: state.step,
        shape: state.vectors.shape,
        vectors: state.vectors.values.clone(),
        good_vectors: state.last_finite.values.clone(),
        first_moment: state.optimizer.first_moment.clone(),
        second_moment: state.optimizer.second_moment.clone(),
        optimizer_step: state.optimizer.steps,
        seed,
        loss_scale: state.loss_scale,
        mean_loss: state.mean_loss,
        rollbacks: state.rollbacks,
        good_steps: state.good_steps,
        taken: state.taken,
    }
}

/// What the method works on: the model as the run uses it.
fn objective<'a>(
    model: &'a Pipeline,
    schedule: &'a Schedule,
    settings: &LearnSettings,
    low_memory: bool,
) -> Objective<'a> {
    let side = settings.resolution.unwrap_or(model.native_size());
    Objective { clip_skip: settings.clip_skip, low_memory, ..Objective::of(model, schedule, [side; 2]) }
}

#[cfg(test)]
mod tests;
