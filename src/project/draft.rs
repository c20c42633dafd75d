//! A concept before it is learned: its pictures, its word and the settings, in one folder that any run can learn
//! from.
//!
//! Pictures are copied in, so that moving the originals breaks nothing. `draft.toml` holds the word and the
//! settings, `dataset.toml` what was decided about the pictures. It decodes no picture.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::concept::{Concept, ConceptKind};
use super::dataset::{self, DATASET_FILE, Dataset};
use super::files::{read_or_set_aside, read_toml, write_toml};
use super::picture_entry::PictureEntry;
use super::settings::{LearnSettings, Preset};
use base::places::make_folder;
use base::{Error, FileKind, Result};

/// The file that makes a folder a concept.
pub const CONCEPT_FILE: &str = "draft.toml";

/// A concept being prepared; what `draft.toml` does not hold is skipped.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    /// Where it lies.
    #[serde(skip)]
    pub folder: PathBuf,
    /// The word, which may not be valid yet.
    pub concept: Concept,
    /// How to learn it.
    #[serde(default)]
    pub settings: LearnSettings,
    /// The pictures; none yet for a new concept.
    #[serde(skip)]
    pub entries: Vec<PictureEntry>,
}

impl Draft {
    /// A new, empty concept in a new folder below `parent`, named after the word.
    pub fn create(parent: &Path, concept: Concept) -> Result<Self> {
        let stem = match concept.word.is_empty() {
            true => "concept".to_owned(),
            false => concept.file_stem(),
        };
        make_folder(parent)?;
        let folder = loop {
            let folder = free_folder(parent, &stem);
            match fs::create_dir(&folder) {
                Ok(()) => break folder,
                // Another window was quicker.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(Error::write(&folder, error)),
            }
        };
        let settings = LearnSettings::preset(Preset::Default, concept.kind);
        let draft = Self { folder, concept, settings, entries: Vec::new() };
        draft.save().inspect_err(|_| {
            // An empty folder would be a concept that nobody can open.
            let _ = fs::remove_dir(&draft.folder);
        })?;
        Ok(draft)
    }

    /// An empty word for a thing.
    pub fn blank() -> Concept {
        Concept { word: String::new(), initial_word: String::new(), kind: ConceptKind::Object }
    }

    /// Opens a concept.
    pub fn open(folder: &Path) -> Result<Self> {
        let draft: Self = read_toml(FileKind::Settings, &folder.join(CONCEPT_FILE))?;
        Ok(Self { folder: folder.to_path_buf(), entries: Dataset::list(folder)?.entries, ..draft })
    }

    /// Why pictures have no caption whose caption cannot be read, in one text; `None` if there are none.
    pub fn unread_captions(&self) -> Result<Option<String>> {
        let unread = Dataset::list(&self.folder)?.unread_captions;
        Ok((!unread.is_empty()).then(|| unread.join(" ")))
    }

    /// Writes what was decided. Pictures are not touched.
    pub fn save(&self) -> Result<()> {
        // The decisions about pictures that are gone must go too: another may come under the same name.
        if !self.entries.is_empty() || self.folder.join(DATASET_FILE).exists() {
            let (folder, entries) = (self.folder.clone(), self.entries.clone());
            Dataset { folder, entries, ..Dataset::default() }.save()?;
        }
        write_toml(FileKind::Settings, &self.folder.join(CONCEPT_FILE), self)
    }

    /// Keeps what lies in the folder and cannot be read beside its place, before [`save`](Self::save) writes there; a
    /// sentence about each.
    pub fn set_damaged_aside(&self) -> Vec<String> {
        let (_, concept) = read_or_set_aside::<Self>(FileKind::Settings, &self.folder.join(CONCEPT_FILE));
        concept.into_iter().chain(dataset::set_damaged_aside(&self.folder)).collect()
    }

    /// Reads the list of pictures again, keeping the decisions made here about those that are still there.
    pub fn refresh(&mut self) -> Result<()> {
        let mut entries = Dataset::list(&self.folder)?.entries;
        for entry in &mut entries {
            if let Some(known) = self.entries.iter().find(|known| known.path == entry.path) {
                // A mask may have come or gone with its file.
                *entry = PictureEntry { mask: entry.mask.take(), ..known.clone() };
            }
        }
        self.entries = entries;
        Ok(())
    }
}

/// `parent/stem`, or with the first number from 2 that is free.
pub fn free_folder(parent: &Path, stem: &str) -> PathBuf {
    let first = parent.join(stem);
    // A link that leads nowhere has its name too.
    let free = |path: &PathBuf| path.symlink_metadata().is_err();
    if free(&first) {
        return first;
    }
    let numbered = (2_u32..).map(|n| parent.join(format!("{stem}-{n}")));
    numbered.into_iter().find(free).unwrap_or(first)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Linux takes paths of 4095 bytes: one that has room for the folder and none for the file in it.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_concept_that_cannot_be_written_leaves_no_folder() {
        let home = tempfile::tempdir().unwrap();
        let mut parent = home.path().to_path_buf();
        let left = |parent: &Path| 4080 - parent.as_os_str().len();
        while left(&parent) > 201 {
            parent.push("x".repeat(99));
        }
        parent.push("x".repeat(left(&parent) - 1));
        assert!(Draft::create(&parent, Draft::blank()).is_err());
        assert_eq!(fs::read_dir(&parent).unwrap().count(), 0);
    }

    #[test]
    fn a_concept_survives_being_closed() {
        let home = tempfile::tempdir().unwrap();
        let concept =
            Concept { word: "<ねこ>".into(), initial_word: "cat".into(), kind: ConceptKind::Object };
        let mut draft = Draft::create(home.path(), concept.clone()).unwrap();
        assert_eq!(Draft::open(&draft.folder).unwrap(), draft);
        image::RgbImage::new(3, 2).save(draft.folder.join("a.png")).unwrap();
        draft.refresh().unwrap();
        draft.entries[0].allow_flip = false;
        draft.settings.steps = 7;
        draft.save().unwrap();
        let mut again = Draft::open(&draft.folder).unwrap();
        assert_eq!(again, draft);
        again.entries[0].enabled = false;
        image::RgbImage::new(3, 2).save(draft.folder.join("b.png")).unwrap();
        again.refresh().unwrap();
        assert_eq!(again.entries.iter().map(|e| e.enabled).collect::<Vec<_>>(), [false, true]);
        let second = Draft::create(home.path(), concept).unwrap();
        assert_ne!(second.folder, draft.folder);
        let home = home.path();
        let folders = std::thread::scope(|scope| {
            let create = |_| Draft::create(home, Draft::blank()).unwrap().folder;
            let many = move || (0..10).map(create).collect::<Vec<_>>();
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(many)).collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect::<BTreeSet<_>>()
        });
        assert_eq!(folders.len(), 40, "two windows never share a concept");
        assert!(again.set_damaged_aside().is_empty());
        for name in [CONCEPT_FILE, DATASET_FILE] {
            fs::write(draft.folder.join(name), "concept = ").unwrap();
            let said = again.set_damaged_aside();
            assert!(said.len() == 1 && said[0].contains(name), "{said:?}");
            again.save().unwrap();
            assert!(draft.folder.join(format!("{name}.damaged-1")).is_file());
        }
    }
}
