//! The vectors that a run began with, where they are more than the rows of its initial word: kept beside the
//! checkpoints, so that it goes on without what they were computed from.

use std::fs;
use std::io;

use super::{CHECKPOINTS, RunFolder};
use crate::Checkpoint;
use base::atomic::write_atomic;
use base::{Error, Result};

/// Its name is none that a step can have.
const START: &str = "start.safetensors";

impl RunFolder {
    /// Keeps the vectors the run began with, as a checkpoint before any step.
    pub fn save_start(&self, start: &Checkpoint) -> Result<()> {
        write_atomic(&self.subfolder(CHECKPOINTS)?.join(START), &start.to_bytes()?)
    }

    /// The vectors the run began with; `None` if they were not kept.
    pub fn start(&self) -> Result<Option<Checkpoint>> {
        let path = self.file(CHECKPOINTS).join(START);
        match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            read => {
                let start = Checkpoint::from_bytes(&read.map_err(|e| Error::read(&path, e))?, &path)?;
                self.expect_whole(&start, &path)?;
                Ok(Some(start))
            }
        }
    }
}
