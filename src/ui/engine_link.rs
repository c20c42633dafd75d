//! The window's end of the engine: the real one, or one that a test plays.

use crossbeam_channel::{Receiver, Sender};

use base::{Error, Result};
use engine::Engine;
use engine::message::{Command, Event};

/// Where commands go and events come from.
pub enum EngineLink {
    /// The engine.
    Engine(Engine),
    /// A test that plays the engine.
    Script {
        /// What the window says.
        commands: Sender<Command>,
        /// What it hears.
        events: Receiver<Event>,
    },
}

impl EngineLink {
    /// Sends a command; never blocks.
    pub fn send(&self, command: Command) -> Result<()> {
        match self {
            Self::Engine(engine) => engine.send(command),
            Self::Script { commands, .. } => {
                commands.try_send(command).map_err(|e| Error::Internal(format!("nobody listens ({e})")))
            }
        }
    }

    /// The stream of events.
    pub fn events(&self) -> &Receiver<Event> {
        match self {
            Self::Engine(engine) => engine.events(),
            Self::Script { events, .. } => events,
        }
    }
}
