//! The side of the Concept page: the new word, what it starts out meaning, thing or style, the recipe, and the
//! button that begins.
//!
//! It edits the draft it is given. What stands in the way of learning is only told, in the state's own sentences.

use egui::{Button, CollapsingHeader, Label, RichText, TextEdit, TextWrapMode, Ui, vec2};

use super::rights;
use crate::action::Action;
use crate::commands::UiCommand;
use crate::estimate;
use crate::icons;
use crate::language::floors::{about, duration, label};
use crate::language::sentences::said;
use crate::pages::advanced;
use crate::state::{AppState, JobKind};
use crate::theme::{self, GAP, NEAR};
use crate::widgets::controls;
use base::units;
use disk::message::TokenReport;
use engine::message::Command;
use project::picture::opening_bytes;
use project::{Concept, ConceptKind, Draft, LearnSettings, Method, Preset, PreviewSettings};

const SUGGESTIONS: usize = 8;
const OBSTACLES: usize = 3;
/// Steps whose mean duration is taken for the estimate.
const RECENT: usize = 100;

/// Word, kind, recipe and settings.
pub fn fields(ui: &mut Ui, state: &AppState, draft: &mut Draft, actions: &mut Vec<Action>) {
    let known = |report: &&TokenReport| {
        report.word == draft.concept.word && report.initial_word == draft.concept.initial_word
    };
    let report = state.tokens.as_ref().filter(known);
    let renumbered = state.renumbered(&draft.concept.word);
    controls::wide_card(ui, |ui| word(ui, report, renumbered.as_deref(), &mut draft.concept));
    controls::wide_card(ui, |ui| {
        initial_word(ui, report, state.tokens.as_ref(), draft);
        suggested(ui, state, draft, actions);
    });
    controls::wide_card(ui, |ui| kind(ui, draft));
    if !draft.entries.is_empty() {
        controls::wide_card(ui, |ui| rights::of_all(ui, state, draft));
    }
    controls::wide_card(ui, |ui| recipe(ui, draft));
    controls::wide_card(ui, |ui| cost(ui, state, draft));
    let more =
        CollapsingHeader::new(t!("word-advanced")).id_salt("concept advanced").show_unindented(ui, |ui| {
            let model = state.model_defaults();
            controls::wide_card(ui, |ui| advanced::ui(ui, &mut draft.settings, draft.concept.kind, &model));
        });
    more.header_response.on_hover_text(t!("word-advanced.tip"));
    ui.add_space(GAP);
}

/// `renumbered` is what the library will call it, if a word there has its name.
fn word(ui: &mut Ui, report: Option<&TokenReport>, renumbered: Option<&str>, concept: &mut Concept) {
    let field = TextEdit::singleline(&mut concept.word).id_salt("concept word").hint_text("<cat-toy>");
    let (field, name) = (field.desired_width(f32::INFINITY), RichText::new(t!("word-new")).strong());
    controls::field(ui, (name, t!("word-new.tip")), field);
    if let Some(name) = renumbered {
        warning(ui, &t!("word-in-library", word = concept.word, name = name));
    }
    match report {
        Some(report) if report.exists => warning(ui, t!("word-exists")),
        Some(report) if !report.word_tokens.is_empty() => {
            controls::note(ui, t!("word-unknown"));
            chips(ui, &report.word_tokens);
        }
        _ => {}
    }
}

fn warning(ui: &mut Ui, text: &str) {
    let text = format!("{} {text}", icons::WARNING);
    ui.label(RichText::new(text).small().color(theme::tokens(ui).warning));
}

fn initial_word(ui: &mut Ui, report: Option<&TokenReport>, newest: Option<&TokenReport>, draft: &mut Draft) {
    let text = &mut draft.concept.initial_word;
    let field = TextEdit::singleline(text).id_salt("concept initial word").hint_text("toy");
    let (field, name) = (field.desired_width(f32::INFINITY), RichText::new(t!("word-starts")).strong());
    controls::field(ui, (name, t!("word-starts.tip")), field);
    if let Some(report) = report.filter(|report| !report.initial_tokens.is_empty()) {
        chips(ui, &report.initial_tokens);
        let vectors = draft.settings.vectors.unwrap_or(report.initial_tokens.len());
        let text = match (draft.settings.method, vectors) {
            (Method::Progressive, _) => t!("word-vectors-later").to_owned(),
            (Method::Extended, vectors) => t!("word-vectors-many", vectors = vectors.max(2)),
            (_, 1) => t!("word-vectors-one").to_owned(),
            (_, vectors) => t!("word-vectors-many", vectors = vectors),
        };
        let tip = t!("word-vectors.tip");
        ui.label(RichText::new(text).small().color(theme::tokens(ui).quiet)).on_hover_text(tip);
    }
    // A report that is one key behind still suggests well enough, and the buttons do not flicker.
    let typed = text.rsplit(char::is_whitespace).next().unwrap_or_default().to_owned();
    let fits = |word: &&String| word.starts_with(&typed) && **word != typed;
    let suggestions = newest.map(|report| report.suggestions.as_slice()).unwrap_or_default();
    let suggestions: Vec<&String> = suggestions.iter().filter(fits).take(SUGGESTIONS).collect();
    if typed.is_empty() || suggestions.is_empty() {
        return;
    }
    ui.horizontal_wrapped(|ui| {
        ui.style_mut().wrap_mode = Some(TextWrapMode::Extend);
        for word in suggestions {
            if ui.small_button(shortened(word)).on_hover_text(t!("word-suggestion.tip")).clicked() {
                *text = completed(text, word);
            }
        }
    });
}

