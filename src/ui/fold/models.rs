//! What the desk says of models on this computer and of downloads, taken into the window's state.

use super::super::state::{AppState, Looking, Weight};
use disk::message::{FetchAnswer, FetchState, FindAnswer, Kind};

/// Takes in what a search says.
pub fn found(state: &mut AppState, answer: FindAnswer) {
    let finding = &mut state.finding;
    match answer {
        FindAnswer::Finding { folder, looked, found } => {
            finding.running = Some(Looking { folder, looked, found });
        }
        FindAnswer::Found(found) => {
            finding.found.retain(|known| known.path != found.path);
            finding.found.push(*found);
        }
        FindAnswer::Done { summary, gone } => {
            finding.running = None;
            finding.found.retain(|known| !gone.contains(&known.path));
            // Taking a folder off the list is no search.
            if summary.looked > 0 || summary.stopped {
                finding.summary = Some(summary);
            }
        }
        FindAnswer::Folders(folders) => finding.folders = folders,
    }
}

/// Takes in how downloads stand.
pub fn fetched(state: &mut AppState, answer: FetchAnswer) {
    let name = |id: &str| {
        let card = state.downloads.iter().find(|card| card.id == id);
        card.map_or_else(|| id.to_owned(), |card| card.name.to_owned())
    };
    match answer {
        FetchAnswer::Downloads(cards) => {
            // The list is told between downloads, so nothing runs now; what is held stays held.
            state.fetching = state.fetching.take().filter(|progress| progress.state == FetchState::Paused);
            state.downloads = cards;
        }
        FetchAnswer::Fetching(progress) => state.fetching = Some(progress),
        FetchAnswer::Fetched { id, .. } => {
            let text = format!("{} is here. Press Use to learn and draw with it.", name(&id));
            state.fetching = None;
            state.notify(Weight::Note, text);
        }
        FetchAnswer::Failed { message, .. } => {
            state.fetching = None;
            state.notify(Weight::Error, message);
        }
    }
}

/// Models and words found, for a sentence.
pub fn counts(state: &AppState) -> [usize; 2] {
    let of = |kind: Kind| state.finding.found.iter().filter(|found| found.kind == kind).count();
    [of(Kind::Model), of(Kind::Embedding)]
}
