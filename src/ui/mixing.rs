//! What is being mixed in the Library: which words, how, what it looks like, and what it was before.
//!
//! Plain data like the rest of the state; only the reducer changes it. It knows no vector: what comes out of a mix, the
//! engine says.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use image::RgbImage;

use crate::state::{AppState, JobKind};
use disk::message::WordCard;
use project::mix::{Ingredient, MixSettings, Source};
use project::{Concept, ConceptKind, Family};

/// The most that can be taken back.
const PAST: usize = 100;

/// What a person decides about a mix.
#[derive(Debug, Clone, PartialEq)]
pub struct MixDraft {
    pub settings: MixSettings,
    /// What the new word is to be called; empty for a name made of the others'.
    pub name: String,
    /// The sentence it is tried in; `{}` stands for it.
    pub sentence: String,
    /// Whether it is drawn anew whenever it changes.
    pub live: bool,
}

impl Default for MixDraft {
    fn default() -> Self {
        let (settings, name) = (MixSettings::default(), String::new());
        Self { settings, name, sentence: "a photo of {}".into(), live: true }
    }
}

impl MixDraft {
    /// Whether a word of the library goes in.
    pub fn has(&self, word: &Path) -> bool {
        self.words().any(|path| path == word)
    }

    fn words(&self) -> impl Iterator<Item = &Path> {
        self.settings.ingredients.iter().filter_map(|part| match &part.source {
            Source::Word(path) => Some(path.as_path()),
            Source::Sentence(_) => None,
        })
    }

    /// Puts a word in, or takes it out.
    pub fn toggle(&mut self, word: &Path) {
        let source = Source::Word(word.to_path_buf());
        match self.has(word) {
            true => self.settings.ingredients.retain(|part| part.source != source),
            false => self.settings.ingredients.push(Ingredient::of(source)),
        }
    }

    /// What the new word is called.
    pub fn called(&self, state: &AppState) -> String {
        if !self.name.trim().is_empty() {
            return self.name.trim().to_owned();
        }
        let card = |path: &Path| state.words.iter().find(|card| card.path == path);
        let parts = self.settings.ingredients.iter().filter_map(|part| match &part.source {
            Source::Word(path) => card(path).map(|card| card.word.as_str()),
            Source::Sentence(text) => Some(text.as_str()),
        });
        let stems: Vec<String> = parts.take(3).map(|name| Concept::of(name).file_stem()).collect();
        let joined: String = stems.join("-").chars().take(40).collect();
        format!("<{}-mix>", if joined.is_empty() { "new" } else { &joined })
    }
}

/// What pictures of a mix are drawn with.
#[derive(Debug, Clone, PartialEq)]
pub struct DrawnMix {
    pub model: PathBuf,
    pub settings: MixSettings,
    pub sentence: String,
}

/// What is being mixed, and what is known of it.
#[derive(Debug, Clone, Default)]
pub struct Mixing {
    pub draft: MixDraft,
    /// What it was before, the newest last.
    pub past: Vec<MixSettings>,
    /// Whether a slider is held: what changes until it is let go is one change.
    pub moving: bool,
    /// The pictures drawn last, in the order of their seeds.
    pub pictures: Vec<Arc<RgbImage>>,
    /// What pictures were asked for with last.
    pub drawn: Option<DrawnMix>,
    /// What those that are there were drawn with.
    seen: Option<DrawnMix>,
    /// The folder below which mixes are made that are to be saved.
    pub folder: PathBuf,
    /// The file of what is tried.
    pub tried: PathBuf,
    /// How long the vectors that were drawn are, and how long the model's own words, in each text encoder.
    pub lengths: Option<[Vec<f64>; 2]>,
}

impl Mixing {
    /// Takes another draft, and keeps what was before.
    pub fn edit(&mut self, draft: MixDraft, moving: bool) {
        if draft.settings != self.draft.settings && !self.moving {
            self.past.push(self.draft.settings.clone());
            if self.past.len() > PAST {
                self.past.remove(0);
            }
        }
        (self.draft, self.moving) = (draft, moving);
    }

    /// Takes a picture that was asked for last.
    pub fn show(&mut self, index: usize, picture: Arc<RgbImage>) {
        let model = |of: &Option<DrawnMix>| of.as_ref().map(|of| of.model.clone());
        if model(&self.seen) != model(&self.drawn) {
            self.lengths = None;
        }
        self.pictures.truncate(index);
        self.pictures.push(picture);
        self.seen.clone_from(&self.drawn);
    }
}

/// What a mix is saved with.
#[derive(Debug, Clone, PartialEq)]
pub struct Saved {
    pub kind: ConceptKind,
    /// What it draws, where that was seen.
    pub picture: Option<Arc<RgbImage>>,
}

