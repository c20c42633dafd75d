//! The tokenizers of one model: one for each of its text encoders.
//!
//! A text becomes a context length of ids for each encoder, one after another, so that whoever carries ids need
//! not know how many encoders there are. What is shown to people comes from the first.

use std::ops::Deref;

use super::bundled::is_ordinary;
use super::prompt::Piece;
use super::tokenizer::TextTokenizer;
use super::tokens::{Tokens, Window, Windows};
use base::{Error, FileKind, Result};
use format::checkpoint::{ModelFiles, TokenizerFiles};
use project::Family;

/// The tokenizers of a model, at least one, all with the same context length. It can be used as the first of them.
#[derive(Debug, Clone)]
pub struct Tokenizers {
    first: TextTokenizer,
    others: Vec<TextTokenizer>,
}

impl Deref for Tokenizers {
    type Target = TextTokenizer;

    fn deref(&self) -> &TextTokenizer {
        &self.first
    }
}

impl From<TextTokenizer> for Tokenizers {
    fn from(first: TextTokenizer) -> Self {
        Self { first, others: Vec::new() }
    }
}

impl Tokenizers {
    /// Opens all tokenizers of a model.
    ///
    /// # Errors
    /// One is missing or damaged, or their context lengths differ.
    pub fn open(files: &ModelFiles) -> Result<Self> {
        let first = open_one(files, "tokenizer")?;
        let others = match files.family() {
            Family::Sdxl => vec![open_one(files, "tokenizer_2")?],
            _ => Vec::new(),
        };
        if let Some(other) = others.iter().find(|other| other.context_length != first.context_length) {
            let fault = format!(
                "its tokenizers make {} and {} tokens of a text",
                first.context_length, other.context_length
            );
            let remedy = "Download the model again, complete with its tokenizers.";
            return Err(Error::file(FileKind::Model, files.path(), fault, remedy));
        }
        Ok(Self { first, others })
    }

    /// All of them, in the order of the text encoders.
    pub fn iter(&self) -> impl Iterator<Item = &TextTokenizer> {
        std::iter::once(&self.first).chain(&self.others)
    }

    /// A context length of ids for each encoder, one after another; the length is that of the first.
    pub fn encode_padded(&self, text: &str) -> Tokens {
        let mut tokens = self.first.encode_padded(text);
        for other in self.others.iter().map(|other| other.encode_padded(text)) {
            tokens.ids.extend(other.ids);
            tokens.dropped = tokens.dropped.max(other.dropped);
        }
        tokens
    }

    /// The windows of a prompt for all encoders. `words` is how many tokens each learned word has, in the order in which
    /// they were added.
    pub fn windows(&self, pieces: &[Piece], words: &[usize]) -> Windows {
        let empty = |tokenizer: &TextTokenizer| tokenizer.windows(&[], &[]).windows.swap_remove(0);
        let first = (self.first.windows(pieces, words), empty(&self.first));
        let join = |(all, nothing): (Windows, Window), other: &TextTokenizer| {
            (all.and(other.windows(pieces, words), [&nothing, &empty(other)]), nothing)
        };
        self.others.iter().fold(first, join).0
    }

    /// Tokenizers that also know `count` learned vectors, whose ids follow each vocabulary; see [`expand`](crate::expand).
    pub fn with_vectors(&self, count: usize) -> Result<Self> {
        let others = self.others.iter().map(|other| other.with_vectors(count)).collect::<Result<_>>()?;
        Ok(Self { first: self.first.with_vectors(count)?, others })
    }

    /// Refuses a new word that is none, or that one of the vocabularies has.
    pub fn check_new(&self, word: &str) -> Result<()> {
        self.iter().try_for_each(|tokenizer| tokenizer.check_new(word))
    }

    /// Whether a name is all ordinary words: those of this model, or CLIP's.
    pub fn is_ordinary(&self, name: &str) -> bool {
        self.iter().any(|tokenizer| tokenizer.is_ordinary(name)) || is_ordinary(name)
    }

    /// Tokenizers that also know `words`, whose new ids follow each vocabulary in order.
    ///
    /// # Errors
    /// A word is empty, contains white space, or one of the vocabularies has it.
    pub fn with_placeholders(&self, words: &[String]) -> Result<Self> {
        let extend = |tokenizer: &TextTokenizer| tokenizer.with_placeholders(words);
        let others = self.others.iter().map(extend).collect::<Result<_>>()?;
        Ok(Self { first: extend(&self.first)?, others })
    }
}

fn open_one(files: &ModelFiles, part: &str) -> Result<TextTokenizer> {
    let found = files.tokenizer(part)?;
    let TokenizerFiles::Folder(folder) = &found else { return TextTokenizer::of(&found) };
    let tokenizer = match files.family() {
        Family::Ldm => TextTokenizer::open_bert(folder)?,
        _ => TextTokenizer::open(folder)?,
    };
    tokenizer.with_added(folder, rows(files, part))
}

/// How many tokens the text encoder of a tokenizer has vectors for; none, if that cannot be told: whoever loads it will
/// say why.
fn rows(files: &ModelFiles, tokenizer: &str) -> usize {
    let part = tokenizer.replacen("tokenizer", "text_encoder", 1);
    let Ok(weights) = files.weights(&part, false) else { return 0 };
    let tables = ["token_embedding.weight", "embed_tokens.weight"];
    let table = weights.names().find(|name| tables.iter().any(|table| name.ends_with(table)));
    table.and_then(|name| weights.shape(name).ok()?.first().copied()).unwrap_or(0)
}
