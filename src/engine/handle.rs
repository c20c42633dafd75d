//! The one door to the engine: start it, send commands, receive events.
//!
//! Dropping the handle asks the engine to stop and waits for the running step, so no checkpoint is lost by
//! closing a window. Sending never blocks.

use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};

use super::control::EventSink;
use super::message::{Command, DeviceChoice, Event};
use super::worker::Worker;
use base::{Error, Result};

/// Called after every event, from the engine's thread; a window asks for a repaint here.
pub type Wake = Box<dyn Fn() + Send>;

/// A running engine.
pub struct Engine {
    commands: Option<Sender<Command>>,
    events: Receiver<Event>,
    thread: Option<JoinHandle<()>>,
}

impl Engine {
    /// Starts the engine's thread, which opens the device first and says so with [`Event::Device`]; if that
    /// fails it sends [`Event::Failed`] for job 0 and ends.
    ///
    /// # Errors
    /// [`Error::Internal`] if the system gives no thread.
    pub fn start(device: DeviceChoice, wake: Wake) -> Result<Self> {
        let (commands, command_receiver) = bounded(64);
        let (event_sender, events) = bounded(1024);
        let run = move || Worker::run(device, command_receiver, EventSink::new(event_sender, wake));
        let thread = std::thread::Builder::new().name("pseudoword-engine".into()).spawn(run);
        let thread = thread.map_err(|e| Error::Internal(format!("the system gives no thread ({e})")))?;
        Ok(Self { commands: Some(commands), events, thread: Some(thread) })
    }

    /// Sends a command.
    ///
    /// # Errors
    /// [`Error::Internal`] if the engine has ended or 64 commands are waiting already.
    pub fn send(&self, command: Command) -> Result<()> {
        let sent = self.commands.as_ref().map(|commands| commands.try_send(command));
        match sent {
            Some(Ok(())) => Ok(()),
            Some(Err(TrySendError::Full(_))) => Err(Error::Internal("too many commands are waiting".into())),
            _ => Err(Error::Internal("the engine has ended".into())),
        }
    }

    /// A sender of its own, for a signal handler or another thread; the engine lives on as long as one
    /// exists.
    pub fn commands(&self) -> Option<Sender<Command>> {
        self.commands.clone()
    }

    /// The stream of events. It ends when the engine does.
    pub fn events(&self) -> &Receiver<Event> {
        &self.events
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // Stops the running job. A full queue is read within a step; events are let go meanwhile, because the
        // engine may be waiting for room for one.
        if let Some(commands) = self.commands.take() {
            while let Err(TrySendError::Full(_)) = commands.try_send(Command::Shutdown) {
                let _ = self.events.recv_timeout(Duration::from_millis(10));
            }
        }
        while self.events.recv().is_ok() {}
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
