//! The masks that a run keeps itself: those that were suggested for its pictures, which nobody painted and which lie
//! beside no picture.
//!
//! `run.toml` names them from the run's folder, so that the folder can be moved; in memory their paths are whole.

use std::io::Cursor;
use std::path::{Path, PathBuf};

use image::{GrayImage, ImageFormat};

use super::RunFolder;
use crate::manifest::RunManifest;
use base::atomic::write_atomic;
use base::{Error, Result};

/// The folder of these masks in that of the run.
pub const MASKS: &str = "masks";

/// A mask that a run keeps: its path from the run's folder, below [`MASKS`], and what it leaves to learn.
pub type RunMask = (PathBuf, GrayImage);

impl RunFolder {
    /// Writes the masks of a run that begins.
    pub(super) fn save_masks(&self, masks: &[RunMask]) -> Result<()> {
        if !masks.is_empty() {
            self.subfolder(MASKS)?;
        }
        for (place, mask) in masks {
            let mut png = Cursor::new(Vec::new());
            let written = mask.write_to(&mut png, ImageFormat::Png);
            written.map_err(|e| Error::Internal(format!("a mask cannot be written as PNG ({e})")))?;
            write_atomic(&self.path.join(place), png.get_ref())?;
        }
        Ok(())
    }
}

impl RunManifest {
    /// The same with the whole paths of the masks that the run in this folder keeps.
    pub(super) fn with_masks_in(mut self, run: &Path) -> Self {
        let all = self.pictures.iter_mut().chain(&mut self.second_pictures);
        for mask in all.filter_map(|picture| picture.entry.mask.as_mut()) {
            if mask.starts_with(MASKS) {
                *mask = run.join(&*mask);
            }
        }
        self
    }

    /// The same with the paths of these masks from the run's folder.
    pub(super) fn with_masks_of(&self, run: &Path) -> Self {
        let mut stored = self.clone();
        let all = stored.pictures.iter_mut().chain(&mut stored.second_pictures);
        for mask in all.filter_map(|picture| picture.entry.mask.as_mut()) {
            if let Ok(place) = mask.strip_prefix(run.join(MASKS)) {
                *mask = Path::new(MASKS).join(place);
            }
        }
        stored
    }
}
