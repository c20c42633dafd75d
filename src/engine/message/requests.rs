//! What is asked for, each job's own: files, folders and settings, and never a tensor.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use format::embedding::EmbeddingFormat;
use project::comparison::Plan;
use project::evaluation::EvaluateSettings;
use project::grid::GridDocument;
use project::invert::InvertSettings;
use project::meaning::LookSettings;
use project::mix::MixSettings;
use project::{
    Concept, ConceptKind, Continuation, EditSettings, GenerateSettings, LearnSettings, LowMemory, Permission,
    Precision, TuneSettings,
};

/// A word to learn.
#[derive(Debug, Clone, PartialEq)]
pub struct LearnRequest {
    /// The run folder.
    pub out: PathBuf,
    /// How to begin.
    pub start: LearnStart,
}

impl LearnRequest {
    /// What goes on with a run that a device's absence ended: from its newest checkpoint, or from its beginning if it had not
    /// come so far. What was asked of a run that goes on is asked once more: it may not have been written down yet.
    #[must_use]
    pub fn gone_on(self) -> Self {
        let begun = || self.out.join(project::run::MANIFEST).is_file();
        match self.start {
            LearnStart::New { .. } if begun() => Self { start: LearnStart::Resume(Box::default()), ..self },
            _ => self,
        }
    }
}

/// Beginning a run or going on with one.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the fields are what they are called")]
pub enum LearnStart {
    /// A new run, with `model` on the pictures and folders `images`, of which `permission` is said.
    New {
        model: PathBuf,
        images: Vec<PathBuf>,
        concept: Concept,
        settings: Box<LearnSettings>,
        permission: Box<Permission>,
    },
    /// Go on from the newest checkpoint, with what is asked for as far as a run can change.
    Resume(Box<Continuation>),
}

/// Images to draw.
#[derive(Debug, Clone, PartialEq)]
pub struct GenerateRequest {
    /// The model's folder.
    pub model: PathBuf,
    /// Files of learned words.
    pub words: Vec<PathBuf>,
    /// Files of words, each with the names of its word, that are read only if a prompt names them once what it leaves to
    /// chance has been drawn.
    pub offered: Arc<[(PathBuf, Vec<String>)]>,
    /// What and how.
    pub settings: GenerateSettings,
    /// Where to write the images; `None` to only send them.
    pub out: Option<PathBuf>,
}

impl GenerateRequest {
    /// Images that are only sent, with these words and none on offer.
    pub fn of(model: impl Into<PathBuf>, words: Vec<PathBuf>, settings: GenerateSettings) -> Self {
        Self { model: model.into(), words, offered: Arc::default(), settings, out: None }
    }
}

/// Rows of images to draw one after another.
#[derive(Debug, Clone, PartialEq)]
pub struct GridRequest {
    /// From the first down; each has as many images as its `draw` asks for.
    pub rows: Vec<GridRow>,
    /// So many of its images, counted row by row, are drawn already.
    pub drawn: usize,
    /// What is written of the whole once it is drawn.
    pub sheet: Option<Box<GridSheet>>,
}

/// The picture of a whole grid with its sides lettered, and the file that draws it again.
#[derive(Debug, Clone, PartialEq)]
pub struct GridSheet {
    /// What it was drawn with.
    pub document: GridDocument,
    /// The files of images that were drawn before, by their place.
    pub files: BTreeMap<usize, PathBuf>,
}

/// A row of a grid.
#[derive(Debug, Clone, PartialEq)]
pub struct GridRow {
    /// A word to take from a run before.
    pub save: Option<SaveRequest>,
    /// What to draw.
    pub draw: GenerateRequest,
}

/// A word to write.
#[derive(Debug, Clone, PartialEq)]
pub struct SaveRequest {
    /// The run folder.
    pub run: PathBuf,
    /// The checkpoint to take; `None` for the one that the run kept as its best, else the newest.
    pub step: Option<u64>,
    /// How much of what was learned is kept: 1 is all of it, 0 what the word began as.
    pub likeness: f64,
    /// Layout of the file.
    pub format: EmbeddingFormat,
    /// The file to write.
    pub path: PathBuf,
    /// Whether a readable receipt is written beside it.
    pub receipt: bool,
}

/// A word to make of others.
#[derive(Debug, Clone, PartialEq)]
pub struct MixRequest {
    /// What is mixed, and how.
    pub settings: MixSettings,
    /// What the new word is called.
    pub word: String,
    /// The model that says what sentences are and how long words usually are; where one is given, it has to take the word.
    pub model: Option<PathBuf>,
    /// Layout of the file.
    pub format: EmbeddingFormat,
    /// The file to write.
    pub path: PathBuf,
    /// What to draw once it is there.
    pub draw: Option<GenerateRequest>,
}

/// A word to score.
#[derive(Debug, Clone, PartialEq)]
pub struct EvaluateRequest {
    /// The model's folder.
    pub model: PathBuf,
    /// The file of the learned word.
    pub word: PathBuf,
    /// The images it was learned from: files and folders.
    pub images: Vec<PathBuf>,
    /// The folder of the CLIP that judges.
    pub clip: PathBuf,
    /// What is drawn for it.
    pub settings: EvaluateSettings,
}

