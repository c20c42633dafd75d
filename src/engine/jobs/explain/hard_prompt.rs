//! Ordinary words that could be written in a word's place: for each vector a near one, and where there is a CLIP, those
//! whose sentence it sees closest to what the word draws, sought greedily.
//!
//! Such a stand-in is poorer than the word; its score beside the word's says by how much.

use image::RgbImage;

use super::super::look::Series;
use super::no_words;
use crate::clip::{embed_all, embed_texts};
use crate::context::JobContext;
use base::Result;
use metrics::{image_only, image_similarity, mean_direction, score};
use model::ClipModel;
use model::embeddings::cosine;
use project::evaluation::with_word;
use project::meaning::{HardPrompt, Near};

/// How often all vectors are gone through.
const ROUNDS: usize = 3;

/// What the word drew, and what CLIP sees in the pictures it was learned from, where these are at hand.
pub(super) struct Drawn<'a> {
    pub pictures: &'a [RgbImage],
    pub reference: Option<Vec<Vec<f32>>>,
}

/// The best stand-in among the words `near` each vector.
pub(super) fn find(
    near: &[Vec<Near>],
    prompt: &str,
    drawn: Drawn<'_>,
    clip: Option<&ClipModel>,
    series: &mut Series<'_>,
    context: &mut JobContext<'_>,
) -> Result<HardPrompt> {
    let near: Vec<&Vec<Near>> = near.iter().filter(|words| !words.is_empty()).collect();
    let mut chosen = vec![0; near.len()];
    let text = |chosen: &[usize]| -> String {
        near.iter()
            .zip(chosen)
            .map(|(words, place)| words[*place].word.as_str())
            .collect::<Vec<_>>()
            .join(" ")
    };
    let mut found = HardPrompt {
        text: String::new(),
        cosine: 0.0,
        searched: false,
        compared_with: None,
        likeness: None,
        word_likeness: None,
    };
    if let Some(clip) = clip {
        let own = embed_all(clip, drawn.pictures, context)?;
        let mean = mean_direction(&own);
        let closeness = |chosen: &[Vec<usize>]| -> Result<Vec<f32>> {
            let sentences: Vec<String> = chosen.iter().map(|one| with_word(prompt, &text(one))).collect();
            Ok(embed_texts(clip, &sentences)?.iter().map(|vector| cosine(vector, &mean)).collect())
        };
        chosen = greedy(&near.iter().map(|words| words.len()).collect::<Vec<_>>(), |choices| {
            context.check()?;
            closeness(choices)
        })?;
        let plain = no_words(&series.model.tokenizers)?;
        let pictures = series.draw(&plain, &with_word(prompt, &text(&chosen)), context)?;
        let stand_in = embed_all(clip, &pictures, context)?;
        let (compared_with, reference, word) = match drawn.reference {
            Some(reference) => {
                let word = image_similarity(&reference, &own);
                ("the pictures the word was learned from", reference, word)
            }
            None => ("pictures the word draws", own.clone(), image_only(&own)),
        };
        found.likeness = score(&image_similarity(&reference, &stand_in));
        found.word_likeness = score(&word);
        found.compared_with = Some(compared_with.into());
        found.searched = true;
    }
    found.text = text(&chosen);
    let cosines = near.iter().zip(&chosen).map(|(words, place)| words[*place].cosine);
    found.cosine = cosines.sum::<f64>() / near.len().max(1) as f64;
    Ok(found)
}

/// The best choice of one among so many for each place: each place in turn takes the best beside what the others have,
/// from the first of each on, until none changes. `score` is asked of several choices together.
fn greedy(counts: &[usize], mut score: impl FnMut(&[Vec<usize>]) -> Result<Vec<f32>>) -> Result<Vec<usize>> {
    let mut chosen = vec![0; counts.len()];
    for _ in 0..ROUNDS {
        let before = chosen.clone();
        for (place, count) in counts.iter().enumerate() {
            let other = |choice| {
                let mut other = chosen.clone();
                other[place] = choice;
                other
            };
            let choices: Vec<Vec<usize>> = (0..*count).map(other).collect();
            let scores = score(&choices)?;
            // What there is stays, unless another is better.
            let mut best = chosen[place];
            for (choice, score) in scores.iter().enumerate() {
                if *score > scores[best] {
                    best = choice;
                }
            }
            chosen[place] = best;
        }
        if chosen == before {
            break;
        }
    }
    Ok(chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_take_the_best_in_turn() {
        // The best pair is (1, 2), to which both have to change; the first alone gains nothing by it.
        let table = [[0.5, 0.1, 0.6], [0.2, 0.1, 0.9]];
        let mut asked = 0;
        let chosen = greedy(&[2, 3], |choices| {
            asked += choices.len();
            Ok(choices.iter().map(|choice| table[choice[0]][choice[1]]).collect())
        });
        assert_eq!((chosen.unwrap(), asked), (vec![1, 2], 15));
        assert!(greedy(&[], |_| Ok(Vec::new())).unwrap().is_empty());
        assert!(greedy(&[2], |_| Err(base::Error::Cancelled)).is_err());
    }
}