/// Words that CLIP finds in the pictures, where one is at hand, and the way to ask for them.
fn suggested(ui: &mut Ui, state: &AppState, draft: &mut Draft, actions: &mut Vec<Action>) {
    if state.clip().is_none() || !draft.entries.iter().any(|entry| entry.enabled) {
        return;
    }
    let looking = state.jobs.iter().find(|job| job.kind == JobKind::Suggest(draft.folder.clone()));
    ui.horizontal_wrapped(|ui| {
        ui.style_mut().wrap_mode = Some(TextWrapMode::Extend);
        if let Some(job) = looking {
            controls::note(ui, if job.begun { t!("word-looking") } else { t!("word-looking-next") });
            let stop = ui.small_button(icons::CLOSE).accessible_name(t!("word-stop-looking.name"));
            controls::reports(stop, t!("word-stop-looking.tip"), actions, || Command::Stop(job.id));
            return;
        }
        let found = state.suggested.as_ref().filter(|(concept, _)| *concept == draft.folder);
        for word in found.map(|(_, words)| words.as_slice()).unwrap_or_default() {
            let tip = t!("word-found.tip");
            let chip = ui.small_button(shortened(word)).accessible_name(t!("word-found.name", word = word));
            if chip.on_hover_text(tip).clicked() {
                draft.concept.initial_word.clone_from(word);
            }
        }
        let text = format!(
            "{} {}",
            icons::SPARKLE,
            if found.is_some() { t!("word-again") } else { t!("word-suggest") }
        );
        let ask = ui.small_button(text).accessible_name(t!("word-suggest"));
        let tip = t!("word-suggest.tip");
        controls::reports(ask, tip, actions, || Action::SuggestWords);
    });
}

/// The text with the word typed last replaced.
fn completed(text: &str, word: &str) -> String {
    let before = text.trim_end_matches(|c: char| !c.is_whitespace());
    format!("{before}{word}")
}

/// At most as much of a piece as fits on a line.
fn shortened(piece: &str) -> String {
    let piece = piece.strip_suffix("</w>").unwrap_or(piece);
    match piece.char_indices().nth(24) {
        Some((end, _)) => format!("{}…", piece.get(..end).unwrap_or(piece)),
        None => piece.to_owned(),
    }
}

/// Pieces of a word as the model reads it.
fn chips(ui: &mut Ui, pieces: &[String]) {
    let ground = theme::tokens(ui).edge;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(NEAR, NEAR);
        for piece in pieces.iter().take(2 * SUGGESTIONS) {
            let text = RichText::new(format!(" {} ", shortened(piece))).small().background_color(ground);
            ui.add(Label::new(text).extend()).on_hover_text(t!("word-piece.tip"));
        }
    });
}

fn kind(ui: &mut Ui, draft: &mut Draft) {
    ui.label(RichText::new(t!("word-kind")).strong());
    let choices = [
        (ConceptKind::Object, icons::SHAPES, t!("word-thing"), t!("word-thing.tip")),
        (ConceptKind::Style, icons::PALETTE, t!("word-style"), t!("word-style.tip")),
    ];
    ui.horizontal_wrapped(|ui| {
        for (kind, icon, text, tip) in choices {
            let before = draft.concept.kind;
            controls::choice(ui, &mut draft.concept.kind, kind, icon, (text, tip));
            if draft.concept.kind != before {
                let preview = &mut draft.settings.preview;
                let (guidance, steps) = (preview.guidance, preview.steps);
                *preview = PreviewSettings { guidance, steps, ..PreviewSettings::new(kind) };
            }
        }
    });
}

fn recipe(ui: &mut Ui, draft: &mut Draft) {
    ui.label(RichText::new(t!("word-recipe")).strong());
    let kind = draft.concept.kind;
    // The one to use comes first; the paper's other rates and methods are under Advanced.
    let offered = [
        (
            Preset::Default,
            t!("recipe-recommended"),
            t!("recipe-recommended.what"),
            t!("recipe-recommended.tip"),
        ),
        (Preset::Paper, t!("recipe-published"), t!("recipe-published.what"), t!("recipe-published.tip")),
    ];
    for (preset, name, text, tip) in offered {
        let choice = ui.radio(draft.settings.preset == preset, name);
        if choice.on_hover_text(tip).clicked() {
            advanced::take(&mut draft.settings, preset, kind);
        }
        controls::note(ui, text);
    }
    let preset = draft.settings.preset;
    if offered.iter().all(|(known, ..)| *known != preset) {
        controls::note(ui, &t!("recipe-advanced", recipe = label(preset))).on_hover_text(about(preset));
    }
    let fresh = LearnSettings::preset(preset, kind);
    if draft.settings != (LearnSettings { preview: draft.settings.preview.clone(), ..fresh }) {
        controls::note(ui, t!("recipe-changed"));
    }
}

