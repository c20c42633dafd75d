//! What a word draws: alone, in its sentence, beside its nearest words there, and on the way to another word.
//!
//! Every row begins from the same noise, so that only the word makes the difference.

use image::RgbImage;

use super::super::look::{Files, Series};
use super::{no_words, one_word};
use crate::context::JobContext;
use crate::draw::LoadedWords;
use base::Result;
use inversion::{Vectors, blend};
use project::evaluation::with_word;
use project::meaning::{Near, Sheet};

/// Nearest words that are drawn.
const NEIGHBOURS: usize = 3;
/// Steps between two words.
pub(super) const BETWEEN: usize = 5;
/// What a mix of words is called in its prompt.
const MIXED: &str = "<between>";

/// The words to draw beside the learned one: the nearest of each of its vectors in turn, each once.
pub(super) fn neighbours(near: &[Vec<Near>]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let longest = near.iter().map(Vec::len).max().unwrap_or(0);
    let in_turn = (0..longest).flat_map(|rank| near.iter().filter_map(move |words| words.get(rank)));
    for word in in_turn.map(|near| &near.word) {
        if found.len() < NEIGHBOURS && !found.contains(word) {
            found.push(word.clone());
        }
    }
    found
}

/// The rows of pictures, each with its prompt: the word alone, its sentence, then the neighbours' sentences.
pub(super) fn render(
    words: &LoadedWords,
    (name, prompt): (&str, &str),
    neighbours: &[String],
    series: &mut Series<'_>,
    context: &mut JobContext<'_>,
) -> Result<Vec<(String, Vec<RgbImage>)>> {
    let mut rows = Vec::new();
    for sentence in [name.to_owned(), with_word(prompt, name)] {
        let pictures = series.draw(words, &sentence, context)?;
        rows.push((sentence, pictures));
    }
    let plain = no_words(&series.model.tokenizers)?;
    for neighbour in neighbours {
        let sentence = with_word(prompt, neighbour);
        let pictures = series.draw(&plain, &sentence, context)?;
        rows.push((sentence, pictures));
    }
    Ok(rows)
}

/// From one word to another: a column for each step on the way, a row for each seed.
pub(super) fn between(
    [(name, from), (other, to)]: [(String, &Vectors); 2],
    prompt: &str,
    series: &mut Series<'_>,
    files: &mut Files,
    context: &mut JobContext<'_>,
) -> Result<Sheet> {
    let widths = series.model.conditioner.widths();
    let parts = (0..BETWEEN + 2).map(|step| step as f64 / (BETWEEN + 1) as f64);
    let mut rows: Vec<(String, Vec<RgbImage>)> =
        series.columns().into_iter().map(|seed| (seed, Vec::new())).collect();
    let mut columns = Vec::new();
    for part in parts {
        let values = blend(&from.values, &to.values, &widths, part);
        let words = one_word(&series.model.tokenizers, MIXED, Vectors { values, shape: from.shape })?;
        let pictures = series.draw(&words, &with_word(prompt, MIXED), context)?;
        rows.iter_mut().zip(pictures).for_each(|((_, row), picture)| row.push(picture));
        columns.push(match part {
            0.0 => name.clone(),
            1.0 => other.clone(),
            part => format!("{:.0} % {other}", part * 100.0),
        });
    }
    files.sheet("between", rows, columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_taken_in_turn() {
        let near = |words: &[&str]| -> Vec<Near> {
            words.iter().map(|word| Near { word: (*word).into(), cosine: 0.5 }).collect()
        };
        assert_eq!(
            neighbours(&[near(&["robot", "toy"]), near(&["robot", "red", "hat"])]),
            ["robot", "toy", "red"]
        );
        assert!(neighbours(&[]).is_empty());
    }
}
