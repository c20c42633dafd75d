//! What the commands that look at a word have in common: the model, the CLIP, the folder and how pictures are drawn.

use std::path::PathBuf;

use clap::Args;

use super::job::JobOptions;
use super::overrides::Overrides;
use base::Result;
use project::meaning::LookSettings;

#[derive(Debug, Args)]
pub struct LookArguments {
    /// The model the word was learned on, as for `generate` [default: the starter model]
    #[arg(long, value_name = "PATH")]
    pub model: Option<PathBuf>,
    /// The CLIP that looks at the pictures: a folder as transformers saves it [default: the model's own, else the one that
    /// was fetched]
    #[arg(long, value_name = "DIR")]
    pub clip: Option<PathBuf>,
    /// The folder for the pictures and the report; where it holds a report already, the next of its name: out-2
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    #[command(flatten)]
    pub job: JobOptions,
    #[command(flatten, next_help_heading = "Settings")]
    typed: Overrides<LookSettings>,
}

impl LookArguments {
    /// How pictures are drawn, `count` of each prompt if nothing else was typed.
    pub fn settings(&self, count: usize) -> Result<LookSettings> {
        let settings = self.typed.over(LookSettings::of(count))?;
        settings.validate()?;
        Ok(settings)
    }
}
