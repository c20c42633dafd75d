//! How windows were left, in one file for all that are open: `window.toml`.
//!
//! Each writes what changed in it, beside what others wrote since. It knows nothing of what stands there but the lists, and
//! what a newer version wrote it leaves alone: that was told when the window was opened.

use std::cell::RefCell;
use std::path::Path;

use base::atomic::write_atomic;
use base::places::make_folder;
use base::{FileKind, Result, alone, text_file};
use project::{DataDir, together};

/// Lists to which every window may add.
const LISTS: &[&str] = &["models"];

/// The file as this window wrote it last, or found it.
pub(super) struct WindowFile(RefCell<String>);

impl WindowFile {
    /// As it is before this window has changed anything.
    pub fn open(home: &DataDir) -> Self {
        Self(RefCell::new(read(&home.window())))
    }

    /// Writes how this window stands.
    pub fn save(&self, home: &DataDir, own: String) -> Result<()> {
        make_folder(home.root())?;
        let path = home.window();
        let _alone = alone(&path);
        let merged = together(&read(&path), &self.0.borrow(), &own, LISTS);
        if let Some(text) = merged {
            write_atomic(&path, text.as_bytes())?;
            self.0.replace(own);
        }
        Ok(())
    }
}

/// What cannot be read was set aside when the window was opened, and is nothing here.
fn read(path: &Path) -> String {
    text_file::read(FileKind::Settings, path).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn two_windows_lose_nothing_of_one_another() {
        let folder = tempfile::tempdir().unwrap();
        let home = DataDir::at(folder.path().join("home"));
        let text = |models: &str, page: &str| format!("version = 1\nmodels = [{models}]\npage = '{page}'\n");
        WindowFile::open(&home).save(&home, text("'m'", "learn")).unwrap();
        let [one, other] = [WindowFile::open(&home), WindowFile::open(&home)];
        one.save(&home, text("'m', 'n'", "learn")).unwrap();
        other.save(&home, text("'m', 'o'", "edit")).unwrap();
        one.save(&home, text("'m', 'n', 'p'", "learn")).unwrap();
        let kept = fs::read_to_string(home.window()).unwrap();
        for part in ["edit", "\"m\"", "\"n\"", "\"o\"", "\"p\""] {
            assert!(kept.replace('\'', "\"").contains(part), "{part}: {kept}");
        }
        fs::write(home.window(), "version = 2\n").unwrap();
        one.save(&home, text("", "learn")).unwrap();
        assert_eq!(fs::read_to_string(home.window()).unwrap(), "version = 2\n", "it is a newer version's");
    }
}
