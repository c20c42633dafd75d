//! How the window was left: its size, theme and language, the page, the models known, what was open.
//!
//! A file of an older version is set aside rather than obeyed, one of a newer version stays, and single values that make no
//! sense are left out; all that is said. It is read before the first frame; the disk's thread writes it.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::editing::EditDraft;
use crate::language::LanguageChoice;
use crate::state::{AppState, ComposeDraft, Page};
use base::{Error, FileKind, Result, aside, with_defaults};
use disk::message::Task;
use project::files::{or_set_aside, read_what_can_be, to_toml};
use project::{DataDir, EditSettings};

/// Raised when an older file can no longer be understood.
const VERSION: u32 = 1;
/// Sides that a window can have, in points.
const SIDES: std::ops::RangeInclusive<f32> = 400.0..=10_000.0;

/// Light, dark, or as the system is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ThemeChoice {
    #[default]
    System,
    Light,
    Dark,
}

with_defaults! {
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    #[serde(default)]
    pub struct Persisted {
        /// [`VERSION`] of the program that wrote it.
        pub version: u32 = VERSION,
        /// Width and height in points.
        pub size: [f32; 2] = [1280.0, 800.0],
        pub maximized: bool = false,
        pub theme: ThemeChoice = ThemeChoice::default(),
        pub language: LanguageChoice = LanguageChoice::default(),
        #[serde(rename = "room")]
        pub page: Page = Page::default(),
        pub guided: bool = false,
        /// The model in use; `None` for the starter.
        pub model: Option<PathBuf> = None,
        pub models: Vec<PathBuf> = Vec::new(),
        /// The device that was chosen, as it is written on the command line; `None` for the best.
        pub device: Option<String> = None,
        pub draft: Option<PathBuf> = None,
        /// The run that was left, in windows of before this was kept with the run itself.
        #[serde(skip_serializing)]
        pub interrupted: Option<PathBuf> = None,
        /// The folder of the picture that was edited.
        pub edited: Option<PathBuf> = None,
        pub compose: ComposeDraft = ComposeDraft::default(),
        pub edit: EditDraft = EditDraft::default(),
    }
}

impl Persisted {
    /// What was left, or the defaults; and what to say if it could not be read or made no sense, which is set aside.
    pub fn load(home: &DataDir) -> (Self, Option<String>) {
        let path = home.window();
        let (read, said) = or_set_aside(read_what_can_be::<Self>(FileKind::Settings, &path), &path);
        let Some((mut left, unread)) = read else { return (Self::default(), said) };
        let fault = |fault: &str| Error::file(FileKind::Settings, &path, fault, "");
        if left.version > VERSION {
            return (Self::default(), Some(aside::newer(FileKind::Settings, &path).to_string()));
        }
        if left.version < VERSION {
            let fault = fault("how the window was left was written by another version of Pseudoword");
            return (Self::default(), Some(aside::sentence(&fault, &aside::set_aside(&path))));
        }
        let mut said = None;
        let sensible = left.size.iter().all(|side| SIDES.contains(side));
        if !sensible {
            left.size = Self::default().size;
        }
        let unread = unread.into_iter().map(|key| format!("{key} to what is usual"));
        let ranges = left.compose.settings.bring_into_range().into_iter();
        let ranges = ranges.chain(left.edit.drawing.settings.bring_into_range());
        let changed: Vec<String> = unread.chain(ranges).collect();
        if left.edit.edit.validate().is_err() {
            left.edit.edit = EditSettings::default();
        }
        if !changed.is_empty() {
            let fault = fault(&format!("values that cannot be used were changed: {}", changed.join(", ")));
            said = Some(aside::sentence(&fault, &aside::copy_aside(&path)));
        }
        // What has been moved or deleted since is not missed.
        left.model = left.model.filter(|path| path.exists());
        left.draft = left.draft.filter(|path| path.exists());
        left.edited = left.edited.filter(|path| path.exists());
        left.interrupted = left.interrupted.filter(|path| path.exists());
        left.models.truncate(20);
        (left, said)
    }

    /// What was left, before there is a window. Nothing is set aside yet: nobody could be told.
    fn first_look(home: &DataDir) -> Self {
        let read = read_what_can_be::<Self>(FileKind::Settings, &home.window());
        read.ok().map(|(left, _)| left).filter(|left| left.version == VERSION).unwrap_or_default()
    }

    /// The language that was chosen.
    pub fn language(home: &DataDir) -> LanguageChoice {
        Self::first_look(home).language
    }

    /// The size in which the window was left.
    pub fn size(home: &DataDir) -> ([f32; 2], bool) {
        let left = Self::first_look(home);
        let sensible = left.size.iter().all(|side| SIDES.contains(side));
        (if sensible { left.size } else { Self::default().size }, left.maximized)
    }

    /// As it is written.
    fn document(&self, home: &DataDir) -> Result<String> {
        to_toml(FileKind::Settings, &home.window(), self)
    }
}

/// How the window stands now, and as it was last written.
pub(crate) struct Persistence {
    pub left: Persisted,
    saved: Persisted,
    saved_at: Instant,
}

