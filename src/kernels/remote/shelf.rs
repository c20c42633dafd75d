//! Weights as files by their hash, on a machine that lends its device: who opens a model there again sends none of it.
//!
//! They are a copy of what clients have, so nothing here is an error for them: what cannot be kept is not, of which the lender
//! alone is told, and a file that was not what somebody asked for is written anew when it is sent again, and never thrown
//! away: whoever asked may be wrong, and others count on it. What a session was told of stays as long as it lives.

use std::cell::RefCell;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::SystemTime;
use std::{fs, io};

use base::atomic::write_unflushed;
use base::places::make_folder;
use base::{Error, Result};
use burn::tensor::{DType, Shape, TensorData};
use sha2::{Digest as _, Sha256};

/// SHA-256 of what numbers a tensor has, of its sides, and of its bytes.
pub type Hash = [u64; 4];

/// Most that clients are told of: the others are sent again.
pub const MOST: usize = 50_000;

thread_local! {
    /// What the session whose thread this is was told of last.
    static TOLD: RefCell<Option<Arc<HashSet<Hash>>>> = const { RefCell::new(None) };
}

/// The hash of a tensor.
pub fn hash_of(data: &TensorData) -> Hash {
    hash(data.shape(), data.dtype(), data.as_bytes())
}

fn hash(shape: &Shape, dtype: DType, bytes: &[u8]) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update(format!("{dtype:?}"));
    for side in shape.iter() {
        hasher.update((*side as u64).to_le_bytes());
    }
    hasher.update(bytes);
    let digest: [u8; 32] = hasher.finalize().into();
    std::array::from_fn(|word| u64::from_le_bytes(std::array::from_fn(|byte| digest[8 * word + byte])))
}

fn name(hash: &Hash) -> String {
    hash.iter().map(|word| format!("{word:016x}")).collect()
}

fn parse(name: &str) -> Option<Hash> {
    if name.len() != 64 || !name.is_ascii() {
        return None;
    }
    let word = |at: usize| u64::from_str_radix(&name[16 * at..16 * at + 16], 16).ok();
    Some([word(0)?, word(1)?, word(2)?, word(3)?])
}

/// A folder of weights.
#[derive(Debug)]
pub struct Shelf {
    folder: PathBuf,
    /// Most bytes of all files.
    limit: u64,
    /// Bytes of all files, once they were counted.
    held: Mutex<Option<u64>>,
    /// What was not what somebody asked for: the file is damaged, or that request was wrong. It passes for not kept.
    doubted: Mutex<HashSet<Hash>>,
    /// What sessions that live were told of.
    told: Mutex<Vec<Weak<HashSet<Hash>>>>,
    /// Whether the last one could not be written.
    refused: AtomicBool,
    /// Is told why, each time that begins.
    unkept: fn(&Error),
}

/// A file of the shelf.
struct Kept {
    hash: Hash,
    bytes: u64,
    used: SystemTime,
}

impl Shelf {
    /// The weights in `folder`, made if it is not there, of which the ones that were used longest ago go once they are
    /// `limit` bytes in all. `unkept` is told when they can no longer be written.
    ///
    /// # Errors
    /// [`Error::Io`] if it can be neither read nor made.
    pub fn open(folder: &Path, limit: u64, unkept: fn(&Error)) -> Result<Self> {
        make_folder(folder)?;
        fs::read_dir(folder).map_err(|error| Error::read(folder, error))?;
        let (held, doubted, told) = (Mutex::default(), Mutex::default(), Mutex::default());
        let refused = AtomicBool::new(false);
        Ok(Self { folder: folder.to_path_buf(), limit, held, doubted, told, refused, unkept })
    }

    fn doubted(&self) -> MutexGuard<'_, HashSet<Hash>> {
        self.doubted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn path(&self, hash: &Hash) -> PathBuf {
        self.folder.join(name(hash))
    }

    /// What is kept, the ones used last first.
    fn all(&self) -> Vec<Kept> {
        let kept = |entry: io::Result<fs::DirEntry>| {
            let entry = entry.ok()?;
            let (hash, data) = (parse(entry.file_name().to_str()?)?, entry.metadata().ok()?);
            Some(Kept { hash, bytes: data.len(), used: data.modified().ok()? })
        };
        let mut all: Vec<Kept> = fs::read_dir(&self.folder).into_iter().flatten().filter_map(kept).collect();
        all.sort_by_key(|kept| std::cmp::Reverse(kept.used));
        all
    }

    /// What is kept, as far as clients are told of it.
    pub fn names(&self) -> Vec<Hash> {
        let doubted = self.doubted();
        let sound = self.all().into_iter().map(|kept| kept.hash).filter(|hash| !doubted.contains(hash));
        sound.take(MOST).collect()
    }

