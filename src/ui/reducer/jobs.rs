//! What the engine is asked to do: to learn, to go on, to draw.

use std::path::PathBuf;
use std::sync::Arc;

use super::{Outside, Update};
use crate::action::Effect;
use crate::obstacles::NO_PROMPT;
use crate::state::{JobKind, Page, Severity};
use crate::work_ahead::{Again, BrokenOff};
use disk::message::{RunCard, Task};
use engine::message::{
    Command, DeviceChoice, GenerateRequest, JobId, LearnRequest, LearnStart, MOST_WAITING, SuggestRequest,
};
use project::{Continuation, DataDir, Draft, GenerateSettings, NumberFormat, Precision, WordStart};
use text::prompt::mentioned;
use text::wildcards;

impl Update<'_> {
    pub(super) fn learn(&mut self) {
        if self.state.learning() || self.state.preparing.is_some() {
            return self.warn(t!("jobs-learning"));
        }
        if let Some(obstacle) = self.state.obstacles().into_iter().next() {
            return self.warn(obstacle);
        }
        if let (Some(draft), Some(model)) = (self.state.draft.clone(), self.state.model_path.clone()) {
            let job = self.new_job();
            self.effects.push(Effect::Learn { job, model, draft: Box::new(draft) });
        }
    }

    /// Finds words that the concept could start out meaning, where a CLIP is at hand.
    pub(super) fn suggest_words(&mut self) {
        let (Some(draft), Some(model), Some(clip)) =
            (&self.state.draft, &self.state.model_path, self.state.clip())
        else {
            return self.warn(t!("jobs-no-clip"));
        };
        let folder = draft.folder.clone();
        let request = Box::new(SuggestRequest {
            model: model.clone(),
            images: vec![folder.clone()],
            clip: clip.clone(),
            kind: draft.concept.kind,
            use_masks: draft.settings.use_masks,
        });
        let label = t!("jobs-suggest").to_owned();
        self.submit(JobKind::Suggest(folder), label, |job| Command::Suggest { job, request });
    }

    /// Finds out how the device does the steps of the model in use fastest.
    pub(super) fn measure_device(&mut self) {
        let Some(model) = self.state.model_path.clone() else {
            return self.warn(t!("jobs-no-model"));
        };
        if self.state.jobs.iter().any(|job| job.kind == JobKind::Measure) {
            return;
        }
        let precision = Precision::Auto;
        let label = t!("jobs-measure").to_owned();
        self.submit(JobKind::Measure, label, |job| Command::MeasureDevice { job, model, precision });
    }

    /// The concept is on the disk: the engine can learn from it.
    pub(super) fn begin_run(&mut self, job: JobId, model: PathBuf, draft: Draft, out: PathBuf) {
        let label = t!("jobs-learn", word = draft.concept.word);
        let (images, concept, mut settings) = (vec![draft.folder], draft.concept, Box::new(draft.settings));
        if settings.start == WordStart::Clip {
            settings.clip = settings.clip.or_else(|| self.state.clip().cloned());
        }
        // What the person says of pictures lies with them in the concept.
        let permission = Box::default();
        let start = LearnStart::New { model, images, concept, settings, permission };
        let command = Command::Learn { job, request: Box::new(LearnRequest { out, start }) };
        self.effects.push(Effect::Submit { job, kind: JobKind::Learn, label, command });
    }

    pub(super) fn continue_run(&mut self, run: PathBuf, asked: Continuation) {
        if self.state.learning() || self.state.preparing.is_some() {
            return self.warn(t!("jobs-learning"));
        }
        let card = self.state.runs.iter().find(|card| card.folder == run);
        let label =
            t!("jobs-learn", word = card.map_or(t!("jobs-a-word"), |card| card.concept.word.as_str()));
        // The curve so far is shown while the model is being loaded.
        self.disk(Task::OpenRun(run.clone()));
        let request = Box::new(LearnRequest { out: run, start: LearnStart::Resume(Box::new(asked)) });
        self.submit(JobKind::Learn, label, |job| Command::Learn { job, request });
    }

    /// Goes on with what broke off; else with the run shown, else with the newest that can go on.
    pub(super) fn go_on(&mut self) {
        if !self.state.broken_off.is_empty() && self.state.engine_gone.is_none() {
            for BrokenOff { kind, label, again } in std::mem::take(&mut self.state.broken_off) {
                match again {
                    Again::Run(folder) => self.continue_run(folder, Continuation::default()),
                    Again::Command(command) => _ = self.submit(kind, label, |job| command.renamed(job)),
                }
            }
            return;
        }
        let shown = self.state.run.folder();
        let runs = || self.state.runs.iter().filter(|card| card.can_resume());
        let run = runs().find(|card| Some(card.folder.as_path()) == shown).or(runs().next());
        match run.map(|card| card.folder.clone()) {
            Some(folder) => self.continue_run(folder, Continuation::default()),
            None => self.warn(t!("jobs-none-to-go-on")),
        }
    }

    /// Goes on with the run that was learning when the window was closed.
    pub(super) fn resume_interrupted(&mut self) {
        let ready = self.state.device.is_some() && self.state.jobs.is_empty() && !self.state.runs.is_empty();
        if !ready || self.state.last_job > 0 || std::mem::replace(&mut self.state.looked_for_left, true) {
            return;
        }
        let named = self.state.interrupted.take();
        let left = |card: &&RunCard| (card.left || named.as_ref() == Some(&card.folder)) && card.can_resume();
        // Of several windows that were closed each may have left one: the others wait for their turn.
        if let Some(run) = self.state.runs.iter().find(left).map(|card| card.folder.clone()) {
            // First, because a run that ends the process would do so at every start.
            self.disk(Task::LeaveRun { run: run.clone(), left: false });
            let text = t!("jobs-going-on");
            self.state.notify(Severity::Info, text);
            self.continue_run(run, Continuation::default());
        }
    }

    /// The request for pictures with these settings: the words that the prompts name go with it. With the word that is
    /// being learned they are drawn on its model, in its numbers.
    pub(super) fn request(&self, settings: GenerateSettings, home: &DataDir) -> Option<Box<GenerateRequest>> {
        let model = self.state.model_path.clone()?;
        let names = self.state.word_names();
        let prompts = [&settings.prompt, &settings.negative_prompt];
        let named: Vec<usize> =
            prompts.iter().flat_map(|prompt| mentioned(prompt, &names)).map(|(word, _)| word).collect();
        let words = self.state.fitting_words().enumerate();
        let words: Vec<PathBuf> =
            words.filter(|(word, _)| named.contains(word)).map(|(_, word)| word.path.clone()).collect();
        let own = self.state.usable_under_way().filter(|own| words.contains(&own.card.path));
        let NumberFormat { precision, weights } = own.map_or(settings.numbers(), |own| own.numbers);
        let settings = GenerateSettings { precision, weights, ..settings };
        // Which words the lines of files name is known once they are drawn.
        let offered = wildcards::any(&settings).then(|| Arc::clone(&self.state.names().offered));
        let (offered, out) = (offered.unwrap_or_default(), Some(home.pictures()));
        Some(Box::new(GenerateRequest { model, words, offered, settings, out }))
    }

    pub(super) fn draw(&mut self, outside: &Outside<'_>) {
        if self.state.page == Page::Edit {
            return self.draw_into(outside);
        }
        if self.state.page != Page::Compose {
            self.state.page = Page::Compose;
            return;
        }
        if self.state.compose.settings.prompt.trim().is_empty() {
            return self.warn(NO_PROMPT);
        }
        self.state.compose.take_seed(outside.seed);
        let settings = self.state.compose.settings.clone();
        if let Err(error) = settings.validate() {
            return self.warn(error.to_string());
        }
        let (count, label) = (settings.count, t!("jobs-draw", prompt = settings.prompt));
        let Some(request) = self.request(settings, outside.home) else { return };
        self.submit(JobKind::Draw { count }, label, |job| Command::Generate { job, request });
    }

    /// Gives the engine a job; whether there is room for it and it is not asked for already.
    pub(super) fn submit(
        &mut self,
        kind: JobKind,
        label: String,
        command: impl FnOnce(JobId) -> Command,
    ) -> bool {
        if self.state.jobs.len() >= MOST_WAITING {
            self.warn(t!("jobs-too-many", count = MOST_WAITING));
            return false;
        }
        // A name is taken only where there is a job.
        let command = command(self.state.last_job + 1);
        if kind.pictures() == 0 && self.state.is_asked(&command) {
            self.warn(t!("jobs-same"));
            return false;
        }
        let job = self.new_job();
        let meanwhile = self.state.is_for_meanwhile(&command);
        self.effects.push(Effect::Submit { job, kind, label, command });
        if meanwhile {
            self.effects.push(Effect::Engine(Command::Meanwhile(job)));
        }
        true
    }

    /// What was held is gone: the next job is to begin by itself.
    pub(super) fn let_go_of_nothing(&mut self) {
        if self.state.held && self.state.jobs.is_empty() {
            self.state.held = false;
            self.effects.push(Effect::Engine(Command::HoldQueue(false)));
        }
    }

    /// Goes over to another device, now and another day.
    pub(super) fn use_device(&mut self, choice: DeviceChoice) {
        if matches!(choice, DeviceChoice::Remote(_)) {
            self.state.connecting = Some(choice);
        }
        self.effects.push(Effect::RememberDevice(choice));
        if self.state.engine_gone.is_some() {
            self.effects.push(Effect::StartEngine(choice));
            return;
        }
        self.effects.push(Effect::Engine(Command::UseDevice(choice)));
        if self.state.running().is_some() {
            self.state.notify(Severity::Info, t!("jobs-next-device"));
        }
    }

    fn new_job(&mut self) -> JobId {
        self.state.last_job += 1;
        self.state.last_job
    }
}
