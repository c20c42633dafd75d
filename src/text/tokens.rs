//! A text as a text encoder takes it: as many ids as its context is long, and how much each of them counts.
//!
//! What a weight does to the picture is not asked here.

use super::prompt::Piece;
use super::tokenizer::TextTokenizer;

/// A text as the encoder takes it: exactly one context length of ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tokens {
    /// Begin token, content, end token, padding: [`TextTokenizer::context_length`] ids.
    pub ids: Vec<u32>,
    /// How many of `ids` come before the padding, begin and end token included.
    pub length: usize,
    /// How many content tokens did not fit and were left out.
    pub dropped: usize,
}

/// A prompt as the encoder takes it, and how much each token counts.
#[derive(Debug, Clone, PartialEq)]
pub struct WeightedTokens {
    /// A context length of ids for each text encoder, one after another: begin token, content, end token, padding.
    pub ids: Vec<u32>,
    /// A weight for each id; 1 for begin, end and padding.
    pub weights: Vec<f32>,
    /// How many of `ids` come before the padding, begin and end token included.
    pub length: usize,
    /// How many content tokens did not fit and were left out.
    pub dropped: usize,
}

impl WeightedTokens {
    /// How many tokens the text is, without begin and end token, whether they fit or not.
    pub fn content(&self) -> usize {
        self.length.saturating_sub(2) + self.dropped
    }

    /// One context length for pieces, each split into tokens by itself.
    pub fn new(tokenizer: &TextTokenizer, pieces: &[Piece]) -> Self {
        let mut content = Vec::new();
        let mut weights = vec![1.0];
        for piece in pieces {
            content.extend(tokenizer.content(&piece.text));
            weights.resize(1 + content.len(), piece.weight as f32);
        }
        let Tokens { ids, length, dropped } = tokenizer.fit(&content);
        weights.truncate(length - 1);
        weights.resize(ids.len(), 1.0);
        Self { ids, weights, length, dropped }
    }

    /// These ids and then those of another encoder for the same text.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.ids.extend(other.ids);
        self.weights.extend(other.weights);
        self.dropped = self.dropped.max(other.dropped);
        self
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::prompt::Prompt;

    fn pieces(prompt: &str) -> Vec<Piece> {
        Prompt::parse(prompt, &[]).pieces()
    }

    fn tokenizer() -> TextTokenizer {
        let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/sd1/tokenizer");
        TextTokenizer::open(&golden).unwrap()
    }

    #[test]
    fn a_prompt_without_brackets_keeps_its_ids() {
        let tokenizer = tokenizer();
        let long = "a cat ".repeat(60);
        for prompt in ["", "A photo of a cat, 4 猫!", r"x \ y \\ z: 1.2", long.as_str()] {
            let (weighted, plain) =
                (WeightedTokens::new(&tokenizer, &pieces(prompt)), tokenizer.encode_padded(prompt));
            assert_eq!((&weighted.ids, weighted.dropped), (&plain.ids, plain.dropped), "{prompt}");
            assert_eq!(weighted.weights, vec![1.0; tokenizer.context_length()], "{prompt}");
        }
    }

    #[test]
    fn each_token_has_the_weight_of_its_piece() {
        let tokenizer = tokenizer();
        let weighted = WeightedTokens::new(&tokenizer, &pieces("a (cat:1.5) [of]"));
        assert_eq!(weighted.ids, tokenizer.encode_padded("a cat of").ids);
        assert_eq!(weighted.weights[..5], [1.0, 1.0, 1.5, (1.0_f64 / 1.1) as f32, 1.0]);
        assert_eq!(weighted.weights.len(), tokenizer.context_length());

        let weighted = WeightedTokens::new(&tokenizer, &pieces(&format!("({}:2)", "a ".repeat(80))));
        assert_eq!((weighted.dropped, weighted.content()), (5, 80));
        assert_eq!((weighted.weights[0], weighted.weights[76]), (1.0, 1.0));
        assert!(weighted.weights[1..76].iter().all(|weight| *weight == 2.0));
    }
}
