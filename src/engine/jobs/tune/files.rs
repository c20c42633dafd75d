//! What a tuning leaves on the disk: the document it was begun with, the newest state, the LoRA or what was added to every
//! number; and the numbers of the model's own file that the latter begins with.

use std::path::{Path, PathBuf};

use crate::message::{TuneChanges, TuneStart};
use base::atomic::remove_unfinished;
use base::places::make_folder;
use base::units::counted;
use base::{Claim, Error, FileKind, Result};
use format::lora::{Added, TrainedLayer, TrainedLora};
use inversion::{AdamW, Parts, Tuner, TunerState, Whole};
use model::Pipeline;
use project::{Checkpoint, Concept, TuneKind, TuneSettings, Tuning};

/// How the names of the files end that a tuning is written as: small matrices, and what was added to every number.
const ENDINGS: [&str; 2] = ["lora", "tuned"];

/// A tuning that is about to begin, or to go on.
pub struct Begun {
    /// Its document.
    pub tuning: Tuning,
    /// What it goes on from; nothing where it begins.
    pub state: Option<Checkpoint>,
    /// That nobody else tunes in its folder; nothing where that is still to be made.
    pub claim: Option<Claim>,
    /// What was asked for and is not done.
    pub note: Option<String>,
}

/// A new tuning, or one that was broken off with the state that it goes on from. One that ended before its first state
/// begins once more, and comes to the same.
pub fn begin(start: TuneStart, out: &Path) -> Result<Begun> {
    match start {
        TuneStart::New { model, word, images, settings } => {
            expect_new(out)?;
            let whole = |path: PathBuf| std::path::absolute(&path).map_err(|e| Error::read(&path, e));
            let images = images.into_iter().map(whole).collect::<Result<_>>()?;
            let (model, word, fingerprint) = (whole(model)?, whole(word)?, String::new());
            let (word_sha256, pictures) = (String::new(), Vec::new());
            let tuning =
                Tuning { model, fingerprint, word, word_sha256, images, pictures, settings: *settings };
            Ok(Begun { tuning, state: None, claim: None, note: None })
        }
        TuneStart::Resume(asked) => {
            let mut tuning = Tuning::read(out)?;
            // Who tunes here now is about to write another state.
            let claim = Some(claim(out)?);
            remove_unfinished(out);
            let TuneChanges { steps, learning_rate, precision, low_memory, checkpoint_every, despite_mark } =
                asked;
            let settings = &mut tuning.settings;
            settings.steps = steps.unwrap_or(settings.steps);
            settings.learning_rate = learning_rate.or(settings.learning_rate);
            settings.precision = precision.unwrap_or(settings.precision);
            settings.low_memory = low_memory.unwrap_or(settings.low_memory);
            settings.checkpoint_every = checkpoint_every.unwrap_or(settings.checkpoint_every);
            settings.despite_mark = despite_mark.or(settings.despite_mark.take());
            let path = out.join(Tuning::CHECKPOINT);
            let there = path.try_exists().map_err(|error| Error::read(&path, error))?;
            let state = there.then(|| Checkpoint::open(&path)).transpose()?;
            let mut note = None;
            let taken = state.as_ref().map_or(0, |state| state.step);
            // Its document must not say less than was learned. No steps at all are refused with the other settings.
            if (1..taken).contains(&tuning.settings.steps) {
                tuning.settings.steps = taken;
                let taken = counted(taken, "step");
                note = steps.map(|steps| {
                    format!(
                        "--steps {steps} is not taken: the run has taken {taken} already, so it ends there."
                    )
                });
            }
            Ok(Begun { tuning, state, claim, note })
        }
    }
}

/// Makes the folder of a new tuning to a word, if need be, for this process alone.
pub fn claim_new(word: &str, out: &Path) -> Result<Claim> {
    make_folder(out)?;
    let claim = claim(out)?;
    // Another may have begun here while the model was loaded.
    expect_new(out)?;
    expect_no_result(word, out)?;
    Ok(claim)
}

fn claim(out: &Path) -> Result<Claim> {
    Claim::take(out, Tuning::CLAIM, "tuning a model")
}

fn expect_new(out: &Path) -> Result<()> {
    if !out.join(Tuning::FILE).exists() {
        return expect_none(&[Tuning::CHECKPOINT.to_owned()], out);
    }
    let remedy = "Choose another folder, or go on with it: --resume.";
    Err(Error::file(FileKind::Run, out, "a model was tuned in this folder already", remedy))
}

/// Refuses a folder that holds what a tuning to this word would be written as: it may be the only copy.
pub fn expect_no_result(word: &str, out: &Path) -> Result<()> {
    expect_none(&ENDINGS.map(|ending| result_name(word, ending)), out)
}

fn expect_none(names: &[String], out: &Path) -> Result<()> {
    // A link that leads nowhere would be replaced too.
    let Some(name) = names.iter().find(|name| out.join(name).symlink_metadata().is_ok()) else {
        return Ok(());
    };
    let fault = format!("this folder holds a file already that would be replaced: {name}");
    let remedy = "Choose another folder, or move that file elsewhere.";
    Err(Error::file(FileKind::Run, out, fault, remedy))
}