    /// [`Self::names`] for the session whose thread this is, of which none goes until it asks anew or ends.
    pub fn tell(&self) -> Vec<Hash> {
        // Nothing is taken away between the look and the promise.
        let _held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let names = self.names();
        let told = Arc::new(names.iter().copied().collect());
        let mut all = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(Arc::downgrade(&told));
        TOLD.set(Some(told));
        all.retain(|told| told.strong_count() > 0);
        names
    }

    /// Whether it is kept.
    pub fn has(&self, hash: &Hash) -> bool {
        self.path(hash).is_file() && !self.doubted().contains(hash)
    }

    /// Keeps a weight, whose hash was looked at, in place of one that was in doubt.
    pub fn put(&self, hash: &Hash, bytes: &[u8]) {
        let length = bytes.len() as u64;
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let before = *held.get_or_insert_with(|| self.all().iter().map(|kept| kept.bytes).sum());
        if length > self.limit {
            return;
        }
        let written = write_unflushed(&self.path(hash), bytes);
        let before_that = self.refused.swap(written.is_err(), Ordering::Relaxed);
        if let Err(error) = written {
            if !before_that {
                (self.unkept)(&error);
            }
            return;
        }
        *held = match self.doubted().remove(hash) {
            // What was there is counted already.
            true => None,
            false => Some(if before + length > self.limit { self.trim() } else { before + length }),
        };
    }

    /// Takes away what was used longest ago, and no session counts on, until there is room for some more; the bytes that are
    /// left.
    fn trim(&self) -> u64 {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let told: Vec<_> = told.iter().filter_map(Weak::upgrade).collect();
        let (stay, others): (Vec<Kept>, Vec<Kept>) =
            self.all().into_iter().partition(|kept| told.iter().any(|told| told.contains(&kept.hash)));
        let mut left: u64 = stay.iter().map(|kept| kept.bytes).sum();
        for (nth, kept) in others.iter().enumerate() {
            // The newest is the one that was just put there.
            let most = if nth == 0 { self.limit } else { self.limit - self.limit / 10 };
            if left + kept.bytes <= most || fs::remove_file(self.path(&kept.hash)).is_err() {
                left += kept.bytes;
            }
        }
        left
    }

    /// The weight, if it is there and still what its name says.
    pub fn take(&self, name: &Hash, shape: &Shape, dtype: DType) -> Option<TensorData> {
        let path = self.path(name);
        let bytes = fs::read(&path).ok()?;
        if hash(shape, dtype, &bytes) != *name {
            self.doubted().insert(*name);
            return None;
        }
        self.doubted().remove(name);
        // So that it counts as used; where that cannot be said it goes sooner.
        let _ = fs::File::options()
            .append(true)
            .open(&path)
            .and_then(|file| file.set_modified(SystemTime::now()));
        TensorData::try_from_bytes_vec(bytes, shape.clone(), dtype).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn tensor(first: f32, count: usize) -> TensorData {
        TensorData::new((0..count).map(|at| first + at as f32).collect::<Vec<f32>>(), [count])
    }

    fn put(shelf: &Shelf, data: &TensorData) -> Hash {
        let hash = hash_of(data);
        shelf.put(&hash, data.as_bytes());
        hash
    }

    #[test]
    fn what_is_kept_comes_back_and_what_is_damaged_is_kept_anew() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = Shelf::open(&folder.path().join("weights"), 1 << 20, |_| {}).unwrap();
        let data = tensor(1.0, 6);
        let hash = put(&shelf, &data);
        let take = |shape: [usize; 1]| shelf.take(&hash, &Shape::new(shape), DType::F32);
        assert_eq!((shelf.names(), shelf.has(&hash)), (vec![hash], true));
        assert_eq!(take([6]).unwrap(), data);
        // As many bytes, and another tensor.
        let other = TensorData::new(vec![1.0_f32, 2.0, 3.0, 4.0, 5.0, 6.0], [2, 3]);
        assert_ne!(hash_of(&other), hash);
        for damaged in [&[0_u8; 24][..], &[0; 7], &[]] {
            fs::write(shelf.path(&hash), damaged).unwrap();
            assert!(take([6]).is_none() && !shelf.has(&hash) && shelf.names().is_empty());
            assert_eq!(put(&shelf, &data), hash);
            assert_eq!((take([6]), shelf.names(), shelf.has(&hash)), (Some(data.clone()), vec![hash], true));
        }
        // What lies beside is none of ours.
        fs::write(folder.path().join("weights").join("notes.txt"), "mine").unwrap();
        assert_eq!(shelf.names(), [hash]);
    }

