//! The folders and favourites of the pictures drawn: folders made and named, pictures moved among them and to the trash.
//!
//! What is moved can be put back: what goes to the trash waits in a folder of ours until something else goes there or
//! the window is closed, and only then becomes the system's. Nothing is written over, and nothing outside of the folder of
//! pictures is touched.

mod favourites;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

use self::favourites::Kept;
use super::message::Answer;
use super::{discard, pictures};
use base::places::{make_folder, make_parent};
use base::{Error, FileKind, Result, units};
use project::draft::free_folder;
use project::{DataDir, is_device};

/// After so many seconds what waits in the trash is that of a window that was killed.
const WAITS: u64 = 24 * 3600;
/// Characters of the name of a folder.
const LONGEST: usize = 80;

/// A file or folder that was moved: from where, and where it is now.
pub type Move = (PathBuf, PathBuf);

/// What can be asked about the pictures drawn. Where nothing else is said, each is answered by [`Answer::Pictures`] and
/// [`GalleryAnswer::Listed`], beside what is said.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "a field is what it is called")]
pub enum GalleryTask {
    /// Move pictures into a folder. Answer: [`GalleryAnswer::Moved`].
    Move { pictures: Vec<PathBuf>, folder: PathBuf },
    /// Make a folder of this name in another.
    NewFolder { within: PathBuf, name: String },
    /// Give a folder another name. Answer: [`GalleryAnswer::Moved`].
    RenameFolder { folder: PathBuf, name: String },
    /// Say whether pictures are favourites. Answer: [`GalleryAnswer::Favourites`] alone.
    Favour { pictures: Vec<PathBuf>, favourite: bool },
    /// Move pictures or a folder to where they wait for the trash. Answer: [`GalleryAnswer::Moved`].
    Bin(Vec<PathBuf>),
    /// Undo a move, or one to the trash. Answer: [`GalleryAnswer::Moved`].
    PutBack(Vec<Move>),
    /// Give to the system's trash what waits for it. Nothing is listed anew.
    LetGo(Vec<Move>),
}

/// What is answered.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "a field is what it is called")]
pub enum GalleryAnswer {
    /// The folders of pictures, that of all first, and the favourites among them; follows the pictures.
    Listed { folders: Vec<PathBuf>, favourites: BTreeSet<PathBuf> },
    /// The favourites have changed, and nothing else.
    Favourites(BTreeSet<PathBuf>),
    /// Pictures or a folder were moved; comes before the pictures. Nothing was if all that was to be put back is gone.
    Moved { moves: Vec<Move>, how: Moved },
}

/// How something was moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moved {
    /// Into a folder, or to another name.
    Within,
    /// To where it waits for the trash.
    Binned,
    /// Back to where it was.
    Back,
}

/// The folders and the favourites as they are now.
pub(super) fn listed(home: &DataDir, mut folders: Vec<PathBuf>) -> Vec<Answer> {
    let (kept, said) = Kept::load(home);
    let favourites = kept.whole(&home.pictures());
    // A folder comes before those in it.
    folders.sort();
    let listed = Answer::Gallery(GalleryAnswer::Listed { folders, favourites });
    said.map(Answer::Refused).into_iter().chain([listed]).collect()
}

