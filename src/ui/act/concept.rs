//! What is done to concepts: edited, filled, moved to the trash.

use std::path::PathBuf;

use super::super::action::Action;
use super::super::app::App;
use disk::message::Task;
use project::Draft;

impl App {
    /// Does something to the concept; to a new one, once it is there, if none is open.
    pub(super) fn with_draft(&mut self, action: Action) {
        match self.state.draft.clone() {
            Some(draft) => {
                let draft = Box::new(draft);
                self.ask_disk(match action {
                    Action::AddPictures(files) => Task::AddPictures { draft, files },
                    Action::PastePicture(picture) => Task::PastePicture { draft, picture },
                    Action::RemovePicture(path) => Task::RemovePicture { draft, path },
                    Action::SaveMask(path, mask) => Task::SaveMask { draft, path, mask },
                    _ => return,
                });
            }
            None => {
                self.ask_disk(Task::NewDraft);
                self.waiting.push(action);
            }
        }
    }

    pub(super) fn edit_draft(&mut self, draft: Draft) {
        let concept = self.state.draft.as_ref().map(|old| old.concept != draft.concept);
        self.state.draft = Some(draft.clone());
        self.ask_disk(Task::SaveDraft(Box::new(draft)));
        if concept != Some(false) {
            self.ask_for_tokens();
        }
    }

    /// The concept that is open gives way to an empty one first, or it would be written again.
    pub(super) fn trash_draft(&mut self, folder: PathBuf) {
        let open = self.state.draft.as_ref().is_some_and(|draft| draft.folder == folder);
        if open {
            self.state.draft = None;
        }
        self.ask_disk(Task::TrashDraft(folder));
        if open {
            self.ask_disk(Task::NewDraft);
        }
    }
}
