//! The engine: one named thread that owns the device, the models and the jobs.
//!
//! The window, the command line and the tests talk to it only through the plain messages of `message`, over bounded
//! channels. Read downwards: `handle` runs the thread, `jobs` are what it can do, each a function of the `session`
//! (device and loaded model) and of its `context` (events and signals), and `queue` holds the jobs that wait; what it is told
//! comes by `commands`.

pub mod bench;
mod choice;
mod clip;
mod commands;
mod context;
pub mod device;
pub mod draw;
pub mod export;
mod figure;
mod handle;
mod jobs;
pub mod lending;
mod lent;
mod line;
mod memory;
pub mod message;
pub mod model_hash;
mod preflight;
mod queue;
pub mod remote;
mod sealing;
mod session;
mod tuning;
mod turn;
mod warm_up;
mod wire;

pub use commands::Commands;
pub use figure::{around, leader, place as place_names};
pub use handle::Engine;
pub use jobs::compare::{Shared, shared};
