//! What a person can want: the commands that menus, keys and the palette share, and the actions that carry
//! something with them.
//!
//! Pages only report these; `App` acts. Nothing here does anything.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use egui::{Key, KeyboardShortcut, Modifiers};
use image::{GrayImage, RgbImage};

use super::icons;
use super::state::{ComposeDraft, Page};
use disk::message::DownloadTask;
use engine::message::JobId;
use format::embedding::EmbeddingFormat;
use project::{ConceptKind, Draft, Rights};

/// What a panel reports.
#[derive(Debug, Clone)]
pub enum Action {
    /// A command without anything beside it.
    Command(UiCommand),
    /// The concept was edited (word, settings or what was decided about pictures).
    EditDraft(Box<Draft>),
    /// Open a concept begun before.
    OpenDraft(PathBuf),
    /// Move a concept, with its copies of pictures, to the trash.
    TrashDraft(PathBuf),
    /// Begin a concept from a sample that comes with the program, by its name.
    OpenSample(String),
    /// Copy these pictures, or the pictures in these folders, into the concept.
    AddPictures(Vec<PathBuf>),
    /// Put a picture from the clipboard into the concept.
    PastePicture(Arc<RgbImage>),
    /// Take a picture out of the concept.
    RemovePicture(PathBuf),
    /// Learn only the white part of a picture; `None` for all of it.
    SaveMask(PathBuf, Option<Arc<GrayImage>>),
    /// Show a run in the Learn page.
    ShowRun(PathBuf),
    /// Go on learning a run up to `steps` in all, or as many as it was begun with.
    Continue {
        /// The run folder.
        run: PathBuf,
        /// Steps in all.
        steps: Option<u64>,
    },
    /// Read a preview of the run shown in full size.
    LoadPreview(PathBuf),
    /// Move a run to the trash.
    TrashRun(PathBuf),
    /// Put the word as it was at a step of a run into the library.
    UseStep {
        /// The run folder.
        run: PathBuf,
        /// The step; the newest checkpoint if `None`.
        step: Option<u64>,
    },
    /// What is to be drawn was edited.
    EditCompose(Box<ComposeDraft>),
    /// Draw a grid: one picture for each of these.
    DrawGrid(Grid),
    /// Show a drawn picture large.
    OpenPicture(PathBuf),
    /// Take prompt and settings from a picture.
    RestoreSettings(PathBuf),
    /// Move a drawn picture to the trash.
    TrashPicture(PathBuf),
    /// Put a drawn picture on the clipboard.
    CopyPicture(Arc<RgbImage>),
    /// Ask where to and save a copy of a drawn picture.
    SavePictureAs(PathBuf),
    /// Copy word files into the library.
    ImportWords(Vec<PathBuf>),
    /// Rename a word of the library.
    RenameWord(PathBuf, String),
    /// Copy a word of the library.
    DuplicateWord(PathBuf),
    /// Move a word of the library to the trash.
    TrashWord(PathBuf),
    /// Say by what right a word may be used, and whether it is a thing or a style.
    DescribeWord(PathBuf, Rights, ConceptKind),
    /// Ask where to and write a word in that layout.
    ExportWord(PathBuf, EmbeddingFormat),
    /// Put a word into the prompt and go to Compose.
    ComposeWith(PathBuf),
    /// Use the model in this folder.
    UseModel(PathBuf),
    /// Ask where to and write a pickled model as a safetensors file.
    ConvertModel(PathBuf),
    /// End that.
    StopConverting,
    /// Tell models from words, then use the model and bring in the words.
    SortFiles(Vec<PathBuf>),
    /// Something about downloads.
    Fetch(DownloadTask),
    /// Show a page in the browser.
    OpenPage(String),
    /// Look into a folder for models and words from now on.
    WatchFolder(PathBuf),
    /// Look into a folder for models and words no more; its files stay.
    ForgetFolder(PathBuf),
    /// Forget a model of the list; its files stay.
    ForgetModel(PathBuf),
    /// End a job, waiting or running.
    Cancel(JobId),
    /// Take a notice away.
    Dismiss(u64),
    /// Put text on the clipboard.
    Copy(String),
    /// Show a file or folder in the system's file manager.
    Reveal(PathBuf),
    /// Ask where to and write the curve as CSV.
    ExportCurve(PathBuf),
    /// Ask where to and write a picture of the curve.
    ExportCurvePicture,
}

