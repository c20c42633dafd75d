//! How alike and how obedient words of the library are, by CLIP: asked for beside the grid, and shown as a table.
//!
//! Only a word whose concept is here with its pictures can be scored; the engine draws and judges.

use std::collections::BTreeSet;
use std::path::PathBuf;

use egui::{Grid, ScrollArea, Ui};

use super::look::{jobs, press};
use crate::action::{Action, GridWord};
use crate::comparing::CompareAction;
use crate::pages::advanced::rows::number;
use crate::state::{AppState, JobKind};
use crate::widgets::controls;
use crate::{icons, theme};
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
    let tip = "How many pictures of each prompt are drawn and judged: more make the scores surer and take longer; the \
               paper took 64";
    number(ui, "Judged pictures", tip, count, 1..=256);
    let text = match words.len() {
        1 => "Score the word".to_owned(),
        several => format!("Score {several} words"),
    };
    let obstacle = state.engine_obstacle().or_else(|| state.model_obstacle());
    let lacks = || "There is no CLIP to judge with: download one in Models.".to_owned();
    let obstacle = obstacle.or_else(|| state.clip().is_none().then(lacks));
    let hint =
        "Let CLIP say how alike and how obedient their pictures are, beside the plain word they began as";
    if press(ui, icons::CHART, &text, hint, obstacle) {
        actions.push(Action::Compare(CompareAction::Score { words, count: *count }));
    }
}

/// The scores that there are, and the words that are being scored.
pub fn show(ui: &mut Ui, state: &AppState, actions: &mut Vec<Action>) {
    jobs(ui, state, "score-jobs", |kind| matches!(kind, JobKind::Score(_)), actions);
    if state.comparing.scores.is_empty() {
        return;
    }
    controls::wide_card(ui, |ui| {
        ui.horizontal(|ui| {
            ui.label(controls::title("Scores by CLIP"));
            let hide = controls::button(ui, true, icons::CLOSE, "Put the scores aside");
            if hide.on_hover_text("Take this table away; words can be scored again").clicked() {
                actions.push(Action::Compare(CompareAction::ForgetScores));
            }
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
            ("Word", "Each word, and beside it what needs no learning"),
            ("Likeness (95 %)", "How much the pictures look like those of its concept"),
            (
                "Obedience (95 %)",
                "How well they show what the prompts say, averaged as the published code does",
            ),
            ("As the paper says", "The same for the mean of the pictures, as the paper words it"),
            ("Difference", "How different the pictures of one prompt are, from 0 for all alike"),
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
                    None => format!("{}: {}", report.word, scores.subject),
                };
                row(ui, scores, &name);
            }
        }
    });
}

fn row(ui: &mut Ui, scores: &SubjectScores, name: &str) {
    let interval = |score: Option<Score>| score.map_or_else(|| "–".to_owned(), |score| score.to_string());
    let number = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| format!("{value:.3}"));
    ui.label(name);
    ui.label(interval(scores.image_similarity));
    ui.label(interval(scores.text_similarity));
    ui.label(number(scores.text_of_mean));
    ui.label(number(scores.diversity));
    ui.end_row();
}
