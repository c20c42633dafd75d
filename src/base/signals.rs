//! The wish that this program should end: Ctrl-C, SIGTERM, SIGHUP, or what another system has in their place.
//!
//! The first is heard, and the program ends in good order; only the second ends it at once. It does not wait here, and it
//! knows nothing of what there is to be saved. Where whoever started it wants it to outlive its terminal (`nohup`, on
//! Linux), that one is closed is no such wish.

use std::fmt::Display;
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
    let failed = |error: &dyn Display| Error::Internal(format!("signals cannot be handled ({error})"));
    #[cfg(target_os = "linux")]
    if outlives_terminal(&std::fs::read_to_string("/proc/self/status").unwrap_or_default()) {
        return listen(handler).map_err(|error| failed(&error));
    }
    #[cfg(windows)]
    return listen(handler).map_err(|error| failed(&error));
    #[cfg(not(windows))]
    ctrlc::set_handler(handler).map_err(|error| failed(&error))
}

/// Whether a process of which Linux says this ignores SIGHUP, the first of all signals: so `nohup` starts it. Whoever listens
/// to that signal no longer ignores it.
#[cfg(target_os = "linux")]
fn outlives_terminal(status: &str) -> bool {
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    ignored.is_some_and(|mask| mask & 1 == 1)
}

/// Has `heard` called at every such wish but SIGHUP, which stays ignored.
#[cfg(target_os = "linux")]
fn listen(mut heard: impl FnMut() + Send + 'static) -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let within = runtime.enter();
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    drop(within);
    let work = move || {
        runtime.block_on(async {
            loop {
                let told = tokio::select! {
                    told = interrupt.recv() => told,
                    told = terminate.recv() => told,
                };
                let Some(()) = told else { return };
                heard();
            }
        });
    };
    std::thread::Builder::new().name("pseudoword-signals".into()).spawn(work).map(drop)
}

/// Has `heard` called at every such wish. Windows ends a program once its answer to a closed console comes back; here that
/// never does, which leaves the few seconds that the system gives.
#[cfg(windows)]
fn listen(mut heard: impl FnMut() + Send + 'static) -> std::io::Result<()> {
    use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close, ctrl_logoff, ctrl_shutdown};

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let within = runtime.enter();
    let (mut interrupt, mut stop, mut close) = (ctrl_c()?, ctrl_break()?, ctrl_close()?);
    let (mut leave, mut down) = (ctrl_logoff()?, ctrl_shutdown()?);
    drop(within);
    let work = move || {
        runtime.block_on(async {
            loop {
                let told = tokio::select! {
                    told = interrupt.recv() => told,
                    told = stop.recv() => told,
                    told = close.recv() => told,
                    told = leave.recv() => told,
                    told = down.recv() => told,
                };
                let Some(()) = told else { return };
                heard();
            }
        });
    };
    std::thread::Builder::new().name("pseudoword-signals".into()).spawn(work).map(drop)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_closed_terminal_is_told_from_other_signals_that_are_ignored() {
        let of = |mask: &str| outlives_terminal(&format!("SigBlk:\t01\nSigIgn:\t{mask}\nSigCgt:\t01\n"));
        // SIGPIPE, which every program of Rust ignores, is the thirteenth.
        assert_eq!(["0000000000001001", "0000000000001000", "none"].map(of), [true, false, false]);
        assert!(!outlives_terminal(""));
    }
}
