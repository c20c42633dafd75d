//! Places to write to: looked at before long work begins, made when there is something to write.
//!
//! Looking leaves nothing behind, so that what was refused can be put right and tried again. It decides nothing about
//! what is there already.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Component, Path, PathBuf, Prefix};

use crate::atomic::scratch_in;
use crate::{Error, FileKind, Result};

/// Whether a path means a folder: one that is there, or a name that ends as only a folder's does.
pub fn means_folder(path: &Path) -> bool {
    let last = path.as_os_str().as_encoded_bytes().last();
    path.is_dir() || last.is_some_and(|&sign| std::path::is_separator(char::from(sign)))
}

/// Refuses a folder that is not there and cannot be made, or into which nothing can be written.
pub fn expect_folder(path: &Path) -> Result<()> {
    look(path, Vec::new()).map_err(|source| Error::write(path, source))
}

/// Refuses a file that cannot be written: by its name, because a folder is there, or because of its own folder.
pub fn expect_file(path: &Path) -> Result<()> {
    let looked = match path.file_name() {
        _ if path.is_dir() => Err(ErrorKind::IsADirectory.into()),
        Some(name) => look(parent(path), vec![name]),
        None => Err(ErrorKind::InvalidFilename.into()),
    };
    looked.map_err(|source| Error::write(path, source))
}

/// Refuses what is there but can be neither opened nor listed, such as a pipe, which would be waited for.
pub fn expect_plain(kind: FileKind, path: &Path) -> Result<()> {
    if path.is_file() || path.is_dir() || !path.exists() {
        return Ok(());
    }
    let fault = "this is neither a file nor a folder, but a pipe or a device";
    Err(Error::file(kind, path, fault, "Write it to a file first."))
}

/// The name of something in a folder that is not the caller's `own`, nor hidden, nor what systems put into folders.
pub fn other_file(folder: &Path, own: impl Fn(&str) -> bool) -> Option<String> {
    const OF_SYSTEMS: [&str; 2] = ["desktop.ini", "Thumbs.db"];
    let names = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.file_name());
    let mut names = names.map(|name| name.to_string_lossy().into_owned());
    names.find(|name| !name.starts_with('.') && !OF_SYSTEMS.contains(&name.as_str()) && !own(name))
}

/// The refusal of a folder that holds such a file, for what is written there would lie among others and could replace them.
pub fn not_alone(folder: &Path, name: &str, remedy: &str) -> Error {
    Error::file(
        FileKind::Run,
        folder,
        format!("this folder holds other files already, such as {name}"),
        remedy,
    )
}

/// Looks upwards from `there`, below which `missing` is to be made, for a folder that exists and can be written into.
fn look<'a>(mut there: &'a Path, mut missing: Vec<&'a OsStr>) -> io::Result<()> {
    loop {
        match fs::metadata(there) {
            Ok(found) if found.is_dir() => break,
            Ok(_) => return Err(ErrorKind::NotADirectory.into()),
            // Above a drive that is not there is nothing, least of all the current folder.
            Err(error)
                if error.kind() != ErrorKind::NotFound
                    || there == Path::new(".")
                    || there.parent().is_none() && !there.as_os_str().is_empty() =>
            {
                return Err(error);
            }
            Err(_) => missing.extend(there.file_name()),
        }
        there = parent(there);
    }
    // A name that the system does not take is refused where it would stand, also if the folders above it are missing.
    for name in missing {
        match fs::symlink_metadata(there.join(name)) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    scratch_in(there).map(drop)
}

/// Makes a folder, and those above it.
pub fn make_folder(path: &Path) -> Result<()> {
    fs::create_dir_all(path).map_err(|error| Error::write(path, error))
}

/// Makes the folder that a file is to be written into, and those above it.
pub fn make_parent(path: &Path) -> Result<()> {
    make_folder(parent(path))
}

/// A path without links, as people and other programs write it: before it Windows puts `\\?\`, which few understand.
///
/// # Errors
/// Those of the system, if nothing is there.
pub fn real(path: &Path) -> io::Result<PathBuf> {
    let real = path.canonicalize()?;
    let mut parts = real.components();
    let Some(Component::Prefix(prefix)) = parts.next() else { return Ok(real) };
    let root = match prefix.kind() {
        Prefix::VerbatimDisk(letter) => format!("{}:\\", char::from(letter)),
        Prefix::VerbatimUNC(host, share) => format!("\\\\{}\\{}\\", host.display(), share.display()),
        _ => return Ok(real),
    };
    let rest = parts.as_path();
    Ok(PathBuf::from(root).join(rest.strip_prefix("\\").unwrap_or(rest)))
}

fn parent(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_looked_at_and_left_as_it_was() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("a.txt");
        fs::write(&file, "x").unwrap();
        let new = place.path().join("作品/run 1");
        expect_folder(&new).unwrap();
        expect_file(&new.join("toy.pt")).unwrap();
        expect_file(&file).unwrap();
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1);
        for (looked, part) in [
            (expect_folder(&file), "it is a file, not a folder"),
            (expect_folder(&file.join("run")), "a.txt is a file, not a folder"),
            (expect_file(&file.join("toy.pt")), "a.txt is a file, not a folder"),
            (expect_file(place.path()), "it is a folder, not a file"),
        ] {
            let sentence = looked.unwrap_err().to_string();
            assert!(sentence.contains(part), "{sentence}");
        }
        make_parent(&new.join("toy.pt")).unwrap();
        assert!(new.is_dir() && means_folder(&new));
        assert!(means_folder(Path::new("new/")) && !means_folder(Path::new("new")));
    }

    #[test]
    fn files_of_others_are_named_and_those_of_systems_passed_over() {
        let place = tempfile::tempdir().unwrap();
        let other = || other_file(place.path(), |name| name == "mine");
        for name in ["mine", ".DS_Store", "Thumbs.db", "desktop.ini"] {
            fs::write(place.path().join(name), "").unwrap();
        }
        assert_eq!(other(), None);
        fs::create_dir(place.path().join("手紙")).unwrap();
        assert_eq!(other().as_deref(), Some("手紙"));
        assert_eq!(other_file(&place.path().join("none"), |_| false), None);
    }

    #[cfg(unix)]
    #[test]
    fn names_and_folders_that_the_system_refuses_are_found_beforehand() {
        let place = tempfile::tempdir().unwrap();
        let long = "x".repeat(300);
        for path in [place.path().join(&long), place.path().join("new").join(&long)] {
            for looked in [expect_folder(&path), expect_file(&path.join("toy.pt")), expect_file(&path)] {
                let sentence = looked.unwrap_err().to_string();
                assert!(sentence.contains("its name is too long") && sentence.ends_with(")."), "{sentence}");
            }
        }
        // Nobody, not even an administrator, makes files there.
        if Path::new("/proc/self").is_dir() {
            assert!(expect_folder(Path::new("/proc/run")).is_err());
        }
    }
}
