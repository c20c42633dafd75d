//! The model that a learning job holds, and which jobs can be done with it while the run is paused or between two of its
//! steps.
//!
//! Only those that draw with the very same model in the same numbers, and what needs no model: loading another one would
//! cost the run its own.

use std::path::{Path, PathBuf};

use crate::device::{self, OpenDevice};
use crate::message::{Command, GenerateRequest};
use format::lora::{self, LoraKey};
use model::Pipeline;
use project::{LoraUse, NumberFormat};

/// What there is to know of a model that is lent.
pub struct Lent {
    path: PathBuf,
    numbers: NumberFormat,
    loras: Vec<LoraKey>,
    device: OpenDevice,
}

impl Lent {
    /// A model that is loaded on a device.
    pub fn new(model: &Pipeline, device: &OpenDevice) -> Self {
        let path = model.files.path();
        let path = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        Self { path, numbers: model.numbers, loras: model.loras.clone(), device: device.clone() }
    }

    /// Whether a job can be done with it.
    pub fn serves(&self, job: &Command) -> bool {
        match job {
            Command::Generate { request, .. } => self.draws(request),
            Command::Grid { request, .. } => request.rows.iter().all(|row| self.draws(&row.draw)),
            Command::Edit { request, .. } => self.draws(&request.draw),
            Command::Mix { request, .. } => request.draw.as_ref().is_none_or(|draw| self.draws(draw)),
            Command::Save { .. } => true,
            _ => false,
        }
    }

    fn draws(&self, request: &GenerateRequest) -> bool {
        self.is(&request.model, request.settings.numbers(), &request.settings.loras)
    }

    /// Whether it is the model at `path` in these numbers, as the device settles them, with these LoRAs.
    pub fn is(&self, path: &Path, numbers: NumberFormat, loras: &[LoraUse]) -> bool {
        let same =
            || path.canonicalize().is_ok_and(|path| path == self.path) && lora::keys(loras) == self.loras;
        device::numbers(&self.device, numbers) == self.numbers && same()
    }
}
