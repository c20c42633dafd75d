//! How a prompt becomes a picture: sampler, steps, guidance, seed, size, and what is rarely needed. What a knob does is
//! said by the setting itself; what nobody chose is the model's, and looks quieter.

use std::cell::Cell;
use std::cmp::Ordering;

use egui::{CollapsingHeader, ComboBox, DragValue, Response, Slider, SliderClamping, Ui};

use super::{MENU, number, row, table};
use crate::action::{Action, System};
use crate::commands::UiCommand;
use crate::dialog::Question;
use crate::icons;
use crate::language::floors::{Choice, Tips, about, label};
use crate::pages::advanced::rows::{GRAIN, pixels};
use crate::state::{AppState, ComposeDraft};
use crate::theme;
use crate::widgets::controls::{self, Named};
use project::options::{self, Help};
use project::{
    Emphasis, GenerateSettings, ModelDefaults, Precision, SamplerKind, SigmaSpacing, WeightFormat,
};

const LONGEST: u32 = 2048;
/// Proportions that are often asked for: sides in eighths of the model's own where it is made for small pictures, in
/// sixteenths, of about the same area as the own, where it is made for large ones (the sizes SDXL was trained with).
const SMALL: [[u32; 2]; 3] = [[10, 8], [12, 8], [14, 8]];
const LARGE: [[u32; 2]; 3] = [[18, 14], [19, 13], [21, 12]];
const MOST: usize = 16;
/// Beyond this, a number field could not show every digit.
const LARGEST_SEED: u64 = 1 << 53;

static HELP: Tips = Tips::of("draw", Help::of::<GenerateSettings>());

pub fn ui(ui: &mut Ui, state: &AppState, draft: &mut ComposeDraft, actions: &mut Vec<Action>) {
    table(ui, "drawing", |ui| {
        rows(ui, state, draft, actions);
        size(ui, state, &mut draft.settings);
        count(ui, &mut draft.settings);
    });
    let more = CollapsingHeader::new(t!("drawing-advanced")).id_salt("drawing-advanced");
    let more = more.show_unindented(ui, |ui| advanced(ui, draft, actions));
    more.header_response.on_hover_text(t!("drawing-advanced.tip"));
}

/// How many pictures are drawn.
pub fn count(ui: &mut Ui, settings: &mut GenerateSettings) {
    number(ui, HELP.row("count", t!("drawing-count")), &mut settings.count, 1..=MOST, 0.1);
}

/// The rows that every drawing has.
pub fn rows(ui: &mut Ui, state: &AppState, draft: &mut ComposeDraft, actions: &mut Vec<Action>) {
    let settings = &mut draft.settings;
    let kinds = SamplerKind::ALL.iter().copied().map(named);
    choice(ui, HELP.row("sampler", t!("drawing-sampler")), true, &mut settings.sampler, kinds);
    let hint = HELP.get("steps");
    row(ui, (t!("drawing-steps"), hint), |ui| {
        let slider = Slider::new(&mut settings.steps, 1..=100).clamping(SliderClamping::Edits);
        ui.add(slider).accessible_name(t!("drawing-steps")).on_hover_text(hint);
    });
    guidance(ui, settings, &state.model_defaults());
    seed(ui, settings, &mut draft.seed_locked, actions);
}

/// A choice with its name and what it does.
pub fn named<T: Choice>(choice: T) -> (T, &'static str, &'static str) {
    (choice, label(choice), about(choice))
}

/// A list to choose from, each with what it does.
pub fn choice<T: Copy + PartialEq>(
    ui: &mut Ui,
    (name, hint): Named<'_>,
    enabled: bool,
    value: &mut T,
    all: impl Iterator<Item = (T, &'static str, &'static str)> + Clone,
) {
    let now = all.clone().find(|(kind, ..)| kind == value);
    let (_, shown, what) = now.unwrap_or((*value, "", ""));
    row(ui, (name, hint), |ui| {
        let menu = ComboBox::from_id_salt(name).width(MENU).selected_text(shown);
        let answer = ui.add_enabled_ui(enabled, |ui| {
            menu.show_ui(ui, |ui| {
                for (kind, name, what) in all {
                    ui.selectable_value(value, kind, name).on_hover_text(what);
                }
            })
        });
        let list = answer.inner.response.accessible_name(name).on_hover_text(t!(
            "drawing-choice.tip",
            hint = hint,
            about = what
        ));
        list.on_disabled_hover_text(t!("drawing-choice.disabled"));
    });
}

