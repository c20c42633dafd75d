//! The run folder: a document that holds everything a run was made of and everything it made.
//!
//! `run.toml` what was asked for, `status.toml` how it stands, `loss.csv` one line a step, `previews/`,
//! `checkpoints/`. Every call opens, writes whole and closes, so that after a full disk or an unplugged drive
//! the same call can simply be repeated. It never creates a run folder that has vanished. The length is that of the list
//! of what is kept.

mod masks;

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use super::checkpoint::Checkpoint;
use super::files::{read_or_set_aside, read_toml, write_toml};
use super::losses::{self, LossRow};
use super::manifest::{RUN_FORMAT, RunManifest, RunState, RunStatus};
use base::aside::set_aside;
use base::atomic::{remove_unfinished, write_atomic};
use base::places::make_folder;
use base::{Claim, Error, FileKind, Result};
pub use masks::{MASKS, RunMask};

mod start;

/// The file that makes a folder a run.
pub const MANIFEST: &str = "run.toml";
const STATUS: &str = "status.toml";
const LOSSES: &str = "loss.csv";
const LOCK: &str = "run.lock";
const LEFT: &str = "left";
const CHECKPOINTS: &str = "checkpoints";
const PREVIEWS: &str = "previews";
/// How often, and how long each time, one who claims a run waits for whoever only looks whether it is claimed.
const LOOKS: (usize, Duration) = (10, Duration::from_millis(20));

/// Claims a folder to learn in it.
fn claim(folder: &Path) -> Result<RunLock> {
    let (times, pause) = LOOKS;
    for _ in 0..times {
        match Claim::take(folder, LOCK, "learning") {
            Err(Error::File { .. }) => std::thread::sleep(pause),
            taken => return taken,
        }
    }
    Claim::take(folder, LOCK, "learning")
}

/// Refuses a file among the checkpoints of a run, which goes on from them and from nothing else.
pub fn expect_no_checkpoint(file: &Path) -> Result<()> {
    // A link is followed, because what it leads to is what would be written.
    let real = file.canonicalize().or_else(|_| {
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        folder.canonicalize().map(|folder| folder.join(file.file_name().unwrap_or_default()))
    });
    let Ok(real) = real else { return Ok(()) };
    let kept = real.ancestors().skip(1).find(|folder| folder.ends_with(CHECKPOINTS));
    let Some(run) = kept.and_then(Path::parent).filter(|run| run.join(MANIFEST).is_file()) else {
        return Ok(());
    };
    let fault = format!("{} is where the run {} keeps its checkpoints", file.display(), run.display());
    Err(Error::input(fault, "Choose another folder: the run goes on from these."))
}

/// What [`RunFolder::latest_checkpoint`] found.
#[derive(Debug)]
pub struct Latest {
    /// The newest checkpoint that is whole; `None` if there is none.
    pub checkpoint: Option<Checkpoint>,
    /// Why newer ones were passed over: show these as warnings.
    pub skipped: Vec<Error>,
}

impl Latest {
    /// The word of the run at `run`.
    ///
    /// # Errors
    /// [`Error::File`] if there is no checkpoint, or none that can be used.
    pub fn word(self, run: &Path) -> Result<Checkpoint> {
        if let Some(refusal) = self.none_whole(run) {
            return Err(refusal);
        }
        self.checkpoint.ok_or_else(|| {
            let fault = "this run has no checkpoint yet";
            Error::file(FileKind::Run, run, fault, "Let it learn until its first checkpoint.")
        })
    }

    /// The refusal of a run at `run` that has checkpoints of which none is whole: it must not begin anew over them.
    pub fn none_whole(&self, run: &Path) -> Option<Error> {
        let first = self.skipped.first().filter(|_| self.checkpoint.is_none())?;
        let fault = match first {
            Error::File { path, fault, .. } => {
                format!("{}: {fault}", path.file_name().unwrap_or_default().to_string_lossy())
            }
            other => other.to_string(),
        };
        let fault = match self.skipped.len() {
            1 => format!("its only checkpoint cannot be used ({fault})"),
            count => format!("none of its {count} checkpoints can be used ({fault})"),
        };
        let remedy = "Put a whole copy of one in its place, or begin a run in another folder.";
        Some(Error::file(FileKind::Run, run, fault, remedy))
    }
}

/// Proof that no other process learns in the folder; let it go to allow that.
pub type RunLock = Claim;

/// A run folder. Only its path is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunFolder {
    path: PathBuf,
}

