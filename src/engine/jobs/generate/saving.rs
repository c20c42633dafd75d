//! Where a picture is saved: under the first number that is free in its folder, and never over another.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use base::{Error, Result};

/// Saves a picture as `00000-SEED.png`, with the first number that is not taken; where it goes.
pub(super) fn save_new(folder: &Path, seed: u64, save: impl Fn(&Path) -> Result<()>) -> Result<PathBuf> {
    let names = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.file_name());
    let mut number = first_free(names.map(|name| name.to_string_lossy().into_owned()));
    loop {
        let path = folder.join(format!("{number:05}-{seed}.png"));
        match save(&path) {
            // Another program that draws into the folder was quicker.
            Err(Error::Io { source, .. }) if source.kind() == io::ErrorKind::AlreadyExists => number += 1,
            saved => return saved.map(|()| path),
        }
    }
}

/// The first number that none of the names begins with. A folder can hold many thousands: they are read once.
pub(super) fn first_free(names: impl Iterator<Item = String>) -> usize {
    let number = |name: String| {
        let (digits, _) = name.split_once('-')?;
        let number: usize = digits.parse().ok()?;
        (format!("{number:05}") == digits).then_some(number)
    };
    let taken: HashSet<usize> = names.filter_map(number).collect();
    (0..).find(|number| !taken.contains(number)).unwrap_or_default()
}
