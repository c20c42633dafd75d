//! What a learning job needs before its first step: the run folder, the model, the sentences, the encoded images.
//!
//! Everything that can be wrong with a request is found here. A new run folder is made last, so that a
//! request that was refused can be put right and given again. The length is that of the two ways to begin.

use std::path::{Path, PathBuf};

use super::images::{choose_images, encode_images, timesteps, without_caption};
use super::initial_word::initial_tokens;
use super::is_measured;
use super::masks::suggest_masks;
use super::refine::{refined, words_of};
use super::start::{self, Start};
use crate::clip;
use crate::context::JobContext;
use crate::device::OpenDevice;
use crate::draw::{LoadedWords, scheduler};
use crate::export;
use crate::memory::memory;
use crate::message::{Event, LearnRequest, LearnStart, RunInfo};
use crate::preflight::Preflight;
use crate::session::Session;
use base::{Error, FileKind, Result, places, units};
use diffusion::SchedulerConfig;
use format::ModelFiles;
use inversion::{BatchSampler, Learner, LearnerState, NormRange, Refined, Vectors, methods, spread};
use model::memory::{DeviceMemory, Plan};
use model::{ClipModel, Pipeline};
use project::manifest::BaseModel;
use project::picture::{opening_bytes, upright_dimensions};
use project::run::RunMask;
use project::{
    Author, Checkpoint, Concept, DataDir, Dataset, LearnSettings, LossRow, LowMemory, Method, RunFolder,
    RunLock, RunManifest, RunState, WordStart,
};

/// A run that can take its first step, or its next one.
pub struct Prepared<'a> {
    pub model: &'a mut Pipeline,
    pub scheduler: SchedulerConfig,
    pub words: LoadedWords,
    pub learner: Learner,
    pub folder: RunFolder,
    pub manifest: RunManifest,
    /// How it uses the device's memory.
    pub plan: Plan,
    pub device: OpenDevice,
    /// The lines of its curve on which something was measured.
    pub measured_rows: Vec<LossRow>,
    /// The fixed-noise loss measured last, and the step whose word it is of.
    pub measured: Option<(u64, f64)>,
    // Held as long as the run: no other process may learn in the folder.
    _lock: RunLock,
}

/// The usual lengths of the vocabularies.
fn norms(model: &Pipeline) -> Vec<NormRange> {
    model.conditioner.encoders.iter().map(|encoder| NormRange::of(encoder.vocabulary())).collect()
}