impl RunFolder {
    /// Makes a folder (and those above it) and begins a run in it.
    pub fn create(path: &Path, manifest: &RunManifest) -> Result<Self> {
        Self::create_with(path, manifest, &[])
    }

    /// The same with masks of its own.
    pub fn create_with(path: &Path, manifest: &RunManifest, masks: &[RunMask]) -> Result<Self> {
        let run = Self { path: path.to_path_buf() };
        make_folder(path)?;
        Self::expect_vacant(path)?;
        // Another may begin here at the same moment.
        let _alone = claim(path)?;
        Self::expect_vacant(path)?;
        run.subfolder(CHECKPOINTS)?;
        run.subfolder(PREVIEWS)?;
        run.save_masks(masks)?;
        run.set_status(&RunStatus::new(RunState::Running, 0, None))?;
        // Last, because a folder is a run from here on.
        run.save_manifest(manifest)?;
        Ok(run)
    }

    /// Refuses a folder that [`create`](Self::create) would refuse; to be asked before long preparations.
    pub fn expect_vacant(path: &Path) -> Result<()> {
        if path.join(MANIFEST).exists() {
            let remedy = "Resume that run, or choose another folder.";
            return Err(Error::file(FileKind::Run, path, "this folder already holds a run", remedy));
        }
        Ok(())
    }

    /// Opens a run.
    pub fn open(path: &Path) -> Result<Self> {
        let run = Self { path: path.to_path_buf() };
        if path.is_file() {
            let remedy = "Choose the folder that “learn” wrote to.";
            return Err(Error::file(FileKind::Run, path, "this is a file, not the folder of a run", remedy));
        }
        if path.is_dir() && !run.file(MANIFEST).exists() {
            let fault = "this folder is not a run: it has no run.toml";
            return Err(Error::file(FileKind::Run, path, fault, "Choose the folder that “learn” wrote to."));
        }
        run.manifest()?;
        Ok(run)
    }

    /// Where the run lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// A folder inside of the run, made if only it is missing.
    fn subfolder(&self, name: &str) -> Result<PathBuf> {
        let path = self.file(name);
        match fs::create_dir(&path) {
            Err(e) if e.kind() != io::ErrorKind::AlreadyExists => Err(Error::write(&path, e)),
            _ => Ok(path),
        }
    }

    /// Reads `run.toml`.
    pub fn manifest(&self) -> Result<RunManifest> {
        #[derive(Deserialize)]
        struct Version {
            format: u32,
        }
        let path = self.file(MANIFEST);
        let version: Version = read_toml(FileKind::Run, &path)?;
        if version.format > RUN_FORMAT {
            let fault = "this run was made by a newer version of Pseudoword";
            return Err(Error::file(FileKind::Run, &path, fault, "Update Pseudoword to open it."));
        }
        Ok(read_toml::<RunManifest>(FileKind::Run, &path)?.with_masks_in(&self.path))
    }

    /// Replaces `run.toml`: a run that goes on may do so with other settings.
    pub fn save_manifest(&self, manifest: &RunManifest) -> Result<()> {
        write_toml(FileKind::Run, &self.file(MANIFEST), &manifest.with_masks_of(&self.path))
    }

    /// Reads `status.toml`.
    pub fn status(&self) -> Result<RunStatus> {
        read_toml(FileKind::Run, &self.file(STATUS))
    }

    /// Replaces `status.toml`.
    pub fn set_status(&self, status: &RunStatus) -> Result<()> {
        write_toml(FileKind::Run, &self.file(STATUS), status)
    }

    /// Claims the folder for this process and clears what a killed process left unfinished. On a drive that
    /// knows no locks the claim always succeeds.
    pub fn lock(&self) -> Result<RunLock> {
        let lock = claim(&self.path)?;
        for folder in [self.path.clone(), self.file(CHECKPOINTS), self.file(PREVIEWS)] {
            remove_unfinished(&folder);
        }
        Ok(lock)
    }

    /// Whether a living process has claimed the folder. Only a hint: it can change the moment after. To look is to claim it
    /// for a moment.
    pub fn is_locked(&self) -> bool {
        let file = File::options().write(true).open(self.file(LOCK));
        file.is_ok_and(|f| matches!(f.try_lock(), Err(TryLockError::WouldBlock)))
    }

