//! The folders that the artist named, and whether anything in them has changed since they were searched.
//!
//! Adding, removing or renaming a file changes the time of its folder, so a look at the times of the folders
//! already known is enough, and at those of files that were on their way: milliseconds, done when the window gets the
//! focus and never in between.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use serde::{Deserialize, Serialize};

use super::places::{Holds, Origin, Place};
use super::search::{Limits, is_candidate};
use base::places::make_folder;
use base::{Error, FileKind, Result, alone, aside};
use project::DataDir;
use project::files::{or_set_aside, read_known, write_toml};

/// Raised when an older list can no longer be understood.
const VERSION: u32 = 1;
/// How many folders can be named.
const MOST: usize = 100;
/// How many folders below one are remembered; of larger trees the first ones are.
const REMEMBERED: usize = 5000;
/// How lately a file was changed that may still be on its way here: a copy takes no longer from one piece to the next.
const FRESH: Duration = Duration::from_secs(600);

/// The list as it is kept on the disk.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    version: u32,
    folders: Vec<PathBuf>,
}

/// The folders that the artist named, with the times of all folders in them when they were last searched.
#[derive(Debug, Clone, Default)]
pub struct WatchedFolders {
    folders: Vec<(PathBuf, Times)>,
    /// What to say of a list that could not be read.
    damage: Option<String>,
}

/// Folders, and files that may still be on their way, and when they were last changed.
type Times = Vec<(PathBuf, Option<SystemTime>)>;

impl WatchedFolders {
    /// The folders named before. A list that cannot be understood is set aside: see [`take_damage`](Self::take_damage).
    pub fn load(home: &DataDir) -> Self {
        let path = home.folders();
        let read = read_known::<Kept>(FileKind::Settings, &path, VERSION);
        let (kept, mut damage) = or_set_aside(read, &path);
        let other = kept.as_ref().is_some_and(|kept| kept.version != VERSION);
        if other {
            let fault = "this list of folders was made by another version of Pseudoword";
            let fault = Error::file(FileKind::Settings, &path, fault, "");
            damage = Some(aside::sentence(&fault, &aside::set_aside(&path)));
        }
        let folders = kept.filter(|_| !other).map(|kept| kept.folders).unwrap_or_default();
        let folders = folders.into_iter().take(MOST).map(|folder| (folder, Vec::new())).collect();
        Self { folders, damage }
    }

    /// What to say of a list that could not be read, once.
    pub fn take_damage(&mut self) -> Option<String> {
        self.damage.take()
    }

    /// The folders, in the order in which they were named.
    pub fn folders(&self) -> impl Iterator<Item = &Path> {
        self.folders.iter().map(|(folder, _)| folder.as_path())
    }

    /// Takes in what another window has done to the list since.
    fn follow(&mut self, home: &DataDir) -> Result<()> {
        let path = home.folders();
        let kept = match read_known::<Kept>(FileKind::Settings, &path, VERSION) {
            Err(fault) if aside::is_newer(&fault) => return Err(fault),
            // There is none yet, or it was told of.
            Err(_) => return Ok(()),
            Ok(kept) => kept.folders.into_iter().take(MOST),
        };
        let mut known = std::mem::take(&mut self.folders);
        let with_times = |folder: PathBuf| {
            let own = known.iter_mut().find(|(known, _)| *known == folder);
            (folder, own.map(|(_, times)| std::mem::take(times)).unwrap_or_default())
        };
        self.folders = kept.map(with_times).collect();
        Ok(())
    }

    /// Names a folder and writes the list; refuses what is no folder, and more than a hundred.
    pub fn add(&mut self, home: &DataDir, folder: &Path) -> Result<()> {
        let folder = std::path::absolute(folder).map_err(|e| Error::read(folder, e))?;
        if !folder.is_dir() {
            let remedy = "Choose a folder, and check that the drive it is on is connected.";
            return Err(Error::file(FileKind::Settings, &folder, "there is no such folder", remedy));
        }
        let _alone = alone(&home.folders());
        self.follow(home)?;
        if self.folders().any(|known| known == folder) {
            return Ok(());
        }
        if self.folders.len() >= MOST {
            let remedy = "Take some off the list, or name a folder that holds several of them.";
            return Err(Error::input(format!("{MOST} folders are watched already"), remedy));
        }
        self.folders.push((folder, Vec::new()));
        self.save(home)
    }

    /// Takes a folder off the list, whose files stay where they are, and writes the list.
    pub fn remove(&mut self, home: &DataDir, folder: &Path) -> Result<()> {
        let _alone = alone(&home.folders());
        self.follow(home)?;
        self.folders.retain(|(known, _)| known != folder);
        self.save(home)
    }

    fn save(&self, home: &DataDir) -> Result<()> {
        make_folder(home.root())?;
        let kept = Kept { version: VERSION, folders: self.folders().map(Path::to_path_buf).collect() };
        write_toml(FileKind::Settings, &home.folders(), &kept)
    }

    /// All folders as places to search.
    pub fn places(&self) -> Vec<Place> {
        self.folders().map(place).collect()
    }

    /// The folders in which something was added, removed or renamed since [`WatchedFolders::remember`].
    pub fn changed(&self) -> Vec<Place> {
        let changed =
            |times: &Times| times.is_empty() || times.iter().any(|(folder, time)| *time != modified(folder));
        let folders = self.folders.iter().filter(|(_, times)| changed(times));
        folders.map(|(folder, _)| place(folder)).collect()
    }

    /// Forgets what [`WatchedFolders::remember`] remembered, so that all folders count as changed.
    pub fn forget_times(&mut self) {
        self.folders.iter_mut().for_each(|(_, times)| times.clear());
    }

    /// Remembers the times of a folder and of those in it. Done before it is searched, so that what is added
    /// meanwhile counts as new.
    pub fn remember(&mut self, folder: &Path) {
        for (known, times) in &mut self.folders {
            if known == folder {
                *times = tree(folder);
            }
        }
    }
}

fn place(folder: &Path) -> Place {
    Place::folder(folder.to_path_buf(), Origin::Folder)
}

fn modified(folder: &Path) -> Option<SystemTime> {
    fs::metadata(folder).and_then(|data| data.modified()).ok()
}

/// The folders in a folder, itself first, with their times; without links, which could lead anywhere. With them files that
/// were changed just now: what is still written into one changes the time of no folder.
fn tree(folder: &Path) -> Times {
    let limits = Limits::default();
    let until = Instant::now() + limits.time;
    let mut times = Vec::new();
    let mut waiting = vec![(folder.to_path_buf(), 0)];
    while let Some((folder, depth)) = waiting.pop() {
        if times.len() >= REMEMBERED || Instant::now() > until {
            break;
        }
        times.push((folder.clone(), modified(&folder)));
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let (Ok(kind), path) = (entry.file_type(), entry.path()) else { continue };
            if kind.is_dir() && depth < limits.depth {
                waiting.push((path, depth + 1));
            } else if kind.is_file() && times.len() < REMEMBERED && is_candidate(&path, Holds::Anything) {
                let time = modified(&path);
                times.extend(time.is_some_and(is_fresh).then_some((path, time)));
            }
        }
    }
    times
}

/// Whether something was changed just now; a clock that goes ahead of ours says so too.
fn is_fresh(time: SystemTime) -> bool {
    !time.elapsed().is_ok_and(|age| age > FRESH)
}