/// Begins a run or opens an old one.
pub fn prepare<'a>(
    request: LearnRequest,
    session: &'a mut Session,
    context: &mut JobContext<'_>,
) -> Result<Prepared<'a>> {
    let (open, memory) = (session.device.clone(), memory(&session.device));
    let device = open.info.name.clone();
    match request.start {
        LearnStart::New { model, images, concept, mut settings, permission } => {
            concept.validate()?;
            settings.validate()?;
            RunFolder::expect_vacant(&request.out)?;
            places::expect_folder(&request.out)?;
            let model_path = std::path::absolute(&model).map_err(|e| Error::read(&model, e))?;
            Dataset::gather(&images)?.expect_permitted(&permission)?;
            if let Some(others) = settings.second_images() {
                Dataset::gather(&[others.to_path_buf()])?.expect_permitted(&permission)?;
            }
            settings.use_captions = methods::of(&settings).captions(settings.use_captions);
            check(&Preflight::of(&model_path)?, &concept, &settings)?;
            if settings.start == WordStart::Clip {
                clip::folder(settings.clip.as_deref(), &model_path)?;
            }
            let model = session.load(&model_path, settings.numbers(), context)?;
            // What the model decides today must not change when the run is resumed.
            settings.preview.guidance.get_or_insert(model.defaults().guidance());
            settings.precision = model.numbers.precision;
            settings.learning_rate = settings.rate(spread(&norms(model)));
            settings.clip = settings
                .clip
                .map(|clip| std::path::absolute(&clip).map_err(|e| Error::read(&clip, e)))
                .transpose()?;
            let side = settings.resolution.unwrap_or(model.native_size());
            let mut pictures = choose_images(&images, side, &settings, context)?;
            let first = pictures.len();
            if let Some(folder) = settings.second_images() {
                pictures.extend(choose_images(&[folder.to_path_buf()], side, &settings, context)?);
            }
            for record in &mut pictures {
                permission.apply(&mut record.entry, !record.marks.is_empty());
            }
            let masks = suggest_masks(&mut pictures, side, &settings, context)?;
            let second_pictures = pictures.split_off(first);
            context.warn_all(never_grows(&settings));
            let manifest = RunManifest::new(concept, *settings, pictures, base(model, model_path)?, device);
            let (usual, unread) = Author::load(&DataDir::usual());
            context.warn_all(unread);
            export::tell_unsigned(context);
            let author = permission.author.or(usual);
            let own_clip = Some(clip::is_beside(&manifest.model));
            let manifest = RunManifest { own_clip, second_pictures, ..manifest }.answered_for_by(author);
            let inputs = TrainingInputs::gather(model, &manifest, &masks, memory, None, context)?;
            let folder = RunFolder::create_with(&request.out, &manifest, &masks)?;
            let lock = folder.lock()?;
            start::keep(&folder, &manifest, &inputs.start)?;
            // With the whole paths of the masks that it keeps.
            let manifest = folder.manifest()?;
            inputs.into_run(model, manifest, (folder, lock), open, None, context)
        }
        LearnStart::Resume(mut asked) => {
            let (folder, lock, mut manifest, checkpoint) = reopen(&request.out, context)?;
            export::tell_unsigned(context);
            let before = manifest.clone();
            let reached = checkpoint.as_ref().map(|checkpoint| (checkpoint.step, checkpoint.shape[0]));
            let step = reached.map_or(0, |(step, _)| step);
            find_model(&mut manifest, &mut asked.model)?;
            let stopped = folder.status().is_ok_and(|status| status.state == RunState::Finished);
            let notes = manifest.go_on(*asked, step, reached.map(|(_, vectors)| vectors))?;
            if stopped && step < manifest.settings.steps {
                manifest.gone_on = Some(step);
            }
            context.warn_all(notes);
            if manifest.settings.use_captions && !before.settings.use_captions {
                context.warn_all(without_caption(&manifest.pictures));
            }
            let model = session.load(&manifest.model, manifest.settings.numbers(), context)?;
            manifest.settings.preview.guidance.get_or_insert(model.defaults().guidance());
            manifest.settings.precision = model.numbers.precision;
            let own_clip = clip::is_beside(&manifest.model);
            manifest.own_clip.get_or_insert(own_clip);
            if manifest.model_fingerprint != model.fingerprint {
                context.warn("The model has changed since this run began; the word may not fit it any more.");
            }
            if manifest.device != device {
                let began = &manifest.device;
                context.warn(format!(
                    "This run began on {began}; on {device} it goes on with slightly other rounding."
                ));
            }
            let inputs = TrainingInputs::gather(model, &manifest, &[], memory, folder.start()?, context)?;
            start::keep(&folder, &manifest, &inputs.start)?;
            // What was refused until here can be put right and asked again.
            if manifest != before {
                folder.save_manifest(&manifest)?;
            }
            inputs.into_run(model, manifest, (folder, lock), open, checkpoint, context)
        }
    }
}

/// Takes the run's model from the place that was named, if it is the same; another stays asked for.
fn find_model(manifest: &mut RunManifest, asked: &mut Option<PathBuf>) -> Result<()> {
    let real = |path: &Path| path.canonicalize().ok();
    let elsewhere = |path: &mut PathBuf| real(path).is_some() && real(path) != real(&manifest.model);
    if let Some(path) = asked.take_if(elsewhere) {
        let own = |found: String| found == manifest.model_fingerprint;
        match ModelFiles::open(&path).and_then(|files| files.fingerprint()).is_ok_and(own) {
            true => manifest.model = std::path::absolute(&path).map_err(|e| Error::read(&path, e))?,
            false => *asked = Some(path),
        }
    }
    if manifest.model.try_exists().is_ok_and(|there| !there) {
        let fault = match asked {
            Some(other) => format!("the model of this run is gone, and {} is another one", other.display()),
            None => "the model of this run is gone".to_owned(),
        };
        let remedy = "Put it back, or name its new place with --model.";
        return Err(Error::file(FileKind::Model, &manifest.model, fault, remedy));
    }
    Ok(())
}

/// The side of preview images in pixels.
pub fn preview_side(settings: &LearnSettings, model: &Pipeline) -> u32 {
    settings.preview.size.or(settings.resolution).unwrap_or(model.native_size())
}

/// The run at `path`, claimed, and its newest whole checkpoint.
fn reopen(
    path: &Path,
    context: &JobContext<'_>,
) -> Result<(RunFolder, RunLock, RunManifest, Option<Checkpoint>)> {
    let folder = RunFolder::open(path)?;
    let lock = folder.lock()?;
    let manifest = folder.manifest()?;
    // The file can be edited by hand.
    manifest.concept.validate()?;
    manifest.settings.validate()?;
    if manifest.pictures.is_empty() {
        let remedy = "Begin a new run in another folder.";
        return Err(Error::file(FileKind::Run, path, "its run.toml names no pictures", remedy));
    }
    let latest = folder.latest_checkpoint()?;
    if let Some(refusal) = latest.none_whole(path) {
        return Err(refusal);
    }
    let word = path.join(format!("{}.safetensors", manifest.concept.file_stem()));
    if latest.checkpoint.is_none() && word.is_file() {
        let fault = "its word is learned, but its checkpoints are gone";
        let remedy = "Put them back, or begin a run in another folder.";
        return Err(Error::file(FileKind::Run, path, fault, remedy));
    }
    context.warn_all(folder.set_damaged_aside(&latest.skipped));
    Ok((folder, lock, manifest, latest.checkpoint))
}

