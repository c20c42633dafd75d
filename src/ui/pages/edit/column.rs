//! What is drawn into the picture, and how it is joined: the prompt as in Compose, the few knobs that matter, and the rest
//! under Advanced. What a knob does is said by the setting itself.

use egui::{CollapsingHeader, DragValue, RichText, Slider, Ui};

use crate::action::Action;
use crate::commands::UiCommand;
use crate::editing::EditAction;
use crate::language::floors::{self, Tips};
use crate::pages::compose::{composer, loras, number, prompts, queue, row, settings, table};
use crate::state::AppState;
use crate::texture::Shared;
use crate::theme;
use crate::widgets::controls;
use project::options::Help;
use project::{BackgroundFit, BlendOrder, EditArea, EditSettings, Seam};

static HELP: Tips = Tips::of("edit", Help::of::<EditSettings>());

/// The settings above, the button that draws below; `footer` is the height of what is below, as it was last laid out.
pub fn ui(ui: &mut Ui, state: &AppState, shared: &mut Shared, footer: &mut f32) {
    let height = (ui.available_height() - *footer - theme::GAP).max(theme::CARD);
    let scroll = egui::ScrollArea::vertical().id_salt("edit-settings").auto_shrink([false, false]);
    scroll.max_height(height).show(ui, |ui| {
        super::open_button(ui, shared);
        if state.editing.opening {
            controls::note(ui, t!("edit-opening"));
        } else if let Some(open) = &state.editing.open {
            controls::own(ui, &open.edited.name);
        }
        ui.add_space(theme::NEAR);
        let mut draft = state.editing.draft.clone();
        composer::ui(ui, state, &mut draft.drawing, &mut shared.actions);
        ui.add_space(theme::NEAR);
        prompts(ui, state, shared, &mut draft.drawing);
        loras::ui(ui, &mut draft.drawing.settings.loras);
        ui.add_space(theme::NEAR);
        table(ui, "editing", |ui| {
            let masked = state.editing.open.as_ref().is_some_and(|open| !open.mask.mask().is_empty());
            strength(ui, &mut draft.edit, masked);
            let kinds = EditArea::ALL.iter().map(|&kind| (kind, floors::label(kind), floors::about(kind)));
            settings::choice(ui, HELP.row("area", t!("edit-area")), true, &mut draft.edit.area, kinds);
            settings::count(ui, &mut draft.drawing.settings);
        });
        let more = CollapsingHeader::new(t!("edit-advanced")).id_salt("editing-advanced");
        let more = more.show_unindented(ui, |ui| {
            table(ui, "blending", |ui| blending(ui, &mut draft.edit));
            ui.add_space(theme::NEAR);
            table(ui, "editing-drawing", |ui| {
                settings::rows(ui, state, &mut draft.drawing, &mut shared.actions);
            });
            settings::advanced(ui, &mut draft.drawing, &mut shared.actions);
        });
        more.header_response.on_hover_text(t!("edit-advanced.tip"));
        if draft != state.editing.draft {
            shared.actions.push(Action::Edit(EditAction::Draft(Box::new(draft))));
        }
    });
    let below = ui.scope(|ui| {
        queue::ui(ui, state, &mut shared.actions);
        draw_button(ui, state, &mut shared.actions);
    });
    let height = below.response.rect.height();
    if (height - *footer).abs() > 1.0 {
        *footer = height;
        ui.ctx().request_repaint();
    }
}

fn strength(ui: &mut Ui, edit: &mut EditSettings, masked: bool) {
    let hint = HELP.get("strength");
    row(ui, (t!("edit-strength"), hint), |ui| {
        let mut strength = edit.strength(masked, false);
        if edit.strength.is_none() {
            ui.visuals_mut().widgets.inactive.fg_stroke.color = theme::tokens(ui).quiet;
        }
        let slider = ui
            .add(Slider::new(&mut strength, 0.05..=1.0).max_decimals(2))
            .accessible_name(t!("edit-strength"));
        if slider.on_hover_text(hint).changed() {
            edit.strength = Some(strength);
        }
        if edit.strength.is_some() {
            let back = ui.small_button(crate::icons::UNDO).accessible_name(t!("edit-strength-usual.name"));
            if back.on_hover_text(t!("edit-strength-usual.tip")).clicked() {
                edit.strength = None;
            }
        }
    });
}

