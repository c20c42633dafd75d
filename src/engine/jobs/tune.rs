//! The job of tuning a model to a word that was learned: small matrices beside the U-Net's attention, written as a LoRA, or
//! every number of the U-Net, written as what was added to each.
//!
//! The word and the text encoders stay as they are. Its folder holds a document, the newest state, from which it goes on
//! bit for bit, and the result; the model's files are never changed. What will not fit into the memory there is, is
//! refused where every number is learned, and told of where it is a LoRA.

mod files;

use std::path::Path;
use std::time::Instant;

use self::files::{Begun, begin, claim_new, expect_no_result, keep, restored, result, trained, whole};
use super::learn::choose_images;
use crate::context::{JobContext, JobSignal};
use crate::device::guarded;
use crate::draw::{LoadedWords, latent_shape, scheduler};
use crate::memory::{available, memory};
use crate::message::{JobSummary, TuneRequest};
use crate::preflight::Preflight;
use crate::session::Session;
use base::{Error, FileKind, Result, places, units};
use diffusion::Schedule;
use format::embedding;
use inversion::adapters::Adapters;
use inversion::{
    BatchSampler, EncodedImage, Parts, Timesteps, TunedModel, Tuner, TunerOutcome, TunerState, encode,
    methods,
};
use model::Pipeline;
use model::memory::{DeviceMemory, Pass};
use project::files::sha256_file;
use project::picture::prepare;
use project::{Dataset, LearnSettings, LowMemory, Permission, PictureRecord, TuneKind, TuneSettings, Tuning};

pub fn run(request: TuneRequest, session: &mut Session, context: &mut JobContext<'_>) -> Result<JobSummary> {
    let began = Instant::now();
    let out = &request.out;
    let Begun { mut tuning, state, claim, note } = begin(request.start, out)?;
    tuning.settings.validate()?;
    context.warn_all(note);
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
    let hash = sha256_file(&tuning.word)?;
    if tuning.word_sha256.is_empty() {
        tuning.word_sha256 = hash;
    } else if tuning.word_sha256 != hash {
        let remedy = "Put the word back as it was, or tune anew in another folder.";
        let fault = "it has changed since the tuning was begun";
        return Err(Error::file(FileKind::Embedding, &tuning.word, fault, remedy));
    }
    // Before anything is loaded, as far as the word's name is known by then.
    if let (None, Some(word)) = (&claim, held.first()) {
        let name = word.names(&tuning.word, true).into_iter().next().unwrap_or_default();
        expect_no_result(&name, out)?;
    }
    let despite_mark = settings.despite_mark.clone();
    let noted = tuning.pictures.iter().map(|picture| picture.entry.path.clone()).collect::<Vec<_>>();
    Dataset::gather(if tuning.pictures.is_empty() { &tuning.images } else { &noted })?
        .expect_permitted(&Permission { despite_mark, ..Permission::default() })?;

    let memory = memory(&session.device);
    let model = session.load(&tuning.model, settings.numbers(), context)?;
    if tuning.fingerprint.is_empty() {
        tuning.fingerprint.clone_from(&model.fingerprint);
    } else if tuning.fingerprint != model.fingerprint {
        let remedy = "Put the model back that it was begun with, or tune anew in another folder.";
        return Err(Error::file(FileKind::Run, out, "its model has changed since it was begun", remedy));
    }
    if claim.is_some() && state.is_none() {
        context.warn("This tuning ended before its first state was kept: it begins once more.");
    }
    let side = settings.resolution.unwrap_or(model.native_size());
    model.check_size(side, side)?;
    let words = LoadedWords::read(model, std::slice::from_ref(&tuning.word), None)?;
    let (Some(word), Some(vectors)) = (words.words.first().cloned(), words.vectors.clone()) else {
        return Err(Error::Internal("a file of words held none".into()));
    };
    let low_memory = spares_memory(model, &settings, side, memory, context)?;
    let sampler = sampler(model, &mut tuning, &words, &word, side, context)?;
    let pictures = sampler.images.len();
    model.drop_vae();

    let (parts, beginning) = match settings.kind {
        TuneKind::Lora => {
            let adapters = Adapters::of(&mut model.unet, settings.parts, settings.rank, settings.alpha());
            let beginning = adapters.beginning(settings.seed);
            (Parts::Adapters(adapters), beginning)
        }
        TuneKind::Full => {
            let (whole, beginning) = whole(model)?;
            (Parts::Whole(whole), beginning)
        }
    };
    let state = match state {
        Some(checkpoint) => restored(checkpoint, parts.len(), out)?,
        None => TunerState::new(beginning),
    };
    let _alone = claim.map_or_else(|| claim_new(&word, out), Ok)?;
    tuning.write(out)?;
    let mut tuner = Tuner::new(&settings, parts, sampler, vectors, state);
    // A device that is lost is told of by a panic.
    let ended = guarded(|| steps(model, &mut tuner, &settings, (side, low_memory), out, context));
    // Whatever happened, what was learned is on the disk before anything is said; numbers that fell apart are not put over
    // the good ones that are there.
    let kept = match ended {
        Err(Error::Numbers(..)) => Ok(()),
        _ => keep(&tuner.state, &settings, out),
    };
    Adapters::detach(&mut model.unet);
    let complete = ended?;
    kept?;
    let file = result(&settings, &word, out);
    trained(model, &tuner, &settings, &word, [side as usize, pictures])?.write(&file)?;
    let TunerState { step, mean_loss, .. } = tuner.state;
    Ok(JobSummary::Tuned { step, complete, file, mean_loss, seconds: began.elapsed().as_secs_f64() })
}

