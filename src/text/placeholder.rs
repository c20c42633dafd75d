//! Writing out a learned word that stands for several vectors.
//!
//! A word of k vectors is k tokens, `word word_1 … word_(k-1)`, as diffusers' textual-inversion loader names
//! them; people write only the first. This file refuses to guess: a prompt that already names a numbered
//! token keeps it as it is.

use tokenizers::NormalizedString;

/// Replaces every `word` in `prompt` by the `count` tokens it stands for, separated by spaces.
///
/// Matching ignores case and Unicode composition, as the tokenizer's matching of added tokens does. A
/// numbered token (`word_1` … `word_(count-1)`) is left alone, and so is a `word` that is directly followed
/// by its own `word_1`, so expanding twice changes nothing. With `count` 0 or 1 the prompt is returned
/// unchanged. Source: diffusers `TextualInversionLoaderMixin.maybe_convert_prompt`.
pub fn expand_word(prompt: &str, word: &str, count: usize) -> String {
    if count <= 1 || word.is_empty() {
        return prompt.to_owned();
    }
    let (prompt, word) = (composed(prompt), composed(word));
    let needle: Vec<char> = word.chars().flat_map(char::to_lowercase).collect();
    let haystack = Lowered::new(&prompt);
    let tail: String = (1..count).map(|number| format!(" {word}_{number}")).collect();

    let mut expanded = String::with_capacity(prompt.len() + tail.len());
    let (mut at, mut copied) = (0, 0);
    while at < haystack.chars.len() {
        if !haystack.starts_with(at, &needle) {
            at += 1;
            continue;
        }
        at += needle.len();
        if haystack.is_numbered(at, count) || haystack.is_expanded(at, &needle) {
            continue;
        }
        let end = haystack.ends[at - 1];
        expanded.push_str(&prompt[copied..end]);
        expanded.push_str(&tail);
        copied = end;
        // A digit right behind the word would otherwise join the number of its last token.
        if haystack.chars.get(at).is_some_and(|next| next.is_ascii_digit()) {
            expanded.push(' ');
        }
    }
    expanded.push_str(&prompt[copied..]);
    expanded
}

fn composed(text: &str) -> String {
    let mut text = NormalizedString::from(text);
    text.nfc();
    text.get().to_owned()
}

/// A text in lower case, with the byte at which each character's original ends. Lower-casing can change the
/// number of characters (`İ` becomes two), so positions must be carried along.
struct Lowered {
    chars: Vec<char>,
    ends: Vec<usize>,
}

impl Lowered {
    fn new(text: &str) -> Self {
        let (mut chars, mut ends) = (Vec::new(), Vec::new());
        for (start, original) in text.char_indices() {
            for lower in original.to_lowercase() {
                chars.push(lower);
                ends.push(start + original.len_utf8());
            }
        }
        Self { chars, ends }
    }

    fn starts_with(&self, at: usize, needle: &[char]) -> bool {
        self.chars.get(at..).is_some_and(|rest| rest.starts_with(needle))
    }

    /// Whether `_1` … `_(count-1)` follows the word that ends at `at`.
    fn is_numbered(&self, at: usize, count: usize) -> bool {
        (1..count).any(|number| {
            let suffix: Vec<char> = format!("_{number}").chars().collect();
            self.starts_with(at, &suffix)
        })
    }

    /// Whether the word that ends at `at` is followed by white space and its own token number 1.
    fn is_expanded(&self, at: usize, needle: &[char]) -> bool {
        let spaces = self.chars[at..].iter().take_while(|next| next.is_whitespace()).count();
        let next = at + spaces;
        spaces > 0 && self.starts_with(next, needle) && self.starts_with(next + needle.len(), &['_', '1'])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mention_is_written_out() {
        let expand = |prompt| expand_word(prompt, "<cat-toy>", 3);
        assert_eq!(expand("a <cat-toy>."), "a <cat-toy> <cat-toy>_1 <cat-toy>_2.");
        assert_eq!(
            expand("<CAT-TOY> on <cat-toy>"),
            "<CAT-TOY> <cat-toy>_1 <cat-toy>_2 on <cat-toy> <cat-toy>_1 <cat-toy>_2"
        );
        assert_eq!(expand("a cat toy, < cat-toy >"), "a cat toy, < cat-toy >");
        assert_eq!(expand(""), "");
        assert_eq!(expand("x<cat-toy>7"), "x<cat-toy> <cat-toy>_1 <cat-toy>_2 7");
    }

    #[test]
    fn numbered_tokens_and_expanded_words_stay() {
        assert_eq!(expand_word("a <cat-toy>_1 b", "<cat-toy>", 2), "a <cat-toy>_1 b");
        assert_eq!(expand_word("<Cat-Toy>_2", "<cat-toy>", 2), "<Cat-Toy> <cat-toy>_1_2");
        let once = expand_word("a <cat-toy>, <cat-toy>", "<cat-toy>", 4);
        assert_eq!(expand_word(&once, "<cat-toy>", 4), once);
        assert_eq!(expand_word("a <cat-toy>", "<cat-toy>", 1), "a <cat-toy>");
    }

    #[test]
    fn any_script_and_either_composition_match() {
        assert_eq!(expand_word("ein <KÄTZCHEN>!", "<kätzchen>", 2), "ein <KÄTZCHEN> <kätzchen>_1!");
        assert_eq!(expand_word("le <cafe\u{301}>", "<café>", 2), "le <café> <café>_1");
        assert_eq!(expand_word("İ <猫> İ", "<猫>", 2), "İ <猫> <猫>_1 İ");
    }
}
