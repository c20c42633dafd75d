//! What the word starts out meaning, in the tokens of the model. A word that the model does not know is refused.

use crate::context::JobContext;
use base::{Error, Result};
use model::Pipeline;
use text::{TextTokenizer, Tokenizers};

/// Ids of the initial word in each text encoder, without begin and end.
pub fn initial_tokens(tokenizers: &Tokenizers, initial_word: &str) -> Result<Vec<Vec<u32>>> {
    known_tokens(tokenizers, initial_word).ok_or_else(|| {
        Error::input(
            format!("The model does not know the initial word “{initial_word}”"),
            "Say in a plain word what the pictures show, such as cat, mug or painting.",
        )
    })
}

/// Ids of words in each text encoder, without begin and end; `None` if one of them does not know all.
pub fn known_tokens(tokenizers: &Tokenizers, words: &str) -> Option<Vec<Vec<u32>>> {
    let of = |tokenizer: &TextTokenizer| {
        let ids = tokenizer.encode(words);
        let inner = ids.get(1..ids.len().saturating_sub(1)).unwrap_or_default().to_vec();
        let known = |id: &u32| ![tokenizer.bos, tokenizer.eos].contains(id) && !tokenizer.is_unknown(*id);
        (!inner.is_empty() && inner.iter().all(known)).then_some(inner)
    };
    tokenizers.iter().map(of).collect()
}

/// Says what the model makes of a word of several tokens.
pub fn warn_of_tokens(
    model: &Pipeline,
    initial_word: &str,
    tokens: &[u32],
    count: usize,
    context: &JobContext<'_>,
) {
    if tokens.len() > 1 {
        let parts: Vec<String> = tokens.iter().map(|id| model.tokenizers.decode(&[*id])).collect();
        let (parts, used) = (parts.join(" + "), tokens.len().min(count));
        context.warn(format!(
            "The model reads “{initial_word}” as {parts}; the word starts from the first {used} of these, \
             with {count} vectors."
        ));
    }
}
