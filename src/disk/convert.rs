//! Turning a pickled model into a safetensors file, on a thread that lives only so long: it can take minutes.
//!
//! The pickled file stays as it is. What is given up leaves nothing behind.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use super::message::Answer;
use super::{Reply, spawn};
use base::{Error, Result};
use format::checkpoint::convert_to_safetensors;

/// A conversion that runs or has run.
pub(super) struct Converter {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Converter {
    /// Begins to convert `from` into `to`.
    pub(super) fn start(from: PathBuf, to: PathBuf, reply: Reply) -> Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let run = move || {
            let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                let mut progress = |fraction| reply.send(Answer::Converting(from.clone(), fraction));
                convert_to_safetensors(&from, &to, &mut progress, &|| stopped.load(Ordering::Relaxed))
            }));
            match done {
                Ok(Ok(())) => reply.send(Answer::Converted(Some(to))),
                Ok(Err(Error::Cancelled)) => reply.send(Answer::Converted(None)),
                Ok(Err(error)) => {
                    reply.send(Answer::Converted(None));
                    reply.send(Answer::Refused(error.to_string()));
                }
                Err(_) => {
                    reply.send(Answer::Converted(None));
                    reply.send(Answer::Refused(
                        "The model could not be converted; it may be damaged. Try another.".into(),
                    ));
                }
            }
        };
        Ok(Self { stop, thread: spawn("pseudoword-convert", run)? })
    }

    /// Whether it still runs.
    pub(super) fn runs(&self) -> bool {
        !self.thread.is_finished()
    }

    /// Gives it up; what waits for its end.
    pub(super) fn give_up(self) -> JoinHandle<()> {
        self.stop();
        self.thread
    }

    /// Tells it to end.
    pub(super) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}
