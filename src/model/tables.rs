//! The token tables of a model read alone, for what asks about words and draws nothing.
//!
//! A few hundred megabytes at most, on the host, in f32; no network is built and no device asked.

use super::embeddings::Vocabulary;
use base::{Error, FileKind, Result};
use format::{ModelFiles, Weights};
use text::Tokenizers;

/// What the tables are called, by the ends of their names.
const TABLES: [&str; 2] = ["token_embedding.weight", "embed_tokens.weight"];

/// The parts that have them.
const PARTS: [&str; 2] = ["text_encoder", "text_encoder_2"];

/// The table of each text encoder of a model, in their order, with as many rows as its tokenizer has tokens.
///
/// # Errors
/// [`Error::File`] or [`Error::Io`] naming the part that is missing or damaged.
pub fn token_tables(files: &ModelFiles, tokenizers: &Tokenizers) -> Result<Vec<Vocabulary>> {
    let read = |(part, tokens): (&str, usize)| {
        let (weights, name, width) = table(files, part, tokens)?;
        let mut rows = weights.read_f32(&name)?;
        rows.truncate(tokens * width);
        Ok(Vocabulary::new(rows, width))
    };
    let tokens = tokenizers.iter().map(|tokenizer| tokenizer.vocabulary_size());
    PARTS.into_iter().zip(tokens).map(read).collect()
}

/// The rows of these tokens alone, in the order in which they are named, as the files have them: a network in 16 bits keeps
/// its table in as many.
///
/// # Errors
/// As [`token_tables`].
pub fn token_rows(files: &ModelFiles, tokens: &[Vec<u32>]) -> Result<Vec<Vocabulary>> {
    let read = |(part, tokens): (&str, &Vec<u32>)| {
        let (weights, name, width) = table(files, part, 0)?;
        let rows = tokens.iter().map(|token| weights.row_f32(&name, *token as usize));
        Ok(Vocabulary::new(rows.collect::<Result<Vec<_>>>()?.concat(), width))
    };
    PARTS.into_iter().zip(tokens).map(read).collect()
}

/// The weights of a part, and the name and width of the table of at least so many tokens in it.
fn table(files: &ModelFiles, part: &str, tokens: usize) -> Result<(Weights, String, usize)> {
    let weights = files.weights(part, false)?;
    let name = weights.names().find(|name| TABLES.iter().any(|table| name.ends_with(table)));
    let found = name.and_then(|name| match weights.shape(name) {
        Ok(&[rows, width]) if rows >= tokens && width > 0 => Some((name.to_owned(), width)),
        _ => None,
    });
    let (name, width) = found.ok_or_else(|| {
        let fault = format!("its {part} has no table of the tokens of its tokenizer");
        Error::file(FileKind::Model, files.path(), fault, "Download the model again, complete.")
    })?;
    Ok((weights, name, width))
}
