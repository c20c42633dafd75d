//! What the desk can be asked and what it answers: everything the window wants from the disk.
//!
//! Plain and `Clone`, like the engine's messages; pictures cross as `RgbImage`, in the size they are shown. The length
//! is that of the list of what can be asked.

use std::path::PathBuf;
use std::sync::Arc;

use image::RgbImage;

pub use super::fetch::{FetchAnswer, FetchTask};
pub use super::find::{FindAnswer, FindTask};
pub use crate::fetching::{DownloadCard, FetchState, Progress};
pub use crate::finding::{Found, Kind, Program, Summary};
use crate::format::embedding::EmbeddingFormat;
use crate::format::infotext::GenerateInfo;
use crate::project::{Concept, ConceptKind, Draft, Family, LossRow, PictureEntry, Rights, RunState};

/// What the desk can be asked. Every answer is an [`Answer`]; what fails is answered by [`Answer::Refused`].
#[derive(Debug, Clone)]
pub enum Task {
    /// Begin an empty concept. Answer: [`Answer::Draft`].
    NewDraft,
    /// Open a concept. Answer: [`Answer::Draft`].
    OpenDraft(PathBuf),
    /// Begin a concept from sample pictures that come with the program. Answer: [`Answer::Draft`].
    OpenSample(String),
    /// Write a concept. No answer.
    SaveDraft(Box<Draft>),
    /// Copy pictures, and the pictures in folders, into a concept. Answer: [`Answer::Draft`].
    AddPictures {
        /// The concept as it is now.
        draft: Box<Draft>,
        /// Pictures and folders.
        files: Vec<PathBuf>,
    },
    /// Put a picture from the clipboard into a concept. Answer: [`Answer::Draft`].
    PastePicture {
        /// The concept as it is now.
        draft: Box<Draft>,
        /// The picture.
        picture: Arc<RgbImage>,
    },
    /// Move a picture of a concept to the trash. Answer: [`Answer::Draft`].
    RemovePicture {
        /// The concept as it is now.
        draft: Box<Draft>,
        /// The picture.
        path: PathBuf,
    },
    /// Write a picture's mask, white where to learn, in the size of the upright picture shown; `None` takes the
    /// mask away. Answer: [`Answer::Draft`].
    SaveMask {
        /// The concept as it is now.
        draft: Box<Draft>,
        /// The picture.
        path: PathBuf,
        /// The mask.
        mask: Option<Arc<image::GrayImage>>,
    },
    /// Look at a picture of a concept. Answer: [`Answer::View`].
    View(PictureEntry),
    /// List the concepts begun. Answer: [`Answer::Drafts`].
    ListDrafts,
    /// What the text encoder of a model sees of a word and of what it starts out meaning.
    /// Answer: [`Answer::Tokens`].
    Tokens {
        /// The model's folder.
        model: PathBuf,
        /// The word and what it starts out meaning.
        concept: Concept,
    },
    /// Count the tokens of a prompt. Answer: [`Answer::Count`].
    Count {
        /// The model's folder.
        model: PathBuf,
        /// The prompt.
        prompt: String,
        /// The learned words with the number of their vectors.
        words: Vec<(String, usize)>,
    },
    /// List the runs. Answer: [`Answer::Runs`].
    ListRuns,
    /// Read a run's curve and previews. Answer: [`Answer::Run`].
    OpenRun(PathBuf),
    /// Move a run to the trash. Answer: [`Answer::Runs`].
    TrashRun(PathBuf),
    /// Put the word of a run at a step (else its newest) into the library. Answer: [`Answer::Words`].
    AddWord {
        /// The run folder.
        run: PathBuf,
        /// The step.
        step: Option<u64>,
    },
    /// List the library. Answer: [`Answer::Words`].
    ListWords,
    /// Copy word files into the library. Answer: [`Answer::Words`].
    ImportWords(Vec<PathBuf>),
    /// Give a word of the library another name. Answer: [`Answer::Words`].
    RenameWord {
        /// Its file.
        path: PathBuf,
        /// The new name, such as `<cat-toy>`.
        word: String,
    },
    /// Copy a word of the library. Answer: [`Answer::Words`].
    DuplicateWord(PathBuf),
    /// Move a word of the library to the trash. Answer: [`Answer::Words`].
    TrashWord(PathBuf),
    /// Say by what right a word of the library may be used, and whether it is a thing or a style.
    /// Answer: [`Answer::Words`].
    DescribeWord {
        /// Its file.
        path: PathBuf,
        /// By what right.
        rights: Rights,
        /// Thing or style.
        kind: ConceptKind,
    },
    /// Write a word of the library for other programs. Answer: [`Answer::Written`].
    ExportWord {
        /// Its file.
        path: PathBuf,
        /// Layout of the new file.
        format: EmbeddingFormat,
        /// The file to write.
        to: PathBuf,
    },
    /// Write a run's curve. Answer: [`Answer::Written`].
    ExportCurve {
        /// The run folder.
        run: PathBuf,
        /// The file to write, ending in `.csv`.
        to: PathBuf,
    },
    /// List the pictures drawn before, newest first. Answer: [`Answer::Pictures`].
    ListPictures,
    /// Read a picture and the settings in it. Answer: [`Answer::Picture`].
    OpenPicture(PathBuf),
    /// Move a drawn picture to the trash. Answer: [`Answer::Pictures`].
    TrashPicture(PathBuf),
    /// Copy a drawn picture, with what is inside. Answer: [`Answer::Written`].
    CopyPicture {
        /// The picture.
        from: PathBuf,
        /// The file to write.
        to: PathBuf,
    },
    /// Write a picture that is nowhere yet. Answer: [`Answer::Written`].
    WritePicture {
        /// The picture.
        picture: Arc<RgbImage>,
        /// The file to write, ending in `.png`.
        to: PathBuf,
    },
    /// Say what a model is, by its configuration. Answer: [`Answer::Model`].
    Model(PathBuf),
    /// Unpack the starter model if need be. Answer: [`Answer::Starter`].
    Starter,
    /// About models and words on the disk.
    Find(FindTask),
    /// About models that can be downloaded.
    Fetch(FetchTask),
}

