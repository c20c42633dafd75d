//! Where the tests' files lie, whichever package a test belongs to, and copies of them that a test may spoil.
#![allow(dead_code, reason = "each program of tests uses its part")]

use std::path::{Path, PathBuf};

/// The folder of the repository: the first one above the package that holds the reference models.
pub fn repository() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let here = package.ancestors().find(|folder| folder.join("tests/golden").is_dir());
    here.unwrap_or(package).to_path_buf()
}

/// The folder of reference models.
pub fn golden() -> PathBuf {
    repository().join("tests/golden")
}

/// Puts the configurations and vocabularies of a model folder beside a single file: everything but the weights.
pub fn configuration(path: &Path, model: &Path) {
    let entries = |folder: &Path| std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    for part in entries(model).filter(|part| part.is_dir()) {
        let target = path.with_extension("config").join(part.file_name().unwrap());
        std::fs::create_dir_all(&target).unwrap();
        for file in entries(&part).filter(|file| file.extension().is_none_or(|end| end != "safetensors")) {
            std::fs::copy(&file, target.join(file.file_name().unwrap())).unwrap();
        }
    }
}

/// Copies a folder with everything in it.
pub fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let (from, to) = (entry.as_ref().unwrap().path(), to.join(entry.unwrap().file_name()));
        if from.is_dir() { copy_folder(&from, &to) } else { std::fs::copy(from, to).map(drop).unwrap() }
    }
}
