//! The hash by which other programs know a model in one file, computed beside the work.
//!
//! Reading gigabytes takes a while, so that no job waits for it: a picture that is drawn before it is known lacks it. A
//! model in a folder has no such hash.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use project::DataDir;
use project::file_hashes::{FileHashes, SMALL};

type Done = Box<dyn FnOnce() + Send>;

/// The models whose hash is being computed, each with those who want to know when it is.
static BUSY: Mutex<Vec<(PathBuf, Vec<Done>)>> = Mutex::new(Vec::new());

fn busy() -> MutexGuard<'static, Vec<(PathBuf, Vec<Done>)>> {
    BUSY.lock().unwrap_or_else(PoisonError::into_inner)
}

/// SHA-256 of a model's file in hexadecimal, if it is known by now.
pub fn known(model: &Path) -> Option<String> {
    model.is_file().then(|| FileHashes::of(&DataDir::usual()).known(model)).flatten()
}

/// A model whose hash is being computed. A program that ends meanwhile has to begin anew the next time.
pub fn pending() -> Option<PathBuf> {
    busy().first().map(|(model, _)| model.clone())
}

/// Sees to it that the hash of a model's file will be known: small ones at once, others by and by. `done` is told
/// unless it was known before.
pub fn begin(model: &Path, done: impl FnOnce() + Send + 'static) {
    begin_in(FileHashes::of(&DataDir::usual()), model, Box::new(done));
}

fn begin_in(hashes: FileHashes, model: &Path, done: Done) {
    let Ok(data) = model.metadata() else { return };
    if !data.is_file() || hashes.known(model).is_some() {
        return;
    }
    let path = model.canonicalize().unwrap_or_else(|_| model.to_path_buf());
    let mut all = busy();
    if let Some((_, waiting)) = all.iter_mut().find(|(other, _)| *other == path) {
        return waiting.push(done);
    }
    all.push((path.clone(), vec![done]));
    drop(all);
    let end = |path: &Path| {
        let mut all = busy();
        let place = all.iter().position(|(other, _)| other == path);
        place.map(|place| all.remove(place).1).unwrap_or_default()
    };
    let file = path.clone();
    let work = move || {
        // What cannot be read has no hash, and whoever draws with it says so.
        let _ = hashes.compute(&file, &|| false);
        end(&file).into_iter().for_each(|done| done());
    };
    if data.len() <= SMALL {
        work();
    } else if std::thread::Builder::new().name("pseudoword-hash".into()).spawn(work).is_err() {
        // Without a thread there is no hash.
        end(&path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_who_waits_for_a_hash_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let model = folder.path().join("large.safetensors");
        std::fs::File::create(&model).unwrap().set_len(SMALL + 1).unwrap();
        let hashes = FileHashes::of(&DataDir::at(folder.path().join("home")));
        let (sender, told) = std::sync::mpsc::channel();
        for who in 0..3 {
            let sender = sender.clone();
            begin_in(hashes.clone(), &model, Box::new(move || sender.send(who).unwrap()));
        }
        assert_eq!(pending(), Some(model.canonicalize().unwrap()));
        drop(sender);
        assert_eq!(told.iter().collect::<Vec<_>>(), [0, 1, 2]);
        assert!(hashes.known(&model).is_some() && pending().is_none());
    }
}
