//! What comes in from outside the pages: keys, dropped files and the clipboard.

use std::path::PathBuf;
use std::sync::Arc;

use crate::action::Action;
use crate::commands::UiCommand;
use crate::state::Page;
use crate::texture::to_rgb;
use disk::message::{DiscoveryTask, Task};

/// How files of models and words end.
const TENSORS: [&str; 4] = ["safetensors", "ckpt", "pt", "bin"];

/// Keys, dropped files and what is on the clipboard.
pub(crate) fn read(ctx: &egui::Context, page: Page, actions: &mut Vec<Action>) {
    for command in UiCommand::ALL {
        let Some(keys) = command.shortcut() else { continue };
        // Exactly these keys, and once however long they are held: egui's own matching takes Shift along.
        let mut pressed = false;
        ctx.input_mut(|i| {
            i.events.retain(|event| match event {
                egui::Event::Key { key, modifiers, pressed: true, repeat, .. }
                    if *key == keys.logical_key && modifiers.matches_exact(keys.modifiers) =>
                {
                    pressed |= !repeat;
                    false
                }
                _ => true,
            });
        });
        if pressed {
            actions.push(Action::Command(*command));
        }
    }
    let dropped: Vec<PathBuf> =
        ctx.input(|i| i.raw.dropped_files.iter().map(|file| file.path().to_path_buf()).collect());
    if !dropped.is_empty() {
        drop_files(dropped, page, actions);
    }
    let pasted = ctx.input(|i| {
        i.events.iter().find_map(|event| match event {
            egui::Event::PasteImage(image) => Some(Arc::clone(image)),
            _ => None,
        })
    });
    if let Some(image) = pasted.filter(|_| page == Page::Concept) {
        actions.extend(to_rgb(&image).map(|picture| Action::PastePicture(Arc::new(picture))));
    }
}

/// What was dropped says where it belongs: words, a model, settings to take over, or pictures to learn from.
fn drop_files(paths: Vec<PathBuf>, page: Page, actions: &mut Vec<Action>) {
    let one_of = |path: &PathBuf, wanted: &[&str]| {
        path.extension().is_some_and(|ending| wanted.iter().any(|known| ending.eq_ignore_ascii_case(known)))
    };
    let (tensors, rest): (Vec<_>, Vec<_>) =
        paths.into_iter().partition(|path| path.is_file() && one_of(path, &TENSORS));
    let (models, rest): (Vec<_>, Vec<_>) =
        rest.into_iter().partition(|path| path.join("model_index.json").is_file());
    if !tensors.is_empty() {
        actions.push(Action::Disk(Task::Sort(tensors)));
    }
    if let Some(model) = models.into_iter().next() {
        actions.extend([Action::UseModel(model), Action::Command(UiCommand::GoModels)]);
    }
    match rest.first() {
        Some(path) if page == Page::Compose && one_of(path, &["png"]) => {
            actions.push(Action::RestoreSettings(path.clone()));
        }
        // A picture can carry a word, and in the library that is what is meant.
        Some(path) if page == Page::Library && one_of(path, &["png", "webp"]) => {
            actions.push(Action::Disk(Task::ImportWords(rest)));
        }
        // In the Models page a folder is one to look into.
        Some(path) if page == Page::Models && path.is_dir() => {
            actions.push(Action::Disk(Task::Discovery(DiscoveryTask::WatchFolder(path.clone()))));
        }
        Some(_) => actions.extend([Action::AddPictures(rest), Action::Command(UiCommand::GoConcept)]),
        None => {}
    }
}