    /// Remembers whether the run was left on purpose while it was learning. It is kept with the run because several
    /// windows may be left with one each.
    pub fn leave(&self, left: bool) -> Result<()> {
        let path = self.file(LEFT);
        match (left, self.is_left()) {
            (true, _) => write_atomic(&path, b""),
            (false, true) => fs::remove_file(&path).map_err(|e| Error::write(&path, e)),
            (false, false) => Ok(()),
        }
    }

    /// Whether the run was left on purpose and has not gone on since.
    pub fn is_left(&self) -> bool {
        self.file(LEFT).is_file()
    }

    /// Adds lines to `loss.csv`. A line that an earlier, failed call or a killed process left unfinished is
    /// cut off first.
    /// The call may be repeated with the same rows.
    pub fn append_losses(&self, rows: &[LossRow]) -> Result<()> {
        losses::append(&self.file(LOSSES), rows)
    }

    /// Reads `loss.csv`, without a last line that was not finished.
    pub fn losses(&self) -> Result<Vec<LossRow>> {
        losses::read(&self.file(LOSSES))
    }

    /// Cuts `loss.csv` back to the lines up to a step, before going on from that step's checkpoint. Lines
    /// that cannot be read go too: they are a record, and must not keep the run from going on. The file as it was is
    /// then kept beside, and the sentence says so.
    pub fn truncate_losses(&self, step: u64) -> Result<Option<String>> {
        losses::retain(&self.file(LOSSES), |line| line <= step)
    }

    /// Takes the lines of steps out of `loss.csv` whose word was thrown away.
    pub fn forget_losses(&self, steps: &[u64]) -> Result<()> {
        losses::retain(&self.file(LOSSES), |line| !steps.contains(&line)).map(drop)
    }

    /// Seconds that a step takes here: the median of the last of them, read from the end of `loss.csv`.
    pub fn step_seconds(&self) -> Option<f64> {
        losses::recent_seconds(&self.file(LOSSES))
    }

    /// Saves a preview picture, already encoded as PNG, as `previews/NNNNNN_i.png`; returns its path.
    pub fn save_preview(&self, step: u64, index: usize, png: &[u8]) -> Result<PathBuf> {
        self.subfolder(PREVIEWS)?;
        let path = self.preview_path(step, index);
        write_atomic(&path, png)?;
        Ok(path)
    }

    /// Where a preview picture of a step is kept.
    pub fn preview_path(&self, step: u64, index: usize) -> PathBuf {
        self.file(PREVIEWS).join(format!("{step:06}_{index}.png"))
    }

    /// Where the checkpoint of a step is kept: `checkpoints/step-NNNNNN.safetensors`.
    pub fn checkpoint_path(&self, step: u64) -> PathBuf {
        self.file(CHECKPOINTS).join(format!("step-{step:06}.safetensors"))
    }

    /// Saves a checkpoint under its step.
    pub fn save_checkpoint(&self, checkpoint: &Checkpoint) -> Result<()> {
        self.subfolder(CHECKPOINTS)?;
        write_atomic(&self.checkpoint_path(checkpoint.step), &checkpoint.to_bytes()?)
    }

    /// The steps that have a checkpoint file, in order, whole or not.
    pub fn checkpoints(&self) -> Result<Vec<u64>> {
        let folder = self.file(CHECKPOINTS);
        let mut steps = Vec::new();
        for entry in fs::read_dir(&folder).map_err(|e| Error::read(&folder, e))? {
            let name = entry.map_err(|e| Error::read(&folder, e))?.file_name();
            let step = name
                .to_str()
                .and_then(|n| n.strip_prefix("step-")?.strip_suffix(".safetensors")?.parse().ok());
            // Only names that we would write: a copy called "step-7" is not a checkpoint.
            steps.extend(step.filter(|&s| self.checkpoint_path(s).file_name() == Some(name.as_os_str())));
        }
        steps.sort_unstable();
        Ok(steps)
    }

    /// Reads the checkpoint of a step; that of step 0 is the start, where it was kept.
    pub fn checkpoint(&self, step: u64) -> Result<Checkpoint> {
        let path = self.checkpoint_path(step);
        let bytes = match fs::read(&path) {
            // A link that leads nowhere is one whose drive is away, and was kept.
            Err(e) if e.kind() == io::ErrorKind::NotFound && path.symlink_metadata().is_err() => {
                let start = if step == 0 { self.start()? } else { None };
                return start.map_or_else(|| Err(self.not_kept(step)?), Ok);
            }
            read => read.map_err(|e| Error::read(&path, e))?,
        };
        let checkpoint = Checkpoint::from_bytes(&bytes, &path)?;
        if checkpoint.step != step {
            let fault = format!("this checkpoint belongs to step {}", checkpoint.step);
            return Err(Error::file(FileKind::Run, &path, fault, "Give the file its own name again."));
        }
        self.expect_whole(&checkpoint, &path)?;
        Ok(checkpoint)
    }