/// What a person wants of a mix.
#[derive(Debug, Clone, PartialEq)]
pub enum MixAction {
    /// Another draft; `moving` while a slider is held.
    Edit { draft: Box<MixDraft>, moving: bool },
    /// Take the last change back.
    Undo,
    /// Draw it as it is.
    Draw,
    /// Put it into the library as a word of its own.
    Save,
}

impl AppState {
    /// The words of a mix that are in the library.
    fn mixed_words(&self) -> impl Iterator<Item = &WordCard> {
        self.words.iter().filter(|card| self.mixing.draft.has(&card.path))
    }

    /// What pictures of the mix would be drawn with now; `None` while there is no model.
    pub fn mix_now(&self) -> Option<DrawnMix> {
        let MixDraft { settings, sentence, .. } = &self.mixing.draft;
        let model = self.model_path.clone()?;
        Some(DrawnMix { model, settings: settings.clone(), sentence: sentence.clone() })
    }

    /// The pictures that were drawn last and how long the vectors in them are, unless another model drew them.
    pub fn mix_seen(&self) -> (&[Arc<RgbImage>], Option<&[Vec<f64>; 2]>) {
        let mixing = &self.mixing;
        match mixing.seen.as_ref().filter(|seen| Some(&seen.model) == self.model_path.as_ref()) {
            Some(_) => (mixing.pictures.as_slice(), mixing.lengths.as_ref()),
            None => (&[], None),
        }
    }

    /// The first picture, if it is of the mix as it is.
    pub fn mix_shown(&self) -> Option<&Arc<RgbImage>> {
        let same = self.mixing.seen.is_some() && self.mixing.seen == self.mix_now();
        self.mixing.pictures.first().filter(|_| same)
    }

    /// Whether the mix is to be seen at once, is not what was drawn last, or with another model, and can be drawn now.
    pub fn mix_is_due(&self) -> bool {
        let mixing = &self.mixing;
        if !mixing.draft.live || mixing.moving || mixing.drawn == self.mix_now() {
            return false;
        }
        // It would wait for the end of the run, and show what was meant long ago.
        let waits = self.learning() && !self.run_is_held();
        // Of one that was just opened for the first time nobody knows yet whether it is a model.
        let known = self.model_path.as_ref().is_some_and(|path| !self.unread_models.contains(path));
        let ready = known && self.engine_gone.is_none() && self.model_obstacle().is_none();
        ready && !waits && !self.mix_is_drawn() && self.mix_obstacle().is_none()
    }

    /// Whether pictures of it are being drawn, or will be.
    pub fn mix_is_drawn(&self) -> bool {
        self.jobs.iter().any(|job| job.kind == JobKind::Mix { saves: None })
    }

    /// Why it cannot be drawn, as a sentence.
    pub fn mix_obstacle(&self) -> Option<String> {
        self.mix_fault().or_else(|| self.mix_unseen().map(str::to_owned))
    }

    /// Whether the mix is of negative words alone.
    pub fn mixes_negative(&self) -> bool {
        self.mixed_words().count() > 0 && self.mixed_words().all(|card| card.negative)
    }

    /// Why pictures of the mix would not show it, as a sentence.
    pub fn mix_unseen(&self) -> Option<&'static str> {
        let named = self.mixing.draft.sentence.contains("{}") || self.mixes_negative();
        (!named).then_some(t!("mixing-unseen"))
    }

    /// What the mix is a word for: a manner only if all its words are.
    pub fn mix_kind(&self) -> ConceptKind {
        let styles = self.mixed_words().filter(|card| card.kind == ConceptKind::Style).count();
        let all = styles > 0 && styles == self.mixed_words().count();
        if all { ConceptKind::Style } else { ConceptKind::Object }
    }

    /// Whether a word would have to be converted for the model in use, and can be.
    pub fn converts(&self, card: &WordCard) -> bool {
        let model = self.model_card().and_then(|model| model.family);
        card.family == Some(Family::Sd1) && model == Some(Family::Sdxl)
    }

    /// Why the mix cannot be made, as a sentence.
    pub fn mix_fault(&self) -> Option<String> {
        let draft = &self.mixing.draft;
        if let Err(error) = draft.settings.validate() {
            return Some(error.to_string());
        }
        let gone = |path: &&Path| !self.words.iter().any(|card| card.path == *path);
        if let Some(path) = draft.words().find(gone) {
            return Some(t!("mixing-gone", word = path.display()));
        }
        let convert = draft.settings.convert;
        let misfit = |card: &WordCard| match self.converts(card) {
            true if convert => None,
            true => Some(t!("mixing-other-family", word = card.word)),
            false => self.misfit(card),
        };
        if let Some(why) = self.mixed_words().find_map(misfit) {
            return Some(why);
        }
        Concept::of(&draft.called(self)).validate().err().map(|error| error.to_string())
    }
}
