//! Learned vectors in a text: what stands there for them until the text is made into ids.
//!
//! A word of k vectors is k tokens, one after another; people write only its name. The tokens are written in characters
//! that Unicode keeps for the inside of programs, so that no text and no other word's name can be taken for one.

use std::ops::Range;

/// The first of 32 characters that no text holds (Unicode's noncharacters).
const FIRST: char = '\u{fdd0}';
const LAST: char = '\u{fdef}';
/// How many of them make one token: enough for a million vectors.
const LENGTH: u32 = 4;

/// The token of a learned vector.
pub fn placeholder(vector: usize) -> String {
    let digit = |place: u32| char::from_u32(FIRST as u32 + (vector >> (5 * place) & 31) as u32);
    (0..LENGTH).rev().filter_map(digit).collect()
}

/// A text with tokens in place of what `find` finds at a place: how many bytes of it, and the vectors they stand for.
pub fn expand(text: &str, find: impl Fn(&str, usize) -> Option<(usize, Range<usize>)>) -> String {
    let (mut expanded, mut at) = (String::with_capacity(text.len()), 0);
    while let Some(next) = text[at..].chars().next() {
        if let Some((length, mut vectors)) = find(text, at) {
            at += length;
            // diffusers writes a word out, `toy toy_1 toy_2`: then its name is the first vector alone.
            let rest = text[at..].trim_start();
            let second = find(text, text.len() - rest.len()).filter(|_| rest.len() < text.len() - at);
            if second.is_some_and(|(_, second)| second == (vectors.start + 1..vectors.start + 2)) {
                vectors.end = vectors.start + 1;
            }
            expanded.extend(vectors.map(placeholder));
            continue;
        }
        if !(FIRST..=LAST).contains(&next) {
            expanded.push(next);
        }
        at += next.len_utf8();
    }
    expanded
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prompt::WordNames;

    #[test]
    fn every_mention_is_written_out() {
        let names = WordNames::new([["<toy>"], ["midas"], ["<toy>_1"]]);
        let vectors = [0..2, 2..3, 1..2];
        let written = |text: &str| {
            let find = |text: &str, at: usize| {
                let (length, word) = names.find(text, at)?;
                Some((length, vectors[word].clone()))
            };
            let number = |text: String, vector| text.replace(&placeholder(vector), &format!("[{vector}]"));
            (0..3).fold(expand(text, find), number)
        };
        assert_eq!(written("a <toy> by Midas."), "a [0][1] by [2].");
        assert_eq!(written("<TOY> <toy>_1, <toy>_1 <toy>"), "[0] [1], [1] [0][1]");
        assert_eq!(written("<toy> midas"), "[0][1] [2]");
        assert_eq!(written("a\u{fdd0}b"), "ab");
        assert_eq!(written(""), "");
    }

    #[test]
    fn tokens_are_told_apart() {
        let all: std::collections::BTreeSet<String> = (0..20_000).map(placeholder).collect();
        assert_eq!(all.len(), 20_000);
        assert!(all.iter().all(|token| token.chars().count() == 4));
    }
}