/// Methods to compare.
#[derive(Debug, Clone, PartialEq)]
pub struct CompareRequest {
    /// The folder of the comparison; what it holds already is not done again.
    pub out: PathBuf,
    /// What is compared, and how.
    pub plan: Plan,
}

/// Pictures to find words for.
#[derive(Debug, Clone, PartialEq)]
pub struct SuggestRequest {
    /// The model whose vocabulary has the words.
    pub model: PathBuf,
    /// The pictures: files and folders.
    pub images: Vec<PathBuf>,
    /// The folder of the CLIP that looks at them.
    pub clip: PathBuf,
    /// Whether they show a thing or a style.
    pub kind: ConceptKind,
    /// Whether only what was painted on them counts.
    pub use_masks: bool,
}

/// A model to tune to a word.
#[derive(Debug, Clone, PartialEq)]
pub struct TuneRequest {
    /// The folder of the tuning.
    pub out: PathBuf,
    /// How to begin.
    pub start: TuneStart,
}

/// Beginning a tuning or going on with one.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the fields are what they are called")]
pub enum TuneStart {
    /// A new one, of `model` with the word of the file `word`, on the pictures and folders `images`.
    New { model: PathBuf, word: PathBuf, images: Vec<PathBuf>, settings: Box<TuneSettings> },
    /// Go on from the newest checkpoint, with what of this is given.
    Resume(TuneChanges),
}

/// What can change when a tuning goes on.
#[derive(Debug, Clone, Default, PartialEq)]
#[expect(missing_docs, reason = "the fields are those of the settings")]
pub struct TuneChanges {
    pub steps: Option<u64>,
    pub learning_rate: Option<f64>,
    pub precision: Option<Precision>,
    pub low_memory: Option<LowMemory>,
    pub checkpoint_every: Option<u64>,
    pub despite_mark: Option<String>,
}

/// A picture to invert.
#[derive(Debug, Clone, PartialEq)]
pub struct InvertRequest {
    /// The model's folder.
    pub model: PathBuf,
    /// The picture.
    pub image: PathBuf,
    /// Files of learned words.
    pub words: Vec<PathBuf>,
    /// What it shows, how it is inverted, and what else is drawn.
    pub settings: InvertSettings,
    /// The folder for the pictures and the report.
    pub out: PathBuf,
}

/// A word or a text to explain; one of both at least.
#[derive(Debug, Clone, PartialEq)]
pub struct ExplainRequest {
    /// The model's folder.
    pub model: PathBuf,
    /// The file of the learned word.
    pub word: Option<PathBuf>,
    /// The file of another word, towards which pictures are drawn.
    pub against: Option<PathBuf>,
    /// A text that is no word.
    pub gibberish: Option<String>,
    /// The sentence to draw them in; `{}` stands for each.
    pub prompt: String,
    /// The folder of the CLIP that scores, if there is one.
    pub clip: Option<PathBuf>,
    /// How pictures are drawn.
    pub settings: LookSettings,
    /// The folder to write into; where it holds a report already, the next of its name.
    pub out: PathBuf,
}

/// A word whose pictures are counted.
#[derive(Debug, Clone, PartialEq)]
pub struct BiasRequest {
    /// The model's folder.
    pub model: PathBuf,
    /// The file of the learned word.
    pub word: PathBuf,
    /// The word beside it; `None` for what it started as.
    pub known: Option<String>,
    /// The sentence to draw both in; `{}` stands for each.
    pub prompt: String,
    /// Groups of attributes of which a picture shows one; empty for the colours of the starter model.
    pub attributes: Vec<Vec<String>>,
    /// The pictures the word was learned from: files and folders; empty for those of its run.
    pub images: Vec<PathBuf>,
    /// The folder of the CLIP that counts.
    pub clip: PathBuf,
    /// How pictures are drawn.
    pub settings: LookSettings,
    /// The folder to write into; where it holds a report already, the next of its name.
    pub out: PathBuf,
}

/// A picture to change.
#[derive(Debug, Clone, PartialEq)]
pub struct EditRequest {
    /// The model, the words, what to draw and where to write it. Sides that are left open follow from the picture.
    pub draw: GenerateRequest,
    /// The picture.
    pub image: PathBuf,
    /// A picture that is white where something new belongs; without one, and without a larger picture, all may change.
    pub mask: Option<PathBuf>,
    /// How.
    pub edit: EditSettings,
    /// The folder of a CLIP that says which of several pictures shows best what was asked for.
    pub clip: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_was_cut_off_is_asked_for_the_same_again() {
        let place = tempfile::tempdir().unwrap();
        let out = place.path().to_path_buf();
        let new = LearnStart::New {
            model: "model".into(),
            images: Vec::new(),
            concept: Concept::of("<toy>"),
            settings: Box::default(),
            permission: Box::default(),
        };
        let wanted = Continuation { steps: Some(800), ..Continuation::default() };
        let wanted = LearnStart::Resume(Box::new(wanted));
        let again =
            |start: &LearnStart| LearnRequest { out: out.clone(), start: start.clone() }.gone_on().start;
        assert_eq!(again(&new), new, "it had not begun");
        std::fs::write(out.join(project::run::MANIFEST), "").unwrap();
        assert_eq!(again(&new), LearnStart::Resume(Box::default()));
        assert_eq!(again(&wanted), wanted, "what was asked may not have been written down");
    }
}
