//! The Compose page: a prompt from learned words, how it is drawn, the picture, and the pictures before.
//!
//! It shows the state and reports edits and actions. It draws no picture itself and keeps only what is about
//! looking: what is compared, which grid was closed, how much is open.

pub(super) mod canvas;
pub(super) mod composer;
pub(super) mod grids;
mod history;
pub(super) mod loras;
pub(super) mod queue;
pub(super) mod settings;

use std::ops::RangeInclusive;

use egui::emath::Numeric;
use egui::{DragValue, Frame, Response, RichText, Ui};

use crate::action::{Action, System};
use crate::commands::UiCommand;
use crate::dialog::Question;
use crate::icons;
use crate::language::sentences::said;
use crate::obstacles::NO_PROMPT;
use crate::state::{AppState, ComposeDraft, LONGEST, is_full};
use crate::texture::Shared;
use crate::theme;
use crate::under_way::UnderWay;
use crate::widgets::controls::{self, Named};
use crate::widgets::prompt_field::PromptField;
use disk::message::WordCard;

/// Width of the column with prompt and settings.
pub(crate) const COLUMN: f32 = 360.0;
/// Width of menus in that column.
const MENU: f32 = 200.0;

#[derive(Default)]
pub struct ComposePage {
    canvas: canvas::Canvas,
    grid: grids::GridChoice,
    /// Height of what stands below the settings, as it was last laid out.
    footer: f32,
}

impl ComposePage {
    pub fn ui(&mut self, ui: &mut Ui, state: &AppState, shared: &mut Shared) {
        let margin = Frame::new().inner_margin(theme::MARGIN);
        let column = egui::Panel::left("compose-column").exact_size(COLUMN).resizable(false).frame(margin);
        column.show(ui, |ui| self.column(ui, state, shared));
        egui::CentralPanel::no_frame().show(ui, |ui| self.canvas.ui(ui, state, shared));
    }

    /// The settings above, the button that draws below.
    fn column(&mut self, ui: &mut Ui, state: &AppState, shared: &mut Shared) {
        let obstacle = obstacle(state);
        let height = (ui.available_height() - self.footer - theme::GAP).max(theme::CARD);
        let scroll = egui::ScrollArea::vertical().id_salt("compose-settings").auto_shrink([false, false]);
        scroll.max_height(height).show(ui, |ui| {
            let mut draft = state.compose.clone();
            composer::ui(ui, state, &mut draft, &mut shared.actions);
            ui.add_space(theme::NEAR);
            prompts(ui, state, shared, &mut draft);
            loras::ui(ui, &mut draft.settings.loras);
            ui.add_space(theme::NEAR);
            settings::ui(ui, state, &mut draft, &mut shared.actions);
            grids::choose(
                ui,
                state,
                (&mut self.grid, &mut draft.grid),
                obstacle.as_deref(),
                &mut shared.actions,
            );
            if draft != state.compose {
                shared.actions.push(Action::EditCompose(Box::new(draft)));
            }
        });
        let below = ui.scope(|ui| {
            // Above, because no other button may come where this one was when its own job comes.
            queue::ui(ui, state, &mut shared.actions);
            bring(ui, &mut shared.actions);
            draw_button(ui, state, obstacle.as_deref(), &mut shared.actions);
        });
        let footer = below.response.rect.height();
        if (footer - self.footer).abs() > 1.0 {
            self.footer = footer;
            ui.ctx().request_repaint();
        }
    }
}

/// Why nothing can be drawn now.
fn obstacle(state: &AppState) -> Option<String> {
    let settings = &state.compose.settings;
    let empty = settings.prompt.trim().is_empty().then(|| NO_PROMPT.to_owned());
    let invalid = || settings.validate().err().map(|error| said(&error.to_string()).into_owned());
    state.engine_obstacle().or_else(|| state.model_obstacle()).or(empty).or_else(invalid)
}

/// What the picture should show, and what it should not.
pub(super) fn prompts(ui: &mut Ui, state: &AppState, shared: &mut Shared, draft: &mut ComposeDraft) {
    let words: Vec<&WordCard> = state.fitting_words().collect();
    let field = |salt, label: Response, hint, tooltip, rows| PromptField {
        salt,
        label: label.id,
        hint,
        tooltip,
        rows,
        words: &words,
        under_way: state.usable_under_way(),
        copies: &state.thumbnails,
    };
    let label = ui.label(RichText::new(t!("compose-prompt")).strong());
    let prompt = field("prompt", label, t!("compose-prompt.hint"), t!("compose-prompt.tip"), 3);
    prompt.show(ui, shared, &mut draft.settings.prompt);
    length(ui, state, &draft.settings.prompt);
    misfits(ui, state, &draft.settings.prompt);
    let label = ui.label(t!("compose-negative"));
    let (hint, tooltip) = (t!("compose-negative.hint"), t!("compose-negative.tip"));
    let negative = field("negative-prompt", label, hint, tooltip, 1);
    negative.show_negative(ui, shared, &mut draft.settings.negative_prompt);
    if !draft.settings.negative_prompt.trim().is_empty() {
        length(ui, state, &draft.settings.negative_prompt);
    }
    misfits(ui, state, &draft.settings.negative_prompt);
}

