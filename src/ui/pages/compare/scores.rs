//! How alike and how obedient words of the library are, by CLIP: asked for beside the grid, and shown as a table.
//!
//! Only a word whose concept is here with its pictures can be scored; the engine draws and judges.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use egui::{Grid, ScrollArea, Ui};

use super::look::{jobs, press};
use crate::action::{Action, GridWord};
use crate::comparing::CompareAction;
use crate::pages::advanced::rows::number;
use crate::state::{AppState, JobKind};
use crate::widgets::controls;
use crate::{icons, theme};
use engine::message::Command;
use project::evaluation::{Score, SubjectScores};

/// Height of the table.
const HEIGHT: f32 = 180.0;

/// The button that has the chosen words scored, and by how many pictures.
pub fn ask(
    ui: &mut Ui,
    state: &AppState,
    chosen: &BTreeSet<GridWord>,
    count: &mut usize,
    actions: &mut Vec<Action>,
) {
    let files = chosen.iter().filter_map(|word| match word {
        GridWord::Library(path) => Some(path),
        GridWord::Step { .. } => None,
    });
    let words: Vec<PathBuf> = files.cloned().collect();
    if words.is_empty() {
        return;
    }
    ui.add_space(theme::NEAR);
    number(ui, named!("compare-scores-judged"), count, 1..=256);
    let text = t!("compare-scores-ask", count = words.len());
    let obstacle = state.engine_obstacle().or_else(|| state.model_obstacle());
    let lacks = || t!("compare-scores-no-clip").to_owned();
    let obstacle = obstacle.or_else(|| state.clip().is_none().then(lacks));
    let asked = || words.iter().all(|word| is_asked(state, word, *count));
    let obstacle = obstacle.or_else(|| asked().then(|| t!("jobs-same").to_owned()));
    if press(ui, icons::CHART, (&text, t!("compare-scores-ask.tip")), obstacle) {
        actions.push(Action::Compare(CompareAction::Score { words, count: *count }));
    }
}

/// Whether a word is being scored, or will be, by so many pictures.
fn is_asked(state: &AppState, word: &Path, count: usize) -> bool {
    state.jobs.iter().any(|job| match job.command.as_deref() {
        Some(Command::Evaluate { request, .. }) => request.word == word && request.settings.count == count,
        _ => false,
    })
}

/// The scores that there are, and the words that are being scored.
pub fn show(ui: &mut Ui, state: &AppState, actions: &mut Vec<Action>) {
    jobs(ui, state, "score-jobs", |kind| matches!(kind, JobKind::Score(_)), actions);
    if state.comparing.scores.is_empty() {
        return;
    }
    controls::wide_card(ui, |ui| {
        ui.horizontal(|ui| {
            ui.label(controls::title(t!("compare-scores-title")));
            let wanted = || CompareAction::ForgetScores;
            controls::offer(ui, icons::CLOSE, named!("compare-scores-hide"), actions, wanted);
        });
        let area = ScrollArea::both().id_salt("word-scores").max_height(HEIGHT).auto_shrink([false, true]);
        area.show(ui, |ui| table(ui, state));
    });
    ui.add_space(theme::NEAR);
}

fn table(ui: &mut Ui, state: &AppState) {
    let spacing = egui::vec2(theme::FAR, 2.0);
    Grid::new("word-scores").num_columns(5).spacing(spacing).striped(true).show(ui, |ui| {
        for (name, hint) in [
            named!("compare-scores-word"),
            (t!("compare-likeness"), t!("compare-scores-likeness.tip")),
            (t!("compare-obedience"), t!("compare-scores-obedience.tip")),
            named!("compare-scores-paper"),
            named!("compare-scores-difference"),
        ] {
            let name = controls::quiet(ui, name);
            ui.label(name).on_hover_text(hint);
        }
        ui.end_row();
        for (_, report) in &state.comparing.scores {
            for scores in &report.subjects {
                let name = match scores.subject.strip_prefix("learned word") {
                    Some("") => report.word.clone(),
                    // One of several in its file.
                    Some(word) => word.trim().to_owned(),
                    None => t!("compare-scores-of", word = report.word, subject = subject(&scores.subject)),
                };
                row(ui, scores, &name);
            }
        }
    });
}

/// What was asked for in place of the learned word, as the report calls it.
fn subject(name: &str) -> &str {
    match name {
        "initial word only" => t!("compare-subject-initial-word"),
        "prompt only" => t!("compare-subject-prompt"),
        "image only" => t!("compare-subject-images"),
        "short captions" => t!("compare-subject-captions-short"),
        "long captions" => t!("compare-subject-captions-long"),
        "clip word" => t!("compare-subject-clip-word"),
        "outside pictures" => t!("compare-subject-outside"),
        other => other,
    }
}

fn row(ui: &mut Ui, scores: &SubjectScores, name: &str) {
    let interval = |score: Option<Score>| score.map_or_else(|| "–".to_owned(), |score| super::scored(&score));
    let number = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| format!("{value:.3}"));
    ui.label(name);
    ui.label(interval(scores.image_similarity));
    ui.label(interval(scores.text_similarity));
    ui.label(number(scores.text_of_mean));
    ui.label(number(scores.diversity));
    ui.end_row();
}
