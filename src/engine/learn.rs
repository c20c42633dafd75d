//! The job of learning a word: from pictures on the disk to an exported file, by way of a run folder.
//!
//! It prepares (model, sentences, encoded pictures), then steps. What a step computes is `inversion`'s business;
//! here is when to measure, preview, save, wait and end. After every checkpoint a kill loses nothing before it.

use std::path::Path;
use std::time::Instant;

use super::draw::{Sketch, Words, decode, latent_shape, latents};
use super::message::{Event, LearnRequest, LearnStart, RunInfo, StepReport, Summary};
use super::storage::persist;
use super::worker::{Control, Flow, Worker};
use super::{device, generate, save};
use crate::diffusion::{Schedule, SchedulerConfig};
use crate::error::{Error, FileKind, Result};
use crate::format::embedding::EmbeddingFormat;
use crate::inversion::batch::Deck;
use crate::inversion::health::{NormRange, stuck};
use crate::inversion::pictures::{EncodedPicture, encode};
use crate::inversion::{Learner, LearnerState, Objective, StepOutcome, Vectors};
use crate::model::Pipeline;
use crate::project::template::{caption_template, fill_with_caption};
use crate::project::{
    Checkpoint, Dataset, GenerateSettings, LossRow, PictureEntry, PictureRecord, RunFolder, RunLock, RunManifest, RunState,
    RunStatus, prepare,
};

/// How many of the vocabulary's closest words are reported.
const NEAREST: usize = 5;

/// Runs the job.
pub(super) fn run(worker: &mut Worker, request: LearnRequest, control: &mut Control<'_>) -> Result<Summary> {
    let device_name = worker.device.info.name.clone();
    let mut session = Session::prepare(worker, request, &device_name, control)?;
    let ended = session.learn(control);
    // Whatever happened, the last good word is on the disk before anything is said.
    let kept = session.keep(control, &ended);
    session.model.drop_vae();
    let complete = ended?;
    kept?;
    Ok(session.summary(complete))
}

/// Everything a run needs while it learns.
struct Session<'a> {
    model: &'a mut Pipeline,
    schedule: Schedule,
    scheduler: SchedulerConfig,
    words: Words,
    word_text: String,
    learner: Learner,
    folder: RunFolder,
    manifest: RunManifest,
    rows: Vec<LossRow>,
    first_held_out: Option<f64>,
    last_held_out: Option<f64>,
    saved_step: Option<u64>,
    began: Instant,
    // Held as long as the session: no other process may learn in the folder.
    _lock: RunLock,
}

