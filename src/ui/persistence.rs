//! How the window was left: its size and theme, the page, the models known, what was open.
//!
//! A file of another version, or with values that make no sense, is forgotten rather than obeyed.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::state::{ComposeDraft, Page};
use base::{FileKind, Result};
use project::Home;
use project::files::{read_toml, write_toml};

/// Raised when an older file can no longer be understood.
const VERSION: u32 = 1;

/// Light, dark, or as the system is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ThemeChoice {
    /// As the system is.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// How the window was left.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Memory {
    /// [`VERSION`] of the program that wrote it.
    pub version: u32,
    /// Width and height in points.
    pub size: [f32; 2],
    /// Whether it fills the screen.
    pub maximized: bool,
    /// Light or dark.
    pub theme: ThemeChoice,
    /// The page.
    #[serde(rename = "room")]
    pub page: Page,
    /// Whether the guide was seen.
    pub guided: bool,
    /// The model in use; `None` for the starter.
    pub model: Option<PathBuf>,
    /// Models used before.
    pub models: Vec<PathBuf>,
    /// The concept that was open.
    pub draft: Option<PathBuf>,
    /// A run that was learning when the window was closed.
    pub interrupted: Option<PathBuf>,
    /// What was to be drawn.
    pub compose: ComposeDraft,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            version: VERSION,
            size: [1280.0, 800.0],
            maximized: false,
            theme: ThemeChoice::default(),
            page: Page::default(),
            guided: false,
            model: None,
            models: Vec::new(),
            draft: None,
            interrupted: None,
            compose: ComposeDraft::default(),
        }
    }
}

impl Memory {
    /// What was left, or the defaults.
    pub fn load(home: &Home) -> Self {
        let read: Result<Self> = read_toml(FileKind::Settings, &home.window());
        let mut memory = read.ok().filter(|memory| memory.version == VERSION).unwrap_or_default();
        let sensible = memory.size.iter().all(|side| side.is_finite() && (400.0..=10_000.0).contains(side));
        if !sensible {
            memory.size = Self::default().size;
        }
        if memory.compose.settings.validate().is_err() {
            memory.compose = ComposeDraft::default();
        }
        // What has been moved or deleted since is not missed.
        memory.model = memory.model.filter(|path| path.exists());
        memory.draft = memory.draft.filter(|path| path.exists());
        memory.interrupted = memory.interrupted.filter(|path| path.exists());
        memory.models.truncate(20);
        memory
    }

    /// Writes it, atomically.
    ///
    /// # Errors
    /// [`base::Error::Io`].
    pub fn save(&self, home: &Home) -> Result<()> {
        let root = home.root();
        std::fs::create_dir_all(root).map_err(|e| base::Error::write(root, e))?;
        write_toml(FileKind::Settings, &home.window(), self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonsense_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(folder.path().join("ö"));
        assert_eq!(Memory::load(&home), Memory::default());
        let mut memory = Memory { page: Page::Library, guided: true, ..Memory::default() };
        memory.compose.settings.prompt = "<ねこ>".into();
        memory.save(&home).unwrap();
        assert_eq!(Memory::load(&home), memory);
        Memory { size: [f32::NAN, 1.0], draft: Some("/gone".into()), ..memory.clone() }.save(&home).unwrap();
        assert_eq!(Memory::load(&home), memory);
        Memory { version: 99, ..memory }.save(&home).unwrap();
        assert_eq!(Memory::load(&home), Memory::default());
        std::fs::write(home.window(), "room = 7").unwrap();
        assert_eq!(Memory::load(&home), Memory::default());
    }
}
