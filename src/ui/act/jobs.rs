//! What the engine is asked to do: to learn, to go on, to draw.

use std::path::PathBuf;

use super::super::app::App;
use super::super::state::{JobKind, Page, Severity};
use super::new_seed;
use disk::message::Task;
use engine::message::{Command, GenerateRequest, LearnRequest, LearnStart};
use project::GenerateSettings;
use project::draft::free_folder;

const LEARNING: &str = "A word is being learned already. Stop it first, or wait for it.";

impl App {
    pub(super) fn learn(&mut self) {
        if self.state.learning() {
            self.state.notify(Severity::Warning, LEARNING);
            return;
        }
        if let Some(obstacle) = self.state.obstacles().into_iter().next() {
            self.state.notify(Severity::Warning, obstacle);
            return;
        }
        let (Some(draft), Some(model)) = (self.state.draft.clone(), self.state.model_path.clone()) else {
            return;
        };
        // The engine reads the decisions from the disk, so they must be there first; they are a few kilobytes.
        if let Err(error) = draft.save() {
            self.state.notify(Severity::Error, error.to_string());
            return;
        }
        let out = free_folder(&self.home.runs(), &draft.concept.file_stem());
        let label = format!("Learning {}", draft.concept.word);
        let settings = Box::new(draft.settings);
        let start = LearnStart::New { model, images: draft.folder, concept: draft.concept, settings };
        let request = Box::new(LearnRequest { out, start });
        if self.submit(JobKind::Learn, label, |job| Command::Learn { job, request }) {
            self.page = Page::Learn;
        }
    }

    pub(super) fn continue_run(&mut self, run: PathBuf, steps: Option<u64>) {
        if self.state.learning() {
            self.state.notify(Severity::Warning, LEARNING);
            return;
        }
        let word =
            self.state.runs.iter().find(|card| card.folder == run).map(|card| card.concept.word.clone());
        let label = format!("Learning {}", word.unwrap_or_else(|| "a word".into()));
        // The curve so far is shown while the model is being loaded.
        self.ask_disk(Task::OpenRun(run.clone()));
        let request = Box::new(LearnRequest { out: run, start: LearnStart::Resume { steps } });
        if self.submit(JobKind::Learn, label, |job| Command::Learn { job, request }) {
            self.page = Page::Learn;
        }
    }

    /// Goes on with the run shown, else with the newest that can go on.
    pub(super) fn go_on(&mut self) {
        let shown = self.state.run.folder();
        let runs = || self.state.runs.iter().filter(|card| card.can_resume());
        let run = runs().find(|card| Some(card.folder.as_path()) == shown).or(runs().next());
        match run.map(|card| card.folder.clone()) {
            Some(folder) => self.continue_run(folder, None),
            None => self
                .state
                .notify(Severity::Warning, "There is no run to go on with: all are learned to their end."),
        }
    }

    /// Goes on with the run that was learning when the window was closed.
    pub(crate) fn resume_interrupted(&mut self) {
        let ready = self.state.device.is_some() && self.state.jobs.is_empty() && !self.state.runs.is_empty();
        if !ready || self.next_job > 1 {
            return;
        }
        let Some(run) = self.memory.interrupted.take() else { return };
        let resumable = self.state.runs.iter().any(|card| card.folder == run && card.can_resume());
        if resumable {
            self.state.notify(
                Severity::Info,
                "Going on with the word that was being learned when you closed the window.",
            );
            self.continue_run(run, None);
        }
    }

    /// The request for pictures with these settings: the words that the prompts name go with it.
    pub(super) fn request(&self, settings: GenerateSettings) -> Option<Box<GenerateRequest>> {
        let model = self.state.model_path.clone()?;
        let text = format!("{} {}", settings.prompt, settings.negative_prompt).to_lowercase();
        let mut words: Vec<PathBuf> = Vec::new();
        let mut names: Vec<String> = Vec::new();
        for word in self.state.fitting_words() {
            let name = word.word.to_lowercase();
            if text.contains(&name) && !names.contains(&name) {
                names.push(name);
                words.push(word.path.clone());
            }
        }
        Some(Box::new(GenerateRequest { model, words, settings, out: Some(self.home.pictures()) }))
    }

    pub(super) fn draw(&mut self) {
        if self.page != Page::Compose {
            self.page = Page::Compose;
            return;
        }
        if self.state.compose.settings.prompt.trim().is_empty() {
            let text = "The prompt is empty: choose a thing or a style, or write what you want to see.";
            self.state.notify(Severity::Warning, text);
            return;
        }
        if !self.state.compose.seed_locked {
            self.state.compose.settings.seed = new_seed();
        }
        let settings = self.state.compose.settings.clone();
        if let Err(error) = settings.validate() {
            self.state.notify(Severity::Warning, error.to_string());
            return;
        }
        let (count, label) = (settings.count, format!("Drawing: {}", settings.prompt));
        let Some(request) = self.request(settings) else { return };
        self.submit(JobKind::Draw { count }, label, |job| Command::Generate { job, request });
    }
}
