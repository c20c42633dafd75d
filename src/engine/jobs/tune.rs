//! The job of tuning a model to a word that was learned: small matrices beside the U-Net's attention, written as a LoRA.
//!
//! The word and the text encoders stay as they are. Its folder holds a document, the newest state, from which it goes on
//! bit for bit, and the LoRA; the model's files are never changed. Tuning every number of the U-Net is refused.

mod files;

use std::path::Path;
use std::time::Instant;

use self::files::{begin, keep, restored, trained};
use super::learn::choose_images;
use crate::context::{JobContext, JobSignal};
use crate::draw::{LoadedWords, latent_shape, scheduler};
use crate::memory::memory;
use crate::message::{JobSummary, TuneRequest};
use crate::preflight::Preflight;
use crate::session::Session;
use base::{Error, FileKind, Result, places, units};
use diffusion::Schedule;
use format::embedding;
use inversion::adapters::Adapters;
use inversion::{
    BatchSampler, EncodedImage, Timesteps, TunedModel, Tuner, TunerOutcome, TunerState, encode, methods,
};
use model::Pipeline;
use model::memory::Pass;
use project::picture::prepare;
use project::{Concept, Dataset, LearnSettings, PictureRecord, TuneKind, TuneSettings, Tuning};

/// What memory a number takes while every one is learned: its gradient and the two moments, all in f32.
const LEARNED: u64 = 12;

pub fn run(request: TuneRequest, session: &mut Session, context: &mut JobContext<'_>) -> Result<JobSummary> {
    let began = Instant::now();
    let out = &request.out;
    let (mut tuning, state) = begin(request.start, out)?;
    tuning.settings.validate()?;
    places::expect_folder(out)?;
    let preflight = Preflight::of(&tuning.model)?;
    let settings = tuning.settings.clone();
    preflight.clip_skip(settings.clip_skip)?;
    preflight.size(settings.resolution, settings.resolution)?;
    preflight.words(std::slice::from_ref(&tuning.word))?;
    let held = embedding::read_all(&tuning.word)?;
    if let [_, _, ..] = held.as_slice() {
        let fault = format!("it holds {} words, and a model is tuned to one", held.len());
        let remedy = "Take one of them out with `pseudoword convert`.";
        return Err(Error::file(FileKind::Embedding, &tuning.word, fault, remedy));
    }
    Dataset::gather(&tuning.images)?;

    let memory = memory(&session.device);
    let model = session.load(&tuning.model, settings.numbers(), context)?;
    if settings.kind == TuneKind::Full {
        return Err(no_full_tuning(model));
    }
    match state {
        None => tuning.fingerprint.clone_from(&model.fingerprint),
        Some(_) if tuning.fingerprint != model.fingerprint => {
            let remedy = "Put the model back that it was begun with, or tune anew in another folder.";
            return Err(Error::file(FileKind::Run, out, "its model has changed since it was begun", remedy));
        }
        Some(_) => {}
    }
    let side = settings.resolution.unwrap_or(model.native_size());
    model.check_size(side, side)?;
    let words = LoadedWords::read(model, std::slice::from_ref(&tuning.word), None)?;
    let (Some(word), Some(vectors)) = (words.words.first().cloned(), words.vectors.clone()) else {
        return Err(Error::Internal("a file of words held none".into()));
    };
    warn_of_memory(model, &settings, side, memory, context);
    let sampler = sampler(model, &tuning, &words, &word, side, context)?;
    let pictures = sampler.images.len();
    model.drop_vae();

    let adapters = Adapters::of(&mut model.unet, settings.parts, settings.rank, settings.alpha());
    let state = match state {
        Some(checkpoint) => restored(checkpoint, adapters.len(), out)?,
        None => TunerState::new(adapters.beginning(settings.seed)),
    };
    std::fs::create_dir_all(out).map_err(|source| Error::write(out, source))?;
    tuning.write(out)?;
    let mut tuner = Tuner::new(&settings, adapters, sampler, vectors, state);
    let ended = steps(model, &mut tuner, &settings, [side; 2], out, context);
    Adapters::detach(&mut model.unet);
    // Whatever happened, what was learned is on the disk before anything is said.
    let kept = keep(&tuner.state, &settings, out);
    let complete = ended?;
    kept?;
    let file = out.join(format!("{}-lora.safetensors", Concept::of(&word).file_stem()));
    trained(model, &tuner, &settings, &word, [side as usize, pictures]).write(&file)?;
    let TunerState { step, mean_loss, .. } = tuner.state;
    Ok(JobSummary::Tuned { step, complete, file, mean_loss, seconds: began.elapsed().as_secs_f64() })
}

/// Steps until the end, or until told to stop. Whether all are done.
fn steps(
    model: &mut Pipeline,
    tuner: &mut Tuner,
    settings: &TuneSettings,
    size: [u32; 2],
    out: &Path,
    context: &mut JobContext<'_>,
) -> Result<bool> {
    let schedule = Schedule::new(&scheduler(model)?);
    let (conditioner, unet) = (&model.conditioner, &mut model.unet);
    let mut tuned = TunedModel { conditioner, unet, schedule: &schedule, size };
    while tuner.state.step < settings.steps {
        if context.poll() == JobSignal::Stop {
            return Ok(false);
        }
        if let TunerOutcome::Undone(reason, over) = tuner.step(&mut tuned)? {
            if over {
                let remedy = "Use a lower learning rate, or --precision f32.";
                return Err(Error::Numbers(reason, remedy.into()));
            }
            context.warn(format!("{reason}."));
        }
        let step = tuner.state.step;
        context.progress("tuning", step as usize, settings.steps as usize);
        if step.is_multiple_of(settings.checkpoint_every) {
            keep(&tuner.state, settings, out)?;
        }
    }
    Ok(true)
}

