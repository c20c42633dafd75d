//! Writing a file so that a crash, a full disk or a pulled plug leaves either the old file or the new one.
//!
//! Everything the program saves goes through here. It refuses to create folders: a missing folder is more
//! often a typing mistake or a disconnected drive than a wish.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tempfile::NamedTempFile;

use crate::{Error, Result};

/// How the name of a file that is not finished yet begins and ends.
const UNFINISHED: [&str; 2] = [".pseudoword-", ".tmp"];
/// Nobody works at an unfinished file to which nothing was added for so long.
const ABANDONED: Duration = Duration::from_hours(24);

/// Replaces a file by `bytes` in one instant; see [`write_atomic_with`].
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<()> {
    write_atomic_with(path, |file| file.write_all(bytes))
}

/// Writes `path` through a temporary neighbour that is flushed to disk and then renamed over it.
///
/// `write` receives the empty temporary file. If it fails, or the program dies, `path` is untouched; the
/// temporary file is removed in the first case and left to [`remove_unfinished`] in the second, or to whoever writes into
/// that folder a day later. A failed call may be repeated.
pub fn write_atomic_with(path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> Result<()> {
    put(path, write, true, over).map_err(|source| Error::write(path, source))
}

/// As [`write_atomic_with`], but never over another file.
///
/// # Errors
/// [`Error::Io`] of the kind [`io::ErrorKind::AlreadyExists`] if something is there by the time it is written.
pub fn write_new_with(path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> Result<()> {
    put(path, write, true, beside).map_err(|source| Error::write(path, source))
}

/// As [`write_new_with`], for a file that nobody but this user may read, where the disk can tell users apart.
pub fn write_private_new(path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> Result<()> {
    write_new_with(path, |file| privately(file).and_then(|()| write(file)))
}

/// As [`write_atomic`], for a file that nobody but this user may read, where the disk can tell users apart.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<()> {
    write_atomic_with(path, |file| privately(file).and_then(|()| file.write_all(bytes)))
}

/// Hides a file that is still empty from other users. A disk without modes (exFAT, SMB and others) refuses that of a file which
/// this process has just made: who may read there was decided for all of it when it was mounted, and a file that is not
/// written is of use to nobody.
fn privately(file: &mut File) -> io::Result<()> {
    #[cfg(unix)]
    if let Err(error) = file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600)) {
        if !matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::Unsupported) {
            return Err(error);
        }
        log::warn!("A private file is as private as the disk that it is on, which knows no users ({error})");
    }
    #[cfg(not(unix))]
    let _ = file;
    Ok(())
}

/// As [`write_atomic`], without waiting until the disk has it: for what can be made again.
pub fn write_unflushed(path: &Path, bytes: &[u8]) -> Result<()> {
    put(path, |file| file.write_all(bytes), false, over).map_err(|source| Error::write(path, source))
}

/// Removes what was left in a folder when its process was killed. Call it only where no other process writes.
/// What cannot be removed is left: it does no harm.
pub fn remove_unfinished(folder: &Path) {
    remove_older(folder, Duration::ZERO);
}

