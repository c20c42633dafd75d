//! The job of learning a word: from a prepared run to an exported file.
//!
//! What a step computes is `inversion`'s business and what comes before the first one is `prepare`'s; here is
//! when to measure, preview, save, wait and end. After every checkpoint a kill loses nothing before it.

mod images;
mod prepare;
mod retry;

use std::path::PathBuf;
use std::time::Instant;

use self::prepare::{Prepared, prepare, preview_side};
use self::retry::retry_until_written;
use crate::context::{JobContext, JobSignal};
use crate::device::{guarded, peak_memory};
use crate::draw::{SampleParams, decode, latent_colours, latent_preview, latent_shape, latents};
use crate::export;
use crate::message::{Event, JobSummary, LearnRequest, StepReport};
use crate::session::{Session, load_vae};
use base::{Error, Result};
use diffusion::Schedule;
use format::embedding::EmbeddingFormat;
use format::png_info::to_png;
use inversion::{Objective, StepOutcome, stuck};
use model::Pipeline;
use project::{Checkpoint, GenerateSettings, LearnSettings, LossRow, RunState, RunStatus};

/// How many of the vocabulary's closest words are reported.
const NEAREST: usize = 5;

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
    schedule: Schedule,
    rows: Vec<LossRow>,
    /// At the start and at the end.
    fixed_noise_loss: Option<[f64; 2]>,
    saved_step: Option<u64>,
    began: Instant,
}

impl<'a> LearnJob<'a> {
    fn new(run: Prepared<'a>) -> Self {
        let schedule = Schedule::new(&run.scheduler);
        let (fixed_noise_loss, saved_step) = (None, None);
        Self { run, schedule, rows: Vec::new(), fixed_noise_loss, saved_step, began: Instant::now() }
    }

    /// Steps until the end, or until told to stop. Whether all steps are done.
    fn learn(&mut self, context: &mut JobContext<'_>) -> Result<bool> {
        let settings = self.run.manifest.settings.clone();
        self.set_status(RunState::Running, None, context)?;
        if settings.held_out_every > 0 {
            let loss = self.run.learner.fixed_noise_loss(&self.objective(), &mut measuring(context))?;
            self.fixed_noise_loss = loss.map(|loss| [loss, loss]);
        }
        if self.run.learner.state.step == 0 && settings.preview_every > 0 {
            self.preview(context)?;
        }
        while self.run.learner.state.step < settings.steps {
            if context.poll() == JobSignal::Stop {
                return Ok(false);
            }
            self.step(context)?;
            let step = self.run.learner.state.step;
            let due = |every: u64| every > 0 && (step.is_multiple_of(every) || step == settings.steps);
            if due(settings.checkpoint_every) {
                self.checkpoint(context)?;
            }
            let asked = context.preview_asked();
            if asked || due(settings.preview_every) {
                self.preview(context)?;
            }
        }
        Ok(true)
    }

