//! The engine: one named thread that owns the device, the models and the jobs.
//!
//! The window, the command line and the tests talk to it only through the plain messages of `message`, over
//! bounded channels. A job runs inside a barrier, so that its failure becomes an event and the next job runs.

pub mod bench;
mod control;
pub mod device;
pub mod draw;
mod evaluate;
mod generate;
mod handle;
mod learn;
pub mod message;
pub mod opening;
mod pictures;
mod prepare;
pub mod save;
mod storage;
mod worker;

pub use handle::Engine;