impl Persistence {
    /// As it was left, and what to say about that.
    pub fn load(home: &DataDir) -> (Self, Option<String>) {
        let (left, said) = Persisted::load(home);
        let mut saved = left.clone();
        if said.is_some() {
            // What was changed is written soon, so that it is said once.
            saved.version = 0;
        }
        (Self { saved, left, saved_at: Instant::now() }, said)
    }

    /// Takes in how the window stands; whether it is time to write it, which is at most once a second.
    pub fn follow(&mut self, ctx: &egui::Context, state: &AppState, guided: bool) -> bool {
        let left = &mut self.left;
        (left.page, left.guided) = (state.page, guided);
        left.compose.clone_from(&state.compose);
        left.edit.clone_from(&state.editing.draft);
        let missed = left.edited.take().filter(|_| !state.editing.forgotten);
        left.edited = state.editing.open.as_ref().map(|open| open.folder.clone()).or(missed);
        left.draft = state.draft.as_ref().map(|draft| draft.folder.clone());
        left.model = state.model_path.clone().filter(|path| Some(path) != state.starter.as_ref());
        left.models.clone_from(&state.known_models);
        left.maximized = ctx.input(|i| i.viewport().maximized).unwrap_or(false);
        let rect = ctx.input(|i| i.viewport().inner_rect).filter(|_| !left.maximized);
        if let Some(rect) = rect {
            left.size = [rect.width(), rect.height()];
        }
        self.left != self.saved && self.saved_at.elapsed() > Duration::from_secs(1)
    }

    /// What is to be written now.
    pub fn save(&mut self, home: &DataDir) -> Result<Task> {
        self.saved.clone_from(&self.left);
        self.saved_at = Instant::now();
        self.left.document(home).map(Task::SaveWindow)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn save(left: &Persisted, home: &DataDir) {
        std::fs::create_dir_all(home.root()).unwrap();
        std::fs::write(home.window(), left.document(home).unwrap()).unwrap();
    }

    #[test]
    fn the_window_is_found_as_it_was_left() {
        let folder = tempfile::tempdir().unwrap();
        let home = DataDir::at(folder.path().join("ö"));
        let quietly = |left: &Persisted| assert_eq!(Persisted::load(&home), (left.clone(), None));
        quietly(&Persisted::default());
        assert_eq!(Persisted::language(&home), LanguageChoice::System);
        let language = LanguageChoice::Japanese;
        let mut left = Persisted { page: Page::Library, guided: true, language, ..Persisted::default() };
        left.compose.settings.prompt = "<ねこ>".into();
        save(&left, &home);
        quietly(&left);
        save(&Persisted { size: [f32::NAN, 1.0], draft: Some("/gone".into()), ..left.clone() }, &home);
        quietly(&left);
        assert_eq!((Persisted::size(&home), Persisted::language(&home)), ((left.size, false), language));
    }

    #[test]
    fn how_a_newer_window_was_left_stays() {
        let folder = tempfile::tempdir().unwrap();
        let home = DataDir::at(folder.path().to_path_buf());
        save(&Persisted { version: VERSION + 1, page: Page::Library, ..Persisted::default() }, &home);
        let (left, said) = Persisted::load(&home);
        assert_eq!(left, Persisted::default());
        assert!(said.unwrap().contains("newer version"));
        assert!(home.window().is_file(), "the newer version finds it");
    }

    #[test]
    fn what_makes_no_sense_is_set_aside_and_said_once() {
        let folder = tempfile::tempdir().unwrap();
        let home = DataDir::at(folder.path().to_path_buf());
        let mut nonsense = Persisted { page: Page::Library, ..Persisted::default() };
        nonsense.compose.settings.prompt = "a long prompt".into();
        nonsense.compose.settings.steps = 0;
        let mut kept = 0;
        let mut told = |expected: &Persisted| {
            kept += 1;
            assert_eq!(Persisted::size(&home).0, Persisted::default().size);
            let (left, said) = Persisted::load(&home);
            let said = said.unwrap();
            assert_eq!(left, *expected);
            assert!(said.contains(&format!("window.toml.damaged-{kept}")), "{said}");
        };
        // The rest of it is good: that stays in use, and its copy holds what was written.
        save(&nonsense, &home);
        let mut mended = nonsense.clone();
        mended.compose.settings.steps = 1;
        told(&mended);
        let copy = std::fs::read_to_string(home.root().join("window.toml.damaged-1")).unwrap();
        assert!(copy.contains("a long prompt"));
        save(&Persisted { version: 0, ..Persisted::default() }, &home);
        told(&Persisted::default());
        // A value of the wrong kind, one that is not known any more, and a key of a later time cost only themselves.
        let text = nonsense.document(&home).unwrap().replace("steps = 0", "steps = \"many\"\nhair = 3");
        std::fs::write(home.window(), text.replace("sampler = \"dpmpp-2m\"", "sampler = \"dpm\"")).unwrap();
        mended.compose.settings.steps = 25;
        told(&mended);
        std::fs::write(home.window(), "room = ").unwrap();
        told(&Persisted::default());
        assert_eq!(Persisted::load(&home), (Persisted::default(), None), "it is said once");
    }
}
