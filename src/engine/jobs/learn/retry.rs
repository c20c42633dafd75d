//! Writing while learning: a full disk or a vanished folder holds the job instead of ending it.
//!
//! What was learned stays in memory; the write is tried again every few seconds, and at once when the person says to go
//! on. Only a wish to end the job gives up.

use std::time::Duration;

use crate::context::JobContext;
use crate::message::Event;
use base::{Error, Result};

/// How long to wait before a write is tried again.
const RETRY: Duration = Duration::from_secs(2);

/// Does `write` until it succeeds, or the job or the engine is told to end while it waits; errors other than
/// [`Error::Io`] end it at once.
pub fn retry_until_written<T>(
    context: &mut JobContext<'_>,
    mut write: impl FnMut() -> Result<T>,
) -> Result<T> {
    let mut held = false;
    loop {
        match write() {
            Ok(value) => {
                if held {
                    context.send(Event::Resumed { job: context.job });
                }
                return Ok(value);
            }
            Err(error @ Error::Io { .. }) => {
                if !held {
                    held = true;
                    let reason =
                        format!("{error} Learning waits; nothing is lost and saving is tried again.");
                    context.send(Event::Paused { job: context.job, reason });
                }
                if !context.wait(RETRY) {
                    return Err(error);
                }
            }
            Err(error) => return Err(error),
        }
    }
}
