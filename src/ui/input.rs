//! What comes in from outside the pages: keys, dropped files and the clipboard.

use std::path::PathBuf;
use std::sync::Arc;

use super::action::{Action, UiCommand};
use super::app::App;
use super::state::Page;
use disk::message::Task;

/// How files of models and words end.
const TENSORS: [&str; 4] = ["safetensors", "ckpt", "pt", "bin"];

impl App {
    /// Keys, dropped files and what is on the clipboard.
    pub(super) fn read_input(&mut self, ctx: &egui::Context, actions: &mut Vec<Action>) {
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
            self.drop_files(dropped, actions);
        }
        let pasted = ctx.input(|i| {
            i.events.iter().find_map(|event| match event {
                egui::Event::PasteImage(image) => Some(Arc::clone(image)),
                _ => None,
            })
        });
        if let Some(image) = pasted.filter(|_| self.page == Page::Concept) {
            let [width, height] = image.size.map(|side| u32::try_from(side).unwrap_or(0));
            let bytes = image.pixels.iter().flat_map(|pixel| [pixel.r(), pixel.g(), pixel.b()]).collect();
            if let Some(picture) = image::RgbImage::from_raw(width, height, bytes) {
                actions.push(Action::PastePicture(Arc::new(picture)));
            }
        }
    }

    /// What was dropped says where it belongs: words, a model, settings to take over, or pictures to learn from.
    fn drop_files(&mut self, paths: Vec<PathBuf>, actions: &mut Vec<Action>) {
        let one_of = |path: &PathBuf, wanted: &[&str]| {
            path.extension()
                .is_some_and(|ending| wanted.iter().any(|known| ending.eq_ignore_ascii_case(known)))
        };
        let (tensors, rest): (Vec<_>, Vec<_>) =
            paths.into_iter().partition(|path| path.is_file() && one_of(path, &TENSORS));
        let (models, rest): (Vec<_>, Vec<_>) =
            rest.into_iter().partition(|path| path.join("model_index.json").is_file());
        if !tensors.is_empty() {
            actions.push(Action::SortFiles(tensors));
        }
        if let Some(model) = models.into_iter().next() {
            actions.extend([Action::UseModel(model), Action::Command(UiCommand::GoModels)]);
        }
        match rest.first() {
            Some(path) if self.page == Page::Compose && one_of(path, &["png"]) => {
                actions.push(Action::RestoreSettings(path.clone()));
            }
            // A picture can carry a word, and in the library that is what is meant.
            Some(path) if self.page == Page::Library && one_of(path, &["png", "webp"]) => {
                actions.push(Action::ImportWords(rest));
            }
            // In the Models page a folder is one to look into.
            Some(path) if self.page == Page::Models && path.is_dir() => {
                actions.push(Action::WatchFolder(path.clone()));
            }
            Some(_) => actions.extend([Action::AddPictures(rest), Action::Command(UiCommand::GoConcept)]),
            None => {}
        }
    }

    /// What the disk found among dropped files: a model is used, words come into the library.
    pub(super) fn take_sorted(&mut self, models: Vec<PathBuf>, words: Vec<PathBuf>) {
        if let Some(model) = models.into_iter().next() {
            self.page = Page::Models;
            self.use_model(model);
        } else if !words.is_empty() {
            self.page = Page::Library;
        }
        if !words.is_empty() {
            self.ask_disk(Task::ImportWords(words));
        }
    }
}
