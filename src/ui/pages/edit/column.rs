//! What is drawn into the picture, and how it is joined: the prompt as in Compose, the few knobs that matter, and the rest
//! under Advanced. What a knob does is said by the setting itself.

use egui::{CollapsingHeader, DragValue, RichText, Slider, Ui};

use crate::action::Action;
use crate::commands::UiCommand;
use crate::editing::EditAction;
use crate::pages::compose::{composer, loras, number, prompts, queue, row, settings, table};
use crate::state::AppState;
use crate::texture::Shared;
use crate::theme;
use crate::widgets::controls;
use project::options::Help;
use project::{BackgroundFit, BlendOrder, EditArea, EditSettings, Seam};

static HELP: Help = Help::of::<EditSettings>();
/// What the four sides are called.
const SIDES: [&str; 4] = ["left", "top", "right", "bottom"];

/// The settings above, the button that draws below; `footer` is the height of what is below, as it was last laid out.
pub fn ui(ui: &mut Ui, state: &AppState, shared: &mut Shared, footer: &mut f32) {
    let height = (ui.available_height() - *footer - theme::GAP).max(theme::CARD);
    let scroll = egui::ScrollArea::vertical().id_salt("edit-settings").auto_shrink([false, false]);
    scroll.max_height(height).show(ui, |ui| {
        super::open_button(ui, shared);
        if state.editing.opening {
            controls::note(ui, "The picture is being opened.");
        } else if let Some(open) = &state.editing.open {
            controls::note(ui, &open.edited.name);
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
            let kinds = EditArea::ALL.iter().map(|&kind| (kind, kind.label(), kind.about()));
            settings::choice(ui, "Drawn anew", HELP.get("area"), true, &mut draft.edit.area, kinds);
            settings::count(ui, &mut draft.drawing.settings);
        });
        let more = CollapsingHeader::new("Advanced").id_salt("editing-advanced");
        let more = more.show_unindented(ui, |ui| {
            table(ui, "blending", |ui| blending(ui, &mut draft.edit));
            ui.add_space(theme::NEAR);
            table(ui, "editing-drawing", |ui| {
                settings::rows(ui, state, &mut draft.drawing, &mut shared.actions);
            });
            settings::advanced(ui, &mut draft.drawing.settings, &mut shared.actions);
        });
        more.header_response
            .on_hover_text("How new and old are joined, a larger canvas, sampler, seed, precision");
        if draft != state.editing.draft {
            shared.actions.push(Action::Edit(EditAction::Draft(Box::new(draft))));
        }
    });
    let below = ui.scope(|ui| {
        draw_button(ui, state, &mut shared.actions);
        queue::ui(ui, state, &mut shared.actions);
    });
    let height = below.response.rect.height();
    if (height - *footer).abs() > 1.0 {
        *footer = height;
        ui.ctx().request_repaint();
    }
}

fn strength(ui: &mut Ui, edit: &mut EditSettings, masked: bool) {
    let hint = HELP.get("strength");
    row(ui, "Strength", hint, |ui| {
        let mut strength = edit.strength(masked, false);
        if edit.strength.is_none() {
            ui.visuals_mut().widgets.inactive.fg_stroke.color = theme::tokens(ui).quiet;
        }
        let slider =
            ui.add(Slider::new(&mut strength, 0.05..=1.0).max_decimals(2)).accessible_name("Strength");
        if slider.on_hover_text(hint).changed() {
            edit.strength = Some(strength);
        }
        if edit.strength.is_some() {
            let back = ui.small_button(crate::icons::UNDO).accessible_name("The usual strength");
            if back.on_hover_text("Go back to what suits the mask and the model").clicked() {
                edit.strength = None;
            }
        }
    });
}

fn blending(ui: &mut Ui, edit: &mut EditSettings) {
    let kinds = BlendOrder::ALL.iter().map(|&kind| (kind, kind.label(), kind.about()));
    settings::choice(ui, "Blending", HELP.get("order"), true, &mut edit.order, kinds);
    let hint = HELP.get("dilations");
    row(ui, "Wider first", hint, |ui| {
        let mut usual = edit.dilations.is_none();
        if ui.checkbox(&mut usual, "as the mask needs").on_hover_text(hint).changed() {
            edit.dilations = (!usual).then_some(3);
        }
        if let Some(times) = &mut edit.dilations {
            let field = ui.add(DragValue::new(times).range(0..=10).speed(0.05));
            field.accessible_name("Times wider").on_hover_text(hint);
        }
    });
    let hint = HELP.get("pixel_phase");
    row(ui, "In pixels", hint, |ui| {
        let slider = ui.add(Slider::new(&mut edit.pixel_phase, 0.0..=1.0).max_decimals(2));
        slider.accessible_name("In pixels").on_hover_text(hint);
    });
    number(ui, "Feather of the seam", HELP.get("feather"), &mut edit.feather, 0..=256, 0.2);
    let kinds = Seam::ALL.iter().map(|&kind| (kind, kind.label(), kind.about()));
    settings::choice(ui, "Seam", HELP.get("seam"), true, &mut edit.seam, kinds);
    number(ui, "Padding", HELP.get("padding"), &mut edit.padding, 0..=4096, 1.0);
    let kinds = BackgroundFit::ALL.iter().map(|&kind| (kind, kind.label(), kind.about()));
    settings::choice(ui, "Background", HELP.get("fit_background"), true, &mut edit.fit_background, kinds);
    row(ui, "Tiles", HELP.get("tiles"), |ui| {
        ui.checkbox(&mut edit.tiles, "draw large parts in their own size").on_hover_text(HELP.get("tiles"));
    });
    row(ui, "Mask", HELP.get("invert_mask"), |ui| {
        ui.checkbox(&mut edit.invert_mask, "keep what is painted").on_hover_text(HELP.get("invert_mask"));
    });
    for (side, name) in edit.extend.iter_mut().zip(SIDES) {
        let name = format!("Larger at the {name}");
        number(ui, &name, HELP.get("extend"), side, 0..=4096, 1.0);
    }
}

/// What the button says: what a press will do.
fn text(state: &AppState) -> String {
    let editing = &state.editing;
    let masked = editing.open.as_ref().is_some_and(|open| !open.mask.mask().is_empty());
    let settings = &editing.draft.drawing.settings;
    let word = state.word_in(&settings.prompt).map(|(card, _)| card.word.as_str());
    match (masked, word) {
        (true, Some(word)) => format!("Put {} here", text::prompt::shortened(word, 24)),
        (true, None) => "Change what is painted".to_owned(),
        (false, _) => "Change the picture".to_owned(),
    }
}

fn draw_button(ui: &mut Ui, state: &AppState, actions: &mut Vec<Action>) {
    let tokens = theme::tokens(ui);
    let (obstacle, text) = (state.edit_obstacle(), text(state));
    let label = RichText::new(format!("{}  {text}", UiCommand::Draw.icon())).strong().color(tokens.on_accent);
    let size = egui::vec2(ui.available_width(), theme::FAR + theme::GAP);
    let button = egui::Button::new(label).fill(tokens.accent);
    let response = ui.add_enabled_ui(obstacle.is_none(), |ui| ui.add_sized(size, button)).inner;
    let response = response.accessible_name(text).on_hover_text(
        "Draw what the prompt says where you painted, or over all of the picture where you painted nothing (Ctrl+Enter)",
    );
    if response.on_disabled_hover_text(obstacle.as_deref().unwrap_or_default()).clicked() {
        actions.push(Action::Edit(EditAction::Draw));
    }
    if let Some(obstacle) = obstacle {
        controls::note(ui, &obstacle);
    }
}
