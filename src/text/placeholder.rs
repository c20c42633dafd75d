//! Learned vectors in a text: what stands there for them until the text is made into ids.
//!
//! A word of k vectors is k tokens, one after another; people write only its name. The tokens are written in characters
//! that Unicode keeps for the inside of programs, so that no text and no other word's name is likely to be taken for one.

/// The first of 32 characters that no text holds (Unicode's noncharacters).
const FIRST: u32 = 0xfdd0;
/// How many of them make one token: enough for a million vectors.
const LENGTH: u32 = 4;

/// The token of a learned vector.
pub fn placeholder(vector: usize) -> String {
    let digit = |place: u32| char::from_u32(FIRST + (vector >> (5 * place) & 31) as u32);
    (0..LENGTH).rev().filter_map(digit).collect()
}

/// A text with something else in place of what `find` finds at a place: how many bytes of it, and what to put there.
pub fn expand<'a>(text: &str, find: impl Fn(&str, usize) -> Option<(usize, &'a str)>) -> String {
    let (mut expanded, mut at) = (String::with_capacity(text.len()), 0);
    while let Some(next) = text[at..].chars().next() {
        if let Some((length, tokens)) = find(text, at) {
            expanded.push_str(tokens);
            at += length;
        } else {
            expanded.push(next);
            at += next.len_utf8();
        }
    }
    expanded
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prompt::WordNames;

    #[test]
    fn every_mention_is_written_out() {
        let names = WordNames::new([["<toy>"], ["midas"]]);
        let find = |text: &str, at: usize| {
            names.find(text, at).map(|(length, word)| (length, ["[0][1]", "[2]"][word]))
        };
        assert_eq!(expand("a <TOY> by Midas.", find), "a [0][1] by [2].");
        assert_eq!(expand("", find), "");
    }

    #[test]
    fn tokens_are_told_apart() {
        let all: std::collections::BTreeSet<String> = (0..20_000).map(placeholder).collect();
        assert_eq!(all.len(), 20_000);
        assert!(all.iter().all(|token| token.chars().count() == 4));
    }
}