impl<'a> Session<'a> {
    /// Opens or creates the run, loads the model and encodes the pictures.
    fn prepare(worker: &'a mut Worker, request: LearnRequest, device: &str, control: &mut Control<'_>) -> Result<Self> {
        let resumed = match &request.start {
            LearnStart::Resume { steps } => Some(reopen(&request.out, *steps, control)?),
            LearnStart::New { concept, settings, .. } => {
                concept.validate()?;
                settings.validate()?;
                RunFolder::expect_vacant(&request.out)?;
                None
            }
        };
        let (model_path, precision) = match (&resumed, &request.start) {
            (Some(found), _) => (found.manifest.model.clone(), found.manifest.settings.precision),
            (None, LearnStart::New { model, settings, .. }) => (model.clone(), settings.precision),
            _ => return Err(Error::Internal("a run that is neither new nor resumed".into())),
        };
        let model = worker.model(&model_path, precision, control)?;
        let (manifest, resumed) = match (resumed, request.start) {
            (Some(Resumed { folder, lock, manifest, checkpoint }), _) => {
                if manifest.model_sha256 != model.hash {
                    control.warn("The model has changed since this run began; the word may not fit it any more.");
                }
                if manifest.device != device {
                    control.warn(format!("This run began on {}; on {device} it goes on with slightly other rounding.", manifest.device));
                }
                (manifest, Some((folder, lock, checkpoint)))
            }
            (None, LearnStart::New { images, concept, settings, .. }) => {
                check_words(model, &concept.word, &concept.placeholder_tokens(1))?;
                let pictures = choose_pictures(&images, settings.resolution.unwrap_or(model.native_size()), control)?;
                let model_path = std::path::absolute(&model_path).map_err(|e| Error::read(&model_path, e))?;
                let manifest =
                    RunManifest::new(concept, *settings, pictures, model_path, model.hash.clone(), device.to_string());
                (manifest, None)
            }
            _ => return Err(Error::Internal("a run that is neither new nor resumed".into())),
        };
        let settings = &manifest.settings;
        model.check_clip_skip(settings.clip_skip)?;

        let tokens = initial_tokens(model, &manifest.concept.initial_word)?;
        let count = settings.vectors.unwrap_or(tokens.len()).clamp(1, crate::project::settings::MAX_VECTORS);
        warn_of_tokens(model, &manifest.concept.initial_word, &tokens, count, control);
        let start = Vectors::from_tokens(model.text_encoder.vocabulary(), &tokens, count);
        let placeholders = manifest.concept.placeholder_tokens(count);
        let word_text = placeholders.join(" ");
        let words =
            Words::new(&model.tokenizer, &[(manifest.concept.word.clone(), placeholders, start.clone())])?;

        let scheduler = generate::scheduler(model)?;
        let deck = encode_pictures(model, &manifest, &words, &word_text, &scheduler, control)?;
        let norms = NormRange::of(model.text_encoder.vocabulary());
        let (folder, lock, checkpoint) = match resumed {
            Some(found) => found,
            // Only now, so that a run that could not begin leaves no folder in the way of the next attempt.
            None => {
                let folder = RunFolder::create(&request.out, &manifest)?;
                let lock = folder.lock()?;
                (folder, lock, None)
            }
        };
        let state = match checkpoint {
            Some(checkpoint) => restore(checkpoint, &start, folder.path())?,
            None => LearnerState::new(start.clone()),
        };
        folder.truncate_losses(state.step)?;
        let info = RunInfo {
            out: folder.path().to_path_buf(),
            word: manifest.concept.word.clone(),
            vectors: count,
            initial_tokens: tokens.iter().filter_map(|id| model.tokenizer.token(*id)).collect(),
            pictures: deck.pictures.len(),
            step: state.step,
            steps: settings.steps,
            norms: [norms.low, norms.median, norms.high],
        };
        control.events.send(Event::LearnStarted { job: control.job, run: info });
        let learner = Learner::new(settings, deck, norms, start, state)?;
        let schedule = Schedule::new(&scheduler);
        Ok(Self {
            model,
            schedule,
            scheduler,
            words,
            word_text,
            learner,
            folder,
            manifest,
            rows: Vec::new(),
            first_held_out: None,
            last_held_out: None,
            saved_step: None,
            began: Instant::now(),
            _lock: lock,
        })
    }

    /// Steps until the end, or until told to stop. Whether all steps are done.
    fn learn(&mut self, control: &mut Control<'_>) -> Result<bool> {
        let settings = self.manifest.settings.clone();
        self.set_status(RunState::Running, None, control)?;
        if settings.held_out_every > 0 {
            let loss = self.learner.held_out_loss(&self.objective())?;
            (self.first_held_out, self.last_held_out) = (Some(loss), Some(loss));
        }
        if self.learner.state.step == 0 && settings.preview_every > 0 {
            self.preview(control)?;
        }
        while self.learner.state.step < settings.steps {
            match control.poll() {
                Flow::Go => {}
                Flow::Stop | Flow::Cancel => return Ok(false),
            }
            self.step(control)?;
            let step = self.learner.state.step;
            let due = |every: u64| every > 0 && (step.is_multiple_of(every) || step == settings.steps);
            if due(settings.checkpoint_every) {
                self.checkpoint(control)?;
            }
            if due(settings.preview_every) || control.preview_asked() {
                self.preview(control)?;
            }
        }
        Ok(true)
    }

