//! What a run was asked for and from what, and how it stands: the documents `run.toml` and `status.toml`.
//!
//! With the model, the pictures and this, the same run can be made again. It records hashes, not copies.

use std::path::PathBuf;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::author::Author;
use super::concept::Concept;
use super::family::Family;
use super::files::sha256_file;
use super::going_on::Stage;
use super::lineage::Lineage;
use super::named_enum::named_enum;
use super::picture::PictureNotes;
use super::picture_entry::{PictureEntry, Rights};
use super::settings::LearnSettings;
use super::verdict::Scores;
use base::{Error, FileKind, Result, units};

/// Version of the folder's layout; raised when an older program could no longer read it.
pub(super) const RUN_FORMAT: u32 = 1;

/// `run.toml`: what was asked for, and from what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunManifest {
    /// Version of the layout that the program which wrote it knew.
    pub format: u32,
    /// Version of the program that began the run.
    pub program: String,
    /// When the run began, in seconds since 1970-01-01 UTC.
    pub created: u64,
    /// The device it began on: going on is bit for bit the same only there.
    pub device: String,
    /// The model's folder or file.
    pub model: PathBuf,
    /// The model's fingerprint; runs of earlier versions call it a hash.
    #[serde(alias = "model_sha256")]
    pub model_fingerprint: String,
    /// The model's family; runs begun before there were several say nothing.
    #[serde(default)]
    pub family: Family,
    /// From which model of Stable Diffusion XL the model was made, if it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lineage: Option<Lineage>,
    /// Whether the model predicts the velocity instead of the noise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub velocity: bool,
    /// Whether the model had a CLIP of its own when the run began, which judges where the settings name none: one that comes
    /// or goes later changes nothing of what is learned. Runs of earlier versions do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_clip: Option<bool>,
    /// How wide the word's vectors are in each of the model's text encoders; empty if there is one.
    #[serde(default)]
    pub widths: Vec<usize>,
    /// Loss on fixed noise of what the word started as, once it was measured; what is learned is compared with it.
    #[serde(rename = "initial_held_out", default, skip_serializing_if = "Option::is_none")]
    pub initial_loss: Option<f64>,
    /// Scores of pictures drawn with what the word started as, once they were judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initial_scores: Option<Scores>,
    /// The word.
    pub concept: Concept,
    /// The settings: those of the newest part of a run that was gone on with others.
    pub settings: LearnSettings,
    /// The step at which it had stopped by itself and was told to go on: what was measured until then does not stop it
    /// again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gone_on: Option<u64>,
    /// The settings of the parts before it, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<Stage>,
    /// Who learns the word, and under which licence it is to be.
    #[serde(default, skip_serializing_if = "Author::is_empty")]
    pub author: Author,
    /// Who said that pictures may be learned from that bear a mark against it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permitted_by: Option<String>,
    /// The pictures, in order.
    pub pictures: Vec<PictureRecord>,
    /// The pictures of the word that is learned together with the first, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub second_pictures: Vec<PictureRecord>,
}

/// The model of a run, as the run remembers it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BaseModel {
    /// Its folder or file.
    pub path: PathBuf,
    /// Its fingerprint, by which it is known again.
    pub fingerprint: String,
    /// Its family.
    pub family: Family,
    /// From which model of Stable Diffusion XL it was made, if it says.
    pub lineage: Option<Lineage>,
    /// Whether it predicts the velocity instead of the noise.
    pub velocity: bool,
    /// How wide a word's vector is in each of its text encoders.
    pub widths: Vec<usize>,
}

/// A picture as it was when the run began.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PictureRecord {
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
    /// What in the file forbids that anything is learned from it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<String>,
    /// The picture and what was decided about it.
    #[serde(flatten)]
    pub entry: PictureEntry,
}

impl PictureRecord {
    /// Records a picture.
    pub fn new(entry: PictureEntry) -> Result<Self> {
        Ok(Self { sha256: sha256_file(&entry.path)?, marks: PictureNotes::of(&entry.path).marks, entry })
    }

    /// Refuses a file that is no longer the one recorded: the word's receipt names the recorded one, and what was said of
    /// its rights and marks was said of that.
    ///
    /// # Errors
    /// [`Error::Io`] if it cannot be read; [`Error::File`] if it is another.
    pub fn expect_same(&self) -> Result<()> {
        let path = &self.entry.path;
        if sha256_file(path)? == self.sha256 {
            return Ok(());
        }
        let fault = "it is another picture than the run was begun with";
        let remedy = "Put back the one that was there, or begin a run of its own.";
        Err(Error::file(FileKind::Picture, path, fault, remedy))
    }
}

impl RunManifest {
    /// A manifest for a run that begins now.
    pub fn new(
        concept: Concept,
        settings: LearnSettings,
        pictures: Vec<PictureRecord>,
        base: BaseModel,
        device: String,
    ) -> Self {
        let BaseModel { path: model, fingerprint: model_fingerprint, family, lineage, velocity, widths } =
            base;
        let program = env!("CARGO_PKG_VERSION").to_owned();
        Self {
            format: RUN_FORMAT,
            program,
            created: units::unix_seconds(SystemTime::now()),
            device,
            model,
            model_fingerprint,
            family,
            lineage,
            velocity,
            own_clip: None,
            widths: if widths.len() > 1 { widths } else { Vec::new() },
            initial_loss: None,
            initial_scores: None,
            concept,
            settings,
            gone_on: None,
            earlier: Vec::new(),
            author: Author::default(),
            permitted_by: None,
            pictures,
            second_pictures: Vec::new(),
        }
    }

    /// The same by an author, who answers for the pictures that bear a mark against learning, if there are any.
    #[must_use]
    pub fn answered_for_by(mut self, author: Author) -> Self {
        let mut all = self.pictures.iter().chain(&self.second_pictures);
        self.permitted_by = all.any(|picture| !picture.marks.is_empty()).then(|| author.who());
        Self { author, ..self }
    }

    /// By what rights its pictures are used, each once, in the order of the pictures.
    pub fn rights(&self) -> Vec<Rights> {
        let mut found = Vec::new();
        let all = self.pictures.iter().chain(&self.second_pictures);
        for picture in all.filter(|picture| picture.entry.enabled) {
            if !found.contains(&picture.entry.rights) {
                found.push(picture.entry.rights);
            }
        }
        found
    }
}

named_enum! {
    /// How a run stands.
    pub enum RunState as "state of a run" {
        /// It is learning; or it was, when its process was killed (see [`crate::RunFolder::is_locked`]).
        Running = "running",
        /// It waits to be resumed.
        Paused = "paused",
        /// It was stopped before its last step, by hand or by an error.
        Stopped = "stopped",
        /// Its last step is taken.
        Finished = "finished",
    }
}

/// `status.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunStatus {
    /// How the run stands.
    pub state: RunState,
    /// Steps taken when this was written.
    pub step: u64,
    /// Why it paused or stopped, as a sentence.
    pub message: Option<String>,
    /// The step whose word is kept as the word of the run, where it is not the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<u64>,
    /// Why that one, as a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl RunStatus {
    /// How a run stands whose last word is the one that is kept.
    pub fn new(state: RunState, step: u64, message: Option<String>) -> Self {
        Self { state, step, message, kept: None, reason: None }
    }
}