/// Which learned words the model in use cannot take, and would read as ordinary letters.
fn misfits(ui: &mut Ui, state: &AppState, prompt: &str) {
    state.misfits_in(prompt).iter().for_each(|why| _ = controls::warning(ui, why));
}

/// How long the prompt is, and which of its words nobody taught.
fn length(ui: &mut Ui, state: &AppState, prompt: &str) {
    if is_full(prompt) {
        controls::warning(ui, &t!("compose-prompt-full", most = LONGEST));
    }
    let counts = state.counts.iter().flat_map(|counts| counts.iter());
    let Some(count) = counts.into_iter().find(|count| count.prompt == prompt) else {
        controls::note(ui, " ");
        return;
    };
    let text = t!("compose-tokens", tokens = count.tokens, room = count.room);
    let hint = t!("compose-tokens.tip");
    if count.tokens > count.room {
        controls::warning(ui, &t!("compose-tokens-over", text = text)).on_hover_text(hint);
    } else {
        controls::note(ui, &text).on_hover_text(hint);
    }
    // What is in the library and does not fit is told apart from what nobody taught.
    let names = state.names();
    let names = &names.all;
    let unknown: Vec<&str> = count.unknown.iter().map(String::as_str).collect();
    let unknown: Vec<&str> = unknown.into_iter().filter(|name| names.find(name, 0).is_none()).collect();
    if !unknown.is_empty() {
        let text = t!("compose-unknown", words = unknown.join(", "));
        controls::warning(ui, &text);
    }
}

fn draw_button(ui: &mut Ui, state: &AppState, obstacle: Option<&str>, actions: &mut Vec<Action>) {
    let tokens = theme::tokens(ui);
    let count = state.compose.settings.count;
    let text =
        if count == 1 { t!("compose-draw").to_owned() } else { t!("compose-draw-many", count = count) };
    let label = RichText::new(format!("{}  {text}", UiCommand::Draw.icon())).strong().color(tokens.on_accent);
    let button = egui::Button::new(label).fill(tokens.accent);
    let size = egui::vec2(ui.available_width(), theme::FAR + theme::GAP);
    let response = ui.add_enabled_ui(obstacle.is_none(), |ui| ui.add_sized(size, button)).inner;
    let mut hint = UiCommand::Draw.hint(ui.ctx());
    hint.push_str(when(state));
    let response = response.accessible_name(text).on_hover_text(hint);
    let response = response.on_disabled_hover_text(obstacle.unwrap_or_default());
    if response.clicked() {
        actions.push(Action::Command(UiCommand::Draw));
    }
    if let Some(obstacle) = obstacle {
        controls::note(ui, obstacle);
    }
}

/// What can be brought here from elsewhere.
fn bring(ui: &mut Ui, actions: &mut Vec<Action>) {
    ui.horizontal_wrapped(|ui| {
        controls::command(ui, UiCommand::PasteSettings, actions);
        let wanted = || System::Ask(Question::Drawings);
        controls::offer(ui, icons::FOLDER, named!("compose-file"), actions, wanted);
    });
}

/// When it is drawn, if a word is being learned.
fn when(state: &AppState) -> &'static str {
    let settings = &state.compose.settings;
    let named =
        |own: &UnderWay| [&settings.prompt, &settings.negative_prompt].iter().any(|text| own.is_in(text));
    match state.usable_under_way() {
        Some(_) if state.run_is_held() => t!("compose-when-held"),
        Some(own) if named(own) => {
            t!("compose-when-step")
        }
        Some(_) => t!("compose-when-pause"),
        None if state.learning() => t!("compose-when-end"),
        None => "",
    }
}

/// A row of a two-column grid: a name and what it names.
pub(super) fn row(ui: &mut Ui, (name, hint): Named<'_>, add: impl FnOnce(&mut Ui)) {
    let label = ui.label(name).on_hover_text(hint);
    ui.label_inputs_by(label.id, |ui| ui.horizontal(add));
    ui.end_row();
}

pub(super) fn number<N: Numeric>(
    ui: &mut Ui,
    (name, hint): Named<'_>,
    value: &mut N,
    range: RangeInclusive<N>,
    speed: f64,
) {
    row(ui, (name, hint), |ui| {
        let field = ui.add(DragValue::new(value).range(range).speed(speed));
        field.accessible_name(name).on_hover_text(hint);
    });
}

pub(super) fn table(ui: &mut Ui, salt: &str, add: impl FnOnce(&mut Ui)) {
    let spacing = egui::vec2(theme::GAP, theme::NEAR);
    controls::steady(ui, salt, |ui| egui::Grid::new(salt).num_columns(2).spacing(spacing).show(ui, add));
}
