//! What is to be said about each picture of a concept: faults, marks against learning, twins, and pictures too small.
//!
//! It only words what the disk has found; nothing is looked at here.

use std::collections::HashMap;
use std::path::PathBuf;

use super::Views;
use crate::language::sentences::said;
use crate::widgets::gallery::file_name;
use crate::widgets::picture_card::Remark;
use disk::message::{ConceptPicture, alike};
use project::PictureEntry;

/// For each picture that is the same as one before it, or looks nearly the same, a remark that names that one.
pub(super) fn twins(views: &Views<'_>, entries: &[PictureEntry]) -> HashMap<PathBuf, String> {
    let mut files: HashMap<&str, &PictureEntry> = HashMap::new();
    let mut seen: Vec<&ConceptPicture> = Vec::new();
    let mut twins = HashMap::new();
    for entry in entries {
        let Some(view) = views.get(entry.path.as_path()).copied().filter(|view| !view.sha256.is_empty())
        else {
            continue;
        };
        if let Some(first) = files.get(view.sha256.as_str()) {
            twins.insert(entry.path.clone(), t!("remark-same", name = file_name(&first.path)));
            continue;
        }
        if let Some(like) = seen.iter().find(|other| alike(view, other)) {
            twins.insert(entry.path.clone(), t!("remark-alike", name = file_name(&like.entry.path)));
        }
        files.insert(&view.sha256, entry);
        seen.push(view);
    }
    twins
}

/// What there is to know about a picture: what makes it unusable, or else what makes it worse.
pub(super) fn remark(
    entry: &PictureEntry,
    view: &ConceptPicture,
    size: u32,
    twins: &HashMap<PathBuf, String>,
) -> Option<Remark> {
    if let Some(fault) = &view.fault {
        // The card bears the picture's name already.
        let path = format!("{}: ", entry.path.display());
        let text = fault.strip_prefix(&path).unwrap_or(fault);
        let text = said(text).into_owned();
        return Some(Remark { text, error: true });
    }
    let Some((_, _, side)) = entry.crop.square(view.size.0, view.size.1) else {
        let text = t!("remark-outside").into();
        return Some(Remark { text, error: true });
    };
    let mut remarks = Vec::new();
    if !view.notes.marks.is_empty() {
        remarks.push(t!("remark-marked").to_owned());
    }
    if let Some(first) = twins.get(&entry.path) {
        remarks.push(first.clone());
    }
    if side < size {
        remarks.push(t!("remark-soft", side = side, size = size));
    }
    (!remarks.is_empty()).then(|| Remark { text: remarks.join(". "), error: false })
}
