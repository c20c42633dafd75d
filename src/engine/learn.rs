//! The job of learning a word: from a prepared run to an exported file.
//!
//! What a step computes is `inversion`'s business and what comes before the first one is `prepare`'s; here is
//! when to measure, preview, save, wait and end. After every checkpoint a kill loses nothing before it.

use std::path::PathBuf;
use std::time::Instant;

use super::control::{Control, Flow};
use super::draw::{Sketch, decode, latent_colours, latent_shape, latents, rough_picture};
use super::message::{Event, LearnRequest, StepReport, Summary};
use super::prepare::{Prepared, prepare, preview_side};
use super::storage::persist;
use super::worker::{Worker, guarded};
use super::{device, save};
use base::{Error, Result};
use diffusion::Schedule;
use format::embedding::EmbeddingFormat;
use inversion::stuck;
use inversion::{Objective, StepOutcome};
use model::Pipeline;
use model::conditioner::ImageSize;
use project::{Checkpoint, GenerateSettings, LearnSettings, LossRow, RunState, RunStatus};

/// How many of the vocabulary's closest words are reported.
const NEAREST: usize = 5;

/// Runs the job.
pub(super) fn run(worker: &mut Worker, request: LearnRequest, control: &mut Control<'_>) -> Result<Summary> {
    let mut session = Session::new(prepare(worker, request, control)?);
    let ended = guarded(|| session.learn(control));
    // Whatever happened, the last good word is on the disk before anything is said.
    let kept = session.keep(control, &ended);
    if let (Err(_), Err(error)) = (&ended, &kept) {
        control.warn(format!("What was learned since the last checkpoint could not be saved: {error}"));
    }
    let complete = ended?;
    kept?;
    Ok(session.summary(complete))
}

/// A run while it learns.
struct Session<'a> {
    run: Prepared<'a>,
    schedule: Schedule,
    rows: Vec<LossRow>,
    first_held_out: Option<f64>,
    last_held_out: Option<f64>,
    saved_step: Option<u64>,
    began: Instant,
}

impl<'a> Session<'a> {
    fn new(run: Prepared<'a>) -> Self {
        let schedule = Schedule::new(&run.scheduler);
        let (first_held_out, last_held_out, saved_step) = (None, None, None);
        Self {
            run,
            schedule,
            rows: Vec::new(),
            first_held_out,
            last_held_out,
            saved_step,
            began: Instant::now(),
        }
    }

    /// Steps until the end, or until told to stop. Whether all steps are done.
    fn learn(&mut self, control: &mut Control<'_>) -> Result<bool> {
        let settings = self.run.manifest.settings.clone();
        self.set_status(RunState::Running, None, control)?;
        if settings.held_out_every > 0 {
            let loss = self.run.learner.held_out_loss(&self.objective(), &mut measuring(control))?;
            (self.first_held_out, self.last_held_out) = (loss, loss);
        }
        if self.run.learner.state.step == 0 && settings.preview_every > 0 {
            self.preview(control)?;
        }
        while self.run.learner.state.step < settings.steps {
            match control.poll() {
                Flow::Go => {}
                Flow::Stop | Flow::Cancel => return Ok(false),
            }
            self.step(control)?;
            let step = self.run.learner.state.step;
            let due = |every: u64| every > 0 && (step.is_multiple_of(every) || step == settings.steps);
            if due(settings.checkpoint_every) {
                self.checkpoint(control)?;
            }
            let asked = control.preview_asked();
            if asked || due(settings.preview_every) {
                self.preview(control)?;
            }
        }
        Ok(true)
    }

