//! What the disk can be asked and what it answers: everything the window wants from the disk.
//!
//! Plain and `Clone`, like the engine's messages; pictures cross as `RgbImage`, in the size they are shown. The length
//! is that of the list of what can be asked.

#![expect(missing_docs, reason = "a field is what it is called; comments say the rest, and units")]

use std::path::PathBuf;
use std::sync::Arc;

use image::RgbImage;
use serde::{Deserialize, Serialize};

pub use super::compare::{CompareAnswer, CompareTask, OpenComparison, OpenReport, OpenStudy, Stamp};
pub use super::comparison::Wanted;
pub use super::discovery::{DiscoveryAnswer, DiscoveryTask};
pub use super::download::{DownloadAnswer, DownloadTask};
pub use super::edits::{EditAnswer, EditTask, EditedView};
pub use super::gallery::{GalleryAnswer, GalleryTask, Move, Moved, moved};
pub use super::library::{LibraryAnswer, LibraryTask, WordFolder, WordNotes};
pub use super::picture_texts::{PictureKind, PictureText, PictureTexts};
use format::credentials::ContentCredentials;
use format::embedding::{EmbeddingFormat, Signed};
use format::infotext::{GenerateInfo, NamedLora};
pub use model::card::ModelCard;
pub use models::discovery::{Found, Kind, Origin, SearchProgress, SearchSummary, Step};
pub use models::download::{DownloadCard, FetchState, Progress};
pub use models::named_files::NamedFile;
use project::grid::GridDocument;
use project::verdict::Best;
use project::{
    Concept, ConceptKind, DataDir, Draft, Family, GenerateSettings, LearnSettings, Lineage, LoraUse, LossRow,
    PictureEntry, PictureNotes, Rights, RunState,
};
use starter::Sample;

/// Machines that lend their device.
#[derive(Debug, Clone, PartialEq)]
pub enum MachineTask {
    /// Say which are known.
    List,
    /// Remember one, with its token or the path of a file with that.
    Remember { device: String, token: String },
    /// Forget one.
    Forget(String),
}