/// Steps until the end, or until told to stop. Whether all are done.
fn steps(
    model: &mut Pipeline,
    tuner: &mut Tuner,
    settings: &TuneSettings,
    (side, low_memory): (u32, bool),
    out: &Path,
    context: &mut JobContext<'_>,
) -> Result<bool> {
    let schedule = Schedule::new(&scheduler(model)?);
    let (conditioner, unet) = (&model.conditioner, &mut model.unet);
    let mut tuned = TunedModel { conditioner, unet, schedule: &schedule, size: [side; 2], low_memory };
    while tuner.state.step < settings.steps {
        if context.poll() == JobSignal::Stop {
            return Ok(false);
        }
        if let TunerOutcome::Undone(reason, over) = kernels::awake(|| tuner.step(&mut tuned))? {
            if over {
                let remedy = "Go on from the last good state: --resume with a lower --learning-rate, or with --precision f32.";
                return Err(Error::Numbers(reason, remedy.into()));
            }
            context.warn(format!("{reason}."));
        }
        let step = tuner.state.step;
        context.progress("tuning", step as usize, settings.steps as usize);
        if step.is_multiple_of(settings.checkpoint_every) && tuner.state.undone == 0 {
            keep(&tuner.state, settings, out)?;
        }
    }
    Ok(true)
}

/// Encodes the pictures, each with the one sentence, and notes them: the tuning goes on with the same.
fn sampler(
    model: &mut Pipeline,
    tuning: &mut Tuning,
    words: &LoadedWords,
    word: &str,
    side: u32,
    context: &mut JobContext<'_>,
) -> Result<BatchSampler> {
    let sentence = words.ids(&tuning.settings.prompt.replace("{}", word));
    if !model.conditioner.mentions_word(&sentence) {
        let fault = "The sentence is too long: the model does not read as far as the word";
        return Err(Error::input(fault, "Use a shorter one."));
    }
    let learning = LearnSettings { use_captions: false, ..LearnSettings::default() };
    match tuning.pictures.is_empty() {
        true => tuning.pictures = choose_images(&tuning.images, side, &learning, context)?,
        false => tuning.pictures.iter().try_for_each(PictureRecord::expect_same)?,
    }
    let settings = &tuning.settings;
    let (device, of) = (model.device.clone(), tuning.pictures.len());
    let mut images = Vec::with_capacity(of);
    for (index, PictureRecord { entry, .. }) in tuning.pictures.iter().enumerate() {
        context.progress("encoding pictures", index, of);
        context.check()?;
        let prepared = prepare(entry, side)?;
        let vae = model.vae()?;
        let flip = settings.flip && entry.allow_flip;
        let mirrored =
            flip.then(|| encode(vae, &prepared.mirrored(), settings.use_masks, &device)).transpose()?;
        // On a processor each takes seconds.
        context.check()?;
        let upright = encode(vae, &prepared, settings.use_masks, &device)?;
        images.push(EncodedImage { upright, mirrored, sentences: vec![vec![sentence.clone()]] });
    }
    let timesteps = Timesteps::uniform([0, scheduler(model)?.num_train_timesteps]);
    let latent = latent_shape(model, [side; 2]);
    let (held_out, pasted, method) = (Vec::new(), Vec::new(), methods::of(&learning));
    Ok(BatchSampler { images, held_out, pasted, latent, timesteps, seed: settings.seed, method })
}

/// Whether to go through the U-Net one segment at a time. Says so if a step may not fit into the memory there is even then.
///
/// # Errors
/// [`Error::Device`] if every number is to be learned and will not fit.
fn spares_memory(
    model: &Pipeline,
    settings: &TuneSettings,
    side: u32,
    memory: DeviceMemory,
    context: &JobContext<'_>,
) -> Result<bool> {
    let latent = latent_shape(model, [side; 2]);
    let pass = Pass {
        latent: [latent[1], latent[2]],
        rows: settings.batch_size,
        numbers: model.numbers,
        card: memory.card,
        low_memory: false,
        text_apart: false,
    };
    let sizes = model.sizes();
    if settings.kind == TuneKind::Full {
        let [device, host] = sizes.tuning_whole(&pass).map(|estimate| estimate.bytes());
        let of = |what: &str, needed: u64, there: Option<u64>| match there.filter(|there| *there < needed) {
            Some(there) => Err(Error::device(
                format!(
                    "To learn every number of the U-Net takes {} of {what}, and {} can be had",
                    units::bytes(needed),
                    units::bytes(there)
                ),
                "Use --kind lora, with a higher --rank for more room.",
            )),
            None => Ok(true),
        };
        return match memory.own {
            true => of("the card's memory", device, memory.there)
                .and_then(|_| of("the computer's memory", host, available())),
            false => of("memory", device.saturating_add(host), memory.there),
        };
    }
    let needed = |low_memory| sizes.learning(&Pass { low_memory, ..pass }).bytes();
    let low_memory = match settings.low_memory {
        LowMemory::On => true,
        LowMemory::Off => false,
        LowMemory::Auto => memory.fits(needed(false)) == Some(false),
    };
    let needed = needed(low_memory);
    if let Some(there) = memory.there.filter(|there| *there < needed) {
        let less = if low_memory { "" } else { " --low-memory on," };
        context.warn(format!(
            "A step takes about {}, and {} can be had. These take less:{less} a smaller --resolution, --weights 8bit.",
            units::bytes(needed),
            units::bytes(there)
        ));
    }
    Ok(low_memory)
}

#[cfg(test)]
mod tests;