/// Writes the state down.
pub fn keep(state: &TunerState, settings: &TuneSettings, out: &Path) -> Result<()> {
    let values = state.values.clone();
    let checkpoint = Checkpoint {
        step: state.step,
        shape: [1, values.len()],
        good_vectors: values.clone(),
        vectors: values,
        first_moment: state.optimizer.first_moment.clone(),
        second_moment: state.optimizer.second_moment.clone(),
        optimizer_step: state.optimizer.steps,
        seed: settings.seed,
        loss_scale: state.loss_scale,
        mean_loss: state.mean_loss,
        rollbacks: state.undone,
        good_steps: 0,
        taken: state.optimizer.steps,
    };
    checkpoint.save(&out.join(Tuning::CHECKPOINT))
}

/// The state of a checkpoint that has so many numbers.
pub fn restored(checkpoint: Checkpoint, numbers: usize, out: &Path) -> Result<TunerState> {
    if checkpoint.shape != [1, numbers] {
        let fault = "its checkpoint is of another model or another rank than its document says";
        let remedy = "Put both files back as they were, or tune anew in another folder.";
        return Err(Error::file(FileKind::Run, out, fault, remedy));
    }
    let Checkpoint { step, vectors, first_moment, second_moment, optimizer_step, .. } = checkpoint;
    Ok(TunerState {
        step,
        values: vectors,
        optimizer: AdamW { first_moment, second_moment, steps: optimizer_step },
        loss_scale: checkpoint.loss_scale,
        mean_loss: checkpoint.mean_loss,
        undone: checkpoint.rollbacks,
    })
}

/// Every number of the U-Net as the model's file has it.
///
/// # Errors
/// Those of the file.
pub fn whole(model: &mut Pipeline) -> Result<(Whole, Vec<f32>)> {
    let mut read = model.stored("unet")?;
    Whole::of(&mut |visit| model.unet.layers(visit), &mut read)
}

/// What was added to each layer.
fn layers(model: &mut Pipeline, tuner: &Tuner) -> Result<Vec<TrainedLayer>> {
    let values = &tuner.state.values;
    match &tuner.parts {
        Parts::Adapters(adapters) => {
            let pair = |down: &[f32], up: &[f32]| Added::Pair { down: down.to_vec(), up: up.to_vec() };
            let matrices = adapters.matrices(values).into_iter();
            Ok(matrices
                .map(|(layer, down, up)| TrainedLayer { path: layer.path.clone(), added: pair(down, up) })
                .collect())
        }
        Parts::Whole(whole) => {
            let begun = self::whole(model)?.1;
            let apart = |now: &[f32], was: &[f32]| now.iter().zip(was).map(|(now, was)| now - was).collect();
            let both = whole.parts(values).into_iter().zip(whole.parts(&begun));
            Ok(both
                .map(|((layer, weight, bias), (_, weight_was, bias_was))| TrainedLayer {
                    path: layer.path.clone(),
                    added: Added::Full {
                        shape: layer.shape.clone(),
                        weight: apart(weight, weight_was),
                        bias: apart(bias, bias_was),
                        norm: layer.norm,
                    },
                })
                .collect())
        }
    }
}

/// The file that a tuning to a word is written as, in its folder.
pub fn result(settings: &TuneSettings, word: &str, out: &Path) -> PathBuf {
    out.join(result_name(word, ENDINGS[usize::from(settings.kind == TuneKind::Full)]))
}

fn result_name(word: &str, ending: &str) -> String {
    format!("{}-{ending}.safetensors", Concept::of(word).file_stem())
}

/// What was learned, as it is written.
///
/// # Errors
/// Those of the model's file, which what was added to every number is told by.
pub fn trained(
    model: &mut Pipeline,
    tuner: &Tuner,
    settings: &TuneSettings,
    word: &str,
    [side, pictures]: [usize; 2],
) -> Result<TrainedLora> {
    let layers = layers(model, tuner)?;
    let full = settings.kind == TuneKind::Full;
    let rate = settings.rate().to_string();
    let metadata = [
        (
            "ss_output_name",
            result(settings, word, Path::new("")).with_extension("").to_string_lossy().into_owned(),
        ),
        ("ss_sd_model_name", model.files.name()),
        ("ss_learning_rate", rate.clone()),
        ("ss_unet_lr", rate),
        ("ss_text_encoder_lr", "None".to_owned()),
        ("ss_max_train_steps", settings.steps.to_string()),
        ("ss_steps", tuner.state.step.to_string()),
        ("ss_seed", settings.seed.to_string()),
        ("ss_batch_size_per_device", settings.batch_size.to_string()),
        ("ss_clip_skip", settings.clip_skip.to_string()),
        ("ss_resolution", format!("({side}, {side})")),
        ("ss_num_train_images", pictures.to_string()),
        ("ss_optimizer", "torch.optim.adamw.AdamW".to_owned()),
        ("ss_training_comment", format!("to be used with the learned word {word}")),
        ("modelspec.title", if full { format!("{word} (tuned)") } else { format!("{word} (LoRA)") }),
        ("modelspec.trigger_phrase", word.to_owned()),
        ("pseudoword.token", word.to_owned()),
        ("pseudoword.base_model_fingerprint", model.fingerprint.clone()),
    ];
    Ok(TrainedLora {
        family: model.files.family(),
        layers_per_block: model.unet.layers_per_block(),
        rank: if full { 0 } else { settings.rank },
        alpha: settings.alpha(),
        layers,
        metadata: metadata.into_iter().map(|(key, value)| (key.to_owned(), value)).collect(),
    })
}
