//! A folder that one process at a time may work in, or a file that one at a time may change, so that two never write over
//! each other.
//!
//! The claim is a lock of the system on a file in the folder: it ends with the process, however that ends, and the file
//! stays. On a drive that knows no locks every claim succeeds.

use std::fs::{File, TryLockError};
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use crate::{Error, FileKind, Result};

/// Proof that no other process works in a folder; let it go to allow that.
#[derive(Debug)]
pub struct Claim {
    _file: File,
}

impl Claim {
    /// Claims a folder, which must be there, by the file `lock` in it. `doing` is what is done there, as in "is learning
    /// in this folder".
    ///
    /// # Errors
    /// [`Error::File`] if another process has it, with its number where that can be read; [`Error::Io`] if the file
    /// cannot be made.
    pub fn take(folder: &Path, lock: &str, doing: &str) -> Result<Self> {
        let path = folder.join(lock);
        let file = File::options().create(true).truncate(false).write(true).open(&path);
        let mut file = file.map_err(|e| Error::write(&path, e))?;
        // Drives that know no locks say so in many ways; the file itself was opened.
        if let Err(TryLockError::WouldBlock) = file.try_lock() {
            let fault = format!("another Pseudoword{} is {doing} in this folder", holder(&path));
            let remedy = "Wait for it, or stop it, or choose another folder.";
            return Err(Error::file(FileKind::Run, folder, fault, remedy));
        }
        // Only said, and a full disk must not keep anybody from working.
        let _ = file.set_len(0).and_then(|()| write!(file, "{}", std::process::id()));
        Ok(Self { _file: file })
    }
}

/// How often, and how long each time, one that changes a file waits for another: a second in all.
const WAITS: (usize, Duration) = (100, Duration::from_millis(10));

/// The right to change a file of the data folder, which one process at a time has until it is dropped: a lock of the system
/// on a file beside it. On a drive that knows no locks, and when another process does not let go, the file is changed all
/// the same.
pub fn alone(path: &Path) -> Option<File> {
    let lock = path.with_extension("lock");
    let file = File::options().create(true).truncate(false).write(true).open(lock).ok()?;
    let (times, pause) = WAITS;
    for _ in 0..times {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => std::thread::sleep(pause),
            _ => break,
        }
    }
    Some(file)
}

/// ` (process 1234)`; nothing where the file says none, or lets nobody read while it is locked.
fn holder(lock: &Path) -> String {
    let number = std::fs::read_to_string(lock).ok().and_then(|text| text.trim().parse::<u32>().ok());
    number.map_or_else(String::new, |number| format!(" (process {number})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_one_is_told_who_has_the_folder_and_a_dead_one_does_not_block() {
        let folder = tempfile::tempdir().unwrap();
        let take = || Claim::take(folder.path(), "x.lock", "comparing");
        // As a process leaves it that died with a longer number.
        std::fs::write(folder.path().join("x.lock"), "4294967295").unwrap();
        let held = take().unwrap();
        let said = take().unwrap_err().to_string();
        let folder_named = said.contains(&folder.path().display().to_string());
        assert!(
            said.contains("another Pseudoword") && said.contains("is comparing") && folder_named,
            "{said}"
        );
        if cfg!(unix) {
            assert!(said.contains(&format!("(process {})", std::process::id())), "{said}");
        }
        drop(held);
        take().unwrap();
        let nowhere = Claim::take(&folder.path().join("none"), "x.lock", "comparing");
        assert!(matches!(nowhere, Err(Error::Io { .. })));
    }
}