/// Does what is asked.
pub(super) fn work(home: &DataDir, task: GalleryTask) -> Result<Vec<Answer>> {
    let top = home.pictures();
    let (moves, how) = match task {
        GalleryTask::Move { pictures, folder } => {
            inside(&top, &folder, true)?;
            (plan(&top, pictures, &folder)?, Moved::Within)
        }
        GalleryTask::NewFolder { within, name } => {
            inside(&top, &within, true)?;
            let folder = within.join(folder_name(&name)?);
            if is_there(&folder) {
                return Err(taken(&folder));
            }
            make_folder(&folder)?;
            return pictures::list(home);
        }
        GalleryTask::RenameFolder { folder, name } => {
            inside(&top, &folder, false)?;
            let to = folder.with_file_name(folder_name(&name)?);
            // On some systems the same name in other letters is there already.
            if is_there(&to) && !same(&to, &folder) {
                return Err(taken(&to));
            }
            (vec![(folder, to)], Moved::Within)
        }
        GalleryTask::Favour { pictures, favourite } => {
            let (kept, said) = Kept::change(home, |kept| {
                for picture in pictures.iter().filter_map(|picture| picture.strip_prefix(&top).ok()) {
                    match favourite {
                        true => _ = kept.favourites.insert(picture.to_path_buf()),
                        false => _ = kept.favourites.remove(picture),
                    }
                }
                // What is gone is no favourite any more, unless it may be put back.
                if super::folders(&home.binned()).is_empty() {
                    kept.favourites.retain(|picture| top.join(picture).exists());
                }
            })?;
            let told = Answer::Gallery(GalleryAnswer::Favourites(kept.whole(&top)));
            return Ok(said.map(Answer::Refused).into_iter().chain([told]).collect());
        }
        GalleryTask::Bin(things) => {
            let folder = free_folder(&home.binned(), &units::unix_seconds(SystemTime::now()).to_string());
            (plan(&top, things, &folder)?, Moved::Binned)
        }
        GalleryTask::PutBack(moves) => {
            let back = moves.into_iter().filter(|(_, now)| is_there(now));
            // What has come there meanwhile stays, and what comes back gets another name.
            let back = back.map(|(was, now)| match is_there(&was) && !same(&was, &now) {
                true => (now, free_file(&was, &BTreeSet::new())),
                false => (now, was),
            });
            (back.collect(), Moved::Back)
        }
        GalleryTask::LetGo(moves) => {
            let mut waiting = moves.iter().filter(|(_, now)| now.starts_with(home.binned()));
            // From its own place, so that the system's trash knows where it belongs.
            let let_go = |was: &Path, now: &Path| {
                let waits = is_there(was) || fs::rename(now, was).is_err();
                discard(home, if waits { now } else { was })
            };
            let gone = waiting.try_for_each(|(was, now)| {
                let_go(was, now)?;
                // The settings of a grid lie beside it.
                let [before, beside] = [was, now].map(|path| path.with_extension("toml"));
                if beside.is_file() { let_go(&before, &beside) } else { Ok(()) }
            });
            // Only those that are empty go.
            let folders = moves.iter().filter_map(|(_, now)| now.parent());
            let folders = folders.filter(|folder| folder.starts_with(home.binned()));
            folders.for_each(|folder| _ = fs::remove_dir(folder));
            return gone.map(|()| Vec::new());
        }
    };
    carry_out(home, moves, how)
}

/// Moves what is planned, as far as that goes; tells what was moved, and what stands in the way of the rest.
fn carry_out(home: &DataDir, moves: Vec<Move>, how: Moved) -> Result<Vec<Answer>> {
    let top = home.pictures();
    let (mut done, mut fault) = (Vec::new(), None);
    for (from, to) in moves {
        let moved = make_parent(&to).and_then(|()| match is_there(&to) && !same(&from, &to) {
            // Another window was quicker.
            true => Err(taken(&to)),
            false => fs::rename(&from, &to).map_err(|e| Error::write(&from, e)),
        });
        match moved {
            Ok(()) => {
                // The settings of a grid lie beside it.
                let [beside, there] = [&from, &to].map(|path| path.with_extension("toml"));
                if to.is_file() && beside.is_file() && !there.exists() {
                    let _ = fs::rename(beside, there);
                }
                // Only one that is empty goes.
                let waited = from.parent().filter(|folder| folder.starts_with(home.binned()));
                waited.into_iter().for_each(|folder| _ = fs::remove_dir(folder));
                done.push((from, to));
            }
            Err(error) => {
                fault = Some(error);
                break;
            }
        }
    }
    let now = moved(&done);
    let follow = |picture: &PathBuf| match now(&top.join(picture)) {
        // What waits for the trash is still a favourite when it is put back.
        Some(to) => to.strip_prefix(&top).map_or_else(|_| picture.clone(), Path::to_path_buf),
        None => picture.clone(),
    };
    let followed = Kept::change(home, |kept| {
        kept.favourites = kept.favourites.iter().map(follow).collect();
    });
    drop(now);
    // What was moved is told all the same.
    let said = match followed {
        Ok((_, said)) => said,
        Err(error) => {
            fault = fault.or(Some(error));
            None
        }
    };
    let nothing = done.is_empty() && (how != Moved::Back || fault.is_some());
    let told = (!nothing).then_some(Answer::Gallery(GalleryAnswer::Moved { moves: done, how }));
    let mut answers: Vec<Answer> = told.into_iter().chain(pictures::list(home)?).collect();
    answers.extend(said.into_iter().chain(fault.map(|fault| fault.to_string())).map(Answer::Refused));
    Ok(answers)
}