/// What the desk answers.
#[derive(Debug, Clone)]
pub enum Answer {
    /// A concept was opened, or its pictures have changed.
    Draft(Box<Draft>),
    /// All concepts begun, newest first.
    Drafts(Vec<DraftCard>),
    /// A picture of a concept, as it was looked at.
    View(Box<PictureView>),
    /// What a text encoder sees.
    Tokens(TokenReport),
    /// How long a prompt is.
    Count(PromptCount),
    /// All runs, newest first.
    Runs(Vec<RunCard>),
    /// One run.
    Run(Box<RunDetails>),
    /// The library, by name.
    Words(Vec<WordCard>),
    /// The pictures drawn before, newest first.
    Pictures(Vec<PathBuf>),
    /// A drawn picture.
    Picture(Box<DrawnPicture>),
    /// What a model is.
    Model(ModelCard),
    /// Where the starter model lies.
    Starter(PathBuf),
    /// About models and words on the disk.
    Find(FindAnswer),
    /// About models that can be downloaded.
    Fetch(FetchAnswer),
    /// A file was written for the artist.
    Written(PathBuf),
    /// Something worth knowing about a task that was done.
    Note(String),
    /// Something could not be done; a sentence that says what to do.
    Refused(String),
}

/// A concept begun.
#[derive(Debug, Clone, PartialEq)]
pub struct DraftCard {
    /// Its folder.
    pub folder: PathBuf,
    /// Its word, which may be empty.
    pub word: String,
    /// Pictures in it.
    pub pictures: usize,
    /// When it was last changed, in seconds since 1970.
    pub changed: u64,
}

/// A picture of a concept as it lies on the desk.
#[derive(Debug, Clone, PartialEq)]
pub struct PictureView {
    /// The entry that was looked at.
    pub entry: PictureEntry,
    /// The upright picture, at most [`VIEW`] pixels on its longer side; `None` if it cannot be read.
    pub picture: Option<Arc<RgbImage>>,
    /// Its mask in the same size, white where to learn, if it has one.
    pub mask: Option<Arc<image::GrayImage>>,
    /// Width and height of the upright picture in its file.
    pub size: (u32, u32),
    /// SHA-256 of the file, to find the same picture twice; empty if unreadable.
    pub sha256: String,
    /// Why it cannot be used, as a sentence.
    pub fault: Option<String>,
}

/// The longer side of a [`PictureView`], in pixels.
pub const VIEW: u32 = 512;

