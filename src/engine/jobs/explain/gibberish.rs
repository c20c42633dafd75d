//! What a text draws that means nothing to people, and what that looks like to CLIP: the experiment of a hidden vocabulary
//! (Daras and Dimakis 2022, <https://arxiv.org/abs/2206.00169>).
//!
//! Later work (Hilton 2022) found little that holds up beyond what pieces of real words bring; the grid lets people judge.

use super::super::look::{Files, Series};
use super::super::suggest::closest;
use super::{Judge, no_words};
use crate::clip::embed_all;
use crate::context::JobContext;
use base::Result;
use project::ConceptKind;
use project::evaluation::with_word;
use project::meaning::{Gibberish, Near};
use text::Tokenizers;

/// Draws the text in a prompt and names the words that its pictures are closest to.
pub(super) fn look(
    (text, prompt): (&str, &str),
    judge: Option<&Judge<'_>>,
    tokenizers: &Tokenizers,
    series: &mut Series<'_>,
    files: &mut Files,
    context: &mut JobContext<'_>,
) -> Result<Gibberish> {
    let prompt = with_word(prompt, text);
    let pictures = series.draw(&no_words(tokenizers)?, &prompt, context)?;
    let words = match judge {
        Some(judge) => {
            let seen = embed_all(&judge.clip, &pictures, context)?;
            let words = tokenizers.common_words(ConceptKind::Object);
            let found = closest((&judge.clip, judge.folder), words, ConceptKind::Object, &seen, context)?;
            found.into_iter().map(|word| Near { word: word.word, cosine: f64::from(word.score) }).collect()
        }
        None => Vec::new(),
    };
    let sheet = files.sheet("gibberish", vec![(prompt.clone(), pictures)], series.columns())?;
    Ok(Gibberish { prompt, sheet, words })
}
