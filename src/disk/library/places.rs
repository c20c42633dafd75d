//! The files of words: those of the library, and those in folders of other programs, which are only looked at.
//!
//! It reads names, sizes and times and opens nothing. A walk follows links, ends loops by the real path, and has an end.

use std::collections::{HashMap, HashSet, VecDeque};
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

use crate::kept_index::Stamp;
use format::embedding::LARGEST_WORD;
use project::DataDir;

/// Folders below a watched one, as ComfyUI and A1111 look for words.
const DEEPEST: usize = 5;
/// Entries of one watched folder that are looked at.
const MOST: usize = 50_000;
/// How files of words end that are no pictures.
const WORDS: [&str; 4] = ["safetensors", "pt", "bin", "pti"];
/// How the picture of a word is called that lies beside it, after the word's own name.
const PICTURES: [&str; 8] =
    ["preview.png", "png", "preview.jpg", "jpg", "preview.jpeg", "jpeg", "preview.webp", "webp"];

/// What lies in a folder.
#[derive(Debug, Default)]
pub(super) struct Files {
    /// What may be words, by path.
    pub words: Vec<(PathBuf, Stamp)>,
    /// Pictures and notes beside them.
    pub others: HashMap<PathBuf, Stamp>,
    /// Whether the folder is there.
    pub there: bool,
    /// Whether it holds more than is looked at.
    pub more: bool,
}

impl Files {
    /// The picture beside a word.
    pub fn picture(&self, word: &Path) -> Option<PathBuf> {
        let beside = PICTURES.into_iter().map(|ending| word.with_extension(ending));
        beside.into_iter().find(|path| path != word && self.others.contains_key(path))
    }
}

/// The words of the library itself.
pub(super) fn own(home: &DataDir) -> Files {
    let mut found = walk(&home.words(), 0);
    found.words.retain(|(path, _)| path.extension().is_some_and(|ending| ending == "safetensors"));
    found
}

/// What may be words in a folder of another program.
pub(super) fn watched(folder: &Path) -> Files {
    let mut found = walk(folder, DEEPEST);
    let stem = |path: &Path| path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let named: HashSet<PathBuf> = found.words.iter().map(|(path, _)| path.with_extension("")).collect();
    // A picture by itself may be a card that carries a word.
    let alone = |path: &Path| !stem(path).ends_with(".preview") && !named.contains(&path.with_extension(""));
    let cards = found.others.iter().filter(|(path, _)| ending(path) == "png" && alone(path));
    let cards: Vec<(PathBuf, Stamp)> = cards.map(|(path, stamp)| (path.clone(), *stamp)).collect();
    found.words.extend(cards);
    found.words.sort();
    found
}

fn ending(path: &Path) -> String {
    path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase()
}

fn walk(folder: &Path, deepest: usize) -> Files {
    let (mut found, mut seen, mut looked) = (Files::default(), HashSet::new(), 0);
    let mut waiting = vec![(folder.to_path_buf(), 0)];
    while let Some((folder, depth)) = waiting.pop() {
        let new = folder.canonicalize().is_ok_and(|real| seen.insert(real));
        let Some(listing) = new.then(|| fs::read_dir(&folder).ok()).flatten() else { continue };
        found.there |= depth == 0;
        for entry in listing.flatten() {
            looked += 1;
            if looked > MOST && deepest > 0 {
                (found.more, waiting) = (true, Vec::new());
                break;
            }
            // Among them the `._NAME` beside each file, where macOS writes to a disk of another system.
            if entry.file_name().as_encoded_bytes().starts_with(b".") {
                continue;
            }
            let path = entry.path();
            // Of the target, where it is a link.
            let Ok(data) = fs::metadata(&path) else { continue };
            if data.is_dir() {
                waiting.extend((depth < deepest).then(|| (path, depth + 1)));
                continue;
            }
            let ending = ending(&path);
            if WORDS.contains(&ending.as_str()) {
                if (1..=LARGEST_WORD).contains(&data.len()) || deepest == 0 {
                    found.words.push((path, Stamp::of(&data)));
                }
            } else if ["png", "jpg", "jpeg", "webp", "toml"].contains(&ending.as_str()) {
                found.others.insert(path, Stamp::of(&data));
            }
        }
    }
    found.words.sort();
    found
}

