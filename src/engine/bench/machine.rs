//! The computer that figures come from, so that those of other people can stand beside ours. It says what the parts are
//! called and nothing that tells whose they are.

use std::time::SystemTime;

use serde::Serialize;

use crate::device;
use base::units;

/// Where, when and with what a report was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Machine {
    /// Name of the processor.
    pub processor: String,
    /// Threads that it offers to this program.
    pub threads: usize,
    /// Its memory in bytes, where the system tells.
    pub memory: Option<u64>,
    /// Operating system and architecture.
    pub system: String,
    /// Version of this program, and how it was built.
    pub version: String,
    /// When, in UTC.
    pub date: String,
}

impl Machine {
    /// This one, now.
    pub fn this() -> Self {
        let processor = device::processor();
        let build = if cfg!(debug_assertions) { "development" } else { "release" };
        Self {
            processor: processor.name,
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            memory: processor.memory,
            system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            version: format!("{} ({build} build)", env!("CARGO_PKG_VERSION")),
            date: units::iso8601(SystemTime::now()),
        }
    }
}
