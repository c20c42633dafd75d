//! What the window knows and shows, as plain data.
//!
//! Only the reducer changes it and nothing here draws, so that recorded streams can test it without a window. The length is
//! that of the list of what is known.

mod compose;
mod jobs;
mod run;
mod words;

use std::collections::{HashSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use image::{GrayImage, RgbImage};
use serde::{Deserialize, Serialize};

use crate::comparing::Comparing;
use crate::editing::Editing;
use crate::mixing::Mixing;
use crate::recent::{Recent, Thumbnails};
use crate::seeing::Seeing;
use crate::under_way::UnderWay;
use crate::word_library::WordLibrary;
use crate::work_ahead::{BrokenOff, Pace};
pub use compose::{Came, ComposeDraft, GridForm, GridView, LONGEST, is_full, shorten};
use disk::message::{
    Collection, ConceptPicture, Damaged, DownloadCard, DraftCard, DrawnPicture, Found, ModelCard, NamedFile,
    Progress, PromptCount, RunCard, SearchProgress, SearchSummary, THUMBNAIL, TokenReport, WordCard,
};
use engine::message::{DeviceChoice, DeviceInfo, JobId, ModelInfo};
use format::credentials::ContentCredentials;
pub use jobs::{Job, JobKind};
use project::{Draft, ModelDefaults};
pub use run::{LatentPreview, RunView};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Page {
    #[default]
    Concept,
    Learn,
    Compose,
    Edit,
    Gallery,
    Library,
    Compare,
    Models,
}

impl Page {
    /// Every page, in the order of the rail.
    pub const ALL: [Self; 8] = [
        Self::Concept,
        Self::Learn,
        Self::Compose,
        Self::Edit,
        Self::Gallery,
        Self::Library,
        Self::Compare,
        Self::Models,
    ];
}

/// What is known of the models and words on this computer.
#[derive(Debug, Clone, Default)]
pub struct Discovery {
    /// What is being looked at, while a search runs.
    pub running: Option<SearchProgress>,
    /// What was found, each once.
    pub found: Vec<Found>,
    /// How the last search ended.
    pub summary: Option<SearchSummary>,
    /// The folders that the artist named.
    pub folders: Vec<PathBuf>,
}

/// So many notices are kept.
const NOTICES: usize = 5;

/// How much a notice matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Good to know; goes by itself.
    Info,
    /// Something to look at.
    Warning,
    /// Something that could not be done.
    Error,
}

/// A sentence for the person.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    /// Names it.
    pub id: u64,
    pub severity: Severity,
    pub text: String,
    /// How often it was said.
    pub times: u32,
}

