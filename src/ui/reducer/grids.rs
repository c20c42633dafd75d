//! Grids of pictures: training step by seed, weight of a word by seed.

use super::Update;
use crate::action::Grid;
use crate::state::{GridView, JobKind, Page};
use engine::message::{Command, GenerateRequest, SaveRequest};
use format::embedding::EmbeddingFormat;
use project::{DataDir, GenerateSettings};
use text::prompt::{WordNames, mentioned};

/// Most pictures of a grid.
const CELLS: usize = 48;

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
        let columns = (0..seeds).map(|i| format!("seed {}", settings.seed + i as u64)).collect();
        let cells = vec![None; labels.len() * seeds];
        self.state.grid = Some(GridView { id, rows: labels.clone(), columns, cells });
        for (row, label) in labels.iter().enumerate() {
            let Some(row_request) = self.row_request(grid, row, &settings, home) else { return };
            for column in 0..seeds {
                let mut request = row_request.clone();
                request.settings.seed = settings.seed + column as u64;
                let kind = JobKind::Cell { grid: id, cell: [row, column] };
                let label = format!("Drawing the grid: {label}");
                self.submit(kind, label, |job| Command::Generate { job, request });
            }
        }
    }

    /// The request for a row of a grid; the word at a training step is written to a file of its own first.
    fn row_request(
        &mut self,
        grid: &Grid,
        row: usize,
        settings: &GenerateSettings,
        home: &DataDir,
    ) -> Option<Box<GenerateRequest>> {
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
                self.request(GenerateSettings { prompt, ..settings.clone() }, home)
            }
            Grid::StepSeed { run, steps, .. } => {
                let word = self.state.run.word()?.to_owned();
                let step = steps[row];
                let path = home.root().join("grid").join(format!("step-{step}.safetensors"));
                let format = EmbeddingFormat::EmbParams;
                let save = SaveRequest { run: run.clone(), step: Some(step), format, path: path.clone() };
                let label = format!("Taking {word} as it was at step {step}");
                let request = Box::new(save);
                self.submit(JobKind::Open, label, |job| Command::Save { job, request });
                let named = !mentioned(&settings.prompt, &WordNames::new([[&word]])).is_empty();
                let prompt = if named { settings.prompt.clone() } else { format!("a photo of {word}") };
                let mut request = self.request(GenerateSettings { prompt, ..settings.clone() }, home)?;
                let others = self.state.words.iter().filter(|other| other.word != word);
                request.words.retain(|path| others.clone().any(|other| other.path == *path));
                request.words.push(path);
                Some(request)
            }
        }
    }
}
