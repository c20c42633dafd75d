//! How a download stands, as its listeners hear it.

use serde::Serialize;

/// How a download stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Progress {
    /// Which model; [`super::Download::id`].
    pub id: &'static str,
    /// Bytes that are here.
    pub done: u64,
    /// Bytes in all; what the list says until the server has said it exactly.
    pub total: u64,
    /// How fast it comes, over the last few seconds.
    pub bytes_per_second: f64,
    /// About how long it will take, in seconds, if that can be told.
    pub seconds_left: Option<u64>,
    /// What is being done.
    pub state: FetchState,
    /// The file at work, as the server calls it; empty between files.
    pub file: String,
}

/// What is being done for a download.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum FetchState {
    /// It waits for another download.
    Queued,
    /// The server is asked which files there are.
    Listing,
    /// Bytes are coming.
    Downloading,
    /// What is here is compared with its checksum.
    Checking,
    /// The connection failed; it is tried again soon.
    Retrying {
        /// In how many seconds.
        seconds: u64,
        /// What happened, as a sentence.
        why: String,
    },
    /// The artist has it wait; what came is kept.
    Paused,
}
