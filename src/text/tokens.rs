//! A text as a text encoder takes it: as many ids as its context is long, and how much each of them counts.
//!
//! What a weight does to the picture is not asked here.

/// A text as text encoders take it, and how much each token counts.
#[derive(Debug, Clone, PartialEq)]
pub struct Tokens {
    /// A context length of ids for each text encoder, one after another: begin token, content, end token, padding.
    pub ids: Vec<u32>,
    /// A weight for each id; 1 for begin, end and padding.
    pub weights: Vec<f32>,
    /// How many of the first encoder's ids come before the padding, begin and end token included.
    pub length: usize,
    /// How many content tokens did not fit and were left out.
    pub dropped: usize,
}

impl Tokens {
    /// How many tokens the text is, without begin and end token, whether they fit or not.
    pub fn content(&self) -> usize {
        self.length.saturating_sub(2) + self.dropped
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
    use crate::prompt::{Prompt, WordNames};
    use crate::{TextTokenizer, Tokenizers};

    fn tokenizer() -> Tokenizers {
        let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/sd1/tokenizer");
        Tokenizers::from(TextTokenizer::open(&golden).unwrap())
    }

    fn weighted(prompt: &str) -> Tokens {
        tokenizer().weighted(&Prompt::parse(prompt, &WordNames::default()).pieces())
    }

    #[test]
    fn a_prompt_without_brackets_keeps_its_ids() {
        let tokenizer = tokenizer();
        let long = "a cat ".repeat(60);
        for prompt in ["", "A photo of a cat, 4 猫!", r"x \ y \\ z: 1.2", long.as_str()] {
            let weighted = weighted(prompt);
            assert_eq!(weighted, tokenizer.encode_padded(prompt), "{prompt}");
            assert_eq!(weighted.weights, vec![1.0; tokenizer.context_length], "{prompt}");
        }
    }

    #[test]
    fn each_token_has_the_weight_of_its_piece() {
        let tokenizer = tokenizer();
        let tokens = weighted("a (cat:1.5) [of]");
        assert_eq!(tokens.ids, tokenizer.encode_padded("a cat of").ids);
        assert_eq!(tokens.weights[..5], [1.0, 1.0, 1.5, (1.0_f64 / 1.1) as f32, 1.0]);
        assert_eq!(tokens.weights.len(), tokenizer.context_length);

        let tokens = weighted(&format!("({}:2)", "a ".repeat(80)));
        assert_eq!((tokens.dropped, tokens.content()), (5, 80));
        assert_eq!((tokens.weights[0], tokens.weights[76]), (1.0, 1.0));
        assert!(tokens.weights[1..76].iter().all(|weight| *weight == 2.0));
    }
}