    fn objective(&self) -> Objective<'_> {
        Objective {
            text_encoder: &self.model.text_encoder,
            unet: &self.model.unet,
            schedule: &self.schedule,
            clip_skip: self.manifest.settings.clip_skip,
        }
    }

    /// One step and its report.
    fn step(&mut self, control: &mut Control<'_>) -> Result<()> {
        let began = Instant::now();
        let settings = &self.manifest.settings;
        // Built here rather than by `objective` so that the learner can be borrowed beside it.
        let objective = Objective {
            text_encoder: &self.model.text_encoder,
            unet: &self.model.unet,
            schedule: &self.schedule,
            clip_skip: settings.clip_skip,
        };
        let outcome = self.learner.step(&objective)?;
        let state = &self.learner.state;
        let (step, steps) = (state.step, settings.steps);
        let (loss, rate, gradient_norm) = match outcome {
            StepOutcome::Taken { loss, rate, gradient_norm } => (loss, rate, gradient_norm),
            StepOutcome::Undone { reason } => {
                control.warn(reason);
                return Ok(());
            }
        };
        let measure = settings.held_out_every > 0 && (step.is_multiple_of(settings.held_out_every) || step == steps);
        let held_out = measure.then(|| self.learner.held_out_loss(&objective)).transpose()?;
        self.last_held_out = held_out.or(self.last_held_out);
        let report = StepReport {
            step,
            steps,
            loss,
            mean_loss: state.mean_loss.unwrap_or(loss),
            held_out,
            rate,
            norm: state.vectors.norm(),
            cosine: state.vectors.cosine_to(&self.learner.start),
            gradient_norm,
            seconds: began.elapsed().as_secs_f64(),
            nearest: if measure { self.nearest() } else { Vec::new() },
        };
        self.rows.push(LossRow {
            step,
            loss,
            mean_loss: report.mean_loss,
            held_out_loss: held_out,
            rate,
            norm: report.norm,
            cosine_to_initial: report.cosine,
            grad_norm: gradient_norm,
            seconds: report.seconds,
        });
        control.events.send(Event::Step { job: control.job, report });
        if let Some(sentence) = stuck(&self.learner.state.vectors, &self.learner.start, step) {
            control.warn(sentence);
        }
        Ok(())
    }

    /// The vocabulary's words closest to the first vector.
    fn nearest(&self) -> Vec<(String, f32)> {
        let first = self.learner.state.vectors.rows().next().unwrap_or_default();
        let found = self.model.text_encoder.vocabulary().nearest(first, NEAREST);
        let name = |(id, cosine)| Some((self.model.tokenizer.token(id)?.replace("</w>", ""), cosine));
        found.into_iter().filter_map(name).collect()
    }

    /// Writes what is not on the disk yet: the curve first, because lines beyond the newest checkpoint are cut off
    /// when a run goes on after a kill, while lines that are missing would be missing for good.
    fn checkpoint(&mut self, control: &mut Control<'_>) -> Result<()> {
        let checkpoint = self.snapshot();
        persist(control, || self.folder.append_losses(&self.rows))?;
        self.rows.clear();
        persist(control, || self.folder.save_checkpoint(&checkpoint))?;
        self.saved_step = Some(checkpoint.step);
        self.set_status(RunState::Running, None, control)
    }

    fn snapshot(&self) -> Checkpoint {
        let state = &self.learner.state;
        Checkpoint {
            step: state.step,
            shape: state.vectors.shape,
            vectors: state.vectors.values.clone(),
            good_vectors: state.good.values.clone(),
            first_moment: state.optimizer.first_moment.clone(),
            second_moment: state.optimizer.second_moment.clone(),
            optimizer_step: state.optimizer.steps,
            seed: self.manifest.settings.seed,
            rate_scale: state.rate_scale,
            mean_loss: state.mean_loss,
            rollbacks: state.rollbacks,
        }
    }

    fn set_status(&self, state: RunState, message: Option<String>, control: &mut Control<'_>) -> Result<()> {
        let status = RunStatus { state, step: self.learner.state.step, message };
        persist(control, || self.folder.set_status(&status))
    }

    /// Draws the preview prompts with the word as it is now.
    fn preview(&mut self, control: &mut Control<'_>) -> Result<()> {
        let preview = self.manifest.settings.preview.clone();
        let step = self.learner.state.step;
        self.words.vectors = Some(self.learner.state.vectors.clone());
        let side = preview.size.or(self.manifest.settings.resolution).unwrap_or(self.model.native_size());
        let size = [side, side];
        let shape = latent_shape(self.model, size);
        for (index, template) in preview.prompts.iter().enumerate() {
            let settings = GenerateSettings {
                prompt: template.replace("{}", &self.word_text),
                negative_prompt: String::new(),
                sampler: preview.sampler,
                spacing: preview.spacing,
                steps: preview.steps,
                guidance: preview.guidance,
                seed: preview.seed,
                clip_skip: self.manifest.settings.clip_skip,
                ..GenerateSettings::default()
            };
            let sketch = Sketch::new(&self.words, &settings, size, 0);
            let mut watch = |done: usize, of: usize, _: &[f32]| {
                let what = format!("preview {} of {}", index + 1, preview.prompts.len());
                let (done, of) = (done as u64, of as u64);
                control.events.send(Event::Progress { job: control.job, what, done, of });
                control.poll()
            };
            let drawn = latents(self.model, &self.scheduler, &self.words, &sketch, &mut watch);
            // A preview that fails or is cut short must not end the run.
            let image = match drawn {
                Ok(Some(drawn)) => decode(self.model.vae()?, drawn, shape)?,
                Ok(None) => break,
                Err(error @ Error::Device { .. }) => return Err(error),
                Err(error) => {
                    control.warn(format!("No preview: {error}"));
                    break;
                }
            };
            let png = encode_png(&image)?;
            let path = persist(control, || self.folder.save_preview(step, index, &png))?;
            let prompt = template.replace("{}", &self.manifest.concept.word);
            control.events.send(Event::Preview { job: control.job, step, prompt, image, path });
        }
        self.model.drop_vae();
        Ok(())
    }

    /// Saves the word as it is now, exports it, and writes how the run stands.
    fn keep(&mut self, control: &mut Control<'_>, ended: &Result<bool>) -> Result<()> {
        if self.saved_step != Some(self.learner.state.step) {
            self.checkpoint(control)?;
        }
        let (folder, manifest, checkpoint) = (&self.folder, &self.manifest, self.snapshot());
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

    fn word_path(&self) -> std::path::PathBuf {
        self.folder.path().join(format!("{}.safetensors", self.manifest.concept.file_stem()))
    }

    fn summary(&self, complete: bool) -> Summary {
        Summary::Learned {
            step: self.learner.state.step,
            complete,
            out: self.folder.path().to_path_buf(),
            word: self.word_path(),
            held_out: self.first_held_out.zip(self.last_held_out).map(|(first, last)| [first, last]),
            seconds: self.began.elapsed().as_secs_f64(),
            peak_memory: device::peak_memory(),
        }
    }
}