/// Tells where a picture is after these moves; `None` where it was. It is as quick for many moves as for one.
pub fn moved(moves: &[Move]) -> impl Fn(&Path) -> Option<PathBuf> {
    let moves: HashMap<&Path, &Path> =
        moves.iter().map(|(from, to)| (from.as_path(), to.as_path())).collect();
    move |picture| {
        picture.ancestors().find_map(|part| {
            let to = moves.get(part)?;
            match picture.strip_prefix(part).ok()? {
                rest if rest.as_os_str().is_empty() => Some(to.to_path_buf()),
                rest => Some(to.join(rest)),
            }
        })
    }
}

/// A place in a folder for each of these, none over what is there or over another, whatever its capitals.
fn plan(top: &Path, things: Vec<PathBuf>, folder: &Path) -> Result<Vec<Move>> {
    let mut moves: Vec<Move> = Vec::new();
    let mut names = BTreeSet::new();
    for from in things.into_iter().filter(|from| from.parent() != Some(folder)) {
        inside(top, &from, false)?;
        let wanted = folder.join(from.file_name().unwrap_or_default());
        let there = is_there(&wanted) || names.contains(&folded(&wanted));
        let to = if there { free_file(&wanted, &names) } else { wanted };
        names.insert(folded(&to));
        moves.push((from, to));
    }
    Ok(moves)
}

/// A name as disks know it that make no difference between capitals and other letters.
fn folded(path: &Path) -> String {
    path.to_string_lossy().to_lowercase()
}

/// `name-2.png` in place of `name.png`, or with the first number from 2 that is free and not spoken for.
fn free_file(wanted: &Path, taken: &BTreeSet<String>) -> PathBuf {
    let stem = wanted.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let named = |number: u32| {
        let name = wanted.with_file_name(format!("{stem}-{number}"));
        wanted.extension().map_or_else(|| name.clone(), |ending| name.with_added_extension(ending))
    };
    let free = |path: &PathBuf| !is_there(path) && !taken.contains(&folded(path));
    (2..).map(named).find(free).unwrap_or_else(|| wanted.to_path_buf())
}

/// Whether there is anything of this name; a link that leads nowhere is something.
fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// Whether two names are of the same thing, as where capitals make no difference.
fn same(a: &Path, b: &Path) -> bool {
    a.canonicalize().ok().is_some_and(|a| b.canonicalize().ok() == Some(a))
}

/// Whether something lies in the folder of pictures, or is that folder where that may be.
fn inside(top: &Path, path: &Path, or_top: bool) -> Result<()> {
    let rest = path.strip_prefix(top).ok();
    let below = rest.is_some_and(|rest| rest.components().all(|part| matches!(part, Component::Normal(_))));
    if below && (or_top || path != top) {
        return Ok(());
    }
    let fault = "it does not lie in the folder of pictures";
    Err(Error::file(FileKind::Picture, path, fault, "Move it in your file manager."))
}

/// The name of a new folder, without white space around it.
///
/// # Errors
/// [`Error::Input`] if not every system can have a folder of this name.
fn folder_name(name: &str) -> Result<&str> {
    let name = name.trim();
    let fault = match () {
        () if name.is_empty() => "A folder needs a name",
        () if name.starts_with('.') || name.ends_with('.') => {
            "The name of a folder cannot begin or end with a dot"
        }
        () if name.contains(['/', '\\', ':', '*', '?', '"', '<', '>', '|'])
            || name.chars().any(char::is_control) =>
        {
            "The name of a folder cannot have any of / \\ : * ? \" < > |"
        }
        () if is_device(name) => "Windows has a device of this name",
        () if name.chars().count() > LONGEST => "This name of a folder is too long",
        () => return Ok(name),
    };
    Err(Error::input(fault, "Type another name, such as portraits."))
}

fn taken(folder: &Path) -> Error {
    let fault = "there is something of this name already";
    Error::file(FileKind::Picture, folder, fault, "Choose another name.")
}

/// Gives to the system's trash what windows that were killed left waiting; `now` is in seconds since 1970.
pub(super) fn let_old_go(home: &DataDir, now: u64) {
    for folder in super::folders(&home.binned()) {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let binned: u64 = name.split('-').next().and_then(|time| time.parse().ok()).unwrap_or_default();
        if binned.saturating_add(WAITS) < now {
            // It is tried again another day.
            let _ = discard(home, &folder);
        }
    }
}
