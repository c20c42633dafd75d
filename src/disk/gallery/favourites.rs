//! Which of the pictures drawn are favourites: `gallery.toml`, which several windows may change.
//!
//! One that cannot be read is set aside before another is written; one of a newer version stays as it is, and nothing is
//! changed in it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use base::places::make_folder;
use base::{FileKind, Result, alone, aside};
use project::DataDir;
use project::files::{or_set_aside, read_known, write_toml};

/// Raised when an older file can no longer be understood.
const VERSION: u32 = 1;

/// The file of favourites.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Kept {
    /// [`VERSION`] of the program that wrote it; 0 before there was any.
    version: u32,
    /// Below the folder of pictures.
    pub favourites: BTreeSet<PathBuf>,
}

impl Kept {
    /// What is kept; and what to say if that cannot be read and was set aside.
    pub fn load(home: &DataDir) -> (Self, Option<String>) {
        let path = home.gallery();
        let (kept, said) = or_set_aside(read_known(FileKind::Settings, &path, VERSION), &path);
        (kept.unwrap_or_default(), said)
    }

    /// Changes what is kept, which no other window does meanwhile; what it is now, and what [`Self::load`] says.
    ///
    /// # Errors
    /// If a newer version wrote it, or it cannot be written.
    pub fn change(home: &DataDir, change: impl FnOnce(&mut Self)) -> Result<(Self, Option<String>)> {
        let path = home.gallery();
        make_folder(home.root())?;
        let _alone = alone(&path);
        let (kept, said) = match read_known(FileKind::Settings, &path, VERSION) {
            Err(fault) if aside::is_newer(&fault) => return Err(fault),
            read => or_set_aside(read, &path),
        };
        let mut kept: Self = kept.unwrap_or_default();
        let before = kept.clone();
        change(&mut kept);
        if kept != before {
            kept.version = VERSION;
            write_toml(FileKind::Settings, &path, &kept)?;
        }
        Ok((kept, said))
    }

    /// The favourites with their folders.
    pub fn whole(&self, top: &Path) -> BTreeSet<PathBuf> {
        self.favourites.iter().map(|path| top.join(path)).collect()
    }
}
