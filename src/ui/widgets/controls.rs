//! What pages and dialogs are made of: the main button, plain buttons, titles, quiet text and lines of facts.
//!
//! Only looks: what a button does is said where it is used.

use egui::{
    self, Align, AsIdSalt, Button, FontId, Label, Layout, Response, RichText, Ui, UiBuilder, Widget,
    WidgetText, vec2,
};

use crate::action::Action;
use crate::commands::UiCommand;
use crate::language::sentences::said;
use crate::{icons, theme};

/// What something is called, and what it does: `named!` where both are a message.
pub type Named<'a> = (&'a str, &'a str);

/// The one button a page is about.
pub fn main_button(ui: &mut Ui, enabled: bool, icon: &str, text: &str) -> Response {
    let tokens = theme::tokens(ui);
    let label = RichText::new(format!("{icon}  {text}")).color(tokens.on_accent);
    ui.add_enabled(enabled, Button::new(label).fill(tokens.accent)).accessible_name(text)
}

/// Any other button.
pub fn button(ui: &mut Ui, enabled: bool, icon: &str, text: &str) -> Response {
    ui.add_enabled(enabled, Button::new(format!("{icon}  {text}"))).accessible_name(text)
}

/// A button for a command, under the command's own name.
pub fn command(ui: &mut Ui, command: UiCommand, actions: &mut Vec<Action>) {
    on_press(button(ui, true, command.icon(), command.text()), command, actions);
}

/// What was just laid out tells what the command does, and wants it when it is pressed.
pub fn on_press(response: Response, command: UiCommand, actions: &mut Vec<Action>) {
    let hint = command.hint(&response.ctx);
    reports(response, hint, actions, || command);
}

/// What was just laid out tells what it does, and reports what is wanted when it is pressed.
pub fn reports<A: Into<Action>>(
    response: Response,
    tip: impl Into<WidgetText>,
    actions: &mut Vec<Action>,
    wanted: impl FnOnce() -> A,
) {
    if response.on_hover_text(tip).clicked() {
        actions.push(wanted().into());
    }
}

/// A button that tells what it does; whether it was pressed.
pub fn pressed(ui: &mut Ui, icon: &str, (name, tip): Named<'_>) -> bool {
    button(ui, true, icon, name).on_hover_text(tip).clicked()
}

/// A button that tells what it does, and reports what is wanted when it is pressed.
pub fn offer<A: Into<Action>>(
    ui: &mut Ui,
    icon: &str,
    (name, tip): Named<'_>,
    actions: &mut Vec<Action>,
    wanted: impl FnOnce() -> A,
) {
    reports(button(ui, true, icon, name), tip, actions, wanted);
}

/// A button that tells what it does, or what is in its way where it is not `enabled`; whether it was pressed.
pub fn able(
    ui: &mut Ui,
    enabled: bool,
    icon: &str,
    (name, tip): Named<'_>,
    lacks: impl Into<WidgetText>,
) -> bool {
    button(ui, enabled, icon, name).on_hover_text(tip).on_disabled_hover_text(lacks).clicked()
}

/// A box to tick that tells what it does.
pub fn tick(ui: &mut Ui, on: &mut bool, (name, tip): Named<'_>) -> Response {
    ui.checkbox(on, name).on_hover_text(tip)
}

/// A field behind or below its name, which tells what goes into it.
pub fn field(ui: &mut Ui, (name, tip): (impl Into<WidgetText>, &str), field: impl Widget) -> Response {
    let label = ui.label(name);
    ui.add(field).labelled_by(label.id).on_hover_text(tip)
}

/// A part of a page whose fields stay the same fields whatever is added or taken away above it. egui tells what has no name
/// of its own apart by counting, so a sentence that comes late would take the keyboard from the field below it.
pub fn steady<R>(ui: &mut Ui, salt: impl AsIdSalt, add: impl FnOnce(&mut Ui) -> R) -> R {
    let own = ui.scope_id().with(salt);
    ui.scope_builder(UiBuilder::new().scope_id(own), add).inner
}

/// A line that is filled from its right end.
pub fn from_right<R>(ui: &mut Ui, add: impl FnOnce(&mut Ui) -> R) -> R {
    ui.horizontal(|ui| ui.with_layout(Layout::right_to_left(Align::Center), add).inner).inner
}

