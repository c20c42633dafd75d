//! What the disk says of models on this computer and of downloads, taken into the window's state.

use super::super::state::{AppState, SearchProgress, Severity};
use disk::message::{DiscoveryAnswer, DownloadAnswer, FetchState, Kind};

/// Takes in what a search says.
pub fn found(state: &mut AppState, answer: DiscoveryAnswer) {
    let discovery = &mut state.discovery;
    match answer {
        DiscoveryAnswer::Progress { folder, looked, found } => {
            discovery.running = Some(SearchProgress { folder, looked, found });
        }
        DiscoveryAnswer::Found(found) => {
            discovery.found.retain(|known| known.path != found.path);
            discovery.found.push(*found);
        }
        DiscoveryAnswer::Done { summary, gone } => {
            discovery.running = None;
            discovery.found.retain(|known| !gone.contains(&known.path));
            // Taking a folder off the list is no search.
            if summary.looked > 0 || summary.stopped {
                discovery.summary = Some(summary);
            }
        }
        DiscoveryAnswer::Folders(folders) => discovery.folders = folders,
    }
}

/// Takes in how downloads stand.
pub fn fetched(state: &mut AppState, answer: DownloadAnswer) {
    let name = |id: &str| {
        let card = state.downloads.iter().find(|card| card.id == id);
        card.map_or_else(|| id.to_owned(), |card| card.name.to_owned())
    };
    match answer {
        DownloadAnswer::List(cards) => {
            // The list is told between downloads, so nothing runs now; what is held stays held.
            state.download = state.download.take().filter(|progress| progress.state == FetchState::Paused);
            state.downloads = cards;
        }
        DownloadAnswer::Progress(progress) => state.download = Some(progress),
        DownloadAnswer::Finished { id, .. } => {
            let text = format!("{} is here. Press Use to learn and draw with it.", name(&id));
            state.download = None;
            state.notify(Severity::Info, text);
        }
        DownloadAnswer::Failed { message, .. } => {
            state.download = None;
            state.notify(Severity::Error, message);
        }
    }
}

/// Models and words found, for a sentence.
pub fn counts(state: &AppState) -> [usize; 2] {
    let of = |kind: Kind| state.discovery.found.iter().filter(|found| found.kind == kind).count();
    [of(Kind::Model), of(Kind::Embedding)]
}
