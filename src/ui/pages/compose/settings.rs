//! How a prompt becomes a picture: sampler, steps, guidance, seed, size, and what is rarely needed.

use egui::{CollapsingHeader, ComboBox, DragValue, Slider, SliderClamping};

use super::{MENU, row, table};
use crate::action::Action;
use crate::commands::UiCommand;
use crate::icons;
use crate::state::{AppState, ComposeDraft};
use project::{GenerateSettings, Precision, SamplerKind, SigmaSpacing};

/// Sides can be typed in steps of this many pixels.
const GRAIN: u32 = 8;
/// Longest side offered.
const LONGEST: u32 = 2048;
/// Most pictures at a time.
const MOST: usize = 16;
/// Beyond this, a number field could not show every digit.
const LARGEST_SEED: u64 = 1 << 53;

/// Shows the settings.
pub fn ui(ui: &mut egui::Ui, state: &AppState, draft: &mut ComposeDraft, actions: &mut Vec<Action>) {
    let settings = &mut draft.settings;
    table(ui, "drawing", |ui| {
        let hint = "How noise is turned into a picture";
        let (name, about) = sampler_words(settings.sampler);
        row(ui, "Sampler", hint, |ui| {
            let menu = ComboBox::from_id_salt("sampler").width(MENU).selected_text(name);
            let answer = menu.show_ui(ui, |ui| {
                for &kind in SamplerKind::ALL {
                    let (name, about) = sampler_words(kind);
                    ui.selectable_value(&mut settings.sampler, kind, name).on_hover_text(about);
                }
            });
            answer.response.accessible_name("Sampler").on_hover_text(format!("{hint}. {about}"));
        });
        let hint = "More steps are slower and, after some 30, hardly better";
        row(ui, "Steps", hint, |ui| {
            let slider = Slider::new(&mut settings.steps, 1..=100).clamping(SliderClamping::Edits);
            ui.add(slider).accessible_name("Steps").on_hover_text(hint);
        });
        let hint = "How strictly the prompt is followed: low is free, high is literal and harsh";
        row(ui, "Guidance", hint, |ui| {
            let slider = Slider::new(&mut settings.guidance, 1.0..=20.0).clamping(SliderClamping::Edits);
            ui.add(slider.step_by(0.1).max_decimals(1)).accessible_name("Guidance").on_hover_text(hint);
        });
        seed(ui, settings, &mut draft.seed_locked, actions);
        size(ui, state, settings);
        let hint = "How many pictures to draw; each begins from other noise";
        row(ui, "Pictures", hint, |ui| {
            let field = ui.add(DragValue::new(&mut settings.count).range(1..=MOST).speed(0.1));
            field.accessible_name("Pictures").on_hover_text(hint);
        });
    });
    let more = CollapsingHeader::new("Advanced").id_salt("drawing-advanced");
    let more = more.show_unindented(ui, |ui| advanced(ui, settings));
    more.header_response.on_hover_text("What is rarely needed: spacing, eta, clip skip, precision");
}

fn seed(ui: &mut egui::Ui, settings: &mut GenerateSettings, locked: &mut bool, actions: &mut Vec<Action>) {
    let hint = "Where chance begins: the same seed and the same settings give the same picture";
    row(ui, "Seed", hint, |ui| {
        let field = DragValue::new(&mut settings.seed).range(0..=LARGEST_SEED).clamp_existing_to_range(false);
        ui.add(field).accessible_name("Seed").on_hover_text(hint);
        let dice = ui.button(icons::DICE).on_hover_text(UiCommand::RollSeed.hint(ui.ctx()));
        if dice.accessible_name(UiCommand::RollSeed.text()).clicked() {
            actions.push(Action::Command(UiCommand::RollSeed));
        }
        let icon = if *locked { icons::LOCK } else { icons::UNLOCK };
        let hint = "Keep this seed for the next drawing, to see what another word or setting changes";
        let lock = ui.selectable_label(*locked, icon).on_hover_text(hint);
        if lock.accessible_name("Keep the seed").clicked() {
            *locked = !*locked;
        }
    });
}

fn size(ui: &mut egui::Ui, state: &AppState, settings: &mut GenerateSettings) {
    let own = state.model_card().map(|card| card.size).filter(|&size| size > 0);
    let hint = "Width and height in pixels. The size the model was made for gives the best pictures.";
    let mut usual = settings.width.is_none() && settings.height.is_none();
    row(ui, "Size", hint, |ui| {
        let text = own.map_or_else(|| "model's own".into(), |side| format!("model's own ({side} × {side})"));
        if ui.checkbox(&mut usual, text).on_hover_text(hint).changed() {
            let side = (!usual).then_some(own.unwrap_or(512));
            (settings.width, settings.height) = (side, side);
        }
    });
    if usual {
        return;
    }
    let own = own.unwrap_or(512);
    let hint = "Width and height in pixels, in steps of 8";
    row(ui, "", hint, |ui| {
        side(ui, &mut settings.width, own, "Width");
        ui.label("×");
        side(ui, &mut settings.height, own, "Height");
    });
}

