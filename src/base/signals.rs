//! The wish that this program should end: Ctrl-C, SIGTERM, SIGHUP, or what another system has in their place.
//!
//! The first is heard, and the program ends in good order; only the second ends it at once. It does not wait here, and it
//! knows nothing of what there is to be saved.

use std::time::{Duration, Instant};

use crate::{Error, Result};

/// The first Ctrl-C (or request to terminate) does this, once, and lets go of what it holds, so that an engine can
/// still end by itself; the second ends the program at once, which loses only what came after the last checkpoint.
/// What comes within a second of the first is the same wish: programs that end others may send two signals.
///
/// # Errors
/// [`Error::Internal`] if the system gives no signals, or this was called before.
pub fn on_first(first: impl FnOnce() + Send + 'static) -> Result<()> {
    let mut first = Some(first);
    let mut since = Instant::now();
    let handler = move || match first.take() {
        Some(first) => {
            since = Instant::now();
            first();
        }
        None if since.elapsed() < Duration::from_secs(1) => {}
        #[expect(clippy::exit, reason = "the person asked twice; everything on the disk is whole")]
        #[expect(clippy::disallowed_methods, reason = "asked twice; everything on the disk is whole")]
        None => std::process::exit(130),
    };
    ctrlc::set_handler(handler).map_err(|e| Error::Internal(format!("signals cannot be handled ({e})")))
}
