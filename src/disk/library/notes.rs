//! What an artist noted of words, and which folders of words are watched: `library.json`, a file of ours.
//!
//! A word is known by its numbers, so that notes follow a file that is moved, renamed or brought in. Nothing is written
//! into files of other programs, and nothing that cannot be read is written over.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::message::Answer;
use crate::small;
use base::atomic::write_atomic;
use base::places::make_folder;
use base::{Error, FileKind, Result, alone, aside, text_file, units};
use format::embedding::LearnedWord;
use format::png_info::to_png;
use project::files::{inside, or_set_aside, sha256, write_json};
use project::picture::open_picture;
use project::{ConceptKind, DataDir};

/// Raised when an older file can no longer be understood.
const VERSION: u32 = 1;
/// Bytes of the file: far more than notes of 100,000 words have.
const LARGEST: u64 = 256 << 20;
/// How many folders can be watched.
const MOST: usize = 100;

/// Two threads of this process change the file.
static CHANGING: Mutex<()> = Mutex::new(());

/// What an artist noted of a word.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct WordNotes {
    /// Short words to find it by.
    pub tags: Vec<String>,
    /// Groups that it belongs to.
    pub collections: Vec<String>,
    /// Anything else.
    pub text: String,
    /// Whether it is one of the favourites.
    pub favourite: bool,
    /// From 1 to 5; 0 if it was not rated.
    pub rating: u8,
    /// Whether it is a thing or a style, of a word of another program, beside which no note is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<ConceptKind>,
}

impl WordNotes {
    /// Takes over what was changed from `before` to `after`: all else may have been noted in another window since.
    pub(super) fn take(&mut self, before: &Self, after: &Self) {
        fn part<T: Clone + PartialEq>(own: &mut T, before: &T, after: &T) {
            if before != after {
                own.clone_from(after);
            }
        }
        part(&mut self.tags, &before.tags, &after.tags);
        part(&mut self.collections, &before.collections, &after.collections);
        part(&mut self.text, &before.text, &after.text);
        part(&mut self.favourite, &before.favourite, &after.favourite);
        part(&mut self.rating, &before.rating, &after.rating);
        part(&mut self.kind, &before.kind, &after.kind);
    }
}

/// The file.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Notes {
    version: u32,
    /// The folders that are watched, in the order in which they were named.
    pub folders: Vec<PathBuf>,
    /// By the content of words; see [`content`].
    pub words: BTreeMap<String, WordNotes>,
}

/// All that is read of a file before the rest.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Written {
    version: u32,
}

impl Notes {
    /// What is kept; nothing if there is no such file.
    pub fn load(home: &DataDir) -> Result<Self> {
        match Self::read(&home.library()) {
            Err(Error::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
                Ok(Self::default())
            }
            read => read,
        }
    }

    /// What is kept; and what to say if that cannot be understood and was set aside.
    pub fn load_or_set_aside(home: &DataDir) -> (Self, Option<Answer>) {
        let path = home.library();
        let (read, said) = or_set_aside(Self::read(&path), &path);
        (read.unwrap_or_default(), said.map(Answer::Refused))
    }

    fn read(path: &Path) -> Result<Self> {
        let refuse = |fault: String| {
            let remedy = "Correct it in a text editor, or move it elsewhere.";
            Error::file(FileKind::Settings, path, fault, remedy)
        };
        let bytes = text_file::read_bytes(FileKind::Settings, path, LARGEST)?;
        // Nobody knows what else a newer version changes.
        let newer = |written: Written| written.version > VERSION;
        if serde_json::from_slice(&bytes).is_ok_and(newer) {
            return Err(aside::newer(FileKind::Settings, path));
        }
        serde_json::from_slice(&bytes)
            .map_err(|error| refuse(format!("it is not readable as notes of words ({error})")))
    }

    /// Changes what is kept, and writes it whole or not at all.
    pub fn change(home: &DataDir, change: impl FnOnce(&mut Self)) -> Result<()> {
        let _one = CHANGING.lock().unwrap_or_else(PoisonError::into_inner);
        let _alone = alone(&home.library());
        let mut notes = Self::load(home)?;
        let before = notes.clone();
        change(&mut notes);
        if notes == before {
            return Ok(());
        }
        notes.version = VERSION;
        notes.words.retain(|_, notes| *notes != WordNotes::default());
        make_folder(home.root())?;
        write_json(&home.library(), &notes)
    }

