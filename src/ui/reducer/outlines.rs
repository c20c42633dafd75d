//! Masks suggested for pictures of the concept: asked for one after the other, so that they can be given up between two
//! and nothing else waits long.
//!
//! What is suggested is saved as the mask at once; the brush shows it and takes it back. Where another concept is opened
//! meanwhile, the outline that is on its way is saved where it belongs, and no more are asked for.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use image::GrayImage;

use super::Update;
use crate::language::sentences;
use crate::state::{Outlining, Severity};
use disk::message::Task;
use project::Draft;

impl Update<'_> {
    pub(super) fn suggest_outlines(&mut self, pictures: Vec<PathBuf>) {
        let idle = self.state.outlining.is_none();
        let outlining = self.state.outlining.get_or_insert_default();
        for picture in pictures {
            if !outlining.waiting.contains(&picture) {
                outlining.waiting.push_back(picture);
                outlining.of += 1;
            }
        }
        if idle {
            self.next_outline();
        }
    }

    /// Takes a suggestion, unless it was given up or its picture is gone meanwhile. Of a concept that was left the disk knows
    /// whether the picture is gone.
    pub(super) fn take_outline(&mut self, path: PathBuf, outline: Result<Arc<GrayImage>, String>) {
        let there = self.is_picture(&path);
        let of_open = |draft: &Draft| path.parent() == Some(draft.folder.as_path());
        let left = self.state.draft.as_ref().is_some_and(|draft| !of_open(draft));
        let running = self.state.outlining.as_mut();
        let Some(outlining) = running.filter(|outlining| outlining.waiting.front() == Some(&path)) else {
            return;
        };
        outlining.waiting.pop_front();
        match outline {
            Ok(mask) if there || left => {
                outlining.found += 1;
                self.state.outlined = Some((path.clone(), Arc::clone(&mask)));
                self.disk(Task::SaveMask { path, mask: Some(mask) });
            }
            Err(why) if there => outlining.unclear.push((path, why)),
            _ => {}
        }
        self.next_outline();
    }

    /// Whether the concept that is open has the picture.
    fn is_picture(&self, path: &Path) -> bool {
        self.state.draft.iter().any(|draft| draft.entries.iter().any(|entry| entry.path == path))
    }

    /// Asks for the next of those that are still there; after the last says what was found.
    fn next_outline(&mut self) {
        let Some(mut outlining) = self.state.outlining.take() else { return };
        outlining.waiting.retain(|path| self.is_picture(path));
        if let Some(path) = outlining.waiting.front() {
            self.disk(Task::Outline(path.clone()));
            self.state.outlining = Some(outlining);
        } else if let Some(text) = said(&outlining) {
            self.state.notify(Severity::Info, text);
        }
    }
}

/// What there is to say of suggestions that are all made: nothing of a single one, which is seen.
fn said(Outlining { of, found, unclear, .. }: &Outlining) -> Option<String> {
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let names: Vec<String> = unclear.iter().map(|(path, _)| name(path)).collect();
    match unclear.as_slice() {
        [] if *of > 1 => Some(t!("outlines-suggested", count = found)),
        [] => None,
        [(path, why)] if *of == 1 => Some(format!("{}: {}", name(path), sentences::said(why))),
        _ => Some(t!("outlines-unclear", count = found, names = names.join(", "))),
    }
}