/// A run to go on with, claimed for this process.
struct Resumed {
    folder: RunFolder,
    lock: RunLock,
    manifest: RunManifest,
    checkpoint: Option<Checkpoint>,
}

/// The run at `path` and its newest whole checkpoint.
fn reopen(path: &Path, steps: Option<u64>, control: &Control<'_>) -> Result<Resumed> {
    let folder = RunFolder::open(path)?;
    // Before anything is read: another process may be about to write it.
    let lock = folder.lock()?;
    let mut manifest = folder.manifest()?;
    let latest = folder.latest_checkpoint()?;
    latest.skipped.iter().for_each(|error| control.warn(error.to_string()));
    if let Some(steps) = steps.filter(|steps| *steps != manifest.settings.steps) {
        manifest.settings.steps = steps;
        manifest.settings.validate()?;
        folder.save_manifest(&manifest)?;
    }
    Ok(Resumed { folder, lock, manifest, checkpoint: latest.checkpoint })
}

fn restore(checkpoint: Checkpoint, start: &Vectors, path: &Path) -> Result<LearnerState> {
    if checkpoint.shape != start.shape {
        let fault = format!("its checkpoint holds {:?} numbers where the model needs {:?}", checkpoint.shape, start.shape);
        return Err(Error::file(FileKind::Run, path, fault, "Resume it with the model it was begun with."));
    }
    let shape = checkpoint.shape;
    let mut state = LearnerState::new(Vectors { values: checkpoint.vectors, shape });
    state.good = Vectors { values: checkpoint.good_vectors, shape };
    state.optimizer.first_moment = checkpoint.first_moment;
    state.optimizer.second_moment = checkpoint.second_moment;
    state.optimizer.steps = checkpoint.optimizer_step;
    state.step = checkpoint.step;
    state.rate_scale = checkpoint.rate_scale;
    state.mean_loss = checkpoint.mean_loss;
    state.rollbacks = checkpoint.rollbacks;
    Ok(state)
}

/// Refuses a word that already means something to the model.
fn check_words(model: &Pipeline, word: &str, tokens: &[String]) -> Result<()> {
    let taken = model.tokenizer.tokens(word).len() == 1;
    if taken {
        return Err(Error::input(
            format!("The word {word} is in the model's vocabulary already"),
            format!("Choose another, such as <{}>.", word.trim_matches(['<', '>'])),
        ));
    }
    model.tokenizer.with_placeholders(tokens).map(|_| ())
}

/// Ids of the initial word, without begin and end.
fn initial_tokens(model: &Pipeline, initial_word: &str) -> Result<Vec<u32>> {
    let tokenizer = &model.tokenizer;
    let ids = tokenizer.encode(initial_word);
    let inner = ids.get(1..ids.len().saturating_sub(1)).unwrap_or_default();
    let known: Vec<u32> =
        inner.iter().copied().filter(|id| ![tokenizer.bos(), tokenizer.eos()].contains(id)).collect();
    if known.is_empty() || known.len() != inner.len() {
        return Err(Error::input(
            format!("The model does not know the initial word “{initial_word}”"),
            "Say in a plain word what the pictures show, such as cat, mug or painting.",
        ));
    }
    Ok(known)
}

