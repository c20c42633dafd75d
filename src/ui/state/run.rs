//! The run that the Learn page shows, and rough views of pictures on their way.

use std::path::Path;
use std::sync::Arc;

use image::RgbImage;

use disk::message::{PreviewPicture, RunCard};
use engine::message::{JobId, RunInfo, StepReport};
use project::LossRow;
use project::verdict::Best;

/// The run that the Learn page shows.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RunView {
    /// What is being learned; `None` before anything was.
    pub info: Option<RunInfo>,
    /// Its card, once read from the disk.
    pub card: Option<RunCard>,
    pub rows: Vec<LossRow>,
    pub last: Option<StepReport>,
    /// The step that made the best word so far.
    pub best: Option<Best>,
    /// The nearest words, when they were last measured.
    pub nearest: Vec<(String, f32)>,
    /// Preview pictures in the order of steps, then prompts.
    pub previews: Vec<PreviewPicture>,
    /// The preview being drawn: which prompt, step, steps, rough picture.
    pub latent_preview: Option<LatentPreview>,
    /// Steps with a checkpoint.
    pub checkpoints: Vec<u64>,
    /// The job, while it runs.
    pub job: Option<JobId>,
}

impl RunView {
    pub fn folder(&self) -> Option<&Path> {
        let info = self.info.as_ref().map(|info| info.out.as_path());
        info.or(self.card.as_ref().map(|card| card.folder.as_path()))
    }

    /// Steps in all, as planned.
    pub fn steps(&self) -> Option<u64> {
        let info = self.info.as_ref().map(|info| info.steps);
        info.or(self.card.as_ref().map(|card| card.steps))
    }

    pub fn word(&self) -> Option<&str> {
        let info = self.info.as_ref().map(|info| info.word.as_str());
        info.or(self.card.as_ref().map(|card| card.concept.word.as_str()))
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct LatentPreview {
    pub job: JobId,
    /// Which picture of the job.
    pub index: usize,
    pub step: usize,
    pub steps: usize,
    /// One pixel per latent.
    pub picture: Arc<RgbImage>,
}