    fn objective(&self) -> Objective<'_> {
        objective(self.run.model, &self.schedule, &self.run.manifest.settings)
    }

    /// One step and its report.
    fn step(&mut self, control: &mut Control<'_>) -> Result<()> {
        let began = Instant::now();
        let settings = &self.run.manifest.settings;
        // Built here rather than by `objective` so that the learner can be borrowed beside it.
        let objective = objective(self.run.model, &self.schedule, settings);
        let outcome = self.run.learner.step(&objective)?;
        let seconds = began.elapsed().as_secs_f64();
        let state = &self.run.learner.state;
        let (step, steps) = (state.step, settings.steps);
        let (loss, rate, gradient_norm) = match outcome {
            StepOutcome::Taken { loss, rate, gradient_norm } => (loss, rate, gradient_norm),
            StepOutcome::Undone { reason } => {
                control.warn(reason);
                return Ok(());
            }
        };
        let learner = &self.run.learner;
        let mut report = StepReport {
            step,
            steps,
            loss,
            mean_loss: state.mean_loss.unwrap_or(loss),
            held_out: None,
            rate,
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
            rate,
            norm: report.norm,
            cosine_to_initial: report.cosine,
            grad_norm: gradient_norm,
            seconds,
        });
        if settings.held_out_every > 0 && (step.is_multiple_of(settings.held_out_every) || step == steps) {
            report.held_out = learner.held_out_loss(&objective, &mut measuring(control))?;
            report.nearest = self.nearest();
            self.last_held_out = report.held_out.or(self.last_held_out);
            if let Some(row) = self.rows.last_mut() {
                row.held_out_loss = report.held_out;
            }
        }
        control.events.send(Event::Step { job: control.job, report });
        if let Some(sentence) = stuck(&self.run.learner.state.vectors, &self.run.learner.start, step) {
            control.warn(sentence);
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
    fn checkpoint(&mut self, control: &mut Control<'_>) -> Result<()> {
        persist(control, || self.run.folder.append_losses(&self.rows))?;
        self.rows.clear();
        let checkpoint = self.snapshot();
        persist(control, || self.run.folder.save_checkpoint(&checkpoint))?;
        self.saved_step = Some(checkpoint.step);
        control.events.send(Event::Kept { job: control.job, step: checkpoint.step });
        self.set_status(RunState::Running, None, control)
    }

    fn snapshot(&self) -> Checkpoint {
        let state = &self.run.learner.state;
        Checkpoint {
            step: state.step,
            shape: state.vectors.shape,
            vectors: state.vectors.values.clone(),
            good_vectors: state.good.values.clone(),
            first_moment: state.optimizer.first_moment.clone(),
            second_moment: state.optimizer.second_moment.clone(),
            optimizer_step: state.optimizer.steps,
            seed: self.run.manifest.settings.seed,
            rate_scale: state.rate_scale,
            mean_loss: state.mean_loss,
            rollbacks: state.rollbacks,
        }
    }

    fn set_status(&self, state: RunState, message: Option<String>, control: &mut Control<'_>) -> Result<()> {
        let status = RunStatus { state, step: self.run.learner.state.step, message };
        persist(control, || self.run.folder.set_status(&status))
    }

    /// Draws the preview prompts with the word as it is now.
    fn preview(&mut self, control: &mut Control<'_>) -> Result<()> {
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
            let sketch = Sketch::new(&self.run.words, &settings, size, 0);
            let colours = latent_colours(self.run.model);
            let mut watch = |step: usize, steps: usize, believed: &[f32]| {
                let image = rough_picture(believed, shape, &colours);
                control.events.send(Event::Latents { job: control.job, index, step, steps, image });
                let what = format!("preview {} of {}", index + 1, preview.prompts.len());
                let (done, of) = (step as u64, steps as u64);
                control.events.send(Event::Progress { job: control.job, what, done, of });
                control.poll()
            };
            let drawn = latents(self.run.model, &self.run.scheduler, &self.run.words, &sketch, &mut watch);
            let image = drawn
                .and_then(|drawn| drawn.map(|drawn| decode(self.run.model.vae()?, drawn, shape)).transpose());
            // A preview that fails or is cut short must not end the run.
            let image = match image {
                Ok(Some(image)) => image,
                Ok(None) => break,
                Err(error @ Error::Device { .. }) => return Err(error),
                Err(error) => {
                    control.warn(format!("No preview: {error}"));
                    break;
                }
            };
            let png = encode_png(&image)?;
            let path = persist(control, || self.run.folder.save_preview(step, index, &png))?;
            let prompt = settings.prompt;
            control.events.send(Event::Preview { job: control.job, step, prompt, image, path });
        }
        self.run.model.drop_vae();
        Ok(())
    }

    /// Saves the word as it is now, exports it, and writes how the run stands.
    fn keep(&mut self, control: &mut Control<'_>, ended: &Result<bool>) -> Result<()> {
        if self.saved_step != Some(self.run.learner.state.step) {
            self.checkpoint(control)?;
        }
        let (folder, manifest, checkpoint) = (&self.run.folder, &self.run.manifest, self.snapshot());
        let path = self.word_path();
        persist(control, || save::write(&path, manifest, &checkpoint, EmbeddingFormat::EmbParams))?;
        control.events.send(Event::Saved { job: control.job, path });
        let (state, message) = match ended {
            Ok(true) => (RunState::Finished, None),
            Ok(false) => (RunState::Stopped, None),
            Err(error) => (RunState::Stopped, Some(error.to_string())),
        };
        let status = RunStatus { state, step: checkpoint.step, message };
        persist(control, || folder.set_status(&status))
    }

    fn word_path(&self) -> PathBuf {
        self.run.folder.path().join(format!("{}.safetensors", self.run.manifest.concept.file_stem()))
    }

    fn summary(&self, complete: bool) -> Summary {
        Summary::Learned {
            step: self.run.learner.state.step,
            complete,
            out: self.run.folder.path().to_path_buf(),
            word: self.word_path(),
            held_out: self.first_held_out.zip(self.last_held_out).map(|(first, last)| [first, last]),
            seconds: self.began.elapsed().as_secs_f64(),
            peak_memory: device::peak_memory(),
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
        size: ImageSize { width: side, height: side },
    }
}

fn encode_png(image: &image::RgbImage) -> Result<Vec<u8>> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let written = image.write_to(&mut bytes, image::ImageFormat::Png);
    written.map_err(|e| Error::Internal(format!("a picture could not be encoded ({e})")))?;
    Ok(bytes.into_inner())
}

/// Tells how far the held-out loss is, which takes minutes with a large model on a slow device, and lets the
/// person end it.
fn measuring<'a, 'b>(control: &'a mut Control<'b>) -> impl FnMut(usize, usize) -> bool + use<'a, 'b> {
    move |done, of| {
        let what = "measuring the held-out loss".into();
        let (done, of) = (done as u64, of as u64);
        control.events.send(Event::Progress { job: control.job, what, done, of });
        control.poll() == Flow::Go
    }
}
