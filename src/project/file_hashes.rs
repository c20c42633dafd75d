//! SHA-256 of large files, computed once: by path, size and time of change, in a table on the disk.
//!
//! Other programs know models and words by it. It never computes what nobody asked for, and a table that cannot be read
//! or written only costs the time again.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use super::DataDir;
use super::files::{read_toml, sha256_until, write_toml};
use base::places::real;
use base::{FileKind, Result, alone};

/// Files that are remembered; the oldest entry goes first.
const MOST: usize = 1000;

/// Files up to this many bytes are hashed in a moment.
pub const SMALL: u64 = 64 << 20;

/// The table.
#[derive(Debug, Clone)]
pub struct FileHashes {
    path: PathBuf,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Table {
    #[serde(default)]
    files: Vec<Record>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Record {
    path: PathBuf,
    bytes: u64,
    /// When it was changed, in nanoseconds since 1970.
    changed: i64,
    sha256: String,
}

/// What this process knows, for when the table cannot be written; and nobody else writes it meanwhile.
static KNOWN: Mutex<Vec<Record>> = Mutex::new(Vec::new());

impl FileHashes {
    /// The table in a data folder.
    pub fn of(home: &DataDir) -> Self {
        Self { path: home.hashes() }
    }

    /// The hash of a file, in hexadecimal, if it was computed and the file has not changed since.
    pub fn known(&self, file: &Path) -> Option<String> {
        let now = stamp(file)?;
        let same = |record: &&Record| (&record.path, record.bytes, record.changed) == (&now.0, now.1, now.2);
        let known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known.iter().find(same).map(|record| record.sha256.clone());
        drop(known);
        found.or_else(|| {
            let kept = self.read().files.into_iter().find(|record| same(&record))?;
            let sha256 = kept.sha256.clone();
            keep(&mut KNOWN.lock().unwrap_or_else(PoisonError::into_inner), kept);
            Some(sha256)
        })
    }

    /// The hash of a file, computed if need be; `None` if `stop` said so before the end.
    pub fn compute(&self, file: &Path, stop: &dyn Fn() -> bool) -> Result<Option<String>> {
        if let Some(known) = self.known(file) {
            return Ok(Some(known));
        }
        let before = stamp(file);
        let Some(sha256) = sha256_until(file, stop)? else { return Ok(None) };
        // A file that changed meanwhile has another hash by now.
        if let Some((path, bytes, changed)) = before.filter(|before| stamp(file).as_ref() == Some(before)) {
            self.remember(Record { path, bytes, changed, sha256: sha256.clone() });
        }
        Ok(Some(sha256))
    }

    /// The files, unchanged since, whose hash begins so.
    pub fn find(&self, start: &str) -> Vec<PathBuf> {
        if !is_start(start) {
            return Vec::new();
        }
        let start = start.to_ascii_lowercase();
        let found = self.unchanged(|sha256| sha256.starts_with(&start));
        found.into_iter().map(|(_, path)| path).collect()
    }

    /// For each of these starts of hashes the first file of [`find`](Self::find), where there is one. The table is read once,
    /// however many there are.
    pub fn find_each(&self, starts: &BTreeSet<String>) -> BTreeMap<String, PathBuf> {
        if starts.is_empty() {
            return BTreeMap::new();
        }
        let all = self.unchanged(|_| true);
        let first = |start: &String| {
            let lower = start.to_ascii_lowercase();
            let mut fitting = all.iter().filter(|(sha256, _)| sha256.starts_with(&lower));
            Some((start.clone(), fitting.next()?.1.clone()))
        };
        starts.iter().filter(|start| is_start(start)).filter_map(first).collect()
    }

    /// The files with hashes that fit and that have not changed since, by path.
    fn unchanged(&self, fits: impl Fn(&str) -> bool) -> Vec<(String, PathBuf)> {
        let mut all = self.read().files;
        all.extend(KNOWN.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned());
        let unchanged = |record: &Record| {
            stamp(&record.path).is_some_and(|now| (now.1, now.2) == (record.bytes, record.changed))
        };
        let fitting = all.into_iter().filter(|record| fits(&record.sha256) && unchanged(record));
        let mut files: Vec<_> = fitting.map(|record| (record.sha256, record.path)).collect();
        files.sort_by(|a, b| (&a.1, &a.0).cmp(&(&b.1, &b.0)));
        files.dedup();
        files
    }

    fn read(&self) -> Table {
        read_toml(FileKind::Settings, &self.path).unwrap_or_default()
    }

    fn remember(&self, record: Record) {
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        keep(&mut known, record.clone());
        let _alone = alone(&self.path);
        let mut table = self.read();
        keep(&mut table.files, record);
        // What cannot be kept is computed again.
        let folder = self.path.parent().map(std::fs::create_dir_all);
        if matches!(folder, Some(Ok(()))) {
            let _ = write_toml(FileKind::Settings, &self.path, &table);
        }
    }
}

/// Whether a text can be the beginning of a hash.
fn is_start(text: &str) -> bool {
    text.len() >= 8 && text.chars().all(|digit| digit.is_ascii_hexdigit())
}

/// Puts a record in place of what was known of its file.
fn keep(known: &mut Vec<Record>, record: Record) {
    known.retain(|old| old.path != record.path);
    known.push(record);
    let surplus = known.len().saturating_sub(MOST);
    known.drain(..surplus);
}

/// Real path, size and time of change of a file.
fn stamp(file: &Path) -> Option<(PathBuf, u64, i64)> {
    let path = real(file).ok()?;
    let data = path.metadata().ok().filter(std::fs::Metadata::is_file)?;
    let changed = data.modified().ok()?.duration_since(UNIX_EPOCH).ok()?.as_nanos();
    Some((path, data.len(), i64::try_from(changed).ok()?))
}

#[cfg(test)]
mod tests {
    use super::super::files::sha256;
    use super::*;

    #[test]
    fn a_hash_is_computed_once_and_forgotten_when_the_file_changes() {
        let folder = tempfile::tempdir().unwrap();
        let hashes = FileHashes::of(&DataDir::at(folder.path().join("home")));
        let file = folder.path().join("modèle 猫.safetensors");
        std::fs::write(&file, b"abc").unwrap();
        assert_eq!(hashes.known(&file), None);
        assert_eq!(hashes.compute(&file, &|| true).unwrap(), None, "stopped");
        let hash = sha256(b"abc");
        assert_eq!(hashes.compute(&file, &|| false).unwrap().as_ref(), Some(&hash));
        // From the table on the disk, as another process sees it.
        KNOWN.lock().unwrap().clear();
        assert_eq!(hashes.known(&file).as_ref(), Some(&hash));
        assert_eq!(hashes.compute(&file, &|| true).unwrap().as_ref(), Some(&hash));
        assert_eq!(hashes.find(&hash[..10]), [real(&file).unwrap()]);
        assert!(hashes.find("").is_empty() && hashes.find("0123456789").is_empty());
        let starts = [hash[..10].to_uppercase(), "0123456789".to_owned(), String::new()];
        let each = hashes.find_each(&starts.clone().into());
        assert_eq!(each.into_iter().collect::<Vec<_>>(), [(starts[0].clone(), real(&file).unwrap())]);
        std::fs::write(&file, b"abcd").unwrap();
        assert_eq!(hashes.known(&file), None);
        assert!(hashes.find(&hash[..10]).is_empty());
        std::fs::write(folder.path().join("home/hashes.toml"), b"rubbish").unwrap();
        assert_eq!(hashes.compute(&file, &|| false).unwrap(), Some(sha256(b"abcd")));
    }
}