    /// Refuses vectors that are fewer or of other widths than `run.toml` says: a word would lack what it was learned
    /// with, and look whole. A document that cannot be read is refused by whoever needs it.
    fn expect_whole(&self, checkpoint: &Checkpoint, path: &Path) -> Result<()> {
        match self.manifest().ok().and_then(|manifest| manifest.misfit(checkpoint.shape)) {
            Some(fault) => {
                let remedy = "Put the run's own checkpoint or its own run.toml back.";
                Err(Error::file(FileKind::Run, path, fault, remedy))
            }
            None => Ok(()),
        }
    }

    /// Says which steps there are instead.
    fn not_kept(&self, step: u64) -> Result<Error> {
        /// More of them are not read one by one.
        const LIST: usize = 30;
        let kept = self.checkpoints()?;
        let list = |steps: &[u64]| steps.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
        let remedy = match kept.as_slice() {
            [] => "No step of it was kept yet.".to_owned(),
            [one] => format!("Take step {one}, the only one that was."),
            few if few.len() <= LIST => format!("Take one of these: {}.", list(few)),
            [first, .., last] => {
                let after = kept.partition_point(|other| *other < step);
                let near = &kept[after.saturating_sub(2)..kept.len().min(after + 2)];
                let count = kept.len();
                format!("Take one of the {count} from {first} to {last}; the nearest are {}.", list(near))
            }
        };
        Ok(Error::file(FileKind::Run, &self.path, format!("step {step} was not kept in this run"), remedy))
    }

    /// The newest checkpoint that is whole, and why newer ones are not. It fails if anything cannot be read: a drive
    /// that is away must not look like a run without checkpoints.
    pub fn latest_checkpoint(&self) -> Result<Latest> {
        let mut skipped = Vec::new();
        for step in self.checkpoints()?.into_iter().rev() {
            match self.checkpoint(step) {
                Ok(checkpoint) => return Ok(Latest { checkpoint: Some(checkpoint), skipped }),
                Err(error @ Error::File { .. }) => skipped.push(error),
                Err(error) => return Err(error),
            }
        }
        Ok(Latest { checkpoint: None, skipped })
    }

    /// The checkpoint whose word is the run's: the one that the run kept as its best, else the newest that is whole, and why
    /// it is not that one.
    ///
    /// # Errors
    /// As [`latest_checkpoint`](Self::latest_checkpoint).
    pub fn word_checkpoint(&self) -> Result<Latest> {
        let kept = self.status().ok().and_then(|status| status.kept);
        let fault = match kept.map(|step| self.checkpoint(step)) {
            Some(Ok(checkpoint)) => return Ok(Latest { checkpoint: Some(checkpoint), skipped: Vec::new() }),
            Some(Err(fault)) => Some(fault),
            None => None,
        };
        let mut latest = self.latest_checkpoint()?;
        let is_new =
            |fault: &Error| latest.skipped.iter().all(|known| known.to_string() != fault.to_string());
        let fault = fault.filter(|fault| latest.checkpoint.is_some() && is_new(fault));
        latest.skipped.extend(fault);
        Ok(latest)
    }

    /// Keeps beside, under another name, what a run that goes on would write over and cannot read: the checkpoints that
    /// were passed over and `status.toml`; a sentence about each.
    pub fn set_damaged_aside(&self, skipped: &[Error]) -> Vec<String> {
        let status = read_or_set_aside::<RunStatus>(FileKind::Run, &self.file(STATUS)).1;
        let keep = |error: &Error| match error {
            // One that went meanwhile is told of the run itself, which stays.
            Error::File { path, fault, .. } if *path != self.path => Some(match set_aside(path) {
                Ok(kept) => {
                    let name = kept.file_name().unwrap_or_default().to_string_lossy();
                    format!("{}: {fault}. It is kept beside as {name}.", path.display())
                }
                Err(not_kept) => not_kept.to_string(),
            }),
            _ => None,
        };
        skipped.iter().filter_map(keep).chain(status).collect()
    }
}

#[cfg(test)]
pub(super) mod tests;
