//! Grids of pictures: training step by seed, weight of a word by seed.

use std::path::PathBuf;

use super::super::action::Grid;
use super::super::app::App;
use super::super::state::{GridView, JobKind, Page, Severity};
use super::SEEDS_ACROSS;
use engine::message::{Command, GenerateRequest, SaveRequest};
use format::embedding::EmbeddingFormat;
use project::GenerateSettings;

/// Most pictures of a grid.
const CELLS: usize = 48;

impl App {
    /// Draws a grid of the steps of the run shown.
    pub(super) fn draw_grid_of_steps(&mut self) {
        let run = self.state.run.folder();
        let grid = run.and_then(|run| Grid::of_steps(run, &self.state.run.checkpoints, SEEDS_ACROSS));
        match grid {
            Some(grid) => self.draw_grid(&grid),
            None => self
                .state
                .notify(Severity::Warning, "Choose a run in the Learn room first: its steps are drawn."),
        }
    }

    pub(super) fn draw_grid(&mut self, grid: &Grid) {
        self.page = Page::Compose;
        let settings = GenerateSettings { count: 1, ..self.state.compose.settings.clone() };
        let (labels, seeds) = match grid {
            Grid::StepSeed { steps, seeds, .. } => {
                (steps.iter().map(|step| format!("step {step}")).collect::<Vec<_>>(), *seeds)
            }
            Grid::WeightSeed { weights, seeds } => {
                (weights.iter().map(|weight| format!("{weight:.1}")).collect(), *seeds)
            }
        };
        let seeds = seeds.clamp(1, CELLS / labels.len().clamp(1, CELLS));
        let id = self.state.new_name();
        let columns = (0..seeds).map(|i| format!("seed {}", settings.seed + i as u64)).collect();
        let cells = vec![None; labels.len() * seeds];
        self.state.grid = Some(GridView { id, rows: labels.clone(), columns, cells });
        for (row, label) in labels.iter().enumerate() {
            let Some(row_request) = self.row_request(grid, row, &settings) else { return };
            for column in 0..seeds {
                let mut request = row_request.clone();
                request.settings.seed = settings.seed + column as u64;
                let kind = JobKind::Cell { grid: id, cell: [row, column] };
                let label = format!("Drawing the grid: {label}");
                if !self.submit(kind, label, |job| Command::Generate { job, request }) {
                    return;
                }
            }
        }
    }

    /// The request for a row of a grid; the word at a training step is written to a file of its own first.
    pub(super) fn row_request(
        &mut self,
        grid: &Grid,
        row: usize,
        settings: &GenerateSettings,
    ) -> Option<Box<GenerateRequest>> {
        match grid {
            Grid::WeightSeed { weights, .. } => {
                let prompt = &settings.prompt;
                let word = self
                    .state
                    .fitting_words()
                    .map(|word| word.word.clone())
                    .find(|word| prompt.contains(word));
                let Some(word) = word else {
                    self.state.notify(
                        Severity::Warning,
                        "Put a learned word into the prompt first: its weight is what changes.",
                    );
                    return None;
                };
                let weighted = prompt.replacen(&word, &format!("({word}:{:.2})", weights[row]), 1);
                let settings = GenerateSettings { prompt: weighted, ..settings.clone() };
                self.request(settings)
            }
            Grid::StepSeed { run, steps, .. } => {
                let word = self.state.run.word()?.to_owned();
                let path = self.home.root().join("grid").join(format!("step-{}.safetensors", steps[row]));
                if let Some(folder) = path.parent() {
                    let made = std::fs::create_dir_all(folder).map_err(|e| base::Error::write(folder, e));
                    if let Err(error) = made {
                        self.state.notify(Severity::Error, error.to_string());
                        return None;
                    }
                }
                let (format, step) = (EmbeddingFormat::EmbParams, Some(steps[row]));
                let request = Box::new(SaveRequest { run: run.clone(), step, format, path: path.clone() });
                let label = format!("Taking {word} as it was at step {}", steps[row]);
                if !self.submit(JobKind::Open, label, |job| Command::Save { job, request }) {
                    return None;
                }
                let prompt = match settings.prompt.contains(&word) {
                    true => settings.prompt.clone(),
                    false => format!("a photo of {word}"),
                };
                let request = self.request(GenerateSettings { prompt, ..settings.clone() })?;
                let others = self.state.words.iter().filter(|other| other.word != word);
                let others: Vec<PathBuf> = others.map(|other| other.path.clone()).collect();
                let words = request.words.iter().filter(|path| others.contains(path)).cloned();
                let words = words.chain([path]).collect();
                Some(Box::new(GenerateRequest { words, ..*request }))
            }
        }
    }
}
