//! The vectors a word has before the first step, by whichever way was chosen.
//!
//! What is more than the rows of the initial word is kept in the run's folder, so that a run goes on bit for bit
//! without the file or the CLIP that it was computed from.

use std::path::Path;

use super::clip_start::{by_clip, found_by_clip};
use super::initial_word::{initial_tokens, warn_of_tokens};
use crate::context::JobContext;
use crate::draw::side_by_side;
use base::units::counted;
use base::{Error, FileKind, Result};
use format::embedding::{self, LearnedWord};
use inversion::objective::read;
use inversion::{LearnerState, Vectors, methods};
use model::{ClipModel, Pipeline};
use project::run::RunMask;
use project::settings::MAX_VECTORS;
use project::{Checkpoint, Concept, LearnSettings, RunFolder, RunManifest, WordStart};

/// Where a word begins.
pub struct Start {
    pub vectors: Vectors,
    /// The tokens of the initial word, in the first text encoder.
    pub initial_tokens: Vec<u32>,
}

/// The vectors that a run begins with, or began with, if it kept them. Its masks need be in no file yet.
pub fn start(
    model: &Pipeline,
    (manifest, masks): (&RunManifest, &[RunMask]),
    begun: Option<Checkpoint>,
    context: &mut JobContext<'_>,
) -> Result<Start> {
    let RunManifest { settings, concept, .. } = manifest;
    let tokens = initial_tokens(&model.tokenizers, &concept.initial_word)?;
    let initial_tokens = tokens[0].clone();
    let method = methods::of(settings);
    let all = method.vectors(settings.vectors, initial_tokens.len());
    let count = method.active(0, all);
    if let Some(begun) = begun.as_ref().filter(|begun| begun.shape[1] == model.conditioner.width())
        && settings.start != WordStart::Token
    {
        // Those of other words, which are behind it, begin as they always do.
        let word = manifest.rows(begun.shape[0]).word.len();
        let vectors = Vectors { values: begun.vectors.clone(), shape: begun.shape }.first(word);
        return Ok(Start { vectors, initial_tokens });
    }
    let vectors = match &settings.start {
        WordStart::Token => {
            warn_of_tokens(model, &concept.initial_word, &initial_tokens, all, context);
            of_tokens(model, &tokens, count)?
        }
        WordStart::File(path) => of_file(model, path, settings)?,
        WordStart::Cross => {
            warn_of_tokens(model, &concept.initial_word, &initial_tokens, count, context);
            if settings.norm_pull > 0.0 {
                context.warn(
                    "The text encoder's output is longer than usual words, and the pull to their length takes that \
                     away. With --norm-pull 0 it stays."
                        .to_owned(),
                );
            }
            crossed(model, concept, &tokens, count, settings.clip_skip)?
        }
        WordStart::Clip => by_clip(model, (manifest, masks), &of_tokens(model, &tokens, count)?, context)?,
    };
    let vectors = match count < all {
        // What comes later begins as the initial word, however the word itself began.
        true => vectors.and(&of_tokens(model, &tokens, all)?.behind(count)),
        false => vectors,
    };
    Ok(Start { vectors, initial_tokens })
}

/// The word that CLIP alone finds for pictures as it sees them, of as many vectors as the initial word has tokens.
pub fn clip_word(
    model: &Pipeline,
    clip: &ClipModel,
    pictures: &[Vec<f32>],
    concept: &Concept,
    context: &mut JobContext<'_>,
) -> Result<Vectors> {
    let tokens = initial_tokens(&model.tokenizers, &concept.initial_word)?;
    let count = tokens[0].len().clamp(1, MAX_VECTORS);
    found_by_clip(model, clip, pictures, concept, false, &of_tokens(model, &tokens, count)?, context)
}

/// Keeps the vectors that a run begins with: to go on without what they were computed from, and to find what lies between
/// them and the learned ones.
pub fn keep(folder: &RunFolder, manifest: &RunManifest, start: &Vectors) -> Result<()> {
    let state = LearnerState::new(start.clone());
    folder.save_start(&super::checkpoint(&state, manifest.settings.seed))
}

/// The one word of a file, with as many vectors as were asked for.
pub fn one_word(path: &Path, settings: &LearnSettings) -> Result<LearnedWord> {
    let refuse = |fault: String, remedy: &str| Err(Error::file(FileKind::Embedding, path, fault, remedy));
    let word = embedding::read(path)?;
    let count = word.shape[0];
    let vectors = counted(count as u64, "vector");
    if let Some(asked) = settings.vectors.filter(|asked| *asked != count) {
        let remedy = "Leave out how many vectors the new word is to have.";
        return refuse(format!("its word has {vectors} instead of {asked}"), remedy);
    }
    if count > MAX_VECTORS {
        let fault =
            format!("its word has {count} vectors, and {MAX_VECTORS} is the most that can be learned");
        return refuse(fault, "Begin from another word.");
    }
    let method = methods::of(settings);
    if method.active(0, method.vectors(Some(count), count)) != count {
        let fault = format!("its word has {vectors}, with which --method {} does not begin", settings.method);
        return refuse(fault, "Begin from another word, or choose another method.");
    }
    Ok(word)
}

fn of_file(model: &Pipeline, path: &Path, settings: &LearnSettings) -> Result<Vectors> {
    let word = one_word(path, settings)?;
    word.expect_widths(&model.conditioner.widths(), path)?;
    Ok(side_by_side(word))
}

pub(super) fn of_tokens(model: &Pipeline, tokens: &[Vec<u32>], count: usize) -> Result<Vectors> {
    let rows = model::token_rows(&model.files, tokens)?;
    let places: Vec<Vec<u32>> = rows.iter().map(|rows| (0..rows.size() as u32).collect()).collect();
    let encoders: Vec<_> = rows.iter().zip(places.iter().map(Vec::as_slice)).collect();
    Ok(Vectors::from_tokens(&encoders, count))
}

/// What each text encoder gives the U-Net at the places of the initial word's tokens, the word alone being the text
/// (`token_cross_init` of <https://github.com/lyuPang/CrossInitialization>). With more vectors than tokens the tokens
/// are repeated in order.
fn crossed(
    model: &Pipeline,
    concept: &Concept,
    tokens: &[Vec<u32>],
    count: usize,
    clip_skip: usize,
) -> Result<Vectors> {
    let conditioner = &model.conditioner;
    let ids = model.tokenizers.encode_padded(&concept.initial_word).ids;
    let context = conditioner.encode(&[ids], None, clip_skip, [model.native_size(); 2]).context;
    let [_, length, width] = context.dims();
    if width != conditioner.width() {
        return Err(Error::input(
            format!(
                "The text encoders of this model give {width} numbers for a token and take {}",
                conditioner.width()
            ),
            "Begin from the initial word itself: --start token.",
        ));
    }
    let states = read(context)?;
    let (mut values, room) = (Vec::new(), length - 2);
    for index in 0..count {
        let mut offset = 0;
        for (tokens, part) in tokens.iter().zip(conditioner.widths()) {
            // Behind the begin token.
            let place = 1 + index % tokens.len().min(room).max(1);
            let from = place * width + offset;
            values.extend_from_slice(&states[from..from + part]);
            offset += part;
        }
    }
    let vectors = Vectors { values, shape: [count, width] };
    match vectors.is_finite() {
        true => Ok(vectors),
        false => Err(Error::Numbers(
            "The text encoder's output for the initial word is not finite".into(),
            "Use --precision f32.".into(),
        )),
    }
}
