//! What commands that draw have in common: the model and the learned words that prompts may name, and where to and by
//! which settings pictures are drawn.

use std::path::PathBuf;

use clap::Args;

use super::job::JobOptions;
use super::overrides::Overrides;
use super::paths;
use base::{Error, Result};
use project::{GenerateSettings, options};

#[derive(Debug, Args)]
pub struct DrawWith {
    /// The model: a folder, a file, or a name that `pseudoword models` lists [default: the starter model]
    #[arg(long, value_name = "PATH")]
    pub model: Option<PathBuf>,
    /// Learned words: files, run folders, or names in the window's library; all the words of a file are taken
    #[arg(long, value_name = "WORD", num_args = 1..)]
    pub word: Vec<PathBuf>,
}

impl DrawWith {
    /// The model's path and the files of the words.
    pub fn found(self) -> Result<(PathBuf, Vec<PathBuf>)> {
        let words = paths::words(self.word)?;
        Ok((paths::model(self.model)?, words))
    }
}

#[derive(Debug, Args)]
pub struct DrawInto {
    /// Width and height in pixels, such as 512x768, or the side of a square [default: the model's own]
    #[arg(long, value_name = "WxH", value_parser = options::size)]
    #[arg(conflicts_with_all = ["width", "height"])]
    size: Option<[u32; 2]>,
    /// The folder for the pictures; none that is in it is ever replaced
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    #[command(flatten)]
    pub job: JobOptions,
    #[command(flatten, next_help_heading = "Settings")]
    pub typed: Overrides<GenerateSettings>,
}

impl DrawInto {
    /// These settings with what was typed in their place; not yet validated.
    pub fn settings(&self, usual: GenerateSettings) -> Result<GenerateSettings> {
        drawn_by(&self.typed, self.size, usual)
    }
}

/// These settings with what was typed of them, and of the size, in their place; not yet validated.
pub fn drawn_by(
    typed: &Overrides<GenerateSettings>,
    size: Option<[u32; 2]>,
    usual: GenerateSettings,
) -> Result<GenerateSettings> {
    let mut settings = typed.over(usual)?;
    if let Some([width, height]) = size {
        (settings.width, settings.height) = (Some(width), Some(height));
    }
    for lora in &mut settings.loras {
        lora.file = paths::typed(std::mem::take(&mut lora.file))
            .map_err(|fault| Error::input(fault, "Name the file of a LoRA."))?;
    }
    Ok(settings)
}
