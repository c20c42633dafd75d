//! Streams of the engine and the disk, and what a person wants, taken in without a window. Here is what the tests share;
//! each of the modules is about one thing that the window shows.

mod concept;
mod drawing;
mod learning;
mod models;
mod pictures;
mod queue;
mod restoring;
mod telling;
mod words;

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use image::RgbImage;

use super::Outside;
use crate::action::{Action, Effect, Grid, GridWord};
use crate::commands::UiCommand;
use crate::dialog::Question;
use crate::editing::EditAction;
use crate::state::{AppState, Came, GridView, JobKind, LONGEST, Page, Severity};
use disk::message::{
    Answer, Collection, ConceptPicture, Damaged, DraftCard, DrawnPicture, Dropped, KeptWord, LibraryAnswer,
    LibraryTask, Missed, ModelCard, Origin, PreviewPicture, RunCard, RunDetails, Task, TokenReport, WordCard,
    WordNotes,
};
use disk::search::WordQuery;
use engine::message::{
    Command, DeviceChoice, DeviceInfo, Event, GenerateRequest, GridRequest, JobSummary, LearnRequest,
    LearnStart, RunInfo, StepReport, Suggestion,
};
use format::infotext::{GenerateInfo, parse_parameters};
use project::verdict::Best;
use project::{
    Concept, ConceptKind, DataDir, Draft, Family, LearnSettings, Lineage, LoraUse, PictureEntry, Rights,
    RunState, SamplerKind, SigmaSpacing, WeightFormat,
};

/// Takes effects apart that must be these.
macro_rules! holds {
    ($these:pat = $effects:ident) => {
        let $these = $effects.as_slice() else { panic!("{:?}", $effects) };
    };
}
pub(super) use holds;

pub(super) static HOME: LazyLock<DataDir> = LazyLock::new(|| DataDir::at("/home".into()));

pub(super) fn word(name: &str) -> WordCard {
    WordCard {
        path: format!("/words/{}.safetensors", name.trim_matches(['<', '>'])).into(),
        word: name.into(),
        names: vec![name.into(), name.trim_matches(['<', '>']).into()],
        vectors: 1,
        width: 768,
        widths: vec![768],
        norm: 0.4,
        ..WordCard::default()
    }
}

fn run_info(step: u64) -> RunInfo {
    RunInfo {
        out: PathBuf::from("/runs/cat"),
        word: "<cat-toy>".into(),
        vectors: 1,
        initial_tokens: vec!["cat".into()],
        pictures: 4,
        step,
        steps: 100,
        norms: [0.3, 0.4, 0.5],
        ..RunInfo::default()
    }
}

fn report(step: u64) -> StepReport {
    StepReport {
        step,
        steps: 100,
        loss: 1.0 / step as f64,
        mean_loss: 1.0,
        fixed_noise_loss: step.is_multiple_of(10).then_some(0.5),
        lr: 0.005,
        norm: 0.4,
        cosine: 0.9,
        gradient_norm: 1.0,
        seconds: 0.5,
        nearest: if step.is_multiple_of(10) { vec![("cat".into(), 0.9)] } else { Vec::new() },
        ..StepReport::default()
    }
}

fn learned(fixed_noise_loss: Option<[f64; 2]>) -> Event {
    let summary = JobSummary::Learned {
        kept: None,
        stopped: None,
        step: 100,
        complete: true,
        out: run_info(0).out,
        word: "/runs/cat/cat-toy.safetensors".into(),
        fixed_noise_loss,
        seconds: 50.0,
        peak_memory: None,
        estimated_memory: 0,
        used_memory: None,
    };
    Event::Finished { job: 1, summary }
}

/// A state that takes over the settings of that picture.
fn restoring() -> AppState {
    AppState { restore: Some("/a.png".into()), ..AppState::default() }
}

/// What the disk says of the model in use.
fn model_read(card: ModelCard) -> Answer {
    Answer::Model(Box::new(ModelCard { path: "/m".into(), ..card }))
}

/// A state in which job 1 is learning and has done `steps` steps.
fn learning(steps: u64) -> AppState {
    let mut state = AppState::default();
    state.submitted(1, JobKind::Learn, "Learning <cat-toy>".into());
    state.apply(Event::Loading { job: 1, what: "U-Net".into(), fraction: 0.5 });
    state.apply(Event::LearnStarted { job: 1, run: run_info(0) });
    for step in 1..=steps {
        state.apply(Event::Step { job: 1, report: report(step) });
    }
    state
}

fn details(rows: u64) -> RunDetails {
    let concept = Concept { word: "<cat-toy>".into(), initial_word: "cat".into(), kind: ConceptKind::Object };
    let card = RunCard {
        folder: "/runs/cat".into(),
        concept,
        model: "/model".into(),
        state: RunState::Stopped,
        locked: false,
        left: false,
        step: rows,
        steps: 100,
        created: 0,
        message: None,
        device: "CPU".into(),
        settings: LearnSettings::default(),
        measured_since: 0,
        step_seconds: None,
        picture: None,
    };
    let rows = learning(rows).run.rows;
    RunDetails { card, rows, previews: Vec::new(), checkpoints: vec![10], best: None }
}

/// The one grid that is asked for.
pub(super) fn grid_asked(effects: &[Effect]) -> (&GridRequest, &JobKind) {
    match effects {
        [Effect::Submit { command: Command::Grid { request, .. }, kind, .. }] => (request.as_ref(), kind),
        _ => panic!("a grid is one request: {effects:?}"),
    }
}

/// The one drawing that is asked for.
fn drawing_asked(effects: &[Effect]) -> &GenerateRequest {
    match effects {
        [Effect::Submit { command: Command::Generate { request, .. }, .. }] => request,
        _ => panic!("{effects:?}"),
    }
}

/// A state with a learned word in the prompt.
fn with_word() -> AppState {
    let mut state = ready();
    state.answer(Answer::Words(vec![word("<cat>")]));
    state.compose.settings.prompt = "a photo of <cat>".into();
    state
}

/// Takes in that the engine took these jobs, as the window does.
fn take(state: &mut AppState, effects: Vec<Effect>) -> Vec<u64> {
    let take = |effect| match effect {
        Effect::Submit { job, kind, label, command } => {
            state.submitted(job, kind, label);
            state.keep_request(job, command);
            Some(job)
        }
        _ => None,
    };
    effects.into_iter().filter_map(take).collect()
}

/// What belongs to a window that knows nothing more.
pub(super) fn outside() -> Outside<'static> {
    Outside { home: &HOME, seed: 7, selected_word: None, seen: None }
}

/// A state in which everything is ready to learn and to draw.
pub(super) fn ready() -> AppState {
    let concept = Concept { word: "<cat>".into(), initial_word: "toy".into(), kind: ConceptKind::Object };
    let entries = vec![PictureEntry::new("/c/a.png".into())];
    let draft = Draft { folder: "/c".into(), concept, settings: LearnSettings::default(), entries };
    AppState { draft: Some(draft), model_path: Some("/m".into()), ..AppState::default() }
}