fn side(ui: &mut egui::Ui, value: &mut Option<u32>, own: u32, name: &str) {
    let mut pixels = value.unwrap_or(own);
    let field = DragValue::new(&mut pixels).range(GRAIN..=LONGEST).clamp_existing_to_range(false);
    let response = ui.add(field.speed(2.0).suffix(" px")).accessible_name(name);
    if response.on_hover_text(format!("{name} in pixels, in steps of {GRAIN}")).changed() {
        *value = Some((pixels / GRAIN).max(1) * GRAIN);
    }
}

fn advanced(ui: &mut egui::Ui, settings: &mut GenerateSettings) {
    table(ui, "drawing-advanced-table", |ui| {
        let spaced = !matches!(settings.sampler, SamplerKind::Ddim | SamplerKind::Pndm | SamplerKind::Lcm);
        let hint = "How the noise levels are spread over the steps, where the sampler knows several ways";
        row(ui, "Spacing", hint, |ui| {
            let (name, _) = spacing_words(settings.spacing);
            let menu = |ui: &mut egui::Ui| {
                let menu = ComboBox::from_id_salt("spacing").width(MENU).selected_text(name);
                let answer = menu.show_ui(ui, |ui| {
                    for &kind in SigmaSpacing::ALL {
                        let (name, about) = spacing_words(kind);
                        ui.selectable_value(&mut settings.spacing, kind, name).on_hover_text(about);
                    }
                });
                let response = answer.response.accessible_name("Spacing").on_hover_text(hint);
                response.on_disabled_hover_text("This sampler knows only one way");
            };
            ui.add_enabled_ui(spaced, menu);
        });
        let hint = "New noise added in each step; 0 gives the same picture every time. Only DDIM uses it.";
        let fresh = settings.sampler == SamplerKind::Ddim;
        row(ui, "Eta", hint, |ui| {
            let slider = Slider::new(&mut settings.eta, 0.0..=1.0).max_decimals(2);
            let slider = ui.add_enabled(fresh, slider).accessible_name("Eta");
            slider.on_hover_text(hint).on_disabled_hover_text(hint);
        });
        let hint = "Which layer of the text encoder is used, counted from the last. Some models want 2.";
        row(ui, "Clip skip", hint, |ui| {
            let field = ui.add(DragValue::new(&mut settings.clip_skip).range(1..=12).speed(0.05));
            field.accessible_name("Clip skip").on_hover_text(hint);
        });
        let hint = "Number format while drawing: shorter numbers are faster on graphics cards";
        row(ui, "Precision", hint, |ui| {
            let (name, _) = precision_words(settings.precision);
            let menu = ComboBox::from_id_salt("precision").width(MENU).selected_text(name);
            let answer = menu.show_ui(ui, |ui| {
                for &kind in Precision::ALL {
                    let (name, about) = precision_words(kind);
                    ui.selectable_value(&mut settings.precision, kind, name).on_hover_text(about);
                }
            });
            answer.response.accessible_name("Precision").on_hover_text(hint);
        });
    });
}

const fn sampler_words(kind: SamplerKind) -> (&'static str, &'static str) {
    match kind {
        SamplerKind::Ddim => ("DDIM", "Even, repeatable steps."),
        SamplerKind::Pndm => ("PNDM", "The first sampler of Stable Diffusion, also called PLMS."),
        SamplerKind::Euler => ("Euler", "Simple and quick."),
        SamplerKind::EulerAncestral => {
            ("Euler ancestral", "Adds new noise in every step: lively, and never settles.")
        }
        SamplerKind::DpmPp2m => ("DPM++ 2M", "Good pictures in 20 to 30 steps."),
        SamplerKind::UniPc => ("UniPC", "Good pictures in 10 to 20 steps."),
        SamplerKind::Lcm => ("LCM", "Two to eight steps, only for models made for it."),
    }
}

const fn spacing_words(kind: SigmaSpacing) -> (&'static str, &'static str) {
    match kind {
        SigmaSpacing::Normal => ("normal", "As the model was trained."),
        SigmaSpacing::Karras => ("Karras", "More steps at low noise, for finer detail."),
    }
}

const fn precision_words(kind: Precision) -> (&'static str, &'static str) {
    match kind {
        Precision::F32 => ("32 bits", "Exact, works everywhere."),
        Precision::F16 => ("16 bits", "Half the memory, and faster on nearly every graphics card."),
        Precision::Bf16 => ("16 bits, wide", "Half the memory with a wider range, for cards that know it."),
    }
}