/// Time and memory, as far as they can be told.
fn cost(ui: &mut Ui, state: &AppState, Draft { settings, entries, .. }: &Draft) {
    controls::note(ui, &format!("{} {}", icons::CLOCK, time(state, settings)));
    let memory = state.device.clone().unwrap_or_default().memory();
    let there = memory.there;
    if let Some(plan) = state.model_card().and_then(|model| model.plan(settings, memory)) {
        // What helps where the steps do not fit is no help with a picture.
        let hardly = there.is_some_and(|there| plan.estimate.bytes() > there);
        let taking_part = entries.iter().filter(|entry| entry.enabled);
        let sizes = taking_part.filter_map(|entry| Some(state.view(&entry.path)?.size));
        let plan = plan.with_opening(sizes.map(opening_bytes).max().unwrap_or(0), memory);
        let needed = plan.estimate.bytes();
        let of = there.map_or_else(String::new, |there| t!("cost-of-memory", there = units::bytes(there)));
        let spared = if plan.low_memory { t!("cost-spared") } else { "" };
        let parts = plan
            .estimate
            .parts
            .iter()
            .map(|(part, bytes)| format!("{}: {}", said(part), units::bytes(*bytes)));
        controls::note(
            ui,
            &format!(
                "{} {}",
                icons::CUBE,
                t!("cost-memory", needed = units::bytes(needed), of = of, spared = spared)
            ),
        )
        .on_hover_text(parts.collect::<Vec<_>>().join("\n"));
        if hardly {
            warning(ui, t!("cost-too-much"));
        }
    }
}

/// How long it will take, and how sure that is.
fn time(state: &AppState, settings: &LearnSettings) -> String {
    // A run that may stop by itself mostly does, long before.
    let steps = match settings.auto_stop {
        true => t!("time-at-most", steps = settings.steps),
        false => settings.steps.to_string(),
    };
    let unknown = || t!("time-unknown", steps = steps);
    let (Some(card), Some(device)) = (state.model_card(), state.device.as_ref()) else { return unknown() };
    let all = |each: f64| duration(estimate::run_seconds(card, settings, each));
    if let Some(each) = estimate::measured_step_seconds(card, settings, device, &state.runs) {
        return t!("time-measured", steps = steps, time = all(each));
    }
    let shown = &state.run;
    let rows: Vec<f64> = shown.rows.iter().rev().take(RECENT).map(|row| row.seconds).collect();
    if !rows.is_empty() && shown.card.as_ref().is_none_or(|run| run.model == card.path) {
        let each = rows.iter().sum::<f64>() / rows.len() as f64;
        return t!("time-last-run", steps = steps, time = all(each));
    }
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    match estimate::guess_step_seconds(card, settings, device, threads) {
        Some(guess) => {
            let [least, most] = guess.map(all);
            t!("time-guessed", steps = steps, least = least, most = most)
        }
        None => unknown(),
    }
}

/// What stands in the way, and the button that begins.
pub fn learn(ui: &mut Ui, state: &AppState, actions: &mut Vec<Action>) {
    let tokens = theme::tokens(ui);
    let obstacles = state.obstacles();
    let learning = state.learning();
    for obstacle in obstacles.iter().take(OBSTACLES) {
        ui.horizontal_top(|ui| {
            ui.label(RichText::new(icons::WARNING).color(tokens.warning));
            ui.add(Label::new(RichText::new(obstacle).small()).wrap());
        });
    }
    if let Some(rest) = obstacles.get(OBSTACLES..).filter(|rest| !rest.is_empty()) {
        let text = RichText::new(t!("obstacles-more", count = rest.len())).small().color(tokens.quiet);
        ui.label(text).on_hover_text(rest.join("\n"));
    }
    if learning {
        controls::note(ui, t!("word-being-learned"));
    }
    let ready = obstacles.is_empty() && !learning;
    let text = RichText::new(format!("{} {}", icons::PLAY, t!("word-learn"))).size(17.0);
    let mut button = Button::new(if ready { text.color(tokens.on_accent) } else { text });
    if ready {
        button = button.fill(tokens.accent);
    }
    let size = vec2(ui.available_width(), 44.0);
    let button = ui.add_enabled_ui(ready, |ui| ui.add_sized(size, button)).inner;
    let button = button.accessible_name(t!("word-learn")).on_disabled_hover_text(t!("word-learn.disabled"));
    controls::on_press(button, UiCommand::Learn, actions);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_word_typed_last_is_completed() {
        assert_eq!(completed("tea m", "mug"), "tea mug");
        assert_eq!(completed("m", "mug"), "mug");
        assert_eq!(completed("青 ね", "ねこ"), "青 ねこ");
        assert_eq!(shortened("mug</w>"), "mug");
        assert_eq!(shortened(&"ね".repeat(64)).chars().count(), 25);
    }
}
