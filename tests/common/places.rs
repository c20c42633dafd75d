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

/// Puts a single file into `place` with the configurations and vocabularies of its family beside it.
pub fn single_file(place: &Path, family: &str, file: &Path) -> PathBuf {
    let path = place.join(file.file_name().unwrap());
    std::fs::copy(file, &path).unwrap();
    configuration(&path, family);
    path
}

/// The folder of configurations for a single file: the family's own folder without weights.
pub fn configuration(path: &Path, family: &str) {
    let config = path.with_extension("config");
    copy_folder(&golden().join(family), &config);
    let parts: Vec<PathBuf> = std::fs::read_dir(&config)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|p| p.is_dir())
        .collect();
    for part in parts.iter().chain([&config]) {
        for entry in std::fs::read_dir(part).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|end| end == "safetensors") {
                std::fs::remove_file(path).unwrap();
            }
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