    fn objective(&self) -> Objective<'_> {
        objective(self.run.model, &self.schedule, &self.run.manifest.settings)
    }

    /// One step and its report.
    fn step(&mut self, context: &mut JobContext<'_>) -> Result<()> {
        let began = Instant::now();
        let settings = &self.run.manifest.settings;
        // Built here rather than by `objective` so that the learner can be borrowed beside it.
        let objective = objective(self.run.model, &self.schedule, settings);
        let outcome = self.run.learner.step(&objective)?;
        let seconds = began.elapsed().as_secs_f64();
        let state = &self.run.learner.state;
        let (step, steps) = (state.step, settings.steps);
        let (loss, lr, gradient_norm) = match outcome {
            StepOutcome::Taken { loss, lr, gradient_norm } => (loss, lr, gradient_norm),
            StepOutcome::Undone { reason } => {
                context.warn(reason);
                return Ok(());
            }
        };
        let learner = &self.run.learner;
        let mut report = StepReport {
            step,
            steps,
            loss,
            mean_loss: state.mean_loss.unwrap_or(loss),
            fixed_noise_loss: None,
            lr,
            norm: learner.norm(),
            cosine: state.vectors.cosine_to(&learner.start),
            gradient_norm,
            seconds,
            nearest: Vec::new(),
        };
        // Before anything else is calculated: if the device is lost there, the step is kept with its row.
        self.rows.push(LossRow {
            step,
            loss,
            mean_loss: report.mean_loss,
            held_out_loss: None,
            rate: lr,
            norm: report.norm,
            cosine_to_initial: report.cosine,
            grad_norm: gradient_norm,
            seconds,
        });
        if settings.held_out_every > 0 && (step.is_multiple_of(settings.held_out_every) || step == steps) {
            report.fixed_noise_loss = learner.fixed_noise_loss(&objective, &mut measuring(context))?;
            report.nearest = self.nearest();
            if let (Some([_, last]), Some(loss)) = (&mut self.fixed_noise_loss, report.fixed_noise_loss) {
                *last = loss;
            }
            if let Some(row) = self.rows.last_mut() {
                row.held_out_loss = report.fixed_noise_loss;
            }
        }
        context.send(Event::Step { job: context.job, report });
        if let Some(sentence) = stuck(&self.run.learner.state.vectors, &self.run.learner.start, step) {
            context.warn(sentence);
        }
        Ok(())
    }

    /// The vocabulary's words closest to the first vector.
    fn nearest(&self) -> Vec<(String, f32)> {
        let first = self.run.learner.state.vectors.rows().next().unwrap_or_default();
        let vocabulary = self.run.model.conditioner.vocabulary();
        let found = vocabulary.nearest(&first[..vocabulary.width().min(first.len())], NEAREST);
        let name = |(id, cosine)| Some((self.run.model.tokenizers.token(id)?.replace("</w>", ""), cosine));
        found.into_iter().filter_map(name).collect()
    }

    /// Writes what is not on the disk yet: the curve first, because what it has beyond the newest checkpoint
    /// is cut off on resuming, while a gap would stay.
    fn checkpoint(&mut self, context: &mut JobContext<'_>) -> Result<()> {
        retry_until_written(context, || self.run.folder.append_losses(&self.rows))?;
        self.rows.clear();
        let checkpoint = self.snapshot();
        retry_until_written(context, || self.run.folder.save_checkpoint(&checkpoint))?;
        self.saved_step = Some(checkpoint.step);
        context.send(Event::Kept { job: context.job, step: checkpoint.step });
        self.set_status(RunState::Running, None, context)
    }

    fn snapshot(&self) -> Checkpoint {
        let state = &self.run.learner.state;
        Checkpoint {
            step: state.step,
            shape: state.vectors.shape,
            vectors: state.vectors.values.clone(),
            good_vectors: state.last_finite.values.clone(),
            first_moment: state.optimizer.first_moment.clone(),
            second_moment: state.optimizer.second_moment.clone(),
            optimizer_step: state.optimizer.steps,
            seed: self.run.manifest.settings.seed,
            rate_scale: state.lr_scale,
            mean_loss: state.mean_loss,
            rollbacks: state.rollbacks,
        }
    }

    fn set_status(
        &self,
        state: RunState,
        message: Option<String>,
        context: &mut JobContext<'_>,
    ) -> Result<()> {
        let status = RunStatus { state, step: self.run.learner.state.step, message };
        retry_until_written(context, || self.run.folder.set_status(&status))
    }

    /// Draws the preview prompts with the word as it is now.
    fn preview(&mut self, context: &mut JobContext<'_>) -> Result<()> {
        // Any other fault shows when it is needed.
        if let Err(Error::Cancelled) = load_vae(self.run.model, context) {
            return Ok(());
        }
        let preview = self.run.manifest.settings.preview.clone();
        let step = self.run.learner.state.step;
        self.run.words.vectors = Some(self.run.learner.state.vectors.clone());
        let size = [preview_side(&self.run.manifest.settings, self.run.model); 2];
        let shape = latent_shape(self.run.model, size);
        for (index, template) in preview.prompts.iter().enumerate() {
            let settings = GenerateSettings {
                prompt: template.replace("{}", &self.run.manifest.concept.word),
                negative_prompt: String::new(),
                sampler: preview.sampler,
                spacing: preview.spacing,
                steps: preview.steps,
                guidance: preview.guidance,
                seed: preview.seed,
                clip_skip: self.run.manifest.settings.clip_skip,
                ..GenerateSettings::default()
            };
            let params = SampleParams::new(&self.run.words, &settings, size, 0);
            let colours = latent_colours(self.run.model);
            let mut watch = |step: usize, steps: usize, believed: &[f32]| {
                let image = latent_preview(believed, shape, &colours);
                context.send(Event::Latents { job: context.job, index, step, steps, image });
                let what = format!("preview {} of {}", index + 1, preview.prompts.len());
                context.progress(what, step, steps);
                context.poll()
            };
            let drawn = latents(self.run.model, &self.run.scheduler, &params, &mut watch);
            let image = drawn
                .and_then(|drawn| drawn.map(|drawn| decode(self.run.model.vae()?, drawn, shape)).transpose());
            // A preview that fails or is cut short must not end the run.
            let image = match image {
                Ok(Some(image)) => image,
                Ok(None) => break,
                Err(error @ Error::Device { .. }) => return Err(error),
                Err(error) => {
                    context.warn(format!("No preview: {error}"));
                    break;
                }
            };
            let png = to_png(&image)?;
            let path = retry_until_written(context, || self.run.folder.save_preview(step, index, &png))?;
            let prompt = settings.prompt;
            context.send(Event::Preview { job: context.job, step, prompt, image, path });
        }
        self.run.model.drop_vae();
        Ok(())
    }

    /// Saves the word as it is now, exports it, and writes how the run stands.
    fn keep(&mut self, context: &mut JobContext<'_>, ended: &Result<bool>) -> Result<()> {
        if self.saved_step != Some(self.run.learner.state.step) {
            self.checkpoint(context)?;
        }
        let (folder, manifest, checkpoint) = (&self.run.folder, &self.run.manifest, self.snapshot());
        let path = self.word_path();
        retry_until_written(context, || {
            export::write(&path, manifest, &checkpoint, EmbeddingFormat::EmbParams)
        })?;
        context.send(Event::Saved { job: context.job, path });
        let (state, message) = match ended {
            Ok(true) => (RunState::Finished, None),
            Ok(false) => (RunState::Stopped, None),
            Err(error) => (RunState::Stopped, Some(error.to_string())),
        };
        let status = RunStatus { state, step: checkpoint.step, message };
        retry_until_written(context, || folder.set_status(&status))
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
            fixed_noise_loss: self.fixed_noise_loss,
            seconds: self.began.elapsed().as_secs_f64(),
            peak_memory: peak_memory(),
        }
    }
}

/// What the method works on: the model as the run uses it.
fn objective<'a>(model: &'a Pipeline, schedule: &'a Schedule, settings: &LearnSettings) -> Objective<'a> {
    let side = settings.resolution.unwrap_or(model.native_size());
    Objective {
        conditioner: &model.conditioner,
        unet: &model.unet,
        schedule,
        clip_skip: settings.clip_skip,
        size: [side; 2],
    }
}

/// Says how far measuring the fixed-noise loss is, which takes minutes with a large model on a slow device, and lets
/// the person end it.
fn measuring(context: &mut JobContext<'_>) -> impl FnMut(usize, usize) -> bool {
    move |done, of| {
        context.progress("measuring the held-out loss", done, of);
        context.poll() == JobSignal::Continue
    }
}