/// What the disk can be asked. Every answer is an [`Answer`]; what fails is answered by [`Answer::Refused`].
#[derive(Debug, Clone)]
pub enum Task {
    /// Begin an empty concept. Answer: [`Answer::Draft`].
    NewDraft,
    /// Open a concept. Answer: [`Answer::Draft`].
    OpenDraft(PathBuf),
    /// Move a concept with its copies of pictures to the trash. Answer: [`Answer::Drafts`].
    TrashDraft(PathBuf),
    /// Begin a concept from sample pictures that come with the program. Answer: [`Answer::Draft`].
    OpenSample(&'static Sample),
    /// Write a concept. No answer.
    SaveDraft(Box<Draft>),
    /// Write a concept and name the folder of its next run; the engine reads from the disk what was decided.
    /// Answer: [`Answer::RunReady`].
    BeginRun { job: u64, model: PathBuf, draft: Box<Draft> },
    /// What concerns machines that lend their device. Answer: [`Answer::Machines`].
    Machines(MachineTask),
    /// Write how the window stands. No answer.
    SaveWindow(String),
    /// Copy pictures, and the pictures in folders with what was decided about them there, into a concept; a new one if none
    /// is named. Answer: [`Answer::Draft`].
    AddPictures { concept: Option<PathBuf>, files: Vec<PathBuf> },
    /// Put a picture from the clipboard into a concept; a new one if none is named. Answer: [`Answer::Draft`].
    PastePicture { concept: Option<PathBuf>, picture: Arc<RgbImage> },
    /// Move a picture of a concept to the trash. Answer: [`Answer::Draft`].
    RemovePicture(PathBuf),
    /// Write a picture's mask, white where to learn, in the size of the upright picture shown; `None` takes the
    /// mask away. Answer: [`Answer::Draft`]; none if another concept is open by then, or the picture is gone.
    SaveMask { path: PathBuf, mask: Option<Arc<image::GrayImage>> },
    /// Look at a picture of a concept. Answer: [`Answer::View`].
    View(PictureEntry),
    /// Suggest where the thing in a picture of a concept is; nothing is written. Answer: [`Answer::Outline`].
    Outline(PathBuf),
    /// List the concepts begun. Answer: [`Answer::Drafts`].
    ListDrafts,
    /// What the text encoder of a model sees of a word and of what it starts out meaning.
    /// Answer: [`Answer::Tokens`].
    Tokens { model: PathBuf, concept: Concept },
    /// Count the tokens of a prompt and a negative prompt that are drawn in `steps`; `words` are the learned ones with
    /// the number of their vectors.
    /// Answer: [`Answer::Count`].
    Count { model: PathBuf, prompts: [String; 2], steps: usize, words: Vec<(Vec<String>, usize)> },
    /// List the runs. Answer: [`Answer::Runs`].
    ListRuns,
    /// Read a run's curve and previews. Answer: [`Answer::Run`].
    OpenRun(PathBuf),
    /// Read a preview or a drawn picture in full size. Answer: [`Answer::Preview`].
    OpenPreview(PathBuf),
    /// Make these pictures small, in this order, and none that were asked for before. Answer: [`Answer::Thumbnail`] for
    /// each, until others are asked for.
    Thumbnails(Vec<PathBuf>),
    /// Move a run to the trash. Answer: [`Answer::Runs`].
    TrashRun(PathBuf),
    /// Remember in a run's folder whether it was left on purpose while it was learning, to go on by itself.
    LeaveRun { run: PathBuf, left: bool },
    /// Put the word of a run at a step (else its best) into the library; `likeness` is how much of what was learned is
    /// kept, from 0 to 1. Answers: [`Answer::Added`], [`Answer::Words`].
    AddWord { run: PathBuf, step: Option<u64>, likeness: f64 },
    /// List the library, and the words in watched folders. Answers: [`Answer::Words`], [`LibraryAnswer::Folders`].
    ListWords,
    /// Copy word files into the library. Answer: [`Answer::Words`].
    ImportWords(Vec<PathBuf>),
    /// Put a word that was mixed into the library, with what it draws for its picture. Answer: [`Answer::Words`].
    AddMixed { file: PathBuf, kind: ConceptKind, picture: Option<Arc<RgbImage>> },
    /// Give a word of the library another name, such as `<cat-toy>`. Answer: [`Answer::Words`].
    RenameWord { path: PathBuf, word: String },
    /// Copy a word of the library. Answer: [`Answer::Words`].
    DuplicateWord(PathBuf),
    /// Move a word of the library to the trash. Answer: [`Answer::Words`].
    TrashWord(PathBuf),
    /// Say by what right a word of the library may be used, or whether it is a thing or a style; what is not said stays.
    /// Answer: [`Answer::Words`].
    DescribeWord { path: PathBuf, rights: Option<Rights>, kind: Option<ConceptKind> },
    /// Say whether a word of the library is for negative prompts. Answer: [`Answer::Words`].
    MarkNegative { path: PathBuf, negative: bool },
    /// Write a word of the library for other programs. Answer: [`Answer::Written`].
    ExportWord { path: PathBuf, format: EmbeddingFormat, to: PathBuf },
    /// Write the readable receipt of a word of the library beside its exported file `to`. Answer: [`Answer::Written`].
    WriteReceipt { path: PathBuf, to: PathBuf },
    /// Write a run's curve as `.csv`. Answer: [`Answer::Written`].
    ExportCurve { run: PathBuf, to: PathBuf },
    /// List the pictures drawn before, newest first. Answers: [`Answer::Pictures`], [`GalleryAnswer::Listed`].
    ListPictures,
    /// Read a picture and the settings in it. Answer: [`Answer::Picture`].
    OpenPicture(PathBuf),
    /// Read a text about how a picture was drawn. Answer: [`Answer::Settings`].
    ReadSettings(String),
    /// Look for the LoRAs that a picture names. Answer: [`Answer::Loras`].
    FindLoras { picture: PathBuf, loras: Vec<NamedLora> },
    /// Read a file of prompts, each to be drawn with these settings where it says nothing else, or a saved grid.
    /// Answers: [`Answer::Prompts`], [`Answer::Grid`].
    ReadDrawings { path: PathBuf, settings: Box<GenerateSettings> },
    /// Move a drawn picture to the trash. Answer: [`Answer::Pictures`].
    TrashPicture(PathBuf),
    /// Copy a drawn picture, with what is inside. Answer: [`Answer::Written`].
    CopyPicture { from: PathBuf, to: PathBuf },
    /// Write a picture that is nowhere yet as `.png`. Answer: [`Answer::Written`].
    WritePicture { picture: Arc<RgbImage>, to: PathBuf },
    /// Say what a model is, by its configuration. Answer: [`Answer::Model`].
    Model(PathBuf),
    /// Say what was dropped. Answer: [`Answer::Dropped`].
    LookAtDropped(Vec<PathBuf>),
    /// Tell models, words and LoRAs apart among files, by what is in them. Answer: [`Answer::Sorted`].
    Sort(Vec<PathBuf>),
    /// Write a pickled model as a safetensors file; one at a time. Answers: [`Answer::Converting`] as it goes on, then
    /// [`Answer::Converted`].
    ConvertModel { from: PathBuf, to: PathBuf },
    /// End the conversion that runs.
    StopConverting,
    /// Unpack the starter model if need be. Answer: [`Answer::Starter`].
    Starter,
    /// What the Compare page wants.
    Compare(CompareTask),
    /// What concerns pictures that are edited.
    Edit(EditTask),
    /// What the gallery wants.
    Gallery(GalleryTask),
    /// What concerns models and words elsewhere on this computer.
    Discovery(DiscoveryTask),
    /// What concerns models that are fetched.
    Download(DownloadTask),
    /// What concerns the library as a whole.
    Library(LibraryTask),
}

/// What the disk answers.
#[derive(Debug, Clone)]
pub enum Answer {
    /// The machines known, as they are written behind `--device`; and the one that can be connected to now.
    Machines {
        known: Vec<String>,
        ready: Option<String>,
    },
    /// A concept was opened, or its pictures have changed.
    Draft(Box<Draft>),
    /// All concepts begun, newest first.
    Drafts(Vec<DraftCard>),
    /// What lies on a list and cannot be read; follows the list of that list, also when there is nothing.
    Damaged(Collection, Vec<Damaged>),
    /// A picture of a concept, as it was looked at.
    View(Box<ConceptPicture>),
    /// Where the thing in a picture is, a mask in the size in which it is shown; else a sentence why none is suggested.
    Outline(PathBuf, Result<Arc<image::GrayImage>, String>),
    Tokens(TokenReport),
    /// The prompt and the negative prompt.
    Count(Box<[PromptCount; 2]>),
    /// All runs, newest first.
    Runs(Vec<RunCard>),
    Run(Box<RunDetails>),
    /// A picture in full size, and its file.
    Preview(PathBuf, Arc<RgbImage>),
    /// A picture, at most [`THUMBNAIL`] pixels on its longer side; `None` if it cannot be read.
    Thumbnail(PathBuf, Option<Arc<RgbImage>>),
    /// The concept is written, and this will be the folder of the run; else a sentence about what failed.
    RunReady {
        job: u64,
        model: PathBuf,
        draft: Box<Draft>,
        out: Result<PathBuf, String>,
    },
    /// The word of a run was written into the library, as this file; the list with it follows. What it is called there stands
    /// in the list: another word may have had its name.
    Added {
        run: PathBuf,
        path: PathBuf,
    },
    /// The library and the words in watched folders, by name.
    Words(Vec<WordCard>),
    /// The pictures drawn before, newest first.
    Pictures(Vec<PathBuf>),
    Picture(Box<DrawnPicture>),
    Settings(Box<ReadSettings>),
    /// The LoRAs that a picture names, as far as they are on this disk, and the names of those that are not.
    Loras {
        picture: PathBuf,
        found: Vec<LoraUse>,
        missing: Vec<String>,
    },
    /// The settings for each prompt of a file, and where pictures are drawn.
    Prompts(Vec<GenerateSettings>, DataDir),
    /// What a grid was drawn with.
    Grid(Box<GridDocument>),
    /// The files on this disk that a picture names by their hashes; follows the picture, and once more when the hash of a
    /// model that is called like its own has become known.
    NamedFiles(PathBuf, Vec<NamedFile>),
    /// The content credentials of a picture, if it has any; follows the picture.
    Credentials(PathBuf, Option<ContentCredentials>),
    Model(Box<ModelCard>),
    Dropped(Dropped),
    /// Files told apart, and all of them in the order in which they were asked about.
    /// `words` are also files that are neither: whoever reads them says what is wrong.
    Sorted {
        files: Vec<PathBuf>,
        models: Vec<PathBuf>,
        words: Vec<PathBuf>,
        loras: Vec<PathBuf>,
    },
    /// How much of a model is converted, from 0 to 1.
    Converting(PathBuf, f32),
    /// A conversion has ended; the new file, if it is whole.
    Converted(Option<PathBuf>),
    /// Where the starter model lies.
    Starter(PathBuf),
    Compare(CompareAnswer),
    Edit(EditAnswer),
    Gallery(GalleryAnswer),
    Discovery(DiscoveryAnswer),
    Download(DownloadAnswer),
    Library(LibraryAnswer),
    /// A file was written for the artist.
    Written(PathBuf),
    /// Something worth knowing about a task that was done.
    Note(String),
    /// Something could not be done; a sentence that says what to do.
    Refused(String),
    /// This will not come; a refusal has said why.
    Missed(Missed),
}

/// What the window waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missed {
    /// A picture with the settings in it.
    Picture(PathBuf),
    /// A picture to edit.
    Edit,
    /// Folders in which other programs keep words.
    WordFolders,
    /// The starter model.
    Starter,
}

