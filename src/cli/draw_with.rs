//! What commands that draw have in common: the model, and the learned words that prompts may name.

use std::path::PathBuf;

use clap::Args;

use super::paths;
use base::Result;

#[derive(Debug, Args)]
pub struct DrawWith {
    /// The model: a folder, a file, or a name that `pseudoword models` lists [default: the starter model]
    #[arg(long, value_name = "PATH")]
    model: Option<PathBuf>,
    /// Learned words: files, run folders, or names in the window's library; all the words of a file are taken
    #[arg(long, value_name = "WORD", num_args = 1..)]
    word: Vec<PathBuf>,
}

impl DrawWith {
    /// The model's path and the files of the words.
    pub fn found(self) -> Result<(PathBuf, Vec<PathBuf>)> {
        let words = paths::words(self.word)?;
        Ok((paths::model(self.model)?, words))
    }
}
