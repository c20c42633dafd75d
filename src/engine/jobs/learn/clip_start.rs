//! The start that CLIP finds: a word learned in CLIP's own token table, and carried into the model's.
//!
//! Where a text encoder of the model has that table too, as that of Stable Diffusion 1 has CLIP ViT-L/14's, the word is
//! taken as it is. Any other is only approximate, which is said.

use crate::clip::{AROUND, folder, seen};
use crate::context::JobContext;
use crate::jobs::suggest::content;
use base::{Error, Result};
use inversion::{ClipWord, Vectors, carry_over, moved, same_table};
use model::conditioner::TextEncoder;
use model::embeddings::Vocabulary;
use model::{ClipModel, Pipeline};
use project::picture::learned_square_with;
use project::run::RunMask;
use project::{Concept, RunManifest, TemplateSet};
use text::Tokenizers;

/// Sentences that the word is learned in.
const SENTENCES: usize = 4;
/// Words of which it is told apart: half of them the initial word's nearest, the others from the whole vocabulary.
const OTHERS: usize = 64;
/// Most words by which it is carried into another table.
const SHARED: usize = 8192;

/// A token table of the model, and by which words it is reached, unless it is CLIP's own.
type Table<'a> = (&'a Vocabulary, Option<Vec<(u32, u32)>>);

/// Vectors for the model, of which `start` are those of the initial word. Masks that the run will keep need be in no file
/// yet.
pub fn by_clip(
    model: &Pipeline,
    (manifest, masks): (&RunManifest, &[RunMask]),
    start: &Vectors,
    context: &mut JobContext<'_>,
) -> Result<Vectors> {
    let RunManifest { settings, concept, .. } = manifest;
    let folder = folder(settings.clip.as_deref(), model.files.path())?;
    let clip = ClipModel::open(&folder, &model.device, &mut || context.check())?;
    let around = settings.use_masks.then_some(AROUND);
    let entries = manifest.pictures.iter().map(|picture| &picture.entry);
    // What cannot be used any more is told of where the pictures lie.
    let place = manifest.pictures.first().map_or(&folder, |picture| &picture.entry.path);
    let pictures = seen(&clip, entries, place, context, |entry| {
        let mask = masks.iter().find(|(place, _)| Some(place) == entry.mask.as_ref());
        learned_square_with(entry, around, mask.map(|(_, mask)| mask))
    })?;
    found_by_clip(model, &clip, &pictures, concept, settings.full_stop, start, context)
}

/// Vectors for the model of the word that CLIP finds for pictures as it sees them.
pub fn found_by_clip(
    model: &Pipeline,
    clip: &ClipModel,
    pictures: &[Vec<f32>],
    concept: &Concept,
    full_stop: bool,
    start: &Vectors,
    context: &mut JobContext<'_>,
) -> Result<Vectors> {
    let own = content(clip, &concept.initial_word);
    let before = Vectors::from_tokens(&[(clip.vocabulary(), &own)], start.count());
    if before.count() != start.count() {
        let fault = format!("The CLIP does not know the initial word “{}”", concept.initial_word);
        return Err(Error::input(fault, "Choose another one, or begin from it as it is: --start token."));
    }
    let common = Tokenizers::from(clip.tokenizer.clone()).common_words(concept.kind);
    let others = others(clip, &own, &before, &common);
    let sentences = spread(&TemplateSet::builtin(concept.kind, full_stop).sentences, SENTENCES);
    let mut tell = |done, of| {
        context.progress("letting CLIP find the word", done, of);
        context.check()
    };
    let word = ClipWord::new(clip, &sentences, start.count(), pictures, &others, &mut tell)?;
    let found = word.learn(&before, &mut tell)?;
    into_model(model, clip, [&before, &found], start, &common, context)
}

/// The ids of the words it is told apart from: the initial word, those nearest to it, and some of all.
fn others(clip: &ClipModel, own: &[u32], before: &Vectors, common: &[String]) -> Vec<Vec<u32>> {
    let ids: Vec<u32> = common.iter().filter_map(|word| content(clip, word).first().copied()).collect();
    let nearest = before.rows().next().map(|row| clip.vocabulary().nearest(row, clip.vocabulary().size()));
    let known: std::collections::HashSet<u32> = ids.iter().copied().collect();
    let nearest = nearest.unwrap_or_default().into_iter().map(|(id, _)| id);
    let nearest = nearest.filter(|id| known.contains(id) && own != [*id]).take(OTHERS / 2);
    let mut all = vec![own.to_vec()];
    for id in nearest.chain(spread(&ids, OTHERS / 2)) {
        if !all.iter().any(|word| *word == [id]) {
            all.push(vec![id]);
        }
    }
    all
}

/// So many of all, evenly from the first on.
fn spread<T: Clone>(all: &[T], count: usize) -> Vec<T> {
    all.iter().step_by(all.len().div_ceil(count.max(1)).max(1)).cloned().collect()
}

/// The word that went from the first to the second of two places in CLIP's table, in those of the model.
fn into_model(
    model: &Pipeline,
    clip: &ClipModel,
    [before, found]: [&Vectors; 2],
    start: &Vectors,
    common: &[String],
    context: &mut JobContext<'_>,
) -> Result<Vectors> {
    let encoders =
        model.conditioner.encoders.iter().map(TextEncoder::vocabulary).zip(model.tokenizers.iter());
    let mut approximate = false;
    let tables: Vec<Table<'_>> = encoders
        .map(|(table, tokenizer)| {
            if same_table(clip.vocabulary(), table) {
                return (table, None);
            }
            approximate = true;
            let both = |word: &String| {
                let ids = tokenizer.encode(word);
                Some((*content(clip, word).first()?, *ids.get(1).filter(|_| ids.len() == 3)?))
            };
            (table, Some(spread(&common.iter().filter_map(both).collect::<Vec<_>>(), SHARED)))
        })
        .collect();
    let mut values = Vec::with_capacity(start.values.len());
    for ((row, at), to) in start.rows().zip(before.rows()).zip(found.rows()) {
        let mut rest = row;
        for (table, shared) in &tables {
            let (part, behind) = rest.split_at(table.width());
            rest = behind;
            match shared {
                None => values.extend_from_slice(to),
                Some(shared) => {
                    let way: Vec<f32> = to.iter().zip(at).map(|(to, at)| to - at).collect();
                    let check = &mut || context.check();
                    let carried = carry_over(&way, clip.vocabulary(), table, shared, check)?;
                    values.extend(moved(part, &carried));
                }
            }
        }
    }
    if approximate {
        context.warn(
            "This CLIP has not the text encoder of the model, so the word begins only about where CLIP finds it."
                .to_owned(),
        );
    }
    Ok(Vectors { values, shape: start.shape })
}