/// What a text encoder sees of a new word.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TokenReport {
    /// The concept asked about.
    pub word: String,
    /// What it starts out meaning.
    pub initial_word: String,
    /// The pieces the vocabulary knows of the new word, were it typed today.
    pub word_tokens: Vec<String>,
    /// Whether the vocabulary has the new word already, as one piece.
    pub exists: bool,
    /// The pieces of what it starts out meaning: as many vectors has the word.
    pub initial_tokens: Vec<String>,
    /// Words of the vocabulary that begin with what was typed last, for completion.
    pub suggestions: Vec<String>,
}

/// The length of a prompt.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PromptCount {
    /// The prompt asked about.
    pub prompt: String,
    /// Its tokens, without start and end.
    pub tokens: usize,
    /// How many there is room for.
    pub room: usize,
    /// Words in angle brackets that are in neither the library nor the vocabulary.
    pub unknown: Vec<String>,
}

/// A run, in short.
#[derive(Debug, Clone, PartialEq)]
pub struct RunCard {
    /// Its folder.
    pub folder: PathBuf,
    /// The word.
    pub concept: Concept,
    /// The model's folder.
    pub model: PathBuf,
    /// How it stands.
    pub state: RunState,
    /// Whether a living process is learning in it.
    pub locked: bool,
    /// Steps done.
    pub step: u64,
    /// Steps in all.
    pub steps: u64,
    /// When it began, in seconds since 1970.
    pub created: u64,
    /// Why it stopped, if not by hand.
    pub message: Option<String>,
    /// Its newest preview, small.
    pub picture: Option<Arc<RgbImage>>,
}

impl RunCard {
    /// Whether it can go on: begun, not finished, and nobody is learning in it.
    pub fn can_resume(&self) -> bool {
        !self.locked && self.state != RunState::Finished
    }
}

/// A run with all it made.
#[derive(Debug, Clone, PartialEq)]
pub struct RunDetails {
    /// In short.
    pub card: RunCard,
    /// The curve.
    pub rows: Vec<LossRow>,
    /// The previews by step and prompt.
    pub previews: Vec<PreviewPicture>,
    /// The steps that have a checkpoint.
    pub checkpoints: Vec<u64>,
}

/// A preview picture.
#[derive(Debug, Clone, PartialEq)]
pub struct PreviewPicture {
    /// After how many steps.
    pub step: u64,
    /// Which of the prompts, from 0.
    pub index: usize,
    /// The picture.
    pub picture: Arc<RgbImage>,
    /// Its file.
    pub path: PathBuf,
}

/// A word of the library.
#[derive(Debug, Clone, PartialEq)]
pub struct WordCard {
    /// Its file.
    pub path: PathBuf,
    /// As it is typed in prompts.
    pub word: String,
    /// The family of models it was learned on, if the file tells.
    pub family: Option<Family>,
    /// Its vectors.
    pub vectors: usize,
    /// Numbers in each, in all text encoders together.
    pub width: usize,
    /// Numbers in each, for each text encoder.
    pub widths: Vec<usize>,
    /// Mean length of the vectors.
    pub norm: f64,
    /// The model it was learned on, empty if unknown.
    pub model: String,
    /// What it started out meaning, empty if unknown.
    pub initial_word: String,
    /// Steps it was learned for, if known.
    pub steps: Option<u64>,
    /// Thing or style.
    pub kind: ConceptKind,
    /// By what right it may be used.
    pub rights: Rights,
    /// A picture of it.
    pub picture: Option<Arc<RgbImage>>,
}

/// A picture drawn before.
#[derive(Debug, Clone, PartialEq)]
pub struct DrawnPicture {
    /// Its file.
    pub path: PathBuf,
    /// The picture.
    pub picture: Arc<RgbImage>,
    /// How it was made, if it says.
    pub info: Option<GenerateInfo>,
}

/// What a model is, by its configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelCard {
    /// Its folder.
    pub path: PathBuf,
    /// The folder's name.
    pub name: String,
    /// What was recognised, in a few words each; empty if it cannot be used.
    pub facts: Vec<(String, String)>,
    /// Why it cannot be used, as a sentence.
    pub fault: Option<String>,
    /// Its family, if it was recognised.
    pub family: Option<Family>,
    /// Bytes of its weights.
    pub bytes: u64,
    /// Numbers in its weights.
    pub numbers: u64,
    /// Cells of the latents of a picture of its own size.
    pub cells: u64,
    /// Numbers in a word's vector, in all text encoders together; 0 if unknown.
    pub width: usize,
    /// The side in pixels it was made for, 0 if unknown.
    pub size: u32,
}