    /// Watches a folder from now on.
    pub fn watch(home: &DataDir, folder: &Path) -> Result<()> {
        let folder = std::path::absolute(folder).map_err(|e| Error::read(folder, e))?;
        let refuse = |fault: &str, remedy: &str| Err(Error::file(FileKind::Settings, &folder, fault, remedy));
        if !folder.is_dir() {
            let remedy = "Choose a folder, and check that the drive it is on is connected.";
            return refuse("there is no such folder", remedy);
        }
        if folder.to_str().is_none() {
            return refuse("its name is not text", "Give the folder another name.");
        }
        let real = |path: &Path| path.canonicalize().ok();
        if real(&folder) == real(&home.words()) {
            return refuse("this is the library itself", "It is shown already.");
        }
        if Self::load(home)?.folders.len() >= MOST {
            let remedy = "Take some off the list, or name a folder that holds several of them.";
            return Err(Error::input(format!("{MOST} folders are watched already"), remedy));
        }
        Self::change(home, |notes| {
            if !notes.folders.contains(&folder) {
                notes.folders.push(folder.clone());
            }
        })
    }
}

/// What a word is known by, whatever its file is called and of which kind it is: SHA-256 of the widths of its vectors
/// and of all their numbers.
pub(crate) fn content(word: &LearnedWord) -> String {
    let second = word.second.iter().flat_map(|second| &second.values);
    let widths = word.widths().into_iter().flat_map(|width| (width as u64).to_le_bytes());
    let numbers = word.vectors.iter().chain(second).flat_map(|number| number.to_le_bytes());
    sha256(&widths.chain(numbers).collect::<Vec<u8>>())
}

/// What was noted of a word follows it when a run goes on and its numbers change.
pub(super) fn follow(home: &DataDir, old: &str, new: &LearnedWord) -> Result<()> {
    let new = content(new);
    if old == new {
        return Ok(());
    }
    Notes::change(home, |notes| {
        if let Some(known) = notes.words.get(old).cloned() {
            notes.words.entry(new).or_insert(known);
        }
    })
}

/// The pictures that were chosen for words, by the content of these.
pub(super) fn chosen_pictures(home: &DataDir) -> HashMap<String, PathBuf> {
    let mut paths: Vec<PathBuf> = inside(&home.word_pictures()).collect();
    // Of several the last one counts: the others could not be taken away.
    paths.sort();
    let named = |path: PathBuf| {
        let stem = path.file_stem()?.to_str()?.split_once('-')?.0.to_owned();
        Some((stem, path))
    };
    paths.into_iter().filter_map(named).collect()
}