/// Everything the window knows.
#[derive(Debug, Clone, Default)]
pub struct AppState {
    pub page: Page,
    /// The device that computes; `None` until the engine has opened it.
    pub device: Option<DeviceInfo>,
    /// The devices there are, once they were asked for.
    pub devices: Option<Vec<DeviceInfo>>,
    /// Other machines that are known, once they were asked for.
    pub machines: Option<Vec<String>>,
    /// The machine that is being connected to.
    pub connecting: Option<DeviceChoice>,
    /// Whether the engine was started on the device that was chosen another day, which may be gone.
    pub remembered: bool,
    /// Why there is no engine.
    pub engine_gone: Option<String>,
    pub model: Option<ModelInfo>,
    /// The folder of the model in use; `None` until the starter model is unpacked.
    pub model_path: Option<PathBuf>,
    pub starter: Option<PathBuf>,
    /// Whether it could not be unpacked.
    pub starter_missed: bool,
    /// Models used before, which are looked at again at every start.
    pub known_models: Vec<PathBuf>,
    /// Those opened for the first time, until the disk has said what they are.
    pub unread_models: Vec<PathBuf>,
    /// The model that was in use before them, to go back to where they are none.
    pub model_before: Option<PathBuf>,
    /// What is known of models by their folders.
    pub models: Vec<ModelCard>,
    /// The model being converted, and how much of it is.
    pub converting: Option<(PathBuf, f32)>,
    pub downloads: Vec<DownloadCard>,
    /// The download that runs, waits or is held.
    pub download: Option<Progress>,
    pub discovery: Discovery,
    /// The name given to the last job.
    pub last_job: JobId,
    /// A run that was learning when a window of before was closed, until it goes on.
    pub interrupted: Option<PathBuf>,
    /// Whether runs that were left were looked for: once, at the start.
    pub looked_for_left: bool,
    /// The run whose concept is being written, before the engine is told of it.
    pub preparing: Option<JobId>,
    /// Jobs that have not ended, in the order in which they run.
    pub jobs: Vec<Job>,
    /// Whether those that wait are held.
    pub held: bool,
    /// Seconds that a picture took last.
    pub pace: Option<Pace>,
    /// What broke off when the device or the engine was lost, and can be gone on with.
    pub broken_off: Vec<BrokenOff>,
    pub run: RunView,
    /// The word that it is learning.
    pub under_way: Option<UnderWay>,
    /// All runs, newest first.
    pub runs: Vec<RunCard>,
    /// The concept being prepared.
    pub draft: Option<Draft>,
    /// Its pictures, as far as they were looked at.
    pub views: Vec<ConceptPicture>,
    /// Those that were asked for, with their masks.
    pub inspected: HashSet<(PathBuf, Option<PathBuf>)>,
    /// Those that have not come yet.
    pub inspecting: HashSet<PathBuf>,
    /// Masks being suggested for its pictures.
    pub outlining: Option<Outlining>,
    /// The mask that was suggested last, and the picture it is for.
    pub outlined: Option<(PathBuf, Arc<GrayImage>)>,
    /// What the text encoder sees of its word.
    pub tokens: Option<TokenReport>,
    /// Words that its pictures could start out meaning, and the folder of the concept they were found for.
    pub suggested: Option<(PathBuf, Vec<String>)>,
    /// What is the artist's and cannot be read.
    pub damaged: Vec<(Collection, Damaged)>,
    /// All concepts begun.
    pub drafts: Vec<DraftCard>,
    pub compose: ComposeDraft,
    /// How long its prompt and its negative prompt are.
    pub counts: Option<Box<[PromptCount; 2]>>,
    pub latent_preview: Option<LatentPreview>,
    /// Pictures drawn, newest first.
    pub gallery: Vec<PathBuf>,
    /// Their folders, the favourites among them, and what can be put back.
    pub seeing: Seeing,
    /// Small copies of pictures, of what was in view last.
    pub thumbnails: Thumbnails,
    /// Pictures in full size, as far as they were asked for; the last few.
    pub full: Recent<24>,
    /// The drawn picture shown large.
    pub shown: Option<DrawnPicture>,
    /// The files that the picture opened last names by their hashes, and which picture that is.
    pub named_files: Option<(PathBuf, Vec<NamedFile>)>,
    /// The content credentials of the picture opened last, if it has any, and which picture that is.
    pub credentials: Option<(PathBuf, Option<ContentCredentials>)>,
    pub grid: Option<GridView>,
    /// What has come to the large side of Compose last.
    pub came: Came,
    /// Whether a picture was chosen there while others are drawn: those wait in the strip until they are to be watched again, or
    /// the next drawing begins.
    pub aside: bool,
    /// What the Edit page shows.
    pub editing: Editing,
    /// What the Compare page shows.
    pub comparing: Comparing,
    /// What is being mixed in the Library.
    pub mixing: Mixing,
    pub words: Vec<WordCard>,
    pub library: WordLibrary,
    /// The run that has just learned its word, until that is in the library.
    pub fresh_run: Option<PathBuf>,
    /// The file of that word, until the library lists it.
    pub fresh_word: Option<PathBuf>,
    pub notices: Vec<Notice>,
    /// Pictures for which settings were asked, to be taken over when the disk has read them.
    pub restore: Option<PathBuf>,
    /// The picture whose settings Compose has taken over, if no others came after them.
    pub restored: Option<PathBuf>,
    /// What was dropped and where, in the order in which the disk says what it is.
    pub dropped: VecDeque<DroppedOn>,
    /// Names given so far to notices and grids.
    pub named: u64,
}

/// Masks being suggested, one picture after the other.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Outlining {
    /// The picture that is being looked at, and those after it.
    pub waiting: VecDeque<PathBuf>,
    /// How many were asked for.
    pub of: usize,
    /// How many masks were found.
    pub found: usize,
    /// Where none was, and why.
    pub unclear: Vec<(PathBuf, String)>,
}

/// Files that were dropped on the window.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DroppedOn {
    pub files: Vec<PathBuf>,
    /// The page that was open then.
    pub page: Page,
    /// The folder of the concept that was.
    pub concept: Option<PathBuf>,
}

