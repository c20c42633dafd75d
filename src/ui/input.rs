//! What comes in from outside the pages: keys, dropped files and the clipboard.

use std::path::PathBuf;
use std::sync::Arc;

use crate::action::Action;
use crate::commands::UiCommand;
use crate::editing::EditAction;
use crate::state::{Page, shorten};
use crate::texture::to_rgb;
use disk::message::Task;
use format::infotext::has_settings;

/// No text about how a picture was drawn has as many bytes; one that has is not looked through within a frame.
const SETTINGS: usize = 1 << 20;

/// Whether keys are for the page: nothing is being written, no list is open, and nothing lies over it.
pub(crate) fn keys_are_free(ctx: &egui::Context) -> bool {
    let covered = ctx.memory(|memory| memory.top_modal_layer().is_some());
    !covered && !ctx.text_edit_focused() && !egui::Popup::is_any_open(ctx)
}

/// Keys, dropped files and what is on the clipboard; `palette` says whether the list of commands is open.
pub(crate) fn read(ctx: &egui::Context, page: Page, palette: bool, actions: &mut Vec<Action>) {
    let covered = ctx.memory(|memory| memory.top_modal_layer().is_some());
    for command in UiCommand::ALL {
        // What lies over the page is answered first; the list of commands goes by the keys that it comes by.
        let heard = !covered || *command == UiCommand::Quit || (palette && *command == UiCommand::Palette);
        let Some(keys) = command.shortcut().filter(|_| heard) else { continue };
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
        // What they are is seen on the disk; where they belong is decided then.
        actions.push(Action::Disk(Task::LookAtDropped(dropped)));
    }
    if page == Page::Compose {
        // Settings of a picture belong to the page, whichever field is being written in; other text to the field, and
        // without one it was meant for settings.
        let nobody_writes = ctx.memory(|memory| memory.focused().is_none());
        ctx.input_mut(|i| {
            i.events.retain(|event| match event {
                egui::Event::Paste(text) if nobody_writes || text.len() < SETTINGS && has_settings(text) => {
                    actions.push(Action::Disk(Task::ReadSettings(text.clone())));
                    false
                }
                _ => true,
            });
        });
    }
    // What is left is for a field, whichever it is: a whole book in it would be laid out in every frame.
    let cut = ctx.input_mut(|i| {
        let pasted = i.events.iter_mut().filter_map(|event| match event {
            egui::Event::Paste(text) => Some(shorten(text)),
            _ => None,
        });
        pasted.fold(false, |cut, one| cut | one)
    });
    if cut && ctx.text_edit_focused() {
        actions.push(Action::PastedTooMuch);
    }
    let pasted = ctx.input(|i| {
        i.events.iter().find_map(|event| match event {
            egui::Event::PasteImage(image) => Some(Arc::clone(image)),
            _ => None,
        })
    });
    let picture = pasted.and_then(|image| to_rgb(&image)).map(Arc::new);
    actions.extend(picture.and_then(|picture| match page {
        Page::Concept => Some(Action::PastePicture(picture)),
        Page::Edit => Some(Action::Edit(EditAction::Paste(picture))),
        _ => None,
    }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::LONGEST;

    #[test]
    fn keys_belong_to_what_lies_over_the_page() {
        let ctx = egui::Context::default();
        crate::theme::install(&ctx);
        let frame = |covered: bool| {
            let mut free = None;
            let _ = ctx.run_ui(egui::RawInput::default(), |ui| {
                free = Some(keys_are_free(ui.ctx()));
                if covered {
                    egui::Modal::new(egui::Id::unique("over the page")).show(ui.ctx(), |ui| ui.label("Over"));
                }
            });
            free
        };
        let [before, _, over, _, after] = [false, true, true, false, false].map(frame);
        assert_eq!([before, over, after], [Some(true), Some(false), Some(true)]);
    }

    #[test]
    fn of_a_whole_book_that_is_pasted_a_field_takes_as_much_as_it_can_show() {
        let ctx = egui::Context::default();
        crate::theme::install(&ctx);
        let mut text = String::new();
        let mut paste = |focused: bool, pasted: Option<String>| {
            let (mut actions, events) = (Vec::new(), pasted.map(egui::Event::Paste).into_iter().collect());
            let _ = ctx.run_ui(egui::RawInput { events, ..Default::default() }, |ui| {
                read(ui.ctx(), Page::Learn, false, &mut actions);
                let field = ui.text_edit_multiline(&mut text);
                match focused {
                    true => field.request_focus(),
                    false => field.surrender_focus(),
                }
            });
            (text.len(), actions.iter().filter(|action| matches!(action, Action::PastedTooMuch)).count())
        };
        let book = || Some("a".repeat(100 * LONGEST));
        assert_eq!(paste(false, book()), (0, 0), "nobody writes");
        paste(true, None);
        assert_eq!(paste(true, Some("a".into())), (1, 0));
        assert_eq!(paste(true, book()), (1 + LONGEST, 1), "and it is said");
    }

    #[test]
    fn commands_wait_for_what_lies_over_the_page() {
        let ctx = egui::Context::default();
        crate::theme::install(&ctx);
        let heard = |command: UiCommand, covered: bool, palette: bool| {
            let keys = command.shortcut().unwrap();
            let [pressed, let_go] = [true, false].map(|pressed| egui::Event::Key {
                key: keys.logical_key,
                physical_key: None,
                pressed,
                repeat: false,
                modifiers: keys.modifiers,
            });
            let mut heard = false;
            for events in [Vec::new(), vec![pressed]] {
                let _ = ctx.run_ui(egui::RawInput { events, ..Default::default() }, |ui| {
                    let mut actions = Vec::new();
                    read(ui.ctx(), Page::Concept, palette, &mut actions);
                    heard =
                        actions.iter().any(|action| matches!(action, Action::Command(c) if *c == command));
                    if covered {
                        let id = egui::Id::unique("a question");
                        egui::Modal::new(id).show(ui.ctx(), |ui| ui.label("Over"));
                    }
                });
            }
            // The keys are let go of, and what lay over it is forgotten a frame later.
            for events in [vec![let_go], Vec::new()] {
                drop(ctx.run_ui(egui::RawInput { events, ..Default::default() }, |_| ()));
            }
            heard
        };
        assert!(heard(UiCommand::Draw, false, false));
        assert!(!heard(UiCommand::Draw, true, false) && !heard(UiCommand::Palette, true, false));
        assert!(heard(UiCommand::Palette, true, true) && !heard(UiCommand::Draw, true, true));
        assert!(heard(UiCommand::Quit, true, false), "the program can be left");
    }
}
