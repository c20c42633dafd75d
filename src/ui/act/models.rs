//! What is done to find and fetch models.

use std::path::PathBuf;

use super::super::app::App;
use super::super::state::{Page, SearchProgress, Severity};
use disk::message::{DiscoveryTask, DownloadTask, Task};

impl App {
    /// Looks everywhere.
    pub(super) fn find_models(&mut self) {
        self.page = Page::Models;
        if self.state.discovery.running.is_none() {
            self.state.discovery.running = Some(SearchProgress::default());
            self.ask_disk(Task::Discovery(DiscoveryTask::Search));
        }
    }

    /// Looks into a folder from now on.
    pub(super) fn watch(&mut self, folder: PathBuf) {
        self.page = Page::Models;
        self.ask_disk(Task::Discovery(DiscoveryTask::WatchFolder(folder)));
    }

    pub(super) fn fetch(&mut self, task: DownloadTask) {
        // What was ended is not shown until the disk has tidied up behind it.
        if matches!(task, DownloadTask::Cancel { .. }) {
            self.state.download = None;
        }
        self.ask_disk(Task::Download(task));
    }

    pub(super) fn open_page(&mut self, address: &str) {
        if let Err(error) = open::that_detached(address) {
            let text = format!("Your browser could not be opened ({error}). The page is {address}.");
            self.state.notify(Severity::Warning, text);
        }
    }
}
