//! What the window works with: the engine, the disk, the system's dialogs, its browser and file manager.
//!
//! It does what the reducer asks for. What cannot be done comes back as a sentence; nothing here waits.

use crossbeam_channel::{Receiver, Sender};

use crate::action::System;
use crate::dialog::{self, Dialogs};
use crate::engine_link::EngineLink;
use crate::persistence::Persistence;
use crate::state::Severity;
use base::{Error, Result};
use disk::Disk;
use disk::message::Task;
use engine::Engine;
use engine::message::{Command, DeviceChoice};
use project::DataDir;

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

/// What another program did not open, and why. It is heard of on other threads, which do not know the window's language.
pub(crate) enum Unopened {
    Page { address: String, error: String },
    Folder { folder: String, error: String },
}

impl Unopened {
    fn text(&self) -> String {
        match self {
            Self::Page { address, error } => t!("services-no-browser", error = error, address = address),
            Self::Folder { folder, error } => t!("services-not-shown", folder = folder, error = error),
        }
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
    pub unopened: (Sender<Unopened>, Receiver<Unopened>),
}

impl Services {
    /// Starts an engine, or another one after the last has ended.
    pub fn start_engine(&mut self, ctx: &egui::Context) -> Result<()> {
        let waker = dialog::waker(ctx);
        let device = self.device;
        // A thread has the priority of the one that starts it, and the engine's computes on the processor.
        let begin = move || {
            crate::go_last();
            Engine::start(device, Box::new(move || waker()))
        };
        let failed = |why: String| Error::Internal(format!("the engine could not be started ({why})"));
        let begun = std::thread::Builder::new().name("pseudoword-begin".into()).spawn(begin);
        let begun = begun.map_err(|error| failed(error.to_string()))?.join();
        let engine = begun.map_err(|_| failed("its thread ended".into()))??;
        self.engine = Some(EngineLink::Engine(engine));
        Ok(())
    }

    /// Tells the engine something, if there is one.
    pub fn tell(&self, command: Command) -> Result<(), Refusal> {
        self.engine.as_ref().map_or(Ok(()), |engine| engine.send(command)).map_err(Refusal::from)
    }

    pub fn submit(&self, command: Command) -> Result<(), Refusal> {
        let Some(engine) = &self.engine else {
            return Err(Refusal::warning(t!("services-no-engine")));
        };
        Ok(engine.send(command)?)
    }

    pub fn ask_disk(&self, task: Task) -> Result<(), Refusal> {
        let full = t!("services-disk-full");
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
            System::OpenPage(address) => self.open(ctx, move || {
                let opened = open::that_detached(&address);
                opened.map_err(|error| Unopened::Page { address, error: error.to_string() })
            }),
            System::Reveal(path) => self.open(ctx, move || {
                let folder = if path.is_dir() { path.as_path() } else { path.parent().unwrap_or(&path) };
                let failed = |error: std::io::Error| Unopened::Folder {
                    folder: folder.display().to_string(),
                    error: error.to_string(),
                };
                open::that_detached(folder).map_err(failed)
            }),
        }
        Ok(())
    }

    /// Opens something in another program, without waiting: the system may look for that program for a while.
    fn open(&self, ctx: &egui::Context, open: impl FnOnce() -> Result<(), Unopened> + Send + 'static) {
        let (sender, waker) = (self.unopened.0.clone(), dialog::waker(ctx));
        let run = move || {
            if let Err(unopened) = open() {
                let _ = sender.try_send(unopened);
                waker();
            }
        };
        let _ = std::thread::Builder::new().name("pseudoword-open".into()).spawn(run);
    }

    /// What other programs could not do since the last look.
    pub fn refused(&self) -> Vec<Refusal> {
        self.unopened.1.try_iter().map(|unopened| Refusal::warning(unopened.text())).collect()
    }
}
