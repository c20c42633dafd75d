//! The token tables of a model read alone, for what asks about words and draws nothing.
//!
//! A few hundred megabytes at most, on the host, in f32; no network is built and no device asked.

use super::embeddings::Vocabulary;
use base::{Error, FileKind, Result};
use format::ModelFiles;
use text::Tokenizers;

/// What the tables are called, by the ends of their names.
const TABLES: [&str; 2] = ["token_embedding.weight", "embed_tokens.weight"];

/// The table of each text encoder of a model, in their order, with as many rows as its tokenizer has tokens.
///
/// # Errors
/// [`Error::File`] or [`Error::Io`] naming the part that is missing or damaged.
pub fn token_tables(files: &ModelFiles, tokenizers: &Tokenizers) -> Result<Vec<Vocabulary>> {
    let read = |(part, tokens): (&str, usize)| {
        let weights = files.weights(part, false)?;
        let name = weights.names().find(|name| TABLES.iter().any(|table| name.ends_with(table)));
        let table = name.and_then(|name| match weights.shape(name) {
            Ok(&[rows, width]) if rows >= tokens && width > 0 => Some((name, width)),
            _ => None,
        });
        let (name, width) = table.ok_or_else(|| {
            let fault = format!("its {part} has no table of the tokens of its tokenizer");
            Error::file(FileKind::Model, files.path(), fault, "Download the model again, complete.")
        })?;
        let mut rows = weights.read_f32(name)?;
        rows.truncate(tokens * width);
        Ok(Vocabulary::new(rows, width))
    };
    let parts = ["text_encoder", "text_encoder_2"].into_iter();
    parts.zip(tokenizers.iter().map(|tokenizer| tokenizer.vocabulary_size())).map(read).collect()
}
