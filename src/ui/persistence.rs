//! How the window was left: its size and theme, the page, the models known, what was open.
//!
//! A file of another version, or with values that make no sense, is forgotten rather than obeyed.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::state::{AppState, ComposeDraft, Page};
use base::{FileKind, Result};
use project::DataDir;
use project::files::{read_toml, write_toml};

/// Raised when an older file can no longer be understood.
const VERSION: u32 = 1;

/// Light, dark, or as the system is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ThemeChoice {
    #[default]
    System,
    Light,
    Dark,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Persisted {
    /// [`VERSION`] of the program that wrote it.
    pub version: u32,
    /// Width and height in points.
    pub size: [f32; 2],
    pub maximized: bool,
    pub theme: ThemeChoice,
    #[serde(rename = "room")]
    pub page: Page,
    pub guided: bool,
    /// The model in use; `None` for the starter.
    pub model: Option<PathBuf>,
    pub models: Vec<PathBuf>,
    /// The device that was chosen, as it is written on the command line; `None` for the best.
    pub device: Option<String>,
    pub draft: Option<PathBuf>,
    pub interrupted: Option<PathBuf>,
    pub compose: ComposeDraft,
}

impl Default for Persisted {
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
            device: None,
            draft: None,
            interrupted: None,
            compose: ComposeDraft::default(),
        }
    }
}

impl Persisted {
    /// What was left, or the defaults.
    pub fn load(home: &DataDir) -> Self {
        let read: Result<Self> = read_toml(FileKind::Settings, &home.window());
        let mut left = read.ok().filter(|left| left.version == VERSION).unwrap_or_default();
        let sensible = left.size.iter().all(|side| side.is_finite() && (400.0..=10_000.0).contains(side));
        if !sensible {
            left.size = Self::default().size;
        }
        if left.compose.settings.validate().is_err() {
            left.compose = ComposeDraft::default();
        }
        // What has been moved or deleted since is not missed.
        left.model = left.model.filter(|path| path.exists());
        left.draft = left.draft.filter(|path| path.exists());
        left.interrupted = left.interrupted.filter(|path| path.exists());
        left.models.truncate(20);
        left
    }

    pub fn save(&self, home: &DataDir) -> Result<()> {
        let root = home.root();
        std::fs::create_dir_all(root).map_err(|e| base::Error::write(root, e))?;
        write_toml(FileKind::Settings, &home.window(), self)
    }
}

/// How the window stands now, and as it was last written.
pub(crate) struct Persistence {
    pub left: Persisted,
    saved: Persisted,
    saved_at: Instant,
}

impl Persistence {
    pub fn load(home: &DataDir) -> Self {
        let left = Persisted::load(home);
        Self { saved: left.clone(), left, saved_at: Instant::now() }
    }

    /// Takes in how the window stands; whether it is time to write it, which is at most once a second.
    pub fn follow(&mut self, ctx: &egui::Context, state: &AppState, guided: bool) -> bool {
        let left = &mut self.left;
        (left.page, left.guided) = (state.page, guided);
        left.compose.clone_from(&state.compose);
        left.draft = state.draft.as_ref().map(|draft| draft.folder.clone());
        left.model = state.model_path.clone().filter(|path| Some(path) != state.starter.as_ref());
        left.models.clone_from(&state.known_models);
        left.interrupted.clone_from(&state.interrupted);
        left.maximized = ctx.input(|i| i.viewport().maximized).unwrap_or(false);
        let rect = ctx.input(|i| i.viewport().inner_rect).filter(|_| !left.maximized);
        if let Some(rect) = rect {
            left.size = [rect.width(), rect.height()];
        }
        self.left != self.saved && self.saved_at.elapsed() > Duration::from_secs(1)
    }

    pub fn save(&mut self, home: &DataDir) -> Result<()> {
        self.saved.clone_from(&self.left);
        self.saved_at = Instant::now();
        self.left.save(home)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonsense_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let home = DataDir::at(folder.path().join("ö"));
        assert_eq!(Persisted::load(&home), Persisted::default());
        let mut left = Persisted { page: Page::Library, guided: true, ..Persisted::default() };
        left.compose.settings.prompt = "<ねこ>".into();
        left.save(&home).unwrap();
        assert_eq!(Persisted::load(&home), left);
        Persisted { size: [f32::NAN, 1.0], draft: Some("/gone".into()), ..left.clone() }.save(&home).unwrap();
        assert_eq!(Persisted::load(&home), left);
        Persisted { version: 99, ..left }.save(&home).unwrap();
        assert_eq!(Persisted::load(&home), Persisted::default());
        std::fs::write(home.window(), "room = 7").unwrap();
        assert_eq!(Persisted::load(&home), Persisted::default());
    }
}