/// Where things of the artist's lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Collection {
    Concepts,
    Runs,
    /// The library.
    Words,
}

/// Something of the artist's that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damaged {
    pub path: PathBuf,
    /// What is wrong, and what to do.
    pub fault: String,
}

/// What was dropped on the window.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dropped {
    /// All that was dropped, in its order.
    pub files: Vec<PathBuf>,
    /// Files of models or words.
    pub tensors: Vec<PathBuf>,
    /// Folders of models.
    pub models: Vec<PathBuf>,
    pub others: Vec<PathBuf>,
    /// Whether the first of the others is a folder.
    pub folder: bool,
    /// Whether files of models or words lie in it, or in folders inside it.
    pub holds_tensors: bool,
    /// Whether the first of the others is a picture that says how it was drawn.
    pub settings: bool,
}

/// A concept begun.
#[derive(Debug, Clone, PartialEq)]
pub struct DraftCard {
    pub folder: PathBuf,
    /// May be empty.
    pub word: String,
    pub pictures: usize,
    /// When it was last changed, in seconds since 1970.
    pub changed: u64,
}

/// A picture of a concept as it lies on the disk.
#[derive(Debug, Clone, PartialEq)]
pub struct ConceptPicture {
    pub entry: PictureEntry,
    /// The upright picture, at most [`CONCEPT_PICTURE`] pixels on its longer side; `None` if it cannot be read.
    pub picture: Option<Arc<RgbImage>>,
    /// Where to learn, white, in the same size: its mask, else its transparency; `None` if all of it is learned.
    pub mask: Option<Arc<image::GrayImage>>,
    /// Width and height of the upright picture in its file.
    pub size: (u32, u32),
    /// SHA-256 of the file, to find the same picture twice; empty if unreadable.
    pub sha256: String,
    /// What it looks like, to find nearly the same picture twice; see [`alike`].
    pub dhash: Option<u64>,
    /// What another program wrote into it, to be offered.
    pub notes: PictureNotes,
    /// Why it cannot be used, as a sentence.
    pub fault: Option<String>,
}