fn blending(ui: &mut Ui, edit: &mut EditSettings) {
    let kinds = BlendOrder::ALL.iter().map(|&kind| (kind, floors::label(kind), floors::about(kind)));
    settings::choice(ui, HELP.row("order", t!("edit-blending")), true, &mut edit.order, kinds);
    let hint = HELP.get("dilations");
    row(ui, (t!("edit-wider"), hint), |ui| {
        let mut usual = edit.dilations.is_none();
        if ui.checkbox(&mut usual, t!("edit-wider-usual")).on_hover_text(hint).changed() {
            edit.dilations = (!usual).then_some(3);
        }
        if let Some(times) = &mut edit.dilations {
            let field = ui.add(DragValue::new(times).range(0..=10).speed(0.05));
            field.accessible_name(t!("edit-wider-times.name")).on_hover_text(hint);
        }
    });
    let hint = HELP.get("pixel_phase");
    row(ui, (t!("edit-pixels"), hint), |ui| {
        let slider = ui.add(Slider::new(&mut edit.pixel_phase, 0.0..=1.0).max_decimals(2));
        slider.accessible_name(t!("edit-pixels")).on_hover_text(hint);
    });
    number(ui, HELP.row("feather", t!("edit-feather")), &mut edit.feather, 0..=256, 0.2);
    let kinds = Seam::ALL.iter().map(|&kind| (kind, floors::label(kind), floors::about(kind)));
    settings::choice(ui, HELP.row("seam", t!("edit-seam")), true, &mut edit.seam, kinds);
    number(ui, HELP.row("padding", t!("edit-padding")), &mut edit.padding, 0..=4096, 1.0);
    let kinds = BackgroundFit::ALL.iter().map(|&kind| (kind, floors::label(kind), floors::about(kind)));
    let named = HELP.row("fit_background", t!("edit-background"));
    settings::choice(ui, named, true, &mut edit.fit_background, kinds);
    row(ui, HELP.row("tiles", t!("edit-tiles")), |ui| {
        ui.checkbox(&mut edit.tiles, t!("edit-tiles-on")).on_hover_text(HELP.get("tiles"));
    });
    row(ui, HELP.row("invert_mask", t!("edit-mask")), |ui| {
        ui.checkbox(&mut edit.invert_mask, t!("edit-mask-keep")).on_hover_text(HELP.get("invert_mask"));
    });
    let sides =
        [t!("edit-larger-left"), t!("edit-larger-top"), t!("edit-larger-right"), t!("edit-larger-bottom")];
    for (side, name) in edit.extend.iter_mut().zip(sides) {
        number(ui, HELP.row("extend", name), side, 0..=4096, 1.0);
    }
}

/// What the button says: what a press will do.
fn text(state: &AppState) -> String {
    let editing = &state.editing;
    let masked = editing.open.as_ref().is_some_and(|open| !open.mask.mask().is_empty());
    let settings = &editing.draft.drawing.settings;
    let word = state.word_in(&settings.prompt).map(|(card, _)| card.word.as_str());
    match (masked, word) {
        (true, Some(word)) => t!("edit-draw-word", word = text::prompt::shortened(word, 24)),
        (true, None) => t!("edit-draw-painted").to_owned(),
        (false, _) => t!("edit-draw-picture").to_owned(),
    }
}

fn draw_button(ui: &mut Ui, state: &AppState, actions: &mut Vec<Action>) {
    let tokens = theme::tokens(ui);
    let (obstacle, text) = (state.edit_obstacle(), text(state));
    let label = RichText::new(format!("{}  {text}", UiCommand::Draw.icon())).strong().color(tokens.on_accent);
    let size = egui::vec2(ui.available_width(), theme::FAR + theme::GAP);
    let button = egui::Button::new(label).fill(tokens.accent);
    let response = ui.add_enabled_ui(obstacle.is_none(), |ui| ui.add_sized(size, button)).inner;
    let response = response.accessible_name(text).on_hover_text(t!("edit-draw.tip"));
    if response.on_disabled_hover_text(obstacle.as_deref().unwrap_or_default()).clicked() {
        actions.push(Action::Edit(EditAction::Draw));
    }
    if let Some(obstacle) = obstacle {
        controls::note(ui, &obstacle);
    }
}