    #[test]
    fn the_lender_is_told_once_that_weights_can_no_longer_be_kept() {
        static TOLD: Mutex<Vec<String>> = Mutex::new(Vec::new());
        let said = || std::mem::take(&mut *TOLD.lock().unwrap());
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("weights");
        let shelf =
            Shelf::open(&folder, 1 << 20, |error| TOLD.lock().unwrap().push(error.to_string())).unwrap();
        for _ in 0..2 {
            fs::remove_dir_all(&folder).unwrap();
            for first in [0.0, 1.0] {
                let unkept = put(&shelf, &tensor(first, 6));
                assert!(!shelf.has(&unkept));
            }
            let told = said();
            assert!(told.len() == 1 && told[0].contains(&folder.display().to_string()), "{told:?}");
            fs::create_dir(&folder).unwrap();
            let kept = put(&shelf, &tensor(2.0, 6));
            assert!(shelf.has(&kept) && said().is_empty());
        }
    }

    #[test]
    fn who_asks_wrongly_takes_nothing_from_others() {
        let folder = tempfile::tempdir().unwrap();
        let (shelf, [first, second]) = with_two(folder.path());
        let sound = tensor(0.0, 100);
        for (shape, dtype) in [
            (vec![99], DType::F32),
            (vec![10, 10], DType::F32),
            (vec![100], DType::I32),
            (vec![50], DType::F64),
        ] {
            assert!(shelf.take(&first, &Shape::from(shape), dtype).is_none());
            // Whoever was told of it before still finds it; others are told of it again once it was.
            assert!(!shelf.has(&first) && shelf.names() == [second]);
            assert_eq!(shelf.take(&first, &Shape::new([100]), DType::F32), Some(sound.clone()));
            assert!(shelf.has(&first) && shelf.names().len() == 2);
        }
        // Sent anew, it is counted once, so there is room for a small one.
        assert!(shelf.take(&first, &Shape::new([9]), DType::F32).is_none());
        put(&shelf, &sound);
        put(&shelf, &tensor(2.0, 50));
        assert!(shelf.has(&first) && shelf.has(&second));
    }

    /// Lets it be so many hours since it was used.
    fn age(shelf: &Shelf, hash: &Hash, hours: u64) {
        let file = fs::File::options().append(true).open(shelf.path(hash)).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_hours(hours)).unwrap();
    }

    /// A shelf that three of 400 bytes do not fit on, with two of them, the first used longest ago.
    fn with_two(folder: &Path) -> (Shelf, [Hash; 2]) {
        let shelf = Shelf::open(folder, 1000, |_| {}).unwrap();
        let both = [tensor(0.0, 100), tensor(1.0, 100)].map(|data| put(&shelf, &data));
        both.iter().zip([2, 1]).for_each(|(hash, hours)| age(&shelf, hash, hours));
        (shelf, both)
    }

    #[test]
    fn what_a_session_was_told_of_stays_until_it_ends_or_asks_anew() {
        let folder = tempfile::tempdir().unwrap();
        let (shelf, [first, second]) = with_two(folder.path());
        let ended = std::thread::scope(|scope| scope.spawn(|| shelf.tell().len()).join()).unwrap();
        let third = put(&shelf, &tensor(2.0, 100));
        assert_eq!(ended, 2);
        assert_eq!([first, second, third].map(|hash| shelf.has(&hash)), [false, true, true]);
        // This thread's session counts on both, so there is no room for another.
        age(&shelf, &second, 2);
        assert_eq!(shelf.tell().len(), 2);
        let fourth = put(&shelf, &tensor(3.0, 100));
        assert_eq!([second, third, fourth].map(|hash| shelf.has(&hash)), [true, true, false]);
        fs::remove_file(shelf.path(&third)).unwrap();
        assert_eq!(shelf.tell(), [second]);
        let fifth = put(&shelf, &tensor(4.0, 100));
        age(&shelf, &fifth, 1);
        let sixth = put(&shelf, &tensor(5.0, 100));
        assert!(shelf.has(&second) && shelf.has(&sixth) && !shelf.has(&fifth));
    }

    #[test]
    fn what_was_used_longest_ago_makes_room() {
        let folder = tempfile::tempdir().unwrap();
        let (shelf, [first, second]) = with_two(folder.path());
        assert!(shelf.take(&first, &Shape::new([100]), DType::F32).is_some());
        let third = put(&shelf, &tensor(2.0, 100));
        assert_eq!([first, second, third].map(|hash| shelf.has(&hash)), [true, false, true]);
        let huge = put(&shelf, &tensor(3.0, 300));
        assert!(!shelf.has(&huge) && shelf.has(&third));
    }
}
