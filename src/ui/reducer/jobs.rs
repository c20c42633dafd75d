//! What the engine is asked to do: to learn, to go on, to draw.

use std::path::PathBuf;

use super::{Outside, Update};
use crate::action::Effect;
use crate::obstacles::NO_PROMPT;
use crate::state::{JobKind, Page, Severity};
use disk::message::Task;
use engine::message::{Command, GenerateRequest, JobId, LearnRequest, LearnStart};
use project::{DataDir, Draft, GenerateSettings};

const LEARNING: &str = "A word is being learned already. Stop it first, or wait for it.";

impl Update<'_> {
    pub(super) fn learn(&mut self) {
        if self.state.learning() || self.state.preparing.is_some() {
            return self.warn(LEARNING);
        }
        if let Some(obstacle) = self.state.obstacles().into_iter().next() {
            return self.warn(obstacle);
        }
        if let (Some(draft), Some(model)) = (self.state.draft.clone(), self.state.model_path.clone()) {
            let job = self.new_job();
            self.effects.push(Effect::Learn { job, model, draft: Box::new(draft) });
        }
    }

    /// The concept is on the disk: the engine can learn from it.
    pub(super) fn begin_run(&mut self, job: JobId, model: PathBuf, draft: Draft, out: PathBuf) {
        let label = format!("Learning {}", draft.concept.word);
        let (images, concept, settings) = (draft.folder, draft.concept, Box::new(draft.settings));
        let start = LearnStart::New { model, images, concept, settings };
        let command = Command::Learn { job, request: Box::new(LearnRequest { out, start }) };
        self.effects.push(Effect::Submit { job, kind: JobKind::Learn, label, command });
    }

    pub(super) fn continue_run(&mut self, run: PathBuf, steps: Option<u64>) {
        if self.state.learning() {
            return self.warn(LEARNING);
        }
        let card = self.state.runs.iter().find(|card| card.folder == run);
        let label = format!("Learning {}", card.map_or("a word", |card| card.concept.word.as_str()));
        // The curve so far is shown while the model is being loaded.
        self.disk(Task::OpenRun(run.clone()));
        let request = Box::new(LearnRequest { out: run, start: LearnStart::Resume { steps } });
        self.submit(JobKind::Learn, label, |job| Command::Learn { job, request });
    }

    /// Goes on with the run shown, else with the newest that can go on.
    pub(super) fn go_on(&mut self) {
        let shown = self.state.run.folder();
        let runs = || self.state.runs.iter().filter(|card| card.can_resume());
        let run = runs().find(|card| Some(card.folder.as_path()) == shown).or(runs().next());
        match run.map(|card| card.folder.clone()) {
            Some(folder) => self.continue_run(folder, None),
            None => self.warn("There is no run to go on with: all are learned to their end."),
        }
    }

    /// Goes on with the run that was learning when the window was closed.
    pub(super) fn resume_interrupted(&mut self) {
        let ready = self.state.device.is_some() && self.state.jobs.is_empty() && !self.state.runs.is_empty();
        if !ready || self.state.last_job > 0 {
            return;
        }
        let Some(run) = self.state.interrupted.take() else { return };
        if self.state.runs.iter().any(|card| card.folder == run && card.can_resume()) {
            let text = "Going on with the word that was being learned when you closed the window.";
            self.state.notify(Severity::Info, text);
            self.continue_run(run, None);
        }
    }

    /// The request for pictures with these settings: the words that the prompts name go with it.
    pub(super) fn request(&self, settings: GenerateSettings, home: &DataDir) -> Option<Box<GenerateRequest>> {
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
        Some(Box::new(GenerateRequest { model, words, settings, out: Some(home.pictures()) }))
    }

    pub(super) fn draw(&mut self, outside: &Outside<'_>) {
        if self.state.page != Page::Compose {
            self.state.page = Page::Compose;
            return;
        }
        if self.state.compose.settings.prompt.trim().is_empty() {
            return self.warn(NO_PROMPT);
        }
        if !self.state.compose.seed_locked {
            self.state.compose.settings.seed = outside.seed;
        }
        let settings = self.state.compose.settings.clone();
        if let Err(error) = settings.validate() {
            return self.warn(error.to_string());
        }
        let (count, label) = (settings.count, format!("Drawing: {}", settings.prompt));
        let Some(request) = self.request(settings, outside.home) else { return };
        self.submit(JobKind::Draw { count }, label, |job| Command::Generate { job, request });
    }

    pub(super) fn submit(&mut self, kind: JobKind, label: String, command: impl FnOnce(JobId) -> Command) {
        let job = self.new_job();
        self.effects.push(Effect::Submit { job, kind, label, command: command(job) });
    }

    fn new_job(&mut self) -> JobId {
        self.state.last_job += 1;
        self.state.last_job
    }
}
