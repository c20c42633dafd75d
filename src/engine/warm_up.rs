//! Getting a graphics card ready: what the first step would compile is compiled beforehand, behind a bar, and computes
//! nothing. The processor compiles nothing, so nothing is done there.
//!
//! It holds for the whole process, which the engine's thread alone computes in.

use crate::device::OpenDevice;
use base::{Error, Result};
use kernels::DryRun;

/// Rehearses on a card, and nothing elsewhere. Being told to end is no fault: whoever goes on looks for that.
///
/// # Errors
/// [`Error::Device`] if the device fails.
pub(crate) fn warm_up(device: &OpenDevice, rehearse: impl FnOnce() -> Result<()>) -> Result<()> {
    if !device.info.is_card() || device.info.is_remote() {
        return Ok(());
    }
    // What is still to be computed would never be.
    device.device.sync().map_err(|error| {
        Error::device(format!("The device failed ({error})"), "Choose another one, or a smaller size.")
    })?;
    let _dry = DryRun::new();
    match rehearse() {
        Err(Error::Cancelled) => Ok(()),
        done => done,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::tests::session;

    #[test]
    fn the_processor_rehearses_nothing() {
        let cpu = session().device;
        warm_up(&cpu, || unreachable!("there is nothing to compile")).unwrap();
    }
}