/// Removes the unfinished files of a folder to which nothing was added for at least so long.
fn remove_older(folder: &Path, least: Duration) {
    let age = |entry: &fs::DirEntry| entry.metadata().and_then(|data| data.modified()).ok()?.elapsed().ok();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        if name.to_str().is_some_and(|n| n.starts_with(UNFINISHED[0]) && n.ends_with(UNFINISHED[1]))
            && age(&entry).unwrap_or_default() >= least
        {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Clears what killed processes left, the first time that this one writes into a folder.
fn clear_abandoned(folder: &Path) {
    static LOOKED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
    let new = LOOKED.lock().unwrap_or_else(PoisonError::into_inner).insert(folder.to_path_buf());
    if new {
        remove_older(folder, ABANDONED);
    }
}

/// An empty file in a folder, which goes when it is dropped.
pub(crate) fn scratch_in(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(UNFINISHED[0]).suffix(UNFINISHED[1]);
    // Temporary files are private by default, but this one becomes a file to share: let the umask decide.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    // On Windows the library marks its files as passing ones, and takes that off only where it names them itself.
    let plain = |path: &Path| File::options().read(true).write(true).create_new(true).open(path);
    if cfg!(windows) { builder.make_in(folder, plain) } else { builder.tempfile_in(folder) }
}

/// Gives the file its name, in place of what had it.
fn over(scratch: NamedTempFile, path: &Path) -> io::Result<()> {
    if !cfg!(windows) {
        return scratch.persist(path).map(drop).map_err(|failure| failure.error);
    }
    // The library's way fails on Windows while anybody reads there, and for long paths; the standard one does not.
    let (file, mut unfinished) = scratch.into_parts();
    drop(file);
    patiently(|| fs::rename(&unfinished, path))?;
    unfinished.disable_cleanup(true);
    Ok(())
}

/// Tries for half a second what Windows refuses while a virus scanner looks at what was just written.
pub fn patiently<T>(mut act: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    for _ in 0..50 {
        match act() {
            // Access is denied; somebody else uses the file.
            Err(error) if cfg!(windows) && matches!(error.raw_os_error(), Some(5 | 32)) => {
                std::thread::sleep(Duration::from_millis(10));
            }
            done => return done,
        }
    }
    act()
}

/// Waits until the disk has a file.
///
/// # Errors
/// Those of the disk; but one that cannot be asked for that, as some of networks (macOS asks for more than others do), was
/// given all there is.
pub fn flush(file: &File) -> io::Result<()> {
    file.sync_all().or_else(|error| {
        if cannot_flush(&error, cfg!(target_vendor = "apple")) { Ok(()) } else { Err(error) }
    })
}

/// Whether a disk answers so that knows of no flushing. Apple's numbers: no such argument, operation or request.
fn cannot_flush(error: &io::Error, apple: bool) -> bool {
    let numbers: &[i32] = if apple { &[22, 25, 45, 102] } else { &[] };
    error.kind() == io::ErrorKind::Unsupported
        || error.raw_os_error().is_some_and(|number| numbers.contains(&number))
}

/// Gives the file its name unless another has it.
fn beside(scratch: NamedTempFile, path: &Path) -> io::Result<()> {
    let failure = match scratch.persist_noclobber(path) {
        Ok(_) => return Ok(()),
        Err(failure) if failure.error.kind() == io::ErrorKind::AlreadyExists => return Err(failure.error),
        Err(failure) => failure,
    };
    // Some disks can rename over a file only (exFAT under macOS): there the name is claimed first.
    File::create_new(path)?;
    over(failure.file, path).inspect_err(|_| {
        let _ = fs::remove_file(path);
    })
}

fn put(
    path: &Path,
    write: impl FnOnce(&mut File) -> io::Result<()>,
    flushed: bool,
    name: fn(NamedTempFile, &Path) -> io::Result<()>,
) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut scratch = scratch_in(folder)?;
    clear_abandoned(folder);
    write(scratch.as_file_mut())?;
    if flushed {
        flush(scratch.as_file())?;
    }
    name(scratch, path)?;
    if !flushed {
        return Ok(());
    }
    // The rename itself lives in the folder. Some file systems cannot flush folders; the file is whole
    // anyway.
    #[cfg(unix)]
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_write_leaves_the_old_file_and_no_litter() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("wörter 猫.txt");
        write_atomic(&path, b"old").unwrap();
        let failure = write_atomic_with(&path, |file| {
            file.write_all(b"half")?;
            Err(io::Error::other("the disk is full"))
        });
        let sentence = failure.unwrap_err().to_string();
        assert!(sentence.contains("猫") && sentence.contains("the disk is full"), "{sentence}");
        assert_eq!(fs::read(&path).unwrap(), b"old");
        write_unflushed(&path, b"newer").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"newer");
        write_atomic(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        let taken = write_new_with(&path, |file| file.write_all(b"other")).unwrap_err();
        let Error::Io { source, .. } = taken else { panic!("{taken}") };
        assert_eq!(
            (source.kind(), fs::read(&path).unwrap()),
            (io::ErrorKind::AlreadyExists, b"new".to_vec())
        );
        write_new_with(&path.with_extension("2"), |file| file.write_all(b"other")).unwrap();
        assert_eq!(fs::read(path.with_extension("2")).unwrap(), b"other");
        fs::remove_file(path.with_extension("2")).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        fs::write(folder.path().join(".pseudoword-abc.tmp"), b"half").unwrap();
        remove_unfinished(folder.path());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_a_killed_process_left_goes_with_the_first_write_a_day_later() {
        let folder = tempfile::tempdir().unwrap();
        let left = |name: &str, hours: u64| {
            let path = folder.path().join(name);
            let time = std::time::SystemTime::now() - Duration::from_hours(hours);
            File::create(&path).unwrap().set_modified(time).unwrap();
            path
        };
        let old = left(".pseudoword-old.tmp", 25);
        let stay = [left(".pseudoword-new.tmp", 23), left(".pseudoword-no", 25), left("word.tmp", 25)];
        write_atomic(&folder.path().join("a"), b"a").unwrap();
        assert!(!old.exists(), "nobody works at it any more");
        assert!(stay.iter().all(|path| path.exists()), "somebody may, or it is none of ours");
    }

    #[cfg(unix)]
    #[test]
    fn others_may_read_what_the_umask_lets_them() {
        use std::os::unix::fs::PermissionsExt as _;

        let folder = tempfile::tempdir().unwrap();
        let (plain, atomic) = (folder.path().join("plain"), folder.path().join("atomic"));
        fs::write(&plain, b"").unwrap();
        write_atomic(&atomic, b"").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&atomic), mode(&plain));
    }

    /// Of the files of a process nobody can change the mode, as on a disk without any.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_disk_without_modes_takes_private_files_too() {
        let mut file = File::open("/proc/self/status").unwrap();
        let refused = file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::PermissionDenied);
        privately(&mut file).unwrap();
    }

    #[test]
    fn what_is_being_read_is_replaced_and_long_paths_are_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("word.toml");
        write_atomic(&path, b"old").unwrap();
        let reader = File::open(&path).unwrap();
        write_atomic(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        drop(reader);
        let deep = folder.path().join("a".repeat(100)).join("b".repeat(100)).join("c".repeat(100));
        fs::create_dir_all(&deep).unwrap();
        write_atomic(&deep.join("word"), b"x").unwrap();
        write_new_with(&deep.join("other"), |file| file.write_all(b"x")).unwrap();
    }

    #[test]
    fn a_drive_that_cannot_be_flushed_is_written_to() {
        let error = io::Error::from_raw_os_error;
        assert!(cannot_flush(&error(45), true) && !cannot_flush(&error(45), false));
        // A fault of the drive, and no room.
        assert!(![5, 28].map(error).iter().any(|error| cannot_flush(error, true)));
    }

    #[test]
    fn a_missing_folder_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("missing").join("word.safetensors");
        let sentence = write_atomic(&path, b"x").unwrap_err().to_string();
        assert!(sentence.contains("missing"), "{sentence}");
        assert!(!folder.path().join("missing").exists(), "a vanished folder is not imitated");
    }
}