impl ConceptPicture {
    /// Lets the pixels go; what is known of the picture stays.
    pub fn let_go(&mut self) {
        (self.picture, self.mask) = (None, None);
    }

    /// Whether it can be looked at again to see it.
    pub fn is_let_go(&self) -> bool {
        self.picture.is_none() && self.fault.is_none()
    }
}

/// Whether two pictures look nearly the same: the same photo in another size, or saved once more.
pub fn alike(a: &ConceptPicture, b: &ConceptPicture) -> bool {
    const BITS: u32 = 4;
    a.dhash.zip(b.dhash).is_some_and(|(a, b)| (a ^ b).count_ones() <= BITS)
}

/// The longer side of a [`ConceptPicture`], in pixels.
pub(super) const CONCEPT_PICTURE: u32 = 512;

/// What a text encoder sees of a new word.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TokenReport {
    pub word: String,
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
    pub folder: PathBuf,
    pub concept: Concept,
    pub model: PathBuf,
    pub state: RunState,
    /// Whether a living process is learning in it.
    pub locked: bool,
    /// Whether it was left on purpose while it was learning.
    pub left: bool,
    /// Steps done.
    pub step: u64,
    /// Steps in all.
    pub steps: u64,
    /// When it began, in seconds since 1970.
    pub created: u64,
    /// Why it stopped, if not by hand.
    pub message: Option<String>,
    /// The device it began on.
    pub device: String,
    /// Its settings, those of its newest part.
    pub settings: LearnSettings,
    /// The step after which its held-out loss was measured as it is now.
    pub measured_since: u64,
    /// Seconds for one of its last steps, where steps were taken.
    pub step_seconds: Option<f64>,
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
    pub card: RunCard,
    /// The curve.
    pub rows: Vec<LossRow>,
    /// By step and prompt.
    pub previews: Vec<PreviewPicture>,
    /// The steps that have a checkpoint.
    pub checkpoints: Vec<u64>,
    /// The step that made the best word so far, where that was measured.
    pub best: Option<Best>,
}

