//! What a model's tokenizer makes of words and prompts, while they are typed.
//!
//! The tokenizer of the last model asked for is kept; reading one takes a moment.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::message::{Answer, PromptCount, TokenReport};
use crate::error::Result;
use crate::format::checkpoint::ModelFiles;
use crate::project::Concept;
use crate::text::Tokenizers;

/// How many completions are offered.
const SUGGESTIONS: usize = 6;
/// Shortest beginning of a word that is completed, in characters.
const SHORTEST: usize = 2;

static KEPT: Mutex<Option<(PathBuf, Tokenizers)>> = Mutex::new(None);

fn tokenizer(model: &Path) -> Result<Tokenizers> {
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, tokenizer)) = kept.as_ref().filter(|(path, _)| path == model) {
        return Ok(tokenizer.clone());
    }
    let tokenizer = Tokenizers::open(&ModelFiles::open(model)?)?;
    *kept = Some((model.to_path_buf(), tokenizer.clone()));
    Ok(tokenizer)
}

pub(super) fn tokens(model: &Path, concept: &Concept) -> Result<Vec<Answer>> {
    let tokenizer = tokenizer(model)?;
    let word = concept.word.trim();
    let word_tokens = tokenizer.tokens(word);
    let typed = concept.initial_word.rsplit(char::is_whitespace).next().unwrap_or_default().to_lowercase();
    let mut suggestions = Vec::new();
    if typed.chars().count() >= SHORTEST {
        // Early ids are frequent words.
        let ids = 0..u32::try_from(tokenizer.vocabulary_size()).unwrap_or(u32::MAX);
        let whole = |id| tokenizer.whole_word(id);
        let fits = |word: &String| word.starts_with(&typed) && *word != typed;
        suggestions = ids.filter_map(whole).filter(fits).take(SUGGESTIONS).collect();
    }
    Ok(vec![Answer::Tokens(TokenReport {
        word: concept.word.clone(),
        initial_word: concept.initial_word.clone(),
        exists: word_tokens.len() == 1,
        word_tokens,
        initial_tokens: tokenizer.tokens(&concept.initial_word),
        suggestions,
    })])
}

pub(super) fn count(model: &Path, prompt: String, words: &[(String, usize)]) -> Result<Vec<Answer>> {
    let tokenizer = tokenizer(model)?;
    // A learned word is as many tokens as it has vectors, whatever it is spelled like.
    let mut rest = prompt.to_lowercase();
    let mut learned = 0;
    for (word, vectors) in words {
        let word = word.to_lowercase();
        learned += rest.matches(word.as_str()).count() * vectors;
        rest = rest.replace(word.as_str(), " ");
    }
    let plain = tokenizer.tokens(&without_weights(&rest));
    let unknown =
        rest.split('<').skip(1).filter_map(|part| part.split_once('>')).map(|(name, _)| format!("<{name}>"));
    let unknown: Vec<String> = unknown.filter(|name| !name.contains(char::is_whitespace)).collect();
    let tokens = plain.len() + learned;
    Ok(vec![Answer::Count(PromptCount {
        prompt,
        tokens,
        room: tokenizer.window().saturating_sub(2),
        unknown,
    })])
}

/// The prompt without what only says how much a part counts.
fn without_weights(prompt: &str) -> String {
    let pieces = crate::text::pieces(prompt);
    pieces.into_iter().map(|piece| piece.text).collect::<Vec<_>>().join(" ")
}
