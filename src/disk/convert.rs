//! Turning a pickled model into a safetensors file, on a thread that lives only so long: it can take minutes.
//!
//! The pickled file stays as it is. What is given up leaves nothing behind.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use super::message::Answer;
use super::{Reply, caught, spawn};
use base::{Error, Result};
use format::checkpoint::convert_to_safetensors;
use project::run::expect_no_checkpoint;

/// A conversion that runs or has run.
pub(super) struct Converter {
    /// Tells it to end.
    pub stop: Arc<AtomicBool>,
    pub thread: JoinHandle<()>,
}

impl Converter {
    pub(super) fn start(from: PathBuf, to: PathBuf, reply: Reply) -> Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let run = move || {
            let damaged = "The model could not be converted; it may be damaged. Try another.";
            let done = caught(damaged, || {
                expect_no_checkpoint(&to)?;
                let mut progress = |fraction| reply.send(Answer::Converting(from.clone(), fraction));
                convert_to_safetensors(&from, &to, &mut progress, &|| stopped.load(Ordering::Relaxed))
            });
            reply.send(Answer::Converted(done.is_ok().then_some(to)));
            match done {
                Ok(()) | Err(Error::Cancelled) => {}
                Err(error) => reply.send(Answer::Refused(error.to_string())),
            }
        };
        Ok(Self { stop, thread: spawn("pseudoword-convert", run)? })
    }
}
