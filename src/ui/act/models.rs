//! What is done to find and fetch models.

use std::path::PathBuf;

use super::super::app::App;
use super::super::state::{Looking, Room, Weight};
use disk::message::{FetchTask, FindTask, Task};

impl App {
    /// Looks everywhere.
    pub(super) fn find_models(&mut self) {
        self.room = Room::Models;
        if self.state.finding.running.is_none() {
            self.state.finding.running = Some(Looking::default());
            self.ask_desk(Task::Find(FindTask::FindModels));
        }
    }

    /// Looks into a folder from now on.
    pub(super) fn watch(&mut self, folder: PathBuf) {
        self.room = Room::Models;
        self.ask_desk(Task::Find(FindTask::WatchFolder(folder)));
    }

    pub(super) fn fetch(&mut self, task: FetchTask) {
        // What was ended is not shown until the desk has tidied up behind it.
        if matches!(task, FetchTask::CancelFetch { .. }) {
            self.state.fetching = None;
        }
        self.ask_desk(Task::Fetch(task));
    }

    pub(super) fn open_page(&mut self, address: &str) {
        if let Err(error) = open::that_detached(address) {
            let text = format!("Your browser could not be opened ({error}). The page is {address}.");
            self.state.notify(Weight::Warning, text);
        }
    }
}