/// A grid of pictures.
#[derive(Debug, Clone, PartialEq)]
pub enum Grid {
    /// Rows: steps of the run shown; columns: seeds.
    StepSeed {
        /// The run folder.
        run: PathBuf,
        /// The steps.
        steps: Vec<u64>,
        /// How many seeds.
        seeds: usize,
    },
    /// Rows: weights of the first word in the prompt; columns: seeds.
    WeightSeed {
        /// The weights.
        weights: Vec<f64>,
        /// How many seeds.
        seeds: usize,
    },
}

/// The weights of a grid go from the first to the second.
const WEIGHTS: [f64; 2] = [0.6, 1.4];
/// Most training steps in a grid.
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

    /// How many pictures it has.
    pub fn pictures(&self) -> usize {
        match self {
            Self::StepSeed { steps, seeds, .. } => steps.len() * seeds,
            Self::WeightSeed { weights, seeds } => weights.len() * seeds,
        }
    }
}

macro_rules! commands {
    ($($(#[$meta:meta])* $Name:ident = $text:literal, $tooltip:literal, $icon:expr, $shortcut:expr;)+) => {
        /// A command without anything beside it; menus, keys and the palette are made of this list.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum UiCommand {
            $($(#[$meta])* $Name,)+
        }

        impl UiCommand {
            /// Every command, in the order of the palette.
            pub const ALL: &'static [Self] = &[$(Self::$Name),+];

            /// What its button says.
            pub const fn text(self) -> &'static str {
                match self { $(Self::$Name => $text),+ }
            }

            /// What it does, in an artist's words.
            pub const fn tooltip(self) -> &'static str {
                match self { $(Self::$Name => $tooltip),+ }
            }

            /// Its picture in the icon font.
            pub const fn icon(self) -> &'static str {
                match self { $(Self::$Name => $icon),+ }
            }

            /// Its keys.
            pub const fn shortcut(self) -> Option<KeyboardShortcut> {
                match self { $(Self::$Name => $shortcut),+ }
            }
        }
    };
}

const fn keys(modifiers: Modifiers, key: Key) -> Option<KeyboardShortcut> {
    Some(KeyboardShortcut::new(modifiers, key))
}

const fn command(key: Key) -> Option<KeyboardShortcut> {
    keys(Modifiers::COMMAND, key)
}