/// Refuses what the model's configuration and vocabulary are enough to refuse.
fn check(model: &Preflight, concept: &Concept, settings: &LearnSettings) -> Result<()> {
    model.clip_skip(settings.clip_skip)?;
    model.size(settings.resolution, settings.resolution)?;
    let first = settings.refine.first_resolution;
    model.size(first, first)?;
    let preview = &settings.preview;
    model.size(preview.size, preview.size)?;
    if settings.preview_every > 0 {
        model.sampler(preview.sampler, preview.spacing, 0.0, preview.steps)?;
    }
    settings.template_set(concept.kind)?;
    timesteps(settings, &model.scheduler()?)?;
    let tokenizers = model.tokenizers()?;
    initial_tokens(&tokenizers, &concept.initial_word)?;
    if let WordStart::File(path) = &settings.start {
        model.words(std::slice::from_ref(path))?;
        start::one_word(path, settings)?;
    }
    if let Some(second) = settings.second(concept.kind) {
        second.validate()?;
        initial_tokens(&tokenizers, &second.initial_word)?;
        let own = [concept.file_stem(), Concept::of(&concept.negative_word()).file_stem()];
        if own.iter().any(|own| own.eq_ignore_ascii_case(&second.file_stem())) {
            return Err(Error::input(
                format!("The two words, {} and {}, would have one file", concept.word, second.word),
                "Give the second one another name.",
            ));
        }
        tokenizers.with_placeholders(&second.placeholder_tokens(1))?;
    }
    tokenizers.with_placeholders(&concept.placeholder_tokens(1)).map(drop)
}

/// What there is to say of a growing word whose run ends before it has grown.
fn never_grows(settings: &LearnSettings) -> Option<String> {
    let next = settings.methods.growth().ok()?[0];
    (settings.method == Method::Progressive && settings.steps <= next).then(|| {
        let steps = settings.steps;
        format!(
            "The word gets its second vector after step {next}, and the run has {steps}: say with --add-vector-at when it \
             is to grow."
        )
    })
}

/// What a run works with, gathered before its folder is touched.
struct TrainingInputs {
    scheduler: SchedulerConfig,
    words: LoadedWords,
    sampler: BatchSampler,
    refined: Refined,
    start: Vectors,
    initial_tokens: Vec<u32>,
    plan: Plan,
}

/// What a run remembers of its model.
fn base(model: &Pipeline, path: PathBuf) -> Result<BaseModel> {
    let widths = model.conditioner.widths();
    let (family, lineage) = (model.files.family(), model.files.lineage());
    let velocity = model.files.predicts_velocity()?;
    Ok(BaseModel { path, fingerprint: model.fingerprint.clone(), family, lineage, velocity, widths })
}

impl TrainingInputs {
    fn gather(
        model: &mut Pipeline,
        manifest: &RunManifest,
        masks: &[RunMask],
        memory: DeviceMemory,
        begun: Option<Checkpoint>,
        context: &mut JobContext<'_>,
    ) -> Result<Self> {
        let RunManifest { settings, concept, .. } = manifest;
        model.check_clip_skip(settings.clip_skip)?;
        let preview = preview_side(settings, model);
        model.check_size(preview, preview)?;
        let Start { vectors: start, initial_tokens } =
            start::start(model, (manifest, masks), begun, context)?;
        let (start, named) = words_of(model, manifest, start)?;
        named.iter().flat_map(|(names, _)| names).try_for_each(|name| model.tokenizers.check_new(name))?;
        let mut words = LoadedWords::new(&model.tokenizers, &named)?;
        let scheduler = scheduler(model)?;
        for template in &manifest.settings.preview.prompts {
            let prompt = template.replace("{}", &concept.word);
            let notes =
                words.prompt(&prompt).notes(manifest.settings.preview.steps, |word| words.knows(word));
            context.warn_all(notes);
        }
        // Without it the run goes on, which is said where it is opened.
        let judge = clip::judging(manifest).and_then(|(clip, _)| ClipModel::numbers(&clip).ok());
        let plan = model.sizes().plan(settings, memory, judge.unwrap_or(0));
        context.warn_all(spared(&plan, settings, memory));
        let pictures = manifest.pictures.iter().chain(&manifest.second_pictures);
        let sizes = pictures.filter_map(|record| upright_dimensions(&record.entry.path).ok());
        let plan = plan.with_opening(sizes.map(opening_bytes).max().unwrap_or(0), memory);
        let (sampler, first) = encode_images(model, (manifest, masks), &mut words, &scheduler, context)?;
        let refined = refined(model, manifest, &words, (first, start.count()));
        if !plan.keeps_autoencoder {
            model.drop_vae();
        }
        Ok(Self { scheduler, words, sampler, refined, start, initial_tokens, plan })
    }