fn guidance(ui: &mut Ui, settings: &mut GenerateSettings, model: &ModelDefaults) {
    let hint = HELP.get("guidance");
    row(ui, (t!("drawing-guidance"), hint), |ui| {
        let mut guidance = settings.guidance.unwrap_or(model.guidance());
        if settings.guidance.is_none() {
            ui.visuals_mut().widgets.inactive.fg_stroke.color = theme::tokens(ui).quiet;
        }
        let slider = Slider::new(&mut guidance, 1.0..=20.0).clamping(SliderClamping::Edits);
        let slider = ui.add(slider.step_by(0.1).max_decimals(1)).accessible_name(t!("drawing-guidance"));
        if slider.on_hover_text(hint).changed() {
            settings.guidance = Some(guidance);
        }
        if settings.guidance.is_some() {
            let back = ui.small_button(icons::UNDO).accessible_name(t!("drawing-guidance-own.name"));
            let hint = t!("drawing-guidance-own.tip", guidance = model.guidance());
            if back.on_hover_text(hint).clicked() {
                settings.guidance = None;
            }
        }
    });
}

fn seed(ui: &mut Ui, settings: &mut GenerateSettings, locked: &mut bool, actions: &mut Vec<Action>) {
    let hint = HELP.get("seed");
    row(ui, (t!("drawing-seed"), hint), |ui| {
        let field = seed_field(ui, true, &mut settings.seed, locked);
        field.accessible_name(t!("drawing-seed")).on_hover_text(hint);
        let dice = ui.button(icons::DICE).accessible_name(UiCommand::RollSeed.text());
        controls::on_press(dice, UiCommand::RollSeed, actions);
        let icon = if *locked { icons::LOCK } else { icons::UNLOCK };
        let hint = t!("drawing-keep-seed.tip");
        let lock = ui.selectable_label(*locked, icon).on_hover_text(hint);
        if lock.accessible_name(t!("drawing-keep-seed.name")).clicked() {
            *locked = !*locked;
        }
    });
}

/// A field for a seed. Who chooses one means the next drawing, so it is `kept`; -1 asks for any, as in other programs.
fn seed_field(ui: &mut Ui, enabled: bool, seed: &mut u64, kept: &mut bool) -> Response {
    let any = Cell::new(false);
    let field = DragValue::new(seed).range(0..=LARGEST_SEED).clamp_existing_to_range(false);
    let field = field.custom_parser(|text| {
        any.set(text.trim() == "-1");
        options::seed(text).ok().map(|seed| seed as f64)
    });
    let field = ui.add_enabled(enabled, field);
    if field.changed() {
        *kept = !any.get();
    }
    field
}

fn size(ui: &mut Ui, state: &AppState, settings: &mut GenerateSettings) {
    let own = state.model_card().map(|card| card.size).filter(|&size| size > 0);
    let hint = t!("drawing-size.tip");
    let mut usual = settings.width.is_none() && settings.height.is_none();
    row(ui, (t!("drawing-size"), hint), |ui| {
        let text = own
            .map_or_else(|| t!("drawing-size-own").into(), |side| t!("drawing-size-own-side", side = side));
        if ui.checkbox(&mut usual, text).on_hover_text(hint).changed() {
            let side = (!usual).then_some(own.unwrap_or(512));
            (settings.width, settings.height) = (side, side);
        }
    });
    if usual {
        return;
    }
    let own = own.unwrap_or(512);
    row(ui, HELP.row("width", ""), |ui| {
        side(ui, &mut settings.width, own, t!("drawing-width"), HELP.get("width"));
        ui.label("×");
        side(ui, &mut settings.height, own, t!("drawing-height"), HELP.get("height"));
        presets(ui, settings, own);
    });
}

/// Sizes that are often asked for of a model made for this one: wide ones, then the same upright.
fn usual_sizes(own: u32) -> Vec<[u32; 2]> {
    let (parts, all) = if own < 1024 { (8, SMALL) } else { (16, LARGE) };
    let wide = all.map(|sides| sides.map(|side| (own * side / parts / GRAIN).max(1) * GRAIN));
    [[own; 2]].into_iter().chain(wide).chain(wide.map(|[width, height]| [height, width])).collect()
}

/// A menu of usual sizes.
fn presets(ui: &mut Ui, settings: &mut GenerateSettings, own: u32) {
    let menu = ui.menu_button(t!("drawing-sizes"), |ui| {
        for [width, height] in usual_sizes(own) {
            let kind = match width.cmp(&height) {
                Ordering::Less => t!("drawing-upright"),
                Ordering::Equal => t!("drawing-square"),
                Ordering::Greater => t!("drawing-wide"),
            };
            let hint = t!("drawing-usual.tip");
            if ui
                .button(t!("drawing-usual", kind = kind, width = width, height = height))
                .on_hover_text(hint)
                .clicked()
            {
                (settings.width, settings.height) = (Some(width), Some(height));
                ui.close();
            }
        }
    });
    menu.response.on_hover_text(t!("drawing-sizes.tip"));
}

/// What weights do; by itself what artists are used to with the model.
fn emphasis(ui: &mut Ui, settings: &mut GenerateSettings) {
    let own = (None, t!("drawing-emphasis-own"), t!("drawing-emphasis-own.tip"));
    let kinds = Emphasis::ALL.iter().map(|&kind| (Some(kind), label(kind), about(kind)));
    let kinds = std::iter::once(own).chain(kinds);
    choice(ui, HELP.row("emphasis", t!("drawing-emphasis")), true, &mut settings.emphasis, kinds);
}