commands! {
    /// Page 1.
    GoConcept = "Concept", "Collect the pictures and name the word", icons::IMAGES, command(Key::Num1);
    /// Page 2.
    GoLearn = "Learn", "Watch the word being learned", icons::CHART, command(Key::Num2);
    /// Page 3.
    GoCompose = "Compose", "Draw new pictures with your words", icons::BRUSH, command(Key::Num3);
    /// Page 4.
    GoLibrary = "Library", "Your words: rename, export, share", icons::BOOKS, command(Key::Num4);
    /// Page 5.
    GoModels = "Models", "Choose the model that learns and draws", icons::CUBE, command(Key::Num5);
    /// An empty concept.
    NewConcept = "New concept", "Begin an empty concept; the one you have is kept", icons::PLUS, command(Key::N);
    /// A dialog.
    AddPictures = "Add pictures…", "Choose pictures of the thing or style to learn", icons::IMAGE, command(Key::O);
    /// A dialog.
    AddFolder = "Add a folder…", "Take all pictures of a folder to learn from", icons::FOLDER, keys(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::O);
    /// Begins a run.
    Learn = "Learn", "Begin to learn the word from these pictures", icons::PLAY, command(Key::L);
    /// Resumes the newest run that can be.
    GoOn = "Go on learning", "Go on with the newest run that was stopped or interrupted", icons::PLAY, keys(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::L);
    /// Holds or goes on.
    PauseResume = "Pause or resume", "Hold the running job after its current step, or go on", icons::PAUSE, command(Key::P);
    /// Ends and keeps.
    Stop = "Stop and keep", "End the running job after its current step; what it made is kept", icons::STOP, command(Key::Period);
    /// Preview now.
    PreviewNow = "Preview now", "Draw the word as it is at this moment", icons::EYE, command(Key::E);
    /// Goes on with the next.
    Skip = "Skip this picture", "Leave the picture that is being drawn and go on with the next one", icons::RIGHT, None;
    /// Draws.
    Draw = "Draw", "Draw what the prompt says", icons::BRUSH, command(Key::Enter);
    /// A grid.
    GridOfWeights = "Grid of weights", "Draw the prompt with its learned word from a whisper to a shout, three seeds each", icons::GRID, None;
    /// A grid.
    GridOfSteps = "Grid of training steps", "Draw the word of the run in the Learn room as it was at five of its steps, three seeds each", icons::GRID, None;
    /// Another seed.
    RollSeed = "New seed", "Begin from other noise: another picture of the same prompt", icons::DICE, command(Key::R);
    /// A dialog.
    ImportWord = "Import words…", "Bring word files of other programs into the library", icons::DOWNLOAD, command(Key::I);
    /// A dialog.
    ExportWord = "Export the word…", "Write the word chosen in the library as a file for other programs", icons::EXPORT, keys(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::E);
    /// A dialog.
    OpenModelFile = "Open a model file…", "Choose a model in a single file, .safetensors or .ckpt; it stays where it is", icons::CUBE, command(Key::M);
    /// A dialog.
    OpenModel = "Open a model folder…", "Choose the folder of a model in the diffusers layout; it stays where it is", icons::FOLDER, keys(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::M);
    /// Looks where programs keep models.
    FindModels = "Find models", "Look for models and words of other programs on this computer; nothing is copied", icons::SPARKLE, command(Key::F);
    /// Ends that.
    StopFinding = "Stop looking", "End the search; what was found stays listed", icons::STOP, None;
    /// A dialog.
    WatchFolder = "Look into a folder…", "Choose a folder of yours with models or words; it is looked into from now on", icons::FOLDER, None;
    /// The palette itself.
    Palette = "Command palette", "Find any command by typing", icons::COMMAND, command(Key::K);
    /// Light or dark.
    ToggleTheme = "Light or dark", "Switch between the light and the dark window", icons::MOON, command(Key::T);
    /// The guide.
    ShowGuide = "First steps", "Show the three-step guide again", icons::HELP, keys(Modifiers::NONE, Key::F1);
    /// About.
    About = "About Pseudoword", "Version, licences and the folder where everything is kept", icons::INFO, None;
    /// Another engine after the last has ended.
    RestartEngine = "Start the engine again", "Open the graphics card again after it was lost", icons::REPEAT, None;
    /// Ends the program.
    Quit = "Quit", "Close the window; a running job is saved first", icons::EXIT, command(Key::Q);
}

impl UiCommand {
    /// The command that goes to a page.
    pub const fn to_page(page: Page) -> Self {
        match page {
            Page::Concept => Self::GoConcept,
            Page::Learn => Self::GoLearn,
            Page::Compose => Self::GoCompose,
            Page::Library => Self::GoLibrary,
            Page::Models => Self::GoModels,
        }
    }

    /// What a tooltip shows: what it does, and its keys.
    pub fn hint(self, ctx: &egui::Context) -> String {
        match self.shortcut() {
            Some(shortcut) => format!("{} ({})", self.tooltip(), ctx.format_shortcut(&shortcut)),
            None => self.tooltip().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

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

    #[test]
    fn no_two_commands_share_keys_or_words() {
        let keys: Vec<_> =
            UiCommand::ALL.iter().filter_map(|c| c.shortcut()).map(|s| format!("{s:?}")).collect();
        assert_eq!(keys.iter().collect::<HashSet<_>>().len(), keys.len());
        let tooltips: HashSet<_> = UiCommand::ALL.iter().map(|c| c.tooltip()).collect();
        assert_eq!(tooltips.len(), UiCommand::ALL.len());
    }
}
