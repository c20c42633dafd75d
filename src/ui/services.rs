//! What the window works with: the engine, the disk, the system's dialogs, its browser and file manager.
//!
//! It does what the reducer asks for. What cannot be done comes back as a sentence; nothing here waits.

use std::path::PathBuf;

use crate::action::System;
use crate::dialog::{self, Dialogs};
use crate::engine_link::EngineLink;
use crate::persistence::Persistence;
use crate::state::Severity;
use base::{Error, Result};
use disk::Disk;
use disk::message::Task;
use engine::Engine;
use engine::message::{Command, DeviceChoice, JobId, LearnRequest, LearnStart};
use project::draft::free_folder;
use project::{DataDir, Draft};

/// A sentence about what could not be done.
pub(crate) struct Refusal {
    pub severity: Severity,
    pub text: String,
}

impl Refusal {
    fn warning(text: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, text: text.into() }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self { severity: Severity::Error, text: error.to_string() }
    }
}

/// Everything outside of the window's own process of drawing.
pub(crate) struct Services {
    pub home: DataDir,
    pub device: DeviceChoice,
    pub engine: Option<EngineLink>,
    pub disk: Disk,
    pub dialogs: Dialogs,
    pub persistence: Persistence,
}

impl Services {
    /// Starts an engine, or another one after the last has ended.
    pub fn start_engine(&mut self, ctx: &egui::Context) -> Result<()> {
        let waker = dialog::waker(ctx);
        self.engine = Some(EngineLink::Engine(Engine::start(self.device, Box::new(move || waker()))?));
        Ok(())
    }

    /// Tells the engine something, if there is one.
    pub fn tell(&self, command: Command) -> Result<(), Refusal> {
        self.engine.as_ref().map_or(Ok(()), |engine| engine.send(command)).map_err(Refusal::from)
    }

    pub fn submit(&self, command: Command) -> Result<(), Refusal> {
        let Some(engine) = &self.engine else {
            return Err(Refusal::warning("Nothing can compute: start the engine again first."));
        };
        Ok(engine.send(command)?)
    }

    /// What begins a run in a folder of its own. The engine reads the decisions from the disk, so they are written
    /// first; they are a few kilobytes.
    pub fn begin_run(&self, job: JobId, model: PathBuf, draft: &Draft) -> Result<Command, Refusal> {
        draft.save()?;
        let start = LearnStart::New {
            model,
            images: draft.folder.clone(),
            concept: draft.concept.clone(),
            settings: Box::new(draft.settings.clone()),
        };
        let out = free_folder(&self.home.runs(), &draft.concept.file_stem());
        Ok(Command::Learn { job, request: Box::new(LearnRequest { out, start }) })
    }

    pub fn ask_disk(&self, task: Task) -> Result<(), Refusal> {
        let full = "Too much is waiting to be done on the disk. Try again in a moment.";
        self.disk.ask(task).then_some(()).ok_or_else(|| Refusal::warning(full))
    }

    pub fn ask_system(&mut self, wanted: System, ctx: &egui::Context) -> Result<(), Refusal> {
        match wanted {
            System::Ask(question) => self.dialogs.ask(question, ctx),
            System::Copy(text) => ctx.copy_text(text),
            System::CopyPicture(picture) => {
                let size = [picture.width() as usize, picture.height() as usize];
                ctx.copy_image(egui::ColorImage::from_rgb(size, picture.as_raw()));
            }
            System::OpenPage(address) => open::that_detached(&address).map_err(|error| {
                Refusal::warning(format!(
                    "Your browser could not be opened ({error}). The page is {address}."
                ))
            })?,
            System::Reveal(path) => {
                let folder = if path.is_dir() { path.as_path() } else { path.parent().unwrap_or(&path) };
                open::that_detached(folder).map_err(|error| {
                    Refusal::warning(format!("The folder {} could not be shown ({error}).", folder.display()))
                })?;
            }
        }
        Ok(())
    }
}