/// Shows a word by a picture from now on; a small copy is kept, the picture itself stays where it is. Without one it is
/// shown as before one was chosen.
pub(super) fn choose_picture(home: &DataDir, content: &str, from: Option<&Path>, side: u32) -> Result<()> {
    let folder = home.word_pictures();
    let before = chosen_pictures(home).remove(content);
    let mut new = None;
    if let Some(from) = from {
        make_folder(&folder)?;
        // Another name each time, or the old copy would still be shown.
        let now = units::unix_seconds(std::time::SystemTime::now());
        let names = (now..).map(|second| folder.join(format!("{content}-{second}.png")));
        let to = names.into_iter().find(|path| !path.exists()).unwrap_or_else(|| folder.join("picture.png"));
        write_atomic(&to, &to_png(&small(open_picture(from)?, side))?)?;
        new = Some(to);
    }
    match before.filter(|before| Some(before) != new.as_ref()) {
        Some(before) => fs::remove_file(&before).map_err(|e| Error::write(&before, e)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use format::embedding::SecondVectors;

    fn word(vectors: Vec<f32>, width: usize) -> LearnedWord {
        LearnedWord { shape: [vectors.len() / width, width], vectors, ..LearnedWord::default() }
    }

    #[test]
    fn a_word_is_known_by_its_numbers_alone() {
        let one = content(&word(vec![1.0, 2.0], 2));
        let named = LearnedWord { token: Some("<toy>".into()), ..word(vec![1.0, 2.0], 2) };
        assert_eq!(one, content(&named));
        assert_ne!(one, content(&word(vec![1.0, 2.5], 2)));
        assert_ne!(one, content(&word(vec![1.0, 2.0], 1)), "two vectors of one number");
        let second = Some(SecondVectors { values: vec![2.0], shape: [1, 1] });
        assert_ne!(one, content(&LearnedWord { second, ..word(vec![1.0], 1) }), "for two encoders");
    }

    #[test]
    fn notes_are_kept_by_content_and_what_cannot_be_read_is_not_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let home = DataDir::at(folder.path().join("home"));
        assert_eq!(Notes::load(&home).unwrap(), Notes::default());
        let noted = WordNotes { tags: vec!["cat".into()], rating: 4, ..WordNotes::default() };
        Notes::change(&home, |notes| _ = notes.words.insert("a".into(), noted.clone())).unwrap();
        Notes::change(&home, |notes| _ = notes.words.insert("b".into(), WordNotes::default())).unwrap();
        let kept = Notes::load(&home).unwrap();
        assert_eq!((kept.words.len(), &kept.words["a"]), (1, &noted), "nothing noted is not kept");
        Notes::watch(&home, folder.path()).unwrap();
        Notes::watch(&home, folder.path()).unwrap();
        assert_eq!(Notes::load(&home).unwrap().folders, [folder.path()]);
        assert!(Notes::watch(&home, &folder.path().join("gone")).is_err());
        fs::write(home.library(), b"{\"version\": 99, \"words\": 5}").unwrap();
        assert!(Notes::change(&home, |notes| notes.folders.clear()).is_err());
        assert_eq!(fs::read(home.library()).unwrap(), b"{\"version\": 99, \"words\": 5}");
        let (read, said) = Notes::load_or_set_aside(&home);
        assert_eq!(read, Notes::default());
        assert!(matches!(said, Some(Answer::Refused(text)) if text.contains("newer version")));
        assert_eq!(
            fs::read(home.library()).unwrap(),
            b"{\"version\": 99, \"words\": 5}",
            "the newer version finds it"
        );
        fs::write(home.library(), b"[").unwrap();
        assert!(Notes::load_or_set_aside(&home).1.is_some() && !home.library().exists(), "it is kept beside");
    }

    #[test]
    fn what_another_window_noted_stays() {
        let shown = WordNotes { rating: 3, ..WordNotes::default() };
        let mut kept = WordNotes { text: "theirs".into(), favourite: true, ..shown.clone() };
        kept.take(&shown, &WordNotes { rating: 0, tags: vec!["ours".into()], ..shown.clone() });
        let tags = vec!["ours".to_owned()];
        let expected = WordNotes { tags, text: "theirs".into(), favourite: true, ..WordNotes::default() };
        assert_eq!(kept, expected);
    }

    #[test]
    fn two_windows_change_the_file_one_after_the_other() {
        let folder = tempfile::tempdir().unwrap();
        let home = DataDir::at(folder.path().to_path_buf());
        let other = alone(&home.library()).unwrap();
        let there = home.clone();
        let later = std::thread::Builder::new().spawn(move || {
            Notes::change(&there, |notes| notes.folders.push("/ours".into())).unwrap();
        });
        std::thread::sleep(std::time::Duration::from_millis(100));
        assert!(!home.library().exists(), "another window has it");
        drop(other);
        later.unwrap().join().unwrap();
        assert_eq!(Notes::load(&home).unwrap().folders, [Path::new("/ours")]);
    }

    #[test]
    fn notes_follow_a_word_whose_run_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let home = DataDir::at(folder.path().to_path_buf());
        let (old, new) = (word(vec![1.0, 2.0], 2), word(vec![3.0, 4.0], 2));
        let noted = WordNotes { favourite: true, ..WordNotes::default() };
        Notes::change(&home, |notes| _ = notes.words.insert(content(&old), noted.clone())).unwrap();
        follow(&home, &content(&old), &new).unwrap();
        assert_eq!(Notes::load(&home).unwrap().words.get(&content(&new)), Some(&noted));
    }

    #[test]
    fn a_word_is_shown_by_any_picture() {
        let folder = tempfile::tempdir().unwrap();
        let home = DataDir::at(folder.path().join("home"));
        let picture = folder.path().join("photo.png");
        image::RgbImage::new(600, 300).save(&picture).unwrap();
        choose_picture(&home, "abc", Some(&picture), 256).unwrap();
        let first = chosen_pictures(&home).remove("abc").unwrap();
        assert_eq!(image::open(&first).unwrap().width(), 256);
        choose_picture(&home, "abc", Some(&picture), 256).unwrap();
        let second = chosen_pictures(&home).remove("abc").unwrap();
        assert!(first != second && !first.exists() && picture.exists());
        choose_picture(&home, "abc", None, 256).unwrap();
        assert!(chosen_pictures(&home).is_empty());
        assert!(choose_picture(&home, "abc", Some(&folder.path().join("gone.png")), 256).is_err());
    }
}
