//! Grids of pictures: training step by seed, weight of a word by seed, words and prompts by seed.

use std::path::{Path, PathBuf};

use super::Update;
use crate::action::{Grid, GridWord, LIKENESSES, proof};
use crate::state::{GridView, JobKind, Page};
use disk::message::WordCard;
use engine::export;
use engine::message::{Command, GenerateRequest, GridRequest, GridRow, GridSheet, SaveRequest};
use format::embedding::EmbeddingFormat;
use project::{Concept, ConceptKind, DataDir, GenerateSettings};
use text::grid::weighted;
use text::prompt::{WordNames, mentioned};

/// Most pictures of a grid.
const CELLS: usize = 100;

impl Update<'_> {
    pub(super) fn draw_grid(&mut self, grid: &Grid, home: &DataDir) {
        match grid {
            Grid::WordsPrompts { words, prompts, seeds } => {
                return self.draw_words(words, prompts, *seeds, home);
            }
            Grid::Plan(plan) => return self.draw_plan(plan, home),
            _ => {}
        }
        self.state.page = Page::Compose;
        // Its columns are seeds, so none is a variation of another.
        let settings = GenerateSettings { count: 1, variation: 0.0, ..self.state.compose.settings.clone() };
        let (labels, seeds): (Vec<String>, usize) = match grid {
            Grid::StepSeed { steps, seeds, .. } => {
                (steps.iter().map(|step| t!("grid-row-step", step = step)).collect(), *seeds)
            }
            Grid::WeightSeed { weights, seeds } => {
                (weights.iter().map(|weight| format!("{weight:.1}")).collect(), *seeds)
            }
            Grid::LikenessSentence { run, step, kind } => return self.draw_proof(run, *step, *kind, home),
            Grid::WordsPrompts { .. } | Grid::Plan(_) => return,
        };
        let seeds = seeds.clamp(1, CELLS / labels.len().clamp(1, CELLS));
        let id = self.state.new_name();
        let columns: Vec<String> =
            (0..seeds).map(|i| t!("compose-seed", seed = settings.seed.wrapping_add(i as u64))).collect();
        let settings = GenerateSettings { count: seeds, ..settings };
        let mut rows = Vec::new();
        for row in 0..labels.len() {
            let Some(request) = self.row_request(grid, row, &settings, home) else { return };
            rows.push(request);
        }
        let prompt = match grid {
            Grid::StepSeed { .. } => self.with_word(settings.prompt),
            _ => settings.prompt,
        };
        self.submit_grid(id, (rows, None), labels, columns, &prompt);
    }

    /// What is drawn with the word of the run: the prompt, if it names that.
    pub(super) fn with_word(&self, prompt: String) -> String {
        match self.state.run.word() {
            Some(word) if mentioned(&prompt, &WordNames::new([[word]])).is_empty() => {
                format!("a photo of {word}")
            }
            _ => prompt,
        }
    }

    pub(super) fn submit_grid(
        &mut self,
        id: u64,
        (rows, sheet): (Vec<GridRow>, Option<Box<GridSheet>>),
        labels: Vec<String>,
        columns: Vec<String>,
        prompt: &str,
    ) {
        let shown = GridView::new(id, labels.clone(), columns.clone());
        // A grid that waits is shown when its turn comes.
        let waits = self.state.jobs.iter().any(|job| matches!(job.kind, JobKind::Grid { .. }));
        let label = t!("grid-job", prompt = prompt);
        let request = Box::new(GridRequest { rows, drawn: 0, sheet });
        let kind = JobKind::Grid { id, rows: labels, columns };
        if self.submit(kind, label, |job| Command::Grid { job, request }) && !waits {
            self.state.grid = Some(shown);
        }
    }

    /// What a word draws at each end between likeness and obedience and in the middle: sentences that do not change, a row
    /// of the request for each picture.
    fn draw_proof(&mut self, run: &Path, step: u64, kind: ConceptKind, home: &DataDir) {
        let Some(word) = self.state.run.word().map(str::to_owned) else { return };
        let sentences = proof(kind).map(|sentence| sentence.replace("{}", &word));
        let settings = GenerateSettings { count: 1, ..self.state.compose.settings.clone() };
        let mut rows = Vec::new();
        for likeness in LIKENESSES {
            let path = home.root().join("grid").join(format!("likeness-{:.0}.safetensors", 100.0 * likeness));
            let format = EmbeddingFormat::EmbParams;
            let save = SaveRequest {
                run: run.to_path_buf(),
                step: Some(step),
                likeness,
                format,
                path: path.clone(),
                receipt: false,
            };
            let mut save = Some(save);
            for prompt in &sentences {
                let settings = GenerateSettings { prompt: prompt.clone(), ..settings.clone() };
                let Some(draw) = self.request(settings, home) else { return };
                let words = std::iter::once(path.clone()).chain(self.negative_of(run, &path)).collect();
                let draw = GenerateRequest { words, ..*draw };
                rows.push(GridRow { save: save.take(), draw });
            }
        }
        let id = self.state.new_name();
        let labels = LIKENESSES.map(|likeness| format!("{:.0} %", 100.0 * likeness)).to_vec();
        self.submit_grid(id, (rows, None), labels, sentences.to_vec(), &word);
    }

    /// The file of the negative word that is written beside a run's word, if the run has one.
    fn negative_of(&self, run: &Path, path: &Path) -> Option<PathBuf> {
        let card = self.state.runs.iter().find(|card| card.folder == *run)?;
        (card.settings.refine.negative_vectors > 0).then(|| export::negative_beside(path))
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
                let Some(prompt) = weighted(prompt, weights[row], &self.state.word_names()) else {
                    self.warn(t!("grid-needs-word"));
                    return None;
                };
                let draw: GenerateRequest =
                    *self.request(GenerateSettings { prompt, ..settings.clone() }, home)?;
                Some(GridRow { save: None, draw })
            }
            Grid::LikenessSentence { .. } | Grid::WordsPrompts { .. } | Grid::Plan(_) => None,
            Grid::StepSeed { run, steps, .. } => self.step_row(run, steps[row], settings, home),
        }
    }

    /// The word of the run at a step, drawn by these settings.
    pub(super) fn step_row(
        &self,
        run: &Path,
        step: u64,
        settings: &GenerateSettings,
        home: &DataDir,
    ) -> Option<GridRow> {
        let word = self.state.run.word()?.to_owned();
        let path = home.root().join("grid").join(format!("step-{step}.safetensors"));
        let format = EmbeddingFormat::EmbParams;
        let save = SaveRequest {
            run: run.to_path_buf(),
            step: Some(step),
            likeness: 1.0,
            format,
            path: path.clone(),
            receipt: false,
        };
        let prompt = self.with_word(settings.prompt.clone());
        let mut draw = *self.request(GenerateSettings { prompt, ..settings.clone() }, home)?;
        let negative = Concept::of(&word).negative_word();
        let others = self.state.words.iter().filter(|other| ![&word, &negative].contains(&&other.word));
        draw.words.retain(|path| others.clone().any(|other| other.path == *path));
        draw.words.extend(self.negative_of(run, &path));
        draw.words.push(path);
        Some(GridRow { save: Some(save), draw })
    }

    /// Several words, each with every prompt, in the same seeds.
    fn draw_words(&mut self, words: &[GridWord], prompts: &[String], seeds: usize, home: &DataDir) {
        let settings =
            GenerateSettings { count: seeds, variation: 0.0, ..self.state.compose.settings.clone() };
        let (mut rows, mut labels) = (Vec::new(), Vec::new());
        for word in words {
            for prompt in prompts {
                let (name, row) = match word {
                    GridWord::Step { run, step } => {
                        let Some(name) = self.state.run.word().map(str::to_owned) else { return };
                        let prompt = prompt.replace("{}", &name);
                        let settings = GenerateSettings { prompt, ..settings.clone() };
                        (
                            t!("grid-word-step", name = name, step = step),
                            self.step_row(run, *step, &settings, home),
                        )
                    }
                    GridWord::Library(path) => {
                        let Some(card) = self.state.words.iter().find(|card| card.path == *path).cloned()
                        else {
                            continue;
                        };
                        let prompt = prompt.replace("{}", &card.word);
                        let settings = GenerateSettings { prompt, ..settings.clone() };
                        (card.word.clone(), self.library_row(&card, settings, home))
                    }
                };
                let Some(row) = row else { return };
                labels.push(format!("{name}: {}", row.draw.settings.prompt));
                rows.push(row);
            }
        }
        let seed = |i: usize| t!("compose-seed", seed = settings.seed.wrapping_add(i as u64));
        let columns = (0..seeds).map(seed).collect();
        let id = self.state.new_name();
        self.submit_grid(id, (rows, None), labels, columns, &prompts.join(" | "));
    }

    /// A word of the library, whatever else is called like it.
    fn library_row(&self, card: &WordCard, settings: GenerateSettings, home: &DataDir) -> Option<GridRow> {
        let mut draw = *self.request(settings, home)?;
        let alike = |path: &PathBuf| {
            self.state.words.iter().any(|other| other.word == card.word && other.path == *path)
        };
        draw.words.retain(|path| !alike(path));
        draw.words.push(card.path.clone());
        Some(GridRow { save: None, draw })
    }
}
