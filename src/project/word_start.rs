//! What a word's vectors are before the first step: the initial word's own, or others that are nearer to where learning
//! ends.
//!
//! Only the choice and its names; the vectors are computed by the engine, which has the models.

use std::fmt;
use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use serde::{Deserialize, Serialize};

/// What a word's vectors are before the first step.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WordStart {
    /// The rows of the initial word in the token table, as published.
    #[default]
    Token,
    /// The vectors whose sentences CLIP finds closest to the pictures, beginning at the initial word: a discriminative
    /// word, as PALAVRA has them (arXiv 2204.01694).
    Clip,
    /// What the text encoder makes of the initial word (Cross Initialization, arXiv 2312.15905).
    Cross,
    /// The vectors of a learned word, from its file.
    File(PathBuf),
}

impl WordStart {
    /// Those that have a name alone, with what they do.
    const NAMED: [(Self, &str); 3] = [
        (Self::Token, "the initial word itself, as published"),
        (Self::Clip, "the word that CLIP finds closest to the pictures"),
        (
            Self::Cross,
            "what the text encoder makes of the initial word; its length is large, so take --norm-pull 0",
        ),
    ];

    /// The option of the command line, without a file.
    pub(super) fn parser() -> impl TypedValueParser<Value = Self> {
        let values = Self::NAMED.map(|(start, about)| PossibleValue::new(start.name()).help(about));
        PossibleValuesParser::new(values).map(|name| {
            let mut named = Self::NAMED.into_iter().map(|(start, _)| start);
            named.find(|start| start.name().eq_ignore_ascii_case(&name)).unwrap_or_default()
        })
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Clip => "clip",
            Self::Cross => "cross",
            Self::File(_) => "file",
        }
    }
}

/// As the header of a word's file says it: a file by its name alone.
impl fmt::Display for WordStart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                write!(f, "{} {name}", self.name())
            }
            named => f.write_str(named.name()),
        }
    }
}
