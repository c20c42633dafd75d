//! The word that is being learned, as a word to draw with: on the model that is loaded for it, while its run is paused or
//! between two of its steps.
//!
//! Only put together from what the state knows; the engine does the rest, and takes the word as it is by then.

use std::path::PathBuf;

use crate::state::{AppState, Job};
use disk::message::WordCard;
use engine::message::{Command, GenerateRequest, LearnStart};
use project::{Concept, LearnSettings, NumberFormat};
use text::prompt::{WordNames, mentioned};

/// A word on its way.
#[derive(Debug, Clone, PartialEq)]
pub struct UnderWay {
    /// The word as one of the library would be; its file is there when the run has ended.
    pub card: WordCard,
    /// The model that it is learned on.
    pub model: PathBuf,
    /// How that is loaded.
    pub numbers: NumberFormat,
    pub step: u64,
}

impl UnderWay {
    /// "learning, step 120".
    pub fn standing(&self) -> String {
        t!("under-way-standing", step = self.step)
    }

    pub fn is_in(&self, prompt: &str) -> bool {
        !mentioned(prompt, &WordNames::new([&self.card.names])).is_empty()
    }
}

impl AppState {
    /// The word that is being learned, where enough is known of it.
    pub fn find_under_way(&self) -> Option<UnderWay> {
        let info = self.run.info.as_ref().filter(|_| self.run.job.is_some())?;
        let (model, concept, settings) = self.asked_for().or_else(|| {
            let card = self.runs.iter().find(|card| card.folder == info.out)?;
            Some((&card.model, &card.concept, &card.settings))
        })?;
        let step = self.run.rows.last().map_or(info.step, |row| row.step);
        let width = self.models.iter().find(|card| card.path == *model).map_or(0, |card| card.width);
        // An older state of it in the library has all its spellings.
        let older = self.words.iter().find(|card| card.word == concept.word);
        let card = WordCard {
            path: info.out.join(format!("{}.safetensors", concept.file_stem())),
            word: concept.word.clone(),
            names: older.map_or_else(|| vec![concept.word.clone()], |card| card.names.clone()),
            vectors: info.vectors,
            width,
            norm: self.run.rows.last().map_or(0.0, |row| row.norm),
            initial_word: concept.initial_word.clone(),
            steps: Some(step),
            kind: concept.kind,
            ..WordCard::default()
        };
        Some(UnderWay { card, model: model.clone(), numbers: settings.numbers(), step })
    }

    /// What a new run was asked for with.
    fn asked_for(&self) -> Option<(&PathBuf, &Concept, &LearnSettings)> {
        match self.run_job()?.command.as_deref()? {
            Command::Learn { request, .. } => match &request.start {
                LearnStart::New { model, concept, settings, .. } => Some((model, concept, settings)),
                LearnStart::Resume(_) => None,
            },
            _ => None,
        }
    }

    fn run_job(&self) -> Option<&Job> {
        self.jobs.iter().find(|job| Some(job.id) == self.run.job)
    }

    /// The word that is being learned, if the model in use is the one it is learned on.
    pub fn usable_under_way(&self) -> Option<&UnderWay> {
        self.under_way.as_ref().filter(|own| Some(&own.model) == self.model_path.as_ref())
    }

    /// Whether the run is held, so that others can draw on its model.
    pub fn run_is_held(&self) -> bool {
        self.run_job().is_some_and(|job| job.paused)
    }

    /// Whether a drawing is not to wait for the end of the run: the run is held, or the word that is being learned is to
    /// be seen.
    pub fn is_for_meanwhile(&self, command: &Command) -> bool {
        let Some(own) = &self.under_way else { return false };
        let named = |request: &GenerateRequest| request.words.contains(&own.card.path);
        match command {
            Command::Generate { request, .. } => self.run_is_held() || named(request),
            Command::Mix { request, .. } => request.draw.is_none() || self.run_is_held(),
            Command::Grid { request, .. } => {
                self.run_is_held() || request.rows.iter().any(|row| named(&row.draw))
            }
            _ => false,
        }
    }

    /// The drawing that is being done within the run.
    pub fn drawn_meanwhile(&self) -> Option<&Job> {
        let run = self.run_job()?;
        self.jobs.iter().find(|job| job.begun && job.id != run.id)
    }
}
