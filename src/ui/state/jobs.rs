//! Jobs as the window knows them: what kind each is, how far it is, and how long it takes.

use std::path::PathBuf;

use super::AppState;
use crate::mixing::Saved;
use engine::message::{Command, JobId};

#[derive(Debug, Clone, PartialEq)]
pub enum JobKind {
    /// Opening a model.
    Open,
    /// Learning a word.
    Learn,
    /// Finding words for the concept in this folder.
    Suggest(PathBuf),
    /// Measuring how the device calculates fastest.
    Measure,
    /// Making a word of others: to put it into the library, or to see what it draws.
    Mix { saves: Option<Saved> },
    /// Drawing `count` pictures for the gallery.
    Draw { count: usize },
    /// Drawing `count` pictures into one that is edited, in this folder, at this step of its history, from 0.
    Edit { folder: PathBuf, step: usize, count: usize },
    /// Drawing the pictures of a grid, row by row: `id` names it, and there is a label for each row and each column.
    Grid { id: u64, rows: Vec<String>, columns: Vec<String> },
    /// Comparing methods, in this folder.
    Compare(PathBuf),
    /// Scoring the word of this file.
    Score(PathBuf),
    /// Counting what pictures of a word show, for this folder.
    Count(PathBuf),
    /// Saying what a word means, for this folder.
    Explain(PathBuf),
}

/// A job that has not ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Its name in commands and events.
    pub id: JobId,
    pub kind: JobKind,
    /// What the queue shows: "Learning <cat-toy>".
    pub label: String,
    /// What it is doing now: "preview 1 of 2"; empty while it waits.
    pub doing: String,
    /// Units done and in all, of the whole job where known.
    pub progress: Option<(u64, u64)>,
    /// Seconds for one unit, a running mean.
    pub seconds_each: Option<f64>,
    pub paused: bool,
    pub begun: bool,
    /// Pictures drawn, or left for the next one.
    pub drawn: usize,
    /// What it was asked for with, to ask for the rest if it breaks off.
    pub command: Option<Box<Command>>,
}

impl Job {
    /// Seconds until it ends, where that can be told.
    pub fn seconds_left(&self) -> Option<f64> {
        let (done, of) = self.progress?;
        Some(self.seconds_each? * of.saturating_sub(done) as f64)
    }
}

impl AppState {
    /// Whether pictures or a grid for Compose are being drawn.
    pub fn is_drawing(&self) -> bool {
        let draws = |job: &Job| job.begun && matches!(job.kind, JobKind::Draw { .. } | JobKind::Grid { .. });
        self.jobs.iter().any(draws)
    }

    /// A grid of which nothing was drawn goes with its job.
    pub(crate) fn let_empty_grid_go(&mut self) {
        let Some(grid) = &self.grid else { return };
        let of_grid = |job: &Job| matches!(&job.kind, JobKind::Grid { id, .. } if *id == grid.id);
        if grid.cells.iter().all(Option::is_none) && !self.jobs.iter().any(of_grid) {
            self.grid = None;
        }
    }
}
