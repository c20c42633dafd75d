//! What the window knows of the pictures drawn beside their list: their folders, the favourites, what can be put back.
//!
//! Nothing here draws or reads a file.

use std::collections::HashSet;
use std::path::PathBuf;

use crate::state::AppState;
use disk::message::{Move, Moved};

/// The pictures drawn, beside their list.
#[derive(Debug, Clone, Default)]
pub struct Seeing {
    /// The folders in which they lie, that of all first.
    pub folders: Vec<PathBuf>,
    pub favourites: HashSet<PathBuf>,
    /// Another number whenever pictures, folders or favourites have changed.
    pub version: u64,
    /// Pictures that were finished since the last list came, the newest first.
    pub fresh: Vec<PathBuf>,
    /// What was moved last, and how: it can be put back.
    pub undo: Option<(Vec<Move>, Moved)>,
}

impl AppState {
    /// A picture was drawn: it is the newest.
    pub(crate) fn put_first(&mut self, picture: PathBuf) {
        self.seeing.fresh.insert(0, picture.clone());
        self.gallery.insert(0, picture);
        self.seeing.version += 1;
    }
}