    /// Goes on from `checkpoint`, or from the start, and says so.
    fn into_run<'a>(
        self,
        model: &'a mut Pipeline,
        manifest: RunManifest,
        (folder, lock): (RunFolder, RunLock),
        device: OpenDevice,
        checkpoint: Option<Checkpoint>,
        context: &JobContext<'_>,
    ) -> Result<Prepared<'a>> {
        let Self { scheduler, words, sampler, refined, start, initial_tokens, plan } = self;
        let norms = norms(model);
        let shown = norms[0];
        let state = match checkpoint {
            Some(checkpoint) => restore(checkpoint, &start, folder.path())?,
            None => LearnerState::new(start.clone()),
        };
        context.warn_all(folder.truncate_losses(state.step)?);
        let mut rows = folder.losses()?;
        let measured = rows.iter().rev().find_map(|row| Some((row.step, row.fixed_noise_loss?)));
        rows.retain(is_measured);
        let info = RunInfo {
            out: folder.path().to_path_buf(),
            word: manifest.concept.word.clone(),
            vectors: sampler.method.active(state.step, manifest.rows(start.count()).word.len()),
            initial_tokens: initial_tokens.iter().filter_map(|id| model.tokenizers.token(*id)).collect(),
            pictures: sampler.images.len(),
            step: state.step,
            steps: manifest.settings.steps,
            norms: [shown.low, shown.median, shown.high],
            memory: plan.estimate.parts.iter().map(|(part, bytes)| ((*part).to_owned(), *bytes)).collect(),
            low_memory: plan.low_memory,
        };
        let learner = Learner::new(&manifest.settings, sampler, norms, start, state)?.refined(refined);
        context.send(Event::LearnStarted { job: context.job, run: info });
        Ok(Prepared {
            model,
            scheduler,
            words,
            learner,
            folder,
            manifest,
            plan,
            device,
            measured,
            measured_rows: rows,
            _lock: lock,
        })
    }
}

fn restore(checkpoint: Checkpoint, start: &Vectors, path: &Path) -> Result<LearnerState> {
    if checkpoint.shape != start.shape {
        let fault = format!(
            "its checkpoint holds {:?} numbers where the model needs {:?}",
            checkpoint.shape, start.shape
        );
        return Err(Error::file(FileKind::Run, path, fault, "Resume it with the model it was begun with."));
    }
    let shape = checkpoint.shape;
    let mut state = LearnerState::new(Vectors { values: checkpoint.vectors, shape });
    state.last_finite = Vectors { values: checkpoint.good_vectors, shape };
    state.optimizer.first_moment = checkpoint.first_moment;
    state.optimizer.second_moment = checkpoint.second_moment;
    state.optimizer.steps = checkpoint.optimizer_step;
    state.step = checkpoint.step;
    state.loss_scale = checkpoint.loss_scale;
    state.mean_loss = checkpoint.mean_loss;
    (state.rollbacks, state.good_steps) = (checkpoint.rollbacks, checkpoint.good_steps);
    state.taken = checkpoint.taken;
    Ok(state)
}

/// What there is to say about memory: that it is spared although nobody asked for that, or that it will hardly do.
fn spared(plan: &Plan, settings: &LearnSettings, memory: DeviceMemory) -> Option<String> {
    let there = memory.there?;
    let needed = plan.estimate.bytes();
    if needed > there {
        return Some(format!(
            "A step takes about {} of memory, and only {} can be had: it may end there. Choose a smaller size, fewer \
             pictures at once, or --precision f16.",
            units::bytes(needed),
            units::bytes(there)
        ));
    }
    let (there, needed) = (units::bytes(there), units::bytes(needed));
    if plan.text_apart {
        return Some(format!(
            "Memory is spared, because only {there} can be had: a step takes about {needed}, the processor reads the \
             sentences, and all takes longer."
        ));
    }
    (plan.low_memory && settings.low_memory == LowMemory::Auto).then(|| {
        format!(
            "Memory is spared, because only {there} can be had: a step takes about {needed} and half as long again. \
             --low-memory off forbids it."
        )
    })
}
