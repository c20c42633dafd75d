//! What a tuning leaves on the disk: the document it was begun with, the newest state, the LoRA.

use std::path::{Path, PathBuf};

use crate::message::TuneStart;
use base::{Error, FileKind, Result};
use format::lora::{TrainedLayer, TrainedLora};
use inversion::{AdamW, Tuner, TunerState};
use model::Pipeline;
use project::{Checkpoint, Concept, TuneSettings, Tuning};

/// A new tuning, or one that was broken off with the state that it goes on from.
pub fn begin(start: TuneStart, out: &Path) -> Result<(Tuning, Option<Checkpoint>)> {
    match start {
        TuneStart::New { model, word, images, settings } => {
            if out.join(Tuning::FILE).exists() {
                let remedy = "Choose another folder, or go on with it: --resume.";
                return Err(Error::file(
                    FileKind::Run,
                    out,
                    "a model was tuned in this folder already",
                    remedy,
                ));
            }
            let whole = |path: PathBuf| std::path::absolute(&path).map_err(|e| Error::read(&path, e));
            let images = images.into_iter().map(whole).collect::<Result<_>>()?;
            let (model, word, fingerprint) = (whole(model)?, whole(word)?, String::new());
            Ok((Tuning { model, fingerprint, word, images, settings: *settings }, None))
        }
        TuneStart::Resume { steps } => {
            let mut tuning = Tuning::read(out)?;
            if let Some(steps) = steps {
                tuning.settings.steps = steps;
            }
            Ok((tuning, Some(Checkpoint::open(&out.join(Tuning::CHECKPOINT))?)))
        }
    }
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

/// The LoRA as it is written.
pub fn trained(
    model: &Pipeline,
    tuner: &Tuner,
    settings: &TuneSettings,
    word: &str,
    [side, pictures]: [usize; 2],
) -> TrainedLora {
    let matrices = tuner.adapters.matrices(&tuner.state.values);
    let layers = matrices.into_iter().map(|(layer, down, up)| TrainedLayer {
        path: layer.path.clone(),
        down: down.to_vec(),
        up: up.to_vec(),
    });
    let rate = settings.learning_rate.to_string();
    let metadata = [
        ("ss_output_name", format!("{}-lora", Concept::of(word).file_stem())),
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
        ("modelspec.title", format!("{word} (LoRA)")),
        ("modelspec.trigger_phrase", word.to_owned()),
        ("pseudoword.token", word.to_owned()),
        ("pseudoword.base_model_fingerprint", model.fingerprint.clone()),
    ];
    TrainedLora {
        family: model.files.family(),
        layers_per_block: model.unet.layers_per_block(),
        rank: settings.rank,
        alpha: settings.alpha(),
        layers: layers.collect(),
        metadata: metadata.into_iter().map(|(key, value)| (key.to_owned(), value)).collect(),
    }
}
