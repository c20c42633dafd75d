//! What was read from many files, kept on the disk so that a start reads no more of them than their size and time.
//!
//! It can be lost at any time and is then read anew; it refuses what another version wrote. Files that changed a moment
//! ago are read again, since the times of some systems are coarse.

use std::collections::HashMap;
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use base::atomic::write_unflushed;

/// Raised when what is kept of a file changes.
const VERSION: u32 = 1;
/// Two changes of a file within this time may leave it with one time.
const COARSE: Duration = Duration::from_secs(3);

/// Size of a file in bytes, and when it was changed, in nanoseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub(super) struct Stamp(u64, u64);

impl Stamp {
    pub fn of(data: &Metadata) -> Self {
        let changed = data.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let nanoseconds = changed.map_or(0, |since| since.as_nanos());
        Self(data.len(), u64::try_from(nanoseconds).unwrap_or(0))
    }

    /// When the file was changed, in seconds since 1970.
    pub fn seconds(self) -> u64 {
        self.1 / 1_000_000_000
    }

    /// Whether the file was changed so lately that it may be another already.
    pub fn is_fresh(self) -> bool {
        let time = UNIX_EPOCH + Duration::from_nanos(self.1);
        SystemTime::now().duration_since(time).is_ok_and(|age| age < COARSE)
    }
}

/// What is known of a file that looked like this.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Record<T> {
    /// The file, and the note beside it if there is one.
    pub stamps: (Stamp, Option<Stamp>),
    pub known: T,
}

/// Records by the paths of their files.
#[derive(Debug)]
pub(super) struct KeptIndex<T> {
    path: PathBuf,
    records: HashMap<PathBuf, Record<T>>,
    /// Records that are not on the disk yet.
    unsaved: usize,
}

impl<T: Serialize + DeserializeOwned> KeptIndex<T> {
    /// What is kept there; nothing if that cannot be understood.
    pub fn load(path: PathBuf) -> Self {
        let kept = fs::read(&path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let kept = kept.filter(|(version, _): &(u32, _)| *version == VERSION);
        Self { path, records: kept.map(|(_, records)| records).unwrap_or_default(), unsaved: 0 }
    }

    /// What is known of a file that looks like this.
    pub fn get(&self, path: &Path, stamps: (Stamp, Option<Stamp>)) -> Option<&T> {
        let fresh = stamps.0.is_fresh() || stamps.1.is_some_and(Stamp::is_fresh);
        let record = self.records.get(path).filter(|record| record.stamps == stamps && !fresh)?;
        Some(&record.known)
    }

    /// Keeps what was read of a file. What has no name in Unicode cannot be kept.
    pub fn insert(&mut self, path: &Path, stamps: (Stamp, Option<Stamp>), known: T) {
        if path.to_str().is_none() {
            return;
        }
        let new = Record { stamps, known };
        // What is read again because it is fresh need not be written again.
        let same = self.records.get(path).is_some_and(|old| old.stamps == stamps);
        self.records.insert(path.to_path_buf(), new);
        self.unsaved += usize::from(!same);
    }

    /// Forgets the files that `stay` does not name.
    pub fn retain(&mut self, stay: impl Fn(&Path) -> bool) {
        let before = self.records.len();
        self.records.retain(|path, _| stay(path));
        self.unsaved += before - self.records.len();
    }

    /// Writes it, if so many records are new. A full disk only costs the time again.
    pub fn save(&mut self, least: usize) {
        if self.unsaved < least.max(1) {
            return;
        }
        let folder = self.path.parent().map(fs::create_dir_all);
        if let (Some(Ok(())), Ok(bytes)) = (folder, serde_json::to_vec(&(VERSION, &self.records)))
            && write_unflushed(&self.path, &bytes).is_ok()
        {
            self.unsaved = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_counts_while_the_file_stays_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cache/index.json");
        let old = (Stamp(3, 1_000), None);
        let file = Path::new("/ä/word.pt");
        let mut index = KeptIndex::<String>::load(path.clone());
        index.insert(file, old, "known".into());
        index.save(2);
        assert!(!path.exists(), "one new record of two is not worth writing");
        index.save(1);
        let index = KeptIndex::<String>::load(path.clone());
        assert_eq!(index.get(file, old).map(String::as_str), Some("known"));
        assert_eq!(index.get(file, (Stamp(4, 1_000), None)), None, "another size");
        assert_eq!(index.get(file, (Stamp(3, 2_000), None)), None, "another time");
        assert_eq!(index.get(file, (Stamp(3, 1_000), Some(Stamp(1, 1)))), None, "a note beside it");
        fs::write(&path, b"[1, {").unwrap();
        assert!(KeptIndex::<String>::load(path.clone()).records.is_empty());
        fs::write(&path, b"[2, {}]").unwrap();
        assert!(KeptIndex::<String>::load(path).records.is_empty());
    }

    #[test]
    fn a_file_that_changed_a_moment_ago_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a");
        fs::write(&file, b"abc").unwrap();
        let stamps = (Stamp::of(&fs::metadata(&file).unwrap()), None);
        let mut index = KeptIndex::<u8>::load(folder.path().join("index.json"));
        index.insert(&file, stamps, 1);
        assert_eq!(index.get(&file, stamps), None);
        index.retain(|_| false);
        assert!(index.records.is_empty());
    }
}