/// Encodes the pictures, each with the one sentence.
fn sampler(
    model: &mut Pipeline,
    tuning: &Tuning,
    words: &LoadedWords,
    word: &str,
    side: u32,
    context: &mut JobContext<'_>,
) -> Result<BatchSampler> {
    let settings = &tuning.settings;
    let sentence = words.ids(&settings.prompt.replace("{}", word));
    if !model.conditioner.mentions_word(&sentence) {
        let fault = "The sentence is too long: the model does not read as far as the word";
        return Err(Error::input(fault, "Use a shorter one."));
    }
    let learning = LearnSettings { use_captions: false, ..LearnSettings::default() };
    let records = choose_images(&tuning.images, side, &learning, context)?;
    let (device, of) = (model.device.clone(), records.len());
    let mut images = Vec::with_capacity(of);
    for (index, PictureRecord { entry, .. }) in records.iter().enumerate() {
        context.progress("encoding pictures", index, of);
        context.check()?;
        let prepared = prepare(entry, side)?;
        let vae = model.vae()?;
        let flip = settings.flip && entry.allow_flip;
        let mirrored =
            flip.then(|| encode(vae, &prepared.mirrored(), settings.use_masks, &device)).transpose()?;
        let upright = encode(vae, &prepared, settings.use_masks, &device)?;
        images.push(EncodedImage { upright, mirrored, sentences: vec![vec![sentence.clone()]] });
    }
    let timesteps = Timesteps::uniform([0, scheduler(model)?.num_train_timesteps]);
    let latent = latent_shape(model, [side; 2]);
    let (held_out, pasted, method) = (Vec::new(), Vec::new(), methods::of(&learning));
    Ok(BatchSampler { images, held_out, pasted, latent, timesteps, seed: settings.seed, method })
}

/// Says so if a step may not fit into the memory there is.
fn warn_of_memory(
    model: &Pipeline,
    settings: &TuneSettings,
    side: u32,
    memory: model::memory::DeviceMemory,
    context: &JobContext<'_>,
) {
    let latent = latent_shape(model, [side; 2]);
    let pass = Pass {
        latent: [latent[1], latent[2]],
        rows: settings.batch_size,
        numbers: model.numbers,
        card: memory.card,
        low_memory: false,
        text_apart: false,
    };
    let needed = model.sizes().learning(&pass).bytes();
    if let Some(there) = memory.there.filter(|there| *there < needed) {
        context.warn(format!(
            "A step takes about {}, and {} can be had. A smaller --resolution or --weights 8bit takes less.",
            units::bytes(needed),
            units::bytes(there)
        ));
    }
}

/// Layers give no gradient of their own weights here.
fn no_full_tuning(model: &Pipeline) -> Error {
    let weights = model.sizes().unet_weights() as u64;
    let needed = weights.saturating_mul(LEARNED + 4);
    Error::input(
        format!(
            "Every number of the U-Net cannot be learned by this version; its {weights} numbers would take {} at least",
            units::bytes(needed)
        ),
        "Use --kind lora, with a higher --rank for more room.",
    )
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::message::TuneStart;
    use crate::queue::test_queue;
    use crate::session::tests::{golden, session};

    fn request(out: PathBuf, steps: u64, images: PathBuf) -> TuneRequest {
        let settings = Box::new(TuneSettings {
            steps,
            rank: 2,
            learning_rate: 1e-2,
            checkpoint_every: 2,
            resolution: Some(64),
            ..TuneSettings::default()
        });
        let word = golden().join("../embeddings/a1111.pt");
        TuneRequest { out, start: TuneStart::New { model: golden(), word, images: vec![images], settings } }
    }

    #[test]
    fn a_tuning_that_broke_off_goes_on_bit_for_bit() {
        let (mut queue, _commands, _events) = test_queue();
        let folder = tempfile::tempdir().unwrap();
        let images = golden().join("../image/source_0.png");
        let mut session = session();
        let mut run = |request| {
            let summary = run(request, &mut session, &mut JobContext::new(1, &mut queue))?;
            let JobSummary::Tuned { file, step, complete: true, .. } = summary else { panic!("{summary:?}") };
            Ok((step, std::fs::read(file).unwrap()))
        };
        let whole = run(request(folder.path().join("whole"), 4, images.clone())).unwrap();
        let parts = folder.path().join("parts");
        let first = run(request(parts.clone(), 2, images.clone())).unwrap();
        assert_ne!(first.1, whole.1);
        let again = request(parts.clone(), 2, images.clone());
        let refused: Result<(u64, Vec<u8>)> = run(again);
        assert!(refused.unwrap_err().to_string().contains("--resume"));
        let resumed = run(TuneRequest { out: parts, start: TuneStart::Resume { steps: Some(4) } }).unwrap();
        assert_eq!((resumed.0, resumed.1 == whole.1), (4, true));
        let mut full = request(folder.path().join("full"), 1, images);
        let TuneStart::New { settings, .. } = &mut full.start else { unreachable!() };
        settings.kind = TuneKind::Full;
        let sentence = run(full).unwrap_err().to_string();
        assert!(sentence.contains("--kind lora") && sentence.contains("MB"), "{sentence}");
    }
}