fn warn_of_tokens(model: &Pipeline, initial_word: &str, tokens: &[u32], count: usize, control: &Control<'_>) {
    if tokens.len() > 1 {
        let parts: Vec<String> = tokens.iter().map(|id| model.tokenizer.decode(&[*id])).collect();
        let parts = parts.join(" + ");
        control.warn(format!(
            "The model reads “{initial_word}” as {parts}; the word starts from the first {} of these, with {count} vectors.",
            tokens.len().min(count)
        ));
    }
}

fn choose_pictures(images: &Path, resolution: u32, control: &Control<'_>) -> Result<Vec<PictureRecord>> {
    let dataset = Dataset::open(images)?;
    dataset.warnings(resolution).into_iter().for_each(|warning| control.warn(warning));
    let absolute = |entry: &PictureEntry| -> Result<PictureEntry> {
        let full = |path: &Path| std::path::absolute(path).map_err(|e| Error::read(path, e));
        let mask = entry.mask.as_deref().map(full).transpose()?;
        Ok(PictureEntry { path: full(&entry.path)?, mask, ..entry.clone() })
    };
    let pictures: Vec<PictureRecord> =
        dataset.enabled().map(|entry| PictureRecord::new(absolute(entry)?)).collect::<Result<_>>()?;
    if pictures.is_empty() {
        let remedy = "Switch at least one picture on.";
        return Err(Error::file(FileKind::Picture, images, "all its pictures are switched off", remedy));
    }
    Ok(pictures)
}

/// Encodes every picture of the run and spells out its sentences.
fn encode_pictures(
    model: &mut Pipeline,
    manifest: &RunManifest,
    words: &Words,
    word_text: &str,
    scheduler: &SchedulerConfig,
    control: &mut Control<'_>,
) -> Result<Deck> {
    let settings = &manifest.settings;
    let side = settings.resolution.unwrap_or(model.native_size());
    model.check_size(side, side)?;
    let templates = settings.template_set(manifest.concept.kind)?;
    let device = model.device().clone();
    let mut pictures = Vec::new();
    let of = manifest.pictures.len() as u64;
    for (index, record) in manifest.pictures.iter().enumerate() {
        let progress = Event::Progress { job: control.job, what: "encoding pictures".into(), done: index as u64, of };
        control.events.send(progress);
        if control.poll() != Flow::Go {
            return Err(Error::Cancelled);
        }
        if record.has_changed()? {
            control.warn(format!("{} has changed since this run began.", record.entry.path.display()));
        }
        let prepared = prepare(&record.entry, side)?;
        let caption = prepared.caption.as_deref().filter(|_| settings.use_captions);
        let sentences: Vec<String> = match caption {
            Some(caption) => vec![caption_template(caption, word_text, manifest.concept.kind)],
            None => templates.sentences.iter().map(|t| fill_with_caption(t, word_text, "")).collect(),
        };
        let ids = |sentence: &String| words.tokenizer.encode_padded(sentence).ids;
        let first_id = model.text_encoder.vocabulary().len() as u32;
        let sentences: Vec<Vec<u32>> = sentences.iter().map(ids).collect();
        if !sentences.iter().any(|ids| ids.iter().any(|id| *id >= first_id)) {
            control.warn(format!("No sentence of {} contains the word.", record.entry.path.display()));
        }
        let may_flip = settings.flip && record.entry.allow_flip;
        let vae = model.vae()?;
        let mirrored =
            may_flip.then(|| encode(vae, &prepared.mirrored(), settings.use_masks, &device)).transpose()?;
        let upright = encode(vae, &prepared, settings.use_masks, &device)?;
        pictures.push(EncodedPicture { upright, mirrored, sentences });
    }
    control.events.send(Event::Progress { job: control.job, what: "encoding pictures".into(), done: of, of });
    model.drop_vae();
    let most = scheduler.num_train_timesteps;
    let [first, end] = settings.timesteps.map(|t| (t as usize).min(most));
    let latent = latent_shape(model, [side, side]);
    Ok(Deck { pictures, latent, timesteps: [first.min(end.saturating_sub(1)), end], seed: settings.seed })
}

fn encode_png(image: &image::RgbImage) -> Result<Vec<u8>> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let written = image.write_to(&mut bytes, image::ImageFormat::Png);
    written.map_err(|e| Error::Internal(format!("a picture could not be encoded ({e})")))?;
    Ok(bytes.into_inner())
}
