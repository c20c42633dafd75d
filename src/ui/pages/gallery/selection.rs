//! Which pictures of those in view are chosen, by pointer and keys.
//!
//! As file managers do it: a press chooses one alone, with Ctrl it comes to the others or goes, with Shift all from the
//! last to this one are chosen.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use egui::Modifiers;

#[derive(Debug, Default)]
pub(super) struct Selection {
    chosen: HashSet<PathBuf>,
    /// The one that was pressed last without Shift.
    from: Option<PathBuf>,
}

impl Selection {
    /// A picture of those `shown` was pressed.
    pub fn press(&mut self, path: &Path, shown: &[PathBuf], modifiers: Modifiers) {
        let place = |wanted: &Path| shown.iter().position(|known| known == wanted);
        let range = self
            .from
            .as_deref()
            .filter(|_| modifiers.shift)
            .and_then(|from| Some((place(from)?, place(path)?)));
        match range {
            Some((from, to)) => {
                if !modifiers.command {
                    self.chosen.clear();
                }
                self.chosen.extend(shown.iter().take(from.max(to) + 1).skip(from.min(to)).cloned());
            }
            None if modifiers.command => {
                if !self.chosen.remove(path) {
                    self.chosen.insert(path.to_path_buf());
                }
                self.from = Some(path.to_path_buf());
            }
            None => self.only(path),
        }
    }

    pub fn only(&mut self, path: &Path) {
        self.chosen = HashSet::from([path.to_path_buf()]);
        self.from = Some(path.to_path_buf());
    }

    pub fn all(&mut self, shown: &[PathBuf]) {
        self.chosen = shown.iter().cloned().collect();
    }

    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Lets go of those that are not shown any more.
    pub fn keep(&mut self, shown: &[PathBuf]) {
        if !self.chosen.is_empty() {
            let shown: HashSet<&PathBuf> = shown.iter().collect();
            self.chosen.retain(|path| shown.contains(path));
        }
    }

    /// The chosen one that was pressed last, else any of them.
    pub fn last(&self) -> Option<&PathBuf> {
        let pressed = self.from.as_ref().filter(|path| self.chosen.contains(*path));
        pressed.or_else(|| self.chosen.iter().min())
    }

    pub fn has(&self, path: &Path) -> bool {
        self.chosen.contains(path)
    }

    pub fn len(&self) -> usize {
        self.chosen.len()
    }

    /// The one that is chosen, if it is one alone.
    pub fn one(&self) -> Option<&Path> {
        self.chosen.iter().next().filter(|_| self.chosen.len() == 1).map(PathBuf::as_path)
    }

    /// In the order of those shown.
    pub fn in_order(&self, shown: &[PathBuf]) -> Vec<PathBuf> {
        shown.iter().filter(|path| self.chosen.contains(*path)).cloned().collect()
    }

    /// Those of a set that are chosen, and whether all that are chosen belong to it.
    pub fn are_all(&self, belongs: impl Fn(&Path) -> bool) -> bool {
        !self.chosen.is_empty() && self.chosen.iter().all(|path| belongs(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_chosen_as_in_a_file_manager() {
        let shown: Vec<PathBuf> = (0..6).map(|i| format!("{i}.png").into()).collect();
        let mut selection = Selection::default();
        let (shift, command) = (Modifiers::SHIFT, Modifiers::COMMAND);
        let mut press = |place: usize, modifiers: Modifiers| {
            selection.press(&shown[place], &shown, modifiers);
            (0..6).filter(|i| selection.has(&shown[*i])).collect::<Vec<_>>()
        };
        assert_eq!(press(1, shift), [1], "from nowhere");
        assert_eq!(press(4, Modifiers::NONE), [4]);
        assert_eq!(press(2, shift), [2, 3, 4]);
        assert_eq!(press(5, shift), [4, 5], "from where the last press was");
        assert_eq!(press(0, command), [0, 4, 5]);
        assert_eq!(press(1, shift | command), [0, 1, 4, 5]);
        assert_eq!(press(4, command), [0, 1, 5]);
        assert!(selection.one().is_none() && selection.len() == 3);
        assert_eq!(selection.in_order(&shown), [&shown[0], &shown[1], &shown[5]].map(Clone::clone));
        selection.keep(&shown[1..3]);
        assert_eq!(selection.one(), Some(shown[1].as_path()));
        assert!(selection.are_all(|path| path.ends_with("1.png")));
        selection.all(&shown);
        assert_eq!(selection.len(), 6);
        selection.clear();
        assert!(!selection.are_all(|_| true));
    }
}