/// Whether a folder holds a file that is wanted, as far down as words are looked for; what lies nearest is looked at first.
pub(crate) fn any_below(folder: &Path, wanted: impl Fn(&Path) -> bool) -> bool {
    let (mut seen, mut looked) = (HashSet::new(), 0);
    let mut waiting = VecDeque::from([(folder.to_path_buf(), 0)]);
    while let Some((folder, depth)) = waiting.pop_front() {
        let new = folder.canonicalize().is_ok_and(|real| seen.insert(real));
        let Some(listing) = new.then(|| fs::read_dir(&folder).ok()).flatten() else { continue };
        for entry in listing.flatten() {
            looked += 1;
            if looked > MOST {
                return false;
            }
            let path = entry.path();
            if wanted(&path) {
                return true;
            }
            let hidden = entry.file_name().to_string_lossy().starts_with('.');
            if depth < DEEPEST && !hidden && path.is_dir() {
                waiting.push_back((path, depth + 1));
            }
        }
    }
    false
}

/// Another number when anything is added, taken away or changed in the library or in these folders.
pub(super) fn fingerprint(home: &DataDir, folders: &[PathBuf]) -> u64 {
    let mut all = 0;
    for files in std::iter::once(own(home)).chain(folders.iter().map(|folder| watched(folder))) {
        let mut sum = u64::from(files.there);
        // In any order: folders are listed as they like.
        for file in files.words.iter().map(|(path, stamp)| (path, stamp)).chain(&files.others) {
            let mut hasher = DefaultHasher::new();
            file.hash(&mut hasher);
            sum = sum.wrapping_add(hasher.finish());
        }
        let mut hasher = DefaultHasher::new();
        (all, sum).hash(&mut hasher);
        all = hasher.finish();
    }
    all
}

/// The picture beside a file of another program.
pub(super) fn picture_beside(word: &Path) -> Option<PathBuf> {
    let beside = PICTURES.into_iter().map(|ending| word.with_extension(ending));
    beside.into_iter().find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_their_pictures_are_told_apart_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir_all(root.join("SD XL/.hidden")).unwrap();
        for name in [
            "a.pt",
            "a.preview.png",
            "b.safetensors",
            "b.png",
            "SD XL/c.BIN",
            "card.png",
            "readme.txt",
            "SD XL/.hidden/d.pt",
            "._a.pt",
            "._card.png",
        ] {
            fs::write(root.join(name), b"x").unwrap();
        }
        fs::write(root.join("empty.pt"), b"").unwrap();
        let files = watched(root);
        let names: Vec<_> = files.words.iter().map(|(path, _)| path.strip_prefix(root).unwrap()).collect();
        assert_eq!(names, ["SD XL/c.BIN", "a.pt", "b.safetensors", "card.png"].map(Path::new));
        assert_eq!(files.picture(&root.join("a.pt")), Some(root.join("a.preview.png")));
        assert_eq!(files.picture(&root.join("b.safetensors")), Some(root.join("b.png")));
        assert_eq!(files.picture(&root.join("card.png")), None);
        assert!(files.there && !watched(&root.join("gone")).there);
    }

    #[test]
    fn whatever_changes_gives_another_fingerprint() {
        let folder = tempfile::tempdir().unwrap();
        let home = DataDir::at(folder.path().join("home"));
        let other = folder.path().join("embeddings");
        fs::create_dir_all(&other).unwrap();
        let folders = [other.clone()];
        let mut seen = vec![fingerprint(&home, &folders)];
        assert_eq!(seen[0], fingerprint(&home, &folders));
        let mut see = |what: &str| {
            let now = fingerprint(&home, &folders);
            assert!(!seen.contains(&now), "{what}");
            seen.push(now);
        };
        fs::write(other.join("a.pt"), b"x").unwrap();
        see("a word came");
        fs::write(other.join("a.pt"), b"xy").unwrap();
        see("it was changed");
        fs::write(other.join("a.png"), b"x").unwrap();
        see("its picture came");
        fs::rename(other.join("a.pt"), other.join("b.pt")).unwrap();
        see("it was renamed");
        fs::remove_dir_all(&other).unwrap();
        see("the folder is gone");
    }
}
