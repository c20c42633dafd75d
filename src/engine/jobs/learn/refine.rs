//! What a run does beside the published method, made of its settings and of the model's own words and sentences.
//!
//! It computes nothing: the vectors, the sentences and the pictures are made ready for the learner here.

use crate::draw::LoadedWords;
use inversion::{ContextPair, ContextTerm, FirstPictures, NegativeWord, Refined, Vectors};
use model::Pipeline;
use model::conditioner::TextEncoder;
use project::{RunManifest, context_sentences};

/// The vectors of all words of a run, the negative one's behind, and each of them with its name.
pub fn words_of(
    model: &Pipeline,
    manifest: &RunManifest,
    word: Vectors,
) -> (Vectors, Vec<(Vec<String>, Vectors)>) {
    let concept = &manifest.concept;
    let mut named = vec![(vec![concept.word.clone()], word.clone())];
    let count = manifest.settings.refine.negative_vectors;
    if count == 0 {
        return (word, named);
    }
    let vocabularies: Vec<_> = model.conditioner.encoders.iter().map(TextEncoder::vocabulary).collect();
    let negative = Vectors::neutral(&vocabularies, count);
    let all = word.and(&negative);
    named.push((vec![concept.negative_word()], negative));
    (all, named)
}

/// What the learner is given.
pub fn refined(
    model: &Pipeline,
    manifest: &RunManifest,
    words: &LoadedWords,
    first: Option<FirstPictures>,
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
    Refined { context, negative, first }
}
