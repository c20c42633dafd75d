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
mod partial_file;
mod response;
mod transfer;

pub use hub::{Hub, Timeouts};
pub use job::{DownloadRequest, FetchState, Progress, discard, fetch, unfinished};
pub use list::{DOWNLOADS, Download, DownloadCard, cards, find};

#[cfg(test)]
mod tests;
