//! The rows that settings stand in: a label with its meaning and, beside it, the knob.
//!
//! Only looks: what a setting means is said where it is used.

use std::ops::RangeInclusive;

use egui::{
    Align, Checkbox, ComboBox, DragValue, Label, Layout, Response, RichText, TextEdit, Ui, emath::Numeric,
    vec2,
};

use crate::theme;
use crate::widgets::controls::Named;
use project::options;
use project::settings::MAX_SEED;

/// Sides of pictures go in steps of so many pixels.
pub(in crate::pages) const GRAIN: u32 = 8;

/// A label and, beside it, what it names.
pub(in crate::pages) fn row(ui: &mut Ui, (name, tip): Named<'_>, add: impl FnOnce(&mut Ui) -> Response) {
    ui.horizontal(|ui| {
        let size = vec2(ui.available_width() * 0.48, ui.spacing().interact_size.y);
        let label = ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
            ui.set_min_width(size.x);
            ui.add(Label::new(name).truncate())
        });
        let label = label.inner.on_hover_text(tip);
        ui.label_inputs_by(label.id, add).on_hover_text(tip);
    });
}

/// A number that a pull changes by a part of itself.
fn pull<N: Numeric>(value: &mut N, range: RangeInclusive<N>) -> DragValue<'_> {
    let speed = (value.to_f64().abs() * 0.01).clamp(0.05, 10.0);
    DragValue::new(value).range(range).speed(speed)
}

pub(in crate::pages) fn number<N: Numeric>(
    ui: &mut Ui,
    named: Named<'_>,
    value: &mut N,
    range: RangeInclusive<N>,
) {
    row(ui, named, |ui| ui.add(pull(value, range)));
}

/// A seed; -1 is one drawn at random, as in other programs.
pub(in crate::pages) fn seed(ui: &mut Ui, named: Named<'_>, value: &mut u64) {
    row(ui, named, |ui| {
        let read = |text: &str| options::seed(text).ok().map(|seed| seed as f64);
        ui.add(pull(value, 0..=MAX_SEED).custom_parser(read))
    });
}

/// A number that may be very small; a pull changes it by `step`, or less where it is small itself.
pub(in crate::pages) fn decimal(
    ui: &mut Ui,
    named: Named<'_>,
    value: &mut f64,
    range: RangeInclusive<f64>,
    step: f64,
) {
    let before = *value;
    let speed = if before == 0.0 { step } else { step.min(before.abs() * 0.02) };
    row(ui, named, |ui| {
        ui.add(DragValue::new(value).range(range).speed(speed).custom_formatter(|value, _| short(value)))
    });
    if value.is_nan() {
        *value = before;
    }
}

/// As few digits as say the number.
pub(in crate::pages) fn short(value: f64) -> String {
    if value != 0.0 && value.abs() < 1e-3 { format!("{value:e}") } else { format!("{value}") }
}

pub(in crate::pages) fn optional<N: Numeric>(
    ui: &mut Ui,
    named: Named<'_>,
    value: &mut Option<N>,
    fresh: N,
    range: RangeInclusive<N>,
) {
    row(ui, named, |ui| {
        let mut own = value.is_some();
        let check = ui.add(Checkbox::without_text(&mut own));
        if check.changed() {
            *value = own.then_some(fresh);
        }
        match value {
            Some(value) => check.union(ui.add(pull(value, range))),
            None => check.union(by_itself(ui)),
        }
    });
}

/// A side in pixels, `fresh` where one is asked for: a multiple of [`GRAIN`], or left to the program.
pub(in crate::pages) fn side(ui: &mut Ui, named: Named<'_>, value: &mut Option<u32>, fresh: u32) {
    row(ui, named, |ui| {
        let mut own = value.is_some();
        let check = ui.add(Checkbox::without_text(&mut own));
        if check.changed() {
            *value = own.then_some(fresh);
        }
        let Some(side) = value else { return check.union(by_itself(ui)) };
        let field = pixels(ui, side, |side| DragValue::new(side).range(GRAIN..=4096).speed(4.0));
        check.union(field)
    });
}

/// A field for a side, of which each digit counts at once: whatever is pressed next goes by it. What counts is rounded; what
/// stands in the field is not until that is left, since egui would put it in the place of what is being typed.
pub(in crate::pages) fn pixels(
    ui: &mut Ui,
    side: &mut u32,
    field: impl for<'a> FnOnce(&'a mut u32) -> DragValue<'a>,
) -> Response {
    let rounded = |side: u32| (side / GRAIN).max(1) * GRAIN;
    // As the field will be called.
    let id = ui.next_auto_id();
    let typed = ui.data_mut(|data| data.remove_temp::<u32>(id)).filter(|typed| rounded(*typed) == *side);
    let mut shown = typed.filter(|_| ui.memory(|memory| memory.has_focus(id))).unwrap_or(*side);
    let response = ui.add(field(&mut shown));
    if response.changed() {
        *side = rounded(shown);
    }
    if ui.memory(|memory| memory.has_focus(id)) {
        ui.data_mut(|data| data.insert_temp(id, shown));
    }
    response
}

fn by_itself(ui: &mut Ui) -> Response {
    ui.label(RichText::new(t!("advanced-by-itself")).color(theme::tokens(ui).quiet))
}

pub(in crate::pages) fn switch(ui: &mut Ui, named: Named<'_>, on: &mut bool) {
    row(ui, named, |ui| ui.add(Checkbox::without_text(on)));
}

pub(in crate::pages) fn choose<T: Copy + PartialEq>(
    ui: &mut Ui,
    (name, tip): Named<'_>,
    value: &mut T,
    all: &[T],
    words: impl Fn(T) -> (&'static str, &'static str),
) {
    row(ui, (name, tip), |ui| {
        let (now, _) = words(*value);
        let list = ComboBox::from_id_salt(name).width(96.0).truncate().selected_text(now);
        let list = list.show_ui(ui, |ui| {
            for &option in all {
                let (text, tip) = words(option);
                ui.selectable_value(value, option, text).on_hover_text(tip);
            }
        });
        list.response
    });
}

/// A line of text across the whole width, below its label.
pub(in crate::pages) fn line(ui: &mut Ui, (name, tip): Named<'_>, text: &mut String) -> Response {
    let label = ui.label(name);
    let field = TextEdit::singleline(text).id_salt(("advanced", name)).desired_width(f32::INFINITY);
    ui.add(field).labelled_by(label.id).on_hover_text(tip)
}
