//! The hash by which other programs know a model in one file, computed beside the work.
//!
//! Reading gigabytes takes a while, so that nothing waits for it: a picture that is drawn before it is known lacks it. A
//! model in a folder has no such hash.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use project::DataDir;
use project::file_hashes::{FileHashes, SMALL};

/// The models whose hash is being computed.
static BUSY: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// SHA-256 of a model's file in hexadecimal, if it is known by now.
pub fn known(model: &Path) -> Option<String> {
    model.is_file().then(|| FileHashes::of(&DataDir::usual()).known(model)).flatten()
}

/// Sees to it that the hash of a model's file will be known: small ones at once, others by and by. `done` is told
/// unless it was known before or is being computed already.
pub fn begin(model: &Path, done: impl FnOnce() + Send + 'static) {
    let Ok(data) = model.metadata() else { return };
    if !data.is_file() || known(model).is_some() {
        return;
    }
    let path = model.to_path_buf();
    let busy = || BUSY.lock().unwrap_or_else(PoisonError::into_inner);
    if busy().contains(&path) {
        return;
    }
    busy().push(path.clone());
    let work = move || {
        // What cannot be read has no hash, and whoever draws with it says so.
        let _ = FileHashes::of(&DataDir::usual()).compute(&path, &|| false);
        busy().retain(|other| *other != path);
        done();
    };
    if data.len() <= SMALL {
        work();
    } else {
        // Without a thread there is no hash.
        let _ = std::thread::Builder::new().name("pseudoword-hash".into()).spawn(work);
    }
}
