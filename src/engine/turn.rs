//! Whose turn it is on another machine: a job waits for its own, and gives it away when it pauses or ends.
//!
//! The line itself is kept by the machine that lends. A device of this computer has none, and it is always one's turn.

use std::time::{Duration, Instant};

use burn::tensor::Device;

use super::device::{OpenDevice, guarded};

/// How often one whose turn it is says that it is still there, whatever takes so long: whoever is silent loses the turn.
const BEAT: Duration = Duration::from_secs(10);

/// This program's place in the line of the device in use.
#[derive(Debug, Default)]
pub struct Turn {
    /// The device, if another machine lends it.
    device: Option<Device>,
    /// How many were before us, the last time that was asked.
    before: Option<usize>,
    /// When that was.
    asked: Option<Instant>,
}

impl Turn {
    /// A place in the line of `device`, not yet taken.
    pub fn on(device: &OpenDevice) -> Self {
        Self { device: device.info.is_remote().then(|| device.device.clone()), ..Self::default() }
    }

    /// Whether it is our turn. If not, how many are before us, where that has changed.
    ///
    /// # Panics
    /// If the connection is cut.
    pub fn come(&mut self) -> Result<(), Option<usize>> {
        let known = self.before == Some(0) && self.asked.is_some_and(|asked| asked.elapsed() < BEAT);
        let Some(device) = self.device.as_ref().filter(|_| !known) else { return Ok(()) };
        let before = kernels::remote::before(device);
        self.asked = Some(Instant::now());
        let changed = self.before.replace(before) != Some(before);
        if before == 0 { Ok(()) } else { Err(changed.then_some(before)) }
    }

    /// Lets the next one compute, if we were in the line.
    pub fn give(&mut self) {
        if let Some(device) = self.device.as_ref().filter(|_| self.before.take().is_some()) {
            // Where the connection is cut, the place is lost anyway.
            let _ = guarded(|| {
                kernels::remote::give_turn(device);
                Ok(())
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::tests::session;

    #[test]
    fn on_a_device_of_this_computer_it_is_always_our_turn() {
        let mut turn = Turn::on(&session().device);
        assert_eq!(turn.come(), Ok(()));
        turn.give();
        assert_eq!(turn.come(), Ok(()));
    }
}
