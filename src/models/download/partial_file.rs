//! A file that is still coming: its bytes so far beside the place where it will be, and a note of what they are
//! bytes of.
//!
//! The note holds the checksum, the size and the server's etag of the version. Bytes whose note is missing or says
//! something else are thrown away; bytes that are kept are hashed again, so that nothing is believed.

use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use serde::{Deserialize, Serialize};

use super::checksum::{Checksum, Hasher};
use super::faults::{self, Fault};
use base::atomic::{flush, patiently, write_atomic};
use base::{Error, text_file};

/// A file to fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RepoFile {
    /// Its path in the repository and in the model's folder, from our own list.
    pub path: &'static str,
    /// Its size in bytes, as the server lists it.
    pub size: u64,
    pub checksum: Checksum,
}

/// The note beside a part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct PartialRecord {
    size: u64,
    checksum: Checksum,
    /// Named as the first versions of this program named it, whose downloads can be gone on with.
    #[serde(rename = "mark")]
    etag: Option<String>,
}

/// The bytes of an item that are here.
pub(super) struct PartialFile<'a> {
    item: &'a RepoFile,
    target: PathBuf,
    path: PathBuf,
    file: File,
    hasher: Hasher,
    /// How many they are.
    pub have: u64,
    note: PartialRecord,
}

/// Where the bytes of a file and the note about them are while it is coming.
fn beside(target: &Path) -> [PathBuf; 2] {
    [".part", ".part.json"].map(|ending| {
        let mut name = target.file_name().unwrap_or_default().to_owned();
        name.push(ending);
        target.with_file_name(name)
    })
}

/// How much of an item is in a folder, finished or not, by the lengths of files.
pub(super) fn length(folder: &Path, path: &str) -> u64 {
    let target = folder.join(path);
    let length = |path: &Path| fs::metadata(path).map(|data| data.len()).ok();
    length(&target).or_else(|| length(&beside(&target)[0])).unwrap_or(0)
}

/// Whether an item is in a folder, whole and right; a wrong one is removed.
pub(super) fn is_done(folder: &Path, item: &RepoFile, stop: &AtomicBool) -> Result<bool, Fault> {
    let target = folder.join(item.path);
    let Ok(mut file) = File::open(&target) else { return Ok(false) };
    let right = file.metadata().is_ok_and(|data| data.len() == item.size) && {
        let mut hasher = item.checksum.hasher(item.size);
        hash(&mut file, &target, &mut hasher, stop)?;
        item.checksum.matches(hasher)
    };
    drop(file);
    if !right {
        fs::remove_file(&target).map_err(|e| Error::write(&target, e))?;
    }
    Ok(right)
}

fn hash(file: &mut File, path: &Path, hasher: &mut Hasher, stop: &AtomicBool) -> Result<u64, Fault> {
    let (mut piece, mut length) = (vec![0; 1 << 20], 0);
    loop {
        if stop.load(Ordering::Relaxed) {
            return Err(Fault::Stopped);
        }
        match file.read(&mut piece) {
            Ok(0) => return Ok(length),
            Ok(read) => {
                hasher.update(&piece[..read]);
                length += read as u64;
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Error::read(path, error).into()),
        }
    }
}

impl<'a> PartialFile<'a> {
    /// Goes on with what is in a folder of an item, if anything.
    pub fn open(folder: &Path, item: &'a RepoFile, stop: &AtomicBool) -> Result<Self, Fault> {
        let target = folder.join(item.path);
        let parent = target.parent().unwrap_or(folder);
        fs::create_dir_all(parent).map_err(|e| faults::disk(parent, e))?;
        let [path, note_path] = beside(&target);
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create(true).truncate(false).open(&path);
        let file = file.map_err(|e| faults::disk(&path, e))?;
        let known = serde_json::from_str::<PartialRecord>(&text_file::read_start(&note_path, 1 << 16)).ok();
        let fresh = PartialRecord { size: item.size, checksum: item.checksum.clone(), etag: None };
        let known = known.filter(|known| (known.size, &known.checksum) == (item.size, &item.checksum));
        let there = file.metadata().map_err(|e| Error::read(&path, e))?.len();
        let keep = known.is_some() && there <= item.size;
        let hasher = item.checksum.hasher(item.size);
        let mut part = Self { item, target, path, file, hasher, have: 0, note: known.unwrap_or(fresh) };
        if keep {
            part.have = hash(&mut part.file, &part.path, &mut part.hasher, stop)?;
        } else {
            part.restart()?;
        }
        Ok(part)
    }

    /// The server's etag of the version that the bytes are of.
    pub fn etag(&self) -> Option<&str> {
        self.note.etag.as_deref()
    }

    /// Notes the etag of the version that comes now.
    pub fn set_etag(&mut self, etag: Option<String>) -> Result<(), Fault> {
        let [_, path] = beside(&self.target);
        if self.note.etag == etag && path.exists() {
            return Ok(());
        }
        self.note.etag = etag;
        let text = serde_json::to_vec(&self.note).map_err(|e| Error::Internal(e.to_string()))?;
        let written = write_atomic(&path, &text);
        written.map_err(|error| match error {
            Error::Io { path, source, .. } => faults::disk(&path, source),
            other => other.into(),
        })
    }

    pub fn restart(&mut self) -> Result<(), Fault> {
        if self.file.metadata().is_ok_and(|data| data.len() > 0) {
            self.file.set_len(0).map_err(|e| Error::write(&self.path, e))?;
        }
        self.file.seek(SeekFrom::Start(0)).map_err(|e| Error::write(&self.path, e))?;
        (self.have, self.hasher) = (0, self.item.checksum.hasher(self.item.size));
        Ok(())
    }

    /// Adds bytes. More than the item has are refused by the caller.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        if let Err(error) = self.file.write_all(bytes) {
            // What of the piece reached the disk is unknown; the next try goes on from what is known.
            let _ = self.file.set_len(self.have);
            return Err(faults::disk(&self.path, error));
        }
        self.hasher.update(bytes);
        self.have += bytes.len() as u64;
        Ok(())
    }

    /// Compares the whole file with its checksum and gives it its name; a wrong one is removed.
    pub fn finish(self) -> Result<(), Fault> {
        let Self { item, target, path, file, hasher, have, .. } = self;
        flush(&file).map_err(|e| faults::disk(&path, e))?;
        drop(file);
        let [_, note] = beside(&target);
        if have != item.size || !item.checksum.matches(hasher) {
            let _ = fs::remove_file(&path);
            let _ = fs::remove_file(&note);
            let fault = format!(
                "{} did not arrive as it was published: its checksum is wrong, so it was deleted",
                item.path
            );
            let remedy = "Download it again; if that happens twice, try another network or server.";
            return Err(Error::network(fault, remedy).into());
        }
        patiently(|| fs::rename(&path, &target)).map_err(|e| faults::disk(&target, e))?;
        let _ = fs::remove_file(note);
        Ok(())
    }
}
