//! The list of models with what of each is on this computer, to be shown.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::job::unfinished;
use super::list::{DOWNLOADS, Download};
use project::Family;

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
pub fn cards(models: &Path) -> Vec<DownloadCard> {
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
