//! What changes in the state when a person wants something, and what is asked of others for it.
//!
//! Jobs for the engine are put together in `jobs`, grids in `grids`. The length is that of the list of what can be wanted.

use std::path::{Path, PathBuf};

use super::disk::list_open;
use super::{Outside, Update};
use crate::action::{Action, Effect, Grid, System};
use crate::commands::UiCommand;
use crate::dialog::Question;
use crate::state::{ComposeDraft, LONGEST, Page, Severity};
use disk::message::{DiscoveryTask, DownloadTask, LibraryTask, MachineTask, SearchProgress, Task, WordCard};
use engine::message::{Command, JobId};
use format::embedding::EmbeddingFormat;
use project::{ConceptKind, Draft, LoraUse};
use text::prompt::{WordNames, compose, mentioned};

/// Rows and columns of a grid that is asked for without saying how large.
const WEIGHTS: usize = 5;
const SEEDS_ACROSS: usize = 3;

impl Update<'_> {
    pub(super) fn act(&mut self, action: Action, outside: &Outside<'_>) {
        match action {
            Action::Command(command) => self.command(command, outside),
            Action::Engine(command) => {
                self.state.foresee(&command);
                // That of a grid that waited may be off the list.
                self.state.let_empty_grid_go();
                self.effects.push(Effect::Engine(command));
            }
            Action::Disk(task) => self.disk(task),
            Action::System(wanted) => self.system(wanted),
            Action::EditDraft(draft) => self.edit_draft(*draft),
            Action::AddPictures(files) => self.add_pictures(files),
            Action::PastePicture(picture) => {
                let concept = self.concept();
                self.disk(Task::PastePicture { concept, picture });
            }
            Action::PastedTooMuch => self.warn(t!("actions-pasted-too-much", most = LONGEST)),
            Action::SuggestOutlines(pictures) => self.suggest_outlines(pictures),
            Action::StopOutlines => self.state.outlining = None,
            Action::SuggestWords => self.suggest_words(),
            Action::WatchDrawing => self.state.aside = false,
            Action::LookAside => self.state.aside = self.state.is_drawing(),
            Action::MeasureDevice => self.measure_device(),
            Action::Continue { run, asked } => self.continue_run(run, *asked),
            Action::EditCompose(compose) => {
                let old = std::mem::replace(&mut self.state.compose, *compose);
                self.count_if_changed(&old.settings);
            }
            Action::Compare(wanted) => self.compare(wanted, outside.home),
            Action::Mix(wanted) => self.mix(wanted, outside.home),
            Action::Edit(wanted) => self.edit(wanted, outside),
            Action::DrawGrid(grid) => self.draw_grid(&grid, outside.home),
            Action::RestoreSettings(path) => self.restore_from(path),
            Action::Want(pictures) => {
                let missing = self.state.thumbnails.want(&pictures);
                if !missing.is_empty() {
                    self.disk(Task::Thumbnails(missing));
                }
            }
            Action::ComposeWith(path) => self.draw_with(Page::Compose, &path),
            Action::UseModel(path) => self.use_model(path),
            Action::UseDevice(choice) => self.use_device(choice),
            Action::Connect { machine, token } => {
                let device = machine.to_string();
                self.disk(Task::Machines(MachineTask::Remember { device, token }));
            }
            Action::ForgetBrokenOff => self.state.broken_off.clear(),
            Action::ForgetModel(path) => {
                self.state.known_models.retain(|known| *known != path);
                self.state.models.retain(|known| known.path != path);
                if self.state.model_path.as_ref() == Some(&path)
                    && let Some(starter) = self.state.starter.clone()
                {
                    self.use_model(starter);
                }
            }
            Action::Dismiss(id) => self.state.notices.retain(|notice| notice.id != id),
            Action::Chosen(question, paths) => self.chosen(question, paths),
        }
    }

    fn command(&mut self, command: UiCommand, outside: &Outside<'_>) {
        match command {
            UiCommand::GoConcept => self.state.page = Page::Concept,
            UiCommand::GoLearn => self.state.page = Page::Learn,
            UiCommand::GoCompose => {
                self.state.page = Page::Compose;
                self.recount();
            }
            UiCommand::GoEdit => {
                self.state.page = Page::Edit;
                self.recount();
            }
            UiCommand::GoGallery => self.state.page = Page::Gallery,
            UiCommand::GoLibrary => self.state.page = Page::Library,
            UiCommand::GoCompare => self.state.page = Page::Compare,
            UiCommand::GoModels => self.state.page = Page::Models,
            UiCommand::NewConcept => {
                self.state.page = Page::Concept;
                self.disk(Task::NewDraft);
            }
            UiCommand::AddPictures => self.ask(Question::Pictures),
            UiCommand::AddFolder => self.ask(Question::PictureFolder),
            UiCommand::Learn => self.learn(),
            UiCommand::GoOn => self.go_on(),
            UiCommand::PauseResume => {
                match self.state.running().map(|job| job.paused) {
                    // Nothing can pause but what has begun.
                    None if self.state.held => self.act(Action::Engine(Command::HoldQueue(false)), outside),
                    None => {}
                    Some(true) => self.tell_seen(outside, Command::Resume),
                    Some(false) => self.tell_seen(outside, Command::Pause),
                }
            }
            UiCommand::Stop => self.tell_seen(outside, Command::Stop),
            UiCommand::PreviewNow => self.tell_seen(outside, Command::Preview),
            UiCommand::TryWord => self.try_word(),
            UiCommand::Skip => {
                // What is being drawn within the run, if the run is what was seen.
                let drawn = self.state.drawn_meanwhile().map(|job| job.id);
                let drawn = drawn.filter(|_| outside.seen == self.state.run.job);
                self.tell_seen(&Outside { seen: drawn.or(outside.seen), ..*outside }, Command::Skip);
            }
            UiCommand::Draw => self.draw(outside),
            UiCommand::GridOfWeights => {
                self.draw_grid(&Grid::of_weights(WEIGHTS, SEEDS_ACROSS), outside.home);
            }
            UiCommand::GridOfSteps => {
                let run = self.state.run.folder();
                match run.and_then(|run| Grid::of_steps(run, &self.state.run.checkpoints, SEEDS_ACROSS)) {
                    Some(grid) => self.draw_grid(&grid, outside.home),
                    None => self.warn(t!("actions-no-run")),
                }
            }
            UiCommand::RollSeed => self.state.drawing_mut().settings.seed = outside.seed,
            UiCommand::ImportWord => self.ask(Question::Words),
            UiCommand::ExportWord => self.export_word(outside.selected_word),
            UiCommand::OpenModel => self.ask(Question::Model),
            UiCommand::OpenModelFile => self.ask(Question::ModelFile),
            UiCommand::FindModels => {
                self.state.page = Page::Models;
                if self.state.discovery.running.is_none() {
                    self.state.discovery.running = Some(SearchProgress::default());
                    self.disk(Task::Discovery(DiscoveryTask::Search));
                }
            }
            UiCommand::StopFinding => self.disk(Task::Discovery(DiscoveryTask::Cancel)),
            UiCommand::WatchFolder => self.ask(Question::WatchFolder),
            UiCommand::PasteSettings => {
                self.state.page = Page::Compose;
                self.effects.push(Effect::Window(command));
            }
            UiCommand::Palette
            | UiCommand::ToggleTheme
            | UiCommand::ShowGuide
            | UiCommand::About
            | UiCommand::SpeakSystem
            | UiCommand::SpeakEnglish
            | UiCommand::SpeakJapanese
            | UiCommand::RestartEngine
            | UiCommand::Quit => self.effects.push(Effect::Window(command)),
        }
    }

    /// Tells the job that runs, or is the next to, as the person saw it: one that has ended meanwhile is told nothing,
    /// and the next one was not meant.
    fn tell_seen(&mut self, outside: &Outside<'_>, command: fn(JobId) -> Command) {
        let there = |id: &JobId| self.state.jobs.iter().any(|job| job.id == *id);
        self.effects.extend(outside.seen.filter(there).map(|job| Effect::Engine(command(job))));
    }

    fn chosen(&mut self, question: Question, paths: Vec<PathBuf>) {
        let Some(first) = paths.first().cloned() else { return };
        match question {
            Question::Pictures | Question::PictureFolder => self.add_pictures(paths),
            Question::Words => self.disk(Task::ImportWords(paths)),
            Question::Loras => self.add_loras(self.state.page, paths),
            Question::Drawings => self.read_drawings(first),
            Question::WatchFolder => {
                self.state.page = Page::Models;
                self.disk(Task::Discovery(DiscoveryTask::WatchFolder(first)));
            }
            Question::WordFolder => {
                self.state.page = Page::Library;
                self.disk(Task::Library(LibraryTask::AddFolder(first)));
            }
            Question::WordPicture(content) => {
                self.disk(Task::Library(LibraryTask::ChoosePicture { content, from: Some(first) }));
            }
            Question::Model | Question::ModelFile => {
                self.state.page = Page::Models;
                self.use_model(first);
            }
            Question::ConvertModel(from) => {
                self.state.converting = Some((from.clone(), 0.0));
                self.disk(Task::ConvertModel { from, to: first });
            }
            Question::ExportWord(path, format, receipt) => {
                self.disk(Task::ExportWord { path: path.clone(), format, to: first.clone() });
                if receipt {
                    self.disk(Task::WriteReceipt { path, to: first });
                }
            }
            Question::Comparison
            | Question::Report
            | Question::Study
            | Question::ShareStudy(_)
            | Question::StudyAnswers(_) => self.chosen_for_compare(question, paths),
            Question::EditPicture | Question::LoadMask | Question::SaveMask => {
                self.chosen_for_edit(question, first);
            }
            Question::CopyPicture(from) => self.disk(Task::CopyPicture { from, to: first }),
            Question::Curve(run) => self.disk(Task::ExportCurve { run, to: first }),
            Question::CurvePicture => self.effects.push(Effect::CaptureCurve(first)),
        }
    }

    /// Puts LoRAs beside the prompt of the Edit page, if that is meant, else of Compose, where they are not there yet.
    pub(super) fn add_loras(&mut self, page: Page, files: Vec<PathBuf>) {
        self.state.page = if page == Page::Edit { page } else { Page::Compose };
        let known = &mut self.state.drawing_mut().settings.loras;
        for file in files {
            if !known.iter().any(|lora| lora.file == file) {
                known.push(LoraUse::new(file));
            }
        }
    }

    pub(super) fn disk(&mut self, mut task: Task) {
        match &mut task {
            // The concept that is open gives way to an empty one first, or it would be written again.
            Task::TrashDraft(folder) if self.state.draft.as_ref().is_some_and(|d| d.folder == *folder) => {
                self.state.draft = None;
                self.effects.extend([Effect::Disk(task), Effect::Disk(Task::NewDraft)]);
                return;
            }
            Task::TrashPicture(path) => self.state.seeing.fresh.retain(|fresh| fresh != path),
            // Who looks at one picture is not taken away from it by those that are being drawn.
            Task::OpenPicture(_) if self.state.page == Page::Compose => {
                self.state.aside = self.state.is_drawing();
            }
            // What was ended is not shown until the disk has tidied up behind it.
            Task::Download(DownloadTask::Cancel) => self.state.download = None,
            Task::Library(task) => self.state.foresee_library(task),
            Task::DescribeWord { path, rights, kind } => self.state.describe(path, *rights, *kind),
            Task::LookAtDropped(files) => self.drop_here(files),
            _ => {}
        }
        self.effects.push(Effect::Disk(task));
    }

    fn system(&mut self, wanted: System) {
        match wanted {
            System::Copy(_) => self.state.notify(Severity::Info, t!("actions-copied")),
            System::CopyPicture(_) => self.state.notify(Severity::Info, t!("actions-copied-picture")),
            _ => {}
        }
        self.effects.push(Effect::System(wanted));
    }

    fn ask(&mut self, question: Question) {
        self.effects.push(Effect::System(System::Ask(question)));
    }

    pub(super) fn warn(&mut self, text: impl Into<String>) {
        self.state.notify(Severity::Warning, text);
    }

    pub(super) fn concept(&self) -> Option<PathBuf> {
        self.state.draft.as_ref().map(|draft| draft.folder.clone())
    }

    pub(super) fn add_pictures(&mut self, files: Vec<PathBuf>) {
        let concept = self.concept();
        self.disk(Task::AddPictures { concept, files });
    }

    /// Takes prompt and settings from a picture, once the disk has read it.
    pub(super) fn restore_from(&mut self, path: PathBuf) {
        self.state.page = Page::Compose;
        self.state.restore = Some(path.clone());
        self.disk(Task::OpenPicture(path));
    }

    fn edit_draft(&mut self, draft: Draft) {
        let same = self.state.draft.as_ref().is_some_and(|old| old.concept == draft.concept);
        self.state.draft = Some(draft.clone());
        list_open(self.state);
        self.disk(Task::SaveDraft(Box::new(draft)));
        if !same {
            self.ask_for_tokens();
        }
    }

    pub(super) fn use_model(&mut self, path: PathBuf) {
        self.disk(Task::Model(path.clone()));
        let state = &mut *self.state;
        if Some(&path) != state.starter.as_ref() && !state.known_models.contains(&path) {
            state.known_models.insert(0, path.clone());
            // One that was not read yet is none to go back to.
            let before = state.model_path.clone().filter(|before| !state.unread_models.contains(before));
            state.model_before = before.or(state.model_before.take());
            state.unread_models.push(path.clone());
        }
        state.model_path = Some(path);
        self.ask_for_tokens();
        self.count_tokens();
    }

    /// Exports the word that is chosen in the library, else that of the concept, else the first.
    fn export_word(&mut self, selected: Option<&Path>) {
        let concept = self.state.draft.as_ref().map(|draft| draft.concept.word.as_str());
        let words = &self.state.words;
        let chosen = words.iter().find(|word| Some(word.path.as_path()) == selected);
        let named = words.iter().find(|word| Some(word.word.as_str()) == concept);
        match chosen.or(named).or(words.first()).map(|word| word.path.clone()) {
            Some(path) => {
                self.state.page = Page::Library;
                self.ask(Question::ExportWord(path, EmbeddingFormat::EmbParams, false));
            }
            None => self.warn(t!("actions-no-word")),
        }
    }

    /// Opens a page where is drawn, with a word in its prompt.
    pub(super) fn draw_with(&mut self, page: Page, path: &Path) {
        self.state.page = page;
        let Some(card) = self.state.words.iter().find(|word| word.path == path).cloned() else { return };
        let partner = |word: &&WordCard| word.negative && card.partner.as_ref() == Some(&word.word);
        let negative = if card.negative { Some(&card) } else { self.state.words.iter().find(partner) };
        if let Some(negative) = negative {
            let word = negative.word.clone();
            let names = WordNames::new([&negative.names]);
            let prompt = &mut self.state.drawing_mut().settings.negative_prompt;
            if mentioned(prompt, &names).is_empty() {
                let between = if prompt.trim().is_empty() { "" } else { ", " };
                prompt.push_str(&format!("{between}{word}"));
            }
        }
        if !card.negative {
            let prompt = &mut self.state.drawing_mut().settings.prompt;
            if !prompt.trim().is_empty() && mentioned(prompt, &WordNames::new([&card.names])).is_empty() {
                prompt.push_str(match card.kind {
                    ConceptKind::Object => ", ",
                    ConceptKind::Style => " in the style of ",
                });
                prompt.push_str(&card.word);
            }
            put_into(self.state.drawing_mut(), card.kind, &card.word);
        }
        self.count_tokens();
    }

    /// Opens Compose with the word that is being learned, to see it as it is.
    fn try_word(&mut self) {
        let Some(own) = self.state.under_way.clone() else {
            return self.warn(t!("actions-none-under-way"));
        };
        if self.state.model_path.as_ref() != Some(&own.model) {
            self.use_model(own.model.clone());
        }
        let settings = &mut self.state.compose.settings;
        if !own.is_in(&settings.prompt) {
            settings.prompt.clear();
            self.state.compose.opening = ComposeDraft::default().opening;
            self.put_into_prompt(own.card.kind, &own.card.word);
        }
        self.state.page = Page::Compose;
    }

    /// Puts a word into the prompt if that is empty.
    pub(super) fn put_into_prompt(&mut self, kind: ConceptKind, word: &str) {
        if put_into(&mut self.state.compose, kind, word) {
            self.count_tokens();
        }
    }
}

/// Puts a word into an empty prompt; whether it was empty.
fn put_into(draft: &mut ComposeDraft, kind: ConceptKind, word: &str) -> bool {
    let (thing, style) = match kind {
        ConceptKind::Object => (Some(word), None),
        ConceptKind::Style => (None, Some(word)),
    };
    let empty = draft.settings.prompt.trim().is_empty();
    if empty {
        draft.settings.prompt = compose(&draft.opening, thing, style);
    }
    empty
}
