//! The command palette: every command by a few typed letters, with its keys and what it does.
//!
//! It knows no command by itself: the list is `UiCommand::ALL`.

use egui::{self, Align2, AtomExt as _, Button, Context, Key, Modifiers, RichText, TextEdit, Ui, vec2};

use crate::action::Action;
use crate::commands::UiCommand;
use crate::theme;
use crate::widgets::controls;

#[derive(Default)]
pub struct Palette {
    pub open: bool,
    text: String,
    chosen: usize,
}

impl Palette {
    pub fn ui(&mut self, ctx: &Context, actions: &mut Vec<Action>) {
        if !self.open {
            return;
        }
        // Before the text field sees them.
        let pressed = |key: Key| ctx.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        let (up, down) = (pressed(Key::ArrowUp), pressed(Key::ArrowDown));
        let (enter, escape) = (pressed(Key::Enter), pressed(Key::Escape));
        let id = egui::Id::unique("palette");
        let area = egui::Modal::default_area(id).anchor(Align2::CENTER_TOP, vec2(0.0, 72.0));
        let frame = controls::dialog(ctx).inner_margin(theme::MARGIN);
        let shown = egui::Modal::new(id).area(area).frame(frame).show(ctx, |ui| {
            ui.set_width(560.0);
            self.field(ui);
            let found = found(&self.text);
            let last = found.len().saturating_sub(1);
            self.chosen = self.chosen.min(last);
            if up {
                self.chosen = self.chosen.checked_sub(1).unwrap_or(last);
            }
            if down {
                self.chosen = if self.chosen == last { 0 } else { self.chosen + 1 };
            }
            let clicked = self.list(ui, &found, up || down);
            clicked.or_else(|| found.get(self.chosen).copied().filter(|_| enter))
        });
        if let Some(command) = shown.inner {
            actions.push(Action::Command(command));
        }
        if escape || shown.inner.is_some() || shown.should_close() {
            *self = Self::default();
        }
    }

    fn field(&mut self, ui: &mut Ui) {
        let field = TextEdit::singleline(&mut self.text)
            .hint_text(t!("palette-field.hint"))
            .desired_width(f32::INFINITY);
        let field = ui.add(field).accessible_name(t!("palette-field.name"));
        if field.changed() {
            self.chosen = 0;
        }
        if !field.has_focus() {
            field.request_focus();
        }
    }

    /// The command that was clicked.
    fn list(&self, ui: &mut Ui, found: &[UiCommand], moved: bool) -> Option<UiCommand> {
        if found.is_empty() {
            controls::note(ui, t!("palette-none"));
        }
        let mut clicked = None;
        let area = egui::ScrollArea::vertical().id_salt("palette").max_height(360.0);
        area.show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            for (place, &command) in found.iter().enumerate() {
                let response = row(ui, command, place == self.chosen);
                if moved && place == self.chosen {
                    response.scroll_to_me(None);
                }
                if response.clicked() {
                    clicked = Some(command);
                }
            }
        });
        clicked
    }
}

fn row(ui: &mut Ui, command: UiCommand, chosen: bool) -> egui::Response {
    // The description gives way where a line is too long, not the name.
    let told = controls::quiet(ui, command.tooltip()).atom_shrink(true);
    let keys = command.shortcut().map_or_else(String::new, |keys| ui.ctx().format_shortcut(&keys));
    let icon = RichText::new(command.icon());
    let width = ui.available_width();
    let button = Button::selectable(chosen, (icon, command.text(), told)).shortcut_text(keys);
    let name = format!("{}: {}", command.text(), command.tooltip());
    ui.add(button.min_size(vec2(width, 30.0)).truncate())
        .accessible_name(name)
        .on_hover_text(command.tooltip())
}

/// The commands that fit what was typed, those that fit best first.
fn found(typed: &str) -> Vec<UiCommand> {
    let typed = typed.trim().to_lowercase();
    let others = UiCommand::ALL.iter().copied().filter(|&command| command != UiCommand::Palette);
    // In the window's language, and by the English names, which keys on every keyboard can type.
    let texts = |command: UiCommand| [[command.text(), command.tooltip()], command.english()];
    let best = |command: UiCommand| texts(command).iter().filter_map(|[a, b]| rank(&typed, a, b)).min();
    let mut ranked: Vec<_> = others.filter_map(|command| Some((best(command)?, command))).collect();
    ranked.sort_by_key(|&(rank, _)| rank);
    ranked.into_iter().map(|(_, command)| command).collect()
}

/// How well typed words, in small letters, fit a command: 0 best; `None` if they do not.
fn rank(typed: &str, text: &str, tooltip: &str) -> Option<u8> {
    let (text, tooltip) = (text.to_lowercase(), tooltip.to_lowercase());
    let every = |fits: &dyn Fn(&str) -> bool| typed.split_whitespace().all(fits);
    if text.starts_with(typed) {
        Some(0)
    } else if every(&|word: &str| text.contains(word)) {
        Some(1)
    } else if every(&|word: &str| text.contains(word) || tooltip.contains(word)) {
        Some(2)
    } else if every(&|word: &str| is_subsequence(word, &text)) {
        Some(3)
    } else {
        None
    }
}

/// Whether the letters of `word` occur in `text` in this order, with others between them.
fn is_subsequence(word: &str, text: &str) -> bool {
    let mut rest = text.chars();
    word.chars().all(|letter| rest.any(|other| other == letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_typed_shows_everything_but_the_palette() {
        assert_eq!(found("  ").len(), UiCommand::ALL.len() - 1);
        assert!(!found("").contains(&UiCommand::Palette));
    }

    #[test]
    fn words_are_found_in_any_case_and_in_part() {
        assert_eq!(found("QUIT")[0], UiCommand::Quit);
        assert_eq!(found("folder add")[0], UiCommand::AddFolder);
        assert_eq!(found("licences")[0], UiCommand::About);
        assert!(found("impw").contains(&UiCommand::ImportWord));
        assert!(found("zzz").is_empty());
    }

    #[test]
    fn what_begins_so_comes_first() {
        let names = found("lear");
        assert_eq!(names[..2], [UiCommand::GoLearn, UiCommand::Learn]);
    }
}
