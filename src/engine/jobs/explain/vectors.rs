//! A word's vectors among those of the vocabulary: the nearest, the usual lengths, and the mix of words that comes closest.
//!
//! Each text encoder has a vocabulary of its own, and its part of a vector is compared with that alone.

use std::borrow::Cow;

use crate::context::JobContext;
use base::Result;
use inversion::{NormRange, Vectors, sparse_mix};
use model::Pipeline;
use model::embeddings::{Vocabulary, norm};
use project::meaning::{Near, Part, VectorMeaning};
use text::TextTokenizer;

/// Tokens named for each vector.
const NEAREST: usize = 8;
/// Words in a mix at most.
const MIXED: usize = 8;
/// Whole words that may stand for a vector.
pub(super) const CHOICES: usize = 10;

/// The tokens of a vocabulary closest to a vector, with their cosine, as people read them.
pub fn nearest(
    vocabulary: &Vocabulary,
    tokenizer: &TextTokenizer,
    vector: &[f32],
    count: usize,
) -> Vec<(String, f32)> {
    let name = |(id, cosine)| Some((tokenizer.token(id)?.replace("</w>", ""), cosine));
    vocabulary.nearest(vector, count).into_iter().filter_map(name).collect()
}

/// What is to be said of each vector in each text encoder.
pub(super) fn meanings(
    model: &Pipeline,
    vectors: &Vectors,
    context: &mut JobContext<'_>,
) -> Result<Vec<VectorMeaning>> {
    let all = model.conditioner.encoders.len() * vectors.count();
    let mut found = Vec::new();
    let mut offset = 0;
    let encoders = model.conditioner.encoders.iter().zip(model.tokenizers.iter()).enumerate();
    for (encoder, (network, tokenizer)) in encoders {
        let vocabulary = network.vocabulary();
        let range = NormRange::of(vocabulary);
        let words = whole_words(vocabulary, tokenizer);
        let atoms: Vec<&[f32]> = words.iter().map(|(_, row)| &row[..]).collect();
        for (vector, row) in vectors.rows().enumerate() {
            context.progress("comparing with the vocabulary", found.len(), all);
            let Some(own) = row.get(offset..offset + vocabulary.width()) else { continue };
            let near = nearest(vocabulary, tokenizer, own, NEAREST).into_iter();
            let mix = sparse_mix(own, &atoms, MIXED, &mut || context.check())?;
            let part = |(word, weight): &(usize, f64)| Part { word: words[*word].0.clone(), weight: *weight };
            found.push(VectorMeaning {
                vector: vector + 1,
                encoder: encoder + 1,
                length: f64::from(norm(own)),
                usual: [range.low, range.median, range.high],
                nearest: near.map(|(word, cosine)| Near { word, cosine: f64::from(cosine) }).collect(),
                mix: mix.parts.iter().map(part).collect(),
                explained: mix.explained,
            });
        }
        offset += vocabulary.width();
    }
    Ok(found)
}

/// For each vector the whole words of the first vocabulary that are closest to it, the closest first.
pub(super) fn near_words(
    model: &Pipeline,
    vectors: &Vectors,
    context: &mut JobContext<'_>,
) -> Result<Vec<Vec<Near>>> {
    let (vocabulary, tokenizer) = (model.conditioner.vocabulary(), &model.tokenizers);
    let near = |row: &[f32]| -> Result<Vec<Near>> {
        context.check()?;
        let own = &row[..vocabulary.width().min(row.len())];
        let found = vocabulary.nearest(own, vocabulary.size()).into_iter();
        let whole = |(id, cosine)| Some(Near { word: tokenizer.whole_word(id)?, cosine: f64::from(cosine) });
        Ok(found.filter_map(whole).take(CHOICES).collect())
    };
    vectors.rows().map(near).collect()
}

/// The tokens that are whole words, with their vectors.
fn whole_words<'v>(vocabulary: &'v Vocabulary, tokenizer: &TextTokenizer) -> Vec<(String, Cow<'v, [f32]>)> {
    let ids = 0..u32::try_from(vocabulary.size()).unwrap_or(u32::MAX);
    ids.filter_map(|id| Some((tokenizer.whole_word(id)?, vocabulary.row(id)?))).collect()
}
