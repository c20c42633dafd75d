//! The one error type of the crate: sentences for people, not codes for programmers.
//!
//! Every variant says what is wrong, with which file, and what to do about it, because the same text is
//! printed by the command line and shown in the window. It carries no backtrace and wraps no other crate's
//! error except `std::io::Error`.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::system::Refusal;

/// What went wrong, as a sentence to show to the person at the computer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The operating system refused to read or write a path.
    #[error("Cannot {action} {}: {fault}. {remedy}", path.display())]
    Io {
        /// What was being done, as an infinitive: "read", "write".
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What is wrong, in words, without a full stop.
        fault: String,
        /// What the system said.
        source: std::io::Error,
        /// What to do about it: a full sentence, with the system's number last.
        remedy: String,
    },
    /// A file was read but is not what it should be.
    #[error("{}: {fault}. {remedy}", path.display())]
    File {
        /// What the file was supposed to be; decides the exit code.
        kind: FileKind,
        /// The file or folder.
        path: PathBuf,
        /// What is wrong, without a full stop.
        fault: String,
        /// What to do about it: a full sentence.
        remedy: String,
    },
    /// Something the person typed or chose cannot be used: what is wrong, without a full stop, and what to do about
    /// it, a full sentence.
    #[error("{0}. {1}")]
    Input(String, String),
    /// The graphics device is missing, lost, too small or unable to do what was asked; said as an input's fault is.
    #[error("{0}. {1}")]
    Device(String, String),
    /// Learning was stopped because its numbers are no longer usable; said as an input's fault is.
    #[error("{0}. {1}")]
    Numbers(String, String),
    /// A download could not be done; said as an input's fault is.
    #[error("{0}. {1}")]
    Network(String, String),
    /// The person asked for the job to stop.
    #[error("Stopped as asked.")]
    Cancelled,
    /// An error that came through the engine's messages, already a sentence, and the exit code it had.
    #[error("{0}")]
    Reported(String, u8),
    /// A defect of this program (a caught panic, a closed channel).
    #[error(
        "Something went wrong inside Pseudoword: {0}. Your files are as they were at the last save; please report this."
    )]
    Internal(String),
}

/// What a faulty file was supposed to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// A model folder or one of its parts.
    Model,
    /// A picture to learn from.
    Picture,
    /// A learned word.
    Embedding,
    /// Settings, templates or captions.
    Settings,
    /// A run folder or checkpoint.
    Run,
}

/// Shorthand for results carrying [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An [`Error::File`].
    pub fn file(kind: FileKind, path: &Path, fault: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::File { kind, path: path.to_path_buf(), fault: fault.into(), remedy: remedy.into() }
    }

    /// An [`Error::Input`].
    pub fn input(fault: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::Input(fault.into(), remedy.into())
    }

    /// An [`Error::Device`].
    pub fn device(fault: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::Device(fault.into(), remedy.into())
    }

    /// An [`Error::Network`].
    pub fn network(fault: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::Network(fault.into(), remedy.into())
    }

    /// An [`Error::Io`] for a failed read.
    pub fn read(path: &Path, source: std::io::Error) -> Self {
        Self::io("read", path, source, "Check that it exists and that you may read it.")
    }

    /// An [`Error::Io`] for a failed write.
    pub fn write(path: &Path, source: std::io::Error) -> Self {
        let remedy = "Check that the folder exists, that you may write there and that the disk is not full.";
        Self::io("write", path, source, remedy)
    }

    /// The same with another remedy, where the file is one that the person did not name.
    #[must_use]
    pub fn with_remedy(self, remedy: &str) -> Self {
        match self {
            Self::Io { action, path, fault, source, .. } => {
                let remedy = format!("{}{}.", remedy.trim_end_matches('.'), Refusal::of(&source).number());
                Self::Io { action, path, fault, source, remedy }
            }
            other => other,
        }
    }

    fn io(action: &'static str, path: &Path, source: std::io::Error, usual: &'static str) -> Self {
        let refusal = Refusal::of(&source);
        // Each system says something else of a folder that is opened as if it were a file.
        let folder = if cfg!(windows) { [5, 5] } else { [19, 21] };
        let folder = refusal.number.is_some_and(|number| folder.contains(&number)) && path.is_dir();
        let named = match folder {
            true => Some(("it is a folder, not a file".into(), "Name a file.")),
            false => in_the_way(action, path, source.kind()),
        };
        let fault = named.as_ref().map_or_else(|| refusal.fault.clone(), |(fault, _)| fault.clone());
        let remedy = named.map(|(_, remedy)| remedy).or(refusal.remedy).unwrap_or(usual);
        let remedy = format!("{}{}.", remedy.trim_end_matches('.'), refusal.number());
        Self::Io { action, path: path.to_path_buf(), fault, source, remedy }
    }

    /// The process exit code of this error: 1 defect, 2 input, 3 model, 4 pictures, 5 learned word,
    /// 6 device, 7 disk or run folder, 8 numbers, 9 network, 130 cancelled.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Internal(_) => 1,
            Self::Input { .. } | Self::File { kind: FileKind::Settings, .. } => 2,
            Self::File { kind: FileKind::Model, .. } => 3,
            Self::File { kind: FileKind::Picture, .. } => 4,
            Self::File { kind: FileKind::Embedding, .. } => 5,
            Self::Device { .. } => 6,
            Self::Io { .. } | Self::File { kind: FileKind::Run, .. } => 7,
            Self::Numbers { .. } => 8,
            Self::Network { .. } => 9,
            Self::Cancelled => 130,
            Self::Reported(_, exit_code) => *exit_code,
        }
    }
}

