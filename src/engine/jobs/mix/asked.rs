//! What a mix asks of a model: the vectors of a sentence's tokens, how long words usually are, and what a word of Stable
//! Diffusion 1 would be in Stable Diffusion XL.

use std::path::Path;

use crate::context::JobContext;
use crate::jobs::learn::known_tokens;
use crate::preflight::Preflight;
use base::{Error, Result};
use format::ModelFiles;
use format::embedding::{LearnedWord, Provenance};
use inversion::{NormRange, Vectors, carry_over, moved};
use model::embeddings::Vocabulary;
use project::Family;
use text::Tokenizers;

/// Most tokens by which a word is carried from one text encoder to the other.
const SHARED: usize = 8192;

/// A model, without its networks.
pub(super) struct Asked {
    preflight: Preflight,
    tokenizers: Tokenizers,
    /// Those of its text encoders.
    tables: Vec<Vocabulary>,
}

impl Asked {
    /// Reads what a model says of itself, and its token tables.
    pub fn open(path: &Path) -> Result<Self> {
        let preflight = Preflight::to_edit(path)?;
        let tokenizers = preflight.tokenizers()?;
        let tables = model::token_tables(preflight.files(), &tokenizers)?;
        Ok(Self { preflight, tokenizers, tables })
    }

    pub fn widths(&self) -> &[usize] {
        self.preflight.widths()
    }

    pub fn name(&self) -> String {
        self.files().name()
    }

    fn files(&self) -> &ModelFiles {
        self.preflight.files()
    }

    /// How long its own words are on average, in each text encoder.
    pub fn usual(&self) -> Vec<f64> {
        self.tables.iter().map(|table| NormRange::of(table).mean).collect()
    }

    /// Where a word comes from that only this model has made.
    pub fn provenance(&self) -> Result<Provenance> {
        let files = self.files();
        Ok(Provenance {
            architecture: files.family().architecture().into(),
            base_model: files.name(),
            base_model_fingerprint: files.fingerprint()?,
            lineage: files.lineage(),
            velocity: files.predicts_velocity()?,
            ..Provenance::default()
        })
    }

    /// The vectors of a sentence's tokens, without begin and end.
    pub fn sentence(&self, text: &str) -> Result<Vectors> {
        let tokens = known_tokens(&self.tokenizers, text).ok_or_else(|| {
            let fault = format!("The model does not know “{text}”");
            Error::input(fault, "Write words that it knows, such as an old wooden house.")
        })?;
        let encoders: Vec<_> = self.tables.iter().zip(tokens.iter().map(Vec::as_slice)).collect();
        Ok(Vectors::from_tokens(&encoders, tokens.iter().map(Vec::len).max().unwrap_or(0)))
    }

    /// Whether a word is for the first of this model's two text encoders, so that it can be converted.
    pub fn converts(&self, word: &LearnedWord) -> bool {
        let [first, _] = *self.widths() else { return false };
        word.widths() == [first] && word.family().is_none_or(|family| family == Family::Sd1)
    }

    /// A word of the first text encoder's table as one for both. The first has the very table of Stable Diffusion 1. What
    /// the second gets is its neutral vector, moved as far as the word is from the first's: by the tokens that both tables
    /// have, see [`carry_over`].
    ///
    /// # Errors
    /// [`base::Error::Cancelled`] once the job is to end.
    pub fn converted(&self, word: &Vectors, context: &mut JobContext<'_>) -> Result<Vectors> {
        let [first, second] = self.tables.as_slice() else { return Ok(word.clone()) };
        let [neutral, begin] = [first, second].map(|table| Vectors::neutral(&[table], 1));
        let (shared, mut values) = (self.shared(), Vec::new());
        for row in word.rows() {
            let way: Vec<f32> = row.iter().zip(&neutral.values).map(|(to, at)| to - at).collect();
            let carried = carry_over(&way, first, second, &shared, &mut || context.check())?;
            values.extend_from_slice(row);
            values.extend(moved(&begin.values, &carried));
        }
        Ok(Vectors { values, shape: [word.count(), first.width() + second.width()] })
    }

    /// The tokens that mean the same in both tables, some of all.
    fn shared(&self) -> Vec<(u32, u32)> {
        let mut tokenizers = self.tokenizers.iter();
        let (Some(first), Some(second)) = (tokenizers.next(), tokenizers.next()) else { return Vec::new() };
        let rows = self.tables.iter().map(Vocabulary::size).min().unwrap_or(0);
        let same = |id: &u32| first.token(*id).is_some_and(|token| second.token(*id) == Some(token));
        let ids = (0..rows as u32).step_by(rows.div_ceil(SHARED).max(1)).filter(same);
        ids.map(|id| (id, id)).collect()
    }
}
