//! What a run learns and does beside the one word, made of its settings and of the model's own words and sentences.
//!
//! It computes nothing: the vectors, the sentences and the pictures are made ready for the learner here.

use super::initial_word::initial_tokens;
use super::start::of_tokens;
use crate::draw::LoadedWords;
use base::Result;
use inversion::{ContextPair, ContextTerm, FirstPictures, NegativeWord, Refined, Vectors};
use model::Pipeline;
use model::conditioner::TextEncoder;
use project::{Method, RunManifest, context_sentences};

/// Vectors and the names they go by in prompts.
pub type NamedVectors = (Vec<String>, Vectors);

/// The vectors of all words of a run, each with its name, in the order of [`project::Rows`].
///
/// # Errors
/// The model does not know what the second word starts out meaning.
pub fn words_of(
    model: &Pipeline,
    manifest: &RunManifest,
    word: Vectors,
) -> Result<(Vectors, Vec<NamedVectors>)> {
    let RunManifest { settings, concept, .. } = manifest;
    let vocabularies: Vec<_> = model.conditioner.encoders.iter().map(TextEncoder::vocabulary).collect();
    let mut named = vec![(concept.word.clone(), word)];
    if let Some(second) = manifest.second() {
        let tokens = initial_tokens(&model.tokenizers, &second.initial_word)?;
        named.push((second.word, of_tokens(model, &tokens, named[0].1.count())?));
    }
    if settings.method == Method::PerImage {
        let picture = |index| (concept.picture_word(index), Vectors::neutral(&vocabularies, 1));
        named.extend((0..manifest.pictures.len()).map(picture));
    }
    if settings.refine.negative_vectors > 0 {
        let negative = Vectors::neutral(&vocabularies, settings.refine.negative_vectors);
        named.push((concept.negative_word(), negative));
    }
    let (first, behind) = (named[0].1.clone(), &named[1..]);
    let all = behind.iter().fold(first, |all, (_, vectors)| all.and(vectors));
    Ok((all, named.into_iter().map(|(name, vectors)| (vec![name], vectors)).collect()))
}

/// What the learner is given.
pub fn refined(
    model: &Pipeline,
    manifest: &RunManifest,
    words: &LoadedWords,
    (first, all): (Option<FirstPictures>, usize),
) -> Refined {
    let RunManifest { settings, concept, .. } = manifest;
    let refine = &settings.refine;
    let negative = (refine.negative_vectors > 0).then(|| NegativeWord {
        ids: words.ids(&concept.negative_word()),
        guidance: refine.negative_guidance,
    });
    let context = (refine.context_weight > 0.0).then(|| {
        let ends: Vec<u32> = model.tokenizers.iter().map(|tokenizer| tokenizer.eos).collect();
        let pair = |sentence: &&str| {
            let of = |word: &str| words.ids(&sentence.replace("{}", word));
            let (word, initial) = (of(&concept.word), of(&concept.initial_word));
            ContextPair::new(word, initial, &model.conditioner, &ends)
        };
        let pairs = context_sentences(concept.kind).iter().filter_map(pair).collect();
        ContextTerm { pairs, weight: refine.context_weight, seed: settings.seed }
    });
    // With one word everything there is is told of, its negative word included.
    let alone = matches!(settings.method, Method::Single | Method::Extended | Method::Captions);
    let vectors = (!alone).then(|| manifest.rows(all).word.len());
    Refined { context, negative, first, vectors }
}
