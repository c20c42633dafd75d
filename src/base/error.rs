//! The one error type of the crate: sentences for people, not codes for programmers.
//!
//! Every variant says what is wrong, with which file, and what to do about it, because the same text is
//! printed by the command line and shown in the window. It carries no backtrace and wraps no other crate's
//! error except `std::io::Error`.

use std::path::{Path, PathBuf};

/// What went wrong, as a sentence to show to the person at the computer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The operating system refused to read or write a path.
    #[error("Cannot {action} {}: {source}. {remedy}", path.display())]
    Io {
        /// What was being done, as an infinitive: "read", "write", "create the folder".
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
        /// What to do about it: a full sentence.
        remedy: &'static str,
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
        let remedy = "Check that it exists and that you may read it.";
        Self::Io { action: "read", path: path.to_path_buf(), source, remedy }
    }

    /// An [`Error::Io`] for a failed write.
    pub fn write(path: &Path, source: std::io::Error) -> Self {
        let remedy = "Check that the folder exists, that you may write there and that the disk is not full.";
        Self::Io { action: "write", path: path.to_path_buf(), source, remedy }
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
