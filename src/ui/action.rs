//! What a person can want, and what the window asks of others on their behalf.
//!
//! Pages report [`Action`]s, the reducer turns them into a new state and [`Effect`]s, and the window performs those.
//! Nothing here does anything.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use image::RgbImage;

use crate::commands::UiCommand;
use crate::comparing::CompareAction;
use crate::dialog::Question;
use crate::editing::EditAction;
use crate::mixing::MixAction;
use crate::state::{ComposeDraft, JobKind};
use disk::message::Task;
use engine::message::{Command, DeviceChoice, JobId};
use project::grid::GridPlan;
use project::{ConceptKind, Continuation, Draft};

/// What a page reports.
#[derive(Debug, Clone)]
pub enum Action {
    /// A command without anything beside it.
    Command(UiCommand),
    Engine(Command),
    Disk(Task),
    System(System),
    /// The concept was edited (word, settings or what was decided about pictures).
    EditDraft(Box<Draft>),
    /// Copy these pictures, or the pictures in these folders, into the concept.
    AddPictures(Vec<PathBuf>),
    /// Put a picture from the clipboard into the concept.
    PastePicture(Arc<RgbImage>),
    /// More was pasted than a field has room for.
    PastedTooMuch,
    /// Suggest a mask for each of these pictures of the concept, and save it.
    SuggestOutlines(Vec<PathBuf>),
    /// Suggest no more of them.
    StopOutlines,
    /// Find words that the concept could start out meaning.
    SuggestWords,
    /// Show what is being drawn in Compose again, in place of a picture chosen meanwhile.
    WatchDrawing,
    /// Look at the pictures that were drawn before, while others are drawn.
    LookAside,
    /// Go on learning a run, with what is asked for.
    Continue {
        run: PathBuf,
        asked: Box<Continuation>,
    },
    EditCompose(Box<ComposeDraft>),
    /// What concerns the Compare page alone.
    Compare(CompareAction),
    /// What concerns the mixing of words alone.
    Mix(MixAction),
    /// What concerns the Edit page alone.
    Edit(EditAction),
    /// Draw a grid: one picture for each of these.
    DrawGrid(Grid),
    /// Take prompt and settings from a picture.
    RestoreSettings(PathBuf),
    /// Put a word into the prompt and go to Compose.
    ComposeWith(PathBuf),
    /// These pictures are in view: they are to be shown small.
    Want(Vec<PathBuf>),
    UseModel(PathBuf),
    /// Measure how the device does the steps of the model in use fastest.
    MeasureDevice,
    /// Compute on this device, now and another day.
    UseDevice(DeviceChoice),
    /// Compute on this machine, now and another day; its token, or the path of a file with that.
    Connect {
        machine: DeviceChoice,
        token: String,
    },
    /// Let be what broke off.
    ForgetBrokenOff,
    /// Forget a model of the list; its files stay.
    ForgetModel(PathBuf),
    Dismiss(u64),
    Chosen(Question, Vec<PathBuf>),
}

macro_rules! from {
    ($($Part:ident($Of:ty),)+) => {
        $(impl From<$Of> for Action {
            fn from(part: $Of) -> Self {
                Self::$Part(part)
            }
        })+
    };
}

from!(
    Command(UiCommand),
    Engine(Command),
    Disk(Task),
    System(System),
    Compare(CompareAction),
    Mix(MixAction),
    Edit(EditAction),
);

#[derive(Debug, Clone)]
pub enum System {
    Ask(Question),
    Copy(String),
    CopyPicture(Arc<RgbImage>),
    OpenPage(String),
    /// Show a file or folder in the system's file manager.
    Reveal(PathBuf),
}

/// What is to be done outside of the state. Of several that come together the rest is let go when the engine does not
/// take one.
#[derive(Debug, Clone)]
pub enum Effect {
    /// Tell the engine something that is no job.
    Engine(Command),
    /// Give the engine a job; it is listed once it was taken, and the queue shows its label.
    Submit { job: JobId, kind: JobKind, label: String, command: Command },
    /// Begin a run: the decisions about the concept must be on the disk before the engine reads them.
    Learn { job: JobId, model: PathBuf, draft: Box<Draft> },
    /// Start the engine on this device, in place of one that has ended.
    StartEngine(DeviceChoice),
    /// Choose this device another day as well.
    RememberDevice(DeviceChoice),
    /// Ask the disk.
    Disk(Task),
    /// Ask the system.
    System(System),
    /// Save the part of the next frame that shows the curve.
    CaptureCurve(PathBuf),
    /// Do what concerns the window alone: its theme, what lies over the page, the engine's start, the end.
    Window(UiCommand),
}

