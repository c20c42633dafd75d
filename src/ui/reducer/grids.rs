//! Grids of pictures: training step by seed, weight of a word by seed.

use super::Update;
use crate::action::Grid;
use crate::state::{GridView, JobKind, Page};
use engine::export;
use engine::message::{Command, GenerateRequest, GridRequest, GridRow, SaveRequest};
use format::embedding::EmbeddingFormat;
use project::{Concept, DataDir, GenerateSettings};
use text::prompt::{WordNames, mentioned};

/// Most pictures of a grid.
const CELLS: usize = 100;

impl Update<'_> {
    pub(super) fn draw_grid(&mut self, grid: &Grid, home: &DataDir) {
        self.state.page = Page::Compose;
        let settings = GenerateSettings { count: 1, ..self.state.compose.settings.clone() };
        let (labels, seeds): (Vec<String>, usize) = match grid {
            Grid::StepSeed { steps, seeds, .. } => {
                (steps.iter().map(|step| format!("step {step}")).collect(), *seeds)
            }
            Grid::WeightSeed { weights, seeds } => {
                (weights.iter().map(|weight| format!("{weight:.1}")).collect(), *seeds)
            }
        };
        let seeds = seeds.clamp(1, CELLS / labels.len().clamp(1, CELLS));
        let id = self.state.new_name();
        let columns: Vec<String> =
            (0..seeds).map(|i| format!("seed {}", settings.seed.wrapping_add(i as u64))).collect();
        let settings = GenerateSettings { count: seeds, ..settings };
        let mut rows = Vec::new();
        for row in 0..labels.len() {
            let Some(request) = self.row_request(grid, row, &settings, home) else { return };
            rows.push(request);
        }
        // A grid that waits is shown when its turn comes.
        if !self.state.jobs.iter().any(|job| matches!(job.kind, JobKind::Grid { .. })) {
            self.state.grid = Some(GridView::new(id, labels.clone(), columns.clone()));
        }
        let label = format!("Drawing the grid: {}", settings.prompt);
        let request = Box::new(GridRequest { rows, drawn: 0 });
        let kind = JobKind::Grid { id, rows: labels, columns };
        self.submit(kind, label, |job| Command::Grid { job, request });
    }

    /// A row of a grid; the word at a training step is written to a file of its own first.
    fn row_request(
        &mut self,
        grid: &Grid,
        row: usize,
        settings: &GenerateSettings,
        home: &DataDir,
    ) -> Option<GridRow> {
        match grid {
            Grid::WeightSeed { weights, .. } => {
                let prompt = &settings.prompt;
                let Some((_, place)) = self.state.word_in(prompt) else {
                    self.warn("Put a learned word into the prompt first: its weight is what changes.");
                    return None;
                };
                let [before, word, after] =
                    [0..place.start, place.clone(), place.end..prompt.len()].map(|part| &prompt[part]);
                let prompt = format!("{before}({word}:{:.2}){after}", weights[row]);
                let draw: GenerateRequest =
                    *self.request(GenerateSettings { prompt, ..settings.clone() }, home)?;
                Some(GridRow { save: None, draw })
            }
            Grid::StepSeed { run, steps, .. } => {
                let word = self.state.run.word()?.to_owned();
                let step = steps[row];
                let path = home.root().join("grid").join(format!("step-{step}.safetensors"));
                let format = EmbeddingFormat::EmbParams;
                let save = SaveRequest { run: run.clone(), step: Some(step), format, path: path.clone() };
                let named = !mentioned(&settings.prompt, &WordNames::new([[&word]])).is_empty();
                let prompt = if named { settings.prompt.clone() } else { format!("a photo of {word}") };
                let mut draw = *self.request(GenerateSettings { prompt, ..settings.clone() }, home)?;
                let negative = Concept::of(&word).negative_word();
                let others =
                    self.state.words.iter().filter(|other| ![&word, &negative].contains(&&other.word));
                draw.words.retain(|path| others.clone().any(|other| other.path == *path));
                let card = self.state.runs.iter().find(|card| card.folder == *run);
                let has_negative = card.is_some_and(|card| card.settings.refine.negative_vectors > 0);
                draw.words.extend(has_negative.then(|| export::negative_beside(&path)));
                draw.words.push(path);
                Some(GridRow { save: Some(save), draw })
            }
        }
    }
}
