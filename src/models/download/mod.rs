//! Fetching a model when the artist says so: the only place of the program that knows a network.
//!
//! Nothing here runs by itself, and nothing is told to anyone but the server that is asked for the files. A model
//! appears whole or not at all: its files are gathered in a hidden folder, each is compared with the checksum that
//! the server lists, and the folder gets its name last. What has come is kept through a cut, a pause and a kill.

mod checksum;
mod faults;
mod hub;
mod job;
mod list;
mod part;
mod transfer;
mod wire;

use std::path::PathBuf;

use serde::Serialize;

pub use hub::{Hub, Patience};
pub use job::{Order, discard, fetch, unfinished};
pub use list::{DOWNLOADS, Download, find};

use project::Family;

/// How a download stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Progress {
    /// Which model; [`Download::id`].
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

/// A model of the list, and what of it is on this computer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DownloadCard {
    /// Its short name, which never changes.
    pub id: &'static str,
    /// What people call it.
    pub name: &'static str,
    /// What it is good for, in one sentence.
    pub sentence: &'static str,
    /// Its family; `None` for a model that only gives scores.
    pub family: Option<Family>,
    /// About how many bytes will come.
    pub bytes: u64,
    /// The name of its licence.
    pub licence: &'static str,
    /// Where the licence can be read.
    pub licence_url: &'static str,
    /// Where it comes from, as a page to read.
    pub page: String,
    /// Its folder, if it is here.
    pub here: Option<PathBuf>,
    /// Bytes that have come of an unfinished download.
    pub unfinished: Option<u64>,
}

/// The list, with what of each is in a folder of models.
pub fn cards(models: &std::path::Path) -> Vec<DownloadCard> {
    let card = |download: &Download| {
        let path = download.folder(models);
        let here = path.is_dir().then_some(path);
        DownloadCard {
            id: download.id,
            name: download.name,
            sentence: download.sentence,
            family: download.family,
            bytes: download.bytes,
            licence: download.licence,
            licence_url: download.licence_url,
            page: format!("https://huggingface.co/{}", download.repository),
            unfinished: unfinished(models, download).filter(|_| here.is_none()),
            here,
        }
    };
    DOWNLOADS.iter().map(card).collect()
}

#[cfg(test)]
mod tests;