#[derive(Debug, Clone, PartialEq)]
pub enum Grid {
    /// Rows: steps of the run shown; columns: seeds.
    StepSeed { run: PathBuf, steps: Vec<u64>, seeds: usize },
    /// Rows: likeness of the word of the run at a step, in parts of one; columns: sentences that do not change.
    LikenessSentence { run: PathBuf, step: u64, kind: ConceptKind },
    /// Rows: words, each with every prompt, in which `{}` is the word; columns: seeds.
    WordsPrompts { words: Vec<GridWord>, prompts: Vec<String>, seeds: usize },
    /// Any two sides, written as one picture.
    Plan(GridPlan),
    /// Rows: weights of the first word in the prompt; columns: seeds.
    WeightSeed { weights: Vec<f64>, seeds: usize },
}

/// A word to be drawn beside others.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum GridWord {
    /// The word of the run at a step.
    Step { run: PathBuf, step: u64 },
    /// A file of the library.
    Library(PathBuf),
}

/// How much of what was learned is shown, from obedient to alike.
pub const LIKENESSES: [f64; 3] = [0.0, 0.5, 1.0];

/// The sentences that show what a word is like between likeness and obedience: the word alone, and what is asked of it.
pub fn proof(kind: ConceptKind) -> [&'static str; 3] {
    match kind {
        ConceptKind::Object => ["a photo of a {}", "an oil painting of a {}", "a photo of a {} in the snow"],
        ConceptKind::Style => [
            "a painting of a house in the style of {}",
            "a painting of a cat in the style of {}",
            "a picture of a boat on the beach in the style of {}",
        ],
    }
}

/// The weights of a grid go from the first to the second.
const WEIGHTS: [f64; 2] = [0.6, 1.4];
const STEPS: usize = 5;

impl Grid {
    /// So many weights, evenly from low to high, down; so many seeds across.
    pub fn of_weights(weights: usize, seeds: usize) -> Self {
        let [low, high] = WEIGHTS;
        let gaps = weights.saturating_sub(1).max(1) as f64;
        let weight = |place: usize| low + (high - low) * place as f64 / gaps;
        let weights = (0..weights).map(|place| (weight(place) * 100.0).round() / 100.0).collect();
        Self::WeightSeed { weights, seeds }
    }

    /// A few of the steps at which the word of a run was kept, evenly spread with the first and the last, down; so many
    /// seeds across. `None` if it was not kept yet.
    pub fn of_steps(run: &Path, kept: &[u64], seeds: usize) -> Option<Self> {
        let last = kept.len().checked_sub(1)?;
        let count = kept.len().min(STEPS);
        let place = |i: usize| if count > 1 { i * last / (count - 1) } else { 0 };
        let steps = (0..count).filter_map(|i| kept.get(place(i)).copied()).collect();
        Some(Self::StepSeed { run: run.to_path_buf(), steps, seeds })
    }

    pub fn pictures(&self) -> usize {
        match self {
            Self::StepSeed { steps, seeds, .. } => steps.len() * seeds,
            Self::WordsPrompts { words, prompts, seeds } => words.len() * prompts.len() * seeds,
            Self::WeightSeed { weights, seeds } => weights.len() * seeds,
            Self::Plan(plan) => plan.cells(),
            Self::LikenessSentence { kind, .. } => LIKENESSES.len() * proof(*kind).len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_and_steps_are_spread_evenly() {
        let Grid::WeightSeed { weights, .. } = Grid::of_weights(5, 3) else { panic!() };
        assert_eq!(weights, [0.6, 0.8, 1.0, 1.2, 1.4]);
        assert_eq!(Grid::of_weights(2, 3).pictures(), 6);
        let spread = |kept: &[u64]| match Grid::of_steps(Path::new("run"), kept, 1) {
            Some(Grid::StepSeed { steps, .. }) => steps,
            _ => Vec::new(),
        };
        let kept: Vec<u64> = (1..=9).map(|i| i * 100).collect();
        assert_eq!(spread(&kept), [100, 300, 500, 700, 900]);
        assert_eq!(spread(&kept[..3]), [100, 200, 300]);
        assert_eq!(spread(&kept[..1]), [100]);
        assert!(spread(&[]).is_empty());
    }
}