fn side(ui: &mut Ui, value: &mut Option<u32>, own: u32, name: &str, hint: &str) {
    let mut side = value.unwrap_or(own);
    let field = pixels(ui, &mut side, |side| {
        let field = DragValue::new(side).range(GRAIN..=LONGEST).clamp_existing_to_range(false);
        field.speed(2.0).suffix(" px")
    });
    if field.accessible_name(name).on_hover_text(hint).changed() {
        *value = Some(side);
    }
}

/// A number from `least` to 1.
fn share(ui: &mut Ui, (name, hint): Named<'_>, enabled: bool, value: &mut f64, least: f64) {
    row(ui, (name, hint), |ui| {
        let slider = Slider::new(value, least..=1.0).max_decimals(2).clamping(SliderClamping::Edits);
        let slider = ui.add_enabled(enabled, slider).accessible_name(name);
        slider.on_hover_text(hint).on_disabled_hover_text(hint);
    });
}

/// How many pictures are drawn side by side; by itself as many as surely fit.
fn together(ui: &mut Ui, settings: &mut GenerateSettings) {
    let hint = HELP.get("batch");
    row(ui, (t!("drawing-together"), hint), |ui| {
        let mut fitting = settings.batch.is_none();
        if ui.checkbox(&mut fitting, t!("drawing-together-fitting")).on_hover_text(hint).changed() {
            settings.batch = (!fitting).then_some(settings.count.clamp(1, MOST));
        }
        if let Some(batch) = &mut settings.batch {
            let field = DragValue::new(batch).range(1..=MOST).clamp_existing_to_range(false).speed(0.1);
            ui.add(field).accessible_name(t!("drawing-together")).on_hover_text(hint);
        }
    });
}

pub fn advanced(ui: &mut Ui, draft: &mut ComposeDraft, actions: &mut Vec<Action>) {
    let ComposeDraft { settings, seed_locked, .. } = draft;
    table(ui, "drawing-advanced-table", |ui| {
        let spaced = settings.sampler.has_spacings();
        let kinds = SigmaSpacing::ALL.iter().copied().map(named);
        choice(ui, HELP.row("spacing", t!("drawing-spacing")), spaced, &mut settings.spacing, kinds);
        let fresh = settings.sampler.has_eta();
        share(ui, HELP.row("eta", t!("drawing-eta")), fresh, &mut settings.eta, 0.0);
        share(ui, HELP.row("rescale", t!("drawing-rescale")), true, &mut settings.rescale, 0.0);
        let hint = HELP.get("zero_terminal_snr");
        row(ui, (t!("drawing-pure-noise"), hint), |ui| {
            ui.checkbox(&mut settings.zero_terminal_snr, t!("drawing-pure-noise.what")).on_hover_text(hint);
        });
        share(ui, HELP.row("variation", t!("drawing-variation")), true, &mut settings.variation, 0.0);
        let hint = HELP.get("variation_seed");
        row(ui, (t!("drawing-variation-seed"), hint), |ui| {
            let varied = settings.variation > 0.0;
            let field = seed_field(ui, varied, &mut settings.variation_seed, seed_locked);
            field
                .accessible_name(t!("drawing-variation-seed"))
                .on_hover_text(hint)
                .on_disabled_hover_text(hint);
        });
        together(ui, settings);
        number(ui, HELP.row("enlarge", t!("drawing-enlarge")), &mut settings.enlarge, 1.0..=4.0, 0.01);
        let (hint, enlarges) = (HELP.get("enlarge_strength"), settings.enlarges());
        share(ui, (t!("drawing-enlarge-strength"), hint), enlarges, &mut settings.enlarge_strength, 0.05);
        number(ui, HELP.row("clip_skip", t!("drawing-clip-skip")), &mut settings.clip_skip, 1..=12, 0.05);
        emphasis(ui, settings);
        let kinds = Precision::ALL.iter().copied().map(named);
        choice(ui, HELP.row("precision", t!("drawing-precision")), true, &mut settings.precision, kinds);
        let kinds = WeightFormat::ALL.iter().copied().map(named);
        choice(ui, HELP.row("weights", t!("drawing-weights")), true, &mut settings.weights, kinds);
        let hint = HELP.get("loras");
        row(ui, ("LoRA", hint), |ui| {
            if controls::button(ui, true, icons::PLUS, t!("drawing-add-lora")).on_hover_text(hint).clicked() {
                actions.push(Action::System(System::Ask(Question::Loras)));
            }
        });
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_sizes_are_those_of_the_models() {
        let small = usual_sizes(512);
        assert_eq!(small[..4], [[512, 512], [640, 512], [768, 512], [896, 512]]);
        assert_eq!(small[4..], [[512, 640], [512, 768], [512, 896]]);
        assert_eq!(usual_sizes(1024)[1..4], [[1152, 896], [1216, 832], [1344, 768]]);
        assert!(usual_sizes(8).iter().flatten().all(|side| side % 8 == 0 && *side > 0));
    }
}