/// A picture that was drawn on the way. It is read when it is in view.
#[derive(Debug, Clone, PartialEq)]
pub struct PreviewPicture {
    /// After how many steps.
    pub step: u64,
    /// Which of the prompts, from 0.
    pub index: usize,
    pub path: PathBuf,
}

/// The longer side of a small copy of a picture, in pixels.
pub const THUMBNAIL: u32 = 256;

/// A word of the library, or of a watched folder.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct WordCard {
    pub path: PathBuf,
    /// As it is typed in prompts.
    pub word: String,
    /// All that means it in prompts: this, and what it is called elsewhere.
    pub names: Vec<String>,
    /// The family of models it was learned on, if the file tells.
    pub family: Option<Family>,
    pub vectors: usize,
    /// Numbers in each, in all text encoders together.
    pub width: usize,
    /// Numbers in each, for each text encoder.
    pub widths: Vec<usize>,
    /// Mean length of the vectors.
    pub norm: f64,
    /// From which model of Stable Diffusion XL its own was made, if the file tells.
    pub lineage: Option<Lineage>,
    /// The model it was learned on, empty if unknown.
    pub model: String,
    /// The file of that model by its hash, if the word's file tells it: where it is, or that it is not here.
    pub model_file: Option<String>,
    /// Whether it was learned for negative prompts.
    pub negative: bool,
    /// The word that it was learned together with, if there is one.
    pub partner: Option<String>,
    /// How it was mixed from others, in a line, if it was.
    pub recipe: Option<String>,
    /// What it started out meaning, empty if unknown.
    pub initial_word: String,
    /// The folders of the pictures it was learned from; empty if unknown.
    pub learned_from: Vec<PathBuf>,
    /// Steps it was learned for, if known.
    pub steps: Option<u64>,
    pub kind: ConceptKind,
    pub rights: Rights,
    /// The file of its picture.
    pub picture: Option<PathBuf>,
    #[serde(skip)]
    pub kept: KeptWord,
}

impl WordCard {
    /// Whether its file belongs to another program, and is only looked at.
    pub fn is_foreign(&self) -> bool {
        self.kept.folder.is_some()
    }

    /// Takes in what was noted of it.
    pub fn note(&mut self, notes: &WordNotes) {
        if self.is_foreign() {
            self.kind = notes.kind.unwrap_or(ConceptKind::Object);
        }
        self.kept.notes = notes.clone();
    }
}

/// Where a word lies, and what the artist noted of it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct KeptWord {
    /// What it is known by, whatever its file is called: a hash of its vectors. Empty while it has no file.
    pub content: String,
    /// The watched folder in which it lies; `None` for one of the library.
    pub folder: Option<PathBuf>,
    /// When its file was changed, in seconds since 1970.
    pub changed: u64,
    /// When its picture was, if that lies beside it.
    pub pictured: u64,
    /// Whether prompts cannot name it, since another word for the same models is called like it.
    pub shadowed: bool,
    pub notes: WordNotes,
    /// How its signature stands.
    pub signed: Signed,
    /// Its receipt, as names and values; empty if it carries none.
    pub receipt: Vec<(String, String)>,
}

/// A text about how a picture was drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadSettings {
    pub info: GenerateInfo,
    /// The model and the words that it names by their hashes.
    pub files: Vec<NamedFile>,
    /// The LoRAs that it names, as far as they are on this disk.
    pub loras: Vec<LoraUse>,
    /// The names of those that are not.
    pub missing: Vec<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct DrawnPicture {
    pub path: PathBuf,
    pub picture: Arc<RgbImage>,
    /// How it was made, if it says.
    pub info: Option<GenerateInfo>,
}