impl AppState {
    /// The engine has ended although nobody asked it to: what it was doing is over, what it saved is there.
    pub fn lose_engine(&mut self) {
        let why = t!("engine-ended");
        self.engine_gone.get_or_insert_with(|| why.to_owned());
        let (run, folder) = (self.run.job, self.run.folder().map(Path::to_path_buf));
        for job in std::mem::take(&mut self.jobs) {
            let learning = folder.clone().filter(|_| run == Some(job.id));
            self.broken_off.extend(job.rest(learning));
        }
        (self.held, self.run.job) = (false, None);
        (self.run.latent_preview, self.latent_preview) = (None, None);
        (self.connecting, self.aside) = (None, false);
        self.let_empty_grid_go();
    }

    pub fn submitted(&mut self, id: JobId, kind: JobKind, label: String) {
        let (doing, progress, seconds_each) = (String::new(), None, None);
        if kind == JobKind::Learn {
            self.page = Page::Learn;
        }
        let (paused, begun, drawn, command) = (false, false, 0, None);
        self.jobs.push(Job { id, kind, label, doing, progress, seconds_each, paused, begun, drawn, command });
    }

    /// Tells the person something; a sentence that is there already is only counted.
    pub fn notify(&mut self, severity: Severity, text: impl Into<String>) {
        let text = text.into();
        let mut there = self.notices.iter_mut();
        if let Some(known) = there.find(|known| known.severity == severity && known.text == text) {
            known.times += 1;
            return;
        }
        let id = self.new_name();
        self.notices.push(Notice { id, severity, text, times: 1 });
        // The oldest of what matters least has been seen or never will be.
        let least = self.notices.iter().enumerate().min_by_key(|(_, notice)| notice.severity);
        if let Some((place, _)) = least.filter(|_| self.notices.len() > NOTICES) {
            self.notices.remove(place);
        }
    }

    pub fn new_name(&mut self) -> u64 {
        self.named += 1;
        self.named
    }

    pub fn running(&self) -> Option<&Job> {
        self.jobs.iter().find(|job| job.begun)
    }

    /// Whether the engine is learning, or will.
    pub fn learning(&self) -> bool {
        self.jobs.iter().any(|job| job.kind == JobKind::Learn)
    }

    /// What cannot be read on a list.
    pub fn damaged(&self, collection: Collection) -> impl Iterator<Item = &Damaged> {
        self.damaged.iter().filter(move |(place, _)| *place == collection).map(|(_, damaged)| damaged)
    }

    /// A picture in full size, if it was asked for or its small copy is all of it.
    pub fn full(&self, path: &Path) -> Option<&Arc<RgbImage>> {
        let whole = |picture: &&Arc<RgbImage>| picture.width().max(picture.height()) < THUMBNAIL;
        self.full.get(path).or_else(|| self.thumbnails.get(path).filter(whole))
    }

    /// What is to be drawn on the page that is open.
    pub fn drawing(&self) -> &ComposeDraft {
        if self.page == Page::Edit { &self.editing.draft.drawing } else { &self.compose }
    }

    pub fn drawing_mut(&mut self) -> &mut ComposeDraft {
        if self.page == Page::Edit { &mut self.editing.draft.drawing } else { &mut self.compose }
    }

    /// Prompts that came from elsewhere, such as a file, end where the fields for them do.
    pub(crate) fn shorten_prompts(&mut self) {
        for drawing in [&mut self.compose, &mut self.editing.draft.drawing] {
            shorten(&mut drawing.settings.prompt);
            shorten(&mut drawing.settings.negative_prompt);
        }
    }

    /// The view of a picture of the concept, if it was looked at.
    pub fn view(&self, path: &Path) -> Option<&ConceptPicture> {
        self.views.iter().find(|view| view.entry.path == path)
    }

    pub fn model_card(&self) -> Option<&ModelCard> {
        self.models.iter().find(|card| Some(&card.path) == self.model_path.as_ref())
    }

    /// The CLIP that can look at pictures: the model's own, else the one that was downloaded.
    pub fn clip(&self) -> Option<&PathBuf> {
        let fetched = || self.downloads.iter().find(|card| card.download.id == "clip")?.here.as_ref();
        self.model_card().and_then(|model| model.clip.as_ref()).or_else(fetched)
    }

    /// The folder of the concept of a word, if it has pictures.
    pub fn pictures_of(&self, word: &str) -> Option<&Path> {
        let is_it = |draft: &&DraftCard| draft.word == word && draft.pictures > 0;
        self.drafts.iter().find(is_it).map(|draft| draft.folder.as_path())
    }

    /// What the model in use decides where nobody chose.
    pub fn model_defaults(&self) -> ModelDefaults {
        self.model_card().map(ModelCard::defaults).unwrap_or_default()
    }
}
