//! Which concept this window works on, so that two windows never write over each other's decisions.
//!
//! The claim is a lock of the system on a file in the concept's folder: it ends with the process, however that ends. On
//! a drive that knows no locks every claim succeeds. It reads and writes nothing else.

use std::cell::RefCell;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

/// The file in a concept's folder that is locked.
const LOCK: &str = "draft.lock";

/// What this window has claimed: the concept that is open in it.
#[derive(Default)]
pub(super) struct Claim(RefCell<Option<(PathBuf, Option<File>)>>);

impl Claim {
    /// Claims a concept in place of the one before; false, and nothing changes, if another window has it.
    pub(super) fn take(&self, folder: &Path) -> bool {
        self.take_to(folder, || Ok::<(), ()>(())).is_some()
    }

    /// Claims a concept to do something with it; the one before stays claimed if that fails. `None`, and nothing is done,
    /// if another window has it.
    pub(super) fn take_to<T, E>(
        &self,
        folder: &Path,
        work: impl FnOnce() -> Result<T, E>,
    ) -> Option<Result<T, E>> {
        let file = if self.has(folder) { None } else { Some(claim(folder)?) };
        let done = work();
        if let (Ok(_), Some(file)) = (&done, file) {
            *self.0.borrow_mut() = Some((folder.to_path_buf(), file));
        }
        Some(done)
    }

    /// Whether another window has the concept.
    pub(super) fn is_anothers(&self, folder: &Path) -> bool {
        !self.has(folder) && claim(folder).is_none()
    }

    /// Whether nothing is open here yet.
    pub(super) fn is_none(&self) -> bool {
        self.0.borrow().is_none()
    }

    /// Lets a concept go, so that its folder can be moved everywhere.
    pub(super) fn let_go(&self, folder: &Path) {
        self.0.borrow_mut().take_if(|(own, _)| own == folder);
    }

    /// Whether the concept is open here.
    pub(super) fn has(&self, folder: &Path) -> bool {
        self.0.borrow().as_ref().is_some_and(|(own, _)| own == folder)
    }
}

/// `None` if another window has the concept. Where no lock can be had, nobody can tell, and it is taken.
fn claim(folder: &Path) -> Option<Option<File>> {
    let path = folder.join(LOCK);
    let Ok(file) = File::options().create(true).truncate(false).write(true).open(path) else {
        return Some(None);
    };
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => None,
        _ => Some(Some(file)),
    }
}