/// A button of one icon; `name` is what it is called for those who do not see it.
pub fn icon_button(ui: &mut Ui, icon: &str, name: &str) -> Response {
    ui.add(Button::new(icon).frame(false)).accessible_name(name)
}

/// One of several, of which one is chosen.
pub fn choice<T: PartialEq>(ui: &mut Ui, value: &mut T, this: T, icon: &str, (text, tip): Named<'_>) {
    let label = ui.selectable_label(*value == this, format!("{icon} {text}")).accessible_name(text);
    if label.on_hover_text(tip).clicked() {
        *value = this;
    }
}

/// The name of a card or a group.
pub fn title(text: impl Into<String>) -> RichText {
    RichText::new(text).font(FontId::new(16.0, theme::heading_family()))
}

/// Text that stands back.
pub fn quiet(ui: &Ui, text: impl Into<String>) -> RichText {
    RichText::new(text).small().color(theme::tokens(ui).quiet)
}

/// A sentence to be careful about, wrapped.
pub fn warning(ui: &mut Ui, text: &str) -> Response {
    let (colour, text) = (theme::tokens(ui).warning, said(text));
    ui.add(Label::new(RichText::new(format!("{}  {text}", icons::WARNING)).small().color(colour)).wrap())
}

/// A sentence about what cannot be done, wrapped.
pub fn error(ui: &mut Ui, text: &str) -> Response {
    let (colour, text) = (theme::tokens(ui).error, said(text));
    ui.add(Label::new(RichText::new(format!("{}  {text}", icons::ERROR)).color(colour)).wrap())
}

/// A sentence that stands back, wrapped.
pub fn note(ui: &mut Ui, text: &str) -> Response {
    own(ui, &said(text))
}

/// The same of what a person wrote, or chose as a name, which stays as it is in every language.
pub fn own(ui: &mut Ui, text: &str) -> Response {
    let text = quiet(ui, text);
    ui.add(Label::new(text).wrap())
}

/// A name and what is so called, on one line; what does not fit is cut short.
pub fn fact(ui: &mut Ui, name: &str, value: &str) {
    const HEIGHT: f32 = 18.0;
    const NAMES: f32 = 104.0;
    ui.scope(|ui| {
        ui.spacing_mut().interact_size.y = HEIGHT;
        ui.spacing_mut().item_spacing.y = 2.0;
        ui.horizontal(|ui| {
            let text = quiet(ui, name);
            ui.allocate_ui_with_layout(vec2(NAMES, HEIGHT), Layout::left_to_right(Align::Center), |ui| {
                ui.set_min_width(NAMES);
                ui.add(Label::new(text).truncate());
            });
            ui.add(Label::new(value).truncate());
        });
    });
}

/// A card: a frame in the theme's colours.
pub fn card(ui: &Ui) -> egui::Frame {
    let tokens = theme::tokens(ui);
    egui::Frame::new()
        .fill(tokens.card)
        .stroke(egui::Stroke::new(1.0, tokens.edge))
        .corner_radius(theme::ROUND)
        .inner_margin(theme::MARGIN)
}

/// A card across the width there is.
pub fn wide_card<R>(ui: &mut Ui, add: impl FnOnce(&mut Ui) -> R) -> R {
    let shown = card(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        add(ui)
    });
    shown.inner
}

/// The frame of a dialog over the window, with room to breathe.
pub fn dialog(ctx: &egui::Context) -> egui::Frame {
    egui::Frame::window(&ctx.global_style()).inner_margin(egui::Margin::same(theme::FAR as i8))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::{Language, speak};

    #[test]
    fn what_a_person_wrote_is_not_translated() {
        speak(Language::Japanese);
        let shown = |draw: fn(&mut Ui, &str) -> Response, text: &str| {
            let ctx = egui::Context::default();
            theme::install(&ctx);
            let output = ctx.run_ui(egui::RawInput::default(), |ui| drop(draw(ui, text)));
            output.shapes.iter().any(|clipped| match &clipped.shape {
                egui::Shape::Text(shape) => shape.galley.text() == text,
                _ => false,
            })
        };
        // A prompt that reads like a sentence of the program, and one of the program.
        assert!(shown(own, "this is a cat") && !shown(note, "Stopped as asked."));
    }
}