/// What the system means by a path that leads nowhere: which part of it is missing or a file, and what to do.
fn in_the_way(action: &str, path: &Path, kind: ErrorKind) -> Option<(String, &'static str)> {
    use ErrorKind::{AlreadyExists, NotADirectory, NotFound};

    if !matches!(kind, AlreadyExists | NotADirectory | NotFound) {
        return None;
    }
    if let Some(file) = path.ancestors().find(|part| part.exists() && !part.is_dir()) {
        // Who writes a file that is there knows so.
        let it = if file == path { "it".into() } else { file.display().to_string() };
        return Some((format!("{it} is a file, not a folder"), "Choose a folder, or another name."));
    }
    let above = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if action == "write" && kind == NotFound && above.exists() {
        return Some(("nothing can be made there".into(), "Choose another place."));
    }
    let missing = path.ancestors().skip(1).take_while(|part| !part.as_os_str().is_empty() && !part.exists());
    let folder = missing.last().filter(|_| action == "write" || kind == NotFound)?;
    let remedy = "Check the path, and that the drive it is on is connected.";
    Some((format!("there is no folder {}", folder.display()), remedy))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io;

    use super::*;

    #[test]
    fn what_is_in_the_way_is_named() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("notes 猫.txt");
        fs::write(&file, "x").unwrap();
        let below = file.join("run.toml");
        let sentence = Error::write(&below, fs::write(&below, "").unwrap_err()).to_string();
        assert!(sentence.contains("notes 猫.txt is a file, not a folder"), "{sentence}");
        let sentence = Error::write(&file, fs::create_dir(&file).unwrap_err()).to_string();
        assert!(sentence.contains(": it is a file, not a folder") && sentence.ends_with(")."), "{sentence}");
        let missing = place.path().join("usb/runs/1/loss.csv");
        for said in [Error::write, Error::read] {
            let sentence = said(&missing, fs::read(&missing).unwrap_err()).to_string();
            let folder = place.path().join("usb").display().to_string();
            assert!(sentence.contains(&format!("there is no folder {folder}. ")), "{sentence}");
        }
        let opened = fs::read(place.path()).unwrap_err();
        let sentence = Error::read(place.path(), opened).to_string();
        assert!(sentence.contains("it is a folder, not a file. Name a file (os error"), "{sentence}");
        let missing = place.path().join("word.pt");
        let sentence = Error::read(&missing, fs::read(&missing).unwrap_err()).to_string();
        assert!(sentence.contains("there is no such file or folder. Check the path"), "{sentence}");
    }

    #[test]
    fn a_refusal_is_said_in_words_with_its_number_last() {
        let number = if cfg!(windows) { 112 } else { 28 };
        let full = Error::write(Path::new("words/cat.pt"), io::Error::from_raw_os_error(number)).to_string();
        let expected = "Cannot write words/cat.pt: there is no room left on the disk. Make room there, or choose a \
                        folder on another disk";
        assert_eq!(full, format!("{expected} (os error {number})."));
        let own = Error::write(Path::new("x"), io::Error::other("the zip is broken")).to_string();
        assert!(own.starts_with("Cannot write x: the zip is broken. Check that the folder"), "{own}");
    }
}
